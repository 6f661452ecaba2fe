"""Tests of fit: chi-square, Satorra-Bentler, Yuan-Bentler, mean-and-variance adjusted.

Notation (Satorra & Bentler 1994; Yuan & Bentler 2000): ``V`` weights of the moments, ``Gamma`` their asymptotic
covariance, ``Delta`` the Jacobian, ``I`` the information; ``U = V - V Delta I^{-1} Delta' V``; the mean of the test
statistic is ``tr(U Gamma)``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal, get_args

import numpy as np

from csimodels.errors import Problem, SpecError, nearest
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.implied import Tangent, inverse, tangent
from csimodels.estimate.ml.information import weight_matrix
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.vcov import (
    information_inverse,
    observed_inverse,
    refuse_errors,
    saturated_weight,
    score_meat,
)
from csimodels.moments.linalg import Floats
from csimodels.moments.tails import chi2_p

Scaling = Literal["satorra_bentler", "yuan_bentler", "mean_var_adjusted", "scaled_shifted"]


@dataclass(frozen=True, eq=False)
class Test:
    """A test statistic and its reference distribution.

    Attributes
    ----------
    name : ``"standard"`` or a :data:`Scaling`.
    stat, df, p : (*B,) statistic, degrees of freedom, probability of a larger one; NaN where df is 0 (and for ULS).
    unscaled : (*B,) the statistic before scaling;  scaling : (*B,) what it was divided by.
    shift : (*B,) what was added (``scaled_shifted``, else 0);  trace : (*B,) ``tr(U Gamma)``, df where not scaled.
    scaling_h1, scaling_h0 : (*B,) scaling of the log-likelihoods of the saturated and the fitted model
        (``yuan_bentler``, for differences of log-likelihoods; else NaN).
    """

    __test__: ClassVar[bool] = False  # not a test of this package

    name: str
    stat: Floats
    df: Floats
    p: Floats
    unscaled: Floats
    scaling: Floats
    shift: Floats
    trace: Floats
    scaling_h1: Floats
    scaling_h0: Floats

    @property
    def c_hat(self) -> Floats:
        """(*B,) factor of the robust CFI, TLI and RMSEA (Brosseau-Liard & Savalei 2014)."""
        if self.name != "scaled_shifted":
            return self.scaling
        return np.asarray(self.scaling * (self.df - self.shift) / self.df)


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a scaled test needs of a fitted model, be it the user's or the baseline.

    Attributes
    ----------
    at : implied moments and derivatives at the estimates.
    given : (*B, G, P, P) weights of the moments; None for those of normal theory at the implied covariance.
    expected, observed : (q, q) inverse information per observation; `observed` is None where it is not defined.
    chi2, df : (*B,) the standard statistic and its degrees of freedom.
    """

    at: Tangent
    sample: Sample
    given: Floats | None
    expected: Floats
    observed: Floats | None
    chi2: Floats
    df: int

    @cached_property
    def weight(self) -> Floats:
        """(*B, G, P, P) weights of the moments."""
        return weight_matrix(self.at.inverse, means=self.at.means) if self.given is None else self.given


def fitted(solution: Solution, x: Floats | None = None) -> Fitted:
    """`solution` as scaled tests take it, at its estimates or at any other value `x` of the parameters."""
    if x is not None:
        solution = replace(solution, x=x)
    at = tangent(solution.structure, solution.sample, solution.x)
    second = observed_inverse(solution) if solution.discrepancy == "ml" else None
    first = information_inverse(solution, at)
    given = None if solution.discrepancy == "ml" else saturated_weight(solution, at)
    return Fitted(at, solution.sample, given, first, second, np.asarray(solution.chi2), solution.df)


def standard(solution: Solution) -> Test:
    """The chi-square test of `solution`; for ULS the statistic has no known distribution, and p is NaN (lavaan)."""
    return plain(np.asarray(solution.chi2), solution.df, known=solution.discrepancy != "uls")


def plain(chi2: Floats, df: int, *, known: bool = True) -> Test:
    """A statistic that is used as it is."""
    stat = np.asarray(chi2, dtype=np.float64)
    degrees, nan, one = np.full(stat.shape, float(df)), np.full(stat.shape, np.nan), np.ones(stat.shape)
    p = chi2_p(stat, degrees) if known else nan
    return Test("standard", stat, degrees, p, stat, one, np.zeros(stat.shape), degrees, nan, nan)


def scaled(solution: Solution, kind: Scaling, cases: Cases | None, *, x: Floats | None = None) -> Test:
    """A test of `solution` that holds for answers that are not normal.

    Parameters
    ----------
    kind : ``"satorra_bentler"`` (MLM), ``"yuan_bentler"`` (MLR; the variant of Mplus and lavaan's ``MLR``),
        ``"mean_var_adjusted"`` (Satterthwaite), ``"scaled_shifted"`` (Asparouhov & Muthen 2010).
    cases : the rows behind the moments.
    x : evaluate the correction at these parameters instead (the 2010 difference test does).

    Raises
    ------
    SpecError
        As :func:`~csimodels.estimate.ml.vcov.vcov`; an unknown kind.
    """
    if kind not in get_args(Scaling):
        allowed = get_args(Scaling)
        raise SpecError(Problem("unknown test", "test", repr(kind), ", ".join(allowed), nearest(kind, allowed)))
    refuse_errors(solution, "mlr" if kind == "yuan_bentler" else "mlm", cases)
    assert cases is not None
    return corrected(fitted(solution, x), kind, cases)


