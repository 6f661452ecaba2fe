"""FIML in the arrays of a `Fit`: sums by missing pattern in, what the tables are made of out."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

import numpy as np

from csimodels.errors import Status
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit, Registered
from csimodels.estimate.ml.estimator import ML, MLFit, fit_of
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.solution import MAX_ITER, TOL, FimlSolution, solve_fiml
from csimodels.estimate.ml.identification import refuse_unidentified
from csimodels.estimate.ml.parameters import Identification, ParameterTable
from csimodels.estimate.ml.solution import MAX_ITER as MAX_ITER_OF_ML
from csimodels.estimate.ml.solution import TOL as TOL_OF_ML
from csimodels.estimate.ml.structure import Structure
from csimodels.moments import Moments, Sums
from csimodels.moments.em import EM_TOL
from csimodels.spec.estimators import EstimatorName


@dataclass(frozen=True, eq=False)
class FimlFit(Fit):
    """A :class:`~csimodels.estimate.Fit` and the FIML solution that it was read from; its moments are those of EM."""

    solution: FimlSolution

    def as_ml(self) -> MLFit:
        """The same with the solution as one of ML."""
        return MLFit(**{f.name: getattr(self, f.name) for f in fields(Fit)}, solution=self.solution.as_ml())


@dataclass(frozen=True)
class FIML(Registered):
    """Full-information maximum likelihood (Arbuckle 1996): the casewise likelihood of the answers that are there.

    Parameters
    ----------
    ml : identification, errors and stopping rule (see :func:`stopping`); the discrepancy is the casewise likelihood.
    """

    ml: ML = field(default_factory=ML)

    @property
    def name(self) -> EstimatorName:
        """As written in a spec file, where ``missing: fiml`` stands beside it."""
        return "ml"

    @property
    def casewise(self) -> bool:
        """True: the answers by missing pattern."""
        return True

    def settings(self) -> dict[str, Any]:
        """Keys of `estimate` in a spec file."""
        return self.ml.settings()

    def facts(self) -> dict[str, str]:
        """As those of ML."""
        return self.ml.facts()

    def sharp(self) -> FIML:
        """The same: solved to rounding already."""
        return self

    @property
    def max_iter(self) -> int:
        """Most iterations of the casewise likelihood."""
        return stopping(self.ml)[1]

    def __call__(self, design: Design, moments: Moments) -> FimlFit:
        """Fit every batch element of `moments`, which have to carry their sums by missing pattern.

        Raises
        ------
        ValueError
            The moments were made under another missing rule than ``fiml``.
        """
        if moments.sums is None:
            raise ValueError("FIML needs moments of the missing rule 'fiml', which carry sums by missing pattern")
        return _fitted(design, moments, moments.sums, self)


def fit_fiml(design: Design, sums: Sums, estimator: ML | None = None, em_tol: float = EM_TOL) -> FimlFit:
    """Fit every batch element of `sums` by full-information maximum likelihood.

    Parameters
    ----------
    sums : of form ``"patterns"``, batch axes ``*B``, one fit per element.
    estimator : its identification is used; the discrepancy is the casewise likelihood.
    em_tol : stopping rule of EM, which gives start values and the saturated model.

    Raises
    ------
    SpecError
        As for :class:`~csimodels.estimate.ml.estimator.ML`.
    """
    return _fitted(design, Moments.from_sums(sums, "fiml", em_tol), sums, FIML(estimator or ML()))


def _fitted(design: Design, moments: Moments, sums: Sums, estimator: FIML) -> FimlFit:
    """The fit from sums whose EM moments are there."""
    status = np.broadcast_to(np.asarray(moments.status), moments.batch)
    known = moments.mean, moments.cov, (status & int(Status.NOT_CONVERGED)) == 0
    data = Incomplete.of([sums], known=known)
    tol, max_iter = stopping(estimator.ml)
    structure = compiled_with_means(design, estimator.ml.identification)
    solution = solve_fiml(structure, data, tol=tol, max_iter=max_iter)
    with np.errstate(all="ignore"):
        fit = fit_of(design, design.expand(moments), solution.as_ml(), estimator)
    return FimlFit(**{f.name: getattr(fit, f.name) for f in fields(Fit)}, solution=solution)


def stopping(settings: ML) -> tuple[float, int]:
    """Tolerance and most iterations of :func:`solve_fiml`: its own unless `settings` say otherwise.

    A looser tolerance than that of ML is taken as a length in standard errors; a tighter one would add nothing to
    ``TOL``.
    """
    tol = settings.tol**2 if settings.tol > TOL_OF_ML else TOL
    return tol, MAX_ITER if settings.max_iter == MAX_ITER_OF_ML else settings.max_iter


@lru_cache(maxsize=64)
def compiled_with_means(design: Design, identification: Identification) -> Structure:
    """The structure of `design` with means for one group, once it is known to be identified."""
    table = ParameterTable.of(design, identification=identification, mean_structure=True)
    refuse_unidentified(table)
    return Structure(table)
