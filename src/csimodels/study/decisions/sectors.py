"""The change of the top of a roll-up, split over its sectors into answers, item weights and shares, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.trend import less_products, split_change_over_sectors
from csimodels.infer.interval import symmetric
from csimodels.moments.linalg import Floats
from csimodels.rollup.comparisons import Comparing
from csimodels.study.decisions.influence import Influences
from csimodels.study.decisions.trend import wave_names
from csimodels.tables.rollup import Tree

Ints = NDArray[np.intp]


#: Of more companies than this the parts have no intervals: two waves of 1000 take 4 to 10 s of processor time.
MOST_COMPANIES = 1000
PARTS = ("answers", "weights", "shares", "total")


def change_sectors(comparing: Comparing, influences: Influences | None = None) -> pd.DataFrame | None:
    """Table ``change_sectors``: from, to, sector, construct; answers, weights, shares, total, with their intervals.

    A sector is a unit right below the top.  A company that is there in one wave only counts among the shares.  Shares
    are taken as known.  None without a roll-up over waves, or with several tops; no intervals without `influences`, or
    for more than :data:`MOST_COMPANIES`.
    """
    tree, e = comparing.tree, comparing.estimates
    names = wave_names(e.by, e.keys, comparing.wave)
    if tree is None or len(names) < 2 or tree.waves != (comparing.wave,):
        return None
    made_of = comparing.units()[0].shares.of_groups
    top = len(tree.levels) - 1
    rows: list[dict[str, object]] = []
    for before, after in pairwise(names):
        tops = [np.flatnonzero((tree.level == top) & [w == (name,) for w in tree.wave]) for name in (before, after)]
        if any(len(found) != 1 for found in tops):
            return None
        step = _Step.of(comparing, tree, (made_of[tops[0][0]], made_of[tops[1][0]]), (before, after))
        rows += step.rows(influences if len(step.sector) <= MOST_COMPANIES else None)
    return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class _Step:
    """Two waves of ``C`` companies: their sectors, groups ``(2, C)`` (the other wave's where one is not there, -1 where
    both are not), shares ``w (2, C)``, item weights ``v`` and performances ``p (2, C, K)``."""

    comparing: Comparing
    waves: tuple[object, object]
    sector: tuple[str, ...]
    groups: Ints
    w: Floats
    v: Floats
    p: Floats

    @classmethod
    def of(cls, comparing: Comparing, tree: Tree, shares: tuple[Floats, Floats], waves: tuple[object, object]) -> _Step:
        e = comparing.estimates
        blocks = e.layout.blocks
        above = tree.ancestor(len(tree.levels) - 2)
        there = np.flatnonzero(tree.group >= 0)
        companies = list(dict.fromkeys(tree.identity[i] for i in there))
        sector = {tree.identity[i]: tree.called(int(above[i])) for i in there}
        place = {(tree.wave[i], tree.identity[i]): int(tree.group[i]) for i in there}
        at = [np.asarray([place.get(((wave,), name), -1) for name in companies]) for wave in waves]
        w = [np.where(g >= 0, s[g], 0.0) for s, g in zip(shares, at, strict=True)]
        parts = [[np.where((g >= 0)[:, None], e.value[g][:, blocks[n]], np.nan) for g in at]
                 for n in ("weight_unstd", "performance")]  # fmt: skip
        v, p = (np.stack(_both(*pair)) for pair in parts)
        groups = np.stack([np.where(at[0] >= 0, at[0], at[1]), np.where(at[1] >= 0, at[1], at[0])])
        return cls(comparing, waves, tuple(sector[name] for name in companies), groups, np.stack(w), v, p)

    def rows(self, influences: Influences | None) -> list[dict[str, object]]:
        """One row for every sector and construct."""
        d, level = self.comparing.estimates.layout.design, self.comparing.model.uncertainty.level
        errors = {name: self._errors(name, influences) for name in dict.fromkeys(self.sector)}
        out: list[dict[str, object]] = []
        for j, construct in enumerate(d.constructs):
            mine = d.mask[:, j] > 0
            v, p = ((x[0][:, mine], x[1][:, mine]) for x in (self.v, self.p))
            found = split_change_over_sectors((self.w[0], self.w[1]), v, p)
            sums = (found.answers.sum(axis=1), found.weights.sum(axis=1), found.shares)
            for name, (se, df) in errors.items():
                inside = np.asarray([one == name for one in self.sector])
                values = [float(part[inside].sum()) for part in sums]
                values.append(sum(values))
                row: dict[str, object] = {"from": self.waves[0], "to": self.waves[1], "sector": name}
                row |= {"construct": construct} | dict(zip(PARTS, values, strict=True))
                around = symmetric(np.asarray(values), se[:, j], level, df)
                ends = [(part, k, end) for k, part in enumerate(PARTS) for end in ("se", "low", "high")]
                out.append(row | {f"{part}_{end}": float(getattr(around, end)[k]) for part, k, end in ends})
        return out

    def _errors(self, sector: str, influences: Influences | None) -> tuple[Floats, float]:
        """Errors (4, J) of the parts of one sector, and degrees of freedom."""
        layout = self.comparing.estimates.layout
        size = len(layout.design.constructs)
        inside = [c for c, name in enumerate(self.sector) if name == sector and self.groups[0, c] >= 0]
        missing = influences is None or np.isnan(influences.value[self.groups[:, inside]]).all(axis=-1).any()
        if influences is None or missing or not inside:
            return np.full((len(PARTS), size), np.nan), np.nan
        at = np.concatenate([np.arange(layout.blocks[n].start, layout.blocks[n].stop)
                             for n in ("weight_unstd", "performance")])  # fmt: skip
        own = influences.of_all(list(dict.fromkeys(self.groups[:, inside].ravel().tolist())), at)
        parts: dict[int, Floats] = {}
        products = np.zeros(size)
        for c in inside:
            pair = [int(g) for g in self.groups[:, c]]
            for t, g in enumerate(pair):
                parts[g] = parts.get(g, 0.0) + own[g] @ self._slopes(c, t)
            twice = influences.products(pair, [own[g] for g in pair], layout.design.mask)
            products += (self.w[:, c].mean()) ** 2 * twice
        found, df = influences.errors_of([*parts], [*parts.values()])
        se = found.reshape(len(PARTS), size)
        se[1] = less_products(se[1], products)
        return se, df

    def _slopes(self, c: int, t: int) -> Floats:
        """(2 K, 4 J) derivatives of the parts of company `c` by its item weights and performances in wave `t`."""
        mask, sign = self.comparing.estimates.layout.design.mask, 2.0 * t - 1.0
        (v0, v1), (p0, p1), (w0, w1) = self.v[:, c], self.p[:, c], self.w[:, c]
        mean, apart = (w0 + w1) / 2, (w1 - w0) / 2
        by_weight = [mean * (p1 - p0) / 2, sign * mean * (p0 + p1) / 2, apart * self.p[t, c]]
        by_answer = [sign * mean * (v0 + v1) / 2, mean * (v1 - v0) / 2, apart * self.v[t, c]]
        sides = [np.hstack([x[:, None] * mask for x in (*by, np.sum(by, axis=0))]) for by in (by_weight, by_answer)]
        return np.vstack(sides)


def _both(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Two waves, each filled from the other where a company is not there; 0 where it is in neither."""
    return (
        np.nan_to_num(np.where(np.isnan(first), second, first)),
        np.nan_to_num(np.where(np.isnan(second), first, second)),
    )
