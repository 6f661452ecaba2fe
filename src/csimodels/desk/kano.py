"""Kano classes from pairs of functional and dysfunctional questions (Kano, Seraku, Takahashi & Tsuji 1984).

Shown in the table ``kano``. Answers are 1 like, 2 must be, 3 neutral, 4 live with, 5 dislike. Better and worse after
Berger et al. (1993), strengths after Lee & Newcomb (1997), the test of the two largest counts after Fong (1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats

#: Categories in the order of the counts.
CATEGORIES = ("A", "O", "M", "I", "R", "Q")
#: Of equal counts the first of these is the category: what hurts most if it is missing comes first.
TIES = ("M", "O", "A", "I", "R", "Q")
#: Rows functional, columns dysfunctional answer: like, must be, neutral, live with, dislike.
EVALUATION = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
_TABLE = np.asarray([[CATEGORIES.index(letter) for letter in row] for row in EVALUATION])
_TIE_ORDER = np.asarray([CATEGORIES.index(letter) for letter in TIES])


@dataclass(frozen=True, eq=False)
class Kano:
    """What the counts of an item say, each ``(*B,)``; ``category`` is a place in :data:`CATEGORIES`."""

    category: NDArray[np.intp]
    better: Floats
    worse: Floats
    total_strength: Floats
    category_strength: Floats
    difference: Floats
    critical: Floats
    significant: Bools


def check_kano_answers(answers: Floats, where: str) -> list[Problem]:
    """Problems of answers that are not 1 to 5."""
    strange = answers[~np.isnan(answers) & ~np.isin(answers, (1, 2, 3, 4, 5))]
    if not len(strange):
        return []
    found = (
        Message("{strange} and {n} more", strange=f"{strange[0]:g}", n=len(strange) - 1)
        if len(strange) > 1
        else f"{strange[0]:g}"
    )
    return [Problem("Kano answers are 1 like, 2 must be, 3 neutral, 4 live with, 5 dislike", where, found, "1 to 5")]


def kano_counts(functional: Floats, dysfunctional: Floats, weights: Floats | None = None) -> Floats:
    """(6,) weighted counts of the categories A O M I R Q; pairs with a missing answer count nowhere.

    Parameters
    ----------
    functional, dysfunctional : (n,) arrays
        Answers 1 to 5 to "if it is there" and "if it is not there".
    """
    w = np.ones(len(functional)) if weights is None else weights
    both = ~(np.isnan(functional) | np.isnan(dysfunctional))
    place = _TABLE[functional[both].astype(np.intp) - 1, dysfunctional[both].astype(np.intp) - 1]
    return np.bincount(place, w[both], minlength=len(CATEGORIES)).astype(np.float64)


def kano(counts: Floats) -> Kano:
    """Category, coefficients and test from counts (*B, 6) of A O M I R Q."""
    n = counts.sum(axis=-1)
    a, o, m, i = (counts[..., k] for k in range(4))
    by_tie = counts[..., _TIE_ORDER]
    category = _TIE_ORDER[by_tie.argmax(axis=-1)]
    ordered = np.sort(counts, axis=-1)
    first, second = ordered[..., -1], ordered[..., -2]
    with np.errstate(invalid="ignore", divide="ignore"):
        judged = a + o + m + i
        critical = 1.65 * np.sqrt((first + second) * (2 * n - first - second) / (2 * n))
        return Kano(
            category=category,
            better=np.asarray((a + o) / judged),
            worse=np.asarray(-(o + m) / judged),
            total_strength=np.asarray((a + o + m) / n),
            category_strength=np.asarray((first - second) / n),
            difference=np.asarray(first - second),
            critical=np.asarray(critical),
            significant=np.asarray(first - second > critical),
        )
