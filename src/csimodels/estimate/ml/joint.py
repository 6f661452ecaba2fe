"""Several groups in one covariance structure: statements hold equal, fix or free in single ones (Joereskog 1971).

The groups are those of one :class:`~csimodels.estimate.ml.structure.Structure`; everything after the fit is that of a
single group (:mod:`csimodels.estimate.ml.analysis`), with rows of the parameter table group after group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from csimodels.errors import UNUSABLE
from csimodels.estimate.design import Design
from csimodels.estimate.ml.analysis import SCALING, Analysis
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.discrepancy import ORDERED, Discrepancy
from csimodels.estimate.ml.fiml.errors import fiml_vcov
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.measures import fiml_measures
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.fiml.solution import solve_fiml
from csimodels.estimate.ml.identification import refuse_unidentified
from csimodels.estimate.ml.implied import inverse
from csimodels.estimate.ml.measures import fit_measures
from csimodels.estimate.ml.ordered import OrderedGroups
from csimodels.estimate.ml.parameters import Identification, ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import solve
from csimodels.estimate.ml.structure import Structure
from csimodels.estimate.ml.testing import Scaling
from csimodels.estimate.ml.vcov import Errors, Vcov, vcov
from csimodels.moments.linalg import Floats


@dataclass(frozen=True)
class Joint:
    """How groups are fitted together.

    Attributes
    ----------
    discrepancy : ``"ml"``, ``"gls"``, ``"uls"``, ``"wls"`` or ``"dwls"``;  identification : as for one group.
    equal : what is held equal in all groups, in the words of lavaan's ``group.equal``;  free : statements that are not.
    errors : kind of standard errors.
    """

    discrepancy: Discrepancy = "ml"
    identification: Identification = "marker"
    equal: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    errors: Errors = "expected"

    def structure(self, design: Design, groups: int) -> Structure:
        """The structure of `groups` groups, means modelled where the discrepancy has them.

        Raises
        ------
        SpecError
            Statements that are not of these groups, unknown `equal` or `free`, a model that is not identified.
        """
        table = ParameterTable.of(
            design,
            groups=groups,
            identification=self.identification,
            mean_structure=self.discrepancy not in ORDERED,
            equal=self.equal,
            free=self.free,
        )
        refuse_unidentified(table)
        return Structure(table)


def fit_jointly(
    design: Design, data: Sample | Incomplete, how: Joint, cases: Cases | HoledCases | None = None
) -> Analysis:
    """One fit of all groups and everything around it.

    Parameters
    ----------
    data : moments of the groups, or their sums by pattern of answers (``ml`` only); no batch axes.
    cases : the rows of all groups, for robust errors; of ``dwls`` :class:`OrderedGroups`, and `data` their
        correlations.
    """
    structure = how.structure(design, data.n.shape[-1])
    if isinstance(data, Incomplete):
        holed = cases if isinstance(cases, HoledCases) else None
        return _fiml(structure, data, how, holed)
    complete = cases if isinstance(cases, Cases) else None
    weight = weights_of(how.discrepancy, complete)
    solution = solve(structure, data, how.discrepancy, weight=weight)
    usable = not int(solution.status) & int(UNUSABLE)
    scaling: Scaling | None = SCALING.get(how.errors)
    if how.discrepancy in ORDERED:
        scaling = "scaled_shifted"
    measures = partial(fit_measures, solution, scaling, complete)
    return Analysis(solution, vcov(solution, how.errors, complete), how.errors, measures if usable else dict)


def weights_of(discrepancy: Discrepancy, cases: Cases | None) -> Floats | None:
    """(G, P, P) weight matrices of ``wls`` (Browne 1984) and ``dwls``, from the rows of every group; else None."""
    if isinstance(cases, OrderedGroups):
        return cases.weight
    return inverse(cases.gamma(means=True)) if discrepancy == "wls" and cases is not None else None


def _fiml(structure: Structure, data: Incomplete, how: Joint, cases: HoledCases | None) -> Analysis:
    solution = solve_fiml(structure, data)
    usable = not int(solution.status) & int(UNUSABLE)
    found = fiml_vcov(solution, how.errors, cases)
    covariance = found if usable else Vcov(found.errors, np.full_like(found.cov, np.nan))
    measures = partial(fiml_measures, solution, cases)
    return Analysis(solution.as_ml(), covariance, f"FIML, {how.errors}", measures if usable else dict, data.apart)
