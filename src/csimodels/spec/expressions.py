"""Formulas of parameters, as in ``indirect: a * b``, and relations between two of them, as in ``a + b == 1``.

Numbers, labels, ``+ - * / ^``, brackets and the functions of :data:`FUNCTIONS`; Python evaluates nothing of a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from csimodels.messages import Message

#: A function of the values of the labels: real or complex arrays of one shape.
Values = Mapping[str, Any]
Evaluate = Callable[[Values], Any]

#: No formula is longer than this, nor nested more deeply.
LONGEST, DEEPEST = 1000, 50
#: Functions by the name that R has for them, and numpy: all of them take complex numbers, which derivatives need.
_NUMPY = {name: name for name in ("exp", "log", "sqrt", "log10", "log2", "log1p", "expm1", "sin", "cos", "tan")}
_NUMPY |= {"sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}
FUNCTIONS = (*_NUMPY, "abs")
Sign = Literal["==", ">", "<"]
_RELATION = re.compile(r"(==|>=|<=|>|<|=)")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)|(?P<name>[^\W\d_][\w.]*|\.[\w.]+)|(?P<sign>\*\*|[-+*/^()]))"
)


class FormulaError(ValueError):
    """A formula that cannot be read; ``what`` is the reason as a message."""

    def __init__(self, what: Message) -> None:
        super().__init__(str(what))
        self.what = what


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula with the names that it holds, in their order; called with their values it gives its own."""

    text: str
    names: tuple[str, ...]
    evaluate: Evaluate

    def __call__(self, values: Values) -> Any:
        """The value of the formula.

        Parameters
        ----------
        values : mapping of str to array
            Values of the names, real or complex, of one shape ``(*B,)``.
        """
        return self.evaluate(values)


def formula(text: str) -> Formula:
    """Read a formula.

    Powers bind first and from the right, then the sign, then ``*`` and ``/``, then ``+`` and ``-``, as in R and lavaan.

    Raises
    ------
    FormulaError
        What is no formula, with the place where reading ended.

    Examples
    --------
    >>> read = formula("a * b + c^2")
    >>> read.names, float(read({"a": 2.0, "b": 3.0, "c": 0.5}))
    (('a', 'b', 'c'), 6.25)
    """
    if len(text) > LONGEST:
        raise FormulaError(Message("a formula has at most {most} characters", most=LONGEST))
    reader = _Reader(_tokens(text))
    evaluate = reader.sum()
    reader.at_end()
    return Formula(text, tuple(dict.fromkeys(reader.names)), evaluate)


@dataclass(frozen=True, eq=False)
class Relation:
    """Two formulas and the sign between them; ``>`` and ``<`` hold of equal sides too."""

    left: Formula
    sign: Sign
    right: Formula

    @property
    def names(self) -> tuple[str, ...]:
        """The names on both sides."""
        return tuple(dict.fromkeys((*self.left.names, *self.right.names)))

    def gap(self, values: Values) -> Any:
        """What has to be 0 for ``==``, and 0 or more for the others: left less right, turned for ``<``.

        Parameters
        ----------
        values : mapping of str to array
            Values of the names, real or complex, of one shape ``(*B,)``.
        """
        apart = self.left(values) - self.right(values)
        return -apart if self.sign == "<" else apart


def relation(text: str) -> Relation:
    """Read a relation between two formulas.

    Raises
    ------
    FormulaError
        There is not one sign between two formulas, or a side is none.

    Examples
    --------
    >>> read = relation("a + b >= 2 * c")
    >>> read.sign, read.names, float(read.gap({"a": 1.0, "b": 2.0, "c": 1.0}))
    ('>', ('a', 'b', 'c'), 1.0)
    """
    parts = _RELATION.split(text)
    if len(parts) != 3:
        raise FormulaError(Message("a constraint has one of == < > between two formulas"))
    left, sign, right = parts
    if sign == "=":
        raise FormulaError(Message("a constraint is written with == for equal"))
    known: Sign = "==" if sign == "==" else ">" if sign[0] == ">" else "<"
    return Relation(formula(left.strip()), known, formula(right.strip()))


def _tokens(text: str) -> list[tuple[str, str]]:
    """``(kind, token)`` of `text`, an empty one last."""
    found, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise FormulaError(Message('"{rest}" is no part of a formula', rest=text[place:].strip()[:20]))
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        place = match.end()
    return [*found, ("end", "")]


class _Reader:
    """Tokens to functions by recursive descent."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.place, self.depth = tokens, 0, 0
        self.names: list[str] = []

    def sum(self) -> Evaluate:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaError(Message("a formula is nested at most {most} deep", most=DEEPEST))
        value = self.product()
        while self.now in ("+", "-"):
            value = _joined(self.taken(), value, self.product())
        self.depth -= 1
        return value

    def product(self) -> Evaluate:
        value = self.signed()
        while self.now in ("*", "/"):
            value = _joined(self.taken(), value, self.signed())
        return value

    def signed(self) -> Evaluate:
        negative = False
        while self.now in ("+", "-"):
            negative ^= self.taken() == "-"
        value = self.power()
        return (lambda values: -value(values)) if negative else value

    def power(self) -> Evaluate:
        base = self.atom()
        if self.now not in ("^", "**"):
            return base
        self.taken()
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaError(Message("a formula is nested at most {most} deep", most=DEEPEST))
        exponent = self.signed()
        self.depth -= 1
        return _joined("^", base, exponent)

    def atom(self) -> Evaluate:
        kind, token = self.tokens[self.place]
        if kind == "number":
            number = float(self.taken())
            return lambda values: number
        if kind == "name":
            self.taken()
            if self.now == "(":
                return self.called(token)
            self.names.append(token)
            return lambda values: values[token]
        if token == "(":
            self.taken()
            value = self.sum()
            self.closed()
            return value
        if not token:
            raise FormulaError(Message("the formula ends where a number or a label should follow"))
        raise FormulaError(Message('"{token}" stands where a number or a label should', token=token))

    def called(self, name: str) -> Evaluate:
        if name not in FUNCTIONS:
            raise FormulaError(
                Message('there is no function "{name}"; there are {known}', name=name, known=", ".join(FUNCTIONS))
            )
        self.taken()
        inside = self.sum()
        self.closed()
        if name == "abs":  # the root of the square has the same value, and a derivative
            return lambda values: _numpy("sqrt")(inside(values) ** 2)
        return lambda values: _numpy(_NUMPY[name])(inside(values))

    def closed(self) -> None:
        if self.now != ")":
            raise FormulaError(Message("a bracket is not closed"))
        self.taken()

    def at_end(self) -> None:
        if self.now:
            raise FormulaError(Message('an operator is missing before "{token}"', token=self.now))

    @property
    def now(self) -> str:
        return self.tokens[self.place][1]

    def taken(self) -> str:
        token = self.now
        self.place += 1
        return token


def _joined(sign: str, one: Evaluate, two: Evaluate) -> Evaluate:
    if sign == "+":
        return lambda values: one(values) + two(values)
    if sign == "-":
        return lambda values: one(values) - two(values)
    if sign == "*":
        return lambda values: one(values) * two(values)
    if sign == "/":
        return lambda values: _numpy("divide")(one(values), two(values))
    return lambda values: _numpy("power")(one(values), two(values))


def _numpy(name: str) -> Callable[..., Any]:
    """A function of numpy, which is loaded when a formula is worked out: a spec is read without it."""
    import numpy as np

    function: Callable[..., Any] = getattr(np, name)
    return function
