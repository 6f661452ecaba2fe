"""The door of surveys that a database holds: the checks of the memory engine as counts, then the sums."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from csimodels.errors import DataError, Problem, SpecError
from csimodels.messages import N_, Message
from csimodels.moments import FORM_OF_RULE, Moments, SummedRows
from csimodels.paths import home_path
from csimodels.spec import data_path, data_source, moments_path
from csimodels.spec.file_list import FileList, file_list
from csimodels.spec.model import Model
from csimodels.spec.rules import missing_rule
from csimodels.survey.answer_counts import AnswerCounts
from csimodels.survey.answers import Codes
from csimodels.survey.checks import MIN_ROWS, read_entry, refuse_few, refuse_unvarying, say_gone
from csimodels.survey.design import say_units
from csimodels.survey.file_names import expanded_files, globbed, is_pattern
from csimodels.survey.files import refuse_long_name
from csimodels.survey.kept import MIN_ROWS_OF_GROUP, MOST_SINGLES, refuse_identifiers
from csimodels.survey.keys import Labels, crossed, group_in_words, label_text
from csimodels.survey.options import Asked, Options, options
from csimodels.survey.ranges import Ranges
from csimodels.survey.read import found_columns
from csimodels.survey.roles import role_log
from csimodels.survey.scale.census import Judged, asked_items, judged
from csimodels.survey.scale.census import counted as counted_cells
from csimodels.survey.scale.clusters import on_cluster, spread
from csimodels.survey.scale.cross_tables import CrossTables
from csimodels.survey.scale.file_parts import with_parts
from csimodels.survey.scale.filters import Filter, kept_rows, label_sql, labels_of, plain_labels
from csimodels.survey.scale.one_state import one_state
from csimodels.survey.scale.pieces import Spread
from csimodels.survey.scale.refused import needs_rows, refuse_rows_needed
from csimodels.survey.scale.respondents import origin_of, place_of, stream_of, used_sql
from csimodels.survey.scale.same_ids import ids_in_groups, repeated_ids
from csimodels.survey.scale.same_rows import same_rows
from csimodels.survey.scale.source import (
    DATABASE,
    MEMORY_LIMIT,
    PARQUET,
    SQLITE,
    Relation,
    connect,
    holds_parquet,
    literal,
    open_relation,
    spooled,
)
from csimodels.survey.scale.spool import Query
from csimodels.survey.scale.summed_survey import SummedSurvey
from csimodels.survey.scale.sums import Parts, summed, table_of_rows
from csimodels.survey.scale.travel import load_sums
from csimodels.survey.scale.warehouse import BringOver, Warehouse, refuse_other_types, sqlite_warehouse, warehouse
from csimodels.survey.scale.weights import checked_weight
from csimodels.survey.table import Ints, LogEntry, Notes, Table

#: From so many rows on a Parquet file is summed where it lies, unless the spec says ``engine: memory``.
MANY_ROWS = 2_000_000
#: Random groups of respondents, for replicates without rows.
BUCKETS = 100
#: Memory that the sums of all groups may take.
SUMS_BYTES = 2**30


def takes_over(data: object, model: Model) -> bool:
    """Whether rows are summed where they lie: the spec says so, or a Parquet file is very large.

    Parameters
    ----------
    data : path, frame or None
        What the study was given; None for the file of the spec.
    """
    if data is None and model.data.moments is not None:
        return True
    if isinstance(data, Query) or on_cluster(data):
        return True
    several = file_list(data) or (data_source(model) if data is None else None)
    path = data_path(model) if data is None else Path(data) if isinstance(data, (str, os.PathLike)) else None
    for one in several.paths if isinstance(several, FileList) else (path,):
        if one is not None:
            refuse_long_name(one)
    if model.data.engine != "auto":
        return model.data.engine != "memory"
    if isinstance(several, FileList):
        return _is_large(several) and not needs_rows(model, options(model, Asked()))
    if path is None:
        return False
    if is_pattern(path) or holds_parquet(path) or path.suffix.lower() in (*DATABASE, *SQLITE):
        return True
    large = path.suffix.lower() in PARQUET and path.is_file() and _rows_of_parquet(path) >= MANY_ROWS
    return large and not needs_rows(model, options(model, Asked()))


def _is_large(files: FileList) -> bool:
    """Whether a list of Parquet files has so many rows that they are summed where they lie."""
    found = [path for path, _ in expanded_files(files)]
    parquet = all(path.suffix.lower() in PARQUET for path in found)
    return parquet and sum(map(_rows_of_parquet, found)) >= MANY_ROWS


def _rows_of_parquet(path: Path) -> int:
    """Rows of a Parquet file by its last bytes; 0 where it cannot be read, which the reader says better."""
    if path.stat().st_size < MANY_ROWS:  # less than a byte for each row
        return 0
    try:
        import duckdb
    except ImportError:
        return 0
    try:
        found = duckdb.connect().execute("select sum(num_rows) from parquet_file_metadata(?)", [str(path)]).fetchall()
    except duckdb.Error:
        return 0
    return int(found[0][0] or 0)


def read_sums(data: object, model: Model, split: bool = False, wanted: Iterable[tuple[str, ...]] = ()) -> SummedSurvey:
    """Check a survey that DuckDB reads and reduce it to sums.

    Parameters
    ----------
    data : path, pattern of paths, frame, dataset of pyarrow, or None for the file of the model
    split : whether respondents are to be divided into random groups, as replicates without rows need them.
    wanted : sets of items whose answers are counted together at once; others are asked for when they are needed.

    Raises
    ------
    SpecError
        The spec asks for what needs rows in memory; every such thing is named.
    DataError
        The source cannot be read or does not fit the model; every problem found is listed.
    """
    chosen = options(model, Asked())
    refuse_rows_needed(model, chosen)
    if data is None and (folder := moments_path(model)) is not None:
        return load_sums(_folders(folder), model)
    source = data_source(model) if data is None else (file_list(data) or data)
    if source is None:
        remedy = "pass a file or a table, or add data: {file: ...} to the spec"
        raise SpecError(Problem("no data was given, and the model names no file", model.origin, remedy=remedy))
    source = Path(source) if isinstance(source, (str, os.PathLike)) else source
    if isinstance(source, Query):
        with one_state(source.plain):
            return _read_relation(source, warehouse(source), model, chosen, split, wanted)
    relation: Relation | None = spread(source, model.data)
    if relation is None and isinstance(source, Path) and source.suffix.lower() in SQLITE:
        relation = sqlite_warehouse(source, model.data)
    if isinstance(relation, Warehouse):
        with one_state(relation.connection):
            return _read_relation(source, relation, model, chosen, split, wanted)
    return _read_relation(source, relation, model, chosen, split, wanted)


def _read_relation(
    source: object,
    relation: Relation | None,
    model: Model,
    chosen: Options,
    split: bool,
    wanted: Iterable[tuple[str, ...]],
) -> SummedSurvey:
    """The survey of a source; what its own database cannot check is brought over."""
    if relation is None:
        relation = open_relation(source, model.data)
        if isinstance(source, FileList):
            relation = with_parts(relation, source, chosen)
    try:
        done = _read(relation, model, chosen, split)
    except BringOver as missing:
        if isinstance(relation, Spread) and not relation.files:
            label = relation.source.name
            brought = spooled(connect(model.data.memory_limit), relation.frames(), label)
        else:
            brought = open_relation(source, model.data)
        done = _read(brought, model, chosen, split, missing.reason)
    assert isinstance(done.tables, CrossTables)
    done.tables.asked(wanted)
    return done


def _read(
    relation: Relation, model: Model, chosen: Options, split: bool, missing: Message | None = None
) -> SummedSurvey:
    """The survey of a relation; ``missing`` is what kept its own database from summing it."""
    table = Table(relation.names, relation.source, _not_fetched, relation.notes, relation.comma_decimal)
    chosen, spelt = found_columns(table, chosen)
    notes = Notes(table.label, [read_entry(table), *table.notes, *spelt, *plain_labels(relation, chosen.keys)])
    notes.log += role_log(chosen.purposes)
    notes.log.append(_engine_entry(model, relation, missing))
    if isinstance(relation, Warehouse):
        refuse_other_types(relation, [*chosen.columns.values(), *chosen.keys, *chosen.rule_columns])
    return _checked(relation, table, model, chosen, notes, split)


def _folders(path: Path) -> list[Path]:
    """The folders of sums that a path or a pattern names."""
    if not is_pattern(path):
        return [path]
    found = [folder for folder in globbed(home_path(path)) if folder.is_dir()]
    if not found:
        what = Message("no such file: {path}", path=str(path))
        raise DataError(Problem(what, remedy="correct the path or the pattern"))
    return sorted(found)


def _not_fetched(names: Sequence[str], keys: Sequence[str]) -> Any:
    raise AssertionError("rows stay in the database")


def _engine_entry(model: Model, relation: Relation, missing: Message | None) -> LogEntry:
    if isinstance(relation, Warehouse):
        where = Message("{database} counts and sums; rows stay there", database=relation.dialect.name)
        return LogEntry("summed by the database", relation.source.name, relation.source.n_rows, where)
    if isinstance(relation, Spread):
        pieces = "{database} counts and sums {n} pieces of the rows; they stay there"
        where = Message(pieces, database=relation.cluster.name, n=relation.cluster.size)
        return LogEntry("summed on the cluster", relation.source.name, relation.source.n_rows, where)
    limit = model.data.memory_limit or MEMORY_LIMIT
    text = Message("rows stay where they are; sums are formed within {limit}", limit=limit)
    if missing is not None:
        text = Message(
            "rows are brought over, as {reason}; sums are formed within {limit}", reason=missing, limit=limit
        )
    return LogEntry("summed by DuckDB", relation.source.name, relation.source.n_rows, text)


def _checked(
    relation: Relation, table: Table, model: Model, chosen: Options, notes: Notes, split: bool
) -> SummedSurvey:
    kept = kept_rows(relation, chosen, notes)
    asked = asked_items(relation, model, chosen)
    codes = [Codes.of((*chosen.missing_codes, *chosen.codes.get(i.name, ()))) for i in model.asked]
    every = judged(kept, counted_cells(kept, asked, codes), codes, chosen, table, notes)
    items = every[: len(model.items)]
    weight, used = checked_weight(kept, every, chosen, notes)
    if not notes.problems:
        _refuse_unusable(items, used, notes)
    notes.stop_if_wrong()
    names = _key_columns(chosen)
    keys = [label_sql(relation, name) for name in names]
    bucketed = chosen.design.cluster is None and (split or model.uncertainty.method in ("jackknife", "bootstrap"))
    if bucketed:
        keys.append(_bucket(relation))
    _refuse_many_groups(kept, keys, len(items), notes)
    rows = table_of_rows(kept, [], None if weight is None else weight[0], every)
    is_used = used_sql(weight is not None, every)
    same = same_rows(kept, rows, items, is_used)
    parts = summed(kept, keys, weight, every, len(items), FORM_OF_RULE[missing_rule(model)])
    labels_ = {name: labels_of(parts.keys[i]) for i, name in enumerate(names)}
    group, group_keys = _groups(kept, labels_, parts, chosen, notes)
    notes.log += _twice(kept, weight, every, chosen, is_used)
    strata = _units(labels_, chosen.design.strata, N_("strata"), parts, kept, notes)
    cluster = _units(labels_, chosen.design.cluster, N_("cluster"), parts, kept, notes)
    notes.stop_if_wrong()
    units_of = "clusters" if cluster is not None else "buckets" if bucketed else "rows"
    source = relation.source
    if not source.sha256:
        source = replace(source, sha256=_fingerprint(parts))
    return SummedSurvey(
        model=model, x=np.empty((len(parts.given), 0)), weights=None, by=chosen.by, group=group, group_keys=group_keys,
        strata=None if strata is None else strata[0], cluster=None if cluster is None else cluster[0],
        row=np.arange(len(parts.given), dtype=np.int64), log=tuple(notes.log), source=source, wave=chosen.wave,
        strata_names=() if strata is None else strata[1], parts=parts, units_of=units_of,
        stream=stream_of(kept, keys, weight, every, parts), told=_counts(items, parts, same),
        origin=origin_of(kept, keys, weight, every, parts), weighted=weight is not None,
        whole_answers=np.asarray([j.whole for j in every]),
        tables=CrossTables(kept, tuple(keys), weight, tuple(every), place_of(parts), parts.given, is_used),
    )  # fmt: skip


def _twice(
    kept: Filter, weight: tuple[str, float] | None, every: Sequence[Judged], chosen: Options, used: str
) -> list[LogEntry]:
    """What to say of ids of respondents that stand there twice."""
    column, keys = ids_in_groups(kept, chosen)
    if not column:
        return []
    rows = table_of_rows(kept, keys, None if weight is None else weight[0], every)
    return repeated_ids(kept, rows, used, chosen, column)


def _key_columns(chosen: Options) -> list[str]:
    """Columns that tell parts apart: groups, strata, clusters."""
    names = [*chosen.by, chosen.design.strata, chosen.design.cluster]
    return list(dict.fromkeys(name for name in names if name is not None))


def _bucket(relation: Relation) -> str:
    """SQL of the random group of a row: its number, mixed by whole-number arithmetic that every database has.

    Two multiplicative steps modulo 2^32 (Knuth 1998, section 6.4), the upper half folded in between.
    """
    row = relation.place[1]
    number = f"({row})"
    if len(relation.files) > 1 and "over" not in row:
        names = ", ".join(literal(file.name) for file in relation.files)
        number = f"({row} + 1000003 * list_position([{names}], {relation.place[0]}))"
    first = f"(({number} * 2654435761) % 4294967296)"
    folded = f"(({first} + {first} // 65536) % 4294967296)"
    return f"cast((({folded} * 1103515245) % 4294967296) // 65536 % {BUCKETS} as integer)"


def _refuse_unusable(items: Sequence[Judged], used: int, notes: Notes) -> None:
    if used < MIN_ROWS:
        raise DataError(refuse_few(used, notes))
    for judged_ in items:
        item, ends = judged_.item, (judged_.low, judged_.high)  # as they were given; NaN without an answer
        low, high = (sum(item.scale) - end for end in reversed(ends)) if item.reverse else ends
        refuse_unvarying(item.name, low, high, notes)


def _refuse_many_groups(kept: Filter, keys: Sequence[str], p: int, notes: Notes) -> None:
    """Refuse keys that tell so many parts apart that their sums would not fit."""
    if not keys:
        return
    each = 8 * (2 * p + 3 * p * p + 4) * 2
    most = SUMS_BYTES // each
    names = ", ".join(f"{key} as k{i}" for i, key in enumerate(keys))
    group = ", ".join(f"k{i}" for i in range(len(keys)))
    sql = f"select {group} from (select {names} from {kept.sql}) group by {group}"
    if kept.relation.different(sql, most + 1) > most:
        what = "so many groups, strata and clusters that their sums do not fit into memory"
        remedy = "group by fewer columns, or leave clusters out"
        notes.problems.append(Problem(what, notes.where, Message("more than {n}", n=most), remedy=remedy))
        notes.stop_if_wrong()


def _groups(
    kept: Filter, labels_: dict[str, Labels], parts: Parts, chosen: Options, notes: Notes
) -> tuple[Ints, tuple[tuple[str | float, ...], ...]]:
    """Group of each part, and the keys of the groups in their natural order."""
    if not chosen.by:
        return np.zeros(len(parts.given), dtype=np.intp), ((),)
    for column in chosen.by:
        sizes = np.bincount(labels_[column].codes, parts.given).astype(np.intp)
        if len(sizes) >= MOST_SINGLES and sizes.max() < MIN_ROWS_OF_GROUP and 2 * len(sizes) >= sizes.sum():
            repeated = Labels(np.repeat(np.arange(len(sizes)), sizes), labels_[column].keys)
            alone = replace(chosen, by=(column,))
            refuse_identifiers({column: repeated}, alone, np.arange(len(repeated.codes)), notes)
    group, keys = crossed([labels_[column] for column in chosen.by])
    say_gone(_gone(kept, keys, chosen), chosen, notes)
    return group, keys


def _gone(kept: Filter, keys: Sequence[tuple[str | float, ...]], chosen: Options) -> list[Message]:
    """Groups of which no row is left."""
    names = [label_sql(kept.relation, column) for column in chosen.by]
    found = kept.relation.rows(f"select distinct {', '.join(names)} from {kept.sql}", "k" * len(names))
    every = crossed([labels_of([row[i] for row in found]) for i in range(len(names))])[1]
    return [group_in_words(chosen.by, key) for key in every if key not in set(keys)]


def _units(
    labels_: dict[str, Labels], column: str | None, kind: str, parts: Parts, kept: Filter, notes: Notes
) -> tuple[Ints, tuple[str, ...]] | None:
    """Number of the stratum or cluster of each part, and their names."""
    if column is None:
        return None
    found = labels_[column]
    empty = int(parts.given[found.codes < 0].sum())
    say_units(kind, column, len(np.unique(found.codes)), empty, notes)
    return found.codes, tuple(label_text(key) for key in found.keys)


def _fingerprint(parts: Parts) -> str:
    """sha256 of the sums of tables that are no file."""
    s = parts.sums
    whole = hashlib.sha256()
    for values in (s.n_rows, s.w, s.ww, s.wx, s.wxx):
        whole.update(np.ascontiguousarray(values + 0.0).data)
    return whole.hexdigest()


def _counts(items: Sequence[Judged], parts: Parts, same_rows_: tuple[int, int | None, int]) -> AnswerCounts:
    """What cautions are made from.  Correlations are weighted here."""
    total = SummedRows.of(parts.sums, parts.answered.sum(axis=0), int(parts.given.sum()), parts.sums.form).sums()
    moments = Moments.from_sums(replace(total, form="pairwise"), "pairwise")
    answered = np.asarray([float(j.answered) for j in items])
    ranges = Ranges(answered, *(np.asarray([getattr(j, end) for j in items]) for end in ("low", "high", "whole")))
    common, same, top = np.full((3, len(items)), np.nan)
    for k, judged_ in enumerate(items):
        if len(judged_.values):
            values, place = np.unique(judged_.values, return_inverse=True)
            sizes = np.bincount(place, judged_.counts)
            turned = sum(judged_.item.scale) - values if judged_.item.reverse else values
            common[k], same[k], top[k] = turned[np.argmax(sizes)], sizes.max(), sizes[-1]
    together = np.minimum(answered[:, None], answered)
    return AnswerCounts(moments.corr, together, ranges, common, same, top, *same_rows_)
