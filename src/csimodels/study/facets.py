"""Parts of a result that only some studies have: groups to compare, covariance structures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.errors import Problem, SpecError
from csimodels.estimate.ml.factor_scores import Method
from csimodels.infer.multiple import Adjust
from csimodels.rollup.comparisons import Comparing
from csimodels.spec import Model
from csimodels.study.covariance import Structures
from csimodels.tables.covariance import LEAST_INDEX

if TYPE_CHECKING:
    from csimodels.study.result import Result


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
        """Drivers of `target` as weighted means over the companies of every unit: importance, impact, performance.

        Parameters
        ----------
        target : str, optional
            A construct; the index construct where left out.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.
        """
        return self.comparing.rollup_drivers(target or self.model.index.construct)

    def ranks(
        self, construct: str | None = None, *, of: str | None = None, within: str | None = None, joint: bool = False
    ) -> pd.DataFrame:
        """Ranks of the groups with their intervals: ``index, rank, rank_low, rank_high, among, p_first, p_top3``.

        Parameters
        ----------
        construct : str, optional
            A construct, simple index or node; the index construct where left out.
        of : str, optional
            Level that is ranked; the lowest where left out.
        within : str, optional
            A level above it, within which is ranked.
        joint : bool
            Intervals that hold for all units at the same time, for a league table.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.
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
        construct : str, optional
            A construct, simple index or node; the index construct where left out.
        against : str, optional
            ``"parent"`` (default of a roll-up), ``"others"`` (default without; also ``"mean"``), ``"best"`` of the
            others, ``"pairs"`` or a unit's name.
        of : str, optional
            Level that is compared; the lowest where left out.
        within : str, optional
            A level above it, within which is compared.
        adjust : {"holm", "bh", "none"}, optional
            Correction for several comparisons; the spec's where left out.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.
        """
        return self.comparing.differences(construct, against, of, within, adjust)

    def changes(
        self, by: str | None = None, *, since: Result | None = None, adjust: Adjust | None = None
    ) -> pd.DataFrame:
        """Changes of every index between the waves of a group column (``by="year"``), or `since` an earlier result.

        Columns: units, ``construct, before, after, change, se, df, low, high, p, p_adj, different, status``.  Those of
        simple indices and nodes of the hierarchy: ``indices("changes", since=earlier)``.

        Parameters
        ----------
        by : str, optional
            Group column of the waves; that of the spec where left out.
        since : Result, optional
            An earlier result, as an independent sample.
        adjust : {"holm", "bh", "none"}, optional
            Correction for several comparisons; the spec's where left out.

        Returns
        -------
        pandas.DataFrame
            Units, ``construct, before, after, change, se, df, low, high, p, p_adj, different, status``.
        """
        check_since(since)
        return self.comparing.changes(by, None if since is None else since.comparing, adjust)

    def path_differences(
        self,
        path: str | None = None,
        *,
        against: str | None = None,
        of: str | None = None,
        within: str | None = None,
        adjust: Adjust | None = None,
    ) -> pd.DataFrame:
        """Differences of path coefficients between groups, with intervals.

        Variances of separate samples are added; groups that share respondents of a panel or clusters have the
        covariance of their influences taken off (docs/rollup.md).  By permutation: :meth:`multigroup`.

        Parameters
        ----------
        path : str, optional
            One path as ``"Quality -> Satisfaction"``; all of them where left out.
        against : str, optional
            ``"parent"`` (default of a roll-up), ``"pairs"`` (default of two groups), ``"others"`` (default else) or a
            unit's name.
        of : str, optional
            Level that is compared; the lowest where left out.
        within : str, optional
            A level above it, within which is compared.
        adjust : {"holm", "bh", "none"}, optional
            Correction for the rows of a wave, all paths together; the spec's where left out.

        Returns
        -------
        pandas.DataFrame
            Units, ``against, source, target, difference, se, df, low, high, p, p_adj, different, status``.
        """
        return self.comparing.by_paths.differences(path, against, of, within, adjust)

    def path_changes(
        self,
        path: str | None = None,
        *,
        by: str | None = None,
        since: Result | None = None,
        adjust: Adjust | None = None,
    ) -> pd.DataFrame:
        """Changes of path coefficients between the waves of a group column, or `since` an earlier result.

        Parameters
        ----------
        path : str, optional
            One path as ``"Quality -> Satisfaction"``; all of them where left out.
        by : str, optional
            Group column of the waves; that of the spec where left out.
        since : Result, optional
            An earlier result, as an independent sample.
        adjust : {"holm", "bh", "none"}, optional
            Correction for the rows, all paths together; the spec's where left out.

        Returns
        -------
        pandas.DataFrame
            Units, ``source, target, before, after, change, se, df, low, high, p, p_adj, different, status``.
        """
        check_since(since)
        return self.comparing.by_paths.changes(path, by, None if since is None else since.comparing, adjust)


def check_since(since: object) -> None:
    """Refuse what is no earlier result."""
    if since is not None and not isinstance(since, Grouped):
        remedy = "pass the earlier result itself; for stored results: compare(load_result(...), load_result(...))"
        raise SpecError(Problem("since is no result", "changes", type(since).__name__, "Result", remedy))


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
        """Expected fall of chi-square and expected value of every parameter that is not free, the largest first.

        Parameters
        ----------
        least : float
            Smallest fall of chi-square that is shown; 6.63: 1 % of one degree of freedom.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.
        """
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
        """Bollen-Stine bootstrap of chi-square: ``chisq, p, asked, kept``; for complete, unweighted rows.

        Parameters
        ----------
        replicates : int
            Bootstrap replicates.
        seed : int
            Where the random numbers come from: the same seed, the same numbers.

        Returns
        -------
        pandas.DataFrame
            ``chisq, p, asked, kept``.
        """
        return self.structures.bollen_stine(replicates, seed)

    def factor_scores(self, method: Method = "regression") -> pd.DataFrame:
        """Factor scores of every respondent on the scale of the markers: ``row``, group columns, one per construct.

        Parameters
        ----------
        method : {"regression", "bartlett"}
            ``"regression"`` (least mean square error) or ``"bartlett"`` (unbiased).

        Returns
        -------
        pandas.DataFrame
            ``row``, group columns, one column per construct.

        Raises
        ------
        DataError
            The result was loaded from a folder and carries no rows.
        """
        return self.structures.factor_scores(method)
