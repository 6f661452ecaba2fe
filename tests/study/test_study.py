"""The study end to end: check values, groups, weights, order, states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

#: docs/results.md: ECSI mobile data, path scheme, mode A; published with four decimals.
INDEX = {
    "Satisfaction": 72.4541,
    "Quality": 74.9766,
    "Image": 73.5280,
    "Expectation": 72.4738,
    "Value": 62.3468,
    "Complaints": 67.4222,
    "Loyalty": 70.9139,
}
#: docs/results.md: (PLS, PLSc), published with six decimals.
PATHS = {
    ("Image", "Expectation"): (0.504914, 0.863293),
    ("Image", "Satisfaction"): (0.178740, 0.149913),
    ("Image", "Loyalty"): (0.195755, -0.090972),
    ("Expectation", "Quality"): (0.556749, 0.871016),
    ("Expectation", "Value"): (0.049988, -0.054225),
    ("Expectation", "Satisfaction"): (0.062523, 0.026746),
    ("Quality", "Value"): (0.558304, 0.721339),
    ("Quality", "Satisfaction"): (0.512024, 0.669320),
    ("Value", "Satisfaction"): (0.194765, 0.178266),
    ("Satisfaction", "Complaints"): (0.528066, 0.594459),
    ("Satisfaction", "Loyalty"): (0.485478, 0.961520),
    ("Complaints", "Loyalty"): (0.066926, -0.039225),
}
R2 = {"Satisfaction": (0.681078, 0.927319), "Loyalty": (0.456944, 0.734855)}


def run(data: object, model: object = "ecsi", **keywords: object) -> cs.Result:
    keywords.setdefault("uncertainty", None)
    return cs.Study(model, data, **keywords).run()


def tables_equal(a: cs.Result, b: cs.Result, rtol: float = 1e-12) -> None:
    for part in ("value", "se", "low", "high", "p"):
        np.testing.assert_allclose(getattr(a.estimates, part), getattr(b.estimates, part), rtol=rtol, atol=1e-12)


def test_index_check_values(mobi: pd.DataFrame) -> None:
    table = run(mobi, estimator=cs.PLS(tol=1e-12)).index().set_index("construct")["index"]
    for construct, value in INDEX.items():
        assert table[construct] == pytest.approx(value, abs=5e-5), construct


@pytest.mark.parametrize(("kind", "place"), [(cs.PLS, 0), (cs.PLSc, 1)])
def test_path_check_values(mobi: pd.DataFrame, kind: type, place: int) -> None:
    result = run(mobi, estimator=kind(tol=1e-12))
    paths = result.paths().set_index(["source", "target"])["estimate"]
    assert len(paths) == len(PATHS)
    for pair, values in PATHS.items():
        assert paths[pair] == pytest.approx(values[place], abs=5e-7), pair
    r2 = result.r2().set_index("construct")["r2"]
    for construct, values in R2.items():
        assert r2[construct] == pytest.approx(values[place], abs=5e-7)


def test_plsc_of_the_full_model_is_inadmissible_here_and_says_so(mobi: pd.DataFrame) -> None:
    """cSEM's verify() of the same fit: the only check that fails is the third, construct correlations."""
    result = run(mobi, estimator="plsc")
    assert set(result.paths()["status"]) == {"inadmissible"}
    assert [n for n in result.notes if n.startswith("inadmissible")] == [
        "inadmissible: all respondents: the corrected correlations of the constructs are not positive definite"
    ]
    fit = result.fits().iloc[0]
    assert fit["converged"] and fit["smallest_eigenvalue"] < 0


def test_tables_have_the_columns_of_the_design(mobi: pd.DataFrame) -> None:
    result = run(mobi, uncertainty=cs.Bootstrap(20))
    head = {
        "index": ["construct", "index", "se", "low", "high", "n", "n_eff", "status"],
        "paths": ["source", "target", "estimate", "se", "low", "high", "p", "status"],
        "loadings": ["construct", "item", "weight", "weight_unstd", "loading", "communality", "se", "low", "high"],
        "r2": ["construct", "r2", "r2_adj"],
        "replicates": ["asked", "kept", "failed"],
    }
    for name, columns in head.items():
        assert list(getattr(result, name)().columns)[: len(columns)] == columns, name
    wanted = {"source", "target", "direct", "indirect", "total", "impact", "total_low", "impact_high", "status"}
    assert wanted <= set(result.effects().columns)
    assert {"driver", "importance", "performance", "priority", "priority_low"} <= set(result.drivers().columns)


