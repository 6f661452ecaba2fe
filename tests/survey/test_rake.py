"""Raking: the algorithm against other packages and its own definition, and what is said when a survey is raked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_forms import ITEMS, frame, model

from csimodels.errors import DataError, SpecError
from csimodels.moments.rake import rake, raking_factors
from csimodels.spec.model import DataSpec, Margin, Model, ReplicateSpec
from csimodels.survey import Survey, read_survey

REFERENCE = Path(__file__).resolve().parent / "reference"

SEX = Margin("sex", (("f", 0.52), ("m", 0.48)))
AREA = Margin("area", (("1", 0.5), ("2", 0.3), ("3", 0.2)))


def draw(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Weights, codes of margins with 2, 3 and 4 categories, and shares that the data can meet."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.permutation(np.arange(n) % k) for k in (2, 3, 4)], axis=1)
    weights = rng.gamma(2.0, 1.0, n) + 0.1
    tilted = weights * np.exp(sum(rng.normal(0, 0.4, k)[codes[:, m]] for m, k in enumerate((2, 3, 4))))
    targets = [np.bincount(codes[:, m], tilted, k) for m, k in enumerate((2, 3, 4))]
    return weights, codes, targets


def shares(weights: np.ndarray, code: np.ndarray) -> np.ndarray:
    return np.bincount(code, weights) / weights.sum()


# ---- the algorithm -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rake_loglin.json", "rake_ipfn.json"])
def test_same_weights_as_other_packages(name: str) -> None:
    given_ = json.loads((REFERENCE / "rake_loglin.json").read_text(encoding="utf-8"))
    expected = json.loads((REFERENCE / name).read_text(encoding="utf-8"))["raked"]
    targets = [np.asarray(target) for target in given_["targets"]]
    done, converged = rake(np.asarray(given_["weights"]), np.asarray(given_["codes"]), targets)
    assert converged
    np.testing.assert_allclose(done, expected, rtol=1e-10)  # both stop at shares within 1e-12 of the targets


def test_one_margin_is_post_stratification_in_one_step() -> None:
    weights, codes, targets = draw(1)
    code, target = codes[:, 1], targets[1]
    closed = weights * (target / target.sum() * weights.sum() / np.bincount(code, weights))[code]
    done = raking_factors(weights, codes[:, 1:2], [target])
    np.testing.assert_allclose(weights * done.values, closed, rtol=1e-14)
    assert (bool(done.converged), int(done.iterations)) == (True, 1)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_margins_are_met_the_sum_is_kept_and_log_factors_are_additive(seed: int) -> None:
    weights, codes, targets = draw(seed)
    done, converged = rake(weights, codes, targets)
    assert converged
    assert done.sum() == pytest.approx(weights.sum(), rel=1e-12)
    for m, target in enumerate(targets):
        np.testing.assert_allclose(shares(done, codes[:, m]), target / target.sum(), atol=1e-10)
    # the minimum of sum v log(v / w) under the margins is v = w exp(a + b + c), one number for each category
    dummies = np.concatenate([np.eye(k)[codes[:, m]] for m, k in enumerate((2, 3, 4))], axis=1)
    log_factor = np.log(done / weights)
    fitted = dummies @ np.linalg.lstsq(dummies, log_factor, rcond=None)[0]
    np.testing.assert_allclose(log_factor, fitted, atol=1e-10)


def test_every_element_of_a_batch_comes_out_as_it_does_alone() -> None:
    weights, codes, targets = draw(3)
    rng = np.random.default_rng(3)
    batch = weights * rng.integers(0, 4, (2, 5, len(weights)))
    batch[1, 2] = np.where(codes[:, 2] == 3, 0.0, batch[1, 2])  # a category without weight
    batch[0, 4] = 0.0
    done = raking_factors(batch, codes, targets)
    assert done.values.shape == batch.shape
    assert done.converged.shape == done.iterations.shape == (2, 5)
    assert np.argwhere(~done.converged).tolist() == [[0, 4], [1, 2]]
    assert np.isfinite(done.values).all()
    for place in np.ndindex(2, 5):
        one = raking_factors(batch[place], codes, targets)
        assert np.array_equal(one.values, done.values[place])
        assert one.iterations == done.iterations[place]
    assert rake(batch[:0], codes, targets)[0].shape == (0, 5, len(weights))


def test_raking_twice_is_raking_the_product() -> None:
    weights, codes, targets = draw(4)
    counts = np.random.default_rng(4).integers(0, 3, (20, len(weights))).astype(float)
    once = rake(weights, codes, targets)[0]
    direct, ok = rake(counts * weights, codes, targets)
    again, too = rake(counts * once, codes, targets)
    assert ok.all()
    assert too.all()
    scale = direct.sum(axis=1, keepdims=True) / again.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(again * scale, direct, rtol=1e-8, atol=1e-12)  # margins within 1e-12, ill-conditioned


def test_contradicting_margins_do_not_converge() -> None:
    # all f are in area 1 and all m in area 2: sex fixes area
    codes = np.array([[0, 0], [0, 0], [1, 1], [1, 1]])
    done = raking_factors(np.ones(4), codes, [np.array([0.5, 0.5]), np.array([0.7, 0.3])], max_iter=50)
    assert (bool(done.converged), int(done.iterations)) == (False, 50)
    assert np.isfinite(done.values).all()


# ---- a survey ------------------------------------------------------------------------------------------------------


def people(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    data = frame(n)
    data["sex"] = rng.choice(["f", "m"], n, p=[0.4, 0.6])
    data["area"] = rng.integers(1, 4, n)
    return data


def raked_model(*margins: Margin, **data: object) -> Model:
    return model(replace(DataSpec(), rake=margins, **data))


def in_file_order(survey: Survey, values: np.ndarray) -> np.ndarray:
    out = np.empty_like(values)
    out[survey.row - 1] = values
    return out


def fails(data: pd.DataFrame, spec: Model, *words: str, kind: type = DataError) -> None:
    with pytest.raises(kind) as caught:
        read_survey(data, spec)
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_weights_of_a_survey_are_raked_and_it_is_said() -> None:
    data = people()
    survey = read_survey(data, raked_model(SEX, AREA, weight="w"))
    assert survey.weights is not None
    assert survey.margins is not None
    for m, (margin, column) in enumerate(((SEX, "sex"), (AREA, "area"))):
        names = [str(value) for value in data[column].to_numpy()[survey.row - 1]]
        assert [margin.shares[k][0] for k in survey.margins[:, m]] == names
        np.testing.assert_allclose(survey.targets[m], [share for _, share in margin.shares])
        np.testing.assert_allclose(shares(survey.weights, survey.margins[:, m]), survey.targets[m], atol=1e-10)
    assert survey.weights.sum() == pytest.approx(data["w"].sum(), rel=1e-12)
    log = {(entry.step, entry.subject): entry for entry in survey.log}
    women = data.loc[data["sex"] == "f", "w"].sum() / data["w"].sum()
    assert log["margin", "sex"].detail == f"f {women:.4f} to 0.5200, m {1 - women:.4f} to 0.4800"
    said = log["weights raked", "sex, area"]
    before, after = data["w"].to_numpy()[survey.row - 1], survey.weights
    factors = after / before
    effect = [f"{1 + (w.std() / w.mean()) ** 2:.4f}" for w in (before, after)]
    assert said.count == 60
    assert f"factors {factors.min():.4g} to {factors.max():.4g}" in said.detail
    assert said.detail.endswith(f"design effect of the weights (1 + cv^2) {effect[0]} to {effect[1]}")
    assert "iterations; " in said.detail


def test_without_weights_every_row_starts_with_one() -> None:
    survey = read_survey(people(), raked_model(SEX))
    assert survey.weights is not None
    size = np.bincount(survey.margins[:, 0])
    np.testing.assert_allclose(survey.weights, (60 * np.array([0.52, 0.48]) / size)[survey.margins[:, 0]], rtol=1e-13)


@pytest.mark.parametrize("scale", [100.0, 1_400_000.0])
def test_percentages_and_counts_mean_the_same_as_shares(scale: float) -> None:
    many = Margin("area", tuple((name, share * scale) for name, share in AREA.shares))
    one, two = (read_survey(people(), raked_model(SEX, m, weight="w")) for m in (AREA, many))
    np.testing.assert_allclose(one.weights, two.weights, rtol=1e-12)


def test_replicate_weights_are_raked_too() -> None:
    data = people()
    rng = np.random.default_rng(2)
    counts = rng.multinomial(60, np.full(60, 1 / 60), size=8)
    names = [f"rw{r}" for r in range(1, 9)]
    data[names] = counts.T * data["w"].to_numpy()[:, None]
    survey = read_survey(data, raked_model(SEX, AREA, weight="w", replicate_weights=ReplicateSpec(("rw*",))))
    assert survey.replicate_weights is not None
    for r in range(8):
        for m in (0, 1):
            np.testing.assert_allclose(
                shares(survey.replicate_weights[:, r], survey.margins[:, m]), survey.targets[m], atol=1e-10
            )
        alone = read_survey(data[data[names[r]] > 0], raked_model(SEX, AREA, weight=names[r]))
        mine = in_file_order(survey, survey.replicate_weights[:, r])
        back = np.zeros(60)
        back[np.flatnonzero(data[names[r]] > 0)[alone.row - 1]] = alone.weights
        np.testing.assert_allclose(mine, back, rtol=1e-9)
    assert [e.count for e in survey.log if e.step == "replicate weights raked"] == [8]


def test_rows_and_columns_in_another_order_give_the_same_weights() -> None:
    data = people()
    data.loc[10:, list(ITEMS)] = 3.0  # many ties in the answers
    data.loc[11, "SAT1"] = 4.0
    spec = raked_model(SEX, AREA, weight="w")
    data["w"] = np.round(data["w"] * 2) / 2
    one = read_survey(data, spec)
    shuffled = data.sample(frac=1, random_state=1)[list(data.columns[::-1])]
    two = read_survey(shuffled, spec)
    for name in ("x", "weights", "margins"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name


def test_select_keeps_weights_and_margins() -> None:
    survey = read_survey(people(), raked_model(SEX, AREA, weight="w"))
    mask = survey.x[:, 0] > 5
    part = survey.select(mask)
    assert np.array_equal(part.weights, survey.weights[mask])
    assert np.array_equal(part.margins, survey.margins[mask])
    assert part.targets == survey.targets


def test_zero_weights_leave_before_raking() -> None:
    data = people()
    data.loc[data["area"] == 3, "w"] = 0.0
    fails(data, raked_model(AREA, weight="w"), "no respondent is in a category of the margin", "found:   3")


def test_categories_that_do_not_fit_all_at_once() -> None:
    data = people()
    data["sex"] = data["sex"].astype(object)
    data.loc[[2, 6], "sex"] = ["F", "x"]
    data.loc[4, "sex"] = None
    data.loc[data["area"] == 3, "area"] = 2
    fails(
        data,
        raked_model(SEX, AREA),
        "3 problems",
        'rake column "sex" is empty in 1 row',
        "rows 5",
        'rake column "sex" holds categories without a share',
        "F (1 time: row 3), x (1 time: row 7)",
        'did you mean "f"?',
        'rake column "area": no respondent is in a category of the margin',
        "the data hold 1, 2",
    )


def test_margins_that_contradict_each_other_are_named() -> None:
    data = people()
    data["area"] = np.where(data["sex"] == "f", 1, 2)
    two = Margin("area", (("1", 0.7), ("2", 0.3)))
    fails(
        data,
        raked_model(SEX, two),
        "the margins cannot be met together",
        "sex = f has 0.7 instead of 0.52",
        "join rare categories of sex and area",
    )


def test_a_category_without_weight_in_a_replicate_is_named() -> None:
    data = people()
    data["rw1"] = np.where(data["area"] == 3, 0.0, data["w"] * 1.5)
    data["rw2"] = data["w"] * 0.5
    spec = raked_model(AREA, weight="w", replicate_weights=ReplicateSpec(("rw1", "rw2"), kind="jk1"))
    fails(data, spec, "replicate weights: nobody with area = 3 has a weight above 0", "in rw1")


@pytest.mark.parametrize(
    ("margins", "words"),
    [
        ((Margin("sex", (("f", 0.5), ("m", 0.0))),), ["a share is not above zero", "m: 0.0"]),
        ((Margin("sex", (("f", float("nan")), ("m", 1.0))),), ["a share is not above zero", "f: nan"]),
        ((Margin("area", (("1", 0.5), ("1.0", 0.5))),), ["a category stands twice"]),
        ((Margin("sex", ()),), ["no category is given"]),
        ((SEX, SEX), ['column "sex" stands twice in rake']),
    ],
)
def test_margins_that_mean_nothing(margins: tuple[Margin, ...], words: list[str]) -> None:
    fails(people(), raked_model(*margins), *words, kind=SpecError)


def test_a_missing_rake_column_is_named() -> None:
    fails(
        people().rename(columns={"sex": "sexe"}), raked_model(SEX), 'no column "sex" for rake', 'did you mean "sexe"?'
    )
