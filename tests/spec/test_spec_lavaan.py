"""lavaan syntax in and out."""

from __future__ import annotations

import pytest

from csimodels.errors import SpecError
from csimodels.spec import Construct, IndexSpec, Item, Model, from_lavaan, library, load_model, to_lavaan

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
        ("a1 ~~ a2", ["covariance (~~)", "not supported"]),
        ("a1 ~ 1", ["intercept", "not supported"]),
        ("Satisfaction ~ b*A", ["label or fixed value", "b*A"]),
        ("A =~ 1*a3", ["label or fixed value", "1*a3"]),
        ("A =~ NA*a3", ["label or fixed value"]),
        ("ab := a*b", ["defined parameter"]),
        ("a == b", ["constraint (==)"]),
        ("a > 0", ["constraint (>)"]),
        ("a < 0", ["constraint (<)"]),
        ("a1 | t1", ["threshold"]),
        ("a1 ~*~ 1", ["scaling"]),
        ("level: 1", ["groups or levels"]),
        ("Satisfaction ~ A:B", ["interaction"]),
        ("A =~ a1 + + a2", ["name is missing"]),
        ("Satisfaction ~", ["name is missing"]),
        ("Satisfaction", ["not a lavaan statement"]),
        ("A <~ a3", ["both as =~ and as <~"]),
        ("H =~ A + Satisfaction", ["reflective higher-order", "H <~ A + Satisfaction"]),
        ("H <~ A + h1", ["constructs and of items"]),
        ("Satisfaction ~ Prise", ["unknown construct", "Prise"]),
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
        from_lavaan("A =~ 1*a\na ~~ b\nc := 1\n")
    assert [p.where for p in caught.value.problems] == ["lavaan:1:1", "lavaan:2:1", "lavaan:3:1"]


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
