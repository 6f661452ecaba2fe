"""From (`Design`, `Moments`) to `Fit`: one pure module per estimator.

Names load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csimodels.lazy import names_on_use

if TYPE_CHECKING:
    from csimodels.estimate.design import Design
    from csimodels.estimate.diagnose import inadmissible_reasons, singular_reasons
    from csimodels.estimate.fit import Estimator, Fit, structural, total_effects
    from csimodels.estimate.ml import FIML, ML, MLFit
    from csimodels.estimate.pls import PLS
    from csimodels.estimate.plsc import PLSc
    from csimodels.estimate.reasons import reasons_of, solutions_of
    from csimodels.estimate.register import CLASSES, Kind, make_estimator
    from csimodels.estimate.semopy_peer import Semopy

__all__ = [
    "CLASSES",
    "FIML",
    "ML",
    "PLS",
    "Design",
    "Estimator",
    "Fit",
    "Kind",
    "MLFit",
    "PLSc",
    "Semopy",
    "inadmissible_reasons",
    "make_estimator",
    "reasons_of",
    "singular_reasons",
    "solutions_of",
    "structural",
    "total_effects",
]

__getattr__ = names_on_use(
    __name__,
    {
        "csimodels.estimate.design": "Design",
        "csimodels.estimate.diagnose": "inadmissible_reasons singular_reasons",
        "csimodels.estimate.fit": "Estimator Fit structural total_effects",
        "csimodels.estimate.ml": "FIML ML MLFit",
        "csimodels.estimate.pls": "PLS",
        "csimodels.estimate.plsc": "PLSc",
        "csimodels.estimate.reasons": "reasons_of solutions_of",
        "csimodels.estimate.register": "CLASSES Kind make_estimator",
        "csimodels.estimate.semopy_peer": "Semopy",
    },
)
