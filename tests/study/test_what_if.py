"""What-if through the front door: printed numbers, both meanings, groups, stored results, what cannot be asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app

SPEC = "csi: 1\nextends: ecsi\nwhat_if: {Quality: 2, Value: 2}\n"


def test_the_printed_numbers_and_the_intervals_of_total_effects(mobi: pd.DataFrame) -> None:
    """1.3320 and 1.5562 to all four digits; a shock of one point is a total effect, with its interval (1e-9)."""
    result = cs.Study(cs.parse_model(SPEC), mobi).run(progress=False)
    table = result.what_if().set_index(["meaning", "construct"])
    assert table.loc[("levels", "Satisfaction"), "change"] == pytest.approx(1.3320, abs=5e-5)
    assert table.loc[("shocks", "Satisfaction"), "change"] == pytest.approx(1.5562, abs=5e-5)
    assert table.loc[("levels", "Value"), "change"] == 2 and table.loc[("levels", "Image"), "change"] == 0
    pd.testing.assert_frame_equal(
        result.what_if({"Quality": 2, "Value": 2}), result.what_if(meaning="levels"), rtol=1e-9
    )
    impact = result.effects().query("source == 'Quality'").set_index("target")
    one = result.what_if({"Quality": 5}, meaning="shocks").set_index("construct").loc[impact.index]
    ends = ["impact", "impact_se", "impact_low", "impact_high"]
    np.testing.assert_allclose(one[["change", "se", "low", "high"]], impact[ends], rtol=1e-9)


def test_groups_pooled_weights_and_a_stored_result(mobi: pd.DataFrame, tmp_path: Path) -> None:
    data = mobi.assign(area=np.where(np.arange(len(mobi)) % 2, "A", "B"))
    study = cs.Study(cs.parse_model(SPEC), data, by="area", index_weights="pooled", uncertainty=None)
    result = study.run(progress=False)
    asked = result.what_if({"Quality": 2, "Value": 2})
    pd.testing.assert_frame_equal(asked, result.what_if(meaning="levels"), rtol=1e-9)
    assert list(asked["area"].unique()) == ["A", "B"]
    whole = result.whole.what_if({"Quality": 2, "Value": 2})
    pd.testing.assert_frame_equal(whole, result.whole.what_if(meaning="levels"), rtol=1e-9)
    cs.save(result, tmp_path / "out", report=False)
    again = cs.load_result(tmp_path / "out")
    pd.testing.assert_frame_equal(again.what_if(), result.what_if())
    with pytest.raises(cs.DataError, match="carries no respondents"):
        again.what_if({"Quality": 1})


def test_what_cannot_be_asked_for(mobi: pd.DataFrame) -> None:
    with pytest.raises(cs.SpecError) as caught:
        cs.parse_model("csi: 1\nextends: ecsi\nwhat_if: {Quality: 200, Trust: 1}\n")
    assert "no index can change so much" in str(caught.value) and "Trust" in str(caught.value)
    result = cs.Study("ecsi", mobi, uncertainty=None).run(progress=False)
    with pytest.raises(cs.SpecError, match="asks for no what_if"):
        result.what_if()
    for changes, words in (({}, "no change"), ({"Qualty": 1}, "Quality"), ({"Quality": float("nan")}, "points")):
        with pytest.raises(cs.SpecError, match=words):
            result.what_if(changes)
    with pytest.raises(cs.SpecError, match="meaning"):
        result.what_if({"Quality": 1}, meaning="both")  # type: ignore[arg-type]


def test_the_command_line_shows_it(mobi: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    mobi.to_csv("mobi.csv", index=False)
    text = SPEC + "targets: {Satisfaction: 75}\nindices: {Top: {kind: top_box, item: CUSA1}}\n"
    Path("spec.yaml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["run", "spec.yaml", "mobi.csv", "-o", "out", "--uncertainty", "none", "--details"])
    assert done.exit_code == 0, done.output
    for title in ("What if", "Simple indices", "Targets"):
        assert title in done.output
