"""Coverage of 95 % intervals: how often they hold the population's own value, by method, sample size and design.

A population of 400 000 customers answers the ACSI questions on 1 to 10 scales (skewed, as real answers are; complaints
yes or no). Surveys are drawn from it as simple random samples, with unequal and informative probabilities (weighted),
and as clusters of five interviews in five strata of unequal size (intraclass correlation of satisfaction 0.1). The
target is what PLS gives for the whole population: not a parameter of the simulation, but the number that a census would
publish.

    python benchmarks/coverage.py --surveys 2000 --out benchmarks/results/coverage.csv
    python benchmarks/coverage.py --surveys 300 --studentised 199 --out benchmarks/results/coverage_studentised.csv

Takes about 20 minutes on one core; every survey has a seed of its own, so that any part can be repeated.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import csimodels as cs
from csimodels.estimate import PLS, Design
from csimodels.infer import (
    Interval,
    acceleration,
    effective_df,
    influences,
    interval,
    jackknife,
    jackknife_variance,
    jacobian,
    pseudo_totals,
    replicate,
    replicate_errors,
    symmetric,
    worker_pool,
)
from csimodels.moments import Clustered, Moments, Multinomial, Rows, Sampling
from csimodels.tables import Layout, index_weights, quantities

POPULATION, CLUSTER, TAKE = 400_000, 100, 5
SHARES = np.asarray([1, 2, 3, 2, 2]) / 10
SIZES = (100, 250, 1000)
DESIGNS = ("simple", "weighted", "clustered")
BLOCKS = {"index": "index", "path": "path", "total effect": "total", "impact": "total_unstd"}
FORM, RULE = "complete", "listwise"


class Population:
    """Everybody, their strata and clusters, and the numbers of a census."""

    def __init__(self, model: str = "acsi", seed: int = 20261) -> None:
        self.model = cs.load_model(model)
        frame = cs.simulate(self.model, POPULATION, seed=seed).data
        self.x = frame[list(self.model.item_names)].to_numpy(dtype=float)
        self.design = Design.of(self.model)
        self.layout = Layout.of(self.model, self.design)
        blocks = {label: np.arange(self.layout.size)[self.layout.blocks[name]] for label, name in BLOCKS.items()}
        self.wanted = np.concatenate(list(blocks.values()))
        self.label = np.concatenate([[label] * len(at) for label, at in blocks.items()])
        self.shift = np.asarray([sum(item.scale) / 2 for item in self.model.items])
        rng = np.random.default_rng(seed + 1)
        self.draw_frame(rng)
        whole = self.rows(np.arange(POPULATION), None)
        moments = Moments.from_sums(whole.sums(np.ones((1, POPULATION))), RULE)
        self.truth = self.statistic(PLS(tol=1e-12, max_iter=3000))(moments)[0][0]

    def draw_frame(self, rng: np.random.Generator) -> None:
        """Sizes that the weighted design selects by, strata, and clusters of like-minded neighbours."""
        block = self.design.blocks[self.design.constructs.index("Satisfaction")]
        z = self.x[:, block].mean(axis=1)
        z = (z - z.mean()) / z.std()
        self.size = np.exp(0.3 * z + 0.4 * rng.normal(size=POPULATION))
        stratum = rng.choice(len(SHARES), size=POPULATION, p=SHARES)
        near = np.sqrt(0.1) * z + np.sqrt(0.9) * rng.normal(size=POPULATION)
        order = np.lexsort((near, stratum))
        self.clusters = []
        for h in range(len(SHARES)):
            mine = order[stratum[order] == h]
            full = len(mine) // CLUSTER * CLUSTER
            # a few left over in each stratum join no cluster; they are not drawn, 0.05 % of the population at most
            self.clusters.append(rng.permutation(mine[:full].reshape(-1, CLUSTER), axis=0))

    def rows(self, who: np.ndarray, weights: np.ndarray | None) -> Rows:
        return Rows(self.model.item_names, self.x[who], self.shift, weights, FORM)

    def statistic(self, estimator: PLS):
        def values(moments: Moments):
            fit = estimator(self.design, moments)
            return quantities(fit, self.layout, index_weights(fit, self.layout, "own")), fit.status

        return values

    def sample(self, design: str, n: int, seed: int) -> tuple[Rows, Sampling]:
        rng = np.random.default_rng([seed, n, DESIGNS.index(design)])
        if design == "simple":
            return self.rows(rng.choice(POPULATION, n, replace=False), None), Sampling.of(n)
        if design == "weighted":
            who = rng.choice(POPULATION, n, p=self.size / self.size.sum())
            return self.rows(who, 1 / self.size[who]), Sampling.of(n)
        who, weight, stratum, cluster = [], [], [], []
        each = n // TAKE // len(SHARES)
        for h, clusters in enumerate(self.clusters):
            for c in rng.choice(len(clusters), each, replace=False):
                who.append(rng.choice(clusters[c], TAKE, replace=False))
                weight += [len(clusters)] * TAKE
                stratum += [h] * TAKE
                cluster += [len(cluster) // TAKE] * TAKE
        rows = self.rows(np.concatenate(who), np.asarray(weight, dtype=float))
        return rows, Sampling.of(rows.n, np.asarray(stratum), np.asarray(cluster))


def methods(
    pop: Population, rows: Rows, sampling: Sampling, seed: int, args: argparse.Namespace
) -> Iterator[tuple[str, Interval]]:
    """Every kind of interval of one survey."""
    published, sharp = pop.statistic(PLS()), pop.statistic(PLS(tol=1e-12, max_iter=3000))
    moments = Moments.from_sums(rows.sums(), RULE)
    point = published(Moments.from_sums(rows.sums(np.ones((1, rows.n))), RULE))[0][0]
    slopes = jacobian(sharp, moments)
    totals = influences(rows, moments, RULE, sampling, slopes)
    se = np.sqrt(sampling.variance(totals))
    plan = Multinomial(rows.n, args.replicates, seed) if sampling.simple else Clustered(sampling, args.replicates, seed)
    if args.studentised:
        small = type(plan)(plan.n if isinstance(plan, Multinomial) else plan.sampling, args.studentised, seed)
        draws = replicate(rows, small, RULE, published).values
        exact = pop.statistic(PLS(tol=1e-12, max_iter=3000))
        inside = replicate_errors(rows, small, sampling, RULE, lambda _: exact)
        yield "studentised", interval(point, draws, 0.95, "studentised", errors=(se, inside))
        return
    yield "linearised", symmetric(point, se, 0.95, effective_df(totals, sampling))
    yield "linearised, design df", symmetric(point, se, 0.95, sampling.df)
    left_out = jackknife(rows, sampling, RULE, published).values
    variance, df = jackknife_variance(left_out, sampling)
    yield "jackknife-t", symmetric(point, np.sqrt(variance), 0.95, df)
    yield "jackknife-t, design df", symmetric(point, np.sqrt(variance), 0.95, sampling.df)
    draws = replicate(rows, plan, RULE, published).values
    skew = acceleration(pseudo_totals(left_out, sampling))
    for kind in ("percentile", "basic", "normal", "bc", "bca"):
        yield kind, interval(point, draws, 0.95, kind, skew)


def study(
    pop: Population, design: str, n: int, args: argparse.Namespace, last: str | None = None
) -> list[dict[str, object]]:
    """Coverage of every method in one cell, in their order; those after `last` are not computed."""
    hits: dict[str, list[np.ndarray]] = defaultdict(list)
    widths: dict[str, list[np.ndarray]] = defaultdict(list)
    for survey in range(args.surveys):
        rows, sampling = pop.sample(design, n, args.seed + survey)
        for name, ends in methods(pop, rows, sampling, args.seed + survey, args):
            low, high, truth = ends.low[pop.wanted], ends.high[pop.wanted], pop.truth[pop.wanted]
            hits[name].append(np.where(np.isnan(low), np.nan, (low <= truth) & (truth <= high)))
            widths[name].append(high - low)
            if name == last:
                break
    out = []
    for name, found in hits.items():
        rate = np.nanmean(np.asarray(found), axis=0)
        width = np.nanmean(np.asarray(widths[name]), axis=0)
        lost = float(np.isnan(np.asarray(found)).any(axis=1).mean())
        for label in BLOCKS:
            part = rate[pop.label == label]
            out.append(
                {
                    "design": design,
                    "n": n,
                    "method": name,
                    "quantity": label,
                    "coverage": f"{part.mean():.4f}",
                    "lowest": f"{part.min():.4f}",
                    "highest": f"{part.max():.4f}",
                    "width": f"{width[pop.label == label].mean():.4f}",
                    "surveys": len(found),
                    "failed": f"{lost:.4f}",
                }
            )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--surveys", type=int, default=2000)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--studentised", type=int, default=0, help="replicates of the studentised bootstrap, alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--designs", nargs="+", default=DESIGNS)
    parser.add_argument("--out", type=Path, default=None)
    args = parser.parse_args()
    begun, pop, table = time.perf_counter(), Population(), []
    with worker_pool(1):
        for n in args.sizes:
            for design in args.designs:
                table += study(pop, design, n, args)
                print(f"{design:10s} n = {n:5d}  {time.perf_counter() - begun:7.1f} s", flush=True)
                if args.out is not None:
                    args.out.parent.mkdir(parents=True, exist_ok=True)
                    with args.out.open("w", encoding="utf-8", newline="") as file:
                        writer = csv.DictWriter(file, fieldnames=list(table[0]), lineterminator="\n")
                        writer.writeheader()
                        writer.writerows(table)
    for row in table:
        print(*row.values())


if __name__ == "__main__":
    main()
