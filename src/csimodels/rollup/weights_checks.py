"""Contradictions between the rows of a weights file, and between them and the groups of a survey."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from csimodels.errors import Problem, listed, nearest
from csimodels.messages import Message, joined
from csimodels.moments import Key
from csimodels.rollup.tree import Entry, Layers, Names

#: So many names of one kind are said one by one; the others in one line.
_SINGLY = 8


def contradictions(entries: Sequence[Entry], layers: Layers, keys: Sequence[Key]) -> list[Problem]:
    """Everything about names and places that does not fit; `keys` are those of the groups."""
    sound = [e for e in entries if not _gaps(e, layers)]
    found = [*_shape(entries, layers), *_twice(sound, layers), *_strangers(entries, layers, keys)]
    return [*found, *_orphans(sound, layers), *_half_stated(sound, layers)]


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
    unknown = [e for e in lowest if layers.entry_group(e) not in set(groups)]
    for entry in unknown[:_SINGLY]:
        name = ", ".join(layers.entry_group(entry))
        yield Problem(
            Message("the survey has no {level} of this name", level=level),
            f"row {entry.row}",
            name,
            nearest(name, in_survey) or listed(in_survey),
            "correct the name, or remove the row",
        )
    if unknown[_SINGLY:]:
        yield Problem(
            Message("{n} more names that the survey does not have", n=len(unknown) - _SINGLY),
            found=_names(unknown, layers),
        )
    weighted = {(e.wave, layers.entry_group(e)) for e in lowest}
    lacking = list(
        dict.fromkeys(
            ", ".join([*layers.group(key), *(text or "" for text in wave)])
            for key in keys
            if ((wave := layers.in_file(layers.wave(key))), layers.group(key)) not in weighted
        )
    )
    for name in lacking[:_SINGLY]:
        known = any(name == other or name.startswith(f"{other}, ") for other in in_file)  # but not in this wave
        hint = "" if known else nearest(name, in_file)
        yield Problem(
            Message("no weight for the {level} {name}", level=level, name=name), allowed=hint, remedy="add a row for it"
        )
    if lacking[_SINGLY:]:
        yield Problem(Message("no weight for {n} more", n=len(lacking) - _SINGLY), found=listed(lacking[_SINGLY:]))


def _names(entries: Sequence[Entry], layers: Layers) -> str:
    return listed([", ".join(layers.entry_group(e)) for e in entries[_SINGLY:]])


def _orphans(entries: Sequence[Entry], layers: Layers) -> Iterator[Problem]:
    """Weights of upper units that nothing belongs to."""
    there = {(e.wave, e.path[k:]) for e in entries if e.level == 0 for k in range(1, len(layers.levels))}
    for entry in entries:
        if entry.level and (entry.wave, entry.path) not in there:
            same = sorted({path[0] for _, path in there if len(path) == len(entry.path)})
            what = Message(
                "nothing belongs to the {levels} {names}",
                levels=layers.levels[entry.level],
                names=", ".join(entry.path),
            )
            allowed = nearest(entry.path[0], same) or listed(same)
            yield Problem(what, f"row {entry.row}", entry.path[0], allowed, "correct the name, or remove the row")


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
