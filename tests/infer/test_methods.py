"""Linearised errors, the jackknife and corrected intervals: against closed forms, other packages and one another."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from csimodels.errors import Status
from csimodels.estimate import PLS, Design
from csimodels.infer import (
    Near,
    Statistic,
    acceleration,
    effective_df,
    influences,
    interval,
    jackknife,
    jackknife_variance,
    jacobian,
    pseudo_totals,
    replicate,
    replicate_errors,
    replicate_variance,
    symmetric,
)
from csimodels.infer.influence import contributions
from csimodels.moments import Clustered, DeleteUnit, Given, Moments, Multinomial, Rows, Sampling, deleted
from csimodels.spec import Model, load_model
from csimodels.tables import Layout, index_weights, quantities

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
sys.path.append(str(GOLDEN))

from small import simulated, small_model  # noqa: E402
from sources import UnavailableError, holes, mobi, rows_of  # noqa: E402

RULES = ("listwise", "mean", "pairwise", "em")


def statistic_of(model: Model, estimator: PLS | None = None, rule: str = "own") -> tuple[Layout, Statistic]:
    design = Design.of(model)
    layout = Layout.of(model, design)
    used = estimator or PLS(tol=1e-12, max_iter=3000)

    def published(moments: Moments) -> tuple[np.ndarray, np.ndarray]:
        fit = used(design, moments)
        return quantities(fit, layout, index_weights(fit, layout, rule)), fit.status

    return layout, published


def alone(moments: Moments) -> Moments:
    """The same moments with a batch axis of one."""
    return Moments(moments.mean[None], moments.cov[None], moments.n[None], moments.n_eff[None], moments.items)


def survey_data(n: int = 80, seed: int = 4, share: float = 0.1) -> tuple[Model, np.ndarray, np.ndarray]:
    model = small_model()
    x = simulated(model, n, seed)
    weights = np.random.default_rng(seed).uniform(0.5, 2.0, n)
    return model, holes(x, share, seed) if share else x, weights


@pytest.mark.parametrize("rule", RULES)
def test_contributions_are_the_derivative_of_the_moments(rule: str) -> None:
    """Moments with one weight moved, against the sum of contributions; exact up to the step, for every missing rule."""
    model, x, weights = survey_data()
    rows = rows_of(model, x, rule, weights)
    moments = Moments.from_sums(rows.sums(), rule, 1e-13)
    parts = contributions(rows, moments, rule)
    assert np.abs(parts.sum(axis=0)).max() < 1e-8
    upper = np.triu_indices(len(rows.items))
    step = 1e-4
    for i in (0, 7, rows.n - 1):
        factors = np.ones((2, rows.n))
        factors[:, i] += [step, -step]
        moved = Moments.from_sums(rows.sums(factors), rule, 1e-13)
        flat = np.concatenate([moved.mean, moved.cov[:, upper[0], upper[1]]], axis=1)
        assert (flat[0] - flat[1]) / (2 * step) == pytest.approx(parts[i], abs=2e-7)


def test_jacobian_is_exact_for_what_is_linear_in_the_moments() -> None:
    model, x, _ = survey_data(share=0)
    moments = Moments.from_sums(rows_of(model, x).sums())

    def linear(batch: Moments) -> tuple[np.ndarray, np.ndarray]:
        values = np.stack([batch.mean[:, 0], 3 * batch.cov[:, 1, 2], batch.cov[:, 2, 1], batch.cov[:, 3, 3]], axis=1)
        return values, np.zeros(len(values), dtype=np.int64)

    slopes = jacobian(linear, moments)
    p = len(moments.items)
    place = {(int(a), int(b)): p + k for k, (a, b) in enumerate(zip(*np.triu_indices(p), strict=True))}
    expected = np.zeros_like(slopes)
    expected[0, 0], expected[1, place[1, 2]], expected[2, place[1, 2]], expected[3, place[3, 3]] = 1, 3, 1, 1
    assert slopes == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("rule", RULES)
def test_influences_sum_to_zero_and_equal_the_jackknife_to_first_order(rule: str) -> None:
    """With 80 rows the two differ by terms of order 1/n: 25 % of the largest influence is far more than is seen."""
    model, x, weights = survey_data(share=0.03)
    layout, statistic = statistic_of(model)
    rows = rows_of(model, x, rule, weights)
    sampling = Sampling.of(rows.n)
    moments = Moments.from_sums(rows.sums(), rule, 1e-12)
    first_order = influences(rows, moments, rule, sampling, jacobian(statistic, moments))
    left_out = pseudo_totals(jackknife(rows, sampling, rule, statistic).values, sampling)
    for block in ("index", "path", "total"):
        a, b = first_order[:, layout.blocks[block]], left_out[:, layout.blocks[block]]
        assert np.abs(a.sum(axis=0)).max() < 1e-6
        assert np.abs(a - b).max() < 0.25 * np.abs(a).max()
        assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("clustered", [False, True])
def test_downdated_sums_equal_refitting_without_the_unit(rule: str, clustered: bool) -> None:
    model, x, weights = survey_data()
    rows = rows_of(model, x, rule, weights)
    code = np.arange(rows.n)
    sampling = Sampling.of(rows.n, code % 3, code // 6) if clustered else Sampling.of(rows.n)
    whole = rows.sums(DeleteUnit(sampling).counts(0, sampling.units))
    pieces = list(deleted(rows, sampling, 7))
    for name in ("n_rows", "w", "ww", "wx", "wxx"):
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        assert joined == pytest.approx(getattr(whole, name), rel=1e-10, abs=1e-9)
    ours = np.concatenate([Moments.from_sums(piece, rule).cov for piece in pieces])
    assert ours == pytest.approx(Moments.from_sums(whole, rule).cov, abs=1e-8)


def test_index_with_known_weights_has_the_error_of_a_mean() -> None:
    """Equal weights make the index a mean of scores: linearised and jackknife errors are exactly s / sqrt(n)."""
    model, x, _ = survey_data(share=0)
    layout, statistic = statistic_of(model, rule="equal")
    rows = rows_of(model, x)
    sampling = Sampling.of(rows.n)
    moments = Moments.from_sums(rows.sums())
    low, high = layout.low, layout.high
    scores = ((x - low) / (high - low) * 100) @ (layout.design.mask / layout.design.mask.sum(axis=0))
    expected = scores.std(axis=0, ddof=1) / np.sqrt(len(x))
    block = layout.blocks["index"]
    se = np.sqrt(sampling.variance(influences(rows, moments, "listwise", sampling, jacobian(statistic, moments))))
    assert se[block] == pytest.approx(expected, rel=1e-8)
    left_out = jackknife(rows, sampling, "listwise", statistic).values
    assert np.sqrt(jackknife_variance(left_out, sampling)[0])[block] == pytest.approx(expected, rel=1e-9)
    ends = symmetric(scores.mean(axis=0), expected, 0.95, sampling.df)
    t = stats.ttest_1samp(scores, 0.0)
    assert np.stack([ends.low, ends.high]) == pytest.approx(np.stack(t.confidence_interval(0.95)), rel=1e-10)
    assert ends.p == pytest.approx(t.pvalue, rel=1e-8, abs=1e-300)


def design_frame() -> tuple[Rows, dict[str, Sampling], dict[str, np.ndarray], np.ndarray]:
    """The mobile data with the design columns of survey_designs.R."""
    try:
        data = mobi()
    except UnavailableError as error:
        pytest.skip(str(error))
    model = load_model("ecsi")
    x = data[list(model.item_names)].to_numpy(dtype=float)
    n = len(x)
    i = np.arange(n)
    w = 1 + (i * 7) % 11 / 10
    stratum, cluster = i % 5, (i // 5) % 10
    fraction = 10 / np.asarray([40, 60, 80, 100, 120])[stratum]
    r = np.arange(1, 21)
    factors = ((i[:, None] * 13 + r * 29 + (i[:, None] * r) % 7) % 5) / 2
    fay = np.where((i[:, None] * 3 + r * 5 + (i[:, None] * r) % 3) % 2 == 0, 1.5, 0.5)
    designs = {
        "weighted": Sampling.of(n),
        "stratified": Sampling.of(n, stratum),
        "clustered": Sampling.of(n, None, stratum * 10 + cluster),
        "stratified_clustered": Sampling.of(n, stratum, cluster),
        "fpc": Sampling.of(n, stratum, cluster, fraction),
    }
    given = {"bootstrap": factors.T, "fay": fay.T, "brr": (2.0 * (fay > 1)).T}
    return rows_of(model, x, "listwise", w), designs, given, w


def reference() -> dict[str, dict[str, Any]]:
    text = (GOLDEN / "reference" / "survey_designs.json").read_text(encoding="utf-8")
    designs: dict[str, dict[str, Any]] = json.loads(text)["designs"]
    return designs


@pytest.mark.parametrize("name", ["weighted", "stratified", "clustered", "stratified_clustered", "fpc"])
def test_design_based_error_of_an_index_equals_r_survey(name: str) -> None:
    """svymean of R's survey 4.1-1 on the mobile data, index with equal weights; both closed forms, 1e-8 is the step."""
    rows, designs, _, _ = design_frame()
    model = load_model("ecsi")
    layout, statistic = statistic_of(model, rule="equal")
    theirs, sampling = reference()[name], designs[name]
    moments = Moments.from_sums(rows.sums())
    variance = sampling.variance(influences(rows, moments, "listwise", sampling, jacobian(statistic, moments)))
    point = statistic(alone(moments))[0][0]
    for construct, se in theirs["se"].items():
        at = layout.blocks["index"].start + layout.design.constructs.index(construct)
        assert point[at] == pytest.approx(theirs["mean"][construct], rel=1e-12)
        assert np.sqrt(variance[at]) == pytest.approx(se, rel=1e-7)
    assert sampling.df == theirs["df"]


