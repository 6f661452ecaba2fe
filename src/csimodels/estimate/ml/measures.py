"""Fit measures by lavaan's names (``fitMeasures``, 0.6-14), for one fit or a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.estimate.ml.baseline import baseline
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.covariates import NONE_OBSERVED, Observed
from csimodels.estimate.ml.discrepancy import ORDERED
from csimodels.estimate.ml.implied import inverse, log_determinant, tangent, vech
from csimodels.estimate.ml.ordered import thresholds
from csimodels.estimate.ml.ordered_fit import likelihood_tests
from csimodels.estimate.ml.residuals import root_mean_squares
from csimodels.estimate.ml.rmsea import CLOSE, LEVEL, NOT_CLOSE, Rmsea, rmsea
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.testing import Scaling, Test, corrected, plain, scaled, standard
from csimodels.estimate.ml.vcov import divisor, saturated_weight
from csimodels.moments.linalg import Floats

Measures = dict[str, Floats]


@dataclass(frozen=True, eq=False)
class Chi2s:
    """The tests that incremental and error-of-approximation measures are made of.

    Attributes
    ----------
    test, base : the standard tests of the model and of the baseline model.
    scaled, scaled_base : their scaled forms, or None.
    n : (*B,) observations, less the groups where S has divisor n - 1;  groups : G.
    """

    test: Test
    base: Test
    scaled: Test | None
    scaled_base: Test | None
    n: Floats
    groups: int


def fit_measures(
    solution: Solution, scaling: Scaling | None = None, cases: Cases | None = None, observed: Observed = NONE_OBSERVED
) -> Measures:
    """Every fit measure of `solution`, each ``(*B,)``.

    Parameters
    ----------
    scaling : adds the scaled and robust measures (one solution, no batch).
    cases : the rows, where a scaling is asked for.
    observed : causes that are lavaan's ``x`` (maximum likelihood).  Of fixed ones GFI, its kin and scaling factors of
        likelihoods are left out: lavaan makes them from weights of all moments.

    Returns
    -------
    dict by lavaan's names.  Log-likelihood and information criteria are there for maximum likelihood only.
    """
    base = baseline(solution, observed.places)
    both: tuple[Test | None, Test | None] = (None, None)
    if scaling is not None:
        first = scaled(solution, scaling, cases)
        assert cases is not None
        both = first, corrected(base, scaling, cases)
    n, total = divisor(solution), solution.sample.total
    groups = int(solution.sample.n.shape[-1])
    known = solution.discrepancy != "uls"
    tests = Chi2s(standard(solution), plain(base.chi2, base.df, known=known), *both, n, groups)
    means = solution.structure.table.mean_structure
    npar = solution.structure.table.npar - (observed.moments(means) * groups if observed.fixed else 0)
    out: Measures = {"npar": np.full(n.shape, float(npar)), "ntotal": total, "fmin": tests.test.stat / (2 * total)}
    out |= chi2_measures(tests) | incremental_measures(tests)
    if solution.discrepancy == "ml":
        logl, unrestricted = (value - observed.logl(solution.sample) for value in log_likelihoods(solution))
        out |= likelihood_measures(logl, unrestricted, npar, total)
        if both[0] is not None and both[0].name == "yuan_bentler":
            out |= {"scaling.factor.h1": both[0].scaling_h1, "scaling.factor.h0": both[0].scaling_h0}
    out |= rmsea_measures(tests)
    out |= root_mean_squares(solution.fitted, solution.mu, solution.sigma, means=means)
    out |= goodness_measures(solution) | other_measures(tests.test, npar, n)
    if observed.fixed:
        out = {name: v for name, v in out.items() if not name.startswith(_OF_ALL_MOMENTS)}
    if solution.discrepancy not in ORDERED:
        return out
    if cases is None:
        return _of_ordered(out)
    return _of_ordered(out) | {"npar": out["npar"] + thresholds(cases)} | ordered_robust(solution, cases, n)


#: Measures that count the moments of fixed covariates among those that are fitted.
_OF_ALL_MOMENTS = ("gfi", "agfi", "pgfi", "scaling.factor.h")


def ordered_robust(solution: Solution, cases: Cases, n: Floats) -> Measures:
    """Robust CFI, TLI and RMSEA of ordered answers (:mod:`csimodels.estimate.ml.ordered_fit`); none where the
    correlations are not positive definite."""
    model, base = likelihood_tests(solution, cases)
    if not np.isfinite(model.stat):
        return {}
    excess, base_excess = (np.asarray(one.stat - one.c_hat * one.df) for one in (model, base))
    found = rmsea(model.stat, model.df, n, len(cases.totals), factor=model.c_hat, scaled=model.stat / model.c_hat)
    return _by_excess(excess, model.df, base_excess, base.df, ".robust") | _named(found, ".robust")


def _of_ordered(measures: Measures) -> Measures:
    """Without what is not made of correlations alone, or not right of ordered answers: robust measures of the
    least-squares discrepancy, residuals of variances, GFI and its kin, ECVI, parameters without thresholds."""
    stem = ("npar", "rmr", "srmr_bentler", "srmr_mplus", "crmr", "gfi", "agfi", "pgfi", "ecvi")
    return {name: v for name, v in measures.items() if not (name.endswith(".robust") or name.startswith(stem))}


def chi2_measures(tests: Chi2s) -> Measures:
    """Chi-square of the model and of the baseline, plain and scaled."""
    out: Measures = {}
    for prefix, plain_test, scaled_test in (
        ("", tests.test, tests.scaled),
        ("baseline.", tests.base, tests.scaled_base),
    ):
        out |= {f"{prefix}chisq": plain_test.stat, f"{prefix}df": plain_test.df, f"{prefix}pvalue": plain_test.p}
        if scaled_test is not None:
            out |= {
                f"{prefix}chisq.scaled": scaled_test.stat,
                f"{prefix}df.scaled": scaled_test.df,
                f"{prefix}pvalue.scaled": scaled_test.p,
                f"{prefix}chisq.scaling.factor": scaled_test.scaling,
            }
    return out


def incremental_measures(tests: Chi2s) -> Measures:
    """CFI, TLI and their kin; scaled from the scaled statistics, robust with the scaling factors (Brosseau-Liard &
    Savalei 2014)."""
    out = _incremental(tests.test.stat, tests.test.df, tests.base.stat, tests.base.df, "")
    if tests.scaled is None or tests.scaled_base is None:
        return out
    s, b = tests.scaled, tests.scaled_base
    out |= _incremental(s.stat, s.df, b.stat, b.df, ".scaled")
    if s.name == "mean_var_adjusted":  # its factor belongs to other degrees of freedom; lavaan gives none either
        return out
    excess = tests.test.stat - s.c_hat * tests.test.df
    base_excess = tests.base.stat - b.c_hat * tests.base.df
    return out | _by_excess(excess, tests.test.df, base_excess, tests.base.df, ".robust")


def _by_excess(excess: Floats, df: Floats, base_excess: Floats, base_df: Floats, ending: str) -> Measures:
    """Measures of the excess of chi-square over its expectation: CFI (Bentler 1990), RNI, TLI (Tucker & Lewis 1973)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.maximum(excess, 0.0)
        whole = np.maximum(left, base_excess)
        cfi = np.where(whole > 0, 1 - left / whole, np.where(np.isnan(whole), np.nan, 1.0))
        rni = np.where(base_excess != 0, 1 - excess / base_excess, np.nan)
        tli = np.where(df > 0, 1 - (excess * base_df) / (base_excess * df), 1.0)
    return {f"{name}{ending}": np.asarray(v) for name, v in {"cfi": cfi, "tli": tli, "nnfi": tli, "rni": rni}.items()}


