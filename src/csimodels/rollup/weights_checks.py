"""Contradictions between the rows of a weights file, and between them and the groups of a survey."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from csimodels.errors import Problem, listed, nearest
from csimodels.messages import Message, cells, counted, joined
from csimodels.moments import Key
from csimodels.rollup.tree import Entry, Layers, Names

#: So many names of one kind are said one by one; the others in one line.
_SINGLY = 8


def contradictions(
    entries: Sequence[Entry], everything: Sequence[Entry], layers: Layers, keys: Sequence[Key]
) -> list[Problem]:
    """Everything about names and places that does not fit.

    Parameters
    ----------
    entries : rows of the waves that the survey has.
    everything : all rows of the file.
    keys : those of the groups.
    """
    sound = [e for e in entries if not _gaps(e, layers)]
    absent = _absent_waves(everything, layers, keys)
    asked = [key for key in keys if layers.in_file(layers.wave(key)) not in absent]
    places = [*_few(_shape(entries, layers)), *_few(_twice(sound, layers))]
    found = [*places, *absent.values(), *_strangers(entries, layers, asked)]
    return [*found, *_orphans(sound, layers), *_few(_half_stated(sound, layers))]


def _few(problems: Iterator[Problem]) -> Iterator[Problem]:
    """Problems of one kind: the first ones, and in one line where the others stand."""
    singly = list(islice(problems, _SINGLY))
    rest = list(problems)
    yield from singly
    if rest:
        where = listed([problem.where or problem.what for problem in rest])
        yield Problem(Message("{n} more of this kind", n=len(rest)), found=where)


def _gaps(entry: Entry, layers: Layers) -> list[str]:
    """Columns that a row leaves blank and must not."""
    gaps = [layers.levels[k] for k, name in enumerate(entry.names) if name is None and k >= entry.level]
    gaps += [name for name, value in zip(layers.file_waves, entry.wave, strict=True) if value is None]
    return gaps if entry.path else list(layers.levels)


def _shape(entries: Sequence[Entry], layers: Layers) -> Iterator[Problem]:
    """Rows with a gap: a unit without the unit it belongs to, or without a wave."""
    for entry in entries:
        gaps = _gaps(entry, layers)
        if not entry.path:
            yield Problem(
                "a weight without a name", entry.called, remedy=Message("fill in {names}", names=listed(layers.levels))
            )
        elif gaps:
            what = Message("no {names} given", names=listed(gaps))
            yield Problem(what, entry.called, remedy="fill it in: only the levels below the one meant stay blank")


def _twice(entries: Sequence[Entry], layers: Layers) -> Iterator[Problem]:
    """Units with more than one row, or in two places."""
    rows: dict[object, list[Entry]] = defaultdict(list)
    for entry in entries:
        name = layers.entry_group(entry) if entry.level == 0 else entry.path
        rows[entry.wave, entry.level, name].append(entry)
    for same in rows.values():
        if len(same) < 2:
            continue
        where, called = f"rows {listed([e.row for e in same])}", same[0].path[0]
        level = layers.levels[same[0].level]
        if len({e.path for e in same}) > 1:
            found = listed(list(dict.fromkeys(joined(e.path[1:], " in ") for e in same)))
            what = Message("the {level} {called} belongs to two units above it", level=level, called=called)
            yield Problem(
                what,
                where,
                found,
                remedy=Message("keep one of the rows, or form groups by {levels} as well", levels=layers.levels[1]),
            )
        else:
            what = Message("the {level} {called} stands {n} times", level=level, called=called, n=len(same))
            yield Problem(what, where, remedy="keep one of the rows; weights of several waves need their column in by")


def _strangers(entries: Sequence[Entry], layers: Layers, keys: Sequence[Key]) -> Iterator[Problem]:
    """Weights of groups that the survey does not have, and groups that the file does not have."""
    level = layers.levels[0]
    lowest = [e for e in entries if e.level == 0]
    groups = list(dict.fromkeys(layers.group(key) for key in keys))
    in_survey = [", ".join(name) for name in groups]
    in_file = list(dict.fromkeys(", ".join(layers.entry_group(e)) for e in lowest))
    unknown: dict[str, list[int]] = defaultdict(list)
    known = set(groups)
    for entry in lowest:
        if layers.entry_group(entry) not in known:
            unknown[", ".join(layers.entry_group(entry))].append(entry.row)
    for name, rows in list(unknown.items())[:_SINGLY]:
        yield Problem(
            Message("the survey has no {level} of this name", level=level),
            _rows(rows),
            name,
            nearest(name, in_survey) or listed(in_survey),
            "correct the name, or remove the row",
        )
    if rest := list(unknown)[_SINGLY:]:
        yield Problem(Message("{n} more names that the survey does not have", n=len(rest)), found=listed(rest))
    lacking = _lacking(lowest, layers, keys)
    for name, waves in list(lacking.items())[:_SINGLY]:
        hint = "" if name in in_file else nearest(name, in_file)
        called = (
            joined((name, *waves), ", ")
            if len(waves) < 2
            else Message("{name} ({waves})", name=name, waves=listed(waves))
        )
        yield Problem(
            Message("no weight for the {level} {name}", level=level, name=called),
            allowed=hint,
            remedy="add a row for it",
        )
    if more := list(lacking)[_SINGLY:]:
        yield Problem(Message("no weight for {n} more", n=len(more)), found=listed(more))


def _absent_waves(
    entries: Sequence[Entry], layers: Layers, keys: Sequence[Key]
) -> dict[tuple[str | None, ...], Problem]:
    """Waves of the survey of which the file, which has a column of the waves, holds no row: one finding each.

    Parameters
    ----------
    entries : all rows of the file.
    """
    there = {e.wave for e in entries}
    asked: dict[tuple[str | None, ...], int] = defaultdict(int)
    for key in keys:
        asked[layers.in_file(layers.wave(key))] += 1
    in_file = [
        ", ".join(wave) for wave in sorted({tuple(text or "" for text in wave) for wave in there if None not in wave})
    ]
    spare = [name for name in in_file if name not in {", ".join(text or "" for text in wave) for wave in asked}]
    return {
        wave: Problem(
            Message(
                "no weights of {wave}: {groups} of the survey without one",
                wave=cells(layers.file_waves, [text or "" for text in wave]),
                groups=counted(n, "{n} group", "{n} groups"),
            ),
            found=Message("weights of {names}", names=listed(in_file)) if in_file else "",
            allowed=nearest(", ".join(text or "" for text in wave), spare),
            remedy=Message(
                "correct the wave in the file, or add its rows; one weight for all waves: leave out the column {name}",
                name=listed(layers.file_waves),
            ),
        )
        for wave, n in asked.items()
        if layers.file_waves and wave not in there
    }


def _lacking(lowest: Sequence[Entry], layers: Layers, keys: Sequence[Key]) -> dict[str, list[str]]:
    """Groups without weight, each with the waves where it has none; no wave where the file tells none apart."""
    weighted = {(e.wave, layers.entry_group(e)) for e in lowest}
    found: dict[str, list[str]] = {}
    for key in keys:
        wave = layers.in_file(layers.wave(key))
        if (wave, layers.group(key)) in weighted:
            continue
        waves = found.setdefault(", ".join(layers.group(key)), [])
        text = ", ".join(part or "" for part in wave)
        if text and text not in waves:
            waves.append(text)
    return found


def _rows(rows: Sequence[int]) -> Message:
    return counted(len(rows), "row {rows}", "rows {rows}", rows=listed(rows))


def _orphans(entries: Sequence[Entry], layers: Layers) -> Iterator[Problem]:
    """Weights of upper units that nothing belongs to."""
    there = {(e.wave, e.path[k:]) for e in entries if e.level == 0 for k in range(1, len(layers.levels))}
    alone: dict[Names, list[int]] = defaultdict(list)
    for entry in entries:
        if entry.level and (entry.wave, entry.path) not in there:
            alone[entry.path].append(entry.row)
    for path, rows in list(alone.items())[:_SINGLY]:
        same = sorted({other[0] for _, other in there if len(other) == len(path)})
        what = Message(
            "nothing belongs to the {levels} {names}", levels=layers.levels[-len(path)], names=", ".join(path)
        )
        allowed = nearest(path[0], same) or listed(same)
        yield Problem(what, _rows(rows), path[0], allowed, "correct the name, or remove the row")
    if rest := list(alone)[_SINGLY:]:
        found = listed([", ".join(path) for path in rest])
        yield Problem(Message("{n} more units that nothing belongs to", n=len(rest)), found=found)


def _half_stated(entries: Sequence[Entry], layers: Layers) -> Iterator[Problem]:
    """Parents with weights stated for some members and to be summed for others: the two are on different scales."""
    stated = {(e.wave, e.path) for e in entries if e.level}
    siblings: dict[tuple[tuple[str | None, ...], Names], set[Names]] = defaultdict(set)
    for entry in entries:
        for k in range(1, len(layers.levels) - 1):
            if entry.level == 0:
                siblings[entry.wave, entry.path[k + 1 :]].add(entry.path[k:])
    for (wave, above), members in siblings.items():
        without = sorted(path[0] for path in members if (wave, path) not in stated)
        if without and len(without) < len(members):
            level = layers.levels[len(layers.levels) - len(above) - 1]
            yield Problem(
                Message(
                    "some units of the level {level} have a weight of their own in {names}, others have not",
                    level=level,
                    names=joined(above, " in "),
                ),
                found=Message("without: {names}", names=listed(without)),
                remedy="state the weights of all of them, or of none: then each gets the sum of its members' weights",
            )
