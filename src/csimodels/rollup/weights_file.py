"""The file of roll-up weights: read, checked against the groups, and turned into a tree (docs/rollup.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from csimodels.errors import DataError, Problem, SpecError, listed, nearest
from csimodels.messages import ColumnName, Message, Value, counted
from csimodels.messages import columns as levels_in
from csimodels.moments import Key
from csimodels.rollup.tree import Entry, Layers, built
from csimodels.rollup.weights_checks import contradictions
from csimodels.rollup.weights_notes import doubts
from csimodels.spec import Model, rollup_path
from csimodels.spelling import tidy
from csimodels.survey.columns import Column, number_text, text_of
from csimodels.survey.files.by_suffix import file_table
from csimodels.survey.keys import labels
from csimodels.survey.natural_order import natural
from csimodels.survey.options import Asked, options
from csimodels.survey.table import Table
from csimodels.survey.weights.cells import TINY, decimal_commas, number_remedy, weights
from csimodels.tables.rollup import Tree

#: Column of the weights.
WEIGHT = "weight"


def read_rollup(model: Model, by: Sequence[str], keys: Sequence[Key]) -> tuple[Tree, tuple[Message, ...]] | None:
    """The tree of the roll-up that `model` asks for, and notes; None where it asks for none.

    Parameters
    ----------
    by : group columns.
    keys : one per group, in the order of the estimates.

    Raises
    ------
    SpecError
        The levels do not fit the groups, or no weights file is named.
    DataError
        The file cannot be read, or does not fit the groups; all problems at once.
    """
    if not model.rollup.levels:
        return None
    path = rollup_path(model)
    layers = _layers(model, tuple(by), path)
    chosen = replace(options(model, Asked()), sheet=None, encoding=None, separator=None)
    table = file_table(path or Path(), chosen)
    layers = _with_file_waves(table, layers)
    entries, problems, commas = _entries(table, layers)
    tree, notes = _tree(entries, layers, keys, table.label, problems)
    if commas:
        text = "roll-up: weights read with a decimal comma in {rows}"
        notes = (Message(text, rows=counted(commas, "{n} row", "{n} rows")), *notes)
    return tree, notes


def _tree(
    entries: Sequence[Entry], layers: Layers, keys: Sequence[Key], label: str, problems: Sequence[Problem]
) -> tuple[Tree, tuple[Message, ...]]:
    """The tree, and notes on what has a weight but no part in it; refuses rows and groups that do not fit."""
    waves = sorted({layers.wave(key) for key in keys}, key=_in_order)
    known = {layers.in_file(wave) for wave in waves}
    used = [e for e in entries if e.wave in known or None in e.wave]
    unused = (e.wave for e in entries if e.wave not in known and None not in e.wave)
    other = sorted({", ".join(map(str, wave)) for wave in unused})
    found = [*problems, *contradictions(used, entries, layers, keys)]
    if found:
        raise DataError([replace(p, where=", ".join(part for part in (label, p.where) if part)) for p in found])
    notes: list[Message] = []
    if other:
        names = Message("{level} {names}", level=levels_in(layers.file_waves), names=listed(other))
        notes.append(Message("roll-up: weights of {names} are not used: no answers of that wave", names=names))
    top = [e.path[0] for e in used if e.level == len(layers.levels) - 1]
    if top:
        text = "roll-up: a weight of {names} has no use, as nothing stands above {level}"
        level = layers.levels[-1]
        notes.append(Message(text, names=listed([Value(name, level) for name in top]), level=ColumnName(level)))
    tree = built(used, layers, keys, waves)
    notes += doubts(tree)
    absent = [tree.describe(int(i)) for i in np.flatnonzero((tree.level == 0) & (tree.group < 0))]
    if absent:
        text = "roll-up: weights but no answers: {names}; left out of the means"
        notes.append(Message(text, names=listed(absent)))
    return tree, tuple(notes)


def _in_order(wave: Key) -> list[tuple[int, float, str, str]]:
    return [natural(value if isinstance(value, (int, float)) else str(value)) for value in wave]


def _layers(model: Model, by: tuple[str, ...], path: Path | None) -> Layers:
    """What the levels are to the group columns."""
    levels = model.rollup.levels
    problems = []
    if not by:
        remedy = Message("add `by: {levels}` under data, or pass by= to the study", levels=levels[0])
        problems.append(Problem("a roll-up needs groups", "rollup", listed(levels), remedy=remedy))
    elif levels[0] not in by:
        what = Message("the lowest level must be a column that forms the groups")
        usual = Message("name the lowest level as the group column, or add it to by")
        remedy = nearest(levels[0], by) or usual
        problems.append(Problem(what, "rollup: levels", levels[0], listed(by), remedy))
    if len(levels) < 2:
        remedy = Message("add the levels above it: [company, industry, ...]")
        problems.append(
            Problem("a single level has nothing to be rolled up to", "rollup: levels", listed(levels), "", remedy)
        )
    if WEIGHT in levels:
        what = Message('a level cannot be called "{WEIGHT}", which is the column of the weights', WEIGHT=WEIGHT)
        problems.append(Problem(what, "rollup: levels", listed(levels), remedy="rename the column of this level"))
    if path is None:
        remedy = Message("add `weights: FILE`, a table with the columns {names}", names=listed([*levels, WEIGHT]))
        problems.append(Problem("the roll-up names no file of weights", "rollup: weights", remedy=remedy))
    if problems:
        raise SpecError(problems)
    return Layers(levels, by)


def _with_file_waves(table: Table, layers: Layers) -> Layers:
    """The same with the wave columns that the file has; refuses a file without the columns that are needed."""
    names = [name for name in table.names if name]
    problems = [
        Problem(
            Message('there is no column "{name}"', name=name),
            table.label,
            Message("the columns are {names}", names=listed(names, 20)),
            nearest(name, names),
            "correct the name: one column per level, from the lowest to the highest, and the weight",
        )
        for name in (*layers.levels, WEIGHT)
        if name not in names
    ]
    if problems:
        raise DataError(problems)
    return replace(layers, file_waves=tuple(name for name in layers.waves if name in names))


def _entries(table: Table, layers: Layers) -> tuple[list[Entry], list[Problem], int]:
    """The rows of the file that are not blank, what is wrong with their weights, and how many have a decimal comma."""
    labelled = [*layers.levels, *layers.file_waves]
    columns, _ = table.fetch([*labelled, WEIGHT], labelled)
    cells = {name: _texts(columns[name]) for name in labelled}
    values, bad = weights(columns[WEIGHT], table.comma_decimal)
    entries = []
    for i, weight in enumerate(values.tolist()):
        names = tuple(cells[name][i] for name in layers.levels)
        wave = tuple(cells[name][i] for name in layers.file_waves)
        if any(name is not None for name in names) or not np.isnan(weight):
            entries.append(Entry(i + 1, names, wave, weight))
    return entries, _wrong_weights(entries, bad), decimal_commas(columns[WEIGHT], table.comma_decimal)


def _texts(column: Column) -> list[str | None]:
    """Labels as text, so that they compare with those of the survey; None where blank."""
    found = labels(column)
    names = [tidy(text_of(key) or "") for key in found.keys]
    return [names[code] if code >= 0 else None for code in found.codes]


def _wrong_weights(entries: Sequence[Entry], bad: Sequence[str]) -> list[Problem]:
    """Every weight must be a number above 0."""
    kinds = {
        Message("missing"): [e for e in entries if np.isnan(e.weight)],
        Message("negative"): [e for e in entries if e.weight < 0],
        Message("zero"): [e for e in entries if e.weight == 0],
        Message("infinite"): [e for e in entries if np.isinf(e.weight) and e.weight > 0],
        Message("beyond {most} or below {least}", most=f"{1 / TINY:g}", least=f"{TINY:g}"): [
            e for e in entries if 0 < e.weight < TINY or 1 / TINY < e.weight < np.inf
        ],
    }
    problems = [
        Problem(
            Message(
                'column "{column}": {kind} in {rows}',
                column=WEIGHT,
                kind=kind,
                rows=counted(len(some), "{n} row", "{n} rows"),
            ),
            "",
            listed([e.called if kind == "missing" else f"{e.called}: {number_text(e.weight)}" for e in some], 8),
            Message("a number above 0 in every row"),
            "fill in or correct the weights; remove the row of a unit that is not to count",
        )
        for kind, some in kinds.items()
        if some and not (kind == "missing" and bad)
    ]
    if bad:
        found = listed([repr(text) for text in bad], 8)
        remedy = number_remedy(
            bad, Message("write plain numbers, without thousands separators, units or percent signs")
        )
        problems.append(
            Problem(
                Message('column "{WEIGHT}" holds text', WEIGHT=WEIGHT),
                "",
                found,
                Message("a number above 0 in every row"),
                remedy,
            )
        )
    return problems
