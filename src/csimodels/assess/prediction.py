"""PLSpredict: out-of-sample prediction of items, all folds of all repetitions in one batch of moments.

(Shmueli, Ray, Velasquez Estrada & Chatla 2016; Shmueli et al. 2019.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from csimodels.assess.expected_products import expected_with_products, refuse_expectation, through_paths
from csimodels.assess.implied import implied_correlations, own_loadings
from csimodels.errors import UNUSABLE, DataError, Problem, SpecError, Status, is_whole, nearest
from csimodels.estimate import Design, Estimator, Fit, PLSc, total_effects
from csimodels.estimate.product_scores import sample_width
from csimodels.infer.resample import chunk_size
from csimodels.messages import N_, Message
from csimodels.moments import Folds, Moments, Rows, chunks
from csimodels.moments.linalg import Floats, is_positive_definite

Ints = NDArray[np.intp]

#: Whose items predict: those of the exogenous constructs, or of the direct predecessors of each construct.
Antecedents = Literal["earliest", "direct"]

#: What predicts: the model, a linear regression on the same items, the mean of the training rows.
SOURCES = ("model", "linear", "mean")


def folds_of(n: int, k: int = 10, repeats: int = 10, seed: int = 1, unit: Ints | None = None) -> Ints:
    """(repeats, n) the fold in which each row is held out, shuffled anew in every repetition.

    Parameters
    ----------
    n, k, repeats, seed : int
        Rows, folds, repetitions, and where the shuffles come from.
    unit : (n,) array, optional
        Clusters, which are held out as a whole.

    Raises
    ------
    DataError
        Fewer rows (or clusters) than folds, or fewer than two folds.
    """
    of_row = np.arange(n) if unit is None else np.unique(unit, return_inverse=True)[1].ravel()
    units = int(of_row.max(initial=-1)) + 1
    if not (is_whole(k) and is_whole(repeats)) or not 2 <= k <= units or repeats < 1:
        what = "cross-validation needs two folds or more, none of them empty, and one repetition or more"
        found = Message("{k} folds, {repeats} repetitions", k=k, repeats=repeats)
        raise DataError(
            Problem(
                what,
                found=found,
                allowed=Message("2 to {units} folds of rows", units=units)
                if unit is None
                else Message("2 to {units} folds of clusters", units=units),
            )
        )
    plan = Folds(units, k, seed, repeats)
    return np.stack([plan.fold_of(r)[of_row] for r in range(repeats)])


@dataclass(frozen=True, eq=False)
class Prediction:
    """Losses of held-out answers, averaged over repetitions (losses are averaged, not predictions).

    Attributes
    ----------
    items : tuple of str
        Items of endogenous constructs, ``q`` of them.
    construct : (q,) array
        Place of the construct of each.
    squared, absolute : dict of (n, q) arrays
        By source ``model``, ``linear``, ``mean``: mean over repetitions of the squared and the absolute error of each
        row that counts; NaN where it has no answer.
    weights : (n,) array
        Sampling weights of the rows.
    failed : int
        Training sets in which the model had no usable fit or (PLSc) implies correlations of the predicting items that
        are not positive definite, of `asked`; their rows are left out of that repetition, for every source.
    inadmissible : int
        Training sets with an inadmissible fit that do predict; they are kept.
    asked : int
        Folds times repetitions.
    """

    items: tuple[str, ...]
    construct: Ints
    squared: dict[str, Floats]
    absolute: dict[str, Floats]
    weights: Floats
    failed: int
    inadmissible: int
    asked: int

    def rmse(self, source: str = "model") -> Floats:
        """(q,) root of the mean squared error, scale points."""
        return np.sqrt(_mean(self.squared[source], self.weights))

    def mae(self, source: str = "model") -> Floats:
        """(q,) mean absolute error, scale points."""
        return _mean(self.absolute[source], self.weights)

    def q2(self, source: str = "model") -> Floats:
        """(q,) Q2_predict: 1 less squared error over that of the mean of the training rows."""
        return np.asarray(1 - _mean(self.squared[source], self.weights) / _mean(self.squared["mean"], self.weights))


def _mean(losses: Floats, weights: Floats) -> Floats:
    there = ~np.isnan(losses)
    w = weights[:, None] * there
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((w * np.where(there, losses, 0.0)).sum(axis=0) / w.sum(axis=0))


def predict(
    rows: Rows,
    design: Design,
    estimator: Estimator,
    folds: Ints,
    rule: str = "listwise",
    antecedents: Antecedents = "earliest",
) -> Prediction:
    """Cross-validated losses of the model, of a linear regression and of the mean.

    Parameters
    ----------
    rows : Rows
        Answers; a missing predictor counts as the mean of the training rows, a missing target has no loss.
    design, estimator : Design, Estimator
        PLSc predicts by the conditional expectation of the items under its implied correlations (de Rooij et al. 2023):
        composite scores must not be carried through corrected paths.  With products of constructs the expectation is
        that of normal exogenous constructs, see :func:`expected_with_products`.
    folds : (repeats, n) array
        Fold of each row that counts, as :func:`folds_of` gives it.
    rule : str
        Missing rule of the training sets.
    antecedents : {"earliest", "direct"}
        Whose items predict, for the model and the linear regression alike (Shmueli et al. 2019: earliest).

    Raises
    ------
    SpecError
        Unknown antecedents, or a construct of higher order, for which no way to predict is published.
    """
    _refuse(design, estimator, antecedents)
    targets = np.flatnonzero(np.isin(design.block, design.endogenous))
    k, repeats = int(folds.max()) + 1, len(folds)
    x = rows.x[rows.kept][:, design.columns]
    total = {kind: {source: np.zeros((rows.n, len(targets))) for source in SOURCES} for kind in ("squared", "absolute")}
    used, failed, inadmissible = np.zeros(rows.n), 0, 0
    for start, stop in chunks(k * repeats, chunk_size(rows)):
        sets = [divmod(b, k) for b in range(start, stop)]
        counts = np.stack([(folds[r] != f).astype(np.float64) for r, f in sets])
        fit = estimator(design, Moments.from_sums(rows.sums(counts), rule))
        rules = prediction_rules(fit, targets, antecedents)
        for b, (r, f) in enumerate(sets):
            if fit.status[b] & int(UNUSABLE):
                failed += 1
                continue
            held = np.flatnonzero(folds[r] == f)
            z = np.nan_to_num(x[held] - fit.moments.mean[b])
            gap = x[held][:, targets] - fit.moments.mean[b, targets]
            guess = z @ rules[0][b]
            if design.products and isinstance(estimator, PLSc):
                guess = expected_with_products(fit, b, (x, rows.a * counts[b]), targets)[held]
            elif design.products:
                guess = with_products(fit, b, (x, rows.a * counts[b]), held, targets, antecedents)
            if np.isnan(guess).any():
                failed += 1
                continue
            used[held] += 1
            inadmissible += bool(fit.status[b] & int(Status.INADMISSIBLE))
            for source, error in (("model", gap - guess), ("linear", gap - z @ rules[1][b]), ("mean", gap)):
                total["squared"][source][held] += error**2
                total["absolute"][source][held] += np.abs(error)
    with np.errstate(invalid="ignore", divide="ignore"):
        done = {kind: {s: part / used[:, None] for s, part in parts.items()} for kind, parts in total.items()}
    undefined = (np.isnan(done["squared"]["linear"]) & ~np.isnan(done["squared"]["mean"])).any(axis=0)
    for losses in done.values():  # a regression that some training set does not have is compared on no rows
        losses["linear"][:, undefined] = np.nan
    items = tuple(design.items[t] for t in targets)
    tallies = failed, inadmissible, k * repeats
    return Prediction(items, design.block[targets], done["squared"], done["absolute"], rows.a, *tallies)


def refuse_higher_order(design: Design, what: str) -> None:
    """SpecError for a model with constructs of higher order, saying `what` is not defined for them."""
    if design.higher_order.any():
        found = ", ".join(name for name, whole in zip(design.constructs, design.higher_order, strict=True) if whole)
        raise SpecError(Problem(what, found=found, remedy="take the dimensions as constructs"))


def _refuse(design: Design, estimator: Estimator, antecedents: Antecedents) -> None:
    refuse_unpredicted(design, antecedents)
    if design.products and design.way != "two_stage":
        remedy = "take interactions: two_stage, or leave the interactions out of the paths"
        what = "PLSpredict with interactions is one of two stages"
        raise SpecError(Problem(what, found=design.way, remedy=remedy))
    if design.products and isinstance(estimator, PLSc):
        refuse_expectation(design, antecedents)


def refuse_unpredicted(design: Design, antecedents: Antecedents) -> None:
    """SpecError for constructs of higher order, for which no way to predict is published, and unknown antecedents."""
    refuse_higher_order(design, N_("PLSpredict is not defined for constructs of higher order"))
    if antecedents not in get_args(Antecedents):
        allowed = get_args(Antecedents)
        hint = nearest(antecedents, allowed)
        raise SpecError(Problem("unknown antecedents", "antecedents", repr(antecedents), ", ".join(allowed), hint))


def prediction_rules(fit: Fit, targets: Ints, antecedents: Antecedents) -> tuple[Floats, Floats]:
    """Coefficients of all items on the deviation of the items from their means: of the model, and by least squares.

    Parameters
    ----------
    fit : Fit
        A batch of fits ``*B``.
    targets : (q,) array
        Places of the predicted items.
    antecedents : {"earliest", "direct"}
        Whose items have coefficients.

    Returns
    -------
    two (*B, p, q) arrays
        Zero for items that do not predict; NaN where the regression is singular.
    """
    d = fit.design
    linear = _by_block(fit.moments.cov, d, targets, antecedents)
    if isinstance(fit.estimator, PLSc):
        sd = fit.moments.sd
        standardised = _by_block(implied_correlations(fit), d, targets, antecedents)
        return standardised / sd[..., :, None] * sd[..., None, targets], linear
    return _through_scores(fit, targets, antecedents), linear


def _through_scores(fit: Fit, targets: Ints, antecedents: Antecedents) -> Floats:
    """Items to scores by weights, scores to scores by paths, scores to items by loadings."""
    d, sd = fit.design, fit.moments.sd
    exogenous = ~np.isin(np.arange(len(d.constructs)), d.endogenous)
    if antecedents == "earliest":  # of the total effects, those of the exogenous constructs
        carried = total_effects(fit.paths) * exogenous
    else:
        carried = fit.paths
    into = np.swapaxes(carried, -1, -2)[..., d.block[targets]] * own_loadings(fit)[..., None, targets]
    return np.asarray((fit.weights @ into) / sd[..., :, None] * sd[..., None, targets])


def with_products(
    fit: Fit, b: int, training: tuple[Floats, Floats], held: Ints, targets: Ints, antecedents: Antecedents
) -> Floats:
    """(n, q) predicted deviations of items from their means where products of constructs are among the predictors.

    Scores follow from the items by weights; those of an endogenous construct from its predecessors and their products
    (of predicted scores, but for ``direct`` antecedents), less the mean of the products in the training rows; the items
    follow by loadings.

    Parameters
    ----------
    fit, b : Fit, int
        A batch of fits, and the training set.
    training : (N, p) and (N,) arrays
        Answers of all rows and their weights in the training set.
    held : (n,) array
        Rows to be predicted.
    """
    d, sd = fit.design, fit.moments.sd[b]
    x, a = training
    known = (np.nan_to_num(x - fit.moments.mean[b]) / sd) @ fit.weights[b]
    scores = known[held]
    guess = scores.copy()
    width = float(sample_width(fit)[b])
    for j in d.order:
        if j not in d.endogenous:
            continue
        base = scores if antecedents == "direct" else guess
        guess[:, j] = through_paths(fit, b, j, (base, known, a), width)
    return np.asarray(guess[:, d.block[targets]] * own_loadings(fit)[b, targets] * sd[targets])


def _by_block(matrix: Floats, design: Design, targets: Ints, antecedents: Antecedents) -> Floats:
    """Least squares coefficients of the targets on the items of their antecedents, from ``(*B, p, p)``."""
    out = np.zeros((*matrix.shape[:-1], len(targets)))
    exogenous = [j for j in range(len(design.constructs)) if j not in design.endogenous]
    for j in design.endogenous:
        sources = exogenous if antecedents == "earliest" else design.predecessors[j].tolist()
        x, mine = np.flatnonzero(np.isin(design.block, sources)), np.flatnonzero(design.block[targets] == j)
        square = matrix[..., x[:, None], x]
        good = is_positive_definite(square)[..., None, None]
        known = matrix[..., x[:, None], targets[mine]]
        beta = np.linalg.solve(np.where(good, square, np.eye(len(x))), known)
        out[..., x[:, None], mine] = np.where(good, beta, np.nan)
    return out
