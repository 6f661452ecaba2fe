"""What customers answered: shares of every answer, where the spec asks for them."""

from __future__ import annotations

import math

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.answers import Question, answers_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, picture

_SHARE_OF_MISSING = 0.05
#: With fewer answers than this the lowest and the highest two overlap, and no numbers stand at the ends.
_PARTED = 4


def answers(reading: Reading) -> Section | None:
    """Answers to the questions of the model; None where the spec did not ask for them."""
    described, levels = (reading.content.comparison(name) for name in ("answers", "answer_levels"))
    if described is None or levels is None:
        return None
    questions = _questions(reading, described, levels)
    if not questions:
        return None
    said = sentences(reading, described)
    subtitle = Message("Shares of the answers from the lowest (left) to the highest (right); numbers: the lowest two "
                       "and the highest two answers")  # fmt: skip
    tr = reading.lang.tr
    legend = (tr("lowest two answers"), tr("highest two answers"))

    def draw(width: float) -> Scene:
        return answers_chart(questions, width, legend)

    drawn = picture(reading, "answers", (said[0], subtitle), draw, levels, everybody(reading))
    return Section("answers", Message("What customers answered"), said, (drawn,))


def sentences(reading: Reading, described: pd.DataFrame) -> tuple[Message, ...]:
    """Boxes of the first question of the index construct, and questions that many did not answer."""
    rows = {str(row["item"]): row for row in formatting.records(described)}
    own = next(c for c in reading.content.model.constructs if c.name == reading.target)
    item = next((i.name for i in own.items if i.name in rows), next(iter(rows)))
    row = rows[item]
    out = [
        Message(
            "{top} give one of the two highest answers to “{question}”, {bottom} one of the two lowest.",
            top=formatting.percent(row["top2"]), bottom=formatting.percent(row["bottom2"]),
            question=reading.lang.label(item),
        )
    ]  # fmt: skip
    missing = [(r["missing_share"], name) for name, r in rows.items() if r["missing_share"] >= _SHARE_OF_MISSING]
    if missing:
        share, name = max(missing)
        text = "The question most often left unanswered is “{question}” ({share})."
        out.append(Message(text, question=reading.lang.label(name), share=formatting.percent(share)))
    return tuple(out)


def _questions(reading: Reading, described: pd.DataFrame, levels: pd.DataFrame) -> list[Question]:
    boxes = {str(r["item"]): r for r in formatting.records(described)}
    out = []
    for name in reading.content.model.item_names:
        rows = formatting.records(levels[levels["item"] == name])
        shares = [formatting.as_float(r["share"]) for r in rows]
        if name not in boxes or not rows or not all(map(math.isfinite, shares)):
            continue
        said = [f"{clean(r['level'])}: {formatting.percent(r['share'], 1)}" for r in rows]
        apart = len(rows) >= _PARTED
        low, high = (formatting.as_float(boxes[name][end]) if apart else math.nan for end in ("bottom2", "top2"))
        out.append(Question(reading.lang.label(name), tuple(shares), low, high, tuple(said)))
    return out
