"""PLSpredict, CVPAT and the mediator's contribution: against seminr, at nominal size, and what is refused."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from peers import seminr_fit
from samples import chain
from scipy import stats
from sources import answers, ecsi, holes, mobi, rows_of

from csimodels.assess import (
    compare_models,
    compare_with_benchmark,
    folds_of,
    mediator_contributions,
    predict,
)
from csimodels.assess.prediction import prediction_rules
from csimodels.errors import DataError, SpecError
from csimodels.estimate import PLS, Design, PLSc
from csimodels.moments import Moments, Rows, Sampling

TIGHT = PLS(tol=1e-12, max_iter=1000)


def _seminr_folds(order: np.ndarray, k: int) -> np.ndarray:
    from seminr.predict.predict_pls import cut_folds

    fold = np.empty(len(order), dtype=np.intp)
    fold[order] = np.asarray(cut_folds(len(order), k)) - 1
    return fold[None]


def test_losses_of_cvpat_are_those_of_seminr_extras() -> None:
    seminrExtras = pytest.importorskip("seminrExtras")

    model = ecsi()
    x, design = answers(model, mobi()), Design.of(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = seminrExtras.assess_cvpat(seminr_fit(model, mobi()), seed=5, noFolds=5, nboot=50)
    assert theirs is not None
    order = np.random.Generator(np.random.PCG64(5)).permutation(250)
    mine = predict(rows_of(model, x), design, TIGHT, _seminr_folds(order, 5), antecedents="direct")
    test = compare_with_benchmark(mine, design, "linear")
    table = theirs.cvpat_compare_lm
    at = [table.rows.index(name) for name in (*test.subjects[:-1], "Overall")]
    assert np.allclose(test.loss, table.values[at, 0], atol=1e-8)
    assert np.allclose(test.other, table.values[at, 1], atol=1e-8)
    # the mean there is that of all rows, the held-out one included; ours is that of the training rows
    average = compare_with_benchmark(mine, design, "mean").other
    whole = theirs.cvpat_compare_ia.values[at, 1]
    assert (average > whole).all() and np.allclose(average, whole, rtol=0.02)


def test_the_test_is_a_paired_t_test_of_respondents() -> None:
    model = ecsi()
    x, design = answers(model, mobi()), Design.of(model)
    mine = predict(rows_of(model, x), design, PLS(), folds_of(250, 5, 2))
    test = compare_with_benchmark(mine, design, "mean")
    last = mine.construct == design.constructs.index("Loyalty")
    losses = [mine.squared[source][:, last].mean(axis=1) for source in ("model", "mean")]
    paired = stats.ttest_rel(*losses)
    j = test.subjects.index("Loyalty")
    assert test.t[j] == pytest.approx(paired.statistic, rel=1e-10)
    assert test.p[j] == pytest.approx(paired.pvalue, rel=1e-8)
    clusters = compare_with_benchmark(mine, design, "mean", Sampling.of(250, cluster=np.arange(250) // 5))
    assert clusters.df == 49 and clusters.se[j] != test.se[j]


def test_mediator_contributions_are_those_of_seminr_extras() -> None:
    seminrExtras = pytest.importorskip("seminrExtras")

    model = ecsi()
    x, design = answers(model, mobi()), Design.of(model)
    order = np.random.default_rng(3).permutation(250)
    mine = mediator_contributions(rows_of(model, x), design, TIGHT, _seminr_folds(order, 10), "Loyalty")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = seminrExtras.assess_pcm(
            seminr_fit(model, mobi()), "Loyalty", noFolds=10, orderings=[order.tolist()] * (2 * len(mine))
        )
    assert theirs is not None
    found = {(r.antecedent, r.mediator, r.target): r for r in theirs.pcm_results}
    assert len(found) == len(mine)
    for one in mine:
        other = found[one.route].results
        at = [other.rows.index(item) for item in one.items]
        wanted = [one.rmse_direct, one.rmse_earliest, one.contribution, one.mae_direct, one.mae_earliest]
        assert np.allclose(np.column_stack(wanted), other.values[at, :5], atol=2e-6)  # stops at 1e-7 there
        assert np.allclose(one.mae_contribution, other.values[at, 5], atol=2e-6)


def test_plsc_predicts_by_the_conditional_expectation_of_the_items() -> None:
    source = chain()
    model = replace(source.model, constructs=tuple(replace(c, measured="reflective") for c in source.model.constructs))
    design = Design.of(model)
    x = source.draw(40_000, np.random.default_rng(1))
    fit = PLSc()(design, Moments.from_sums(source.rows(x).sums()))
    targets = np.arange(3, 9)
    of_model, linear = prediction_rules(fit, targets, "earliest")
    assert np.allclose(of_model, linear, atol=0.015)  # the model is true: both estimate E(y | x)
    through_scores, _ = prediction_rules(PLS()(design, fit.moments), targets, "earliest")
    assert np.abs(through_scores - linear).max() < 0.05


def test_whole_number_weights_are_repeated_rows_and_holes_have_no_loss() -> None:
    source = chain()
    x = source.draw(60, np.random.default_rng(2))
    fold = np.arange(60) % 4
    weights = 1.0 + np.arange(60) % 3
    once = predict(source.rows(x, weights), source.design, TIGHT, fold[None])
    times = weights.astype(int)
    again = predict(source.rows(np.repeat(x, times, axis=0)), source.design, TIGHT, np.repeat(fold, times)[None])
    assert np.allclose(once.rmse(), again.rmse(), atol=1e-9) and np.allclose(once.mae(), again.mae(), atol=1e-9)
    holed = holes(x, 0.1)
    rows = Rows(source.model.item_names, holed, np.zeros(9), None, "pairwise")
    found = predict(rows, source.design, PLS(), fold[None], "mean")
    assert (np.isnan(found.squared["model"]) == np.isnan(holed[:, 3:])).all()
    assert np.isfinite(found.rmse()).all()


def test_cvpat_rejects_five_per_cent_of_models_that_predict_alike() -> None:
    """A and B stand to C alike, so that `A -> C` and `B -> C` predict it equally well."""
    source, rng = chain(paths=(0.4, 0.35, 0.35)), np.random.default_rng(8)
    columns = {"A": np.r_[0:3, 6:9], "B": np.r_[3:9]}
    parts = {}
    for name in "AB":
        keep = tuple(c for c in source.model.constructs if c.name in (name, "C"))
        parts[name] = Design.of(replace(source.model, constructs=keep, paths=((name, "C"),)))
    fold = (np.arange(120) % 5)[None]
    p = []
    for _ in range(250):
        x = source.draw(120, rng)
        found = [
            (predict(Rows(parts[n].items, x[:, columns[n]], np.zeros(6)), parts[n], PLS(), fold), parts[n])
            for n in "AB"
        ]
        p.append(compare_models(*found).p[-1])
    share = (np.asarray(p) <= 0.05).mean()
    assert abs(share - 0.05) <= 3 * np.sqrt(0.05 * 0.95 / 250)


def test_what_cannot_be_predicted_is_named() -> None:
    with pytest.raises(DataError, match="2 to 5 folds of rows"):
        folds_of(5, 10)
    with pytest.raises(DataError, match="2 to 3 folds of clusters"):
        folds_of(30, 10, unit=np.arange(30) // 10)
    held = folds_of(30, 3, 2, unit=np.arange(30) // 5)
    assert (held.reshape(2, 6, 5) == held.reshape(2, 6, 5)[:, :, :1]).all()
    source = chain()
    rows = source.rows(source.draw(60, np.random.default_rng(2)))
    with pytest.raises(SpecError, match='did you mean "earliest"'):
        predict(rows, source.design, PLS(), folds_of(60, 3, 1), antecedents="earlyest")  # type: ignore[arg-type]
    done = predict(rows, source.design, PLS(), folds_of(60, 3, 1))
    other = replace(source.model, paths=(("B", "A"), ("B", "C")))
    design = Design.of(other)
    with pytest.raises(SpecError, match="different: A, B"):
        compare_models((done, source.design), (predict(rows, design, PLS(), folds_of(60, 3, 1)), design))
    with pytest.raises(SpecError, match="no mediator"):
        mediator_contributions(rows, source.design, PLS(), folds_of(60, 3, 1), "B")
    with pytest.raises(SpecError, match="mean, linear"):
        compare_with_benchmark(done, source.design, "median")


def test_a_training_set_without_a_fit_is_counted() -> None:
    source = chain()
    x = source.draw(60, np.random.default_rng(2))
    x[:, 0] = 0.0
    x[:20, 0] = 1.0 + np.arange(20) / 7  # item A1 varies in the rows of the first fold only
    fold = np.repeat([0, 1, 2], 20)[None]
    found = predict(source.rows(x), source.design, PLS(), fold)
    assert (found.failed, found.asked) == (1, 3)
    assert np.isnan(found.squared["model"][:20]).all() and np.isfinite(found.rmse()).all()
