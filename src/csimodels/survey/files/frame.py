"""Data frames in memory: pandas, polars, pyarrow, and dictionaries of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import Message
from csimodels.survey.column_names import sound_names
from csimodels.survey.columns import Column, column_of
from csimodels.survey.table import Fetched, LogEntry, Source, Table, no_rows

#: Cells of a frame of numbers up to which all of its columns are converted at once.
_FEW_CELLS = 100_000
_REMEDY = "give a file path, a pandas, polars or pyarrow table, or a dictionary of columns"


def frame_table(data: Any) -> Table:
    """A frame in memory as a `Table`; its columns are converted when they are fetched.

    Raises
    ------
    DataError
        Not a frame, a repeated column name, no rows, or columns of unequal length.
    """
    if isinstance(data, Mapping):
        return _dict_table(data)
    taken: tuple[LogEntry, ...] = ()
    if isinstance(data, pd.DataFrame):
        _refuse_levels(data)
        data, taken = _with_index(data)
        kind, raw = "pandas", list(data.columns)
    else:
        _refuse_strangers(data)
        kind = type(data).__module__.partition(".")[0]
        raw = list(getattr(data, "column_names", None) or getattr(data, "columns", None) or [])
    label = Message("{kind} DataFrame", kind=kind) if kind != "pyarrow" else Message("pyarrow Table")
    if not raw:
        _native(data)
        raise DataError(Problem(Message("the {label} has no columns", label=label), remedy="check how it was made"))
    names, notes = sound_names(raw, label)
    if kind == "pandas":
        n_rows, plain, series = len(data), _numbers_of(data, names), _by_place(data, names)
    else:
        frame = _native(data)
        place = {name: original for name, original in zip(names, frame.columns, strict=True) if name}
        n_rows, plain, series = len(frame), {}, lambda name: frame[place[name]]
    if n_rows == 0:
        raise no_rows(label, len(names))

    def fetch(wanted: Sequence[str], keys: Sequence[str]) -> Fetched:
        return {
            name: plain[name]() if name in plain and name not in keys else _column(series(name), name in keys)
            for name in wanted
        }, ()

    source = Source(kind, label, n_rows=n_rows, n_columns=len(names))
    return Table(names, source, fetch, (*notes, *taken))


def _with_index(data: pd.DataFrame) -> tuple[pd.DataFrame, tuple[LogEntry, ...]]:
    """A pandas frame with the named levels of its index as columns where it has no such column, and that it was so."""
    if data.index.names == [None]:
        return data, ()
    there = {str(name) for name in data.columns}
    named = [str(name) for name in data.index.names if isinstance(name, str) and name and name not in there]
    if not named or len(set(named)) < len(named) or not len(data.columns):
        return data, ()
    moved = data.reset_index(level=named)
    moved = moved[[*data.columns, *named]] if data.columns.is_unique else moved
    return moved, (LogEntry("index taken as columns", "pandas DataFrame", len(named), listed(named)),)


def _by_place(data: pd.DataFrame, names: Sequence[str]) -> Callable[[str], nw.Series[Any]]:
    """How to take a column of a pandas frame by its name, whatever its label is."""
    place = {name: i for i, name in enumerate(names) if name}
    return lambda name: _native(data.iloc[:, [place[name]]].set_axis(["0"], axis=1))["0"]


def _numbers_of(data: pd.DataFrame, names: Sequence[str]) -> dict[str, Callable[[], Column]]:
    """How to take the columns of a pandas frame that are plain numpy numbers, without a detour."""

    if not data.columns.is_unique:
        return {}

    def taken(label: Any) -> Callable[[], Column]:
        return lambda: np.asarray(data[label].to_numpy(), dtype=np.float64)

    kinds = [isinstance(dtype, np.dtype) and dtype.kind in "fiu" for dtype in data.dtypes]
    if all(kinds) and data.size <= _FEW_CELLS:  # pandas takes longer to find a column than to convert all of them
        columns = np.ascontiguousarray(data.to_numpy(dtype=np.float64).T)
        return {name: partial(columns.__getitem__, k) for k, name in enumerate(names) if name}
    return {name: taken(raw) for name, raw, good in zip(names, data.columns, kinds, strict=True) if good and name}


def _refuse_levels(data: pd.DataFrame) -> None:
    if data.columns.nlevels > 1:
        raise DataError(
            Problem(
                Message(
                    "the columns of the pandas DataFrame have {nlevels} levels of names", nlevels=data.columns.nlevels
                ),
                found=listed([str(name) for name in data.columns], 4),
                allowed=Message("one name for each column"),
                remedy="join them first, for example data.columns = data.columns.get_level_values(-1)",
            )
        )


def _refuse_strangers(data: Any) -> None:
    if hasattr(data, "collect_schema") and hasattr(data, "collect"):
        raise DataError(Problem("the data is a LazyFrame, which holds no rows", remedy="pass data.collect()"))
    if isinstance(data, np.ndarray) and data.dtype.names:
        raise DataError(Problem("the data is a structured array", remedy="pass pandas.DataFrame(array)"))
    if isinstance(data, np.ndarray):
        raise DataError(
            Problem(
                "the data is an array without column names",
                found=Message("array of shape {shape}", shape=str(data.shape)),
                remedy="pass pandas.DataFrame(array, columns=[...]) with the names of the items",
            )
        )


def _native(data: Any) -> nw.DataFrame[Any]:
    try:
        frame: nw.DataFrame[Any] = nw.from_native(data, eager_only=True)
    except TypeError as error:
        raise DataError(_strange(data)) from error
    return frame


def _strange(data: Any) -> Problem:
    """What to say of an object that is no table; of a list, what is in it."""
    parts = list(data) if isinstance(data, (list, tuple)) else []
    if parts and all(isinstance(part, Mapping) for part in parts):
        found = type(parts[0]).__name__
        return Problem("a list of rows is not read", found=found, remedy="pass pandas.DataFrame(rows)")
    if hasattr(data, "to_pandas"):
        what = "the data is not a table this package can read"
        return Problem(what, found=type(data).__name__, remedy="pass data.to_pandas()")
    if parts and all(hasattr(part, "columns") for part in parts):
        what, found = "a list of tables is not read", listed([type(part).__name__ for part in parts], 4)
        return Problem(what, found=found, remedy="join them first: pandas.concat(tables)")
    return Problem("the data is not a table this package can read", found=type(data).__name__, remedy=_REMEDY)


def _column(series: nw.Series[Any], label: bool = False) -> Column:
    """One column as numbers or as text; ``True`` and ``False`` as text, so that it is said how they are read.

    Whole numbers that a float does not hold are text where they `label` rows: identity numbers must stay apart.
    """
    dtype = series.dtype
    if label and dtype.is_integer() and _beyond_floats(series):
        return column_of([None if pd.isna(value) else str(value) for value in series.to_list()])
    if dtype.is_numeric():
        native = series.to_numpy()
        if native.dtype.kind not in "fiu":
            native = series.cast(nw.Float64).to_numpy()
        return np.asarray(native, dtype=np.float64)
    if dtype == nw.String:
        return column_of(series.to_numpy())
    return column_of(series.to_list())


def _beyond_floats(series: nw.Series[Any]) -> bool:
    there = series.drop_nulls()
    return len(there) > 0 and max(int(there.max()), -int(there.min())) >= 2**53


def _dict_table(data: Mapping[Any, Any]) -> Table:
    label = Message("dictionary of columns")
    if not data:
        raise DataError(Problem(Message("the {label} is empty", label=label), remedy=_REMEDY))
    lengths = {str(name): _length(cells) for name, cells in data.items()}
    if len(set(lengths.values())) > 1 or -1 in lengths.values():
        found = [f"{name}: {Message('not a list') if n < 0 else n}" for name, n in lengths.items()]
        raise DataError(
            Problem(
                Message("the columns of the {label} are not lists of one length", label=label),
                found=listed(found),
                remedy="give every column one cell per row",
            )
        )
    _refuse_unaligned(data, label)
    names, notes = sound_names(list(data), label)
    n_rows = next(iter(lengths.values()))
    if n_rows == 0:
        raise no_rows(label, len(names))
    place = dict(zip(names, data.values(), strict=True))

    def fetch(wanted: Sequence[str], keys: Sequence[str]) -> Fetched:
        return {name: _cells(place[name], name in keys) for name in wanted}, ()

    return Table(names, Source("dict", label, n_rows=n_rows, n_columns=len(names)), fetch, notes)


def _length(cells: Any) -> int:
    """Number of cells of a column; -1 for what is no list: texts, mappings, sets, tables."""
    flat = getattr(cells, "ndim", 1) == 1
    if not flat or not hasattr(cells, "__len__") or isinstance(cells, (str, bytes, Mapping, Set)):
        return -1
    return len(cells)


def _refuse_unaligned(data: Mapping[Any, Any], label: str) -> None:
    """Series with different row labels: whether place or label is meant cannot be guessed."""
    series = [(str(name), cells) for name, cells in data.items() if isinstance(cells, pd.Series)]
    off = [name for name, cells in series if not cells.index.equals(series[0][1].index)]
    if off:
        raise DataError(
            Problem(
                Message("the Series in the {label} have different row labels", label=label),
                found=Message("{names} differ from {series}", names=listed(off), series=series[0][0]),
                remedy="join them with pandas.DataFrame(...), or pass .to_numpy() of each",
            )
        )


def _cells(cells: Any, label: bool) -> Column:
    if isinstance(cells, pd.Series):
        return series_column(cells, label)
    return series_column(pd.Series(cells if isinstance(cells, np.ndarray) else list(cells)), label)


def series_column(series: Any, label: bool = False) -> Column:
    """A pandas Series as numbers or as text; see :func:`_column` for `label`."""
    return _column(nw.from_native(series, series_only=True), label)
