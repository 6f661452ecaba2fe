"""The door: rows from anywhere, checked against the model, as a `Survey`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from csimodels.errors import DataError, Problem, SpecError, listed, nearest
from csimodels.messages import Message, joined
from csimodels.spec import data_source, load_model
from csimodels.spec.checks.data import open_column
from csimodels.spec.file_list import FileList, file_list
from csimodels.spec.model import Code, DesignSpec, Model
from csimodels.spec.other_notations import range_of_names
from csimodels.spelling import on_one_line, seen, tidy
from csimodels.survey.absent import absent_items, begins_like
from csimodels.survey.checks import checked
from csimodels.survey.column_names import second_header
from csimodels.survey.columns import Coded, Column, content_hash
from csimodels.survey.files.by_suffix import file_table
from csimodels.survey.files.names import is_pattern
from csimodels.survey.files.several import files_table
from csimodels.survey.options import Asked, Options, Where, double_use, options
from csimodels.survey.survey import Survey
from csimodels.survey.table import LogEntry, Table, joined_labels_entry, plain_label_entry, rounded_entry
from csimodels.survey.weights.replicates import expanded, scale_problems

#: Marks that divide columns in some files, and that no reader looks for.
_MARKS = (";", ",", "\t", "|", "，", "；", "、", " ", ":", "^", "~", "/", "\x01", "||", "::", ";;")
#: From so many rows on the answers are hashed by a processor of their own.
HASHED_ASIDE = 2**15


def read_survey(
    data: object,
    model: Model | str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    missing_codes: Sequence[Code] | Code | None = None,
    weight: str | None = None,
    by: str | Sequence[str] | None = None,
    where: Where | None = None,
    design: DesignSpec | Mapping[str, str | None] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    out_of_range: str | None = None,
) -> Survey:
    """Read a survey and check it against a model.

    Parameters
    ----------
    data : path, frame, dict or None
        A file (.csv .tsv .txt .xlsx .xls .parquet .sav .dta), a pandas, polars or pyarrow table, a dictionary of
        columns, or None for the file that the model names.
    model : Model, str or Path
        Or what `load_model` takes for one.
    columns : dict, optional
        Mapping of item to column, where the names differ; added to those of the model.
    missing_codes : list or dict, optional
        Answers that mean "no answer": numbers, or text such as ``"DK"``.
    weight : str, optional
        Column of sampling weights.
    by : str or list of str, optional
        Column or columns that form groups.
    where : dict or str, optional
        Mapping of column to the value, or list of values, of the rows to keep; or a rule in words, as ``"age >= 18
        and region != 9"``.
    design : dict, optional
        ``{"strata": column, "cluster": column, "fpc": column}``.
    sheet, encoding, separator : str, optional
        Of the file, where they are not to be recognised.
    out_of_range : {"error", "missing"}, optional
        ``"error"`` or ``"missing"``: what to do with answers outside the scale of their item.

    Returns
    -------
    Survey

    Raises
    ------
    SpecError
        The settings contradict the model or each other.
    DataError
        The source cannot be read or does not fit the model; every problem found is listed.
    MissingExtraError
        The kind of file needs a package that is not installed.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1, truth=cs.Population(dont_know_share=0.02)).data
    >>> survey = cs.read_survey(data, "ecsi", missing_codes=[98])
    >>> survey
    <csimodels.Survey pandas DataFrame: 250 rows, 24 items>
    >>> sorted(set(survey.report()["step"]))
    ['missing answers', 'missing codes recoded', 'read', 'rows used']
    """
    asked = Asked(columns, missing_codes, weight, by, where, design, sheet, encoding, separator, out_of_range)
    if not isinstance(model, Model):
        model = load_model(model)
    chosen = options(model, asked)
    table = _table(data, model, chosen, asked)
    chosen, spelt = found_columns(table, chosen)
    fetched, notes = table.fetch(list(chosen.purposes), chosen.keys)
    plain, made_plain = _plain_labels(fetched, chosen)
    table = replace(table, notes=(*table.notes, *spelt, *notes, *made_plain))
    source = table.source
    if source.sha256 or source.n_rows < HASHED_ASIDE:
        source = source if source.sha256 else replace(source, sha256=content_hash(fetched))
        return checked(replace(table, source=source), plain, model, chosen)
    with ThreadPoolExecutor(1) as aside:  # what is read is hashed while it is checked
        digest = aside.submit(content_hash, fetched)
        survey = checked(table, plain, model, chosen)
        return replace(survey, source=replace(survey.source, sha256=digest.result()))


def _table(data: object, model: Model, chosen: Options, asked: Asked) -> Table:
    if data is None:
        data = data_source(model)
        if data is None:
            raise SpecError(
                Problem(
                    "no data was given, and the model names no file",
                    model.origin,
                    remedy="pass a file or a table, or add data: {file: ...} to the spec",
                )
            )
    if isinstance(data, str) and "://" in data:
        raise DataError(Problem("addresses on the network are not read", data, remedy="download the file first"))
    if isinstance(files := data if isinstance(data, FileList) else file_list(data), FileList):
        return files_table(files, chosen)
    if isinstance(data, Path) and is_pattern(data):
        return files_table(FileList((data,), ("",)), chosen)
    if isinstance(data, (str, os.PathLike)):
        return file_table(Path(data), chosen)
    for keyword in ("sheet", "encoding", "separator"):
        if getattr(asked, keyword) is not None:
            raise SpecError(
                Problem(Message("{keyword} is for files, and the data is a table in memory", keyword=keyword), keyword)
            )
    from csimodels.survey.files.frame import frame_table  # narwhals loads only where the data are a frame

    return frame_table(data)


def found_columns(table: Table, chosen: Options) -> tuple[Options, tuple[LogEntry, ...]]:
    """The settings with columns as the source names them, and what is said of other spellings.

    Raises
    ------
    DataError, SpecError
        A column that is needed is not there, or has two roles that exclude each other.
    """
    chosen, spelt = _alike(table, chosen)
    chosen = _with_columns(table, chosen)
    return chosen, (*spelt, *_twins(table, chosen))


def _with_columns(table: Table, chosen: Options) -> Options:
    """Replicate weights by the names of their columns; every column that is needed must be there."""
    spec = chosen.replicates
    columns, unmatched = expanded(spec, table.names, chosen.weight, table.label)
    done = chosen if columns == spec.columns else replace(chosen, replicates=replace(spec, columns=columns))
    _refuse_absent(table, done, unmatched)
    problems = double_use(done) + (scale_problems(spec, len(columns)) if columns else [])
    if problems:
        raise SpecError(problems)
    return done


def _absent_remedy(column: str, uses: Sequence[str], chosen: Options, known: Sequence[str]) -> str:
    bare = column.strip("“”‘’「」『』\"' ")
    parts = [part.strip() for part in re.split("[，、；]", bare)]
    names = range_of_names(column)
    if names and set(names) <= set(known):
        return Message("a range is one name: write [{names}]", names=", ".join(names))
    if bare != column and bare in known:
        return Message("full-width quotes are part of the name: write {name} without them", name=bare)
    if len(parts) > 1 and all(part in known for part in parts):
        return Message("full-width marks divide nothing: write [{names}]", names=", ".join(parts))
    divided = [part for part in re.split("[; ]+", bare) if part]
    if len(divided) > 1 and all(part in known for part in divided):
        return Message("put commas between the names: write [{names}]", names=", ".join(divided))
    near = [name for name in known if fnmatchcase(name, column)] if "*" in column else []
    if near:
        return Message("patterns are not read here: write [{names}]", names=", ".join(near[:20]))
    if column == open_column(column[1:]):
        text = "csi init found no column for it: write the name of its column, or take the item out with {name}: null"
        return Message(text, name=column[1:])
    if uses[0].startswith("item"):
        return Message("correct the name, or map it in columns (item: column)")
    if list(uses) == ["where"] and column in chosen.rule_columns:
        return Message('correct the name, or put quotes round it where a text is meant: "{column}"', column=column)
    return Message("correct the name")


def _alike(table: Table, chosen: Options) -> tuple[Options, tuple[LogEntry, ...]]:
    """The settings with the columns of items as the source writes them: composed letters for decomposed ones."""
    columns = {i: c if c in table.names else tidy(c) for i, c in chosen.columns.items()}
    other = [c for i, c in columns.items() if c != chosen.columns[i] and c in table.names]
    if not other:
        return chosen, ()
    entry = LogEntry("columns found by composed letters", table.label, len(other), listed(other))
    return replace(chosen, columns=columns), (entry,)


def _plain_labels(fetched: dict[str, Column], chosen: Options) -> tuple[dict[str, Column], list[LogEntry]]:
    """Columns that label rows with letters composed and without characters of no width at the ends, counted."""
    done, log = dict(fetched), []
    for name in chosen.keys:
        column = fetched[name]
        if not isinstance(column, Coded):
            continue
        log += rounded_entry(name, column)
        values = tuple(on_one_line(tidy(text)) for text in column.values)
        other = [k for k, (new, old) in enumerate(zip(values, column.values, strict=True)) if new != old.strip()]
        counts = dict(zip(column.values, column.counts().tolist(), strict=True))
        ends = joined_labels_entry(name, counts)
        log += [ends] if ends is not None else []
        if other:
            done[name] = replace(column, values=values)
            first = min(other, key=lambda k: column.values[k].strip())
            log.append(plain_label_entry(name, int(column.counts()[other].sum()), values[first]))
    return done, log


def _twins(table: Table, chosen: Options) -> list[LogEntry]:
    """Columns that are read, beside others whose names differ from theirs in case, width or blanks alone."""
    by_look: dict[str, list[str]] = {}
    for name in table.names:
        if name:
            by_look.setdefault(seen(name), []).append(name)
    found = [
        Message("{used} is read, not {other}", used=f'"{name}"', other=joined([f'"{o}"' for o in others], ", "))
        for name in dict.fromkeys(chosen.purposes)
        if (others := [other for other in by_look.get(seen(name), ()) if other not in chosen.purposes])
    ]
    return [LogEntry("columns whose names look alike", table.label, len(found), listed(found, 6))] if found else []


def _other_separator(table: Table, absent: Sequence[str]) -> str:
    """The mark that divides the only column of a text file into columns that are missed; empty where there is none."""
    known = [name for name in table.names if name]
    if len(known) != 1 or table.source.kind != "csv":
        return ""
    parts = {mark: {part.strip() for part in known[0].split(mark)} for mark in _MARKS}
    return next((mark for mark, names in parts.items() if 2 * len(names & set(absent)) > len(absent)), "")


def _later_header(table: Table, absent: Sequence[str]) -> Message | None:
    """What to do where one of the first rows has the names of most columns that are missed."""
    for above, row in enumerate(table.first, start=1):
        there = {tidy(text) for text in row} & set(absent)
        if len(there) > 1 and 2 * len(there) >= len(absent):
            return second_header(above, row)
    return None


def _refuse_absent(table: Table, chosen: Options, unmatched: list[Problem]) -> None:
    known = [name for name in table.names if name]
    absent = {column: uses for column, uses in chosen.purposes.items() if column not in known}
    if not absent and not unmatched:
        return
    together = absent_items(absent, known, chosen, table)
    several = set(chosen.columns.values()) if together else set()
    free = [name for name in known if name not in chosen.purposes]  # the column of another item is not that of this one
    problems = together + [
        Problem(
            Message('there is no column "{column}" for {names}', column=column, names=listed(uses)),
            table.label,
            allowed=nearest(column, free if uses[0].startswith("item") else known) or begins_like(column, known),
            remedy=_absent_remedy(column, uses, chosen, known),
        )
        for column, uses in absent.items()
        if column not in several
    ]
    found = [Message("the columns are {names}", names=listed(known, 30))]
    later = _later_header(table, list(absent))
    if len(known) < 2 and table.source.kind == "csv" and later is None:
        found.append(Message("one column only: pass separator if it is another"))
    text = "{detail}: write sheet: under data"
    sheets = [Message(text, detail=note.detail) for note in table.notes if note.step == "sheets not read"]
    if later is None and sheets and together and not any(map(bool, set(chosen.columns.values()) & set(known))):
        later = sheets[0]  # no item is here at all
    else:
        found += sheets
    problems += unmatched
    problems[0] = replace(problems[0], found=joined(found))
    if later is None and (mark := _other_separator(table, list(absent))):
        later = Message("the columns are divided by {mark}: put commas in its place", mark=f'"{mark}"')
        if mark == " ":
            later = Message('the columns are divided by blanks: write separator: " " under data')
        elif len(mark) == 1 and mark.isascii():
            text, shown = "the columns are divided by {mark}: write {value} under data", json.dumps(mark)
            later = Message(text, mark=f'"{mark}"', value=f"separator: {shown}")
    if later is not None:
        problems = [replace(problem, remedy="", allowed="") for problem in problems]
        problems[0] = replace(problems[0], remedy=later)
    raise DataError(problems)
