"""From parameters to model-implied means and covariances, and their derivatives (Joereskog 1970; Bollen 1989).

``Sigma = Lambda A Psi A' Lambda' + Theta`` and ``mu = nu + Lambda A alpha`` with ``A = (I - B)^{-1}``.  Write
``L = Lambda A``, ``Phi = A Psi A'`` and ``K = Lambda Phi``.  Then the derivative of Sigma by *any* parameter is
``c (u v' + v u')`` with ``u`` and ``v`` columns of ``D = [I, L, K]``, so that traces with derivatives are look-ups in
``D' W D`` instead of products of large matrices:

=========  ==============  ==============  =========  ======================
parameter  u               v               c          derivative of mu
=========  ==============  ==============  =========  ======================
lambda_kj  e_k             K_j             1          e_k (A alpha)_j
beta_ij    L_i             K_j             1          L_i (A alpha)_j
psi_ij     L_i             L_j             1, 1/2     0
theta_kl   e_k             e_l             1, 1/2     0
nu_k       -               -               0          e_k
alpha_j    -               -               0          L_j
=========  ==============  ==============  =========  ======================

(c = 1/2 on the diagonal).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.moments.linalg import Floats, finite_inverse

Places = NDArray[np.intp]


class Matrices(NamedTuple):
    """The model matrices in LISREL's all-y form; shapes (*B, G, ...): (p, m), (m, m), (m, m), (p, p), (p,), (m,)."""

    lam: Floats
    beta: Floats
    psi: Floats
    theta: Floats
    nu: Floats
    alpha: Floats


class Parts(NamedTuple):
    """What value, gradient and information share at one point: D (*B, G, p, p+2m), A alpha (*B, G, m), mu, Sigma."""

    columns: Floats
    level: Floats
    inverse: Floats
    phi: Floats
    mu: Floats
    sigma: Floats


