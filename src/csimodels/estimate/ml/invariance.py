"""Measurement invariance across groups: a ladder of ever more equal models, and the latent means it allows to compare.

Configural (the same model), metric (equal loadings), scalar (and intercepts), strict (and residual variances), as
lavaan's ``group.equal`` (Joereskog 1971; Meredith 1993).  Parameters named in `free` stay free in every step: partial
invariance (Byrne, Shavelson & Muthen 1989).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.estimate.design import Design
from csimodels.estimate.ml.baseline import baseline
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.difference import Difference, difference
from csimodels.estimate.ml.discrepancy import Discrepancy
from csimodels.estimate.ml.fiml.errors import fiml_vcov
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.measures import fiml_measures, robust_measures
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.fiml.solution import FimlSolution, solve_fiml
from csimodels.estimate.ml.fiml.tests import standard as fiml_standard
from csimodels.estimate.ml.fiml.tests import yuan_bentler
from csimodels.estimate.ml.identification import refuse_unidentified
from csimodels.estimate.ml.joint import weights_of
from csimodels.estimate.ml.measures import Chi2s, Measures, fit_measures, incremental_measures, rmsea_measures
from csimodels.estimate.ml.parameters import Identification, ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution, solve
from csimodels.estimate.ml.structure import Structure
from csimodels.estimate.ml.testing import Scaling, Test, plain, scaled, standard
from csimodels.estimate.ml.testing import corrected as scaled_test
from csimodels.estimate.ml.vcov import Errors, Vcov, divisor, vcov
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.spec.model import Model

#: What each step holds equal across groups.
STEPS: dict[str, tuple[str, ...]] = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
}
#: The scaled test that goes with each kind of robust errors.
SCALED: dict[Errors, Scaling] = {"mlm": "satorra_bentler", "mlr": "yuan_bentler"}


@dataclass(frozen=True, eq=False)
class LatentMeans:
    """Means of the constructs, on the scale of their markers, and how far they are from those of the first group.

    Attributes
    ----------
    constructs : names along ``m``;  mean, se, z, p : (*B, G, m), the first group is fixed at zero (se, z and p NaN).
    """

    constructs: tuple[str, ...]
    mean: Floats
    se: Floats
    z: Floats
    p: Floats


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the ladder.

    Attributes
    ----------
    name : ``"configural"``, ``"metric"``, ``"scalar"`` or ``"strict"``;  equal : what is held equal.
    solution : the fit of all groups together;  vcov : covariance of its free parameters.
    test : plain, or scaled where errors are robust;  measures : CFI, TLI, RMSEA and their kin by lavaan's names.
    difference : test against the step before; None in the first, and where nothing more is held equal.
    delta_cfi, delta_rmsea : (*B,) change from the step before (of the robust forms where errors are robust), NaN in
        the first.
    means : latent means, None where intercepts are not held equal.
    every : gives all fit measures by lavaan's names.
    """

    name: str
    equal: tuple[str, ...]
    solution: Solution | FimlSolution
    vcov: Vcov
    test: Test
    measures: Measures
    difference: Difference | None
    delta_cfi: Floats
    delta_rmsea: Floats
    means: LatentMeans | None
    every: Callable[[], Measures]

    @property
    def se(self) -> Floats:
        """(*B, q) errors of the free parameters."""
        return self.vcov.se


def ladder(
    model: Model | Design,
    data: Sample | Incomplete,
    *,
    steps: Sequence[str] = tuple(STEPS),
    free: Sequence[str] = (),
    identification: Identification = "marker",
    errors: Errors | None = None,
    cases: Cases | HoledCases | None = None,
    discrepancy: Discrepancy = "ml",
) -> tuple[Step, ...]:
    """Fit `model` to several groups, with more and more parameters held equal.

    Parameters
    ----------
    data : moments of the groups (ML) or their sums by pattern (FIML), group axis last but for the items.
    steps : the steps to take, in the order of :data:`STEPS`.
    free : parameters that are not held equal (``"Image =~ IMAG2"``, ``"IMAG2 ~1"``).
    errors : expected (ML) or observed (FIML) by default; ``"mlm"`` and ``"mlr"`` scale tests and differences too.
    cases : the rows of all groups, for robust errors and ``wls``: `Cases` with moments, `HoledCases` with sums by
        pattern.
    discrepancy : ``"ml"``, ``"gls"``, ``"uls"`` or ``"wls"``; sums by pattern are fitted by maximum likelihood.

    Raises
    ------
    SpecError
        Fewer than two groups, unknown steps, parameters in `free` that do not exist, a model that is not identified,
        errors that the data do not have; all problems of one kind at once.
    """
    groups = data.n.shape[-1]
    problems = [*_wrong_steps(steps), *_too_few(groups)]
    if problems:
        raise SpecError(problems)
    kind: Errors = errors or ("observed" if isinstance(data, Incomplete) else "expected")
    taken: list[Step] = []
    for name in steps:
        equal = STEPS[name]
        table = ParameterTable.of(
            model, groups=groups, identification=identification, mean_structure=True, equal=equal, free=tuple(free)
        )
        refuse_unidentified(table)
        step = _fitted(name, Structure(table), data, _How(kind, discrepancy, cases))
        taken.append(_compared(step, taken[-1]) if taken else step)
    return tuple(taken)


