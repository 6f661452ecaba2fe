"""A made-up survey of four companies over waves, with and without a roll-up, for the sentences of the story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import sample

from csimodels.report.content import Content
from csimodels.spec.model import RollupSpec, WaveSpec

HALF = 1.0  # width of an interval to each side
COMPANIES = ("Ahorn", "Buche", "Carex", "Distel")
NAMES = tuple(sample.INDEX)


def told(
    steps: Sequence[tuple[float, float]] = ((1.0, 0.4),),
    values: Mapping[str, float] | None = None,
    moves: Mapping[str, tuple[float, bool]] | None = None,
    rolled: bool = False,
    adjust: str = "holm",
) -> Content:
    """A report of waves 2020, 2021 ...

    Parameters
    ----------
    steps : sequence of (change, half-width of its interval)
        Changes of the whole from wave to wave; none: a single wave.
    values : mapping of company to index in the last wave
    moves : mapping of company to (change, measurable) of the last step
    rolled : whether there is a roll-up to a nation over two sectors
    adjust : correction of the comparisons
    """
    value = dict(values or {"Ahorn": 84.0, "Buche": 80.0, "Carex": 76.0, "Distel": 72.0})
    years = [2020 + k for k in range(len(steps) + 1)]
    base = sample.content()
    data = replace(base.model.data, wave=WaveSpec("year"), by=("company",))
    levels = ("company", "sector", "nation") if rolled else ()
    model = replace(base.model, data=data, rollup=replace(RollupSpec(), levels=levels, adjust=adjust))
    tables = dict(base.tables)
    tables |= _whole(years, steps) | _ranks(years[-1], value)
    tables["changes"] = _changes(years, value, moves or {}) if len(years) > 1 else pd.DataFrame()
    groups = pd.DataFrame([row for year in years for name, x in value.items() for row in _rows(name, year, x)])
    if rolled:
        tables |= _rolled(years, steps, value)
    return replace(
        base, model=model, tables=tables, groups=groups, group_by=("company", "year"), group_paths=None, notes=()
    )


def level_of(steps: Sequence[tuple[float, float]], k: int) -> float:
    """The index of the whole in wave `k`."""
    return 75.0 + sum(change for change, _ in steps[:k])


def _index(construct: str, x: float) -> dict[str, object]:
    return {"construct": construct, "index": x, "se": HALF / 2, "low": x - HALF, "high": x + HALF, "n": 200.0,
            "n_eff": 180.0, "status": "ok", "deff": 1.1}  # fmt: skip


def _rows(name: str, year: int, x: float) -> list[dict[str, object]]:
    sign = {"Complaints": -1.0}
    return [{"company": name, "year": year} | _index(c, 75 + sign.get(c, 1.0) * (x - 75)) for c in NAMES]


def _step(before: float, change: float, half: float) -> dict[str, object]:
    sure = abs(change) > half
    return {"before": before, "after": before + change, "change": change, "se": half / 2, "df": 100.0,
            "low": change - half, "high": change + half, "p": 0.01 if sure else 0.4, "p_adj": 0.01 if sure else 0.4,
            "different": sure, "status": "ok"}  # fmt: skip


def _whole(years: Sequence[int], steps: Sequence[tuple[float, float]]) -> dict[str, pd.DataFrame]:
    index = [{"year": y} | _index(c, level_of(steps, k)) for k, y in enumerate(years) for c in NAMES]
    changes = [
        {"from": y, "to": y + 1, "construct": c} | _step(level_of(steps, k), *steps[k])
        for k, y in enumerate(years[:-1])
        for c in NAMES
    ]
    return {
        "wave_index": pd.DataFrame(index),
        "wave_changes": pd.DataFrame(changes),
        **_now(level_of(steps, len(steps))),
    }


def _now(x: float) -> dict[str, pd.DataFrame]:
    return {"index": pd.DataFrame([_index(c, x) for c in NAMES])}


def _changes(years: Sequence[int], value: Mapping[str, float], moves: Mapping[str, tuple[float, bool]]) -> pd.DataFrame:
    rows = []
    for name, x in value.items():
        change, sure = moves.get(name, (0.5, False))
        half = abs(change) / 2 if sure else abs(change) + 1
        key = {"company": name, "from": years[-2], "to": years[-1], "construct": "Satisfaction"}
        rows.append(key | _step(x - change, change, half))
    return pd.DataFrame(rows)


def _ranks(year: int, value: Mapping[str, float]) -> dict[str, pd.DataFrame]:
    order = sorted(value, key=lambda name: -value[name])
    rows = []
    for k, name in enumerate(order):
        tied = [j for j, other in enumerate(order) if abs(value[other] - value[name]) <= 2 * HALF]
        rows.append({"company": name, "year": year, "construct": "Satisfaction", "index": value[name], "rank": k + 1,
                     "rank_low": min(tied) + 1, "rank_high": max(tied) + 1, "among": len(order), "p_first": 0.1,
                     "p_top3": 0.5, "status": "ok"})  # fmt: skip
    return {"ranks": pd.DataFrame(rows)}


def _rolled(
    years: Sequence[int], steps: Sequence[tuple[float, float]], value: Mapping[str, float]
) -> dict[str, pd.DataFrame]:
    """Sectors North (change of the whole + 1) and South (change - 1), half of the weight each; the nation above."""
    rows, changes = [], []
    for k, year in enumerate(years):
        x = level_of(steps, k)
        parts = [("company", name, "North", v, 0.25) for name, v in value.items()]
        parts += [("sector", "North", "Land", x + k, 0.5), ("sector", "South", "Land", x - k, 0.5)]
        parts += [("nation", "Land", "", x, float("nan"))]
        for level, unit, parent, y, share in parts:
            head = {"year": year, "level": level, "unit": unit, "parent": parent}
            tail = {"members": 2, "weight_share": share, "covered": 1.0, "method": "formula, t"}
            rows += [head | _index(c, y) | tail for c in NAMES]
        if k:
            change, half = steps[k - 1]
            for level, unit, parent, moved in (("sector", "North", "Land", change + 1), ("sector", "South", "Land",
                                               change - 1), ("nation", "Land", "", change)):  # fmt: skip
                head = {"level": level, "unit": unit, "parent": parent, "from": year - 1, "to": year}
                changes += [head | {"construct": c} | _step(x - moved, moved, half) for c in NAMES]
    ranks = _ranks(years[-1], value)["ranks"].rename(columns={"company": "unit"})
    ranks.insert(1, "level", "company")
    ranks.insert(2, "parent", "North")
    tables = {"rollup": pd.DataFrame(rows), "changes": pd.DataFrame(changes), "ranks": ranks}
    return tables | {"first_last": pd.DataFrame([_first_last(year, k) for k, year in enumerate(years) if k])}


def _first_last(year: int, k: int) -> dict[str, object]:
    """North less South, which stand 2 `k` apart; measurably where their own intervals are apart."""
    gap, half = 2.0 * k, 2 * HALF
    head = {"year": year, "level": "sector", "unit": "North", "parent": "Land", "against": "South"}
    head |= {"construct": "Satisfaction", "difference": gap, "se": half / 2, "df": 400.0, "low": gap - half}
    return head | {"high": gap + half, "p": 0.01, "p_adj": 0.01, "different": gap > half, "status": "ok"}
