"""Numbers of a fit that follow from others of it: what a stored result can be asked without its respondents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate import total_effects
from csimodels.moments.linalg import Floats
from csimodels.tables.estimates import Estimates

#: Two numbers contradict each other if they are further apart than this, relative to the larger of 1 and the value:
#: the identities hold to the last bits of a sum, a published number is never rounded.
IDENTITY_RTOL = 1e-8


class Contradiction(NamedTuple):
    """A number that does not follow from the others.

    Attributes
    ----------
    block, subject : str
        Which number, and what it is about.
    group : int
        Of which group, by place.
    stored, follows : float
        What stands there, and what the other numbers give.
    """

    block: str
    subject: str
    group: int
    stored: float
    follows: float


def contradiction(estimates: Estimates) -> Contradiction | None:
    """The first number that the others contradict, None where they agree; numbers that are missing are not asked.

    An index is the sum of its items' weights times their performance; those weights sum to 1; a communality is the
    square of a loading; direct and total effects follow from the paths, and a total effect is the direct plus the
    indirect one, in points times the ratio of the standard deviations of the scores.
    """
    with np.errstate(all="ignore"):
        for name, subjects, stored, follows in _identities(estimates):
            apart = np.abs(stored - follows) > IDENTITY_RTOL * np.maximum(1.0, np.abs(follows))
            for group, place in np.argwhere(apart):
                values = float(stored[group, place]), float(follows[group, place])
                return Contradiction(name, subjects[place], int(group), *values)
    return None


def outside(estimates: Estimates) -> Contradiction | None:
    """The first estimate that lies outside its own interval, with the limit that it passes; None where none does."""
    value, low, high = estimates.value, estimates.low, estimates.high
    with np.errstate(invalid="ignore"):
        room = IDENTITY_RTOL * np.maximum(1.0, np.abs(value))
        beyond: NDArray[np.bool_] = (value < low - room) | (value > high + room)
    for group, place in np.argwhere(beyond):
        number = float(value[group, place])
        limit = low[group, place] if number < low[group, place] else high[group, place]
        for name, block in estimates.layout.blocks.items():
            if block.start <= place < block.stop:
                subject = estimates.layout.subjects[name][place - block.start]
                return Contradiction(name, subject, int(group), number, float(limit))
    return None


def _identities(estimates: Estimates) -> Iterator[tuple[str, list[str], Floats, Floats]]:
    """Name, subjects, what is stored ``(G, k)`` and what follows from other numbers."""
    layout, design = estimates.layout, estimates.layout.design
    of = {name: estimates.value[:, block] for name, block in layout.blocks.items()}
    sources, targets = layout.pair_ends
    items, pairs = layout.item_pair_ends
    paths = np.zeros((len(estimates.value), *design.path.shape))
    paths[:, layout.edge_ends[1], layout.edge_ends[0]] = of["path"]
    sums = of["weight_unstd"] @ design.mask
    follows = {
        "index": (of["weight_unstd"] * of["performance"]) @ design.mask,
        "communality": of["loading"] ** 2,
        "direct": paths[:, targets, sources],
        "total": total_effects(paths, design.order)[:, targets, sources],
        "indirect": of["total"] - of["direct"],
        "total_unstd": of["total"] * of["sd"][:, targets] / of["sd"][:, sources],
        "item_importance": of["total_unstd"][:, pairs] * of["weight_unstd"][:, items],
    }
    for name, made in follows.items():
        yield name, layout.subjects[name], of[name], made
    yield "weight_unstd", list(design.constructs), sums, np.ones_like(sums)
