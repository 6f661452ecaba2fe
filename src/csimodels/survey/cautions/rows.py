"""What in the rows of a survey makes its numbers doubtful: said with items, counts and what to do, for every estimator.

Nothing here is refused; :mod:`csimodels.survey.checks` refuses.  The rows are gone through once, in blocks, so that a
large survey is not held twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np

from csimodels.messages import MORE, ColumnName, Message, constructs, joined, listed
from csimodels.messages import Item as ItemName
from csimodels.moments.linalg import null_items
from csimodels.spec.model import Model
from csimodels.survey.answers.advice import USUAL
from csimodels.survey.cautions.counts import MANY_ITEMS, AnswerCounts, widest
from csimodels.survey.cautions.groups import group_cautions
from csimodels.survey.cautions.labels import label_cautions
from csimodels.survey.cautions.levels import level_cautions
from csimodels.survey.cautions.tool_marks import UNFINISHED
from csimodels.survey.cautions.waves import wave_cautions
from csimodels.survey.cautions.weights import weight_cautions
from csimodels.survey.columns import number_text
from csimodels.survey.design import IN_SEVERAL
from csimodels.survey.files.encodings import DOUBTFUL
from csimodels.survey.panel import ALIKE, UNLINKED
from csimodels.survey.survey import Survey
from csimodels.survey.table import LogEntry
from csimodels.survey.weights.replicate_kinds import SAID as AMISS

#: Correlation beyond which two items are nearly the same question.
NEARLY = 0.99
#: Share of rows with the same answers as another one, or the same answer throughout, that is worth a word.
MANY_SAME = 0.02
#: Share of one answer at which an item hardly varies, of items with more than two answers and with two.
ONE_ANSWER, ONE_OF_TWO = 0.95, 0.99
#: Share of missing answers at which mean replacement visibly shrinks covariances.
MANY_HOLES = 0.2
#: Answers below which an item with as many missing ones is named under the other rules.
FEW_ANSWERS = 30
#: Answers that must be there before an unused part of a scale means anything, and share of the highest one used.
ENOUGH, TOP_SHARE = 50, 0.03
#: Pairs of items that are named.
_PAIRS = 6
#: A scale is so much longer than one of two answers that they were hardly asked on it.
_TWO_OF = 3
#: Items whose answers use a part of their scale.
_PART = "{items} {used} on {scale}"
#: Share of an item lost to missing codes at which its numbers carry a state.
LOST = 1 / 3


#: Steps of the survey's log that were surely not meant, or change what a number is of.
_SLIPS = (
    "column in two roles",
    "formulas never calculated",
    "repeated respondent ids",
    "groups without a usable row",
    "missing code inside the scale",
    "where value that never occurs",
    "answers labelled as none",
    "answers that run from good to bad",
    "labels rounded by a spreadsheet",
    "columns whose names look alike",
    "row of means counted as a respondent",
    "hidden rows read like the others",
    "sheets with the same columns not read",
    "rows of decimals among whole answers",
    UNFINISHED,
    "merged cells below the header",
    IN_SEVERAL,
    UNLINKED,
    ALIKE,
    AMISS,
    DOUBTFUL,
)


def cautions(survey: Survey, rule: str = "") -> list[Message]:
    """What a reader has to know of the rows, one sentence each.

    Parameters
    ----------
    survey : Survey
        The rows, checked against the model.
    rule : str
        The missing rule, as far as it is known.

    Returns
    -------
    list of Message
    """
    found = steps_said(survey.log, _SLIPS)
    found += _model_cautions(survey.model)
    found += level_cautions(survey.model)
    counts = survey.counted or AnswerCounts.of(survey)
    found += _copies(survey, counts)
    found += _same_rows(survey, counts)
    found += _flat(survey, counts)
    found += _parts_of_scales(survey, counts)
    found += _fractions(survey, counts)
    found += _holes(survey, rule)
    found += group_cautions(survey)
    found += label_cautions(survey)
    found += wave_cautions(survey)
    found += weight_cautions(survey)
    return found


def steps_said(log: Iterable[LogEntry], steps: Collection[str]) -> list[Message]:
    """The lines of a survey's log that are among `steps`, one sentence for each step."""
    every: dict[str, list[LogEntry]] = {}
    for entry in log:
        if entry.step in steps:
            every.setdefault(entry.step, []).append(entry)
    return [_step(entries[0]) if len(entries) == 1 else _of_several(entries) for entries in every.values()]


