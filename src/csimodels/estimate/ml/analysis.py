"""Everything that is published of one covariance structure: errors, tests, fit, standardised solution, diagnostics.

The errors follow from what is known of the sample: the missing rule, sampling weights and clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import UNUSABLE, DataError, Problem, Status
from csimodels.estimate.design import Design
from csimodels.estimate.ml.admissible import nearly_unidentified
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.covariates import Observed
from csimodels.estimate.ml.defined import Effects, effects
from csimodels.estimate.ml.delta import Estimated, estimated
from csimodels.estimate.ml.discrepancy import ORDERED
from csimodels.estimate.ml.estimator import ML, Errors, compiled
from csimodels.estimate.ml.fiml.errors import fiml_vcov
from csimodels.estimate.ml.fiml.estimator import compiled_with_means, stopping
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.measures import fiml_measures
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.fiml.solution import solve_fiml
from csimodels.estimate.ml.measures import (
    Chi2s,
    Measures,
    chi2_measures,
    fit_measures,
    incremental_measures,
    rmsea_measures,
)
from csimodels.estimate.ml.modification import Modification, modification
from csimodels.estimate.ml.ordered import ordered_cases
from csimodels.estimate.ml.residuals import Residuals, residuals, z_residuals
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution, solve
from csimodels.estimate.ml.standardised import explained, row_values, standardised
from csimodels.estimate.ml.structure import Structure
from csimodels.estimate.ml.testing import Scaling, plain
from csimodels.estimate.ml.two_stage import TwoStage, two_stage
from csimodels.estimate.ml.user_defined import user_defined
from csimodels.estimate.ml.vcov import Vcov, vcov
from csimodels.messages import N_, Message, joined
from csimodels.moments import Moments, Rows
from csimodels.moments.linalg import Floats

#: The scaled test that goes with each kind of errors.
SCALING: dict[str, Scaling] = {"mlm": "satorra_bentler", "mlr": "yuan_bentler"}


@dataclass(frozen=True, eq=False)
class Analysis:
    """One fit of a covariance structure to one sample (one group of the model, no batch axes).

    Attributes
    ----------
    solution : estimates and implied moments;  vcov : covariance of the free parameters.
    errors : how the errors were made, in words.
    measured : gives `measures`, the fit measures by lavaan's names: most runs do not ask for them.
    apart : pairs of items that nobody answered both: the degrees of freedom are then overstated.
    """

    solution: Solution
    vcov: Vcov
    errors: str
    measured: Callable[[], Measures]
    apart: tuple[tuple[str, str], ...] = ()

    @cached_property
    def measures(self) -> Measures:
        """Fit measures by lavaan's names; none of a fit that is not usable."""
        return self.measured() if self.usable else {}

    @cached_property
    def status(self) -> int:
        """State of the fit: that of the solution, and whether constructs can hardly be told apart."""
        phi = self.solution.parts.phi
        return int(self.solution.status) | int(np.bitwise_or.reduce(nearly_unidentified(phi)))

    @property
    def usable(self) -> bool:
        """Whether the numbers may be shown with errors: converged and identified."""
        return not int(self.solution.status) & int(UNUSABLE)

    @property
    def admissible(self) -> bool:
        """Whether no variance is negative and every covariance matrix is one."""
        return not int(self.solution.status) & int(Status.INADMISSIBLE)

    @cached_property
    def parameters(self) -> Estimated:
        """Every row of the parameter table (R,), with error NaN where it is fixed or a moment of a fixed covariate."""
        table = self.solution.structure.table
        free, se = np.asarray([row.free for row in table.rows]), np.full(len(table.rows), np.nan)
        se[free >= 0] = self.vcov.se[free[free >= 0]]
        se[se == 0] = np.nan
        return estimated(row_values(table, self.solution.matrices), se)

    @cached_property
    def std_lv(self) -> Estimated:
        """(R,) parameters with constructs of variance 1."""
        return standardised(self.solution.structure, self.solution.x, self.vcov.cov, "std_lv")

    @cached_property
    def std_all(self) -> Estimated:
        """(R,) parameters with constructs and items of variance 1."""
        return standardised(self.solution.structure, self.solution.x, self.vcov.cov, "std_all")

    def defined(self, formulas: Sequence[tuple[str, str]]) -> tuple[Estimated, Estimated, Estimated]:
        """Functions of labelled parameters (D,), in their own units, with constructs, and with items standardised too.

        Parameters
        ----------
        formulas : ``(name, formula)``; a formula may hold labels and other names.
        """
        structure, x, cov = self.solution.structure, self.solution.x, self.vcov.cov
        own, partial, full = (user_defined(structure, x, cov, formulas, kind) for kind in (None, "std_lv", "std_all"))
        return own, partial, full

    @cached_property
    def relations(self) -> list[tuple[str, str, str, float]]:
        """Constraints between labels: left side, sign, right side, and the left less the right value."""
        constraints = self.solution.structure.table.constraints
        if constraints is None:
            return []
        held = constraints.active(self.solution.x)
        gaps = np.where(held, 0.0, constraints.gaps(self.solution.x))  # what is held is 0 but for rounding
        return [
            (one.left.text, one.sign, one.right.text, float(-gap if one.sign == "<" else gap))
            for one, gap in zip(constraints.read, gaps[: len(constraints.read)], strict=True)
        ]

    @cached_property
    def explained(self) -> tuple[Estimated, Estimated]:
        """R2 of the items (1, p) and of the constructs (1, m)."""
        return explained(self.solution.structure, self.solution.x, self.vcov.cov)

    def effects(self, *, standardise: bool) -> Effects:
        """Direct, indirect and total effects among the constructs with delta-method errors, ``(1, m, m)``."""
        return effects(self.solution.structure, self.solution.x, self.vcov.cov, standardise=standardise)

    @property
    def complete(self) -> bool:
        """Whether the rows were complete."""
        return self.errors in get_args(Errors)

    @cached_property
    def modification(self) -> Modification | None:
        """Modification indices; None where the discrepancy has none, and for incomplete rows."""
        there = self.complete and self.solution.discrepancy in ("ml", "gls")
        return modification(self.solution) if there else None

    @cached_property
    def residuals(self) -> tuple[Residuals, Residuals, Residuals | None]:
        """Raw, of the correlations, and divided by their errors (complete data only)."""
        s = self.solution
        raw, cor = (residuals(s.fitted, s.mu, s.sigma, kind) for kind in ("raw", "cor"))
        return raw, cor, z_residuals(s) if self.complete else None


