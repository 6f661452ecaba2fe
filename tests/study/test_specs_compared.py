"""Two specs on the same answers: paired errors against leaving each respondent out, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sources import mobi
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.estimate import Design
from csimodels.moments import Moments
from csimodels.tables import Layout, index_weights, quantities
from csimodels.tables.catalogue import find

WITHOUT = {"paths": {"Image": ["Expectation", "Loyalty"]}}


@pytest.fixture(scope="module")
def other() -> cs.Model:
    return cs.load_model("ecsi", overrides=WITHOUT)


@pytest.fixture(scope="module")
def found(other: cs.Model) -> pd.DataFrame:
    return cs.compare_specs("ecsi", other, mobi().astype(float), repeats=2)


def reweighted(model: cs.Model, x: np.ndarray, step: float) -> dict[str, np.ndarray]:
    """Derivatives of published numbers with respect to the weight of each respondent in turn, (n,) each."""
    design = Design.of(model)
    layout, n = Layout.of(model, design), len(x)

    def at(h: float) -> np.ndarray:
        total = x.sum(axis=0) + h * x
        mean = total / (n + h)
        square = (x.T @ x + h * x[:, :, None] * x[:, None, :]) / (n + h)
        count = np.full(n, float(n))
        moments = Moments(mean, square - mean[:, :, None] * mean[:, None, :], count, count, model.item_names)
        fit = cs.PLS(tol=1e-13)(design, moments)
        return quantities(fit, layout, index_weights(fit, layout, "own"))

    slopes = (at(step) - at(-step)) / (2 * step)
    return {
        f"{name} {subject}": slopes[:, layout.blocks[name].start + k]
        for name in ("index", "path", "total_unstd", "r2")
        for k, subject in enumerate(layout.subjects[name])
    }


def test_errors_of_differences_are_those_of_the_infinitesimal_jackknife(found: pd.DataFrame, other: cs.Model) -> None:
    """Each respondent's weight moved in turn (Jaeckel 1972): derivatives by differences are good to some 1e-5."""
    model = cs.load_model("ecsi")
    x = mobi().astype(float)[list(model.item_names)].to_numpy()
    one, two = reweighted(model, x, 1e-2), reweighted(other, x, 1e-2)
    block = {"index": "index", "paths": "path", "effects": "total_unstd", "r2": "r2"}
    rows = found[(found["status"] == "ok") & found["table"].isin(block) & (found["se"] > 1e-4)]
    assert len(rows) > 15
    for row in rows.itertuples():
        gap = two[f"{block[row.table]} {row.subject}"] - one[f"{block[row.table]} {row.subject}"]
        expected = np.sqrt(len(gap) / (len(gap) - 1) * ((gap - gap.mean()) ** 2).sum())
        assert row.se == pytest.approx(expected, rel=1e-4), (row.table, row.subject)


def cell(found: pd.DataFrame, table: str, column: str, **where: str) -> Any:
    """The one cell of a table; `where` holds its subject or measure."""
    rows = found[found["table"] == table]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return rows[column].item()


def test_numbers_are_those_of_each_study(found: pd.DataFrame, other: cs.Model) -> None:
    first, second = (cs.Study(m, mobi().astype(float), uncertainty=None).run() for m in ("ecsi", other))
    for result, column in ((first, "first"), (second, "second")):
        for row in result.index().to_dict("records"):
            assert cell(found, "index", column, subject=row["construct"]) == pytest.approx(row["index"], rel=1e-9)
        for row in result.r2().itertuples():
            assert cell(found, "r2", column, subject=row.construct) == pytest.approx(row.r2, rel=1e-9)
    lost = {"subject": "Image -> Satisfaction"}
    assert cell(found, "paths", "status", **lost) == "in one spec only"
    assert np.isnan(cell(found, "paths", "second", **lost))
    assert cell(found, "index", "status", subject="Complaints") == "the same in both"  # one item, no weights
    losses = first.cvpat_between(second, repeats=2).set_index("construct")
    overall = cell(found, "prediction", "difference", subject="overall")
    assert overall == pytest.approx(-losses.loc["overall", "difference"])
    # without a path that is there the model fits worse
    assert cell(found, "fit", "difference", measure="SRMR, estimated") > 0.005


