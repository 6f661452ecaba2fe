"""What a reviewer asks for: fit of PLS models, prediction, mediation, groups, segments, endogeneity.

Functions of fits and moments with any leading batch axes; where answers or their order matter, of rows.
"""

from csimodels.assess.exact_fit import ExactFit, exact_fit
from csimodels.assess.fit_pls import (
    Distances,
    EquationCriteria,
    distances,
    distances_between,
    equation_criteria,
    goodness_of_fit,
    item_vif,
    rms_theta,
)
from csimodels.assess.implied import ModelKind, construct_correlations, implied_correlations
from csimodels.assess.items import (
    ItemStatistics,
    ParallelAnalysis,
    Suitability,
    item_statistics,
    parallel_analysis,
    suitability,
)
from csimodels.assess.measurement import (
    fornell_larcker_matrix,
    full_collinearity,
    htmt2,
    htmt_signed,
    raw_alpha,
    redundancy,
)
from csimodels.assess.mediation import (
    Routes,
    direct_of_route,
    mediation_type,
    share_of_total,
    specific_indirect,
)
from csimodels.assess.tetrads import TetradTest, tetrad_test, tetrad_values, tetrads_of

__all__ = [
    "Distances",
    "EquationCriteria",
    "ExactFit",
    "ItemStatistics",
    "ModelKind",
    "ParallelAnalysis",
    "Routes",
    "Suitability",
    "TetradTest",
    "construct_correlations",
    "direct_of_route",
    "distances",
    "distances_between",
    "equation_criteria",
    "exact_fit",
    "fornell_larcker_matrix",
    "full_collinearity",
    "goodness_of_fit",
    "htmt2",
    "htmt_signed",
    "implied_correlations",
    "item_statistics",
    "item_vif",
    "mediation_type",
    "parallel_analysis",
    "raw_alpha",
    "redundancy",
    "rms_theta",
    "share_of_total",
    "specific_indirect",
    "suitability",
    "tetrad_test",
    "tetrad_values",
    "tetrads_of",
]
