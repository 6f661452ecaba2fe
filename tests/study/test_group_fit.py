"""Statements on single groups: what they name, what they mean, who takes them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import DataError, SpecError
from csimodels.spec import from_lavaan, to_lavaan

SPEC = """
csi: 1
scale: [1, 10]
constructs: {A: {items: [a1, a2, a3]}, B: {items: [b1, b2, b3]}}
paths: {A: B}
index: B
estimate: {estimator: ml}
"""


@cache
def answers() -> pd.DataFrame:
    data = cs.simulate(cs.parse_model(SPEC), 240, seed=3).data
    return data.assign(bank=["North", "South", "West"] * 80)


def fitted(parameters: dict[str, Any], **more: Any) -> pd.DataFrame:
    model = cs.load_model(cs.parse_model(SPEC), overrides={"parameters": parameters})
    return cs.fit_groups(model, answers(), **({"by": "bank"} | more)).parameters()


def one(table: pd.DataFrame, lhs: str, op: str, rhs: str) -> pd.DataFrame:
    return table[(table["lhs"] == lhs) & (table["op"] == op) & (table["rhs"] == rhs)].set_index("bank")


def test_groups_are_named_or_counted() -> None:
    named = fitted({"A =~ a2": {"groups": {"West": 0.7}}, "a1 ~~ b1": {"groups": {"South": "free"}}})
    counted = fitted({"A =~ a2": ["free", "free", 0.7], "a1 ~~ b1": [0, "free", 0]})
    pd.testing.assert_frame_equal(named, counted)
    loading, covariance = one(named, "A", "=~", "a2"), one(named, "a1", "~~", "b1")
    assert loading["free"].tolist() == [True, True, False]
    assert loading.loc["West", "est"] == 0.7
    assert covariance["free"].tolist() == [False, True, False]
    assert covariance.loc[["North", "West"], "est"].tolist() == [0, 0]


def test_labels_hold_some_groups_equal() -> None:
    path = one(fitted({"B ~ A": ["k", "k", "free"]}), "B", "~", "A")["est"]
    assert path["North"] == path["South"] != path["West"]


def test_a_difference_of_groups_is_a_function_of_their_labels() -> None:
    """It and its error are those of the two estimates, which share no respondents."""
    overrides = {"parameters": {"B ~ A": ["p", "q", "free"]}, "defined": {"apart": "p - q"}}
    table = cs.fit_groups(cs.load_model(cs.parse_model(SPEC), overrides=overrides), answers(), by="bank").parameters()
    path, apart = one(table, "B", "~", "A"), table.iloc[-1]
    assert (apart["bank"], apart["lhs"], apart["op"]) == ("", "apart", ":=")
    assert apart["est"] == pytest.approx(path.loc["North", "est"] - path.loc["South", "est"])
    assert apart["se"] == pytest.approx((path.loc[["North", "South"], "se"] ** 2).sum() ** 0.5, rel=1e-6)


def test_without_statements_it_is_every_group_on_its_own() -> None:
    """Nothing is held equal: estimates are those of separate fits, and chi-squares add up."""
    together = cs.fit_groups(cs.parse_model(SPEC), answers(), by="bank")
    alone = cs.Study(cs.parse_model(SPEC), answers(), by="bank", uncertainty=None).run()
    path = alone.parameters().query("op == '~'").set_index("bank")["est"]
    pd.testing.assert_series_equal(one(together.parameters(), "B", "~", "A")["est"], path, rtol=1e-7)
    chi2 = alone.fit_measures().query("measure == 'chisq'")["value"].sum()
    whole = together.fit_measures().set_index("measure")["value"]
    assert whole["chisq"] == pytest.approx(chi2, rel=1e-9)
    assert whole["df"] == 3 * 8


def test_intervals_know_the_level_of_the_spec() -> None:
    model = cs.load_model(cs.parse_model(SPEC), overrides={"uncertainty": {"level": 0.5}})
    row = cs.fit_groups(model, answers(), by="bank").parameters().query("free").iloc[0]
    assert row["high"] - row["est"] == pytest.approx(0.67449 * row["se"], rel=1e-4)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"groups": {"Nord": 1}}, ["not there", "Nord", "North"]),
        ([1, 2], ["stated for 2 groups", "3 groups: North, South, West"]),
    ],
)
def test_groups_that_are_not_there_are_named(said: Any, words: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        fitted({"A =~ a2": said})
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_study_of_single_groups_says_where_they_are_fitted_together() -> None:
    model = cs.load_model(cs.parse_model(SPEC), overrides={"parameters": {"A =~ a2": {"groups": {"West": 0.7}}}})
    with pytest.raises(SpecError, match=r"cs\.fit_groups"):
        cs.Study(model, answers(), by="bank", uncertainty=None).run()


def test_the_ladder_takes_them_too() -> None:
    model = cs.load_model(cs.parse_model(SPEC), overrides={"parameters": {"A =~ a2": {"groups": {"West": 0.7}}}})
    ladder = cs.invariance(model, answers(), by="bank", steps=["configural"])
    assert one(ladder.parameters("configural"), "A", "=~", "a2")["free"].tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("settings", "more", "words"),
    [
        ({"estimator": "semopy"}, {}, "not fitted together by semopy"),
        ({"estimator": "dwls"}, {"errors": "mlr"}, "not those of dwls"),
        ({"estimator": "gls"}, {"equal": "loadings"}, "list of texts"),
        ({"estimator": "ml"}, {"equal": ["loading"]}, "loadings"),
        ({"estimator": "ml"}, {"by": None}, "two groups or more are fitted"),
    ],
)
def test_what_it_does_not_take(settings: dict[str, str], more: dict[str, Any], words: str) -> None:
    model = cs.load_model(cs.parse_model(SPEC), overrides={"estimate": settings})
    with pytest.raises((SpecError, DataError), match=words):
        cs.fit_groups(model, answers(), **({"by": "bank"} | more))


def test_the_ladder_of_ordered_answers_is_refused_by_name() -> None:
    model = cs.load_model(cs.parse_model(SPEC), overrides={"estimate": {"estimator": "dwls"}})
    with pytest.raises(SpecError, match="ordered levels"):
        cs.invariance(model, answers(), by="bank")


@pytest.mark.parametrize(
    ("line", "there"),
    [
        ("A =~ NA*a1 + k*a1 + a2 + a3\nA ~~ 1*A", "A =~ NA*a1 + k*a1"),
        ("A =~ a1 + c(0.5, NA)*a2 + c(u, k)*a2 + a3", "c(0.5, NA)*a2 + c(A.a2.1, k)*a2"),
        ("A =~ c(NA, NA)*a1 + c(k, m)*a1 + a2 + a3", "c(NA, NA)*a1 + c(k, m)*a1"),
        ('A =~ c(NA, 1)*a1 + c("k", "k")*a2 + a3', "c(NA, 1)*a1 + c(k, k)*a2"),
        ("A =~ a1 + a2 + a3\nB ~ c(p, q)*A\np == q", "B ~ c(p, p)*A"),
    ],
)
def test_lavaan_in_and_out(line: str, there: str) -> None:
    text = f"{line}\nB =~ b1 + b2\n" + ("" if "B ~" in line else "B ~ A\n")
    model = from_lavaan(text, index="B")
    assert there in to_lavaan(model)
    again = from_lavaan(to_lavaan(model), index="B")
    assert again.parameters == model.parameters
    assert cs.parse_model(cs.dump_model(model)).hash == model.hash


def test_a_first_loading_with_na_and_a_label_is_free() -> None:
    """It was read as fixed at 1 beside a variance fixed at 1."""
    model = from_lavaan("A =~ NA*a1 + k*a1 + k*a2 + a3\nA ~~ 1*A\nB =~ b1 + b2 + b3\nB ~ A", index="B")
    table = cs.Study(model, answers(), uncertainty=None).run().parameters().set_index(["lhs", "op", "rhs"])
    first, second = table.loc[("A", "=~", "a1")], table.loc[("A", "=~", "a2")]
    assert first["free"] and first["est"] == second["est"] != 1


def test_named_groups_need_one_order_in_lavaan() -> None:
    said = {"A =~ a2": {"groups": {"x": 1, "y": "free"}}, "A =~ a3": {"groups": {"y": 1}}}
    model = cs.load_model(cs.parse_model(SPEC), overrides={"parameters": said})
    with pytest.raises(SpecError, match="one order"):
        to_lavaan(model)
    assert "in this order: x, y" in to_lavaan(cs.load_model(model, overrides={"parameters": {"A =~ a3": None}}))
