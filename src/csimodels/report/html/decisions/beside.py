"""Tables beside the model: classes with their total, gaps, delivered value."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.appendix import MANY_ROWS
from csimodels.report.html.decisions.block import Block
from csimodels.report.html.table_views import Cell, Column, Lang, TableView, table_view
from csimodels.report.standing import of_current_wave, wave_column
from csimodels.spec.model import plain_text
from csimodels.tables import catalogue

_GAPS = (
    *("level", "name", "weight", "perception", "expectation", "gap", "ci", "se", "above", "equal", "below"),
    *("reliability", "n", "status"),
)
_DELIVERED = ("part", "name", "weight", "score", "ci", "se", "status")
_CLASSES = "Every class by itself; the last row is their mean with the weights beside them. In brackets: the interval."


def beside(content: Content, lang: Lang) -> Iterator[Block]:
    """Classes, gaps and delivered value, those that the spec asks for."""
    frame = content.comparison("classes")
    if frame is not None:
        yield _classes(content, of_current_wave(content, frame), lang)
    for name, columns in (("gaps", _GAPS), ("delivered_value", _DELIVERED)):
        yield from _blocks(content, lang, name, columns)


def _blocks(content: Content, lang: Lang, name: str, columns: tuple[str, ...]) -> Iterator[Block]:
    """The table of all respondents, then that of the groups."""
    table = catalogue.find(name)
    assert table is not None
    for key in (name, f"group_{name}"):
        frame = content.comparison(key)
        if frame is None or len(frame) > MANY_ROWS:
            continue
        by = {} if key == name else {c: clean(lang.model.label_of(c, lang=lang.code)) for c in content.group_by}
        wanted = [*by, *(c for c in columns if c in ("ci", "weight") or frame[c].notna().any())]
        if frame["weight"].isna().all():
            wanted.remove("weight")
        said = lang.tr(table.about) if key == name else ""
        yield Block(formatting.title(key, lang.tr), said, (), table_view(frame, key, wanted, lang, by, name))


def _classes(content: Content, frame: pd.DataFrame, lang: Lang) -> Block:
    """Classes by constructs; with further group columns their values stand in front of the class."""
    asked = content.model.desk.classes
    assert asked is not None
    known = catalogue.find("classes")
    taken = () if known is None else known.column_names
    front = [str(c) for c in frame.columns if c not in taken and c != wave_column(content)]
    names = list(dict.fromkeys(frame["construct"]))
    columns = [Column(clean(lang.model.label_of(c, lang=lang.code)), "text") for c in front]
    columns += [Column(lang.tr("Weight")), *(Column(lang.label(name)) for name in names)]
    rows: dict[tuple[str, ...], dict[str, dict[str, object]]] = {}
    for row in formatting.records(frame):
        rows.setdefault(tuple(plain_text(row[c]) for c in front), {})[str(row["construct"])] = row
    out = []
    for key, cells in list(rows.items())[:MANY_ROWS]:
        first = next(iter(cells.values()))
        pairs = zip(front, key, strict=True)
        shown = [lang.model.label_of(c, k, lang.code) if k else lang.tr("Total") for c, k in pairs]
        cell = [Cell(clean(text), kind="text name") for text in shown]
        cell.append(Cell(formatting.percent(first["weight"], 1), formatting.as_float(first["weight"]), "num"))
        cell += [_cell(cells.get(name)) for name in names]
        out.append(tuple(cell))
    view = TableView("classes", tuple(columns), tuple(out), (False,) * len(out))
    return Block(formatting.title("classes", lang.tr), lang.tr(_CLASSES), (), view)


def _cell(row: dict[str, object] | None) -> Cell:
    if row is None:
        return Cell(formatting.NONE, kind="num")
    index = formatting.as_float(row["index"])
    interval = formatting.interval(row["low"], row["high"], 1)
    text = formatting.number(index, 1)
    return Cell(text if interval == formatting.NONE else f"{text} {interval}", index, "num")