def test_effects_follow_from_the_paths(mobi: pd.DataFrame) -> None:
    """Total effects are the sum over all routes, by hand for one pair."""
    result = run(mobi)
    b = result.paths().set_index(["source", "target"])["estimate"]
    total = result.effects().set_index(["source", "target"])
    routes = (
        b["Expectation", "Satisfaction"]
        + b["Expectation", "Quality"] * b["Quality", "Satisfaction"]
        + b["Expectation", "Value"] * b["Value", "Satisfaction"]
        + b["Expectation", "Quality"] * b["Quality", "Value"] * b["Value", "Satisfaction"]
    )
    row = total.loc[("Expectation", "Satisfaction")]
    assert row["total"] == pytest.approx(routes, abs=1e-14)
    assert row["indirect"] == pytest.approx(routes - b["Expectation", "Satisfaction"], abs=1e-14)
    assert row["impact"] == pytest.approx(5 * row["total_unstd"], abs=1e-14)


def test_impact_is_the_regression_of_the_scores(mobi: pd.DataFrame) -> None:
    """With one predecessor the unstandardised effect is the slope of one 0-100 score on the other."""
    result = run(mobi)
    scores = result.scores()
    slope = np.polyfit(scores["Satisfaction"], scores["Complaints"], 1)[0]
    effects = result.effects().set_index(["source", "target"])
    assert effects.loc[("Satisfaction", "Complaints"), "total_unstd"] == pytest.approx(slope, rel=1e-9)


def test_scores_average_to_the_index_and_keep_the_order_of_the_data(mobi: pd.DataFrame) -> None:
    weights = np.linspace(0.5, 2.0, len(mobi))
    result = run(mobi.assign(w=weights), weight="w")
    scores = result.scores()
    assert list(scores["row"]) == list(range(1, 251))
    index = result.index().set_index("construct")["index"]
    for construct, value in index.items():
        assert np.average(scores[construct], weights=weights) == pytest.approx(value, abs=1e-9)


def test_item_importance_adds_up_to_the_construct(mobi: pd.DataFrame) -> None:
    result = run(mobi)
    items = result.drivers(level="item").groupby("driver")["importance"].sum()
    constructs = result.drivers().set_index("driver")["importance"]
    pd.testing.assert_series_equal(items.sort_index(), constructs.sort_index(), check_names=False, rtol=1e-12)


def test_drivers_name_what_they_do_not_know(mobi: pd.DataFrame) -> None:
    result = run(mobi)
    with pytest.raises(cs.SpecError, match='did you mean "Loyalty"'):
        result.drivers("Loyalti")
    with pytest.raises(cs.SpecError, match="nothing leads to"):
        result.drivers("Image")


def test_row_and_column_order_do_not_matter(mobi: pd.DataFrame) -> None:
    shuffled = mobi.sample(frac=1, random_state=3)[list(reversed(mobi.columns))]
    a = run(mobi, uncertainty=cs.Bootstrap(60, seed=5))
    b = run(shuffled, uncertainty=cs.Bootstrap(60, seed=5))
    tables_equal(a, b, rtol=0)


def test_integer_weights_are_repeated_rows(mobi: pd.DataFrame) -> None:
    times = np.arange(len(mobi)) % 3 + 1
    weighted = run(mobi.assign(w=times), weight="w")
    repeated = run(mobi.loc[mobi.index.repeat(times)])
    skip = weighted.estimates.layout.blocks["r2_adj"]  # knows the number of rows
    a, b = weighted.estimates.value.copy(), repeated.estimates.value.copy()
    a[:, skip] = b[:, skip] = 0
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


