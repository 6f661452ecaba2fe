"""Figures of the story: their words, their data, and files that are what their names promise."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sample
from telling import told

from csimodels.errors import DataError, SpecError
from csimodels.report import Figures
from csimodels.report.figures.charts.answers import Question, answers_chart
from csimodels.report.figures.charts.axis import axis
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.charts.heat import Tile, heat_chart
from csimodels.report.figures.charts.slope import _apart
from csimodels.report.figures.geometry import balanced, text_width, wrap
from csimodels.report.figures.raster import painted
from csimodels.report.figures.scene import THEMES, Line, Scene, Text, svg

EVERY = ("headline", "waves", "waterfall", "levels_sector", "league", "forest", "link_Complaints", "link_Loyalty",
         "heat_map", "precision")  # fmt: skip


@pytest.fixture(scope="module")
def figures() -> Figures:
    return Figures(told(((1.0, 0.4), (0.6, 0.4)), rolled=True))


def test_a_result_lists_the_figures_that_it_has(figures: Figures) -> None:
    assert figures.names() == EVERY
    assert "  league: " in repr(figures)
    assert {"changes", "slope"} <= set(Figures(told()).names())


@pytest.mark.parametrize("theme", sorted(THEMES))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_figure_is_whole_in_both_languages_and_themes(figures: Figures, lang: str, theme: str) -> None:
    for name in figures.names():
        picture = figures.picture(name, lang, "column", theme)
        root = ElementTree.fromstring(picture.svg())
        texts = ["".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text")]
        assert "".join(texts).replace(" ", "").startswith(picture.title.replace(" ", "")[:12])
        assert f'fill="{THEMES[theme]["paper"]}"' in picture.svg()
        assert "var(" not in picture.svg()
        assert "nan" not in picture.svg().lower()
        assert picture.svg() == picture.svg()
        width = float(root.get("width", "0"))
        for node in root.iter():
            for place in ("x", "cx", "x1"):
                assert -1 <= float(node.get(place, "0")) <= width + 1, (name, node.attrib)


def test_files_are_what_their_names_promise(figures: Figures, tmp_path: Path) -> None:
    picture = figures.league(lang="zh", size="column", theme="dark")
    assert picture.save(tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")
    assert picture.save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert picture.save(tmp_path / "a.PDF").read_bytes().startswith(b"%PDF")
    for suffix in ("png", "pdf"):
        again = figures.league(lang="zh", size="column", theme="dark").save(tmp_path / f"b.{suffix}")
        assert (
            again.read_bytes() == next(p for p in tmp_path.glob("a.*") if p.suffix.lower() == f".{suffix}").read_bytes()
        )
    with pytest.raises(SpecError, match=r"\.svg, \.png, \.pdf"):
        picture.save(tmp_path / "a.jpg")
    assert not (tmp_path / "a.jpg").exists()


def test_what_is_missing_or_unknown_is_said_with_its_remedy() -> None:
    bare = Figures(sample.content(grouped=False))
    with pytest.raises(DataError, match=r"data: \{wave: year\}"):
        bare.waves()
    with pytest.raises(DataError, match="name the group column"):
        bare.league()
    with pytest.raises(SpecError, match="slide"):
        bare.forest(size="poster")
    with pytest.raises(SpecError, match="dark"):
        bare.forest(theme="pink")
    with pytest.raises(SpecError, match="language"):
        bare.forest(lang="fr")


def test_data_hold_what_is_drawn(figures: Figures) -> None:
    league = figures.league().data
    assert league["unit"].tolist() == ["Ahorn", "Buche", "Carex", "Distel"]
    assert league["index"].is_monotonic_decreasing
    assert {"rank", "rank_low", "rank_high", "low", "high"} <= set(league)
    trend = figures.waves().data.query("unit == 'Land'")
    assert trend["wave"].tolist() == ["2020", "2021", "2022"]
    assert trend["index"].tolist() == pytest.approx([75.0, 76.0, 76.6])


def test_ticks_of_an_index_stay_within_0_and_100() -> None:
    for values in ([0.5, 99.8], [98.0, 99.9], [0.0, 0.3], [50.0], [], [float("nan")]):
        scale = axis(values, (0, 100), (0, 100))
        assert scale.low < scale.high
        assert all(-1e-9 <= tick <= 100 + 1e-9 for tick in scale.ticks) or not values
        for value in values:
            if value == value:
                assert -1e-6 <= scale.at(value) <= 100 + 1e-6


def test_labels_with_markup_are_text(tmp_path: Path) -> None:
    evil = '<b onload="x">&\u202e=1+1\u200b'
    content = told(values={evil: 84.0, "B": 80.0, "C": 76.0, "D": 70.0})
    for name in Figures(content).names():
        text = Figures(content).picture(name).svg()
        ElementTree.fromstring(text)
        assert "<b" not in re.sub("<(svg|title|rect|text|path|circle)", "", text)
        assert "\u202e" not in text
    Figures(content).league().save(tmp_path / "evil.png")


def test_what_no_line_or_font_holds_is_not_drawn_as_a_box(tmp_path: Path) -> None:
    drawn = Text(9, 20, "A\tB\u2028C\u200bD E\U00010400", 14, "ink")  # a letter of Deseret, of no usual font
    scene = Scene(300, 40, (drawn,))
    assert ">A B C\u200bD E\U00010400<" in svg(scene, "light")  # the reader's own fonts decide
    matplotlib = pytest.importorskip("matplotlib")
    (text,) = painted(scene, "light").axes[0].texts
    held = matplotlib.font_manager.get_font(matplotlib.font_manager.findfont("DejaVu Sans")).get_charmap()
    assert text.get_text().replace("\ufffd", "\U00010400") == "A B CD E\U00010400"
    assert all(ord(letter) in held for letter in text.get_text())


@pytest.mark.parametrize("places", [[50.0, 50.0, 50.0], [45.0, 300.0, 301.0, 302.0], [296.0] * 12, [200.0, 100.0]])
def test_labels_of_the_slope_chart_never_touch(places: list[float]) -> None:
    moved = _apart(places, 310.0)
    order = sorted(range(len(places)), key=lambda k: places[k])
    assert all(moved[b] - moved[a] > 14.9 for a, b in pairwise(order))
    assert min(moved) >= 40 and max(moved) <= 302


def test_heads_that_a_telephone_has_no_room_for_are_numbers_with_a_key() -> None:
    columns = ["Customer satisfaction", "Perceived quality", "Expectations", "Complaints", "Loyalty", "Image", "Value"]
    rows = [("Harbour Communications / Fixed line", [Tile(70.0, 1.0, False)] * 7), ("Ash", [Tile(60.0, 0.0, True)] * 7)]
    wide, narrow = ([m.text for m in heat_chart(columns, rows, w).marks if isinstance(m, Text)] for w in (1120, 344))
    assert not {"1", "7"} & set(wide) and {str(k) for k in range(1, 8)} <= set(narrow)
    key = " · ".join(narrow)
    assert all(f"{k + 1} {name}" in key for k, name in enumerate(columns))
    assert "Harbour Communications / Fixed line" in " ".join(narrow)


@pytest.mark.parametrize("name", ["海港通信 / 固定电话", "Harbour Communications / Fixed line", "Quickly"])
def test_a_name_on_several_lines_leaves_no_character_alone(name: str) -> None:
    for width in range(40, 140, 7):
        lines, plain = balanced(name, 11.0, width), wrap(name, 11.0, width)
        assert len(lines) == len(plain) and max(text_width(line, 11.0) for line in lines) <= width
        assert "".join(lines).replace(" ", "") == "".join(plain).replace(" ", "")
        shortest = min(text_width(line, 11.0) for line in lines)
        assert shortest >= min(text_width(line, 11.0) for line in plain) - 1e-9


def test_chinese_words_and_numbers_with_what_they_count_stay_in_one_line() -> None:
    title = "2026年24个单位中有7个单位的顾客满意度与其他单位的平均值存在显著差异，所有企业的95%置信区间为73.2至74.4分"
    for width in range(120, 400, 9):
        text = "\n".join(balanced(title, 15.0, width, 9))
        assert text.replace("\n", "") == title
        for word in (
            "2026年",
            "24个",
            "7个",
            "单位",
            "顾客",
            "满意度",
            "其他",
            "平均",
            "显著",
            "所有",
            "置信区间",
            "74.4分",
        ):
            assert text.count(word) == title.count(word), (width, word)


def test_rows_of_a_tall_chart_are_lower() -> None:
    few, many = (dot_chart([Row(f"Unit {k}", k, k - 1, k + 1) for k in range(n)], 760, Look()) for n in (30, 60))
    assert many.height < 1.5 * few.height
    names = [m for m in many.marks if isinstance(m, Text) and m.text.startswith("Unit")]
    assert all(b.y - a.y >= 1.2 * a.size for a, b in pairwise(names))


def test_a_title_says_what_was_found_not_what_is_shown(figures: Figures) -> None:
    every = {name: figures.picture(name).title for name in figures.names()}
    assert "stands at" in every["headline"] and every["waterfall"].startswith("The change of +0.6 points is made up of")
    assert every["forest"].startswith("Perceived quality goes most closely with Customer satisfaction")
    moved = Figures(told())
    assert moved.picture("slope").title == moved.picture("changes").title
    assert "coloured lines are measurable changes" in moved.picture("slope").subtitle
    assert figures.index().title.startswith("Customer satisfaction of all respondents together stands at")


def test_groups_of_many_are_both_ends() -> None:
    found = Figures(told(((1.0, 0.4),), values={f"Company {k:02d}": 84.0 - 0.2 * k for k in range(70)})).groups()
    texts = [m.text for m in found.plot().marks if isinstance(m, Text)]
    assert sum("Company" in text for text in texts) == 40 and "… 30 more between these …" in texts
    assert len(found.data) == 70


@pytest.mark.parametrize("width", [360.0, 760.0])
def test_the_middle_of_answers_strikes_no_question_through(width: float) -> None:
    named = [f"How satisfied were you with part {k} of what was offered" for k in range(3)]
    asked = [Question(name, (0.2, 0.3, 0.5), 0.2, 0.8) for name in named]
    marks = answers_chart(asked, width, ("lowest", "highest")).marks
    lines = [m.points for m in marks if isinstance(m, Line)]
    names = [m for m in marks if isinstance(m, Text) and m.text.startswith("How")]
    assert len(lines) == len(names) == 3 or width > 400
    for name in names:
        assert not [y for (_, y), (_, below) in lines if y < name.y - 4 < below and name.anchor == "start"]
