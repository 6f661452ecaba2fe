"""How each fit went."""

from __future__ import annotations

import numpy as np
import pandas as pd

from csimodels.errors import Status
from csimodels.tables.estimates import Estimates


def fits(estimates: Estimates) -> pd.DataFrame:
    """One row per fit: rows used, convergence, admissibility.

    Columns: group columns; ``n, n_eff``; ``converged`` and the ``iterations`` it took; ``smallest_eigenvalue`` of the
    construct correlations (zero or below: collinear or inadmissible; zero is right for a higher-order construct, which
    is made of others); ``status``.
    """
    table = pd.DataFrame([list(key) for key in estimates.keys], columns=list(estimates.by))
    table["n"] = estimates.n.astype(np.int64)
    table["n_eff"] = estimates.n_eff
    lost = int(Status.NOT_CONVERGED | Status.SINGULAR | Status.TOO_FEW)
    table["converged"] = (estimates.status & lost) == 0
    table["iterations"] = estimates.iterations
    table["smallest_eigenvalue"] = estimates.smallest_eigenvalue
    table["status"] = estimates.status_text(1)
    return table
