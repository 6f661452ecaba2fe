"""ML in simulated surveys: bias of the paths, coverage of their 95 % intervals, and the size of the tests of fit.

Surveys of the ACSI model (14 items, 6 constructs, 69 degrees of freedom) are drawn from four populations:

* ``normal``: normal answers of the model's covariances.
* ``skewed factors``: independent factors and residuals, each a turned chi-square of 4 degrees of freedom (skewness
  -1.4, excess kurtosis 3).  Normal-theory tests hold here in large samples all the same (asymptotic robustness; Satorra
  1990), which makes it a case where scaling should do no harm.
* ``skewed answers``: every answer has skewness -1.2 and excess kurtosis 2, with the model's covariances exactly (Vale
  & Maurelli 1983).  Answers depend on one another beyond their correlations, and normal-theory tests do not hold.
* ``1 to 10``: whole answers of skewness -1, complaints yes or no (:func:`csimodels.simulate`).  The model then holds
  for the covariances nearly, not exactly, and the target is what ML gives for the exact moments of the population.

Intervals are estimate and 1.96 standard errors, of ML (expected information) and MLR (sandwich).

    nice env OMP_NUM_THREADS=1 python benchmarks/simulate_ml.py

writes ``results/ml_paths.csv`` and ``results/ml_tests.csv`` and puts their tables into ``docs/simulation_ml.md``; with
``--page`` it only does the last.  4 000 surveys per cell take some minutes on one core; every batch has its own seed.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ml_populations import MODEL, Answers, populations
from simulate_ml_page import PAGE, PATHS, TESTS, page

from csimodels.errors import UNUSABLE, Status
from csimodels.estimate import Design
from csimodels.estimate.ml import Sample, Solution, Structure, solve
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.estimator import compiled
from csimodels.estimate.ml.standardised import standardised
from csimodels.estimate.ml.testing import scaled, standard
from csimodels.estimate.ml.vcov import vcov

SIZES = (250, 1000)
REACH = 1.959963984540054
BATCH = 100

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Cell:
    """What one population and sample size gave.

    ``paths`` maps (errors, scale) to estimates and standard errors ``(surveys, paths)``; ``tests`` maps a test to
    statistic and p-value ``(surveys,)``; ``status`` is ``(surveys,)``.
    """

    paths: dict[tuple[str, str], tuple[Array, Array]]
    tests: dict[str, tuple[Array, Array]]
    status: Array


def structure() -> tuple[Structure, list[int], list[int]]:
    """The compiled model, and where its paths stand among the parameters and among the rows of its table."""
    made = compiled(Design.of(MODEL), "marker")
    at = [(k, row) for k, row in enumerate(made.table.rows) if row.op == "~"]
    return made, [row.free for _, row in at], [k for k, _ in at]


def samples(x: Array) -> Sample:
    """Moments (divisor n) of surveys ``(R, n, p)``."""
    mean = x.mean(axis=1)
    z = x - mean[:, None]
    cov = z.swapaxes(1, 2) @ z / x.shape[1]
    return Sample(mean[:, None], cov[:, None], np.full((len(x), 1), float(x.shape[1])))


def target(population: Answers) -> tuple[dict[str, Array], float]:
    """Paths on both scales (K,) of ML in the population, and the RMSEA of the model there."""
    made, free, rows = structure()
    one = Sample(np.zeros((1, len(population.cov))), population.cov[None], np.asarray([1.0]))
    found = solve(made, one, tol=1e-12)
    std = standardised(made, found.x, np.zeros((made.q, made.q))).value
    rmsea = float(np.sqrt(max(float(found.value), 0.0) / made.table.df))
    return {"marker": found.x[free], "standardised": std[rows]}, rmsea


def element(whole: Solution, i: int) -> Solution:
    """One fit of a batch."""
    part = whole.x[i], whole.value[i], whole.status[i], whole.iterations[i]
    return Solution(whole.structure, whole.sample[i], whole.discrepancy, *part)


def simulated(population: Answers, n: int, surveys: int, seed: int = 1) -> Cell:
    """Fit `surveys` surveys of `n` answers."""
    parts = list(_batches(population, n, surveys, seed))
    first = parts[0]
    return Cell(
        {k: tuple(np.concatenate([p.paths[k][j] for p in parts]) for j in (0, 1)) for k in first.paths},
        {k: tuple(np.concatenate([p.tests[k][j] for p in parts]) for j in (0, 1)) for k in first.tests},
        np.concatenate([p.status for p in parts]),
    )


def _batches(population: Answers, n: int, surveys: int, seed: int) -> Iterator[Cell]:
    made, free, rows = structure()
    for batch in range(0, surveys, BATCH):
        size = min(BATCH, surveys - batch)
        x = population.draw(np.random.default_rng([seed, n, batch]), size * n).reshape(size, n, -1)
        solution = solve(made, samples(x))
        usable = (solution.status & int(UNUSABLE)) == 0
        robust = np.full((size, made.q, made.q), np.nan)
        both = np.full((2, 2, size), np.nan)
        for i in np.flatnonzero(usable):
            one, cases = element(solution, i), Cases.of(x[i])
            robust[i] = vcov(one, "mlr", cases).cov
            for k, kind in enumerate(("satorra_bentler", "yuan_bentler")):
                test = scaled(one, kind, cases)
                both[k, :, i] = test.stat, test.p
        paths = {}
        for errors, cov in (("ML", vcov(solution).cov), ("MLR", robust)):
            std = standardised(made, solution.x, cov)
            se = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
            paths[errors, "marker"] = solution.x[:, free], se[:, free]
            paths[errors, "standardised"] = std.value[:, rows], std.se[:, rows]
        plain = standard(solution)
        tests = {"chi-square": (plain.stat, plain.p), "Satorra-Bentler": both[0], "Yuan-Bentler": both[1]}
        yield Cell(paths, {k: (v[0], v[1]) for k, v in tests.items()}, solution.status)


def path_rows(population: Answers, n: int, cell: Cell) -> Iterator[dict[str, object]]:
    """Bias, errors and coverage of every path."""
    truth, _ = target(population)
    lost = int(((cell.status & int(UNUSABLE)) != 0).sum())
    odd = int(((cell.status & int(Status.INADMISSIBLE)) != 0).sum())
    for (errors, scale), (value, se) in cell.paths.items():
        ok = ~np.isnan(se).any(axis=1)
        value, se = value[ok], se[ok]
        spread = value.std(axis=0, ddof=1)
        inside = np.abs(value - truth[scale]) <= REACH * se
        for k, (source, goal) in enumerate(names()):
            yield {
                "population": population.name,
                "n": n,
                "errors": errors,
                "scale": scale,
                "path": f"{source} -> {goal}",
                "population_value": f"{truth[scale][k]:.5f}",
                "bias": f"{value[:, k].mean() - truth[scale][k]:.5f}",
                "sd": f"{spread[k]:.5f}",
                "se_over_sd": f"{se[:, k].mean() / spread[k]:.4f}",
                "coverage": f"{inside[:, k].mean():.4f}",
                "surveys": len(value),
                "unusable": lost,
                "inadmissible": odd,
            }


def names() -> list[tuple[str, str]]:
    """(source, target) of the paths in the order of the parameter table."""
    made, _, rows = structure()
    return [(made.table.rows[k].rhs, made.table.rows[k].lhs) for k in rows]


def test_rows(population: Answers, n: int, cell: Cell) -> Iterator[dict[str, object]]:
    """How often each test rejects the model at 5 %, and the mean of its statistic."""
    _, rmsea = target(population)
    df = structure()[0].table.df
    for test, (stat, p) in cell.tests.items():
        p, stat = p[~np.isnan(p)], stat[~np.isnan(p)]
        yield {
            "population": population.name,
            "n": n,
            "test": test,
            "rejected": f"{(p < 0.05).mean():.4f}",
            "mean_over_df": f"{stat.mean() / df:.4f}",
            "population_rmsea": f"{rmsea:.5f}",
            "surveys": len(p),
        }


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--surveys", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", action="store_true", help="only write the tables of the stored results into the page")
    args = parser.parse_args()
    paths: list[dict[str, object]] = []
    tests: list[dict[str, object]] = []
    begun = time.perf_counter()
    for population in () if args.page else populations().values():
        for n in SIZES:
            cell = simulated(population, n, args.surveys, args.seed)
            paths += path_rows(population, n, cell)
            tests += test_rows(population, n, cell)
            print(f"{population.name:16s} n = {n:5d}  {time.perf_counter() - begun:7.1f} s", flush=True)
    if not args.page:
        write(PATHS, paths)
        write(TESTS, tests)
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
