"""How persons moved between states, and what becomes of them; grades of the fuzzy evaluation."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.report.content import Content
from csimodels.report.html.decisions.block import Block
from csimodels.report.html.table_views import Lang, table_view
from csimodels.spec.model import plain_text

_SAID = "Persons who answered in both waves, by the state of their score; in the long run, if they go on as they did."


def moves(content: Content, lang: Lang) -> Iterator[Block]:
    """States of the last step from wave to wave."""
    states = content.comparison("states")
    if states is not None:
        last = plain_text(states["to"].iloc[-1])
        mine = states[[plain_text(value) == last for value in states["to"]]].reset_index(drop=True)
        wanted = ["state", "share_before", "share_after", "stationary", "stationary_ci"]
        wanted += [name for name in ("retained", "expected_waves", "value") if mine[name].notna().any()]
        view = table_view(mine, "states", wanted, lang)
        yield Block(lang.tr("Moves between states"), lang.tr(_SAID), (), view)
