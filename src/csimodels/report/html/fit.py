"""Fit of a covariance structure on the page: the tests and indices at a glance, one line to quote, group by group."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from csimodels.i18n import N_
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.measurement import Measured, number_cell
from csimodels.report.html.table_views import Cell, Column, Lang, TableView

#: Rules of thumb by measure: bound, and whether a value has to lie above it (Hu & Bentler 1999).
_BOUNDS = {"cfi": (0.95, True), "tli": (0.95, True), "rmsea": (0.06, False), "srmr": (0.08, False)}
#: Measures of a likelihood; in two stages (``two-stage`` errors) there is none of the answers.
_OF_LIKELIHOOD = frozenset({"aic", "bic", "logl"})

#: Rows of the fit at a glance: heading, measure, digits; digits below 0 stand for a p-value.
_LINES = (
    (N_("χ²"), "chisq", 2), (N_("Degrees of freedom"), "df", 0), (N_("p\u00a0value of χ²"), "pvalue", -1),
    (N_("Scaling factor"), "chisq.scaling.factor", 3), (N_("CFI"), "cfi", 3), (N_("TLI"), "tli", 3),
    (N_("RMSEA"), "rmsea", 3), (N_("90% interval of RMSEA"), "rmsea.ci", 3),
    (N_("p\u00a0value of RMSEA ≤ 0.05"), "rmsea.pvalue", -1), (N_("SRMR"), "srmr", 3),
    (N_("AIC"), "aic", 1), (N_("BIC"), "bic", 1), (N_("Free parameters"), "npar", 0),
)  # fmt: skip
#: Columns of the table by group: measure, heading, digits.
_GROUP_HEADS = (
    ("ntotal", N_("Respondents"), 0), ("chisq", N_("χ²"), 1), ("df", N_("Degrees of freedom"), 0),
    ("pvalue", N_("p\u00a0value of χ²"), -1), ("cfi", N_("CFI"), 3), ("tli", N_("TLI"), 3),
    ("rmsea", N_("RMSEA"), 3), ("rmsea.ci", N_("90% interval of RMSEA"), 3), ("srmr", N_("SRMR"), 3),
)  # fmt: skip

Measures = Mapping[str, float]


def measures_of(frame: pd.DataFrame, *, two_stage: bool = False) -> dict[str, float]:
    """Measures by lavaan's names; without those of a likelihood where the estimates come in two stages."""
    every = {str(r["measure"]): formatting.as_float(r["value"]) for r in formatting.records(frame)}
    return {k: v for k, v in every.items() if not (two_stage and k in _OF_LIKELIHOOD)}


def _robust(measures: Measures, name: str) -> float:
    """The robust form of a measure, else the scaled one; NaN where there is neither."""
    forms = (measures.get(f"{name}{end}", math.nan) for end in (".robust", ".scaled"))
    return next((value for value in forms if not math.isnan(value)), math.nan)


def _best(measures: Measures, name: str) -> float:
    """The form of a measure that holds for these data: robust or scaled where there is one, else the standard one."""
    value = _robust(measures, name)
    return measures.get(name, math.nan) if math.isnan(value) else value


def fit_summary(measures: Measures, lang: Lang) -> str:
    """Chi-square and fit in one line, as papers quote them."""
    if not measures:
        return lang.tr("There are no fit measures: the model did not converge or is not identified.")
    if measures.get("df") == 0:
        return lang.tr("The model has 0 degrees of freedom: it reproduces every covariance, so its fit says nothing.")
    text = lang.tr("χ² = {chisq} with {df} degrees of freedom, p {p}; CFI {cfi}, RMSEA {rmsea} {limits}, SRMR {srmr}.")
    p = formatting.p_value(_best(measures, "pvalue")).replace("<", "< ")
    return text.format(
        chisq=formatting.number(_best(measures, "chisq"), 1),
        df=formatting.number(_best(measures, "df"), 0),
        p=p if p.startswith("<") else f"= {p}",
        cfi=formatting.number(_best(measures, "cfi"), 3),
        rmsea=formatting.number(_best(measures, "rmsea"), 3),
        limits=_limits(measures, "rmsea", best=True),
        srmr=formatting.number(measures.get("srmr"), 3),
    )


def _limits(measures: Measures, name: str, *, best: bool) -> str:
    ends = (f"{name}.ci.lower", f"{name}.ci.upper")
    low, high = (_best(measures, end) if best else measures.get(end, math.nan) for end in ends)
    return formatting.interval(low, high, 3)


def _row(name: str, value: float) -> dict[str, object]:
    bound, above = _BOUNDS[name]
    missed = "below" if above else "above"
    verdict = missed if (value < bound if above else value > bound) else "ok"
    sign = ">=" if above else "<="
    return {"value": value, "threshold": f"{sign} {bound:.2f}", "verdict": verdict, "low": None, "high": None}


