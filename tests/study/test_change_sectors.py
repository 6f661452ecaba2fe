"""Change over the sectors of a roll-up with panels, clusters and many companies, against derivatives by brute force.

Every person (or cluster) gets a slightly larger and a slightly smaller weight in turn, and all parts are made anew from
the fits: half the difference is what the unit adds, and the error is the root of the sum of squares, n/(n - 1) of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

BLOCKS = {"Quality": ["Q1", "Q2", "Q3"], "Satisfaction": ["S1", "S2", "S3"]}
ITEMS = [item for items in BLOCKS.values() for item in items]
MODEL = """
csi: 1
constructs: {Quality: {items: [Q1, Q2, Q3]}, Satisfaction: {items: [S1, S2, S3]}}
paths: {Quality: Satisfaction}
"""
STEP = 0.01


def answers(companies: int, n: int = 14) -> pd.DataFrame:
    """The same `n` persons of every company in two waves; the loadings of the items change."""
    random = np.random.default_rng(7)
    parts = []
    for c in range(companies):
        steady = random.normal(size=n)
        for t, year in enumerate((2025, 2026)):
            z = 0.8 * steady + 0.6 * random.normal(size=n) + 0.2 * t + 0.3 * (c % 3)
            satisfaction = 0.7 * z + 0.7 * random.normal(size=n)
            columns = {}
            for k in range(3):
                columns[f"Q{k + 1}"] = 6 + 1.5 * (0.8 - 0.1 * k + 0.2 * t * k) * z + random.normal(size=n)
                columns[f"S{k + 1}"] = 6 + 1.5 * (0.8 - 0.15 * k + 0.2 * t * k) * satisfaction + random.normal(size=n)
            frame = pd.DataFrame(columns).round().clip(1, 10)
            ids = {"id": np.arange(n) + 1000 * c, "branch": (np.arange(n) + c) % 10, "w": 1.0}
            parts.append(frame.assign(company=f"c{c:03}", year=year, **ids))
    return pd.concat(parts, ignore_index=True)


def shares(companies: int) -> pd.DataFrame:
    random = np.random.default_rng(3)
    rows = [
        {"company": f"c{c:03}", "sector": "AB"[c % 2], "nation": "N", "year": year, "weight": random.uniform(1, 3)}
        for c in range(companies)
        for year in (2025, 2026)
    ]
    return pd.DataFrame(rows)


def table(folder: Path, data: pd.DataFrame, design: str, companies: int) -> pd.DataFrame:
    shares(companies).to_csv(folder / "w.csv", index=False)
    text = f"{MODEL}data: {{by: company, wave: year{design}}}\ntrend: true\n"
    text += "rollup: {levels: [company, sector, nation], weights: w.csv}\n"
    (folder / "spec.yaml").write_text(text, encoding="utf-8")
    result = cs.Study(folder / "spec.yaml", data, uncertainty="linearised").run(progress=False)
    return result.trend("sectors").set_index(["sector", "construct"])


def fits(data: pd.DataFrame, unit: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights and 0-100 means of the items ``(units + 1, 2 signs, companies, 2 waves, 6)``; the last without a step."""
    units = [*np.unique(data[unit]), None]
    turned = [
        data.assign(rep=f"{k:03}{sign > 0}", w=1.0 + sign * STEP * (data[unit] == u))
        for k, u in enumerate(units)
        for sign in (-1, 1)
    ]
    every = pd.concat(turned, ignore_index=True)
    study = cs.Study(cs.parse_model(MODEL), every, by=["rep", "company", "year"], weight="w", uncertainty=None)
    found = study.run(progress=False).loadings().set_index(["rep", "company", "year", "item"])["weight_unstd"]
    weighted = every[ITEMS].mul(every["w"], axis=0).assign(w=every["w"], **every[["rep", "company", "year"]])
    sums = weighted.groupby(["rep", "company", "year"]).sum()
    means = 100 * (sums[ITEMS].div(sums["w"], axis=0) - 1) / 9
    size = (len(units), 2, data["company"].nunique(), 2, 6)
    order = found.unstack("item")[ITEMS].sort_index()
    return order.to_numpy().reshape(size), means.sort_index().to_numpy().reshape(size)


