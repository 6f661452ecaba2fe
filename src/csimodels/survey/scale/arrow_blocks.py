"""Answers of DuckDB as arrays block by block, read from its Arrow stream without a copy and without pyarrow."""

from __future__ import annotations

import ctypes
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from csimodels.moments.linalg import Bools


class StreamError(Exception):
    """The database ended the stream with an error."""


class _Array(ctypes.Structure):
    """``ArrowArray`` of the Arrow C data interface."""


class _Stream(ctypes.Structure):
    """``ArrowArrayStream`` of the Arrow C stream interface."""


_GetNext = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))
_LastError = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream))
_ReleaseArray = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))
_ReleaseStream = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))

_Array._fields_ = [
    *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
_Stream._fields_ = [
    ("get_schema", ctypes.c_void_p),
    ("get_next", ctypes.c_void_p),
    ("get_last_error", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


@dataclass(eq=False)
class Block:
    """Some rows of an answer; the arrays point into memory of the database until :meth:`close`.

    Attributes
    ----------
    kinds : type of the cells of each column.
    """

    array: Any
    kinds: Sequence[Any]

    def __len__(self) -> int:
        return int(self.array.length)

    def column(self, k: int) -> tuple[Any, Bools | None]:
        """Cells of column `k`, and which of them are there (None: all are)."""
        child, kind = self.array.children[k].contents, np.dtype(self.kinds[k])
        start, n = int(child.offset) + int(self.array.offset), len(self)
        cells = np.frombuffer(_memory(child.buffers[1], (start + n) * kind.itemsize), dtype=kind)[start:]
        if not child.null_count or not child.buffers[0]:
            return cells, None
        bits = np.frombuffer(_memory(child.buffers[0], (start + n + 7) // 8), dtype=np.uint8)
        return cells, np.unpackbits(bits, bitorder="little")[start : start + n].view(np.bool_)

    def close(self) -> None:
        """Give the memory back."""
        if self.array.release:
            _ReleaseArray(self.array.release)(ctypes.byref(self.array))


def _memory(address: int | None, size: int) -> Any:
    return (ctypes.c_char * size).from_address(address) if address and size else b""


def streams(connection: Any) -> bool:
    """Whether a connection of DuckDB gives its answers as Arrow streams."""
    return hasattr(connection, "sql") and hasattr(connection.sql("select 1"), "__arrow_c_stream__")


def arrow_blocks(connection: Any, sql: str, kinds: Sequence[Any]) -> Generator[Block]:
    """The answer to a query block by block; who takes a block closes it.

    Parameters
    ----------
    kinds : type of the cells of each column: numbers of 1, 2, 4 or 8 bytes, as the query casts them.

    Raises
    ------
    StreamError
    """
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    capsule = connection.sql(sql).__arrow_c_stream__()
    stream = _Stream.from_address(pointer(capsule, b"arrow_array_stream"))
    following, said = _GetNext(stream.get_next), _LastError(stream.get_last_error)
    try:
        while True:
            array = _Array()
            if following(ctypes.byref(stream), ctypes.byref(array)):
                raise StreamError((said(ctypes.byref(stream)) or b"").decode(errors="replace"))
            if not array.release:
                return
            yield Block(array, kinds)
    finally:
        if stream.release:
            _ReleaseStream(stream.release)(ctypes.byref(stream))
        del capsule
