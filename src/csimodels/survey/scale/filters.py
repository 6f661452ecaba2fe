"""Which rows are meant, as SQL: values of columns, rules in words, empty groups; with the log of the memory engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import ColumnName, Message, columns, joined
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
    Value,
)
from csimodels.spelling import WHITE_ENDS
from csimodels.survey.columns import Coded
from csimodels.survey.keys import NO_LABEL, Labels, is_plain, label_text, labels, matching
from csimodels.survey.natural_order import natural
from csimodels.survey.options import Options
from csimodels.survey.row_rules import asked_values, never_entries, no_row
from csimodels.survey.scale.dialects import DUCKDB
from csimodels.survey.scale.relation import INTEGERS, Relation, literal, quoted
from csimodels.survey.scale.warehouse import BringOver
from csimodels.survey.table import LogEntry, Notes, joined_labels_entry, plain_label_entry


def label_sql(relation: Relation, column: str) -> str:
    """SQL of the label in a column: a number, or a text without blanks at its ends; NULL where there is none."""
    if relation.types[column] in INTEGERS and not relation.is_long(column):
        return quoted(relation.raw[column])  # small whole numbers are grouped fastest as they are
    if relation.is_number(column) and not relation.is_long(column):
        return relation.number(column)
    return text_label(relation, column)


def tidy_text(relation: Relation, column: str) -> str:
    """SQL of a column as text with letters composed, without blanks and characters of no width at the ends."""
    return relation.tidy(column)


def plain_labels(relation: Relation, names: Sequence[str]) -> list[LogEntry]:
    """What the log says of labels with decomposed letters or unseen ends, as :func:`plain_label_entry` does."""
    names = [name for name in names if not relation.is_number(name)]
    if not names:
        return []
    if relation.dialect is not DUCKDB or relation.in_pieces:
        return _plain_texts(relation, names)
    raw = [f"trim({relation.text(name)}, {literal(WHITE_ENDS)})" for name in names]
    plain = [tidy_text(relation, name) for name in names]
    counts = [
        f"count(*) filter (where {a} <> {b}), arg_min({b}, {a}) filter (where {a} <> {b}), "
        f"count(*) filter (where {a} <> {relation.text(name)})"
        for name, a, b in zip(names, raw, plain, strict=True)
    ]
    found = relation.rows(f"select {', '.join(counts)} from {relation.scan}", "")[0]
    out = []
    for name, cells, example, ends in zip(names, found[::3], found[1::3], found[2::3], strict=True):
        joined = joined_labels_entry(name, {t: n for t, _, _, n in relation.texts(name)}) if ends else None
        out += [joined] if joined is not None else []
        out += [plain_label_entry(name, int(cells), example)] if cells else []
    return out


def _plain_texts(relation: Relation, names: Sequence[str]) -> list[LogEntry]:
    """The same, of a database that composes no letters."""
    out = []
    for name in names:
        texts = relation.texts(name)
        joined = joined_labels_entry(name, {text: n for text, _, _, n in texts})
        out += [joined] if joined is not None else []
        changed = sorted((raw, plain, n) for _, plain, raw, n in texts if raw != plain)
        if changed:
            out.append(plain_label_entry(name, sum(n for _, _, n in changed), changed[0][1]))
    return out


def text_label(relation: Relation, column: str) -> str:
    """SQL of the label of a column as text."""
    text = tidy_text(relation, column)
    empty = ", ".join(literal(word) for word in sorted(NO_LABEL))
    return f"case when lower({text}) in ({empty}) then null else {text} end"


def labels_of(values: Sequence[object]) -> Labels:
    """Labels of the different values of a column, one for each, as the memory engine reads them."""
    if any(isinstance(value, str) for value in values):
        texts = tuple(str(value) for value in values if value is not None)
        place = iter(range(len(texts)))
        codes = np.asarray([-1 if value is None else next(place) for value in values], dtype=np.intp)
        return labels(Coded(codes, texts))
    return labels(np.asarray([np.nan if value is None else value for value in values], dtype=np.float64))


@dataclass
class Filter:
    """Conditions that rows have to meet, gathered one after the other."""

    relation: Relation
    notes: Notes
    conditions: list[str]

    @property
    def sql(self) -> str:
        """The rows that are kept so far, to stand behind ``from``."""
        where = " and ".join(f"({condition})" for condition in self.conditions) or "true"
        return f"{self.relation.scan} where {where}"


def kept_rows(relation: Relation, chosen: Options, notes: Notes) -> Filter:
    """Rows left by `where` and empty groups.

    Raises
    ------
    DataError
        A value that no row has, a rule that compares texts by size, or no row left.
    """
    done = Filter(relation, notes, [])
    for column, values in chosen.where:
        _keep_values(done, column, values)
    notes.stop_if_wrong()
    if chosen.parsed is not None:
        _keep_by_rule(done, chosen)
    _drop_empty_groups(done, chosen)
    return done


def _keep_values(done: Filter, column: str, values: Sequence[float | str]) -> None:
    label = label_sql(done.relation, column)
    found = done.relation.rows(f"select {label} as k, count(*) from {done.sql} group by 1 order by 1", "k+")
    known = labels_of([value for value, _ in found])
    counts = np.asarray([count for _, count in found])
    hit, log, problems = matching(known, values, column, done.notes.where)
    done.notes.problems += problems
    if problems:
        return
    kept, every = int(counts[hit].sum()), int(counts.sum())
    assert isinstance(log[0].detail, Message)
    what = dict(log[0].detail.parts)["condition"]
    detail = Message("{condition} keeps {kept} of {n}", condition=what, kept=kept, n=every)
    done.notes.log += [LogEntry(log[0].step, log[0].subject, every - kept, detail), *log[1:]]
    wanted = ", ".join(literal(found[i][0]) for i in np.flatnonzero(hit))
    done.conditions.append(f"{label} in ({wanted})")


def _keep_by_rule(done: Filter, chosen: Options) -> None:
    assert chosen.parsed is not None
    writer = _Writer(done)
    condition = writer.rule(chosen.parsed)
    done.notes.problems += writer.problems
    done.notes.stop_if_wrong()
    counts = f"count(*), count(*) filter (where {condition}), count(*) filter (where ({condition}) is null)"
    every, kept, unknown = done.relation.rows(f"select {counts} from {done.sql}", "+++")[0]
    never = writer.never(asked_values(chosen.parsed))
    if not kept:
        raise DataError(no_row(chosen.rule, never, writer.held(never[0][0]) if never else [], done.notes.where))
    done.notes.log += never_entries(never)
    detail = Message("{condition} keeps {kept} of {n}", condition=chosen.rule, kept=kept, n=every)
    if unknown:
        detail = joined([detail, Message("{n} rows cannot be decided, as a cell is empty", n=unknown)])
    done.notes.log.append(LogEntry("filtered by where", columns(chosen.rule_columns), every - kept, detail))
    done.conditions.append(condition)


def _drop_empty_groups(done: Filter, chosen: Options) -> None:
    wanted = [label_sql(done.relation, column) for column in chosen.by]
    there = [f"({label}) is not null" for label in wanted]
    tests = [" and ".join([*there[:k], f"({label}) is null"]) for k, label in enumerate(wanted)]
    counts = [f"count(*) filter (where {test})" for test in tests]
    merge = "+" * (1 + len(counts))
    every, *empty = done.relation.rows(f"select {', '.join(['count(*)', *counts])} from {done.sql}", merge)[0]
    for column, n in zip(chosen.by, empty, strict=True):
        if n:
            detail = Message("{column} is empty", column=ColumnName(column))
            done.notes.log.append(LogEntry("rows without a group left out", column, n, detail))
    if every == sum(empty):
        what = "no row is left after where and by"
        raise DataError(Problem(what, done.notes.where, remedy="check the filters and the group columns"))
    done.conditions += [f"({label}) is not null" for label, n in zip(wanted, empty, strict=True) if n]


class _Writer:
    """A rule in words as SQL; NULL where it cannot be decided, as in the memory engine."""

    def __init__(self, done: Filter) -> None:
        self.done, self.relation = done, done.relation
        self.problems: list[Problem] = []

    def rule(self, rule: Rule) -> str:
        if isinstance(rule, Not):
            return f"not ({self.rule(rule.rule)})"
        if isinstance(rule, (All, AnyOf)):
            sign = " and " if isinstance(rule, All) else " or "
            return sign.join(f"({self.rule(part)})" for part in rule.rules)
        if isinstance(rule, IsMissing):
            return f"({label_sql(self.relation, rule.column)}) is null"
        if isinstance(rule, OneOf):
            return self.rule(AnyOf(tuple(Compare(rule.value, "==", value) for value in rule.among)))
        return self._compare(rule)

    def never(self, asked: Sequence[tuple[Column, Constant]]) -> list[tuple[str, str]]:
        """Those of the values asked for that their column never holds."""
        if not asked:
            return []
        counts = [f"count(*) filter (where {self._equal(column, value)})" for column, value in asked]
        found = self.relation.rows(f"select {', '.join(counts)} from {self.done.sql}", "+" * len(counts))[0]
        return [(c.name, label_text(v.value)) for (c, v), n in zip(asked, found, strict=True) if not n]

    def held(self, column: str) -> list[str]:
        """Values of a column in natural order, the first thousand."""
        label = label_sql(self.relation, column)
        found = self.relation.rows(f"select distinct {label} from {self.done.sql} limit 1000", "k", 1000)
        return [label_text(key) for key in labels_of([row[0] for row in found]).keys]

    def _compare(self, rule: Compare) -> str:
        texts = any(isinstance(side, Constant) and isinstance(side.value, str) for side in (rule.left, rule.right))
        if rule.sign in ("==", "!="):
            equal = self._equal(rule.left, rule.right)
            return equal if rule.sign == "==" else f"not ({equal})"
        if texts:
            return f"({self._text(rule.left)}) {rule.sign} ({self._text(rule.right)})"
        return f"({self._number(rule.left)}) {rule.sign} ({self._number(rule.right)})"

    def _equal(self, left: Value, right: Value) -> str:
        if isinstance(right, Column) and not isinstance(left, Column):
            left, right = right, left
        if not isinstance(left, Column) or isinstance(right, Column):
            numbers = all(not isinstance(s, Column) or self._is_number(s.name) for s in (left, right))
            both = (self._number(left), self._number(right)) if numbers else (self._text(left), self._text(right))
            return f"({both[0]}) = ({both[1]})"
        given = label_text(self._given(right))
        if self._is_number(left.name):
            if not is_plain(given):
                return f"case when ({self.relation.number(left.name)}) is null then null else false end"
            return f"({self.relation.number(left.name)}) = {literal(float(given))}"
        text = text_label(self.relation, left.name)
        same = f"({text}) = {literal(given)}"
        if not is_plain(given):
            return same
        if self.relation.dialect is not DUCKDB:
            raise _not_read(left.name)
        return f"({same} or coalesce(try_cast({text} as double) = {literal(float(given))}, false))"

    def _is_number(self, column: str) -> bool:
        return self.relation.is_number(column) and not self.relation.is_long(column)

    def _given(self, value: Value) -> float | str:
        if isinstance(value, Quantile):
            if self.relation.dialect is not DUCKDB or self.relation.in_pieces:
                raise BringOver(Message("the rule asks for a quantile"))
            label = self._number(Column(value.column))
            found = self.relation.rows(f"select quantile_cont({label}, {value.share!r}) from {self.done.sql}", "")[0][0]
            return float("nan") if found is None else float(found)
        assert isinstance(value, Constant)
        return value.value

    def _text(self, value: Value) -> str:
        if isinstance(value, Column):
            return text_label(self.relation, value.name)
        return literal(label_text(self._given(value)))

    def _number(self, value: Value) -> str:
        if not isinstance(value, Column):
            given = self._given(value)
            return "null" if given != given else literal(float(given))
        if self.relation.is_number(value.name):
            return self.relation.number(value.name)
        if self.relation.dialect is not DUCKDB:
            raise _not_read(value.name)
        text = text_label(self.relation, value.name)
        number = f"try_cast({text} as double)"
        other = f"select distinct {text} as t from {self.done.sql} and ({text}) is not null and {number} is null"
        found = self.relation.rows(f"select t from ({other}) order by t limit 1000", "k", 1000)
        texts = sorted((row[0] for row in found), key=natural)
        if texts:
            what = Message('where: the column "{name}" is compared by size and holds texts', name=value.name)
            remedy = "compare texts with == or in (...), or with a text in quotes"
            problem = Problem(
                what, self.done.notes.where, listed([f'"{text}"' for text in texts], 5), "numbers", remedy
            )
            self.problems += [problem] if problem not in self.problems else []
        return number


def _not_read(column: str) -> BringOver:
    return BringOver(Message('numbers are read from the texts of column "{column}"', column=column))
