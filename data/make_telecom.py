"""Draw the telecom survey: three invented operators, three services, three years, with a planted driver and decline.

Run as ``python data/make_telecom.py``; it writes ``telecom.sav`` and ``telecom-truth.json`` beside this file.  A third
of the respondents of each operator and service answer every year.  Columns and codes: README.md in this folder.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
SEED = 20260715
OPERATORS = {1: "云程电信", 2: "海港通信", 3: "荷塘移动"}
SERVICES = {1: "固定电话", 2: "移动电话", 3: "宽带"}
YEARS = (2024, 2025, 2026)
ROWS, PANEL = 120, 40
#: Level of quality, in points of 0 to 100, by operator and service; and what the year adds.
LEVELS = {(1, 1): 74, (1, 2): 72, (1, 3): 68, (2, 1): 86, (2, 2): 73, (2, 3): 76, (3, 1): 72, (3, 2): 84, (3, 3): 71}
DECLINE = {(3, 2, 2026): -14.0}
#: Standardised paths; quality is the planted driver of satisfaction.
PATHS = {
    "Expectation": {"Image": 0.5},
    "Quality": {"Image": 0.3, "Expectation": 0.3},
    "Value": {"Image": 0.2, "Quality": 0.5},
    "Satisfaction": {"Image": 0.15, "Expectation": 0.0, "Quality": 0.55, "Value": 0.2},
    "Loyalty": {"Satisfaction": 0.65},
}
SIZES = {"Image": ("IMG", 2), "Expectation": ("EXP", 4), "Quality": ("QUA", 4), "Value": ("VAL", 2),
         "Satisfaction": ("SAT", 3), "Loyalty": ("LOY", 3)}  # fmt: skip
LOADING, SPREAD, LASTING = 0.85, 15.0, 0.6
LABELS = {
    "id": "受访者编号", "year": "年份", "operator": "运营商", "service": "业务", "w": "权数",
    "spend": "每月消费（元）", "stay": "下一年是否继续使用", "COMP1": "最近一年内是否抱怨或投诉",
}  # fmt: skip


def shifts(operator: int, service: int, year: int) -> dict[str, float]:
    """Points by which the constructs of a cell lie beside 70: quality as planted, the rest follows by the paths."""
    quality = LEVELS[operator, service] - 70 + DECLINE.get((operator, service, year), 0.0)
    value = PATHS["Value"]["Quality"] * quality
    satisfaction = PATHS["Satisfaction"]["Quality"] * quality + PATHS["Satisfaction"]["Value"] * value
    loyalty = PATHS["Loyalty"]["Satisfaction"] * satisfaction
    return {"Quality": quality, "Value": value, "Satisfaction": satisfaction, "Loyalty": loyalty}


def latents(random: np.random.Generator, residual: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Standardised constructs from their residuals."""
    out = {"Image": residual["Image"]}
    for name, sources in PATHS.items():
        explained = sum(path * out[source] for source, path in sources.items())
        rest = np.sqrt(max(0.05, 1 - float(np.var(explained))))
        out[name] = explained + rest * residual[name]
    return out


def answers(random: np.random.Generator, eta: dict[str, np.ndarray], moved: dict[str, float]) -> dict[str, np.ndarray]:
    """Answers of 1 to 10 to every item."""
    columns = {}
    for name, (stem, size) in SIZES.items():
        for k in range(size):
            noise = random.normal(size=len(eta[name]))
            points = 70 + moved.get(name, 0.0) + SPREAD * (LOADING * eta[name] + np.sqrt(1 - LOADING**2) * noise)
            columns[f"{stem}{k + 1}"] = np.clip(np.rint(1 + 9 * points / 100), 1, 10)
    return columns