def _of_several(entries: Sequence[LogEntry]) -> Message:
    """One step of several items or columns in one sentence."""
    shown = []
    for entry in entries:
        subject = entry.subject if isinstance(entry.subject, Message) else ColumnName(entry.subject)
        text = "{subject}: {n} ({detail})" if entry.detail else "{subject}: {n}"
        shown.append(Message(text, subject=subject, n=entry.count, detail=entry.detail))
    return Message("{step}: {names}", step=Message(entries[0].step), names=listed(shown, 6))


def _step(entry: LogEntry) -> Message:
    subject = entry.subject if isinstance(entry.subject, Message) else ColumnName(entry.subject)
    if entry.detail:
        text = "{step}: {subject}: {n} ({detail})"
        return Message(text, step=Message(entry.step), subject=subject, n=entry.count, detail=entry.detail)
    return Message("{step}: {subject}: {n}", step=Message(entry.step), subject=subject, n=entry.count)


def lost_to_codes(survey: Survey) -> list[tuple[str, float]]:
    """Items that lost more than a third of their answers to missing codes, with the share."""
    counts: dict[str, int] = {}
    for entry in survey.log:
        if entry.step == "missing codes recoded":
            counts[entry.subject] = counts.get(entry.subject, 0) + entry.count
    rows = max(survey.respondents, 1)
    return [(name, count / rows) for name, count in counts.items() if count > LOST * rows]


# ---- the model ----------------------------------------------------------------------------------------------------


def _model_cautions(model: Model) -> Iterator[Message]:
    parts = _components(model)
    if len(parts) > 1 and model.paths:
        shown = joined([constructs(part, 6) for part in parts], " | ")
        text = "the paths make {n} separate models: {names}; nothing of one bears on another: check the paths"
        yield Message(text, n=len(parts), names=shown)


def _components(model: Model) -> list[list[str]]:
    """Constructs that are joined by paths, or by being dimensions of one another."""
    joined = {name: {name} for name in model.construct_names}
    pairs = [*model.paths, *((c.name, part) for c in model.constructs for part in c.of)]
    for a, b in pairs:
        both = joined[a] | joined[b]
        for name in both:
            joined[name] = both
    return [[n for n in model.construct_names if n in part] for part in {id(p): p for p in joined.values()}.values()]


# ---- items against items ------------------------------------------------------------------------------------------


def _copies(survey: Survey, counts: AnswerCounts) -> Iterator[Message]:
    names = [ItemName(name) for name in survey.model.item_names]
    correlations, count = counts.correlations, counts.together
    near = [(i, j) for i, j in np.argwhere(np.triu(np.abs(correlations) > NEARLY, 1)) if count[i, j] > 2]
    same = [(i, j) for i, j in near if abs(correlations[i, j]) > 1 - 1e-9]
    if same:
        rows = [Message("{a} and {b} ({n} rows)", a=names[i], b=names[j], n=int(count[i, j])) for i, j in same[:_PAIRS]]
        text = "items that are copies of one another: {items}; leave one of the two out, or correct its column"
        yield Message(text, items=_first_of(rows, len(same)))
    nearly = [(i, j) for i, j in near if abs(correlations[i, j]) <= 1 - 1e-9]
    if nearly:
        near_r = [(names[i], names[j], f"{correlations[i, j]:.3f}") for i, j in nearly[:_PAIRS]]
        shown = [Message("{a} and {b} (r = {r})", a=a, b=b, r=r) for a, b, r in near_r]
        text = "items that are nearly copies of one another: {items}; check their columns, or leave one out"
        yield Message(text, items=_first_of(shown, len(nearly)))
    twins = {j for _, j in same}
    rest = [k for k in range(len(names)) if k not in twins]
    if np.isfinite(correlations).all() and survey.respondents > len(names) and len(rest) > 2:
        involved = [rest[k] for k in null_items(correlations[np.ix_(rest, rest)], 1e-9)]
        if involved and not survey.missing.any():
            text = "items that are sums or differences of one another: {items}; leave one of them out"
            yield Message(text, items=listed([names[k] for k in involved]))


