"""A roll-up whose companies enter and leave between waves, with clusters that run through all of them, from rows.

Weights of a cluster are moved a little in all companies and waves at once, every company is fitted anew by the PLS of
``brute_stages.py``, and everything above it is added up from the statement of the weights.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from brute_stages import pls, weighted
from compared import DIFFERENTIATED, REFITTED, Row, rows

import csimodels as cs

TOOL = "separate NumPy computation"
ITEMS = ("Q1", "Q2", "S1", "S2", "S3")
BLOCKS = {"Quality": (0, 1), "Satisfaction": (2, 3, 4)}
#: Revenue by wave and company: C leaves, E enters.  Sectors, and their shares of the nation by wave.
REVENUE = {2025: {"A": 3.0, "B": 1.0, "C": 2.0, "D": 4.0}, 2026: {"A": 2.0, "B": 2.0, "D": 5.0, "E": 1.0}}
SECTOR = {"A": "X", "B": "X", "C": "X", "D": "Y", "E": "Y"}
NATION = {2025: {"X": 0.4, "Y": 0.6}, 2026: {"X": 0.5, "Y": 0.5}}
BRANCHES, REGIONS, STEP = 6, 2, 1e-4
SPEC = """
csi: 1
constructs:
  Quality: {{items: [Q1, Q2]}}
  Satisfaction: {{items: [S1, S2, S3]}}
paths: {{Quality: [Satisfaction]}}
index: {{construct: Satisfaction}}
data: {{by: company, wave: year, weight: w, design: {{strata: region, cluster: branch}}}}
rollup: {{levels: [company, sector, nation], weights: '{file}'}}
uncertainty: {{method: linearised}}
"""

Numbers = dict[str, np.ndarray]


def answers() -> pd.DataFrame:
    """Four customers a company, wave and branch; branches have levels of their own, the same for all companies."""
    rng = np.random.default_rng(3)
    of_branch = rng.normal(0, 0.8, BRANCHES)
    keys = [(c, y, b) for y, some in REVENUE.items() for c in some for b in range(BRANCHES) for _ in range(4)]
    branch = np.asarray([b for _, _, b in keys])
    base = 6 + of_branch[branch] + 0.3 * np.asarray([ord(c) - 65 for c, _, _ in keys]) + rng.normal(0, 1, len(keys))
    x = np.clip(np.rint(base[:, None] + rng.normal(0, 1.2, (len(keys), len(ITEMS)))), 1, 10)
    data = pd.DataFrame(x, columns=list(ITEMS)).assign(w=rng.uniform(0.5, 2, len(keys)), region=branch % REGIONS)
    return data.assign(company=[c for c, _, _ in keys], year=[y for _, y, _ in keys], branch=branch)


def rolled_up(group: str) -> Iterator[Row]:
    """Indices, changes and differences from the unit above, with their errors."""
    data = answers()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.csv"
        path.write_text(_weights_file(), encoding="utf-8")
        model = cs.parse_model(SPEC.format(file=path.as_posix()))
        result = cs.Study(model, data, estimator=cs.PLS(tol=1e-13, max_iter=2000)).run(progress=False)
    mine = {"estimate": _published(result, False), "standard error": _published(result, True)}
    point = _numbers(data, np.ones(BRANCHES))
    error = {name: np.zeros(len(BLOCKS)) for name in point}
    each = [_numbers(data, 1 + s * STEP * np.eye(BRANCHES)[b]) for b in range(BRANCHES) for s in (1, -1)]
    for name in point:
        slope = np.asarray([(u[name] - d[name]) / (2 * STEP) for u, d in zip(each[::2], each[1::2], strict=True)])
        for h in range(REGIONS):
            own = slope[np.arange(BRANCHES) % REGIONS == h]
            error[name] += len(own) / (len(own) - 1) * ((own - own.mean(axis=0)) ** 2).sum(axis=0)
    alone = {name for name in point if not error[name].all()}  # the only company of its sector: nothing to compare
    yield from rows(group, TOOL, mine, {"estimate": _named(point, alone)}, REFITTED)
    roots = {name: np.sqrt(part) for name, part in error.items()}
    yield from rows(group, TOOL, mine, {"standard error": _named(roots, alone)}, DIFFERENTIATED)


def _weights_file() -> str:
    lines = ["company,sector,nation,year,weight"]
    lines += [f"{c},{SECTOR[c]},N,{y},{v}" for y, some in REVENUE.items() for c, v in some.items()]
    lines += [f",{s},N,{y},{v}" for y, some in NATION.items() for s, v in some.items()]
    return "\n".join(lines)


def _numbers(data: pd.DataFrame, factor: np.ndarray) -> Numbers:
    """Both indices of every unit and wave, their changes, and differences from the sector."""
    w = data["w"].to_numpy() * factor[data["branch"].to_numpy()]
    x = data[list(ITEMS)].to_numpy()
    index: Numbers = {}
    for year, revenue in REVENUE.items():
        own = {c: (data["company"].eq(c) & data["year"].eq(year)).to_numpy() for c in revenue}
        company = {c: _indices(x[mine], w[mine]) for c, mine in own.items()}
        sector = {}
        for name in NATION[year]:
            members = [c for c in revenue if SECTOR[c] == name]
            sector[name] = sum(revenue[c] * company[c] for c in members) / sum(revenue[c] for c in members)
        nation = sum(share * sector[s] for s, share in NATION[year].items())
        index |= {f"{u} {year}": v for u, v in ({"N": nation} | sector | company).items()}
        index |= {f"{c} less {SECTOR[c]} {year}": v - sector[SECTOR[c]] for c, v in company.items()}
    return index | {f"{u} change": index[f"{u} 2026"] - index[f"{u} 2025"] for u in ("N", "X", "Y", "A", "B", "D")}


def _indices(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    mean, cov = weighted(x, w)
    sd = np.sqrt(np.diag(cov))
    weights = pls(cov / np.outer(sd, sd), BLOCKS, [("Quality", "Satisfaction")])
    raw = np.stack([weights[name] / sd for name in BLOCKS])
    return np.asarray(100 * (raw @ (mean - 1)) / (9 * raw.sum(axis=1)))


def _named(numbers: Numbers, leave: set[str]) -> dict[str, float]:
    kept = {unit: pair for unit, pair in numbers.items() if unit not in leave}
    return {f"{c} {unit}": float(v) for unit, pair in kept.items() for c, v in zip(BLOCKS, pair, strict=True)}


def _published(result: cs.Result, errors: bool) -> dict[str, float]:
    out = {}
    for row in result.rollup().rename(columns={"index": "value"}).itertuples():
        out[f"{row.construct} {row.unit} {row.year}"] = row.se if errors else row.value
    for row in result.changes().itertuples():
        out[f"{row.construct} {row.unit} change"] = row.se if errors else row.change
    for construct in BLOCKS:
        for row in result.differences(construct, against="parent").itertuples():
            out[f"{construct} {row.unit} less {row.against} {row.year}"] = row.se if errors else row.difference
    return out
