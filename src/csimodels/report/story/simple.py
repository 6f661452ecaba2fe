"""Simple indices and nodes of the hierarchy of the whole: where each stands, and what it has changed by."""

from __future__ import annotations

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.group_order import levels_of
from csimodels.report.standing import wave_column
from csimodels.report.story.loyalty import stands
from csimodels.report.story.reading import NAN, Reading, change_of
from csimodels.report.story.section import Section
from csimodels.spec.model import plain_text

#: Sentences, one for each index; the others stand in their table.
MOST = 12


def simple(reading: Reading) -> Section | None:
    """Changes to the current wave; None without waves or where nothing stands beside the constructs."""
    rows = formatting.records(_changes(reading))
    said = []
    for row in rows[:MOST]:
        after = formatting.as_float(row["after"]), NAN, NAN
        said += stands(reading, str(row["construct"]), after, change_of(row))
    if len(rows) > MOST:
        said.append(Message("{n} more stand in the table of their changes.", n=str(len(rows) - MOST)))
    return Section("simple", Message("Simple indices and the hierarchy"), tuple(said)) if said else None


def _changes(reading: Reading) -> pd.DataFrame:
    """Rows of the step to the current wave, of the top of the roll-up or of all respondents."""
    content = reading.content
    levels = levels_of(content)
    table = content.comparison("simple_changes" if levels or len(content.group_by) == 1 else "wave_simple_changes")
    if table is None or not wave_column(content):
        return pd.DataFrame()
    mine = table[table["to"].map(plain_text) == reading.wave]
    return mine[(mine["level"] == levels[-1]) & (mine["unit"] == reading.top.unit)] if levels else mine
