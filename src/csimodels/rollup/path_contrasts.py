"""Differences of path coefficients between groups, and their changes between waves, with intervals (docs/rollup.md).

The same arithmetic as for indices (:mod:`csimodels.infer.contrasts`): separate samples add their variances, groups that
share respondents or clusters their covariances.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.infer.multiple import Adjust
from csimodels.rollup.changes import adjusted_within, change_units
from csimodels.rollup.estimates import GroupNumbers
from csimodels.rollup.ranks import by_wave, check_within, tested_units
from csimodels.tables import comparisons
from csimodels.tables.rollup import RolledUp, unit_columns

if TYPE_CHECKING:
    from csimodels.rollup.comparisons import Comparing


@dataclass(frozen=True)
class ByPaths:
    """Compares groups path by path; see :meth:`csimodels.Result.path_differences` and ``path_changes``."""

    comparing: Comparing

    def differences(
        self,
        path: str | None = None,
        against: str | None = None,
        of: str | None = None,
        within: str | None = None,
        adjust: Adjust | None = None,
    ) -> pd.DataFrame:
        """Differences between groups."""
        mine = self.comparing
        if "path_differences" in mine.stored and all(x is None for x in (path, against, of, within, adjust)):
            return mine.stored["path_differences"].copy()
        mine.grouped()
        rolled, groups, within = mine.of_paths.sets(within)
        return path_difference_rows(
            rolled,
            groups,
            path,
            mine.against(pairs=_in_twos(rolled)) if against is None else against,
            of=of,
            within=within,
            level=mine.model.uncertainty.level,
            adjust=mine.adjusting(adjust),
        )

    def changes(
        self,
        path: str | None = None,
        by: str | None = None,
        since: Comparing | None = None,
        adjust: Adjust | None = None,
    ) -> pd.DataFrame:
        """Changes between waves, or since an earlier result."""
        mine = self.comparing
        if "path_changes" in mine.stored and mine.as_stored(by, since, path, adjust):
            return mine.stored["path_changes"].copy()
        level, used = mine.model.uncertainty.level, mine.adjusting(adjust)
        before, after, wave = mine.of_paths.sides(by, None if since is None else since.of_paths)
        return mine.with_method(path_change_rows(before, after, path, level=level, adjust=used, wave=wave), since)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Differences and changes of all paths, those of all respondents together included."""
        mine = self.comparing
        if not mine.estimates.layout.design.edges:
            return {}
        out = {"path_differences": self.differences()} if mine.comparable else {}
        out |= {"path_changes": self.changes(by=mine.changing)} if mine.changing else {}
        if mine.whole is None:
            return out
        return out | {"wave_path_changes": mine.whole.by_paths.changes(by=mine.wave)}


def path_difference_rows(
    rolled: RolledUp,
    groups: GroupNumbers,
    path: str | None,
    against: str,
    *,
    of: str | None = None,
    within: str | None = None,
    level: float = 0.95,
    adjust: Adjust = "holm",
) -> pd.DataFrame:
    """Differences of paths between units, as :func:`csimodels.rollup.ranks.difference_units` has them of an index.

    Parameters
    ----------
    rolled, groups : of the paths, named ``source -> target``.
    path : one of them; None for all.
    adjust : how p-values are corrected for the number of rows of the same wave, all paths together.

    Raises
    ------
    SpecError
        Unknown path, level or unit; against the best; `within` without pairs; no parents.
    """
    if against == "best":
        what = "a path has no best: it is neither good nor bad to be large"
        raise SpecError(Problem(what, "against", against, '"parent", "others", "pairs"'))
    check_within(within, against)
    names = _chosen(path, rolled.names)
    places = [rolled.names.index(name) for name in names]
    first, others, tested = tested_units(rolled, groups, places, against, of=of, within=within, level=level)
    rows = np.repeat(first, len(names))
    labels = unit_columns(rolled.tree, rows) | {"against": [other for other in others for _ in names]}
    labels |= _ends_of(names * len(first))
    across = tested.each(np.transpose)
    p_adj = by_wave(rolled.tree, rows, across.p.ravel(), adjust)
    return comparisons.compared(labels, "difference", across, p_adj, level)


def path_change_rows(
    before: RolledUp, after: RolledUp, path: str | None, *, level: float, adjust: Adjust, wave: str | None
) -> pd.DataFrame:
    """Changes of paths between waves or results, as :func:`csimodels.rollup.changes.change_units` has them of indices.

    Parameters
    ----------
    before, after : of the paths, named ``source -> target``.
    path : one of them; None for all.
    adjust : how p-values are corrected for the number of rows of the same level, all paths together.
    """
    done = change_units(before, after, level=level, adjust="none", wave=wave)
    done = done[done["construct"].isin(_chosen(path, after.names))].reset_index(drop=True)
    done["p_adj"] = adjusted_within(done["p"].to_numpy(), done.get("level", pd.Series("", done.index)).tolist(), adjust)
    done["different"] = done["p_adj"] < 1 - level
    place = [*done.columns].index("construct")
    for name, ends in _ends_of(done.pop("construct").tolist()).items():
        done.insert(place, name, ends)
        place += 1
    return done


def _in_twos(rolled: RolledUp) -> bool:
    """Whether every wave has two units, of which one row says all."""
    return set(Counter(rolled.tree.wave).values()) == {2}


def _chosen(path: str | None, names: Sequence[str]) -> list[str]:
    """All paths, or the one asked for."""
    if path is None or path in names:
        return list(names) if path is None else [path]
    hint = nearest(str(path), names) or listed(names)
    raise SpecError(Problem("the model has no such path", "path", repr(path), hint))


def _ends_of(names: Sequence[str]) -> dict[str, list[object]]:
    """Columns of the two ends of paths."""
    ends = [name.split(" -> ") for name in names]
    return {"source": [a for a, _ in ends], "target": [b for _, b in ends]}
