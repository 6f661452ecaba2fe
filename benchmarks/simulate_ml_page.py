"""The tables of docs/simulation_ml.md from the results of benchmarks/simulate_ml.py."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from peer import table

ROOT = Path(__file__).resolve().parents[1]
PATHS, TESTS = (ROOT / "benchmarks" / "results" / name for name in ("ml_paths.csv", "ml_tests.csv"))
PAGE = ROOT / "docs" / "simulation_ml.md"

Found = dict[str, str]


def read(path: Path) -> list[Found]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page(text: str) -> str:
    """The page with its tables made anew, each between ``<!-- name -->`` and ``<!-- end -->``."""
    paths, tests = read(PATHS), read(TESTS)
    made = {
        "tests": tests_table(tests),
        "standardised": paths_table(p for p in paths if p["scale"] == "standardised"),
        "marker": paths_table(p for p in paths if p["scale"] == "marker"),
    }
    for name, lines in made.items():
        head, _, rest = text.partition(f"<!-- {name} -->")
        _, _, tail = rest.partition("<!-- end -->")
        text = f"{head}<!-- {name} -->\n{lines}\n<!-- end -->{tail}"
    return text


def tests_table(tests: list[Found]) -> str:
    """Rejections at 5 % by population and sample size, one column a test."""
    names = list(dict.fromkeys(t["test"] for t in tests))
    rows = []
    for population, n in dict.fromkeys((t["population"], t["n"]) for t in tests):
        own = {t["test"]: t for t in tests if (t["population"], t["n"]) == (population, n)}
        shares = [f"{float(own[name]['rejected']):.1%}" for name in names]
        rows.append([population, n, *shares, own[names[0]]["surveys"]])
    return table(["answers", "n", *names, "surveys"], rows)


def paths_table(paths: Iterable[Found]) -> str:
    """Largest bias, errors over standard deviations, and coverage over the nine paths."""
    rows: list[list[str]] = []
    cells: dict[tuple[str, str, str], list[Found]] = {}
    for p in paths:
        cells.setdefault((p["population"], p["n"], p["errors"]), []).append(p)
    for (population, n, errors), own in cells.items():
        bias = max(abs(float(p["bias"])) / float(p["sd"]) for p in own)
        ratio = [float(p["se_over_sd"]) for p in own]
        cover = [float(p["coverage"]) for p in own]
        span = f"{min(cover):.1%} - {max(cover):.1%}"
        mean = f"{sum(cover) / len(cover):.1%}"
        rows.append([population, n, errors, f"{bias:.3f}", f"{min(ratio):.2f} - {max(ratio):.2f}", mean, span])
    head = ["answers", "n", "errors", "largest bias / sd", "error / sd", "mean coverage", "lowest - highest"]
    return table(head, rows)
