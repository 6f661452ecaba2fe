"""Fit measures of FIML by lavaan's names, with robust forms that missing answers do not distort."""

from __future__ import annotations

import numpy as np

from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.fiml.solution import FimlSolution
from csimodels.estimate.ml.fiml.tests import corrected, standard, yuan_bentler
from csimodels.estimate.ml.measures import (
    Chi2s,
    Measures,
    chi2_measures,
    goodness_measures,
    incremental_measures,
    likelihood_measures,
    other_measures,
    rmsea_measures,
)
from csimodels.estimate.ml.residuals import root_mean_squares
from csimodels.estimate.ml.testing import Test, plain


def fiml_measures(solution: FimlSolution, cases: HoledCases | None = None) -> Measures:
    """Every fit measure of a FIML fit, each ``(*B,)``.

    Residuals (SRMR and its kin) and GFI, AGFI, PGFI compare the implied moments with those of EM, the saturated model;
    lavaan's GFI of FIML compares them with moments of the answers that happen to be there, which holes distort.  The
    ``.robust`` measures are those of Zhang & Savalei (2023), see :func:`~csimodels.estimate.ml.fiml.tests.corrected`.

    Parameters
    ----------
    cases : the rows of one fit; they add the scaled (Yuan-Bentler) measures, and robust ones that need no normality.
    """
    n, npar = solution.data.total, solution.structure.table.npar
    test, base = standard(solution)
    scaled: tuple[Test | None, Test | None] = (None, None) if cases is None else yuan_bentler(solution, cases)
    tests = Chi2s(test, base, *scaled, n, solution.data.n.shape[-1])
    out: Measures = {"npar": np.full(n.shape, float(npar)), "ntotal": n, "fmin": test.stat / (2 * n)}
    out |= chi2_measures(tests) | incremental_measures(tests) | rmsea_measures(tests)
    out |= likelihood_measures(solution.logl, solution.saturated, npar, n)
    if scaled[0] is not None:
        out |= {"scaling.factor.h1": scaled[0].scaling_h1, "scaling.factor.h0": scaled[0].scaling_h0}
    out |= robust_measures(solution, cases)
    out |= root_mean_squares(solution.sample, solution.mu, solution.sigma, means=True)
    return out | goodness_measures(solution.as_ml()) | other_measures(test, npar, n)


def robust_measures(solution: FimlSolution, cases: HoledCases | None) -> Measures:
    """The ``.robust`` measures alone, see :func:`fiml_measures`."""
    model, base = corrected(solution, cases)
    unscaled = plain(model.unscaled, solution.df), plain(base.unscaled, solution.baseline_df)
    tests = Chi2s(*unscaled, model, base, solution.data.total, solution.data.n.shape[-1])
    both = incremental_measures(tests) | rmsea_measures(tests)
    return {name: value for name, value in both.items() if name.endswith(".robust")}
