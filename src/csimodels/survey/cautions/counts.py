"""What cautions are made from: answers counted, so that it does not matter whether rows or sums are held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csimodels.moments.linalg import Floats
from csimodels.spec.model import Item
from csimodels.survey.ranges import Ranges, blocks, commonest
from csimodels.survey.survey import Survey

#: Items that a row must have answered before its answers count as the same throughout, or as those of another row.
MANY_ITEMS = 6


@dataclass(frozen=True, eq=False)
class AnswerCounts:
    """Counts over all rows of a survey.

    Attributes
    ----------
    correlations, together : (p, p)
        Over the rows that have both answers, and how many there are.
    ranges : Ranges
        Lowest and highest answers as they were given.
    common, same : (p,)
        The answer that nearly all rows give, where there is one (reversed items turned), and how many give it.
    top : (p,)
        How many rows give the highest answer that occurs (as it was given).
    straight, repeated : int or None
        Rows with one answer throughout; rows with all answers of another one.  None: not looked for.
    one_in : int
        `repeated` was counted in one of so many equal parts of the rows, and stands for all.
    """

    correlations: Floats
    together: Floats
    ranges: Ranges
    common: Floats
    same: Floats
    top: Floats
    straight: int | None
    repeated: int | None
    one_in: int = 1

    @classmethod
    def of(cls, survey: Survey) -> AnswerCounts:
        """Counts of rows in memory, gone through in blocks."""
        correlations, together = _pairwise(survey)
        ranges, common = Ranges.of(survey), commonest(survey)
        turned = np.asarray([item.reverse for item in survey.model.items])
        ends = np.asarray([sum(item.scale) for item in survey.model.items])
        highest = np.where(turned, ends - ranges.high, ranges.high)
        same, top = np.zeros(len(common)), np.zeros(len(common))
        for block in blocks(survey):
            same += (block == common).sum(axis=0)
            top += (block == highest).sum(axis=0)
        return cls(correlations, together, ranges, common, same, top, *_same_rows(survey))


def _pairwise(survey: Survey) -> tuple[Floats, Floats]:
    """(p, p) correlations over the rows that have both answers, and how many there are."""
    p = survey.x.shape[1]
    n, s, q, xy = np.zeros((p, p)), np.zeros((p, p)), np.zeros((p, p)), np.zeros((p, p))
    for block in blocks(survey):
        there = ~np.isnan(block)
        x, w = np.where(there, block - survey.shift, 0.0), there.astype(np.float64)
        n += w.T @ w
        s += x.T @ w
        q += (x * x).T @ w
        xy += x.T @ x
    with np.errstate(invalid="ignore", divide="ignore"):
        cov = xy / n - (s / n) * (s.T / n)
        variance = q / n - (s / n) ** 2
        return np.asarray(cov / np.sqrt(variance * variance.T)), n


def _same_rows(survey: Survey) -> tuple[int, int]:
    """Rows with one answer throughout, and rows whose answers are those of another one (they stand side by side)."""
    straight, repeated, last = 0, 0, survey.x[:0]
    wide = widest(survey.model.items)
    turned = np.asarray([item.reverse for item in survey.model.items])
    ends = np.asarray([sum(item.scale) for item in survey.model.items])
    flat_before = np.zeros(0, dtype=bool)
    for block in blocks(survey):
        asked = np.where(turned, ends - block, block)
        few = (~np.isnan(block)).sum(axis=1) < MANY_ITEMS
        flat = np.zeros(len(block), dtype=bool)
        if len(wide) >= MANY_ITEMS:
            part = asked[:, wide]
            low, high = np.fmin.reduce(part, axis=1), np.fmax.reduce(part, axis=1)
            flat = (low == high) & ((~np.isnan(part)).sum(axis=1) >= MANY_ITEMS)
        straight += int(flat.sum())
        both = np.concatenate([last, block])
        plain = np.concatenate([flat_before, flat | few])
        equal = (both[1:] == both[:-1]) | (np.isnan(both[1:]) & np.isnan(both[:-1]))
        repeated += int((equal.all(axis=1) & ~plain[1:]).sum())
        last, flat_before = block[-1:], (flat | few)[-1:]
    return straight, repeated


def widest(items: Sequence[Item]) -> list[int]:
    """Positions of the items that share the most frequent scale of more than two answers."""
    by_scale: dict[tuple[float, float], list[int]] = {}
    for k, item in enumerate(items):
        if item.scale[1] - item.scale[0] > 1:
            by_scale.setdefault(item.scale, []).append(k)
    return max(by_scale.values(), key=len, default=[])
