"""Several files of one survey as one table: their rows one after another, each file named with its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from csimodels.errors import DataError, Problem, listed, nearest
from csimodels.messages import Message, joined
from csimodels.spec.file_list import FileList
from csimodels.survey.columns import Coded, Column, column_of, number_text
from csimodels.survey.files.by_suffix import file_table
from csimodels.survey.files.names import digest_of, expanded_files, several_label
from csimodels.survey.options import Options
from csimodels.survey.table import Fetched, LogEntry, Source, Table


def files_table(files: FileList, chosen: Options) -> Table:
    """The rows of several files, in the order in which they are named.

    Columns are matched by their names.  A column that is needed must be in every file; one that some files lack and
    nobody needs is said.  Where the files are named by wave, the column of the waves is made of these names.

    Raises
    ------
    DataError
        A file cannot be read, or lacks a column that is needed; each is named.
    """
    found = expanded_files(files)
    tables = [file_table(path, chosen) for path, _ in found]
    if len(tables) == 1 and not found[0][1]:
        return tables[0]
    names = tuple(dict.fromkeys(name for table in tables for name in table.names if name))
    waves = [wave for _, wave in found]
    own = chosen.wave if any(waves) else None
    if own is not None:
        _refuse_other_waves(tables, waves, own)
        names = (*names, *(() if own in names else (own,)))
    kinds = list(dict.fromkeys(table.source.kind for table in tables))
    source = Source(
        kind=kinds[0] if len(kinds) == 1 else "files",
        name=several_label([path for path, _ in found]),
        sha256=digest_of([table.source.sha256 for table in tables]),
        n_rows=sum(table.source.n_rows for table in tables),
        n_columns=len(names),
    )
    notes = [_read_entry(table, wave) for table, wave in zip(tables, waves, strict=True)]
    notes += [entry for table in tables for entry in table.notes]
    notes += not_everywhere({table.source.name: table.names for table in tables}, own)
    wordings = {name: text for table in reversed(tables) for name, text in table.wordings.items()}
    return Table(
        names, source, partial(_fetch, tables, waves, own), tuple(notes), all(t.comma_decimal for t in tables),
        partial(_named_values, tables), wordings, partial(_declared, tables),
        parts=tuple((table.source.name, table.source.n_rows) for table in tables),
    )  # fmt: skip


def _read_entry(table: Table, wave: str) -> LogEntry:
    said = [Message("{n} columns", n=table.source.n_columns), Message(table.source.kind)]
    if table.source.encoding:
        said.append(Message("encoding {name}", name=table.source.encoding))
    if wave:
        said.append(Message("wave {name}", name=wave))
    return LogEntry("file read", table.source.name, table.source.n_rows, joined(said))


def not_everywhere(columns: Mapping[str, Sequence[str]], own: str | None) -> list[LogEntry]:
    """What is said of columns that a file lacks and others have, by file; `own` is made of the names of waves."""
    every = dict.fromkeys(name for names in columns.values() for name in names if name and name != own)
    gone = {file: [name for name in every if name not in names] for file, names in columns.items()}
    step = "columns that other files have"
    return [LogEntry(step, file, len(names), listed(names)) for file, names in gone.items() if names]


def _refuse_other_waves(tables: Sequence[Table], waves: Sequence[str], own: str) -> None:
    """Refuse files that hold a column of the waves themselves, of which the names of waves would be a second one."""
    holding = [table.source.name for table in tables if own in table.names]
    if holding:
        what = Message('files are named by wave, and "{column}" is a column of theirs', column=own)
        remedy = Message("write them as a list: file: [{names}]", names=", ".join(holding))
        raise DataError(Problem(what, "data: file", listed(holding), remedy=remedy))


def _fetch(
    tables: Sequence[Table], waves: Sequence[str], own: str | None, wanted: Sequence[str], keys: Sequence[str]
) -> Fetched:
    read = [name for name in wanted if name != own]
    refuse_lacking({table.source.name: table.names for table in tables}, read)
    parts: list[dict[str, Column]] = []
    log: list[LogEntry] = []
    for table in tables:
        columns, said = table.fetch(read, keys)
        parts.append(columns)
        log += said
    done = {name: stacked([columns[name] for columns in parts]) for name in read}
    if own is not None and own in wanted:
        codes = np.repeat(np.arange(len(tables)), [table.source.n_rows for table in tables])
        done[own] = Coded(codes.astype(np.intp), tuple(waves))
    return done, tuple(log)


def refuse_lacking(columns: Mapping[str, Sequence[str]], wanted: Sequence[str]) -> None:
    """Refuse files that lack a column that is needed.

    Raises
    ------
    DataError
        With every such file and its columns.
    """
    problems = []
    for file, names in columns.items():
        gone = [name for name in wanted if name not in names]
        if gone:
            what = Message("{file} lacks columns that other files have", file=file)
            near = [hint for name in gone if (hint := nearest(name, [n for n in names if n]))]
            remedy = "name the columns alike in all files; for a question not asked there add an empty column"
            problems.append(Problem(what, file, listed(gone), near[0] if near else "", remedy))
    if problems:
        raise DataError(problems)


def stacked(parts: Sequence[Column]) -> Column:
    """Columns one below the other: numbers where all of them are, else text."""
    if not any(isinstance(part, Coded) for part in parts):
        return np.concatenate([np.asarray(part) for part in parts])
    coded = [part if isinstance(part, Coded) else _as_text(part) for part in parts]
    place: dict[tuple[str, bool], int] = {}
    codes = []
    for part in coded:
        own = [place.setdefault((v, k in part.numeric), len(place)) for k, v in enumerate(part.values)]
        codes.append(np.append(np.asarray(own, dtype=np.intp), -1)[part.codes])
    numeric = frozenset(k for (_, is_number), k in place.items() if is_number)
    return Coded(np.concatenate(codes), tuple(value for value, _ in place), numeric)


def _as_text(part: Column) -> Coded:
    cells = [None if np.isnan(value) else number_text(value) for value in np.asarray(part).tolist()]
    found = column_of(cells)
    if not isinstance(found, Coded):  # no cell of this file is filled
        return Coded(np.full(len(cells), -1, dtype=np.intp), ())
    return replace(found, numeric=frozenset(range(len(found.values))))


def _named_values(tables: Sequence[Table], column: str) -> dict[str, str]:
    """Value labels of all files, of a code with several those of the last file."""
    return {code: label for table in tables for code, label in table.named_values(column).items()}


def _declared(tables: Sequence[Table], column: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in tables:
        for value, n in table.declared(column).items() if column in table.names else ():
            counts[value] = counts.get(value, 0) + n
    return counts
