"""PLSpredict, CVPAT and the mediator's contribution: against seminr, at nominal size, and what is refused."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from peers import seminr_fit
from samples import chain
from scipy import stats
from sources import answers, ecsi, holes, mobi, rows_of

import csimodels as cs
from csimodels.assess import (
    compare_models,
    compare_with_benchmark,
    folds_of,
    mediator_contributions,
    predict,
)
from csimodels.assess.expected_products import expected_with_products
from csimodels.assess.prediction import prediction_rules
from csimodels.errors import DataError, SpecError
from csimodels.estimate import PLS, Design, PLSc
from csimodels.moments import FORM_OF_RULE, Moments, Rows, Sampling
from csimodels.study.groups import groups_of

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


def test_rows_of_a_training_set_that_cannot_predict_are_left_out_of_every_source() -> None:
    source = chain()
    model = replace(source.model, constructs=tuple(replace(c, measured="reflective") for c in source.model.constructs))
    x = source.draw(25, np.random.default_rng(59))
    fold = folds_of(25, 5, 1)
    found = predict(Rows(model.item_names, x, np.zeros(9), None, "complete"), Design.of(model), PLSc(), fold)
    out = np.isnan(found.squared["mean"]).all(axis=1)
    assert 0 < found.failed < found.asked == 5 and found.failed == len(set(fold[0, out]))
    assert found.inadmissible > 0
    for losses in (*found.squared.values(), *found.absolute.values()):
        assert (np.isnan(losses).all(axis=1) == out).all()


def test_a_regression_that_one_training_set_lacks_has_no_loss_at_all() -> None:
    source = chain()
    x = source.draw(40, np.random.default_rng(4))
    x[:, 1] = x[:, 0]  # copies but for one row, which is held out once
    x[0, 1] += 1.0
    found = predict(source.rows(x), source.design, PLS(), folds_of(40, 4, 1))
    assert found.failed == 0 and np.isfinite(found.squared["model"]).all()
    assert np.isnan(found.squared["linear"]).all() and np.isnan(found.rmse("linear")).all()


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


MODERATED = """
csi: 1
scale: [-20, 20]
constructs: {A: {items: [a1, a2, a3]}, B: {items: [b1, b2, b3]}, Y: {items: [y1, y2, y3]}, Z: {items: [z1, z2, z3]}}
paths: {A: Y, B: Y, "A * B": Y, Y: Z}
index: Y
estimate: {estimator: plsc, missing: listwise}
"""


def _moderated(n: int, seed: int) -> pd.DataFrame:
    """Constructs with a product of .25, items with loadings of .8."""
    random = np.random.default_rng(seed)
    a = random.normal(size=n)
    b = 0.4 * a + np.sqrt(1 - 0.16) * random.normal(size=n)
    y = 0.4 * a + 0.3 * b + 0.25 * (a * b - 0.4) + 0.7 * random.normal(size=n)
    z = 0.6 * y + 0.7 * random.normal(size=n)
    items = {}
    for name, construct in (("a", a), ("b", b), ("y", y), ("z", z)):
        for k in range(3):
            items[f"{name}{k + 1}"] = 0.8 * construct / construct.std() + 0.6 * random.normal(size=n)
    return pd.DataFrame(items)


def test_plsc_expects_products_as_brute_force_does() -> None:
    """Bayes' rule on a grid: prior and likelihood of two constructs given their six items, no formula of products."""
    model, data = cs.parse_model(MODERATED), _moderated(300, 3)
    design = Design.of(model)
    (group,) = groups_of(cs.Study(model, data, uncertainty=None).survey, FORM_OF_RULE["listwise"])
    fit = PLSc()(design, Moments.from_sums(group.rows.sums(np.ones((1, len(data)))), "listwise"))
    assert fit.products is not None
    x, targets = data.to_numpy(), np.flatnonzero(design.block == 3)
    mine = expected_with_products(fit, 0, (x, np.ones(len(x))), targets)
    loading = fit.loadings[0, np.arange(12), design.block]
    z = (x - fit.moments.mean[0]) / fit.moments.sd[0]
    grid = np.linspace(-6, 6, 121)
    one, two = (axis.ravel() for axis in np.meshgrid(grid, grid, indexing="ij"))
    r = fit.correlations[0, 0, 1]
    log = -(one**2 - 2 * r * one * two + two**2) / (2 * (1 - r**2))
    apart = [z[:, k, None] - loading[k] * (one if k < 3 else two) for k in range(6)]
    log = log - sum(gap**2 / (2 * (1 - loading[k] ** 2)) for k, gap in enumerate(apart))
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    width = np.sqrt(len(x) / (len(x) - 1))
    paths, product = fit.paths[0], fit.products.coefficient[0, 0] / width
    causes = paths[2, 0] * one + paths[2, 1] * two + product * one * two
    expected = weight @ causes * paths[3, 2]
    theirs = expected[:, None] * loading[targets] * fit.moments.sd[0, targets]
    assert abs(product) > 0.1
    assert np.allclose(mine - mine.mean(axis=0), theirs - theirs.mean(axis=0), atol=1e-6)


def test_plsc_with_a_product_predicts_better_than_without() -> None:
    data = _moderated(1500, 5)
    loss = {}
    for name, text in (("with", MODERATED), ("without", MODERATED.replace(', "A * B": Y', ""))):
        found = cs.Study(cs.parse_model(text), data, uncertainty=None).run(progress=False).prediction(repeats=1)
        loss[name] = found.set_index("item")["rmse"]["y1"]
    assert loss["with"] < 0.985 * loss["without"]


def test_products_that_plsc_has_no_expectation_of_are_refused() -> None:
    data = _moderated(200, 1)
    curved = MODERATED.replace("Y: Z}", 'Y: Z, "Y * Y": Z}')
    with pytest.raises(SpecError, match="a product of a construct that products lead to"):
        cs.Study(cs.parse_model(curved), data, uncertainty=None).run(progress=False).prediction()
    with pytest.raises(SpecError, match="from the exogenous constructs only"):
        result = cs.Study(cs.parse_model(MODERATED), data, uncertainty=None).run(progress=False)
        result.prediction(antecedents="direct")
