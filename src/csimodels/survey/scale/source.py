"""Where the rows lie: files, tables and frames as one relation of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from csimodels.errors import DataError, MissingExtraError, Problem, listed
from csimodels.messages import Message
from csimodels.paths import home_path
from csimodels.spec.file_list import FileList
from csimodels.spec.model import DataSpec
from csimodels.survey.column_names import sound_names
from csimodels.survey.files.delimited import SEPARATORS, delimited_table
from csimodels.survey.files.names import digest_of, expanded_files, files_of, several_label
from csimodels.survey.files.state import file_hash, file_state, refuse_empty
from csimodels.survey.scale.relation import FRAME, ROW, Relation, is_number_type, literal, quoted, reading
from csimodels.survey.scale.spool import Query, bring_over, kept_once, sqlite_pieces, table_of
from csimodels.survey.table import Source, no_rows

#: What an engine takes where the spec names no limit.
MEMORY_LIMIT = "1GB"

#: Threads of DuckDB; None: as many as there are processors.
THREADS: int | None = None

#: Suffixes that DuckDB reads where they lie.
PARQUET, TEXT, DATABASE, SQLITE = (".parquet",), (".csv", ".tsv", ".txt"), (".duckdb", ".db"), (".sqlite", ".sqlite3")
#: Texts of at most so many bytes are read again to name the lines that are wrong in them.
_SMALL_TEXT = 256_000_000


def connect(limit: str | None) -> Any:
    """A database in memory, under a memory limit, that fetches nothing from the network.

    Raises
    ------
    MissingExtraError
        DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("duckdb", "parquet", "reading large surveys where they lie") from error
    config: Any = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    connection = duckdb.connect(config=config)
    connection.execute(f"set memory_limit = {literal((limit or MEMORY_LIMIT).replace(' ', ''))}")
    if THREADS is not None:
        connection.execute(f"set threads = {THREADS}")
    return connection


def matching_files(path: Path | FileList) -> tuple[Path, ...]:
    """Files that a path, a folder of Parquet files, a pattern or a list of them names.

    Raises
    ------
    DataError
        There is none, or they are of several kinds.
    """
    found = tuple(file for file, _ in expanded_files(path)) if isinstance(path, FileList) else files_of(path)
    kinds = {file.suffix.lower() for file in found}
    if len(kinds) > 1:
        what, remedy = Message("the files are of several kinds"), "name files of one kind: waves/*.parquet"
        raise DataError(Problem(what, several_label(found), listed(sorted(kinds)), remedy=remedy))
    return found


def holds_parquet(path: Path) -> bool:
    """Whether a path is a folder with Parquet files in it."""
    return home_path(path).is_dir() and any(home_path(path).glob("*.parquet"))


def open_relation(data: object, spec: DataSpec) -> Relation:
    """The relation of a file, a pattern of files, or a table in memory.

    Parameters
    ----------
    data : path, or a frame of pandas, polars or pyarrow, or a dataset of pyarrow
    spec : the section `data` of a model.

    Raises
    ------
    DataError
        No such file or table, or one that DuckDB does not read.
    """
    connection = connect(spec.memory_limit)
    if isinstance(data, Query):
        return spooled(connection, data.pieces(), "query")
    if not isinstance(data, (Path, FileList)):
        return _frame(connection, data)
    files = matching_files(data)
    kind = files[0].suffix.lower()
    if kind in SQLITE:
        return spooled(connection, sqlite_pieces(files[0], spec), files[0].name, files[0])
    if kind in PARQUET:
        return parquet_relation(connection, files)
    for file in files:
        refuse_empty(file)
    if kind in DATABASE:
        return _database(connection, files, spec)
    if kind in TEXT:
        return _texts(connection, files, spec)
    what = Message('files with the suffix "{suffix}" are not read by DuckDB', suffix=kind)
    known = " ".join((*PARQUET, *TEXT, *DATABASE, *SQLITE))
    remedy = "write engine: memory, or save the data as Parquet"
    raise DataError(Problem(what, several_label(files), allowed=known, remedy=remedy))


