"""Columns as they were found: numbers, or texts with their codes, made from cells of any type."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.moments.linalg import Bools, Floats

Ints = NDArray[np.intp]

#: Cells that are copied at once on their way into the hash.
_HASHED_AT_ONCE = 65536


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of text: ``values[codes]``, code -1 where the cell is empty.

    ``numeric`` holds the positions in `values` of cells that were numbers among the texts.
    """

    codes: Ints
    values: tuple[str, ...]
    numeric: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.codes)

    def counts(self) -> Ints:
        """(len(values),) how often each value occurs."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values)).astype(np.intp)

    def lookup(self, table: Floats) -> Floats:
        """(n,) the number of each cell, given the number of each value; NaN where the cell is empty."""
        return np.append(table, np.nan)[self.codes]


Column = Floats | Coded


def take(column: Column, keep: Bools) -> Column:
    """The cells of `column` where `keep` holds."""
    return Coded(column.codes[keep], column.values, column.numeric) if isinstance(column, Coded) else column[keep]


def column_of(cells: Iterable[object]) -> Column:
    """A column from cells of any type: numbers where all of them are numbers, else text.

    ``None``, NaN, NA and NaT are empty cells.
    """
    values = np.asarray(cells if isinstance(cells, np.ndarray) else _object_array(list(cells)), dtype=object)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind in ("integer", "floating", "mixed-integer-float", "decimal", "empty"):
        return np.asarray([_float(v) for v in values], dtype=np.float64)
    if kind == "string":
        codes, unique = pd.factorize(values)
        return Coded(np.asarray(codes, dtype=np.intp), tuple(str(u) for u in unique))
    texts = [text_of(value) for value in values]
    pairs = zip(texts, values, strict=True)
    marked = [None if text is None else ("t" if isinstance(cell, str) else "n") + text for text, cell in pairs]
    codes, unique = pd.factorize(_object_array(marked))
    numeric = frozenset(i for i, mark in enumerate(unique) if mark[0] == "n")
    return Coded(np.asarray(codes, dtype=np.intp), tuple(mark[1:] for mark in unique), numeric)


def _float(value: Any) -> float:
    """A number as float: infinite where it is too large for one, NaN where it is none."""
    if isinstance(value, decimal.Decimal):
        return math.nan if value.is_nan() else float(value)
    if pd.isna(value):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _object_array(cells: Sequence[object]) -> NDArray[np.object_]:
    out = np.empty(len(cells), dtype=object)
    out[:] = cells
    return out


def text_of(value: object) -> str | None:
    """One cell as text; ``None`` where it is empty."""
    if isinstance(value, str):
        return value
    if hasattr(value, "__len__"):
        return repr(value)
    if isinstance(value, decimal.Decimal):
        return None if value.is_nan() else number_text(_float(value))
    if value is None or value is pd.NaT or bool(pd.isna(value)):  # type: ignore[call-overload]
        return None
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, numbers.Real):
        return number_text(_float(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time() and value.tzinfo is None:
        return value.date().isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def number_text(value: float) -> str:
    """``2026`` for 2026.0, otherwise the shortest decimal that reads back as the same number."""
    return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e16 else repr(float(value))


def content_hash(columns: Mapping[str, Column]) -> str:
    """sha256 of names and values, the same in every process; columns in alphabetical order."""
    digest = hashlib.sha256()
    for name in sorted(columns):
        column = columns[name]
        digest.update(f"{len(name)}:{name}".encode(errors="surrogatepass"))
        if isinstance(column, Coded):
            order = np.argsort(np.asarray(column.values, dtype=object), kind="stable")
            place = np.empty(len(order) + 1, dtype=np.int64)
            place[order], place[-1] = np.arange(len(order)), -1
            digest.update(
                "".join(f"{len(column.values[i])}:{column.values[i]}" for i in order).encode(errors="surrogatepass")
            )
            digest.update(np.ascontiguousarray(place[column.codes], dtype="<i8").data)
        else:
            digest.update(b"f8")
            for start in range(0, len(column), _HASHED_AT_ONCE):
                digest.update(_one_nan(column[start : start + _HASHED_AT_ONCE]).data)
    return digest.hexdigest()


def _one_nan(column: Floats) -> Floats:
    """A copy in which every NaN has the same bits, and every zero."""
    plain = np.ascontiguousarray(column + 0.0)
    plain[np.isnan(plain)] = np.nan
    return plain