def _first_of(shown: Sequence[Message], n: int) -> Message:
    """The first of `n` pairs: all pairs of 300 copies are 44 850."""
    return listed(shown) if n <= len(shown) else Message(MORE, names=listed(shown), n=n - len(shown))


# ---- rows against rows --------------------------------------------------------------------------------------------


def _same_rows(survey: Survey, counts: AnswerCounts) -> Iterator[Message]:
    """Rows with one answer throughout, and rows whose answers are those of another one."""
    straight, repeated, n = counts.straight or 0, counts.repeated or 0, survey.respondents
    items = survey.model.items
    if straight >= max(3, MANY_SAME * n):
        share = f"{100 * straight / n:.1f}"
        text = (
            "the same answer throughout: {n} of {all} rows ({share} %) give one answer to all of {items} items; such "
            "rows raise every correlation: look at them, and leave out those not meant"
        )
        yield Message(text, n=straight, all=n, share=share, items=len(widest(items)))
    if repeated >= max(2, MANY_SAME / 2 * n) and len(items) >= MANY_ITEMS:
        text = (
            "repeated rows: {n} of {all} rows have all answers of another row; if rows were entered twice, take the "
            "second ones out: they make errors too small"
        )
        if counts.one_in > 1:
            text = (
                "repeated rows: about {n} of {all} rows have all answers of another row; if rows were entered twice, "
                "take the second ones out: they make errors too small"
            )
        yield Message(text, n=repeated, all=n)


# ---- single items -------------------------------------------------------------------------------------------------


def _flat(survey: Survey, counts: AnswerCounts) -> Iterator[Message]:
    found = []
    ranges, middle = counts.ranges, counts.common
    shares = counts.same / np.maximum(ranges.answered, 1)
    for k, item in enumerate(survey.model.items):
        two = item.scale[1] - item.scale[0] == 1
        if ranges.answered[k] >= ENOUGH and shares[k] >= (ONE_OF_TWO if two else ONE_ANSWER):
            answer = item.scale[0] + item.scale[1] - middle[k] if item.reverse else middle[k]
            text, given = "{item} ({share} % answer {answer})", number_text(float(answer))
            found.append(Message(text, item=ItemName(item.name), share=f"{100 * shares[k]:.1f}", answer=given))
    if found:
        text = "items that hardly vary: {items}; their weights and loadings rest on a few rows"
        yield Message(text, items=listed(found, 6))


#: Answers that must be there before hundredths are spoken of.
_FEW_FRACTIONS = 10
#: On a scale of more steps a single item may well miss the lowest one by chance.
_FEW_STEPS = 20


