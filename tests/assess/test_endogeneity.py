"""Copulas, instruments and markers: check values, closed forms, planted endogeneity, refusals."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from samples import chain
from scipy import stats
from sources import answers, ecsi, fit_of, mobi, rows_of

from csimodels.assess import (
    Instruments,
    copula_test,
    copula_values,
    marker_adjusted,
    two_stage_least_squares,
)
from csimodels.errors import SpecError
from csimodels.estimate import PLS, Design
from csimodels.moments import Given, Jackknife, Moments, Multinomial, Rows
from csimodels.spec import Construct, Item, Model

TIGHT = PLS(tol=1e-12, max_iter=1000)


def test_copula_of_quality_in_the_satisfaction_equation() -> None:
    model = ecsi()
    x, design = answers(model, mobi()), Design.of(model)
    found = copula_test(rows_of(model, x), design, TIGHT, Multinomial(250, 20, 1), "Satisfaction", ("Quality",))
    assert found.names[-1] == "copula of Quality"
    assert found.value[-1] == pytest.approx(0.263399, abs=1e-6)  # F27
    assert found.value[2] == pytest.approx(0.268857, abs=1e-6)
    assert found.plain[2] == pytest.approx(0.512024, abs=1e-6)
    assert found.normal_p[0] == pytest.approx(1.0e-5, rel=0.1)
    fit = fit_of(model, x, TIGHT)
    scores = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1) @ fit.weights
    share = np.minimum(stats.rankdata(scores[:, 2], method="max") / 250, 250 / 251)
    z = sm.add_constant(np.column_stack([scores[:, :4], stats.norm.ppf(share)]))
    direct = sm.OLS(scores[:, 4], z).fit()
    assert direct.params[1:] == pytest.approx(found.value, abs=1e-9)
    assert direct.tvalues[-1] == pytest.approx(1.513, abs=5e-4)


def test_counts_are_repeated_rows_in_ranks_and_in_the_equation() -> None:
    rng = np.random.default_rng(1)
    scores = np.round(rng.normal(size=40), 1)  # ties
    counts = rng.integers(0, 4, 40).astype(float)
    times = counts.astype(int)
    repeated = copula_values(np.repeat(scores, times), np.ones(times.sum()))
    assert np.repeat(copula_values(scores, counts), times) == pytest.approx(repeated, abs=1e-12)
    source = chain()
    x = source.draw(60, rng)
    drawn = Multinomial(60, 1, 5).counts(0, 1)[0].astype(int)
    resampled = copula_test(
        source.rows(x), source.design, TIGHT, Given(np.stack([drawn, drawn]).astype(float)), "C", ("A",)
    )
    again = copula_test(
        source.rows(np.repeat(x, drawn, axis=0)), source.design, TIGHT, Jackknife(drawn.sum()), "C", ("A",)
    )
    assert resampled.kept == resampled.asked == 2
    assert resampled.interval.low == pytest.approx(again.value, abs=1e-8)  # of two equal replicates


def _endogenous(n: int, shared: float, rng: np.random.Generator) -> np.ndarray:
    """A skewed predictor whose normal copula shares `shared` with the residual of `Y = X + e`."""
    hidden = rng.multivariate_normal([0, 0], [[1, shared], [shared, 1]], size=n)
    x = stats.gamma.ppf(stats.norm.cdf(hidden[:, 0]), 0.5)
    return np.column_stack([x, x / np.sqrt(0.5) * 0.7 + hidden[:, 1]])


def test_the_copula_finds_planted_endogeneity_and_corrects_the_path() -> None:
    model = Model("line", (Construct("X", (Item("x"),)), Construct("Y", (Item("y"),))), (("X", "Y"),))
    design, rng = Design.of(model), np.random.default_rng(6)
    x = _endogenous(2000, 0.5, rng)
    found = copula_test(Rows(("x", "y"), x, np.zeros(2)), design, PLS(), Multinomial(2000, 100, 1), "Y", ("X",))
    true = 0.7 / x[:, 1].std()
    assert found.interval.low[1] > 0 and abs(found.value[0] - true) < 0.1 < found.plain[0] - true
    rejected = []
    for number in range(60):
        x = _endogenous(200, 0.0, rng)
        test = copula_test(
            Rows(("x", "y"), x, np.zeros(2)), design, PLS(), Multinomial(200, 100, number), "Y", ("X",), kind="normal"
        )
        rejected.append(test.interval.low[1] > 0 or test.interval.high[1] < 0)
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)


def test_two_stage_least_squares_is_that_of_scores() -> None:
    model = ecsi()
    x, design = answers(model, mobi()), Design.of(model)
    fit = fit_of(model, x, TIGHT)
    scores = (x - x.mean(axis=0)) / x.std(axis=0) @ fit.weights
    names = design.constructs
    found = two_stage_least_squares(fit, Instruments.of(design, "Loyalty", ("Satisfaction",), ("Quality", "Value")))
    sources = [names[j] for j in design.predecessors[names.index("Loyalty")]]
    of = {name: scores[:, names.index(name)] for name in names}
    z = np.column_stack([of["Image"], of["Complaints"], of["Quality"], of["Value"]])
    first = sm.OLS(of["Satisfaction"], sm.add_constant(z)).fit()
    predicted = np.column_stack([first.fittedvalues if s == "Satisfaction" else of[s] for s in sources])
    second = sm.OLS(of["Loyalty"], sm.add_constant(predicted)).fit()
    assert found.paths == pytest.approx(second.params[1:], abs=1e-9)
    f_test = first.f_test(np.eye(5)[3:])
    assert found.first_stage_f[0] == pytest.approx(float(f_test.fvalue), rel=1e-9)
    residual = of["Loyalty"] - np.column_stack([of[s] for s in sources]) @ found.paths
    sargan = 250 * sm.OLS(residual, sm.add_constant(z)).fit().rsquared
    assert found.sargan == pytest.approx(sargan, rel=1e-9)
    assert found.sargan_p == pytest.approx(stats.chi2.sf(sargan, 1), rel=1e-9)
    exact = two_stage_least_squares(fit, Instruments.of(design, "Loyalty", ("Satisfaction",), ("Quality",)))
    assert np.isnan(exact.sargan) and np.isnan(exact.sargan_p)


def test_instruments_repair_a_path_that_least_squares_overstates() -> None:
    rng, n = np.random.default_rng(3), 20_000
    z, noise = rng.normal(size=n), rng.normal(size=n)
    x = 0.7 * z + 0.6 * noise + 0.4 * rng.normal(size=n)
    y = 0.5 * x + 0.8 * noise + 0.3 * rng.normal(size=n)
    names = ("Z", "X", "Y")
    model = Model("iv", tuple(Construct(a, (Item(a.lower()),)) for a in names), (("Z", "X"), ("X", "Y")))
    rows = Rows(("z", "x", "y"), np.column_stack([z, x, y]), np.zeros(3))
    counts = Multinomial(n, 4, 1).counts(0, 4)
    fit = PLS()(Design.of(model), Moments.from_sums(rows.sums(counts)))
    found = two_stage_least_squares(fit, Instruments.of(Design.of(model), "Y", ("X",), ("Z",)))
    true = 0.5 * x.std() / y.std()
    assert found.paths[:, 0] == pytest.approx(true, abs=0.04) and (found.ordinary[:, 0] > true + 0.2).all()


def test_what_is_no_instrument_is_named() -> None:
    design = Design.of(ecsi())
    with pytest.raises(SpecError, match="unknown constructs"):
        Instruments.of(design, "Loyalty", ("Satisfaction",), ("Price",))
    with pytest.raises(SpecError) as caught:
        Instruments.of(design, "Satisfaction", ("Value", "Image"), ("Loyalty",))
    text = str(caught.value)
    assert "fewer instruments" in text and "effect of the target" in text
    with pytest.raises(SpecError, match="no path to the target"):
        Instruments.of(design, "Satisfaction", ("Value",), ("Quality",))
    with pytest.raises(SpecError, match="must have a path"):
        Instruments.of(design, "Satisfaction", ("Complaints",), ("Loyalty",))
    rows = chain().rows(chain().draw(30, np.random.default_rng(1)))
    with pytest.raises(SpecError, match="not among them: C"):
        copula_test(rows, chain().design, PLS(), Multinomial(30, 2, 1), "B", ("C",))


def test_marker_takes_the_smallest_correlation_out() -> None:
    model = ecsi()
    fit = fit_of(model, answers(model, mobi()), PLS())
    found = marker_adjusted(fit, np.asarray([0.2, -0.05, 0.3, 0.1, 0.2, 0.1, 0.4]))
    assert found.shared == pytest.approx(0.05)
    off = ~np.eye(7, dtype=bool)
    assert found.correlations[off] == pytest.approx(((fit.correlations - 0.05) / 0.95)[off])
    assert np.diagonal(found.correlations) == pytest.approx(1.0)
    none = marker_adjusted(fit, np.zeros(7))
    assert none.paths == pytest.approx(fit.paths, abs=1e-12)
