"""Covariance structures against lavaan, complete data: stored figures (ml_inference.R, lavaan_core.R, shared files)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from compared import ML_ERRORS, ML_ESTIMATES, ML_LIMITS, STOPPED_LAVAAN, Bar, Row, rows
from front_door import CHANGES, THREE, block, data_of, factor_scores, fitted, name, published
from peers import Named
from sources import ROOT, reference

import csimodels as cs
from csimodels.spec.model import Parameter

#: Figures of ml_inference.R, and how the same is asked for here.
STD_LV: dict[str, Any] = {"identification": "std_lv"}
RUNS: dict[str, tuple[cs.ML | str, dict[str, Any]]] = {
    "acsi": (cs.ML(**STD_LV), {}),
    "acsi_observed": (cs.ML(**STD_LV, errors="observed"), {}),
    "acsi_mlm": (cs.ML(**STD_LV, errors="mlm"), {}),
    "acsi_mlr": (cs.ML(**STD_LV, errors="mlr"), {}),
    "acsi_weights": (cs.ML(**STD_LV), {"weight": "w"}),
    "acsi_cluster": (cs.ML(**STD_LV), {"design": {"cluster": "c"}}),
    "acsi_weights_cluster": (cs.ML(**STD_LV), {"weight": "w", "design": {"cluster": "c"}}),
    "acsi_uls": (cs.ML("uls", **STD_LV), {}),
    "hs": ("ml", {}),
    "hs_second": ("ml", {}),
    "hs_observed": (cs.ML(errors="observed"), {}),
    "hs_mlm": (cs.ML(errors="mlm"), {}),
    "hs_mlr": (cs.ML(errors="mlr"), {}),
    "hs_gls": ("gls", {}),
    "hs_uls": ("uls", {}),
    "hs_wls": ("wls", {}),
    "hs_uls_mlm": (cs.ML("uls", errors="mlm"), {}),
    "pd": ("ml", {}),
    "pd_mlr": (cs.ML(errors="mlr"), {}),
    "pd_mlm": (cs.ML(errors="mlm"), {}),
}
#: What depends on whether means are modelled, which some of the shared figures do and the front door does not.
OF_MEANS = {"npar", "aic", "bic", "bic2", "scaling.factor.h1", "scaling.factor.h0", "rmr", "srmr", "crmr", "ecvi"}
OF_MEANS |= {"gfi", "agfi", "pgfi"}
#: What hardly moves where the optimiser stops early.
FLAT = ("chisq", "df", "baseline.chisq", "logl", "unrestricted.logl", "cfi", "tli", "rmsea")


def kind_of(run: str) -> str:
    """The model of a run."""
    return "hs_second" if run == "hs_second" else run.split("_")[0]


def inference(group: str, runs: tuple[str, ...]) -> Iterator[Row]:
    """Estimates, errors, fit, standardised solution, diagnostics and factor scores through the front door."""
    stored = reference("ml_inference.json")
    tool = f"lavaan (R) {stored['version']}"
    for run in runs:
        estimator, options = RUNS[run]
        result = fitted(kind_of(run), estimator, **options)
        theirs, mine = figures(stored[run]), published(result)
        if "regression scores" in theirs:
            mine |= factor_scores(result)
        yield from labelled(run, compared(group, tool, mine, theirs))


def figures(part: dict[str, Any]) -> Named:
    """One block of ml_inference.json by quantity and label; what is not defined (null) is left out."""
    out: Named = {}
    table = part["estimates"]
    for quantity, column in (("estimates", "est"), ("errors", "se")):
        values = keyed(table, column)
        errors = keyed(table, "se")
        out[quantity] = {k: v for k, v in values.items() if errors[k] > 0}
    out["fit"] = {k: v for k, v in part["fit_measures"].items() if v is not None}
    for kind in ("std_lv", "std_all"):
        if kind in part:
            out[kind] = keyed(part[kind], "est.std")
    if "std_all" in part:
        out["errors of std_all"] = {k: v for k, v in keyed(part["std_all"], "se").items() if v > 0}
    if "r2" in part:
        out["R2"] = {k: v for k, v in part["r2"].items() if v is not None}
    for ours, lavaan in CHANGES.items() if "modindices" in part else ():
        out[f"modification, {ours}"] = keyed(part["modindices"], lavaan)
    return out | _residuals(part) | _scores(part)


def keyed(table: dict[str, list[Any]], column: str) -> dict[str, float]:
    """A column of one of lavaan's tables by statement, without definitions of further parameters."""
    several = zip(table["lhs"], table["op"], table["rhs"], table[column], strict=True)
    return {name(a, op, b): float(v) for a, op, b, v in several if op != ":=" and v is not None}