def _parts_of_scales(survey: Survey, counts: AnswerCounts) -> Iterator[Message]:
    """Items whose answers run on a smaller usual scale than the one that is stated."""
    found: list[Message] = []
    ranges = counts.ranges
    told: set[str] = set()
    two: list[ItemName] = []
    low_unused: dict[tuple[float, float], list[tuple[str, float, int]]] = {}
    for k, item in enumerate(survey.model.items):
        answered, low, high = int(ranges.answered[k]), float(ranges.low[k]), float(ranges.high[k])
        if answered < ENOUGH or not ranges.whole[k]:
            continue
        low_unused.setdefault(item.scale, []).append((item.name, low, answered))
        small = next((s for s in USUAL if item.scale[0] <= s[0] <= low and s[1] == high < item.scale[1]), None)
        if high == low + 1 == item.scale[0] + 1 and item.scale[1] - item.scale[0] >= _TWO_OF:
            two.append(ItemName(item.name))
        elif small is not None and small[1] > 1 and counts.top[k] / answered >= TOP_SHARE:
            found.append(Message(_PART, items=ItemName(item.name), used=_shown(small), scale=_shown(item.scale)))
            told.add(item.name)
    if two:
        text = (
            "only the two lowest answers of the scale occur: {items}; if 1 is yes and 2 no, write scale: [0, 1] and "
            "values: {{1: 1, 2: 0}} in the item"
        )
        yield Message(text, items=listed(two, 6))
    for scale, items in low_unused.items():
        if scale[0] == 0 and scale[1] >= 10 and all(low >= 1 for _, low, _ in items):
            reached = any(low == 1 for _, low, _ in items) and sum(n for *_, n in items) >= 4 * ENOUGH
            new = [ItemName(name) for name, *_ in items if name not in told]
            if reached and new and (scale[1] <= _FEW_STEPS or len(items) > 1):  # one of many steps: chance
                used = _shown((1.0, scale[1]))
                found.append(Message(_PART, items=listed(new, 6), used=used, scale=_shown(scale)))
    if found:
        text = (
            "answers use a part of the scale only: {items}; the 0-100 index depends on the scale: if the smaller one "
            "was asked, state it (scale: [lowest, highest])"
        )
        yield Message(text, items=listed(found, 6))


def _fractions(survey: Survey, counts: AnswerCounts) -> Iterator[Message]:
    """Items whose answers are hundredths, as a spreadsheet holds per cent, on a scale of whole steps."""
    ranges, found = counts.ranges, []
    for k, item in enumerate(survey.model.items):
        low, high = float(ranges.low[k]), float(ranges.high[k])
        few = ranges.answered[k] < _FEW_FRACTIONS or ranges.whole[k]
        if not few and item.scale[0] <= 0 <= low and high <= 1 and item.scale[1] >= _FEW_STEPS / 4:
            used = _shown((low, high))
            found.append(Message(_PART, items=ItemName(item.name), used=used, scale=_shown(item.scale)))
    if found:
        text = "answers between 0 and 1 on a longer scale: {items}; cells shown as per cent hold hundredths: times 100"
        yield Message(text, items=listed(found, 6))


def _shown(scale: tuple[float, float]) -> str:
    return f"{number_text(scale[0])}..{number_text(scale[1])}"


def _holes(survey: Survey, rule: str) -> Iterator[Message]:
    lost = lost_to_codes(survey)
    if lost:
        text = "more than a third of an item is lost to missing codes: {items}; check the codes, or leave the item out"
        yield Message(text, items=_with_share(lost))
    share = survey.missing / max(survey.respondents, 1)
    many = [(survey.model.item_names[k], float(share[k])) for k in np.flatnonzero(share >= MANY_HOLES)]
    if rule in ("pairwise", "em", "fiml"):
        yield from _few_answers(survey)
    elif many and rule == "mean":
        text = (
            "many missing answers replaced by means: {items}; covariances shrink by about these shares, and loadings "
            "and paths with them: missing: em does not shrink them"
        )
        yield Message(text, items=_with_share(many))


def _few_answers(survey: Survey) -> Iterator[Message]:
    """Items that nearly nobody answered, where the rows of the others count all the same."""
    rows, names = survey.respondents, survey.model.item_names
    answered = rows - np.asarray(survey.missing)
    few = np.flatnonzero((answered < FEW_ANSWERS) & (survey.missing >= MANY_HOLES * rows))
    found = [Message("{item} ({n} of {rows})", item=ItemName(names[k]), n=int(answered[k]), rows=rows) for k in few]
    if found:
        text = (
            "few answers: {items}; whatever the rule for missing answers, weights, index and paths of their constructs "
            "rest on these rows: leave such an item out"
        )
        yield Message(text, items=listed(found, 6))


def _with_share(found: Sequence[tuple[str, float]]) -> Message:
    """Items, each with a share in per cent."""
    pairs = [(ItemName(name), f"{100 * share:.0f}") for name, share in found]
    return listed([Message("{item} ({share} %)", item=item, share=share) for item, share in pairs], 6)


# ---- groups -------------------------------------------------------------------------------------------------------
