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
from csimodels.report.figures.denser import LEAST, denser, lowered
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Dot, Scene, Text

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
        source = "".join(pdf._figures(chapter, words, tmp_path))
        for first, wide, flat, broad, least in re.findall(
            r'fitted\("([^"]+)", ([\d.]+)mm, [\d.]+mm, "([^"]+)", ([\d.]+)mm, [\d.]+mm, ([\d.]+)', source
        ):
            for name, width, points in (
                (first, wide, 6.98),
                (flat, broad, 6.98),
                (flat, float(broad) * float(least), 5.68),
            ):
                drawn = (tmp_path / name).read_text(encoding="utf-8")
                pixels = float(re.findall(r'viewBox="0 0 ([\d.]+)', drawn)[0])
                letters = min(map(float, re.findall(r'font-size="([\d.]+)"', drawn)))
                assert letters * float(width) / pixels * POINTS >= points, name
                seen += 1
    assert seen > 8


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
