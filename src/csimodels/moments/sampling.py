"""How the rows of one group were drawn: primary sampling units within strata."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from csimodels.moments.counts import At, Ints
from csimodels.moments.linalg import Bools, Floats

LoneStrata = Literal["refuse", "certainty", "adjust", "average"]


@dataclass(frozen=True, eq=False)
class Sampling:
    """Sampling design of ``n`` rows: ``C`` primary sampling units in ``H`` strata.

    Attributes
    ----------
    unit : (n,) primary sampling unit ``0 .. C-1`` of each row; a row is its own unit where there are no clusters.
    stratum : (C,) stratum ``0 .. H-1`` of each unit.
    fraction : (H,) share of the stratum's units that is in the sample; 0 where they were drawn with replacement, or
        from so many that it does not matter.
    lone : ``"refuse"``, or what the variance takes for a stratum with a single unit, which shows none of its own:
        ``"adjust"`` its distance from the mean of all units, ``"average"`` the mean variance of the other strata: the
        variance is that of the others times ``H / (H - lone strata)``.  ``H`` counts the strata that hold rows of the
        group, so that one without any raises nothing.
        A stratum taken with certainty has the fraction 1.
    copies : (C,) how many units each stands for, or None: each for itself.  A group that is met by chance has no rows
        in some units of a stratum, which count with totals of 0; one unit without rows stands for all of these.
    """

    unit: Ints
    stratum: Ints
    fraction: Floats
    lone: LoneStrata = "refuse"
    copies: Floats | None = None

    @classmethod
    def of(
        cls, n: int, strata: Ints | None = None, cluster: Ints | None = None, fraction: Floats | None = None
    ) -> Sampling:
        """Design of ``n`` rows from their codes; clusters are nested in strata: one code in two strata is two units.

        Parameters
        ----------
        strata, cluster : (n,) any whole-number codes, or None.
        fraction : (n,) sampling fraction of each row's stratum, or None for zero.
        """
        rows = np.arange(n)
        stratum = np.zeros(n, dtype=np.intp) if strata is None else np.unique(strata, return_inverse=True)[1].ravel()
        if cluster is None:
            unit, of_unit = rows, stratum
        else:
            pairs, unit = np.unique(np.stack([stratum, cluster], axis=1), axis=0, return_inverse=True)
            unit, of_unit = np.asarray(unit).ravel(), pairs[:, 0]
        share = np.zeros(int(stratum.max(initial=-1)) + 1)
        if fraction is not None:
            share[stratum] = fraction
        return cls(unit.astype(np.intp), of_unit.astype(np.intp), share)

    def among(self, every: Ints) -> Sampling:
        """The same rows as a domain: met by chance in some of ``every (H,)`` units of each stratum.

        As a subset of a survey design in R's survey, and as for Binder (1983): units without rows of the domain have
        totals of 0, so that how many rows each stratum holds is a matter of chance too.
        """
        absent = np.maximum(every - self.sizes, 0)
        more = np.flatnonzero(absent)
        if not len(more):
            return self
        copies = np.concatenate([np.ones(self.units), absent[more].astype(np.float64)])
        return replace(self, stratum=np.concatenate([self.stratum, more]), copies=copies)

    @property
    def units(self) -> int:
        """Number of primary sampling units ``C``, of which one may stand for several without rows."""
        return len(self.stratum)

    @cached_property
    def times(self) -> Floats:
        """(C,) how many units each stands for."""
        return np.ones(self.units) if self.copies is None else self.copies

    @cached_property
    def sizes(self) -> Ints:
        """(H,) primary sampling units of each stratum."""
        number = np.bincount(self.stratum, self.copies, minlength=len(self.fraction))
        return np.rint(number).astype(np.intp)

    @property
    def df(self) -> int:
        """Degrees of freedom of the design: units less strata; units without rows of the group add none."""
        return (self.units if self.copies is None else int((self._lengths > 0).sum())) - len(self.sizes)

    @property
    def lonely(self) -> int:
        """Strata with a single unit, which show no variance; those taken as a whole do not count."""
        return int(self.alone.sum())

    @property
    def alone(self) -> Bools:
        """(H,) whether a stratum has a single unit and is not taken as a whole."""
        return _alone(self.sizes, self.fraction)

    def settled(self, lone: LoneStrata) -> Sampling:
        """The same design with a rule for strata of a single unit; ``"certainty"`` makes their fraction 1."""
        if lone == "certainty":
            return replace(self, fraction=np.where(self.alone, 1.0, self.fraction))
        return replace(self, lone=lone)

    @property
    def simple(self) -> bool:
        """One stratum, every row its own unit, drawn from a large population."""
        return self.copies is None and len(self.sizes) == 1 and self.units == len(self.unit) and not self.fraction.any()

    @cached_property
    def _own(self) -> bool:
        """Whether every row is its own unit, numbered alike."""
        return self.units == len(self.unit) and np.array_equal(self.unit, np.arange(self.units))

    def rows_of(self, units: At) -> tuple[At, Ints | None]:
        """Rows of some units, and for each row the position of its unit among them; None: one row each, in order."""
        if self._own:
            return units, None
        order, first = self._order
        chosen = np.arange(self.units)[units]
        length = self._lengths[chosen]
        local = np.repeat(np.arange(len(chosen)), length)
        within = np.arange(len(local)) - np.repeat(np.cumsum(length) - length, length)
        return order[first[chosen][local] + within], local

    def blocks(self, rows: int) -> Iterator[At]:
        """All units, stratum by stratum, in blocks of about `rows` rows; a unit is never divided."""
        order = np.argsort(self.stratum, kind="stable")
        straight = bool((np.diff(self.stratum) >= 0).all())
        last = np.cumsum(self._lengths[order])
        start = 0
        while start < self.units:
            before = last[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(last, before + rows, side="right")))
            yield slice(start, stop) if straight else order[start:stop]
            start = stop

    @cached_property
    def _lengths(self) -> Ints:
        """(C,) rows of each unit."""
        return np.bincount(self.unit, minlength=self.units).astype(np.intp)

    @cached_property
    def _order(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.unit, kind="stable")
        return order, np.concatenate([[0], np.cumsum(self._lengths)[:-1]]).astype(np.intp)

    def totals(self, values: Floats) -> Floats:
        """(C, ...) sums of ``values (n, ...)`` over the rows of each unit."""
        if self._own:
            return values
        order, first = self._order
        if self.copies is None:
            return np.asarray(np.add.reduceat(values[order], first, axis=0))
        there = self._lengths > 0
        out = np.zeros((self.units, *values.shape[1:]))
        out[there] = np.add.reduceat(values[order], first[there], axis=0)
        return out

    def within(self, totals: Floats) -> Floats:
        """``totals (C, Q)`` less the mean of their stratum, of all units where ``lone == "adjust"`` and it is alone."""
        count = self.sizes[:, None].astype(np.float64)
        if len(self.sizes) == 1 and self.copies is None:
            return np.asarray(totals - totals.mean(axis=0))
        order = np.argsort(self.stratum, kind="stable")
        first = np.searchsorted(self.stratum[order], np.arange(len(self.sizes)))
        counted = totals if self.copies is None else totals * self.copies[:, None]
        mean = np.add.reduceat(counted[order], first, axis=0) / count
        if self.lone == "adjust":
            mean[self.alone] = self.times @ totals / self.times.sum()
        return np.asarray(totals - mean[self.stratum])

    @property
    def factors(self) -> Floats:
        """(H,) ``(1 - f_h) n_h / (n_h - 1)``, what a squared deviation counts; infinite for a single unit.

        Where `lone` says what stands for a single unit: ``1 - f_h`` for it with ``"adjust"``; with ``"average"``
        nothing for it and more for the others.
        """
        return stratum_factors(self.sizes, self.fraction, self.lone)

    def variance(self, totals: Floats) -> Floats:
        """(Q,) variance of a sum of unit totals ``(C, Q)`` (Binder 1983; Wolter 2007, eq. 1.4.4 and chapter 6).

        ``sum_h (1 - f_h) n_h / (n_h - 1) sum_c (T_hc - mean_h)^2``.  A stratum with a single unit gives NaN, unless
        `lone` says what stands for it (R package survey, ``survey.lonely.psu``; Lumley 2010).
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((self.factors[self.stratum] * self.times) @ self.within(totals) ** 2)