def corrected(model: Fitted, kind: Scaling, cases: Cases) -> Test:
    """The scaled test of a fitted or a baseline model; NaN throughout where it has no degrees of freedom."""
    if model.df <= 0:
        nan = np.full(np.shape(model.chi2), np.nan)
        return Test(kind, nan, nan + model.df, nan, model.chi2, nan, nan, nan, nan, nan)
    if kind == "yuan_bentler":
        return _yuan_bentler(model, cases)
    gamma = cases.gamma(means=model.at.means)
    if kind == "satorra_bentler":
        return _by_mean(model, kind, _trace(model, gamma), np.asarray(np.nan), np.asarray(np.nan))
    return _by_two_moments(model, kind, _whole_ugamma(model, gamma))


def _by_mean(model: Fitted, kind: Scaling, trace: Floats, h1: Floats, h0: Floats) -> Test:
    """Scaled so that its mean is that of a chi-square of the same degrees of freedom; NaN for a negative factor."""
    with np.errstate(invalid="ignore"):
        factor = np.where(trace > 0, trace / model.df, np.nan)
    stat = np.asarray(model.chi2 / factor)
    df = np.full(stat.shape, float(model.df))
    return Test(kind, stat, df, chi2_p(stat, df), model.chi2, factor, np.zeros(stat.shape), trace, h1, h0)


def _trace(model: Fitted, gamma: Floats) -> Floats:
    """``tr(U Gamma) = sum_g tr(V_g Gamma_g) - tr(I^{-1} sum_g n_g/N Delta_g' V_g Gamma_g V_g Delta_g)``."""
    weighted = model.weight @ model.at.jacobian
    middle = weighted.swapaxes(-1, -2) @ gamma @ weighted
    middle = (model.sample.share[..., None, None] * middle).sum(axis=-3)
    return np.asarray((model.weight * gamma).sum() - (model.expected * middle).sum())


def _whole_ugamma(model: Fitted, gamma: Floats) -> Floats:
    """``U Gamma`` of all groups together, (G P, G P): the groups are tied by parameters they share."""
    share = model.sample.share[:, None, None]
    size = gamma.shape[-1]
    v = model.weight * share
    jacobian = (v @ model.at.jacobian).reshape(-1, model.at.q)
    u = -jacobian @ model.expected @ jacobian.T
    whole = np.zeros_like(u)
    for g in range(len(gamma)):
        at = slice(g * size, (g + 1) * size)
        u[at, at] += v[g]
        whole[at, at] = gamma[g] / share[g]
    return np.asarray(u @ whole)


def _by_two_moments(model: Fitted, kind: Scaling, ugamma: Floats) -> Test:
    """Mean and variance matched by the degrees of freedom (Satterthwaite 1941), or by a shift at the same df."""
    trace, square = np.asarray(np.trace(ugamma)), np.asarray((ugamma * ugamma.T).sum())
    nan = np.asarray(np.nan)
    if kind == "mean_var_adjusted":
        df, shift = np.asarray(trace**2 / square), np.asarray(0.0)
        factor = np.asarray(trace / df)
    else:
        df, factor = np.asarray(float(model.df)), np.asarray(np.sqrt(square / model.df))
        shift = np.asarray(df - trace / factor)
    stat = np.asarray(model.chi2 / factor + shift)
    return Test(kind, stat, df, chi2_p(stat, df), model.chi2, factor, shift, trace, nan, nan)


def _yuan_bentler(model: Fitted, cases: Cases) -> Test:
    """The saturated model is taken at the sample moments (Yuan & Bentler 2000, T2*; Asparouhov & Muthen 2005).

    ``tr(U Gamma) = sum_g tr(A1_g^{-1} B1_g) - tr(I^{-1} B0)``: A1 and B1 are the expected and the first-order
    information of the saturated model, I and B0 the observed and the first-order information of the fitted one.
    """
    if model.observed is None:
        raise ValueError("the Yuan-Bentler test needs the maximum-likelihood discrepancy")
    means = model.at.means
    saturated = weight_matrix(inverse(model.sample.cov), means=means)
    h1 = np.asarray((saturated * cases.gamma(means=means)).sum())
    middle = (model.sample.share[..., None, None] * score_meat(model.at, cases)).sum(axis=-3)
    h0 = np.asarray((model.observed * middle).sum())
    size = saturated.shape[-1] * saturated.shape[-3]
    return _by_mean(model, "yuan_bentler", h1 - h0, h1 / size, h0 / (size - model.df))
