"""What a joint fit of several groups was made of: enough to publish it, and to make it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csimodels._version import __version__
from csimodels.messages import ColumnName, Message, listed
from csimodels.spec import Model
from csimodels.spec.file_list import FileList
from csimodels.study.facts import stated_date
from csimodels.study.groups import group_name
from csimodels.survey import Survey
from csimodels.tables.vocabulary import ERRORS, HELD_EQUAL

if TYPE_CHECKING:
    from csimodels.study.study import Study


@dataclass(frozen=True)
class Origin:
    """Where a joint fit comes from.

    Attributes
    ----------
    model : Model
        With every choice of the call, group columns included.
    options : mapping
        Keywords of the call that no spec holds.
    facts : mapping of str to str
        How it was computed, as text.
    data_file : Path, FileList or None
        None where the answers came from memory.
    """

    model: Model
    options: Mapping[str, Any]
    facts: Mapping[str, str]
    data_file: Path | FileList | None

    @classmethod
    def of(cls, study: Study, n: Sequence[int], errors: str, options: Mapping[str, Any]) -> Origin:
        """Of a fit of all groups of `study` with `n` rows each and this kind of errors."""
        return cls.made(study.model, study.survey, n, errors, options, study.data_file)

    @classmethod
    def made(
        cls,
        model: Model,
        survey: Survey,
        n: Sequence[int],
        errors: str,
        options: Mapping[str, Any],
        data_file: Path | FileList | None,
    ) -> Origin:
        """The same from the parts of a study."""
        weight = model.data.weight
        named = [group_name(survey.by, key) for key in survey.group_keys]
        sizes = [Message("{name} ({n})", name=name, n=size) for name, size in zip(named, n, strict=True)]
        facts: dict[str, str] = {
            "estimator": Message(model.estimate.entry.title),
            "standard errors": Message(ERRORS.get(errors, errors)),
            "missing rule": Message(str(options["missing"])),
            "groups": Message("{all}", all=listed(sizes, 12)),
        }
        for key, words in (("held equal", HELD_EQUAL), ("let free", {})):
            given = options.get("equal" if key == "held equal" else "free") or ()
            if given:
                facts[key] = Message("{all}", all=listed([Message(words.get(str(text), str(text))) for text in given]))
        facts |= {
            "weights": Message("{name}", name=ColumnName(weight)) if weight else Message("none"),
            "n in file": str(survey.source.n_rows),
            "n used": str(int(sum(n))),
            "level": f"{model.uncertainty.level:g}",
            "data": survey.source.name,
            "csimodels version": __version__,
            "model hash": model.hash,
            "data sha256": survey.source.sha256,
        }
        return cls(model, dict(options), facts | stated_date(), data_file)
