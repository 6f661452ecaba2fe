"""What each construct of a fit is measured by: its items, or the scores of its dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate import Fit
from csimodels.moments.linalg import Floats


def scored(fit: Fit) -> tuple[tuple[int, NDArray[np.intp]], ...]:
    """Constructs that a fit in stages measures by scores, and the places of their dimensions."""
    if fit.stages is None:
        return ()
    return tuple((j, np.asarray(parts, dtype=np.intp)) for j, parts in enumerate(fit.design.parts) if parts)


def indicators(fit: Fit) -> tuple[Floats, Floats]:
    """Correlations ``(*B, q, q)`` of all indicators, and ``(q, J)`` 1.0 where one belongs to a construct.

    Indicators are the entries of the design and, behind them, in a fit in stages, the scores of the constructs (under
    PLSc uncorrected, as items are); a higher-order construct has the scores of its dimensions instead of their items
    (Sarstedt et al. 2019, section 5).
    """
    d, corr = fit.design, fit.moments.corr
    if fit.stages is None:
        return corr, d.mask
    cross = corr @ fit.weights
    between = np.swapaxes(fit.weights, -1, -2) @ cross
    whole = np.block([[corr, cross], [np.swapaxes(cross, -1, -2), between]])
    mask = np.concatenate([d.mask * ~d.higher_order, np.zeros((len(d.constructs),) * 2)])
    for j, parts in scored(fit):
        mask[len(d.block) + parts, j] = 1.0
    return np.asarray(whole), mask
