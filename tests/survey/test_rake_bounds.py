"""Raked weights trimmed within bounds: against calibrate() of the R package survey, and replicate by replicate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.moments.design_replicates import Reraked
from csimodels.moments.rake import raking_factors
from csimodels.moments.replicates import Multinomial
from csimodels.spec import Model, dump_model, parse_model

#: Of ``rake_bounds.R``: the mean of y and its error, survey 4.1.1.
MEAN, SE = 5.654142835195026, 0.1842726204738985
BOUNDS = (0.6, 2.0)
SPEC = """\
csi: 1
constructs:
  A: {items: {y: {scale: [1, 10]}}}
  B: {items: {z: {scale: [1, 10]}}}
paths: {A: B}
index: A
data:
  weight: w
  rake: {sex: {f: 0.5, m: 0.5}, region: {n: 0.5, s: 0.25, e: 0.25}}
  rake_bounds: [0.6, 2]
"""


@pytest.fixture(scope="module")
def theirs() -> pd.DataFrame:
    frame = pd.read_csv(Path(__file__).with_name("rake_bounds.csv"))
    rng = np.random.default_rng(1)
    return frame.assign(z=np.clip(np.rint(frame["y"] * 0.5 + rng.normal(2.5, 2, len(frame))), 1, 10))


def model(text: str = SPEC) -> Model:
    return parse_model(text)


def margins(frame: pd.DataFrame) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    codes = np.stack([pd.Categorical(frame[c], k).codes for c, k in (("sex", list("fm")), ("region", list("nse")))], 1)
    return codes.astype(np.intp), (np.asarray([0.5, 0.5]), np.asarray([0.5, 0.25, 0.25]))


def test_factors_are_those_of_survey(theirs: pd.DataFrame) -> None:
    """R stops at 1e-13 of the totals, we at 1e-12 of the shares; factors are printed with 15 digits: 1e-8."""
    codes, targets = margins(theirs)
    done = raking_factors(theirs["w"].to_numpy(), codes, targets, bounds=BOUNDS)
    assert done.converged.all()
    assert done.values == pytest.approx(theirs["g"].to_numpy(), abs=1e-8)
    plain = raking_factors(theirs["w"].to_numpy(), codes, targets)
    wide = raking_factors(theirs["w"].to_numpy(), codes, targets, bounds=(1e-6, 1e6))
    assert wide.values == pytest.approx(plain.values, abs=1e-9)
    assert plain.values.max() > BOUNDS[1]


def residual_error(frame: pd.DataFrame, slope_weights: np.ndarray) -> float:
    """Error of the mean from ``g d (e - x'B)`` over all rows, B the regression with `slope_weights`."""
    weight, n = (frame["w"] * frame["g"]).to_numpy(), len(frame)
    deviation = frame["y"].to_numpy(float) - np.average(frame["y"], weights=weight)
    x = pd.get_dummies(frame[["sex", "region"]]).to_numpy(float)
    slope = np.linalg.lstsq(x.T @ (slope_weights[:, None] * x), x.T @ (slope_weights * deviation), rcond=None)[0]
    part = weight * (deviation - x @ slope) / weight.sum()
    return float(np.sqrt(n / (n - 1) * ((part - part.mean()) ** 2).sum()))


def test_the_error_is_the_derivative_at_the_sample(theirs: pd.DataFrame) -> None:
    """Each weight moved by a millionth and all raked anew, within the bounds: what a row adds, by differences.

    Central differences of 1e-5 with factors good to 1e-12: about 1e-6 of the error.
    """
    codes, targets = margins(theirs)
    weight, y, n, step = theirs["w"].to_numpy(), theirs["y"].to_numpy(float), len(theirs), 1e-5
    moved = weight * (1 + np.concatenate([np.eye(n), -np.eye(n)]) * step)
    after = moved * raking_factors(moved, codes, targets, bounds=BOUNDS).values
    mean = after @ y / after.sum(axis=1)
    part = (mean[:n] - mean[n:]) / (2 * step)
    result = cs.Study(model(), theirs, uncertainty=cs.Linearised()).run(progress=False)
    expected = np.sqrt(n / (n - 1) * (part**2).sum())
    assert 9 * result.index().iloc[0]["se"] / 100 == pytest.approx(expected, rel=1e-5)


def test_the_error_of_survey_is_that_of_a_regression_on_all_rows(theirs: pd.DataFrame) -> None:
    """R takes Deville & Saerndal's limit, in which the factors tend to 1 and no weight is at a bound: the regression of
    all rows with the weights before raking.  Ours leaves out the rows at a bound, whose factors do not move."""
    assert residual_error(theirs, theirs["w"].to_numpy()) == pytest.approx(SE, abs=1e-9)


def test_the_study_uses_them_and_says_how_many_are_trimmed(theirs: pd.DataFrame) -> None:
    """The mean is R's; its error 9 % above R's (the two tests before say why).  The jackknife, each row left out and
    all raked anew, differs by what is not linear: 1 %."""
    result = cs.Study(model(), theirs, uncertainty=cs.Linearised()).run(progress=False)
    row = result.index().iloc[0]
    assert 1 + 9 * row["index"] / 100 == pytest.approx(MEAN, abs=1e-9)
    assert 9 * row["se"] / 100 == pytest.approx(1.0919 * SE, rel=1e-3)
    log = result.survey_log.set_index("step").loc["raked weights trimmed"]
    assert log["count"] == 53
    assert log["detail"] == "46 of 120 at the lower bound 0.6, 7 at the upper bound 2"
    again = cs.Study(model(), theirs, uncertainty=cs.Jackknife()).run(progress=False).index().iloc[0]
    assert again["se"] == pytest.approx(row["se"], rel=0.015)  # left out and trimmed anew, one by one


def test_every_replicate_is_trimmed_from_the_weights_before_raking(theirs: pd.DataFrame) -> None:
    codes, targets = margins(theirs)
    before = theirs["w"].to_numpy()
    factor = raking_factors(before, codes, targets, bounds=BOUNDS).values
    plan = Multinomial(len(theirs), 6, 3)
    got = Reraked(plan, before * factor, codes, targets, BOUNDS, factor).counts(0, 6)
    for r, counts in enumerate(plan.counts(0, 6)):
        direct = raking_factors(before * counts, codes, targets, bounds=BOUNDS)
        assert before * factor * got[r] == pytest.approx(before * counts * direct.values, abs=1e-6)


def test_replicates_that_no_weights_can_match_are_counted(theirs: pd.DataFrame) -> None:
    """Of the same draws, raked one by one with all the sweeps that raking takes elsewhere."""
    codes, targets = margins(theirs)
    before = theirs["w"].to_numpy()
    factor = raking_factors(before, codes, targets, bounds=BOUNDS).values
    plan = Multinomial(len(theirs), 40, 1)
    done = raking_factors(before * plan.counts(0, 40), codes, targets, 1e-8, 100, BOUNDS)
    assert Reraked(plan, before * factor, codes, targets, BOUNDS, factor).unmet() == (~done.converged).sum() > 10
    how = cs.Bootstrap(replicates=40, seed=1, interval="normal")
    said = cs.Study(model(), theirs, uncertainty=how).run(progress=False).notes
    assert any("of 40 replicates the margins are not met within rake_bounds" in note for note in said)
    wide = model(SPEC.replace("[0.6, 2]", "[0.2, 6]"))
    assert not any("rake_bounds" in note for note in cs.Study(wide, theirs, uncertainty=how).run(progress=False).notes)


def test_bounds_that_cannot_be_met_are_named(theirs: pd.DataFrame) -> None:
    tight = model(SPEC.replace("[0.6, 2]", "[0.95, 1.1]"))
    with pytest.raises(cs.DataError, match="widen rake_bounds"):
        cs.Study(tight, theirs).run(progress=False)


@pytest.mark.parametrize("bounds", ["[2, 3]", "[0.3]", "[-1, 3]", "[3, 0.3]", "[0.3, .inf]", "{low: 1}"])
def test_wrong_bounds(bounds: str) -> None:
    with pytest.raises(cs.SpecError, match="rake_bounds"):
        model(SPEC.replace("[0.6, 2]", bounds))


def test_bounds_need_margins_and_come_back() -> None:
    with pytest.raises(cs.SpecError, match="rake_bounds trim"):
        model("csi: 1\nextends: acsi\ndata: {file: a.csv, rake_bounds: [0.3, 3]}\n")
    assert parse_model(dump_model(model())) == model()
    assert model().hash != model(SPEC.replace("  rake_bounds: [0.6, 2]\n", "")).hash


def test_replicates_that_were_drawn_are_not_raked_again_to_count_misses(
    theirs: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, targets = margins(theirs)
    before = theirs["w"].to_numpy()
    factor = raking_factors(before, codes, targets, bounds=BOUNDS).values
    plan = Reraked(Multinomial(len(theirs), 40, 1), before * factor, codes, targets, BOUNDS, factor)
    counted = Reraked(plan.plan, before * factor, codes, targets, BOUNDS, factor).unmet()
    plan.drawn(20, 40)
    plan.drawn(0, 20)

    def again(*_: object, **__: object) -> None:
        raise AssertionError("raked twice")

    monkeypatch.setattr("csimodels.moments.design_replicates.cell_factors", again)
    assert plan.unmet() == counted
