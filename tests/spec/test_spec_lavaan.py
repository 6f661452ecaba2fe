"""lavaan syntax in and out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import SpecError
from csimodels.spec import (
    Construct,
    EstimateSpec,
    IndexSpec,
    Item,
    Model,
    Parameter,
    from_lavaan,
    library,
    load_model,
    to_lavaan,
)

ECSI = """
# ECSI, mobile phone form (Tenenhaus et al. 2005)
Image        =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation  =~ CUEX1 + CUEX2 +
                CUEX3                     ! a comment of the other kind
Quality      =~ PERQ1 + PERQ2 + PERQ3 + PERQ4
              + PERQ5 + PERQ6 + PERQ7
Value        =~ PERV1 + PERV2;  Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Complaints   =~ CUSCO
Loyalty      =~ CUSL1 + CUSL2 + CUSL3

Expectation ~ Image
Quality ~ Expectation
Value ~ Expectation + Quality
Satisfaction ~ Image + Expectation + Quality + Value
Complaints ~ Satisfaction
Loyalty ~ Image +
  Satisfaction + Complaints
"""


def test_ecsi():
    model = from_lavaan(ECSI, name="ecsi")
    expected = [
        ("Image", ["Expectation", "Satisfaction", "Loyalty"]), ("Expectation", ["Quality", "Value", "Satisfaction"]),
        ("Quality", ["Value", "Satisfaction"]), ("Value", ["Satisfaction"]),
        ("Satisfaction", ["Complaints", "Loyalty"]), ("Complaints", ["Loyalty"]),
    ]  # fmt: skip
    assert model.paths == tuple((source, target) for source, targets in expected for target in targets)
    assert [len(c.items) for c in model.constructs] == [5, 3, 7, 2, 3, 1, 3]
    assert {(c.measured, c.mode) for c in model.constructs} == {("reflective", "A")}
    assert model.name == "ecsi" and model.index == IndexSpec("Satisfaction") and model.items[7].name == "CUEX3"


def test_written_out():
    model = Model(
        "m",
        (
            Construct("满意", (Item("S1"), Item("S2"))),
            Construct("B", (Item("b.1"),), measured="composite", mode="B"),
            Construct("A", (Item("a1"),), measured="composite"),
            Construct("H", (), measured="composite", of=("满意", "B")),
        ),
        (("满意", "H"), ("B", "H"), ("A", "H")),
        index=IndexSpec("满意"),
    )
    assert to_lavaan(model) == (
        "# measurement\n满意 =~ S1 + S2\nB <~ b.1\nA <~ a1  # mode A\nH <~ 满意 + B\n\n# paths\nH ~ 满意 + B + A\n"
    )


@pytest.mark.parametrize("name", [entry.name for entry in library()])
def test_library_round_trip(name):
    model = load_model(name)
    again = from_lavaan(to_lavaan(model), name=name, index=model.index.construct)
    assert set(again.paths) == set(model.paths) and again.construct_names == model.construct_names
    for one, two in zip(model.constructs, again.constructs, strict=True):
        assert [i.name for i in one.items] == [i.name for i in two.items] and one.of == two.of
        assert one.measured == two.measured
    assert from_lavaan(to_lavaan(again), name=name, index=model.index.construct) == again


def test_composites_scale_and_index():
    model = from_lavaan(
        "Q <~ q1 + q2\nS =~ s1\nQ =~ q3\n".replace("Q =~ q3\n", "Q <~ q3\n") + "S ~ Q", scale=(0, 5), index="S"
    )
    assert [i.name for i in model.constructs[0].items] == ["q1", "q2", "q3"]
    assert (model.constructs[0].measured, model.constructs[0].mode) == ("composite", "B")
    assert {i.scale for i in model.items} == {(0.0, 5.0)} and model.index.construct == "S"


def test_several_targets_in_one_line():
    model = from_lavaan("A =~ a\nB =~ b\nSatisfaction =~ s\nB + Satisfaction ~ A")
    assert model.paths == (("A", "B"), ("A", "Satisfaction"))


MODEL = "A =~ a1 + a2\nSatisfaction =~ s1\nSatisfaction ~ A\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("A =~ start(k)*a3", ["start( )", "one number"]),
        ("A =~ lower(c(0, 1))*a3", ["one number", "all groups"]),
        ("A =~ k?a3", ["one number"]),
        ("A =~ lower(0)*a3 + 2*a3", ["two things", "lower(0) and 2"]),
        ("A =~ lower(0)*a3 + lower(1)*a3", ["two things", "lower(0) and lower(1)"]),
        ("A =~ lower(2)*a3 + upper(1)*a3", ["nothing between"]),
        ("A =~ lower(2)*a3 + start(1)*a3", ["outside its bounds"]),
        ("C =~ start(1)*c1 + c2", ["first loading", "NA*c1"]),
        ("A =~ c(1)*a3", ["every group"]),
        ("A =~ c(1, start(2))*a3", ["every group"]),
        ('A =~ equal("A=~a9")*a3', ["names no parameter", "A=~a9"]),
        ("A =~ equal(a2)*a3", ["in quotes"]),
        ("A =~ 2*k*a3", ["label or value"]),
        ("A =~ 1/2*a3", ["label or value"]),
        ("A =~ *a3", ["label or value"]),
        ("A =~ 2*a3 + k*a3", ["two things", '"a3"', "2 and k"]),
        ("A =~ NA*a3 + 2*a3", ["two things", "NA and 2"]),
        ("A =~ 1", ["number is no name"]),
        ("C <~ 2*a3", ["label or fixed value here"]),
        ("2*A =~ a3", ["label or fixed value here"]),
        ("C =~ c(k, m)*c1 + c2", ["first loading", "NA*c1 + c(k, m)*c1"]),
        ("C =~ c1 + c(k, NA)*c2", ["that of all groups", "one for every group"]),
        ("C =~ c1 + c(k, 0.5)*c2 + c3", ["that of all groups"]),
        ("C =~ k*c1 + c2", ["first loading", "at 1", "NA*c1 + k*c1"]),
        ("a1 ~~ a1 + a1", ["written twice", "a1 ~~ a1"]),
        ("a1 ~~ -1*a1", ["variance", "below 0"]),
        ("a1 ~~ Satisfaction", ["two items or two constructs"]),
        ("a1 ~~ a9", ["unknown name", "a9"]),
        ("a9 ~ 1", ["unknown name", "a9"]),
        ("ab := a*b", ['no parameter has the label "a"']),
        ("ab := 2 *", ["ends where"]),
        ("2ab := 1", ["name of a defined parameter"]),
        ("a == 2*b", ['no parameter has the label "a"']),
        ("1 == 2", ["names no parameter"]),
        ("a > b > c", ["one of == < >"]),
        ("a == b", ['no parameter has the label "a"']),
        ("a > 0", ['no parameter has the label "a"']),
        ("a <", ["ends where"]),
        ("a1 | t1", ["threshold"]),
        ("a1 ~*~ 1", ["scaling"]),
        ("level: 1", ["groups or levels"]),
        ("Satisfaction ~ A:B", ["interaction"]),
        ("A =~ a1 + + a2", ["name is missing"]),
        ("Satisfaction ~", ["name is missing"]),
        ("Satisfaction", ["not a lavaan statement"]),
        ("A <~ a3", ["both as =~ and as <~"]),
        ("H <~ A + h1", ["constructs and of items"]),
        ("B ~ Satisfacton", ["unknown construct", "Satisfacton"]),
        ("A =~ a1", ["written twice", '"a1"']),
        ("A ~ Satisfaction", ["circle"]),
        ("Satisfaction ~ A", ["written twice"]),
    ],
)
def test_refused_with_line(line, words):
    with pytest.raises(SpecError) as caught:
        from_lavaan(MODEL + "\n  " + line)
    message = "\n".join(str(p) for p in caught.value.problems if p.where.startswith("lavaan:5:3"))
    assert all(word in message for word in words), str(caught.value)


def test_all_refusals_at_once():
    with pytest.raises(SpecError) as caught:
        from_lavaan("A =~ start(k)*a\nA ~*~ 1\na1 | t1\n")
    assert [p.where for p in caught.value.problems] == ["lavaan:1:1", "lavaan:2:1", "lavaan:3:1"]


HERE = Path(__file__).parent
FULL = HERE / "lavaan_full.lav"
PARAMETERS = [
    ("A", "=~", "a2", None, "k"), ("A", "=~", "a3", None, "k"), ("Satisfaction", "=~", "s1", None, "s"),
    ("Satisfaction", "=~", "s2", 0.8, ""), ("Satisfaction", "~", "A", 0.5, ""), ("Loyalty", "~", "A", None, "b"),
    ("Loyalty", "~", "Satisfaction", None, ""), ("A", "~~", "A", 1.0, ""), ("a1", "~~", "a2", None, ""),
    ("a1", "~~", "a3", 0.0, ""), ("s1", "~~", "l1", -0.25, ""), ("A", "~1", "", 0.0, ""), ("a1", "~1", "", None, ""),
    ("a2", "~1", "", None, ""), ("a3", "~1", "", None, "i"),
]  # fmt: skip


def rows(name):
    """What lavaan read: left, operator, right, value (None: free), label (lavaan_rows.R)."""
    found = json.loads((HERE / "lavaan_rows.json").read_text())[name]
    return {tuple(row[key] for key in ("lhs", "op", "rhs", "value", "label")) for row in found}


def test_lavaan_reads_what_is_written():
    """The text of `to_lavaan`, frozen in a file, is read by lavaan itself as the parameters that it came from."""
    assert to_lavaan(from_lavaan(FULL.read_text())) == (HERE / "lavaan_written.lav").read_text()
    markers = {("A", "=~", "a1", 1.0, ""), ("Loyalty", "=~", "l1", 1.0, ""), ("Satisfaction", "=~", "s3", None, "")}
    assert rows("lavaan_written.lav") == {*PARAMETERS, *markers}
    merged = {(*row[:4], row[4].replace("m", "k")) for row in rows("lavaan_full.lav")}
    assert merged == {*PARAMETERS, *markers}


def test_parameters():
    model = from_lavaan(FULL.read_text())
    assert [(p.lhs, p.op, p.rhs, p.value, p.label) for p in model.parameters] == PARAMETERS
    assert model.estimate.estimator == "ml"
    assert model.paths == (("A", "Satisfaction"), ("A", "Loyalty"), ("Satisfaction", "Loyalty"))


def test_parameters_round_trip():
    model = from_lavaan(FULL.read_text())
    assert from_lavaan(to_lavaan(model)) == model


@pytest.mark.parametrize("value", [1e-7, -2.5, 3.0, 1e22, 0.1 + 0.2, 0.0])
def test_numbers_come_back_as_they_were(value):
    model = from_lavaan(MODEL)
    made = replace(
        model, parameters=(Parameter("A", "=~", "a2", value),), estimate=replace(model.estimate, estimator="ml")
    )
    assert from_lavaan(to_lavaan(made)) == made


def test_equal_labels_become_one_however_they_are_chained():
    text = "A =~ a1 + p*a2 + q*a3 + r*a4 + t*a5\nSatisfaction =~ s\nSatisfaction ~ A\nq == r\np == q\nr == r\n"
    assert [p.label for p in from_lavaan(text).parameters] == ["p", "p", "p", "t"]


def test_labels_of_constraints_are_known():
    with pytest.raises(SpecError) as caught:
        from_lavaan("A =~ a1 + load2*a2\nSatisfaction =~ s\nSatisfaction ~ A\nload2 == lod2")
    (problem,) = caught.value.problems
    assert problem.where == "lavaan:4:1" and 'did you mean "load2"?' in problem.allowed


def test_nothing_said_leaves_pls():
    assert from_lavaan(MODEL).estimate.estimator == "pls" and from_lavaan(MODEL).parameters == ()


def test_unit_variances_are_an_argument_of_lavaan():
    model = from_lavaan(MODEL)
    text = to_lavaan(replace(model, estimate=EstimateSpec("ml", identification="std_lv")))
    assert text.startswith("# fit with std.lv = TRUE\n") and from_lavaan(text) == model


def test_composites_of_covariance_structure_models_are_refused():
    with pytest.raises(SpecError, match=r"lavaan:1:1: ml cannot take construct \"A\": mode B"):
        from_lavaan("A <~ a1 + a2\nSatisfaction =~ s\nSatisfaction ~ A\na1 ~~ a2")


def test_higher_order_constructs_of_both_kinds():
    text = "A =~ a1 + a2\nB =~ b1 + b2\nSatisfaction =~ s\nH {} A + B\nSatisfaction ~ H"
    for operator, measured in (("=~", "reflective"), ("<~", "composite")):
        model = from_lavaan(text.format(operator))
        top = model.construct("H")
        assert (top.of, top.measured, top.mode) == (("A", "B"), measured, "A")
        assert from_lavaan(to_lavaan(model)) == model


def test_loading_of_a_dimension_cannot_be_written():
    constructs = tuple(Construct(name, (Item(name.lower()),)) for name in "ABC")
    top = Construct("H", (), measured="composite", of=("A", "B"))
    paths = (("A", "H"), ("B", "H"), ("H", "C"))
    model = Model(
        "m", (*constructs, top), paths, estimate=EstimateSpec("ml"), parameters=(Parameter("H", "=~", "A", 1.0),)
    )
    with pytest.raises(SpecError, match="H =~ A"):
        to_lavaan(model)


def test_no_satisfaction_needs_an_index():
    with pytest.raises(SpecError, match="no index is named"):
        from_lavaan("A =~ a\nB =~ b\nB ~ A")
    with pytest.raises(SpecError, match="option: unknown construct"):
        from_lavaan("A =~ a\nB =~ b\nB ~ A", index="C")


def test_names_lavaan_cannot_take():
    model = Model("m", (Construct("A b", (Item("1x"),)), Construct("C", (Item("c"),))), (("A b", "C"),))
    with pytest.raises(SpecError) as caught:
        to_lavaan(model)
    assert [p.found for p in caught.value.problems] == ["A b", "1x"]


def test_a_stated_reliability_is_said() -> None:
    """lavaan has no word for it: the residual variance is a share of the sample variance."""
    model = load_model("acsi", overrides={"constructs": {"Complaints": {"reliability": 0.8}}})
    assert "COMP1 ~~ v*COMP1  with v = 0.2 x var(COMP1)" in to_lavaan(model)
    assert "reliability" not in to_lavaan(load_model("acsi"))
    assert from_lavaan(to_lavaan(model)).paths == from_lavaan(to_lavaan(load_model("acsi"))).paths


LAVAAN_MEDIATION = {
    ("Y", "~", "X"): (-0.5576124, 0.1444116),
    ("M", "~", "X"): (0.4925131, 0.1265394),
    ("Y", "~", "M"): (0.9825355, 0.1316481),
    ("ab", ":=", "a*b"): (0.4839116, 0.1402206),
    ("total", ":=", "c + (a*b)"): (-0.0737008, 0.1791884),
}


def test_observed_variables_of_paths_are_constructs_of_one_item():
    """The mediation of lavaan's tutorial: nothing is latent.  Data and figures of lavaan 0.6-14 (R), to its print."""
    text = "Y ~ c*X\nM ~ a*X\nY ~ b*M\nab := a*b\ntotal := c + (a*b)\n"
    model = from_lavaan(text, index="Y", scale=(-9, 9))
    assert [(c.name, [i.name for i in c.items]) for c in model.constructs] == [
        ("X", ["X_item"]), ("Y", ["Y_item"]), ("M", ["M_item"])
    ]  # fmt: skip
    assert dict(model.data.columns) == {"X_item": "X", "Y_item": "Y", "M_item": "M"}
    k = np.arange(60)
    data = pd.DataFrame({"X": np.sin(k), "M": np.sin(k) / 2 + np.cos(3 * k), "Y": np.cos(3 * k) + np.sin(7 * k)})
    rows = cs.Study(model, data, uncertainty=None).run().parameters().set_index(["lhs", "op", "rhs"])
    for statement, (est, se) in LAVAAN_MEDIATION.items():
        assert rows.loc[statement, "est"] == pytest.approx(est, abs=5e-7)
        assert rows.loc[statement, "se"] == pytest.approx(se, abs=5e-7)


