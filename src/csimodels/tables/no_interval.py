"""Columns of numbers that have no interval, and why: what docs/tables.md lists, and a test checks for every table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from csimodels.tables.columns import DECIMALS
from csimodels.tables.table import Table

#: Errors, limits and p-values are no numbers of their own.
_PARTS = ("se", "low", "high", "p", "p_adj", "df")
#: A reason that holds for a column of this name in every table.
ANY = "*"


@dataclass(frozen=True)
class Reason:
    """Why columns have no interval.

    Attributes
    ----------
    why : str
        One sentence.
    columns : mapping of str to str
        Table, or :data:`ANY`, to names of columns, blanks between.
    """

    why: str
    columns: Mapping[str, str]

    def holds(self, table: str, column: str) -> bool:
        """Whether this is the reason of a column."""
        return any(column in self.columns.get(key, "").split() for key in (table, ANY))


REASONS: tuple[Reason, ...] = (
    Reason(
        "Counts of what was asked, found or computed, and places in an order that is found.",
        {
            ANY: "n n_eff members among asked kept failed not_converged singular inadmissible waves persons count "
            "tenth depth judges empty distinct missing dont_know refused not_asked system there contenders lead_rank",
            "fits": "iterations",
            "benchmark": "rank",
            "agreement": "assumed_rank found_rank move",
            "fuzzy": "grade",
            "target_moves": "respondents",
            "plan_strata": "population proportional neyman",
            "plan_reached": "needed",
        },
    ),
    Reason(
        "Stated in the spec or a file, or made from it before the estimate, and taken as known.",
        {
            ANY: "weight_share covered target cost at second_at top",
            "hierarchy": "weight effective_weight",
            "classes": "weight",
            "gaps": "weight",
            "delivered_value": "weight",
            "behaviour_at": "level",
            "hierarchy_weights": "lambda_max ci cr kendall_w largest_cv",
            "plan": "aim",
            "plan_strata": "sd",
            "plan_reached": "aim",
        },
    ),
    Reason(
        "The interval stands in `result.json` under the block named in brackets, and in no column.",
        {
            "effects": "direct indirect total_unstd",
            "loadings": "weight_unstd communality",
            "dimensions": "weight_unstd",
            "r2": "r2_adj",
            "interactions": "standardised f2",
            "simple_slopes": "points",
            "controls": "f2",
        },
    ),
    Reason(
        "The same number stands with its interval in another table: indices in `index`, paths in `paths`, total "
        "effects in `effects` and `drivers`, R² in `r2`, HTMT in `quality`, changes in `changes`.",
        {
            "ranks": "index",
            "ranks_within": "index",
            "simple_ranks": "index",
            "changes": "before after",
            "wave_changes": "before after",
            "path_changes": "before after",
            "wave_path_changes": "before after",
            "simple_changes": "before after",
            "wave_simple_changes": "before after",
            "comparison": "before after",
            "compared_paths": "before after",
            "specs": "first second",
            "specific_effects": "direct total",
            "drivers": "importance_std",
            "driver_shares": "estimate total r2",
            "targets": "index",
            "target_moves": "index",
            "what_if": "index",
            "target_drivers": "effect",
            "least_effort": "effect",
            "budget": "effect",
            "discriminant": "htmt htmt2",
            "change_parts": "total",
            "wave_change_parts": "total",
        },
    ),
    Reason(
        "Follow from the number beside them that has an interval: a multiple, a square, the level that it leads to.",
        {
            "dimensions": "communality",
            "driver_items": "importance_std",
            "floodlight_curve": "points",
            "gaps": "gap_answers",
            "what_if": "after",
            "target_moves": "share_after after",
            "budget": "rise spent",
        },
    ),
    Reason(
        "Shares and orders of estimates: they jump where two estimates change places, or divide by what may be 0.",
        {
            ANY: "cumulative p_first p_top3",
            "drivers": "share",
            "driver_items": "share",
            "focus_drivers": "share importance_std",
            "specific_effects": "vaf",
            "driver_shares": "lmg_share relative_weight_share",
            "item_shares": "estimate r2 lmg_share relative_weight_share",
            "agreement": "spearman kendall",
            "targets": "probability",
        },
    ),
    Reason(
        "Statistics of a test, with their p-value, standard error or critical values beside them where known.",
        {
            ANY: "z q p_equal chi2 mi chisq hi95 hi99",
            "cvpat": "t difference",
            "model_residuals": "raw cor",
            "joint_residuals": "raw cor",
            "modification_indices": "epc sepc_lv sepc_all",
            "joint_modification": "epc sepc_lv sepc_all",
            "parameters": "std_lv std_all",
            "joint_parameters": "std_lv std_all",
            "latent_means": "mean",
            "invariance": "chisq_diff df_diff p_diff",
            "model_effects": "est std_all",
            "explained": "r2",
        },
    ),
    Reason(
        "Fit, prediction and validity of the model as a whole (RMSEA has its interval as rows of its own).",
        {
            "fits": "smallest_eigenvalue",
            "fit_measures": "value",
            "invariance": "scaling cfi tli delta_cfi delta_rmsea",
            "model_fit": "value",
            "prediction": "rmse mae q2 rmse_linear mae_linear q2_linear rmse_mean mae_mean",
            "cvpat": "loss loss_benchmark",
            "discriminant": "htmt_signed correlation",
            "cross_loadings": "loading",
            "behaviour": "auc",
            "behaviour_calibration": "predicted observed",
            "transition_tests": "second_eigenvalue",
            "wave_transition_tests": "second_eigenvalue",
        },
    ),
    Reason(
        "Places on a scale between which a statement holds, from the limits of a curve of intervals.",
        {
            "simple_slopes": "level",
            "floodlight_curve": "level",
            "floodlight": "begins ends begins_at ends_at",
            "trend": "lower_limit upper_limit",
            "wave_trend": "lower_limit upper_limit",
        },
    ),
    Reason(
        "Descriptions of this sample and of its design, without an error of their own in this version.",
        {
            ANY: "deff",
            "plan_reached": "sd half_width",
            "plan_sizes": "half_width",
            "verification": "stored rerun difference",
            "answers": "missing_share sd floor ceiling skew kurtosis",
            "gaps": "perception expectation above equal below reliability",
            "kano": "A O M I R Q total_strength category_strength",
            "trend": "fixed_index",
            "wave_trend": "fixed_index",
            "trend_tests": "pooled",
            "wave_trend_tests": "pooled",
            "target_moves": "share_before",
        },
    ),
)  # fmt: skip

#: Block of ``result.json`` that holds the interval of ``table.column``.
STORED: Mapping[str, str] = {
    "effects.direct": "direct",
    "effects.indirect": "indirect",
    "effects.total_unstd": "total_unstd",
    "loadings.weight_unstd": "weight_unstd",
    "loadings.communality": "communality",
    "dimensions.weight_unstd": "dimension_weight_unstd",
    "r2.r2_adj": "r2_adj",
    "interactions.standardised": "interaction_std",
    "interactions.f2": "interaction_f2",
    "simple_slopes.points": "slope_points",
    "controls.f2": "control_f2",
}


def unbounded(table: Table) -> tuple[str, ...]:
    """Columns of a table that hold numbers without an interval; errors, limits and p-values are none."""
    numbers = [c.name for c in table.columns if c.shown_as in DECIMALS]
    ends = ("_se", "_low", "_high", "_p")
    return tuple(n for n in numbers if n not in (*_PARTS, *table.bounded) and not n.endswith(ends))