def test_rescaled_items_leave_paths_and_index(mobi: pd.DataFrame) -> None:
    model = cs.load_model("ecsi")
    constructs = tuple(
        replace(c, items=tuple(replace(i, scale=(-30.0, 60.0)) if i.name == "CUSA1" else i for i in c.items))
        for c in model.constructs
    )
    other = replace(model, constructs=constructs)
    data = mobi.assign(CUSA1=mobi["CUSA1"] * 10 - 40)
    a, b = run(mobi, uncertainty=cs.Bootstrap(40)), run(data, other, uncertainty=cs.Bootstrap(40))
    tables_equal(a, b, rtol=1e-6)  # both stop at the tolerance 1e-7 of the weights


def test_the_effective_n_of_the_facts_is_that_of_the_rows_used(mobi: pd.DataFrame) -> None:
    """Rows that listwise deletion leaves out do not count, and groups count together as in the whole."""
    weights = np.linspace(0.5, 2.0, 250)
    holes = mobi.astype(float).assign(w=weights, shop=np.arange(250) % 2)
    holes.loc[::5, "CUSA1"] = np.nan
    used = weights[np.arange(250) % 5 > 0]
    kish = f"{used.sum() ** 2 / (used**2).sum():.1f}"
    assert run(holes, weight="w", missing="listwise").facts["effective n"] == kish
    assert run(holes, weight="w", missing="listwise", by="shop").facts["effective n"] == kish


def test_groups_are_the_fits_of_their_rows(mobi: pd.DataFrame) -> None:
    data = mobi.assign(shop=np.where(np.arange(250) % 5 < 2, "north", "south"))
    result = run(data, by="shop", uncertainty=cs.Bootstrap(30, seed=9))
    assert list(result.index().columns[:2]) == ["shop", "construct"]
    north = run(data[data["shop"] == "north"])
    mine = result.index().query("shop == 'north'")["index"].to_numpy()
    np.testing.assert_allclose(mine, north.index()["index"], rtol=1e-12)
    assert result.overall is not None
    tables_equal(result.overall, run(data, uncertainty=cs.Bootstrap(30, seed=9)), rtol=0)


def test_intervals_of_a_group_do_not_depend_on_the_others(mobi: pd.DataFrame) -> None:
    data = mobi.assign(shop=np.arange(250) % 3)
    full = run(data, by="shop", uncertainty=cs.Bootstrap(25, seed=2)).paths()
    part = run(data[data["shop"] > 0], by="shop", uncertainty=cs.Bootstrap(25, seed=2)).paths()
    pd.testing.assert_frame_equal(full[full["shop"] > 0].reset_index(drop=True), part)
    low = full.pivot_table(index=["source", "target"], columns="shop", values="low")
    assert (low[0] != low[1]).all()  # and every group has draws of its own


def test_a_small_group_is_refused_by_name_and_the_others_run(mobi: pd.DataFrame) -> None:
    data = mobi.assign(bank=["tiny"] * 3 + ["big"] * 247)
    result = run(data, by="bank", uncertainty=cs.Bootstrap(20))
    index = result.index().set_index(["bank", "construct"])
    assert np.isnan(index.loc[("tiny", "Satisfaction"), "index"])
    assert "too few answers" in index.loc[("tiny", "Satisfaction"), "status"]
    assert not np.isnan(index.loc[("big", "Satisfaction"), "low"])
    assert any("bank = tiny has 3 usable rows" in note for note in result.notes)


def test_a_constant_item_within_a_group_is_named(mobi: pd.DataFrame) -> None:
    data = mobi.assign(bank=["a"] * 100 + ["b"] * 150)
    data.loc[:99, "PERQ3"] = 7
    result = run(data, by="bank")
    assert any("bank = a" in note and "PERQ3" in note for note in result.notes)
    status = result.paths().set_index("bank")["status"]
    assert set(status["a"]) == {"singular"}
    assert set(status["b"]) == {"ok"}


def test_not_converged_is_an_error_or_a_flag(mobi: pd.DataFrame) -> None:
    with pytest.raises(cs.EstimationError, match="did not converge in 1 iteration"):
        run(mobi, estimator=cs.PLS(max_iter=1))
    model = cs.load_model("ecsi", overrides={"estimate": {"max_iter": 1, "on_nonconvergence": "warn"}})
    result = run(mobi, model)
    assert set(result.index()["status"]) == {"not converged"}
    assert any("did not converge" in note for note in result.notes)


