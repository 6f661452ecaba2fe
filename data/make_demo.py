"""Draw the demonstration survey: 24 invented companies, 2 years, the ACSI model, a known truth.

Run as ``python data/make_demo.py``; it writes ``demo-national.csv`` and ``demo-truth.json`` beside this file, the same
bytes every time.  Columns and codes: README.md in this folder.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csimodels.estimate import PLS, Design, Fit
from csimodels.simulation.simulate import Population, Simulated, Truth, simulate
from csimodels.spec import Model, load_model

HERE = Path(__file__).resolve().parent
SEED = 2026
FILES = {"data": "demo-national.csv", "truth": "demo-truth.json", "weights": "demo-weights.csv"}
YEARS = (2025, 2026)
REGIONS = ("North", "East", "South", "West")
REGION_SHARES = (0.28, 0.24, 0.31, 0.17)


@dataclass(frozen=True)
class Industry:
    """An industry: its sector, companies, satisfaction level in the first year, and how its paths differ (points)."""

    name: str
    sector: str
    companies: tuple[str, ...]
    level: float
    quality: float
    value: float


INDUSTRIES = (
    Industry("Retail banks", "Finance", ("Norvand", "Quillbank", "Banque Élodée", "Tessel Savings"), 76, 0.03, -0.03),
    Industry("Insurance", "Finance", ("Arvona", "Hallmere Mutual", "Kestrin", "Lumora Insurance"), 77, 0.00, 0.02),
    Industry("Mobile operators", "Communications", ("Ostrel", "Pingora", "Fjellnet", "Cirrato"), 72, -0.04, 0.05),
    Industry("Broadband", "Communications", ("Fibrano", "Lanveo", "Tidewave", "Ondéa"), 68, 0.02, 0.00),
    Industry("Supermarkets", "Retail", ("Marlow & Fenn", "Grönmarkt", "Pantrelle", "Hectare Foods"), 79, -0.02, 0.03),
    Industry("Online retail", "Retail", ("Boxwren", "Kartella", "Shopsail", "Veridoo"), 81, 0.04, -0.02),
)  # fmt: skip

#: Satisfaction of an industry's first, second ... company beside the industry's level, and change to the second year.
COMPANY_STEPS = (-6.0, -2.0, 1.5, 4.5)
YEAR_STEPS = (0.8, -1.2, 1.6, 0.3, -0.6)

#: What each industry and each of its companies counts in the nation: share of sales, and parts of the industry.
INDUSTRY_SHARES = (0.20, 0.15, 0.20, 0.10, 0.25, 0.10)
COMPANY_PARTS = (40, 30, 20, 10)
NATION = "Demoland"

LOADINGS = {
    "EXP1": 0.82, "EXP2": 0.80, "EXP3": 0.72,
    "QUA1": 0.88, "QUA2": 0.86, "QUA3": 0.78,
    "VAL1": 0.88, "VAL2": 0.85,
    "SAT1": 0.90, "SAT2": 0.86, "SAT3": 0.84,
    "COMP1": 0.60,
    "LOY1": 0.84, "LOY2": 0.62,
}  # fmt: skip
OFFSETS = {"EXP3": -3.0, "QUA3": 1.5, "SAT1": 1.5, "SAT2": 0.0, "SAT3": -1.5, "LOY1": 4.0, "LOY2": -24.0}


def paths_of(industry: Industry) -> dict[tuple[str, str], float]:
    """Generating paths: those of the published model in size, with a small step of the industry."""
    return {
        ("Expectation", "Quality"): 0.55,
        ("Expectation", "Value"): 0.10,
        ("Expectation", "Satisfaction"): 0.08,
        ("Quality", "Value"): 0.62,
        ("Quality", "Satisfaction"): round(0.50 + industry.quality, 2),
        ("Value", "Satisfaction"): round(0.36 + industry.value, 2),
        ("Satisfaction", "Complaints"): -0.40,
        ("Satisfaction", "Loyalty"): 0.62,
        ("Complaints", "Loyalty"): -0.12,
    }


def levels_of(industry: Industry, company: int, year: int) -> dict[str, float]:
    """Expected 0-100 level of each construct of a company in a year."""
    change = YEAR_STEPS[(INDUSTRIES.index(industry) + 2 * company) % len(YEAR_STEPS)] * (year - YEARS[0])
    satisfaction = industry.level + COMPANY_STEPS[company] + change
    levels = {
        "Expectation": satisfaction + 1.5 - 0.5 * change,
        "Quality": satisfaction + 2.0,
        "Value": satisfaction - 2.0 - industry.value * 50,
        "Satisfaction": satisfaction,
        "Complaints": 45.0 - 0.4 * satisfaction,
        "Loyalty": satisfaction - 3.0,
    }
    return {name: round(level, 2) for name, level in levels.items()}


def populations(companies: int) -> dict[tuple[int, str], Population]:
    """A population per year and company; `companies` of each industry."""
    return {
        (year, name): Population(
            paths=paths_of(industry),
            loadings=LOADINGS,
            offsets=OFFSETS,
            levels=levels_of(industry, i, year),
            dont_know_share=0.024,
            missing_share=0.006,
            weight_cv=0.35,
            informative=0.15,
        )
        for year in YEARS
        for industry in INDUSTRIES
        for i, name in enumerate(industry.companies[:companies])
    }


def draw(model: Model, *, companies: int = 4, interviews: int | None = None) -> Simulated:
    """The survey and its truth; fewer companies per industry and a fixed number of interviews make a small one."""
    groups = populations(companies)
    n = {key: interviews or 200 + (37 * place) % 61 for place, key in enumerate(groups)}
    return simulate(model, n, seed=SEED, groups=groups, by=("year", "company"), text=True)


def as_published(data: pd.DataFrame, items: list[str]) -> pd.DataFrame:
    """The columns in the order of the dictionary, with a number for each respondent, and a region."""
    industry = {name: place for place in INDUSTRIES for name in place.companies}
    rng = np.random.Generator(np.random.Philox(key=[SEED, 1]))
    region = np.searchsorted(np.cumsum(REGION_SHARES)[:-1], rng.random(len(data)), side="right")
    head = pd.DataFrame(
        {
            "id": np.arange(100001, 100001 + len(data)),
            "year": data["year"],
            "sector": [industry[name].sector for name in data["company"]],
            "industry": [industry[name].name for name in data["company"]],
            "company": data["company"],
            "region": [REGIONS[r] for r in region],
            "w": [f"{w:.4f}" for w in data["w"]],
        }
    )
    return pd.concat([head, data[items]], axis=1)


def weights_table() -> pd.DataFrame:
    """The file of weights for the roll-up: one row per company, its weight its share of the nation's sales."""
    rows = [
        (company, industry.name, industry.sector, NATION, f"{share * part:.1f}")
        for industry, share in zip(INDUSTRIES, INDUSTRY_SHARES, strict=True)
        for company, part in zip(industry.companies, COMPANY_PARTS, strict=True)
    ]
    return pd.DataFrame(rows, columns=["company", "industry", "sector", "nation", "weight"])


