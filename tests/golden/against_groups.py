"""Groups that differ in single parameters, shared items, fixed covariates and ordered answers of groups, by lavaan.

Generator: tests/golden/reference/lavaan_groups.R, on the data of Holzinger & Swineford (1939).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from compared import DWLS, DWLS_ERRORS, INDICES, ML_ERRORS, ML_ESTIMATES, Row, rows
from front_door import WIDE, name
from peers import Named
from sources import reference, shared_csv

import csimodels as cs
from csimodels.spec import Model, from_lavaan

THREE = "\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
VISUAL = "visual =~ x1 + x2 + x3"
ITEMS = [f"x{k}" for k in range(1, 10)]
#: Run: model, keywords of `fit_groups`, settings of the spec.
GROUPS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "fixed": ("visual =~ x1 + c(0.5, 0.6)*x2 + x3" + THREE, {"by": "school"}, {}),
    "some_equal": ("visual =~ x1 + c(a, a, b, b)*x2 + c(d, e, d, f)*x3" + THREE, {"by": "cell"}, {}),
    "one_free": (VISUAL + THREE, {"by": "school", "errors": "mlr"}, {"x7 ~~ x8": {"groups": {"Grant-White": "free"}}}),
    "marker_free": (
        "visual =~ c(NA, NA)*x1 + c(m, m)*x1 + c(NA, 0.8)*x2 + x3\nvisual ~~ c(1, NA)*visual" + THREE,
        {"by": "school"},
        {},
    ),
    "with_equal": (
        VISUAL + THREE + "speed ~ c(b1, b2)*visual + c(0, NA)*textual",
        {"by": "school", "equal": ["loadings", "intercepts"], "free": ["x7 ~1"], "errors": "mlm"},
        {},
    ),
    "scalar": (VISUAL + THREE, {"by": "school", "equal": ["loadings", "intercepts"]}, {}),
    "gls": ("visual =~ x1 + c(0.5, NA)*x2 + x3" + THREE, {"by": "school"}, {"estimator": "gls"}),
    "ordered": (VISUAL + THREE, {"by": "school"}, {"estimator": "dwls"}),
    "ordered_equal": (
        "visual =~ x1 + c(a, a)*x2 + c(0.9, NA)*x3" + THREE, {"by": "school"}, {"estimator": "dwls"}
    ),
    "crossed_groups": (VISUAL + " + c(NA, 0)*x9" + THREE, {"by": "school"}, {}),
}  # fmt: skip
#: Run: model, settings of the spec, keywords of the study.
ALONE: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "crossed": (VISUAL + " + x9" + THREE, {}, {}),
    "crossed_mlr": (VISUAL + " + x9 + 0.2*x4" + THREE, {}, {"errors": "mlr"}),
    "crossed_ordered": (VISUAL + " + x9" + THREE, {"estimator": "dwls"}, {}),
}
#: Observed causes as lavaan's x.
X = VISUAL + THREE + "visual ~ age + girl\ntextual ~ age + girl\nspeed ~ visual + age"
COVARIATES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "fixed_x": (X, {"covariates": "fixed"}, {}),
    "random_x": (X, {"covariates": "random"}, {}),
    "fixed_x_mlr": (X, {"covariates": "fixed"}, {"errors": "mlr"}),
}
#: Not made here, or of another baseline or residual: docs/ml.md.
LEFT_OUT = ("rmsea.ci", "scaling.factor.h", "fmin", "srmr_within")
#: Of ordered answers of several groups: lavaan divides what the baseline expects by the shares of the groups.
OF_BASELINE = ("cfi.robust", "tli.robust", "nnfi.robust", "rni.robust")


#: What the model misses, by group: our table and column, and lavaan's name.
MISSED = {
    "mi": ("joint_modification", "mi"), "epc": ("joint_modification", "epc"),
    "sepc_all": ("joint_modification", "sepc_all"), "released": ("joint_modification", "mi"),
    "residual_raw": ("joint_residuals", "raw"), "residual_cor": ("joint_residuals", "cor"),
    "residual_standardized": ("joint_residuals", "z"),
}  # fmt: skip


@cache
def holzinger() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The data as they are, and with the tests cut into four levels."""
    data = shared_csv("HolzingerSwineford1939.csv")
    data["cell"] = data["school"] + " " + data["sex"].astype(str)
    data["girl"], data["age"] = data["sex"] - 1, data["ageyr"] + data["agemo"] / 12
    for item in ITEMS:  # places of groups in the order of lavaan, which takes them as they come
        data[item] = data[item].astype(float)
    five = data.copy()
    for item in ITEMS:
        at = np.quantile(data[item], (0.2, 0.45, 0.8))
        five[item] = np.searchsorted(at, data[item], side="right").astype(float)
    return data, five


