"""Columns that several items miss: one problem, with the lines that map them where headings are like them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from csimodels.errors import Problem, listed
from csimodels.messages import Message
from csimodels.spelling import seen
from csimodels.survey.options import Options
from csimodels.survey.table import Table

#: So many items without a column make one problem.
_MANY = 3
#: Lines of `columns` that are written out.
_SHOWN = 12


def absent_items(absent: Mapping[str, object], known: Sequence[str], chosen: Options, table: Table) -> list[Problem]:
    """One problem for the columns of items that are not there; none where they are few.

    Parameters
    ----------
    absent : mapping
        By name, the columns that are not there.
    known : sequence of str
        Those that are.
    chosen : Options
    table : Table
        The source.
    """
    where = table.label
    missed = {item: column for item, column in chosen.columns.items() if column in absent}
    if len(missed) < _MANY or chosen.cells.intersection(missed):
        return []
    what = Message("there are no columns for {n} items: {names}", n=len(missed), names=listed(missed.values()))
    if column := _long(table, set(missed.values())):
        text = (
            "the answers stand below one another, and {column} names the item: give each respondent one row and each "
            "item a column (in Python: pandas.DataFrame.pivot)"
        )
        return [Problem(what, where, remedy=Message(text, column=column))]
    meant = {item: like(column, known) for item, column in missed.items()}
    found = {item: name for item, name in meant.items() if name}
    if not found or len(set(found.values())) < len(found):
        text = (
            "name the items as the columns are, or map them under data: columns: {example}; "
            "csi init --data FILE proposes such lines from the wording"
        )
        first = next(iter(missed))
        return [Problem(what, where, remedy=Message(text, example=f"{{{first}: ...}}"))]
    lines = ", ".join(f"{_key(item)}: {_key(name)}" for item, name in list(found.items())[:_SHOWN])
    more = ", ..." if len(found) > _SHOWN or len(found) < len(missed) else ""
    return [Problem(what, where, remedy=Message("write under data: {lines}", lines=f"columns: {{{lines}{more}}}"))]


def _long(table: Table, missed: set[str]) -> str:
    """The column whose cells are names of items, where each row holds one answer; empty where there is none."""
    for place, name in enumerate(table.names):
        cells = [row[place].strip() for row in table.first if place < len(row)]
        if len(cells) > 1 and name and all(cell in missed for cell in cells):
            return name
    return ""


def like(column: str, known: Sequence[str]) -> str:
    """The heading that means `column`: the same but for case, width and blanks, ``Q1. Quality`` for ``Q1``, or the only
    one that holds it, as ``6、您对质量1的评价`` holds ``质量1``.
    """
    same = [name for name in known if seen(name) == seen(column)]
    begins = [name for name in known if re.match(re.escape(seen(column)) + r"[^\w]", _spaced(name))]
    inside = [name for name in known if _holds(seen(name), seen(column))]
    found = same or begins or inside
    return found[0] if len(found) == 1 else ""


def _holds(heading: str, name: str) -> bool:
    """Whether a name of two letters or more stands in a heading, not as a part of a number or a Latin word."""
    if len(name) < 2 or name.isascii():
        return False
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", heading) is not None


def begins_like(column: str, known: Sequence[str]) -> str:
    """A hint at the heading that begins with the name of a column; empty where there is none."""
    name = like(column, known)
    return Message('did you mean "{name}"?', name=name) if name else ""


def _spaced(name: str) -> str:
    """A heading in plain letters, with its blanks."""
    return " ".join(seen(part) for part in name.split()) + " "


def _key(text: str) -> str:
    return text if re.fullmatch(r"[^\W\d]\w*", text) else json.dumps(text, ensure_ascii=False)
