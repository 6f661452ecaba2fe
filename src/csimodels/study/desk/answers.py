"""How the questions were answered: levels, mean, spread, floor and ceiling, boxes, item by item and group by group."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.shares import logit_interval, wilson, within
from csimodels.infer.desk import Joined
from csimodels.moments.linalg import Floats
from csimodels.spec.model import REASONS, Item
from csimodels.study.desk.part import Answers, DeskPart, Numbers, presence, ratio, state_of
from csimodels.study.extras import Extras
from csimodels.survey.recipes import Recipe, key_of

#: Questions with more levels than this are described by mean and spread alone.
MOST_LEVELS = 11
#: Numbers of every item before the shares of its levels.
_SUMMARY = ("mean", "sd", "skew", "kurtosis", "floor", "ceiling", "top2", "bottom2", "answered")


@dataclass(frozen=True, eq=False)
class Question:
    """An item with the levels of its scale, none where there are too many."""

    item: Item
    levels: tuple[float, ...]

    @classmethod
    def of(cls, item: Item, answers: Answers) -> Question:
        """Levels are whole numbers from the lowest to the highest answer allowed."""
        low, high = item.scale
        whole = high - low < MOST_LEVELS and answers.whole(item.name)
        return cls(item, tuple(float(level) for level in np.arange(low, high + 1)) if whole else ())

    @property
    def width(self) -> int:
        """Columns that :meth:`make` gives."""
        return 5 + len(self.marked)

    @property
    def recipe(self) -> Recipe:
        """The columns of the question."""
        key = key_of("answers", self.item.name, self.item.scale, self.levels)
        return Recipe(key, (self.item.name,), self.width, self.make)

    @property
    def answered(self) -> Recipe:
        """1 for respondents who answered it."""
        name = self.item.name
        return Recipe(key_of("answered", name), (name,), 1, lambda x: (~np.isnan(x)).astype(np.float64))

    def make(self, answers: Floats) -> Floats:
        """(n, e) presence, powers of the answer from the middle of the scale, and an indicator of every level."""
        x = answers[:, 0]
        there, known = presence(x)
        middle = sum(self.item.scale) / 2
        z = np.where(known, x - middle, 0.0)
        out = np.empty((len(x), self.width))
        square = z * z
        for k, power in enumerate((there, z, square, square * z, square * square)):
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
            spread = np.where(sd > 0, sd, np.nan)  # all answers alike have no form
            skew = (m3 - 3 * m1 * m2 + 2 * m1**3) / spread**3
            kurtosis = (m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4) / spread**4 - 3
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
    name = "answers"

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every item that is read."""
        return tuple(Question.of(item, self.answers) for item in self.answers.items)

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
        columns = self.answers.columns([q.recipe for q in asked])
        return Extras(tuple(names), columns, tuple(numbers), values, bases=() if self.simple else self._bases())

    def _bases(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Every share with the column that marks who answered its question."""
        out: list[tuple[int, tuple[int, ...]]] = []
        first = 0
        for start, question in zip(self._starts.tolist(), self.questions, strict=True):
            boxes = [start + _SUMMARY.index(name) for name in ("top2", "bottom2")]
            levels = range(start + len(_SUMMARY), start + len(_SUMMARY) + len(question.marked))
            out += [(place, (first,)) for place in (*boxes, *levels)]
            first += question.width
        return tuple(out)

    def counting(self) -> list[Recipe]:
        """Who answered each question."""
        return [question.answered for question in self.questions]

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``item, n, missing``, with reasons in the spec ``dont_know, refused, not_asked,
        system``, then ``missing_share, mean, se, low, high, sd, floor, ceiling, top2, top2_low, top2_high, bottom2,
        bottom2_low, bottom2_high, skew, kurtosis, status``.
        """
        n = self._counts
        columns: dict[str, Floats | NDArray[np.int64]] = {"n": n, "missing": numbers.n.astype(np.int64)[:, None] - n}
        columns |= self._reasons()
        value = {name: numbers.value[:, self._starts + k] for k, name in enumerate(_SUMMARY)}
        answered = 1 - value["answered"]
        columns |= {"missing_share": np.where(answered > 0, answered, 0.0), "mean": value["mean"]}
        columns |= {end: getattr(numbers, end)[:, self._starts] for end in ("se", "low", "high")}
        columns |= {name: value[name] for name in ("sd", "floor", "ceiling")}
        for name in ("top2", "bottom2"):
            low, high = self.intervals(numbers, self._starts + _SUMMARY.index(name), np.arange(len(self.questions)))
            columns |= {name: value[name], f"{name}_low": low, f"{name}_high": high}
        columns |= {"skew": value["skew"], "kurtosis": value["kurtosis"]}
        labels = {"item": [question.item.name for question in self.questions] * len(numbers.keys)}
        shown = {name: cells.ravel() for name, cells in columns.items()}
        return pd.DataFrame(numbers.labels(len(self.questions)) | labels | shown | {"status": state_of(value["mean"])})

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        """(k,) places of the first number of every question."""
        return np.cumsum([0, *self.sizes])[:-1]

    def _reasons(self) -> dict[str, NDArray[np.int64]]:
        """(G, k) missing answers of every group by reason; nothing where the spec names no reasons."""
        reasons, groups = self.answers.reasons, len(self._counts)
        if reasons is None:
            return {}
        places = {**{name: k for k, name in enumerate(REASONS, 1)}, "system": 0}
        counts = []
        for x, why in zip(self.answers.x.T, reasons.T, strict=True):
            mine = np.isnan(x)
            cell = self.answers.group[mine] * (len(REASONS) + 1) + why[mine]
            counts.append(np.bincount(cell, minlength=groups * (len(REASONS) + 1)).reshape(groups, -1))
        stacked = np.stack(counts, axis=1)
        return {name: stacked[..., k] for name, k in places.items()}

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        """(G, k) respondents of every group who answered each question."""
        return np.stack([self.answers.counted(question.answered) for question in self.questions], axis=1)

    def intervals(self, numbers: Numbers, places: NDArray[np.intp], asked: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """(G, K) ends of shares: Wilson's for a simple unweighted sample, else on the logit scale with the error of
        the design, and those of Korn & Graubard for a share of 0 or 1.

        Parameters
        ----------
        places, asked : (K,)
            Where the shares stand among the numbers, and of which question each is.
        """
        share, se = numbers.value[:, places], numbers.se[:, places]
        if self.simple:
            n = self._counts[:, asked].astype(np.float64)
            ends = wilson(share * n, n, numbers.level)
        else:
            inside = logit_interval(share, se, numbers.df[:, places], numbers.level)
            known = numbers.low[:, places], numbers.high[:, places]  # at 0 and 1 those of the extras
            ends = np.where(within(share), inside[0], known[0]), np.where(within(share), inside[1], known[1])
        unknown = np.isnan(share) | np.isnan(se)
        low, high = (np.where(unknown, np.nan, end) for end in ends)
        return low, high

    def more(self, numbers: Numbers) -> dict[str, pd.DataFrame]:
        """Table ``answer_levels``."""
        return {"answer_levels": self.levels(numbers)}

    def levels(self, numbers: Numbers) -> pd.DataFrame:
        """Table ``answer_levels``: group columns, ``item, level, share, se, low, high``."""
        every = [(j, k, level) for j, question in enumerate(self.questions) for k, level in enumerate(question.levels)]
        if not every:
            return pd.DataFrame([])
        asked = np.asarray([j for j, _, _ in every])
        places = self._starts[asked] + len(_SUMMARY) + np.asarray([k for _, k, _ in every])
        low, high = self.intervals(numbers, places, asked)
        columns = {"share": numbers.value[:, places], "se": numbers.se[:, places], "low": low, "high": high}
        groups = len(numbers.keys)
        labels = {"item": [self.questions[j].item.name for j in asked] * groups}
        labels |= {"level": [level for _, _, level in every] * groups}
        shown = {name: cells.ravel() for name, cells in columns.items()}
        return pd.DataFrame(numbers.labels(len(every)) | labels | shown)
