"""Rows that are read again have to be those that were summed: what they leave is compared with the sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csimodels.errors import DataError
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.survey.columns import Ints
from csimodels.survey.scale.judged import Judged
from csimodels.survey.scale.refusals import changed_rows
from csimodels.survey.scale.summed_survey import Chunk
from csimodels.survey.scale.sums import Parts

#: Sums in another order of addition differ by less; the answer of one in ten million changes them by more.
_NEAR = 1e-9
#: What rounding a weight to fixed point changes it by at most, as a share of the largest weight.
_STEP = 2.0**-45


@dataclass(frozen=True, eq=False)
class Trace:
    """What rows leave, and what adds up over pieces of them.

    Attributes
    ----------
    given : (K,) rows of each part.
    answered : (p,) answers to each item.
    mixed : (K,) weighted sum of a mixture of the shifted answers;  size : (K,) of its absolute values.
    """

    given: Ints
    answered: Ints
    mixed: Floats
    size: Floats

    def __add__(self, other: Trace) -> Trace:
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__)
        return Trace(*(one + two for one, two in pairs))


@dataclass(frozen=True, eq=False)
class AsSummed:
    """What the rows left when they were summed, and how another pass finds it again.

    Attributes
    ----------
    expected : Trace
        Of the sums; their `size` is what the rounding of weights may add.
    shift : (p,) what was subtracted before sums were formed.
    complete : whether rows with a hole are no part of the sums.
    label : what the source is called.
    """

    expected: Trace
    shift: Floats
    complete: bool
    label: str

    @staticmethod
    def of(parts: Parts, items: Sequence[Judged], largest: float, label: str) -> AsSummed:
        """What is expected of the rows of some sums.

        Parameters
        ----------
        items : of the model.
        largest : the largest weight.
        """
        sums, scales = parts.sums, np.asarray([j.item.scale for j in items], dtype=np.float64)
        factors = _factors(len(items))
        rounding = parts.given.astype(np.float64) * (largest * _STEP * float(np.ptp(scales, axis=1) @ factors))
        answered = np.rint(parts.answered.sum(axis=0)).astype(np.int64)
        expected = Trace(parts.given.astype(np.int64), answered, sums.wx @ factors, rounding)
        return AsSummed(expected, sums.shift, sums.form == "complete", label)

    def nothing(self) -> Trace:
        """What no row leaves."""
        size, p = len(self.expected.given), len(self.shift)
        return Trace(np.zeros(size, np.int64), np.zeros(p, np.int64), np.zeros(size), np.zeros(size))

    def trace(self, chunk: Chunk) -> Trace:
        """What some rows leave.

        Raises
        ------
        DataError
            A row is of no known part.
        """
        x, own, part = chunk
        size, p = len(self.expected.given), len(self.shift)
        if len(part) and part.min() < 0:
            raise self._changed(Message("rows of a group that was not there before"))
        z = x[:, :p] - self.shift
        holes = np.isnan(z)
        z[holes] = 0
        w = np.ones(len(z)) if own is None else own
        if self.complete:
            w = np.where(holes.any(axis=1), 0, w)
        factors = _factors(p)
        mixed = w * (z @ factors)
        most = w * (np.abs(z, out=z) @ factors)
        given, answered = np.bincount(part, minlength=size), len(z) - holes.sum(axis=0)
        sums = (np.bincount(part, values, size).astype(np.float64) for values in (mixed, most))
        return Trace(given, answered, *sums)

    def refuse_others(self, found: Trace) -> None:
        """Refuse rows that leave something else.

        Raises
        ------
        DataError
        """
        expected = self.expected
        if (found.given != expected.given).any():
            n, before = int(found.given.sum()), int(expected.given.sum())
            raise self._changed(Message("{n} rows, {before} before", n=n, before=before))
        bound = _NEAR * found.size + expected.size
        if (found.answered != expected.answered).any() or (np.abs(found.mixed - expected.mixed) > bound).any():
            raise self._changed(Message("as many rows, other answers or weights"))

    def _changed(self, found: Message) -> DataError:
        return changed_rows(self.label, found)


def _factors(p: int) -> Floats:
    """(p,) unlike factors of a mixture of the items, so that changes of two items do not cancel."""
    return np.asarray(np.sqrt(np.arange(2, p + 2) + 0.125), dtype=np.float64)
