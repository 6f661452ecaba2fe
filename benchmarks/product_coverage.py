"""Why intervals of a change by weights hold a true 0 too often: ``python benchmarks/product_coverage.py``.

The part is ``x'y``, the change of the weights times the mean performance less that of the construct.  Here both have
``k`` independent parts of error 1 and the means named; 400 000 draws; the share of 95 % intervals that hold the truth
with the linearised variance ``|x|^2 + |y|^2``, less the product ``k`` that it counts twice but never less than a part
of ``k`` (1: in use).  Where both means are 0, ``(x'y)^2 / (|x|^2 + |y|^2) <= min(|x|^2, |y|^2)``: the interval leaves 0
out only where both deviate by 1.96 at once.  Written to ``benchmarks/results/product_coverage.csv``; docs/decisions.md
cites it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

DRAWS = 400_000
FLOORS = (1.0, 0.5, 0.25, 0.0)
MEANS = ((0, 0), (0, 1), (0, 2), (0, 4), (1, 1), (2, 2), (1, 3), (4, 4))


def row(random: np.random.Generator, k: int, of_x: float, of_y: float) -> dict[str, float]:
    """Shares of intervals that hold the truth, and the mean error in use over the true one."""
    first = np.eye(1, k)[0]
    x, y = of_x * first + random.normal(size=(DRAWS, k)), of_y * first + random.normal(size=(DRAWS, k))
    found, linear = (x * y).sum(axis=1), (x**2).sum(axis=1) + (y**2).sum(axis=1)
    variances = {"linearised": linear} | {f"floor {c:g}": np.maximum(linear - k, c * k) for c in FLOORS}
    out: dict[str, float] = {"k": k, "x": of_x, "y": of_y}
    for name, variance in variances.items():
        out[name] = round(float(np.mean(np.abs(found - of_x * of_y) <= 1.959964 * np.sqrt(variance))), 4)
    true = np.sqrt(of_x**2 + of_y**2 + k)
    return out | {"error in use / true": round(float(np.mean(np.sqrt(variances["floor 1"])) / true), 3)}


def main() -> None:
    """Print and write one row for every size and mean."""
    random = np.random.default_rng(1)
    done = pd.DataFrame([row(random, k, *means) for k in (1, 2, 4) for means in MEANS])
    done.to_csv(Path(__file__).parent / "results" / "product_coverage.csv", index=False, lineterminator="\n")
    print(done.to_string())


if __name__ == "__main__":
    main()
