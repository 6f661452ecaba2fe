"""``result.json`` checked like a spec before anything is made of it: types, sizes and ranges of every part."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from csimodels.errors import Status
from csimodels.messages import N_, Message, Part
from csimodels.report.content import LOG_COLUMNS
from csimodels.study.stored.manifest import Misfit
from csimodels.tables import catalogue

#: The parts of the estimates that hold a number for every quantity of every group.
ARRAYS = ("value", "se", "low", "high", "p")
#: Types of columns that are restored; the others are text and names.
NUMBERS = ("float64", "int64", "bool", "Int64", "boolean")
_TALLY = ("asked", "kept", "not_converged", "singular", "inadmissible")
_FLAGS = sum(Status)
_MOST = 2**53
_NO_TEXT, _NO_LIST, _NO_OBJECT = N_("{part} is no text"), N_("{part} is no list"), N_("{part} is no object")
_CANNOT = N_("{part} cannot be {value}")
_COLUMN_NO_LIST = N_("{part}: a column is no list")
_NOT_EQUALLY_LONG = N_("{part}: its columns are not equally long")


def check_stored(stored: Mapping[str, Any], by: tuple[str, ...]) -> None:
    """Refuse a stored result that no version of this package can have written.

    Parameters
    ----------
    stored : mapping
        Content of ``result.json``.
    by : tuple of str
        Group columns of the spec beside it.

    Raises
    ------
    Misfit
        The first part that is wrong, in words.
    """
    _check(stored, "", by)
    whole = stored["overall"]
    if (whole is None) == bool(by):
        raise Misfit(Message("overall: a result with groups has one of all respondents, one without has none"))
    if whole is not None:
        if not isinstance(whole, dict):
            raise Misfit(Message(_NO_OBJECT, part="overall"))
        _check(whole, "overall.", ())
        if whole["overall"] is not None:
            raise Misfit(Message("{part} is not null", part="overall.overall"))


def _check(stored: Mapping[str, Any], at: str, by: tuple[str, ...]) -> None:
    needed = ("name", "by", "keys", "blocks", *ARRAYS, "n", "n_eff", "status", "iterations", "smallest_eigenvalue")
    for name in (*needed, "tallies", "notes", "facts", "survey_log", "overall"):
        if name not in stored:
            raise Misfit(Message("{part} is missing", part=f"{at}{name}"))
    _need(isinstance(stored["name"], str), _NO_TEXT, f"{at}name")
    _need(
        stored["by"] == list(by), N_("{part} is not what the spec says: {value}"), f"{at}by", value=_short(stored["by"])
    )
    _each(stored["keys"], f"{at}keys", lambda key: isinstance(key, list) and len(key) == len(by) and _labels(key))
    groups = len(stored["keys"])
    _need(
        len({tuple(map(repr, key)) for key in stored["keys"]}) == groups > 0, N_("{part} are not distinct"), f"{at}keys"
    )
    _need(bool(by) or groups == 1, N_("{part}: one is expected without groups"), f"{at}keys")
    _check_numbers(stored, at, groups)
    _each(stored["tallies"], f"{at}tallies", lambda t: _is_tally(t, len(by)))
    _each(stored["notes"], f"{at}notes", lambda note: isinstance(note, str))
    _texts(stored["facts"], f"{at}facts")
    _check_log(stored["survey_log"], f"{at}survey_log")
    _check_tables(stored.get("tables", {}), f"{at}tables")
    _check_tables(stored.get("structures", {}), f"{at}structures")
    _check_tables(stored.get("desk", {}), f"{at}desk")


def _need(fine: bool, text: str, part: str, **facts: Part) -> None:
    """Refuse a part with a sentence of the catalogue that begins with its name."""
    if not fine:
        raise Misfit(Message(text, part=part, **facts))


def _short(value: object) -> str:
    return repr(value)[:80]


def _each(values: Any, at: str, fine: Callable[[Any], bool]) -> None:
    _need(isinstance(values, list), _NO_LIST, at)
    for i, value in enumerate(values):
        if not fine(value):
            raise Misfit(Message(_CANNOT, part=f"{at}[{i}]", value=_short(value)))


def _texts(values: Any, at: str) -> None:
    _need(isinstance(values, dict), _NO_OBJECT, at)
    for name, value in values.items():
        _need(isinstance(value, str), _NO_TEXT, f"{at}.{name}")


def _labels(key: list[Any]) -> bool:
    return all(isinstance(part, (str, bool)) or _is_number(part) for part in key)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= 1e300 and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST


def _check_numbers(stored: Mapping[str, Any], at: str, groups: int) -> None:
    """Blocks, arrays and what is known of each fit."""
    size = _width(stored["value"])
    _check_blocks(stored["blocks"], f"{at}blocks", size)
    for part in (*ARRAYS, *(["df"] if "df" in stored else [])):
        rows = stored[part]
        _need(
            isinstance(rows, list) and len(rows) == groups, N_("{part}: {n} rows are expected"), f"{at}{part}", n=groups
        )
        for g, row in enumerate(rows):
            _need(
                isinstance(row, list) and len(row) == size,
                N_("{part}: {n} numbers are expected"),
                f"{at}{part}[{g}]",
                n=size,
            )
            _each(row, f"{at}{part}[{g}]", _FINE.get(part, _is_published))
    _check_intervals(stored, at)
    for name, fine in _OF_GROUPS.items():
        _need(
            isinstance(stored[name], list) and len(stored[name]) == groups,
            N_("{part}: {n} are expected"),
            f"{at}{name}",
            n=groups,
        )
        _each(stored[name], f"{at}{name}", fine)


def _width(rows: Any) -> int:
    return len(rows[0]) if isinstance(rows, list) and rows and isinstance(rows[0], list) else 0


def _check_blocks(blocks: Any, at: str, size: int) -> None:
    _need(isinstance(blocks, dict), _NO_OBJECT, at)
    taken: list[tuple[int, int]] = []
    for name, ends in blocks.items():
        fine = isinstance(ends, list) and len(ends) == 2 and all(map(_is_count, ends))
        _need(fine and ends[0] <= ends[1] <= size, _CANNOT, f"{at}.{name}", value=_short(ends))
        taken.append((ends[0], ends[1]))
    place = 0
    for start, stop in sorted(taken):
        _need(start == place, N_("{part}: they overlap or leave a gap at {place}"), at, place=str(place))
        place = stop
    _need(place == size, N_("{part} end at {place} of {size} numbers"), at, place=str(place), size=str(size))


def _check_intervals(stored: Mapping[str, Any], at: str) -> None:
    """Each interval runs from its lower to its upper end."""
    for g, (low, high) in enumerate(zip(stored["low"], stored["high"], strict=True)):
        for q, (a, b) in enumerate(zip(low, high, strict=True)):
            if (a is None) != (b is None) or (a is not None and float(a) > float(b)):
                part = f"{at}low[{g}][{q}], {at}high[{g}][{q}]"
                raise Misfit(Message(_CANNOT, part=part, value=f"{a}, {b}"))


def _is_hole(value: Any) -> bool:
    return value is None or _is_number(value)


def _is_published(value: Any) -> bool:
    """A number, none, or a word for what is infinite, as the variance inflation of an item that others add up to."""
    return _is_hole(value) or value in ("inf", "-inf")


def _is_error(value: Any) -> bool:
    return _is_size(value) or value == "inf"


def _is_size(value: Any) -> bool:
    return value is None or (_is_number(value) and value >= 0)


def _is_probability(value: Any) -> bool:
    return value is None or (_is_number(value) and 0 <= value <= 1)


_FINE: Mapping[str, Callable[[Any], bool]] = {"se": _is_error, "p": _is_probability, "df": _is_error}
_OF_GROUPS: Mapping[str, Callable[[Any], bool]] = {
    "n": _is_size,
    "n_eff": _is_size,
    "status": lambda value: _is_count(value) and value & ~_FLAGS == 0,
    "iterations": _is_count,
    "smallest_eigenvalue": _is_hole,
}


def _is_tally(tally: Any, width: int) -> bool:
    if not isinstance(tally, dict) or not set(tally) <= {"key", *_TALLY} or "key" not in tally:
        return False
    key = tally["key"]
    fine = isinstance(key, list) and len(key) == width and _labels(key)
    return (
        fine and all(_is_count(tally.get(name, 0)) for name in _TALLY) and tally.get("kept", 0) <= tally.get("asked", 0)
    )


def _check_log(log: Any, at: str) -> None:
    _need(
        isinstance(log, dict) and list(log) == list(LOG_COLUMNS),
        N_("{part}: the columns are {names}"),
        at,
        names=", ".join(LOG_COLUMNS),
    )
    _need(all(isinstance(column, list) for column in log.values()), _COLUMN_NO_LIST, at)
    _need(len({len(column) for column in log.values()}) == 1, _NOT_EQUALLY_LONG, at)
    for name in LOG_COLUMNS:
        _each(log[name], f"{at}.{name}", _is_count if name == "count" else lambda text: isinstance(text, str))


def _check_tables(tables: Any, at: str) -> None:
    """Tables as columns: equally long, numbers where numbers are said, and the columns that a reader needs."""
    _need(isinstance(tables, dict), _NO_OBJECT, at)
    for name, table in tables.items():
        here = f"{at}.{name}"
        _need(
            isinstance(table, dict) and set(table) == {"columns", "types"},
            N_("{part}: columns and types are expected"),
            here,
        )
        columns, types = table["columns"], table["types"]
        _need(isinstance(columns, dict) and isinstance(types, dict), N_("{part} is no table"), here)
        _need(all(isinstance(column, list) for column in columns.values()), _COLUMN_NO_LIST, here)
        _need(len({len(column) for column in columns.values()}) <= 1, _NOT_EQUALLY_LONG, here)
        declared = catalogue.find(name)
        needed = [c.name for c in declared.columns if not c.optional] if declared else []
        absent = [column for column in needed if column not in columns]
        _need(not absent or not any(columns.values()), N_("{part}: no column {names}"), here, names=", ".join(absent))
        for column, values in columns.items():
            kind = types.get(column)
            _need(kind is None or kind in NUMBERS, _CANNOT, f"{here}.{column}", value=_short(kind))
            _each(values, f"{here}.{column}", _CELLS.get(kind or "", _is_cell))
        _need(set(types) <= set(columns), N_("{part}: a type without a column"), here)


def _is_cell(value: Any) -> bool:
    return value is None or isinstance(value, (str, bool)) or _is_number(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MOST


_CELLS: Mapping[str, Callable[[Any], bool]] = {
    "float64": _is_published,
    "int64": _is_whole,
    "Int64": lambda value: value is None or _is_whole(value),
    "bool": lambda value: isinstance(value, bool),
    "boolean": lambda value: value is None or isinstance(value, bool),
}