@pytest.mark.parametrize(("name", "design"), [("jkn", "stratified_clustered"), ("jk1", "clustered")])
def test_jackknife_of_an_index_equals_r_survey(name: str, design: str) -> None:
    """as.svrepdesign of R's survey; it centres at the estimate, we at the mean of each stratum: 1e-3 apart at most."""
    rows, designs, _, _ = design_frame()
    layout, statistic = statistic_of(load_model("ecsi"), rule="equal")
    left_out = jackknife(rows, designs[design], "listwise", statistic)
    assert (left_out.status == int(Status.OK)).all()
    se = np.sqrt(jackknife_variance(left_out.values, designs[design])[0])
    for construct, theirs in reference()[name]["se"].items():
        at = layout.blocks["index"].start + layout.design.constructs.index(construct)
        assert se[at] == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize(("name", "scale"), [("bootstrap", 1 / 19), ("brr", 1 / 20), ("fay", 1 / (20 * 0.25))])
def test_given_replicate_weights_equal_r_survey(name: str, scale: float) -> None:
    """svrepdesign(mse = TRUE) of R's survey, index with equal weights: both closed forms."""
    rows, _, given, _ = design_frame()
    layout, statistic = statistic_of(load_model("ecsi"), rule="equal")
    point = statistic(alone(Moments.from_sums(rows.sums())))[0][0]
    values = replicate(rows, Given(given[name]), "listwise", statistic).values
    se = np.sqrt(replicate_variance(point, values, scale, np.ones(20)))
    for construct, theirs in reference()[name]["se"].items():
        at = layout.blocks["index"].start + layout.design.constructs.index(construct)
        assert se[at] == pytest.approx(theirs, rel=1e-9)


