"""Missing answers and measurement invariance against lavaan (ml_missing.R), through the front door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from against_lavaan import compared, labelled
from compared import Row
from front_door import data_of, model_of, name, published
from peers import Named
from sources import holed, mobi, reference

import csimodels as cs
from csimodels.spec import Model

#: Runs of ml_missing.R on the ACSI paths: missing rule, kind of errors, design.
RUNS: dict[str, tuple[str, str | None, dict[str, Any]]] = {
    "fiml": ("fiml", None, {}),
    "fiml_expected": ("fiml", "expected", {}),
    "fiml_mlr": ("fiml", "mlr", {}),
    "fiml_mlr_weights": ("fiml", None, {"weight": "w"}),
    "fiml_mlr_cluster": ("fiml", None, {"design": {"cluster": "c"}}),
    "two_stage": ("em", None, {}),
    "robust_two_stage": ("em", "mlr", {}),
}
LADDERS = {
    "ladder": ("listwise", None),
    "ladder_mlr": ("listwise", "mlr"),
    "ladder_fiml": ("fiml", None),
    "ladder_fiml_mlr": ("fiml", "mlr"),
}
DIFFERENCES = {"difference": "ladder", "difference_mlr": "ladder_mlr", "difference_fiml_mlr": "ladder_fiml_mlr"}
PARTIAL = ("PERQ2 ~1", "Quality =~ PERQ3")
KEPT = ("Quality", "Value", "Satisfaction")
SHORT = {"Quality": ("PERQ1", "PERQ2", "PERQ3", "PERQ4")}


def with_design(data: pd.DataFrame) -> pd.DataFrame:
    """The columns that ml_missing.R makes from the row number."""
    k = np.arange(len(data))
    return data.assign(w=1 + (k % 3) / 2, c=k // 5, half=np.where(k % 2 == 0, "a", "b"))


def missing(group: str) -> Iterator[Row]:
    """FIML and two-stage estimates, errors and tests."""
    stored = reference("ml_missing.json")
    data = with_design(holed())
    for run, (rule, errors, options) in RUNS.items():
        estimator = cs.ML(errors=errors)  # type: ignore[arg-type]
        study = cs.Study(model_of("acsi"), data, estimator=estimator, missing=rule, uncertainty=None, **options)
        theirs = stored["runs"][run]
        wanted: Named = {"estimates": statements(theirs["est"]), "errors": statements(theirs["se"])}
        wanted["fit"] = {k: v for k, v in theirs["fit"].items() if (run, k) not in OTHERWISE}
        yield from labelled(run, compared(group, f"lavaan (R) {stored['version']}", published(study.run()), wanted))


#: Where lavaan does something else: robust forms of FIML with expected information take an information of their own;
#: two-stage rows have one and the same factor of the baseline model with and without normality.
OTHERWISE = {("fiml_expected", f"{m}.robust") for m in ("cfi", "tli", "rmsea")}
OTHERWISE |= {
    (run, measure)
    for run in ("two_stage", "robust_two_stage")
    for measure in ("baseline.chisq.scaling.factor", "cfi.robust", "tli.robust")
}


def statements(values: dict[str, float]) -> dict[str, float]:
    """lavaan's ``lhs op rhs`` with covariances in our order; ``.g2`` is the second group."""
    out = {}
    for text, value in values.items():
        words, _, number = text.partition(".g")
        lhs, op, *rhs = words.split() if "~1" not in words else (words.split()[0], "~1")
        out[name(lhs, op, rhs[0] if rhs else "") + (f" (group {number or 1})")] = value
    single = all(key.endswith("(group 1)") for key in out)
    return {key.removesuffix(" (group 1)"): v for key, v in out.items()} if single else out


