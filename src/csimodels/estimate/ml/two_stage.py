"""Two-stage maximum likelihood with missing answers (Yuan & Bentler 2000; Savalei & Bentler 2009).

Stage one is EM, stage two ML on the EM moments as if nothing had been missing.  The estimates are consistent where
answers are missing at random, but the ordinary errors and chi2 of stage two are those of complete data and too small or
too large.  With ``Gamma`` the covariance of the EM moments, ``W`` the complete-data information of the saturated model
and ``D`` the Jacobian: ``cov(x) = E D' W Gamma W D E`` with ``E = (D' W D)^{-1}``, and chi2 is divided by
``tr((W - W D E D' W) Gamma) / df``.  As lavaan's ``missing="two.stage"`` and ``"robust.two.stage"``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from csimodels.estimate.ml.baseline import baseline
from csimodels.estimate.ml.constrained import constrained_inverse
from csimodels.estimate.ml.fiml import casewise
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.implied import inverse
from csimodels.estimate.ml.information import weight_matrix
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.testing import Test
from csimodels.estimate.ml.vcov import Vcov
from csimodels.moments.linalg import Floats
from csimodels.moments.tails import chi2_p


@dataclass(frozen=True, eq=False)
class TwoStage:
    """Errors and scaled tests of ML on EM moments.

    Attributes
    ----------
    vcov : covariance of the free parameters ``(*B, q, q)``.
    test, baseline : chi2 of the model and of the baseline model, each divided by its own factor.
    """

    vcov: Vcov
    test: Test
    baseline: Test


def two_stage(solution: Solution, data: Incomplete, cases: HoledCases | None = None) -> TwoStage:
    """Corrected errors and tests of `solution`, an ML fit with means to the EM moments of `data`.

    Parameters
    ----------
    cases : the rows, for errors that hold without normality too (a single fit, no batch axes); without them the
        covariance of the EM moments is the inverse of their observed information.

    Raises
    ------
    ValueError
        The solution has no means, or another discrepancy than ML.
    """
    if solution.discrepancy != "ml" or not solution.structure.table.mean_structure:
        raise ValueError("two-stage errors are those of an ML solution with means")
    gamma = saturated_cov(data, cases)
    weight = data.n[..., None, None] * weight_matrix(inverse(data.cov), means=True)
    within = partial(constrained_inverse, solution.structure.table, solution.x)
    cov, used = _sandwich(weight, gamma, solution.structure.jacobian(solution.x), within)
    _, alone = _sandwich(weight, gamma, independence_jacobian(len(data.items)))
    whole = (weight * gamma).sum(axis=(-3, -2, -1))
    base = baseline(solution)
    return TwoStage(
        Vcov("observed" if cases is None else "mlr", cov),
        scaled_by("satorra_bentler", solution.chi2, solution.df, whole - used),
        scaled_by("satorra_bentler", base.chi2, base.df, whole - alone),
    )


def scaled_by(name: str, chi2: Floats, df: int, trace: Floats, h1: float = np.nan, h0: float = np.nan) -> Test:
    """A test whose statistic ``(*B,)`` is divided by ``trace / df``; NaN where df is 0 or the trace is not positive."""
    spread = np.asarray(trace, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where((spread > 0) & (df > 0), spread / max(df, 1), np.nan)
    stat = np.asarray(chi2 / factor)
    degrees = np.full(stat.shape, float(df))
    zero = np.zeros(stat.shape)
    p = chi2_p(stat, degrees)
    return Test(name, stat, degrees, p, np.asarray(chi2), factor, zero, spread, np.asarray(h1), np.asarray(h0))


def saturated_cov(data: Incomplete, cases: HoledCases | None = None) -> Floats:
    """(*B, G, P, P) covariance of the EM moments ``[mean, vech S]``: inverse observed information, or its sandwich."""
    bread = inverse(casewise.observed_information(casewise.terms(data, data.mean, data.cov)))
    return bread if cases is None else bread @ cases.meat(data.mean, data.cov) @ bread


def independence_jacobian(p: int) -> Floats:
    """(P, 2p) derivative of ``[mu, vech Sigma]`` by the means and variances of independent items."""
    out = np.zeros((p + p * (p + 1) // 2, 2 * p))
    item = np.arange(p)
    out[item, item] = 1.0
    out[p + np.cumsum(p - item) - (p - item), p + item] = 1.0
    return out


def _sandwich(
    weight: Floats, gamma: Floats, jacobian: Floats, within: Callable[[Floats], Floats] | None = None
) -> tuple[Floats, Floats]:
    """``E M E`` and ``tr(E M)`` with ``E = (sum_g D'WD)^{-1}``, ``M = sum_g D' W Gamma W D``.

    Without the inverse `within` the constraints of common parameters every group has its own: the trace is then summed
    over groups.
    """
    shared = within is not None
    turned = weight @ jacobian
    across = np.swapaxes(jacobian, -1, -2) @ turned
    middle = np.swapaxes(turned, -1, -2) @ gamma @ turned
    if shared:
        across, middle = across.sum(axis=-3), middle.sum(axis=-3)
    back = inverse(across) if within is None else within(across)
    trace = (back * middle).sum(axis=(-2, -1))
    return back @ middle @ back, np.asarray(trace if shared else trace.sum(axis=-1))
