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

_INTERVAL = ("se", "low", "high")
_DRIVER_NUMBERS = (
    "importance", "importance_low", "importance_high", "performance", "performance_low", "performance_high",
    "priority", "priority_low", "priority_high", "importance_std", "share", "cumulative", "quadrant", "status",
)  # fmt: skip

#: Columns of every table in the order in which they are shown.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "index": ("construct", "index", *_INTERVAL, "n", "n_eff", "deff", "status"),
    "paths": ("source", "target", "estimate", *_INTERVAL, "p", "status"),
    "loadings": ("construct", "item", "weight", "weight_unstd", "loading", "communality", *_INTERVAL),
    "dimensions": ("construct", "dimension", "weight", "weight_unstd", "loading", "communality", *_INTERVAL),
    "effects": (
        "source", "target", "direct", "indirect", "total", "total_se", "total_low", "total_high",
        "impact", "impact_se", "impact_low", "impact_high",
    ),
    "drivers": ("driver", *_DRIVER_NUMBERS),
    "driver_items": ("driver", "item", *_DRIVER_NUMBERS),
    "r2": ("construct", "r2", "r2_adj"),
    "quality": ("criterion", "subject", "value", "low", "high", "threshold", "verdict", "source", "status"),
}  # fmt: skip
#: Tables that a result need not have: the page leaves out what it would show of them.
OPTIONAL_TABLES = frozenset({"drivers", "driver_items", "quality", "dimensions"})
#: Comparisons of groups (docs/rollup.md), of the construct of ``model.index``: the columns after those that name the
#: units (group columns; or waves, ``level``, ``unit``, ``parent``).  ``ranks_within``: among units of the same parent.
COMPARISONS: Mapping[str, tuple[str, ...]] = {
    "rollup": (
        "construct", "index", *_INTERVAL, "n", "members", "weight_share", "covered", "method", "status",
    ),
    "ranks": ("construct", "index", "rank", "rank_low", "rank_high", "among", "p_first", "p_top3", "status"),
    "ranks_within": ("construct", "index", "rank", "rank_low", "rank_high", "among", "p_first", "p_top3", "status"),
    "differences": (
        "against", "construct", "difference", "se", "df", "low", "high", "p", "p_adj", "different", "status",
    ),
    "rollup_drivers": (
        "target", "driver",
        *(f"{name}{end}" for name in ("importance", "impact", "performance") for end in ("", "_se", "_low", "_high")),
        "members", "status",
    ),
}  # fmt: skip
#: Tables of a covariance structure, of all respondents together; names are lavaan's.
STRUCTURES: Mapping[str, tuple[str, ...]] = {
    "parameters": (
        "lhs", "op", "rhs", "label", "free", "est", "se", "z", "p", "std_lv", "std_all", "std_all_se", "errors",
        "status",
    ),
    "fit_measures": ("measure", "value", "status"),
    "model_effects": ("source", "target", "kind", "est", "se", "z", "p", "std_all", "std_all_se", "status"),
    "modification_indices": ("lhs", "op", "rhs", "mi", "epc", "sepc_lv", "sepc_all", "status"),
    "model_residuals": ("item", "other", "raw", "cor", "z", "status"),
    "explained": ("variable", "r2", "se", "status"),
}  # fmt: skip
LOG_COLUMNS = ("step", "subject", "count", "detail")

#: Columns that a result without uncertainty need not have; they are then filled with NaN (text: empty).
OPTIONAL = frozenset(
    {*_INTERVAL, "p", "status", "n_eff", "deff"}
    | {f"{q}_{s}" for q in ("total", "impact", "importance", "performance", "priority") for s in _INTERVAL}
)


