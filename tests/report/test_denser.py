"""Figures that are made lower stay legible: rows come closer, letters stay, and no text touches another."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from telling import told

from csimodels.report import Figures
from csimodels.report.documents import pdf
from csimodels.report.documents.document import captioned, document
from csimodels.report.figures.charts.answers import Question, answers_chart
from csimodels.report.figures.denser import LEAST, denser, lowered
from csimodels.report.figures.geometry import balanced, by_parts, wrap
from csimodels.report.figures.parts import cuts, parted
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Dot, Line, Scene, Text

MANY = {f"Company {k:02d}": 84.0 - 0.2 * k for k in range(60)}
POINTS = 72 / 25.4  # to a millimetre


@pytest.fixture(scope="module")
def figures() -> Figures:
    return Figures(told(((1.0, 0.4),), values=MANY))


def test_rows_come_closer_and_letters_stay(figures: Figures) -> None:
    whole = figures.league().plot()
    low = denser(whole)
    assert 0.7 * whole.height <= low.height < 0.9 * whole.height
    assert low.width == whole.width
    before, after = ([(m.text, m.x, m.size) for m in s.marks if isinstance(m, Text)] for s in (whole, low))
    assert after == before
    names = sorted(m.y for m in low.marks if isinstance(m, Text) and "Company" in m.text)
    assert min(b - a for a, b in pairwise(names)) >= 12.0  # letters of 12 pixels


def test_no_text_is_brought_onto_another_or_a_dot() -> None:
    lines = Scene(100.0, 100.0, (Text(0, 40, "one", 12), Text(0, 53, "two", 12)))
    assert denser(lines).height == pytest.approx(100 * 1.02 * 12 / 13)
    apart = Scene(100.0, 100.0, (Text(0, 40, "one", 12), Text(50, 53, "two", 12)))
    assert denser(apart).height == pytest.approx(100 * LEAST)
    dot = Scene(100.0, 100.0, (Text(0, 40, "one", 12), Dot(5, 48, 5)))
    assert 90 < denser(dot).height < 100
    assert lowered(lines, 1.0) is lines  # it is low enough


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_figure_of_a_pdf_has_letters_below_seven_points(figures: Figures, lang: str, tmp_path: Path) -> None:
    words = document(figures._content, lang)
    seen = 0
    for chapter in words.chapters:
        for part in pdf._figures(chapter, words, tmp_path):
            for figure in part.split("#figure(")[1:]:
                width = float(re.findall(r"width: ([\d.]+)mm|, ([\d.]+)mm, [-\d.]+mm", figure)[0][0]
                              or re.findall(r", ([\d.]+)mm, [-\d.]+mm", figure)[0])  # fmt: skip
                for name in re.findall(r'"([^"]+\.svg)"', figure):
                    drawn = (tmp_path / name).read_text(encoding="utf-8")
                    pixels = float(re.findall(r'viewBox="0 0 ([\d.]+)', drawn)[0])
                    letters = min(map(float, re.findall(r'font-size="([\d.]+)"', drawn)), default=12.0)
                    assert letters * width / pixels * POINTS >= 6.98, name
                    seen += 1
    assert seen > 8


def test_a_high_figure_of_rows_is_cut_between_them_and_nothing_is_lost(figures: Figures) -> None:
    whole = figures.league().plot()
    places = cuts(whole, 200.0, 150.0, 40.0)
    head, *rows, foot = parted(whole, places)
    assert head.height + sum(part.height for part in rows) + foot.height == pytest.approx(whole.height)
    assert (places[0], places[-1]) == (whole.rows[0], whole.rows[-1]) and set(places) <= set(whole.rows)
    assert rows[0].height >= 200.0 and rows[-1].height >= 150.0 and len(rows) > 5
    for kind in (Text, Dot):
        found = [m for part in (head, *rows, foot) for m in part.marks if isinstance(m, kind)]
        assert len(found) == sum(isinstance(m, kind) for m in whole.marks)
    assert all(0 <= m.y - 0.36 * m.size < part.height for part in rows for m in part.marks if isinstance(m, Text))
    lines = [(sum(abs(m.points[0][1] - m.points[1][1]) for m in scene.marks if isinstance(m, Line)))
             for scene in (whole, head, *rows, foot)]  # fmt: skip
    assert sum(lines[1:]) == pytest.approx(lines[0])  # upright ones go on in the next part
    assert not cuts(whole, whole.height, 150.0, 40.0) and not cuts(Scene(9.0, 900.0), 1.0, 1.0, 1.0)


def test_a_part_of_a_denser_drawing_has_the_rows_where_they_are(figures: Figures) -> None:
    low = denser(figures.league().plot())
    names = sorted(m.y - 0.36 * m.size for m in low.marks if isinstance(m, Text) and "Company" in m.text)
    at = [sum(y < end for end in low.rows) for y in names]
    assert len(low.rows) > len(names) and len(set(at)) == len(names)


def test_no_line_of_a_caption_ends_with_a_separator(figures: Figures) -> None:
    for lang, size in (("en", "column"), ("zh", "page")):
        words = document(figures._content, lang)
        for picture in figures._pictures(lang).values():
            shown = [m.text for m in figures.picture(picture.key, lang, size).whole().marks if isinstance(m, Text)]
            assert not [line for line in shown if line.endswith("·")]
            assert "·" not in captioned(picture, words, ())


def test_titles_and_captions_end_before_the_edge_in_the_font_of_png_and_pdf() -> None:
    face = FontProperties(family="DejaVu Sans")
    measure = "Contribution to the change from 2025 to 2026, in points, share of the weight times change"
    source = "11,015 respondents · 2025 and 2026 · estimated by PLS · 95% intervals · source: Demonstration study"
    shown = Picture("", "", measure, source, lambda width: Scene(width, 10.0), pd.DataFrame(), size="column").whole()
    for mark in shown.marks:
        if isinstance(mark, Text) and mark.text:
            drawn = TextPath((mark.x, 0), mark.text, mark.size, prop=face)
            assert drawn.get_extents().x1 <= 380.0 - 18.0, mark.text


def test_a_title_says_all_it_finds_in_a_narrow_figure(figures: Figures) -> None:
    for name in figures.names():
        picture = figures.picture(name, "en", "column")
        titles = [m.text for m in picture.whole().marks if isinstance(m, Text) and m.size == 15.0]
        assert " ".join(titles) == picture.title


@pytest.mark.parametrize("width", [360.0, 820.0])
def test_long_questions_stand_whole_beside_or_above_their_bars(width: float) -> None:
    wording = "How likely is it that you would recommend our products and services to friends, relatives or colleagues?"
    chart = answers_chart([Question(wording, (0.1, 0.2, 0.7), 0.1, 0.7)], width, ("low", "high"))
    face = FontProperties(family="DejaVu Sans")  # a wide one
    lines = [mark for mark in chart.marks if isinstance(mark, Text) and mark.text in wording]
    assert " ".join(mark.text for mark in lines) == wording
    for mark in lines:
        wide = TextPath((0, 0), mark.text, mark.size, prop=face).get_extents().x1
        assert wide <= (mark.x if mark.anchor == "end" else width)


def test_captions_break_between_their_parts_and_joint_names_at_their_joints() -> None:
    said = "1,080 respondents · 2026 · estimated by PLS · 95% intervals · source: Study of nine companies"
    for width in (250.0, 400.0):
        assert " · ".join(by_parts(said, 11.0, width, 9)) == said
    assert not [line for line in by_parts(said, 11.0, 150.0, 9) if line.startswith("·") or line.endswith("·")]
    assert balanced("云程电信 / 固定电话", 12.0, 70.0) == ("云程电信", "/ 固定电话")
    assert wrap("83.4  Donaudampfschifffahrtsgesellschaft", 12.0, 120.0, 1)[0].startswith("83.4 Donau")
