"""A covariance structure at one value of its parameters: implied moments, and how they move with the parameters.

Notation (Bollen 1989): ``A = (I - B)^{-1}``, ``K = Lambda A``, ``E = A Psi A'`` (covariance of the factors),
``Sigma = K Psi K' + Theta``, ``mu = nu + K alpha``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.structure import Matrices, Structure
from csimodels.moments.linalg import Floats, finite_inverse, safe_inverse

SYMMETRIC = ("psi", "theta")


@dataclass(frozen=True, eq=False)
class Entries:
    """Entries of the parameter matrices, and the direction each of them belongs to.

    Attributes
    ----------
    matrix : (E,) ``"lambda"``, ``"beta"``, ``"psi"``, ``"theta"``, ``"nu"`` or ``"alpha"``.
    group, row, col : (E,) where the entry stands; of a symmetric matrix one of the two entries is named.
    place : (E,) the direction it moves with; entries held equal share one.
    q : number of directions.
    """

    matrix: tuple[str, ...]
    group: NDArray[np.intp]
    row: NDArray[np.intp]
    col: NDArray[np.intp]
    place: NDArray[np.intp]
    q: int

    @classmethod
    def of(cls, places: Iterable[tuple[str, int, int, int, int]], q: int) -> Entries:
        """From ``(matrix, group, row, col, place)`` tuples."""
        listed = list(places)
        numbers = np.asarray([entry[1:] for entry in listed], dtype=np.intp).reshape(-1, 4)
        return cls(tuple(e[0] for e in listed), numbers[:, 0], numbers[:, 1], numbers[:, 2], numbers[:, 3], q)

    @classmethod
    def free(cls, table: ParameterTable) -> Entries:
        """The free entries of a model; directions are the places in ``x``."""
        rows = [r for r in table.rows if r.free >= 0]
        return cls.of(((r.matrix, r.group, r.row, r.col, r.free) for r in rows), table.q)

    def where(self, matrix: str) -> NDArray[np.intp]:
        """Positions of the entries of one matrix."""
        return np.flatnonzero([name == matrix for name in self.matrix])

    def unit(self, matrix: str, shape: tuple[int, ...], groups: int) -> Floats:
        """(G, q, *shape) derivative of one matrix along every direction."""
        out = np.zeros((groups, self.q, *shape))
        at = self.where(matrix)
        g, place, row, col = self.group[at], self.place[at], self.row[at], self.col[at]
        if len(shape) == 1:
            out[g, place, row] = 1.0
            return out
        out[g, place, row, col] = 1.0
        if matrix in SYMMETRIC:
            out[g, place, col, row] = 1.0
        return out


@dataclass(frozen=True, eq=False)
class Tangent:
    """Implied moments and their first derivatives along ``q`` directions.

    Attributes
    ----------
    mu : (*B, G, p);  sigma : (*B, G, p, p).
    dmu : (*B, G, q, p);  dsigma : (*B, G, q, p, p).
    means : whether the means are modelled; without them ``dmu`` is zero and ``mu`` the sample mean.
    """

    mu: Floats
    sigma: Floats
    dmu: Floats
    dsigma: Floats
    means: bool

    @cached_property
    def inverse(self) -> Floats:
        """(*B, G, p, p) inverse of ``sigma``; NaN where it is not positive definite."""
        return inverse(self.sigma)

    @cached_property
    def jacobian(self) -> Floats:
        """(*B, G, P, q) derivatives of ``[mu if modelled, vech(sigma)]``, lower triangle column by column."""
        covariances = vech(self.dsigma)
        both = np.concatenate([self.dmu, covariances], axis=-1) if self.means else covariances
        return np.asarray(both.swapaxes(-1, -2))

    @property
    def q(self) -> int:
        """Number of directions."""
        return int(self.dsigma.shape[-3])


def tangent(structure: Structure, sample: Sample, x: Floats) -> Tangent:
    """`structure` at ``x (*B, q)``; the means are those of `sample` where the model has none."""
    table = structure.table
    mu, sigma = structure.implied(x)
    dmu, dsigma = derivatives(structure.matrices(x), Entries.free(table))
    if not table.mean_structure:
        mu, dmu = np.broadcast_to(sample.mean, mu.shape), np.zeros_like(dmu)
    return Tangent(mu, sigma, dmu, dsigma, table.mean_structure)


def factor_moments(matrices: Matrices) -> tuple[Floats, Floats, Floats]:
    """``A = (I - B)^{-1}``, the covariance ``A Psi A'`` and the mean ``A alpha`` of the factors.

    Returns
    -------
    (*B, G, m, m), (*B, G, m, m), (*B, G, m).  Real or complex as the matrices are.
    """
    unit = np.eye(matrices.beta.shape[-1])
    a: Floats = np.broadcast_to(unit, matrices.beta.shape)
    if np.any(matrices.beta):
        a = finite_inverse(unit - matrices.beta)
    return a, a @ matrices.psi @ a.swapaxes(-1, -2), (a @ matrices.alpha[..., None])[..., 0]


def derivatives(matrices: Matrices, entries: Entries) -> tuple[Floats, Floats]:
    """First derivatives of the implied moments along the directions of `entries`.

    Returns
    -------
    dmu (*B, G, q, p), dsigma (*B, G, q, p, p).

    ``dSigma = X + X' + K dPsi K' + dTheta`` with ``X = (dLambda + K dB) E Lambda'``, and
    ``dmu = dnu + (dLambda + K dB) A alpha + K dalpha`` (Bollen 1989, appendix 4A; Neudecker & Satorra 1991).
    """
    lam = matrices.lam
    a, cov, mean = factor_moments(matrices)
    k = (lam @ a)[..., None, :, :]
    p, m, groups = lam.shape[-2], lam.shape[-1], lam.shape[-3]
    move = entries.unit("lambda", (p, m), groups) + k @ entries.unit("beta", (m, m), groups)
    x = move @ (cov @ lam.swapaxes(-1, -2))[..., None, :, :]
    dsigma = x + x.swapaxes(-1, -2) + entries.unit("theta", (p, p), groups)
    dsigma = dsigma + k @ entries.unit("psi", (m, m), groups) @ k.swapaxes(-1, -2)
    dmu = (move @ mean[..., None, :, None])[..., 0] + entries.unit("nu", (p,), groups)
    dmu = dmu + (k @ entries.unit("alpha", (m,), groups)[..., None])[..., 0]
    return dmu, dsigma


def vech(a: NDArray[np.float64]) -> Floats:
    """(*B, p(p+1)/2) lower triangle of symmetric ``(*B, p, p)``, column by column: 11, 21, .., p1, 22, .."""
    row, col = vech_places(a.shape[-1])
    return np.asarray(a[..., row, col])


def vech_places(p: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the entries of vech."""
    col, row = np.triu_indices(p)
    return row, col


def unvech(v: Floats, p: int) -> Floats:
    """Symmetric ``(*B, p, p)`` from its lower triangle."""
    row, col = vech_places(p)
    out = np.empty((*v.shape[:-1], p, p))
    out[..., row, col] = v
    out[..., col, row] = v
    return out


def inverse(a: Floats) -> Floats:
    """Inverse of symmetric matrices, whatever the scales of their variables; NaN where not positive definite."""
    diagonal = np.diagonal(a, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = 1.0 / np.sqrt(diagonal)
        both = scale[..., :, None] * scale[..., None, :]
        return np.asarray(safe_inverse(a * both) * both)


def log_determinant(a: Floats) -> Floats:
    """(*B,) log determinant of ``(*B, k, k)``; NaN where it is not positive."""
    with np.errstate(all="ignore"):
        sign, value = np.linalg.slogdet(a)
    return np.asarray(np.where(sign > 0, value, np.nan))