def test_ecsi_errors_agree_with_the_bootstrap() -> None:
    """Linearised within 5 %, jackknife within 10 %, all paths and indices.

    30 000 replicates give a standard error to 0.4 % (10 000 to 0.7 %, and the largest difference, Image to Expectation,
    is 3.5 % with 100 000: too close to the bar for the noise of 10 000).
    """
    rows, _, _, _ = design_frame()
    rows = Rows(rows.items, rows.x, rows.shift)
    layout, statistic = statistic_of(load_model("ecsi"))
    _, published = statistic_of(load_model("ecsi"), PLS())
    sampling = Sampling.of(rows.n)
    moments = Moments.from_sums(rows.sums())
    drawn = replicate(rows, Multinomial(rows.n, 30_000, 2026), "listwise", published).values
    linear = np.sqrt(sampling.variance(influences(rows, moments, "listwise", sampling, jacobian(statistic, moments))))
    left_out = np.sqrt(jackknife_variance(jackknife(rows, sampling, "listwise", published).values, sampling)[0])
    for block in ("index", "path"):
        at = layout.blocks[block]
        se = drawn[:, at].std(axis=0, ddof=1)
        assert np.abs(linear[at] / se - 1).max() < 0.05
        assert np.abs(left_out[at] / se - 1).max() < 0.10