def parts(v: np.ndarray, p: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Answers, weights, shares, total ``(*B, companies, 2 constructs, 4)``; ``w (companies, 2)``."""
    mean = w.mean(axis=1)[:, None, None]
    (v0, v1), (p0, p1) = (np.moveaxis(x.reshape(*x.shape[:-1], 2, 3), -3, 0) for x in (v, p))
    answers_part = mean * ((v0 + v1) / 2 * (p1 - p0))
    weights_part = mean * ((p0 + p1) / 2 * (v1 - v0))
    shares_part = (w[:, 1] - w[:, 0])[:, None, None] * (v0 * p0 + v1 * p1) / 2
    three = np.stack([x.sum(axis=-1) for x in (answers_part, weights_part, shares_part)], axis=-1)
    return np.concatenate([three, three.sum(axis=-1, keepdims=True)], axis=-1)


@pytest.mark.parametrize(("design", "unit", "units"), [("panel: id", "id", 14), ("cluster: branch", "branch", 10)])
def test_errors_are_those_of_units_that_answer_in_both_waves(
    tmp_path: Path, design: str, unit: str, units: int
) -> None:
    """First-order errors to 1e-3; by weights less what the product of two errors counts twice (Goodman 1960)."""
    data, companies = answers(4), 4
    found = table(tmp_path, data, f", design: {{{design}}}", companies)
    stated = shares(companies)
    w = (stated["weight"] / stated.groupby("year")["weight"].transform("sum")).to_numpy().reshape(companies, 2)
    v, p = fits(data, unit)
    whole = parts(v, p, w)
    slopes = (whole[:-1, 1] - whole[:-1, 0]) / (2 * STEP)
    dv, dp = ((x[:-1, 1] - x[:-1, 0]) / (2 * STEP) for x in (v, p))
    factor = units / (units - 1)
    for s, sector in enumerate("AB"):
        inside = np.arange(s, companies, 2)
        values = whole[-1, 0, inside].sum(axis=0)
        first = np.sqrt(factor * (slopes[:, inside].sum(axis=1) ** 2).sum(axis=0))
        for j, construct in enumerate(BLOCKS):
            row, mine = found.loc[(sector, construct)], slice(3 * j, 3 * j + 3)
            assert row[["answers", "weights", "shares", "total"]].to_list() == pytest.approx(values[j], abs=1e-6)
            ends = [f"{name}_se" for name in ("answers", "shares", "total")]
            assert row[ends].to_list() == pytest.approx(first[j, [0, 2, 3]], rel=1e-3)
            twice = 0.0
            for c in inside:
                x, y = dv[:, c, 1, mine] - dv[:, c, 0, mine], dp[:, c, :, mine].mean(axis=1)
                xx, yy, xy = x.T @ x, y.T @ y, x.T @ y
                twice += w[c].mean() ** 2 * (np.trace(xx @ yy) + np.trace(xy @ xy))
            wanted = np.sqrt(max(first[j, 1] ** 2 - twice, twice))
            assert row["weights_se"] == pytest.approx(wanted, rel=5e-3)


def test_seventy_companies_have_the_errors_of_samples_of_their_own(tmp_path: Path) -> None:
    """Independent companies: the root of the sum of squares of their own parts, each by its mean share."""
    data = answers(70, 15)
    found = table(tmp_path, data, "", 70)
    assert found[["answers_se", "weights_se", "shares_se", "total_se"]].notna().all(axis=None)
    stated = shares(70)
    w = (stated["weight"] / stated.groupby("year")["weight"].transform("sum")).to_numpy().reshape(70, 2)
    square = np.zeros(2)
    for start in (0, 35):
        some = data[data["company"].between(f"c{start:03}", f"c{start + 34:03}")]
        text = f"{MODEL}data: {{by: company, wave: year}}\ntrend: true\n"
        parts_of = (
            cs.Study(cs.parse_model(text), some, uncertainty="linearised")
            .run(progress=False)
            .trend("parts", of="groups")
        )
        each = parts_of.query("item == '' and construct == 'Quality'")["answers_se"].to_numpy()
        mean = w[start : start + 35].mean(axis=1)
        square += [((mean * each)[(np.arange(start, start + 35) % 2) == s] ** 2).sum() for s in (0, 1)]
    assert found.xs("Quality", level="construct")["answers_se"].to_list() == pytest.approx(np.sqrt(square), rel=1e-6)
