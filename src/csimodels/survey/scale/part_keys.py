"""What tells the parts of a survey apart: groups, strata, clusters, or random groups of respondents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.survey.checks import say_gone
from csimodels.survey.columns import Ints
from csimodels.survey.design import say_units
from csimodels.survey.kept import MIN_ROWS_OF_GROUP, MOST_SINGLES, refuse_identifiers
from csimodels.survey.keys import Labels, crossed, group_in_words, label_text
from csimodels.survey.options import Options
from csimodels.survey.scale.filters import Filter, label_sql, labels_of
from csimodels.survey.scale.relation import Relation, literal
from csimodels.survey.scale.sums import Parts
from csimodels.survey.table import Notes

#: Random groups of respondents, for replicates without rows.
BUCKETS = 100
#: Memory that the sums of all groups may take.
SUMS_BYTES = 2**30


def key_columns(chosen: Options) -> list[str]:
    """Columns that tell parts apart: groups, strata, clusters."""
    names = [*chosen.by, chosen.design.strata, chosen.design.cluster]
    return list(dict.fromkeys(name for name in names if name is not None))


def bucket(relation: Relation) -> str:
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


def refuse_many_groups(kept: Filter, keys: Sequence[str], p: int, notes: Notes) -> None:
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


def groups(
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
    if parts.given.sum() < kept.relation.source.n_rows:  # a group is gone with its rows
        say_gone(_gone(kept, keys, chosen), chosen, notes)
    return group, keys


def _gone(kept: Filter, keys: Sequence[tuple[str | float, ...]], chosen: Options) -> list[Message]:
    """Groups of which no row is left."""
    names = [label_sql(kept.relation, column) for column in chosen.by]
    found = kept.relation.rows(f"select distinct {', '.join(names)} from {kept.sql}", "k" * len(names))
    every = crossed([labels_of([row[i] for row in found]) for i in range(len(names))])[1]
    return [group_in_words(chosen.by, key) for key in every if key not in set(keys)]


def units(
    labels_: dict[str, Labels], column: str | None, kind: str, parts: Parts, kept: Filter, notes: Notes
) -> tuple[Ints, tuple[str, ...]] | None:
    """Number of the stratum or cluster of each part, and their names."""
    if column is None:
        return None
    found = labels_[column]
    empty = int(parts.given[found.codes < 0].sum())
    say_units(kind, column, len(np.unique(found.codes)), empty, notes)
    return found.codes, tuple(label_text(key) for key in found.keys)
