"""Covariance-based estimation: maximum likelihood and its kin, batched over samples.

Names load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csimodels.lazy import names_on_use

if TYPE_CHECKING:
    from csimodels.estimate.ml.diagnose import (
        ml_cautions,
        ml_inadmissible_reasons,
        ml_singular_reasons,
        ml_unconverged_reasons,
    )
    from csimodels.estimate.ml.estimator import ML, MLFit
    from csimodels.estimate.ml.fiml.estimator import FIML, FimlFit
    from csimodels.estimate.ml.identification import refuse_unidentified
    from csimodels.estimate.ml.parameters import ParameterTable, Row
    from csimodels.estimate.ml.sample import Sample
    from csimodels.estimate.ml.solution import Solution, solve
    from csimodels.estimate.ml.structure import Matrices, Structure

__all__ = [
    "FIML",
    "ML",
    "FimlFit",
    "MLFit",
    "Matrices",
    "ParameterTable",
    "Row",
    "Sample",
    "Solution",
    "Structure",
    "ml_cautions",
    "ml_inadmissible_reasons",
    "ml_singular_reasons",
    "ml_unconverged_reasons",
    "refuse_unidentified",
    "solve",
]

__getattr__ = names_on_use(
    __name__,
    {
        "csimodels.estimate.ml.diagnose": (
            "ml_cautions ml_inadmissible_reasons ml_singular_reasons ml_unconverged_reasons"
        ),
        "csimodels.estimate.ml.estimator": "ML MLFit",
        "csimodels.estimate.ml.fiml.estimator": "FIML FimlFit",
        "csimodels.estimate.ml.identification": "refuse_unidentified",
        "csimodels.estimate.ml.parameters": "ParameterTable Row",
        "csimodels.estimate.ml.sample": "Sample",
        "csimodels.estimate.ml.solution": "Solution solve",
        "csimodels.estimate.ml.structure": "Matrices Structure",
    },
)
