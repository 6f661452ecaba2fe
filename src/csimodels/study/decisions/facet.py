"""Methods of a result that answer what to decide by (docs/decisions.md)."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.errors import DataError, Problem, SpecError
from csimodels.messages import Message
from csimodels.rollup.comparisons import Comparing
from csimodels.spec import Model
from csimodels.study.decisions.tables import benchmark_table
from csimodels.study.desk import Desk

TrendTable = Literal["trend", "tests", "parts", "sectors"]


@plain_methods
class Deciding:
    """Who leads, what changed (docs/decisions.md)."""

    comparing: Comparing
    desk: Desk
    model: Model

    def benchmark(self, *, unit: str | None = None, competitor: str | None = None) -> pd.DataFrame:
        """Every unit against the best other, the mean of the others and a competitor (docs/decisions.md#benchmark).

        Parameters
        ----------
        unit : str, optional
            Group column of the units; that of the spec, else the first, by default.  Waves and all other group columns
            set leagues apart.
        competitor : str, optional
            A unit by name; that of the spec by default.

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

        Raises
        ------
        SpecError
            The spec asks for no trend, or the table is unknown.
        """
        names = {"trend": "trend", "tests": "trend_tests", "parts": "change_parts", "sectors": "change_sectors"}
        if table not in names or of not in (None, "groups", "all"):
            raise SpecError(Problem("unknown table of the trend", "trend", repr(table)[:100], ", ".join(names)))
        known, name = self.desk.tables(), names[table]
        shown = f"wave_{name}" if of != "groups" and f"wave_{name}" in known else name
        if shown not in known:
            what = Message("the spec asks for no {name}", name=name)
            raise SpecError(Problem(what, "trend", remedy=Message("add {remedy} to the spec", remedy="trend: true")))
        return known[shown]

    def _from_estimates(self, name: str, spec: str) -> None:
        """Refuse what only a result with its estimates can make."""
        if self.comparing.stored or self.desk.stored:
            what = "a result loaded from a folder holds its finished tables only"
            remedy = Message("write {spec} into the spec, or run the study again", spec=spec)
            raise DataError(Problem(what, name, remedy=remedy))
