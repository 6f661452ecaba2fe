"""Statements on parameters: what they mean, what is refused, and how a child changes those of its base."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

import pytest

from csimodels.errors import Problem, SpecError
from csimodels.spec import Model, Parameter, dump_model, from_lavaan, load_model, parse_model
from csimodels.spec.statements import readings

BASE = """\
csi: 1
constructs:
  Quality: {items: [Q1, Q2, Q3]}
  Service: {items: [V1, V2]}
  Whole: {of: [Quality, Service]}
  Satisfaction: {items: [S1, S2]}
  Loyalty: {items: [L1]}
paths:
  Quality: [Satisfaction, Whole]
  Service: [Satisfaction, Whole]
  Satisfaction: Loyalty
"""
ML = BASE + "estimate: {estimator: ml}\nparameters:\n"
LINE = ML.count("\n") + 1


def stated(text: str) -> list[tuple[str, str, str, float | None, str]]:
    return [(p.lhs, p.op, p.rhs, p.value, p.label) for p in parse_model(ML + text).parameters]


def problems(text: str) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        parse_model(text, origin="f.yaml")
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("Quality =~ Q2: a", ("Quality", "=~", "Q2", None, "a")),
        ("Quality=~Q2: 1", ("Quality", "=~", "Q2", 1.0, "")),
        ("Quality =~ Q2: free", ("Quality", "=~", "Q2", None, "")),
        ("Quality =~ Q2: {}", ("Quality", "=~", "Q2", None, "")),
        ("Quality =~ Q2: {value: 0.5}", ("Quality", "=~", "Q2", 0.5, "")),
        ("Quality =~ Q2: {label: 质量.1}", ("Quality", "=~", "Q2", None, "质量.1")),
        ("Whole =~ Service: 1", ("Whole", "=~", "Service", 1.0, "")),
        ("Satisfaction ~ Quality: -0.5", ("Satisfaction", "~", "Quality", -0.5, "")),
        ("Q2 ~~ Q1: free", ("Q1", "~~", "Q2", None, "")),
        ("Q1~~Q1: 0", ("Q1", "~~", "Q1", 0.0, "")),
        ("Q1 ~~ Q2: -0.3", ("Q1", "~~", "Q2", -0.3, "")),
        ("Service ~~ Quality: 0", ("Quality", "~~", "Service", 0.0, "")),
        ("S1 ~1: 5", ("S1", "~1", "", 5.0, "")),
        ("Loyalty ~ 1: m", ("Loyalty", "~1", "", None, "m")),
    ],
)
def test_one_statement(line: str, row: tuple[object, ...]) -> None:
    assert stated(f"  {line}\n") == [row]


def test_order_and_spelling_do_not_change_the_model() -> None:
    one = parse_model(ML + "  Q1 ~~ Q2: a\n  Quality =~ Q2: a\n  S1 ~1: 0\n  Quality =~ Q3: 1\n")
    two = parse_model(ML + "  S1 ~ 1: {value: 0}\n  Quality=~Q3: 1.0\n  Quality =~ Q2: {label: a}\n  Q2~~Q1: a\n")
    assert one == two and one.hash == two.hash
    assert [p.op for p in one.parameters] == ["=~", "=~", "~~", "~1"]


@pytest.mark.parametrize("estimator", ["ml", "uls", "gls", "wls", "semopy"])
def test_every_covariance_based_estimator_takes_them(estimator: str) -> None:
    model = parse_model(ML.replace("ml}", f"{estimator}}}") + "  Quality =~ Q2: 1\n")
    assert model.estimate.estimator == estimator and len(model.parameters) == 1


CASES = [
    ("Qality =~ Q1: 1", 3, ['"Qality"', 'did you mean "Quality"?']),
    ("Quality =~ Q9: 1", 3, ['"Q9"', "Q1, Q2, Q3"]),
    ("Quality ~~ Sevrice: 1", 3, ['did you mean "Service"?']),
    ("Q9 ~1: 1", 3, ['"Q9"', "Loyalty, Q1, Q2"]),
    ("Whole =~ Q1: 1", 3, ['"Q1" belongs to "Quality"', '"Whole =~ Quality"']),
    ("Whole =~ Loyalty: 1", 3, ['"Loyalty" is no dimension of "Whole"']),
    ("Quality =~ Satisfaction: 1", 3, ["no dimension", '"Satisfaction ~ Quality"']),
    ("Q1 =~ Quality: 1", 3, ['"Q1" is an item', 'write "Quality =~ Q1"']),
    ("Quality ~ Satisfaction: 1", 3, ["no path", 'write "Satisfaction ~ Quality"', "target first"]),
    ("Loyalty ~ Quality: 1", 3, ["no path", "add the path under paths: Quality: Loyalty"]),
    ("Loyalty ~ Loyalty: 1", 3, ["no path"]),
    ("Satisfaction ~ Q1: 1", 3, ['"Q1" is an item', "construct =~ item"]),
    ("Quality ~~ Q1: free", 3, ["two items or two constructs"]),
    ("Q1 ~~ Q1: -0.1", 13, ["variance", "below 0", "-0.1"]),
    ("Quality ~~ Quality: {value: -1}", 3, ["variance", "below 0"]),
    ("Quality =~ Q1: .nan", 18, ["finite"]),
    ("Quality =~ Q1: .inf", 18, ["finite"]),
    ("Quality =~ Q1: {value: 1, label: a}", 3, ["both fixed and labelled", "value 1, label a"]),
    ('Quality =~ Q1: "0.5"', 18, ["no label", "without quotes"]),
    ("Quality =~ Q1: NA", 18, ["no label", "write free"]),
    ("Quality =~ Q1: Free", 18, ["no label", "small letters"]),
    ("Quality =~ Q1: 0.8*a", 18, ["no label"]),
    ("Quality =~ Q1: start(1)", 18, ["no label"]),
    ("Quality =~ Q1: ''", 18, ["no label"]),
    ("Quality =~ Q1: true", 18, ["wrong form", "a number (fixed), free, or a label"]),
    ("Quality =~ Q1: [1]", 3, ["single groups", "names none"]),
    ("Quality =~ Q2: [1, NA]", 3, ["NA", "is no label"]),
    ("Quality =~ Q2: {value: 1, groups: {A: 2}}", 3, ["all groups and", "single ones"]),
    ("Quality =~ Q2: {value: 1, free: true}", 3, ["both fixed and free"]),
    ("Quality =~ Q1: {vlaue: 1}", 19, ['"vlaue" in parameter "Quality =~ Q1"', 'did you mean "value"?']),
    ("Quality =~ Q1: {value: a}", 26, ['value of parameter "Quality =~ Q1" must be a number']),
    ("Quality =~ Q1:", 17, ["nothing is said", "write free"]),
    ("Quality: 1", 3, ["no statement", "=~ (loading)"]),
    ("Q1 -> Q2: 1", 3, ["no statement"]),
    ("Quality =~ : 1", 3, ["no statement"]),
    ("Quality =~ Q1 + Q2: 1", 3, ['"Q1 + Q2"', "one statement for each"]),
    ("Quality =~ 0.5*Q1: 1", 3, ["after the colon"]),
]


@pytest.mark.parametrize(("line", "column", "words"), CASES, ids=[case[0] for case in CASES])
def test_refused_with_its_place(line: str, column: int, words: list[str]) -> None:
    (problem,) = problems(f"{ML}  {line}\n")
    assert problem.where == f"f.yaml:{LINE}:{column}"
    assert all(word in str(problem) for word in words), str(problem)


@pytest.mark.parametrize(
    ("one", "two"), [("Q1 ~~ Q2", "Q2 ~~ Q1"), ("Q1 ~1", "Q1 ~ 1"), ("Quality =~ Q1", "Quality=~Q1")]
)
def test_the_same_twice(one: str, two: str) -> None:
    (problem,) = problems(f"{ML}  {one}: 1\n  {two}: 1\n")
    assert problem.where == f"f.yaml:{LINE + 1}:3" and one in problem.what and two in problem.what


@pytest.mark.parametrize("estimate", ["", "estimate: {estimator: pls}\n", "estimate: {estimator: plsc}\n"])
def test_pls_has_no_use_for_them(estimate: str) -> None:
    (problem,) = problems(BASE + estimate + "parameters: {Quality =~ Q1: 1}\n")
    assert "ml, uls, gls, wls, dwls, semopy" in problem.what and "parameters: null" in problem.remedy
    assert problem.where.startswith("f.yaml:1") and problem.where.endswith(":1")


def test_misspelt_constructs_bring_no_false_alarms() -> None:
    assert len(problems(ML.replace("constructs:", "construct:") + "  Quality =~ Q1: 1\n")) == 1
    text = ML.replace("Satisfaction: Loyalty", "Satisfaction: [Loyalty, Loyalty]") + "  Satisfaction ~ Quality: 1\n"
    assert len(problems(text)) == 1


def test_names_with_operators_in_them() -> None:
    text = (
        'csi: 1\nconstructs: {"A ~ B": {items: [a, "~"]}, Satisfaction: {items: ["1", s]}}\n'
        'paths: {"A ~ B": Satisfaction}\nestimate: {estimator: ml}\nparameters:\n'
        '  "A ~ B =~ ~": 0.5\n  "Satisfaction ~ A ~ B": 2\n  "Satisfaction =~ 1": 3\n  "~ ~~ a": free\n'
    )
    model = parse_model(text)
    assert [(p.lhs, p.op, p.rhs) for p in model.parameters] == [
        ("A ~ B", "=~", "~"), ("Satisfaction", "=~", "1"), ("Satisfaction", "~", "A ~ B"), ("a", "~~", "~"),
    ]  # fmt: skip
    assert parse_model(dump_model(model)) == model
    (problem,) = problems(text + '  "s ~ 1": 0\n')
    assert "more than one way" in problem.what


def test_readings_are_cut_at_every_operator() -> None:
    assert [(s.lhs, s.op, s.rhs) for s in readings("A =~ b")] == [("A", "=~", "b"), ("A =", "~", "b")]
    assert readings("A") == readings("~ A") == readings("A ~") == []


def test_hand_made_models_are_checked() -> None:
    model = parse_model(ML + "  Q1 ~~ Q2: a\n")
    turned = Model(
        model.name, model.constructs, model.paths, index=model.index, estimate=model.estimate,
        parameters=(Parameter("Q2", "~~", "Q1", label="a"),),
    )  # fmt: skip
    assert load_model(turned).parameters == model.parameters
    wrong = Model(model.name, model.constructs, model.paths, parameters=(Parameter("Q1", "~~", "Q9"),))
    with pytest.raises(SpecError, match="Q9"):
        load_model(wrong)


# --- extends and options ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    more = "data: {replicate_weights: {columns: r*, kind: fay, fay: 0.5}}\n"
    method = "uncertainty: {method: bootstrap, replicates: 700, seed: 5, interval: bca, draw: poisson, level: 0.9}\n"
    (tmp_path / "base.yaml").write_text(ML + "  Q1 ~~ Q2: a\n  Q1 ~~ Q3: a\n" + method + more, encoding="utf-8")
    return tmp_path


def child(folder: Path, text: str) -> Model:
    path = folder / "child.yaml"
    path.write_text("csi: 1\nextends: base.yaml\n" + text, encoding="utf-8")
    return load_model(path)


def test_a_child_changes_adds_and_removes(folder: Path) -> None:
    model = child(folder, "parameters:\n  Q2~~Q1: 0.5\n  Q3 ~~ Q1: null\n  S1 ~1: 0\n")
    assert [(p.lhs, p.op, p.rhs, p.value, p.label) for p in model.parameters] == [
        ("Q1", "~~", "Q2", 0.5, ""),
        ("S1", "~1", "", 0.0, ""),
    ]


def test_a_statement_replaces_the_whole_statement(folder: Path) -> None:
    assert child(folder, "parameters: {Q1 ~~ Q2: {value: 2}}\n").parameters[0] == Parameter("Q1", "~~", "Q2", 2.0)


@pytest.mark.parametrize("text", ["{Q2 ~~ Q1: 1, Q1 ~~ Q2: 2}", "{Q2 ~~ Q1: 1, Q2~~Q1: 2}", "{S1 ~ 1: 1, S1 ~1: 2}"])
def test_twice_in_a_child_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(SpecError, match="stated twice"):
        child(folder, f"parameters: {text}\n")


def test_a_null_that_removes_nothing(folder: Path) -> None:
    with pytest.raises(SpecError, match=r"child\.yaml:3:.*nothing is said of \"S1 ~~ S2\""):
        child(folder, "parameters: {S1 ~~ S2: null}\n")


def test_pls_over_a_base_with_parameters_says_how(folder: Path) -> None:
    with pytest.raises(SpecError, match="parameters: null"):
        load_model(folder / "base.yaml", overrides={"estimate": {"estimator": "pls"}})
    change = {"estimate": {"estimator": "pls"}, "parameters": None}
    model = load_model(folder / "base.yaml", overrides=change)
    assert model.parameters == () and model.estimate.estimator == "pls"


@pytest.mark.parametrize("method", ["jackknife", "linearised", "replicate_weights"])
def test_another_method_leaves_the_bootstrap_of_the_base_behind(folder: Path, method: str) -> None:
    for model in (
        child(folder, f"uncertainty: {{method: {method}}}\n"),
        load_model(folder / "base.yaml", overrides={"uncertainty": {"method": method}}),
    ):
        u = model.uncertainty
        assert (u.method, u.replicates, u.seed, u.interval, u.draw) == (method, 5000, 1, "percentile", "multinomial")
        assert u.level == 0.9
        complete = dump_model(model, complete=True)
        assert "replicates: " not in complete and "draw" not in complete and parse_model(complete) == model


@pytest.mark.parametrize("method", ["none", "bootstrap"])
def test_methods_that_keep_the_settings(folder: Path, method: str) -> None:
    u = child(folder, f"uncertainty: {{method: {method}}}\n").uncertainty
    assert (u.method, u.replicates, u.seed, u.interval, u.draw) == (method, 700, 5, "bca", "poisson")


def test_settings_of_the_bootstrap_mean_the_bootstrap(folder: Path) -> None:
    """A spec written before other methods were there keeps its intervals."""
    (folder / "old.yaml").write_text("csi: 1\nextends: acsi\nuncertainty: {replicates: 300}\n", encoding="utf-8")
    assert load_model(folder / "old.yaml").uncertainty.method == "bootstrap"
    (folder / "new.yaml").write_text("csi: 1\nextends: acsi\nuncertainty: {level: 0.9}\n", encoding="utf-8")
    assert load_model(folder / "new.yaml").uncertainty.method == "auto"


def test_settings_of_the_child_are_its_own_fault(folder: Path) -> None:
    with pytest.raises(SpecError, match=r"child\.yaml:3:.*replicates belongs to the bootstrap"):
        child(folder, "uncertainty: {method: jackknife, replicates: 10}\n")
    child(folder, "uncertainty: {method: jackknife}\n").uncertainty  # noqa: B018
    (folder / "mid.yaml").write_text((folder / "child.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "last.yaml").write_text("csi: 1\nextends: mid.yaml\nuncertainty: {seed: 4}\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"last\.yaml:3:.*seed belongs to the bootstrap"):
        load_model(folder / "last.yaml")


def test_another_estimator_leaves_the_settings_of_the_old_one_behind(folder: Path) -> None:
    (folder / "pls.yaml").write_text(BASE + "estimate: {scheme: centroid, tol: 1e-8}\n", encoding="utf-8")
    ml = load_model(folder / "pls.yaml", overrides={"estimate": {"estimator": "ml", "errors": "mlr"}})
    assert (ml.estimate.scheme, ml.estimate.tol, ml.estimate.errors) == (None, 1e-8, "mlr")
    gls = load_model(ml, overrides={"estimate": {"estimator": "gls"}})
    assert gls.estimate.errors == "mlr"
    pls = load_model(ml, overrides={"estimate": {"estimator": "plsc"}})
    assert pls.estimate.errors is None
    with pytest.raises(SpecError, match="scheme belongs to pls"):
        load_model(ml, overrides={"estimate": {"scheme": "path"}})


def test_fiml_is_not_dropped_in_silence(folder: Path) -> None:
    ml = load_model(folder / "base.yaml", overrides={"estimate": {"missing": "fiml"}})
    change = {"estimate": {"estimator": "pls"}, "parameters": None}
    with pytest.raises(SpecError, match="fiml belongs to ml"):
        load_model(ml, overrides=change)


def test_another_kind_of_replicates_leaves_the_factors_behind(folder: Path) -> None:
    given = child(folder, "data: {replicate_weights: {kind: jk1}}\n").data.replicate_weights
    assert (given.columns, given.kind, given.fay) == (("r*",), "jk1", 0.0)


# --- shares and replicate weights ---


@pytest.mark.parametrize(
    "shares", ["f: 0.6, m: 0.4", "m: 40, f: 60", "f: 1200, m: 800", "f: 0.59999996, m: 0.39999998"]
)
def test_shares_percentages_and_counts_mean_the_same(shares: str) -> None:
    (margin,) = parse_model(f"{BASE}data: {{rake: {{sex: {{{shares}}}}}}}\n").data.rake
    assert margin.column == "sex" and [name for name, _ in margin.shares] == ["f", "m"]
    assert dict(margin.shares) == pytest.approx({"f": 0.6, "m": 0.4}, rel=1e-6)
    assert sum(share for _, share in margin.shares) == pytest.approx(1.0, abs=1e-15)


def test_margins_in_any_order_are_one_model() -> None:
    one = parse_model(BASE + "data: {rake: {sex: {f: 0.5, m: 0.5}, 1: {a: 25, 2: 75}}}\n")
    two = parse_model(BASE + "data: {rake: {1: {2: 75, a: 25}, sex: {m: 1000, f: 1000}}}\n")
    assert one == two and one.hash == two.hash
    assert one.data.rake[0].shares == (("2", 0.75), ("a", 0.25))


def test_replicate_weights_and_design() -> None:
    text = (
        "data:\n  design: {strata: h, fpc: N}\n"
        "  replicate_weights: {columns: rw*, kind: jkn, scale: 1, rscales: [1, 0.5]}\n"
        "uncertainty: {method: replicate_weights}\nrollup: {levels: [a], adjust: bh}\n"
    )
    model = parse_model(BASE + text)
    given = model.data.replicate_weights
    assert (given.columns, given.kind, given.scale, given.rscales) == (("rw*",), "jkn", 1.0, (1.0, 0.5))
    assert (model.data.design.strata, model.data.design.fpc, model.rollup.adjust) == ("h", "N", "bh")
    assert parse_model(dump_model(model)) == model and parse_model(dump_model(model, complete=True)) == model


@pytest.mark.parametrize(
    "text",
    [
        "  ? " + "~" * 900_000 + "\n  : 1\n",
        "".join(f'  "{"~" * 400}{k}": 1\n' for k in range(2000)),
        "".join(f'  "Q1 ~~ Q{k}": free\n' for k in range(20_000)),
    ],
    ids=["one long key", "many operators", "many statements"],
)
def test_hostile_statements_are_refused(text: str) -> None:
    assert 0 < len(problems(ML + text)) <= 20_000


def _lavaan_of(size: int) -> Model:
    block = " + ".join(f"k{k}*a{k}" for k in range(size))
    equal = "\n".join(f"k{k} == k{k + 1}" for k in range(size - 1))
    return from_lavaan(f"A =~ a + {block}\nSatisfaction =~ s\nSatisfaction ~ A\n{equal}")


def _calls_of(size: int) -> int:
    """Calls of functions, ours and built-in ones, that reading `size` equal loadings takes."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        _lavaan_of(size)
    finally:
        sys.setprofile(before)
    return calls


def test_work_on_a_long_lavaan_text_grows_in_proportion() -> None:
    assert _calls_of(800) < 2.5 * _calls_of(400)
    model = _lavaan_of(3000)
    assert {p.label for p in model.parameters} == {"k0"} and len(model.parameters) == 3000
