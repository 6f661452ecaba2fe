"""Parquet files, read by DuckDB, which is loaded when such a file is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from csimodels.errors import DataError, MissingExtraError, Problem
from csimodels.isolated.damage import fault
from csimodels.messages import Message
from csimodels.survey.column_names import sound_names
from csimodels.survey.columns import Column, column_of
from csimodels.survey.files.state import file_hash, file_state, refuse_changed, refuse_empty
from csimodels.survey.table import Fetched, Source, Table, no_rows


def _damaged(path: Path) -> DataError:
    return DataError(
        Problem(
            Message("{path} cannot be read as {kind}", path=path.name, kind=Message("a Parquet file")),
            found=fault(path),
            remedy="check that the file is complete and has the suffix of its kind; if it is damaged, write it again",
        )
    )


def parquet_table(path: Path) -> Table:
    """A Parquet file, read by DuckDB; only the columns asked for leave the disk."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("duckdb", "parquet", "reading Parquet files") from error
    refuse_empty(path)
    state = file_state(path)
    literal = "".join(f"[{c}]" if c in "[*?" else c for c in str(path))
    base = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    try:
        raw = _top_level(base.execute("select name, num_children from parquet_schema(?)", [literal]).fetchall())
        described = base.execute("describe select * from read_parquet(?)", [literal]).fetchall()
        counted = base.execute("select count(*) from read_parquet(?)", [literal]).fetchall()
    except (duckdb.Error, ValueError, OverflowError, SystemError) as error:
        raise _damaged(path) from error
    names, notes = sound_names(raw, path.name)
    n_rows = int(counted[0][0])
    if n_rows == 0:
        raise no_rows(path.name, len(names))
    types = {name: (row[0], row[1]) for name, row in zip(names, described, strict=True) if name}

    def fetch(wanted: Sequence[str], keys: Sequence[str]) -> Fetched:
        try:
            columns = read(wanted, keys)
        except (duckdb.Error, ValueError, OverflowError, SystemError) as error:
            raise _damaged(path) from error
        refuse_changed(path, state)
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
    cells = np.array(np.ma.getdata(values), dtype=object)
    cells[np.ma.getmaskarray(values)] = None  # filled(None) would write numpy's "?"
    return column_of(cells)
