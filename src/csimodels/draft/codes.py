"""Codes of no answer: declared in the file, labelled as such, in words, or standing apart from a scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from csimodels.survey.answers.advice import around_zero
from csimodels.survey.answers.numbers import as_number, fold
from csimodels.survey.answers.words import LONGEST, reason_of

#: Numbers that questionnaires use for no answer; taken where they stand apart from a short scale.
USUAL_CODES = frozenset(
    (77.0, 88.0, 97.0, 98.0, 99.0, 777.0, 888.0, 997.0, 998.0, 999.0, 9998.0, 9999.0, -1.0, -2.0, -8.0, -9.0, -99.0)
)
#: A scale has at most this many steps, and a code apart stands so far from its end.
MOST_STEPS, APART = 11, 10.0

How = Literal["declared", "label", "word", "apart", "elsewhere"]


@dataclass(frozen=True, slots=True)
class CodeFound:
    """A value that stands for no answer.

    Attributes
    ----------
    value, label : str
        As text; its label in the file.
    count : int
    reason : str
        ``dont_know``, ``refused``, ``not_asked``, or empty where nothing says.
    how : str
        ``declared`` missing in the file, by its ``label``, by its own ``word``, standing ``apart``, or a code
        ``elsewhere``.
    """

    value: str
    label: str
    count: int
    reason: str
    how: How


def codes_of(
    values: Sequence[str],
    counts: np.ndarray,
    labels: Mapping[str, str],
    declared: Mapping[str, int],
    elsewhere: Mapping[str, str] | None = None,
) -> tuple[CodeFound, ...]:
    """Codes of no answer among the values of a column.

    Parameters
    ----------
    values, counts
        Different cells as text, and how often each stands.
    labels : mapping of str to str
        Value labels of the file.
    declared : mapping of str to int
        Values that the file itself declares missing, with counts; they are not among `values`.
    elsewhere : mapping of str to str, optional
        Codes of other columns, with their reasons, that are codes here too.
    """
    found = [CodeFound(v, labels.get(v, ""), n, reason_of(labels.get(v, "")), "declared") for v, n in declared.items()]
    numbers = {value: as_number(fold(value), comma=False) for value in values}
    mostly = sum(number is not None for number in numbers.values())
    for value, count in zip(values, counts, strict=True):
        label = labels.get(value, "")
        if reason := reason_of(label):
            found.append(CodeFound(value, label, int(count), reason, "label"))
        elif numbers[value] is None and len(value) <= LONGEST // 2 and (reason := reason_of(value)):
            found.append(CodeFound(value, "", int(count), reason, "word"))
        elif elsewhere is not None and value in elsewhere:
            found.append(CodeFound(value, label, int(count), elsewhere[value], "elsewhere"))
    known = {code.value for code in found}
    rest = [number for value, number in numbers.items() if number is not None and value not in known]
    if mostly >= max(2, len(values) - len(known)):
        below = sum(
            int(n) for value, n in zip(values, counts, strict=True) if (numbers[value] or 0) < 0 and value not in known
        )
        around = around_zero(sorted(set(rest)), below, int(np.sum(counts)))
        apart = _apart(rest) if around is None else frozenset[float]()
        found += [
            CodeFound(value, labels.get(value, ""), int(count), "", "apart")
            for value, count in zip(values, counts, strict=True)
            if value not in known and numbers[value] in apart
        ]
    return tuple(found)


def _apart(numbers: Sequence[float]) -> frozenset[float]:
    """Usual codes that stand apart from a short scale of whole numbers."""
    answers = [number for number in numbers if number not in USUAL_CODES]
    if len(answers) < 2 or any(n != int(n) for n in answers) or max(answers) - min(answers) > MOST_STEPS:
        return frozenset()
    low, high = min(answers), max(answers)
    far = (n for n in numbers if n in USUAL_CODES and (n < low - 0.5 if n < 0 else n > high + APART))
    return frozenset(far) if low >= 0 else frozenset()