def model_of(text: str, settings: dict[str, Any]) -> Model:
    """`text` by the estimator of `settings`, and what these say of parameters beside it."""
    scale = (0, 3) if settings.get("estimator") == "dwls" else WIDE
    said = {key: value for key, value in settings.items() if "~" in key}
    model = from_lavaan(text, scale=scale, index="visual")
    chosen = {"estimator": "ml"} | {key: value for key, value in settings.items() if "~" not in key}
    return cs.load_model(model, overrides={"estimate": chosen} | ({"parameters": said} if said else {}))


def together(group: str, runs: tuple[str, ...] = tuple(GROUPS), theirs: dict[str, Any] | None = None) -> Iterator[Row]:
    """Fits of several groups; the groups of lavaan stand in the order of the rows, ours in that of their names."""
    stored = theirs or reference("lavaan_groups.json")
    for run in runs:
        wanted = stored["runs"][run]
        found, by = fitted(run, wanted)
        yield from compared(group, run, of_table(found, by), wanted, stored["version"])


def fitted(run: str, wanted: dict[str, Any]) -> tuple[cs.GroupFit, str]:
    """Our fit of a run, and the group column."""
    text, options, settings = GROUPS[run]
    data = holzinger()[settings.get("estimator") == "dwls"].copy()
    order = list(dict.fromkeys(key.split(": ")[0] for key in wanted["est"]))
    names = {level: f"{k} {level}" for k, level in enumerate(order)}
    data[options["by"]] = data[options["by"]].map(names)
    for key, value in settings.items():
        if "~" in key:
            settings = settings | {key: {"groups": {names[g]: v for g, v in value["groups"].items()}}}
    return cs.fit_groups(model_of(text, settings), data, **options), options["by"]


#: Paths by group, and lavaan's defined parameters that are their differences.
APART = {"visual -> textual": "a := a1-a2", "visual -> speed": "b := b1-b2", "textual -> speed": "d := c1-c2"}


def apart(group: str, theirs: dict[str, Any] | None = None) -> Iterator[Row]:
    """Standardised paths of one group less those of the other with robust errors, beside lavaan's ``:=``.

    Ours have the variance of a mean over n - 1 where lavaan's have n, as everywhere in this package.
    """
    stored = theirs or reference("lavaan_groups.json")
    wanted, data = stored["runs"]["paths_apart"], holzinger()[0]
    first, second = dict.fromkeys(key.split(": ")[0] for key in wanted["est"])
    text = VISUAL + THREE + "textual ~ visual\nspeed ~ visual + textual"
    study = cs.Study(model_of(text, {}), data, by="school", uncertainty=cs.Linearised())
    table = study.run(progress=False).path_differences(against=second)
    n = data["school"].value_counts()
    mine: Named = {"difference": {}, "error": {}}
    tool: Named = {"difference": {}, "error": {}}
    for row in table.itertuples():
        path, arrow = f"{row.source} -> {row.target}", f"{row.target} ~ {row.source}"
        label = f"{first}: {APART[path]}"
        mine["difference"][path], mine["error"][path] = row.difference, row.se
        tool["difference"][path] = wanted["std_all"][label]
        own = [wanted["std_se"][f"{school}: {arrow}"] for school in (first, second)]
        more = sum(se**2 * n[school] / (n[school] - 1) for se, school in zip(own, (first, second), strict=True))
        tool["error"][path] = wanted["std_se"][label] * float(np.sqrt(more / np.sum(np.square(own))))
    for kind, bar in (("difference", ML_ESTIMATES), ("error", ML_ERRORS)):
        yield from rows(group, f"lavaan (R) {stored['version']}", {kind: mine[kind]}, {kind: tool[kind]}, bar)


