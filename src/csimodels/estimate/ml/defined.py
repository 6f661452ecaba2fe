"""Direct, indirect and total effects of constructs, errors by the delta method (Sobel 1982; Bollen 1987)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.fit import total_effects
from csimodels.estimate.ml.delta import Estimated, by_matrices, delta
from csimodels.estimate.ml.implied import factor_moments
from csimodels.estimate.ml.standardised import deviations
from csimodels.estimate.ml.structure import Matrices, Structure
from csimodels.moments.linalg import Floats


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects among the factors, each ``(*B, G, m, m)``, ``[target, source]``; 0 where there is no route."""

    direct: Estimated
    indirect: Estimated
    total: Estimated


def effects(structure: Structure, x: Floats, cov: Floats, *, standardise: bool = False) -> Effects:
    """Effects at the parameters ``x (*B, q)`` with covariance ``cov (*B, q, q)``.

    Parameters
    ----------
    standardise : in standard deviations of both constructs instead of their units.

    Notes
    -----
    Total ``(I - B)^{-1} - I``, indirect total less direct.  The loadings of a higher-order construct on its dimensions
    are effects too.
    """
    table = structure.table
    groups, m = table.groups, len(table.factors)
    each = delta(by_matrices(structure, lambda matrices: _effects(matrices, standardise)), x, cov)
    each = each.reshaped(3, groups, m, m)
    parts = [Estimated(*(a[..., k, :, :, :] for a in (each.value, each.se, each.p))) for k in range(3)]
    return Effects(*parts)


def _effects(matrices: Matrices, standardise: bool) -> NDArray[Any]:
    """(*B, 3 G m m) direct, indirect, total."""
    a, cov, _ = factor_moments(matrices)
    # sums of products: 0 where there is no route, which an inverse gives but for its last bits
    total = np.where(np.isnan(a), a, total_effects(matrices.beta))
    stacked = np.stack([matrices.beta, total - matrices.beta, total], axis=-4)
    if standardise:
        sd = deviations(cov)
        stacked = stacked * (sd[..., None, :] / sd[..., :, None])[..., None, :, :, :]
    return np.asarray(stacked.reshape(*stacked.shape[:-4], -1))
