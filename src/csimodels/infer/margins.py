"""Influence of rows under weights that were raked to known margins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.infer.influence import Influence
from csimodels.moments import Rows
from csimodels.moments.counts import At
from csimodels.moments.linalg import Bools, Floats


@dataclass(frozen=True, eq=False)
class KnownMargins:
    """What weights were raked to.

    Attributes
    ----------
    codes : (n, M) array
        Category of each row in each margin.
    free : (n,) array, optional
        Rows whose factor is not at a bound; None where there are no bounds.
    before : (n,) array, optional
        Weights before raking, where there are bounds.
    """

    codes: NDArray[np.intp]
    free: Bools | None = None
    before: Floats | None = None


def residual_of_margins(influence: Influence, rows: Rows, margins: KnownMargins) -> Influence:
    """Influence under weights that were raked to known margins (Deville & Saerndal 1992, section 3.4).

    What the margins explain is known and has no sampling error: the residuals of a weighted regression on the
    categories of the margins are left.  Weights at a bound do not move with the sample (the derivative of a clipped
    factor is 0), so that the regression is that of the others; the residuals are those of all.  The sum of the weights
    that the shares refer to is that of the sample before raking, so each row moves the targets by its own weight: what
    the residuals sum to is taken off in these proportions (nothing without bounds).  This is the derivative at the
    sample.  The limit of Deville & Saerndal, which R's survey takes, lets all factors tend to 1: it regresses on
    all rows with the weights before raking, and comes out too small where many weights stay at a bound and the answers
    there differ from what the margins explain (docs/uncertainty.md#raking).
    """
    codes, free = margins.codes, margins.free
    known = [np.unique(column) for column in codes.T]
    weights = rows.unit_weights

    def categories(at: At) -> Floats:
        parts = [column[:, None] == values for column, values in zip(codes[at].T, known, strict=True)]
        return np.concatenate(parts, axis=1).astype(np.float64)

    width = sum(len(values) for values in known)
    cross, right = np.zeros((width, width)), np.zeros((width, influence.size))
    for at in rows.blocks():
        x = categories(at)
        if free is not None:
            x = x * free[at, None]
        cross += x.T @ (weights[at, None] * x)
        right += x.T @ influence.direct(at)
    slope = np.linalg.lstsq(cross, right, rcond=None)[0]

    def residual(at: At) -> Floats:
        return np.asarray(influence.direct(at) - weights[at, None] * (categories(at) @ slope))

    if margins.before is None:
        return Influence(influence.size, residual, influence.transform)
    share = margins.before / margins.before.sum()
    excess = np.sum([residual(at).sum(axis=0) for at in rows.blocks()], axis=0)

    def direct(at: At) -> Floats:
        return np.asarray(residual(at) - share[at, None] * excess)

    return Influence(influence.size, direct, influence.transform)
