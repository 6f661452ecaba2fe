"""Designs drawn at random beside R's survey: strata, clusters, fpc, lone strata, groups, weights, missing answers.

Generator: tests/golden/reference/survey_random.R, on the files that ``python against_survey_random.py folder`` writes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from compared import SURVEY, Row, rows
from peers import Named
from sources import reference

import csimodels as cs

ITEMS = ("a1", "a2", "a3", "y", "x1", "x2")
SEEDS = range(9)
LONE = ("certainty", "adjust", "average")


def drawn(seed: int) -> tuple[dict[str, Any], pd.DataFrame]:
    """How a sample was drawn, and its answers; a lone stratum is the last one."""
    rng = np.random.default_rng(seed)
    n, strata = int(rng.integers(120, 300)), int(rng.integers(2, 5))
    stratum = rng.integers(0, strata, n)
    f = rng.standard_normal(n) + 0.4 * stratum
    columns = {item: np.clip(np.rint(5.5 + 1.3 * f + 1.2 * rng.standard_normal(n)), 1, 10) for item in ITEMS}
    data = pd.DataFrame(columns)
    case: dict[str, Any] = {
        "missing": "mean" if seed % 2 else "listwise",
        "strata": bool(rng.random() < 0.8),
        "cluster": bool(rng.random() < 0.6),
        "fpc": bool(rng.random() < 0.4),
        "lone": LONE[seed % 3] if seed % 4 == 0 else "",
        "groups": ("", "planned", "by_chance")[seed // 3],
    }
    case["strata"] |= bool(case["lone"]) or not case["cluster"]
    data = data.mask(rng.random(data.shape) < 0.04).assign(w=np.round(rng.uniform(0.3, 3, n), 3))
    data["stratum"], data["cluster"] = stratum, rng.integers(0, 6, n)
    data["firm"] = rng.choice(["p", "q", "r"], n)
    last = data["stratum"] == strata - 1
    if case["lone"] and case["cluster"]:
        data.loc[last, "cluster"] = 0
    elif case["lone"]:
        data = data.drop(index=data.index[last][1:]).reset_index(drop=True)
    of = data["stratum"] if case["strata"] else 0 * data["stratum"]
    unit = data["cluster"] if case["cluster"] else pd.Series(data.index)
    units = unit.groupby(of).nunique()
    data["N"] = of.map(units * rng.integers(2, 5, len(units)))
    return case, data


def model_of(case: dict[str, Any]) -> cs.Model:
    """Means with equal weights, a share, a score and a gap; and two single items that lead to a third."""
    named = {"strata": "stratum", "cluster": "cluster", "fpc": "N"}
    design = {key: column for key, column in named.items() if case[key]}
    design |= {"lone_strata": case["lone"]} if case["lone"] else {}
    data = {"weight": "w", "design": design}
    if case["groups"]:
        data |= {"by": "firm"}
        design["groups"] = case["groups"]
    single = {name: {"items": [name.lower()]} for name in ("X1", "X2", "Y")}
    spec = {
        "csi": 1,
        "constructs": {"A": {"items": ["a1", "a2", "a3"], "measured": "composite"}} | single,
        "paths": {"X1": ["Y"], "X2": ["Y"], "Y": ["A"]},
        "index": {"construct": "A", "weights": "equal"},
        "data": data,
        "estimate": {"missing": case["missing"], "tol": 1e-12, "max_iter": 2000},
        "uncertainty": {"method": "linearised"},
        "indices": {
            "top2": {"kind": "top_box", "item": "y"},
            "nps": {"kind": "nps", "item": "y", "cuts": [6, 9]},
            "gap": {"kind": "gap", "items": ["y", "x1"]},
        },
    }
    return cs.parse_model(json.dumps(spec))


def designs(group: str) -> Iterator[Row]:
    """Indices, simple indices and regression coefficients of every design, with their errors."""
    stored = reference("survey_random.json")
    for seed in SEEDS:
        case, data = drawn(seed)
        result = cs.Study(model_of(case), data).run(progress=False)
        tables = (
            ("index", result.index(), "construct", "index", "se", 1.0),
            ("", result.indices(), "name", "value", "se", 1.0),
            ("b", result.effects().query("target == 'Y'"), "source", "total_unstd", "impact_se", 5.0),
        )
        mine: Named = {"estimates": {}, "errors": {}}
        for kind, table, subject, value, error, times in tables:
            for row in table.to_dict("records"):
                key = f"{seed} {row.get('firm', 'all')}: {kind} {row[subject]}".replace("  ", " ")
                mine["estimates"][key], mine["errors"][key] = row[value], row[error] / times
        theirs: Named = {kind: {f"{seed} {k}": v for k, v in stored[kind][str(seed)].items()} for kind in mine}
        yield from rows(group, f"survey (R) {stored['version']}", mine, theirs, SURVEY)


if __name__ == "__main__":
    for seed in SEEDS:
        case, data = drawn(seed)
        place = Path(sys.argv[1]) / str(seed)
        place.mkdir(parents=True)
        data.to_csv(place / "data.csv", index=False)
        (place / "case.txt").write_text("\n".join(f"{k} {v}" for k, v in case.items()) + "\n", encoding="utf-8")
