"""Coverage of 95 % intervals of what is said of groups, waves and mediators, by simulation with known truth.

    python benchmarks/coverage_claims.py [surveys]     (400 by default, some minutes)

writes ``benchmarks/results/coverage_claims.csv``, the source of the table in docs/uncertainty.md.  Answers are normal
on an open scale, three items a construct, A -> B -> C and A -> C.  Groups and waves differ by a shift of all items, so
that the true difference of two indices is the shift.  Rows: the change of a panel (correlation 0.6 between the waves;
and the same with the panel not stated), the difference of two groups whose clusters run through both (and with the
clusters not stated), the lead of every one of four groups over the best other, and the indirect effect of A on C
through B, whose truth is that of the estimator in the population.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import csimodels as cs
from csimodels.estimate import PLS, Design
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats
from csimodels.spec import Construct, IndexSpec, Item, Model
from csimodels.spec.decisions import BenchmarkSpec, Decisions

RESULTS = Path(__file__).resolve().parent / "results" / "coverage_claims.csv"
ITEM = 0.8
LATENT = np.asarray([[1.0, 0.5, 0.5], [0.5, 1.0, 0.6], [0.5, 0.6, 1.0]])
SD = 1.5
#: Points of the 0-100 index of one unit of an answer.
POINTS = 100 / 18
NAMES = [f"{c}{k}" for c in "ABC" for k in (1, 2, 3)]
#: Level of each of the four groups of the league, in points.
LEAGUE = (-6.0, -3.0, 0.0, 6.0)


def model() -> Model:
    """Three constructs of three items; C is the index."""
    blocks = [Construct(c, tuple(Item(f"{c}{k}", scale=(-9.0, 9.0)) for k in (1, 2, 3))) for c in "ABC"]
    return Model("claims", tuple(blocks), (("A", "B"), ("A", "C"), ("B", "C")), index=IndexSpec("C"))


def correlations() -> Floats:
    """Correlations of the nine items."""
    out = np.kron(LATENT, np.full((3, 3), ITEM**2))
    np.fill_diagonal(out, 1.0)
    return np.asarray(out)


ROOT = np.linalg.cholesky(correlations())


def frame(z: Floats, shift: Floats | float = 0.0) -> pd.DataFrame:
    """Answers from standard normal rows (n, 9), moved by points of the index."""
    move = np.broadcast_to(np.asarray(shift, dtype=float), (len(z),))[:, None] / POINTS
    return pd.DataFrame(SD * (z @ ROOT.T) + move, columns=NAMES)


def panel(rng: np.random.Generator, n: int = 300) -> pd.DataFrame:
    """Two waves of the same people, the second 1 point higher."""
    first, noise = rng.standard_normal((2, n, 9))
    second = 0.6 * first + 0.8 * noise
    rows = pd.concat([frame(first), frame(second, 1.0)], ignore_index=True)
    return rows.assign(year=np.repeat([2025, 2026], n), person=np.tile(np.arange(n), 2))


def clusters(rng: np.random.Generator, many: int = 60) -> pd.DataFrame:
    """Two groups of customers of the same branches, 5 of each a branch, the second group 1 point higher."""
    common = np.repeat(rng.standard_normal((many, 9)), 10, axis=0)
    z = np.sqrt(0.3) * common + np.sqrt(0.7) * rng.standard_normal((10 * many, 9))
    group = np.tile(np.repeat([0, 1], 5), many)
    return frame(z, 1.0 * group).assign(group=np.where(group == 1, "b", "a"), branch=np.repeat(np.arange(many), 10))


def league(rng: np.random.Generator, n: int = 250) -> pd.DataFrame:
    """Four groups at the levels of the league."""
    level = np.repeat(LEAGUE, n)
    return frame(rng.standard_normal((4 * n, 9)), level).assign(company=np.repeat(list("abcd"), n))


def change(with_panel: bool) -> Callable[[np.random.Generator], bool]:
    """Whether the interval of the change of the index holds 1 point."""

    def held(rng: np.random.Generator) -> bool:
        design = {"panel": "person"} if with_panel else None
        study = cs.Study(model(), panel(rng), wave="year", design=design, uncertainty=cs.Linearised())
        table = study.run(progress=False).changes()
        row = table[table["construct"] == "C"]
        return bool(row["low"].item() <= 1.0 <= row["high"].item())

    return held


def difference(with_clusters: bool) -> Callable[[np.random.Generator], bool]:
    """Whether the interval of the difference of the two groups holds 1 point."""

    def held(rng: np.random.Generator) -> bool:
        design = {"cluster": "branch"} if with_clusters else None
        study = cs.Study(model(), clusters(rng), by="group", design=design, uncertainty=cs.Linearised())
        table = study.run(progress=False).differences(against="pairs")
        sign = 1.0 if table["group"].iloc[0] == "b" else -1.0
        return bool(table["low"].item() <= sign <= table["high"].item())

    return held


def lead(unit: str) -> Callable[[np.random.Generator], bool]:
    """Whether the interval of the lead of `unit` over the best other holds it."""
    own = LEAGUE["abcd".index(unit)]
    truth = own - max(level for level, name in zip(LEAGUE, "abcd", strict=True) if name != unit)
    asked = replace(model(), decisions=Decisions(benchmark=BenchmarkSpec()))

    def held(rng: np.random.Generator) -> bool:
        table = cs.Study(asked, league(rng), by="company", uncertainty=cs.Linearised()).run(progress=False)
        rows = table.benchmark()
        row = rows[(rows["company"] == unit) & (rows["construct"] == "C")]
        return bool(row["lead_best_low"].item() <= truth <= row["lead_best_high"].item())

    return held


def indirect(how: cs.Linearised | cs.Jackknife | cs.Bootstrap) -> Callable[[np.random.Generator], bool]:
    """Whether the interval of the effect of A on C through B holds that of PLS in the population."""
    size = np.asarray(np.inf)
    fit = PLS()(Design.of(model()), Moments(np.zeros(9), correlations(), size, size, tuple(NAMES)))
    truth = float(fit.paths[1, 0] * fit.paths[2, 1])

    def held(rng: np.random.Generator) -> bool:
        result = cs.Study(model(), frame(rng.standard_normal((250, 9))), uncertainty=how).run(progress=False)
        row = result.specific_effects()
        row = row[(row["source"] == "A") & (row["target"] == "C") & (row["through"] == "B")]
        return bool(row["low"].item() <= truth <= row["high"].item())

    return held


def cases() -> Iterator[tuple[str, Callable[[np.random.Generator], bool]]]:
    """What is simulated, by name."""
    yield "change, panel stated", change(True)
    yield "change, panel not stated", change(False)
    yield "difference, shared clusters stated", difference(True)
    yield "difference, shared clusters not stated", difference(False)
    for unit, level in zip("abcd", LEAGUE, strict=True):
        yield f"lead over the best other, unit at {level:g}", lead(unit)
    yield "specific indirect effect, jackknife", indirect(cs.Jackknife())
    yield "specific indirect effect, linearised", indirect(cs.Linearised())
    yield "specific indirect effect, percentile", indirect(cs.Bootstrap(replicates=400, seed=1))


def main(surveys: int) -> None:
    """Run every case and write the table after each."""
    rows = []
    for name, held in cases():
        hits = [held(np.random.default_rng([k, 9])) for k in range(surveys)]
        share = float(np.mean(hits))
        error = np.sqrt(share * (1 - share) / surveys)
        rows.append({"what": name, "surveys": surveys, "coverage": share, "mc_se": error})
        print(f"{name}: {share:.3f}", flush=True)
        pd.DataFrame(rows).to_csv(RESULTS, index=False, float_format="%.4f", lineterminator="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
