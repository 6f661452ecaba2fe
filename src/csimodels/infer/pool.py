"""Threads for chunks of replicates.

NumPy lets go of the interpreter while it computes, so threads use every core without copying anything.  Each chunk is
computed by one thread with a single BLAS thread, whatever their number: the same numbers come out everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def worker_pool(workers: int | None = None) -> Iterator[Executor]:
    """A pool of `workers` threads (one per processor by default), BLAS held to one thread meanwhile."""
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers or processors()) as pool:
        yield pool
