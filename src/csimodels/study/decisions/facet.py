"""Methods of a result that answer what to decide by (docs/decisions.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.errors import DataError, Problem, SpecError, nearest
from csimodels.messages import Message
from csimodels.rollup.comparisons import Comparing
from csimodels.spec import Model
from csimodels.study.decisions.tables import benchmark_table
from csimodels.study.desk import Desk

if TYPE_CHECKING:
    from csimodels.study.result import Result

FocusTable = Literal["steps", "drivers", "concentration", "classes"]
BehaviourTable = Literal["terms", "at", "calibration"]
StatesTable = Literal["states", "transition", "tests"]
TrendTable = Literal["trend", "tests", "parts", "sectors"]


@plain_methods
class Deciding:
    """Who leads, what changed (docs/decisions.md)."""

    comparing: Comparing
    desk: Desk
    model: Model
    overall: Result | None

    def benchmark(self, *, unit: str | None = None, competitor: str | None = None) -> pd.DataFrame:
        """Every unit against the best other, the mean of the others and a competitor (docs/decisions.md#benchmark).

        Parameters
        ----------
        unit : str, optional
            Group column of the units; that of the spec, else the first, by default.  Waves and all other group columns
            set leagues apart.
        competitor : str, optional
            A unit by name; that of the spec by default.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.

        Raises
        ------
        SpecError
            There are no groups, or the column or competitor is not there.
        DataError
            The result was loaded from a folder and holds no such table.
        """
        known = self.desk.tables()
        if unit is None and competitor is None and "benchmark" in known:
            return known["benchmark"]
        self._from_estimates("benchmark", "benchmark: true")
        asked = self.model.decisions.benchmark
        chosen = unit or (asked.unit if asked else "")
        return benchmark_table(self.comparing, chosen, competitor or (asked.competitor if asked else ""))

    def trend(self, table: TrendTable = "trend", *, of: Literal["groups", "all"] | None = None) -> pd.DataFrame:
        """All waves together (docs/decisions.md#trend); the spec asks for it by ``trend: true``.

        Parameters
        ----------
        table : {"trend", "tests", "parts", "sectors"}
            Levels with changes, fixed weights and control limits; slope and homogeneity; changes split into answers and
            weights; the change of the top of a roll-up over its sectors.
        of : {"groups", "all"}, optional
            The groups, or all respondents together; all respondents where both are there.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.

        Raises
        ------
        SpecError
            The spec asks for no trend, or the table is unknown.
        """
        names = {"trend": "trend", "tests": "trend_tests", "parts": "change_parts", "sectors": "change_sectors"}
        _one_of("table", table, tuple(names))
        if of is not None:
            _one_of("of", of, ("groups", "all"))
        known, name = self.desk.tables(), names[table]
        shown = f"wave_{name}" if of != "groups" and f"wave_{name}" in known else name
        if shown not in known:
            what = Message("the spec asks for no {name}", name=name)
            raise SpecError(Problem(what, "trend", remedy=Message("add {remedy} to the spec", remedy="trend: true")))
        return known[shown]

    def driver_shares(self) -> pd.DataFrame:
        """What each driver contributes to R2: Shapley (LMG) values and relative weights (docs/decisions.md#drivers).

        Raises
        ------
        SpecError
            The spec does not ask for it by ``drivers: true``.
        """
        return self._asked_for("driver_shares", "drivers: true")

    def item_shares(self) -> pd.DataFrame:
        """The same for questions that explain the answer to one: ``drivers: {items: {SAT1: [QUA1, QUA2]}}``."""
        return self._asked_for("item_shares", "drivers: {items: {SAT1: [QUA1, QUA2]}}")

    def agreement(self) -> pd.DataFrame:
        """The assumed order of the drivers beside the one found: ``drivers: {assumed: [Quality, Value]}``."""
        return self._asked_for("agreement", "drivers: {assumed: [Quality, Value]}")

    def penalty_reward(self) -> pd.DataFrame:
        """What low and high answers do to an overall one (docs/decisions.md#drivers)."""
        return self._asked_for("penalty_reward", "penalty_reward: {SAT1: {items: [QUA1], low: 5, high: 9}}")

    def kano(self) -> pd.DataFrame:
        """Kano categories of pairs of questions (docs/decisions.md#drivers)."""
        return self._asked_for("kano", "kano: {Feature: {functional: K1, dysfunctional: K2}}")

    def focus(self, table: FocusTable = "steps") -> pd.DataFrame:
        """Nested subsets of respondents: size, value, index, drivers; concentration of value; classes
        (docs/decisions.md#focus).  With groups, of all respondents together (``result.whole``).

        Parameters
        ----------
        table : {"steps", "drivers", "concentration", "classes"}
            Steps with size, value and index; their drivers; concentration of the value; classes by two axes.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.

        Raises
        ------
        SpecError
            The spec asks for no such table, or it is unknown.
        """
        names = {"steps": "focus", "drivers": "focus_drivers", "concentration": "concentration",
                 "classes": "focus_classes"}  # fmt: skip
        _one_of("table", table, tuple(names))
        whole: Deciding = self if self.overall is None else self.overall
        return whole._asked_for(names[table], 'focus: {valued: "profit > 0", value: profit}')

    def behaviour(self, table: BehaviourTable = "terms") -> pd.DataFrame:
        """What follows from scores: odds or spend, by group (docs/decisions.md#behaviour).

        Parameters
        ----------
        table : {"terms", "at", "calibration"}
            Coefficients with the ratio for 10 points more and AUC; predictions at levels of the scores; predicted and
            observed means in tenths of the predictions.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.

        Raises
        ------
        SpecError
            The spec asks for none, or the table is unknown.
        """
        names = {"terms": "behaviour", "at": "behaviour_at", "calibration": "behaviour_calibration"}
        _one_of("table", table, tuple(names))
        return self._asked_for(names[table], 'behaviour: {retained: {outcome: "stay == 1"}}')

    def states(self, table: StatesTable = "states", *, of: Literal["groups", "all"] | None = None) -> pd.DataFrame:
        """Moves of the persons of a panel between states of a score (docs/decisions.md#states).

        Parameters
        ----------
        table : {"states", "transition", "tests"}
            Shares, stationary shares, retention and value of every state; shares of each state by where its persons
            went; mobility and the test of equal margins.
        of : {"groups", "all"}, optional
            Persons who stood in the same group in both waves, or all persons together; all where both are there.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.

        Raises
        ------
        SpecError
            The spec asks for none, or the table is unknown.
        """
        names = {"states": "states", "transition": "transition", "tests": "transition_tests"}
        _one_of("table", table, tuple(names))
        if of is not None:
            _one_of("of", of, ("groups", "all"))
        of_all = f"wave_{names[table]}"
        chosen = of_all if of != "groups" and of_all in self.desk.tables() else names[table]
        return self._asked_for(chosen, "states: {cuts: [60, 80]}")

    def lead_quadrants(self) -> pd.DataFrame:
        """Drivers of the index by importance and lead over the best other (docs/decisions.md#benchmark).

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.

        Raises
        ------
        SpecError
            The spec asks for no benchmark, or nothing leads to the index.
        """
        return self._asked_for("lead_quadrants", "benchmark: true")

    def fuzzy(self) -> pd.DataFrame:
        """Fuzzy comprehensive evaluation of every construct (docs/decisions.md#fuzzy-evaluation)."""
        return self._asked_for("fuzzy", "fuzzy: true")

    def _asked_for(self, name: str, spec: str) -> pd.DataFrame:
        known = self.desk.tables()
        if name not in known:
            what = Message("the spec asks for no {name}", name=name)
            raise SpecError(Problem(what, name, remedy=Message("add {remedy} to the spec", remedy=spec)))
        return known[name]

    def _from_estimates(self, name: str, spec: str) -> None:
        """Refuse what only a result with its estimates can make."""
        if self.comparing.stored or self.desk.stored:
            what = "a result loaded from a folder holds its finished tables only"
            remedy = Message("write {spec} into the spec, or run the study again", spec=spec)
            raise DataError(Problem(what, name, remedy=remedy))


def _one_of(option: str, value: object, allowed: tuple[str, ...]) -> None:
    """Refuse a value that the option does not have."""
    if value not in allowed:
        what = Message("{option} has no such choice", option=option)
        raise SpecError(Problem(what, option, repr(value)[:100], ", ".join(allowed), nearest(value, allowed)))
