"""Threads for chunks of replicates.

NumPy lets go of the interpreter while it computes, so threads use every core without copying anything.  Each chunk is
computed by one thread with a single BLAS thread, whatever their number: the same numbers come out everywhere.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from typing import TypeVar

from csimodels.moments.threads import single_blas

Item = TypeVar("Item")
Done = TypeVar("Done")

#: Items under way at once, on top of the one whose result is waited for.
AHEAD = 3


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def worker_pool(workers: int | None = None) -> Iterator[Executor]:
    """A pool of `workers` threads (one per processor by default), BLAS held to one thread meanwhile."""
    with single_blas(), ThreadPoolExecutor(workers or processors()) as pool:
        yield pool


def mapped(pool: Executor | None, work: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
    """Results of `work` in the order of `items`, which are taken up only a few ahead: none wait in memory.

    Without a pool one after the other; a single item is worked out by who asks, without a thread of its own.
    """
    coming = iter(items)
    first = [] if pool is None else list(islice(coming, 2))
    if pool is None or len(first) < 2:
        yield from map(work, chain(first, coming))
        return
    waiting: deque[Future[Done]] = deque()
    for item in chain(first, coming):
        waiting.append(pool.submit(work, item))
        if len(waiting) > AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def in_order(work: Callable[[Item], Done], items: Sequence[Item]) -> Iterator[Done]:
    """Results of `work` in the order of `items`, over the processors where there are several of them."""
    if len(items) < 2:
        yield from map(work, items)
        return
    with worker_pool() as pool:
        yield from mapped(pool, work, items)


def each_done(work: Sequence[Callable[[], Done]]) -> list[Done]:
    """What independent pieces of work give, spread over the processors."""
    with worker_pool() as pool:
        return list(mapped(pool, lambda one: one(), work))
