"""A stored joint fit or ladder: its tables as they were written, and the same made again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from csimodels.messages import Message
from csimodels.spec import Model
from csimodels.study.joint.fit import fit_groups
from csimodels.study.joint.ladder import invariance
from csimodels.study.joint.ladder_result import Invariance
from csimodels.study.joint.result import GroupFit
from csimodels.study.stored.manifest import Misfit, damaged
from csimodels.study.stored.tables import frame_of

#: What makes each kind, and the keywords that no spec holds.
_MAKERS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "groups": (fit_groups, ("equal", "free", "errors", "missing")),
    "invariance": (invariance, ("steps", "free", "errors", "missing")),
}


def stored_joint(stored: Mapping[str, Any], out: Path) -> dict[str, pd.DataFrame]:
    """The tables of a ``result.json``.

    Raises
    ------
    DataError
        The file is damaged.
    """
    try:
        options, known = stored["options"], _MAKERS[stored["kind"]][1]
        if not set(options) <= set(known):
            raise Misfit(Message("{part} cannot be {value}", part="options", value=str(sorted(options))[:80]))
        return {str(name): frame_of(table) for name, table in stored["tables"].items()}
    except (AttributeError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise damaged(out / "result.json", error) from error


def made_again(stored: Mapping[str, Any], model: Model, data: Path | None) -> GroupFit | Invariance:
    """The same fit or ladder of `data`, or of the files that the model names, with the options that were written."""
    make, _ = _MAKERS[stored["kind"]]
    again: GroupFit | Invariance = make(model, data, **stored["options"])
    return again
