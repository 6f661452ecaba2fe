"""A list of files under an engine: how many rows each has, what some lack, and the wave of each."""

from __future__ import annotations

from dataclasses import replace

from csimodels.errors import DataError, Problem
from csimodels.messages import Message, joined
from csimodels.spec.file_list import FileList
from csimodels.survey.files.names import expanded_files
from csimodels.survey.files.several import not_everywhere, refuse_lacking
from csimodels.survey.options import Options
from csimodels.survey.scale.relation import Relation, literal, quoted, reading
from csimodels.survey.table import LogEntry


def with_parts(relation: Relation, files: FileList, chosen: Options) -> Relation:
    """The relation with what is said of each file, and with the column of the waves that files are named by.

    Raises
    ------
    DataError
        A file lacks a column that is needed, or files are named by wave and hold the column themselves.
    """
    found, wave = expanded_files(files), chosen.wave
    named = any(label for _, label in found)
    notes = []
    for path, label in found:
        said = [Message("{n} columns", n=len(relation.names)), Message(relation.source.kind)]
        said += [Message("wave {name}", name=label)] if label else []
        notes.append(LogEntry("file read", path.name, relation.rows_of_files.get(str(path), 0), joined(said)))
    if relation.source.kind == "csv":
        columns = {path.name: _columns(relation, str(path)) for path, _ in found}
        every = {name for names in columns.values() for name in names}
        refuse_lacking(columns, [name for name in chosen.purposes if name in every])
        notes += not_everywhere(columns, wave if named else None)
    done = replace(relation, notes=(*notes, *relation.notes))
    if not named or wave is None:
        return done
    if wave in relation.types:
        what = Message('files are named by wave, and "{column}" is a column of theirs', column=wave)
        remedy = Message("write them as a list: file: [{names}]", names=", ".join(path.name for path, _ in found))
        raise DataError(Problem(what, "data: file", remedy=remedy))
    scan = f"(select *, {wave_sql(files)} as {quoted(wave)} from {relation.scan})"
    types, raw = {**relation.types, wave: "VARCHAR"}, {**relation.raw, wave: wave}
    source = replace(relation.source, n_columns=relation.source.n_columns + 1)
    return replace(done, scan=scan, types=types, raw=raw, source=source)


def wave_sql(files: FileList) -> str:
    """SQL of the wave that each file is named by."""
    cases = " ".join(f"when {literal(str(path))} then {literal(label)}" for path, label in expanded_files(files))
    return f"case filename {cases} end"


def _columns(relation: Relation, path: str) -> list[str]:
    """Columns of one text file, as its header has them."""
    sql = f"describe select * from read_csv({literal(path)}, header=true, all_varchar=true)"
    with reading(relation.source.name):
        return [row[0] for row in relation.connection.execute(sql).fetchall()]
