"""Answers with exactly known covariances, and what a table of a doubtful fit may not hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from bad_forms import SPEC

import csimodels as cs

#: A scale that takes any answer of :func:`exact`.
WIDE = "scale: [-100, 100]\n"
ML = "estimate: {estimator: ml}\n"
#: One construct and nothing else, in factor analysis without paths.
ALONE = "csi: 1\nconstructs: {Satisfaction: {items: [%s]}}\n" + ML
#: Quality and Value as dimensions of a second-order factor.
SECOND = SPEC.replace("  Satisfaction: {items", "  Whole: {of: [Quality, Value]%s}\n  Satisfaction: {items").replace(
    "  Quality: [Value, Satisfaction]\n  Value: Satisfaction\n", "%s"
)
ERRORS = ("se", "low", "high", "p", "z", "p_adj")


def exact(cov: np.ndarray, items: Sequence[str], n: int = 200, seed: int = 5) -> pd.DataFrame:
    """Rows whose covariance (divisor n) is `cov` to rounding, and whose means are 5."""
    x = np.random.default_rng(seed).normal(size=(n, len(items)))
    x = x - x.mean(axis=0)
    white = x @ np.linalg.inv(np.linalg.cholesky(x.T @ x / n)).T
    return pd.DataFrame(white @ np.linalg.cholesky(cov).T + 5, columns=list(items))


def filled_errors(table: pd.DataFrame, *kinds: str) -> list[str]:
    """Columns of errors, limits and p-values that hold a number."""
    names = [c for c in table.columns if c in ERRORS or c.endswith(tuple(f"_{e}" for e in ERRORS))]
    chosen = [c for c in names if not kinds or c in kinds or c.endswith(tuple(f"_{k}" for k in kinds))]
    return [c for c in chosen if table[c].notna().any()]


def parameter(result: cs.Result, lhs: str, op: str, rhs: str) -> pd.Series:
    """One row of the table of parameters."""
    table = result.parameters()
    return table[(table["lhs"] == lhs) & (table["op"] == op) & (table["rhs"] == rhs)].iloc[0]
