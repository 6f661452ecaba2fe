"""Defined parameters: formulas of labels, what is wrong with them, lavaan's := in and out."""

from __future__ import annotations

import numpy as np
import pytest

import csimodels as cs
from csimodels.spec.expressions import DEEPEST, FormulaError, formula

SPEC = """
csi: 1
constructs: {A: {items: [a1, a2, a3]}, B: {items: [b1, b2, b3]}, Satisfaction: {items: [s1, s2, s3]}}
paths: {A: [B, Satisfaction], B: Satisfaction}
estimate: {estimator: ml}
parameters: {B ~ A: a, Satisfaction ~ B: b, Satisfaction ~ A: c}
defined:
  total: c + indirect
  indirect: a * b
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("8 - 3 - 2", 3.0),
        ("8 / 4 / 2", 1.0),
        ("2^3^2", 512.0),
        ("2**3", 8.0),
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("- - 3", 3.0),
        ("2 * -3", -6.0),
        ("exp(log(5)) + sqrt(16)", 9.0),
        ("x.1 * .5 + 1e-1", 1.1),
    ],
)
def test_formulas_read_as_in_r(text: str, value: float) -> None:
    """R prints these values: powers from the right, before the sign."""
    assert float(formula(text)({"x.1": 2.0})) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a *", "ends where"),
        ("(a", "not closed"),
        ("a b", 'operator is missing before "b"'),
        ("a @ b", "no part"),
        ("gamma(a)", "no function"),
        ("* a", '"*" stands'),
        ("", "ends where"),
        ("(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1), "nested"),
        ("2^" * 3000 + "a", "characters"),
        ("2^" * 200 + "a", "nested"),
    ],
)
def test_what_is_no_formula_is_said(text: str, what: str) -> None:
    with pytest.raises(FormulaError, match="(?i)" + what.replace("*", r"\*")):
        formula(text)


def test_a_model_keeps_them_and_its_hash_tells() -> None:
    model = cs.parse_model(SPEC)
    assert model.defined == (("total", "c + indirect"), ("indirect", "a * b"))
    assert cs.parse_model(cs.dump_model(model)) == model
    assert cs.from_lavaan(cs.to_lavaan(model)).defined == model.defined
    plain = cs.parse_model(SPEC[: SPEC.index("defined:")])
    assert plain.hash != model.hash
    assert "defined" not in cs.dump_model(plain)


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("x: a * d", 'no parameter has the label "d"'),
        ("x: a *", "ends where"),
        ("a: b", '"a" is the label of a parameter too'),
        ("x: y\n  y: x + a", '"x" is defined by itself'),
        ("x y: a", "cannot be the name"),
        ("x:", "nothing is said"),
    ],
)
def test_faults_have_their_line(lines: str, what: str) -> None:
    text = SPEC[: SPEC.index("  total")] + f"  {lines}\n"
    with pytest.raises(cs.SpecError) as caught:
        cs.parse_model(text)
    assert what in str(caught.value)
    assert ":8:" in str(caught.value) or ":9:" in str(caught.value)


def test_pls_refuses_them_by_name() -> None:
    text = SPEC.replace("{estimator: ml}", "{estimator: pls}")
    with pytest.raises(cs.SpecError, match="defined parameters belong to the estimators ml"):
        cs.parse_model(text)


def test_labels_made_equal_are_renamed_in_formulas() -> None:
    text = "A =~ a1+a2+a3\nS =~ s1+s2+s3\nT =~ t1+t2+t3\nS ~ a*A\nT ~ b*S + c*A\na == b\nab := a *\n b\n"
    model = cs.from_lavaan(text, index="T")
    assert model.defined == (("ab", "a * a"),)


def test_an_indirect_effect_is_that_of_the_model_effects() -> None:
    """The same product by two roads: formula of labels, and the effect of the path model, with their errors."""
    model = cs.parse_model(SPEC)
    data = cs.simulate(model, 200, seed=3).data
    result = cs.Study(model, data, uncertainty=None).run()
    rows = result.parameters().set_index(["op", "lhs"]).loc[":="]
    effects = result.model_effects().set_index(["source", "target", "kind"]).loc[("A", "Satisfaction")]
    for name, kind in (("indirect", "indirect"), ("total", "total")):
        for column in ("est", "se", "std_all", "std_all_se"):
            np.testing.assert_allclose(rows.loc[name, column], effects.loc[kind, column], rtol=1e-9)
