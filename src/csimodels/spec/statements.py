"""Statements on parameters, ``"lhs op rhs"`` in lavaan's operators: text to parts and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from csimodels.spec.model import Operator, Parameter

OPERATORS: tuple[Operator, ...] = get_args(Operator)
#: The longer operator first: "~" begins and ends the others.
_BY_LENGTH: tuple[Operator, ...] = ("=~", "~~", "~")
#: No statement on two names is longer than this, or holds so many operators.
_LONGEST, _MOST_READINGS = 500, 50


@dataclass(frozen=True, slots=True)
class Statement:
    """Which parameter is meant; ``rhs`` is empty for an intercept."""

    lhs: str
    op: Operator
    rhs: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names on both sides."""
        return (self.lhs,) if self.op == "~1" else (self.lhs, self.rhs)

    @property
    def same(self) -> Statement:
        """Equal for two ways to write one parameter: ``a ~~ b`` and ``b ~~ a``."""
        return Statement(self.rhs, self.op, self.lhs) if self.op == "~~" and self.rhs < self.lhs else self


def written(parameter: Parameter | Statement) -> str:
    """The text of a statement.

    >>> written(Statement("SAT1", "~1")), written(Statement("Image", "=~", "IMAG2"))
    ('SAT1 ~1', 'Image =~ IMAG2')
    """
    return f"{parameter.lhs} {parameter.op} {parameter.rhs}".rstrip()


def readings(text: str) -> list[Statement]:
    """Every way to cut `text` into two sides and an operator, the most likely one first; names may hold ``~``.

    >>> readings("IMAG1 ~~ IMAG2")[0], readings("SAT1 ~ 1")
    (Statement(lhs='IMAG1', op='~~', rhs='IMAG2'), [Statement(lhs='SAT1', op='~1', rhs='')])
    """
    found: list[Statement] = []
    if len(text) > _LONGEST:
        return found
    for place in range(1, len(text)):
        if len(found) > _MOST_READINGS:
            break
        for op in _BY_LENGTH:
            if text.startswith(op, place):
                left, right = text[:place].strip(), text[place + len(op) :].strip()
                if left and right:
                    intercept = op == "~" and right == "1"
                    found.append(Statement(left, "~1") if intercept else Statement(left, op, right))
    return found


def bare_names(known: Iterable[str]) -> dict[str, str]:
    """The names of a model by what a statement can hold of them: without the blanks round them."""
    return {name.strip(): name for name in known}


def known_readings(text: str, bare: Mapping[str, str]) -> list[Statement]:
    """The readings of `text` whose names are all among those of :func:`bare_names`."""
    return [
        Statement(bare[s.lhs], s.op, bare.get(s.rhs, "")) for s in readings(text) if all(n in bare for n in s.names)
    ]
