"""The same model by the package semopy, run now, as ``cs.crosscheck`` lays it beside ours."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from compared import SEMOPY, Row, rows
from front_door import fitted
from peers import Named
from sources import UnavailableError

import csimodels as cs


def live(group: str) -> Iterator[Row]:
    """Every free parameter, chi-square and degrees of freedom of the ACSI paths."""
    try:
        tool = f"semopy {version('semopy')}"
    except PackageNotFoundError as error:
        raise UnavailableError("the package semopy (test extra) is missing") from error
    table = cs.crosscheck(fitted("acsi"))
    mine: Named = {"parameters": dict(zip(table["parameter"], table["ours"], strict=True))}
    theirs: Named = {"parameters": dict(zip(table["parameter"], table["semopy"], strict=True))}
    yield from rows(group, tool, mine, theirs, SEMOPY)
