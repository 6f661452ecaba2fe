"""Excel, Parquet, SPSS and Stata files; their packages are loaded when such a file is read."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.io.stata import StataReader

from csimodels.errors import DataError, MissingExtraError, Problem, listed, nearest
from csimodels.messages import Message
from csimodels.moments.linalg import Bools
from csimodels.survey.formulas import uncalculated
from csimodels.survey.frame import series_column
from csimodels.survey.keys import label_text
from csimodels.survey.table import (
    Coded,
    Column,
    Fetched,
    LogEntry,
    Source,
    Table,
    column_of,
    no_rows,
    number_text,
    sound_names,
)


def file_hash(path: Path) -> str:
    """sha256 of the bytes of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_empty(path: Path) -> None:
    if path.stat().st_size == 0:
        raise DataError(
            Problem(Message("{path} is empty (0 bytes)", path=path.name), remedy="check that the export is complete")
        )


def _damaged(path: Path, kind: str, error: Exception) -> DataError:
    first = next(iter(str(error).strip().splitlines()), "")
    return DataError(
        Problem(
            Message("{path} cannot be read as {kind}", path=path.name, kind=kind),
            found=first[:200],
            remedy="check that the file is complete, not protected by a password, and has the suffix of its kind",
        )
    )


# ---- Excel --------------------------------------------------------------------------------------------------------


