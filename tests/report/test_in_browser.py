"""The page in a real browser: it opens, sorts, searches, switches, slides, and asks for nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import sample
from browser import Page, browsing
from telling import told

from csimodels.report import write_html
from csimodels.report.formats import write as write_report

SECOND = '.page[data-lang="zh"]'


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browsing() as opened:
        yield opened


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    values = {f"Company {k:02d}": 84.0 - 0.5 * k for k in range(20)}
    content = told(((1.0, 0.4), (0.6, 0.4)), values=values, rolled=True)
    return write_html(content, tmp_path_factory.mktemp("page") / "report.html", ("en", "zh"))


def test_it_switches_language_and_theme(page: Page, report: Path) -> None:
    page.open(report)
    assert page.run("document.title") == "Retail banks 2026"
    page.run("document.querySelector('.switch button[data-lang=zh]').click()")
    assert page.run(f"document.querySelector('{SECOND}').hidden") is False
    assert page.run("[document.documentElement.lang, document.title]") == ["zh-CN", "2026年零售银行"]
    light = page.run("getComputedStyle(document.body).backgroundColor")
    page.run(f"document.querySelector('{SECOND} .theme').click()")
    assert page.run("getComputedStyle(document.body).backgroundColor") != light
    page.run(f"document.querySelector('{SECOND} .theme').click()")
    assert page.run("getComputedStyle(document.body).backgroundColor") == light
    page.open(report, dark=True)
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(16, 23, 29)"


def test_it_sorts_and_finds(page: Page, report: Path) -> None:
    page.open(report)
    table = "document.querySelector('#en-groups table')"
    names = (
        f"Array.from({table}.tBodies[0].rows).filter(r => !r.hidden).map(r => r.textContent.match(/Company [0-9]+/)[0])"
    )
    assert page.run(names)[0] == "Company 00"
    head = "Array.from(document.querySelectorAll('#en-groups th button')).find(b => b.textContent === 'Index')"
    page.run(f"{head}.click()")
    page.run(f"{head}.click()")
    assert page.run(names)[0] == "Company 19"
    page.run("var box = document.querySelector('#en-groups input'); box.value = 'company 07';"
             "box.dispatchEvent(new Event('input', {bubbles: true}))")  # fmt: skip
    assert page.run(names) == ["Company 07"]


def test_sliders_move_the_index_by_the_total_effect(page: Page, report: Path) -> None:
    page.open(report)
    drivers = sample.tables()["drivers"].set_index("driver")
    assert page.run("document.querySelector('#en-slide .answer .big').textContent") == "76.6"
    page.run("var s = document.querySelector('#en-slide input[aria-label=\"Perceived quality\"]'); s.value = 5;"
             "s.dispatchEvent(new Event('input', {bubbles: true}))")  # fmt: skip
    row = drivers.loc["Quality"]
    shown = f"{76.6 + 5 * row.importance:.1f}"
    assert page.run("document.querySelector('#en-slide .answer .big').textContent") == shown
    half = 5 * max(row.importance_high - row.importance, row.importance - row.importance_low)
    by = f"+{5 * row.importance:.1f} [+{5 * row.importance - half:.1f}, +{5 * row.importance + half:.1f}]"
    assert page.run("document.querySelector('#en-slide .by').textContent") == by
    page.run("document.querySelector('#en-slide .reset').click()")
    assert page.run("document.querySelector('#en-slide .answer .big').textContent") == "76.6"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    values = {f"Company {k:02d}": 84.0 - 0.2 * k for k in range(70)}
    content = told(((1.0, 0.4), (0.6, 0.4)), values=values, rolled=True)
    return write_html(content, tmp_path_factory.mktemp("many") / "report.html", ("en", "zh"))


def test_one_finds_a_unit_of_many_from_the_first_screen_and_from_the_league(page: Page, many: Path) -> None:
    page.open(many)
    links = "document.querySelectorAll('.page[data-lang=en] a.find')"
    assert page.run(f"{links}.length") == 2 and page.run(f"{links}[1].closest('section').id") == "en-league"
    found = page.run(f"new Promise(done => {{ {links}[0].click(); setTimeout(() => done([location.hash, "
                     "document.activeElement.type]), 100); })")  # fmt: skip
    assert found == ["#en-groups", "search"]
    shown = "Array.from(document.querySelector('#en-groups tbody').rows).filter(r => !r.hidden).length"
    assert page.run(shown) == 40
    page.open(many, 390)
    assert page.run(shown) == 10
    page.run("document.querySelector('#en-groups .all').click()")
    assert page.run(shown) == 70


def test_a_term_is_explained_to_the_keyboard_and_the_contents_can_be_skipped(page: Page, many: Path) -> None:
    page.open(many, 1280)
    page.run("document.querySelector('.page[data-lang=en] th[data-tip] button').focus()")  # far down: the page scrolls
    page.until("!document.querySelector('.tip').hidden")
    page.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))")
    assert page.run("document.querySelector('.tip').hidden")
    assert page.run("document.querySelector('.page[data-lang=en] a').getAttribute('href')") == "#en-year"


def test_keys_alone_switch_the_language_and_a_link_to_the_other_one_opens_it(page: Page, report: Path) -> None:
    page.open(report, 1280)
    page.run("document.querySelector('.switch button[data-lang=zh]').focus(); document.activeElement.click()")
    held = "[document.activeElement.dataset.lang, document.activeElement.closest('.page').dataset.lang].join()"
    assert page.run(held) == "zh,zh"
    page.run("location.hash = '#en-league'")
    page.until("document.documentElement.lang === 'en'")
    slider = "document.querySelector('#en-slide input')"
    page.run(f"{slider}.value = 2; {slider}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    assert page.run(
        f"{slider}.getAttribute('aria-valuetext') === {slider}.parentNode.querySelector('output').textContent"
    )
    page.run("document.querySelector('#en-slide .reset').click()")


def test_numbers_stay_with_their_units_and_intervals_with_themselves(page: Page, report: Path) -> None:
    page.open(report, 390)
    for lang, whole in (("en", "/^(\\[.+, .+\\]|\\S+ to \\S+)$/"), ("zh", "/^(\\[.+, .+\\]|[^ ]*\\d[^ ]*)$/")):
        page.run(f"document.querySelector('.switch button[data-lang={lang}]').click()")
        held = f"Array.from(document.querySelectorAll('.page[data-lang={lang}] .one')).filter(e => e.offsetParent)"
        texts, lines = page.run(f"var held = {held}; [held.map(e => {whole}.test(e.textContent)),"
                                "held.map(e => e.getClientRects().length)]")  # fmt: skip
        assert len(texts) > 20 and all(texts) and set(lines) == {1}


def test_tab_goes_through_the_head_as_it_is_seen(page: Page, report: Path) -> None:
    for width in (390, 800, 1280):
        page.open(report, width)
        shown = "Array.from(document.querySelectorAll('.page:not([hidden]) .inner :is(button, a)'))"
        place = "e => { const r = e.getBoundingClientRect(); return [r.top, r.left]; }"
        seen = page.run(f"{shown}.filter(e => e.offsetParent).map({place})")
        rows = [[left for top, left in seen if abs(top - at) < 12] for at, _ in seen]
        assert len(seen) > 3 and all(row == sorted(row) for row in rows)
        assert all(later > top - 12 for (top, _), (later, _) in itertools.pairwise(seen))
        assert width >= 1100 or page.run("document.querySelector('.top').offsetHeight") < 80  # one row of words


def test_a_tall_figure_fits_on_one_printed_page(page: Page, many: Path) -> None:
    page.open(many, 673)  # the width of A4 within its margins
    page.call("Emulation.setEmulatedMedia", media="print")
    try:
        tall = "Array.from(document.querySelectorAll('.page[data-lang=en] figure .wide svg'))"
        heights = page.run(f"{tall}.map(s => s.closest('figure').getBoundingClientRect().height)")
        assert len(heights) > 3 and max(heights) < 259 / 25.4 * 96
    finally:
        page.call("Emulation.setEmulatedMedia", media="")


def test_headings_of_tables_are_repeated_on_paper(page: Page, many: Path) -> None:
    page.open(many, 1280)
    page.call("Emulation.setEmulatedMedia", media="print")
    button = "getComputedStyle(document.querySelector('.page[data-lang=en] th button'))"
    head = "getComputedStyle(document.querySelector('.page[data-lang=en] thead'))"
    try:  # Chromium repeats a row of heads, but neither buttons as boxes nor what is positioned in it
        assert page.run(f"[{head}.display, {button}.display].join()") == "table-header-group,contents"
    finally:
        page.call("Emulation.setEmulatedMedia", media="")


def test_tables_wider_than_their_box_are_set_smaller_before_they_scroll(page: Page, many: Path) -> None:
    page.open(many, 800)
    page.run("var set = Array.from(document.querySelectorAll('.page[data-lang=en] .box > table.tight'));")
    over = "set.map(t => t.parentNode.scrollWidth - t.parentNode.clientWidth)"
    small = page.run(over)
    assert small, "no table is wider than its box at 800 px: the test shows nothing"
    below = "document.querySelectorAll('.page[data-lang=en] .stacked td[data-below]')"  # intervals under their numbers
    assert page.run(f"getComputedStyle({below}[0], '::after').content").startswith('"[')
    page.run("set.forEach(t => t.classList.remove('tight', 'stacked'));")
    plain = page.run(over)
    assert all(a <= b for a, b in zip(small, plain, strict=True)) and min(plain) > 0 and 0 in small
    page.open(many, 620)
    assert page.run("document.querySelectorAll('.page[data-lang=en] .stacked td.se1').length")  # errors, too


def test_headings_of_numbers_take_two_lines_and_names_one(page: Page, many: Path) -> None:
    page.open(many, 1280)
    high = page.run("""Array.from(document.querySelectorAll('#en-effects th.num button')).map(b => {
      const r = document.createRange(); r.selectNodeContents(b);
      const line = 1.4 * parseFloat(getComputedStyle(b).fontSize);
      return [b.textContent, Math.round(r.getBoundingClientRect().height / line)];
    })""")
    assert ["Impact of 5 points", 2] in high
    assert max(lines for _, lines in high) == 2
    names = "Array.from(document.querySelectorAll('#en-paths td.name'), c => c.offsetHeight)"
    page.run("document.querySelectorAll('#en-paths details').forEach(d => { d.open = true; })")
    assert max(page.run(names)) < 45  # one line


@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
def test_nothing_is_wider_than_the_screen(page: Page, report: Path, width: int) -> None:
    page.open(report, width)
    assert page.run("document.documentElement.scrollWidth") <= width
    if width == 390:  # tables are cards
        wide = "Array.from(document.querySelectorAll('.page:not([hidden]) table')).filter(t => t.offsetParent && "
        assert page.run(wide + "t.scrollWidth > t.closest('.box').clientWidth + 1).length") == 0
        assert page.run("document.querySelector('#en-index td.name0').textContent") == "Customer expectations"
    drawn = (
        "Array.from(document.querySelectorAll('#en-league .chart')).filter(s => s.getBoundingClientRect().width).length"
    )
    assert page.run(drawn) == 1
    rail = page.run("getComputedStyle(document.querySelector('.page')).display")
    assert rail == ("grid" if width >= 1100 else "block")


def test_no_table_of_many_units_is_wider_than_its_box(page: Page, many: Path) -> None:
    page.open(many, 390)
    assert page.run("document.documentElement.scrollWidth") <= 390
    page.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    tables = "Array.from(document.querySelectorAll('.page:not([hidden]) table')).filter(t => t.offsetParent)"
    assert page.run(f"{tables}.length") > 5
    assert page.run(f"{tables}.filter(t => t.scrollWidth > t.closest('.box').clientWidth + 1).length") == 0


def test_a_phone_has_a_menu_cards_and_short_tables(page: Page, report: Path) -> None:
    page.open(report, 390)
    shown = "getComputedStyle(document.querySelector('.page nav')).display"
    assert page.run(shown) == "none"
    page.run("document.querySelector('.page .menu').click()")
    assert page.run(shown) == "flex"
    page.run("document.querySelector('.page nav a').click()")
    assert page.run(shown) == "none"
    card = "Array.from(document.querySelector('#en-index tbody tr').cells).map(c => c.getBoundingClientRect())"
    name, mark, number, limits = page.run(f"{card}.slice(0, 4).map(r => [r.left, r.top, r.right, r.bottom])")
    assert name[0] < number[0]  # the name to the left of the number, its interval below it, then the bar
    assert abs(name[1] - number[1]) < 12 and number[3] <= limits[1] + 1 and limits[2] == number[2] < mark[2] + 1
    rows = "Array.from(document.querySelector('#en-groups tbody').rows).filter(r => r.offsetParent).length"
    assert page.run(rows) == 10
    page.run("document.querySelector('#en-groups .rows').click()")
    assert page.run(rows) == 20


def test_figures_and_data_are_copied_without_variables(page: Page, report: Path) -> None:
    page.open(report)
    page.run("document.execCommand = function () { window.kept = document.querySelector('body > textarea').value; };"
             "Object.defineProperty(navigator, 'clipboard', {value: undefined})")  # fmt: skip
    page.run("document.querySelector('#en-fig-league .copy-svg').click()")
    drawing = page.run("window.kept")
    assert drawing.startswith("<svg")
    assert "var(" not in drawing
    page.run("document.querySelector('#en-fig-league .copy-csv').click()")
    assert page.run("window.kept").splitlines()[1].startswith("Company 00,")


def test_a_link_opens_its_language_and_place(page: Page, report: Path) -> None:
    page.open(report, at="?#zh-league")
    page.until(f"!document.querySelector('{SECOND}').hidden")
    page.until("Math.abs(document.getElementById('zh-league').getBoundingClientRect().top) < 900")


def test_a_link_to_the_other_language_stands_at_its_place_at_once(page: Page, many: Path) -> None:
    page.open(many, 1280)
    page.run("location.hash = '#en-cite'")  # a long way, which is scrolled
    page.run("location.hash = '#zh-effects'")
    page.until("document.documentElement.lang === 'zh-CN'")
    assert 0 <= page.run("document.getElementById('zh-effects').getBoundingClientRect().top") < 60


def test_it_asks_for_nothing_and_complains_of_nothing(page: Page, report: Path) -> None:
    page.open(report)
    assert page.complaints() == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_index_of_profiles_shows_the_units_that_are_sought(page: Page, tmp_path: Path, width: int) -> None:
    page.open(write_report(told(), "profiles", tmp_path / "index.html", ("en",)), width)
    shown = (
        "Array.from(document.querySelectorAll('tbody tr')).filter(r => r.offsetHeight).map(r => r.cells[0].innerText)"
    )
    seek = "var f = document.getElementById('find'); f.value = '%s'; f.dispatchEvent(new Event('input'))"
    assert len(page.run(shown)) == 4
    page.run(seek % "buch")
    assert page.run(shown) == ["Buche"]
    page.run(seek % "")
    assert len(page.run(shown)) == 4


def test_no_line_of_a_caption_begins_or_ends_with_a_separator(page: Page, report: Path) -> None:
    page.open(report, 390)
    assert page.run("document.querySelector('.page:not([hidden]) .title .sub').innerText").count(" · ") > 1
    boxes = "Array.from(document.querySelectorAll('.page:not([hidden]) .caption'))"
    parts = f"{boxes}.map(c => [c.getBoundingClientRect().left, Array.from(c.children).map(s => [s.offsetTop, "
    parts += "s.firstElementChild ? s.firstElementChild.getBoundingClientRect().right : -1])])"
    rows = 0
    for left, spans in page.run(parts):
        for (above, _), (here, dot) in itertools.pairwise(spans):
            assert (dot > left) == (here == above)  # the dot of a new line lies outside what is shown
            rows += here > above
    assert rows
