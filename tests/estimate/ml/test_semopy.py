"""semopy as second opinion: another program, the same model, the same numbers."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sources
from missing_cases import acsi, answers, runs, short

from csimodels.errors import EstimationError, MissingExtraError, SpecError, Status
from csimodels.estimate import Design, semopy_peer
from csimodels.estimate.ml.estimator import ML
from csimodels.estimate.semopy_peer import Semopy, crosscheck, description
from csimodels.moments import Moments, Rows
from csimodels.spec.model import Construct, Item, Model, Parameter

pytest.importorskip("semopy")

#: Both stop at changes of the discrepancy of 1e-13, which leaves a parameter about six digits; chi2 is flat there.
PARAMETER, CHI2 = 1e-5, 1e-8


def moments(model: Model, counts: np.ndarray | None = None) -> Moments:
    x = answers(model, holes=False)
    return Moments.from_sums(Rows(model.item_names, x, np.full(x.shape[1], 5.5)).sums(counts))


def both(model: Model) -> dict[str, tuple[float, float]]:
    design, data = Design.of(model), moments(model)
    rows = crosscheck(ML()(design, data), Semopy()(design, data))
    return {row.parameter: (row.ours, row.semopy) for row in rows}


def agree(found: dict[str, tuple[float, float]]) -> None:
    assert found["df"][0] == found["df"][1]
    assert found["chi2"][0] == pytest.approx(found["chi2"][1], rel=CHI2)
    wrong = {k: v for k, v in found.items() if abs(v[0] - v[1]) > PARAMETER * max(1, abs(v[0]))}
    assert not wrong


def test_acsi_with_its_single_item_fixed() -> None:
    """semopy by itself frees the residual of the complaints item and has df 143; here it is told."""
    found = both(acsi())
    agree(found)
    assert found["df"] == (144, 144)
    assert found["chi2"][1] == pytest.approx(298.887221, abs=1e-5), "METHODS section 8"
    assert len(found) == 46 + 2


def test_statements_fixed_values_labels_and_reliability() -> None:
    stated = (
        Parameter("CUEX1", "~~", "PERQ1"),
        Parameter("Quality", "=~", "PERQ2", label="same"),
        Parameter("Quality", "=~", "PERQ3", label="same"),
        Parameter("PERQ4", "~~", "PERQ4", value=1.5),
        Parameter("Satisfaction", "~", "Value", value=0.2),
    )
    constructs = tuple(replace(c, reliability=0.8) if c.name == "Complaints" else c for c in acsi().constructs)
    found = both(replace(acsi(), constructs=constructs, parameters=stated))
    agree(found)
    assert found["df"][1] == 146


def test_a_higher_order_construct() -> None:
    """Three dimensions: as many parameters as the three correlated factors they stand for, so chi2 is theirs."""
    parts = tuple(
        replace(c, items=c.items[:3]) for c in acsi().constructs if c.name in ("Expectation", "Quality", "Loyalty")
    )
    model = Model("second", (*parts, Construct("General", (), of=tuple(c.name for c in parts))), ())
    found = both(model)
    agree(found)
    plain = Model("first", parts, ())
    flat = ML()(Design.of(plain), moments(plain)).solution
    assert found["chi2"][1] == pytest.approx(float(flat.chi2), rel=1e-7)


def test_names_in_any_script() -> None:
    plain = short
    names = {"Quality": "感知质量", "Value": "a b=~c", "Satisfaction": "1*2"}
    constructs = tuple(
        replace(c, name=names[c.name], items=tuple(Item(f"题 {c.name} ~~ {i.name}") for i in c.items))
        for c in plain.constructs
    )
    odd = Model("odd", constructs, tuple((names[a], names[b]) for a, b in plain.paths))
    x = answers(plain, holes=False)
    data = Moments.from_sums(Rows(odd.item_names, x, np.full(9, 5.5)).sums())
    fit = Semopy()(Design.of(odd), data)
    assert np.allclose(fit.paths, Semopy()(Design.of(plain), moments(plain)).paths, atol=1e-9)
    text = description(fit.solution.structure)
    assert text.isascii() and "f1 =~ 1.0*x1" in text.splitlines()


def test_a_batch_is_a_loop() -> None:
    counts = np.random.default_rng(5).multinomial(250, np.full(250, 1 / 250), size=(2, 1)).astype(float)
    design = Design.of(short)
    batch = Semopy()(design, moments(short, counts))
    assert batch.paths.shape == (2, 1, 3, 3)
    alone = Semopy()(design, moments(short, counts[1, 0]))
    assert np.array_equal(batch.paths[1, 0], alone.paths)
    assert batch.estimator.name == "semopy"
    ours = ML()(design, moments(short, counts))
    assert np.allclose(batch.solution.chi2, ours.solution.chi2, rtol=1e-6)


def test_a_heywood_case_is_the_same_in_both() -> None:
    """Three items with correlations .8, .8, .4: the loading of the first is sqrt(1.6), its residual 1 - 1.6 = -.6.

    semopy by itself would hold it at zero.
    """
    model = Model("heywood", (Construct("f", tuple(map(Item, "abc"))),), ())
    cov = np.array([[1.0, 0.8, 0.8], [0.8, 1.0, 0.4], [0.8, 0.4, 1.0]])
    data = Moments(np.zeros(3), cov, np.asarray(200.0), np.asarray(200.0), tuple("abc"))
    ours, theirs = ML()(Design.of(model), data), Semopy()(Design.of(model), data)
    rows = {row.parameter: row for row in crosscheck(ours, theirs)}
    assert rows["a ~~ a"].ours == pytest.approx(-0.6, abs=1e-6)
    assert rows["a ~~ a"].semopy == pytest.approx(-0.6, abs=1e-4)
    assert rows["b ~~ b"].difference == rows["b ~~ b"].ours - rows["b ~~ b"].semopy
    assert Status.INADMISSIBLE in Status(int(ours.status)) and Status.INADMISSIBLE in Status(int(theirs.status))


def test_rows_make_a_table() -> None:
    design, data = Design.of(short), moments(short)
    table = pd.DataFrame(crosscheck(ML()(design, data), Semopy()(design, data)))
    assert list(table.columns) == ["parameter", "ours", "semopy", "difference"]
    assert table["parameter"].iloc[-1] == "df"


class TestTrouble:
    """Every state and every refusal."""

    def test_it_is_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "semopy", None)
        with pytest.raises(MissingExtraError, match=r'pip install "csimodels\[semopy\]"'):
            Semopy()(Design.of(short), moments(short))

    def test_settings(self) -> None:
        with pytest.raises(SpecError) as caught:
            Semopy(tol=-1, max_iter=0)
        assert len(caught.value.problems) == 2

    def test_intercepts(self) -> None:
        model = replace(short, parameters=(Parameter("PERQ1", "~1", value=0.0),))
        with pytest.raises(SpecError, match="no intercepts"):
            Semopy()(Design.of(model), moments(model))

    def test_too_few_steps_and_singular_moments(self) -> None:
        design, data = Design.of(short), moments(short)
        early = Semopy(max_iter=1)(design, data)
        assert Status.NOT_CONVERGED in Status(int(early.status))
        flat = replace(data, cov=data.cov * np.where(np.arange(9) == 1, 0.0, 1.0))
        assert Status.SINGULAR in Status(int(Semopy()(design, flat).status))

    def test_a_model_that_semopy_reads_differently(self) -> None:
        import semopy

        text = "f1 =~ 1.0*x1 + p0*x2 + x3\nf1 ~~ p1*f1"
        with pytest.raises(EstimationError, match="reads the model differently"):
            semopy_peer._run(semopy, text, np.eye(3), Semopy())

    def test_fits_that_cannot_be_compared(self) -> None:
        design, data = Design.of(short), moments(short)
        theirs = Semopy()(design, data)
        with pytest.raises(SpecError, match="different free parameters"):
            crosscheck(ML(identification="std_lv")(design, data), theirs)
        batch = moments(short, np.ones((2, 250)))
        with pytest.raises(SpecError, match="not batches"):
            crosscheck(ML()(design, batch), Semopy()(design, batch))


def test_the_other_data_are_those_of_the_other_tests() -> None:
    assert "est" in runs()["partial"] and sources.mobi().shape == (250, 24)