@dataclass(frozen=True, eq=False)
class GroupSample:
    """What is known of the sample of one group.

    Attributes
    ----------
    rows : the answers, in the form of the missing rule.
    moments : of these rows (no batch axes).
    rule : ``listwise`` (complete rows), ``em`` (two-stage) or ``fiml``.
    cluster : (n,) codes of the rows used.
    cases : Cases or HoledCases, optional
        What stands for the rows in robust errors, where these are not held; the latter under ``em`` and ``fiml``.
    """

    rows: Rows
    moments: Moments
    rule: str
    cluster: NDArray[np.intp] | None = None
    cases: Cases | HoledCases | None = None

    @property
    def _given(self) -> dict[str, Any]:
        """Weights (n,) of rows that are held and weigh differently, and the clusters."""
        return {"weights": self.rows.a if self.rows.uneven and self.cases is None else None, "cluster": self.cluster}

    def complete_cases(self, estimator: ML, errors: Errors) -> Cases | None:
        """Complete rows for robust errors; None where `errors` need none."""
        held = self.cases if isinstance(self.cases, Cases) else None
        if held is not None or errors not in SCALING:
            return held
        if estimator.discrepancy in ORDERED:
            return ordered_cases(self.rows, **self._given)
        return Cases.of(self.rows.x[self.rows.kept], **self._given)

    def holed_cases(self, errors: Errors) -> HoledCases | None:
        """Rows with holes for robust errors; None where `errors` need none."""
        held = self.cases if isinstance(self.cases, HoledCases) else None
        if held is not None or errors != "mlr":
            return held
        return HoledCases.of(self.rows.x[self.rows.kept], **self._given)


def analyse(
    design: Design, sample: GroupSample, estimator: ML, errors: Errors | None = None, known: Solution | None = None
) -> Analysis:
    """Fit and everything around it for one group.

    Parameters
    ----------
    errors : None takes those that the sample allows: ``mlr`` with weights or clusters, else ``expected`` (complete
        rows) or ``observed``.
    known : Solution, optional
        The solution of the run for this group, no batch axes.  It is taken as it is, or as the start where errors need
        means beside the covariances or the casewise likelihood; made here where left out.

    Raises
    ------
    DataError
        Errors that do not hold for this sample were asked for.
    """
    chosen = chosen_errors(estimator, sample.rule, errors, sample.rows.uneven, sample.cluster is not None)
    one = {"em": _two_stage, "fiml": _fiml}.get(sample.rule, _complete)
    return one(design, sample, estimator, chosen, known)


def chosen_errors(estimator: ML, rule: str, asked: Errors | None, uneven: bool, clustered: bool) -> Errors:
    """The kind of errors that holds for the sample; see :func:`analyse`."""
    sandwich = uneven or clustered
    if estimator.discrepancy in ORDERED:
        return "mlm"
    if asked is None:
        if sandwich:
            return "mlr" if estimator.discrepancy == "ml" else "mlm"
        return "observed" if rule in ("fiml", "em") else "expected"
    if sandwich and asked in ("expected", "observed"):
        what = "these errors are those of a simple random sample"
        of = (N_("weights"), uneven), (N_("clusters"), clustered)
        named = joined([Message(name) for name, there in of if there], ", ")
        found = Message("errors: {errors}, with {names}", errors=asked, names=named)
        raise DataError(Problem(what, "errors", found, "mlr", "leave errors out, or write errors: mlr"))
    if rule in ("fiml", "em") and asked == "mlm":
        what = "errors mlm need complete rows"
        raise DataError(
            Problem(what, "errors", Message("missing: {rule}", rule=rule), "observed, mlr", "write errors: mlr")
        )
    return asked


