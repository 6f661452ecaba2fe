"""How far measurement is the same across groups: the ladder of ever more equal models (docs/ml.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from csimodels.i18n import check_language, translator
from csimodels.messages import Message, Several, say
from csimodels.report import formatting
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.picture import Picture, check_look
from csimodels.report.figures.scene import Scene
from csimodels.tables.vocabulary import STEPS

#: A fall of CFI beyond this is the usual sign that a step does not hold (Cheung & Rensvold 2002).
FALL = 0.01
#: A comparative fit below this is poor (Bentler & Bonett 1980).
POOR = 0.90


def ladder_picture(
    table: pd.DataFrame,
    n: Sequence[int],
    lang: str = "en",
    size: str = "page",
    theme: str = "light",
    method: str = "ML",
    dates: tuple[Message, ...] = (),
) -> Picture:
    """CFI of every step with the least that the step before allows, and the test of the difference.

    Parameters
    ----------
    table : DataFrame
        Of ``Invariance.table()``.
    n : sequence of int
        Respondents of each group.
    lang, size, theme : str
    method : str
        Estimator, in words of the language.
    dates : tuple of Message
        When the answers were given, as :func:`~csimodels.report.story.section.field_work` says it.
    """
    check_look(size, theme)
    tr = translator(check_language(lang))
    rows = formatting.records(table)
    shown = [_row(tr(STEPS.get(str(r["step"]), str(r["step"]))), r) for r in rows]
    look = Look(
        (0.0, 1.0), ticks=True, heads=("CFI", tr("p of the difference")),
        legend=(("accent", tr("CFI of the step")), ("tick", tr("least allowed: the step before less {fall}").format(
            fall=formatting.number(FALL, 2)))),
    )  # fmt: skip

    def draw(width: float) -> Scene:
        return dot_chart(shown, width, look)

    parts = [Message("{n} respondents in {groups} groups", n=formatting.number(sum(n), 0), groups=len(n)), *dates,
             Message("estimated by {method}", method=method), Message("rule: Cheung & Rensvold (2002)")]  # fmt: skip
    subtitle = Message("Comparative fit index (CFI) where more and more is held equal across groups")
    caption = Message("{all}", all=Several(parts, separator=" · "))
    title, below, foot = (say(text, tr) for text in (sentence(rows), subtitle, caption))
    return Picture("invariance", title, below, foot, draw, table, lang, size, theme)


def sentence(rows: Sequence[Mapping[str, Any]]) -> Message:
    """The last step that holds, and whether the model fits at all: falls of CFI from a bad fit say little.

    The bound is that of Bentler & Bonett (1980), below which a model can usually be improved substantially.
    """
    said, cfi = _steps(rows), formatting.as_float(rows[0]["cfi"]) if rows else math.nan
    if not cfi < POOR:
        return said
    text = "{said} The model itself fits badly: at the first step CFI is {cfi}, below 0.90."
    return Message(text, said=said, cfi=formatting.number(cfi, 3))


def _steps(rows: Sequence[Mapping[str, Any]]) -> Message:
    """The last step that holds; no verdict where a step before it has no usable fit."""
    held = ""
    for row in rows:
        if not formatting.is_ok(row["status"]) or not math.isfinite(formatting.as_float(row["cfi"])):
            text = "The step {step} has no usable fit: no verdict beyond the one before."
            return Message(text, step=_word(row["step"]))
        fall = -formatting.as_float(row["delta_cfi"])
        if fall > FALL:
            parts: dict[str, Any] = {"fall": formatting.number(fall, 3), "step": _word(row["step"])}
            if held:
                text = (
                    "By the rule of thumb, measurement is equal up to {held}; at {step} CFI falls by {fall}, more than "
                    "0.01."
                )
                return Message(text, held=_word(held), **parts)
            text = "By the rule of thumb, measurement is not equal: at {step} CFI falls by {fall}, more than 0.01."
            return Message(text, **parts)
        held = str(row["step"])
    text = "By the rule of thumb, measurement is equal up to {held}: CFI falls by no more than 0.01 at a step."
    return Message(text, held=_word(held))


def held_step(rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The last step that holds and the first that does not, as :func:`sentence` says; empty where there is none."""
    held = ""
    for row in rows:
        if not formatting.is_ok(row["status"]) or not math.isfinite(formatting.as_float(row["cfi"])):
            return held, ""
        if -formatting.as_float(row["delta_cfi"]) > FALL:
            return held, str(row["step"])
        held = str(row["step"])
    return held, ""


def _word(step: object) -> Message:
    return Message(STEPS.get(str(step), str(step)))


def _row(name: str, row: Mapping[str, Any]) -> Row:
    cfi, delta = formatting.as_float(row["cfi"]), formatting.as_float(row["delta_cfi"])
    least = cfi - delta - FALL if math.isfinite(delta) else math.nan
    p = formatting.as_float(row["p_diff"])
    note = formatting.p_value(p) if math.isfinite(p) else ""
    fell = math.isfinite(delta) and -delta > FALL
    shown = formatting.number(cfi, 3)
    return Row(name, cfi, ghost=least, shown=shown, note=note, colour="amber" if fell else "accent",
               open=not formatting.is_ok(row["status"]), said=f"{name}: {shown}")  # fmt: skip
