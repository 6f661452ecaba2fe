"""The report as a PDF by Typst: tagged, with bookmarks and page numbers, the same bytes for the same input."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import compress
from pathlib import Path

from csimodels.errors import MissingExtraError, Problem, SpecError
from csimodels.report.content import Content
from csimodels.report.documents.column_widths import shown, unbroken, widths
from csimodels.report.documents.document import (
    Chapter,
    Document,
    Titled,
    arranged,
    captioned,
    counted,
    described,
    document,
)
from csimodels.report.documents.package import NO_DATE
from csimodels.report.figures import style
from csimodels.report.figures.canvas import chinese_font, load_matplotlib
from csimodels.report.figures.denser import denser, lowered
from csimodels.report.figures.geometry import text_width, wrap
from csimodels.report.figures.parts import cuts, parted
from csimodels.report.figures.picture import SIZES, Picture
from csimodels.report.figures.scene import Scene, svg
from csimodels.report.html.table_views import TableView
from csimodels.report.story.section import Card

#: Letters of a table in one line across a page, upright and turned, and millimetres of both sides of what it holds.
_ROOM, _TURNED = 61.0, 88.0
#: Points of the letters of tables, and the least: a table that would need smaller ones lies on a turned page.
_LETTERS, _LEAST = 7.5, 7.0
_WIDE, _PAGE = 174.0, 255.0
#: Millimetres of the rows of a high figure that stand on a page before it goes on overleaf, of those on its last page,
#: and of those that stay together between.
_FIRST, _LAST, _BETWEEN = 45.0, 35.0, 4.0
#: Millimetres of a caption, and of a point.
_CAPTION, _MM = 17.0, 0.353
#: Millimetres between a figure and its caption.
_GAP = 2.2
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
// A figure, or its denser drawing `flat` where that spares a new page; where it stands is not known at first.
#let fitted(name, high, flat, wide, below, said) = context {{
  let down = here().position().y
  let dense = down == 0pt or page.height - 20mm - down - below < high
  image(if dense {{ flat }} else {{ name }}, width: wide, alt: said)
}}
// A figure that may go on overleaf: with its head above and its axis below on every page; `below` stays with the end.
#let parted(head, parts, foot, wide, below) = {{
  let drawn(name) = image(name, width: wide)
  grid(columns: 1, grid.header(drawn(head)), ..parts.map(drawn), grid.footer(drawn(foot) + v(below)))
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
    turned = [_turned(titled) for titled in told.tables]
    for place_of, titled in enumerate(told.tables):
        if turned[place_of]:
            continue
        parts += _table(titled, turned=False)
        if titled.picture is not None:
            parts.append(_figure(titled.picture, f"table-{place_of}", told, place, (titled.title, titled.said)))
    parts.append(_heading(tr("How it was computed"), 2))
    pairs = "".join(f"{_cell(a)}, {_cell(b)}, " for a, b in told.facts)
    parts.append(f"#block(breakable: false, text(8pt, table(columns: (auto, 1fr), {pairs})))")
    parts += [_small(words, 8) for words in (told.citation, *told.sources)]
    parts += ["#set page(flipped: true)"] if any(turned) else []
    parts += [line for titled in compress(told.tables, turned) for line in _table(titled, turned=True)]
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
    together = len(said) if chapter.pictures else len(said) - 1 if chapter.cards else 0
    how = [f"breakable: false, sticky: {str(k < together).lower()}" for k in range(len(said))]
    parts += [f"#block({kept})[{words}]" for kept, words in zip(how, said, strict=True)]
    parts += _figures(chapter, told, place)
    return parts + [_small(words, 8) for words in chapter.small]


def _figures(chapter: Chapter, told: Document, place: Path) -> list[str]:
    """The figures of a section, those that go together beside each other; the last leaves room for what is small."""
    parts, said = [], (chapter.title, *chapter.sentences)
    laid, above = arranged(chapter), _above(chapter)
    for k, beside in enumerate(laid):
        names = [f"{chapter.key}-{k}-{j}" for j in range(len(beside))]
        if len(beside) == 1:
            below = sum(map(_small_high, chapter.small)) if k == len(laid) - 1 else 0.0
            free = (_PAGE - _CAPTION - (0.0 if k else above), below)
            parts.append(_figure(beside[0], names[0], told, place, said, free))
            continue
        drawn = [_figure(one, name, told, place, said, size="column") for one, name in zip(beside, names, strict=True)]
        cells = ", ".join(f"[{figure}]" for figure in drawn)
        parts.append(f"#grid(columns: (1fr, 1fr), column-gutter: 6mm, {cells})")
    return parts


def _card(card: Card) -> str:
    rows = "".join(f"{_cell(e.name)}, {_cell(e.value)}, {_cell(e.beside)}, " for e in card.entries)
    head = f"table.cell(colspan: 3, text(weight: 700, {_quoted(card.title)}))"
    side = "right" if counted(card) else "left"
    return f"[#text(8pt, table(columns: 3, inset: (x: 3pt, y: 3pt), align: (left, {side}, left), {head}, {rows}))]"


def _above(chapter: Chapter) -> float:
    """Millimetres that the heading of a section, its sentences and short lists take above its first figure."""
    first, *rest = chapter.sentences
    lines = 1.25 * len(wrap(first, 12.5 * _MM, _WIDE, 9)) + sum(len(wrap(text, 10 * _MM, _WIDE, 9)) for text in rest)
    return 13.0 + 5.7 * lines + 4.6 * (max(len(card.entries) + 1 for card in chapter.cards) if chapter.cards else 0)


def _small_high(words: str) -> float:
    """Millimetres down that a line of small print takes."""
    return 3.0 + 4.1 * len(wrap(words, 8 * _MM, _WIDE, 9))


def _figure(
    picture: Picture, name: str, told: Document, place: Path, before: Sequence[str],
    free: tuple[float, float] = (_PAGE - _CAPTION, 0.0), size: str = "page",
) -> str:  # fmt: skip
    """A figure across the page or a column with its caption; `free` are the millimetres of a page that it has, of which
    those of what stands below it.

    A high one of rows may go on overleaf; of another the denser drawing is taken where that spares a new page.
    """
    room, below = free
    most = _WIDE if size == "page" else _COLUMN
    whole = picture.plot(SIZES[size])
    scene = lowered(whole, (room - below) / most)
    said, words = _quoted(described(picture)), _text(captioned(picture, told, before))
    per = whole.width / most  # pixels of a millimetre
    places = cuts(scene, _FIRST * per, _LAST * per, _BETWEEN * per) if size == "page" else ()
    if places:
        names = _saved(picture, parted(scene, places), name, place)
        listed = f"({', '.join(names[1:-1])},)"
        drawn = f"parted({names[0]}, {listed}, {names[-1]}, {most:g}mm, {_CAPTION + below:.1f}mm)"
        drawn = f"{drawn}, gap: {_GAP - _CAPTION - below:.1f}mm"
        loose = "#show figure: set block(breakable: true)"
        return f"#[{loose}\n#figure({drawn}, alt: {said}, kind: image, caption: [{words}])]"
    wide = most * min(1.0, (room - below) / (most * scene.height / scene.width))
    flat = denser(whole)
    names = _saved(picture, (scene, flat) if flat.height < scene.height else (scene,), name, place)
    drawn = f"image({names[0]}, width: {wide:.1f}mm, alt: {said})"
    if len(names) > 1:
        high, kept = wide * scene.height / scene.width, _CAPTION + below
        drawn = f"fitted({names[0]}, {high:.1f}mm, {names[1]}, {wide:.1f}mm, {kept:.1f}mm, {said})"
    return f"#figure({drawn}, alt: {said}, kind: image, caption: [{words}])"


def _saved(picture: Picture, scenes: Sequence[Scene], name: str, place: Path) -> list[str]:
    """Names of the files of drawings, as strings of the language."""
    names = [f"{name}-{k}.svg" for k in range(len(scenes))]
    for file, scene in zip(names, scenes, strict=True):
        drawing = svg(scene, "light", picture.lang, picture.title)
        (place / file).write_text(drawing, encoding="utf-8", newline="\n")
    return [_quoted(file) for file in names]


def _turned(titled: Titled) -> bool:
    """Whether a table is too wide for an upright page."""
    return titled.table is not None and sum(widths(titled.table, _ROOM)) * _LEAST > _LETTERS * _ROOM


def _table(titled: Titled, *, turned: bool) -> list[str]:
    """A table under its heading."""
    if titled.table is None:
        return [_heading(titled.title, 2), _text(titled.said)]
    view: TableView = titled.table
    wide = widths(view, _TURNED if turned else _ROOM)
    size = _LETTERS * min(1.0, (_TURNED if turned else _ROOM) / sum(wide))
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
    return parts + ([_small(titled.said, 8)] if titled.said else [])


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
