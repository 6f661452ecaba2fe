"""What a report is made of: the tables of one result, checked once at the door."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import pandas as pd

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import Message
from csimodels.spec.model import Model, Text
from csimodels.tables import catalogue
from csimodels.tables.table import Table
from csimodels.tables.vocabulary import is_doubtful

LOG_COLUMNS = ("step", "subject", "count", "detail")


@dataclass(frozen=True, eq=False)
class Content:
    """Everything the report shows; nothing in it is computed by the report.

    Parameters
    ----------
    model : Model
    title : Text
    tables : mapping of table name to DataFrame
        Of all respondents, with names and columns as in :data:`~csimodels.tables.catalogue.CATALOGUE`, which says
        what may be missing; those of every group as ``group_name``, group columns first.  Columns of intervals may be
        missing or NaN: the report says so.  ``drivers`` and ``driver_items`` are about the construct of
        ``model.index``; shares are fractions of 1.  Tables that the catalogue does not know go into the workbook as
        they are.
    survey_log : DataFrame
        ``step, subject, count, detail``: what was done to the data.
    groups, group_paths : DataFrame, optional
        The index and the path table of every group: the columns of `group_by` first.
    group_by : tuple of str
    notes : tuple of str or Text
        What the reader must know.
    facts : mapping of str to str
        How it was computed.  ``created`` (ISO date), ``level``, ``n used`` are also read for other places;
        ``importance cut`` and ``performance cut`` set the lines of the drivers map where the spec states none.
    messages : mapping of str to Message
        What the columns of tables and log say in words, by its text: the report says it in its own language.
    p_floor : float
        Smallest p-value that the replicates can give; 0 where p-values do not come from replicates.
    beside : mapping of str to str
        By language, the address of the index of the units' pages, where these stand beside the report.
    about : str
        The simple index or node of the hierarchy that ``index``, ``groups`` and the comparisons are of
        (:func:`~csimodels.report.simple_content.content_about`); empty: they are of constructs.

    Raises
    ------
    DataError
        Naming every table and column that is missing.
    """

    model: Model
    title: Text
    tables: Mapping[str, pd.DataFrame]
    survey_log: pd.DataFrame
    groups: pd.DataFrame | None = None
    group_by: tuple[str, ...] = ()
    group_paths: pd.DataFrame | None = None
    notes: tuple[str | Text, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    messages: Mapping[str, Message] = field(default_factory=dict)
    p_floor: float = 0.0
    beside: Mapping[str, str] = field(default_factory=dict)
    about: str = ""

    def __post_init__(self) -> None:
        problems = _missing_tables(self.tables)
        problems += _missing_columns("survey_log", self.survey_log, LOG_COLUMNS)
        for name, frame, like in (("groups", self.groups, "index"), ("group_paths", self.group_paths, "paths")):
            if frame is None:
                continue
            problems += _missing_columns(name, frame, (*self.group_by, *_needed(_declared(like))))
            if not self.group_by:
                problems.append(
                    Problem(
                        Message("{name} is given but group_by is empty", name=name), remedy="name the group columns"
                    )
                )
        if problems:
            raise DataError(problems)

    def table(self, name: str) -> pd.DataFrame:
        """Table `name` with exactly the columns that the catalogue declares; absent optional ones are NaN or empty."""
        return _fill(self.tables.get(name, pd.DataFrame()), _declared(name).column_names)

    def comparison(self, name: str) -> pd.DataFrame | None:
        """Table `name` as it was given; None where there is none, or it is empty."""
        frame = self.tables.get(name)
        return None if frame is None or frame.empty else frame

    @property
    def target(self) -> str:
        """The index that the story is about: the index construct, or what :attr:`about` names."""
        return self.about or self.model.index.construct

    @property
    def covariance_based(self) -> bool:
        """Whether the result is one of a covariance structure, with parameters and fit measures."""
        return "parameters" in self.tables

    def group_table(self, like: str = "index") -> pd.DataFrame | None:
        """``groups`` (like ``"index"``) or ``group_paths`` (like ``"paths"``) with complete columns."""
        frame = self.groups if like == "index" else self.group_paths
        return None if frame is None else _fill(frame, (*self.group_by, *_declared(like).column_names))

    @cached_property
    def bears_verdicts(self) -> bool:
        """Whether the fit of all respondents is one that verdicts may stand on: identified, admissible, converged."""
        return not self.doubts

    @cached_property
    def doubts(self) -> tuple[str, ...]:
        """States of drivers and paths on which no verdict may stand, each once."""
        states = dict.fromkeys(str(state) for name in ("drivers", "paths") for state in self.table(name)["status"])
        return tuple(state for state in states if is_doubtful(state))

    @cached_property
    def has_intervals(self) -> bool:
        """Whether any index has an interval."""
        index = self.table("index")
        return bool(index[["low", "high"]].notna().all(axis=1).any())

    @cached_property
    def level(self) -> float:
        """Confidence level, a fraction: from the facts, else from the model."""
        text = self.fact("level").replace("%", "").strip()
        try:
            value = float(text)
        except ValueError:
            return self.model.uncertainty.level
        return value / 100 if value > 1 else value

    def fact(self, key: str) -> str:
        """A fact by name, ``_`` and space alike; empty where there is none."""
        return {k.replace("_", " "): v for k, v in self.facts.items()}.get(key.replace("_", " "), "")

    @cached_property
    def created(self) -> datetime | None:
        """Date of the result in UTC without zone; None where the facts have none that can be read."""
        try:
            when = datetime.fromisoformat(self.fact("created").strip())
        except ValueError:
            return None
        return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when

    @cached_property
    def cuts(self) -> tuple[float, float]:
        """Cuts of the drivers map (importance, performance) as stated, medians included; NaN where it is the mean."""
        return self._cut(0, "importance"), self._cut(1, "performance")

    def _cut(self, place: int, name: str) -> float:
        cut = self.model.report.cuts[place]
        if cut == "mean":
            return _number(self.fact(f"{name} cut"))
        return float(self.drivers[name].median()) if isinstance(cut, str) else cut

    @cached_property
    def drivers(self) -> pd.DataFrame:
        """Drivers of the index as a map shows them: importance and performance count towards the better ends.

        Of a construct whose lower index is the better one, performance is 100 less the index.
        """
        out = self.table("drivers")
        target = self.model.direction(self.model.index.construct)
        for row, name in enumerate(out["driver"]):
            own = self.model.direction(str(name))
            if own * target < 0:
                _turn(out, row, "importance", 0.0)
            if own < 0:
                _turn(out, row, "performance", 100.0)
        return out


def _turn(frame: pd.DataFrame, row: int, name: str, start: float) -> None:
    """`start` less a number and its interval, in place."""
    columns = [name, f"{name}_high", f"{name}_low"]
    turned = [start - float(value) for value in frame[columns].to_numpy(float)[row]]
    for column, number in zip((name, f"{name}_low", f"{name}_high"), turned, strict=True):
        frame.loc[row, column] = number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _fill(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    out = frame.reindex(columns=list(columns))
    if "status" in columns and "status" not in frame.columns:
        out["status"] = ""
    return out.reset_index(drop=True)


def _declared(name: str) -> Table:
    found = catalogue.find(name)
    assert found is not None, name
    return found


def _needed(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if not column.optional)


def _missing_tables(tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    needed = [table.name for table in catalogue.CATALOGUE if not table.optional]
    problems = [
        Problem(Message("the report needs the table {name}", name=name), allowed=listed(needed))
        for name in needed
        if name not in tables
    ]
    for table in catalogue.CATALOGUE:
        if table.name in tables:
            problems += _missing_columns(table.name, tables[table.name], _needed(table))
    return problems


def _missing_columns(name: str, frame: pd.DataFrame, columns: tuple[str, ...]) -> list[Problem]:
    if not len(frame.columns):  # an empty frame: the result has no such table
        return []
    absent = [c for c in columns if c not in frame.columns]
    if not absent:
        return []
    return [
        Problem(
            Message("table {name} has no column {names}", name=name, names=listed(absent)),
            found=listed(list(frame.columns)),
        )
    ]
