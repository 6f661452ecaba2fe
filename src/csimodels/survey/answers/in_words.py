"""Answers in words: what is said of them, and the `values:` and `scale:` that are likely meant."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from csimodels.errors import Problem, listed
from csimodels.messages import Message
from csimodels.survey.answers.advice import USUAL, yes_no
from csimodels.survey.answers.numbers import Unfit, fold
from csimodels.survey.answers.several import several
from csimodels.survey.answers.words import end_of, numbered, rated, reason_of, turned
from csimodels.survey.columns import number_text
from csimodels.survey.keys import is_plain
from csimodels.survey.table import Table

#: More different texts than this are no rating scale in words.
_MOST_WORDS = 12


def subject(unfit: Unfit) -> Message:
    """The item, and its column where that is called otherwise."""
    if unfit.column == unfit.item.name:
        return Message("item {name}", name=unfit.item.name)
    return Message('item {name} (column "{column}")', name=unfit.item.name, column=unfit.column)


def in_words(unfit: Unfit) -> bool:
    """Whether most answers of an item are words, a few of them."""
    words = [text for text, _, _ in unfit.values]
    plain = not any(fold(text)[:1].isdigit() or text[:1] in ("[", "{") for text in words) or bool(numbered(words))
    return plain and len(words) <= _MOST_WORDS and 2 * unfit.count > unfit.answered and not several(unfit)


def words_problem(worded: Sequence[Unfit], table: Table) -> Problem:
    """One problem for items that are answered in words of one scale."""
    words: dict[str, int] = {}
    for unfit in worded:
        for text, count, _ in unfit.values:
            words[text.strip()] = words.get(text.strip(), 0) + count
    names = listed([unfit.item.name for unfit in worded])
    low, high = (number_text(end) for end in worded[0].item.scale)
    if len(worded) == 1:
        what = Message(
            "{worded}: {count} answers are words, not numbers", worded=subject(worded[0]), count=worded[0].count
        )
        place = Message("write in the item")
    else:
        what = Message("the answers of {n} items are words, not numbers: {names}", n=len(worded), names=names)
        place = Message("write beside the top-level scale")
    found = listed([Message("{value} ({n} times)", value=f'"{text}"', n=count) for text, count in words.items()])
    none = [text for text in words if reason_of(text)] if not all(map(reason_of, words)) else []
    remedy = _words_remedy([text for text in words if text not in none], worded[0].item.scale, place)
    if none:
        codes = f"[{', '.join(map(key, none))}]"
        remedy = Message(
            "{remedy}; under data: missing_codes: {codes}, as these are no answers", remedy=remedy, codes=codes
        )
    return Problem(what, table.label, found, Message("numbers from {low} to {high}", low=low, high=high), remedy)


def _words_remedy(words: list[str], scale: tuple[float, float], place: str) -> Message:
    """The line for words that are answers."""
    numbers = numbered(words)
    if all(text.strip("=\"'“”") != text and is_plain(text.strip("=\"'“”")) for text in words):
        return Message("the numbers stand in quotes: take these off in the data")
    if numbers and all(scale[0] <= number <= scale[1] for number in numbers.values()):
        return _numbers_remedy(numbers, scale, place)
    if rating := rated(words):
        shown = ", ".join(f"{key(word)}: {number}" for word, number in rating.items())
        remedy = Message("{place}: values: {{{words}}}", place=place, words=shown)
        return remedy if scale in ((1, 5), (0, 5)) else _with_scale(remedy, "[1, 5]")
    remedy = Message("{place}: values: {{{words}}}", place=place, words=_translation(words))
    return _with_scale(remedy, "[0, 1]") if scale[0] > 0 and yes_no(words) else remedy


def _with_scale(remedy: Message, shown: str) -> Message:
    return Message("{remedy}, and scale: {shown}", remedy=remedy, shown=shown)


def _numbers_remedy(numbers: dict[str, float], scale: tuple[float, float], place: str) -> Message:
    """The line for words that hold their numbers, turned where 1 is the best; with the scale that they run on."""
    against = turned(list(numbers), numbers)
    ordered = sorted((against or numbers).items(), key=lambda pair: pair[1])
    shown = ", ".join(f"{key(word)}: {number_text(number)}" for word, number in ordered)
    remedy = Message("{place}: values: {{{words}}}", place=place, words=shown)
    top = ordered[-1][1]
    if (1.0, top) in USUAL and 2 * top <= scale[1] and scale[0] == 1 and len(numbers) == top:
        remedy = _with_scale(remedy, f"[1, {number_text(top)}]")
    if against:
        remedy = Message("{remedy} (turned: the lowest number is the best answer)", remedy=remedy)
    return remedy


def key(word: str) -> str:
    """A text as it can stand as a key in a spec."""
    return word if re.fullmatch(r"[^\W_][\w.()（）=/★、-]*", word) else json.dumps(word, ensure_ascii=False)


def _translation(words: Sequence[str]) -> str:
    known = yes_no(words)
    letters = all(re.fullmatch(r"[a-z]", fold(word)) for word in words)
    return ", ".join(f"{key(word)}: {known.get(word, '...')}" for word in (sorted(words) if letters else words))


def rating_remedy(texts: Sequence[str], scale: tuple[float, float]) -> Message:
    """The line for answers in words among numbers: the ends of a scale in words are the ends of the scale."""
    ends = {1: scale[1], -1: scale[0]}
    meant = {text: end_of(text) for text in texts}
    shown = ", ".join(f"{key(text)}: {number_text(ends[end]) if end else '...'}" for text, end in meant.items())
    text = "these are answers in words among numbers: write values: {{{words}}} in the item, if this is what they mean"
    return Message(text, words=shown)
