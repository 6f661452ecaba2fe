"""Who leads: a table of units by domains, and a map of leads and importance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.decisions.block import Block
from csimodels.report.html.story_view import figure_views
from csimodels.report.html.table_views import Cell, Column, Lang, TableView, table_view
from csimodels.report.standing import of_current_wave
from csimodels.report.story.leads import domains_of, leads_pictures, own_unit, unit_of
from csimodels.report.story.reading import Reading
from csimodels.spec.model import plain_text

#: Maps of one unit, one for each of its domains.
MOST_MAPS = 4


def leads(content: Content, lang: Lang) -> Iterator[Block]:
    """The league of the current wave, and the map of the unit that is named or leads."""
    frame = content.comparison("benchmark")
    if frame is None:
        return
    frame = of_current_wave(content, frame)
    unit = unit_of(content, frame)
    yield Block(lang.tr("Who leads"), lang.tr(_LEAGUE), table=_matrix(content, frame, lang))
    drawn = [picture for _, picture in leads_pictures(Reading(content, lang))][:MOST_MAPS]
    if drawn:
        own = own_unit(content, frame, unit)
        title = lang.tr("Importance and lead of {unit}").format(unit=clean(lang.model.label_of(unit, own, lang.code)))
        yield Block(title, lang.tr(_MAP), figure_views(drawn), _places(content, unit, lang))


def _places(content: Content, unit: str, lang: Lang) -> TableView | None:
    """The quadrants of the drivers of the unit that the map is of."""
    table, frame = content.comparison("lead_quadrants"), content.comparison("benchmark")
    if table is None or frame is None:
        return None
    table, frame = of_current_wave(content, table), of_current_wave(content, frame)
    own = own_unit(content, frame, unit)
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
    "performance. A hollow dot: the lead is not certain. The corner of what is "
    "important and behind is called urgent."
)


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