def _incremental(chi2: Floats, df: Floats, base: Floats, base_df: Floats, ending: str) -> Measures:
    """One family from one statistic: also NFI (Bentler & Bonett 1980), PNFI, RFI (Bollen 1986), IFI (Bollen 1989)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        nfi = np.where(df > base_df, np.nan, np.where(df > 0, (base - chi2) / base, 1.0))
        ratio, base_ratio = chi2 / df, base / base_df
        rfi = np.where((df == 0) | (base_ratio < ratio), 1.0, 1 - ratio / base_ratio)
        more = {
            "rfi": np.where(df > base_df, np.nan, rfi),
            "nfi": nfi,
            "pnfi": (df / base_df) * (base - chi2) / base,
            "ifi": np.where(base - df < 0, 1.0, (base - chi2) / (base - df)),
        }
    out = _by_excess(chi2 - df, df, base - base_df, base_df, ending)
    return out | {f"{name}{ending}": np.asarray(value) for name, value in more.items()}


def log_likelihoods(solution: Solution) -> tuple[Floats, Floats]:
    """(*B,) log-likelihood of the model and of the saturated model."""
    sample = solution.sample
    n = np.asarray(sample.n, dtype=np.float64)
    p = sample.mean.shape[-1]
    saturated = (-0.5 * n * (p * np.log(2 * np.pi) + log_determinant(sample.cov) + p)).sum(axis=-1)
    return np.asarray(saturated - 0.5 * solution.chi2), np.asarray(saturated)


def likelihood_measures(logl: Floats, unrestricted: Floats, npar: int, n: Floats) -> Measures:
    """Log-likelihoods, AIC (Akaike 1974), BIC (Schwarz 1978), sample-size adjusted BIC (Sclove 1987) as ``bic2``."""
    return {
        "logl": logl,
        "unrestricted.logl": unrestricted,
        "aic": np.asarray(2 * npar - 2 * logl),
        "bic": np.asarray(npar * np.log(n) - 2 * logl),
        "bic2": np.asarray(npar * np.log((n + 2) / 24) - 2 * logl),
    }


def rmsea_measures(tests: Chi2s) -> Measures:
    """RMSEA, its interval and tests; scaled with ``tr(U Gamma)`` as degrees of freedom, robust with the factor."""
    t, s, n, groups = tests.test, tests.scaled, tests.n, tests.groups
    constants = {"rmsea.ci.level": LEVEL, "rmsea.close.h0": CLOSE, "rmsea.notclose.h0": NOT_CLOSE}
    out = {name: np.full(n.shape, value) for name, value in constants.items()}
    out |= _named(rmsea(t.stat, t.df, n, groups), "")
    if s is None:
        return out
    shifted = s.name == "scaled_shifted"
    out |= _named(rmsea(s.stat if shifted else t.stat, t.df if shifted else s.trace, n, groups), ".scaled")
    if s.name == "mean_var_adjusted":
        return out
    return out | _named(rmsea(t.stat, t.df, n, groups, factor=s.c_hat, scaled=s.stat, divisor=s.scaling), ".robust")


def _named(r: Rmsea, ending: str) -> Measures:
    names = ("rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.pvalue", "rmsea.notclose.pvalue")
    values = (r.value, r.low, r.high, r.p_close, r.p_not_close)
    return {f"{name}{ending}": value for name, value in zip(names, values, strict=True)}


def goodness_measures(solution: Solution) -> Measures:
    """GFI with the weights of the discrepancy (Joereskog & Soerbom 1984; Tanaka & Huba 1985), AGFI, PGFI."""
    sample, means = solution.fitted, solution.structure.table.mean_structure
    shift = sample.mean - solution.mu if means else np.zeros_like(sample.mean)
    mean = sample.mean if means else shift
    missed = _weighted_square(solution, shift, sample.cov - solution.sigma)
    gfi = np.asarray((sample.share * (1 - missed / _weighted_square(solution, mean, sample.cov))).sum(axis=-1))
    moments, df = solution.structure.table.moments, solution.df
    agfi = 1 - (moments / df) * (1 - gfi) if df > 0 else np.ones(gfi.shape)
    return {"gfi": gfi, "agfi": np.asarray(agfi), "pgfi": np.asarray(df / moments * gfi)}


def _weighted_square(solution: Solution, mean: Floats, cov: Floats) -> Floats:
    """(*B, G) ``e' V e`` of moments ``e`` under the weights of the discrepancy.

    For normal-theory weights ``1/2 tr[(W C)^2] + m' W m``, which needs no P x P matrix.
    """
    if solution.discrepancy in ("ml", "gls"):
        w = inverse(solution.sigma if solution.discrepancy == "ml" else solution.fitted.cov)
        turned = w @ cov
        by_mean = (mean[..., None, :] @ w @ mean[..., None])[..., 0, 0]
        return np.asarray(0.5 * (turned * turned.swapaxes(-1, -2)).sum(axis=(-2, -1)) + by_mean)
    e = vech(cov)
    if solution.structure.table.mean_structure:
        e = np.concatenate([mean, e], axis=-1)
    weight = saturated_weight(solution, tangent(solution.structure, solution.sample, solution.x))
    return np.asarray((e[..., None, :] @ weight @ e[..., None])[..., 0, 0])


def other_measures(test: Test, npar: int, n: Floats) -> Measures:
    """Hoelter's critical N (1983) at .05 and .01, McDonald's centrality index (1989), expected cross-validation index
    (Browne & Cudeck 1993)."""
    from scipy.special import chdtri

    with np.errstate(invalid="ignore", divide="ignore"):
        critical = {
            f"cn_{name}": chdtri(test.df, alpha) / (test.stat / n) + 1 for name, alpha in (("05", 0.05), ("01", 0.01))
        }
    more = {"mfi": np.exp(-0.5 * (test.stat - test.df) / n), "ecvi": test.stat / n + 2 * npar / n}
    return {name: np.asarray(value) for name, value in (critical | more).items()}
