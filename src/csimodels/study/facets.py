"""Parts of a result that only some studies have: groups to compare, covariance structures, numbers beside the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.desk.targets import Meaning
from csimodels.errors import DataError, Problem, SpecError
from csimodels.estimate.ml.factor_scores import Method
from csimodels.infer.multiple import Adjust
from csimodels.messages import N_, Message
from csimodels.moments.linalg import Floats
from csimodels.rollup.comparisons import Comparing
from csimodels.spec import Model
from csimodels.study.covariance import Structures
from csimodels.study.desk import Desk, WhatIf, check_changes, desk_of
from csimodels.study.desk.what_if import MEANINGS
from csimodels.study.unasked import estimate_groups
from csimodels.survey import Survey
from csimodels.survey.scale.refused import refuse_sums
from csimodels.tables import Estimates
from csimodels.tables.covariance import LEAST_INDEX

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
class Grouped:
    """Roll-up, ranks, differences and changes of a result with groups (docs/rollup.md)."""

    comparing: Comparing
    model: Model

    def rollup(self) -> pd.DataFrame:
        """Indices carried up the levels of the roll-up: one row per unit and construct, companies included.

        Columns: waves, ``level, unit, parent, construct, index, se, low, high, n, members, weight_share, covered,
        method, status``; see docs/rollup.md.

        Raises
        ------
        SpecError
            The model has no ``rollup``.
        """
        return self.comparing.rollup()

    def rollup_drivers(self, target: str | None = None) -> pd.DataFrame:
        """Drivers of `target` as weighted means over the companies of every unit: importance, impact, performance."""
        return self.comparing.rollup_drivers(target or self.model.index.construct)

    def ranks(
        self, construct: str | None = None, *, of: str | None = None, within: str | None = None, joint: bool = False
    ) -> pd.DataFrame:
        """Ranks of the groups with their intervals: ``index, rank, rank_low, rank_high, among, p_first, p_top3``.

        Parameters
        ----------
        construct : the index construct by default.
        of, within : level that is ranked (the lowest by default), and a level above it to rank within.
        joint : intervals that hold for all units at the same time, for a league table.
        """
        return self.comparing.ranks(construct, of, within, joint)

    def best_quarter(self) -> pd.DataFrame:
        """The level that the best quarter of the groups reach, for every construct (and wave).

        Columns: waves, ``construct, index, se, low, high, among, status``; where lower is better, the quarter stays at
        or under ``index``.  Empty with fewer than four groups in every wave.  The interval allows for the choice of the
        group that stands there (docs/rollup.md#the-best-quarter).

        Raises
        ------
        SpecError
            There are no groups.
        """
        return self.comparing.best_quarter()

    def differences(
        self,
        construct: str | None = None,
        *,
        against: str | None = None,
        of: str | None = None,
        within: str | None = None,
        adjust: Adjust | None = None,
    ) -> pd.DataFrame:
        """Differences between groups: ``difference, se, df, low, high, p, p_adj, different``.

        Parameters
        ----------
        against : ``"parent"`` (default of a roll-up), ``"others"`` (default without; also ``"mean"``), ``"best"`` of
            the others, ``"pairs"`` or a unit's name.
        of, within : as for :meth:`ranks`.
        adjust : ``"holm"``, ``"bh"`` (Benjamini-Hochberg) or ``"none"``; the spec's by default.
        """
        return self.comparing.differences(construct, against, of, within, adjust)

    def changes(
        self, by: str | None = None, *, since: Result | None = None, adjust: Adjust | None = None
    ) -> pd.DataFrame:
        """Changes of every index between the waves of a group column (``by="year"``), or `since` an earlier result.

        Columns: units, ``construct, before, after, change, se, df, low, high, p, p_adj, different, status``.
        """
        if since is not None and not isinstance(since, Grouped):
            remedy = "pass the earlier result itself; for stored results: compare(load_result(...), load_result(...))"
            raise SpecError(Problem("since is no result", "changes", type(since).__name__, "Result", remedy))
        return self.comparing.changes(by, None if since is None else since.comparing, adjust)


@plain_methods
class Structured:
    """Parameters, fit and diagnostics of a result of a covariance structure (docs/ml.md).

    Every method raises `SpecError` for a result of PLS or PLSc, which has no such thing.
    """

    structures: Structures

    def parameters(self) -> pd.DataFrame:
        """Every parameter with lavaan's names: ``lhs, op, rhs, est, se, z, p, std_lv, std_all``, see
        :func:`csimodels.tables.covariance.parameters`."""
        return self.structures.table("parameters")

    def fit_measures(self) -> pd.DataFrame:
        """Chi-square, CFI, TLI, RMSEA with interval, SRMR, information criteria: ``measure, value, status``."""
        return self.structures.table("fit_measures")

    def modification_indices(self, least: float = LEAST_INDEX) -> pd.DataFrame:
        """Expected fall of chi-square and expected value of every parameter that is not free, the largest first."""
        return self.structures.modification_indices(least)

    def model_effects(self) -> pd.DataFrame:
        """Direct, indirect and total effects among constructs with delta-method errors."""
        return self.structures.table("model_effects")

    def model_residuals(self) -> pd.DataFrame:
        """Sample less implied covariances: ``item, other, raw, cor, z``."""
        return self.structures.table("model_residuals")

    def explained(self) -> pd.DataFrame:
        """Explained variance of items and constructs with errors."""
        return self.structures.table("explained")

    def bollen_stine(self, replicates: int = 1000, seed: int = 1) -> pd.DataFrame:
        """Bollen-Stine bootstrap of chi-square: ``chisq, p, asked, kept``; for complete, unweighted rows."""
        return self.structures.bollen_stine(replicates, seed)

    def factor_scores(self, method: Method = "regression") -> pd.DataFrame:
        """Factor scores of every respondent on the scale of the markers: ``row``, group columns, one per construct.

        Parameters
        ----------
        method : ``"regression"`` (least mean square error) or ``"bartlett"`` (unbiased).

        Raises
        ------
        DataError
            The result was loaded from a folder and carries no rows.
        """
        return self.structures.factor_scores(method)


@plain_methods
class Desked:
    """What stands beside the model: simple indices, targets, answers (docs/desk.md)."""

    desk: Desk
    comparing: Comparing
    model: Model
    survey: Survey | None
    estimates: Estimates
    overall: Result | None

    def indices(self, table: SimpleTable = "values") -> pd.DataFrame:
        """Simple indices beside the model's own: ``name, kind, value, se, low, high, n, status`` (docs/desk.md).

        Parameters
        ----------
        table : {"values", "ranks", "differences", "changes", "wave_changes", "rollup"}
            With groups also ranks, differences, changes between waves (of groups, of all respondents) and the roll-up,
            nodes of the hierarchy included, with the columns that the same tables of the constructs have.

        Raises
        ------
        SpecError
            The spec asks for none, or the groups allow no such table.
        """
        if table not in SIMPLE_TABLES:
            raise SpecError(
                Problem("unknown table of simple indices", "indices", repr(table)[:100], ", ".join(SIMPLE_TABLES))
            )
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
        refuse_sums(self.survey, N_("the table of answers"))
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
        refuse_sums(self.survey, N_("a what-if"))
        stated = tuple((name, float(points)) for name, points in changes.items())
        part = WhatIf(stated, self.estimates.layout, self.survey.n)
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
        return self.desk.tables() | self.comparing.simple_tables()

    def _of_desk(self, name: str, remedy: str) -> pd.DataFrame:
        known = self.desk_tables()
        if name not in known:
            raise SpecError(
                Problem(
                    Message("the spec asks for no {name}", name=name),
                    name,
                    remedy=Message("add {remedy} to the spec", remedy=remedy),
                )
            )
        return known[name]
