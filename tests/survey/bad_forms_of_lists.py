"""A small survey of two years in two banks, for tests of several files."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: One more row of the file without a year.
FULL = "5,5,5,5,5,Delta\n"


def answers() -> pd.DataFrame:
    """150 rows, 60 of 2024 and 90 of 2025."""
    rng = np.random.default_rng(3)
    common = rng.normal(size=150)
    out = {
        name: np.clip(np.rint(6 + 1.6 * (common + 0.7 * rng.normal(size=150))), 1, 10).astype(int)
        for name in ("q1", "q2", "q3", "s1", "s2")
    }
    bank = np.where(np.arange(150) % 2 == 0, "Harbour", "Delta")
    return pd.DataFrame({**out, "bank": bank, "year": np.repeat([2024, 2025], [60, 90])})


def spec(data: str, more: str = "") -> str:
    """Two constructs and one path on these data."""
    return (
        "csi: 1\nscale: [1, 10]\nconstructs: {Q: {items: [q1, q2, q3]}, S: {items: [s1, s2]}}\npaths: {Q: [S]}\n"
        f"index: S\ndata: {{{data}}}\nuncertainty: {{method: linearised}}\n{more}\n"
    )
