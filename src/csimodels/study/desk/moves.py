"""Respondents who have to move from one answer to another so that an index reaches its target (docs/desk.md)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.targets import respondents_to_move
from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.spec import Model
from csimodels.spec.desk import MoveSpec
from csimodels.spec.model import SimpleIndex
from csimodels.study.desk.hierarchy import HierarchyPart
from csimodels.study.desk.part import Answers, DeskPart, Numbers, ratio
from csimodels.study.desk.scored import scores_of
from csimodels.study.desk.simple import answer_points, weights_of, within
from csimodels.study.extras import Extras, SideBySide
from csimodels.survey.recipes import Recipe, key_of
from csimodels.tables import Layout

#: Columns of a move: who answers, who stands where the move begins, and where it ends.
_COLUMNS = 3
#: Respondents that are missing by less than this are there.
ENOUGH = 1e-9
_NUMBERS = ("index", "needed", "effect", "answered", "before", "after")


@dataclass(frozen=True, eq=False)
class Moves(DeskPart):
    """Table ``target_moves``: of every target with a move, how many have to answer `end` instead of `start`."""

    asked: tuple[MoveSpec, ...]
    model: Model
    answers: Answers
    layout: Layout
    weighted: bool = False
    name = "target_moves"

    @cached_property
    def levels(self) -> dict[str, float]:
        """Targets by name."""
        return dict(self.model.targets)

    @cached_property
    def hierarchy(self) -> HierarchyPart:
        """The tree, for the weight of a question in one of its nodes."""
        return HierarchyPart(self.model.desk.hierarchy, self.answers, self.layout)

    def _recipe(self, move: MoveSpec) -> Recipe:
        """Whose answer counts, who stands where the move begins, and where it ends."""
        index = _index_of(move, self.model)
        among = () if index is None else index.among
        items = (move.item, *(name for name, _ in among))

        def make(x: Floats) -> Floats:
            own, there = x[:, 0], ~np.isnan(x[:, 0])
            if index is not None:
                there &= within(index, x[:, 1:])
            return np.stack([there, there & (own == move.start), there & (own == move.end)], axis=1).astype(np.float64)

        return Recipe(key_of("move", items, move.start, move.end, among), items, _COLUMNS, make)

    def extras(self) -> Extras:
        """Three columns of each move, and six numbers (:data:`_NUMBERS`), shares of those who answered."""
        own = self.answers.columns([self._recipe(move) for move in self.asked])
        scores = scores_of([move.name for move in self.asked], self.model, self.answers, self.layout)
        aims = np.asarray([self.levels[move.name] for move in self.asked])
        width = _COLUMNS * len(self.asked)

        def values(means: Floats, model: Floats) -> Floats:
            index = scores.values(means[..., width:], model)
            parts = means[..., :width].reshape(*means.shape[:-1], len(self.asked), _COLUMNS)
            there, start, end = np.moveaxis(parts, -1, 0)
            effect = np.stack([np.broadcast_to(self._effect(m, model), index.shape[:-1]) for m in self.asked], axis=-1)
            with np.errstate(invalid="ignore", divide="ignore"):
                needed = (aims - index) / effect
            found = (index, needed, effect, there, ratio(start, there), ratio(end, there))
            return np.concatenate(found, axis=-1)

        names = tuple(f"move {k} {j}" for k in range(len(self.asked)) for j in range(_COLUMNS))
        numbers = tuple(f"{what} {k}" for what in _NUMBERS for k in range(len(self.asked)))
        return Extras(
            (*names, *scores.names), SideBySide((own, scores.columns)), numbers, values,
            uses_model=scores.uses_model or any(m.name in self.layout.design.constructs for m in self.asked),
        )  # fmt: skip

    def _effect(self, move: MoveSpec, model: Floats) -> Floats:
        """(*B,) points of the index if everybody who answers moved."""
        item, index = self.answers.item(move.item), _index_of(move, self.model)
        if index is not None:
            first, last = answer_points(index, item, np.asarray([move.start, move.end]))
            return np.asarray(dict(weights_of(index))[move.item] * (last - first))
        d = self.layout.design
        low, high = item.scale
        points = 100 * (move.end - move.start) / (high - low)
        if move.name not in d.constructs:
            return self.hierarchy.share_in(move.name, move.item, model) * points
        block = d.constructs.index(move.name)
        k = next(k for k, name in enumerate(d.items) if name == move.item and d.block[k] == block)
        return np.asarray(model[..., self.layout.blocks["weight_unstd"].start + k] * points)

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``construct, target, item, from, to, index, needed, low, high, respondents, there,
        share_before, share_after, after, status``.

        ``needed`` with its interval is the exact number, in units of weight where rows are weighted; ``respondents``
        the whole number; ``there`` how many stand where the move begins; ``after`` the index when `respondents` moved
        (with ``share_after`` NaN where too few stand there).
        """
        size, groups = len(self.asked), len(numbers.keys)
        value = dict(zip(_NUMBERS, numbers.value.reshape(groups, len(_NUMBERS), size).swapaxes(0, 1), strict=True))
        sums = value["answered"] * numbers.w[:, None]
        place = slice(size, 2 * size)
        needed = value["needed"] * sums
        moved = respondents_to_move(needed, 1.0, whole=not self.weighted)
        frame = pd.DataFrame(numbers.labels(size))
        frame["construct"] = [move.name for move in self.asked] * groups
        frame["target"] = [self.levels[move.name] for move in self.asked] * groups
        frame["item"] = [move.item for move in self.asked] * groups
        frame["from"], frame["to"] = ([m.start for m in self.asked] * groups, [m.end for m in self.asked] * groups)
        frame["index"] = value["index"].ravel()
        frame["needed"] = np.maximum(needed, 0.0).ravel()
        for end in ("low", "high"):
            frame[end] = np.maximum(getattr(numbers, end)[:, place] * sums, 0.0).ravel()
        there = value["before"] * sums
        frame["respondents"], frame["there"] = moved.ravel(), there.ravel()
        frame["share_before"] = value["after"].ravel()
        possible = np.where(there >= moved - ENOUGH, moved, np.nan)
        frame["share_after"] = (value["after"] + possible / sums).ravel()
        frame["after"] = (value["index"] + value["effect"] * possible / sums).ravel()
        frame["status"] = _states(moved, there)
        return frame

    def notes(self) -> list[Message]:
        """That weighted respondents are counted in weights."""
        text = "target_moves: respondents are counted by their weights, and not rounded"
        return [Message(text)] if self.weighted else []


