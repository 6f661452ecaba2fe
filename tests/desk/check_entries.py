"""What an entry of the register of printed numbers is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from mobile_study import Mobile


@dataclass(frozen=True)
class Sources:
    """The mobile study and its answers, for what is printed of them."""

    study: Mobile
    answers: pd.DataFrame


@dataclass(frozen=True)
class Entry:
    """Printed numbers of a formula: computed by `call`, or `why` they are not.

    ``why`` is ``"input"`` for what the calls of the same formula are given.
    """

    formula: str
    numbers: str
    call: Callable[[Sources], object] | None = None
    why: str = ""


def computed(formula: str, numbers: str, call: Callable[[Sources], object]) -> Entry:
    """Numbers that `call` must reproduce to all their digits."""
    return Entry(formula, numbers, call)


def given(formula: str, numbers: str) -> Entry:
    """Numbers that go into the calls of the formula."""
    return Entry(formula, numbers, why="input")


def left_out(formula: str, numbers: str, why: str) -> Entry:
    """Numbers that nothing reproduces, and why."""
    return Entry(formula, numbers, why=why)
