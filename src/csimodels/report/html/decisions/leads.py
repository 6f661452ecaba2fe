"""Who leads: a table of units by domains, and a map of leads and importance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.figures.lead_map import lead_map
from csimodels.report.html.decisions.block import Block
from csimodels.report.html.table_views import Cell, Column, Lang, TableView, table_view
from csimodels.report.standing import current_wave, wave_column
from csimodels.spec.model import plain_text

#: Maps of one unit, one for each of its domains.
MOST_MAPS = 4


def leads(content: Content, lang: Lang) -> Iterator[Block]:
    """The league of the current wave, and the map of the unit that is named or leads."""
    frame = content.comparison("benchmark")
    if frame is None:
        return
    frame = of_current_wave(content, frame)
    unit, domains = unit_of(content, frame), domains_of(content, frame)
    yield Block(lang.tr("Who leads"), lang.tr(_LEAGUE), table=_matrix(content, frame, lang))
    drawings = tuple(lead_maps(content, lang.code))[:MOST_MAPS]
    if drawings:
        own = _own(content, frame, unit)
        title = lang.tr("Importance and lead of {unit}").format(unit=clean(lang.model.label_of(unit, own, lang.code)))
        yield Block(
            title, lang.tr(_MAP), drawings if domains else (("", drawings[0][1]),), _places(content, unit, lang)
        )


def _places(content: Content, unit: str, lang: Lang) -> TableView | None:
    """The quadrants of the drivers of the unit that the map is of."""
    table, frame = content.comparison("lead_quadrants"), content.comparison("benchmark")
    if table is None or frame is None:
        return None
    table, frame = of_current_wave(content, table), of_current_wave(content, frame)
    own = _own(content, frame, unit)
    mine = table[[plain_text(value) == own for value in table[unit]]].reset_index(drop=True)
    wanted = (*domains_of(content, frame), "driver", "importance", "importance_ci", "lead_best", "lead_best_ci",
              "quadrant", "status")  # fmt: skip
    return table_view(mine, "lead_quadrants", wanted, lang)


_LEAGUE = (
    "Each cell is the index and, behind it, the lead over the best other unit in points; a mark stands where the "
    "interval of the lead leaves 0 out."
)
_MAP = (
    "Across: importance for the index. Up: lead over the best other, with its interval. Larger dots: higher "
    "performance. A hollow dot: the lead is not certain. Important and behind is urgent."
)


def of_current_wave(content: Content, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the current wave; all where there are no waves."""
    column, now = wave_column(content), current_wave(content)
    if not column or column not in frame:
        return frame
    return frame[[plain_text(value) == now for value in frame[column]]].reset_index(drop=True)


def _front(frame: pd.DataFrame) -> list[str]:
    names = [str(name) for name in frame.columns]
    return names[: names.index("construct")]


def unit_of(content: Content, frame: pd.DataFrame) -> str:
    """The column of the units: the last before the construct."""
    return _front(frame)[-1]


def domains_of(content: Content, frame: pd.DataFrame) -> list[str]:
    """Columns that set leagues of one wave apart."""
    return [name for name in _front(frame)[:-1] if name != wave_column(content)]


def _own(content: Content, frame: pd.DataFrame, unit: str) -> str:
    asked = content.model.decisions.benchmark
    if asked is not None and asked.own:
        return asked.own
    first = frame[frame["construct"] == content.model.index.construct].sort_values("rank", kind="stable")
    return plain_text(first[unit].iloc[0])


def lead_maps(content: Content, lang: str) -> Iterator[tuple[str, str]]:
    """``(domain, svg)`` of the unit that the spec names as its own, or that leads; none without drivers by group."""
    frame, drivers = content.comparison("benchmark"), content.comparison("group_drivers")
    if frame is None or drivers is None:
        return
    frame, drivers = of_current_wave(content, frame), of_current_wave(content, drivers)
    unit, domains = unit_of(content, frame), domains_of(content, frame)
    own = _own(content, frame, unit)
    keys = [*domains, unit]
    mine = frame[[plain_text(value) == own for value in frame[unit]]].rename(columns={"construct": "driver"})
    wanted = [*keys, "driver", "lead_best", "lead_best_low", "lead_best_high"]
    both = drivers.merge(mine[wanted], on=[*keys, "driver"], how="inner")
    parts = both.groupby(domains, sort=False) if domains else [((), both)]
    for key, rows in parts:
        values = key if isinstance(key, tuple) else (key,)
        labels = [content.model.label_of(c, v, lang) for c, v in zip(domains, values, strict=True)]
        if rows["importance"].notna().any() and rows["lead_best"].notna().any():
            yield clean(" / ".join(labels)), lead_map(rows, content.model, lang)


def _matrix(content: Content, frame: pd.DataFrame, lang: Lang) -> TableView:
    """Units by domains on the index construct, or by constructs where there are no domains."""
    unit, domains = unit_of(content, frame), domains_of(content, frame)
    shown = frame if not domains else frame[frame["construct"] == content.model.index.construct]
    across = domains or ["construct"]
    keys = list(dict.fromkeys(tuple(row[c] for c in across) for row in formatting.records(shown)))
    cells = {(tuple(r[c] for c in across), plain_text(r[unit])): r for r in formatting.records(shown)}
    units = list(dict.fromkeys(plain_text(value) for value in shown[unit]))
    columns = [Column(clean(lang.model.label_of(unit, lang=lang.code)), "text")]
    columns += [Column(_heading(lang, domains, key)) for key in keys]
    rows = []
    for name in units:
        row = [Cell(clean(lang.model.label_of(unit, name, lang.code)), kind="text name")]
        rows.append((*row, *(_cell(cells.get((key, name)), lang) for key in keys)))
    return TableView("benchmark", tuple(columns), tuple(rows), (False,) * len(rows))


def _heading(lang: Lang, domains: Sequence[str], key: Sequence[object]) -> str:
    if not domains:
        return lang.label(key[0])
    return clean(" / ".join(lang.model.label_of(c, v, lang.code) for c, v in zip(domains, key, strict=True)))


def _cell(row: dict[str, object] | None, lang: Lang) -> Cell:
    if row is None:
        return Cell(formatting.NONE, kind="num")
    index, lead = formatting.as_float(row["index"]), formatting.as_float(row["lead_best"])
    text = f"{formatting.number(index, 1)} ({formatting.signed(lead, 1)})"
    sure = row["different"] is True
    hint = lang.tr("the lead is certain") if lead > 0 else lang.tr("certainly behind the best other")
    return Cell(text, index, "num", sign=("▴" if lead > 0 else "▾") if sure else "", hint=hint if sure else "")
