"""Gaussian copula: is a predictor correlated with the residual, and what is its path without that? (Park & Gupta 2012.)

For PLS: Hult, Hair, Proksch, Sarstedt, Pinkwart & Ringle (2018).  Ranks are no moments: scores of every replicate are
made from its own weights, ranked among its own rows, and regressed.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import UNUSABLE, DataError, Problem, SpecError, listed
from csimodels.estimate import Design, Estimator, Fit
from csimodels.infer import Interval, IntervalKind, interval
from csimodels.infer.resample import CHUNK_BYTES, chunk_size
from csimodels.messages import Message
from csimodels.moments import Moments, Plan, Rows, chunks
from csimodels.moments.linalg import Floats, spd_solve

#: Above this p-value of the Shapiro-Wilk test a predictor may be normal, and the copula is then not identified.
LARGEST_NORMAL_P = 0.05


def copula_values(scores: Floats, counts: Floats) -> Floats:
    """``Phi^{-1}(H(x))`` with ``H`` the empirical distribution, ranks of ties by the largest (F27).

    Parameters
    ----------
    scores : (*B, n) array
        Values of one variable.
    counts : (*B, n) array
        How often each row counts; rows that do not count get 0.

    Returns
    -------
    (*B, n) array
        The largest value has ``H = n/(n + 1)`` instead of 1, ``n`` the sum of counts.
    """
    from scipy.special import ndtri

    order = np.argsort(scores, axis=-1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=-1)
    cumulated = np.cumsum(np.take_along_axis(counts, order, axis=-1), axis=-1)
    total = cumulated[..., -1:]
    last = np.ones(ordered.shape, dtype=bool)
    last[..., :-1] = ordered[..., 1:] != ordered[..., :-1]
    carried = np.where(last, cumulated, np.inf)  # of ties, the sum up to the last of them
    carried = np.minimum.accumulate(carried[..., ::-1], axis=-1)[..., ::-1]
    share = np.minimum(carried / total, total / (total + 1))
    out = np.empty_like(scores)
    np.put_along_axis(out, order, ndtri(share), axis=-1)
    return np.where(counts > 0, out, 0.0)


@dataclass(frozen=True, eq=False)
class CopulaTest:
    """A structural equation with copula terms.

    Attributes
    ----------
    target : str
    names : tuple of str
        Predictors, then ``copula of ...`` for each that is tested.
    value : array
        Coefficients with the copula terms; scores of variance 1 (divisor n - 1), intercept left out of the list.
    plain : array
        Coefficients of the predictors without copula terms.
    interval : Interval
        Of `value`: the equation is endogenous in a predictor where zero lies outside its copula's.
    normal_p : array
        Shapiro-Wilk p-value of each tested predictor's scores; above 0.05 the copula is not identified.
    kept, asked : int
        Replicates with coefficients, of those asked for.
    """

    target: str
    names: tuple[str, ...]
    value: Floats
    plain: Floats
    interval: Interval
    normal_p: Floats
    kept: int
    asked: int


def copula_test(
    rows: Rows,
    design: Design,
    estimator: Estimator,
    plan: Plan,
    target: str,
    tested: tuple[str, ...],
    *,
    level: float = 0.95,
    kind: IntervalKind = "percentile",
    pool: Executor | None = None,
) -> CopulaTest:
    """Add copulas of some predictors to the equation of a construct, and bootstrap it.

    Parameters
    ----------
    rows : Rows
        Complete answers (form ``complete``): a row with a hole is left out.
    design, estimator, plan : Design, Estimator, Plan
        Scores are estimated anew in every replicate.
    target, tested : str, tuple of str
        Endogenous construct, and its predictors that may be endogenous.
    level, kind : float, str
        Interval, as for :func:`csimodels.infer.interval`.

    Raises
    ------
    SpecError
        `target` has no such predictors.
    """
    end, sources, at = _equation(design, target, tested)
    if rows.form != "complete":
        raise DataError(
            Problem("ranks of scores need complete rows", found=Message("rows of form {form}", form=repr(rows.form)))
        )
    from scipy.stats import shapiro

    x = (rows.x - rows.shift)[rows.kept][:, design.columns]

    def one(chunk: tuple[int, int]) -> Floats:
        return _coefficients(rows, x, estimator, design, plan.counts(*chunk), (end, sources, at))

    value = _coefficients(rows, x, estimator, design, np.ones((1, rows.n)), (end, sources, at))[0]
    fit = estimator(design, Moments.from_sums(rows.sums()))
    plain = fit.paths[end, sources]
    scores = _scores(fit, x - (fit.moments.mean - rows.shift[design.columns]))
    normal = np.asarray([float(shapiro(scores[:, j]).pvalue) for j in at])
    step = int(min(chunk_size(rows), max(1, CHUNK_BYTES // (8 * rows.n * 4 * len(design.constructs)))))
    drawn = np.concatenate(list((map if pool is None else pool.map)(one, chunks(plan.size, step))))
    names = tuple(design.constructs[j] for j in sources) + tuple(
        Message("copula of {constructs}", constructs=design.constructs[j]) for j in at
    )
    kept = int((~np.isnan(drawn).any(axis=1)).sum())
    return CopulaTest(target, names, value, plain, interval(value, drawn, level, kind), normal, kept, len(drawn))


def _equation(design: Design, target: str, tested: tuple[str, ...]) -> tuple[int, NDArray[np.intp], NDArray[np.intp]]:
    end = design.constructs.index(target) if target in design.constructs else -1
    known = [design.constructs[j] for j in design.predecessors[end]] if end >= 0 else []
    wrong = [name for name in tested if name not in known]
    if wrong or not known or not tested:
        what = "copulas are of predictors of an endogenous construct"
        found = (
            Message("not among them: {names}", names=listed(wrong))
            if wrong
            else Message("no predictors of {target} named", target=repr(target))
        )
        raise SpecError(
            Problem(
                what, Message("equation of {target}", target=target), found, listed(known) or listed(design.constructs)
            )
        )
    at = np.asarray([design.constructs.index(name) for name in tested], dtype=np.intp)
    return end, design.predecessors[end], at


def _scores(fit: Fit, deviations: Floats) -> Floats:
    """(*B, n, J) standardised scores of deviations from the mean ``(*B, n, p)``."""
    return np.asarray(deviations @ (fit.weights / fit.moments.sd[..., None]))


def _coefficients(
    rows: Rows,
    x: Floats,
    estimator: Estimator,
    design: Design,
    counts: Floats,
    equation: tuple[int, NDArray[np.intp], NDArray[np.intp]],
) -> Floats:
    """(B, q) coefficients of predictors and copulas under each row of counts."""
    end, sources, at = equation
    fit = estimator(design, Moments.from_sums(rows.sums(counts)))
    centre = (fit.moments.mean - rows.shift[design.columns])[:, None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        n = fit.moments.n[:, None, None]
        raw = fit.weights / fit.moments.sd[..., None] * np.sqrt((n - 1) / n)  # copulas have a scale of their own
        scores = x @ raw - centre @ raw
        w = counts * rows.a
        added = [copula_values(np.nan_to_num(scores[..., j]), w * (rows.n / rows.a.sum())) for j in at]
        columns = np.stack([np.ones_like(w), *(scores[..., j] for j in sources), *added], axis=-1)
        weighted = columns * w[..., None]
        left = np.swapaxes(weighted, 1, 2) @ columns
        right = (np.swapaxes(weighted, 1, 2) @ scores[..., end, None])[..., 0]
    bad = (fit.status & int(UNUSABLE)) != 0
    return np.where(bad[:, None], np.nan, spd_solve(left, right)[:, 1:])