def latent_means(solution: Solution | FimlSolution, cov: Floats) -> LatentMeans:
    """Latent means ``(I - B)^{-1} alpha`` of every group with errors by the delta method.

    Parameters
    ----------
    cov : (*B, q, q) covariance of the free parameters.
    """
    structure = solution.structure
    parts = structure.parts(solution.x)
    slopes = np.zeros((*parts.level.shape, structure.q))  # (*B, G, m, q)
    for row in structure.table.rows:
        if row.free < 0 or row.matrix not in ("alpha", "beta"):
            continue
        reach = parts.inverse[..., row.group, :, row.row]
        scale = parts.level[..., row.group, row.col, None] if row.matrix == "beta" else 1.0
        slopes[..., row.group, :, row.free] += reach * scale
    variance = (slopes @ cov[..., None, :, :] * slopes).sum(axis=-1)
    moved = (slopes != 0).any(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.where(moved, np.sqrt(variance), np.nan)
        z = parts.level / se
    return LatentMeans(structure.table.factors, parts.level, np.asarray(se), np.asarray(z), _two_sided(z))


def _two_sided(z: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(2 * ndtr(-np.abs(z)))


class _How(NamedTuple):
    """What the steps have in common."""

    errors: Errors
    discrepancy: Discrepancy
    cases: Cases | HoledCases | None


def _fitted(name: str, structure: Structure, data: Sample | Incomplete, how: _How) -> Step:
    errors, discrepancy, cases = how
    solution: Solution | FimlSolution
    every: Callable[[], Measures]
    rows = cases if isinstance(cases, HoledCases) else None
    if isinstance(data, Incomplete):
        solution = solve_fiml(structure, data)
        cov = fiml_vcov(solution, errors, rows)
        both, own = fiml_standard(solution), yuan_bentler(solution, rows) if errors == "mlr" and rows else None
        every = partial(fiml_measures, solution, rows)
    else:
        complete = cases if isinstance(cases, Cases) else None
        solution = solve(structure, data, discrepancy, weight=weights_of(discrepancy, complete))
        cov = vcov(solution, errors, complete)
        base = baseline(solution)
        both, own = (standard(solution), plain(base.chi2, base.df, known=discrepancy != "uls")), None
        if errors in SCALED and complete is not None:
            own = scaled(solution, SCALED[errors], complete), scaled_test(base, SCALED[errors], complete)
        every = partial(fit_measures, solution, SCALED.get(errors) if complete else None, complete)
    robust, alone = own or (None, None)
    n = divisor(solution) if isinstance(solution, Solution) else np.asarray(data.total)
    tests = Chi2s(*both, robust, alone, n, data.n.shape[-1])
    measures = incremental_measures(tests) | rmsea_measures(tests)
    if own is not None and isinstance(
        solution, FimlSolution
    ):  # those of the scaled tests leave the holes out of account
        measures |= robust_measures(solution, rows)
    nan = np.full(np.shape(solution.status), np.nan)
    means = latent_means(solution, cov.cov) if "intercepts" in STEPS[name] else None
    return Step(name, STEPS[name], solution, cov, robust or both[0], measures, None, nan, nan, means, every)


def _compared(step: Step, before: Step) -> Step:
    ending = ".robust" if "cfi.robust" in step.measures else ""
    cfi, rmsea = (step.measures[k + ending] - before.measures[k + ending] for k in ("cfi", "rmsea"))
    freer = int(np.asarray(step.test.df).flat[0]) == int(np.asarray(before.test.df).flat[0])  # all of it let free
    change = None if freer else difference(step.test, before.test)
    return replace(step, difference=change, delta_cfi=cfi, delta_rmsea=rmsea)


def _wrong_steps(steps: Sequence[str]) -> list[Problem]:
    known = list(STEPS)
    unknown = [s for s in steps if s not in known]
    problems = [
        Problem("unknown step of the invariance ladder", "steps", repr(s), listed(known), nearest(s, known))
        for s in unknown
    ]
    places = [known.index(s) for s in steps if s in known]
    if not steps or sorted(set(places)) != places:
        what = "the steps have to be given once each, from the least to the most equal"
        problems.append(Problem(what, "steps", listed(list(steps)), listed(known)))
    return problems


def _too_few(groups: int) -> list[Problem]:
    if groups > 1:
        return []
    return [Problem("invariance is a property of two groups or more", "groups", str(groups), Message("2 or more"))]
