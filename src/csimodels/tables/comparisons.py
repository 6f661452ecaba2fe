"""Ranks, differences and changes as tidy DataFrames (docs/rollup.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from csimodels.messages import N_
from csimodels.moments.linalg import Floats


class Tested(Protocol):
    """Estimates with error, interval and p-value, all of one shape."""

    @property
    def estimate(self) -> Floats:
        """Estimates."""

    @property
    def se(self) -> Floats:
        """Standard errors."""

    @property
    def df(self) -> Floats:
        """Degrees of freedom; inf: normal."""

    @property
    def low(self) -> Floats:
        """Lower limits."""

    @property
    def high(self) -> Floats:
        """Upper limits."""

    @property
    def p(self) -> Floats:
        """Two-sided p-values of zero."""


#: State of a simple index or node of the hierarchy whose definition is not the same in two results.
REDEFINED = N_("defined in another way in the two results")


def compared(
    labels: Mapping[str, Sequence[object]],
    name: str,
    tested: Tested,
    p_adj: Floats,
    level: float,
) -> pd.DataFrame:
    """Rows of comparisons.

    Columns: `labels`; `name` (``difference`` or ``change``) with ``se, df, low, high, p``; ``p_adj``: p-value corrected
    for the number of comparisons; ``different``: whether it is below one minus the level; ``status``.
    """
    table = pd.DataFrame({column: list(values) for column, values in labels.items()})
    table[name] = tested.estimate.ravel()
    for part in ("se", "df", "low", "high", "p"):
        table[part] = getattr(tested, part).ravel()
    table["p_adj"] = p_adj.ravel()
    table["different"] = table["p_adj"] < 1 - level
    table["status"] = _states(table[name], table["p"], N_("nothing to compare"))
    return table


def _states(number: pd.Series[float], bound: pd.Series[float], absent: str) -> list[str]:
    lacking = np.where(number.isna(), absent, N_("no interval"))
    return [str(word) for word in np.where(bound.notna(), "ok", lacking)]


def ranked(labels: Mapping[str, Sequence[object]], index: Floats, parts: Mapping[str, Floats]) -> pd.DataFrame:
    """Rows of ranks.

    Columns: `labels`; ``index``; ``rank, rank_low, rank_high`` (1 is the highest; the best and worst rank of the
    interval) and ``among``: how many were ranked together, as whole numbers, missing where there is none; ``p_first``
    and ``p_top3``; ``status``.
    """
    table = pd.DataFrame({column: list(values) for column, values in labels.items()})
    table["index"] = index
    for name in ("rank", "rank_low", "rank_high", "among"):
        table[name] = pd.Series(parts[name]).astype("Int64")
    for name in ("p_first", "p_top3"):
        table[name] = parts[name]
    table["status"] = _states(table["index"], pd.Series(parts["rank_low"]), N_("no estimate"))
    return table
