"""Answers of DuckDB block by block, as record batches of Arrow; where pyarrow is not installed there are none."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from csimodels.moments.linalg import Bools

#: A record batch of pyarrow.
Block = Any


def streams(connection: Any) -> bool:
    """Whether a connection of DuckDB can hand over its answers as Arrow streams here."""
    return find_spec("pyarrow") is not None and hasattr(connection, "sql")


def arrow_blocks(connection: Any, sql: str) -> Iterator[Block]:
    """The answer to a query, block by block.

    Raises
    ------
    ArrowException of pyarrow
        The database could not go on.
    """
    import pyarrow as pa

    yield from pa.RecordBatchReader.from_stream(connection.sql(sql))


def column_of(block: Block, k: int) -> tuple[Any, Bools | None]:
    """Cells of column `k` as an array, and which of them are there (None: all are)."""
    column = block.column(k)
    if not column.null_count:
        return column.to_numpy(), None
    return column.fill_null(0).to_numpy(), column.is_valid().to_numpy(zero_copy_only=False)
