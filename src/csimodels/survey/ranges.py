"""What the answers to each item run from and to, in one pass over blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from csimodels.moments.linalg import Bools, Floats
from csimodels.survey.survey import Survey

#: Rows looked at in one block.
BLOCK = 65536

#: Beyond so many rows the commonest answer is looked for in every eighth.
MANY = 65536


def blocks(survey: Survey) -> Iterator[Floats]:
    """The answers, some rows at a time."""
    for start in range(0, survey.n, BLOCK):
        yield survey.x[start : start + BLOCK]


@dataclass(frozen=True)
class Ranges:
    """Of the answers to every item as they were given, reversed items not turned.

    Attributes
    ----------
    answered : (p,) how many there are.
    low, high : (p,) the lowest and the highest; NaN without any.
    whole : (p,) whether all are whole numbers.
    """

    answered: Floats
    low: Floats
    high: Floats
    whole: Bools

    @classmethod
    def of(cls, survey: Survey) -> Ranges:
        """The ranges of all items of `survey`."""
        items = survey.model.items
        turned, ends = [item.reverse for item in items], [sum(item.scale) for item in items]
        answered, whole = np.zeros(len(items)), np.ones(len(items), dtype=bool)
        low, high = np.full(len(items), np.nan), np.full(len(items), np.nan)
        for block in blocks(survey):
            given = np.where(turned, ends - block, block) if any(turned) else block
            missing = np.isnan(given)
            answered += len(given) - missing.sum(axis=0)
            whole &= (missing | (given == np.rint(given))).all(axis=0)
            low, high = np.fmin(low, np.fmin.reduce(given, axis=0)), np.fmax(high, np.fmax.reduce(given, axis=0))
        return cls(answered, low, high, whole)


def commonest(survey: Survey) -> Floats:
    """(p,) the answer that nearly all rows give, where there is one; reversed items turned.

    An answer of 95 % of all rows is the median of any part that has more than a tenth of them: the other answers cannot
    fill half of it.  Of many rows every eighth is looked at.
    """
    middle = np.asarray(np.median(survey.x[:: 8 if survey.n > MANY else 1], axis=0))
    for k in np.flatnonzero(np.isnan(middle)):
        there = survey.x[~np.isnan(survey.x[:, k]), k]
        middle[k] = np.median(there) if len(there) else np.nan
    return middle