def _start(structure: Structure, sample: Sample, known: Solution | None) -> Floats | None:
    """(q,) parameters of `known` with the means of the sample beside them; None where that is no full start."""
    if known is None or int(known.status) & int(UNUSABLE):
        return None
    there = dict(zip(known.structure.table.names, known.x, strict=True))
    start = np.full(structure.q, np.nan)
    for row in structure.table.rows:
        if row.free >= 0:
            mean = sample.mean[0, row.row] if row.matrix == "nu" else np.nan
            start[row.free] = there.get(structure.table.names[row.free], mean)
    return start if np.isfinite(start).all() else None


def _complete(design: Design, sample: GroupSample, estimator: ML, errors: Errors, known: Solution | None) -> Analysis:
    # as lavaan does: totals of clusters vary in their means too, which enters the scaling factor
    modelled = estimator.discrepancy == "ml" and sample.cluster is not None
    structure = (compiled_with_means if modelled else compiled)(design, estimator.identification)
    cases = sample.complete_cases(estimator, errors)
    if known is not None and not modelled:
        solution = known
    else:
        fitted, stop = Sample.of(sample.moments), {"tol": estimator.tol, "max_iter": estimator.max_iter}
        start = _start(structure, fitted, known)
        kind, weight = estimator.discrepancy, estimator.weight
        solution = solve(structure, fitted, kind, start=start, weight=weight, **stop)  # type: ignore[arg-type]
    scaling = SCALING.get(errors) if estimator.discrepancy == "ml" or errors == "mlm" else None
    if estimator.discrepancy in ORDERED:
        scaling = "scaled_shifted"
    usable = not int(solution.status) & int(UNUSABLE)
    observed = Observed.of(structure.table, estimator.covariates)
    measured = _measured(partial(fit_measures, solution, scaling, cases, observed), now=usable and cases is not None)
    found = vcov(solution, errors, cases)
    return Analysis(solution, _without(found, observed.known(structure.table)), errors, measured)


def _without(covariance: Vcov, known: list[int]) -> Vcov:
    """`covariance` with no error of parameters that are `known`."""
    if not known:
        return covariance
    cov = np.array(covariance.cov)
    cov[..., known, :] = cov[..., :, known] = 0.0
    return Vcov(covariance.errors, cov)


def _fiml(design: Design, sample: GroupSample, estimator: ML, errors: Errors, known: Solution | None) -> Analysis:
    structure, cases = compiled_with_means(design, estimator.identification), sample.holed_cases(errors)
    data = Incomplete.of([sample.rows.sums()])
    tol, max_iter = stopping(estimator)
    start = None if known is None or int(known.status) & int(UNUSABLE) else known.x
    solution = solve_fiml(structure, data, start=start, tol=tol, max_iter=max_iter)
    usable = not int(solution.status) & int(UNUSABLE)
    measures = _measured(partial(fiml_measures, solution, cases), now=usable and cases is not None)
    covariance = _where_usable(fiml_vcov(solution, errors, cases), usable)
    return Analysis(solution.as_ml(), covariance, f"FIML, {errors}", measures, data.apart)


def _two_stage(design: Design, sample: GroupSample, estimator: ML, errors: Errors, known: Solution | None) -> Analysis:
    if estimator.discrepancy != "ml":
        what = "two-stage errors are those of maximum likelihood"
        remedy = "choose missing: listwise, or estimator: ml"
        raise DataError(
            Problem(what, "missing", Message("em with {discrepancy}", discrepancy=estimator.discrepancy), "ml", remedy)
        )
    structure, cases = compiled_with_means(design, estimator.identification), sample.holed_cases(errors)
    data = Incomplete.of([sample.rows.sums()])
    fitted = Sample(data.mean, data.cov, data.n)
    start = _start(structure, fitted, known)
    solution = solve(structure, fitted, start=start, tol=estimator.tol, max_iter=estimator.max_iter)
    done = two_stage(solution, data, cases)
    usable = not int(solution.status) & int(UNUSABLE)
    measures = _measured(partial(_two_stage_measures, solution, done), now=usable and cases is not None)
    return Analysis(solution, _where_usable(done.vcov, usable), "two-stage", measures, data.apart)


def _measured(make: Callable[[], Measures], *, now: bool) -> Callable[[], Measures]:
    """`make`, done `now` where it needs the rows, which an analysis does not hold."""
    if not now:
        return make
    found = make()
    return lambda: found


def _where_usable(covariance: Vcov, usable: bool) -> Vcov:
    """No errors for a fit that did not converge or is not identified."""
    return covariance if usable else Vcov(covariance.errors, np.full_like(covariance.cov, np.nan))


def _two_stage_measures(solution: Solution, done: TwoStage) -> Measures:
    """Fit measures with tests scaled for two stages; the unscaled ones take the EM moments for complete data."""
    out = fit_measures(solution)
    test, base = plain(done.test.unscaled, solution.df), plain(done.baseline.unscaled, int(done.baseline.df.item()))
    tests = Chi2s(test, base, done.test, done.baseline, solution.sample.total, int(solution.sample.n.shape[-1]))
    return out | chi2_measures(tests) | incremental_measures(tests) | rmsea_measures(tests)
