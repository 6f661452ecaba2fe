"""Tests of a FIML fit and of its baseline model: likelihood ratio, Yuan-Bentler, and those behind robust fit measures.

As lavaan's ``missing="fiml"``, with ``estimator="MLR"`` for the Mplus variant of Yuan & Bentler (2000).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from csimodels.errors import SpecError
from csimodels.estimate.ml.constrained import constrained_inverse
from csimodels.estimate.ml.fiml import casewise
from csimodels.estimate.ml.fiml.errors import foreign, observed_bread, outer_products
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.fiml.solution import FimlSolution, item_moments
from csimodels.estimate.ml.implied import inverse
from csimodels.estimate.ml.information import weight_matrix
from csimodels.estimate.ml.testing import Test, plain
from csimodels.estimate.ml.two_stage import independence_jacobian, scaled_by
from csimodels.moments.linalg import Floats


def standard(solution: FimlSolution) -> tuple[Test, Test]:
    """Likelihood-ratio tests of the model and of its baseline model against the saturated one, any batch axes."""
    return plain(solution.chi2, solution.df), plain(solution.baseline_chi2, solution.baseline_df)


def yuan_bentler(solution: FimlSolution, cases: HoledCases) -> tuple[Test, Test]:
    """Scaled tests of one fit (no batch axes) and of its baseline model, from the rows it was fitted to.

    ``tr(A1^{-1} B1) - tr(I^{-1} B0)`` is divided by df: A1 and B1 are the observed information and the products of
    scores of the saturated model, I and B0 those of the model.

    Raises
    ------
    SpecError
        A batch of solutions, or other rows.
    """
    _check(solution, cases)
    data = solution.data
    have = casewise.observed_information(casewise.terms(data, data.mean, data.cov))
    whole = (inverse(have) * cases.meat(data.mean, data.cov)).sum()
    own = (observed_bread(solution) * outer_products(solution, cases)).sum()
    mean, diagonal = independent(data)
    picks = independence_jacobian(len(data.items))
    curved = picks.T @ casewise.observed_information(casewise.terms(data, mean, diagonal)) @ picks
    apart = (inverse(curved) * (picks.T @ cases.meat(mean, diagonal) @ picks)).sum()
    size = have.shape[0] * have.shape[-1]
    alone = have.shape[0] * picks.shape[-1]
    base = solution.baseline_chi2, solution.baseline_df
    mine = own / solution.structure.table.npar
    return (
        scaled_by("yuan_bentler", solution.chi2, solution.df, whole - own, whole / size, mine),
        scaled_by("yuan_bentler", *base, whole - apart, whole / size, apart / alone),
    )


def corrected(solution: FimlSolution, cases: HoledCases | None = None) -> tuple[Test, Test]:
    """Tests behind the robust CFI, TLI and RMSEA of FIML, of the model and its baseline (Zhang & Savalei 2023, FIML-C).

    Missing answers distort the ordinary measures even of normal data.  Here the statistic is that of complete data, of
    the FIML estimates against the EM moments, with ``k = tr(W_c P Gamma P') / df`` as its scaling factor: ``W_m, W_c``
    information of the saturated model from incomplete and complete data, ``Gamma`` the covariance of the EM moments and
    ``P = I - D (D' W_m D)^{-1} D' W_m``.

    Parameters
    ----------
    cases : the rows, for a ``Gamma`` that holds without normality (version V3, lavaan's with ``MLR``; one fit);
        without them it is the inverse of ``W_m`` (V6; any batch axes).
    """
    if cases is not None:
        _check(solution, cases)
    data = solution.data
    have = casewise.observed_information(casewise.terms(data, data.mean, data.cov))
    gamma = inverse(have)
    if cases is not None:
        gamma = gamma @ cases.meat(data.mean, data.cov) @ gamma
    full = data.n[..., None, None] * weight_matrix(inverse(data.cov), means=True)
    mean, diagonal = independent(data)
    mine, picks = solution.structure.jacobian(solution.x), independence_jacobian(len(data.items))
    within = partial(constrained_inverse, solution.structure.table, solution.x)
    trace = _corrected_trace(have, full, gamma, mine, within)
    apart = _corrected_trace(have, full, gamma, picks)
    chi2, alone = complete_chi2(data, solution.mu, solution.sigma), complete_chi2(data, mean, diagonal)
    return (
        scaled_by("fiml_corrected", chi2, solution.df, trace),
        scaled_by("fiml_corrected", alone, solution.baseline_df, apart),
    )


def independent(data: Incomplete) -> tuple[Floats, Floats]:
    """Implied mean ``(*B, G, p)`` and diagonal covariance ``(*B, G, p, p)`` of the baseline model."""
    mean, variance = item_moments(data)
    return mean, variance[..., None] * np.eye(len(data.items))


def complete_chi2(data: Incomplete, mu: Floats, sigma: Floats) -> Floats:
    """(*B,) ``sum_g n_g F_ML`` of moments ``mu (*B, G, p)``, ``sigma (*B, G, p, p)`` against the EM moments."""
    back = inverse(sigma)
    ratio, off = back @ data.cov, data.mean - mu
    with np.errstate(invalid="ignore"):
        value = np.trace(ratio, axis1=-2, axis2=-1) - np.linalg.slogdet(ratio)[1] - len(data.items)
    value = value + (off[..., None, :] @ back @ off[..., None])[..., 0, 0]
    return np.asarray((data.n * value).sum(axis=-1))


def _check(solution: FimlSolution, cases: HoledCases) -> None:
    problems = foreign(solution, cases)
    if problems:
        raise SpecError(problems)


def _corrected_trace(
    have: Floats, full: Floats, gamma: Floats, jacobian: Floats, within: Callable[[Floats], Floats] | None = None
) -> Floats:
    """(*B,) ``tr(W_c P Gamma P')`` summed over groups; without the inverse `within` the constraints of common
    parameters every group has its own."""
    shared = within is not None
    turned, across = have @ jacobian, np.swapaxes(jacobian, -1, -2)
    parts = [
        across @ turned,  # D' W_m D
        across @ full @ jacobian,  # N = D' W_c D
        np.swapaxes(turned, -1, -2) @ gamma @ full @ jacobian,  # D' W_m Gamma W_c D
        np.swapaxes(turned, -1, -2) @ gamma @ turned,  # M = D' W_m Gamma W_m D
    ]
    if shared:
        parts = [part.sum(axis=-3) for part in parts]
    spread = inverse(parts[0]) if within is None else within(parts[0])
    # tr(E M E N) and tr(E D' W_m Gamma W_c D); E is symmetric
    inner = (spread @ parts[3] @ spread * parts[1]).sum(axis=(-2, -1))
    cross = (spread * parts[2]).sum(axis=(-2, -1))
    less = inner - 2 * cross
    return np.asarray((full * gamma).sum(axis=(-3, -2, -1)) + (less if shared else less.sum(axis=-1)))
