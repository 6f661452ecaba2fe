"""What a reviewer asks for: fit of PLS models, prediction, mediation, groups, segments, endogeneity.

Functions of fits and moments with any leading batch axes; where answers or their order matter, of rows.

Names load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csimodels.lazy import names_on_use

if TYPE_CHECKING:
    from csimodels.assess.blindfolding import Blindfolded, blindfold
    from csimodels.assess.copula import CopulaTest, copula_test, copula_values
    from csimodels.assess.cvpat import (
        LossTest,
        MediatorContribution,
        compare_models,
        compare_with_benchmark,
        mediator_contributions,
    )
    from csimodels.assess.endogeneity import (
        Instruments,
        MarkerAdjusted,
        TwoStage,
        marker_adjusted,
        two_stage_least_squares,
    )
    from csimodels.assess.exactness import ExactFit, exact_fit
    from csimodels.assess.fimix import (
        Mixture,
        MixtureSettings,
        compare_mixtures,
        fit_mixture,
    )
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
    from csimodels.assess.mga import (
        ParametricTest,
        PermutationTest,
        adjust_pairs,
        distance_test,
        henseler_p,
        loading_values,
        omnibus_test,
        parametric_test,
        path_values,
        permutation_tests,
        weight_values,
    )
    from csimodels.assess.micom_steps import ItemScale, Micom, micom
    from csimodels.assess.permutation import Groups, PermutationPlan, Permuted, observed_fit, permute
    from csimodels.assess.polychoric_items import Polychoric, polychoric, with_correlations
    from csimodels.assess.pos import Segmentation, SegmentationSettings, segment_by_prediction
    from csimodels.assess.prediction import Antecedents, Prediction, folds_of, predict
    from csimodels.assess.segments import SegmentProfile, profile_segments, segment_fits
    from csimodels.assess.tetrads import TetradTest, tetrad_test, tetrad_values, tetrads_of

__all__ = [
    "Antecedents",
    "Blindfolded",
    "CopulaTest",
    "Distances",
    "EquationCriteria",
    "ExactFit",
    "Groups",
    "Instruments",
    "ItemScale",
    "ItemStatistics",
    "LossTest",
    "MarkerAdjusted",
    "MediatorContribution",
    "Micom",
    "Mixture",
    "MixtureSettings",
    "ModelKind",
    "ParallelAnalysis",
    "ParametricTest",
    "PermutationPlan",
    "PermutationTest",
    "Permuted",
    "Polychoric",
    "Prediction",
    "Routes",
    "SegmentProfile",
    "Segmentation",
    "SegmentationSettings",
    "Suitability",
    "TetradTest",
    "TwoStage",
    "adjust_pairs",
    "blindfold",
    "compare_mixtures",
    "compare_models",
    "compare_with_benchmark",
    "construct_correlations",
    "copula_test",
    "copula_values",
    "direct_of_route",
    "distance_test",
    "distances",
    "distances_between",
    "equation_criteria",
    "exact_fit",
    "fit_mixture",
    "folds_of",
    "fornell_larcker_matrix",
    "full_collinearity",
    "goodness_of_fit",
    "henseler_p",
    "htmt2",
    "htmt_signed",
    "implied_correlations",
    "item_statistics",
    "item_vif",
    "loading_values",
    "marker_adjusted",
    "mediation_type",
    "mediator_contributions",
    "micom",
    "observed_fit",
    "omnibus_test",
    "parallel_analysis",
    "parametric_test",
    "path_values",
    "permutation_tests",
    "permute",
    "polychoric",
    "predict",
    "profile_segments",
    "raw_alpha",
    "redundancy",
    "rms_theta",
    "segment_by_prediction",
    "segment_fits",
    "share_of_total",
    "specific_indirect",
    "suitability",
    "tetrad_test",
    "tetrad_values",
    "tetrads_of",
    "two_stage_least_squares",
    "weight_values",
    "with_correlations",
]

__getattr__ = names_on_use(
    __name__,
    {
        "csimodels.assess.blindfolding": "Blindfolded blindfold",
        "csimodels.assess.copula": "CopulaTest copula_test copula_values",
        "csimodels.assess.cvpat": (
            "LossTest MediatorContribution compare_models compare_with_benchmark mediator_contributions"
        ),
        "csimodels.assess.endogeneity": "Instruments MarkerAdjusted TwoStage marker_adjusted two_stage_least_squares",
        "csimodels.assess.exactness": "ExactFit exact_fit",
        "csimodels.assess.fimix": "Mixture MixtureSettings compare_mixtures fit_mixture",
        "csimodels.assess.fit_pls": (
            "Distances EquationCriteria distances distances_between equation_criteria goodness_of_fit item_vif "
            "rms_theta"
        ),
        "csimodels.assess.implied": "ModelKind construct_correlations implied_correlations",
        "csimodels.assess.items": (
            "ItemStatistics ParallelAnalysis Suitability item_statistics parallel_analysis suitability"
        ),
        "csimodels.assess.measurement": (
            "fornell_larcker_matrix full_collinearity htmt2 htmt_signed raw_alpha redundancy"
        ),
        "csimodels.assess.mediation": "Routes direct_of_route mediation_type share_of_total specific_indirect",
        "csimodels.assess.mga": (
            "ParametricTest PermutationTest adjust_pairs distance_test henseler_p loading_values omnibus_test "
            "parametric_test path_values permutation_tests weight_values"
        ),
        "csimodels.assess.micom_steps": "ItemScale Micom micom",
        "csimodels.assess.permutation": "Groups PermutationPlan Permuted observed_fit permute",
        "csimodels.assess.polychoric_items": "Polychoric polychoric with_correlations",
        "csimodels.assess.pos": "Segmentation SegmentationSettings segment_by_prediction",
        "csimodels.assess.prediction": "Antecedents Prediction folds_of predict",
        "csimodels.assess.segments": "SegmentProfile profile_segments segment_fits",
        "csimodels.assess.tetrads": "TetradTest tetrad_test tetrad_values tetrads_of",
    },
)