def test_groups_clusters_and_constructs_of_one_spec_only(other: cs.Model) -> None:
    data = cs.simulate("ecsi", 240, seed=2).data.assign(bank=["a", "b"] * 120, branch=[k // 12 for k in range(240)])
    parts = {"data": {"by": ["bank"], "design": {"cluster": "branch"}}}
    first = cs.load_model("ecsi", overrides=parts)
    second = cs.load_model(first, overrides=WITHOUT)
    whole = cs.compare_specs(first, second, data, repeats=1)
    named = find("specs")
    assert named is not None and [c for c in whole.columns if c != "bank"] == list(named.column_names)
    assert set(whole["bank"]) == {"a", "b"}
    paired = whole[(whole["table"] == "effects") & (whole["status"] == "ok")]
    assert (paired["df"] <= 19).all()  # 20 branches in each group


def test_ml_has_fit_and_no_prediction() -> None:
    ml = {"estimate": {"estimator": "ml"}}
    first = cs.load_model("acsi", overrides=ml)
    second = cs.load_model(first, overrides={"paths": {"Expectation": ["Quality", "Value"]}})
    assert len(second.paths) == len(first.paths) - 1
    data = cs.simulate(first, 250, seed=3).data
    found = cs.compare_specs(first, second, data)
    assert cell(found, "fit", "difference", measure="df") == 1
    assert cell(found, "fit", "difference", measure="chisq") > 0
    assert "PLS and PLSc" in cell(found, "prediction", "status", measure="")


def test_the_error_of_a_spec_with_itself_is_nothing() -> None:
    data = cs.simulate("ecsi", 100, seed=4).data
    found = cs.compare_specs("ecsi", "ecsi", data, repeats=1)
    assert (found["difference"].abs() < 1e-12).all()
    tested = found[found["table"].isin(["index", "paths", "effects", "r2"])]
    assert set(tested["status"]) == {"the same in both"} and tested["p"].isna().all()


def test_what_cannot_be_compared_is_refused(other: cs.Model) -> None:
    data = cs.simulate("ecsi", 120, seed=5).data.assign(bank=["a", "b"] * 60)
    grouped = cs.load_model("ecsi", overrides={"data": {"by": ["bank"]}})
    with pytest.raises(cs.SpecError, match="different groups"):
        cs.compare_specs("ecsi", grouped, data)
    named = cs.load_model("ecsi", overrides={"data": {"by": ["first"]}})
    with pytest.raises(cs.SpecError, match="column of that name"):
        cs.compare_specs(named, named, data.rename(columns={"bank": "first"}))
    half = cs.load_model("ecsi", overrides={"data": {"where": {"bank": "a"}}})
    with pytest.raises(cs.DataError, match="60 rows are used by one of the specs only"):
        cs.compare_specs("ecsi", half, data)
    with pytest.raises(cs.SpecError, match="repeats"):
        cs.compare_specs("ecsi", other, data, repeats=0)


def test_the_command_writes_every_number(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    cs.simulate("ecsi", 100, seed=6).data.to_csv("survey.csv", index=False)
    cs.dump_model(cs.load_model("ecsi", overrides=WITHOUT), "other.yaml")
    done = CliRunner().invoke(app, ["compare-specs", "ecsi", "other.yaml", "survey.csv", "-o", "specs.csv"])
    assert done.exit_code == 0, done.output
    written = pd.read_csv("specs.csv")
    assert {"index", "paths", "effects", "r2", "fit", "prediction"} == set(written["table"])
    done = CliRunner().invoke(app, ["compare-specs", "ecsi", "other.yaml", "survey.csv", "-o", "specs.xlsx"])
    assert isinstance(done.exception, cs.SpecError) and "CSV" in str(done.exception)
