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
from csimodels.spec import data_source, moments_path
from csimodels.spec.file_list import FileList, file_list
from csimodels.spec.model import Model
from csimodels.spec.rules import missing_rule
from csimodels.survey.answers.numbers import Codes
from csimodels.survey.cautions.counts import AnswerCounts
from csimodels.survey.checks import MIN_ROWS, read_entry, refuse_few, refuse_unvarying
from csimodels.survey.design import say_nested
from csimodels.survey.files.names import globbed, is_pattern
from csimodels.survey.options import Asked, Options, options
from csimodels.survey.ranges import Ranges
from csimodels.survey.read import found_columns
from csimodels.survey.roles import role_log
from csimodels.survey.scale.census import asked_items
from csimodels.survey.scale.census import counted as counted_cells
from csimodels.survey.scale.clusters import spread
from csimodels.survey.scale.cross_tables import CrossTables
from csimodels.survey.scale.file_parts import with_parts
from csimodels.survey.scale.filters import Filter, kept_rows, label_sql, labels_of, plain_labels
from csimodels.survey.scale.judged import Judged, judged
from csimodels.survey.scale.last_row import last_row_of_means
from csimodels.survey.scale.level_tables import with_level_tables
from csimodels.survey.scale.one_pass import swept, swept_answers
from csimodels.survey.scale.one_state import one_state
from csimodels.survey.scale.part_keys import bucket, groups, key_columns, refuse_many_groups, units
from csimodels.survey.scale.pieces import Spread
from csimodels.survey.scale.refused import refuse_rows_needed
from csimodels.survey.scale.relation import Relation
from csimodels.survey.scale.respondents import origin_of, place_of, stream_of, used_sql
from csimodels.survey.scale.same_ids import ids_in_groups, repeated_ids
from csimodels.survey.scale.same_rows import same_rows
from csimodels.survey.scale.source import (
    MEMORY_LIMIT,
    SQLITE,
    connect,
    open_relation,
    spooled,
)
from csimodels.survey.scale.spool import Query
from csimodels.survey.scale.summed_survey import SummedSurvey
from csimodels.survey.scale.sums import Parts, summed, table_of_rows
from csimodels.survey.scale.swept_sums import SweptSums
from csimodels.survey.scale.travel import load_sums
from csimodels.survey.scale.warehouse import BringOver, Warehouse, refuse_other_types, sqlite_warehouse, warehouse
from csimodels.survey.scale.weights import checked_weight
from csimodels.survey.table import LogEntry, Notes, Table


def read_sums(data: object, model: Model, split: bool = False, wanted: Iterable[tuple[str, ...]] = ()) -> SummedSurvey:
    """Check a survey that DuckDB reads and reduce it to sums.

    Parameters
    ----------
    data : path, pattern of paths, frame, dataset of pyarrow, or None for the file of the model
    split : whether the sums are to travel: respondents are divided into random groups then, for replicates of them.
    wanted : sets of items whose answers are counted together at once; others are asked for when they are needed.

    Raises
    ------
    SpecError
        The spec asks for what needs rows in memory; every such thing is named.
    DataError
        The source cannot be read or does not fit the model; every problem found is listed.
    """
    chosen = options(model, Asked())
    refuse_rows_needed(model, chosen, travels=split)
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
    relation: Relation | None = spread(source, model.data, chosen)
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
        relation = _brought(source, model, chosen)
    try:
        done = _read(relation, model, chosen, split)
    except BringOver as missing:
        if isinstance(relation, Spread) and not relation.files:
            label = relation.source.name
            brought = spooled(connect(model.data.memory_limit), relation.frames(), label)
        else:
            brought = _brought(source, model, chosen)
        done = _read(brought, model, chosen, split, missing.reason)
    assert isinstance(done.tables, CrossTables)
    done.tables.asked(wanted)
    return with_level_tables(done) if model.estimate.polychoric else done


