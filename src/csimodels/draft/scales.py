"""What the answers of a column mean on the scale of an item: another scale, words in order, yes and no, ``10分``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from csimodels.draft.facts import NUMBER, ColumnFacts
from csimodels.messages import Message, joined
from csimodels.spec.model import Item
from csimodels.survey.answers.advice import AROUND_ZERO, USUAL, YES_NO
from csimodels.survey.answers.numbers import as_number, fold
from csimodels.survey.answers.rating_words import steps_of
from csimodels.survey.answers.words import SCALES, reason_of
from csimodels.survey.cautions.slips import falling
from csimodels.survey.columns import number_text

Scale = tuple[float, float]
#: From so many answers in all, an end that nobody chose speaks for a scale that is so much shorter.
ENOUGH, SHORT = 200, 0.75
#: ``10分``, ``7 - good``, ``[3] fair``.
_LEADING = re.compile(r"[\[(（]?(\d{1,3})[\])）]?\s*(?:分|[.:：、=\-–]?\s*\D*)")

#: ``很满意(5)``, ``good [4分]``.
_TRAILING = re.compile(r"[^\d(\[【]+[(\[【](\d{1,3})\s*分?[)\]】]")


@dataclass(frozen=True, slots=True)
class Answers:
    """What is proposed for an item: its scale and words where they differ from the model's, whether it is turned, and
    why; empty: nothing."""

    scale: Scale | None = None
    values: tuple[tuple[str, float], ...] = ()
    why: str = ""
    reverse: bool = False


NOTHING = Answers()


def guessed_answers(pairs: Sequence[tuple[Item, ColumnFacts]]) -> dict[str, Answers]:
    """What the answers of matched items mean, by item; items whose answers fit the model are not in it.

    Parameters
    ----------
    pairs : sequence of (Item, ColumnFacts)
    """
    out = _as_long([(item, answers_in_words(item, facts)) for item, facts in pairs if facts.kind != NUMBER])
    numeric = [(item, facts) for item, facts in pairs if facts.kind == NUMBER]
    together = _scales_together(numeric)
    for item, facts in numeric:
        out[item.name] = _turned(item, facts, _in_numbers(item, facts, together.get(item.scale)))
    return {name: answers for name, answers in out.items() if answers != NOTHING}


def _as_long(worded: Sequence[tuple[Item, Answers]]) -> dict[str, Answers]:
    """Answers in words by item; one whose words are all steps of the shorter scale of others has that scale too."""
    shorter = {item.scale: answers.scale for item, answers in worded if answers.scale is not None}
    out = {}
    for item, answers in worded:
        scale = shorter.get(item.scale)
        within = scale is not None and all(scale[0] <= number <= scale[1] for _, number in answers.values)
        out[item.name] = replace(answers, scale=scale) if answers.values and not answers.scale and within else answers
    return out


def like_the_others(items: Sequence[Item], found: Mapping[str, Answers], there: Sequence[Item]) -> dict[str, Answers]:
    """The scale of items without a column, where all items with one that share theirs in the model have another.

    Parameters
    ----------
    items : sequence of Item
        Without a column.
    found : mapping of str to Answers
        What is guessed of the others.
    there : sequence of Item
        The others.
    """
    out = {}
    for item in items:
        scales = {found[o.name].scale if o.name in found else None for o in there if o.scale == item.scale}
        if len(scales) == 1 and (scale := scales.pop()) is not None:
            out[item.name] = Answers(scale, (), Message("as the items that have a column"))
    return out


# ---- numbers ------------------------------------------------------------------------------------------------------


def _in_numbers(item: Item, facts: ColumnFacts, together: Answers | None) -> Answers:
    low, high = item.scale
    if item.scale == (0.0, 1.0) and {level.value for level in facts.levels} == {"1", "2"}:
        words = [fold(facts.names.get(code, "")) for code in ("1", "2")]
        meant = [YES_NO.get(word) for word in words]
        if meant in ([1, 0], [0, 1]):
            values = (("1", float(meant[0] or 0)), ("2", float(meant[1] or 0)))
            return Answers(None, values, Message("value labels: 1 {one}, 2 {two}", one=words[0], two=words[1]))
        return Answers(None, (("1", 1.0), ("2", 0.0)), Message("the answers are 1 and 2: taken as yes and no"))
    labelled = labelled_scale(facts)
    if labelled is not None and labelled != item.scale:
        ends = " … ".join(facts.names[number_text(end)] for end in labelled)
        text = "value labels run from {low} to {high} ({ends})"
        why = Message(text, low=number_text(labelled[0]), high=number_text(labelled[1]), ends=ends)
        return Answers(labelled, (), why)
    if together is not None and (labelled is None or labelled == together.scale):
        return together
    if low <= facts.low and facts.high <= high:
        return NOTHING
    if not facts.whole and high > 1 and facts.distinct > 3 and facts.low >= 0 and facts.high <= 1:
        return Answers((0.0, 1.0), (), Message("shares from 0 to 1, as cells shown in percent hold them"))
    scale = usual_scale(facts.low, facts.high)
    if scale is None:
        return NOTHING
    text = "the answers run from {low} to {high}"
    return Answers(scale, (), Message(text, low=number_text(facts.low), high=number_text(facts.high)))


def _turned(item: Item, facts: ColumnFacts, found: Answers) -> Answers:
    """The same, turned where the labels or the question say that the lowest number is the best answer."""
    ends = {} if item.reverse or item.values or found.values else falling(facts.names, (facts.name, facts.label))
    if not ends:
        return found
    why = Message('{low} is "{best}" and {high} is "{worst}": turned, so that more is better', **ends)
    return replace(found, reverse=True, why=joined([found.why, why]) if found.why else why)


def labelled_scale(facts: ColumnFacts) -> Scale | None:
    """The scale that the value labels of answers span, where all answers lie on it and it is one that is used."""
    codes = {code.value for code in facts.codes}
    numbers = [
        number
        for value, label in facts.names.items()
        if value not in codes and not reason_of(label) and (number := as_number(fold(value), comma=False)) is not None
    ]
    if len(numbers) < 2 or min(numbers) > facts.low or max(numbers) < facts.high:
        return None
    scale = (min(numbers), max(numbers))
    return scale if scale in USUAL else None


def _scales_together(pairs: Sequence[tuple[Item, ColumnFacts]]) -> dict[Scale, Answers]:
    """Another scale for all items that share one in the model, where all their answers together speak for it."""
    out: dict[Scale, Answers] = {}
    for scale in dict.fromkeys(item.scale for item, _ in pairs):
        mine = [facts for item, facts in pairs if item.scale == scale]
        low, high = min(facts.low for facts in mine), max(facts.high for facts in mine)
        whole = all(facts.whole for facts in mine)
        if scale == (0.0, 1.0) or not whole or len(mine) < 3:
            continue
        many = sum(facts.n for facts in mine) >= ENOUGH
        fits = scale[0] <= low and high <= scale[1]
        other = usual_scale(min(low, 1.0) if low <= 1 else 1.0, high)
        short = other is not None and other[1] - other[0] <= SHORT * (scale[1] - scale[0]) and other[1] == high
        shorter = short and many and low <= scale[0] + 1
        if other is None or other == scale or (fits and not shorter):
            continue
        text = "no answer of {n} items lies outside {low} to {high}"
        shown = {"low": number_text(other[0]), "high": number_text(other[1])}
        out[scale] = Answers(other, (), Message(text, n=len(mine), **shown))
    return out


def usual_scale(low: float, high: float) -> Scale | None:
    """The shortest usual scale that holds these answers and is not far longer than they are."""
    fit = [
        s
        for s in (*USUAL, *AROUND_ZERO)
        if s[0] <= low and high <= s[1] and s[1] - s[0] > 1 and high - low >= 0.4 * (s[1] - s[0])
    ]
    return min(fit, key=lambda s: (s[1] - s[0], -s[0])) if fit else None


def answerable(facts: ColumnFacts) -> bool:
    """Whether a column may answer a question: numbers, or words that are known to be answers."""
    if facts.kind == NUMBER:
        return True
    words = {fold(level.value): level.value for level in facts.levels}
    if facts.distinct > len(facts.levels) or not words:
        return False
    known = (
        words.keys() <= YES_NO.keys() or any(words.keys() <= set(scale) for scale in SCALES) or bool(steps_of([*words]))
    )
    return known or all(_number_in(word) for word in words)


# ---- words --------------------------------------------------------------------------------------------------------


def answers_in_words(item: Item, facts: ColumnFacts) -> Answers:
    """What words of a usual scale, of yes and no, or with leading numbers mean; nothing where they are not known."""
    words = {fold(level.value): level.value for level in facts.levels}
    if not words or facts.distinct > len(facts.levels) or words.keys() <= {fold(text) for text, _ in item.values}:
        return NOTHING
    if item.scale == (0.0, 1.0) and words.keys() <= YES_NO.keys():
        return Answers(None, tuple((words[w], float(YES_NO[w])) for w in words), Message("words for yes and no"))
    found = [scale for scale in SCALES if words.keys() <= set(scale)]
    orders = {tuple(scale.index(word) for word in words) for scale in found}
    if len(orders) == 1:
        (places,) = orders
        values = tuple((words[w], place + 1.0) for w, place in zip(words, places, strict=True))
        text = "answers in words, from {low} to {high}"
        why = Message(text, low=found[0][0], high=found[0][-1])
        return Answers((1.0, float(len(found[0]))), tuple(sorted(values, key=lambda pair: pair[1])), why)
    if made := steps_of(list(words)):
        first, *_, last = made
        why = Message("answers in words, from {low} to {high}", low=words[first], high=words[last])
        return Answers((1.0, 5.0), tuple((words[word], float(step)) for word, step in made.items()), why)
    return _leading_numbers(item, words)


def _number_in(word: str) -> str:
    """The number that an answer begins with, or that stands behind it in brackets; empty without one."""
    hit = _LEADING.fullmatch(word) or _TRAILING.fullmatch(word)
    return hit[1] if hit else ""


def _leading_numbers(item: Item, words: Mapping[str, str]) -> Answers:
    found = {word: _number_in(word) for word in words}
    numbers = {word: float(text) for word, text in found.items() if text}
    if len(numbers) < len(words) or len(set(numbers.values())) < len(numbers):
        return NOTHING
    low, high = min(numbers.values()), max(numbers.values())
    scale = item.scale if item.scale[0] <= low and high <= item.scale[1] else usual_scale(low, high)
    if (1.0, high) in USUAL and len(numbers) == high and low == item.scale[0] == 1 and 2 * high <= item.scale[1]:
        scale = (1.0, high)
    values = tuple(sorted(((words[w], n) for w, n in numbers.items()), key=lambda pair: pair[1]))
    changed = scale if scale != item.scale else None
    return NOTHING if scale is None else Answers(changed, values, Message("the answers name their numbers"))
