"""Keywords that do not exist: refused with the one that was meant."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.messages import Message

P = ParamSpec("P")
T = TypeVar("T")


class UnknownKeywordError(SpecError, TypeError):
    """A keyword that a function does not have; a TypeError too, as Python's own would be."""


def known_keywords(function: Callable[P, T]) -> Callable[P, T]:
    """`function`, refusing keywords that it does not have with the nearest one it has.

    Raises
    ------
    UnknownKeywordError
        When called with unknown keywords; all of them at once.
    """
    known = [name for name in inspect.signature(function).parameters if name != "self"]

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        strange = [name for name in kwargs if name not in known]
        if strange:
            raise UnknownKeywordError(
                Problem(
                    Message('unknown keyword "{name}"', name=name),
                    "option",
                    "",
                    nearest(name, known) or listed(known, 30),
                )
                for name in strange
            )
        return function(*args, **kwargs)

    return checked
