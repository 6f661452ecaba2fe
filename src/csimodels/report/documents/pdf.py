"""The report as a PDF by Typst: tagged, with bookmarks and page numbers, the same bytes for the same input."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from csimodels.errors import MissingExtraError, Problem, SpecError
from csimodels.report.content import Content
from csimodels.report.documents.document import (
    Chapter,
    Document,
    Titled,
    arranged,
    captioned,
    counted,
    described,
    document,
    shown,
    unbroken,
    widths,
)
from csimodels.report.documents.package import NO_DATE
from csimodels.report.figures import style
from csimodels.report.figures.canvas import chinese_font, load_matplotlib
from csimodels.report.figures.denser import denser, lettered, lowered
from csimodels.report.figures.geometry import text_width, wrap
from csimodels.report.figures.picture import SIZES, Picture
from csimodels.report.figures.scene import svg
from csimodels.report.html.table_views import TableView
from csimodels.report.story.section import Card

#: Letters of a table in one line across a page, upright and turned, and the largest figure in millimetres.
_ROOM, _TURNED = 60.0, 88.0
#: A table that is wider than this many pages is turned; up to it, its letters are smaller.
_TIGHT = 1.3
_WIDE, _HIGH = 174.0, 215.0
#: Points of the smallest letters that a figure is made smaller to, where a high one and its small print share a page.
_LEGIBLE = 5.7
#: Millimetres of a caption, and of a point.
_CAPTION, _MM = 17.0, 0.353
#: Width of one of two figures beside each other.
_COLUMN = 84.0
#: Rows that stand below the heading of a table on its page, at least.
_ROWS_BELOW = 3
#: Tables up to this many rows are not broken over pages.
_FEW_ROWS = 12
_PRELUDE = """
#set document(title: {title}, author: "csimodels", date: {date})
#set text(lang: {lang}, region: {region}, font: {fonts}, size: 9.5pt, fill: rgb("{ink}"))
#set page(paper: "a4", margin: (top: 20mm, bottom: 20mm, x: 18mm),
  header: context if counter(page).get().first() > 1 {{ text(8pt, fill: rgb("{muted}"), {title}) }},
  footer: context align(right, text(8pt, fill: rgb("{muted}"), counter(page).display("1 / 1", both: true))))
