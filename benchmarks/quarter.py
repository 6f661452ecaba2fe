"""Coverage and width of the interval of the best quarter, beside replicates of the quantile: ``python quarter.py``.

Estimates are normal round known values with errors of 0.6 to 1.4; nominal 95 %.  The table is in docs/rollup.md.
"""

from __future__ import annotations

import argparse

import numpy as np

from csimodels.infer.quarter import level_of_quarter

KINDS = {
    "all alike": lambda size: np.zeros(size),
    "spread 1": lambda size: np.linspace(-1.5, 1.5, size),
    "spread 4": lambda size: np.linspace(-6, 6, size),
    "a quarter 2.5 ahead": lambda size: np.where(np.arange(size) < size // 4, 2.5, 0.0),
    "one fewer 4 ahead": lambda size: np.where(np.arange(size) < size // 4 - 1, 4.0, 0.0),
}


def main() -> None:
    """Print one line for every number of units and kind of truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--surveys", type=int, default=2000)
    surveys = parser.parse_args().surveys
    print("| units | true levels | covers | width in errors | percentile of replicates covers |\n|---|---|---|---|---|")
    for size in (4, 8, 24):
        for kind, made in KINDS.items():
            rng, truth = np.random.default_rng(1), made(size)
            true, held, plain, width = float(np.quantile(truth, 0.75)), 0, 0, 0.0
            for _ in range(surveys):
                se = rng.uniform(0.6, 1.4, size)
                value = truth + se * rng.standard_normal(size)
                draws = value[:, None] + se[:, None] * rng.standard_normal((size, 200))
                found = level_of_quarter(value, se, np.full(size, np.inf), draws)
                held += found.low <= true <= found.high
                width += found.high - found.low
                low, high = np.quantile(np.quantile(draws, 0.75, axis=0), [0.025, 0.975])
                plain += low <= true <= high
            print(
                f"| {size} | {kind} | {100 * held / surveys:.1f} % | {width / surveys:.1f} | "
                f"{100 * plain / surveys:.1f} % |"
            )


if __name__ == "__main__":
    main()
