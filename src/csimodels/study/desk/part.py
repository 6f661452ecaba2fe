"""A part of the desk: row columns that join the sums, the numbers made of them, and the table that shows these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.messages import Message
from csimodels.moments import Key
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.model import Item
from csimodels.study.extras import ExtraEstimates, Extras
from csimodels.survey import Survey


@dataclass(frozen=True, eq=False)
class Answers:
    """All answers that are read, ``x (n, k)``, with their items, and why one is missing (``Survey.reasons``)."""

    items: tuple[Item, ...]
    x: Floats
    reasons: NDArray[np.int8] | None = None

    @classmethod
    def of(cls, survey: Survey) -> Answers:
        """Answers to the items of the model, then to those beside it."""
        x = survey.x if survey.beside is None else np.hstack([survey.x, survey.beside])
        return cls(survey.model.asked, x, survey.reasons)

    def column(self, name: str) -> tuple[Item, Floats]:
        """An item and the answers to it ``(n,)``, NaN where missing."""
        place = next(k for k, item in enumerate(self.items) if item.name == name)
        return self.items[place], self.x[:, place]


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers of one part for ``G`` groups, each ``(G, Q)``; ``n``, ``n_eff`` and ``w (G,)``, the sum of the weights,
    are of all respondents."""

    by: tuple[str, ...]
    keys: tuple[Key, ...]
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    df: Floats
    n: Floats
    n_eff: Floats
    level: float
    w: Floats

    @classmethod
    def of(cls, by: tuple[str, ...], made: ExtraEstimates, where: slice, level: float) -> Numbers:
        """The part at `where` of the numbers of all parts."""
        e = made.errors
        value, se, low, high, df = (part[:, where] for part in (made.value, e.se, e.low, e.high, made.df))
        return cls(by, made.keys, value, se, low, high, df, made.sums.n, made.n_eff, level, made.sums.w)

    def labels(self, rows: int) -> dict[str, list[object]]:
        """Group columns of a table with `rows` rows for every group."""
        return {name: [key[k] for key in self.keys for _ in range(rows)] for k, name in enumerate(self.by)}


class DeskPart:
    """One table of the desk; a subclass makes columns, numbers and the table."""

    #: Of the table in the catalogue.
    name = ""

    def extras(self) -> Extras:
        """Columns of the rows and what is made of their means."""
        raise NotImplementedError

    @cached_property
    def asked_for(self) -> Extras:
        """What :meth:`extras` gives, made once; replicates are handed on only of what groups are compared by."""
        return replace(self.extras(), drawn=tuple(self.compared().values()))

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """The tidy table of all groups."""
        raise NotImplementedError

    def more(self, numbers: Numbers) -> dict[str, pd.DataFrame]:
        """Further tables by name."""
        return {}

    def notes(self) -> list[Message]:
        """What a reader has to know of it."""
        return []

    def compared(self) -> dict[str, int]:
        """Indices that groups are ranked and compared by, with their places among the numbers."""
        return {}


def presence(x: Floats) -> tuple[Floats, Bools]:
    """1.0 where an answer is there, and the same as a mask."""
    there = ~np.isnan(x)
    return there.astype(np.float64), there


def ratio(top: Floats, bottom: Floats) -> Floats:
    """``top / bottom``, NaN where nothing is below the line."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)


def state_of(value: Sequence[float] | Floats) -> list[str]:
    """A word for each number: whether there is one."""
    return ["ok" if np.isfinite(v) else "no answers" for v in np.asarray(value, dtype=float).ravel()]
