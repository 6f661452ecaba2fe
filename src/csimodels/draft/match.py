"""Which column of a file answers which question of a model: by name, by label, by the wording of the heading."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from csimodels.draft.facts import DATE, EMPTY, IDENTIFIER, TIMESTAMP, VERBATIM, ColumnFacts
from csimodels.draft.scales import answerable
from csimodels.draft.vocabulary import GROUPS, WAVES, WEIGHTS
from csimodels.draft.wording import likeness
from csimodels.messages import Message, joined, listed
from csimodels.moments.linalg import Bools
from csimodels.spec.model import Item, Model
from csimodels.survey.answers.numbers import fold

#: A wording is taken from this likeness on, if the best assignment without it is worse by the margin.
LEAST, MARGIN = 0.45, 0.07
#: The very words of the question: of one column alone they are clear however near the next one comes.
SAME = 1 - 1e-9
#: From this likeness on a column is named as a hint.
HINT = 0.3
#: A wording that is at least so much more like another question contradicts the name.
CONTRADICTED = 0.35

How = Literal["name", "like_name", "wording", "none"]


@dataclass(frozen=True, slots=True)
class Match:
    """The column of an item, or none.

    Attributes
    ----------
    item, column : str
        ``column`` is empty where none was found.
    how : str
        ``name``; ``like_name``; ``wording`` of label or heading; ``none``.
    score : float
        Likeness of the wordings; 1 for names.
    why : str
        What speaks for the match, or which columns come near; empty for equal names.
    """

    item: str
    column: str
    how: How
    score: float
    why: str = ""


def matched(model: Model, columns: Sequence[ColumnFacts]) -> tuple[Match, ...]:
    """A column for every item that has one, in the order of the model.

    Parameters
    ----------
    model : Model
    columns : sequence of ColumnFacts
    """
    items = list(model.asked)
    usable = [c for c in columns if c.kind not in (EMPTY, DATE) and c.mark not in (IDENTIFIER, TIMESTAMP, VERBATIM)]
    found = _by_name(items, usable)
    empty = {c.name for c in columns if c.kind == EMPTY}
    scores = likeness([_wordings(item) for item in items], [c.label or c.name for c in usable])
    done: dict[str, Match] = {
        item.name: Match(item.name, item.name, "like_name", 1.0, Message("the column of its name is empty"))
        for item in items
        if item.name in empty
    }
    for item, (column, how) in found.items():
        done[item] = _named(item, column, how, items, usable, scores)
    taken = {match.column for match in done.values()}
    rest = np.asarray([item.name not in done for item in items], dtype=bool)
    free = np.asarray([c.name not in taken and answerable(c) and not has_role(c.name) for c in usable], dtype=bool)
    for match in _by_wording(items, usable, scores, rest, free):
        done[match.item] = match
    return tuple(done[item.name] for item in items)


def has_role(name: str) -> bool:
    """Whether a name says that a column is a weight, a wave or a group, and nothing else."""
    return fold(name) in WEIGHTS or fold(name) in WAVES or fold(name) in GROUPS


def _wordings(item: Item) -> tuple[str, ...]:
    return tuple(text for text in (item.text.en, item.text.zh) if text)


def plain_name(name: str) -> str:
    """A name as it is compared: letters and digits, no zeros before a number.

    >>> plain_name("sat_01"), plain_name("ＳＡＴ1")
    ('sat1', 'sat1')
    """
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[^\w]|_", "", fold(name)))


def _by_name(items: Sequence[Item], columns: Sequence[ColumnFacts]) -> dict[str, tuple[ColumnFacts, How]]:
    exact = {column.name: column for column in columns}
    out: dict[str, tuple[ColumnFacts, How]] = {}
    for item in items:
        if item.name in exact:
            out[item.name] = exact[item.name], "name"
    taken = {column.name for column, _ in out.values()}
    for readings in (plain_name, _last_part, _unit_left_out):
        plain: dict[str, list[ColumnFacts]] = {}
        for column in columns:
            if column.name not in taken:
                plain.setdefault(readings(column.name), []).append(column)
        for item in items:
            near = plain.get(plain_name(item.name), [])
            if item.name not in out and len(near) == 1 and near[0].name not in taken:
                out[item.name] = near[0], "like_name"
                taken.add(near[0].name)
    return out


def _unit_left_out(name: str) -> str:
    """A name without what stands behind it in brackets: ``SAT1 (分)`` and ``SAT1（1=很不满意）`` are SAT1."""
    bare = re.sub(r"\s*[(\[{【].*$", "", fold(name))
    return plain_name(bare) if bare != fold(name) else ""


def _last_part(name: str) -> str:
    """The last part of a name that holds letters: ``Q5_SAT1`` is SAT1."""
    pieces = [piece for piece in re.split(r"[^\w]+|_", fold(name)) if piece]
    return plain_name(pieces[-1]) if len(pieces) > 1 and re.search(r"[^\W\d]", pieces[-1]) else ""


def _named(
    item: str, column: ColumnFacts, how: How, items: Sequence[Item], usable: Sequence[ColumnFacts], scores: np.ndarray
) -> Match:
    """A match by name, with what its label says against it."""
    why = Message('its name is like "{item}"', item=item) if how == "like_name" else Message("")
    if column.label:
        mine = scores[:, usable.index(column)]
        own, best = float(mine[[i.name for i in items].index(item)]), int(np.argmax(mine))
        if mine[best] >= max(LEAST, own + CONTRADICTED):
            text = "its label reads like {other}: is it the right column?"
            return Match(item, column.name, "like_name", own, Message(text, other=items[best].name))
    return Match(item, column.name, how, 1.0, why)


def _by_wording(
    items: Sequence[Item], columns: Sequence[ColumnFacts], scores: np.ndarray, rest: Bools, free: Bools
) -> list[Match]:
    """The best pairs of the items and columns that are left, where they are clear."""
    rows, places = np.flatnonzero(rest).tolist(), np.flatnonzero(free).tolist()
    if not len(places):
        return [Match(items[i].name, "", "none", 0.0) for i in rows]
    left, mine = scores[np.ix_(rows, places)], [columns[m] for m in places]
    pairs = _assigned(left)
    same = left >= SAME
    alone = same & (same.sum(axis=1, keepdims=True) == 1) & (same.sum(axis=0) == 1)
    clear = {k: j for k, j in pairs.items() if alone[k, j] or _lost_without(left, k, j) >= MARGIN}
    sure = {k: j for k, j in clear.items() if left[k, j] >= LEAST}
    return [
        _worded(items[i].name, mine, left[k], sure[k]) if k in sure else _open(items[i].name, mine, left[k], sure)
        for k, i in enumerate(rows)
    ]


def _worded(item: str, columns: Sequence[ColumnFacts], likes: np.ndarray, j: int) -> Match:
    """The match with column `j`, and which others would come near."""
    text = "its label reads like the question ({score})"
    if not columns[j].label:
        text = "its heading reads like the question ({score})"
    why = Message(text, score=f"{likes[j]:.2f}")
    close = [c.name for m, c in enumerate(columns) if m != j and likes[m] >= max(LEAST, likes[j] - MARGIN)]
    if close:
        why = joined([why, Message("{names} would come near", names=listed(close, 3))])
    return Match(item, columns[j].name, "wording", float(likes[j]), why)


def _open(item: str, columns: Sequence[ColumnFacts], likes: np.ndarray, sure: Mapping[int, int]) -> Match:
    """No match, and which of the columns that no other item takes come nearest."""
    free = [m for m in np.argsort(-likes, kind="stable").tolist() if m not in sure.values() and likes[m] >= HINT]
    near = [columns[m].name for m in free if likes[m] >= likes[free[0]] - MARGIN][:3]
    why = Message("several come near: {names}", names=listed(near)) if len(near) > 1 else Message("")
    why = Message("perhaps {name}", name=near[0]) if len(near) == 1 else why
    return Match(item, "", "none", float(likes.max()), why)


def _assigned(scores: np.ndarray) -> dict[int, int]:
    """A column for every row, such that their scores together are largest."""
    from scipy.optimize import linear_sum_assignment  # scipy loads only where columns are matched

    return {int(k): int(j) for k, j in zip(*linear_sum_assignment(-scores), strict=True)}


def _lost_without(scores: np.ndarray, k: int, j: int) -> float:
    """How much the best assignment loses where row `k` may not have column `j`: 0 where another is as good."""
    other = scores.copy()
    other[k, j] = -1.0
    return sum(float(scores[a, b]) for a, b in _assigned(scores).items()) - sum(
        float(other[a, b]) for a, b in _assigned(other).items() if (a, b) != (k, j)
    )
