"""Shared by the benchmarks: timing, the machine in words, and a table row."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version


def seconds(work: Callable[[], object], repeats: int = 7) -> float:
    """Shortest wall time of `work` after one run that warms the caches: other work on the machine only adds time."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def shown(value: float) -> str:
    """Seconds in a unit that reads well."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def machine() -> str:
    """Cores, system and versions, one line."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas"))
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {system}, {packages}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
