"""Metamorphic relations of waves, roll-up, and of the sections that `test_same_in_other_words` leaves out.

Both sides of each comparison are computed, so that the tolerance is that of iterations (as there).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_same_in_other_words import Rows, compared, shuffled, tables

import csimodels as cs
from csimodels.spec import parse_model

SPEC = """
csi: 1
scale: [1, 10]
constructs:
  Q: {items: [q1, q2, q3]}
  V: {items: [v1, v2]}
  S: {items: [s1, s2, s3]}
paths: {Q: [V, S], V: [S]}
index: S
items:
  k1: {scale: [1, 5]}
  k2: {scale: [1, 5]}
  e1:
  e2:
data: {by: company, wave: year, weight: w, design: {panel: id}}
rollup: {levels: [company, industry, nation], weights: WEIGHTS}
indices:
  NPS: {kind: nps, item: s1, cuts: [6, 9]}
  Mean: {kind: mean, items: [q1, q2, q3]}
hierarchy: {Whole: {of: {Q: 0.6, V: 0.4}}}
gaps: {Tangibles: {items: {q1: e1, q2: e2}}}
kano: {App: {functional: k1, dysfunctional: k2}}
trend: {}
behaviour: {retained: {outcome: "renewed = 1", on: S}, spend: {outcome: spend, kind: gamma, on: S}}
states: {on: S, cuts: [50, 70], retained: "renewed = 1", value: profit}
focus: {valued: "profit > 0", top: "profit > 1", value: profit}
penalty_reward: {s3: {items: [q1, v1], low: 5, high: 8}}
uncertainty: {method: linearised}
"""
WEIGHTS = "company,industry,nation,weight,year\n" + "".join(
    f"{c},{i},N,{w + k},{y}\n" for k, y in enumerate((2023, 2024, 2025)) for c, i, w in
    (("a", "north", 3), ("b", "north", 2), ("c", "south", 4))
)  # fmt: skip


@cache
def people() -> Rows:
    """75 persons in three companies, each in three years; their answers move from year to year."""
    rng = np.random.default_rng(11)
    persons, years = 75, (2023, 2024, 2025)
    lasting = rng.normal(size=persons)
    parts = []
    for k, year in enumerate(years):
        q = 0.7 * lasting + 0.7 * rng.normal(size=persons) + 0.1 * k
        v = 0.6 * q + 0.8 * rng.normal(size=persons)
        s = 0.5 * q + 0.3 * v + 0.6 * rng.normal(size=persons)
        out: dict[str, Any] = {}
        for name, part, items in (("q", q, 3), ("v", v, 2), ("s", s, 3), ("e", q, 2)):
            for item in range(items):
                out[f"{name}{item + 1}"] = np.clip(np.rint(6 + 1.5 * part + rng.normal(size=persons)), 1, 10)
        out |= {"k1": rng.integers(1, 6, persons), "k2": rng.integers(1, 6, persons), "year": year}
        out["renewed"] = (s + rng.normal(size=persons) > 0).astype(int)
        out["profit"] = np.clip(s + rng.normal(size=persons), 0, None).round(2)
        out["spend"] = np.exp(0.3 * s + 0.5 * rng.normal(size=persons)).round(3)
        parts.append(pd.DataFrame(out).assign(company=np.tile(list("abc"), persons // 3), id=np.arange(persons)))
    data = pd.concat(parts, ignore_index=True)
    data[[c for c in data.columns if c[0] in "qvse" and len(c) == 2]] = data.filter(regex="^[qvse][1-9]$").astype(int)
    return data.assign(w=rng.uniform(0.5, 2, size=len(data)).round(3))


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("weights") / "weights.csv"
    path.write_text(WEIGHTS, encoding="utf-8")
    return SPEC.replace("WEIGHTS", str(path))


@pytest.fixture(scope="module")
def base(text: str) -> Mapping[str, Rows]:
    """What the study gives as it is."""
    return tables(text, people())


def test_what_is_compared(base: Mapping[str, Rows]) -> None:
    parts = {"gaps", "kano", "trend", "behaviour", "states", "transition", "overall_focus", "rollup", "indices"}
    parts |= {"changes", "wave_changes", "simple_rollup", "penalty_reward", "change_sectors", "wave_trend"}
    assert parts <= set(base)


def test_order_of_rows_unit_of_weights_and_an_item_turned_round(text: str, base: Mapping[str, Rows]) -> None:
    """All at once; each alone held when this was written."""
    other = text.replace("[v1, v2]", "{v1: , v2: {reverse: true}}")
    data = people().assign(v2=11 - people()["v2"], w=100 * people()["w"])
    assert compared(base, tables(other, shuffled(data))) > 2000


#: Other names: of constructs and items, of persons, and of companies, whose order among themselves stays.
NAMES = {"Q": "Quality", "V": "Value", "S": "Happy", "q1": "xq1", "s1": "xs1", "e1": "xe1", "k1": "xk1"}
UNITS = {"a": "acme", "b": "bravo", "c": "delta", "north": "upper", "south": "zone", "N": "Nation"}


def renamed(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\b\w+\b", lambda word: names.get(word.group(), word.group()), text)


def test_other_names(text: str, base: Mapping[str, Rows], tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(renamed(WEIGHTS, UNITS), encoding="utf-8")
    path = re.search(r"weights: ([^}]+)}", text)
    assert path
    other = renamed(text.replace(path[1], "WEIGHTS"), NAMES).replace("WEIGHTS", str(tmp_path / "w.csv"))
    data = people().rename(columns=NAMES).replace({"company": UNITS}).assign(id=1000 - people()["id"])
    back = {new: old for old, new in (NAMES | UNITS).items()}
    found = {name: table.map(lambda cell: renamed(cell, back) if isinstance(cell, str) else cell)
             for name, table in tables(other, data).items()}  # fmt: skip
    assert compared(base, found) > 1500


def test_years_of_another_calendar_and_cents(text: str, base: Mapping[str, Rows], tmp_path: Path) -> None:
    """Waves are steps apart, wherever their numbers begin; shares of money and tests on it do not know its unit."""
    weights = re.sub(r"20(2[345])", lambda year: str(int(year.group()) - 543), WEIGHTS)
    (tmp_path / "w.csv").write_text(weights, encoding="utf-8")
    path = re.search(r"weights: ([^}]+)}", text)
    assert path
    other = text.replace(path[1], str(tmp_path / "w.csv")).replace("profit > 1", "profit > 100")
    cents = {name: 100 * people()[name] for name in ("profit", "spend")}
    found = tables(other, people().assign(year=people()["year"] - 543, **cents))
    dated = {}
    for name, table in found.items():
        dated[name] = table.copy()
        for column in table.columns.intersection(["year", "from", "to", "base"]):
            dated[name][column] = [int(v) + 543 if str(v).isdigit() else v for v in table[column]]
    first = {name: table.copy() for name, table in base.items()}
    for table in first.values():
        for column in table.columns.intersection(["year", "from", "to", "base"]):
            table[column] = [int(v) if str(v).isdigit() else v for v in table[column]]
    money = ("behaviour", "behaviour_at", "behaviour_calibration", "focus", "states", "wave_states")
    assert compared(first, dated, "survey", *money, *(f"overall_{name}" for name in money)) > 1500
    spend = [table["overall_behaviour_at"].set_index("outcome").loc["spend", "predicted"] for table in (base, found)]
    np.testing.assert_allclose(spend[1], 100 * spend[0], rtol=1e-6)


ML = """
csi: 1
scale: [1, 10]
constructs: {Q: {items: [q1, q2, q3]}, V: {items: [v1, v2]}, S: {items: [s1, s2, s3]}}
paths: {Q: [V, S], V: [S]}
index: S
estimate: {estimator: ml}
uncertainty: {method: linearised}
"""


@pytest.mark.parametrize("estimator", ["ml", "gls", "dwls"])
def test_fit_of_items_on_another_scale(estimator: str) -> None:
    """Discrepancies of moments that are free of scale: chi-square, RMSEA, CFI and the like do not know the unit."""
    text = ML.replace("ml}", f"{estimator}}}")
    other = text.replace("[v1, v2]", "{v1: , v2: {scale: [10, 100]}}")
    other = other.replace("[q1, q2, q3]", "{q1: , q2: {scale: [0.1, 1]}, q3: }")
    data = people().assign(v2=10 * people()["v2"], q2=0.1 * people()["q2"])
    pairs = ((text, people()), (other, data))
    fits = [cs.Study(parse_model(model), rows).run(progress=False).fit_measures() for model, rows in pairs]
    first, second = (fit.set_index("measure")["value"] for fit in fits)
    units = {"rmr", "rmr_nomean", "aic", "bic", "bic2", "logl", "unrestricted.logl"}
    kept = [name for name in first.index if name not in units]
    assert {"chisq", "rmsea", "cfi", "tli", "srmr"} <= set(kept)
    np.testing.assert_allclose(second[kept].astype(float), first[kept].astype(float), rtol=1e-6, atol=1e-7)
