"""One BLAS thread for small matrices."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController

#: Packages that bring a BLAS of their own.
_BLAS = frozenset(("numpy", "scipy.linalg", "scipy.sparse"))


@contextmanager
def single_blas() -> Iterator[None]:
    """Hold BLAS to one thread meanwhile.

    Threads of a small product or decomposition wait for one another longer than they compute, and on a busy machine
    many times longer; what they round differs with their number.
    """
    with _controller(frozenset(_BLAS & sys.modules.keys())).limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=4)
def _controller(loaded: frozenset[str]) -> ThreadpoolController:
    """The BLAS libraries of the packages that are `loaded`; to find them the memory map of the process is read."""
    return ThreadpoolController()
