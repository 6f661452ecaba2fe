"""What drives the index: shares of R2 beside the total effect, penalties and rewards."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.report.content import Content
from csimodels.report.html.decisions.block import Block
from csimodels.report.html.table_views import Lang, table_view

_SAID = (
    "Importance says what a point more goes with; these shares say how much of the differences between respondents a "
    "construct explains. Shares have no sign: it stands beside them."
)


def shares(content: Content, lang: Lang) -> Iterator[Block]:
    """Shares of what stands right before the index construct, and the contrasts of items."""
    frame = content.comparison("driver_shares")
    if frame is not None:
        mine = frame[frame["target"] == content.model.index.construct].reset_index(drop=True)
        wanted = ("driver", "total", "sign", "lmg", "lmg_ci", "lmg_share", "relative_weight", "relative_weight_ci")
        if len(mine):
            title = lang.tr("What explains {construct}").format(construct=lang.label(content.model.index.construct))
            yield Block(title, lang.tr(_SAID), (), table_view(mine, "driver_shares", wanted, lang))
    contrasts = content.comparison("penalty_reward")
    if contrasts is not None:
        shown = ("target", "item", "penalty", "penalty_ci", "reward", "reward_ci", "factor")
        said = lang.tr("What a low and what a high answer do to the overall one.")
        view = table_view(contrasts, "penalty_reward", shown, lang)
        yield Block(lang.tr("Penalties and rewards"), said, (), view)
