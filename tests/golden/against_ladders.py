"""Ladders of measurement invariance by least squares and of ordered answers, beside lavaan.

Generator: tests/golden/reference/lavaan_ladders.R, on the data of Holzinger & Swineford (1939).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from against_groups import THREE, VISUAL, holzinger, model_of, statement
from compared import LADDERS, Row, rows
from front_door import name
from sources import reference

import csimodels as cs

#: Ladder: settings of the spec, keywords of `invariance`.
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "gls": ({"estimator": "gls"}, {}),
    "uls": ({"estimator": "uls"}, {}),
    "uls_mlm": ({"estimator": "uls"}, {"errors": "mlm"}),
    "wls": ({"estimator": "wls"}, {}),
}
#: What is compared of every step; the robust forms where the test is scaled.
MEASURES = ("chisq", "df", "cfi", "tli", "rmsea", "srmr")
SCALED = ("chisq.scaled", "chisq.scaling.factor", "cfi.robust", "tli.robust", "rmsea.robust", "cfi.scaled")


def ladders(group: str, chosen: tuple[str, ...] = tuple(SETTINGS)) -> Iterator[Row]:
    """Fit, difference from the step before, loadings and latent means with their errors."""
    stored = reference("lavaan_ladders.json")
    data = holzinger()[0].copy()
    data["school"] = data["school"].map({"Pasteur": "1 Pasteur", "Grant-White": "2 Grant-White"})
    for ladder in chosen:
        settings, options = SETTINGS[ladder]
        found = cs.invariance(model_of(VISUAL + THREE, settings), data, by="school", **options)
        table = found.table().set_index("step")
        for step in (step.name for step in found.steps):
            wanted = stored["ladders"][ladder][step]
            for row in _of_step(group, found.fit(step), table.loc[step], wanted, stored["version"]):
                yield Row(**{**vars(row), "subject": f"{ladder}, {step}: {row.subject}"})


def _of_step(group: str, fit: cs.GroupFit, line: Any, wanted: dict[str, Any], version: str) -> Iterator[Row]:
    tool = f"lavaan (R) {version}"
    measures = fit.fit_measures().set_index("measure")["value"].to_dict()
    theirs = {k: float(v) for k, v in wanted["fit"].items() if k in (*MEASURES, *SCALED) and v is not None}
    yield from rows(group, tool, {"fit": measures}, {"fit": theirs}, LADDERS)
    if wanted["difference"] and np.isfinite(line["p_diff"]):
        mine = {"stat": line["chisq_diff"], "df": line["df_diff"], "p": line["p_diff"]}
        yield from rows(group, tool, {"difference": mine}, {"difference": wanted["difference"]}, LADDERS)
    table = fit.parameters()
    keys = [
        f"{g.split(' ', 1)[1]}: {name(*row)}"
        for g, row in zip(table["school"], table[["lhs", "op", "rhs"]].to_numpy(), strict=True)
    ]
    for quantity in ("est", "se"):
        mine = dict(zip(keys, table[quantity], strict=True))
        named = {f"{k.partition(': ')[0]}: {statement(k.partition(': ')[2])}": v for k, v in wanted[quantity].items()}
        yield from rows(group, tool, {quantity: mine}, {quantity: named}, LADDERS)
