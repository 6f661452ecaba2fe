"""Pieces on Dask: a tree of tasks, run by whatever scheduler is active (threads, processes, a distributed client)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from csimodels.errors import MissingExtraError
from csimodels.survey.scale.lost_workers import Workers, working
from csimodels.survey.scale.pieces import FAN, Piece, Span

T = TypeVar("T")
#: Seconds that a distributed cluster may be without any worker before it is given up (``csimodels.patience`` in the
#: configuration of Dask).
PATIENCE = 90.0


@dataclass(frozen=True, eq=False)
class DaskPieces:
    """Partitions of a Dask collection, or Parquet files that the workers reach.

    Attributes
    ----------
    collection : DataFrame of Dask; None where there are files.
    spans : Parquet files, or parts of them.
    """

    collection: Any = None
    spans: tuple[Span, ...] = ()

    name = "Dask"

    @property
    def size(self) -> int:
        """Number of pieces."""
        return len(self.spans) if self.collection is None else int(self.collection.npartitions)

    def _pieces(self, columns: Sequence[str]) -> list[Any]:
        """Delayed pieces with some of the columns."""
        dask = _dask()
        if self.collection is None:
            return [dask.delayed(Piece(k, None, span)) for k, span in enumerate(self.spans)]
        parts = self.collection[list(columns)].to_delayed()
        return [dask.delayed(Piece)(k, part) for k, part in enumerate(parts)]

    def reduced(self, columns: Sequence[str], work: Callable[[Piece], T], merge: Callable[[list[T]], T]) -> T:
        """The answers of all pieces, put together by a tree of tasks."""
        dask = _dask()
        level = [dask.delayed(work)(piece) for piece in self._pieces(columns)]
        while len(level) > 1:
            level = [dask.delayed(merge)(level[start : start + FAN]) for start in range(0, len(level), FAN)]
        done: T = _computed(level[0])
        return done

    def in_turn(self, columns: Sequence[str], work: Callable[[Piece], T]) -> Iterator[T]:
        """The answers of the pieces one after the other."""
        dask = _dask()
        for piece in self._pieces(columns):
            yield _computed(dask.delayed(work)(piece))

    def kinds(self) -> dict[str, str]:
        """Columns of the collection with their types, as DuckDB calls them."""
        return {str(name): _kind(kind) for name, kind in self.collection.dtypes.items()}


def _computed(task: Any) -> Any:
    """The answer of a delayed task by the scheduler that is active."""
    dask = _dask()
    client = _client()
    if client is None:
        with working(DaskPieces.name, *_lost()):
            return dask.compute(task)[0]
    future = client.compute(task)
    with working(DaskPieces.name, *_lost(), workers=_workers(client, future)):
        return future.result()


def _client() -> Any:
    """The client of a distributed cluster that tasks go to; None where another scheduler is active."""
    if (distributed := sys.modules.get("distributed")) is None:
        return None
    from dask.base import get_scheduler

    client = getattr(get_scheduler(), "__self__", None)  # its method that computes
    return client if isinstance(client, distributed.Client) and not client.asynchronous else None


def _workers(client: Any, future: Any) -> Workers | None:
    """The workers that are to give an answer; None where the cluster starts and stops them itself."""
    if getattr(client.cluster, "_adaptive", None) is not None:
        return None
    patience = float(_dask().config.get("csimodels.patience", PATIENCE))
    return Workers(lambda: len(client.nthreads()), lambda: future.cancel(force=True), patience)


def _kind(kind: Any) -> str:
    if pd.api.types.is_bool_dtype(kind):
        return "BOOLEAN"
    if pd.api.types.is_integer_dtype(kind):
        return "INTEGER" if kind.itemsize < 4 or (kind.itemsize == 4 and kind.kind == "i") else "BIGINT"
    if pd.api.types.is_float_dtype(kind):
        return "DOUBLE"
    return "TIMESTAMP" if pd.api.types.is_datetime64_any_dtype(kind) else "VARCHAR"


def _lost() -> list[type[Exception]]:
    """What the schedulers of Dask raise where workers were lost."""
    found: list[type[Exception]] = [BrokenExecutor]
    if (distributed := sys.modules.get("distributed")) is not None:
        found += [distributed.scheduler.KilledWorker, distributed.comm.CommClosedError, distributed.CancelledError]
    return found


def _dask() -> Any:
    try:
        import dask
    except ImportError as error:
        raise MissingExtraError("dask", "dask", "summing a survey on a cluster") from error
    return dask
