"""What a file is drafted from where no model is named: the library model that fits its columns, or their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from csimodels.draft.concepts import Kin, kin_model
from csimodels.draft.facts import ColumnFacts, FileFacts
from csimodels.draft.match import has_role, matched
from csimodels.draft.proposal import Proposal, as_named
from csimodels.draft.roles import roles
from csimodels.draft.scales import answerable
from csimodels.draft.stems import blocks, plain_model, rated
from csimodels.errors import DataError, Problem
from csimodels.messages import Message, columns
from csimodels.spec.model import Model
from csimodels.survey.columns import Column

#: A library model fits where so many, and this share, of its items have a column.
LEAST_SHARE, LEAST_FOUND = 2 / 3, 5


@dataclass(frozen=True, slots=True)
class Fit:
    """How many items of a library model have a column, by name or by wording."""

    name: str
    found: int
    items: int
    worded: int

    @property
    def share(self) -> float:
        """Share of the items that have a column."""
        return self.found / self.items

    @property
    def well(self) -> bool:
        """Whether the model is taken."""
        return self.found >= LEAST_FOUND and self.share >= LEAST_SHARE

    @property
    def loose(self) -> bool:
        """Whether items lack a column, and most of the others have theirs by wording alone."""
        return self.found < self.items and 2 * self.worded > self.found


def library_fits(models: Iterable[tuple[str, Model]], facts: Sequence[ColumnFacts]) -> tuple[Fit, ...]:
    """Models that have at least one column, the best first.

    The order is by twice the number of matches over items and columns of answers together (Dice), so that neither a
    short model that lies in a longer one nor a long one with many open items comes first.

    Parameters
    ----------
    models : iterable of (str, Model)
    facts : sequence of ColumnFacts
    """
    usable = [column for column in facts if answerable(column) and not column.mark and not has_role(column.name)]
    out = []
    for name, model in models:
        found = [match for match in matched(model, usable) if match.column]
        if found:
            worded = sum(match.how == "wording" for match in found)
            out.append(Fit(name, len(found), len(model.asked), worded))
    return tuple(sorted(out, key=lambda fit: (-2 * fit.found / (fit.items + len(usable)), -fit.found, fit.name)))


def by_words(
    facts: FileFacts, cells: Mapping[str, Column], models: Iterable[tuple[str, Model]]
) -> tuple[Proposal, Kin] | None:
    """A proposal of the constructs that the columns speak of; None for too few.

    Parameters
    ----------
    facts : FileFacts
    cells : mapping of str to Column
    models : iterable of (str, Model)
        Whose paths may be taken.
    """
    kin = kin_model(rated(facts.columns), facts.columns, models)
    return None if kin is None else (as_named(kin.model, facts, cells), kin)


def without_model(facts: FileFacts, cells: Mapping[str, Column]) -> Proposal:
    """A proposal of constructs by the names of columns; where no names go together, of single items.

    Parameters
    ----------
    facts : FileFacts
    cells : mapping of str to Column

    Raises
    ------
    DataError
        No column looks like answers on a scale.
    """
    items = rated(facts.columns)
    found = blocks(items)
    other = {role.column for role in roles(facts.columns, cells, frozenset())}
    loose = [item for item in items if item.name not in other]
    if not found and not loose:
        names = columns([column.name for column in facts.columns])
        raise DataError(
            Problem(
                "no column looks like answers on a scale",
                facts.source.name,
                names if facts.columns else "",
                Message("a column of 3 to 11 different whole numbers, or of words that are known as answers"),
                Message("look at the columns with csi codebook, or name a model: csi init MODEL --data FILE"),
            )
        )
    return as_named(plain_model(found, loose), facts, cells)