def _brought(source: object, model: Model, chosen: Options) -> Relation:
    """The relation of a source that DuckDB reads, with what is said of the files of a list."""
    relation = open_relation(source, model.data)
    return with_parts(relation, source, chosen) if isinstance(source, FileList) else relation


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
    names = key_columns(chosen)
    keys = [label_sql(relation, name) for name in names]
    replicated = model.uncertainty.method in ("jackknife", "bootstrap")
    replicated |= missing_rule(model) == "fiml" and model.uncertainty.method == "auto"  # which is the jackknife there
    bucketed = chosen.design.cluster is None and (split or replicated)
    if bucketed:
        keys.append(bucket(relation))
    form = FORM_OF_RULE[missing_rule(model)]
    plain = form != "patterns"  # the pass does not tell patterns of holes apart
    sweep = swept(kept, asked, len(model.items), codes, (chosen.weight, keys, form)) if plain else None
    cells = counted_cells(kept, asked, codes) if sweep is None else sweep.cells()
    every = judged(kept, cells, codes, chosen, table, notes)
    items = every[: len(model.items)]
    weight, used = checked_weight(kept, every, chosen, notes)
    if not notes.problems:
        _refuse_unusable(items, used, notes)
    notes.stop_if_wrong()
    ready = None if sweep is None else SweptSums.of(sweep, every)
    if ready is None and plain:
        sweep = swept_answers(kept, every, len(items), weight, keys, form)
        ready = SweptSums.of_answers(sweep)
    if sweep is None or ready is None:
        refuse_many_groups(kept, keys, len(items), notes)
    rows = table_of_rows(kept, [], None if weight is None else weight[0], every)
    is_used = used_sql(weight is not None, every)
    same = same_rows(kept, rows, items, is_used) if sweep is None or ready is None else sweep.same_rows()
    parts = summed(kept, keys, weight, every, len(items), form, ready)
    labels_ = {name: labels_of(parts.keys[i]) for i, name in enumerate(names)}
    group, group_keys = groups(kept, labels_, parts, chosen, notes)
    notes.log += [*last_row_of_means(kept, items, rows, is_used), *_twice(kept, weight, every, chosen, is_used)]
    strata = units(labels_, chosen.design.strata, N_("strata"), parts, kept, notes)
    cluster = units(labels_, chosen.design.cluster, N_("cluster"), parts, kept, notes)
    if strata is not None and cluster is not None:
        say_nested(strata[0], cluster[0], str(chosen.design.cluster), notes)
    notes.stop_if_wrong()
    relation.refuse_changed()
    units_of = "clusters" if cluster is not None else "buckets" if bucketed else "rows"
    source, stream = relation.source, stream_of(kept, keys, weight, every, parts)
    if not source.sha256:
        source = replace(source, sha256=_fingerprint(parts))
    return SummedSurvey(
        model=model, x=np.empty((len(parts.given), 0)), weights=None, by=chosen.by, group=group, group_keys=group_keys,
        strata=None if strata is None else strata[0], cluster=None if cluster is None else cluster[0],
        row=np.arange(len(parts.given), dtype=np.int64), log=tuple(notes.log), source=source, wave=chosen.wave,
        strata_names=() if strata is None else strata[1], parts=parts, units_of=units_of,
        stream=stream, told=_counts(items, parts, same), weighted=weight is not None,
        origin=origin_of(kept, keys, weight, every, stream, parts),
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


def _refuse_unusable(items: Sequence[Judged], used: int, notes: Notes) -> None:
    if used < MIN_ROWS:
        raise DataError(refuse_few(used, notes))
    for judged_ in items:
        item, ends = judged_.item, (judged_.low, judged_.high)  # as they were given; NaN without an answer
        low, high = (sum(item.scale) - end for end in reversed(ends)) if item.reverse else ends
        refuse_unvarying(item.name, low, high, notes)


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
    pairs = total.pairwise if total.patterns is None else total.as_pairwise()
    moments = Moments.from_sums(replace(total, form="pairwise", pairwise=pairs), "pairwise")
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