def _index_of(move: MoveSpec, model: Model) -> SimpleIndex | None:
    """The simple index whose target the move is to reach; None where that of a construct is."""
    return next((index for index in model.indices if index.name == move.name), None)


def check_moves(model: Model) -> list[Problem]:
    """Moves that leave a simple index where it is, or lead away from its target."""
    problems = []
    known = {item.name: item for item in model.asked}
    for move in model.desk.moves:
        index = _index_of(move, model)
        ends = np.asarray([move.start, move.end])
        gain = move.end - move.start
        if index is not None:
            first, last = answer_points(index, known[move.item], ends)
            gain = float(last - first)
        if not gain * model.direction(move.name) > 0:
            shown = Message("{start} to {end}", start=f"{move.start:g}", end=f"{move.end:g}")
            what = Message("this move does not lead to a better value of {name}", name=move.name)
            remedy = "name a move from a worse answer to a better one"
            problems.append(Problem(what, f"targets, {move.name}", shown, remedy=remedy))
    return problems


def _states(moved: Floats, there: Floats) -> list[str]:
    """Whether there is a number, and enough respondents stand where the move begins."""
    found: NDArray[np.bool_] = np.isfinite(moved).ravel()
    enough = (there >= moved - ENOUGH).ravel()
    return ["no answers" if not a else "ok" if b else "too few there" for a, b in zip(found, enough, strict=True)]
