"""How persons moved between states, and what becomes of them; grades of the fuzzy evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from csimodels.report.content import Content
from csimodels.report.html.decisions.block import Block
from csimodels.report.html.table_views import Lang, TableView, table_view
from csimodels.spec.model import plain_text

_SAID = "Persons who answered in both waves, by the state of their score; in the long run, if they go on as they did."
_OF_GROUPS = "Persons who stood in the same group in both waves."


#: More units than this have their states in the workbook only.
_MOST_UNITS = 12


def moves(content: Content, lang: Lang) -> Iterator[Block]:
    """States of the last step from wave to wave, of all persons and of the groups."""
    of_groups, of_all = content.comparison("states"), content.comparison("wave_states")
    whole = of_groups if of_all is None else of_all
    if whole is not None and not _units(whole):
        view = _view(whole, "states" if of_all is None else "wave_states", (), lang)
        yield Block(lang.tr("Moves between states"), lang.tr(_SAID), (), view)
    units = _units(of_groups)
    if of_groups is not None and units and len(of_groups[units].drop_duplicates()) <= _MOST_UNITS:
        view = _view(of_groups, "states", units, lang)
        yield Block(lang.tr("Moves between states by group"), lang.tr(_OF_GROUPS), (), view)


def _view(states: pd.DataFrame, name: str, units: Sequence[str], lang: Lang) -> TableView:
    """States of the last step, of the units that have it."""
    last = plain_text(states["to"].iloc[-1])
    mine = states[[plain_text(value) == last for value in states["to"]]].reset_index(drop=True)
    wanted = [*units, "state", "share_before", "share_after", "stationary", "stationary_ci"]
    wanted += [name for name in ("retained", "retained_ci", "expected_waves", "lifetime_value", "lifetime_value_ci")
               if mine[name.removesuffix("_ci")].notna().any()]  # fmt: skip
    return table_view(mine, name, wanted, lang)


def _units(states: pd.DataFrame | None) -> list[str]:
    """Group columns in front of the table of states."""
    return [] if states is None else [str(c) for c in states.columns[: list(states.columns).index("from")]]
