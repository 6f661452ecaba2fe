"""What follows from the index: retention by logit, spend by a gamma or Poisson model, of individual scores.

Becomes three tables: ``behaviour`` (outcome, term, estimate, se, low, high, p, ratio_per_10, ratio_low, ratio_high, n,
auc), ``behaviour_at`` (outcome, level, predicted, low, high) and ``calibration`` (outcome, tenth, n, predicted,
observed).  Coefficients by statsmodels (McCullagh & Nelder 1989); errors are the design's sandwich (Binder 1983), as
those of R survey's ``svyglm``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from csimodels.errors import MissingExtraError, Problem, listed
from csimodels.infer.interval import symmetric
from csimodels.messages import Message
from csimodels.moments import Sampling
from csimodels.moments.linalg import Bools, Floats, safe_inverse

Kind = Literal["logit", "gamma", "poisson"]


_REMEDIES = {
    "logit": Message('state a rule, for example "CUSL1 >= 8"'),
    "gamma": Message("leave those without spend out"),
}


@dataclass(frozen=True, eq=False)
class Behaviour:
    """A fitted model of an outcome on scores.

    Attributes
    ----------
    coefficients : (k,) array
        Constant first, then one per score.
    covariance : (k, k) array
        Design-based covariance of the coefficients, the one that is published.
    model_covariance : (k, k) array
        Covariance of the same coefficients if the model holds and the sample is simple: what ``glm`` of R prints.
    df : int
        Degrees of freedom for t: units less strata less scores.
    n : int
        Respondents with outcome and scores.
    fitted : (n_all,) array
        Predicted mean of each respondent, NaN where outcome or score is missing.
    kind : {"logit", "gamma", "poisson"}
        Log link for gamma and Poisson.
    """

    coefficients: Floats
    covariance: Floats
    model_covariance: Floats
    df: int
    n: int
    fitted: Floats
    kind: Kind


def check_outcome(y: Floats, scores: Floats, kind: Kind, where: str) -> list[Problem]:
    """Problems of an outcome: values that do not belong to the model, a constant one, scores that separate it.

    Parameters
    ----------
    y : (n,) array
        Outcome, NaN where missing.
    scores : (n, k) array
        0-100 scores, NaN where missing.
    """
    used = _complete(y, scores)
    seen = y[used]
    if len(seen) <= scores.shape[1] + 1:
        return [Problem("too few respondents have outcome and score", where, str(len(seen)))]
    strange, allowed = {
        "logit": (~np.isin(seen, (0, 1)), "0 and 1"),
        "gamma": (seen <= 0, Message("amounts above 0")),
        "poisson": (seen < 0, Message("counts of at least 0")),
    }[kind]
    if strange.any():
        found = listed([f"{value:g}" for value in seen[strange]], 1)
        remedy = _REMEDIES.get(kind, "")
        return [Problem(Message("the outcome does not suit a {kind} model", kind=kind), where, found, allowed, remedy)]
    if np.ptp(seen) == 0:
        return [
            Problem(
                "the outcome is the same for everybody",
                where,
                f"{seen[0]:g}",
                Message("both kinds of answer"),
                "compare the outcome with a value that its column holds, a text in quotes",
            )
        ]
    constant = np.ptp(scores[used], axis=0) == 0
    if constant.any():
        return [Problem("a score is the same for everybody", where, Message("score {n}", n=int(constant.argmax()) + 1))]
    return _separated(seen, scores[used], where) if kind == "logit" else []


def _separated(y: Floats, scores: Floats, where: str) -> list[Problem]:
    """The problem of one score that tells all ones from all zeros: its odds ratio is infinite."""
    ones, zeros = scores[y == 1], scores[y == 0]
    apart = (ones.min(axis=0) >= zeros.max(axis=0)) | (ones.max(axis=0) <= zeros.min(axis=0))
    if not apart.any():
        return []
    return [
        Problem("a score separates the outcomes, so the odds ratio is infinite", where, Message("no overlap of scores"))
    ]


def fit_behaviour(
    y: Floats,
    scores: Floats,
    kind: Kind = "logit",
    weights: Floats | None = None,
    sampling: Sampling | None = None,
) -> Behaviour:
    """Fit an outcome on scores, with weights in the estimate and the design in the errors.

    Parameters
    ----------
    y : (n,) array
        Outcome: 0 and 1 for logit, amounts above 0 for gamma, counts for Poisson; NaN where missing.
    scores : (n, k) array
        0-100 scores; NaN where missing.
    kind : {"logit", "gamma", "poisson"}
        Family; logit link for the first, log link for the others.
    weights : (n,) array, optional
        Sampling weights; ones by default.
    sampling : Sampling, optional
        Strata and clusters of all n rows; a simple random sample of those with answers by default.

    Raises
    ------
    MissingExtraError
        statsmodels is not installed.
    """
    used = _complete(y, scores)
    w = (np.ones(len(y)) if weights is None else weights)[used]
    x = np.column_stack([np.ones(int(used.sum())), scores[used]])
    family = _family(kind)
    result = _statsmodels("statsmodels.api").GLM(y[used], x, family=family, var_weights=w).fit(tol=1e-12, maxiter=200)
    mu = np.asarray(result.fittedvalues, dtype=np.float64)
    slope = 1 / family.link.deriv(mu)
    variance = family.variance(mu)
    bread = safe_inverse((x * (w * slope**2 / variance)[:, None]).T @ x)
    part = np.zeros((len(y), x.shape[1]))
    part[used] = (x * (w * (y[used] - mu) * slope / variance)[:, None]) @ bread
    design, part = (Sampling.of(int(used.sum())), part[used]) if sampling is None else (sampling, part)
    fitted = np.full(len(y), np.nan)
    fitted[used] = mu
    covariance = _covariance(part, design)
    df = design.df - scores.shape[1]
    estimate, as_model = (np.asarray(part, dtype=np.float64) for part in (result.params, result.cov_params()))
    return Behaviour(estimate, covariance, as_model, df, int(used.sum()), fitted, kind)


def _covariance(part: Floats, design: Sampling) -> Floats:
    """(k, k) design-based covariance of a sum of contributions (n, k): variances of sums and of differences."""
    totals = design.totals(part)
    k = totals.shape[1]
    first, second = np.triu_indices(k)
    plus = design.variance(totals[:, first] + totals[:, second])
    minus = design.variance(totals[:, first] - totals[:, second])
    out = np.empty((k, k))
    out[first, second] = out[second, first] = (plus - minus) / 4
    return out


def ratio_per_10(model: Behaviour, level: float = 0.95) -> Floats:
    """(3, k) ratio of odds (logit) or of means (log link) for 10 points more of each score, and its interval."""
    b = model.coefficients[1:]
    around = symmetric(b, np.sqrt(np.diag(model.covariance))[1:], level, model.df)
    return np.asarray(np.exp(10 * np.stack([b, around.low, around.high])))


def predicted_at(model: Behaviour, levels: Floats, level: float = 0.95) -> Floats:
    """(3, M) predicted share or mean at index levels (M,) or (M, k), and its interval, symmetric on the link scale."""
    points = np.asarray(levels, dtype=np.float64).reshape(len(levels), -1)
    x = np.column_stack([np.ones(len(points)), points])
    eta = x @ model.coefficients
    se = np.sqrt(((x @ model.covariance) * x).sum(axis=1))
    around = symmetric(eta, se, level, model.df)
    stacked = np.stack([eta, around.low, around.high])
    return np.asarray(1 / (1 + np.exp(-stacked)) if model.kind == "logit" else np.exp(stacked))


def auc(y: Floats, predicted: Floats, weights: Floats | None = None) -> float:
    """Area under the ROC curve: chance that a one is predicted above a zero, ties half (Hanley & McNeil 1982)."""
    used = ~(np.isnan(y) | np.isnan(predicted))
    w = (np.ones(len(y)) if weights is None else weights)[used]
    y, predicted = y[used], predicted[used]
    _, place = np.unique(predicted, return_inverse=True)
    ones, zeros = np.bincount(place, w * (y == 1)), np.bincount(place, w * (y == 0))
    below = np.cumsum(zeros) - zeros / 2
    return float(ones @ below / (ones.sum() * zeros.sum()))


def calibration(y: Floats, predicted: Floats, weights: Floats | None = None, bins: int = 10) -> Floats:
    """(bins, 3) respondents, mean prediction and mean outcome in each tenth of the predictions.

    Respondents with the same prediction stay together, so tenths may differ in size; an empty one has n 0 and NaN.
    """
    used = ~(np.isnan(y) | np.isnan(predicted))
    w = (np.ones(len(y)) if weights is None else weights)[used]
    y, predicted = y[used], predicted[used]
    _, place = np.unique(predicted, return_inverse=True)
    mass = np.bincount(place, w)
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    tenth = np.minimum((middle * bins).astype(np.intp), bins - 1)[place]
    sums = [np.bincount(tenth, v, minlength=bins) for v in (np.ones_like(w), w, w * predicted, w * y)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([sums[0], sums[2] / sums[1], sums[3] / sums[1]], axis=1)


def _complete(y: Floats, scores: Floats) -> Bools:
    return np.asarray(~(np.isnan(y) | np.isnan(scores).any(axis=1)))


def _family(kind: Kind) -> Any:
    families = _statsmodels("statsmodels.genmod.families")
    if kind == "logit":
        return families.Binomial()
    return (families.Gamma if kind == "gamma" else families.Poisson)(families.links.Log())


def _statsmodels(module: str) -> Any:
    """A module of statsmodels, which takes a second to load and is an extra."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError("statsmodels", "behaviour", "a model of behaviour") from error
