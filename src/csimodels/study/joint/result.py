"""One covariance structure of several groups, as its users hold it: tables of every group, and a folder to publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.errors import Problem, SpecError, is_real
from csimodels.estimate.ml.analysis import Analysis
from csimodels.estimate.ml.invariance import LatentMeans, latent_means
from csimodels.moments import Key
from csimodels.study.joint.data import means_table, with_groups
from csimodels.study.joint.folder import Joint
from csimodels.study.joint.origin import Origin
from csimodels.study.table_html import table_html
from csimodels.tables import covariance, covariance_groups


@plain_methods
@dataclass(frozen=True, eq=False)
class GroupFit(Joint):
    """One covariance structure of several groups.

    Attributes
    ----------
    analysis : Analysis
        The fit.
    by : tuple of str
        Group columns.
    keys : tuple
        The groups, the first of which is the reference.
    n : tuple of int
        Rows of each.
    level : float
        Confidence level of the intervals.
    notes : tuple of str
        What makes the fit doubtful.
    origin : Origin
        Model, options and facts of the fit.
    """

    kind: ClassVar[str] = "groups"

    analysis: Analysis
    by: tuple[str, ...]
    keys: tuple[Key, ...]
    n: tuple[int, ...]
    level: float
    notes: tuple[str, ...]
    origin: Origin

    def parameters(self) -> pd.DataFrame:
        """Every parameter of every group: group columns, then the columns of :meth:`csimodels.Result.parameters`.

        Functions of labels (`defined`) and constraints are of no single group; their group columns are empty.

        Returns
        -------
        DataFrame
            Columns as above.
        """
        defined = self.origin.model.defined
        table = covariance.parameters((((), self.analysis),), (), self.level, defined)
        groups = [row.group for row in self.analysis.solution.structure.table.rows]
        return self._with_groups(table, [*groups, *(None for _ in range(len(table) - len(groups)))])

    def fit_measures(self) -> pd.DataFrame:
        """Fit of all groups together: ``measure, value, status``, by lavaan's names.

        Returns
        -------
        DataFrame
            Columns as above.
        """
        return covariance.fit_measures((((), self.analysis),), ())

    def latent_means(self) -> pd.DataFrame:
        """Means of the constructs on the scale of their markers: group columns, ``construct, mean, se, z, p``.

        They are 0 unless intercepts are held equal or a statement frees them (``Image ~1``).

        Returns
        -------
        DataFrame
            Columns as above.

        Raises
        ------
        SpecError
            Ordered answers, which have thresholds in the place of means.
        """
        if not self._has_means:
            what = "ordered answers have thresholds in the place of means"
            raise SpecError(Problem(what, "latent_means", "dwls", "ml, gls, uls"))
        found: LatentMeans = latent_means(self.analysis.solution, self.analysis.vcov.cov)
        return self._with_groups(*means_table(found))

    def modification_indices(self, least: float = covariance.LEAST_INDEX) -> pd.DataFrame:
        """What would improve the fit most: group columns, ``lhs, op, rhs, mi, epc, sepc_lv, sepc_all, released``.

        ``released``: the parameter is held equal to others, and the index is that of letting it go its own way
        (lavaan's ``lavTestScore``).  Complete answers under ``ml`` and ``gls`` only, as for a single group.

        Parameters
        ----------
        least : float
            Indices below it are left out.

        Returns
        -------
        DataFrame
            Columns as above, and ``status``; the largest first.
        """
        if not is_real(least):
            raise SpecError(Problem("the least index must be a number", "least", repr(least), remedy="0 shows all"))
        return self._with_groups(*covariance_groups.modification_indices(self.analysis, least))

    def model_residuals(self) -> pd.DataFrame:
        """Sample less implied moments of every group: group columns, ``item, other, raw, cor, z, status``.

        Rows whose `other` is empty are residuals of means; their ``cor`` is in standard deviations of the answers.

        Returns
        -------
        DataFrame
            Columns as above.
        """
        return self._with_groups(*covariance_groups.residuals(self.analysis))

    def model_effects(self) -> pd.DataFrame:
        """Direct, indirect and total effects of every group, as :meth:`csimodels.Result.model_effects`.

        Returns
        -------
        DataFrame
            Group columns, ``source, target, kind, est, se, z, p, std_all, std_all_se, status``.
        """
        return self._with_groups(*covariance_groups.effects(self.analysis))

    def explained(self) -> pd.DataFrame:
        """Explained variance of items and constructs in every group.

        Returns
        -------
        DataFrame
            Group columns, ``variable, r2, se, status``.
        """
        return self._with_groups(*covariance_groups.explained(self.analysis))

    def groups(self) -> pd.DataFrame:
        """The groups and their rows.

        Returns
        -------
        DataFrame
            Group columns, ``n``.
        """
        return self._with_groups(pd.DataFrame({"n": list(self.n)}), range(len(self.keys)))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by the name of its file.

        Returns
        -------
        dict
            Name to table.
        """
        across = covariance_groups.across(self.analysis.solution.structure.table)
        parameters = self.parameters()
        out = {
            "joint_parameters": parameters.assign(across=[*across, *[""] * (len(parameters) - len(across))]),
            "fit_measures": self.fit_measures(),
            "model_effects": self.model_effects(),
            "explained": self.explained(),
            "joint_modification": self.modification_indices(),
            "joint_residuals": self.model_residuals(),
        }
        if self._has_means and self.analysis.usable:
            out["latent_means"] = self.latent_means().assign(status=covariance.status_of(self.analysis))
        return {"joint_groups": self.groups()} | out

    @property
    def _has_means(self) -> bool:
        return self.analysis.solution.structure.table.mean_structure

    def _with_groups(self, table: pd.DataFrame, groups: Sequence[int | None]) -> pd.DataFrame:
        return with_groups(table, self.by, self.keys, groups)

    def _repr_html_(self) -> str:
        return table_html(self.parameters(), self.notes)

    def __repr__(self) -> str:
        solution = self.analysis.solution
        fit = f"chi-square {float(solution.chi2):.3f}, df {solution.df}"
        return f"<csimodels.GroupFit by {', '.join(self.by)}: {len(self.keys)} groups, {fit}>"
