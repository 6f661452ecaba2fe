"""For whom, and what follows: critical drivers of the focus, behaviour at levels of the score."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.html.decisions.block import Block
from csimodels.report.html.table_views import Lang, table_view
from csimodels.tables import catalogue

_BEHAVIOUR = "An association: what goes with 10 points more, not what a change would bring about."


def whom(content: Content, lang: Lang) -> Iterator[Block]:
    """Drivers of the last step of the focus, with the change from the step before; its steps stand in the story."""
    steps = content.comparison("focus")
    if steps is None:
        return
    drivers = content.comparison("focus_drivers")
    if drivers is None:
        return
    last = str(steps["step"].iloc[-1])
    mine = drivers[drivers["step"] == last].reset_index(drop=True)
    first = [lang.label(r["driver"]) for r in formatting.records(mine) if r["quadrant"] == "improve"]
    said = lang.tr("Important and low: {names}.").format(names=lang.tr(", ").join(first)) if first else ""
    wanted = ("driver", "quadrant", "importance", "importance_ci", "performance", "priority", "difference",
              "difference_ci")  # fmt: skip
    title = lang.tr("Drivers of the step “{step}”").format(step=lang.label(last))
    yield Block(title, said, (), table_view(mine, "focus_drivers", wanted, lang))


def follows(content: Content, lang: Lang) -> Iterator[Block]:
    """What goes with the score, and what is predicted at its levels."""
    terms, at = content.comparison("behaviour"), content.comparison("behaviour_at")
    if terms is None or at is None:
        return
    mine = terms[terms["term"] != "(constant)"].reset_index(drop=True)
    wanted = ("outcome", "term", "ratio", "ratio_ci", "p", "auc", "n")
    view = table_view(mine, "behaviour", (*_keys(terms, "behaviour"), *wanted), lang)
    yield Block(lang.tr("What follows from it"), lang.tr(_BEHAVIOUR), (), view)
    shown = (*_keys(at, "behaviour_at"), "outcome", "level", "predicted", "ci")
    yield Block(lang.tr("Predicted at levels of the score"), "", (), table_view(at, "behaviour_at", shown, lang))


def _keys(frame: object, name: str) -> list[str]:
    """Group columns in front of a table."""
    table = catalogue.find(name)
    columns = getattr(frame, "columns", ())
    return [str(column) for column in columns if table is not None and str(column) not in table.column_names]
