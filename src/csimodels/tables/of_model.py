"""The tables of the model: indices, ranks, paths, measurement, drivers, fit, changes."""

from __future__ import annotations

from dataclasses import replace

from csimodels.tables.columns import COLUMNS, Column
from csimodels.tables.table import (
    CHANGED,
    DIFFERED,
    DRIVERS,
    ENDS,
    ESTIMATE,
    LEAD,
    RANKS,
    ROLLED,
    TESTED_PATHS,
    UNIT,
    VERDICT,
    Table,
    take,
)

_LEVEL = Column("level", "Level (index)", "index")
CHANGED_PATHS = (
    *UNIT, *take("from to"), *ENDS,
    *take("before after change", before="coefficient", after="coefficient", change="coefficient"), *TESTED_PATHS,
)  # fmt: skip
_P = replace(COLUMNS["p"], of_replicates=True)

#: In the order of the workbook.
MODEL_TABLES: tuple[Table, ...] = (
    Table(
        "index", "Indices",
        take("construct index se low high n n_eff status deff", se="points", low="index", high="index"),
        optional=False, method="index", group_title="Groups", page="section",
    ),
    Table(
        "rollup", "Roll-up", ROLLED, of_groups="only", page="section",
    ),
    Table("ranks", "Ranks", RANKS, of_groups="only", page="section"),
    Table("ranks_within", "Ranks within units", RANKS, of_groups="only", page="section"),
    Table(
        "best_quarter", "Best quarter",
        take("construct index se low high among status", se="points", low="index", high="index",
             index=Column("index", "Level of the best quarter", "index"),
             among=Column("among", "Groups", "count")),
        of_groups="only",
        about="The level that a quarter of the groups reach (where lower is better: stay at or under). The interval "
              "allows for the choice of the group that stands there; it is wider than that of one group stated "
              "beforehand.",
    ),
    Table(
        "differences", "Differences", DIFFERED,
        of_groups="only", page="section",
    ),
    Table(
        "first_last", "First and last of each level", DIFFERED,
        of_groups="only",
        about="The first unit of every level between the lowest and the top, less the last one. Both are chosen by "
              "their indices: p-values are corrected for all pairs of the level.",
    ),
    Table(
        "paths", "Paths", take("source target estimate se low high p status", p=_P),
        optional=False, method="paths", group_title="Group paths", page="section",
    ),
    Table(
        "path_differences", "Differences of paths",
        (*UNIT, *take("against"), *ENDS, *take("difference", difference="coefficient"), *TESTED_PATHS),
        of_groups="only",
        about="Path coefficients of groups less those of what they are compared with; p-values corrected for all rows "
              "of a wave. Comparable where the groups understand the questions alike (measurement invariance).",
    ),
    Table(
        "loadings", "Measurement",
        take("construct item weight weight_unstd loading communality se low high weight_se weight_low weight_high "
             "status"),
        optional=False, method="loadings", group_title="Group measurement", page="section", interval_of="loading",
    ),
    Table(
        "dimensions", "Dimensions",
        take("construct dimension weight weight_unstd loading communality se low high weight_se weight_low weight_high "
             "status"),
        method="dimensions", when="has_dimensions", group_title="Group dimensions", page="section",
        interval_of="loading",
    ),
    Table(
        "effects", "Effects",
        take("source target direct indirect total total_se total_low total_high total_p total_unstd impact impact_se "
             "impact_low impact_high status"),
        optional=False, method="effects", group_title="Group effects", page="section",
    ),
    Table(
        "specific_effects", "Specific indirect effects",
        take("source target through estimate se low high p direct total vaf mediation status",
             estimate=Column("estimate", "Indirect effect", "coefficient"), p=_P),
        method="specific_effects", when="has_specific_effects",
        about="Indirect effects mediator by mediator (standardised); the type of mediation is told from intervals.",
    ),
    Table(
        "interactions", "Interactions",
        take("target term estimate se low high p standardised f2 effect status",
             estimate=Column("estimate", "Effect of the product", "coefficient")),
        method="interactions", when="has_interactions", asked="interactions", desk=True,
        about="Effects of products of constructs: how much one changes the effect of another, and curves. Paths, "
              "effects and drivers elsewhere hold where moderators are at their mean.",
    ),
    Table(
        "simple_slopes", "Simple slopes",
        take("target source moderator at level second second_at estimate se low high p points status",
             level=_LEVEL, estimate=Column("estimate", "Effect", "coefficient")),
        method="simple_slopes", when="has_interactions", asked="interactions", desk=True,
        about="The effect of one construct where the other is low, average and high (standard deviations from its "
              "mean); of a yes-or-no item for no (0) and yes (1).",
    ),
    Table(
        "moderated_mediation", "Moderated mediation",
        take("source mediator target moderator stage estimate se low high p status",
             estimate=Column("estimate", "Change of the indirect effect", "coefficient")),
        method="moderated_mediation", when="has_moderated_routes", asked="interactions", desk=True,
        about="How much an indirect effect changes with a moderator (index of moderated mediation, Hayes 2015).",
    ),
    Table(
        "floodlight", "Floodlight",
        take("target source moderator second second_at begins ends begins_at ends_at sign status"),
        method="floodlight", when="has_curves", asked="interactions", desk=True,
        about="Where on the scale of the moderator the effect is above 0, below 0, or cannot be told from 0 "
              "(Johnson-Neyman).",
    ),
    Table(
        "floodlight_curve", "Floodlight curves",
        take("target source moderator at level second second_at estimate se low high p points status",
             level=_LEVEL, estimate=Column("estimate", "Effect", "coefficient")),
        method="floodlight_curve", when="has_curves", page="workbook", asked="interactions", desk=True,
    ),
    Table(
        "controls", "Covariates",
        take("target control kind reference estimate se low high p points points_se points_low points_high f2 status",
             estimate=Column("estimate", "Effect", "coefficient"), kind=Column("kind", "Kind", "text"),
             points=Column("points", "Points of a unit", "points"), control=Column("control", "Covariate", "label"),
             points_low="points", points_high="points"),
        method="controls", when="has_controls", asked="controls", desk=True,
        about="Effects of what is no part of the index (age, region): numbers standardised, kinds against the "
              "reference.",
    ),
    Table(
        "drivers", "Drivers", take("driver") + DRIVERS + LEAD + VERDICT,
        method="drivers", when="has_drivers", group_title="Group drivers", page="section",
    ),
    Table(
        "driver_items", "Driver items", take("driver item") + DRIVERS + VERDICT,
        method="driver_items", when="has_drivers", group_title="Group driver items", page="section",
    ),
    Table(
        "r2", "R²", take("construct r2 r2_adj se low high status"),
        optional=False, method="r2", group_title="Group R²", page="section", interval_of="r2",
    ),
    Table(
        "quality", "Quality",
        take("criterion subject value low high threshold verdict source status", subject="label", value=ESTIMATE,
             source=Column("source", "Literature", "text")),
        method="quality", group_title="Group quality", page="section",
    ),
    Table(
        "parameters", "Parameters",
        take("lhs op rhs label free est se z p low high std_lv std_all std_all_se errors status"),
        group_title="Group parameters", page="section", covariance=True,
    ),
    Table(
        "fit_measures", "Fit measures", take("measure value status", measure="label", value=ESTIMATE),
        group_title="Group fit measures", page="section", covariance=True,
    ),
    Table(
        "model_effects", "Model effects", take("source target kind est se z p std_all std_all_se status"),
        of_groups="no", page="section", covariance=True,
    ),
    Table(
        "modification_indices", "Modification indices", take("lhs op rhs mi epc sepc_lv sepc_all status"),
        of_groups="no", page="section", covariance=True,
    ),
    Table(
        "model_residuals", "Residuals", take("item other raw cor z status"),
        of_groups="no", page="section", covariance=True,
    ),
    Table(
        "explained", "Explained variance", take("variable r2 se status"),
        of_groups="no", page="section", covariance=True,
    ),
    Table(
        "fits", "Fits", take("n n_eff converged iterations smallest_eigenvalue status"),
        of_groups="only", method="fits", page="workbook",
    ),
    Table(
        "replicates", "Replicates", take("asked kept failed not_converged singular inadmissible"),
        of_groups="only", method="replicates", page="workbook",
    ),
    Table(
        "changes", "Changes", CHANGED,
        of_groups="only", page="section",
    ),
    Table(
        "path_changes", "Changes of paths", CHANGED_PATHS,
        of_groups="only", about="Path coefficients of groups from each wave to the next; p-values corrected for all "
                                "rows.",
    ),
    Table(
        "wave_index", "All respondents by wave",
        take("construct index se low high n n_eff status deff", se="points", low="index", high="index"),
        of_groups="only", about="The index of all respondents together, wave by wave.",
    ),
    Table(
        "wave_changes", "Changes of all respondents", CHANGED,
        of_groups="only", about="Changes of all respondents together from each wave to the next.",
    ),
    Table(
        "wave_path_changes", "Changes of paths of all respondents", CHANGED_PATHS,
        of_groups="only", about="Path coefficients of all respondents together from each wave to the next; p-values "
                                "corrected for all rows.",
    ),
)  # fmt: skip