def _residuals(part: dict[str, Any]) -> Named:
    if "residuals" not in part:
        return {}
    items = part.get("items") or list(dict.fromkeys(r for o, r in _measured(part) if o == "=~"))
    out = {}
    for ours, lavaan in (("raw", "raw"), ("cor", "cor"), ("z", "standardized")):
        matrix = np.asarray(part["residuals"][lavaan], dtype=float)
        pairs = [(i, j) for i in range(len(items)) for j in range(i, len(items)) if abs(matrix[i, j]) > 1e-9]
        out[f"residuals, {ours}"] = {name(items[i], "~~", items[j]): float(matrix[i, j]) for i, j in pairs}
    return out


def _measured(part: dict[str, Any]) -> Iterator[tuple[str, str]]:
    return zip(part["estimates"]["op"], part["estimates"]["rhs"], strict=True)


def _scores(part: dict[str, Any]) -> Named:
    factors = part.get("factors") or list(dict.fromkeys(_owners(part)))
    return {
        f"{method} scores": {
            f"{f} row {i + 1}": float(row[j]) for i, row in enumerate(part[method]) for j, f in enumerate(factors)
        }
        for method in ("regression", "bartlett")
        if method in part
    }


def _owners(part: dict[str, Any]) -> Iterator[str]:
    table = part["estimates"]
    return (lhs for lhs, op in zip(table["lhs"], table["op"], strict=True) if op == "=~")


def compared(group: str, tool: str, mine: Named, theirs: Named) -> Iterator[Row]:
    """Rows with the tolerance of each quantity; p-values and scaling factors are errors in this sense."""
    for quantity, values in theirs.items():
        parts: dict[Bar, dict[str, float]] = {}
        for subject, value in values.items():
            parts.setdefault(bar_of(quantity, subject), {})[subject] = value
        for bar, some in parts.items():
            yield from rows(group, tool, mine, {quantity: some}, bar)


def bar_of(quantity: str, subject: str) -> Bar:
    """The tolerance of one number."""
    if ".ci." in subject and "level" not in subject:
        return ML_LIMITS
    loose = quantity.startswith("errors") or (
        quantity == "fit" and any(word in subject for word in ("pvalue", "scaled", "robust", "scaling"))
    )
    return ML_ERRORS if loose or quantity == "residuals, z" else ML_ESTIMATES


def labelled(run: str, found: Iterator[Row]) -> Iterator[Row]:
    """Rows with the run before the subject."""
    return (replace(row, subject=f"{run}: {row.subject}") for row in found)


def effects(group: str) -> Iterator[Row]:
    """Indirect and total effects with delta-method errors (``:=`` in lavaan)."""
    stored = reference("ml_inference.json")
    defined = {
        "ie_quality_satisfaction": "indirect Quality->Satisfaction",
        "te_expectation_quality": "total Expectation->Quality",
        "te_expectation_value": "total Expectation->Value",
        "te_expectation_satisfaction": "total Expectation->Satisfaction",
        "te_expectation_loyalty": "total Expectation->Loyalty",
        "ie_satisfaction_loyalty": "indirect Satisfaction->Loyalty",
    }
    result = fitted("acsi", RUNS["acsi"][0])
    mine = published(result)
    table = result.model_effects()
    for quantity, column in (("std_all effects", "std_all"), ("errors of std_all effects", "std_all_se")):
        each = table[["kind", "source", "target", column]].itertuples(index=False)
        mine[quantity] = {f"{kind} {source}->{target}": value for kind, source, target, value in each}
    theirs: Named = {}
    part = stored["acsi_effects"]
    for quantity, kind, column in (
        ("effects", "estimates", "est"),
        ("errors of effects", "estimates", "se"),
        ("std_all effects", "std_all", "est.std"),
        ("errors of std_all effects", "std_all", "se"),
    ):
        values = dict(zip(part[kind]["lhs"], part[kind][column], strict=True))
        theirs[quantity] = {label: float(values[key]) for key, label in defined.items()}
    yield from compared(group, f"lavaan (R) {stored['version']}", mine, theirs)


