"""Headings, rounding and wording of values, as the catalogue of tables declares them; names of facts and measures."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from csimodels.i18n import N_, Translate
from csimodels.report.escaping import clean
from csimodels.report.wording import Say
from csimodels.tables import catalogue
from csimodels.tables.columns import DECIMALS, Column
from csimodels.tables.quality import CRITERIA, Criterion

NONE = "–"
_YES, _NO = N_("yes"), N_("no")

#: How a covariance structure was estimated, by estimator.
DISCREPANCIES: Mapping[str, str] = {
    "ml": N_("Estimated by maximum likelihood (ML)."),
    "uls": N_("Estimated by unweighted least squares (ULS)."),
    "gls": N_("Estimated by generalised least squares (GLS)."),
    "wls": N_("Estimated by weighted least squares (WLS), which asks for no distribution but for many respondents."),
    "dwls": N_("Estimated by diagonally weighted least squares (DWLS) of polychoric correlations."),
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
#: What was done about missing answers, by the name of the rule.
RULES: Mapping[str, str] = {
    "mean": N_("replaced by the mean of the question"),
    "listwise": N_("respondents with a missing answer are left out"),
    "pairwise": N_("each pair of questions from those who answered both"),
    "em": N_("means and covariances by the EM algorithm"),
    "fiml": N_("full information maximum likelihood (FIML)"),
}
#: Fit measures whose names not every reader knows.
MEASURES: Mapping[str, str] = {
    "npar": N_("Free parameters"), "ntotal": N_("Respondents"), "chisq": N_("χ²"), "df": N_("Degrees of freedom"),
    "pvalue": N_("p\u00a0value of χ²"), "cfi": N_("CFI"), "tli": N_("TLI"), "rmsea": N_("RMSEA"), "srmr": N_("SRMR"),
    "rmsea.ci.lower": N_("Lower limit of RMSEA"), "rmsea.ci.upper": N_("Upper limit of RMSEA"),
    "rmsea.pvalue": N_("p\u00a0value of RMSEA ≤ 0.05"), "aic": N_("AIC"), "bic": N_("BIC"),
    "logl": N_("Log-likelihood"), "chisq.scaling.factor": N_("Scaling factor"),
}  # fmt: skip
MEASURE_ENDS: Mapping[str, str] = {".scaled": N_("{measure}, scaled"), ".robust": N_("{measure}, robust")}

FACTS: Mapping[str, str] = {
    "estimator": N_("Estimator"), "scheme": N_("Weighting scheme"), "tolerance": N_("Tolerance"),
    "missing rule": N_("Missing answers"), "correlations": N_("Correlations of the items"),
    "weights": N_("Sampling weights"),
    "n in file": N_("Respondents in the file"), "data": N_("Data"), "data sha256": N_("Data hash"),
    "n used": N_("Respondents used"), "effective n": N_("Effective number of respondents"),
    "uncertainty": N_("Uncertainty"), "replicates": N_("Replicates"), "replicates asked": N_("Replicates asked for"),
    "replicates kept": N_("Replicates kept"), "replicates failed": N_("Replicates failed"), "seed": N_("Random seed"),
    "level": N_("Confidence level"), "index weights": N_("Weights of the index"), "sign rule": N_("Sign rule"),
    "csimodels version": N_("csimodels version"), "model hash": N_("Model hash"), "data hash": N_("Data hash"),
    "created": N_("Created"), "iterations": N_("Iterations"), "data file": N_("Data file"),
    "interval": N_("Interval"), "model": N_("Model"), "importance cut": N_("Cut of importance"),
    "performance cut": N_("Cut of performance"), "groups": N_("Groups"), "wave": N_("Wave"),
    "design": N_("Sampling design"), "higher-order constructs": N_("Higher-order constructs"),
    "degrees of freedom": N_("Degrees of freedom"), "identification": N_("Identification"),
    "covariates": N_("Covariates"), "bounds": N_("Bounds"), "standard errors": N_("Standard errors"),
    "held equal": N_("Held equal"),
    "let free": N_("Let free"), "metric": N_("Metric of the items"),
}  # fmt: skip


def sentence(text: str) -> str:
    """`text` with a capital letter in front.

    >>> sentence("states of 360 persons")
    'States of 360 persons'
    """
    return text[:1].upper() + text[1:]


def with_marks(text: str) -> str:
    """`text`, its whole numbers of four digits and more with marks of thousands; of texts without years.

    >>> with_marks("of 11015 rows")
    'of 11,015 rows'
    """
    return re.sub(r"(?<![\d.,])\d{4,}(?![\d.,])", lambda found: number(int(found[0]), 0), text)


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


def p_value(value: object, floor: float = 0.0) -> str:
    """A p-value with three decimals, ``<0.001`` below that; one at the `floor` of its method as below it.

    >>> p_value(0.004, 2 / 501), p_value(2 / 501, 2 / 501), p_value(0.0004)
    ('0.004', '<0.004', '<0.001')
    """
    x = as_float(value)
    if x < 0.0005:
        return "<0.001"
    return f"<{number(shown_floor(floor), 3)}" if x <= floor * (1 + 1e-9) else number(x, 3)


def shown_floor(floor: float) -> float:
    """The smallest p-value that a method can give, rounded up to three decimals."""
    return math.ceil(floor * 1000 - 1e-6) / 1000


def interval(low: object, high: object, digits: int) -> str:
    """``[low, high]``, or a dash where a limit is missing."""
    if math.isnan(as_float(low)) or math.isnan(as_float(high)):
        return NONE
    return f"[{number(low, digits)}, {number(high, digits)}]"


def interval_as(low: object, high: object, column: Column | None) -> str:
    """An interval as the values of `column` are shown: of fractions, in percent.

    >>> interval_as(0.241, 0.3188, Column("share", "Share", shown_as="share"))
    '[24%, 32%]'
    """
    kind = column.shown_as if column and column.shown_as in DECIMALS else "count"
    if kind not in ("share", "weight"):
        return interval(low, high, DECIMALS[kind])
    if math.isnan(as_float(low)) or math.isnan(as_float(high)):
        return NONE
    return f"[{percent(low, DECIMALS[kind])}, {percent(high, DECIMALS[kind])}]"


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
    found = catalogue.column(table, column)
    return tr(found.heading) if found else clean(column)


def title(table: str, tr: Translate) -> str:
    """Title of a table: in the report, and of its sheet; its name where it is not declared."""
    found = catalogue.find(table)
    if found is None:
        return table
    if table.startswith("group") and table != found.name:
        own = N_("{table} by group")
        return tr(found.group_title) if found.group_title else tr(own).format(table=tr(found.title))
    return tr(found.title)


def is_numeric(column: Column | None) -> bool:
    """Whether a column holds numbers."""
    return column is not None and column.shown_as in DECIMALS


def shown(value: object, column: Column | None, tr: Translate, say: Say = str, floor: float = 0.0) -> str:
    """A value as its column shows it: rounded, in words, or as it stands; a dash where there is none.

    `floor` is the smallest p-value that the replicates can give, 0 where p-values do not come from replicates.
    """
    kind = column.shown_as if column else "text"
    if kind in ("share", "weight"):
        return percent(value, DECIMALS[kind])
    if kind == "p":
        return p_value(value, floor if column is not None and column.of_replicates else 0.0)
    if kind == "change":
        return signed(value, DECIMALS[kind])
    if kind in DECIMALS:
        return number(value, DECIMALS[kind])
    if kind == "status":
        return status_words(value, tr, say)
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return NONE
    if column is not None and kind in ("words", "sentence", "flag"):
        return clean(said(value, column, tr, say)) or NONE
    return clean(str(value))


def said(value: object, column: Column, tr: Translate, say: Say) -> str:
    """Words, sentences and flags in the language of `tr`."""
    if column.shown_as == "flag":
        return tr(_YES if value else _NO) if isinstance(value, bool | np.bool_) else str(value)
    if column.shown_as == "words":
        return tr(column.words[str(value)]) if str(value) in column.words else str(value)
    text = say(str(value))
    return tr(text) if text == str(value) else text  # a word, or as it came


def status_words(status: object, tr: Translate, say: Say) -> str:
    """A status such as ``"not converged; inadmissible"`` in the language of `tr`; empty counts as ok."""
    text = "" if status is None or (isinstance(status, float) and math.isnan(status)) else str(status)
    said = say(text) if text else tr("ok")
    return tr(said) if said == text else said  # a single word, or as it came


def is_ok(status: object) -> bool:
    """Whether nothing is to be said about a row."""
    return status is None or str(status) in {"", "ok", "nan", "0", "<NA>"}


def is_true(cell: object) -> bool:
    """Whether a cell of a table says yes; one that was read from a file may be a text, one without a test is empty."""
    return str(cell) == "True"


def includes_zero(low: object, high: object) -> bool:
    """Whether an interval contains 0; False without an interval."""
    return as_float(low) <= 0.0 <= as_float(high)
