"""A p-value at the floor of the bootstrap is shown as below it; tables keep the number."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

import csimodels as cs
from csimodels.report.formatting import p_value
from csimodels.study.replicate_counts import Tally, least_p
from csimodels.terminal import print_result


@pytest.fixture(scope="module")
def result() -> cs.Result:
    """400 simulated respondents, 99 replicates: the floor is 2/100."""
    data = cs.simulate("acsi", n=400, seed=3).data
    return cs.Study("acsi", data, uncertainty=cs.Bootstrap(replicates=99, seed=1)).run()


def test_page_says_below_the_floor_and_tables_keep_the_number(result: cs.Result, tmp_path: Path) -> None:
    assert result.least_p == pytest.approx(0.02)
    assert result.paths()["p"].min() == pytest.approx(0.02)
    result.report(tmp_path, languages=("en", "zh"))
    assert "&lt;0.020" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "&lt;0.020" in result._repr_html_()
    with zipfile.ZipFile(tmp_path / "tables.xlsx") as book:
        styles = book.read("xl/styles.xml").decode()
    code = '[<=0.020000000000]"<0.020";0.000'
    assert code.replace("<", "&lt;").replace('"', "&quot;") in styles


def test_terminal_says_below_the_floor(result: cs.Result, capsys: pytest.CaptureFixture[str]) -> None:
    print_result(result)
    shown = capsys.readouterr().out
    assert "<0.020" in shown


def test_methods_without_counted_replicates_have_no_floor(result: cs.Result) -> None:
    data = cs.simulate("acsi", n=400, seed=3).data
    for method in (cs.Bootstrap(replicates=99, seed=1, interval="normal"), cs.Jackknife()):
        other = cs.Study("acsi", data, uncertainty=method).run()
        assert other.least_p == 0
        assert "&lt;0.020" not in other._repr_html_()


def test_floor_is_rounded_up_and_follows_the_replicates_kept(result: cs.Result) -> None:
    spec = result.model.uncertainty
    kept = [Tally(("a",), 999, 999), Tally(("b",), 999, 799), Tally(("c",), 999, 3)]
    assert least_p(kept, spec) == 2 / 800  # c has lost more than half: it speaks for itself
    assert p_value(2 / 651, 2 / 651) == "<0.004"  # 0.00307
    assert p_value(2 / 500, 2 / 500) == "<0.004"
    assert p_value(4 / 501, 2 / 501) == "0.008"
    assert p_value(2 / 5001, 2 / 5001) == "<0.001"