def test_replicates_that_fail_are_counted(mobi: pd.DataFrame) -> None:
    """An item that varies in two rows only is constant in many replicates."""
    data = mobi.copy()
    data["CUSCO"] = 7
    data.loc[[3, 77], "CUSCO"] = 2
    result = run(data, uncertainty=cs.Bootstrap(200, seed=4))
    tally = result.replicates().iloc[0]
    expected = 200 * (1 - 2 / 250) ** 250  # chance that neither row is drawn
    assert tally["failed"] == tally["singular"] == pytest.approx(expected, abs=4 * np.sqrt(expected))
    assert tally["kept"] + tally["failed"] == tally["asked"] == 200
    assert any(f"{tally['failed']} of 200 replicates failed" in note for note in result.notes)


def test_no_uncertainty_gives_empty_intervals(mobi: pd.DataFrame) -> None:
    table = run(mobi).paths()
    assert table[["se", "low", "high", "p"]].isna().all(axis=None)


def test_index_weights_equal_fixed_and_pooled(mobi: pd.DataFrame) -> None:
    data = mobi.assign(shop=np.where(np.arange(250) < 90, "a", "b"))
    items = ["CUSA1", "CUSA2", "CUSA3"]
    by_hand = (data[items].mean() - 1) / 9 * 100
    equal = run(data, index_weights="equal").index().set_index("construct")["index"]
    assert equal["Satisfaction"] == pytest.approx(by_hand.mean(), abs=1e-9)
    fixed = dict(zip(items, (0.5, 0.3, 0.2), strict=True))
    overrides = {"index": {"construct": "Satisfaction", "weights": "fixed", "fixed": fixed}}
    table = run(data, cs.load_model("ecsi", overrides=overrides)).index().set_index("construct")["index"]
    assert table["Satisfaction"] == pytest.approx((by_hand * pd.Series(fixed)).sum(), abs=1e-9)
    assert table["Quality"] == pytest.approx(INDEX["Quality"], abs=1e-3)  # the others keep their own weights
    pooled = run(data, by="shop", index_weights="pooled")
    shares = run(data).loadings().set_index("item")["weight_unstd"]
    mean_b = (data[data["shop"] == "b"][items].mean() - 1) / 9 * 100
    found = pooled.index().set_index(["shop", "construct"])["index"]["b", "Satisfaction"]
    assert found == pytest.approx((mean_b * shares[items]).sum(), abs=1e-9)
    assert any("weights of all respondents together" in note for note in pooled.notes)


def test_fixed_weights_are_the_published_ones_of_another_year(mobi: pd.DataFrame) -> None:
    """Pasting ``weight_unstd`` of a run into the next one gives its indices again, whatever the scales of the items."""
    model = cs.load_model("ecsi", overrides={"constructs": {"Satisfaction": {"items": {"CUSA2": {"scale": [0, 5]}}}}})
    data = mobi.assign(CUSA2=(mobi["CUSA2"] - 1) * 5 / 9)
    last = run(data, model)
    weights = dict(last.loadings().set_index("item")["weight_unstd"])
    again = run(data, model, index_weights=weights)
    np.testing.assert_allclose(again.index()["index"], last.index()["index"], rtol=1e-12)
    assert any("fixed weights" in note for note in again.notes)
    this_year = run(data.iloc[100:], model, index_weights=weights)
    by_hand = (data.iloc[100:][["CUSA1", "CUSA2", "CUSA3"]].mean() - [1, 0, 1]) / [9, 5, 9] * 100
    shares = pd.Series(weights)[["CUSA1", "CUSA2", "CUSA3"]]
    found = this_year.index().set_index("construct")["index"]["Satisfaction"]
    assert found == pytest.approx((by_hand * shares).sum(), abs=1e-9)