@dataclass(frozen=True, eq=False)
class Content:
    """Everything the report shows; nothing in it is computed by the report.

    Parameters
    ----------
    model : Model
    title : Text
    tables : mapping of table name to DataFrame
        ``index, paths, loadings, effects, drivers, driver_items, r2`` of all respondents, columns as in
        :data:`COLUMNS`; further tables go into the workbook as they are.  Columns of intervals may be missing or
        NaN: the report says so.
        ``drivers`` and ``driver_items`` are about the construct of ``model.index`` and may be missing where nothing
        leads to it; shares are fractions of 1.  ``quality`` (reliability, validity, collinearity, effect sizes) may be
        missing too, and so may comparisons of groups with columns as in :data:`COMPARISONS`, and the tables of a
        covariance structure with columns as in :data:`STRUCTURES` (``group_fit_measures``: group columns first).
    survey_log : DataFrame
        ``step, subject, count, detail``: what was done to the data.
    groups, group_paths : DataFrame, optional
        The index and the path table of every group: the columns of `group_by` first.
    group_by : tuple of str
    notes : tuple of str or Text
        What the reader must know.
    facts : mapping of str to str
        How it was computed.  ``created`` (ISO date), ``level``, ``n used`` are also read for other places;
        ``importance cut`` and ``performance cut`` set the lines of the drivers map.
    messages : mapping of str to Message
        What the columns of tables and log say in words, by its text: the report says it in its own language.

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

    def __post_init__(self) -> None:
        problems = _missing_tables(self.tables)
        problems += _missing_columns("survey_log", self.survey_log, LOG_COLUMNS)
        for name, frame, like in (("groups", self.groups, "index"), ("group_paths", self.group_paths, "paths")):
            if frame is None:
                continue
            problems += _missing_columns(name, frame, (*self.group_by, *COLUMNS[like]))
            if not self.group_by:
                problems.append(
                    Problem(
                        Message("{name} is given but group_by is empty", name=name), remedy="name the group columns"
                    )
                )
        if problems:
            raise DataError(problems)

    def table(self, name: str) -> pd.DataFrame:
        """Table `name` with exactly the columns of :data:`COLUMNS`; absent optional ones are NaN or empty."""
        return _fill(self.tables.get(name, pd.DataFrame()), COLUMNS[name])

    def comparison(self, name: str) -> pd.DataFrame | None:
        """Table `name` of :data:`COMPARISONS` as it was given; None where there is none, or it is empty."""
        frame = self.tables.get(name)
        return None if frame is None or frame.empty else frame

    @property
    def covariance_based(self) -> bool:
        """Whether the result is one of a covariance structure, with parameters and fit measures."""
        return "parameters" in self.tables

    def structure(self, name: str) -> pd.DataFrame:
        """Table `name` of :data:`STRUCTURES` with exactly its columns; empty where there is none."""
        return _fill(self.tables.get(name, pd.DataFrame()), STRUCTURES[name])

    def group_table(self, like: str = "index") -> pd.DataFrame | None:
        """``groups`` (like ``"index"``) or ``group_paths`` (like ``"paths"``) with complete columns."""
        frame = self.groups if like == "index" else self.group_paths
        return None if frame is None else _fill(frame, (*self.group_by, *COLUMNS[like]))

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
        """Stated cuts of the drivers map (importance, performance); NaN where none is stated."""
        return _number(self.fact("importance cut")), _number(self.fact("performance cut"))


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


def _missing_tables(tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    problems = [
        Problem(Message("the report needs the table {name}", name=name), allowed=listed(list(COLUMNS)))
        for name in COLUMNS
        if name not in tables and name not in OPTIONAL_TABLES
    ]
    for name, columns in {**COLUMNS, **COMPARISONS, **STRUCTURES}.items():
        if name in tables:
            problems += _missing_columns(name, tables[name], columns)
    return problems


def _missing_columns(name: str, frame: pd.DataFrame, columns: tuple[str, ...]) -> list[Problem]:
    if not len(frame.columns):  # an empty frame: the result has no such table
        return []
    absent = [c for c in columns if c not in frame.columns and c not in OPTIONAL]
    if not absent:
        return []
    return [
        Problem(
            Message("table {name} has no column {names}", name=name, names=listed(absent)),
            found=listed(list(frame.columns)),
        )
    ]
