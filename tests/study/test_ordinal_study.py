"""`estimate: {correlations: polychoric}`: influences by brute force, planted values, what is refused and said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.infer.influence import contributions, contributions_of_parts
from csimodels.moments import Moments, Rows

RULES = (("polychoric", "complete"), ("polychoric_pairwise", "pairwise"))


def coarse(n: int, seed: int, holes: float = 0.0) -> np.ndarray:
    """Answers of four items on five levels to one factor."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, 4))
    x = np.clip(np.round(z + 3), 1, 5)
    return np.where(rng.random(x.shape) < holes, np.nan, x)


@pytest.mark.parametrize(("rule", "form"), RULES)
def test_contributions_are_the_derivative_by_the_weight_of_a_row(rule: str, form: str) -> None:
    x = coarse(200, 3, 0.1)
    levels = tuple(np.unique(column[~np.isnan(column)]) for column in x.T)
    weights = np.random.default_rng(4).uniform(0.5, 2, len(x))
    rows = Rows(tuple("abcd"), x, np.full(4, 3.0), weights, form, levels=levels)
    moments = Moments.from_sums(rows.sums(), rule)
    found = contributions(rows, moments, rule)
    upper, step, some = np.triu_indices(4), 1e-4, 8
    counts = np.ones((2 * some, rows.n))
    counts[np.arange(some), np.arange(some)] += step
    counts[some + np.arange(some), np.arange(some)] -= step
    moved = Moments.from_sums(rows.sums(counts), rule)
    flat = np.concatenate([moved.mean, moved.cov[:, upper[0], upper[1]]], axis=1)
    assert found[:some] == pytest.approx((flat[:some] - flat[some:]) / (2 * step), abs=1e-8)  # of up to .03
    assert found.sum(axis=0) == pytest.approx(np.zeros(found.shape[1]), abs=1e-12)
    part = np.arange(rows.n) % 7
    parts = contributions_of_parts(rows.sums((part == np.arange(7)[:, None]) * 1.0), moments, rule, rows.sums())
    assert parts == pytest.approx(np.stack([found[part == k].sum(axis=0) for k in range(7)]), abs=1e-13)


def survey_of(n: int, seed: int) -> pd.DataFrame:
    """Two factors with a path of .6, three items each with loadings of .8, answers on three uneven levels."""
    rng = np.random.default_rng(seed)
    one = rng.normal(size=n)
    two = 0.6 * one + 0.8 * rng.normal(size=n)
    items = [0.8 * f[:, None] + 0.6 * rng.normal(size=(n, 3)) for f in (one, two)]
    x = np.digitize(np.hstack(items), [-1.2, 0.9]) + 1.0
    return pd.DataFrame(x, columns=["a1", "a2", "a3", "b1", "b2", "b3"])