def test_bca_interval_equals_scipy() -> None:
    """scipy.stats.bootstrap's BCa on its own replicates: same bias constant, jackknife acceleration and quantiles."""
    x = np.random.default_rng(5).gamma(2.0, size=40)

    def spread(sample: np.ndarray, axis: int = -1) -> np.ndarray:
        return np.asarray(np.std(sample, axis=axis))

    theirs = stats.bootstrap((x,), spread, method="BCa", n_resamples=1999, random_state=np.random.default_rng(8))
    left_out = np.asarray([[spread(np.delete(x, i))] for i in range(len(x))])
    a = acceleration(pseudo_totals(left_out, Sampling.of(len(x))))
    draws = theirs.bootstrap_distribution[:, None]
    ours = interval(spread(x)[None], draws, 0.95, "bca", a)
    assert ours.low[0] == pytest.approx(theirs.confidence_interval.low, rel=1e-10)
    assert ours.high[0] == pytest.approx(theirs.confidence_interval.high, rel=1e-10)
    assert ours.se[0] == pytest.approx(theirs.standard_error, rel=1e-10)
    plain = interval(spread(x)[None], draws, 0.95, "bc")
    assert plain.low[0] != pytest.approx(ours.low[0], rel=1e-4), "the acceleration must matter here"


@pytest.mark.parametrize("kind", ["bc", "bca", "studentised"])
def test_p_value_is_the_level_at_which_zero_leaves_the_interval(kind: str) -> None:
    """Inside by 1 percent point, outside by 1: the resolution that 4 000 replicates allow."""
    rng = np.random.default_rng(2)
    draws = rng.gamma(4.0, 0.25, size=(4000, 1)) - 0.45
    point = np.asarray([0.5])
    errors = (np.asarray([0.5]), 0.5 * np.sqrt(np.abs(draws + 0.6)))
    a = np.asarray([0.05])
    p = interval(point, draws, 0.95, kind, a, errors).p[0]  # type: ignore[arg-type]
    assert 0.02 < p < 0.98
    wide = interval(point, draws, 1 - p + 0.01, kind, a, errors)  # type: ignore[arg-type]
    narrow = interval(point, draws, 1 - p - 0.01, kind, a, errors)  # type: ignore[arg-type]
    assert wide.low[0] < 0 < wide.high[0]
    assert narrow.low[0] > 0 or narrow.high[0] < 0


def test_studentised_interval_of_a_mean_is_the_textbook_one() -> None:
    """Index with equal weights: t statistics of every replicate by hand (Davison & Hinkley 1997, example 5.2)."""
    model, x, _ = survey_data(n=40, share=0)
    layout, statistic = statistic_of(model, rule="equal")
    rows, sampling = rows_of(model, x), Sampling.of(40)
    plan = Multinomial(40, 60, 3)
    draws = replicate(rows, plan, "listwise", statistic).values
    inside = replicate_errors(rows, plan, sampling, "listwise", Near(lambda _: statistic))
    at = layout.blocks["index"].start
    score = ((x[:, :3] - 1) / 9 * 100).mean(axis=1)
    for b, counts in enumerate(plan.counts(0, 60)):
        drawn = np.repeat(score, counts.astype(int))
        assert draws[b, at] == pytest.approx(drawn.mean(), rel=1e-10)
        assert inside[b, at] == pytest.approx(drawn.std(ddof=1) / np.sqrt(40), rel=1e-6)


