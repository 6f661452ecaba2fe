from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pytest
import sample

from csimodels.errors import CsiWarning, DataError, MissingExtraError, SpecError
from csimodels.report import Figures
from csimodels.report.figures import canvas, figures
from csimodels.spec.model import Construct, IndexSpec, Item, Model, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

pytest.importorskip("matplotlib")

LABELS = {"en": "Customer satisfaction", "zh": "顾客满意度"}


def texts(figure: object) -> set[str]:
    svg = ElementTree.fromstring(canvas.to_svg(figure))  # type: ignore[arg-type]
    return {(e.text or "").strip() for e in svg.iter("{http://www.w3.org/2000/svg}text")}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_figures_show_labels_and_numbers(lang: str) -> None:
    if lang == "zh" and not canvas.chinese_font():
        pytest.skip("no Chinese font here")
    shown = Figures(sample.content())
    assert {LABELS[lang], "74.5", "12.4"} <= texts(shown.index(lang))
    assert {"Perceived quality", "Improve first"} <= texts(shown.importance_performance("en"))
    assert {"Meridian", "Willow & Sons", LABELS[lang]} <= texts(shown.groups(lang))
    shown.index(lang).savefig(io.BytesIO(), format="png", dpi=40)  # a glyph that is missing would warn


def test_dots_and_whiskers_stand_where_the_numbers_are() -> None:
    figure = figures.group_ranking(sample.groups(), ["bank"], sample.model())
    mine = sample.groups().query("construct == 'Satisfaction'").sort_values("index", kind="stable")
    dots, lines = figure.axes[0].collections
    np.testing.assert_allclose(np.asarray(dots.get_offsets())[:, 0], mine["index"])
    ends = np.array([segment[:, 0] for segment in lines.get_segments()])
    np.testing.assert_allclose(ends, mine[["low", "high"]])


@pytest.mark.parametrize("drop", [True, False])
def test_no_intervals_no_whiskers(drop: bool) -> None:
    index = sample.without_intervals(sample.tables()["index"], drop)
    figure = figures.index_chart(index, sample.model())
    drawn = [c for c in figure.axes[0].collections if len(c.get_paths())]
    assert drawn == []
    figures.importance_performance(sample.without_intervals(sample.tables()["drivers"], drop), sample.model())


def test_nan_one_group_and_none() -> None:
    one = sample.groups(("Only",))
    assert "Only" in texts(figures.group_ranking(one, ["bank"], sample.model()))
    lost = sample.groups(("A", "B")).assign(index=np.nan, low=np.nan, high=np.nan)
    assert {"A", "B"} <= texts(figures.group_ranking(lost, ["bank"], sample.model()))
    index = sample.tables()["index"]
    index.loc[0, ["index", "low", "high"]] = np.nan
    assert "–" in texts(figures.index_chart(index, sample.model()))


def test_what_is_not_there_is_refused() -> None:
    bare = sample.content(grouped=False)
    tables = {k: t for k, t in sample.tables().items() if not k.startswith("driver")}
    with pytest.raises(DataError, match="no groups"):
        Figures(bare).groups()
    with pytest.raises(DataError, match="no drivers"):
        Figures(replace(bare, tables=tables)).importance_performance()
    with pytest.raises(SpecError, match="language"):
        Figures(bare).index("fr")


def test_without_a_chinese_font_it_falls_back_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canvas, "CHINESE_FONTS", ("No Such Font",))
    with pytest.warns(CsiWarning, match="no Chinese font"):
        shown = texts(Figures(sample.content()).index("zh"))
    assert "Customer satisfaction" in shown
    assert not any("font" in t for t in shown)  # no message inside a picture


def test_a_font_installed_after_matplotlib_made_its_list_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = canvas.chinese_font()
    if not found:
        pytest.skip("no Chinese font here")
    manager = canvas.load_matplotlib().font_manager.fontManager
    known = [font for font in manager.ttflist if font.name not in canvas.CHINESE_FONTS]
    monkeypatch.setattr(manager, "ttflist", known)
    canvas._add_new_fonts.cache_clear()
    assert canvas.chinese_font() == found


def test_labels_are_not_mathematics() -> None:
    model = Model("m", (Construct("$x^2$", (Item("i"),), Text("$\\frac{1}$")),), (), index=IndexSpec("$x^2$"))
    index = sample.tables()["index"].iloc[:1].assign(construct="$x^2$")
    assert "$\\frac{1}$" in texts(figures.index_chart(index, model))


def test_same_figure_same_text_and_no_global_state() -> None:
    before = set(sys.modules)  # other tests may use pyplot
    shown = Figures(sample.content())
    assert canvas.to_svg(shown.index()) == canvas.to_svg(shown.index())
    assert "matplotlib.pyplot" not in set(sys.modules) - before
    done = subprocess.run(
        [sys.executable, "-c", "import sys, csimodels.report; print({'matplotlib', 'jinja2'} & set(sys.modules))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "set()"


def test_path_diagram_is_a_picture_in_a_notebook() -> None:
    drawn = Figures(sample.content()).path_diagram("zh")
    assert drawn.svg().startswith("<svg ")
    assert drawn._repr_svg_() == drawn.svg()


def test_matplotlib_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"csimodels\[report\]"):
        figures.index_chart(sample.tables()["index"], sample.model())


def look(ax: Axes) -> tuple[object, ...]:
    """Frame, grid and colours of a panel."""
    return (
        ax.spines["bottom"].get_edgecolor(),
        ax.spines["left"].get_visible(),
        ax.xaxis.get_gridlines()[0].get_color(),
        ax.yaxis.get_ticklabels()[0].get_color(),
    )
