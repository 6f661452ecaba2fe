"""Roll-up, ranks, differences and changes of what stands beside the constructs: simple indices, nodes of a hierarchy.

The same comparisons as those of the index (:mod:`csimodels.rollup.comparisons`), one name after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import pandas as pd

from csimodels.errors import Problem, SpecError
from csimodels.infer.multiple import Adjust
from csimodels.moments.pool import each_done
from csimodels.rollup.estimates import index_numbers

if TYPE_CHECKING:
    from csimodels.rollup.comparisons import Comparing


@dataclass(frozen=True, eq=False)
class BySimpleIndices:
    """Compares groups by every simple index and node of the hierarchy."""

    comparing: Comparing

    def changes(self, since: Comparing, adjust: Adjust | None = None) -> pd.DataFrame:
        """Changes since an earlier result; a name that only one of the two has stands there without a change."""
        names = dict.fromkeys(n.names[0] for n in (*self.comparing.beside, *since.beside))
        if not names:
            what = "no index stands beside the constructs, and no hierarchy"
            raise SpecError(Problem(what, "changes", remedy="indices: {NPS: {kind: nps, item: REC}}"))
        parts = [_of(self.comparing, name).changes(since=_of(since, name), adjust=adjust) for name in names]
        return pd.concat(parts, ignore_index=True)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Ranks, differences, changes and roll-up by the names of the catalogue; nothing without groups."""
        return {name: table.copy() for name, table in self._tables.items()}

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        mine, parts = self.comparing, dict[str, list[pd.DataFrame]]()
        names = [numbers.names[0] for numbers in mine.beside] if mine.estimates.by else []
        for made in each_done([partial(_tables_of, mine, name) for name in names]):
            for name, table in made.items():
                parts.setdefault(name, []).append(table)
        if mine.whole is not None and mine.whole.beside:
            each = [mine.whole.of(numbers.names[0]) for numbers in mine.whole.beside]
            parts["wave_simple_changes"] = [one.changes(by=mine.wave) for one in each]
        return {name: pd.concat(some, ignore_index=True) for name, some in parts.items()}


def _of(comparing: Comparing, name: str) -> Comparing:
    """The groups by `name`; without a value where the result has none of that name."""
    found = comparing.of(name)
    return found if found is not comparing else replace(found, numbers=index_numbers(found.estimates).blank(name))


def _tables_of(comparing: Comparing, name: str) -> dict[str, pd.DataFrame]:
    mine = comparing.of(name)
    out: dict[str, pd.DataFrame] = {}
    if comparing.comparable:
        out |= {"simple_ranks": mine.ranks(name), "simple_differences": mine.differences(name)}
    if comparing.tree is not None:
        out["simple_rollup"] = mine.rollup()
    if comparing.changing:
        out["simple_changes"] = mine.changes(by=comparing.changing)
    return out