def stratum_factors(sizes: Ints, fraction: Floats, lone: LoneStrata) -> Floats:
    """(H,) :attr:`Sampling.factors` of strata with so many units, of which such a fraction was drawn."""
    alone = _alone(sizes, fraction)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(fraction < 1, (1 - fraction) * sizes / (sizes - 1.0), 0.0)
        if lone != "refuse":
            factor = np.where(alone, 1 - fraction if lone == "adjust" else 0.0, factor)
        if lone == "average":
            factor = factor * len(alone) / (len(alone) - alone.sum())
        return np.asarray(factor)


def _alone(sizes: Ints, fraction: Floats) -> Bools:
    return np.asarray((sizes < 2) & (fraction < 1))


def added(values: Floats, local: Ints | None, size: int) -> Floats:
    """(size, k) sums of ``values (b, k)`` by the position of each row's unit, see :meth:`Sampling.rows_of`."""
    if local is None:
        return values
    first = np.searchsorted(local, np.arange(size + 1))
    there = np.diff(first) > 0  # a unit that stands for others has no rows
    out = np.zeros((size, values.shape[1]))
    if len(values):
        out[there] = np.add.reduceat(values, first[:-1][there], axis=0)
    return out


def add_by_code(sums: Floats, values: Floats, code: Ints) -> None:
    """Add the rows of ``values (b, k)`` to the rows of ``sums (H, k)`` that their codes ``(b,)`` name, in place."""
    if len(sums) == 1:
        sums += values.sum(axis=0)
    elif len(values):
        order = np.argsort(code, kind="stable")
        ordered = code[order]
        first = np.flatnonzero(np.diff(ordered, prepend=-1))
        sums[ordered[first]] += np.add.reduceat(values[order], first, axis=0)