def _list(files: Sequence[Path]) -> str:
    """Names of files in SQL, marks of patterns in them taken as they are."""
    plain = ("".join(f"[{c}]" if c in "[*?" else c for c in str(file)) for file in files)
    return "[" + ", ".join(literal(name) for name in plain) + "]"


def parquet_relation(connection: Any, files: tuple[Path, ...], digest: str | None = None) -> Relation:
    """The rows of Parquet files.

    Parameters
    ----------
    digest : hash of what the files hold, where it is known.

    Raises
    ------
    DataError
        An empty file, or files that differ in their columns.
    """
    for file in files:
        refuse_empty(file)
    _refuse_other_types(connection, files)
    scan = f"read_parquet({_list(files)}, union_by_name=true, filename=true, file_row_number=true)"
    place = ("parse_filename(filename)" if len(files) > 1 else "null", "file_row_number + 1")
    return _relation(connection, scan, files, "parquet", place, ("filename", "file_row_number"), digest)


def _relation(
    connection: Any,
    scan: str,
    files: tuple[Path, ...],
    kind: str,
    place: tuple[str, str],
    hidden: tuple[str, ...],
    digest: str | None = None,
) -> Relation:
    label, states = several_label(files), tuple(file_state(file) for file in files)
    with reading(label):
        described = connection.execute(f"describe select * from {scan}").fetchall()
        n_rows = int(connection.execute(f"select count(*) from {scan}").fetchall()[0][0])
    found = [(row[0], row[1]) for row in described if row[0] not in hidden]
    names, notes = sound_names([name for name, _ in found], label)
    if n_rows == 0:
        raise no_rows(label, len(names))
    types = {name: kind_ for name, (_, kind_) in zip(names, found, strict=True) if name}
    raw = {name: old for name, (old, _) in zip(names, found, strict=True) if name}
    if digest is None:
        digest = digest_of([file_hash(file) for file in files])
    source = Source(kind, label, digest, n_rows=n_rows, n_columns=len(names))
    return Relation(connection, scan, types, raw, source, place, notes, files=files, states=states)


def _refuse_other_types(connection: Any, files: Sequence[Path]) -> None:
    """Refuse Parquet files of which one lacks a column, or has texts where the others have numbers."""
    if len(files) == 1:
        return
    seen: dict[str, tuple[str, str]] = {}
    problems = []
    for file in files:
        with reading(file.name):
            rows = connection.execute(f"describe select * from read_parquet({_list([file])})").fetchall()
        here = {row[0]: "number" if is_number_type(row[1]) else row[1] for row in rows}
        first = not seen
        for name, kind in here.items():
            known = seen.setdefault(name, (kind, file.name))
            if known[0] != kind and name in seen:
                what = Message('column "{column}" is of another type than in {file}', column=name, file=known[1])
                problems.append(Problem(what, file.name, kind, known[0], "write the file again with the other type"))
        if not first and (gone := [name for name in seen if name not in here]):
            what = Message("{file} lacks columns that other files have", file=file.name)
            problems.append(Problem(what, file.name, listed(gone), remedy="add the columns, or leave the file out"))
    if problems:
        raise DataError(problems)


