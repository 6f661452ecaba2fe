"""Every number that is compared with another tool: one list for the tests and for the validation page.

A group is a function that yields :class:`Row`; :data:`GROUPS` names them.  Tolerances stand in ``compared.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import against_assess
import against_composites
import against_constraints
import against_designs
import against_desk
import against_domains
import against_files
import against_groups
import against_interactions
import against_ladders
import against_lavaan
import against_lavaan_missing
import against_models
import against_ordinal
import against_packages
import against_published
import against_raked
import against_random
import against_replicates
import against_rollup
import against_rows
import against_semopy
import against_survey_random
from compared import TIGHT, Row

from csimodels.estimate import PLS, PLSc

__all__ = ["GROUPS", "Row"]

GROUPS: dict[str, Callable[[str], Iterator[Row]]] = {
    "PLS mode A, path scheme: cSEM": partial(
        against_files.r_reference, name="pls_cSEM_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "PLS mode A, centroid scheme: cSEM": partial(
        against_files.r_reference, name="pls_cSEM_ecsi_modeA_centroid.json", estimator=PLS("centroid", **TIGHT)
    ),
    "PLS mode B, path scheme: cSEM": partial(
        against_files.r_reference, name="pls_cSEM_ecsi_modeB_path.json", estimator=PLS(**TIGHT), mode="B"
    ),
    "PLSc, path scheme: cSEM": partial(
        against_files.r_reference, name="pls_cSEM_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)
    ),
    "PLS mode A, path scheme: seminr (R)": partial(
        against_files.r_reference, name="pls_seminrR_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "PLSc, path scheme: seminr (R)": partial(
        against_files.r_reference, name="pls_seminrR_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)
    ),
    "PLS mode A, centroid scheme: plspm": partial(
        against_files.r_reference, name="pls_plspmR_ecsi_modeA_centroid_scaled.json", estimator=PLS("centroid", **TIGHT)
    ),
    "PLS mode A, path scheme: SmartPLS": partial(against_files.smartpls, scheme="path"),
    "PLS mode A, centroid scheme: SmartPLS": partial(against_files.smartpls, scheme="centroid"),
    "PLS mode A, factorial scheme: SmartPLS": partial(against_files.smartpls, scheme="factorial"),
    "PLS mode A, path scheme: seminr (PyPI)": partial(against_packages.live, scheme="path", kind="A"),
    "PLS mode B, path scheme: seminr (PyPI)": partial(against_packages.live, scheme="path", kind="B"),
    "PLS mode A, factorial scheme: seminr (PyPI)": partial(against_packages.live, scheme="factorial", kind="A"),
    "PLS mode B, factorial scheme: seminr (PyPI)": partial(against_packages.live, scheme="factorial", kind="B"),
    "PLS mode A, centroid scheme: seminr (PyPI)": partial(against_packages.live, scheme="centroid", kind="A"),
    "PLS modes A and B mixed: seminr (PyPI)": against_packages.mixed_modes,
    "PLSc, path scheme: seminr (PyPI)": partial(against_packages.live, scheme="path", kind="C"),
    "PLSc, factorial scheme: seminr (PyPI)": partial(against_packages.live, scheme="factorial", kind="C"),
    "Index 0-100, ECSI model": partial(against_files.index, block="ecsi"),
    "Index 0-100, ACSI paths": partial(against_files.index, block="acsi"),
    "Performance and unstandardised effects: cSEM": against_files.csem_performance,
    "Quality criteria, PLS: cSEM": partial(
        against_files.quality, name="pls_cSEM_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "Quality criteria, PLSc: cSEM": partial(
        against_files.quality, name="pls_cSEM_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)
    ),
    "Models drawn at random, PLS and PLSc: seminr (PyPI)": against_random.models,
    "Quality criteria, PLS: seminr (R)": partial(
        against_files.quality, name="pls_seminrR_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "Quality criteria, PLSc: seminr (R)": partial(
        against_files.quality, name="pls_seminrR_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)
    ),
    "Fit of PLS and PLSc models: cSEM": against_assess.fit_measures,
    "HTMT2, criteria of equations, VIF of items: cSEM and seminr (R)": against_assess.measurement,
    "PLSpredict, 10 folds: seminr (PyPI)": against_assess.prediction,
    "Predictions for the respondents of the fit: seminr (PyPI)": against_assess.predicted,
    "Interactions and curves in two stages: scores of seminr (PyPI)": against_interactions.two_stage,
    "Interaction by product indicators: seminr (PyPI)": partial(against_interactions.by_items, way="product_indicator"),
    "Interaction by orthogonalised products: seminr (PyPI)": partial(against_interactions.by_items, way="orthogonal"),
    "Polychoric correlations of ordered answers: lavaan": against_ordinal.correlations,
    "PLS and PLSc on polychoric correlations: seminr (PyPI)": against_ordinal.study,
    "DWLS of ordered answers, errors and fit: lavaan": against_ordinal.weighted,
    "Missing answers, listwise: pandas": partial(against_packages.missing, rule="listwise"),
    "Missing answers, mean replacement: pandas": partial(against_packages.missing, rule="mean"),
    "Missing answers, pairwise: pandas": partial(against_packages.missing, rule="pairwise"),
    "Missing answers, EM: lavaan": against_files.em,
    "PLS with mean replacement: seminr (PyPI)": partial(against_packages.missing_fit, rule="mean"),
    "PLS with listwise deletion: seminr (PyPI)": partial(against_packages.missing_fit, rule="listwise"),
    "Bootstrap replicates, PLS: seminr (PyPI)": partial(against_packages.bootstrap, kind="A"),
    "Bootstrap replicates, PLSc: seminr (PyPI)": partial(against_packages.bootstrap, kind="C"),
    "Bootstrap replicates, mean replacement: seminr (PyPI)": partial(
        against_packages.bootstrap, kind="A", incomplete=True
    ),
    "Second-order construct in two stages, mode A: seminr (PyPI)": partial(against_packages.two_stages, kind="A"),
    "Second-order construct in two stages, mode B: seminr (PyPI)": partial(against_packages.two_stages, kind="B"),
    "Second-order causes of second-order effects: seminr (PyPI)": against_packages.second_to_second,
    "Second-order construct, embedded stages: cSEM": against_files.embedded,
    **{
        f"Errors and intervals in two stages, {kind}: refits from rows": partial(against_rows.two_stages, kind=kind)
        for kind in against_rows.KINDS
    },
    "Second-order construct, mode A: seminr (PyPI)": partial(against_packages.second_order_fit, kind="A"),
    "Second-order construct, mode B: seminr (PyPI)": partial(against_packages.second_order_fit, kind="B"),
    "Whole-number weights: seminr (PyPI)": against_packages.integer_weights,
    "Index errors, linearised: survey": against_designs.linearised,
    "Index errors, replicate weights and jackknife: survey": against_designs.repeated,
    "Shares, NPS and gaps under designs: survey": against_desk.means,
    "Models of behaviour under designs: survey": against_desk.behaviour,
    "Weighted means, Wilson's intervals, behaviour by group, through a study: survey": against_desk.front_door,
    "Designs drawn at random: survey": against_survey_random.designs,
    "Companies by chance or planned, lone strata, roll-up and changes: survey": against_domains.survey,
    "Companies under weights raked over all of them, roll-up and changes: survey": against_raked.survey,
    "Companies under given replicate weights, roll-up and changes: survey": against_replicates.survey,
    "Roll-up with entries, exits and shared clusters: refits from rows": against_rollup.rolled_up,
    "ML, GLS, ULS, WLS and groups, estimates: lavaan": against_lavaan.core,
    "ML, ACSI paths: lavaan": partial(against_lavaan.inference, runs=("acsi", "acsi_observed")),
    "ML, ACSI paths, robust: lavaan": partial(against_lavaan.inference, runs=("acsi_mlm", "acsi_mlr")),
    "ML, ACSI paths, weights and clusters: lavaan": partial(
        against_lavaan.inference, runs=("acsi_weights", "acsi_cluster", "acsi_weights_cluster")
    ),
    "ULS, ACSI paths: lavaan": partial(against_lavaan.inference, runs=("acsi_uls",)),
    "Effects and their errors, ACSI paths: lavaan": against_lavaan.effects,
    "ML, Holzinger-Swineford: lavaan": partial(
        against_lavaan.inference, runs=("hs", "hs_second", "hs_observed", "hs_mlm", "hs_mlr")
    ),
    "GLS, ULS and WLS, Holzinger-Swineford: lavaan": partial(
        against_lavaan.inference, runs=("hs_gls", "hs_uls", "hs_uls_mlm", "hs_wls")
    ),
    "ML, Political Democracy: lavaan": partial(against_lavaan.inference, runs=("pd", "pd_mlr", "pd_mlm")),
    "Defined parameters of a mediation: lavaan": against_lavaan.defined,
    "ML, files of the shared folder: lavaan": against_lavaan.shared,
    "FIML and two-stage ML, ACSI paths: lavaan": against_lavaan_missing.missing,
    "Invariance by GLS, ULS and WLS: lavaan": against_ladders.ladders,
    "Invariance ladder: lavaan": against_lavaan_missing.ladders,
    "Invariance, Holzinger-Swineford: lavaan": against_lavaan_missing.schools,
    "Partial invariance and latent means: lavaan": against_lavaan_missing.partial,
    "Parameters of single groups, ML and GLS: lavaan": partial(
        against_groups.together, runs=("fixed", "some_equal", "one_free", "marker_free", "with_equal", "scalar", "gls")
    ),
    "Differences of paths between groups: lavaan": against_groups.apart,
    "Modification indices and residuals of groups: lavaan": against_groups.missed,
    "Covariates as fixed or random x: lavaan": partial(against_groups.alone, runs=tuple(against_groups.COVARIATES)),
    "Items of two constructs: lavaan": against_groups.shared,
    "Ordered answers of several groups: lavaan": partial(against_groups.together, runs=("ordered", "ordered_equal")),
    "Constraints and inequalities: lavaan": against_constraints.constrained,
    "Models of textbooks and manuals, as lavaan's text has them: lavaan": against_models.models,
    "ML, ACSI paths: semopy": against_semopy.live,
    "Published: Mplus and the tutorial of lavaan": partial(
        against_published.results, kinds=("mplus", "lavaan", "moments")
    ),
    "Published: equality across groups": partial(against_published.results, kinds=("groups",)),
    "Published: planted parameters of cSEM's tests": partial(against_published.results, kinds=("planted",)),
    "Published: second order, interactions and missing answers of seminr's tests": partial(
        against_published.results, kinds=("seminr",)
    ),
    "Published: composite models of tests and manuals": partial(against_composites.results, kind="Tests"),
    "Published: composite models of textbooks and examples": partial(against_composites.results, kind="Examples"),
}
