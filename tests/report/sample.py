"""A made-up ACSI result with plausible numbers: 6 constructs, 24 companies.  Used by the tests; no estimate is real."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from csimodels.messages import Message, joined, known
from csimodels.report.content import Content
from csimodels.spec.model import Construct, IndexSpec, Item, Model, Text

#: Columns of the tables made here: those that a report cannot do without, and intervals.
_INTERVAL = ("se", "low", "high")
_DRIVER_NUMBERS = (
    "importance", "importance_low", "importance_high", "performance", "performance_low", "performance_high",
    "priority", "priority_low", "priority_high", "importance_std", "share", "cumulative", "quadrant", "status",
)  # fmt: skip
COLUMNS = {
    "index": ("construct", "index", *_INTERVAL, "n", "n_eff", "deff", "status"),
    "paths": ("source", "target", "estimate", *_INTERVAL, "p", "status"),
    "loadings": ("construct", "item", "weight", "weight_unstd", "loading", "communality", *_INTERVAL),
    "effects": (
        "source", "target", "direct", "indirect", "total", "total_se", "total_low", "total_high",
        "impact", "impact_se", "impact_low", "impact_high",
    ),
    "drivers": ("driver", *_DRIVER_NUMBERS),
    "driver_items": ("driver", "item", *_DRIVER_NUMBERS),
    "r2": ("construct", "r2", "r2_adj"),
    "quality": ("criterion", "subject", "value", "low", "high", "threshold", "verdict", "source", "status"),
    "model_effects": ("source", "target", "kind", "est", "se", "z", "p", "std_all", "std_all_se", "status"),
}  # fmt: skip

LABELS = {
    "Expectation": ("Customer expectations", "顾客期望", 3),
    "Quality": ("Perceived quality", "感知质量", 3),
    "Value": ("Perceived value", "感知价值", 2),
    "Satisfaction": ("Customer satisfaction", "顾客满意度", 3),
    "Complaints": ("Complaints", "顾客抱怨", 1),
    "Loyalty": ("Customer loyalty", "顾客忠诚", 2),
}
PATHS = {
    ("Expectation", "Quality"): 0.557,
    ("Expectation", "Value"): 0.051,
    ("Expectation", "Satisfaction"): 0.063,
    ("Quality", "Value"): 0.558,
    ("Quality", "Satisfaction"): 0.512,
    ("Value", "Satisfaction"): 0.195,
    ("Satisfaction", "Complaints"): -0.528,
    ("Satisfaction", "Loyalty"): 0.485,
    ("Complaints", "Loyalty"): -0.067,
}
INDEX = dict(zip(LABELS, (76.24, 78.97, 71.35, 74.45, 12.42, 70.91), strict=True))
BANKS = (
    "Northgate", "Harbour Trust", "Sino Mutual", "Alpine", "Meridian", "First Coastal", "Lotus", "Granite Federal",
    "Evergreen", "Sterling", "Bluewater", "Summit", "Golden River", "Pioneer", "Orchid", "Old Century Mutual",
    "Riverside", "Union Savings", "Beacon", "Cedar", "Redwood", "Silverline", "Atlas", "Willow & Sons",
)  # fmt: skip


def model() -> Model:
    """The ACSI model with bilingual labels."""
    words = (("overall", "总体评价"), ("customisation", "个性化满足程度"), ("reliability", "可靠性"))
    constructs = tuple(
        Construct(
            name,
            tuple(
                Item(f"{name[:3].upper()}{k + 1}", Text(f"{en}: {words[k][0]}", f"{zh}：{words[k][1]}"))
                for k in range(count)
            ),
            Text(en, zh),
        )
        for name, (en, zh, count) in LABELS.items()
    )
    title = Text("Retail banks 2026", "2026年零售银行")
    sources = ("Fornell, C. et al. (1996). The American Customer Satisfaction Index. J. Marketing 60(4), 7-18.",)
    return Model("acsi", constructs, tuple(PATHS), title, sources=sources, index=IndexSpec("Satisfaction"))


def _index_rows(shift: float, n: int, se: float, status: str = "ok") -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, value in INDEX.items():
        x = value + shift
        rows.append(
            {"construct": name, "index": x, "se": se, "low": x - 1.96 * se, "high": x + 1.96 * se}
            | {"n": n, "n_eff": 0.82 * n, "deff": 1.19, "status": status}
        )
    return rows


def _paths(scale: float = 1.0) -> pd.DataFrame:
    rows = []
    for i, ((source, target), b) in enumerate(PATHS.items()):
        se = scale * (0.012 + 0.004 * i)
        p = min(1.0, 2 * float(np.exp(-0.72 * abs(b / se) - 0.42 * (b / se) ** 2)))
        rows.append((source, target, b, se, b - 1.96 * se, b + 1.96 * se, p, "ok"))
    return pd.DataFrame(rows, columns=list(COLUMNS["paths"]))


def _drivers(names: list[tuple[str, ...]], key: tuple[str, ...], rng: np.random.Generator) -> pd.DataFrame:
    base = {"Quality": 0.5312, "Expectation": 0.3641, "Value": 0.2047}
    rows = []
    for name in names:
        b = base[name[0]] * (1.0 if len(key) == 1 else float(rng.uniform(0.25, 0.45)))
        p = INDEX[name[0]] + (0.0 if len(key) == 1 else float(rng.normal(0, 3)))
        gain = b * (100 - p)
        rows.append((*name, b, b - 0.061, b + 0.063, p, p - 1.2, p + 1.3, gain, gain - 1.7, gain + 1.8, b * 1.07))
    columns = [*key, *COLUMNS["drivers"][1:11]]
    frame = pd.DataFrame(rows, columns=columns).sort_values("priority", ascending=False, ignore_index=True)
    frame["share"] = frame["priority"] / frame["priority"].sum()
    frame["cumulative"] = frame["share"].cumsum()
    high = frame["importance"] >= frame["importance"].mean()
    good = frame["performance"] >= frame["performance"].mean()
    frame["quadrant"] = np.where(high, np.where(good, "keep", "improve"), np.where(good, "overkill", "low"))
    return frame.assign(status="ok")


def _loadings(acsi: Model, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for construct in acsi.constructs:
        for item in construct.items:
            value = 1.0 if len(construct.items) == 1 else float(rng.uniform(0.72, 0.93))
            se = 0.0 if value == 1 else 0.011
            weights = (float(rng.uniform(0.3, 0.5)), 1 / len(construct.items))
            spread = (se, value - 1.96 * se, value + 1.96 * se)
            rows.append((construct.name, item.name, *weights, value, value**2, *spread))
    return pd.DataFrame(rows, columns=list(COLUMNS["loadings"]))


def _effects(rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for (source, target), direct in PATHS.items():
        indirect = 0.31 * direct if target in ("Satisfaction", "Loyalty") else 0.0
        total, se = direct + indirect, 0.021
        impact = 5 * total * float(rng.uniform(0.8, 1.2))
        effect = (total, se, total - 1.96 * se, total + 1.96 * se)
        points = (impact, se, impact - 1.96 * se, impact + 1.96 * se)
        rows.append((source, target, direct, indirect, *effect, *points))
    return pd.DataFrame(rows, columns=list(COLUMNS["effects"]))


def tables() -> dict[str, pd.DataFrame]:
    """The tables of all respondents."""
    acsi, rng = model(), np.random.default_rng(7)
    inner = ("Quality", "Expectation", "Value")
    items = [(c.name, i.name) for c in acsi.constructs if c.name in inner for i in c.items]
    explained = {"Quality": 0.31, "Value": 0.344, "Satisfaction": 0.672, "Complaints": 0.279, "Loyalty": 0.457}
    r2 = [(name, value, value - 0.001) for name, value in explained.items()]
    return {
        "index": pd.DataFrame(_index_rows(0.0, 4800, 0.31)),
        "paths": _paths(),
        "loadings": _loadings(acsi, rng),
        "effects": _effects(rng),
        "drivers": _drivers([(n,) for n in inner], ("driver",), rng),
        "driver_items": _drivers(items, ("driver", "item"), rng),
        "r2": pd.DataFrame(r2, columns=list(COLUMNS["r2"])),
    }


def groups(names: tuple[str, ...] = BANKS, by: str = "bank") -> pd.DataFrame:
    """The index of every company."""
    rng = np.random.default_rng(11)
    rows = []
    for i, name in enumerate(names):
        status = "not converged" if i == 5 and len(names) > 5 else "ok"
        shift, n, se = float(rng.normal(0, 3.4)), int(rng.integers(120, 320)), float(rng.uniform(1, 1.9))
        for row in _index_rows(shift, n, se, status):
            rows.append({by: name} | row)
    return pd.DataFrame(rows)


def group_paths(names: tuple[str, ...] = BANKS, by: str = "bank") -> pd.DataFrame:
    """The paths of every company."""
    frames = []
    for name in names:
        frame = _paths(4.0)
        frame.insert(0, by, name)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


FACTS = {
    "estimator": Message("PLS"), "scheme": Message("path"), "tolerance": "1e-07",
    "missing rule": Message("mean"), "weights": "w",
    "n in file": "5000", "n used": "4800", "effective n": "3936.0",
    "uncertainty": Message("bootstrap, {kind} interval", kind=Message("percentile")),
    "replicates asked": "1000", "replicates kept": "998", "replicates failed": "2", "seed": "2026", "level": "0.95",
    "index weights": Message("own"),
    "sign rule": Message("majority of the loadings positive, ties by the largest"), "csimodels version": "1.0.0",
    "model hash": "3f1c2b7e9a" * 6 + "0c1d", "data hash": "a90b8c7d6e" * 6 + "55ff",
    "created": "2026-11-21T09:30:00+00:00",
}  # fmt: skip


def quality() -> pd.DataFrame:
    """Criteria with values on both sides of every rule; single items and lone predictors have no row."""
    hair = "Hair, Hult, Ringle & Sarstedt 2022"
    rules = {
        "alpha": (">= 0.70", "Nunnally & Bernstein 1994"), "rho_A": (">= 0.70", "Dijkstra & Henseler 2015"),
        "rho_C": (">= 0.70", hair), "AVE": (">= 0.50", "Fornell & Larcker 1981"),
        "Fornell-Larcker": ("> 0", "Fornell & Larcker 1981"), "HTMT": ("< 0.85", "Henseler, Ringle & Sarstedt 2015"),
        "loading": (">= 0.708", hair), "VIF": ("< 5", hair),
        "f2": ("0.02 small, 0.15 medium, 0.35 large", "Cohen 1988"),
    }  # fmt: skip
    values = [
        ("alpha", "Expectation", 0.6998, "below"), ("alpha", "Satisfaction", 0.9123, "ok"),
        ("rho_A", "Satisfaction", 0.9234, "ok"), ("rho_C", "Satisfaction", 0.9345, "ok"),
        ("AVE", "Expectation", 0.4321, "below"), ("AVE", "Satisfaction", 0.8111, "ok"),
        ("Fornell-Larcker", "Expectation", -0.0512, "below"), ("Fornell-Larcker", "Satisfaction", 0.1077, "ok"),
        ("HTMT", "Expectation ~ Satisfaction", 0.6123, "ok"), ("HTMT", "Quality ~ Satisfaction", 0.8765, "above"),
        ("loading", "SAT1 (Satisfaction)", 0.6876, "below"), ("VIF", "Expectation -> Satisfaction", 5.4321, "above"),
        ("f2", "Expectation -> Satisfaction", 0.0198, "none"), ("f2", "Quality -> Satisfaction", 0.4242, "large"),
    ]  # fmt: skip
    rows = [(c, s, v, v - 0.05, v + 0.05, rules[c][0], verdict, rules[c][1], "ok") for c, s, v, verdict in values]
    return pd.DataFrame(rows, columns=list(COLUMNS["quality"]))


def content(grouped: bool = True) -> Content:
    """A whole report."""
    columns, encoding = Message("{n} columns", n=31), Message("encoding {name}", name="utf-8")
    steps = [
        ("read", "banks-2026.csv", 5000, joined([columns, Message("csv"), encoding])),
        ("missing codes recoded", "SAT1", 37, Message("code {code}", code="98")),
        ("rows without any answer left out", "banks-2026.csv", 200, ""),
        ("rows used", "banks-2026.csv", 4800, Message("of {n} rows", n=5000)),
    ]
    log = pd.DataFrame(steps, columns=["step", "subject", "count", "detail"])
    refused = "refused: {group} has {n} usable rows, at least {least} are needed"
    notes = (
        Message(refused, group="Kestrel", n=3, least=30),
        Message("{failed} of {asked} replicates failed", failed=2, asked="1,000"),
    )
    title, said = Text("Retail banks 2026", "2026年零售银行"), known(step[-1] for step in steps)
    out = Content(model(), title, tables(), log, notes=notes, facts=FACTS, messages=said)
    if not grouped:
        return out
    parts = {**out.tables, "best_quarter": best_quarter()}
    return replace(out, tables=parts, groups=groups(), group_by=("bank",), group_paths=group_paths())


def best_quarter() -> pd.DataFrame:
    """The level of the best quarter of the banks in every construct, 1 point to each side."""
    level = groups().groupby("construct", sort=False)["index"].quantile(0.75).reset_index()
    ends = {"se": 0.5, "low": level["index"] - 1, "high": level["index"] + 1, "among": len(BANKS), "status": "ok"}
    return level.assign(**ends)


def without_intervals(frame: pd.DataFrame, drop: bool) -> pd.DataFrame:
    """The table as it is without uncertainty: columns of errors and intervals dropped, or all NaN."""
    gone = [c for c in frame.columns if c in ("se", "low", "high", "p") or c.endswith(("_se", "_low", "_high"))]
    return frame.drop(columns=gone) if drop else frame.assign(**dict.fromkeys(gone, np.nan))


#: Companies of a made-up nation: industry, sector, weight within the industry.
NATION = {
    "Northgate": ("Banks", "Finance", 0.75), "Harbour Trust": ("Banks", "Finance", 0.25),
    "Alpine": ("Insurance", "Finance", 1.0), "Meridian": ("Mobile", "Telecoms", 0.6),
    "Lotus": ("Mobile", "Telecoms", 0.4),
}  # fmt: skip
_UNIT = ("company", "industry", "sector", "nation")


def _rolled(level: str, unit: str, parent: str, x: float, status: str = "ok") -> dict[str, object]:
    """A row of the roll-up with an interval of 2 points to each side."""
    upper = level != "company"
    row = {"level": level, "unit": unit, "parent": parent, "construct": "Satisfaction", "index": x, "se": 1.0}
    row |= {"low": x - 2, "high": x + 2, "n": 200, "members": 2 if upper else 1, "weight_share": 0.5, "covered": 1.0}
    return row | {"method": "formula, t" if upper else "as in the index", "status": status}


def national(year: int | None = None, names: tuple[str, ...] = tuple(NATION)) -> dict[str, pd.DataFrame]:
    """The tables of a roll-up of `names` (of :data:`NATION`), best first: index 80, 77, 74 ...

    The second industry has lost a member; only the first company differs from its industry.
    """
    value = {name: 80.0 - 3.0 * k for k, name in enumerate(names)}
    rows = [_rolled("company", name, NATION[name][0], x) for name, x in value.items()]
    industries = list(dict.fromkeys(NATION[name][:2] for name in names))
    lost = "left out, with share of the weight: Old Mutual (12.5 %)"
    rows += [_rolled("industry", i, s, 75.0 - k, lost if k == 1 else "ok") for k, (i, s) in enumerate(industries)]
    sectors = list(dict.fromkeys(s for _, s in industries))
    rows += [_rolled("sector", s, "Land", 72.0 - k) for k, s in enumerate(sectors)]
    rows.append(_rolled("nation", "Land", "", 71.5) | {"weight_share": np.nan})
    units = [{"level": "company", "unit": n, "parent": NATION[n][0], "construct": "Satisfaction"} for n in names]
    share = {"p_first": 0.625, "p_top3": 0.9, "status": "ok"}
    ranks, within = [], []
    for k, unit in enumerate(units):
        place = {"rank": k + 1, "rank_low": max(1, k), "rank_high": k + 2, "among": len(names)}
        ranks.append(unit | {"index": value[str(unit["unit"])]} | place | share)
        own = sum(u["parent"] == unit["parent"] for u in units[: k + 1])
        within.append(ranks[-1] | {"rank": own, "rank_low": 1, "rank_high": 2, "among": 2})
    differences = []
    for k, unit in enumerate(units):
        tested = {"difference": 4.0 - 3 * k, "se": 1.0, "df": 40.0, "low": 2.0 - 3 * k, "high": 6.0 - 3 * k, "p": 0.01}
        row = {"level": "company", "unit": unit["unit"], "parent": unit["parent"], "against": unit["parent"]}
        flag = {"p_adj": 0.04 if k == 0 else 0.2, "different": k == 0, "status": "ok"}
        differences.append(row | {"construct": "Satisfaction"} | tested | flag)
    drivers = []
    for row in rows:
        part = {k: row[k] for k in ("level", "unit", "parent")} | {"target": "Satisfaction", "driver": "Quality"}
        for name, x in (("importance", 0.5), ("impact", 2.5), ("performance", 77.0)):
            part |= {name: x, f"{name}_se": 0.1, f"{name}_low": x - 0.2, f"{name}_high": x + 0.2}
        drivers.append(part | {"members": row["members"], "status": "ok"})
    parts = {"rollup": rows, "ranks": ranks, "ranks_within": within, "differences": differences}
    tables_ = {name: pd.DataFrame(part) for name, part in (parts | {"rollup_drivers": drivers}).items()}
    if year is not None:
        for table in tables_.values():
            table.insert(0, "year", year)
    return tables_


def rolled_content() -> Content:
    """A report of a made-up nation, of companies, industries and sectors."""
    names = tuple(NATION)
    data = replace(content(), groups=groups(names, "company"), group_by=("company",), group_paths=None)
    paths = group_paths(names, "company")
    return replace(data, tables={**data.tables, **national()}, group_paths=paths)