def cell(random: np.random.Generator, operator: int, service: int, rows: int, panel: int) -> pd.DataFrame:
    """All years of one operator and service; the first `panel` respondents are the same persons every year."""
    lasting = {name: random.normal(size=rows) for name in SIZES}
    parts = []
    for k, year in enumerate(YEARS):
        fresh = {name: random.normal(size=rows) for name in SIZES}
        keep = np.arange(rows) < panel
        mixed = {n: np.where(keep, LASTING * lasting[n] + np.sqrt(1 - LASTING**2) * fresh[n], fresh[n]) for n in SIZES}
        eta = latents(random, mixed)
        moved = shifts(operator, service, year)
        frame = pd.DataFrame(answers(random, eta, moved))
        score = np.clip(70 + moved["Satisfaction"] + SPREAD * eta["Satisfaction"], 0, 100)
        frame["COMP1"] = (random.random(rows) < 1 / (1 + np.exp(0.08 * (score - 55)))).astype(float)
        frame["stay"] = (random.random(rows) < 1 / (1 + np.exp(2.4 - 0.05 * score))).astype(float)
        frame["spend"] = np.round(np.exp(3.2 + 0.012 * score + 0.5 * random.normal(size=rows)), 2)
        base = 100000 * operator + 10000 * service
        frame["id"] = base + np.where(keep, np.arange(rows), 1000 * (k + 1) + np.arange(rows))
        frame["w"] = np.round(random.lognormal(0, 0.3, rows), 4)
        parts.append(frame.assign(year=year, operator=operator, service=service))
    return pd.concat(parts, ignore_index=True)


def drawn(seed: int = SEED) -> pd.DataFrame:
    """The survey, don't-know answers (98) and refusals (99) included."""
    random = np.random.default_rng(seed)
    cells = [cell(random, o, s, ROWS, PANEL) for o in OPERATORS for s in SERVICES]
    data = pd.concat(cells, ignore_index=True)
    items = [f"{stem}{k + 1}" for stem, size in SIZES.values() for k in range(size)]
    chance = random.random((len(data), len(items)))
    data[items] = data[items].mask(chance < 0.015, 98.0).mask(chance < 0.005, 99.0)
    first = ["id", "year", "operator", "service", "w"]
    return data[[*first, *items, "COMP1", "stay", "spend"]]


def truth(rows: int = 200_000) -> dict[str, Any]:
    """Expected satisfaction (its items are alike) of every cell, from a large draw, and what is planted."""
    random = np.random.default_rng(SEED + 1)
    residual = {name: random.normal(size=rows) for name in SIZES}
    eta = latents(random, residual)
    found = {}
    for operator in OPERATORS:
        for service in SERVICES:
            for year in YEARS:
                items = answers(np.random.default_rng(SEED + 2), eta, shifts(operator, service, year))
                mean = np.mean([items[f"SAT{k}"].mean() for k in (1, 2, 3)])
                found[f"{OPERATORS[operator]}, {SERVICES[service]}, {year}"] = round(float(100 * (mean - 1) / 9), 3)
    return {
        "satisfaction": found,
        "driver": "Quality",
        "decline": {"operator": OPERATORS[3], "service": SERVICES[2], "from": 2025, "to": 2026},
        "leaders": {SERVICES[1]: OPERATORS[2], SERVICES[3]: OPERATORS[2]},
    }


def main() -> None:
    """Write both files."""
    import pyreadstat

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=HERE)
    folder = parser.parse_args().output
    answer = {98.0: "不知道", 99.0: "拒绝回答"}
    data = drawn()
    items = [name for name in data if name[:3] in {stem for stem, _ in SIZES.values()}]
    values: dict[str, dict[float, str]] = dict.fromkeys(items, answer)
    values |= {"operator": {float(k): v for k, v in OPERATORS.items()}}
    values |= {"service": {float(k): v for k, v in SERVICES.items()}}
    values |= {"COMP1": {0.0: "否", 1.0: "是"}, "stay": {0.0: "否", 1.0: "是"}}
    labels = [LABELS.get(name, "") for name in data]
    pyreadstat.write_sav(data, str(folder / "telecom.sav"), column_labels=labels, variable_value_labels=values,
                         compress=True)  # fmt: skip
    text = json.dumps(truth(), ensure_ascii=False, indent=1) + "\n"
    (folder / "telecom-truth.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
