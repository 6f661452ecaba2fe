"""A small version of benchmarks/coverage.py: 95 % intervals hold the population's own value about 95 times of 100."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))

import coverage

SURVEYS = 120


@pytest.fixture(scope="module")
def population() -> coverage.Population:
    """60 000 customers: a census of them is quick, and samples of 100 are still small."""
    before = coverage.POPULATION
    coverage.POPULATION = 60_000
    try:
        yield coverage.Population()
    finally:
        coverage.POPULATION = before


@pytest.mark.parametrize("design", coverage.DESIGNS)
def test_default_intervals_cover_in_every_design(population: coverage.Population, design: str) -> None:
    """n = 100, mean over all numbers of a kind; they hang together, so that 120 surveys leave about 1.7 % of error.

    0.90 is three of these below 0.95. Percentile intervals of the paths of clustered samples are near it by
    themselves (0.92), plain standard errors without the design far below it.
    """
    args = argparse.Namespace(surveys=SURVEYS, replicates=120, studentised=0, seed=1)
    rows = coverage.study(population, design, 100, args, last="basic")
    found = {(str(r["method"]), str(r["quantity"])): float(str(r["coverage"])) for r in rows}
    for method in ("linearised", "jackknife-t"):
        for quantity in coverage.BLOCKS:
            assert 0.90 <= found[method, quantity] <= 0.99, (design, method, quantity, found[method, quantity])
    assert found["jackknife-t", "path"] >= found["basic", "path"]
    assert all(r["failed"] == "0.0000" for r in rows)


def test_ignoring_the_clusters_is_found_out(population: coverage.Population, monkeypatch: pytest.MonkeyPatch) -> None:
    """The study would notice: with clusters taken for independent rows the index is covered clearly less."""
    sample = population.sample

    def as_simple(design: str, n: int, seed: int) -> object:
        rows, _ = sample(design, n, seed)
        return rows, coverage.Sampling.of(rows.n)

    monkeypatch.setattr(population, "sample", as_simple)
    monkeypatch.setattr(coverage, "TAKE", 20)
    args = argparse.Namespace(surveys=SURVEYS, replicates=20, studentised=0, seed=1)
    rows = coverage.study(population, "clustered", 400, args, last="linearised")
    found = {(str(r["method"]), str(r["quantity"])): float(str(r["coverage"])) for r in rows}
    assert found["linearised", "index"] < 0.90