def fit_at_a_glance(measures: Measures, lang: Lang) -> Measured:
    """Measures with their standard and, where there is one, their robust form; marks stand at the form to be read."""
    scaled = any(end in name for name in measures for end in (".scaled", ".robust"))
    columns = [Column(lang.tr("Measure"), "text"), Column(lang.tr("Standard"))]
    if scaled:
        columns.append(Column(lang.tr("Scaled, robust")))
    body = []
    for title, name, digits in _LINES:
        cells = [_standard(measures, name, digits, lang)]
        if scaled:
            cells.append(_other(measures, name, digits, lang))
        if any(cell.text != formatting.NONE for cell in cells):
            body.append((Cell(lang.tr(title), kind="text name"), *cells))
    table = TableView("fit", tuple(columns), tuple(body), (False,) * len(body), sortable=False)
    rules = lang.tr(
        "Marked where a rule of thumb is missed: CFI and TLI ≥ 0.95, RMSEA ≤ 0.06, SRMR ≤ 0.08 (Hu & Bentler 1999). "
        "They come from simulations of a few models: look at the number first."
    )
    return Measured(table, rules)


def _standard(measures: Measures, name: str, digits: int, lang: Lang) -> Cell:
    if name == "rmsea.ci":
        return Cell(_limits(measures, "rmsea", best=False), kind="num")
    if name == "chisq.scaling.factor":
        return Cell(formatting.NONE, kind="num")
    bears = name in _BOUNDS and math.isnan(_robust(measures, name))
    return _cell(name if bears else "", measures.get(name, math.nan), digits, lang)


def _other(measures: Measures, name: str, digits: int, lang: Lang) -> Cell:
    if name == "rmsea.ci":
        ends = (_robust(measures, "rmsea.ci.lower"), _robust(measures, "rmsea.ci.upper"))
        return Cell(formatting.interval(*ends, 3), kind="num")
    value = measures.get(name, math.nan) if name == "chisq.scaling.factor" else _robust(measures, name)
    return _cell(name if name in _BOUNDS else "", value, digits, lang)


def _cell(criterion: str, value: float, digits: int, lang: Lang) -> Cell:
    """A number, with its mark where it is one of the criteria; digits below 0 stand for a p-value."""
    if criterion:
        return number_cell(_row(criterion, value), digits, lang)
    return Cell(formatting.p_value(value) if digits < 0 else formatting.number(value, digits), value, "num")


def how_to_read(measures: Measures, lang: Lang) -> tuple[str, ...]:
    """What the measures mean, and which of their forms to read."""
    if not measures:
        return ()
    out = [
        lang.tr(
            "The chi-square test asks whether the model reproduces all covariances of the items exactly: with many "
            "respondents it rejects even where hardly anything is missed."
        ),
        lang.tr(
            "CFI and TLI compare the model with one of unrelated items. RMSEA is the misfit per degree of freedom, "
            "SRMR the typical difference between observed and implied correlations. AIC and BIC only rank models "
            "of the same answers."
        ),
    ]
    if "chisq.scaled" in measures:
        out.append(lang.tr("Read the column “Scaled, robust”: the standard test does not hold for these answers."))
    elif any(name.endswith(".robust") for name in measures):
        out.append(lang.tr("The robust forms take into account that answers are missing."))
    return tuple(out)


def fit_by_group(content: Content, lang: Lang) -> TableView | None:
    """Fit of every group in the form that holds for its answers; None without groups."""
    frame = content.tables.get("group_fit_measures")
    if frame is None or frame.empty:
        return None
    by, heads = list(content.group_by), _GROUP_HEADS
    body, flags = [], []
    for key, part in frame.groupby(by, sort=False):
        measures = measures_of(part)
        cells = [Cell(clean(lang.names.value(c, k)), kind="text name") for c, k in zip(by, key, strict=True)]
        for name, _, digits in heads:
            if name == "rmsea.ci":
                limits = _limits(measures, "rmsea", best=True)
                cells.append(Cell(limits, _best(measures, "rmsea.ci.lower"), "num ci"))
            else:
                cells.append(_cell(name if name in _BOUNDS else "", _best(measures, name), digits, lang))
        state = str(part["status"].iloc[0])
        flags.append(not formatting.is_ok(state))
        cells.append(
            Cell(formatting.status_words(state, lang.tr, lang.say), kind="text badge" if flags[-1] else "text")
        )
        body.append(tuple(cells))
    columns = [Column(clean(lang.names.column(name)), "text") for name in by] + [
        Column(lang.tr(text)) for _, text, _ in heads
    ]
    columns.append(Column(formatting.heading("fit_measures", "status", lang.tr), "text"))
    if not any(flags):
        columns, body = columns[:-1], [cells[:-1] for cells in body]
    return TableView("fit_by_group", tuple(columns), tuple(body), tuple(flags))