def excel_table(path: Path, sheet: str | None) -> Table:
    """One sheet of a workbook, .xlsx or .xls.

    The first row that holds anything is the header.  Without `sheet` the first sheet with cells is read, and the
    report says which others there are.
    """
    try:
        import python_calamine as calamine
    except ImportError as error:
        raise MissingExtraError("python-calamine", "excel", "reading Excel files") from error
    _refuse_empty(path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        if sheet is not None and sheet not in book.sheet_names:
            raise DataError(
                Problem(
                    Message('{path} has no sheet "{sheet}"', path=path.name, sheet=sheet),
                    allowed=nearest(sheet, book.sheet_names),
                    found=Message("the sheets are {names}", names=listed(book.sheet_names)),
                    remedy="correct the name of the sheet",
                )
            )
        names = book.sheet_names if sheet is None else [sheet]
        filled = [(name, cells) for name in names if (cells := book.get_sheet_by_name(name).to_python())]
    except calamine.CalamineError as error:
        raise _damaged(path, Message("an Excel workbook"), error) from error
    if not filled:
        what = (
            Message('sheet "{sheet}" of {path} is empty', sheet=sheet, path=path.name)
            if sheet
            else Message("no sheet of {path} holds any cell", path=path.name)
        )
        raise DataError(Problem(what, remedy="check the file, or name another sheet"))
    return _sheet_table(path, filled[0][0], filled[0][1], [name for name, _ in filled[1:]])


def _sheet_table(path: Path, sheet: str, cells: list[list[Any]], others: list[str]) -> Table:
    names, notes = sound_names([None if cell == "" else cell for cell in cells[0]], path.name)
    body = cells[1:]
    while body and all(cell == "" for cell in body[-1]):
        body.pop()
    if not body:
        raise no_rows(path.name, len(names))
    if others:
        detail = Message("{sheet} was read; the others are {names}", sheet=sheet, names=listed(others))
        notes = (*notes, LogEntry("sheets not read", path.name, len(others), detail))
    if empty := uncalculated(path):
        detail = Message("their cells are read as empty: open the workbook, let it calculate, and save it")
        notes = (*notes, LogEntry("formulas never calculated", path.name, empty, detail))
    place = {name: position for position, name in enumerate(names) if name}

    def fetch(wanted: Sequence[str], keys: Sequence[str]) -> Fetched:
        return {name: column_of([_empty(row[place[name]]) for row in body]) for name in wanted}, ()

    source = Source("excel", path.name, file_hash(path), sheet=sheet, n_rows=len(body), n_columns=len(names))
    return Table(names, source, fetch, notes)


def _empty(cell: Any) -> Any:
    return None if isinstance(cell, str) and cell == "" else cell


# ---- Parquet ------------------------------------------------------------------------------------------------------


def _state(path: Path) -> tuple[int, int, int]:
    """What changes with a file: its size, time and place on the disk."""
    now = path.stat()
    return now.st_size, now.st_mtime_ns, now.st_ino


def parquet_table(path: Path) -> Table:
    """A Parquet file, read by DuckDB; only the columns asked for leave the disk."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("duckdb", "parquet", "reading Parquet files") from error
    _refuse_empty(path)
    state = _state(path)
    literal = "".join(f"[{c}]" if c in "[*?" else c for c in str(path))
    base = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    try:
        raw = _top_level(base.execute("select name, num_children from parquet_schema(?)", [literal]).fetchall())
        described = base.execute("describe select * from read_parquet(?)", [literal]).fetchall()
        counted = base.execute("select count(*) from read_parquet(?)", [literal]).fetchall()
    except (duckdb.Error, ValueError, OverflowError, SystemError) as error:
        raise _damaged(path, Message("a Parquet file"), error) from error
    names, notes = sound_names(raw, path.name)
    n_rows = int(counted[0][0])
    if n_rows == 0:
        raise no_rows(path.name, len(names))
    types = {name: (row[0], row[1]) for name, row in zip(names, described, strict=True) if name}

    def fetch(wanted: Sequence[str], keys: Sequence[str]) -> Fetched:
        try:
            columns = read(wanted, keys)
        except (duckdb.Error, ValueError, OverflowError, SystemError) as error:
            raise _damaged(path, Message("a Parquet file"), error) from error
        if _state(path) != state:
            what = Message("{name} was changed while it was read", name=path.name)
            raise DataError(Problem(what, remedy="run again once nothing writes to it"))
        return columns, ()

    def read(wanted: Sequence[str], keys: Sequence[str]) -> dict[str, Column]:
        long = [name for name in wanted if name in keys and types[name][1] in _LONG]
        if long:  # identity numbers that a double does not hold stay text
            ends = ", ".join(f"max(abs({_quoted(types[name][0])}::hugeint))" for name in long)
            largest = base.execute(f"select {ends} from read_parquet(?)", [literal]).fetchall()[0]
            long = [name for name, value in zip(long, largest, strict=True) if (value or 0) >= 2**53]
        casts = [_cast(types[name][0], "" if name in long else types[name][1]) for name in wanted]
        parts = ", ".join(f"{cast} as c{i}" for i, cast in enumerate(casts))
        found = base.execute(f"select {parts} from read_parquet(?)", [literal]).fetchnumpy()
        return {name: _masked_column(found[f"c{i}"]) for i, name in enumerate(wanted)}

    source = Source("parquet", path.name, file_hash(path), n_rows=n_rows, n_columns=len(names))
    return Table(names, source, fetch, notes)


def _top_level(schema: list[tuple[Any, ...]]) -> list[str]:
    """Names of the columns proper out of a depth-first list of (name, number of children)."""
    names: list[str] = []
    inside = 0
    for name, children in schema[1:]:
        if inside == 0:
            names.append(str(name))
        else:
            inside -= 1
        inside += int(children or 0)
    return names


#: Whole numbers that may have more digits than a double holds.
_LONG = ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _cast(name: str, kind: str) -> str:
    numeric = kind.endswith("INT") or kind.startswith(("DECIMAL", "INTEGER", "UINTEGER", "DOUBLE", "FLOAT"))
    return f"cast({_quoted(name)} as {'double' if numeric and '[' not in kind else 'varchar'})"


def _masked_column(values: Any) -> Column:
    if values.dtype.kind == "f":
        return np.asarray(np.ma.filled(values, np.nan), dtype=np.float64)
    return column_of(np.ma.filled(values.astype(object), None))


# ---- SPSS and Stata -----------------------------------------------------------------------------------------------


def spss_table(path: Path) -> Table:
    """An SPSS file (.sav): codes, not label texts; values the file declares as missing become missing, with counts."""
    try:
        import pyreadstat
    except ImportError as error:
        raise MissingExtraError("pyreadstat", "spss", "reading SPSS files") from error
    _refuse_empty(path)
    try:
        frame, meta = pyreadstat.read_sav(str(path), user_missing=True)
    except (pyreadstat.ReadstatError, UnicodeDecodeError, ValueError) as error:
        raise _damaged(path, Message("an SPSS file"), error) from error
    names, notes = sound_names(list(frame.columns), path.name)
    if not len(frame):
        raise no_rows(path.name, len(names))
    ranges: Mapping[str, list[Any]] = meta.missing_ranges

    def fetch(wanted: Sequence[str], keys: Sequence[str]) -> Fetched:
        columns: dict[str, Column] = {}
        log: list[LogEntry] = []
        for name in wanted:
            columns[name], found = _declared(series_column(frame[name]), name, ranges.get(name, []))
            log += found
        return columns, tuple(log)

    source = Source(
        "spss", path.name, file_hash(path), str(meta.file_encoding or ""), n_rows=len(frame), n_columns=len(names)
    )
    plain = dict(zip(frame.columns, names, strict=True))
    values = {plain[name]: found for name, found in meta.variable_value_labels.items() if name in plain}
    wordings = {plain[name]: text for name, text in meta.column_names_to_labels.items() if text and name in plain}

    def named_values(column: str) -> dict[str, str]:
        return {label_text(code): str(name).strip() for code, name in values.get(column, {}).items()}

    return Table(names, source, fetch, notes, named_values=named_values, wordings=wordings)


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


def stata_table(path: Path) -> Table:
    """A Stata file (.dta): codes, not label texts; Stata's own missing values become missing."""
    _refuse_empty(path)
    try:
        frame = pd.read_stata(path, convert_categoricals=False)
        with StataReader(path) as reader:
            said = reader.variable_labels()
    except (ValueError, KeyError, OSError, struct.error) as error:
        raise _damaged(path, Message("a Stata file"), error) from error
    names, notes = sound_names(list(frame.columns), path.name)
    if not len(frame):
        raise no_rows(path.name, len(names))

    def fetch(wanted: Sequence[str], keys: Sequence[str]) -> Fetched:
        return {name: series_column(frame[name]) for name in wanted}, ()

    plain = dict(zip(names, frame.columns, strict=True))

    def named_values(column: str) -> dict[str, str]:
        return _stata_names(path, frame[plain[column]], plain[column])

    source = Source("stata", path.name, file_hash(path), n_rows=len(frame), n_columns=len(names))
    wordings = {name: said[raw] for name, raw in plain.items() if said.get(raw)}
    return Table(names, source, fetch, notes, named_values=named_values, wordings=wordings)


def _stata_names(path: Path, codes: Any, column: str) -> dict[str, str]:
    """Value labels of a column by code as text; none where the file has none, or two values share one."""
    try:
        named = pd.read_stata(path, columns=[column], convert_categoricals=True)[column]
    except ValueError:
        return {}
    if not isinstance(named.dtype, pd.CategoricalDtype):
        return {}
    pairs = pd.DataFrame({"code": codes, "name": named.astype(object)}).dropna().drop_duplicates("code")
    return {label_text(code): str(name).strip() for code, name in pairs.itertuples(index=False)}
