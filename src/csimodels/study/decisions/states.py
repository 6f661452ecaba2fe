"""How persons of a panel move between states of a score from wave to wave (docs/decisions.md#states)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.transition import second_eigenvalue, stuart_maxwell
from csimodels.errors import DataError, Problem, SpecError
from csimodels.messages import N_, Construct, Message, Value
from csimodels.moments.linalg import Floats
from csimodels.spec.decisions import StatesSpec
from csimodels.spec.model import plain_text
from csimodels.study.decisions.moves import Moves, Pairs, drawn_as
from csimodels.study.decisions.moves_spread import DRAWN, spread
from csimodels.survey import Survey
from csimodels.tables.vocabulary import PERSONS_OF_MOVES

Ints = NDArray[np.intp]
#: Numbers of the table ``states`` that are there for every state.
_OF_STATES = ("retained", "expected_waves", "value", "lifetime_value")
_SHARES = {"share_before": "before", "share_after": "after", "share_next": "ahead", "stationary": "stationary"}


@dataclass(frozen=True, eq=False)
class Step:
    """Persons of one unit (all of them where `labels` is empty) in two neighbouring waves."""

    labels: Mapping[str, object]
    waves: tuple[str | float, str | float]
    pairs: Pairs


def check_states(asked: StatesSpec, survey: Survey) -> None:
    """Refuse cross-sections, waves without a common person, and persons who are nowhere in the same group twice.

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
        if not len(_together(survey, (first, second)).before):
            remedy = "ask the same persons again; two cross-sections show shares of states, not moves between them"
            where = f"states, {first} - {second}"
            problems.append(Problem("no person is in both waves", where, Message("0 in both"), N_("a panel"), remedy))
    if problems:
        raise DataError(problems)


def _rows(survey: Survey, wave: str | float) -> Ints:
    """Rows of a wave."""
    place = survey.by.index(survey.wave or "")
    mine = np.asarray([key[place] == wave for key in survey.group_keys])
    return np.flatnonzero(mine[survey.group])


def _together(survey: Survey, waves: tuple[str | float, str | float]) -> Pairs:
    assert survey.panel is not None
    return Pairs.of(survey.panel, _rows(survey, waves[0]), _rows(survey, waves[1]))


def _steps(survey: Survey, of_groups: bool) -> Iterator[Step]:
    """Every step from wave to wave, of all persons together or of those who stand in the same group in both waves."""
    assert survey.panel is not None
    place = survey.by.index(survey.wave or "")
    rest = [name for name in survey.by if name != survey.wave]
    units: dict[tuple[object, ...], dict[object, int]] = {}
    for g, key in enumerate(survey.group_keys):
        units.setdefault((*key[:place], *key[place + 1 :]), {})[key[place]] = g
    for waves in pairwise(survey.waves):
        if not of_groups:
            yield Step({}, waves, _together(survey, waves))
            continue
        for unit, groups in units.items():
            if waves[0] in groups and waves[1] in groups:
                first, second = (np.flatnonzero(survey.group == groups[wave]) for wave in waves)
                yield Step(dict(zip(rest, unit, strict=True)), waves, Pairs.of(survey.panel, first, second))


def state_tables(
    survey: Survey, score: Floats, asked: StatesSpec, level: float | None
) -> tuple[dict[str, pd.DataFrame], list[Message]]:
    """Tables ``transition``, ``states`` and ``transition_tests`` of every step from wave to wave, and notes.

    With group columns beside the waves, those of the groups, and of all persons with the prefix ``wave_``.

    Parameters
    ----------
    survey : Survey
        With a panel and waves.
    score : (n,) array
        Scores, 0 to 100.
    level : float or None
        Of the intervals; None for none.
    """
    state = np.where(np.isnan(score), -1, np.digitize(score, asked.cuts)).astype(np.intp)
    tables: dict[str, pd.DataFrame] = {}
    notes: list[Message] = []
    grouped = len(survey.by) > 1
    for of_groups in (True, False) if grouped else (False,):
        prefix = "wave_" if grouped and not of_groups else ""
        if not of_groups and _twice(survey):
            text = "states of all persons together are left out: {n} stand in several groups of a wave"
            notes.append(Message(text, n=_twice(survey)))
            continue
        rows: dict[str, list[dict[str, object]]] = {"transition": [], "states": [], "transition_tests": []}
        persons = []
        for step in _steps(survey, of_groups):
            made = _Step(step, _moves(survey, state, asked, step.pairs), asked, level)
            if step.labels:
                persons.append(len(made.moves.before))
            else:
                notes.append(made.said(survey.wave or ""))
            for name, some in made.rows().items():
                rows[name] += some
        tables |= {prefix + name: pd.DataFrame(some) for name, some in rows.items() if some}
        if persons:
            notes.append(_answered_twice(Construct(asked.construct), min(persons), max(persons)))
    return tables, notes