def missed(group: str, runs: tuple[str, ...] = ("scalar", "fixed", "gls")) -> Iterator[Row]:
    """Modification indices, expected changes, equalities let free and residuals of every group."""
    stored = reference("lavaan_groups.json")
    for run in runs:
        wanted = stored["runs"][run]
        found, by = fitted(run, wanted)
        modification, residuals = found.modification_indices(0.0), found.model_residuals()
        released = modification["released"].astype(bool)
        parts = {"released": modification[released], "residual": residuals.assign(
            op=["~~" if other else "~1" for other in residuals["other"]], lhs=residuals["item"], rhs=residuals["other"]
        )}  # fmt: skip
        for kind, (_, column) in MISSED.items():
            if kind not in wanted or (run == "gls" and not kind.startswith("residual")):
                continue  # lavaan's indices of GLS are (n - 1)^2 / n^2 of ours: docs/ml.md
            table = parts.get(kind.split("_")[0], modification[~released])
            keys = [name(*row) for row in table[["lhs", "op", "rhs"]].to_numpy()]
            mine = {f"{g.split(' ', 1)[1]}: {key}": v for g, key, v in zip(table[by], keys, table[column], strict=True)}
            theirs = {
                f"{key.rpartition(': ')[0]}: {statement(key.rpartition(': ')[2])}": float(value)
                for key, value in wanted[kind].items()
                if value is not None and abs(value) > 1e-6  # below it a residual is rounding
            }
            for row in rows(group, f"lavaan (R) {stored['version']}", {kind: mine}, {kind: theirs}, INDICES):
                yield Row(**{**vars(row), "subject": f"{run}: {row.subject}"})


def statement(text: str) -> str:
    """lavaan's text of a parameter as :func:`name` writes it."""
    lhs, op, *rhs = text.split()
    return name(lhs, op, rhs[0] if rhs else "")


def alone(group: str, runs: tuple[str, ...] = tuple(ALONE), theirs: dict[str, Any] | None = None) -> Iterator[Row]:
    """Studies of all respondents."""
    stored = theirs or reference("lavaan_groups.json")
    for run in runs:
        text, settings, options = (ALONE | COVARIATES)[run]
        data = holzinger()[settings.get("estimator") == "dwls"]
        found = cs.Study(model_of(text, settings), data, uncertainty=None, **options).run(progress=False)
        yield from compared(group, run, of_table(found), stored["runs"][run], stored["version"])


def shared(group: str) -> Iterator[Row]:
    """Items of two constructs, by ML, MLR and DWLS, and in one of two groups only."""
    yield from alone(group)
    yield from together(group, ("crossed_groups",))


def of_table(found: cs.GroupFit | cs.Result, by: str = "") -> Named:
    """Estimates, errors, standardised solution and fit by the names of the reference."""
    table = found.parameters()
    if by:
        table = table[table[by] != ""]  # constraints are of no single group
    keys = [name(*row) for row in table[["lhs", "op", "rhs"]].to_numpy()]
    if by:
        keys = [f"{level.split(' ', 1)[1]}: {key}" for level, key in zip(table[by], keys, strict=True)]
    fit = found.fit_measures().set_index("measure")["value"]
    columns = {"est": "est", "se": "se", "std_all": "std_all", "std_se": "std_all_se"}
    return {k: dict(zip(keys, table[c], strict=True)) for k, c in columns.items()} | {"fit": fit.to_dict()}


def compared(group: str, run: str, mine: Named, wanted: dict[str, Any], version: str) -> Iterator[Row]:
    """A row for every number of lavaan; of ordered answers it has no errors of residual variances."""
    ordered = "ordered" in run
    for kind, values in wanted.items():
        if kind in MISSED:
            continue
        bar = ML_ESTIMATES if kind in ("est", "std_all") else ML_ERRORS
        if ordered:
            bar = DWLS if kind in ("est", "std_all") else DWLS_ERRORS
        theirs = {}
        for key, value in values.items():
            place, _, text = key.rpartition(": ")
            label = key if kind == "fit" else f"{place}{': ' if place else ''}{statement(text)}"
            there = key in mine["fit"] and not key.startswith(LEFT_OUT) if kind == "fit" else True
            there = there and not (run in ("ordered", "ordered_equal") and key in OF_BASELINE)
            if value is not None and there and not (ordered and key.startswith(("srmr_", "rmr", "crmr"))):
                theirs[label] = float(value)
        for row in rows(group, f"lavaan (R) {version}", {kind: mine[kind]}, {kind: theirs}, bar):
            yield Row(**{**vars(row), "subject": f"{run}: {row.subject}"})
