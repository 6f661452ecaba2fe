"""A path when its predictor is endogenous: two-stage least squares; and method bias: a marker variable.

Both are functions of construct correlations, so that every method of uncertainty applies to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, SpecError, listed
from csimodels.estimate import Design, Fit, structural
from csimodels.messages import Message
from csimodels.moments.linalg import Floats, general_solve
from csimodels.moments.tails import chi2_p


@dataclass(frozen=True)
class Instruments:
    """One structural equation with instruments, as places of constructs.

    Attributes
    ----------
    target : int
    sources : tuple of int
        Predictors of the target.
    endogenous : tuple of int
        Those of them that may be correlated with its residual.
    outside : tuple of int
        Instruments: constructs that are no predictors of the target.
    """

    target: int
    sources: tuple[int, ...]
    endogenous: tuple[int, ...]
    outside: tuple[int, ...]

    @classmethod
    def of(cls, design: Design, target: str, endogenous: tuple[str, ...], instruments: tuple[str, ...]) -> Instruments:
        """Check names; :class:`~csimodels.errors.SpecError` with all that is wrong."""
        known, problems = design.constructs, []
        unknown = [name for name in (target, *endogenous, *instruments) if name not in known]
        if unknown:
            raise SpecError(Problem("unknown constructs", found=listed(unknown), allowed=listed(known)))
        end = known.index(target)
        sources = tuple(int(j) for j in design.predecessors[end])
        inside, outside = (tuple(known.index(name) for name in names) for names in (endogenous, instruments))
        wrong = [known[j] for j in inside if j not in sources]
        if wrong or not inside:
            problems.append(Problem("endogenous predictors must have a path to the target", target, listed(wrong)))
        taken = [known[j] for j in outside if j in sources or j == end]
        if taken:
            problems.append(Problem("an instrument must have no path to the target", target, listed(taken)))
        after = [known[j] for j in outside if (end, j) in design.pairs]
        if after:
            problems.append(Problem("an instrument must not be an effect of the target", target, listed(after)))
        if len(outside) < len(inside):
            found = Message("{n} for {n2} predictors", n=len(outside), n2=len(inside))
            problems.append(Problem("there are fewer instruments than endogenous predictors", target, found))
        if problems:
            raise SpecError(problems)
        return cls(end, sources, inside, outside)

    @property
    def exogenous(self) -> tuple[int, ...]:
        """Predictors that are instruments of themselves."""
        return tuple(j for j in self.sources if j not in self.endogenous)


@dataclass(frozen=True, eq=False)
class TwoStage:
    """Two-stage least squares of one equation, by element of a batch.

    Attributes
    ----------
    paths : (*B, q) array
        Standardised coefficients along ``sources``.
    ordinary : (*B, q) array
        Those of ordinary least squares.
    first_stage_f : (*B, e) array
        Partial F of the instruments in the regression of each endogenous predictor; below 10 they are weak (Staiger &
        Stock 1997).
    sargan, sargan_p : (*B,) array
        Test that the instruments beyond those needed are uncorrelated with the residual; NaN where there are none.
    """

    paths: Floats
    ordinary: Floats
    first_stage_f: Floats
    sargan: Floats
    sargan_p: Floats


def two_stage_least_squares(fit: Fit, equation: Instruments) -> TwoStage:
    """Paths to a target from correlations of constructs, for PLSc the corrected ones (Dijkstra & Henseler 2015).

    ``(X'Z (Z'Z)^{-1} Z'X)^{-1} X'Z (Z'Z)^{-1} Z'y`` with ``Z`` the instruments and the exogenous predictors.
    """
    c = fit.correlations
    x, y = np.asarray(equation.sources), equation.target
    z = np.asarray([*equation.exogenous, *equation.outside])
    zz, zx, zy = _part(c, z, z), _part(c, z, x), c[..., z, y]
    first = np.stack([general_solve(zz, zx[..., q]) for q in range(len(x))], axis=-1)  # (Z'Z)^-1 Z'X
    paths = general_solve(np.swapaxes(zx, -1, -2) @ first, (np.swapaxes(first, -1, -2) @ zy[..., None])[..., 0])
    ordinary = general_solve(_part(c, x, x), c[..., x, y])
    n = np.asarray(fit.moments.n, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        f = _partial_f(c, equation, n)
        variance = 1 - 2 * (paths * c[..., x, y]).sum(axis=-1) + _form(paths, _part(c, x, x))
        moment = zy - (zx @ paths[..., None])[..., 0]
        sargan = n * (moment * general_solve(zz, moment)).sum(axis=-1) / variance
    extra = len(equation.outside) - len(equation.endogenous)
    if not extra:
        sargan = np.full(np.shape(variance), np.nan)
    return TwoStage(paths, ordinary, f, np.asarray(sargan), chi2_p(sargan, extra))


def _part(c: Floats, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
    return np.asarray(c[..., rows[:, None], columns])


def _form(b: Floats, matrix: Floats) -> Floats:
    return np.asarray((b[..., None, :] @ matrix @ b[..., :, None])[..., 0, 0])


def _partial_f(c: Floats, equation: Instruments, n: Floats) -> Floats:
    """(*B, e) F of the outside instruments beyond the exogenous predictors."""
    full = np.asarray([*equation.exogenous, *equation.outside], dtype=np.intp)
    small = np.asarray(equation.exogenous, dtype=np.intp)
    df1, df2 = len(equation.outside), n - len(full) - 1
    out = []
    for j in equation.endogenous:
        explained = []
        for columns in (full, small):
            known = c[..., columns, j]
            found = general_solve(_part(c, columns, columns), known) if len(columns) else known
            explained.append((found * known).sum(axis=-1))
        out.append((explained[0] - explained[1]) / df1 / ((1 - explained[0]) / df2))
    return np.stack(out, axis=-1)


@dataclass(frozen=True, eq=False)
class MarkerAdjusted:
    """Structural model after a marker variable has been taken out.

    Attributes
    ----------
    shared : (*B,) array
        Correlation that the method is taken to add everywhere.
    correlations : (*B, J, J) array
        Correlations of the constructs without it.
    paths : (*B, J, J) array
        ``paths[target, source]`` from these.
    r2 : (*B, J) array
        NaN for exogenous constructs.
    """

    shared: Floats
    correlations: Floats
    paths: Floats
    r2: Floats


def marker_adjusted(fit: Fit, marker: Floats) -> MarkerAdjusted:
    """Take common method variance out by a marker (Lindell & Whitney 2001, eq. 4): ``(r - r_M) / (1 - r_M)``.

    Parameters
    ----------
    fit : Fit
        A batch of fits ``*B``.
    marker : (*B, J) array
        Correlations of a theoretically unrelated marker with every construct; the smallest in absolute value counts.
    """
    place = np.abs(marker).argmin(axis=-1)
    shared = np.abs(np.take_along_axis(marker, place[..., None], axis=-1)[..., 0])
    base = shared[..., None, None]
    adjusted = (fit.correlations - base) / (1 - base)
    paths, r2 = structural(adjusted, fit.design, definite=False)
    return MarkerAdjusted(shared, np.asarray(adjusted), paths, r2)
