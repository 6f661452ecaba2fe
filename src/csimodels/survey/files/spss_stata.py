"""SPSS and Stata files, read in a process of their own."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from csimodels.errors import MissingExtraError, listed
from csimodels.isolated.found import ReadFile
from csimodels.isolated.process import SPSS, STATA, Kind, read_apart
from csimodels.messages import Message
from csimodels.moments.linalg import Bools
from csimodels.spelling import tidy
from csimodels.survey.column_names import sound_names
from csimodels.survey.columns import Coded, Column, column_of, number_text
from csimodels.survey.files.frame import series_column
from csimodels.survey.files.state import file_hash, file_state, refuse_changed, refuse_empty
from csimodels.survey.keys import label_text
from csimodels.survey.table import Fetched, LogEntry, Source, Table, no_rows


def spss_table(path: Path) -> Table:
    """An SPSS file (.sav): codes, not label texts; values the file declares as missing become missing, with counts."""
    if find_spec("pyreadstat") is None:
        raise MissingExtraError("pyreadstat", "spss", "reading SPSS files")
    return _table(path, "spss", SPSS)


def stata_table(path: Path) -> Table:
    """A Stata file (.dta): codes, not label texts; Stata's own missing values become missing."""
    return _table(path, "stata", STATA)


def _table(path: Path, source: str, kind: Kind) -> Table:
    refuse_empty(path)
    state = file_state(path)
    digest = file_hash(path)
    found: ReadFile = read_apart(path, kind)
    refuse_changed(path, state)
    raw = list(found.columns)
    names, notes = sound_names(raw, path.name)
    if not found.n_rows:
        raise no_rows(path.name, len(names))
    known = {name: old for name, old in zip(names, raw, strict=True) if name}

    def fetch(wanted: Sequence[str], keys: Sequence[str]) -> Fetched:
        columns: dict[str, Column] = {}
        log: list[LogEntry] = []
        for name in wanted:
            ranges = found.missing.get(known[name], [])
            columns[name], said = _declared(_column(found.columns[known[name]]), name, ranges)
            log += said + _extended(found, known[name], name)
        return columns, tuple(log)

    about = Source(source, path.name, digest, found.encoding, n_rows=found.n_rows, n_columns=len(names))
    wordings = {name: found.wordings[old] for name, old in known.items() if found.wordings.get(old)}
    naming, declared = _naming(found, known), _declaring(found, known)
    return Table(
        names, about, fetch, notes, named_values=naming, wordings=wordings, declared=declared, title=found.title
    )


def _extended(found: ReadFile, old: str, name: str) -> list[LogEntry]:
    """What is said of Stata's missing values .a to .z in a column."""
    kinds = found.extended.get(old, {})
    shown = listed([Message("{value} ({n} times)", value=kind, n=n) for kind, n in kinds.items()])
    return [LogEntry("declared missing in the file", name, sum(kinds.values()), shown)] if kinds else []


def _column(cells: Any) -> Column:
    if isinstance(cells, array):
        return np.frombuffer(cells, dtype=np.float64)
    return column_of(cells) if isinstance(cells, list) else series_column(cells)


def _naming(found: ReadFile, known: dict[str, str]) -> Callable[[str], dict[str, str]]:
    def named_values(column: str) -> dict[str, str]:
        labels = found.values.get(known.get(column, ""), {})
        return {label_text(code): tidy(str(name)) for code, name in labels.items()}

    return named_values


def _declaring(found: ReadFile, known: dict[str, str]) -> Callable[[str], dict[str, int]]:
    def declared(name: str) -> dict[str, int]:
        ranges = found.missing.get(known.get(name, ""), [])
        if not ranges:
            return {}
        column = _column(found.columns[known[name]])
        kept, _ = _declared(column, name, ranges)
        if isinstance(column, Coded) or isinstance(kept, Coded):
            assert isinstance(column, Coded) and isinstance(kept, Coded)
            gone = column.codes[(kept.codes < 0) & (column.codes >= 0)]
            return {column.values[k].strip(): int(n) for k, n in enumerate(np.bincount(gone)) if n}
        values, counts = np.unique(column[np.isnan(kept) & ~np.isnan(column)], return_counts=True)
        return {number_text(v): int(n) for v, n in zip(values.tolist(), counts.tolist(), strict=True)}

    return declared


def _declared(column: Column, name: str, ranges: list[dict[str, Any]]) -> tuple[Column, list[LogEntry]]:
    """The column without the values that the file declares missing."""
    if not ranges:
        return column, []
    shown = listed([_shown_range(limits["lo"], limits["hi"]) for limits in ranges])
    if isinstance(column, Coded):
        texts = {r["lo"].strip() for r in ranges if isinstance(r["lo"], str)}
        gone = [i for i, value in enumerate(column.values) if value.strip() in texts]
        hit: Bools = np.isin(column.codes, gone)
        kept: Column = Coded(np.where(hit, -1, column.codes).astype(np.intp), column.values, column.numeric)
    else:
        hit = np.zeros(len(column), dtype=bool)
        for limits in ranges:
            if not isinstance(limits["lo"], str):
                hit |= (column >= limits["lo"]) & (column <= limits["hi"])
        kept = np.where(hit, np.nan, column)
    return kept, [LogEntry("declared missing in the file", name, int(hit.sum()), shown)]


def _shown_range(low: Any, high: Any) -> str:
    if isinstance(low, str):
        return low.strip()
    return number_text(low) if low == high else f"{number_text(low)}..{number_text(high)}"
