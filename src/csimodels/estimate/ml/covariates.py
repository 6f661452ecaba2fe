"""Observed causes as lavaan's ``x``: what they leave out of the measures of fit (``fixed.x``).

A construct of one item without error that nothing leads to is observed.  Where the covariances of all of them are free,
their own moments are those of the sample whatever the rest of the model says; estimates, errors and chi-square are the
same whether they are taken for fixed or for random.  What differs is what counts as explained: the baseline model of
lavaan leaves covariances among ``x`` free either way, and of fixed ones the likelihood is that of the other items given
them (Joereskog 1971; Bollen 1989, p. 126), with their moments no parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from csimodels.errors import Problem, SpecError
from csimodels.estimate.ml.parameters import ParameterTable, Row
from csimodels.estimate.ml.sample import Sample
from csimodels.moments.linalg import Floats

Covariates = Literal["fixed", "random"]


@dataclass(frozen=True)
class Observed:
    """The observed causes of a model.

    Attributes
    ----------
    places : their items, along ``p``;  fixed : whether they are taken as given.
    """

    places: tuple[int, ...] = ()
    fixed: bool = False

    @classmethod
    def of(cls, table: ParameterTable, kind: Covariates | None) -> Observed:
        """The observed causes in `table`; none where `kind` is None.

        Raises
        ------
        SpecError
            There are none, or a statement fixes a variance or covariance among them.
        """
        if kind is None:
            return cls()
        items = _observed(table)
        if not items:
            what = "no construct is an observed cause: of one item, without reliability, and with no path into it"
            remedy = "leave covariates out, or add {Age: {items: {AGE: {scale: [18, 90]}}}} and its paths"
            raise SpecError(Problem(what, "covariates", kind, remedy=remedy))
        free = {frozenset((r.row, r.col)) for r in table.rows if r.matrix == "psi" and r.free >= 0}
        factors = list(items.values())
        if any(frozenset((a, b)) not in free for a in factors for b in factors):
            what = "variances and covariances of observed causes are those of the sample, so no statement fixes them"
            raise SpecError(Problem(what, "covariates", kind, remedy="take these statements out"))
        return cls(tuple(items), kind == "fixed")

    def moments(self, means: bool) -> int:
        """Number of their variances and covariances, and means where these are modelled."""
        k = len(self.places)
        return k * (k + 1) // 2 + (k if means else 0)

    def known(self, table: ParameterTable) -> list[int]:
        """Places in ``x`` of parameters that are no estimates: moments of fixed causes."""
        if not self.fixed:
            return []
        factors = {j for i, j in _observed(table).items() if i in self.places}
        return [r.free for r in table.rows if r.free >= 0 and _of_them(r, factors, self.places)]

    def logl(self, sample: Sample) -> Floats:
        """(*B,) log-likelihood of the observed causes alone, saturated; 0 where they are not fixed."""
        if not self.fixed:
            return np.zeros(sample.batch)
        at = np.asarray(self.places)
        _, log = np.linalg.slogdet(sample.cov[..., at[:, None], at])
        k = len(self.places)
        return np.asarray((-0.5 * sample.n * (k * np.log(2 * np.pi) + log + k)).sum(axis=-1))


#: Where covariates count as all other items do.
NONE_OBSERVED = Observed()


def _of_them(row: Row, factors: set[int], places: tuple[int, ...]) -> bool:
    """Whether `row` is a variance or covariance of observed causes alone, or the mean of one."""
    if row.matrix == "nu":
        return row.row in places
    return row.matrix in ("psi", "alpha") and row.row in factors and (row.matrix == "alpha" or row.col in factors)


def _observed(table: ParameterTable) -> dict[int, int]:
    """Item and factor of every observed cause."""
    rows = [r for r in table.rows if r.group == 0]
    effects = {r.row for r in rows if r.matrix == "beta"}
    loads = [(r.row, r.col) for r in rows if r.matrix == "lambda"]
    exact = {r.row for r in rows if r.matrix == "theta" and r.row == r.col and r.free < 0 and r.value == 0}
    alone = {j: i for i, j in loads if sum(j == other for _, other in loads) == 1}
    once = [i for i, _ in loads]
    return {i: j for j, i in alone.items() if i in exact and j not in effects and once.count(i) == 1}
