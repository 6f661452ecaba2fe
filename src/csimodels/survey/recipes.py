"""Columns made of answers: what a section of the spec adds to the sums, for rows in memory and for rows elsewhere.

A recipe looks at the answers to a few items only.  So it need not see every respondent: how many gave each set of
answers, and their weight, is enough wherever the rows lie.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from csimodels.moments.linalg import Floats


@dataclass(frozen=True, eq=False)
class Recipe:
    """Some columns as a function of the answers to a few items.

    Attributes
    ----------
    key : str
        Names what is made, of which items: recipes with one key make the same columns.
    items : (k,)
        Items whose answers are looked at.
    width : int
        ``e`` columns that are made.
    make : function
        Answers ``(n, k)``, NaN where missing, reversed items turned -> finite numbers ``(n, e)``, row by row.
    """

    key: str
    items: tuple[str, ...]
    width: int
    make: Callable[[Floats], Floats]


def key_of(*parts: object) -> str:
    """A key from texts, numbers and tuples of them."""
    return "; ".join(repr(part) for part in parts)
