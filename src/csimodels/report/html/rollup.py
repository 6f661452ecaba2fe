"""The roll-up on the page: nation first, every unit above its members; all constructs and the drivers folded below."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from csimodels.report.change_summary import separate
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.group_order import Wave, labels_of, levels_of, rolled_units, upper_units
from csimodels.report.html.group_tables import matrix_of
from csimodels.report.html.groups import Block
from csimodels.report.html.table_views import Lang, Scale, TableView, table_view, with_marks, zoomed

_COLUMNS = ("unit", "level", "index", "ci", "members", "n", "weight_share", "status")
_DRIVERS = ("unit", "level", "driver", "importance", "importance_ci", "performance", "performance_ci", "status")
_MANY_ROWS = 1000  # of drivers; more stay in the workbook


@dataclass(frozen=True, slots=True)
class Rollup:
    """The latest wave and, folded, what belongs to it and the waves before."""

    title: str
    table: TableView
    sentences: tuple[str, ...]
    folded: tuple[Block, ...]


def rollup(content: Content, lang: Lang) -> Rollup | None:
    """Every unit of the roll-up with its index; None where the result has none."""
    waves = rolled_units(content, lang.code)
    if not waves:
        return None
    scale = zoomed(pd.concat([wave.rows for wave in waves], ignore_index=True))
    lowest = levels_of(content)[0]
    *earlier, latest = [Block(wave.name, _table(wave.rows, lowest, scale, lang)) for wave in waves]
    return Rollup(
        title=latest.title,
        table=latest.table,
        sentences=_sentences(waves[-1], lowest, lang, independent=separate(content.model)),
        folded=(*reversed(earlier), *_folded(content, lang)),
    )


def _table(rows: pd.DataFrame, lowest: str, scale: Scale, lang: Lang) -> TableView:
    members = rows["members"].where(rows["level"] != lowest)  # a group has none
    view = table_view(rows.assign(members=members), "rollup", _COLUMNS, lang)
    body = []
    for i, (cells, depth) in enumerate(zip(view.rows, rows["depth"], strict=True)):  # the unit sorts as in the tree
        unit = replace(cells[0], kind=f"text unit d{min(int(depth), 4)}", sort=float(i))
        body.append((unit, replace(cells[1], kind="text level"), *cells[2:]))
    return with_marks(replace(view, rows=tuple(body)), rows, scale, 2, bar=False)


def _sentences(wave: Wave, lowest: str, lang: Lang, *, independent: bool) -> tuple[str, ...]:
    """How to read the roll-up."""
    out = [
        lang.tr(
            "The index of a unit is the mean of its members, weighted by their shares; the share is that of the unit "
            "in the mean of the unit above it."
        )
    ]
    if lowest not in set(wave.rows["level"]):
        out.append(
            lang.tr("Units of the lowest level ({level}) stand in the ranking.").format(
                level=clean(lang.names.column(lowest))
            )
        )
    methods = [m for m in dict.fromkeys(wave.rows["method"]) if m not in ("as in the index", "no interval")]
    if lang.intervals and methods:
        said = lang.tr(", ").join(lang.tr(str(m)) for m in methods)
        apart = lang.tr("Intervals: {method}; groups count as independent samples, weights as known.")
        joint = lang.tr("Intervals: {method}; they hold the covariances of the groups, weights count as known.")
        out.append((apart if independent else joint).format(method=said))
    return tuple(out)


def _folded(content: Content, lang: Lang) -> tuple[Block, ...]:
    """All constructs, and the drivers, of the units above the lowest level."""
    out = []
    rolled, drivers = content.comparison("rollup"), content.comparison("rollup_drivers")
    if rolled is not None:
        upper = upper_units(rolled)
        names = [*(c for c in labels_of(upper) if c not in ("level", "unit", "parent")), "unit", "level"]
        out.append(Block(lang.tr("All indices of the roll-up"), matrix_of(content, upper, names, lang)))
    if drivers is not None:
        upper = upper_units(drivers)
        waves = [c for c in labels_of(upper) if c not in ("level", "unit", "parent")]
        if 0 < len(upper) <= _MANY_ROWS:
            target = lang.label(content.model.index.construct)
            title = lang.tr("Drivers of {construct} in the roll-up").format(construct=target)
            out.append(Block(title, table_view(upper, "rollup_drivers", (*waves, *_DRIVERS), lang)))
    return tuple(out)
