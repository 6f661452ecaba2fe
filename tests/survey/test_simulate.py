"""The simulator: exact moments, drawn moments, what it writes, and what it refuses."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from csimodels.errors import SpecError
from csimodels.estimate import Design, PLSc
from csimodels.simulation import ordinal
from csimodels.simulation.simulate import Population, simulate
from csimodels.spec import parse_model
from csimodels.spec.model import Construct, DataSpec, DesignSpec, IndexSpec, Item, Model
from csimodels.survey import read_survey

YES_NO = (("yes", 1.0), ("no", 0.0))


def small_model(**changes: Any) -> Model:
    """Three constructs in a chain; ten, twenty-six, five and two answers."""
    model = Model(
        "small",
        (
            Construct("A", (Item("a1"), Item("a2", scale=(0, 25)))),
            Construct("B", (Item("b1"), Item("b2", scale=(1, 5)))),
            Construct("C", (Item("c1", scale=(0, 1), values=YES_NO),)),
        ),
        (("A", "B"), ("B", "C")),
        index=IndexSpec("B"),
    )
    return replace(model, **changes)


CHAIN = Population(paths={("A", "B"): 0.5, ("B", "C"): 0.6}, levels={"A": 70, "B": 80, "C": 30}, reliability={"C": 0.4})


# ---------------------------------------------------------------- marginals


@settings(max_examples=60, deadline=None)
@given(
    size=st.sampled_from([4, 5, 7, 10, 11, 26, 101]),
    mean=st.floats(15, 90),
    share=st.floats(0.45, 0.75),
)
def test_marginal_has_exactly_the_stated_mean_and_sd(size: int, mean: float, share: float) -> None:
    points = np.linspace(0, 100, size)
    sd = max(share, 1.05 / math.sqrt(size - 1)) * math.sqrt(mean * (100 - mean))
    p = ordinal.marginal(points, mean, sd)
    assert p is not None
    assert p.min() >= 0
    assert p.sum() == pytest.approx(1, abs=1e-12)
    assert points @ p == pytest.approx(mean, abs=1e-7)
    assert math.sqrt((points - mean) ** 2 @ p) == pytest.approx(sd, abs=1e-7)


def test_marginal_has_the_stated_skewness_and_leans_left_by_itself() -> None:
    points = np.linspace(0, 100, 10)
    usual = ordinal.marginal(points, 75, 20)
    stated = ordinal.marginal(points, 75, 20, -0.3)
    assert usual is not None
    assert stated is not None
    assert ((points - 75) / 20) ** 3 @ usual < -0.4
    assert ((points - 75) / 20) ** 3 @ stated == pytest.approx(-0.3, abs=1e-8)
    assert points @ stated == pytest.approx(75, abs=1e-8)


def test_marginal_of_two_answers_is_the_share() -> None:
    assert ordinal.marginal(np.array([0.0, 100.0]), 18.0, 20.0, -3.0) == pytest.approx([0.82, 0.18])


@pytest.mark.parametrize(("sd", "skew"), [(49.0, None), (3.0, None), (20.0, 4.0), (20.0, -9.0)])
def test_impossible_moments_have_no_marginal(sd: float, skew: float | None) -> None:
    assert ordinal.marginal(np.linspace(0, 100, 10), 75.0, sd, skew) is None


def test_answers_of_a_scale() -> None:
    assert ordinal.answers(Item("x")).tolist() == list(range(1, 11))
    assert ordinal.answers(Item("x", scale=(0, 25))).size == 26
    assert ordinal.answers(Item("x", scale=(0, 1), values=YES_NO)).tolist() == [0, 1]
    assert ordinal.answers(Item("x", scale=(0, 2), values=(("half", 0.5),))).tolist() == [0, 0.5, 2]
    assert ordinal.answers(Item("x", scale=(0, 1000))).size == 101


# ---------------------------------------------------------------- exact correlations


def by_bivariate_normal(values: list[np.ndarray], cuts: list[np.ndarray], rho: float) -> float:
    """Correlation of two cut normals by summing bivariate normal probabilities, the long way."""
    edges = [np.concatenate([[-12.0], c, [12.0]]) for c in cuts]
    upper = np.array([[multivariate_normal.cdf([a, b], cov=[[1, rho], [rho, 1]]) for b in edges[1]] for a in edges[0]])
    joint = np.diff(np.diff(upper, axis=0), axis=1)
    left, right = joint.sum(axis=1), joint.sum(axis=0)
    x, y = values[0] - left @ values[0], values[1] - right @ values[1]
    return float(x @ joint @ y / math.sqrt((left @ x**2) * (right @ y**2)))


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.2, 0.75, 0.96])
@pytest.mark.parametrize("means", [(75.0, 60.0, 10), (88.0, 20.0, 2)])
def test_series_agrees_with_the_bivariate_normal_distribution(rho: float, means: tuple[float, float, int]) -> None:
    first, second, size = means
    grids = [np.linspace(0, 100, 10), np.linspace(0, 100, size)]
    shares = [ordinal.marginal(grids[0], first, 18.0), ordinal.marginal(grids[1], second, 22.0)]
    cuts = [ordinal.cuts(s) for s in shares if s is not None]
    sd = np.array([math.sqrt((g - m) ** 2 @ s) for g, m, s in zip(grids, (first, second), shares, strict=True)])
    got = ordinal.correlations(grids, cuts, sd, np.array([[1, rho], [rho, 1]]))
    assert got[0, 1] == pytest.approx(by_bivariate_normal(grids, cuts, rho), abs=2e-6)
    assert got[0, 0] == 1


def test_yes_no_correlation_has_its_closed_form() -> None:
    two, cut = np.array([0.0, 100.0]), ordinal.cuts(np.array([0.5, 0.5]))
    got = ordinal.correlations([two, two], [cut, cut], np.array([50.0, 50.0]), np.array([[1, 0.7], [0.7, 1]]))
    assert got[0, 1] == pytest.approx(2 / math.pi * math.asin(0.7), abs=1e-9)  # Sheppard 1899


def test_cuts_give_the_shares_back() -> None:
    shares = np.array([1e-12, 0.1, 0.3, 0.4, 0.2 - 1e-12])
    assert norm.cdf(ordinal.cuts(shares)) == pytest.approx(np.cumsum(shares)[:-1], rel=1e-6)


# ---------------------------------------------------------------- the truth


def test_chain_has_the_correlations_worked_by_hand() -> None:
    group = simulate(small_model(), 10, seed=1, truth=CHAIN).truth.groups[0]
    assert group.latent == pytest.approx(np.array([[1, 0.5, 0.3], [0.5, 1, 0.6], [0.3, 0.6, 1]]))
    assert group.r2[1:] == pytest.approx([0.25, 0.36])
    assert group.mean == pytest.approx([1 + 9 * 0.7, 25 * 0.7, 1 + 9 * 0.8, 1 + 4 * 0.8, 0.3], abs=1e-7)
    assert group.loadings == pytest.approx([0.9, 0.87, 0.9, 0.87, math.sqrt(0.4)])
    assert group.capped == ()
    assert group.corr[0, 1] == pytest.approx(0.9 * 0.87, abs=0.03)  # up to the curvature that cutting adds
    assert group.corr[0, 4] == pytest.approx(0.9 * 0.3 * math.sqrt(0.4), abs=0.02)


def test_two_exogenous_constructs_and_a_suppressor_by_hand() -> None:
    model = Model(
        "y",
        tuple(Construct(c, (Item(f"{c}1"), Item(f"{c}2"))) for c in "ABY"),
        (("A", "Y"), ("B", "Y")),
        index=IndexSpec("Y"),
    )
    pop = Population(paths={("A", "Y"): 0.7, ("B", "Y"): -0.2}, exogenous=0.3)
    group = simulate(model, 5, seed=1, truth=pop).truth.groups[0]
    assert group.r2[2] == pytest.approx(0.49 + 0.04 - 2 * 0.7 * 0.2 * 0.3)
    assert group.latent[2, :2] == pytest.approx([0.7 - 0.2 * 0.3, -0.2 + 0.7 * 0.3])


def test_default_paths_share_the_explained_variance() -> None:
    group = simulate(small_model(), 5, seed=1).truth.groups[0]
    assert group.r2[1:] == pytest.approx([0.6, 0.2])  # 0.2 for the yes/no construct
    assert group.paths[1, 0] > 0
    assert group.paths[2, 1] < 0  # more satisfaction, fewer who complain


def test_higher_order_construct_is_made_of_its_dimensions() -> None:
    parts = tuple(Construct(c, (Item(f"{c}1"), Item(f"{c}2"))) for c in "AB")
    whole = Construct("H", (), measured="composite", of=("A", "B"))
    model = Model("h", (*parts, whole), (("A", "H"), ("B", "H")), index=IndexSpec("H"))
    drawn = simulate(model, 50, seed=1, truth=Population(exogenous=0.5))
    assert drawn.truth.groups[0].r2[2] == pytest.approx(1)
    assert drawn.truth.groups[0].latent[2, :2] == pytest.approx([math.sqrt(0.75)] * 2)
    assert list(drawn.data) == ["A1", "A2", "B1", "B2"]


def test_loading_beyond_a_coarse_scale_is_capped_and_said() -> None:
    drawn = simulate(small_model(), 10, seed=1, truth=replace(CHAIN, loadings={"a1": 0.999, "c1": 0.9}))
    group = drawn.truth.groups[0]
    assert group.capped == ("a1", "c1")
    assert group.stated[4] == 0.9
    assert group.loadings[4] < 0.8  # a yes/no answer cannot follow a normal variable more closely
    assert drawn.truth.to_dict()["groups"][0]["generating"]["capped"] == ["a1", "c1"]


def test_frame_is_tidy_and_moments_have_the_groups_as_batch() -> None:
    drawn = simulate(small_model(), 20, seed=3, groups={"x": CHAIN, "y": replace(CHAIN, exogenous=0.1)})
    frame = drawn.truth.frame()
    assert list(frame) == ["group", "quantity", "source", "target", "value"]
    path = frame[(frame.quantity == "path") & (frame.group == "y") & (frame.target == "C")]
    assert path.value.tolist() == [0.6]
    assert drawn.truth.moments().mean.shape == (2, 5)
    assert drawn.truth.moments().keys == (("x",), ("y",))
    assert simulate(small_model(), 20, seed=3, truth=CHAIN).truth.moments().batch == ()


def test_truth_file_is_the_same_on_a_rerun_and_holds_the_generating_values(tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        simulate(small_model(), 20, seed=3, truth=CHAIN).truth.to_json(tmp_path / name)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    read = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    assert read["items"] == ["a1", "a2", "b1", "b2", "c1"]
    assert read["groups"][0]["generating"]["path"] == {"A -> B": 0.5, "B -> C": 0.6}
    assert read["groups"][0]["mean"][4] == pytest.approx(0.3)
    assert np.asarray(read["groups"][0]["cov"]).shape == (5, 5)


# ---------------------------------------------------------------- draws


def errors_of_moments(x: np.ndarray, w: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """z values of weighted means and covariances about the true ones, with standard errors from the rows."""
    z = x - mean
    rows, cols = np.triu_indices(x.shape[1])
    parts = np.concatenate([z, z[:, rows] * z[:, cols] - cov[rows, cols]], axis=1) * (w / w.mean())[:, None]
    return parts.mean(axis=0) / (parts.std(axis=0) / math.sqrt(len(x)))


def test_two_million_draws_have_the_exact_moments() -> None:
    drawn = simulate(small_model(), 2_000_000, seed=8, truth=CHAIN)
    truth = drawn.truth.moments()
    x = drawn.data.to_numpy(float)
    assert np.abs(x.mean(axis=0) - truth.mean).max() < 4 * (truth.sd / math.sqrt(len(x))).max()
    assert np.abs(np.corrcoef(x.T) - truth.corr).max() < 4 / math.sqrt(len(x))


@pytest.mark.parametrize("informative", [0.0, 0.6])
def test_weighted_moments_are_those_of_the_stated_population(informative: float) -> None:
    pop = replace(CHAIN, weight_cv=0.6, informative=informative)
    drawn = simulate(small_model(), 60_000, seed=5, truth=pop)
    w = drawn.data.pop("weight").to_numpy()
    x, truth = drawn.data.to_numpy(float), drawn.truth.moments()
    assert np.abs(errors_of_moments(x, w, truth.mean, truth.cov)).max() < 4
    unweighted = np.abs(errors_of_moments(x, np.ones(len(x)), truth.mean, truth.cov)).max()
    assert unweighted > 20 if informative else unweighted < 4
    assert w.mean() == pytest.approx(1, abs=4 * 0.6 / math.sqrt(len(w)))
    assert w.std() / w.mean() == pytest.approx(0.6, rel=0.03)


def test_same_seed_same_survey_other_seed_another() -> None:
    model, pop = small_model(), replace(CHAIN, dont_know_share=0.05, missing_share=0.05, weight_cv=0.3)
    one, two, other = (simulate(model, 300, seed=s, truth=pop).data for s in (4, 4, 5))
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)


def test_groups_draw_independently_of_their_order_and_number() -> None:
    both = simulate(small_model(), {"x": 40, "y": 30}, seed=4, groups={"x": CHAIN, "y": CHAIN}).data
    swapped = simulate(small_model(), {"x": 40, "y": 30}, seed=4, groups={"y": CHAIN, "x": CHAIN}).data
    alone = simulate(small_model(), 30, seed=4, groups={"y": CHAIN}).data
    assert both.group.tolist() == ["x"] * 40 + ["y"] * 30
    y = both[both.group == "y"].reset_index(drop=True)
    pd.testing.assert_frame_equal(y, swapped[:30])
    pd.testing.assert_frame_equal(y, alone)
    assert not y.equals(both[:30].assign(group="y"))


# ---------------------------------------------------------------- what is written


def test_codes_and_blanks_come_in_their_shares() -> None:
    n = 20_000
    pop = replace(CHAIN, dont_know_share=0.06, missing_share=0.02, dont_know_codes=(98, 99))
    data = simulate(small_model(), n, seed=2, truth=pop).data
    for share, count in ((0.03, (data == 98).sum()), (0.03, (data == 99).sum()), (0.02, data.isna().sum())):
        assert (abs(count - n * share) < 4 * math.sqrt(n * share * (1 - share))).all()
    assert (data.dtypes == "Int64").all()
    left_blank = simulate(small_model(), n, seed=2, truth=replace(pop, dont_know_codes=())).data
    assert not (left_blank > 25).any(axis=None)
    assert left_blank.isna().mean().mean() == pytest.approx(0.08, abs=0.004)


def test_words_and_word_codes() -> None:
    pop = replace(CHAIN, dont_know_share=0.2, dont_know_codes=("DK",))
    data = simulate(small_model(), 400, seed=2, truth=pop, text=True).data
    assert set(data.c1) == {"yes", "no", "DK"}
    assert set(data.b2) <= {"1", "2", "3", "4", "5", "DK"}
    assert set(simulate(small_model(), 400, seed=2, truth=CHAIN).data.c1) == {0, 1}


def test_reversed_item_is_written_as_asked() -> None:
    model = small_model()
    turned = replace(model.constructs[0], items=(replace(model.items[0], reverse=True), model.items[1]))
    drawn = simulate(replace(model, constructs=(turned, *model.constructs[1:])), 500, seed=2, truth=CHAIN)
    straight = simulate(model, 500, seed=2, truth=CHAIN)
    assert (drawn.data.a1 == 11 - straight.data.a1).all()
    assert drawn.truth.moments().mean[0] == straight.truth.moments().mean[0]


def test_the_same_model_reads_what_was_written() -> None:
    spec = DataSpec(
        columns=(("a1", "q1"), ("c1", "q9")),
        missing_codes=(98, 99),
        weight="w",
        by=("bank",),
        where=(("year", 2026),),
        design=DesignSpec("region", "branch"),
    )
    model = small_model(data=spec)
    pop = replace(CHAIN, dont_know_share=0.05, missing_share=0.02, weight_cv=0.4)
    drawn = simulate(model, 500, seed=6, truth=pop, text=True)
    assert {"q1", "q9", "w", "bank", "year", "region", "branch"} <= set(drawn.data)
    survey = read_survey(drawn.data, model)
    assert survey.n == 500
    assert drawn.data.branch.is_unique
    truth = drawn.truth.moments()
    assert np.abs((np.nanmean(survey.x, axis=0) - truth.mean) / truth.sd).max() < 4 / math.sqrt(400)


# ---------------------------------------------------------------- refusals


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(SpecError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"paths": {("A", "B"): 1.2}}, ["construct B", "R2 = 1.440", "disturbance"]),
        ({"paths": {("A", "C"): 0.2}}, ["no such path", "A -> C", "A -> B, B -> C"]),
        ({"loadings": {"a11": 0.9}}, ["loadings", "a11", 'did you mean "a1"']),
        ({"loadings": 1.5}, ["loadings", "1.5", "-1 to 1"]),
        ({"loadings": {"a1": 0}}, ["loadings a1", "not 0"]),
        ({"levels": {"b": 50}}, ["levels", 'did you mean "B"']),
        ({"levels": {"B": 100}}, ["levels B", "both ends left out"]),
        ({"offsets": {"b1": 25.0}}, ["item b1", "105", "less than 100"]),
        ({"sd": 60}, ["item a1", "no distribution on 10 answers", "sd between"]),
        ({"sd": {"b1": 2.0}}, ["item b1", "no distribution"]),
        ({"skew": {"a1": 5.0}}, ["item a1", "skewness 5", "the usual skewness is"]),
        ({"skew": "left"}, ["skew", "'left'"]),
        ({"reliability": {"A": 0.8}}, ["reliability", "not a construct with a single item", "C"]),
        ({"r2": 1.0}, ["r2", "0 to 0.99"]),
        ({"exogenous": 1.0}, ["exogenous"]),
        ({"dont_know_share": -0.1}, ["dont_know_share", "-0.1"]),
        ({"dont_know_share": 0.6, "missing_share": 0.5}, ["too few answers would be left"]),
        ({"dont_know_share": 0.1, "dont_know_codes": (9,)}, ["item a1", "code 9", "1 to 10"]),
        ({"weight_cv": math.nan}, ["weight_cv", "nan"]),
        ({"informative": 0.3}, ["informative", "state weight_cv"]),
        ({"missing_share": True}, ["missing_share", "True"]),
    ],
)
def test_refused_populations(changes: dict[str, Any], words: list[str]) -> None:
    text = refused(lambda: simulate(small_model(), 10, seed=1, truth=replace(CHAIN, **changes)))
    assert [w for w in words if w not in text] == []


@pytest.mark.parametrize(
    ("n", "options", "words"),
    [
        (0, {}, ["whole number of at least 1", "0"]),
        (2.5, {}, ["2.5"]),
        (10, {"seed": -1}, ["seed", "-1"]),
        (10, {"seed": "a"}, ["seed", "'a'"]),
        ({"x": 10}, {}, ["need groups"]),
        ({"x": 10, "z": 5}, {"groups": {"x": CHAIN, "y": CHAIN}}, ["no such group", "z", "y"]),
        (10, {"groups": {}}, ["no group is given"]),
        (10, {"groups": {"x": CHAIN}, "truth": CHAIN}, ["not both"]),
        (10, {"groups": {("x", 1): CHAIN}, "by": ("bank",)}, ["one entry per group column", "bank"]),
    ],
)
def test_refused_calls(n: Any, options: dict[str, Any], words: list[str]) -> None:
    text = refused(lambda: simulate(small_model(), n, **{"seed": 1, **options}))
    assert [w for w in words if w not in text] == []


def test_all_problems_at_once_with_their_group() -> None:
    bad = replace(CHAIN, paths={("A", "B"): 1.2}, offsets={"b1": 30.0})
    worse = replace(CHAIN, weight_cv=-1.0)
    with pytest.raises(SpecError) as caught:
        simulate(small_model(), -3, seed=-1, groups={"x": bad, "y": worse})
    places = [p.where for p in caught.value.problems]
    assert places == ["n", "seed", "group x: construct B", "group x: item b1", "group y: weight_cv"]


def test_exogenous_correlations_that_cannot_hold_together() -> None:
    model = Model(
        "e", tuple(Construct(c, (Item(f"{c}1"), Item(f"{c}2"))) for c in "ABCY"), tuple((c, "Y") for c in "ABC")
    )
    text = refused(lambda: simulate(model, 10, seed=1, truth=Population(exogenous=-0.6)))
    assert "cannot all hold together" in text


def test_circle_is_refused() -> None:
    text = refused(lambda: simulate(small_model(paths=(("A", "B"), ("B", "C"), ("C", "A"))), 10, seed=1))
    assert "circle" in text


def test_dimensions_without_paths_are_effects_of_their_construct() -> None:
    text = """
csi: 1
constructs:
  Before: {items: [B1, B2, B3]}
  One: {items: [O1, O2, O3]}
  Two: {items: [T1, T2, T3]}
  Whole: {of: [One, Two]}
  Satisfaction: {items: [S1, S2, S3]}
paths: {Before: Whole, Whole: Satisfaction}
"""
    model = parse_model(text)
    survey = simulate(model, 300, seed=1)
    frame = survey.truth.frame()
    r = frame[frame["quantity"] == "correlation"].set_index(["source", "target"])["value"]
    assert r["One", "Whole"] == pytest.approx(np.sqrt(0.6)) and r["One", "Two"] == pytest.approx(0.6)
    exact = PLSc(tol=1e-13, max_iter=5000)(Design.of(model), survey.truth.moments())
    place = {name: j for j, name in enumerate(model.construct_names)}
    # answers are cut from normal variables, so that their loadings are only nearly those of a common factor
    assert exact.paths[place["Whole"], place["Before"]] == pytest.approx(np.sqrt(0.6), rel=0.02)
