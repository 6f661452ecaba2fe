"""What a result says beside the model: simple indices, targets, answers, what-if (docs/desk.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.desk.targets import Meaning
from csimodels.errors import DataError, Problem, SpecError
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.rollup.comparisons import Comparing
from csimodels.spec import Model
from csimodels.study.desk import Desk, WhatIf, check_changes, desk_of
from csimodels.study.desk.part import Answers
from csimodels.study.desk.what_if import MEANINGS
from csimodels.study.facets import check_since
from csimodels.study.unasked import estimate_groups
from csimodels.survey import Survey
from csimodels.tables import Estimates

if TYPE_CHECKING:
    from csimodels.study.result import Result


SimpleTable = Literal["values", "ranks", "differences", "changes", "wave_changes", "rollup"]
#: Tables of simple indices, by what they are called in :meth:`Desked.indices`.
SIMPLE_TABLES = {
    "values": "indices",
    "ranks": "simple_ranks",
    "differences": "simple_differences",
    "changes": "simple_changes",
    "wave_changes": "wave_simple_changes",
    "rollup": "simple_rollup",
}


@plain_methods
class Desked:
    """What stands beside the model: simple indices, targets, answers (docs/desk.md)."""

    desk: Desk
    comparing: Comparing
    model: Model
    survey: Survey | None
    estimates: Estimates
    overall: Result | None

    def indices(self, table: SimpleTable = "values", *, since: Result | None = None) -> pd.DataFrame:
        """Simple indices beside the model's own: ``name, kind, value, se, low, high, n, status`` (docs/desk.md).

        Parameters
        ----------
        table : {"values", "ranks", "differences", "changes", "wave_changes", "rollup"}
            With groups also ranks, differences, changes between waves (of groups, of all respondents) and the roll-up,
            nodes of the hierarchy included, with the columns that the same tables of the constructs have.
        since : Result
            With ``"changes"``: since an earlier result, as independent samples, instead of between waves.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.

        Raises
        ------
        SpecError
            The spec asks for none, or the groups allow no such table.
        DataError
            `since` is given and one of the two was loaded from a folder: ``compare`` reads those.
        """
        if table not in SIMPLE_TABLES:
            raise SpecError(
                Problem("unknown table of simple indices", "indices", repr(table)[:100], ", ".join(SIMPLE_TABLES))
            )
        if since is not None:
            check_since(since)
            if table != "changes":
                raise SpecError(Problem("only changes are since an earlier result", "indices", table, "changes"))
            if self.survey is None or since.survey is None:
                what = "a result loaded from a folder holds its finished tables only"
                remedy = "two stored results: compare(load_result(a), load_result(b))"
                raise DataError(Problem(what, "indices", remedy=remedy))
            return self.comparing.by_simple_indices.changes(since.comparing)
        return self._of_desk(SIMPLE_TABLES[table], "indices: {NPS: {kind: nps, item: REC}}")

    def targets(self) -> pd.DataFrame:
        """Distance of indices from their targets, with the probability that each is reached (docs/desk.md).

        Raises
        ------
        SpecError
            The spec states no target.
        """
        return self._of_desk("targets", "targets: {Satisfaction: 80}")

    def target_drivers(self) -> pd.DataFrame:
        """The rise of one driver alone that goes with a target, in points of its own index (docs/desk.md).

        Raises
        ------
        SpecError
            The spec states no target.
        """
        return self._of_desk("target_drivers", "targets: {Satisfaction: 80}")

    def answers(self, *, levels: bool = False) -> pd.DataFrame:
        """How every question was answered, item by item and group by group (docs/desk.md).

        Parameters
        ----------
        levels : bool
            The share of every answer instead, one row for each.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.

        Raises
        ------
        DataError
            The result was loaded from a folder and holds no such table.
        """
        name = "answer_levels" if levels else "answers"
        known = self.desk.tables()
        if name in known:
            return known[name]
        if self.survey is None:
            what = "a result loaded from a folder carries no respondents"
            remedy = "write report: {answers: true} into the spec, or run the study again"
            raise DataError(Problem(what, "answers", remedy=remedy))
        desk = desk_of(self.model, self.survey, answers=True)
        alone = replace(desk, parts=desk.parts[-1:])
        outcome = estimate_groups(self.model, self.survey, extras=alone.extras)
        return replace(alone, made=outcome.extra).tables()[name]

    def what_if(self, changes: Mapping[str, float] | None = None, *, meaning: Meaning | None = None) -> pd.DataFrame:
        """What follows if constructs change: ``meaning, construct, index, change, se, low, high, after, status``.

        With groups, of every group; ``result.whole.what_if(...)`` is of all respondents together (docs/desk.md).

        Parameters
        ----------
        changes : mapping
            Points of the 0-100 index by construct, ``{"Quality": 2, "Value": 2}``; those of the spec by default.
        meaning : {"levels", "shocks"} or None
            ``"levels"``: the constructs are set, and paths into them no longer count; ``"shocks"``: the points are
            added and everything follows; by default ``"levels"`` for `changes`, and both for those of the spec.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.

        Raises
        ------
        SpecError
            A construct or meaning is unknown, a change is no number of points, or the spec states none.
        DataError
            The result was loaded from a folder and carries no respondents.
        """
        if meaning not in (None, *MEANINGS):
            raise SpecError(
                Problem("unknown meaning of a what-if", "what_if", repr(meaning)[:100], ", ".join(MEANINGS))
            )
        if changes is None:
            table = self._of_desk("what_if", "what_if: {Quality: 2}")
            return table if meaning is None else table[table["meaning"] == meaning].reset_index(drop=True)
        problems = check_changes(changes, self.model.construct_names)
        if problems:
            raise SpecError(problems)
        if self.survey is None:
            what = "a result loaded from a folder carries no respondents"
            remedy = "write what_if: {Quality: 2} into the spec, or run the study again"
            raise DataError(Problem(what, "what_if", remedy=remedy))
        stated = tuple((name, float(points)) for name, points in changes.items())
        part = WhatIf(stated, self.estimates.layout, Answers.of(self.survey))
        model, parent = self._index_weights()
        outcome = estimate_groups(model, self.survey, parent=parent, extras=part.extras())
        desk = Desk((part,), self.survey.by, self.model.uncertainty.level, outcome.extra)
        table = desk.tables()["what_if"]
        return table[table["meaning"] == (meaning or "levels")].reset_index(drop=True)

    def _index_weights(self) -> tuple[Model, Floats | None]:
        """The model as this result was estimated, and the weights of all respondents that pooled indices take."""
        if self.overall is None:
            own = "own" if self.model.index.weights == "pooled" and not self.estimates.by else self.model.index.weights
            return replace(self.model, index=replace(self.model.index, weights=own)), None
        whole = self.overall.estimates
        shares = whole.value[0, whole.layout.blocks["weight_unstd"]]
        return self.model, shares / (whole.layout.high - whole.layout.low)

    def desk_tables(self) -> dict[str, pd.DataFrame]:
        """Every table beside the model by name, comparisons of simple indices included."""
        return self.desk.tables() | self.comparing.by_simple_indices.tables()

    def _of_desk(self, name: str, remedy: str) -> pd.DataFrame:
        known = self.desk_tables()
        if name not in known:
            what = Message("the spec asks for no {name}", name=name)
            add = Message("add {remedy} to the spec", remedy=remedy)
            if name == "indices":
                add = Message("the indices of constructs are in index(); for others {remedy}", remedy=add)
            raise SpecError(Problem(what, name, remedy=add))
        return known[name]
