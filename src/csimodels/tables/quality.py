"""Quality of measurement and model: the number first, the verdict second."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.estimate.plsc import LARGEST
from csimodels.tables.estimates import Estimates


@dataclass(frozen=True)
class Criterion:
    """A criterion with its rule of thumb, which a reader may overrule.

    Attributes
    ----------
    name : str
        In the table.
    block : str
        Block of :data:`~csimodels.tables.quantities.BLOCKS` that holds its numbers, and says what they are about.
    heading : str
        In the report.
    threshold : str
        The rule in words.
    verdict : callable
        Turns a value into ``"ok"``, ``"below"`` or ``"above"`` (the side on which it misses), or a size.
    bounded : bool
        Whether there is one threshold, so that an interval clears it or covers it.
    source : str
        Where the rule is from.
    most : float
        A number above it is none of this kind, and ``"above"``.
    """

    name: str
    block: str
    heading: str
    threshold: str
    verdict: Callable[[float], str]
    source: str
    bounded: bool = True
    most: float = math.inf

    @property
    def rule(self) -> str:
        """The threshold with the sign that readers know."""
        return self.threshold.replace(">=", "≥")

    def judged(self, value: float, low: float, high: float) -> str:
        """The verdict on a number: ``unclear`` where its interval covers the threshold; on the value alone without an
        interval; empty where there is no number."""
        if math.isnan(value):
            return ""
        if value > self.most:
            return "above"
        ends = [self.verdict(end) for end in (low, high) if self.bounded and not math.isnan(end)]
        found = self.verdict(value)
        return found if all(end == found for end in ends) else "unclear"


def _at_least(bound: float) -> Callable[[float], str]:
    return lambda value: "ok" if value >= bound else "below"


def _under(bound: float) -> Callable[[float], str]:
    return lambda value: "ok" if value < bound else "above"


def _effect_size(value: float) -> str:
    return ("none", "small", "medium", "large")[bisect_right((0.02, 0.15, 0.35), value)]


CRITERIA = (
    Criterion("alpha", "alpha", "Cronbach's α", ">= 0.70", _at_least(0.7), "Nunnally & Bernstein 1994"),
    Criterion("rho_A", "rho_a", "ρA", ">= 0.70", _at_least(0.7), "Dijkstra & Henseler 2015", most=LARGEST),
    Criterion(
        "rho_C", "rho_c", "Composite reliability ρC", ">= 0.70", _at_least(0.7), "Hair, Hult, Ringle & Sarstedt 2022"
    ),
    Criterion("AVE", "ave", "AVE", ">= 0.50", _at_least(0.5), "Fornell & Larcker 1981"),
    Criterion(
        "Fornell-Larcker", "fornell_larcker", "Fornell-Larcker margin", "> 0", _at_least(0.0), "Fornell & Larcker 1981"
    ),
    Criterion("HTMT", "htmt", "HTMT", "< 0.85", _under(0.85), "Henseler, Ringle & Sarstedt 2015"),
    Criterion("HTMT2", "htmt2", "HTMT2", "< 0.85", _under(0.85), "Roemer, Schuberth & Henseler 2021"),
    Criterion("loading", "loading", "Loading", ">= 0.708", _at_least(0.708), "Hair, Hult, Ringle & Sarstedt 2022"),
    Criterion("VIF", "vif", "VIF", "< 5", _under(5.0), "Hair, Hult, Ringle & Sarstedt 2022"),
    Criterion("f2", "f2", "f²", "0.02 small, 0.15 medium, 0.35 large", _effect_size, "Cohen 1988", bounded=False),
)


#: Blocks that are judged by the criterion of another one.
_ALSO = {"loading": ("dimension_loading",)}


def quality(estimates: Estimates) -> pd.DataFrame:
    """Reliability, convergent and discriminant validity, collinearity and effect sizes.

    Columns: group columns, ``criterion``; ``subject``: construct, item, pair of constructs or path; ``value`` with its
    ``low, high``; ``threshold``, ``verdict`` (``ok``, ``below``, ``above``; ``unclear`` where the interval covers the
    threshold; for f2 the size of the estimate) and its ``source``; ``status`` of the fit.

    Conventions (docs/results.md): alpha is standardised; rho_C from the loadings; HTMT on absolute correlations;
    Fornell-Larcker is ``sqrt(AVE)`` minus the largest correlation with another construct; f2 with the construct scores
    held fixed.  A higher-order construct that is fitted in stages is judged by its dimensions as items (Sarstedt et al.
    2019).  What is not defined (reliability of single items and mode B, VIF of a lone predictor, HTMT between a
    construct and its dimensions, all of a construct that repeats items) has no row.
    """
    rows = _rows(estimates)
    size, groups = len(rows), len(estimates.keys)
    at = [place for _, _, place in rows]
    value, low, high = (getattr(estimates, part)[:, at].ravel() for part in ("value", "low", "high"))
    numbers = zip([criterion for criterion, _, _ in rows] * groups, value, low, high, strict=True)
    columns: dict[str, object] = estimates.key_columns(size) | {
        "criterion": [criterion.name for criterion, _, _ in rows] * groups,
        "subject": [subject for _, subject, _ in rows] * groups,
        "value": value,
        "low": low,
        "high": high,
        "threshold": [criterion.threshold for criterion, _, _ in rows] * groups,
        "verdict": [criterion.judged(float(v), float(a), float(b)) for criterion, v, a, b in numbers],
        "source": [criterion.source for criterion, _, _ in rows] * groups,
        "status": estimates.status_text(size),
    }
    return pd.DataFrame(columns)


def _rows(estimates: Estimates) -> list[tuple[Criterion, str, int]]:
    """Criterion, subject and place in the vector of everything that has a number in any group and is to be judged."""
    layout = estimates.layout
    there = np.any(~np.isnan(estimates.value), axis=0, keepdims=True)[0]
    rows = []
    for criterion, name in [(c, name) for c in CRITERIA for name in (c.block, *_ALSO.get(c.block, ()))]:
        block, subjects, judged = layout.blocks[name], layout.subjects[name], layout.judged(name)
        rows += [(criterion, subjects[i], block.start + i) for i in np.flatnonzero(there[block] & judged).tolist()]
    return rows