def test_replicate_errors_of_the_adjusted_r2_count_every_answer_drawn() -> None:
    """1 - (1 - R2) (n - 1) / (n - k - 1) of a replicate has n answers, though some respondents were drawn twice."""
    model, x, _ = survey_data(n=40, share=0)
    layout, statistic = statistic_of(model, rule="equal")
    rows, plan = rows_of(model, x), Multinomial(40, 8, 3)
    inside = replicate_errors(rows, plan, Sampling.of(40), "listwise", Near(lambda _: statistic))
    plain, adjusted = (inside[:, layout.blocks[name]] for name in ("r2", "r2_adj"))
    causes = [sum(effect == name for _, effect in model.paths) for name in layout.subjects["r2"]]
    factor = np.asarray([39 / (40 - k - 1) for k in causes])
    np.testing.assert_allclose(adjusted, plain * factor, rtol=1e-9)


def test_replicate_errors_of_clusters_count_clusters_drawn_twice() -> None:
    """With four clusters drawn from five, the error of a weighted total's mean is that of the drawn cluster totals."""
    model, x, _ = survey_data(n=60, share=0)
    layout, statistic = statistic_of(model, rule="equal")
    rows, code = rows_of(model, x), np.arange(60) // 12
    sampling = Sampling.of(60, None, code)
    plan = Clustered(sampling, 12, 4)
    inside = replicate_errors(rows, plan, sampling, "listwise", Near(lambda _: statistic))
    at = layout.blocks["index"].start
    score = ((x[:, :3] - 1) / 9 * 100).mean(axis=1)
    means = pd.Series(score).groupby(code).mean().to_numpy()
    for b, times in enumerate(plan.times(0, 12)):
        drawn = np.repeat(means, times.astype(int))
        assert inside[b, at] == pytest.approx(drawn.std(ddof=1) / 2, rel=1e-6)  # sqrt(4 clusters) = 2


def test_a_failed_jackknife_replicate_is_made_good_by_the_others() -> None:
    values = np.random.default_rng(1).normal(size=(400, 3))
    sampling = Sampling.of(400)
    whole = jackknife_variance(values, sampling)[0]
    values[:20, 1] = np.nan
    holed = jackknife_variance(values, sampling)[0]
    assert holed[0] == whole[0]
    assert holed[1] == pytest.approx(whole[1], rel=0.2)
    values[:399, 2] = np.nan
    assert np.isnan(jackknife_variance(values, sampling)[0][2])


def test_effective_degrees_of_freedom() -> None:
    """Normal contributions have those of the design, chi-squared ones of one df (kurtosis 15) a seventh, one unit 1."""
    rng = np.random.default_rng(6)
    sampling = Sampling.of(20_000)
    totals = np.stack([rng.normal(size=20_000), rng.normal(size=20_000) ** 2, np.ones(20_000)], axis=1)
    df = effective_df(totals, sampling)
    assert df[0] == pytest.approx(20_000, rel=0.05)
    assert df[1] == pytest.approx(20_000 / 7, rel=0.25)
    assert df[2] == 19_999
    one = np.zeros((50, 1))
    one[3] = 1.0
    assert 1 <= effective_df(one, Sampling.of(50))[0] < 3
    strata = Sampling.of(40, np.repeat(np.arange(20), 2))
    assert effective_df(rng.normal(size=(40, 5)), strata).max() <= 20


def test_a_replicate_without_variance_has_no_studentised_value() -> None:
    """Clusters with the same share of complaints have a standard error of rounding noise, and no t statistic."""
    rng = np.random.default_rng(4)
    draws, inside = rng.normal(size=(300, 1)), np.full((300, 1), 1.0)
    plain = interval(np.zeros(1), draws, 0.95, "studentised", None, (np.ones(1), inside))
    inside[:40] = 1e-17
    left_out = interval(np.zeros(1), draws, 0.95, "studentised", None, (np.ones(1), inside))
    alone = interval(np.zeros(1), draws[40:], 0.95, "studentised", None, (np.ones(1), inside[40:]))
    assert (left_out.low, left_out.high) == (alone.low, alone.high)
    assert abs(left_out.high[0] - plain.high[0]) < 0.5