def test_a_negative_index_weight_is_said(mobi: pd.DataFrame) -> None:
    """Mode B gives an item that is the noise of another a negative weight (a suppressor)."""
    overrides = {"constructs": {"Loyalty": {"mode": "B", "measured": "composite"}}}
    noise = np.arange(250) % 4
    data = mobi.assign(CUSL1=1 + 0.6 * mobi["CUSA1"] + noise, CUSL2=1 + 2 * noise)
    result = run(data, cs.load_model("ecsi", overrides=overrides))
    status = result.index().set_index("construct")["status"]["Loyalty"]
    weights = result.loadings().set_index("item")["weight_unstd"]
    negative = [i for i in ("CUSL1", "CUSL2", "CUSL3") if weights[i] < 0]
    assert negative and status.endswith(f"negative weight: {', '.join(negative)}")
    index = result.index().set_index("construct")["index"]["Loyalty"]
    assert status.startswith("outside 0 to 100") == (index < 0 or index > 100)
    assert any("outside 0 to 100: Loyalty" in note and "negative weights" in note for note in result.notes)


@pytest.mark.parametrize("rule", ["listwise", "mean", "pairwise", "em"])
def test_missing_rules_agree_without_holes_and_run_with_them(mobi: pd.DataFrame, rule: str) -> None:
    full = run(mobi, missing=rule)
    np.testing.assert_allclose(full.estimates.value, run(mobi, missing="listwise").estimates.value, rtol=1e-7)
    holes = mobi.astype(float)
    holes.iloc[::7, 3] = np.nan
    holes.iloc[::11, 12] = np.nan
    result = run(holes, missing=rule, uncertainty=cs.Bootstrap(5))
    used = len(holes.dropna()) if rule == "listwise" else 250
    assert set(result.index()["n"]) == {used}
    assert not result.index()[["index", "low"]].isna().any(axis=None)
    assert result.scores().isna().any(axis=None) == (rule == "listwise")


def test_clusters_widen_intervals_when_answers_are_alike_within(mobi: pd.DataFrame) -> None:
    data = mobi.sort_values(list(mobi.columns)).assign(branch=np.arange(250) // 10, region=np.arange(250) // 50)
    plain = run(data, uncertainty=cs.Bootstrap(300)).index().set_index("construct")
    design = {"cluster": "branch", "strata": "region"}
    clustered = run(data, uncertainty=cs.Bootstrap(300), design=design).index().set_index("construct")
    np.testing.assert_allclose(plain["index"], clustered["index"], rtol=1e-12)
    assert clustered.loc["Expectation", "se"] != pytest.approx(plain.loc["Expectation", "se"], rel=0.02)
    with pytest.raises(cs.DataError, match="single cluster"):
        run(data.assign(region=np.arange(250) // 10), uncertainty=cs.Bootstrap(10), design=design)


def test_frames_of_every_kind_give_the_same_bits(mobi: pd.DataFrame) -> None:
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    reference = run(mobi, uncertainty=cs.Bootstrap(20))
    for frame in (polars.DataFrame(mobi.to_dict("list")), pyarrow.table(mobi.to_dict("list")), mobi.to_dict("list")):
        tables_equal(run(frame, uncertainty=cs.Bootstrap(20)), reference, rtol=0)


def test_higher_order_models_run(mobi: pd.DataFrame) -> None:
    drawn = cs.simulate(cs.load_model("service-template"), 600, seed=3)
    result = run(drawn.data, "service-template")
    loadings = result.loadings()
    quality = loadings[loadings["construct"] == "Quality"]["item"]
    model = cs.load_model("service-template")
    parts = [i.name for name in model.construct("Quality").of for i in model.construct(name).items]
    assert list(quality) == parts


def test_keywords_are_checked(mobi: pd.DataFrame) -> None:
    with pytest.raises(cs.SpecError, match="MLX"):
        cs.Study("ecsi", mobi, estimator="MLX")
    with pytest.raises(cs.SpecError, match="at least 2"):
        cs.Bootstrap(-10)
    with pytest.raises(cs.SpecError, match="pairwise"):
        cs.Study("ecsi", mobi, missing="meen")
    with pytest.raises(TypeError):
        cs.Study("ecsi", mobi, weigths="w")  # type: ignore[call-arg]