def indices(fit: Fit, model: Model) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(*B, J) 0-100 indices of a fit with its own unstandardised weights (METHODS, section 4)."""
    scale = np.asarray([item.scale for item in model.items])
    u = fit.weights / fit.moments.sd[..., None]
    above = (u * (fit.moments.mean - scale[:, 0])[..., None]).sum(axis=-2)
    return np.asarray(100.0 * above / (u * (scale[:, 1] - scale[:, 0])[:, None]).sum(axis=-2))


def truth_of(model: Model, truth: Truth) -> dict[str, Any]:
    """Generating values, and what PLS gives on each company's exact population moments."""
    design = Design.of(model)
    fit = PLS()(design, truth.moments())
    index = indices(fit, model)
    owner = {name: industry for industry in INDUSTRIES for name in industry.companies}
    companies = []
    for g, (year, name) in enumerate(truth.keys):
        company = owner[str(name)]
        group = truth.groups[g]
        companies.append(
            {
                "year": year, "sector": company.sector, "industry": company.name, "company": name, "n": truth.n[g],
                "level": _named(model.construct_names, group.levels),
                "index": _named(model.construct_names, index[g]),
                "pls_paths": {
                    f"{design.constructs[s]} -> {design.constructs[t]}": _round(fit.paths[g, t, s])
                    for s, t in design.edges
                },
                "loadings_capped": list(group.capped),
            }
        )  # fmt: skip
    return {
        "about": (
            "Truth of demo-national.csv. level: expected 0-100 value of the construct's items before item offsets. "
            "index and pls_paths: population values of the PLS estimator (path scheme, own weights), that is PLS "
            "applied to the exact weighted population moments; these are what an estimate and its interval aim at. "
            "paths_by_industry: generating paths between the latent variables, equal for all companies of an industry."
        ),
        "seed": SEED,
        "model": "acsi",
        "paths_by_industry": {i.name: {f"{s} -> {t}": b for (s, t), b in paths_of(i).items()} for i in INDUSTRIES},
        "loadings_asked_for": LOADINGS,
        "item_offsets": OFFSETS,
        "dont_know_share": truth.groups[0].population.dont_know_share,
        "blank_share": truth.groups[0].population.missing_share,
        "weight_cv": truth.groups[0].population.weight_cv,
        "correlation_of_log_weight_with_satisfaction": truth.groups[0].population.informative,
        "companies": companies,
    }


def _named(names: tuple[str, ...], values: Any) -> dict[str, float]:
    return {name: _round(value) for name, value in zip(names, values, strict=True)}


def _round(value: float) -> float:
    return round(float(value), 6)


def write(folder: Path, *, companies: int = 4, interviews: int | None = None) -> Mapping[str, Path]:
    """Write all files into `folder` and return where they are."""
    model = load_model(HERE.parent / "models" / "demo.yaml")
    drawn = draw(model, companies=companies, interviews=interviews)
    named = dict(model.data.columns)
    table = as_published(drawn.data, [named[name] for name in model.item_names])
    files = {name: folder / file for name, file in FILES.items()}
    table.to_csv(files["data"], index=False, encoding="utf-8", lineterminator="\n")
    text = json.dumps(truth_of(model, drawn.truth), ensure_ascii=False, indent=1)
    files["truth"].write_text(text + "\n", encoding="utf-8", newline="\n")
    weights_table().to_csv(files["weights"], index=False, encoding="utf-8", lineterminator="\n")
    return files


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write demo-national.csv, demo-truth.json and demo-weights.csv.")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=HERE, help="where to write; beside the script by default"
    )
    for file in write(parser.parse_args().folder).values():
        print(f"{file.name}: {file.stat().st_size} bytes")
