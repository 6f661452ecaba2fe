"""Methods of uncertainty asked for what they cannot do: refused, or right numbers with a note."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bad_forms import ITEMS, SPEC, frame, refused, run

import csimodels as cs
from csimodels.errors import SpecError
from csimodels.survey.keys import crossed, labels

DATA = frame()
ODD = np.arange(len(DATA)) % 2 == 1
ROW = np.arange(len(DATA))
FEW = cs.Bootstrap(40)
METHODS: list[Any] = [FEW, cs.Bootstrap(40, interval="bca"), cs.Jackknife(), cs.Linearised(), "auto"]


def noted(result: cs.Result, *words: str) -> bool:
    return any(all(word in note for word in words) for note in result.notes)


def points(data: pd.DataFrame) -> pd.Series:
    """The 0-100 score of Satisfaction of each row, items of equal weight."""
    return 100 * (data[["S1", "S2", "S3"]].mean(axis=1) - 1) / 9


# ---- names and numbers of options ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [cs.Jackknife, cs.Linearised, cs.ReplicateWeights])
@pytest.mark.parametrize("level", [95, 0, 1, -0.5, "0.95", None, float("nan"), True])
def test_levels(kind: Any, level: Any) -> None:
    with pytest.raises(SpecError, match="the level must lie between 0 and 1"):
        kind(level=level)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"interval": "studentized"}, ('did you mean "studentised"?',)),
        ({"interval": "BCa"}, ('did you mean "bca"?',)),
        ({"interval": "percentil"}, ('did you mean "percentile"?',)),
        ({"draw": "poison"}, ('did you mean "poisson"?',)),
        ({"draw": None}, ("multinomial, poisson",)),
        ({"replicates": -10, "seed": -1, "level": 95, "interval": "x", "draw": "y"}, ("5 problems",)),
    ],
)
def test_bootstrap_settings(settings: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(SpecError) as caught:
        cs.Bootstrap(**settings)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("linearized", "linearised"), ("jacknife", "jackknife"), ("bootstraps", "bootstrap"), ("replicate-weights", "")],
)
def test_misspelt_methods(name: str, nearest: str) -> None:
    refused(
        DATA, "unknown uncertainty", repr(name), f'did you mean "{nearest}"?' if nearest else "auto", uncertainty=name
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{method: jackknife, replicates: 100}", ("replicates belongs to the bootstrap", "jackknife")),
        ("{method: linearised, interval: bca}", ("interval belongs to the bootstrap",)),
        ("{method: jacknife}", ('did you mean "jackknife"?',)),
        ("{method: replicate_weights}", ("the data have no replicate weights",)),
        ("{interval: bcaa}", ('did you mean "bca"?',)),
        ("{replicates: 1}", ("replicates",)),
        ("{replicates: -10}", ("replicates",)),
        ("{level: 95}", ("level", "0.95")),
        ("{seed: -1}", ("seed",)),
    ],
)
def test_the_same_in_a_spec(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(SpecError) as caught:
        cs.parse_model(f"{SPEC}uncertainty: {text}\n")
    for word in words:
        assert word in str(caught.value)
    assert "<text>:1" in str(caught.value)  # file and line


# ---- few units ----------------------------------------------------------------------------------------------------


def test_two_clusters_leave_one_degree_of_freedom() -> None:
    """The mean of two cluster totals, by hand: Cochran (1977), equation 11.2 with two units."""
    data = DATA.assign(c=ROW // 60)
    result = run(data, design={"cluster": "c"}, index_weights="equal", uncertainty=cs.Linearised())
    total = (points(data) - points(data).mean()).groupby(data["c"]).sum() / len(data)
    se = np.sqrt(2 * (total**2).sum())
    row = result.index().set_index("construct").loc["Satisfaction"]
    assert row["se"] == pytest.approx(se, rel=1e-6)
    assert row["high"] - row["index"] == pytest.approx(12.7062 * se, rel=1e-4)  # t(1)


@pytest.mark.parametrize("kind", ["percentile", "basic", "normal", "bc", "bca", "studentised"])
def test_bootstrap_intervals_of_few_clusters_are_called_too_short(kind: Any) -> None:
    few = run(DATA.assign(c=ROW // 20), design={"cluster": "c"}, uncertainty=cs.Bootstrap(20, interval=kind))
    assert noted(few, "few clusters", "all respondents (5)", "too short")
    many = run(DATA.assign(c=ROW // 3), design={"cluster": "c"}, uncertainty=FEW)
    assert not noted(many, "few clusters")
    assert not noted(run(DATA, uncertainty=FEW), "few clusters")


@pytest.mark.parametrize("kind", ["bca", "studentised", "bc"])
def test_numbers_without_an_interval_are_counted(kind: Any) -> None:
    design = {"cluster": "c"}
    result = run(DATA.assign(c=ROW // 60), design=design, uncertainty=cs.Bootstrap(30, interval=kind))
    e = result.estimates
    lacking = int((~np.isnan(e.value) & np.isnan(e.low)).sum())
    assert lacking > 0
    assert noted(result, f"all respondents: {lacking} numbers have no interval")
    assert not noted(run(DATA, uncertainty=cs.Bootstrap(30, interval=kind)), "numbers have no interval")


def test_groups_of_ten_rows_run_and_nine_are_refused_by_name() -> None:
    labels = np.select([ROW < 10, ROW < 19], ["Ten", "Nine"], "Rest")
    result = run(DATA.assign(bank=labels), by="bank", uncertainty=cs.Jackknife(), index_weights="equal")
    table = result.index().set_index(["bank", "construct"])
    ten = points(DATA.iloc[:10])
    assert table.loc[("Ten", "Satisfaction"), "se"] == pytest.approx(ten.std() / np.sqrt(10), rel=1e-9)
    assert table.loc["Nine", "se"].isna().all()
    assert noted(result, "refused: bank = Nine has 9 usable rows")


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_strata_with_one_cluster_are_counted(method: Any) -> None:
    data = DATA.assign(s=ROW // 30, c=ROW // 5)
    data.loc[data["s"] == 3, "c"] = 99
    refused(
        data, "1 of 4 strata have a single cluster", "join", design={"strata": "s", "cluster": "c"}, uncertainty=method
    )
    refused(data, "4 of 4 strata", design={"strata": "s", "cluster": "s"}, uncertainty=method)


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_one_respondent_who_alone_varies(method: Any) -> None:
    """Left out, nothing of the item is left: that replicate fails, and the errors of the others are those by hand."""
    data = DATA.assign(Q1=np.where(ROW < 1, 3, 7))
    result = run(data, uncertainty=method, index_weights="equal")
    kept = result.replicates()
    if isinstance(method, cs.Linearised):
        assert not int(kept["asked"].sum())
    else:
        assert int(kept["failed"][0]) == int(kept["singular"][0]) > 0
        assert noted(result, "replicates failed", "singular")
    if isinstance(method, cs.Bootstrap):
        return
    se = result.index().set_index("construct").loc["Satisfaction", "se"]
    assert se == pytest.approx(points(data).std() / np.sqrt(len(data)), rel=0.01)  # one of 120 contributions lost


# ---- designs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "design", "words"),
    [
        ({"c": np.where(ROW < 5, np.nan, ROW // 10)}, {"cluster": "c"}, ('cluster column "c" is empty in 5 rows',)),
        ({"s": np.where(ROW < 1, None, "北")}, {"strata": "s"}, ('strata column "s" is empty in 1 row',)),
        ({"f": 120}, {"fpc": "f"}, ("number of rows in the sample", "all was asked")),
        ({"f": 1.0}, {"fpc": "f"}, ("is 1 in every row",)),
        ({"s": ODD, "f": 60}, {"strata": "s", "fpc": "f"}, ("number of rows in the sample",)),
        ({"c": ROW // 4, "f": 30}, {"cluster": "c", "fpc": "f"}, ("number of clusters in the sample",)),
        ({"c": ROW // 4, "f": 29}, {"cluster": "c", "fpc": "f"}, ("smaller than the number of clusters",)),
        ({"f": np.where(ROW < 2, np.nan, 500)}, {"fpc": "f"}, ("missing in 2 rows",)),
        ({"f": -5}, {"fpc": "f"}, ("negative in 120 rows",)),
        ({"f": "many"}, {"fpc": "f"}, ("holds text", "'many'")),
        ({"f": ROW + 500}, {"fpc": "f"}, ("not constant",)),
        ({}, {"fpcc": "w"}, ('did you mean "fpc"?',)),
        ({}, {"strata": ["bank"]}, ("strata", "must be a text")),
    ],
)
def test_designs_that_are_refused(columns: dict[str, Any], design: dict[str, Any], words: tuple[str, ...]) -> None:
    refused(DATA.assign(**columns), *words, design=design, uncertainty="auto")


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (
            cs.Bootstrap(20, draw="poisson"),
            ("Poisson draws cannot follow the finite population correction", "linearised"),
        ),
        (cs.Bootstrap(20, interval="studentised"), ("studentised intervals need", "bca")),
    ],
)
def test_bootstraps_that_cannot_follow_an_fpc_are_refused(method: Any, words: tuple[str, ...]) -> None:
    refused(DATA.assign(f=200), *words, design={"fpc": "f"}, uncertainty=method)


def test_an_fpc_shrinks_the_error_of_a_mean_as_in_the_textbook() -> None:
    """Cochran (1977), equation 2.20."""
    result = run(DATA.assign(f=200), design={"fpc": "f"}, uncertainty="auto", index_weights="equal")
    se = points(DATA).std() / np.sqrt(120) * np.sqrt(1 - 120 / 200)
    assert result.index().set_index("construct").loc["Satisfaction", "se"] == pytest.approx(se, rel=1e-9)


@pytest.mark.parametrize("name", ["地区", "sampling region", "=strata", "层 \u3000级"])
def test_odd_names_and_labels_of_strata(name: str) -> None:
    labels = np.where(ODD, "北京", "上海 市")
    odd = run(DATA.assign(**{name: labels}), design={"strata": name}, uncertainty="auto")
    plain = run(DATA.assign(s=ODD.astype(int)), design={"strata": "s"}, uncertainty="auto")
    np.testing.assert_allclose(odd.estimates.se, plain.estimates.se, rtol=1e-9)


#: Identity numbers that a 64-bit float rounds to one and the same.
IDS = ("9007199254740992", "9007199254740993", "110101199003074514", "110101199003074515")


@pytest.mark.parametrize("kind", ["text", "int64", "Int64", "object"])
def test_long_identity_numbers_stay_apart(kind: str) -> None:
    ids = np.asarray(IDS)[ROW // 5 % 4]
    column = pd.Series(ids).astype({"text": "str", "object": object}.get(kind, "int64"))
    if kind in ("Int64", "object"):
        column = column.astype(kind)
    data = DATA.assign(id=column, letter=np.asarray(["a", "b", "c", "d"])[ROW // 5 % 4])
    apart, letters = (run(data, by=name, uncertainty=cs.Jackknife()) for name in ("id", "letter"))
    assert apart.estimates.keys == tuple((name,) for name in sorted(IDS, key=int))
    np.testing.assert_allclose(apart.estimates.value, letters.estimates.value, rtol=1e-9)
    np.testing.assert_allclose(apart.estimates.se, letters.estimates.se, rtol=1e-6)
    clusters = run(data, design={"cluster": "id"}, uncertainty=cs.Jackknife())
    assert clusters.facts["design"] == "4 clusters"
    assert run(data, where={"id": IDS[1]}).facts["n used"] == str((ids == IDS[1]).sum())


def test_a_long_number_without_quotes_never_finds_its_neighbour() -> None:
    data = DATA.assign(id=np.asarray(IDS)[ROW // 5 % 4])
    refused(data, "loses digits", "9007199254740993", "quotes", where={"id": int(IDS[1])})


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_long_identity_numbers_in_files(tmp_path: Path, kind: str) -> None:
    data = DATA.assign(id=np.asarray(IDS).astype("int64")[ROW // 5 % 4])
    path = tmp_path / f"survey.{kind}"
    if kind == "csv":
        data.to_csv(path, index=False)
    else:
        data.to_parquet(path)
    assert len(run(str(path), by="id").estimates.keys) == 4


def test_many_group_columns_do_not_overflow() -> None:
    """Eighteen columns of 119 labels: their product is far beyond what a 64-bit integer counts."""
    rng = np.random.default_rng(1)
    columns = [rng.permutation(120) % 119 for _ in range(18)]
    group, keys = crossed([labels(column.astype(float)) for column in columns])
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert [keys[g] for g in group] == rows
    assert list(keys) == sorted(set(rows))


# ---- weights and missing answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS, ids=str)
@pytest.mark.parametrize(
    ("weights", "word"),
    [
        (DATA["w"].where(ROW != 3, -1), "negative"),
        (DATA["w"].where(ROW > 1), "missing"),
        (0, "all weights are 0"),
        ("heavy", "text"),
    ],
)
def test_bad_weights_stop_every_method(method: Any, weights: Any, word: str) -> None:
    refused(DATA.assign(w=weights), 'weight column "w"', word, weight="w", uncertainty=method)


@pytest.mark.parametrize("method", [cs.Jackknife(), cs.Linearised()], ids=str)
def test_one_giant_weight_is_noted_and_its_error_is_by_hand(method: Any) -> None:
    """Ratio mean with known weights; the jackknife may differ, as its ratio bends, and is compared with itself."""
    data = DATA.assign(w=DATA["w"].where(ROW != 3, 200.0))
    result = run(data, weight="w", uncertainty=method, index_weights="equal")
    a, y = data["w"].to_numpy(), points(data).to_numpy()
    if isinstance(method, cs.Linearised):
        part = a * (y - np.average(y, weights=a)) / a.sum()
        se = np.sqrt(120 / 119 * (part**2).sum())
    else:
        without = np.asarray([np.average(np.delete(y, i), weights=np.delete(a, i)) for i in range(120)])
        se = np.sqrt(119 / 120 * ((without - without.mean()) ** 2).sum())
    assert result.index().set_index("construct").loc["Satisfaction", "se"] == pytest.approx(se, rel=1e-6)
    assert noted(result, "nearly all the weight")


def holes() -> pd.DataFrame:
    """8 % of the answers missing, and a first row with one answer only."""
    data = DATA.copy()
    data[list(ITEMS)] = data[list(ITEMS)].mask(np.random.default_rng(0).random((120, 9)) < 0.08)
    data.loc[0, list(ITEMS)] = [7, *[np.nan] * 8]
    return data


@pytest.mark.parametrize("rule", ["mean", "listwise", "pairwise", "em"])
def test_missing_rules_have_the_same_error_by_two_methods(rule: str) -> None:
    """Derivatives and refits know nothing of one another; 4 % is their second-order difference at 60 to 120 rows."""
    one, two = (run(holes(), missing=rule, uncertainty=method) for method in (cs.Linearised(), cs.Jackknife()))
    np.testing.assert_allclose(one.index()["se"], two.index()["se"], rtol=0.04)
    np.testing.assert_allclose(one.paths()["se"], two.paths()["se"], rtol=0.12)


@pytest.mark.parametrize("rule", ["mean", "listwise", "pairwise", "em"])
@pytest.mark.parametrize("method", [FEW, cs.Jackknife(), cs.Linearised()], ids=str)
def test_inadmissible_and_noisy_plsc_never_fails_in_silence(method: Any, rule: str) -> None:
    rng = np.random.default_rng(4)
    data = holes().iloc[:70].copy()
    data["L1"] = rng.integers(1, 11, 70)
    data["V2"] = rng.integers(1, 11, 70)
    try:
        result = run(data, estimator="plsc", missing=rule, uncertainty=method)
    except cs.CsiError as error:
        assert "all respondents" in str(error)
        return
    table = result.replicates()
    assert (table["kept"] + table["failed"] == table["asked"]).all()
    if table["failed"].sum() or table["inadmissible"].sum():
        assert noted(result, "replicates")


def test_collinear_replicates_of_mode_b_are_counted() -> None:
    """Q1 and Q2 differ in two rows only: replicates without both, with probability exp(-2), are collinear."""
    data = DATA.assign(Q2=DATA["Q1"].where(ROW > 1, 11 - DATA["Q1"]))
    base = SPEC.replace("Quality: {items", "Quality: {mode: B, items")
    result = run(data, base=base, uncertainty=cs.Bootstrap(100))
    failed = int(result.replicates()["singular"][0])
    assert 4 <= failed <= 26  # 13.5 expected, three standard errors either side
    assert noted(result, f"{failed} of 100 replicates failed")
    assert int(run(data, base=base, uncertainty=cs.Jackknife()).replicates()["failed"][0]) == 0


# ---- group columns ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["level", "unit", "parent", "rank", "against", "difference", "from", "to", "table", "change"]
)
def test_group_columns_that_tables_of_comparisons_would_overwrite(name: str) -> None:
    refused(DATA.assign(**{name: DATA["bank"]}), f'"{name}" has the name of a column', by=name)


@pytest.mark.parametrize("labels", [np.where(ODD, 1, 2), np.where(ODD, "1", "2"), [1 if odd else "2" for odd in ODD]])
def test_one_and_the_text_one_are_one_group(labels: Any) -> None:
    assert run(DATA.assign(bank=labels), by="bank").estimates.keys == ((1,), (2,))
