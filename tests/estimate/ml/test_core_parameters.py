"""The parameter table: lavaan's defaults, statements of the model, groups, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from core_cases import acsi, build, democracy, sample_of, second, stated, three

from csimodels.errors import SpecError
from csimodels.estimate import Design
from csimodels.estimate.ml.identification import refuse_unidentified
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.solution import solve
from csimodels.estimate.ml.structure import Structure
from csimodels.spec import load_model
from csimodels.spec.model import Model

of = ParameterTable.of


def with_parameters(model: Model, *texts: str) -> Model:
    return replace(model, parameters=tuple(stated(*texts)))


def free_names(table: ParameterTable) -> set[str]:
    return {row.name for row in table.rows if row.free >= 0}


def test_model_and_design_give_the_same_table() -> None:
    for model in (three, democracy, second):
        assert repr(of(model)) == repr(of(Design.of(model)))


def test_defaults_are_those_of_lavaan_sem() -> None:
    """lavaanify(model.type = "sem") of this model frees A ~~ E and C ~~ D beside the variances (lavaan 0.6-14)."""
    model = build(
        {"A": ["a1", "a2", "a3"], "B": ["b1", "b2"], "C": ["c1"], "D": ["d1", "d2"], "E": ["e1", "e2"]},
        ["A B", "A C", "B D"],
    )
    table = of(model, mean_structure=True)
    covariances = {row.name for row in table.rows if row.op == "~~" and row.lhs != row.rhs}
    assert covariances == {"A ~~ E", "C ~~ D"} and table.q == 34
    fixed = {row.name: row.value for row in table.rows if row.free < 0}
    assert fixed == {f"{f} =~ {f.lower()}1": 1.0 for f in "ABCDE"} | {"c1 ~~ c1": 0.0} | {
        f"{f} ~1": 0.0 for f in "ABCDE"
    }


def test_order_is_that_of_lavaan() -> None:
    operators = [row.op for row in of(democracy, mean_structure=True).rows]
    assert operators == sorted(operators, key=["=~", "~", "~~", "~1"].index)
    first = next(row for row in of(democracy).rows if row.op == "~~")
    assert first.name == "y1 ~~ y5"  # stated covariances before variances


def test_labels_hold_equal_and_name_the_parameter() -> None:
    table = of(with_parameters(three, "a: visual =~ x2", "a: visual =~ x3"))
    assert table.q == 20 and table.names[0] == "a" and table.spelled[0] == "visual =~ x2"
    assert of(replace(three, parameters=table_statements("a"))).q == 20


def table_statements(label: str) -> tuple[Any, ...]:
    return tuple(stated(f"{label}: visual =~ x2", f"{label}: visual =~ x3"))


def test_a_label_shared_with_the_marker_fixes_all_of_them() -> None:
    """As in lavaan: a*x1 + a*x2 + a*x3 leaves x1 at 1, so all are 1; chi2 96.2530, df 26, npar 19."""
    model = with_parameters(three, *(f"a: visual =~ x{k}" for k in (1, 2, 3)))
    for identification in ("marker", "std_lv"):
        solution = solve(Structure(of(model, identification=identification)), sample_of("hs_marker"))  # type: ignore[arg-type]
        assert (solution.structure.q, solution.df) == (19, 26)
        assert solution.chi2 == pytest.approx(96.253, abs=5e-4)


def test_fixed_values_and_freed_markers() -> None:
    model = with_parameters(three, "visual =~ x1", "0.5: visual =~ x2", "1: visual ~~ visual")
    table = of(model)
    assert "visual =~ x1" in free_names(table) and not {"visual =~ x2", "visual ~~ visual"} & free_names(table)
    refuse_unidentified(table)


def test_a_stated_intercept_brings_the_mean_structure() -> None:
    assert not of(three).mean_structure
    table = of(with_parameters(three, "4: x1 ~1"))
    assert table.mean_structure and table.q == 21 + 8


def test_labels_hold_across_groups_as_in_lavaan() -> None:
    table = of(with_parameters(three, "a: visual =~ x2", "a: visual =~ x3"), groups=2)
    assert table.q == 2 * 21 - 3


def test_equal_loadings_free_the_variances_that_std_lv_fixes() -> None:
    table = of(three, groups=2, identification="std_lv", equal={"loadings"})
    assert {"visual ~~ visual.g2", "speed ~~ speed.g2"} <= free_names(table)
    assert "visual ~~ visual" not in free_names(table)


def test_equal_intercepts_free_the_means_of_the_dimensions_but_not_of_their_higher_order_construct() -> None:
    """lavaan frees all four means, which are then not identified: the mean of the whole is that of its parts."""
    table = of(second, groups=2, mean_structure=True, equal={"loadings", "intercepts"})
    means = {row.name for row in table.rows if row.matrix == "alpha" and row.free >= 0}
    assert means == {"visual ~1.g2", "textual ~1.g2", "speed ~1.g2"}
    refuse_unidentified(table)


def test_released_parameters_are_found_in_either_order() -> None:
    model = with_parameters(three, "x1 ~~ x4")
    for text in ("x1 ~~ x4", "x4~~x1"):
        table = of(model, groups=2, equal={"residual.covariances"}, free=[text])
        assert "x1 ~~ x4.g2" in {name for name, k in zip(table.names, range(table.q), strict=True)}
        assert len(table.names) == 44


@pytest.mark.parametrize("name", ["acsi", "ecsi", "ccsi", "tcsi", "scsb", "ncsb", "ecsi-product-service"])
@pytest.mark.parametrize("identification", ["marker", "std_lv"])
def test_library_models_are_identified(name: str, identification: str) -> None:
    refuse_unidentified(of(load_model(name), identification=identification))  # type: ignore[arg-type]


def refused(call: Any) -> str:
    with pytest.raises(SpecError) as caught:
        call()
    return str(caught.value)


def test_composites_are_refused_by_name_all_at_once() -> None:
    a, b, c = build({"A": ["a1", "a2"], "B": ["b1", "b2"], "C": ["c1"]}, ["A B", "B C"]).constructs
    model = Model("m", (replace(a, measured="composite"), replace(b, mode="B"), replace(c, mode="B")), (("A", "B"),))
    text = refused(lambda: of(model))
    assert "A: " in text and "measured: composite" in text and "B: " in text and "mode B" in text
    assert "C: " not in text and "estimator: pls" in text  # a single item is no composite


def test_the_reliability_of_several_items_is_not_stated_but_estimated() -> None:
    a, b = build({"A": ["a1", "a2"], "B": ["b1"]}, ["A B"]).constructs
    text = refused(lambda: of(Model("m", (replace(a, reliability=0.8), replace(b, reliability=0.8)), (("A", "B"),))))
    assert "A: " in text and "B: " not in text and "leave reliability out" in text


def test_dimensions_that_lead_to_their_own_construct_are_refused() -> None:
    model = replace(second, paths=(("visual", "general"),))
    assert "run in a circle" in refused(lambda: of(model)) and "general" in refused(lambda: of(model))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CUSCO ~~ CUEX1", "CUSCO has no residual"),
        ("-1: CUEX1 ~~ CUEX1", "a variance cannot be fixed below zero"),
        ("Quality =~ Loyalty", "a loading belongs to an item (or dimension) of the construct itself"),
        ("Expectation ~ Loyalty", "add the path from Loyalty to Expectation"),
        ("Quality ~~ CUEX1", "joins two items or two constructs"),
        ("Nobody ~1", "no such item or construct"),
    ],
)
def test_statements_that_cannot_be_meant(statement: str, words: str) -> None:
    assert words in refused(lambda: of(with_parameters(acsi(), statement)))


def test_a_label_frees_what_a_convention_fixes_at_0() -> None:
    """As in lavaan: the residual of a single item, the mean of a construct; only scales stay fixed."""
    model = with_parameters(acsi(), "a: Loyalty =~ CUSL1", "e: CUSCO ~~ CUSCO", "m: Quality ~1")
    free = {row.name: row.free >= 0 for row in of(model).rows}
    assert (free["CUSCO ~~ CUSCO"], free["Quality ~1"], free["Loyalty =~ CUSL1"]) == (True, True, False)


def test_unknown_words_of_equality_get_the_nearest() -> None:
    text = refused(lambda: of(three, groups=2, equal={"loading"}))
    assert 'did you mean "loadings"?' in text
    text = refused(lambda: of(three, groups=2, equal={"loadings"}, free=["visual =~ x22", "visual =~ x2"]))
    assert 'did you mean "visual =~ x2"?' in text and text.count("no such parameter") == 1
    assert "mean_structure" in refused(lambda: of(three, groups=2, equal={"intercepts"}))


def test_one_construct_with_two_items_is_not_identified() -> None:
    text = refused(lambda: refuse_unidentified(of(build({"F": ["a", "b"]}))))
    assert "not identified: 4 parameters, 3 moments" in text and "F =~ b" in text


@pytest.mark.parametrize("identification", ["marker", "std_lv"])
def test_the_parameters_that_are_not_identified_are_named(identification: str) -> None:
    """A free loading and a free variance of the same construct; the other constructs are not to blame."""
    model = with_parameters(three, "visual =~ x1", "visual ~~ visual")
    text = refused(lambda: refuse_unidentified(of(model, identification=identification)))  # type: ignore[arg-type]
    involved = {"visual =~ x1", "visual =~ x2", "visual =~ x3", "visual ~~ visual"}
    assert all(name in text for name in involved) and "textual =~" not in text and "x4 ~~ x4" not in text


def test_values_of_a_table_reach_the_matrices() -> None:
    structure = Structure(of(with_parameters(three, "0.5: visual =~ x2", "0.3: visual ~~ textual")))
    matrices = structure.matrices(np.full(structure.q, 2.0))
    assert matrices.lam[0, 1, 0] == 0.5 and matrices.psi[0, 0, 1] == matrices.psi[0, 1, 0] == 0.3
    assert matrices.lam[0, 0, 0] == 1.0 and matrices.theta[0, 4, 4] == 2.0
