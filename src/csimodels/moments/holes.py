"""What the answers that are there tell of those that are missing: the normal regression of the latter on the former."""

from __future__ import annotations

import numpy as np

from csimodels.moments.linalg import Bools, Floats, is_positive_definite


def slope_of_holes(cov: Floats, there: Bools) -> Floats:
    """(o, m) regression of the `m` items that are not `there` (p,) on the `o` that are.

    NaN where the covariances ``cov (p, p)`` of those that are there are singular.
    """
    known, pull = cov[np.ix_(there, there)], cov[np.ix_(there, ~there)]
    if not len(known) or is_positive_definite(known):
        return np.asarray(np.linalg.solve(known, pull))
    return np.full(pull.shape, np.nan)
