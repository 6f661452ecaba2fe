"""The twelve bars that the annual report is held to: the tests that hold them, and those that no other file has.

==  =====================================================================================================
 1  headline is the top of the roll-up in the last wave
 2  no sentence says change, better, worse or first without a test
 3  every number in a sentence stands in a table
 4  a verdict needs its interval to clear the cut, else it is unclear
 5  a flagged model: no sentence on drivers, no map
 6  no raw name of a column on a Chinese page
 7  no table wider than its box at 390 pixels
 8  axe-core finds nothing
 9  ticks of an index within 0 and 100
10  the workbook prints on few pages and holds charts
11  a PDF with page numbers, and no heading without what it heads
12  the documentation: gallery, a picture on every page that explains, links, screens, Chinese quick start
==  =====================================================================================================
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from telling import told

from csimodels.report import write_html, write_xlsx
from csimodels.report.documents.document import document
from csimodels.report.formats import write as write_report
from csimodels.report.html.headline import headline
from csimodels.report.html.table_views import lang_of
from csimodels.report.story.story import story

TESTS = Path(__file__).resolve().parents[1]
HELD: dict[int, tuple[str, ...]] = {
    1: ("report/test_standing.py::test_the_number_is_that_of_the_top_of_the_roll_up_in_the_latest_wave",),
    2: (
        "report/test_story.py::test_the_headline_says_a_change_only_where_its_interval_leaves_0_out",
        "report/test_story.py::test_the_trend_counts_measurable_steps",
        "report/test_story.py::test_a_level_is_led_only_by_a_unit_whose_interval_is_clear",
        "report/test_story.py::test_winners_and_losers_are_named_only_after_correction",
    ),
    3: ("report/test_story.py::test_every_number_of_a_sentence_stands_in_a_table",),
    4: ("tables/test_quadrants.py::test_differences_within_the_error_get_no_verdict",),
    5: (
        "report/test_report_page.py::test_a_flagged_model_prints_no_verdict_on_drivers",
        "tables/test_quadrants.py::test_a_flagged_fit_gets_none",
    ),
    6: ("report/test_labels.py::test_chinese_page_has_no_raw_name",),
    7: (
        "report/test_in_browser.py::test_nothing_is_wider_than_the_screen",
        "report/test_in_browser.py::test_no_table_of_many_units_is_wider_than_its_box",
    ),
    8: (
        "report/test_accessibility.py::test_axe_finds_no_violation",
        "report/test_accessibility.py::test_axe_and_the_console_are_silent_on_every_kind_of_report",
    ),
    9: ("report/test_pictures.py::test_ticks_of_an_index_stay_within_0_and_100",),
    10: ("report/test_workbook_print.py::test_the_pages_that_a_program_prints",),
    11: ("report/test_documents.py::test_the_executive_part_of_a_pdf_is_short_and_its_pages_are_numbered",),
    12: (
        "docs/test_gallery.py::test_page_and_folder_hold_the_same",
        "docs/test_gallery.py::test_every_page_that_explains_shows_a_picture",
        "docs/test_screens.py",
    ),
}


@pytest.mark.parametrize("bar", range(1, 13))
def test_every_bar_is_held_by_a_test(bar: int) -> None:
    for place in HELD[bar]:
        file, _, name = place.partition("::")
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        found = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        assert name in found if name else any(one.startswith("test_") for one in found), place


def test_a_flagged_model_is_named_at_the_number_and_in_the_story() -> None:
    content = told(((1.0, 0.4),))
    doubtful = content.tables["drivers"].assign(status="nearly not identified")
    flagged = replace(content, tables={**content.tables, "drivers": doubtful})
    for code, words in (("en", "nearly not identified"), ("zh", "几乎不可识别")):
        lang = lang_of(flagged, code)
        assert words in headline(flagged, lang).state
        assert words in " ".join(lang.say(text) for text in story(flagged, code)[0].sentences)
    assert headline(content, lang_of(content, "en")).state == ""


def test_the_workbook_holds_charts(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    book = write_xlsx(told(((1.0, 0.4), (0.6, 0.4)), rolled=True), tmp_path / "t.xlsx")
    with zipfile.ZipFile(book) as parts:
        assert sum(name.startswith("xl/charts/chart") for name in parts.namelist()) >= 5


def test_no_heading_of_a_pdf_stands_alone(tmp_path: Path) -> None:
    """Below every heading of the appendix stand at least three rows, or the whole table where it has fewer."""
    pytest.importorskip("typst")
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext is installed")
    content = told(((1.0, 0.4), (0.6, 0.4)), rolled=True)
    long = pd.concat([content.tables["effects"]] * 2, ignore_index=True)
    content = replace(content, tables={**content.tables, "effects": long})
    path = write_report(content, "pdf", tmp_path / "report.pdf", ("en",))
    text = subprocess.run([reader, "-layout", str(path), "-"], check=True, capture_output=True, text=True).stdout
    rows = {titled.title: len(titled.table.rows) if titled.table else 0 for titled in document(content, "en").tables}
    seen = 0
    for page in text.split("\f"):
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        body = [line for line in lines if not re.fullmatch(r"\d+ / \d+", line)]
        for k, line in enumerate(body):
            if line in rows:
                seen += 1
                below = sum(len(re.findall(r"\d\.\d", text)) > 1 for text in body[k + 1 :])
                assert below >= min(3, rows[line]), line
    assert seen >= len(rows) - 1


def test_words_of_a_page_are_not_broken(tmp_path: Path) -> None:
    """Long names in the short lists of the first screen, in a real browser."""
    from browser import browsing

    values = {f"Harbour Communications {k}": 84.0 - k for k in range(8)}
    moves = {"Harbour Communications 1": (5.0, True)}
    page = write_html(told(((1.0, 0.4),), values=values, moves=moves), tmp_path / "report.html", ("en",))
    broken = (
        "Array.from(document.querySelectorAll('.card dt')).filter(e => {"
        "const r = document.createRange(), t = e.firstChild, k = t.data.indexOf('Communications');"
        "if (k < 0) return false; r.setStart(t, k); r.setEnd(t, k + 14); return r.getClientRects().length > 1}).length"
    )
    with browsing() as opened:
        for width in (390, 1280):
            opened.open(page, width)
            assert opened.run("document.querySelectorAll('.card dt').length") >= 7
            assert opened.run(broken) == 0, width
            assert opened.run("Array.from(document.querySelectorAll('svg.diagram, .figure.wide svg'))"
                              ".every(s => s.getBoundingClientRect().width > 300)")  # fmt: skip
