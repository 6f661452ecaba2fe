"""How persons of a panel move between states of a score from wave to wave (docs/decisions.md#states)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.transition import (
    check_panel,
    customer_value,
    expected_waves,
    mobility,
    next_shares,
    second_eigenvalue,
    stationary_shares,
    stuart_maxwell,
    transition_counts,
    transition_matrix,
)
from csimodels.errors import DataError, Problem, SpecError
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.spec.decisions import StatesSpec
from csimodels.survey import Survey

Ints = NDArray[np.intp]
#: Bootstrap samples of persons.
SAMPLES = 1000


@dataclass(frozen=True, eq=False)
class Moves:
    """Persons of two waves: states, weights and, where asked for, whether they stay and what they are worth."""

    before: Ints
    after: Ints
    weights: Floats
    stays: Floats | None
    worth: Floats | None
    states: int

    def drawn(self, rows: Ints) -> Moves:
        """The persons at `rows`."""
        parts = [None if part is None else part[rows] for part in (self.stays, self.worth)]
        return Moves(self.before[rows], self.after[rows], self.weights[rows], parts[0], parts[1], self.states)

    @property
    def counts(self) -> Floats:
        """(K, K) weighted persons by where they were and are."""
        return transition_counts(self.before, self.after, self.states, self.weights)

    @property
    def matrix(self) -> Floats:
        """(K, K) shares of each state by where its persons went."""
        return transition_matrix(self.counts)

    def mean(self, x: Floats | None) -> Floats:
        """(K,) weighted means of a column in the states of the first wave; NaN without it."""
        if x is None:
            return np.full(self.states, np.nan)
        known = ~np.isnan(x)
        w = np.where(known, self.weights, 0.0)
        top = np.bincount(self.before, w * np.nan_to_num(x), minlength=self.states)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(top / np.bincount(self.before, w, minlength=self.states))


def check_states(asked: StatesSpec, survey: Survey) -> None:
    """Refuse cross-sections, a person twice in a wave, and waves without a common person.

    Raises
    ------
    SpecError, DataError
    """
    if survey.panel is None or len(survey.waves) < 2:
        what = "moves between states need the same persons in two waves; cross-sections do not show them"
        remedy = "name the column of the persons under data: design: panel, and that of the waves under data: wave"
        raise SpecError(Problem(what, "states", remedy=remedy))
    problems = []
    for first, second in pairwise(survey.waves):
        persons = [survey.panel[rows] for rows in (_rows(survey, first), _rows(survey, second))]
        known = [p[p >= 0].tolist() for p in persons]
        problems += check_panel(known[0], known[1], f"states, {first} - {second}")
    if problems:
        raise DataError(problems)


def _rows(survey: Survey, wave: str | float) -> Ints:
    """Rows of a wave."""
    place = survey.by.index(survey.wave or "")
    mine = np.asarray([key[place] == wave for key in survey.group_keys])
    return np.flatnonzero(mine[survey.group])


def state_tables(survey: Survey, score: Floats, asked: StatesSpec, level: float, seed: int) -> dict[str, pd.DataFrame]:
    """Tables ``transition``, ``states`` and ``transition_tests`` of every step from wave to wave.

    Parameters
    ----------
    survey : Survey
        With a panel and waves.
    score : (n,) array
        Scores, 0 to 100.
    level, seed : float, int
        Of the intervals: percentiles of :data:`SAMPLES` bootstrap samples of persons.
    """
    state = np.where(np.isnan(score), -1, np.digitize(score, asked.cuts)).astype(np.intp)
    rows: dict[str, list[dict[str, object]]] = {"transition": [], "states": [], "transition_tests": []}
    for first, second in pairwise(survey.waves):
        moves = _moves(survey, state, asked, (first, second))
        made = _Step(moves, asked, level, seed)
        labels: dict[str, object] = {"from": first, "to": second}
        for name, some in (("transition", made.transition()), ("states", made.states()),
                           ("transition_tests", made.tests())):  # fmt: skip
            rows[name] += [labels | row for row in some]
    return {name: pd.DataFrame(some) for name, some in rows.items()}


def _moves(survey: Survey, state: Ints, asked: StatesSpec, step: tuple[str | float, str | float]) -> Moves:
    """Persons who are in both waves with a state."""
    assert survey.panel is not None
    first, second = (_rows(survey, wave) for wave in step)
    place = {int(p): int(r) for p, r in zip(survey.panel[second], second, strict=True) if p >= 0 and state[r] >= 0}
    both = [int(r) for r in first if int(survey.panel[r]) in place and state[r] >= 0]
    before = np.asarray(both, dtype=np.intp)
    after = np.asarray([place[int(survey.panel[r])] for r in both], dtype=np.intp)
    weights = np.ones(len(before)) if survey.weights is None else survey.weights[before]
    stays, worth = (survey.aside[text][before] if text else None for text in (asked.retained, asked.value))
    return Moves(state[before], state[after], weights, stays, worth, len(asked.cuts) + 1)


@dataclass(frozen=True, eq=False)
class _Step:
    moves: Moves
    asked: StatesSpec
    level: float
    seed: int

    def _ends(self, number: Callable[[Moves], Floats]) -> tuple[Floats, Floats, Floats, Floats]:
        """A number with its error and the percentiles of bootstrap samples of persons, NaN samples left out."""
        random = np.random.Generator(np.random.Philox(key=[self.seed, 0x53544154]))  # "STAT": a stream of its own
        n = len(self.moves.before)
        draws = np.stack([number(self.moves.drawn(random.integers(0, n, n))) for _ in range(SAMPLES)])
        known = np.isfinite(draws).sum(axis=0) > SAMPLES / 2
        filled = np.where(known, draws, 0.0)
        tail = (1 - self.level) / 2
        low, high = np.nanquantile(filled, [tail, 1 - tail], axis=0)
        se = np.nanstd(filled, axis=0, ddof=1)
        blank = np.full(known.shape, np.nan)
        parts = [np.where(known, part, blank) for part in (se, low, high)]
        return number(self.moves), parts[0], parts[1], parts[2]

    def transition(self) -> Iterator[dict[str, object]]:
        """One row for every two states."""
        counts = self.moves.counts
        share, se, low, high = self._ends(lambda m: m.matrix)
        names = self.asked.labels
        for a in range(self.moves.states):
            for b in range(self.moves.states):
                row: dict[str, object] = {"state": names[a], "next_state": names[b], "persons": counts[a, b]}
                yield row | {"share": share[a, b], "se": se[a, b], "low": low[a, b], "high": high[a, b]}

    def states(self) -> Iterator[dict[str, object]]:
        """One row for every state."""
        m, asked = self.moves, self.asked
        counts = m.counts
        before, after = counts.sum(axis=1) / counts.sum(), counts.sum(axis=0) / counts.sum()
        ahead = next_shares(after, m.matrix)
        fixed, _, low, high = self._ends(lambda d: stationary_shares(d.matrix))
        kept = m.mean(m.stays)
        waves, worth = _kept(m, asked)
        if m.stays is not None:
            _, _, waves_low, waves_high = self._ends(lambda d: _kept(d, asked)[0])
        else:
            waves_low = waves_high = np.full(m.states, np.nan)
        mean = m.mean(m.worth)
        for k, name in enumerate(asked.labels):
            row: dict[str, object] = {"state": name, "share_before": before[k], "share_after": after[k]}
            row |= {"share_next": ahead[k], "stationary": fixed[k], "stationary_low": low[k]}
            row |= {"stationary_high": high[k], "retained": kept[k], "expected_waves": waves[k]}
            row |= {"expected_waves_low": waves_low[k], "expected_waves_high": waves_high[k]}
            yield row | {"value": mean[k], "lifetime_value": worth[k]}

    def tests(self) -> Iterator[dict[str, object]]:
        """Mobility, what is left of a disturbance after a wave, and whether the shares changed (unweighted)."""
        m = self.moves
        plain = transition_counts(m.before, m.after, m.states)
        test = stuart_maxwell(plain)
        moved, se, low, high = self._ends(lambda d: np.atleast_1d(mobility(d.matrix)))
        matrix = m.matrix
        left = float(second_eigenvalue(matrix)) if np.isfinite(matrix).all() else np.nan
        row: dict[str, object] = {"persons": len(m.before), "mobility": moved[0], "se": se[0], "low": low[0]}
        row |= {"high": high[0], "second_eigenvalue": left}
        yield row | {"chi2": float(test.chi2), "df": float(test.df), "p": float(test.p)}


def _kept(m: Moves, asked: StatesSpec) -> tuple[Floats, Floats]:
    """Waves that customers of each state are expected to stay, and what they are worth over these."""
    if m.stays is None:
        return np.full(m.states, np.nan), np.full(m.states, np.nan)
    kept = m.mean(m.stays)[:, None] * m.matrix
    worth = m.mean(m.worth)
    value = np.full(m.states, np.nan) if m.worth is None else customer_value(kept, worth, asked.discount)
    return expected_waves(kept), value


def state_notes(survey: Survey, asked: StatesSpec) -> list[Message]:
    """How many persons a step rests on."""
    out = []
    for first, second in pairwise(survey.waves):
        assert survey.panel is not None
        one, two = ({int(p) for p in survey.panel[_rows(survey, w)] if p >= 0} for w in (first, second))
        text = "states of {construct} from {before} to {after}: {n} persons who answered in both"
        ends = {"before": str(first), "after": str(second)}
        out.append(Message(text, construct=asked.construct, n=len(one & two), **ends))
    return out
