"""Which rows a rule in words holds for (:mod:`csimodels.spec.row_rules`), column by column.

Three values, as in SQL: a comparison with an empty cell is neither true nor false, and a row is kept only where the
whole rule is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from csimodels.errors import Problem, listed, nearest
from csimodels.messages import ColumnName, Message
from csimodels.messages import Value as ValueOf
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.row_rules import (
    All,
    AnyOf,
    Column,
    Compare,
    Constant,
    IsMissing,
    Not,
    OneOf,
    Quantile,
    Rule,
    Sign,
    Value,
)
from csimodels.survey.answers.numbers import as_number, fold
from csimodels.survey.keys import Labels, label_text
from csimodels.survey.table import LogEntry
from csimodels.survey.weights.cells import number_remedy

_TESTS: dict[Sign, Callable[[Any, Any], Bools]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


@dataclass(frozen=True, eq=False)
class Held:
    """Rows (n,) for which a rule is true, and those for which it is known whether it is."""

    true: Bools
    known: Bools


def holds(rule: Rule, columns: Mapping[str, Labels], where: str) -> tuple[Held, list[Problem]]:
    """For which rows a rule holds.

    Parameters
    ----------
    rule : Rule
        The tree of the rule.
    columns : mapping of str to Labels
        The labels of every column that the rule looks at, ``(n,)`` rows each.
    where : str
        The source, for messages.

    Returns
    -------
    held, problems
        A problem for every column of texts that is compared by size with a number.
    """
    reader = _Reader(columns, where)
    held = reader.rule(rule)
    return held, reader.problems


def numbers(columns: Mapping[str, Labels], name: str, where: str) -> tuple[Floats, list[Problem]]:
    """(n,) numbers of a column, NaN where a cell is empty; a problem where it holds texts."""
    reader = _Reader({name: columns[name]}, where)
    return reader.numbers(name), reader.problems


def asked_values(rule: Rule) -> list[tuple[Column, Constant]]:
    """Every value that a rule asks a column to be, by ``==`` or ``in``."""
    if isinstance(rule, (All, AnyOf)):
        return list(dict.fromkeys(pair for part in rule.rules for pair in asked_values(part)))
    if isinstance(rule, OneOf):
        return [pair for value in rule.among for pair in asked_values(Compare(rule.value, "==", value))]
    if not isinstance(rule, Compare) or rule.sign != "==":
        return []
    column, value = (rule.left, rule.right) if isinstance(rule.left, Column) else (rule.right, rule.left)
    return [(column, value)] if isinstance(column, Column) and isinstance(value, Constant) else []


def strange(rule: Rule, columns: Mapping[str, Labels]) -> list[tuple[str, str]]:
    """``(column, value)`` of the asked values that a column never holds."""
    pairs = [(column.name, label_text(value.value)) for column, value in asked_values(rule)]
    return [(name, text) for name, text in pairs if text not in map(label_text, columns[name].keys)]


def never_entries(never: Sequence[tuple[str, str]]) -> list[LogEntry]:
    """What the log says of values that never occur."""
    step = "where value that never occurs"
    return [LogEntry(step, ColumnName(column), 0, ValueOf(value, column)) for column, value in never]


def no_row(rule: str, never: Sequence[tuple[str, str]], held: Sequence[str], where: str) -> Problem:
    """A rule that keeps nothing: the value that a column never holds (which holds `held`) is the likely cause."""
    what = Message("where: {rule} holds for no row", rule=rule)
    remedy = "correct the rule; numbers are compared by size, texts stand in quotes"
    if not never:
        return Problem(what, where, remedy=remedy)
    column, value = never[0]
    found = Message("{column} holds {names}", column=column, names=listed(held, 20))
    return Problem(what, where, found, nearest(value, held), remedy)


class _Reader:
    def __init__(self, columns: Mapping[str, Labels], where: str) -> None:
        self.columns, self.where = columns, where
        self.problems: list[Problem] = []
        self.n = len(next(iter(columns.values())).codes) if columns else 0

    def rule(self, rule: Rule) -> Held:
        if isinstance(rule, Not):
            inner = self.rule(rule.rule)
            return Held(inner.known & ~inner.true, inner.known)
        if isinstance(rule, All):
            return _all([self.rule(part) for part in rule.rules])
        if isinstance(rule, AnyOf):
            opposite = _all([_not(self.rule(part)) for part in rule.rules])
            return _not(opposite)
        if isinstance(rule, IsMissing):
            empty = self.columns[rule.column].codes < 0
            return Held(empty, np.ones(self.n, dtype=bool))
        if isinstance(rule, OneOf):
            return self.rule(AnyOf(tuple(Compare(rule.value, "==", value) for value in rule.among)))
        return self._compare(rule)

    def _compare(self, rule: Compare) -> Held:
        if rule.sign in ("==", "!="):
            left, right = self._texts(rule.left), self._texts(rule.right)
            known = (left != "") & (right != "")
            return Held(known & ((left == right) == (rule.sign == "==")), known)
        if any(isinstance(side, Constant) and isinstance(side.value, str) for side in (rule.left, rule.right)):
            left, right = self._texts(rule.left), self._texts(rule.right)
            known = (left != "") & (right != "")
            return Held(known & _TESTS[rule.sign](left, right), known)
        x, y = self._numbers(rule.left), self._numbers(rule.right)
        known = ~(np.isnan(x) | np.isnan(y))
        return Held(known & _TESTS[rule.sign](x, y), known)

    def _texts(self, value: Value) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
        """(n,) labels as they are compared, empty where a cell is."""
        if isinstance(value, Column):
            found = self.columns[value.name]
            return np.asarray([*map(label_text, found.keys), ""], dtype=np.str_)[found.codes]
        given = self._quantile(value) if isinstance(value, Quantile) else value.value
        return np.full(self.n, label_text(given), dtype=f"<U{max(len(label_text(given)), 1)}")

    def _numbers(self, value: Value) -> Floats:
        if isinstance(value, Column):
            return self.numbers(value.name)
        given = self._quantile(value) if isinstance(value, Quantile) else value.value
        return np.full(self.n, float(given))

    def _quantile(self, value: Quantile) -> float:
        numbers = self.numbers(value.column)
        there = numbers[~np.isnan(numbers)]
        return float(np.quantile(there, value.share)) if len(there) else np.nan

    def numbers(self, name: str) -> Floats:
        """(n,) numbers of a column."""
        found = self.columns[name]
        numbers = [float(key) if not isinstance(key, str) else as_number(fold(key), comma=False) for key in found.keys]
        texts = [str(key) for key, number in zip(found.keys, numbers, strict=True) if number is None]
        if texts:
            what = Message('where: the column "{name}" is compared by size and holds texts', name=name)
            otherwise = Message("compare texts with == or in (...), or with a text in quotes")
            if 2 * len(texts) < len(numbers):
                otherwise = Message("leave these cells empty in the data: all others of the column hold numbers")
            remedy = number_remedy(texts, otherwise)
            problem = Problem(what, self.where, listed([f'"{text}"' for text in texts], 5), "numbers", remedy)
            self.problems += [problem] if problem not in self.problems else []
        return np.asarray([*(np.nan if n is None else n for n in numbers), np.nan])[found.codes]


def _all(parts: Sequence[Held]) -> Held:
    """True where all are, false where one is, else unknown."""
    true = np.logical_and.reduce([part.true for part in parts])
    false = np.logical_or.reduce([part.known & ~part.true for part in parts])
    return Held(true, true | false)


def _not(held: Held) -> Held:
    return Held(held.known & ~held.true, held.known)