def core(group: str) -> Iterator[Row]:
    """Every parameter, chi-square and df of 25 models and identifications, also of several groups, from moments."""
    folder = str(ROOT / "tests" / "estimate" / "ml")
    if folder not in sys.path:
        sys.path.append(folder)
    import core_cases

    tool = f"lavaan (R) {json.loads((core_cases.HERE / 'lavaan_core.json').read_text(encoding='utf-8'))['lavaan']}"
    for case, theirs in core_cases.figures().items():
        solution = core_cases.solved(case)
        mine: Named = {"chi-square": {case: float(solution.chi2)}, "df": {case: float(solution.df)}}
        mine["estimates"] = {
            f"{case}, group {row.group + 1}: {name(row.lhs, row.op, row.rhs)}": float(solution.x[row.free])
            for row in solution.structure.table.rows
            if row.free >= 0
        }
        keys = zip(*(theirs[k] for k in ("lhs", "op", "rhs", "group", "free", "est")), strict=True)
        wanted: Named = {"chi-square": {case: theirs["chi2"]}, "df": {case: theirs["df"]}}
        wanted["estimates"] = {
            f"{case}, group {g}: {name(lhs, op, rhs)}": float(est) for lhs, op, rhs, g, free, est in keys if free
        }
        yield from compared(group, tool, mine, wanted)


SHARED: dict[str, tuple[str, cs.ML | str]] = {
    "hs_cfa_ML": ("hs", "ml"),
    "hs_cfa_MLM": ("hs", cs.ML(errors="mlm")),
    "hs_cfa_MLR": ("hs", cs.ML(errors="mlr")),
    "hs_cfa_GLS": ("hs", "gls"),
    "hs_cfa_ULS": ("hs", "uls"),
    "pd_ML": ("pd", "ml"),
    "mobi_acsi_ML": ("acsi", cs.ML(**STD_LV)),
    "mobi_acsi_MLR": ("acsi", cs.ML(**STD_LV, errors="mlr")),
}


def shared(group: str) -> Iterator[Row]:
    """The files of the shared folder through the front door: estimates, errors, standardised, R2, fit."""
    for file, (kind, estimator) in SHARED.items():
        stored = reference(f"ml_lavaan_{file}.json")
        mine = published(fitted(kind, estimator))
        table = stored["estimates"]
        free = {k for k, v in keyed(table, "se").items() if v > 0 and not k.endswith("~1")}
        means = "~1" in table["op"]
        fit = {k: v for k, v in stored["fit_measures"].items() if v is not None}
        fit = {k: v for k, v in fit.items() if not (means and k.split("_")[0] in OF_MEANS)}
        theirs: Named = {
            "estimates": {k: v for k, v in keyed(table, "est").items() if k in free},
            "errors": {k: v for k, v in keyed(table, "se").items() if k in free},
            "std_all": {k: v for k, v in keyed(table, "std.all").items() if not k.endswith("~1")},
            "fit": {k: v for k, v in fit.items() if k not in FLAT},
        }
        flat: Named = {"fit": {k: v for k, v in fit.items() if k in FLAT}}
        tool = f"lavaan (R) {stored['version']}"
        yield from labelled(file, rows(group, tool, mine, theirs, STOPPED_LAVAAN))
        yield from labelled(file, rows(group, tool, mine, flat, ML_ESTIMATES))


#: The mediation of lavaan_defined.R as a spec: labels, and what is made of them.
MEDIATION = {"textual ~ visual": "a", "speed ~ textual": "b", "speed ~ visual": "c", "x7 ~~ x7": "v"}
DEFINED = {
    "indirect": "a*b",
    "total": "c + indirect",
    "share": "indirect/total",
    "odd": "exp(a)*sqrt(b^2) - log(2.5) * -a^2 / (1 + 1e-1)",
    "turned": "2^-c^2 - (v - 0.5)",
}


def defined(group: str) -> Iterator[Row]:
    """Functions of labelled parameters, their errors and their standardised forms."""
    stored = reference("lavaan_defined.json")
    labels = tuple(Parameter(*statement.split(), label=label) for statement, label in MEDIATION.items())
    model = block(THREE, "visual textual, textual speed, visual speed", labels)
    model = replace(model, defined=tuple(DEFINED.items()))
    for run, errors in (("expected", None), ("mlr", "mlr")):
        study = cs.Study(model, data_of("hs"), estimator=cs.ML(errors=errors), uncertainty=None)  # type: ignore[arg-type]
        table = study.run().parameters()
        own = table[table["op"] == ":="].set_index("lhs")
        mine = {column: dict(own[column].astype(float)) for column in stored[run]}
        for column, theirs in stored[run].items():
            bar = ML_ERRORS if column.endswith("se") else ML_ESTIMATES
            part = rows(group, f"lavaan (R) {stored['version']}", {column: mine[column]}, {column: theirs}, bar)
            yield from labelled(run, part)
