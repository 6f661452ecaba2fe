"""Printed numbers of the desk's formulas, one line each: formula, what is called, what is printed to all its digits.

Digits that need a larger input (F2, F5, F11, F20, and most of the others) stand in the modules of this folder.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from printed import same_digits

from csimodels.desk import (
    agreement,
    ahp,
    benchmark,
    budget,
    classes,
    focus,
    fuzzy,
    gaps,
    kano,
    nps,
    objective_weights,
    planning,
    shares,
    targets,
    ten_point,
    transition,
    trend,
    weighted_mean,
)


def at(*numbers: float) -> np.ndarray:
    return np.asarray(numbers, dtype=float)


MOVES = np.asarray([[160.0, 30, 10], [40, 90, 30], [10, 25, 105]])
JUDGED = np.asarray([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
ITEMS = np.asarray([[8.0, 7, 9], [6, 7, 5], [9, 8, 9], [5, 6, 4], [7, 7, 8]])

REGISTER: tuple[tuple[str, Callable[[], object], str], ...] = (
    ("F1", lambda: benchmark.lead_over_best(at(83.68, 75.94)), "7.74 -7.74"),
    ("F1", lambda: benchmark.lead_over_best(at(78.9, 77.7))[1], "-1.2"),
    ("F1", lambda: benchmark.lead_over_best(at(78.6, 75.1))[1], "-3.5"),
    ("F3", lambda: classes.class_index(at(0.3, 0.5, 0.2), at(78, 74, 66)), "73.6"),
    ("F4", lambda: weighted_mean.element_scores(at(0.40, 0.45, 0.10, 0.04, 0.01), at(100, 80, 60, 40, 20)), "83.8"),
    ("F6", lambda: ahp.ahp(JUDGED).weight, ".636986 .258285 .104729"),
    ("F6", lambda: ahp.RANDOM_INDICES["saaty1980"][:10], "0 0 .58 .90 1.12 1.24 1.32 1.41 1.45 1.49"),
    ("F6", lambda: ahp.ahp(JUDGED, random_index="saaty2005").cr, ".0370"),
    ("F7", lambda: ten_point.index_form(at(301 / 38 * 10)), "76.9006"),
    ("F8", lambda: targets.probability_reached(at(74.2), at(0.9), at(75)), ".187031"),
    ("F9", lambda: trend.split_change((at(0.4), at(0.36)), (at(74), at(76)))[0], "0.76"),
    ("F10", lambda: 100 * shares.level_shares(at(497, 3)), "99.4 0.6"),
    ("F10", lambda: 100 * np.stack(shares.wilson(at(497), at(500))), "98.2510 99.7957"),
    ("F10", lambda: nps.net_promoter_score(at(3, 2, 1, 4, 5, 12, 18, 35, 60, 38, 22), np.arange(11.0)).nps, "7.5"),
    ("F12", lambda: focus.gini(at(100, 80, 60, 40, 30, 20, 10, 5, 3, 2)), ".513143"),
    ("F13", lambda: agreement.spearman(at(1, 2, 3, 4, 5, 6), at(4, 3, 6, 1, 2, 5)), "-.085714"),
    ("F14", lambda: gaps.on_100(at(-1.166), 1, 10), "-12.9556"),
    ("F15", lambda: fuzzy.triangle_membership(np.asarray(72.4541)), "0 0 .377295 .622705 0"),
    ("F16", lambda: transition.mobility(MOVES / MOVES.sum(axis=1, keepdims=True)), ".44375"),
    ("F18", lambda: budget.gain(at(0.64, 0.31, 0.22, 0.15), at(2.125, 5, 0, 5)), "3.66"),
    ("F19", lambda: planning.size_for_half_width(20, 2), "385"),
    ("F19", lambda: planning.size_for_difference(20, 3), "698"),
    ("F19", lambda: planning.size_for_path(at(0.2, 0.1)), "155 619"),
    ("F21", lambda: kano.kano(at(62, 48, 40, 35, 10, 5)).critical, "14.735"),
    ("F31", lambda: objective_weights.entropy_weights(ITEMS), ".284882 .056497 .658621"),
)


@pytest.mark.parametrize(("formula", "call", "printed"), REGISTER, ids=[f"{f}-{p[:12]}" for f, _, p in REGISTER])
def test_a_printed_number_comes_out_to_all_its_digits(formula: str, call: Callable[[], object], printed: str) -> None:
    same_digits(call(), printed)
