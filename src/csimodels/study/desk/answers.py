"""How the questions were answered: levels, mean, spread, floor and ceiling, boxes, item by item and group by group."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.shares import logit_interval, wilson
from csimodels.infer.desk import Joined
from csimodels.moments.linalg import Floats
from csimodels.spec.model import REASONS, Item
from csimodels.study.desk.part import Answers, DeskPart, Numbers, presence, ratio, state_of
from csimodels.study.extras import Extras, SideBySide

#: Questions with more levels than this are described by mean and spread alone.
MOST_LEVELS = 11
#: Numbers of every item before the shares of its levels.
_SUMMARY = ("mean", "sd", "skew", "kurtosis", "floor", "ceiling", "top2", "bottom2", "answered")


@dataclass(frozen=True, eq=False)
class Question:
    """An item with the levels of its scale (none where there are too many) and the answers ``x (n,)``."""

    item: Item
    levels: tuple[float, ...]
    x: Floats

    @classmethod
    def of(cls, item: Item, x: Floats) -> Question:
        """Levels are whole numbers from the lowest to the highest answer allowed."""
        low, high = item.scale
        known = x[~np.isnan(x)]
        whole = high - low < MOST_LEVELS and bool((known == np.rint(known)).all())
        return cls(item, tuple(float(level) for level in np.arange(low, high + 1)) if whole else (), x)

    @property
    def width(self) -> int:
        """Columns that :meth:`__getitem__` gives."""
        return 5 + len(self.marked)

    def __getitem__(self, rows: NDArray[np.intp], /) -> Floats:
        """(k, e) presence, powers of the answer from the middle of the scale, and an indicator of every level."""
        x = self.x[rows]
        there, known = presence(x)
        middle = sum(self.item.scale) / 2
        z = np.where(known, x - middle, 0.0)
        out = np.empty((len(x), self.width))
        for k, power in enumerate((there, z, z**2, z**3, z**4)):
            out[:, k] = power
        np.equal(x[:, None], np.asarray(self.marked), out=out[:, 5:])
        return out

    @property
    def marked(self) -> tuple[float, ...]:
        """Answers that have an indicator: all levels, or the two ends."""
        return self.levels or self.item.scale

    def numbers(self, means: Floats, model: Floats) -> Floats:
        """(*B, Q) the summary of :data:`_SUMMARY`, then the share of every marked answer, from column means."""
        there = means[..., 0]
        m1, m2, m3, m4 = (ratio(means[..., k], there) for k in (1, 2, 3, 4))
        variance = m2 - m1**2
        with np.errstate(invalid="ignore", divide="ignore"):
            sd = np.sqrt(np.maximum(variance, 0.0))
            skew = (m3 - 3 * m1 * m2 + 2 * m1**3) / sd**3
            kurtosis = (m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4) / sd**4 - 3
        shares = ratio(means[..., 5:], there[..., None])
        top = shares[..., -2:].sum(axis=-1) if self.levels else np.full_like(m1, np.nan)
        bottom = shares[..., :2].sum(axis=-1) if self.levels else np.full_like(m1, np.nan)
        middle = sum(self.item.scale) / 2
        summary = [m1 + middle, sd, skew, kurtosis, shares[..., 0], shares[..., -1], top, bottom, there]
        return np.concatenate([np.stack(summary, axis=-1), shares], axis=-1)


@dataclass(frozen=True, eq=False)
class AnswerTable(DeskPart):
    """Table ``answers``: one row for each item and group; :meth:`levels` has one for each answer that can be given."""

    answers: Answers
    simple: bool
    group: NDArray[np.intp] | None = None
    name = "answers"

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every item that is read."""
        return tuple(Question.of(item, self.answers.x[:, k]) for k, item in enumerate(self.answers.items))

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of each question."""
        return tuple(len(_SUMMARY) + len(q.marked) for q in self.questions)

    def extras(self) -> Extras:
        """Columns and numbers of all questions side by side."""
        asked = self.questions
        width = tuple(q.width for q in asked)
        values = Joined(tuple(q.numbers for q in asked), width, (False,) * len(asked))
        names = [f"{q.item.name} {k}" for q in asked for k in range(q.width)]
        numbers = [f"{q.item.name} {n}" for q in asked for n in (*_SUMMARY, *map(str, q.marked))]
        return Extras(tuple(names), SideBySide(asked), tuple(numbers), values)

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``item, n, missing``, with reasons in the spec ``dont_know, refused, not_asked,
        system``, then ``missing_share, mean, se, low, high, sd, floor, ceiling, top2, top2_low, top2_high, bottom2,
        bottom2_low, bottom2_high, skew, kurtosis, status``.
        """
        rows = []
        starts = np.cumsum([0, *self.sizes])[:-1]
        for g, key in enumerate(numbers.keys):
            for start, question in zip(starts, self.questions, strict=True):
                rows.append(dict(zip(numbers.by, key, strict=True)) | self._row(numbers, g, int(start), question))
        return pd.DataFrame(rows)

    def _row(self, numbers: Numbers, g: int, start: int, question: Question) -> dict[str, object]:
        at = {name: start + k for k, name in enumerate(_SUMMARY)}
        value = {name: float(numbers.value[g, k]) for name, k in at.items()}
        every = float(numbers.n[g])
        n = self._answered(g, question)
        row: dict[str, object] = {"item": question.item.name, "n": n, "missing": int(every) - n}
        row |= self._reasons(g, question)
        row["missing_share"] = max(0.0, 1 - value["answered"])
        row |= {"mean": value["mean"]}
        row |= {end: float(getattr(numbers, end)[g, at["mean"]]) for end in ("se", "low", "high")}
        row |= {"sd": value["sd"], "floor": value["floor"], "ceiling": value["ceiling"]}
        for name in ("top2", "bottom2"):
            low, high = self.interval(numbers, g, at[name], n)
            row |= {name: value[name], f"{name}_low": low, f"{name}_high": high}
        status = state_of([value["mean"]])[0]
        return row | {"skew": value["skew"], "kurtosis": value["kurtosis"], "status": status}

    def _reasons(self, g: int, question: Question) -> dict[str, object]:
        """Missing answers of group `g` by reason; nothing where the spec names no reasons."""
        if self.answers.reasons is None:
            return {}
        mine = np.isnan(question.x) if self.group is None else np.isnan(question.x) & (self.group == g)
        why = self.answers.reasons[mine, self.answers.items.index(question.item)]
        counts = np.bincount(why, minlength=len(REASONS) + 1)
        places = {**{name: k for k, name in enumerate(REASONS, 1)}, "system": 0}
        return {name: int(counts[k]) for name, k in places.items()}

    def _answered(self, g: int, question: Question) -> int:
        """Respondents of group `g` who answered."""
        return int(self._counts[g, self.answers.items.index(question.item)])

    @cached_property
    def _counts(self) -> NDArray[np.intp]:
        """(G, k) respondents of every group who answered each question."""
        there = ~np.isnan(self.answers.x)
        group = np.zeros(len(there), dtype=np.intp) if self.group is None else self.group
        groups = int(group.max(initial=0)) + 1
        return np.stack([np.bincount(group[known], minlength=groups) for known in there.T], axis=1)

    def interval(self, numbers: Numbers, g: int, at: int, n: int) -> tuple[float, float]:
        """Wilson's for a simple unweighted sample, else on the logit scale with the error of the design."""
        share = numbers.value[g, at]
        if np.isnan(share) or np.isnan(numbers.se[g, at]):
            return np.nan, np.nan
        if self.simple:
            low, high = wilson(np.asarray(share * n), np.asarray(float(n)), numbers.level)
        else:
            low, high = logit_interval(
                np.asarray(share), np.asarray(numbers.se[g, at]), np.asarray(numbers.df[g, at]), numbers.level
            )
        return float(low), float(high)

    def more(self, numbers: Numbers) -> dict[str, pd.DataFrame]:
        """Table ``answer_levels``."""
        return {"answer_levels": self.levels(numbers)}

    def levels(self, numbers: Numbers) -> pd.DataFrame:
        """Table ``answer_levels``: group columns, ``item, level, share, se, low, high``."""
        rows = []
        starts = np.cumsum([0, *self.sizes])[:-1]
        for g, key in enumerate(numbers.keys):
            for start, question in zip(starts, self.questions, strict=True):
                n = self._answered(g, question)
                for k, level in enumerate(question.levels):
                    at = int(start) + len(_SUMMARY) + k
                    low, high = self.interval(numbers, g, at, n)
                    row: dict[str, object] = {"item": question.item.name, "level": level}
                    row |= {"share": float(numbers.value[g, at]), "se": float(numbers.se[g, at])}
                    rows.append(dict(zip(numbers.by, key, strict=True)) | row | {"low": low, "high": high})
        return pd.DataFrame(rows)