@cache
def short() -> Model:
    """Four items of Quality, Value and Satisfaction of the mobile model."""
    plain = model_of("acsi")
    kept = [c for c in plain.constructs if c.name in KEPT]
    cut = [replace(c, items=tuple(i for i in c.items if i.name in SHORT.get(c.name, (i.name,)))) for c in kept]
    paths = tuple(p for p in plain.paths if set(p) <= set(KEPT))
    return replace(plain, constructs=tuple(cut), paths=paths)


@cache
def climbed(run: str) -> cs.Invariance:
    """A ladder of ml_missing.R."""
    rule, errors = LADDERS[run]
    data = with_design(holed() if rule == "fiml" else mobi())
    return cs.invariance(short(), data, by="half", errors=errors, missing=rule)


def ladders(group: str) -> Iterator[Row]:
    """The steps of the ladder: tests, CFI, RMSEA, estimates and errors of both groups, and their differences."""
    stored = reference("ml_missing.json")
    tool = f"lavaan (R) {stored['version']}"
    for run in LADDERS:
        found = climbed(run)
        table = found.table().set_index("step")
        for step in table.index:
            theirs = stored["runs"][run][step]
            mine = {"fit": taken(table.loc[step])} | by_group(found.parameters(step))
            fit = theirs["fit"]
            end = ".robust" if "mlr" in run else ""
            wanted: Named = {"estimates": statements(theirs["est"]), "errors": statements(theirs["se"])}
            scaling = fit.get("chisq.scaling.factor", 1.0)
            wanted["fit"] = {"chisq": fit["chisq"] / scaling, "df": fit["df"], "chisq.scaling.factor": scaling}
            wanted["fit"] |= {m: fit[f"{m}{end}"] for m in ("cfi", "tli", "rmsea")}
            yield from labelled(f"{run}, {step}", compared(group, tool, mine, wanted))
    for run, source in DIFFERENCES.items():
        theirs, table = stored["runs"][run], climbed(source).table().iloc[1:]
        mine = {"fit": {}}
        wanted = {"fit": {}}
        for ours, lavaan in (("chisq_diff", "chisq"), ("df_diff", "df"), ("p_diff", "p")):
            mine["fit"] |= {
                f"scaled difference, {ours} {s}": v for s, v in zip(table["step"], table[ours], strict=True)
            }
            values = zip(table["step"], theirs[lavaan], strict=True)
            wanted["fit"] |= {f"scaled difference, {ours} {s}": v for s, v in values}
        yield from labelled(run, compared(group, tool, mine, wanted))


#: Runs of ml_inference.R on the two schools of Holzinger & Swineford: step, errors, design.
SCHOOLS: dict[str, tuple[str, str | None, dict[str, Any]]] = {
    "mg_metric": ("metric", None, {}),
    "mg_metric_observed": ("metric", "observed", {}),
    "mg_metric_mlm": ("metric", "mlm", {}),
    "mg_metric_mlr": ("metric", "mlr", {}),
    "mg_metric_weights": ("metric", None, {"weight": "w"}),
    "mg_metric_cluster": ("metric", None, {"design": {"cluster": "c"}}),
    "mg_scalar": ("scalar", None, {}),
    "mg_scalar_mlr": ("scalar", "mlr", {}),
}
ROBUST = ("mlm", "mlr", "weights", "cluster")
#: lavaan's methods of lavTestLRT, and the run that has the same difference.
STEPWISE = {"plain": "mg_metric", "mlm_2001": "mg_metric_mlm", "mlr_2001": "mg_metric_mlr"}