#set par(leading: 0.7em, spacing: 0.9em)
#set table(stroke: none, inset: (x: 4pt, y: 3pt))
#set table.cell(breakable: false)
#show heading: set text(fill: rgb("{accent}"))
#show heading: set block(above: 1.6em, below: 0.8em, sticky: true)
#show heading.where(level: 1): set text(15pt)
#show heading.where(level: 2): set text(11.5pt)
#show figure: set block(breakable: true, above: 1.2em, below: 1.2em)
#show figure.where(kind: image): set block(breakable: false)
#show figure.where(kind: table): set figure.caption(position: top)
#show figure.caption: set text(8pt, fill: rgb("{muted}"))
#show figure.caption: set align(left)
// A figure, or its denser drawing, a little smaller at need, where that spares a new page: `flat` is `low` high, and
// stays legible at its part `least`.
#let fitted(name, wide, high, flat, broad, low, least, below, said) = context {{
  let room = page.height - 20mm - here().position().y - below
  if room < high and room > least * low {{ image(flat, width: calc.min(1, room / low) * broad, alt: said) }}
  else {{ image(name, width: wide, alt: said) }}
}}
"""


def write_pdf(content: Content, path: str | Path, lang: str = "en") -> Path:
    """Write the report as a PDF.

    Parameters
    ----------
    content : Content
    path : str or Path
    lang : ``"en"`` or ``"zh"``

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    MissingExtraError
        typst is not installed.
    SpecError
        The report is Chinese, and no Chinese font is installed.
    """
    if find_spec("typst") is None:
        raise MissingExtraError("typst", "pdf", "the PDF report")
    import typst

    told = document(content, lang)
    target = Path(path)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        source = place / "report.typ"
        source.write_text(_source(told, place), encoding="utf-8", newline="\n")
        made = typst.compile(source, root=place, font_paths=[_own_fonts()], format="pdf")
    assert isinstance(made, bytes)
    target.write_bytes(made)
    return target


def _own_fonts() -> Path:
    """Fonts that come with matplotlib: the same on every machine."""
    return Path(load_matplotlib().get_data_path()) / "fonts" / "ttf"


def _fonts() -> list[str]:
    """Letters of matplotlib, and those of a Chinese font where one is installed: groups may have Chinese names."""
    return [name for name in ("DejaVu Sans", chinese_font()) if name]


def _source(told: Document, place: Path) -> str:
    if told.lang.code == "zh" and not chinese_font():
        what = "no Chinese font is installed, so that Chinese letters cannot be drawn"
        raise SpecError(Problem(what, remedy="install Noto Sans CJK SC, or write the report as html"))
    tr, when = told.lang.tr, told.created or NO_DATE
    title = _quoted(told.title)
    head = _PRELUDE.format(
        title=title, lang=_quoted(told.lang.code), region=_quoted({"en": "gb", "zh": "cn"}[told.lang.code]),
        date=f"datetime(year: {when.year}, month: {when.month}, day: {when.day})",
        fonts=f"({', '.join(map(_quoted, _fonts()))},)", ink=style.INK, muted=style.MUTED, accent=told.cover.color,
    )  # fmt: skip
    parts = [head, *_cover(told, place, title)]
    for chapter in told.chapters:
        parts += _chapter(chapter, told, place)
    parts += ["#pagebreak()", _heading(tr("Appendix for researchers"), 1)]
    parts += [f"- {_text(note)}" for note in told.notes]
    for place_of, titled in enumerate(told.tables):
        parts += _table(titled)
        if titled.picture is not None:
            parts.append(_figure(titled.picture, f"table-{place_of}", told, place, (titled.title, titled.said)))
    parts.append(_heading(tr("How it was computed"), 2))
    pairs = "".join(f"{_cell(a)}, {_cell(b)}, " for a, b in told.facts)
    parts.append(f"#block(breakable: false, text(8pt, table(columns: (auto, 1fr), {pairs})))")
    parts += [_small(words, 8) for words in (told.citation, *told.sources)]
    return "\n\n".join(parts) + "\n"


def _cover(told: Document, place: Path, title: str) -> list[str]:
    """Logo, title, what the survey holds, and who publishes it."""
    cover, parts = told.cover, []
    if cover.logo:
        (place / f"logo.{cover.logo.kind}").write_bytes(cover.logo.data)
        wide, _ = cover.logo.fitted(60.0, 18.0)
        said = _quoted(cover.institute or told.title)
        parts.append(f'#image("logo.{cover.logo.kind}", width: {wide:.1f}mm, alt: {said})')
    parts.append(f"#text(24pt, weight: 700, fill: rgb({_quoted(cover.color)}), {title})")
    parts.append(_small(" · ".join(told.subtitle), 9.5))
    return parts + ([_small(" · ".join(cover.said), 9.5)] if cover.said else [])


def _chapter(chapter: Chapter, told: Document, place: Path) -> list[str]:
    """A section; its heading and sentences stay on the page of its first figure."""
    parts = [_heading(chapter.title, 1)]
    first, *rest = chapter.sentences
    said = [f"#text(11.5pt, weight: 700, {_quoted(first)})", *map(_text, rest)]
    if chapter.cards:
        cards = ", ".join(map(_card, chapter.cards))
        beside = 2 if len(chapter.cards) == 4 else len(chapter.cards)
        said.append(f"#grid(columns: {beside}, column-gutter: 14pt, row-gutter: 6pt, {cards})")
    parts += [f"#block(sticky: true)[{words}]" for words in said] if chapter.pictures else said
    parts += _figures(chapter, told, place)
    return parts + [_small(words, 8) for words in chapter.small]


def _figures(chapter: Chapter, told: Document, place: Path) -> list[str]:
    """The figures of a section, those that go together beside each other; the last leaves room for what is small."""
    parts, said = [], (chapter.title, *chapter.sentences)
    laid = arranged(chapter)
    for k, beside in enumerate(laid):
        names = [f"{chapter.key}-{k}-{j}" for j in range(len(beside))]
        if len(beside) == 1:
            below = sum(map(_small_high, chapter.small)) if k == len(laid) - 1 else 0.0
            parts.append(_figure(beside[0], names[0], told, place, said, below=below))
            continue
        drawn = [_figure(one, name, told, place, said, "column") for one, name in zip(beside, names, strict=True)]
        cells = ", ".join(f"[{figure}]" for figure in drawn)
        parts.append(f"#grid(columns: (1fr, 1fr), column-gutter: 6mm, {cells})")
    return parts


def _card(card: Card) -> str:
    rows = "".join(f"{_cell(e.name)}, {_cell(e.value)}, {_cell(e.beside)}, " for e in card.entries)
    head = f"table.cell(colspan: 3, text(weight: 700, {_quoted(card.title)}))"
    side = "right" if counted(card) else "left"
    return f"[#text(8pt, table(columns: 3, inset: (x: 3pt, y: 3pt), align: (left, {side}, left), {head}, {rows}))]"


def _small_high(words: str) -> float:
    """Millimetres down that a line of small print takes."""
    return 3.0 + 4.1 * len(wrap(words, 8 * _MM, _WIDE, 9))


def _figure(
    picture: Picture, name: str, told: Document, place: Path, before: Sequence[str], size: str = "page",
    below: float = 0.0,
) -> str:  # fmt: skip
    """A figure across the page or a column, with its rows closer where it is high or the page has a little less room;
    its caption and `below` millimetres stay with it."""
    most = _WIDE if size == "page" else _COLUMN
    whole = picture.plot(SIZES[size])
    given, wide = [], most
    for end, scene in (("", lowered(whole, _HIGH / most)), ("-flat", denser(whole))):
        drawing = svg(scene, "light", picture.lang, picture.title)
        (place / f"{name}{end}.svg").write_text(drawing, encoding="utf-8", newline="\n")
        wide = round(most * min(1.0, _HIGH / (most * scene.height / scene.width)), 1)
        given.append(f'"{name}{end}.svg", {wide:g}mm, {wide * scene.height / scene.width:.1f}mm')
    said, words = _quoted(described(picture)), _text(captioned(picture, told, before))
    least = min(1.0, _LEGIBLE * _MM / (lettered(whole) * wide / whole.width))
    drawn = f"fitted({', '.join(given)}, {least:.3f}, {_CAPTION + below:.1f}mm, {said})"
    return f"#figure({drawn}, alt: {said}, kind: image, caption: [{words}])"


def _table(titled: Titled) -> list[str]:
    """A table under its heading, on a turned page where it is wide."""
    if titled.table is None:
        return [_heading(titled.title, 2), _text(titled.said)]
    view: TableView = titled.table
    wide = widths(view, _ROOM)
    turned = sum(wide) > _TIGHT * _ROOM
    if turned:
        wide = widths(view, _TURNED)
    size = 7.5 * min(1.0, (_TURNED if turned else _ROOM) / sum(wide))
    align = ", ".join("right" if view.columns[k].kind == "num" else "left" for k in shown(view))
    head = ", ".join(f"text(weight: 700, {_quoted(view.columns[k].title)})" for k in shown(view))
    rows = [", ".join(_cell(unbroken(row[k], view.columns[k])) for k in shown(view)) for row in view.rows]
    line = f"table.hline(stroke: 0.6pt + rgb({_quoted(style.MUTED)}))"
    columns = ", ".join(f"{w:g}fr" for w in wide)
    if len(rows) > _FEW_ROWS:
        rows = _ended(rows)
        columns += ", 0pt"
        head += ", []"
    table = f"table(columns: ({columns},), align: ({align},), table.header({head}), {line}, {', '.join(rows)})"
    whole = str(len(view.rows) > _FEW_ROWS).lower()
    room = [] if turned or len(view.rows) <= _FEW_ROWS else [_room(view, wide)]
    parts = [*room, _heading(titled.title, 2), f"#block(breakable: {whole}, text({size:.2f}pt, {table}))"]
    parts += [_small(titled.said, 8)] if titled.said else []
    return ["#page(flipped: true)[", *parts, "]"] if turned else parts


def _ended(rows: list[str]) -> list[str]:
    """Rows of a table whose last ones stay on one page: a cell without width spans them, which is not broken."""
    kept = len(rows) - _ROWS_BELOW
    return [f"{row}, []" if k < kept else f"{row}, table.cell(rowspan: {_ROWS_BELOW}, [])" if k == kept else row
            for k, row in enumerate(rows)]  # fmt: skip


def _room(view: TableView, wide: Sequence[float]) -> str:
    """Before the heading of a table that may be broken: a new page where heading and first rows would not fit."""
    columns = shown(view)
    texts = [[view.columns[k].title for k in columns]]
    texts += [[row[k].text for k in columns] for row in view.rows[:_ROWS_BELOW]]
    lines = sum(max(1 + int(1.25 * text_width(text, 1.0) / room) for text, room in zip(row, wide, strict=True))
                for row in texts)  # fmt: skip
    high = 16.0 + 3.4 * lines + 2.2 * len(texts)  # millimetres
    return f"#block(breakable: false, above: 0pt, below: 0pt, height: {high:.0f}mm)#v(-{high:.0f}mm)"


def _heading(words: str, level: int) -> str:
    return f"#heading(level: {level}, {_quoted(words)})"


def _text(words: str) -> str:
    """Text of any kind: as a string of the language, nothing in it is read as markup."""
    return f"#text({_quoted(words)})"


def _small(words: str, size: float) -> str:
    return f"#text({size:g}pt, fill: rgb({_quoted(style.MUTED)}), {_quoted(words)})"


def _cell(words: str) -> str:
    return f"[#{_quoted(words)}]"


def _quoted(words: str) -> str:
    plain = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ").replace("\t", " ")
    return f'"{plain}"'
