"""Minimise a discrepancy for a batch of samples: the numerical heart of the covariance-based estimators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Status
from csimodels.estimate.ml.active_set import Ended, Places, within_inequalities
from csimodels.estimate.ml.admissible import inadmissible, singular_sample, undetermined
from csimodels.estimate.ml.discrepancy import ORDERED, WEIGHTED, Discrepancy, Target
from csimodels.estimate.ml.fisher_scoring import score
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.start import start_values
from csimodels.estimate.ml.structure import Matrices, Parts, Structure
from csimodels.moments.linalg import Bools, Floats

#: See :func:`csimodels.estimate.ml.fisher_scoring.score`.  Newton's steps square their error: the last one leaves
#: 1e-12.
TOL = 1e-6
MAX_ITER = 60
#: The second start has factor correlations of this share of the first.
SECOND_START = 0.2


class AtEstimates:
    """What follows from a structure and its parameters ``x (*B, q)``, whatever they were estimated by."""

    structure: Structure
    x: Floats

    @cached_property
    def matrices(self) -> Matrices:
        """Model matrices at the solution, ``(*B, G, ...)``."""
        return self.structure.matrices(self.x)

    @cached_property
    def parts(self) -> Parts:
        """What derivatives and implied moments at the solution share."""
        return self.structure.parts(self.x)

    @property
    def mu(self) -> Floats:
        """(*B, G, p) implied means."""
        return self.parts.mu

    @property
    def sigma(self) -> Floats:
        """(*B, G, p, p) implied covariances."""
        return self.parts.sigma


@dataclass(frozen=True, eq=False)
class Solution(AtEstimates):
    """A batch of minimised discrepancies.

    Attributes
    ----------
    structure : bound to the sample;  sample : as given, divisor n;  discrepancy.
    x : (*B, q) free parameters; NaN where the status is ``SINGULAR``.
    value : (*B,) minimum of F, summed over groups, such that ``chi2 = N F``.
    status : (*B,) :class:`~csimodels.errors.Status`;  iterations : (*B,).
    weight : (*B, G, P, P) weight matrices of ``wls`` and ``dwls``, else None.
    """

    structure: Structure
    sample: Sample
    discrepancy: Discrepancy
    x: Floats
    value: Floats
    status: NDArray[np.int64]
    iterations: NDArray[np.int64]
    weight: Floats | None = None

    def element(self, g: int) -> Solution:
        """Element `g` of the first batch axis, bound to its own sample."""
        sample = self.sample[g]
        return Solution(
            replace(self.structure, spread=None).bound(fitted_sample(sample, self.discrepancy)),
            sample,
            self.discrepancy,
            self.x[g],
            np.asarray(self.value[g]),
            np.asarray(self.status[g]),
            np.asarray(self.iterations[g]),
            None if self.weight is None else self.weight[g],
        )

    @property
    def chi2(self) -> Floats:
        """(*B,) ``N F``."""
        return np.asarray(self.sample.total * self.value)

    @property
    def df(self) -> int:
        """Degrees of freedom."""
        return self.structure.table.df

    @property
    def fitted(self) -> Sample:
        """The moments that were fitted: covariances with divisor n for ``ml``, n - 1 else, as in lavaan."""
        return fitted_sample(self.sample, self.discrepancy)


def solve(
    structure: Structure,
    sample: Sample,
    discrepancy: Discrepancy = "ml",
    *,
    start: Floats | None = None,
    weight: Floats | None = None,
    tol: float = TOL,
    max_iter: int = MAX_ITER,
) -> Solution:
    """Fit `structure` to every batch element of `sample`.

    Parameters
    ----------
    start : (*B, q) or (q,) start values; made from the moments where left out.
    weight : weight matrices of ``wls`` and ``dwls``, broadcast to ``(*B, G, P, P)``.
    tol, max_iter : see :func:`csimodels.estimate.ml.fisher_scoring.score`.  An element that does not converge begins
        once more from a second start, with `max_iter` steps of its own.

    Notes
    -----
    Conventions of lavaan (0.6-14): ``ml`` takes ``S`` with divisor n and weighs the groups by ``n_g``; the others take
    divisor ``n_g - 1`` and weigh by ``n_g - 1``.  In both cases ``chi2`` is ``N F``.

    Raises
    ------
    ValueError
        ``wls`` or ``dwls`` without weights, or weights without them.
    """
    if (weight is None) == (discrepancy in WEIGHTED):
        raise ValueError("wls and dwls need weight matrices, and no other discrepancy takes them")
    batch, q = sample.batch, structure.q
    flat = fitted_sample(sample, discrepancy).flat()
    if weight is not None:
        square = weight.shape[-2:]
        weight = np.broadcast_to(weight, (*sample.mean.shape[:-1], *square)).reshape(*flat.n.shape, *square)
    target = Target(structure.bound(flat), flat, discrepancy, weight)
    if start is not None:
        start = np.broadcast_to(start, (*batch, q)).reshape(-1, q)
    bad = singular_sample(flat, discrepancy)
    scored = minimised(target, start, bad, tol, max_iter)
    with np.errstate(all="ignore"):
        end = target.point(scored.x) if scored.point is None else scored.point
        status = np.where(scored.converged, 0, int(Status.NOT_CONVERGED))
        status |= np.where(inadmissible(target.structure, end.x, end.parts), int(Status.INADMISSIBLE), 0)
        lost = bad | (scored.converged & undetermined(target, end)) | (structure.table.df < 0)
    status = np.where(lost, int(Status.SINGULAR), status)
    return Solution(
        structure.bound(fitted_sample(sample, discrepancy)),
        sample,
        discrepancy,
        np.where(lost[:, None], np.nan, scored.x).reshape(*batch, q),
        np.where(lost, np.nan, scored.value).reshape(batch),
        status.reshape(batch),
        scored.iterations.reshape(batch),
        None if weight is None else weight.reshape(*sample.mean.shape[:-1], *weight.shape[-2:]),
    )


def fitted_sample(sample: Sample, discrepancy: Discrepancy) -> Sample:
    """`sample` with the divisor of its covariances that lavaan takes for `discrepancy`."""
    if discrepancy == "ml" or discrepancy in ORDERED:
        return sample
    with np.errstate(all="ignore"):
        return Sample(sample.mean, sample.cov * (sample.n / (sample.n - 1))[..., None, None], sample.n)


def minimised(target: Target, start: Floats | None, bad: Bools, tol: float = TOL, max_iter: int = MAX_ITER) -> Ended:
    """Minima under all constraints, see :mod:`csimodels.estimate.ml.active_set`; NaN for elements that are `bad`."""
    first = start_values(target.structure, target.sample) if start is None else start
    scored = _both_passes(target, np.where(bad[:, None], np.nan, first), bad, tol, max_iter)
    constraints = target.structure.table.constraints
    if constraints is None:
        return scored

    def slope(index: Places, x: Floats) -> Floats:
        part = target.take(index)
        return part.derivatives(part.point(x), exact=False)[0]

    def again(index: Places, x: Floats, active: Bools) -> Ended:
        part = replace(target.take(index), active=active)
        return _both_passes(part, x, np.zeros(len(index), dtype=bool), tol, max_iter)

    return within_inequalities(constraints, scored, slope, again, bad)


def _both_passes(target: Target, first: Floats, bad: Bools, tol: float, max_iter: int) -> Ended:
    """From the first start, then from the second for the elements that did not converge."""
    scored = score(target, first, tol, max_iter)
    again = np.flatnonzero(~scored.converged & ~bad)
    if not len(again):
        return scored
    part = target.take(again)
    second = score(part, start_values(part.structure, part.sample, SECOND_START), tol, max_iter)
    scored.iterations[again] += second.iterations
    better = second.converged | ~np.isfinite(scored.value[again])
    rescued = again[better]
    scored.x[rescued], scored.value[rescued] = second.x[better], second.value[better]
    scored.converged[rescued] = second.converged[better]
    return scored._replace(point=None)