def _answered_twice(construct: Construct, least: int, most: int) -> Message:
    """On how many persons the moves of the groups rest."""
    if least == most:
        return Message(PERSONS_OF_MOVES["groups"], construct=construct, n=least)
    return Message(PERSONS_OF_MOVES["unequal"], construct=construct, least=least, most=most)


def _twice(survey: Survey) -> int:
    """Persons who stand in a wave more than once, in several groups."""
    assert survey.panel is not None
    found = 0
    for wave in survey.waves:
        persons = survey.panel[_rows(survey, wave)]
        found += int((np.unique(persons[persons >= 0], return_counts=True)[1] > 1).sum())
    return found


def _moves(survey: Survey, state: Ints, asked: StatesSpec, pairs: Pairs) -> Moves:
    """Persons who have a state in both waves."""
    both = (state[pairs.before] >= 0) & (state[pairs.after] >= 0)
    before, after = pairs.before[both], pairs.after[both]
    weights = np.ones(len(before)) if survey.weights is None else survey.weights[before]
    stays, worth = (survey.aside[text][before] if text else None for text in (asked.retained, asked.value))
    drawn = drawn_as(survey, before)
    return Moves(state[before], state[after], weights, drawn, len(asked.cuts) + 1, stays, worth, asked.discount)


@dataclass(frozen=True, eq=False)
class _Step:
    step: Step
    moves: Moves
    asked: StatesSpec
    level: float | None

    def said(self, wave: str) -> Message:
        """How many persons the step rests on; `wave` is the column of the waves."""
        first, second = (Value(plain_text(name), wave) for name in self.step.waves)
        n, construct = len(self.moves.before), Construct(self.asked.construct)
        return Message(PERSONS_OF_MOVES["step"], construct=construct, before=first, after=second, n=n)

    def _ends(self, name: str) -> tuple[Floats, Floats]:
        """A number, and its error and limits."""
        return getattr(self.moves.sums, name), self._spread[name]

    @cached_property
    def _spread(self) -> dict[str, Floats]:
        """(3, ...) error and limits of every number; NaN without intervals."""
        if self.level is None:
            return {name: np.full((3, *getattr(self.moves.sums, name).shape), np.nan) for name in DRAWN}
        return spread(self.moves, self.level)

    def rows(self) -> dict[str, list[dict[str, object]]]:
        """Rows of every table; none where nobody answered in both waves."""
        if not len(self.moves.before):
            return {}
        labels = {**self.step.labels, "from": self.step.waves[0], "to": self.step.waves[1]}
        made = {"transition": self._transition(), "states": self._states(), "transition_tests": self._tests()}
        return {name: [labels | row for row in some] for name, some in made.items()}

    def _transition(self) -> Iterator[dict[str, object]]:
        """One row for every two states."""
        counts, names = self.moves.plain, self.asked.labels
        share, (se, low, high) = self._ends("matrix")
        for a in range(self.moves.states):
            for b in range(self.moves.states):
                row: dict[str, object] = {"state": names[a], "next_state": names[b], "persons": counts[a, b]}
                yield row | {"share": share[a, b], "se": se[a, b], "low": low[a, b], "high": high[a, b]}

    def _states(self) -> Iterator[dict[str, object]]:
        """One row for every state."""
        found = {name: self._ends(source) for name, source in _SHARES.items()}
        found |= {name: self._ends(name) for name in _OF_STATES}
        for k, state in enumerate(self.asked.labels):
            row: dict[str, object] = {"state": state}
            for name, (value, (_, low, high)) in found.items():
                row |= {name: value[k], f"{name}_low": low[k], f"{name}_high": high[k]}
            yield row

    def _tests(self) -> Iterator[dict[str, object]]:
        """Mobility, what is left of a disturbance after a wave, and whether the shares changed (unweighted)."""
        m = self.moves
        test = stuart_maxwell(m.plain)
        moved, (se, low, high) = self._ends("mobility")
        matrix = m.sums.matrix
        left = float(second_eigenvalue(matrix)) if np.isfinite(matrix).all() else np.nan
        row: dict[str, object] = {"persons": len(m.before), "mobility": moved[0], "se": se[0], "low": low[0]}
        row |= {"high": high[0], "second_eigenvalue": left}
        yield row | {"chi2": float(test.chi2), "df": float(test.df), "p": float(test.p)}
