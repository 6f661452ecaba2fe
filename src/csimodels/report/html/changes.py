"""Changes since the wave before on the page: the whole and the upper units open, the groups folded."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from csimodels.i18n import N_
from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.change_summary import largest, rose_and_fell, separate
from csimodels.report.content import Content
from csimodels.report.direction import best_first
from csimodels.report.escaping import clean
from csimodels.report.group_order import labels_of, levels_of
from csimodels.report.html.table_views import Lang, TableView, named_whole, table_view
from csimodels.report.standing import changes_of, current_wave, wave_column, wave_label
from csimodels.spec.model import plain_text

_NUMBERS = ("change", "ci", "before", "after", "p_adj", "different", "status")
#: How p-values are corrected, by its name in the spec.
ADJUSTED = {"holm": N_("Holm"), "bh": N_("Benjamini-Hochberg")}


@dataclass(frozen=True, slots=True)
class Block:
    """A table under a title of its own."""

    title: str
    table: TableView


@dataclass(frozen=True, slots=True)
class Changes:
    """The last step, what it says, and folded: groups, and earlier steps."""

    title: str
    table: TableView
    sentences: tuple[str, ...]
    folded: tuple[Block, ...]


def changes(content: Content, lang: Lang) -> Changes | None:
    """Changes of the index construct; None where no waves were compared."""
    whole, groups = parts_of(content)
    parts = [frame for frame in (whole, groups) if frame is not None]
    if not parts:
        return None
    steps = _steps(parts[0])
    now = current_wave(content)
    last = next((step for step in steps if step[1] == now), steps[-1])
    folded = [_block(content, frame, last, lang) for frame in parts[1:]]
    folded += [_block(content, frame, step, lang) for step in reversed(steps) if step != last for frame in parts]
    opened = _block(content, parts[0], last, lang)
    said = _sentences(content, _at(parts[-1], last), int(parts[-1]["p_adj"].notna().sum()), lang)
    return Changes(opened.title, opened.table, said, tuple(folded))


def parts_of(content: Content) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Changes of the index of the whole and the units above the groups, the highest first, and those of the groups."""
    every = changes_of(content)
    if every is None:
        return None, _groups(content)
    levels = levels_of(content)
    if not levels or "level" not in every:
        return every, _groups(content)
    upper = [every[every["level"] == level] for level in levels[:0:-1]]
    return pd.concat(upper or [every.iloc[:0]]), every[every["level"] == levels[0]]


def _groups(content: Content) -> pd.DataFrame | None:
    """Changes of the groups of a result without roll-up; None where the waves are its only groups."""
    frame = content.comparison("changes")
    if frame is None or len(content.group_by) < 2:
        return None
    return frame[frame["construct"] == content.target]


def corrected_for(content: Content) -> int:
    """For how many comparisons p-values of changes of the lowest units are corrected: these are of all steps."""
    lowest = parts_of(content)[1]
    return 0 if lowest is None else int(lowest["p_adj"].notna().sum())


def _steps(frame: pd.DataFrame) -> list[tuple[str, str]]:
    pairs = zip(frame["from"], frame["to"], strict=True)
    return list(dict.fromkeys((plain_text(before), plain_text(after)) for before, after in pairs))


def _at(frame: pd.DataFrame, step: tuple[str, str]) -> pd.DataFrame:
    return frame[(frame["from"].map(plain_text) == step[0]) & (frame["to"].map(plain_text) == step[1])]


def _block(content: Content, frame: pd.DataFrame, step: tuple[str, str], lang: Lang) -> Block:
    """One table of one step, the largest change for the better first where it holds groups."""
    rows = _at(frame, step)
    labels = labels_of(rows)
    lowest = _is_lowest(content, rows)
    if lowest:
        rows = best_first(rows, content.model, column="change")
    before, after = (wave_label(content, wave, lang.code) for wave in step)
    title = lang.tr("{before} to {after}").format(before=before, after=after)
    if lowest:
        title = lang.tr("{title}: {what}").format(title=title, what=_called(content, lang))
    own = {c: clean(lang.names.column(c)) for c in labels if c not in ("level", "unit", "parent")}
    names = [c for c in labels if c not in ("from", "to", "level", "parent")]
    behind = [c for c in (("parent",) if lowest else ("level",)) if c in labels and _any(rows, c)]
    known = [c for c in _NUMBERS if c != "p_adj" or lang.intervals]
    view = table_view(rows, "changes", (*names, *known, *behind), lang, own)
    return Block(title, view if names else named_whole(view, lang))


def _is_lowest(content: Content, rows: pd.DataFrame) -> bool:
    levels = levels_of(content)
    if levels and "level" in rows:
        return bool((rows["level"] == levels[0]).all())
    return any(c in rows for c in content.group_by)


def _any(rows: pd.DataFrame, column: str) -> bool:
    return bool(rows[column].fillna("").astype(str).ne("").any())


def _called(content: Content, lang: Lang) -> str:
    """What the groups are called: the lowest level, or the group columns."""
    levels = levels_of(content)
    names = levels[:1] or [c for c in content.group_by if c != wave_column(content)]
    return lang.tr(", ").join(clean(lang.names.column(name)) for name in names)


def _sentences(content: Content, rows: pd.DataFrame, family: int, lang: Lang) -> tuple[str, ...]:
    """How many groups changed measurably, of `family` comparisons in all steps, and the largest change; nothing without
    intervals."""
    tested = rows[rows["p_adj"].notna()]
    if tested.empty or len(tested) < 2:
        return ()
    method = ADJUSTED.get(content.model.rollup.adjust)
    moved = tested[tested["different"].astype(bool)]
    up, down = (int((sign * moved["change"] > 0).sum()) for sign in (1, -1))
    n, all_ = (formatting.number(size, 0) for size in (len(tested), family))
    if method and moved.empty:
        text = "None of {n} changed measurably after correction for {family} comparisons ({method})."
        found = Message(text, n=n, family=all_, method=Message(method))
    elif method:
        text = "Of {n}, {moves} measurably after correction for {family} comparisons ({method})."
        found = Message(text, n=n, moves=rose_and_fell(up, down), family=all_, method=Message(method))
    else:
        found = Message("Of {n}, {moves} measurably, each by itself.", n=n, moves=rose_and_fell(up, down))
    return (lang.say(found), *_largest(content, tested, lang))


def _largest(content: Content, tested: pd.DataFrame, lang: Lang) -> tuple[str, ...]:
    rows = formatting.records(tested)
    at, beside = largest([(row["change"], row["low"], row["high"]) for row in rows], apart=separate(content.model))
    row = rows[at]
    columns = ["unit"] if "unit" in row else [c for c in content.group_by if c in row]
    level = content.model.rollup.levels[0] if content.model.rollup.levels else ""
    name = " / ".join(clean(lang.names.value(level if c == "unit" else c, row[c])) for c in columns)
    said = lang.tr("The largest estimated change is that of {name}: {change} {limits}, corrected p {p}.").format(
        name=name,
        change=formatting.signed(row["change"], 1),
        limits=formatting.interval(row["low"], row["high"], 1),
        p=formatting.p_value(row["p_adj"]),
    )
    return (said, *(lang.say(text) for text in beside))
