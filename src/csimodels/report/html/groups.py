"""Groups on the page: ranked by the index, with the intervals of their ranks, and compared with what is above them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.direction import best_first
from csimodels.report.escaping import clean
from csimodels.report.group_order import Wave, league, levels_of
from csimodels.report.html.changes import ADJUSTED
from csimodels.report.html.table_views import (
    Cell,
    Column,
    Lang,
    Scale,
    TableView,
    table_view,
    with_column,
    with_marks,
    zoomed,
)
from csimodels.report.profiles.addresses import addresses
from csimodels.report.standing import wave_column
from csimodels.report.story.reading import Reading

#: Tables of the units of one parent stand open where all together have at most so many rows.
_FEW_ROWS = 60
_RANK = ("rank", "rank_ci")
_NUMBERS = ("index", "ci", "n", "n_eff", "p_first", "status")


@dataclass(frozen=True, slots=True)
class Block:
    """A table under a title of its own."""

    title: str
    table: TableView


@dataclass(frozen=True, slots=True)
class Ranking:
    """The ranked groups of the latest wave, how to read them, earlier waves, and the units of every parent."""

    title: str
    table: TableView
    sentences: tuple[str, ...]
    waves: tuple[Block, ...]
    within: tuple[Block, ...]
    within_title: str
    within_open: bool


def ranking(content: Content, groups: pd.DataFrame, lang: Lang) -> Ranking:
    """The index of every group, best first, on an axis round all of them."""
    waves = league(content, lang=lang.code) or [Wave("", _unranked(content, groups))]
    scale = zoomed(pd.concat([wave.rows for wave in waves], ignore_index=True))
    *earlier, latest = [Block(wave.name, _table(content, wave.rows, scale, lang)) for wave in waves]
    within = _within(content, waves[-1], scale, lang)
    return Ranking(
        title=latest.title,
        table=latest.table,
        sentences=_sentences(content, waves[-1].rows, lang),
        waves=tuple(reversed(earlier)),
        within=within,
        within_title=lang.tr("Ranking within each unit: {level}").format(level=_label(levels_of(content)[1], lang))
        if within
        else "",
        within_open=sum(len(block.table.rows) for block in within) <= _FEW_ROWS,
    )


def _unranked(content: Content, groups: pd.DataFrame) -> pd.DataFrame:
    """Groups of a result without a table of ranks, best first."""
    mine = groups[groups["construct"] == content.model.index.construct]
    lowest_first = content.model.direction(content.model.index.construct) < 0
    mine = best_first(mine, content.model).reset_index(drop=True)
    return mine.assign(rank=mine["index"].rank(ascending=lowest_first, method="min"))


def _table(
    content: Content, rows: pd.DataFrame, scale: Scale, lang: Lang, leave_out: tuple[str, ...] = ()
) -> TableView:
    """Ranked rows with dots and whiskers, and what the differences say."""
    titles = _unit_titles(content, rows, lang)
    names = [c for c in titles if c not in leave_out]
    known = [c for c in (*_RANK, *names, *_NUMBERS) if _known(rows, c)]
    view = table_view(rows, "ranks" if "rank_low" in rows else "groups", known, lang, titles, like="index")
    at = len(names) + sum(c in known for c in _RANK)
    view = with_marks(_linked(view, rows, known.index(names[0]), content, lang), rows, scale, at, bar=False)
    if "difference" not in rows or not lang.intervals:
        return view
    title = lang.tr("Against the others")
    if "parent" in titles:
        title = lang.tr("Against its {level}").format(level=titles["parent"])
    better = lang.model.direction(lang.model.index.construct)
    cells = [against(row, lang, better) for row in formatting.records(rows)]
    last = len(view.columns) - (view.columns[-1].title == formatting.heading("ranks", "status", lang.tr))
    return with_column(view, last, Column(title, "num against"), cells)


def _linked(view: TableView, rows: pd.DataFrame, at: int, content: Content, lang: Lang) -> TableView:
    """`view` with a link from the name of every unit to its page, where there are pages."""
    reading = Reading(content, lang)
    pages = addresses(content, reading)
    if not pages:
        return view
    keys = [reading.key_of(row) for row in formatting.records(rows)]
    cells = [(*r[:at], replace(r[at], href=pages.get(key, "")), *r[at + 1 :])
             for r, key in zip(view.rows, keys, strict=True)]  # fmt: skip
    return replace(view, rows=tuple(cells))


def _known(rows: pd.DataFrame, column: str) -> bool:
    """Whether a column says anything: the effective n only where it differs, intervals of ranks where there are any."""
    if column == "rank_ci":
        return "rank_low" in rows and bool(rows["rank_low"].notna().any())
    if column == "p_first":
        return "p_first" in rows and bool(rows["p_first"].notna().any())
    if column == "n_eff":
        return "n_eff" in rows and bool(((rows["n_eff"] - rows["n"]).abs() >= 0.5).any())
    return column == "ci" or column in rows


def _unit_titles(content: Content, rows: pd.DataFrame, lang: Lang) -> dict[str, str]:
    """Columns that name a group with their headings; in a roll-up the levels of the unit and of what is above it."""
    levels = [_label(level, lang) for level in levels_of(content)]
    if levels and "unit" in rows:
        return {"unit": levels[0], "parent": levels[1] if len(levels) > 1 else ""}
    stated = wave_column(content) if league(content) else ""
    return {c: _label(c, lang) for c in content.group_by if c != stated or len(content.group_by) == 1}


def _label(column: str, lang: Lang) -> str:
    """What a column or level is called."""
    return clean(lang.names.column(column))


def against(row: Mapping[str, object], lang: Lang, better: int = 1) -> Cell:
    """A difference with a mark where it is more than chance, and its interval in words; the colour of the good side
    where its sign is that of `better`."""
    value = formatting.as_float(row.get("difference"))
    if math.isnan(value):
        return Cell(formatting.NONE, math.nan, "num against")
    parts = [f"{formatting.signed(value, 1)} {formatting.interval(row['difference_low'], row['difference_high'], 1)}"]
    corrected = formatting.heading("differences", "p_adj", lang.tr)
    parts.append(f"{corrected} {formatting.p_value(row['p_adj'])}")
    sign, kind, said = "", "num against same", lang.tr("not different")
    if formatting.is_true(row["different"]):
        sign, said = ("▲", lang.tr("above")) if value > 0 else ("▼", lang.tr("below"))
        kind = f"num against {'above' if value * better > 0 else 'below'}"
    return Cell(formatting.signed(value, 1), value, kind, sign=sign, hint=lang.tr("; ").join([said, *parts]))


def _within(content: Content, wave: Wave, scale: Scale, lang: Lang) -> tuple[Block, ...]:
    """One table for the units of every parent, with ranks within it where there are any; none for a single parent."""
    if "parent" not in _unit_titles(content, wave.rows, lang) or wave.rows["parent"].nunique() < 2:
        return ()
    rows = next((w.rows for w in league(content, "ranks_within", lang.code) if w.name == wave.name), None)
    if rows is None:
        rows = wave.rows.drop(columns=["rank", "rank_low", "rank_high", "p_first"])  # ranks among all of them
    view = _table(content, rows, scale, lang, ("parent",))
    places: dict[object, list[int]] = {parent: [] for parent in _parents(content)}
    for i, parent in enumerate(rows["parent"].tolist()):
        places.setdefault(parent, []).append(i)
    return tuple(
        Block(
            f"{clean(lang.names.unit(parent, levels_of(content)[1]))} ({len(at)})",
            replace(view, rows=tuple(view.rows[i] for i in at), flags=tuple(view.flags[i] for i in at)),
        )
        for parent, at in places.items()
        if at
    )


def _parents(content: Content) -> list[object]:
    """Units of the second level, in the order of the roll-up."""
    rolled = content.comparison("rollup")
    return [] if rolled is None else list(dict.fromkeys(rolled["unit"][rolled["level"] != rolled["level"].iloc[0]]))


def _sentences(content: Content, rows: pd.DataFrame, lang: Lang) -> tuple[str, ...]:
    """How to read dots, ranks and differences."""
    if not lang.intervals:
        return (lang.tr("Dots are indices. Without intervals, small differences between groups may be chance."),)
    out = [lang.tr("Dots are indices, lines their intervals.")]
    if _known(rows, "rank_ci"):
        out.append(
            lang.tr(
                "The interval of a rank holds the true rank of its own unit with {level} confidence, not those of all "
                "units at the same time. Where the samples cannot tell units apart, it is wide."
            ).format(level=lang.level)
        )
    else:
        out.append(lang.tr("Where intervals overlap widely, the order of two groups may be chance."))
    if _known(rows, "p_first"):
        out.append(
            lang.tr(
                "The share of first places says how often such a survey would put the unit first, not how probable it "
                "is that the unit is first."
            )
        )
    if "difference" in rows:
        out.append(_about_differences(content, rows, lang))
    return tuple(out)


def _about_differences(content: Content, rows: pd.DataFrame, lang: Lang) -> str:
    method = ADJUSTED.get(content.model.rollup.adjust)
    if method:
        text = lang.tr(
            "The marks ▲ and ▼ stand where a difference is more than chance ({level} confidence, corrected for {n} "
            "comparisons by {method})."
        )
    else:
        text = lang.tr(
            "The marks ▲ and ▼ stand where a difference is more than chance ({level} confidence, each by itself)."
        )
    n = formatting.number(rows["p_adj"].notna().sum(), 0)
    return text.format(level=lang.level, n=n, method=lang.tr(method) if method else "")
