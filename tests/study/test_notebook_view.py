"""A result in a notebook: tabs, rounded tables, both languages, progress without a warning."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator

import pandas as pd
import pytest
from rich.console import Console

import csimodels as cs
from csimodels.i18n import speak
from csimodels.study import progress
from csimodels.study.table_html import table_html


@pytest.fixture(scope="module")
def result() -> cs.Result:
    data = cs.simulate("ecsi", 300, seed=2).data.assign(bank=["<b>One</b>", "Two", "Three"] * 100)
    return cs.Study("ecsi", data, by="bank").run()


@pytest.fixture(autouse=True)
def english_after() -> Iterator[None]:
    yield
    speak("en")


def test_tabs_with_rounded_numbers(result: cs.Result) -> None:
    page = result._repr_html_()
    tabs = re.findall(r"<label[^>]*>(.*?)</label>", page)
    assert tabs == ["Summary", "Drivers and paths", "Figures", "Notes"]
    row = result.whole.index().set_index("construct").loc["Satisfaction"]
    assert f"<b>Customer satisfaction: {row['index']:.1f}</b>" in page
    assert (
        re.findall(r"\d\.\d{4,}", re.sub(r"<(svg|style).*?</\1>|<small>.*?</small>", "", page, flags=re.DOTALL)) == []
    )
    assert "&lt;b&gt;One&lt;/b&gt;" in page and "<b>One" not in page
    assert "<script" not in page


def test_in_chinese(result: cs.Result) -> None:
    speak("zh")
    page = result._repr_html_()
    assert re.findall(r"<label[^>]*>(.*?)</label>", page) == ["摘要", "驱动因素与路径", "图", "说明"]
    assert "顾客满意" in page and 'lang="zh-CN"' in page


def test_two_results_on_a_page_do_not_share_their_tabs(result: cs.Result) -> None:
    first, second = (set(re.findall(r'id="([^"]+)"', result._repr_html_())) for _ in range(2))
    assert not {name for name in first & second if name.startswith("csi-result")}


def test_figures_list_what_there_is(result: cs.Result) -> None:
    listed = repr(result.figures)
    for name in result.figures.others():
        assert f"  {name}" in listed
        assert getattr(result.figures, name)() is not None
    assert "groups" in result.figures.others() and "rollup" not in result.figures.others()


def test_a_model_prints_in_one_line(result: cs.Result) -> None:
    assert repr(result.model) == "<csimodels.Model ecsi: 7 constructs, 24 items, 12 paths>"


def test_progress_in_a_notebook_without_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    handle = types.SimpleNamespace(update=seen.append)
    shown = types.ModuleType("IPython.display")
    shown.HTML = str  # type: ignore[attr-defined]
    shown.display = lambda bar, display_id: (seen.append(bar), handle)[1]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython.display", shown)
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr("rich.console.Console", lambda stderr: Console(force_jupyter=True))
    with progress.progress_bar(10) as tick:  # warnings are errors
        assert tick is not None
        tick(4)
        tick(6)
    assert 'value="4" max="10"' in seen[0] and 'value="10"' in seen[1] and seen[2] == ""


def test_notes_below_a_table_are_text() -> None:
    page = table_html(pd.DataFrame({"<b>": ["<script>"]}), ["<img src=x>", "a & b"])
    assert not re.search(r"<(?:script|img|b)>?\b", page) and "<p>a &amp; b</p>" in page