def schools(group: str) -> Iterator[Row]:
    """Metric and scalar steps of two schools under every kind of errors, and the test of equal loadings."""
    stored = reference("ml_inference.json")
    tool, data = f"lavaan (R) {stored['version']}", data_of("hs")
    data["school"] = data["school"].map({"Pasteur": "1 Pasteur", "Grant-White": "2 Grant-White"})  # lavaan's order
    tables = {}
    for run, (step, errors, options) in SCHOOLS.items():
        steps = ("configural", step)
        found = cs.invariance(model_of("hs"), data, by="school", steps=steps, errors=errors, **options)
        tables[run] = found.table().set_index("step").loc[step]
        mine = {"fit": taken(tables[run])} | by_group(found.parameters(step))
        fit, end = stored[run]["fit_measures"], ".robust" if run.endswith(ROBUST) else ""
        wanted = of_groups(stored[run]["estimates"])
        scaling = fit.get("chisq.scaling.factor", 1.0)
        wanted["fit"] = {"chisq": fit["chisq"] / scaling, "df": fit["df"], "chisq.scaling.factor": scaling}
        wanted["fit"] |= {m: fit[f"{m}{end}"] for m in ("cfi", "tli", "rmsea")}
        yield from labelled(run, compared(group, tool, mine, wanted))
    for method, run in STEPWISE.items():
        theirs, ours = stored["mg_difference"][method], tables[run]
        mine = {"fit": {"difference": ours["chisq_diff"], "df": ours["df_diff"], "p": ours["p_diff"]}}
        yield from labelled(f"difference, {method}", compared(group, tool, mine, {"fit": theirs}))


def of_groups(table: dict[str, list[Any]]) -> Named:
    """lavaan's estimates and errors of free parameters by statement and group."""
    out: Named = {"estimates": {}, "errors": {}}
    columns = (table[k] for k in ("lhs", "op", "rhs", "group", "est", "se"))
    for lhs, op, rhs, number, est, se in zip(*columns, strict=True):
        if se:
            key = f"{name(lhs, op, rhs)} (group {number})"
            out["estimates"][key], out["errors"][key] = float(est), float(se)
    return out


def partial(group: str) -> Iterator[Row]:
    """Scalar invariance with a loading and an intercept left free, and the latent means that it allows."""
    stored = reference("ml_missing.json")
    for run, rule in (("partial", "listwise"), ("partial_fiml", "fiml")):
        data = with_design(holed() if rule == "fiml" else mobi())
        found = cs.invariance(short(), data, by="half", free=PARTIAL, missing=rule)
        theirs = stored["runs"][run]
        mine = by_group(found.parameters("scalar")) | {"fit": taken(found.table().set_index("step").loc["scalar"])}
        means = found.latent_means("scalar")
        second = means[means["half"] == "b"]
        mine["estimates of latent means"] = dict(zip(second["construct"], second["mean"], strict=True))
        mine["errors of latent means"] = dict(zip(second["construct"], second["se"], strict=True))
        wanted: Named = {"estimates": statements(theirs["est"]), "errors": statements(theirs["se"])}
        wanted["fit"] = {k: theirs["fit"][k] for k in ("chisq", "df", "cfi", "tli", "rmsea")}
        for quantity, column in (("estimates of latent means", "est"), ("errors of latent means", "se")):
            at = theirs[column]
            wanted[quantity] = {c: at[f"{c} ~1.g2"] for c in KEPT[:1]}
        yield from labelled(run, compared(group, f"lavaan (R) {stored['version']}", mine, wanted))


def taken(row: pd.Series) -> dict[str, float]:
    """A row of the ladder's table by lavaan's names."""
    out = {m: float(row[m]) for m in ("chisq", "df", "cfi", "tli", "rmsea")}
    return out | {"chisq.scaling.factor": float(row["scaling"])}


def by_group(table: pd.DataFrame) -> Named:
    """Free parameters of both groups; those held equal stand in both."""
    out: Named = {"estimates": {}, "errors": {}}
    by = table.columns[0]
    number = {key: g + 1 for g, key in enumerate(dict.fromkeys(table[by]))}
    for key, lhs, op, rhs, est, se in table[[by, "lhs", "op", "rhs", "est", "se"]].itertuples(index=False):
        key = f"{name(lhs, op, rhs)} (group {number[key]})"
        out["estimates"][key], out["errors"][key] = float(est), float(se)
    return out
