"""Methods of a result that answer what to decide by (docs/decisions.md)."""

from __future__ import annotations

import pandas as pd

from csimodels.errors import DataError, Problem
from csimodels.messages import Message
from csimodels.rollup.comparisons import Comparing
from csimodels.spec import Model
from csimodels.study.decisions.tables import benchmark_table
from csimodels.study.desk import Desk


class Deciding:
    """Who leads (docs/decisions.md)."""

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

    def _from_estimates(self, name: str, spec: str) -> None:
        """Refuse what only a result with its estimates can make."""
        if self.comparing.stored or self.desk.stored:
            what = "a result loaded from a folder holds its finished tables only"
            remedy = Message("write {spec} into the spec, or run the study again", spec=spec)
            raise DataError(Problem(what, name, remedy=remedy))
