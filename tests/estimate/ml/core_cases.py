"""The models of lavaan_core.R as models of this package, and its figures."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import sources

from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution, solve
from csimodels.estimate.ml.structure import Structure
from csimodels.spec.model import Construct, Item, Model, Parameter

HERE = Path(__file__).resolve().parent


def build(
    blocks: dict[str, list[str]], paths: list[str] | None = None, parameters: list[Parameter] | None = None, **of: Any
) -> Model:
    """A model from blocks of item names, paths ``"A B"`` and statements; ``of`` names higher-order constructs."""
    constructs = [Construct(name, tuple(map(Item, items))) for name, items in blocks.items()]
    constructs += [Construct(name, (), of=tuple(parts)) for name, parts in of.items()]
    pairs = tuple((path.split()[0], path.split()[1]) for path in paths or ())
    return Model("m", tuple(constructs), pairs, parameters=tuple(parameters or ()))


def stated(*texts: str) -> list[Parameter]:
    """``"y1 ~~ y5"``, ``"a: dem60 =~ y2"`` (label), ``"0.5: dem65 ~ ind60"`` (fixed value)."""
    out = []
    for text in texts:
        head, _, body = text.rpartition(": ")
        lhs, op, rhs = [*body.split(), ""][:3]
        number = head.replace(".", "", 1).replace("-", "", 1).isdigit()
        out.append(Parameter(lhs, op, rhs, float(head) if number else None, "" if number else head))  # type: ignore[arg-type]
    return out


THREE = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
DEMOCRACY = {"ind60": ["x1", "x2", "x3"], "dem60": ["y1", "y2", "y3", "y4"], "dem65": ["y5", "y6", "y7", "y8"]}
PATHS = ["ind60 dem60", "ind60 dem65", "dem60 dem65"]
RESIDUALS = ["y1 ~~ y5", "y2 ~~ y4", "y2 ~~ y6", "y3 ~~ y7", "y4 ~~ y8", "y6 ~~ y8"]
EQUATED = [
    *(f"{label}: dem60 =~ {item}" for label, item in (("a", "y2"), ("b", "y3"), ("c", "y4"))),
    *(f"{label}: dem65 =~ {item}" for label, item in (("a", "y6"), ("b", "y7"), ("c", "y8"))),
    "0.5: dem65 ~ ind60",
    *("y1 ~~ y5", "r: y2 ~~ y4", "r: y2 ~~ y6", "y3 ~~ y7", "y4 ~~ y8", "y6 ~~ y8"),
]

three = build(THREE)
path = build(THREE, ["visual textual", "visual speed"])
second = build(THREE, general=["visual", "textual", "speed"])
democracy = build(DEMOCRACY, PATHS, stated(*RESIDUALS))
equated = build(DEMOCRACY, PATHS, stated(*EQUATED))


@cache
def acsi() -> Model:
    """ACSI paths on the items of the mobile data."""
    return sources.without(sources.ecsi(), "Image")


def reliable(share: float) -> Model:
    """:func:`acsi` with a stated reliability of its single complaints item."""
    constructs = tuple(replace(c, reliability=share) if c.name == "Complaints" else c for c in acsi().constructs)
    return replace(acsi(), constructs=constructs)


SCALAR = {"loadings", "intercepts"}
STRICT = SCALAR | {"residuals"}
EVERYTHING = STRICT | {"means", "lv.variances", "lv.covariances"}


@cache
def tables() -> dict[str, tuple[ParameterTable, str]]:
    """Table and discrepancy of every case of lavaan_core.R."""
    of = ParameterTable.of
    two: dict[str, Any] = {"groups": 2, "mean_structure": True}
    partial = ["visual =~ x2", "x3 ~1", "x7 ~1"]
    return {
        "hs_marker": (of(three), "ml"),
        "hs_std_lv": (of(three, identification="std_lv"), "ml"),
        "hs_means": (of(three, mean_structure=True), "ml"),
        "hs_gls": (of(three), "gls"),
        "hs_gls_means": (of(three, mean_structure=True), "gls"),
        "hs_uls": (of(three), "uls"),
        "hs_wls": (of(three), "wls"),
        "hs_path": (of(path), "ml"),
        "hs_second": (of(second), "ml"),
        "hs_second_std_lv": (of(second, identification="std_lv"), "ml"),
        "mg_configural": (of(three, **two), "ml"),
        "mg_metric": (of(three, **two, equal={"loadings"}), "ml"),
        "mg_scalar": (of(three, **two, equal=SCALAR), "ml"),
        "mg_strict": (of(three, **two, equal=STRICT), "ml"),
        "mg_everything": (of(three, **two, equal=EVERYTHING), "ml"),
        "mg_scalar_std_lv": (of(three, **two, equal=SCALAR, identification="std_lv"), "ml"),
        "mg_partial": (of(three, **two, equal=SCALAR, free=partial), "ml"),
        "mg_path_regressions": (of(path, **two, equal={"loadings", "regressions"}), "ml"),
        "mg_gls": (of(three, **two, equal={"loadings"}), "gls"),
        "pd": (of(democracy), "ml"),
        "pd_equated": (of(equated), "ml"),
        "acsi_marker": (of(acsi()), "ml"),
        "acsi_std_lv": (of(acsi(), identification="std_lv"), "ml"),
        "acsi_reliability": (of(reliable(0.8)), "ml"),
        "ecsi_marker": (of(sources.ecsi()), "ml"),
    }


@cache
def figures() -> dict[str, Any]:
    """lavaan_core.json."""
    done: dict[str, Any] = json.loads((HERE / "lavaan_core.json").read_text(encoding="utf-8"))["cases"]
    return done


def sample_of(name: str) -> Sample:
    """The sample moments of a case, divisor n, in the order of its table's items."""
    case, (table, discrepancy) = figures()[name], tables()[name]
    order = [case["items"].index(item) for item in table.items]
    n = np.asarray(case["n"], float)
    cov = np.asarray(case["cov"])[:, order][:, :, order]
    if discrepancy != "ml":  # lavaan's sample statistics have divisor n - 1 there
        cov = cov * ((n - 1) / n)[:, None, None]
    return Sample(np.asarray(case["mean"])[:, order], cov, n)


@cache
def solved(name: str) -> Solution:
    """Our solution of a case."""
    table, discrepancy = tables()[name]
    weight = np.asarray(figures()[name]["weight"]) if discrepancy == "wls" else None
    return solve(Structure(table), sample_of(name), discrepancy, weight=weight)  # type: ignore[arg-type]