def test_a_model_without_paths_is_a_factor_analysis():
    model = from_lavaan("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\n", index="A")
    assert model.estimate.estimator == "ml" and not model.paths


def test_orthogonal_is_zeros_in_the_text():
    """The bifactor model of docs/validation.md by the option, and an endogenous pair; what the text names stays."""
    text = "T =~ x4 + x5 + x6\nS =~ x7 + x8 + x9\ng =~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9\n"
    zeros = "g ~~ 0*T + 0*S\nT ~~ 0*S"
    how = {"index": "g", "std_lv": True}
    assert from_lavaan(text, orthogonal=True, **how).hash == from_lavaan(text + zeros, **how).hash
    text = "A =~ a1 + a2\nB =~ b1 + b2\nY =~ y1 + y2\nZ =~ z1 + z2\nY ~ A + B + age\nZ ~ A\n"
    free, named = (from_lavaan(text + more, index="Y", orthogonal=True) for more in ("", "A ~~ B"))
    assert [(p.lhs, p.rhs, p.value) for p in free.parameters if p.op == "~~"] == [("A", "B", 0.0), ("Y", "Z", 0.0)]
    assert [(p.lhs, p.rhs, p.value) for p in named.parameters if p.op == "~~"] == [("A", "B", None), ("Y", "Z", 0.0)]