@dataclass(frozen=True, eq=False)
class Structure:
    """A parameter table as functions of ``x`` ``(*B, q)``.

    ``spread`` (*B, G, p) are the sample variances that residuals fixed at a stated reliability are a share of; they are
    known once the structure is :meth:`bound` to a sample (:func:`~csimodels.estimate.ml.solution.solve` does that).
    """

    table: ParameterTable
    spread: Floats | None = None

    def bound(self, sample: Sample) -> Structure:
        """This structure with the residual variances that are a share of the variances in `sample`."""
        if not self._shares:
            return self
        return replace(self, spread=np.diagonal(sample.cov, axis1=-2, axis2=-1))

    @property
    def p(self) -> int:
        """Number of items."""
        return len(self.table.items)

    @property
    def m(self) -> int:
        """Number of factors."""
        return len(self.table.factors)

    @property
    def q(self) -> int:
        """Number of free parameters."""
        return self.table.q

    def matrices(self, x: Floats) -> Matrices:
        """The six model matrices at `x`, ``(*B, G, ...)``."""
        values = self._values(x)
        lead = values.shape[:-1]
        rows, places, shapes, ends = self._cells
        flat = np.zeros((*lead, ends[-1]))
        flat[..., places] = np.take(values, rows, axis=-1)
        begins = (0, *ends)
        return Matrices(
            *(flat[..., begins[k] : ends[k]].reshape(*lead, *shape) for k, shape in enumerate(shapes.values()))
        )

    def implied(self, x: Floats) -> tuple[Floats, Floats]:
        """Means ``(*B, G, p)`` and covariances ``(*B, G, p, p)`` at `x`."""
        parts = self.parts(x)
        return parts.mu, parts.sigma

    def parts(self, x: Floats) -> Parts:
        """Everything that derivatives at `x` are looked up in."""
        lam, beta, psi, theta, nu, alpha = self.matrices(x)
        lead, p, m = lam.shape[:-2], self.p, self.m
        if self._recursive:
            inverse = finite_inverse(self._units[1] - beta)
            load = lam @ inverse
            phi = inverse @ psi @ np.swapaxes(inverse, -1, -2)
        else:
            inverse, load, phi = np.broadcast_to(self._units[1], psi.shape), lam, psi
        columns = np.empty((*lead, p, p + 2 * m))
        columns[..., :p] = self._units[0]
        columns[..., p : p + m] = load
        columns[..., p + m :] = lam @ phi
        sigma = columns[..., p + m :] @ np.swapaxes(lam, -1, -2)
        sigma = (sigma + np.swapaxes(sigma, -1, -2)) / 2 + theta
        level = (inverse @ alpha[..., None])[..., 0]
        mu = nu + (lam @ level[..., None])[..., 0]
        return Parts(columns, level, np.asarray(inverse), phi, mu, sigma)

    def jacobian(self, x: Floats) -> Floats:
        """Derivatives of ``[mu, vech(Sigma)]`` by ``x``, ``(*B, G, P, q)``; without means of ``vech(Sigma)`` alone.

        ``vech`` takes the lower triangle column by column: 11, 21, .., p1, 22, 32, ..
        """
        parts = self.parts(x)
        col, row = np.triu_indices(self.p)
        f = self.forms
        u, v = parts.columns[..., f.u], parts.columns[..., f.v]
        body = f.c * (u[..., row, :] * v[..., col, :] + v[..., row, :] * u[..., col, :])
        if self.table.mean_structure:
            body = np.concatenate([self.mean_jacobian(parts), body], axis=-2)
        return np.asarray(body @ self.spreading)

    def mean_jacobian(self, parts: Parts) -> Floats:
        """(*B, G, p, R) derivatives of mu by the rows of :attr:`forms`."""
        f = self.forms
        scale = np.where(f.level >= 0, parts.level[..., f.level], f.constant)
        return np.asarray(parts.columns[..., f.mean] * scale[..., None, :])

    @cached_property
    def forms(self) -> Forms:
        """The derivative of every row that is free in some group, as look-ups in D."""
        return _forms(self.table)

    @cached_property
    def places(self) -> Places:
        """(G, R) place in ``x`` of the rows of :attr:`forms`, q where a group has it fixed."""
        free = np.asarray([row.free for row in self.table.rows], dtype=np.intp).reshape(self.table.groups, -1)
        chosen = free[:, self.forms.rows]
        return np.where(chosen < 0, self.q, chosen)

    @cached_property
    def spreading(self) -> Floats:
        """(G, R, q) 1.0 where a row of a group takes a place in ``x``: derivatives by rows to derivatives by ``x``."""
        return np.asarray(self.places[:, :, None] == np.arange(self.q), dtype=np.float64)

    @cached_property
    def plain(self) -> bool:
        """Whether rows and free parameters are the same: one group, nothing held equal."""
        return self.places.shape == (1, self.q) and bool(np.array_equal(self.places[0], np.arange(self.q)))

    @cached_property
    def _free(self) -> Places:
        """(G, rows) place in ``x`` with q for fixed rows."""
        free = np.asarray([row.free for row in self.table.rows], dtype=np.intp).reshape(self.table.groups, -1)
        return np.where(free < 0, self.q, free)

    @cached_property
    def _fixed(self) -> Floats:
        """(G, rows) fixed values, 0 where free or not known without a sample."""
        value = np.asarray([row.value for row in self.table.rows]).reshape(self.table.groups, -1)
        return np.asarray(np.nan_to_num(value))

    @cached_property
    def _unreliability(self) -> Floats:
        return np.asarray([row.unreliability for row in self.table.rows]).reshape(self.table.groups, -1)

    @cached_property
    def _shares(self) -> bool:
        """Whether any residual is a share of a sample variance."""
        return bool(np.isfinite(self._unreliability).any())

    @cached_property
    def _units(self) -> tuple[Floats, Floats]:
        """Unit matrices of items and of factors."""
        return np.eye(self.p), np.eye(self.m)

    def _values(self, x: Floats) -> Floats:
        """(*B, G, rows) value of every row at `x`."""
        padded = np.concatenate([x, np.zeros((*x.shape[:-1], 1))], axis=-1)
        values = np.take(padded, self._free, axis=-1) + self._fixed
        if not self._shares:
            return np.asarray(values)
        shared = np.isfinite(self._unreliability)
        if self.spread is None:
            raise ValueError("a residual is a share of the sample variance: bind the structure to a sample first")
        item = np.asarray([row.row for row in self.table.rows]).reshape(self.table.groups, -1)
        item = np.where(shared, item, 0)
        variance = np.take_along_axis(self.spread, np.broadcast_to(item, (*self.spread.shape[:-1], item.shape[-1])), -1)
        return np.asarray(values + np.where(shared, np.nan_to_num(self._unreliability) * variance, 0.0))

    @cached_property
    def _cells(self) -> tuple[Places, Places, dict[str, tuple[int, ...]], tuple[int, ...]]:
        """Rows of a group and where they go in one buffer of all matrices; shapes and ends of the matrices in it."""
        p, m = self.p, self.m
        shapes: dict[str, tuple[int, ...]] = {
            "lambda": (p, m), "beta": (m, m), "psi": (m, m), "theta": (p, p), "nu": (p,), "alpha": (m,)
        }  # fmt: skip
        ends = tuple(int(end) for end in np.cumsum([np.prod(shape) for shape in shapes.values()]))
        begin = dict(zip(shapes, (0, *ends[:-1]), strict=True))
        rows, places = [], []
        for k, row in enumerate(self.table.rows[: len(self.table.rows) // self.table.groups]):
            width = shapes[row.matrix][1] if len(shapes[row.matrix]) == 2 else 1
            cells = {(row.row, row.col)} | ({(row.col, row.row)} if row.matrix in ("psi", "theta") else set())
            for i, j in sorted(cells):
                rows.append(k)
                places.append(begin[row.matrix] + i * width + j)
        return np.asarray(rows, dtype=np.intp), np.asarray(places, dtype=np.intp), shapes, ends

    @cached_property
    def _recursive(self) -> bool:
        return any(row.matrix == "beta" for row in self.table.rows)


class Forms(NamedTuple):
    """Derivatives of R rows: of Sigma ``c (u v' + v u')``, of mu column `mean` times ``(A alpha)[level]`` (`constant`).

    ``lam``, ``beta``, ``psi``, ``alpha`` are the places of the rows of these matrices, ``row`` and ``col`` the cell
    that each row fills; ``rows`` its place in the table of one group.  ``uu``, ``vv``, ``uv`` (R, R) are the places of
    pairs of rows in a flattened (k, k) form of the k columns of D; ``both`` (R, R) is ``c c'``; ``moved`` the rows
    whose v is no column of I.
    """

    rows: Places
    u: Places
    v: Places
    c: Floats
    mean: Places
    level: Places
    constant: Floats
    lam: Places
    beta: Places
    psi: Places
    alpha: Places
    row: Places
    col: Places
    uu: Places
    vv: Places
    uv: Places
    both: Floats
    moved: Places


def _forms(table: ParameterTable) -> Forms:
    p, m = len(table.items), len(table.factors)
    size = len(table.rows) // table.groups
    free = np.asarray([row.free for row in table.rows]).reshape(table.groups, size).max(axis=0) >= 0
    entries = []
    for k in np.flatnonzero(free):
        row = table.rows[int(k)]
        i, j = row.row, row.col
        half = 0.5 if i == j else 1.0
        # u, v, c, column of the mean's derivative, factor whose level scales it, constant where none does
        entries.append(
            {
                "lambda": (i, p + m + j, 1.0, i, j, 0.0),
                "beta": (p + i, p + m + j, 1.0, p + i, j, 0.0),
                "psi": (p + i, p + j, half, 0, -1, 0.0),
                "theta": (i, j, half, 0, -1, 0.0),
                "nu": (0, 0, 0.0, i, -1, 1.0),
                "alpha": (0, 0, 0.0, p + i, -1, 1.0),
            }[row.matrix]
        )
    chosen = [table.rows[int(k)] for k in np.flatnonzero(free)]
    places = np.asarray([entry[:2] + entry[3:5] for entry in entries], dtype=np.intp).reshape(-1, 4).T
    factors = np.asarray([(entry[2], entry[5]) for entry in entries], dtype=np.float64).reshape(-1, 2).T
    lam, beta, psi, alpha = (
        np.asarray([k for k, row in enumerate(chosen) if row.matrix == name], dtype=np.intp)
        for name in ("lambda", "beta", "psi", "alpha")
    )
    u, v, width = places[0], places[1], p + 2 * m
    return Forms(
        rows=np.flatnonzero(free),
        u=u,
        v=v,
        c=factors[0],
        mean=places[2],
        level=places[3],
        constant=factors[1],
        lam=lam,
        beta=beta,
        psi=psi,
        alpha=alpha,
        row=np.asarray([row.row for row in chosen], dtype=np.intp),
        col=np.asarray([row.col for row in chosen], dtype=np.intp),
        uu=u[:, None] * width + u,
        vv=v[:, None] * width + v,
        uv=u[:, None] * width + v,
        both=factors[0][:, None] * factors[0],
        moved=np.flatnonzero(v >= p),
    )