def _texts(connection: Any, files: tuple[Path, ...], spec: DataSpec) -> Relation:
    encoding = (spec.encoding or "utf-8").lower().replace("_", "-")
    if encoding not in ("utf-8", "utf8", "utf-8-sig", "utf-16", "latin-1"):
        what = Message("{engine} does not read the encoding {name}", engine="DuckDB", name=encoding)
        raise DataError(Problem(what, several_label(files), remedy="write engine: memory, or save the file in UTF-8"))
    mark = f", delim={literal(spec.separator)}" if spec.separator else ""
    coding = "" if encoding.startswith("utf-8") or encoding == "utf8" else f", encoding={literal(encoding)}"
    scan = f"read_csv({_list(files)}, header=true, all_varchar=true, filename=true, null_padding=false{mark}{coding})"
    file = "parse_filename(filename)" if len(files) > 1 else "null"
    states = tuple(file_state(path) for path in files)
    if (held := kept_once(connection, scan, ROW)) is None:  # the questions that follow say what is wrong with it
        done = _relation(connection, scan, files, "csv", (file, "row_number() over ()"), hidden=("filename",))
    else:
        done = _relation(connection, "spool_.rows", files, "csv", (file, ROW), hidden=("filename", ROW))
        done = replace(done, held=held, states=states)
    if mark == "" and len(done.names) == 1 and any(c in done.names[0] for c in SEPARATORS):
        _refuse_unequal_lines(files, spec)
    with reading(done.source.name):
        found = connection.execute(f"select delimiter from sniff_csv({literal(str(files[0]))})").fetchall()
    comma = (spec.separator or (found[0][0] if found else ",")) != ","
    return replace(done, comma_decimal=comma)


def _refuse_unequal_lines(files: Sequence[Path], spec: DataSpec) -> None:
    """Name the lines for which DuckDB found no separator in a text whose header has one; large files are not read."""
    for file in files:
        if file.stat().st_size <= _SMALL_TEXT:
            delimited_table(file, spec.encoding, spec.separator)


def _database(connection: Any, files: tuple[Path, ...], spec: DataSpec) -> Relation:
    label = files[0].name
    with reading(label):
        connection.execute(f"attach {literal(str(files[0]))} as kept (read_only)")
        views = "select view_name from duckdb_views() where not internal"
        found = connection.execute(f"select table_name from duckdb_tables() union all {views} order by 1").fetchall()
    known = [row[0] for row in found]
    table = table_of(known, spec.table, label)
    scan = f"kept.{quoted(table)}"
    return _relation(connection, scan, files, "duckdb", ("null", "row_number() over ()"), hidden=())


def spooled(connection: Any, pieces: Iterator[pd.DataFrame], label: str, file: Path | None = None) -> Relation:
    """Rows that are brought over piece by piece."""
    folder = bring_over(connection, pieces)
    described = connection.execute("describe select * from spool_.rows").fetchall()
    n_rows = int(connection.execute("select count(*) from spool_.rows").fetchall()[0][0])
    names, notes = sound_names([row[0] for row in described], label)
    types = {n: row[1] for n, row in zip(names, described, strict=True) if n}
    raw = {n: row[0] for n, row in zip(names, described, strict=True) if n}
    digest = "" if file is None else file_hash(file)
    source = Source("sqlite" if file else "query", label, digest, n_rows=n_rows, n_columns=len(names))
    place = ("null", "rowid + 1")
    return Relation(connection, "spool_.rows", types, raw, source, place, notes, held=folder)


def _frame(connection: Any, data: object) -> Relation:
    """A frame or dataset that DuckDB reads where it lies."""
    import duckdb

    name = f"{type(data).__module__.split('.')[0]} {type(data).__name__}"
    try:
        connection.register(FRAME, data)
    except (duckdb.Error, TypeError, ValueError) as error:
        what = Message("DuckDB does not read {kind}", kind=name)
        remedy = "pass a file, a frame of pandas, polars or pyarrow, or a dataset of pyarrow"
        raise DataError(Problem(what, remedy=remedy)) from error
    described = connection.execute("describe select * from frame").fetchall()
    n_rows = int(connection.execute("select count(*) from frame").fetchall()[0][0])
    names, notes = sound_names([row[0] for row in described], name)
    if n_rows == 0:
        raise no_rows(name, len(names))
    types = {n: row[1] for n, row in zip(names, described, strict=True) if n}
    raw = {n: row[0] for n, row in zip(names, described, strict=True) if n}
    source = Source(name.split()[0], name, n_rows=n_rows, n_columns=len(names))
    return Relation(connection, FRAME, types, raw, source, ("null", "row_number() over ()"), notes, held=data)
