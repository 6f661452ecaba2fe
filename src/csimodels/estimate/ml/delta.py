"""The delta method with exact derivatives, for any smooth function of the parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.constraints import STEP
from csimodels.estimate.ml.implied import Entries
from csimodels.estimate.ml.structure import Matrices, Structure
from csimodels.moments.linalg import Floats

#: Bound of parameters times parameters times directions that are worked on at once.
AT_ONCE = 2**24
#: An error of this share of the value or less is rounding.
ROUNDING = 1e-13


@dataclass(frozen=True, eq=False)
class Estimated:
    """Functions of the parameters with their errors; any shape ``(*B, ...)``.

    Attributes
    ----------
    value, se : estimate and standard error;  p : two-sided, from the normal distribution.
        The error of a function that does not move with the parameters is 0, and its p NaN.
    """

    value: Floats
    se: Floats
    p: Floats

    @property
    def z(self) -> Floats:
        """Estimate over standard error, NaN where that is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(self.se > 0, self.value / self.se, np.nan))

    def with_more(self, other: Estimated) -> Estimated:
        """These numbers, and then `other`, along the last axis."""
        pairs = ((self.value, other.value), (self.se, other.se), (self.p, other.p))
        return Estimated(*(np.concatenate(pair, axis=-1) for pair in pairs))

    def reshaped(self, *shape: int) -> Estimated:
        """The last axis in another shape."""
        return Estimated(*(a.reshape(*a.shape[:-1], *shape) for a in (self.value, self.se, self.p)))


def estimated(value: Floats, se: Floats) -> Estimated:
    """`value` with its error and the two-sided p-value of the normal distribution; NaN where either is not known."""
    from scipy.special import erfc

    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(se > 0, erfc(np.abs(value / se) / np.sqrt(2.0)), np.nan)
    return Estimated(np.asarray(value), np.asarray(se), np.asarray(p))


def delta(function: Callable[[NDArray[Any]], NDArray[Any]], x: Floats, cov: Floats) -> Estimated:
    """Value, standard error and p of a function of the parameters.

    Parameters
    ----------
    function : maps ``(*L, q)`` to ``(*L, K)``, for any leading axes, real or complex: made of arithmetic, powers and
        roots, matrix products and inverses (no absolute values, no comparisons), so that ``Im f(x + i h) / h`` is its
        derivative (Squire & Trapp 1998).
    x : (*B, q);  cov : (*B, q, q) its covariance.

    Returns
    -------
    Estimated, ``(*B, K)``.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.asarray(function(x))
        moved = [function(x[..., None, :] + 1j * STEP * unit).imag for unit in _units(x)]
        slopes = np.concatenate(moved, axis=-2) / STEP  # (*B, q, K)
        variance = (slopes * (cov @ slopes)).sum(axis=-2)
        se = np.sqrt(np.maximum(variance, 0.0))
        # what does not move at all has an error of rounding only
        se = np.where(np.isnan(value), np.nan, np.where(se <= ROUNDING * np.abs(value), 0.0 * se, se))
    return estimated(value, se)


def _units(x: Floats) -> list[Floats]:
    """Directions ``(c, q)`` that derivatives are taken in at once: few where the matrices of the model are large."""
    q = x.shape[-1]
    step = int(np.clip(AT_ONCE // max(x.size * q, 1), 1, max(q, 1)))
    return [np.eye(q)[start : start + step] for start in range(0, max(q, 1), step)]


def by_matrices(
    structure: Structure, function: Callable[[Matrices], NDArray[Any]]
) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """A function of the model matrices as one of the parameters, for :func:`delta`."""
    return lambda x: function(matrices_at(structure, x))


def matrices_at(structure: Structure, x: NDArray[Any]) -> Matrices:
    """Model matrices at real or complex parameters ``(*B, q)``; they are affine in them."""
    base = structure.matrices(np.ascontiguousarray(x.real))
    if not np.iscomplexobj(x):
        return base
    entries, groups, lead = Entries.free(structure.table), structure.table.groups, x.ndim

    def turned(name: str, part: Floats) -> Any:
        unit = entries.unit(name, part.shape[lead:], groups)  # (G, q, ...), behind the axes *B and G of the matrix
        return part + 1j * np.tensordot(x.imag, unit, axes=(-1, 1))

    return Matrices(
        turned("lambda", base.lam),
        turned("beta", base.beta),
        turned("psi", base.psi),
        turned("theta", base.theta),
        turned("nu", base.nu),
        turned("alpha", base.alpha),
    )
