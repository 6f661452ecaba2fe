"""What makes comparing waves doubtful: groups that a wave lacks, and columns that look like waves and are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from csimodels.messages import Message, Value, listed
from csimodels.spec.model import plain_text
from csimodels.survey.keys import group_in_words
from csimodels.survey.natural_order import in_time, natural
from csimodels.survey.periods import looks_like_periods
from csimodels.survey.survey import Survey


def wave_cautions(survey: Survey) -> Iterator[Message]:
    """One sentence for each pair of neighbouring waves with other groups, and for each column that looks like waves.

    Parameters
    ----------
    survey : Survey
        The rows, checked against the model.
    """
    if survey.wave is None:
        yield from _unnamed(survey)
        return
    yield from _order(survey.waves)
    place = survey.by.index(survey.wave)
    there: dict[object, set[tuple[object, ...]]] = {}
    for key in survey.group_keys:
        there.setdefault(key[place], set()).add((*key[:place], *key[place + 1 :]))
    for before, after in pairwise(survey.waves):
        one, two = there[before] - there[after], there[after] - there[before]
        if one or two:
            rest = [name for name in survey.by if name != survey.wave]
            shown = [
                Message("only in {wave}: {names}", wave=Value(plain_text(wave), survey.wave), names=_names(rest, keys))
                for keys, wave in ((one, before), (two, after))
                if keys
            ]
            text = (
                "{before} and {after} have different groups ({which}): a change of all respondents together compares "
                "different groups; changes of single groups do not"
            )
            first, second = (Value(plain_text(wave), survey.wave) for wave in (before, after))
            yield Message(text, before=first, after=second, which=listed(shown))


def _order(waves: Sequence[object]) -> Iterator[Message]:
    """Names of waves that say nothing of time stand in the order of the alphabet."""
    names = [str(wave) for wave in waves]
    if len(names) > 1 and any(map(_says_no_time, names)):
        text = (
            "the waves are taken in the order {names}; if this is not their order in time, give them names that sort "
            "so, such as 1 {first}"
        )
        yield Message(text, names=listed(names, 6), first=names[-1])


def _says_no_time(name: str) -> bool:
    """Whether a name has no number, or a year behind something else, as in ``Spring 2024``."""
    late = re.search(r"\D(19|20)\d\d$", name.strip()) is not None and in_time(name) == name
    return late or not any(letter.isdigit() for letter in in_time(name))


def _names(by: Sequence[str], keys: set[tuple[object, ...]]) -> Message:
    ordered = sorted((group_in_words(by, key) for key in keys), key=natural)
    return listed(ordered, 6)


def _unnamed(survey: Survey) -> Iterator[Message]:
    if survey.model.rollup.levels:  # said with the levels: `wave_notes`
        return
    for place, column in enumerate(survey.by):
        values = list(dict.fromkeys(str(key[place]) for key in survey.group_keys))
        if len(values) > 1 and looks_like_periods(values):
            rest = [name for name in survey.by if name != column]
            spelling = f"{{by: [{', '.join(rest)}], wave: {column}}}" if rest else f"{{wave: {column}}}"
            text = (
                "{column} looks like waves ({names}): results of all respondents pool them; write data: {spelling} to "
                "have the latest wave as headline, and changes"
            )
            yield Message(text, column=column, names=listed(values, 3), spelling=spelling)
