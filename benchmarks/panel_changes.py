"""Errors of the part of a change that is due to weights where persons answer in both waves: ``SURVEYS SHARE``.

``python benchmarks/panel_changes.py 200 0.6``: so many surveys of 250 persons in two waves, of whom that share stays;
prints, by construct, how far the part spreads, its mean error and how often the interval holds the truth, which is that
of a draw of 200 000.  docs/decisions.md cites the result.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import csimodels as cs

SPEC = """
csi: 1
constructs: {Quality: {items: [Q1, Q2, Q3]}, Satisfaction: {items: [S1, S2, S3]}}
paths: {Quality: Satisfaction}
data: {wave: year, design: {panel: id}}
trend: true
uncertainty: {method: linearised}
"""
#: How much of a person's own parts stays from wave to wave.
STAYS = 0.7


def drawn(n: int, seed: int, share: float, apart: float) -> pd.DataFrame:
    """Two waves; items differ by `apart` answer points, so that weights that change have a part in the change."""
    random = np.random.default_rng(seed)
    first, parts = random.normal(size=(n, 8)), []
    stay = (np.arange(n) < share * n)[:, None]
    second = STAYS * first + np.sqrt(1 - STAYS**2) * random.normal(size=(n, 8))
    second = np.where(stay, second, random.normal(size=(n, 8)))
    for t, (year, own) in enumerate(((2025, first), (2026, second))):
        quality, satisfaction = own[:, 0], 0.7 * own[:, 0] + 0.7 * own[:, 1]
        columns = {}
        for k in range(3):
            columns[f"Q{k + 1}"] = 5 + apart * k + 1.5 * (0.8 - 0.1 * k + 0.15 * t * k) * quality + own[:, 2 + k]
            columns[f"S{k + 1}"] = 5 + apart * k + 1.5 * (0.8 - 0.15 * k + 0.2 * t * k) * satisfaction + own[:, 5 + k]
        ids = np.where(stay[:, 0], np.arange(n), np.arange(n) + n * (t + 1))
        parts.append(pd.DataFrame(columns).round().clip(1, 10).assign(year=year, id=ids))
    return pd.concat(parts, ignore_index=True)


def parts_of(data: pd.DataFrame) -> pd.DataFrame:
    """The parts of the change of every construct."""
    made = cs.Study(cs.parse_model(SPEC), data).run(progress=False).trend("parts", of="all")
    return made.query("item == ''").set_index("construct")


def main(surveys: int, share: float) -> None:
    """Print one line for each construct, with and without a true part."""
    for apart in (0.0, 1.2):
        truth = parts_of(drawn(200_000, 99, share, apart))
        found = [parts_of(drawn(250, 1000 + s, share, apart)) for s in range(surveys)]
        for construct, true in truth["weights"].items():
            rows = pd.DataFrame([one.loc[construct] for one in found])
            held = ((rows["weights_low"] <= true) & (true <= rows["weights_high"])).mean()
            print(f"{share:g} {construct:12} true {true:7.3f} spread {rows['weights'].std():.4f} "
                  f"mean error {rows['weights_se'].mean():.4f} held {held:.3f}")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
