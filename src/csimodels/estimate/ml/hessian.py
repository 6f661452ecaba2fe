"""The exact second derivatives of the discrepancy functions, as look-ups like the first ones.

Every column of ``D = [I, L, K]`` has a derivative by parameter j that is a combination of the two columns that j itself
moves Sigma with: ``dD_a / dx_j = X_ja u_j + Y_ja v_j``.  So second derivatives of Sigma need no new products either.
With ``N = D' Q D``, ``G = D' W D``, and pairs of rows written as matrices (``N_uv`` has entries ``u_i' Q v_j``):

``tr(Q d2Sigma) = 2 c_i [X_ju N_uv + Y_ju N_vv + X_jv N_uu + Y_jv N_vu]``,
``tr(dQ dSigma) = tr(W dSigma W dSigma) - 2 c_i c_j [G_vu N_uv + G_uv N_vu + G_vv N_uu + G_uu N_vv]`` for ``ml``,
the first term alone for ``gls`` and ``uls``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from csimodels.estimate.ml.structure import Forms, Parts, Places, Structure
from csimodels.moments.linalg import Floats


class Pairs(NamedTuple):
    """A form ``D' W D`` at the columns of all pairs of rows: ``uu``, ``vv``, ``uv``, each (*B, G, R, R)."""

    uu: Floats
    vv: Floats
    uv: Floats

    @classmethod
    def of(cls, square: Floats, forms: Forms) -> Pairs:
        """Look `square` ``(*B, G, k, k)`` up."""
        flat = square.reshape(*square.shape[:-2], -1)
        uu, vv, uv = (np.take(flat, places, axis=-1) for places in (forms.uu, forms.vv, forms.uv))
        return cls(uu, vv, uv)


def expected(grams: Pairs, forms: Forms) -> Floats:
    """``tr(W dSigma_i W dSigma_j)`` for all pairs of rows, ``(*B, G, R, R)``."""
    out = grams.uv * np.swapaxes(grams.uv, -1, -2)
    out += grams.uu * grams.vv
    out *= 2 * forms.both
    return out


def second(structure: Structure, parts: Parts, slopes: Pairs, grams: Pairs | None) -> Floats:
    """What the exact Hessian of the covariance part adds to the expected one, ``(*B, G, R, R)``.

    Parameters
    ----------
    slopes : of ``D' Q D``;  grams : of ``D' W D`` where the weight moves (``ml``), else None.
    """
    f = structure.forms
    first, other = column_slopes(structure, parts)
    if grams is None:
        out = np.zeros(slopes.uu.shape)
    else:
        out = np.swapaxes(grams.uv, -1, -2) * slopes.uv
        out = out + np.swapaxes(out, -1, -2)
        out += grams.vv * slopes.uu
        out += grams.uu * slopes.vv
        out *= -2 * f.both
    moved = f.moved  # the others have columns of I only, which do not move
    vu = np.take(np.swapaxes(slopes.uv, -1, -2), moved, axis=-1)
    bent = np.take(first, f.u[moved], axis=-1) * np.take(slopes.uv, moved, axis=-1)
    bent += np.take(first, f.v[moved], axis=-1) * np.take(slopes.uu, moved, axis=-1)
    bent += np.take(other, f.v[moved], axis=-1) * vu
    out[..., moved] += bent * (2 * f.c[moved])
    return out


def second_of_means(structure: Structure, parts: Parts, pulled: Floats, grams: Floats | None) -> Floats:
    """What the exact Hessian of the mean part adds to ``2 dmu' W dmu``, ``(*B, G, R, R)``.

    Parameters
    ----------
    pulled : (*B, G, k) ``d' W D`` with ``d = m - mu``;  grams : (*B, G, k, k) ``D' W D`` for ``ml``, else None.
    """
    f = structure.forms
    scale = np.where(f.level >= 0, parts.level[..., f.level], f.constant)
    first, _ = column_slopes(structure, parts)
    moved = pulled[..., f.u, None] * first[..., f.mean] * scale[..., None, :]
    moved = moved + pulled[..., None, f.mean] * _level_slopes(structure, parts)
    out = -2 * moved
    if grams is not None:
        cross = pulled[..., f.u, None] * gathered(grams, f.v, f.mean)
        cross = cross + pulled[..., f.v, None] * gathered(grams, f.u, f.mean)
        cross = 2 * f.c[:, None] * cross * scale[..., None, :]
        out = out + cross + np.swapaxes(cross, -1, -2)
    return np.asarray(out)


def gathered(square: Floats, rows: Places, columns: Places) -> Floats:
    """``square[..., rows[:, None], columns]`` of ``(*B, k, k)``, the quick way."""
    flat = square.reshape(*square.shape[:-2], -1)
    return np.asarray(np.take(flat, rows[:, None] * square.shape[-1] + columns, axis=-1))


def column_slopes(structure: Structure, parts: Parts) -> tuple[Floats, Floats]:
    """X and Y, ``(*B, G, R, k)``: the derivative of every column of D by every row of the forms.

    Y is zero but for the columns of K, X but for those of L and K.
    """
    f = structure.forms
    p, m = structure.p, structure.m
    shape = (*parts.phi.shape[:-2], len(f.u), p + 2 * m)
    first, other = np.zeros(shape), np.zeros(shape)
    moved = np.concatenate([f.lam, f.beta])
    transposed = np.swapaxes(parts.inverse, -1, -2)
    first[..., moved, p : p + m] = parts.inverse[..., f.col[moved], :]
    first[..., moved, p + m :] = parts.phi[..., f.col[moved], :]
    other[..., f.beta, p + m :] = transposed[..., f.row[f.beta], :]
    first[..., f.psi, p + m :] = f.c[f.psi, None] * transposed[..., f.col[f.psi], :]
    other[..., f.psi, p + m :] = f.c[f.psi, None] * transposed[..., f.row[f.psi], :]
    return first, other


def _level_slopes(structure: Structure, parts: Parts) -> Floats:
    """(*B, G, R, R) derivative by row j of the factor level that scales row i (zero where none does), ``[j, i]``."""
    f = structure.forms
    out = np.zeros((*parts.phi.shape[:-2], len(f.u), len(f.u)))
    scaled = np.flatnonzero(f.level >= 0)
    reach = np.swapaxes(parts.inverse, -1, -2)[..., :, f.level[scaled]]  # [k, i]: A_{level_i, k}
    out[..., f.alpha[:, None], scaled] = reach[..., f.row[f.alpha], :]
    out[..., f.beta[:, None], scaled] = reach[..., f.row[f.beta], :] * parts.level[..., f.col[f.beta], None]
    return out
