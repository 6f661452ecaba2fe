"""The same model fitted by semopy (Meshcheryakov, Igolkina & Samsonova 2021): a second opinion on the numbers of ML.

semopy is a package of its own authors with its own optimiser.  The model is written out for it parameter by parameter,
so that both fit the same thing: semopy's own defaults free the residual of a single indicator, choose covariances
differently and bound variances.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from csimodels.arguments import plain_settings, shown
from csimodels.errors import EstimationError, MissingExtraError, Problem, SpecError, Status, is_real, is_whole, listed
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Registered
from csimodels.estimate.ml.admissible import inadmissible
from csimodels.estimate.ml.estimator import ML, MLFit, compiled, fit_of
from csimodels.estimate.ml.parameters import Row
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.structure import Structure
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats, is_positive_definite
from csimodels.spec.estimators import EstimatorName

#: semopy's own tolerance (1e-6) leaves three digits; SLSQP stops at this change of the discrepancy.
TOL = 1e-13
MAX_ITER = 10_000


@plain_settings
@dataclass(frozen=True)
class Semopy(Registered):
    """Maximum likelihood by the package semopy, from the same moments and with the same parameters as `ML`.

    Parameters
    ----------
    tol : float
        Where semopy's optimiser (SLSQP) stops.
    max_iter : int
        Most iterations of it.

    Notes
    -----
    Left to itself semopy holds variances at zero or above, in silence.  These bounds are taken off, so that a Heywood
    case is the same negative variance in both.  One fit after another: not made for resampling.
    """

    tol: float = TOL
    max_iter: int = MAX_ITER

    def __post_init__(self) -> None:
        problems = []
        if not is_real(self.tol) or not 0 < self.tol <= 1e-4:
            problems.append(
                Problem(
                    "the tolerance must be a small number", "tol", shown(self.tol), Message("above 0, at most 0.0001")
                )
            )
        if not is_whole(self.max_iter) or self.max_iter < 1:
            what = "the number of iterations must be a whole number of at least 1"
            problems.append(Problem(what, "max_iter", shown(self.max_iter)))
        if problems:
            raise SpecError(problems)

    @property
    def name(self) -> EstimatorName:
        """As written in a spec file."""
        return "semopy"

    @property
    def ml(self) -> ML:
        """The package's own ML, whose parameters and fit stand beside semopy's estimates."""
        return ML()

    def settings(self) -> dict[str, Any]:
        """Keys of `estimate` in a spec file."""
        return {"estimator": self.name, "tol": self.tol, "max_iter": self.max_iter}

    def facts(self) -> dict[str, str]:
        """Whose fit it is, and the tolerance."""
        return {"estimator": Message("ML by semopy"), "tolerance": f"{self.tol:g}"}

    def sharp(self) -> Semopy:
        """The same: its optimiser has nothing sharper."""
        return self

    def __call__(self, design: Design, moments: Moments) -> MLFit:
        """Fit every batch element of `moments` ``(*B, p)``, one after another.

        Raises
        ------
        MissingExtraError
            semopy is not installed.
        SpecError
            As for :class:`~csimodels.estimate.ml.ML`; a statement on an intercept, which semopy's models lack.
        """
        package = _semopy()
        structure = compiled(design, "marker")
        if structure.table.constraints is not None:
            texts = listed(list(structure.table.constraints.texts))
            remedy = "take out constraints and bounds, or use estimator: ml"
            raise SpecError(Problem("models are given to semopy without constraints", texts, remedy=remedy))
        if structure.table.mean_structure:
            raise SpecError(
                Problem(
                    "semopy models have no intercepts",
                    ", ".join(p.lhs + " ~1" for p in design.parameters if p.op == "~1"),
                    remedy="take out the statements on intercepts, or use estimator: ml",
                )
            )
        sample = Sample.of(moments)
        flat = sample.cov.reshape(-1, structure.p, structure.p)
        bound = structure.bound(sample)
        text = [description(part) for part in _elements(bound, len(flat))]
        ends = [_run(package, *pair, self) for pair in zip(text, flat, strict=True)]
        solution = _solution(bound, sample, ends)
        fit = fit_of(design, design.expand(moments), solution, ML())
        return replace(fit, estimator=self)


@dataclass(frozen=True, slots=True)
class Compared:
    """One number by both programs: a parameter as lavaan writes it, ``"chi2"``, or ``"df"``."""

    parameter: str
    ours: float
    semopy: float
    difference: float


def crosscheck(ours: MLFit, semopy: MLFit) -> tuple[Compared, ...]:
    """The free parameters, chi2 and degrees of freedom of two fits of one model (no batch axes), side by side.

    Rows are ready for ``pandas.DataFrame``.

    Raises
    ------
    SpecError
        The fits are not of the same model, are batches, or have other identifications.
    """
    names = ours.solution.structure.table.spelled
    other = semopy.solution.structure.table.spelled
    problems = []
    if names != other:
        odd = sorted(set(names) ^ set(other))
        what = "the two fits have different free parameters"
        remedy = 'fit the same model by both, with identification="marker"'
        problems.append(Problem(what, found=listed(odd), remedy=remedy))
    if np.ndim(ours.solution.status) or np.ndim(semopy.solution.status):
        problems.append(Problem("single fits are compared, not batches", remedy="take one element of the moments"))
    if problems:
        raise SpecError(problems)
    a, b = ours.solution, semopy.solution
    pairs = [*zip(names, a.x, b.x, strict=True), ("chi2", a.chi2, b.chi2), ("df", a.df, b.df)]
    return tuple(Compared(name, float(x), float(y), float(x) - float(y)) for name, x, y in pairs)


def description(structure: Structure) -> str:
    """The model in semopy's syntax, every parameter written out.

    Items are called ``x1, x2, ..``, constructs ``f1, f2, ..`` and free parameters ``p0, p1, ..`` (equal ones alike), so
    that names in any script or with any sign are safe.  Values that are a share of a sample variance are taken from
    the sample that `structure` is bound to (one element, no batch axes).
    """
    values = structure.matrices(np.zeros(structure.q))
    fixed = {
        "lambda": values.lam[0],
        "beta": values.beta[0],
        "psi": values.psi[0],
        "theta": values.theta[0],
    }
    return "\n".join(_statement(row, fixed) for row in structure.table.rows)


def _statement(row: Row, fixed: dict[str, Floats]) -> str:
    item, factor = f"x{row.row + 1}", f"f{row.row + 1}"
    left, operator, right = {
        "lambda": (f"f{row.col + 1}", "=~", item),
        "beta": (f"f{row.col + 1}", "=~", factor) if row.op == "=~" else (factor, "~", f"f{row.col + 1}"),
        "psi": (factor, "~~", f"f{row.col + 1}"),
        "theta": (item, "~~", f"x{row.col + 1}"),
    }[row.matrix]
    value = f"p{row.free}" if row.free >= 0 else shown(float(fixed[row.matrix][row.row, row.col]))
    return f"{left} {operator} {value}*{right}"


def _semopy() -> Any:
    try:
        return importlib.import_module("semopy")
    except ImportError as error:
        raise MissingExtraError("semopy", "semopy", "a second opinion by semopy") from error


def _elements(structure: Structure, size: int) -> Iterator[Structure]:
    """`structure` for every element of the flat batch: its fixed values may depend on the sample."""
    if structure.spread is None:
        yield from [structure] * size
        return
    for spread in structure.spread.reshape(size, *structure.spread.shape[-2:]):
        yield replace(structure, spread=spread)


@dataclass(frozen=True, eq=False)
class _End:
    """Where semopy stopped: x (q,), discrepancy, whether it calls that a success, iterations."""

    x: Floats
    value: float
    converged: bool
    iterations: int


def _run(package: Any, text: str, cov: Floats, settings: Semopy) -> _End:
    """One fit; a covariance matrix that semopy cannot take ends in NaN."""
    import pandas as pd

    names = [f"x{k + 1}" for k in range(len(cov))]
    model = package.Model(text, cov_diag=True)
    active = [name for name, parameter in model.parameters.items() if parameter.active]
    _refuse_other_model(active, text)
    place = [int(name[1:]) for name in active]
    x = np.full(len(active), np.nan)
    if not is_positive_definite(cov):
        return _End(x, np.nan, False, 0)
    for name in active:
        model.parameters[name].bound = (None, None)
    options = {"ftol": settings.tol, "maxiter": settings.max_iter}
    with _quiet():
        end = model.fit(cov=pd.DataFrame(cov, names, names), options=options)
    x[place] = end.x
    return _End(x, float(end.fun), bool(end.success), int(end.n_it))


def _refuse_other_model(active: list[str], text: str) -> None:
    """semopy must have the free parameters that were written out, no more and no less: so its df are those of `ML`."""
    written = set(re.findall(r"\bp\d+(?=\*)", text))
    if set(active) != written:
        odd = sorted(set(active) ^ written)
        what = "semopy reads the model differently: its free parameters are not those that were written out for it"
        raise EstimationError(Problem(what, found=listed(odd), remedy="report this, with the version of semopy"))


@contextmanager
def _quiet() -> Iterator[None]:
    """semopy logs what a `Status` says here."""
    import logging

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _solution(structure: Structure, sample: Sample, ends: list[_End]) -> Solution:
    batch = sample.batch
    x = np.stack([end.x for end in ends]).reshape(*batch, structure.q)
    value = np.asarray([end.value for end in ends]).reshape(batch)
    status = np.asarray([0 if end.converged else int(Status.NOT_CONVERGED) for end in ends]).reshape(batch)
    with np.errstate(all="ignore"):
        status = status | np.where(inadmissible(structure, x), int(Status.INADMISSIBLE), 0)
    status = np.where(np.isnan(value), int(Status.SINGULAR), status)
    iterations = np.asarray([end.iterations for end in ends]).reshape(batch)
    return Solution(structure, sample, "ml", x, value, status, iterations)