SPEC = """
csi: 1
name: two
scale: [1, 3]
constructs:
  One: {items: [a1, a2, a3], measured: reflective}
  Two: {items: [b1, b2, b3], measured: reflective}
paths: {One: Two}
index: {construct: Two}
estimate: {estimator: plsc, correlations: polychoric}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "two.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_a_planted_path_comes_back_where_coarse_answers_attenuate_it(spec: Path) -> None:
    data = survey_of(8000, 1)
    ordinal, plain = (cs.Study(spec, data, correlations=kind).run() for kind in ("polychoric", "pearson"))
    found, other = ordinal.paths().iloc[0], plain.loadings()["loading"].mean()
    assert found["low"] < 0.6 < found["high"] and found["se"] < 0.02
    assert ordinal.loadings()["loading"].mean() == pytest.approx(0.8, abs=0.01)
    assert other < 0.76  # loadings of the levels as numbers
    assert ordinal.index()["index"].tolist() == pytest.approx(plain.index()["index"].tolist(), abs=0.3)
    assert "polychoric" in ordinal.facts["correlations"] and "correlations" not in plain.facts
    assert "linearised" in ordinal.facts["uncertainty"]


def test_replicates_agree_with_influences_by_group(spec: Path) -> None:
    data = survey_of(800, 2)
    data["g"] = np.arange(800) % 2
    data.loc[::17, "a1"] = np.nan
    settings = {"by": "g", "missing": "pairwise"}
    tables = [
        cs.Study(spec, data, uncertainty=how, **settings).run().paths()["se"]  # type: ignore[arg-type]
        for how in ("linearised", "jackknife", cs.Bootstrap(150, seed=1))
    ]
    assert tables[1].to_numpy() == pytest.approx(tables[0].to_numpy(), rel=0.05)  # second order in 1/400
    assert tables[2].to_numpy() == pytest.approx(tables[0].to_numpy(), rel=0.25)  # 150 replicates: 6 % of its own


def test_what_ordered_levels_have_no_arithmetic_for_is_refused_by_name(spec: Path) -> None:
    data = survey_of(120, 3)
    with pytest.raises(cs.SpecError, match="polychoric correlations take the answers as given: no missing: em"):
        cs.Study(spec, data, missing="em")
    with pytest.raises(cs.SpecError, match="correlations belongs to pls and plsc; the estimator is ml"):
        cs.load_model(spec, overrides={"estimate": {"estimator": "ml", "correlations": "polychoric"}})
    wide = data.assign(a1=np.linspace(1, 3, 120))
    with pytest.raises(cs.DataError, match=r"a1 \(120\)[\s\S]*at most 20 levels"):
        cs.Study(spec, wide).check()
    result = cs.Study(spec, data, uncertainty=None).run()
    with pytest.raises(cs.SpecError, match="prediction needs the answers as numbers"):
        result.prediction()


def test_weighted_least_squares_of_ordered_answers_by_the_front_door(spec: Path) -> None:
    data = survey_of(600, 5).assign(w=np.random.default_rng(6).uniform(0.5, 2, 600), g=np.arange(600) % 2)
    ordered = {"estimate": {"estimator": "dwls", "correlations": None}}
    model = cs.load_model(spec, overrides=ordered)
    run = cs.Study(model, data).run()
    path = run.paths().iloc[0]
    assert (
        path["low"] < 0.6 < path["high"]
        and run.facts["estimator"] == "DWLS"
        and "polychoric" in run.facts["correlations"]
    )
    assert any("intervals keep the weight matrix" in note for note in run.notes)
    # two factors of three items each: the errors of both kinds are those of one influence, but for the derivatives
    table = run.parameters().set_index(["lhs", "op", "rhs"])
    assert path["estimate"] == pytest.approx(table.loc[("Two", "~", "One"), "std_all"], abs=1e-10)
    assert path["se"] == pytest.approx(table.loc[("Two", "~", "One"), "std_all_se"], rel=0.03)
    fit = set(run.fit_measures()["measure"])
    assert {"chisq.scaled", "cfi.scaled", "rmsea.robust", "srmr"} <= fit and not fit & {"gfi", "ecvi"}
    weighted = cs.Study(model, data, weight="w").run().parameters()
    assert weighted["se"].mean() > 1.03 * run.parameters()["se"].mean()  # a design effect of 1.1 to 1.2
    with pytest.raises(cs.SpecError, match="dwls takes its weight matrix from the answers of one group"):
        cs.Study(model, data, by="g").run()
    holed = data.assign(a1=data["a1"].where(np.arange(len(data)) % 50 > 0))
    with pytest.raises(cs.DataError, match="not valid under this missing rule"):
        cs.Study(model, holed, missing="em").run()


def test_indefinite_correlations_are_said_with_their_eigenvalue() -> None:
    data = cs.simulate("ecsi", 60, seed=1).data
    notes = cs.Study("ecsi", data, correlations="polychoric", uncertainty=None).run().notes
    assert any("not positive definite" in note and "all respondents: -0." in note for note in notes)


def test_the_default_written_out_is_the_same_model(spec: Path) -> None:
    plain = cs.load_model(spec, overrides={"estimate": {"correlations": "pearson"}})
    assert plain.estimate.correlations is None and plain.hash != cs.load_model(spec).hash
    again = spec.with_name("again.yaml")
    again.write_text(cs.dump_model(cs.load_model(spec)), encoding="utf-8")
    assert cs.load_model(again).hash == cs.load_model(spec).hash


#: Answers of 22 rows to six items.
FEW = [
    "312222",
    "233443",
    "211122",
    "433443",
    "334333",
    "112212",
    "243244",
    "434444",
    "232222",
    "223133",
    "122212",
    "221111",
    "434343",
    "112222",
    "332242",
    "222211",
    "122112",
    "343333",
    "344422",
    "443444",
    "222332",
    "334332",
]
#: lavaan 0.6-14, ordered = TRUE, WLSMV: standardised loadings and path, their errors, chi-square and scaled chi-square.
STD = [0.83240017, 0.77307048, 0.86592967, 0.81827295, 0.98244232, 0.9141956, 0.95887479]
ERRORS = [0.10683812, 0.11142892, 0.11504684, 0.08878925, 0.06488092, 0.04899139, 0.09616116]
CHI = [5.091912, 6.770897]


def test_dwls_takes_indefinite_correlations_as_lavaan_does() -> None:
    """Relative 2e-5, where lavaan's optimiser stops; the smallest eigenvalue is -0.018."""
    data = pd.DataFrame([[int(c) for c in row] for row in FEW], columns=[f"x{k}" for k in range(1, 7)])
    blocks = "A: {items: [x1, x2, x3]}, B: {items: [x4, x5, x6]}"
    text = f"csi: 1\nscale: [1, 4]\nconstructs: {{{blocks}}}\npaths: {{A: B}}\nindex: {{construct: B}}"
    run = cs.Study(cs.parse_model(text), data, estimator="dwls", uncertainty=None).run()
    table = run.parameters()
    table = table[table["op"].isin(["=~", "~"])]
    assert table["std_all"].to_numpy() == pytest.approx(STD, rel=2e-5)
    assert table["std_all_se"].to_numpy() == pytest.approx(ERRORS, rel=2e-5)
    fit = run.fit_measures().set_index("measure")["value"]
    assert fit[["chisq", "chisq.scaled"]].to_numpy() == pytest.approx(CHI, rel=2e-5)
    assert any("dwls inverts none" in note for note in run.notes)


def test_dwls_refuses_a_copied_item_as_every_estimator_does() -> None:
    data = pd.DataFrame([[int(c) for c in row] for row in FEW], columns=[f"x{k}" for k in range(1, 7)])
    blocks = "A: {items: [x1, x2, x3]}, B: {items: [x4, x5, x6]}"
    text = f"csi: 1\nscale: [1, 4]\nconstructs: {{{blocks}}}\npaths: {{A: B}}\nindex: {{construct: B}}"
    for copy in (data["x1"], 5 - data["x1"]):
        study = cs.Study(cs.parse_model(text), data.assign(x2=copy), estimator="dwls", uncertainty=None)
        with pytest.raises(cs.EstimationError, match="copies"):
            study.run()
