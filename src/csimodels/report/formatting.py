"""Headings, rounding and number words shared by the page, the workbook and the figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from csimodels.i18n import N_, Translate
from csimodels.report.escaping import clean
from csimodels.report.wording import Say
from csimodels.tables.quality import CRITERIA, Criterion

NONE = "–"

#: Decimals shown, by column; a table in :data:`TABLE_DIGITS` may differ.  Percent and p are handled by name.
DIGITS: Mapping[str, int] = {
    "index": 1, "n": 0, "n_eff": 0, "count": 0, "estimate": 3, "se": 3, "low": 3, "high": 3,
    "weight": 3, "weight_unstd": 3, "loading": 3, "communality": 3,
    "direct": 3, "indirect": 3, "total": 3, "total_se": 3, "total_low": 3, "total_high": 3,
    "impact": 2, "impact_se": 2, "impact_low": 2, "impact_high": 2,
    "importance": 2, "importance_low": 2, "importance_high": 2, "importance_std": 2,
    "performance": 1, "performance_low": 1, "performance_high": 1,
    "priority": 1, "priority_low": 1, "priority_high": 1, "r2": 3, "r2_adj": 3,
    "importance_se": 3, "performance_se": 2, "priority_se": 2, "weight_se": 3, "weight_low": 3, "weight_high": 3,
    "total_unstd": 3, "asked": 0, "kept": 0, "failed": 0, "not_converged": 0, "singular": 0, "inadmissible": 0,
    "vif": 2, "f2": 3, "deff": 2, "rank": 0, "rank_low": 0, "rank_high": 0, "among": 0, "members": 0,
    "difference": 1, "df": 1, "est": 3, "z": 2, "std_lv": 3, "std_all": 3, "std_all_se": 3, "mi": 1, "epc": 3,
    "sepc_lv": 3, "sepc_all": 3, "raw": 3, "cor": 3,
}  # fmt: skip
TABLE_DIGITS: Mapping[str, Mapping[str, int]] = {
    name: {"se": 2, "low": 1, "high": 1} for name in ("index", "groups", "rollup", "ranks", "differences")
} | {name: {"value": 3} for name in ("quality", "group_quality", "fit_measures", "group_fit_measures")}
#: Fractions shown as percentages, with their decimals.
PERCENT: Mapping[str, int] = {
    "share": 0, "cumulative": 0, "p_first": 0, "p_top3": 0, "weight_share": 1, "covered": 1,
}  # fmt: skip
P_VALUES = frozenset({"p", "total_p", "p_adj"})
NAMES = frozenset({"construct", "item", "source", "target", "driver", "lhs", "rhs", "other", "variable"})

HEADINGS: Mapping[str, str] = {
    "construct": N_("Construct"), "item": N_("Item"), "source": N_("From"), "target": N_("To"),
    "driver": N_("Driver"), "label": N_("Label"), "index": N_("Index"), "se": N_("Standard error"),
    "low": N_("Lower limit"), "high": N_("Upper limit"), "n": N_("Respondents"), "n_eff": N_("Effective n"),
    "status": N_("Status"), "estimate": N_("Path coefficient"), "p": N_("p\u00a0value"),
    "weight": N_("Weight (standardised)"), "weight_unstd": N_("Weight in the index"), "loading": N_("Loading"),
    "communality": N_("Communality"), "direct": N_("Direct effect"), "indirect": N_("Indirect effect"),
    "total": N_("Total effect"), "total_se": N_("Total effect: standard error"),
    "total_low": N_("Total effect: lower limit"), "total_high": N_("Total effect: upper limit"),
    "impact": N_("Impact of 5 points"), "impact_se": N_("Impact: standard error"),
    "impact_low": N_("Impact: lower limit"), "impact_high": N_("Impact: upper limit"),
    "importance": N_("Importance"), "importance_low": N_("Importance: lower limit"),
    "importance_high": N_("Importance: upper limit"), "performance": N_("Performance"),
    "performance_low": N_("Performance: lower limit"), "performance_high": N_("Performance: upper limit"),
    "priority": N_("Priority"), "priority_low": N_("Priority: lower limit"),
    "priority_high": N_("Priority: upper limit"), "importance_std": N_("Importance (standardised)"),
    "share": N_("Share"), "cumulative": N_("Cumulative share"), "quadrant": N_("Quadrant"),
    "r2": N_("R²"), "r2_adj": N_("Adjusted R²"), "step": N_("Step"), "subject": N_("Subject"),
    "count": N_("Count"), "detail": N_("Detail"), "rank": N_("Rank"), "group": N_("Group"),
    "fact": N_("Fact"), "value": N_("Value"), "total_unstd": N_("Total effect (points)"),
    "total_p": N_("Total effect: p-value"), "importance_se": N_("Importance: standard error"),
    "performance_se": N_("Performance: standard error"), "priority_se": N_("Priority: standard error"),
    "weight_se": N_("Weight: standard error"), "weight_low": N_("Weight: lower limit"),
    "weight_high": N_("Weight: upper limit"), "asked": N_("Asked"), "kept": N_("Kept"), "failed": N_("Failed"),
    "not_converged": N_("Not converged"), "singular": N_("Singular"), "inadmissible": N_("Inadmissible"),
    "criterion": N_("Criterion"), "threshold": N_("Rule of thumb"), "verdict": N_("Verdict"), "vif": N_("VIF"),
    "f2": N_("f²"), "effect": N_("Effect size"), "converged": N_("Converged"), "iterations": N_("Iterations"),
    "smallest_eigenvalue": N_("Smallest eigenvalue"), "deff": N_("Design effect"), "level": N_("Level"),
    "unit": N_("Unit"), "parent": N_("Belongs to"), "members": N_("Members"), "weight_share": N_("Share of the weight"),
    "covered": N_("Weight with an estimate"), "method": N_("Interval"), "rank_low": N_("Best rank of the interval"),
    "rank_high": N_("Worst rank of the interval"), "among": N_("Ranked together"),
    "p_first": N_("First places"), "p_top3": N_("Places 1 to 3"), "against": N_("Compared with"),
    "difference": N_("Difference"), "df": N_("Degrees of freedom"), "p_adj": N_("p\u00a0value, corrected"),
    "different": N_("Different"), "lhs": N_("Left side"), "op": N_("Operator"), "rhs": N_("Right side"),
    "free": N_("Free"), "est": N_("Estimate"), "z": N_("z"), "std_lv": N_("Standardised (constructs)"),
    "std_all": N_("Standardised"), "std_all_se": N_("Standardised: standard error"), "errors": N_("Errors"),
    "measure": N_("Measure"), "kind": N_("Kind"), "mi": N_("Fall of chi-square"), "epc": N_("Expected change"),
    "sepc_lv": N_("Expected change, standardised (constructs)"), "sepc_all": N_("Expected change, standardised"),
    "other": N_("Other item"), "raw": N_("Residual covariance"), "cor": N_("Residual correlation"),
    "variable": N_("Item or construct"), "dimension": N_("Dimension"),
}  # fmt: skip

#: Headings that mean something else in one table.
TABLE_HEADINGS: Mapping[str, Mapping[str, str]] = {
    name: {"source": N_("Literature"), "value": N_("Estimate")} for name in ("quality", "group_quality")
} | {
    "rollup_drivers": {"target": N_("Target")},
    "fit_measures": {"value": N_("Estimate")},
    "group_fit_measures": {"value": N_("Estimate")},
}

#: How a covariance structure was estimated, by estimator.
DISCREPANCIES: Mapping[str, str] = {
    "ml": N_("Estimated by maximum likelihood (ML)."),
    "uls": N_("Estimated by unweighted least squares (ULS)."),
    "gls": N_("Estimated by generalised least squares (GLS)."),
    "wls": N_("Estimated by weighted least squares (WLS), which asks for no distribution but for many respondents."),
    "semopy": N_("This section is estimated by maximum likelihood (ML); indices and paths are those of semopy."),
}
#: How the errors of its parameters were made, as the column ``errors`` says it.
ERRORS: Mapping[str, str] = {
    "expected": N_("Standard errors: normal theory, expected information."),
    "observed": N_("Standard errors: normal theory, observed information."),
    "mlm": N_("Standard errors: robust to answers that are not normal; test scaled after Satorra & Bentler (1994)."),
    "mlr": N_(
        "Standard errors: sandwich, robust to answers that are not normal, with weights and clusters where there are "
        "any; test scaled after Yuan & Bentler (2000)."
    ),
    "two-stage": N_(
        "In two stages: means and covariances by EM, then the model; errors and test take the missing answers into "
        "account (Savalei & Bentler 2009)."
    ),
    "FIML, observed": N_(
        "From the answers as they are, by full information maximum likelihood (Arbuckle 1996); standard errors: "
        "observed information."
    ),
    "FIML, mlr": N_(
        "From the answers as they are, by full information maximum likelihood (Arbuckle 1996); standard errors: "
        "sandwich, robust to answers that are not normal, with weights and clusters where there are any."
    ),
}
ERROR_NAMES: Mapping[str, str] = {
    "expected": N_("expected information"), "observed": N_("observed information"), "mlm": N_("robust (MLM)"),
    "mlr": N_("robust (MLR)"), "two-stage": N_("two-stage"), "FIML, observed": N_("FIML, observed information"),
    "FIML, mlr": N_("FIML, robust (MLR)"),
}  # fmt: skip
EFFECTS: Mapping[str, str] = {
    "direct": N_("Direct effect"), "indirect": N_("Indirect effect"), "total": N_("Total effect"),
}  # fmt: skip
#: Fit measures whose names not every reader knows.
MEASURES: Mapping[str, str] = {
    "npar": N_("Free parameters"), "ntotal": N_("Respondents"), "chisq": N_("χ²"), "df": N_("Degrees of freedom"),
    "pvalue": N_("p\u00a0value of χ²"), "cfi": N_("CFI"), "tli": N_("TLI"), "rmsea": N_("RMSEA"), "srmr": N_("SRMR"),
    "rmsea.ci.lower": N_("Lower limit of RMSEA"), "rmsea.ci.upper": N_("Upper limit of RMSEA"),
    "rmsea.pvalue": N_("p\u00a0value of RMSEA ≤ 0.05"), "aic": N_("AIC"), "bic": N_("BIC"),
    "logl": N_("Log-likelihood"), "chisq.scaling.factor": N_("Scaling factor"),
}  # fmt: skip
MEASURE_ENDS: Mapping[str, str] = {".scaled": N_("{measure}, scaled"), ".robust": N_("{measure}, robust")}

#: Verdicts of the quality table.
VERDICTS: Mapping[str, str] = {
    "ok": N_("ok"), "below": N_("below the rule of thumb"), "above": N_("above the rule of thumb"),
    "none": N_("negligible"), "small": N_("small"), "medium": N_("medium"), "large": N_("large"),
}  # fmt: skip

QUADRANTS: Mapping[str, str] = {
    "improve": N_("Improve first"), "keep": N_("Keep up"), "low": N_("Low priority"),
    "overkill": N_("Possible overkill"),
}  # fmt: skip

#: Sheet names of the workbook and headings of tables.
TITLES: Mapping[str, str] = {
    "index": N_("Indices"), "paths": N_("Paths"), "loadings": N_("Measurement"), "effects": N_("Effects"),
    "drivers": N_("Drivers"), "driver_items": N_("Driver items"), "r2": N_("R²"), "groups": N_("Groups"),
    "group_paths": N_("Group paths"), "survey_log": N_("Survey log"), "replicates": N_("Replicates"),
    "quality": N_("Quality"), "group_drivers": N_("Group drivers"), "group_driver_items": N_("Group driver items"),
    "group_loadings": N_("Group measurement"), "group_effects": N_("Group effects"), "group_r2": N_("Group R²"),
    "group_quality": N_("Group quality"), "fits": N_("Fits"), "rollup": N_("Roll-up"), "ranks": N_("Ranks"),
    "ranks_within": N_("Ranks within units"), "differences": N_("Differences"),
    "rollup_drivers": N_("Roll-up drivers"), "parameters": N_("Parameters"), "fit_measures": N_("Fit measures"),
    "model_effects": N_("Model effects"), "modification_indices": N_("Modification indices"),
    "model_residuals": N_("Residuals"), "explained": N_("Explained variance"),
    "dimensions": N_("Dimensions"), "group_dimensions": N_("Group dimensions"),
    "group_parameters": N_("Group parameters"), "group_fit_measures": N_("Group fit measures"),
}  # fmt: skip

FACTS: Mapping[str, str] = {
    "estimator": N_("Estimator"), "scheme": N_("Weighting scheme"), "tolerance": N_("Tolerance"),
    "missing rule": N_("Missing answers"), "weights": N_("Sampling weights"),
    "n in file": N_("Respondents in the file"), "data": N_("Data"), "data sha256": N_("Data hash"),
    "n used": N_("Respondents used"), "effective n": N_("Effective number of respondents"),
    "uncertainty": N_("Uncertainty"), "replicates": N_("Replicates"), "replicates asked": N_("Replicates asked for"),
    "replicates kept": N_("Replicates kept"), "replicates failed": N_("Replicates failed"), "seed": N_("Random seed"),
    "level": N_("Confidence level"), "index weights": N_("Weights of the index"), "sign rule": N_("Sign rule"),
    "csimodels version": N_("csimodels version"), "model hash": N_("Model hash"), "data hash": N_("Data hash"),
    "created": N_("Created"), "iterations": N_("Iterations"), "data file": N_("Data file"),
    "interval": N_("Interval"), "model": N_("Model"), "importance cut": N_("Cut of importance"),
    "performance cut": N_("Cut of performance"), "groups": N_("Groups"), "design": N_("Sampling design"),
    "higher-order constructs": N_("Higher-order constructs"),
    "degrees of freedom": N_("Degrees of freedom"), "identification": N_("Identification"),
}  # fmt: skip


def number(value: object, digits: int) -> str:
    """`value` with `digits` decimals, thousands separated, a true minus sign; a dash for NaN.

    >>> number(-0.1234, 2), number(12345, 0), number(float("nan"), 1)
    ('−0.12', '12,345', '–')
    """
    x = as_float(value)
    if math.isnan(x):
        return NONE
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    text = f"{x:,.{digits}f}"
    if not text.strip("-0.,"):  # no "-0.00"
        text = text.lstrip("-")
    return text.replace("-", "−")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries by column name."""
    names = [str(c) for c in frame.columns]
    columns = [frame[c].tolist() for c in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def percent(value: object, digits: int = 0) -> str:
    """A fraction as a percentage, a whole one unless `digits` say otherwise."""
    x = as_float(value)
    return NONE if math.isnan(x) else f"{number(100 * x, digits)}%"


def signed(value: object, digits: int) -> str:
    """A number as :func:`number` writes it, with a plus sign where it is above zero."""
    text = number(value, digits)
    return f"+{text}" if as_float(value) > 0 and text.strip("0.") else text


def p_value(value: object) -> str:
    """A p-value with three decimals, ``<0.001`` below that."""
    x = as_float(value)
    return "<0.001" if x < 0.0005 else number(x, 3)


def interval(low: object, high: object, digits: int) -> str:
    """``[low, high]``, or a dash where a limit is missing."""
    if math.isnan(as_float(low)) or math.isnan(as_float(high)):
        return NONE
    return f"[{number(low, digits)}, {number(high, digits)}]"


def level_text(level: float) -> str:
    """A confidence level as a percentage without needless decimals: ``95%``, ``97.5%``."""
    return f"{100 * level:.6g}%"


def as_float(value: object) -> float:
    """A number, or NaN for anything that is none."""
    if value is None or value is pd.NA:
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


#: The criteria of the quality table by name.
CRITERION: Mapping[str, Criterion] = {criterion.name: criterion for criterion in CRITERIA}


def criterion(name: str, tr: Translate) -> str:
    """What a criterion of the quality table is called; its name where it is unknown."""
    return tr(CRITERION[name].heading) if name in CRITERION else name


def threshold(text: object, tr: Translate) -> str:
    """A rule of thumb with its sign as readers know it: ``≥ 0.70``."""
    return tr(str(text)).replace(">=", "≥").replace("<=", "≤")


def heading(table: str, column: str, tr: Translate) -> str:
    """Heading of `column` in `table`; the name of the column where it has none."""
    title = TABLE_HEADINGS.get(table, {}).get(column) or HEADINGS.get(column)
    return tr(title) if title else clean(column)


def digits_of(table: str, column: str) -> int | None:
    """Decimals shown for `column` of `table`; None for text, percentages and p-values."""
    return TABLE_DIGITS.get(table, {}).get(column, DIGITS.get(column))


def status_words(status: object, tr: Translate, say: Say) -> str:
    """A status such as ``"not converged; inadmissible"`` in the language of `tr`; empty counts as ok."""
    text = "" if status is None or (isinstance(status, float) and math.isnan(status)) else str(status)
    said = say(text) if text else tr("ok")
    return tr(said) if said == text else said  # a single word, or as it came


def is_ok(status: object) -> bool:
    """Whether nothing is to be said about a row."""
    return status is None or str(status) in {"", "ok", "nan", "0", "<NA>"}


def includes_zero(low: object, high: object) -> bool:
    """Whether an interval contains 0; False without an interval."""
    return as_float(low) <= 0.0 <= as_float(high)
