"""Size and power of the tests of docs/reviewer.md in simulated samples.

Run: ``python benchmarks/simulate_assess.py [samples]`` (200 by default).  Three constructs of three items, n = 150 a
sample or a group, 199 replicates; rejection at 5 % where the null holds, and where it does not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from peer import table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "assess")]

from samples import Chain, chain  # noqa: E402

from csimodels import assess  # noqa: E402
from csimodels.estimate import PLS, Design  # noqa: E402
from csimodels.moments import Moments, Multinomial, Rows  # noqa: E402

N, DRAWS = 150, 199
Rng = np.random.Generator


def exact_fit(rng: Rng, wrong: bool, number: int) -> bool:
    """d_G of the estimated model; wrong: two items of different blocks share more than their constructs."""
    source = chain()
    x = source.draw(N, rng)
    if wrong:
        x[:, [0, 3]] = (x[:, [0, 3]] + 0.7 * rng.normal(size=(N, 1))) / np.sqrt(1.49)
    rows = source.rows(x)
    fit = PLS()(source.design, Moments.from_sums(rows.sums()))
    return bool(assess.exact_fit(fit, rows, Multinomial(N, DRAWS, number)).p[2] <= 0.05)


def two(rng: Rng, other: Chain) -> assess.Groups:
    source = chain()
    x = np.concatenate([source.draw(N, rng), other.draw(N, rng)])
    return assess.Groups(source.rows(x), np.repeat([0, 1], N), ("a", "b"))


def other(wrong: bool) -> Chain:
    return chain(paths=(0.2, 0.3, 0.4)) if wrong else chain()


def path_permuted(rng: Rng, wrong: bool, number: int) -> bool:
    """Path A -> B of two groups."""
    plan = assess.PermutationPlan(DRAWS, number)
    return bool(assess.permutation_tests(two(rng, other(wrong)), chain().design, PLS(), plan=plan)[0].p[0] <= 0.05)


def distance(rng: Rng, wrong: bool, number: int) -> bool:
    """d_G between the implied correlations of two groups."""
    plan = assess.PermutationPlan(DRAWS, number)
    return bool(assess.distance_test(two(rng, other(wrong)), chain().design, PLS(), plan=plan).p_large()[0] <= 0.05)


def henseler(rng: Rng, wrong: bool, number: int) -> bool:
    """Henseler's test of the path A -> B, two-sided."""
    groups, design = two(rng, other(wrong)), chain().design
    drawn = []
    for g in (0, 1):
        rows = chain().rows(groups.rows.x[groups.group == g])
        counts = Multinomial(N, DRAWS, 2 * number + g).counts(0, DRAWS)
        drawn.append(assess.path_values(PLS()(design, Moments.from_sums(rows.sums(counts)))))
    p = assess.henseler_p(*drawn)[0]
    return bool(min(p, 1 - p) <= 0.025)


def micom(step: str) -> Callable[[Rng, bool, int], bool]:
    """One step of MICOM for construct A; wrong: one item loses its loading (2), mean .3 apart (3a), spread 1.3 (3b)."""

    def test(rng: Rng, wrong: bool, number: int) -> bool:
        groups = two(rng, chain())
        x = groups.rows.x.copy()
        if wrong and step == "correlation":
            x[N:, 0] = rng.normal(size=N)
        if wrong and step == "mean":
            x[N:, :3] += 0.3
        if wrong and step == "variance":
            x[N:, :3] *= 1.3
        changed = assess.Groups(chain().rows(x), groups.group, groups.names)
        found = assess.micom(changed, chain().design, PLS(), assess.PermutationPlan(DRAWS, number))
        return bool(getattr(found, f"{step}_p")[0] <= 0.05)

    return test


def cvpat(rng: Rng, wrong: bool, number: int) -> bool:
    """A -> C beside B -> C; the two predict alike, or A better."""
    source = chain(paths=(0.4, 0.6, 0.1) if wrong else (0.4, 0.35, 0.35))
    x = source.draw(N, rng)
    found = []
    for name, columns in (("A", np.r_[0:3, 6:9]), ("B", np.r_[3:9])):
        keep = tuple(c for c in source.model.constructs if c.name in (name, "C"))
        design = Design.of(replace(source.model, constructs=keep, paths=((name, "C"),)))
        rows = Rows(design.items, x[:, columns], np.zeros(6))
        found.append((assess.predict(rows, design, PLS(), assess.folds_of(N, 10, 1, number)), design))
    return bool(assess.compare_models(*found).p[-1] <= 0.05)


TESTS: dict[str, Callable[[Rng, bool, int], bool]] = {
    "exact fit, d_G": exact_fit,
    "permutation, path": path_permuted,
    "Henseler, path": henseler,
    "distance d_G": distance,
    "MICOM step 2": micom("correlation"),
    "MICOM step 3, mean": micom("mean"),
    "MICOM step 3, variance": micom("variance"),
    "CVPAT between models": cvpat,
}


def main(samples: int) -> None:
    """Print the table."""
    rows = []
    for name, test in TESTS.items():
        share = []
        for wrong in (False, True):
            rng = np.random.default_rng(20)
            share.append(np.mean([test(rng, wrong, number) for number in range(samples)]))
        rows.append([name, f"{100 * share[0]:.1f} %", f"{100 * share[1]:.1f} %"])
    error = 100 * np.sqrt(0.05 * 0.95 / samples)
    print(f"{samples} samples; standard error of a size of 5 %: {error:.1f}\n")
    print(table(["test at 5 %", "null true", "null false"], rows))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
