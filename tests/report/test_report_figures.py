"""Figures of single tables: what is drawn are the numbers, on paper and on a telephone, in both languages."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import sample

from csimodels.errors import DataError, MissingExtraError, SpecError
from csimodels.report import Figures, Svg, group_ranking, importance_performance, index_chart, to_svg
from csimodels.report.figures import canvas
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Dot, Line
from csimodels.spec.brand import Brand
from csimodels.spec.model import Construct, IndexSpec, Item, Model, Text

LABELS = {"en": "Customer satisfaction", "zh": "顾客满意度"}
ALL = ("index", "importance_performance", "groups", "ranks", "rollup")


def texts(figure: Picture) -> set[str]:
    svg = ElementTree.fromstring(figure.svg())
    return {(e.text or "").strip() for e in svg.iter("{http://www.w3.org/2000/svg}text")}


def test_names_of_the_first_version_stay() -> None:
    figure = Figures(sample.content()).index("en")
    assert isinstance(figure, Svg) and to_svg(figure) == figure.svg()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_figures_show_labels_and_numbers(lang: str) -> None:
    shown = Figures(sample.content())
    assert {LABELS[lang], "74.5", "12.4"} <= texts(shown.index(lang))
    assert {"Perceived quality", "Improve first"} <= texts(shown.importance_performance("en"))
    assert {"Meridian", "Willow & Sons"} <= texts(shown.groups(lang))
    assert LABELS[lang] in shown.groups(lang).subtitle


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ALL)
def test_they_have_title_measure_and_source_and_fit_a_telephone(name: str, lang: str) -> None:
    picture = getattr(Figures(sample.rolled_content()), name)(lang, size="column", theme="dark")
    assert picture.title and picture.subtitle and len(picture.data)
    assert "2026" in picture.caption and "95%" in picture.caption
    assert not re.search(r"\bnan\b", picture.svg().lower())
    for node in ElementTree.fromstring(picture.svg()).iter():
        for place in ("x", "cx"):
            assert -1 <= float(node.get(place, "0")) <= 381, (name, node.attrib)
        assert float(node.get("font-size", "99")) >= 9


def test_captions_say_when_the_answers_were_given() -> None:
    content = sample.rolled_content()
    brand = Brand(field_dates=Text("May 2026", "2026年5月"))
    dated = replace(content, model=replace(content.model, report=replace(content.model.report, brand=brand)))
    for name in ALL:
        assert "· field work: May 2026 ·" in getattr(Figures(dated), name)().caption
        assert "· 调查时间：2026年5月 ·" in getattr(Figures(dated), name)("zh").caption
    assert "field work" not in Figures(content).index().caption


def test_dots_and_whiskers_stand_where_the_numbers_are() -> None:
    figure = group_ranking(sample.groups(), ["bank"], sample.model())
    mine = sample.groups().query("construct == 'Satisfaction'").sort_values("index", kind="stable", ascending=False)
    assert figure.data["index"].tolist() == mine["index"].tolist()
    marks = figure.plot().marks
    dots = [m for m in marks if isinstance(m, Dot)]
    ends = {m.points[0][1]: (m.points[0][0], m.points[1][0]) for m in marks if isinstance(m, Line) and m.width == 2.0}
    slope, start = np.polyfit(mine["index"], [dot.x for dot in dots], 1)
    np.testing.assert_allclose(start + slope * mine["index"], [dot.x for dot in dots])
    np.testing.assert_allclose(start + slope * mine[["low", "high"]], [ends[dot.y] for dot in dots])


def test_the_map_names_first_what_the_quadrants_say_and_leaves_doubt_open() -> None:
    drivers, model = sample.tables()["drivers"], sample.model()
    drivers["quadrant"] = ["improve", *drivers["quadrant"][1:]]
    drawn = importance_performance(drivers, model)
    improve = [model.label(n, "en") for n in drivers["driver"][drivers["quadrant"] == "improve"]]
    assert improve and "improve first" in drawn.title and all(name in drawn.title for name in improve)
    doubt = importance_performance(drivers.assign(quadrant="unclear"), model)
    assert "improve first" not in doubt.title and "hollow" in doubt.subtitle
    dots = [m for m in doubt.plot().marks if isinstance(m, Dot)]
    assert len(dots) == len(drivers) and all(m.open for m in dots)


@pytest.mark.parametrize("drop", [True, False])
def test_no_intervals_no_whiskers(drop: bool) -> None:
    index = sample.without_intervals(sample.tables()["index"], drop)
    figure = index_chart(index, sample.model())
    assert "no interval" in figure.title
    assert not [m for m in figure.plot().marks if isinstance(m, Line) and m.width == 2.0]
    drivers = sample.without_intervals(sample.tables()["drivers"], drop)
    drawn = importance_performance(drivers, sample.model())
    assert not [m for m in drawn.plot().marks if isinstance(m, Line) and m.opacity < 1]
    assert "no intervals" in drawn.title


def test_nan_one_group_and_none() -> None:
    one = sample.groups(("Only",))
    assert "Only" in texts(group_ranking(one, ["bank"], sample.model()))
    lost = sample.groups(("A", "B")).assign(index=np.nan, low=np.nan, high=np.nan)
    assert {"A", "B"} <= texts(group_ranking(lost, ["bank"], sample.model()))
    index = sample.tables()["index"]
    index.loc[0, ["index", "low", "high"]] = np.nan
    assert "–" in texts(index_chart(index, sample.model()))


def test_what_is_not_there_is_refused() -> None:
    bare = sample.content(grouped=False)
    tables = {k: t for k, t in sample.tables().items() if not k.startswith("driver")}
    with pytest.raises(DataError, match="no groups"):
        Figures(bare).groups()
    with pytest.raises(DataError, match="no drivers"):
        Figures(replace(bare, tables=tables)).importance_performance()
    with pytest.raises(SpecError, match="language"):
        Figures(bare).index("fr")
    with pytest.raises(SpecError, match="size or theme"):
        Figures(bare).index(theme="blue")


def test_a_font_installed_after_matplotlib_made_its_list_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    if not canvas.chinese_font():
        pytest.skip("no Chinese font here")
    manager = canvas.load_matplotlib().font_manager.fontManager
    known = [font for font in manager.ttflist if font.name not in canvas.CHINESE_FONTS]
    monkeypatch.setattr(manager, "ttflist", known)
    canvas._add_new_fonts.cache_clear()
    assert canvas.chinese_font() in canvas.CHINESE_FONTS  # that of the files, where the list was made of others


def test_labels_are_not_mathematics(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    model = Model("m", (Construct("$x^2$", (Item("i"),), Text("$\\frac{1}$")),), (), index=IndexSpec("$x^2$"))
    drawn = index_chart(sample.tables()["index"].iloc[:1].assign(construct="$x^2$"), model)
    assert "$\\frac{1}$" in texts(drawn)
    assert drawn.save(tmp_path / "a.png", dpi=40).stat().st_size


def test_same_figure_same_text_and_no_global_state() -> None:
    before = set(sys.modules)  # other tests may use pyplot
    shown = Figures(sample.content())
    assert shown.index().svg() == shown.index().svg()
    assert "matplotlib.pyplot" not in set(sys.modules) - before
    done = subprocess.run(
        [sys.executable, "-c", "import sys, csimodels.report; print({'matplotlib', 'jinja2'} & set(sys.modules))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "set()"


def test_path_diagram_is_a_picture_in_a_notebook() -> None:
    drawn = Figures(sample.content()).path_diagram("zh")
    assert drawn.svg().startswith("<svg ")
    shown, dark = drawn._repr_svg_(), Figures(sample.content()).path_diagram("zh", theme="dark")
    assert '[data-jp-theme-light="false"] svg.csi-follows' in shown and 'fill="var(--ink)"' in shown
    assert shown in drawn._repr_html_()
    assert "var(--" not in drawn.svg() and dark._repr_svg_() == dark.svg()  # files and a chosen dark stay as they are


def test_matplotlib_is_an_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    drawn = index_chart(sample.tables()["index"], sample.model())
    assert drawn.save(tmp_path / "a.svg").stat().st_size
    with pytest.raises(MissingExtraError, match=r"csimodels\[report\]"):
        drawn.save(tmp_path / "a.png")


def test_an_index_alone_has_no_caption_of_what_is_not_known() -> None:
    drawn = index_chart(pd.DataFrame({"construct": ["Satisfaction"], "index": [70.0]}), sample.model())
    assert drawn.title == "Customer satisfaction stands at 70.0 of 100; no interval was computed."
    assert "95%" not in drawn.caption and "nan" not in drawn.caption
