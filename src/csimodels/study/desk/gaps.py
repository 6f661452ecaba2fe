"""Gaps between perception and expectation: of questions, dimensions and all of them (docs/desk.md).

Gaps are paired: only respondents who answered both questions count.  All is on 0 to 100, and beside it in answers.
Where respondents divide points among the dimensions, each weighs by his own (Zeithaml, Parasuraman & Berry 1990).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.gaps import CAUTION, difference_reliability, total_gap
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.desk import GapDimension
from csimodels.study.desk.part import Answers, DeskPart, Numbers, ratio, state_of
from csimodels.study.extras import Extras
from csimodels.survey.recipes import Recipe, key_of

#: Columns of a pair: both answered; perception, expectation; perception above, equal to expectation.
_PAIR = 5
#: Points of a respondent that miss 100 by more than this are counted in a note.
POINTS_TOLERANCE = 0.5


@dataclass(frozen=True, eq=False)
class Gaps(DeskPart):
    """Table ``gaps``."""

    dimensions: tuple[GapDimension, ...]
    answers: Answers
    name = "gaps"

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All pairs of items, dimension by dimension."""
        return tuple(pair for dimension in self.dimensions for pair in dimension.pairs)

    @cached_property
    def of_dimension(self) -> Floats:
        """(D, P) map that takes the mean of the pairs of each dimension."""
        owner = np.repeat(np.arange(len(self.dimensions)), [len(d.pairs) for d in self.dimensions])
        member = owner[None, :] == np.arange(len(self.dimensions))[:, None]
        return np.asarray(member / member.sum(axis=1, keepdims=True))

    @cached_property
    def weighted(self) -> bool:
        """Whether the dimensions have points."""
        return all(d.points is not None or d.points_item for d in self.dimensions)

    @property
    def by_respondents(self) -> bool:
        """Whether respondents give the points."""
        return self.weighted and bool(self.dimensions[0].points_item)

    @cached_property
    def several(self) -> tuple[int, ...]:
        """Dimensions whose gaps have a reliability: those of two pairs or more."""
        return tuple(k for k, d in enumerate(self.dimensions) if len(d.pairs) > 1)

    def both(self, pair: tuple[str, str]) -> Recipe:
        """1 for respondents who answered both questions of a pair."""
        return Recipe(key_of("both", pair), pair, 1, lambda x: _there(x)[:, None].astype(np.float64))

    def counting(self) -> list[Recipe]:
        """Who answered both questions of a pair."""
        return [self.both(pair) for pair in self.pairs]

    def extras(self) -> Extras:
        """Columns of the pairs, of the points, and of the dimensions with several pairs; numbers: see `_values`."""
        blocks = [self._pair(pair) for pair in self.pairs]
        blocks += [self._points()] if self.by_respondents else []
        blocks += [self._sums(self.dimensions[k]) for k in self.several]
        names = [f"gaps {k} {j}" for k, block in enumerate(blocks) for j in range(block.width)]
        rows = [*self.pairs, *self.dimensions, "total", *(["weighted"] if self.weighted else [])]
        numbers = [f"{what} {k}" for what in ("gap", "perception", "expectation") for k in range(len(rows))]
        numbers += [f"{what} {k}" for what in ("above", "equal") for k in range(len(self.pairs))]
        numbers += [f"share of points {k}" for k in range(len(self.dimensions))]
        numbers += [f"reliability {k}" for k in self.several]
        return Extras(tuple(names), self.answers.columns(blocks), tuple(numbers), self._values)

    def _recipe(self, what: str, items: Sequence[str], width: int, make: Callable[[Floats, Floats], Floats]) -> Recipe:
        """Columns of those who answered all of some items, from their answers and the same on 0 to 100; 0 of others."""
        scales = tuple(self.answers.item(name).scale for name in items)
        low, high = np.asarray(scales, dtype=np.float64).T

        def made(x: Floats) -> Floats:
            there = _there(x)
            known = np.where(there[:, None], x, low)
            own = make(known, 100 * (known - low) / (high - low))
            return np.where(there[:, None], own, 0.0)

        return Recipe(key_of(what, tuple(items), scales), tuple(items), width, made)

    def _pair(self, pair: tuple[str, str]) -> Recipe:
        def make(x: Floats, on_100: Floats) -> Floats:
            p, e = on_100.T
            return np.stack([np.ones(len(x)), p, e, p > e, p == e], axis=1).astype(np.float64)

        return self._recipe("gap pair", pair, _PAIR, make)

    @cached_property
    def points(self) -> tuple[Floats, Floats]:
        """Points that respondents gave, (m, D), and how many gave them."""
        return self.answers.distinct([d.points_item for d in self.dimensions])

    def _points(self) -> Recipe:
        """Presence of all answers and points; shares of the dimensions; perception and expectation weighted by them."""
        size, sides = len(self.dimensions), [[pair[k] for pair in self.pairs] for k in (0, 1)]
        items = [*(d.points_item for d in self.dimensions), *sides[0], *sides[1]]
        pairs, of_dimension = len(self.pairs), self.of_dimension

        def make(x: Floats, on_100: Floats) -> Floats:
            points = x[:, :size]
            total = points.sum(axis=1)
            there = total > 0
            share = np.where(there[:, None], points / np.where(there, total, 1.0)[:, None], 0.0)
            parts = on_100[:, size : size + pairs], on_100[:, size + pairs :]
            weighted = [(share * (side @ of_dimension.T)).sum(axis=1) for side in parts]
            return np.column_stack([there, share, *weighted]).astype(np.float64)

        return self._recipe("gap points", items, size + 3, make)

    def _sums(self, dimension: GapDimension) -> Recipe:
        """Presence of all pairs, answers and their squares, and the products of the sums of both sides, in tenths."""
        size = len(dimension.pairs)
        items = [pair[k] for k in (0, 1) for pair in dimension.pairs]

        def make(x: Floats, on_100: Floats) -> Floats:
            p, e = on_100[:, :size] / 10, on_100[:, size:] / 10
            a, b = p.sum(axis=1), e.sum(axis=1)
            squares = [(p**2).sum(axis=1), (e**2).sum(axis=1)]
            return np.column_stack([np.ones(len(x)), p, e, *squares, a * a, b * b, a * b]).astype(float)

        return self._recipe("gap sums", items, 2 * size + 6, make)

    def _values(self, means: Floats, model: Floats) -> Floats:
        """Gaps, perceptions and expectations of pairs, dimensions, total (and weighted by points); signs; shares of
        points; reliabilities."""
        pairs = len(self.pairs)
        parts = means[..., : _PAIR * pairs].reshape(*means.shape[:-1], pairs, _PAIR)
        p, e, above, equal = np.moveaxis(ratio(parts[..., 1:], parts[..., :1]), -1, 0)
        share, sides, used = self._shares(means, _PAIR * pairs)
        out = []
        for column, own in zip((p - e, p, e), sides, strict=True):
            dimensions = column @ self.of_dimension.T
            weighted = total_gap(dimensions, share) if own is None else own
            totals = [total_gap(dimensions)] + ([weighted] if self.weighted else [])
            out += [column, dimensions, np.stack(totals, axis=-1)]
        return np.concatenate([*out, above, equal, share, self._reliabilities(means, used)], axis=-1)

    def _shares(self, means: Floats, start: int) -> tuple[Floats, tuple[Floats | None, ...], int]:
        """(*B, D) shares of the dimensions in the points, equal without any; gap, perception and expectation weighted
        by respondents, where they give the points; where these columns end."""
        size = len(self.dimensions)
        if not self.by_respondents:
            stated = [float(d.points or 0.0) if self.weighted else 1.0 for d in self.dimensions]
            share = np.asarray(stated) / sum(stated)
            return np.broadcast_to(share, (*means.shape[:-1], size)), (None, None, None), start
        end = start + size + 3
        found = ratio(means[..., start + 1 : end], means[..., start : start + 1])
        p, e = found[..., -2], found[..., -1]
        return found[..., :-2], (p - e, p, e), end

    def _reliabilities(self, means: Floats, start: int) -> Floats:
        """(*B, S) reliabilities of the gaps of dimensions with several pairs, from alphas of both sides."""
        out = []
        for k in self.several:
            size = len(self.dimensions[k].pairs)
            end = start + 1 + 2 * size + 5
            m = ratio(means[..., start + 1 : end], means[..., start : start + 1])
            p, e = m[..., :size], m[..., size : 2 * size]
            squares, products = m[..., 2 * size : 2 * size + 2], m[..., 2 * size + 2 :]
            a, b = p.sum(axis=-1), e.sum(axis=-1)
            var = [products[..., 0] - a * a, products[..., 1] - b * b]
            own = [squares[..., 0] - (p**2).sum(axis=-1), squares[..., 1] - (e**2).sum(axis=-1)]
            with np.errstate(invalid="ignore", divide="ignore"):
                alpha = [size / (size - 1) * (1 - o / v) for o, v in zip(own, var, strict=True)]
                sd = [np.sqrt(np.maximum(v, 0.0)) for v in var]
                r = (products[..., 2] - a * b) / (sd[0] * sd[1])
            out.append(difference_reliability((alpha[0], alpha[1]), (sd[0], sd[1]), r))
            start = end
        return np.stack(out, axis=-1) if out else np.empty((*means.shape[:-1], 0))

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``level`` (item, dimension, total, weighted), ``name`` (empty for totals), ``weight,
        perception, expectation, gap, se, low, high, gap_answers, above, equal, below, reliability, n, status``."""
        dims, pairs = self.dimensions, self.pairs
        level = ["item"] * len(pairs) + ["dimension"] * len(dims) + ["total"] + ["weighted"] * self.weighted
        name = [pair[0] for pair in pairs] + [d.name for d in dims] + [""] * (1 + self.weighted)
        size = len(level)
        frame = pd.DataFrame(numbers.labels(size))
        frame["level"], frame["name"] = level * len(numbers.keys), name * len(numbers.keys)
        value = numbers.value
        signs, shares = 3 * size, 3 * size + 2 * len(pairs)
        frame["weight"] = self._padded(value[:, shares : shares + len(dims)], len(pairs), size)
        frame["perception"] = value[:, size : 2 * size].ravel()
        frame["expectation"] = value[:, 2 * size : 3 * size].ravel()
        frame["gap"] = value[:, :size].ravel()
        for end in ("se", "low", "high"):
            frame[end] = getattr(numbers, end)[:, :size].ravel()
        frame["gap_answers"] = frame["gap"] * self._width / 100
        above, equal = (self._padded(value[:, at : at + len(pairs)], 0, size) for at in (signs, signs + len(pairs)))
        frame["above"], frame["equal"], frame["below"] = above, equal, 1 - above - equal
        rel = np.full((len(value), len(dims)), np.nan)
        rel[:, list(self.several)] = value[:, shares + len(dims) :]
        frame["reliability"] = self._padded(rel, len(pairs), size)
        frame["n"] = self._sizes(numbers, size).ravel()
        frame["status"] = state_of(frame["gap"].to_numpy())
        return frame

    @property
    def _width(self) -> float:
        """Answers between the ends of the scale, NaN where items have different scales."""
        scales = {self.answers.item(pair[0]).scale for pair in self.pairs}
        low, high = next(iter(scales))
        return high - low if len(scales) == 1 else np.nan

    @staticmethod
    def _padded(part: Floats, start: int, size: int) -> Floats:
        """(G * size,) numbers that only some rows of each group have, NaN elsewhere."""
        out = np.full((len(part), size), np.nan)
        out[:, start : start + part.shape[1]] = part
        return out.ravel()

    def _sizes(self, numbers: Numbers, size: int) -> NDArray[np.int64]:
        """(G, size) respondents who answered both questions of a pair; all of the group elsewhere."""
        out = np.repeat(numbers.n[:, None], size, axis=1).astype(np.int64)
        for k, pair in enumerate(self.pairs):
            out[:, k] = self.answers.counted(self.both(pair))
        return out

    def notes(self) -> list[Message]:
        """That differences are less reliable, and how many respondents gave points that do not sum to 100."""
        said = [Message("gaps: {caution}", caution=CAUTION)]
        bad = 0
        if self.by_respondents:
            points, n = self.points
            bad = int(n[np.abs(points.sum(axis=1) - 100) > POINTS_TOLERANCE].sum())
        if bad:
            text = "gaps: {n} respondents divided points that do not sum to 100; they are taken as shares of their sum"
            said.append(Message(text, n=bad))
        return said


def _there(x: Floats) -> Bools:
    """(n,) who answered all of ``x (n, k)``."""
    return np.asarray(~np.isnan(x).any(axis=1))
