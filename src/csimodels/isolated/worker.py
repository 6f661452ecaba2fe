"""The process that reads one file: a request comes in, a pickled answer goes out.

Started by `process` as ``python -m csimodels.isolated.worker``.  An error of a reader ends it like any other program.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

DONE, OUT_OF_MEMORY = "done", "memory"


def main() -> None:
    """Read what is asked for, within the memory that is allowed."""
    request: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a reader prints must not mix with the answer
    answer: tuple[str, Any]
    try:
        answer = (DONE, read(request["kind"], request["path"], request["sheet"], request["memory"]))
    except MemoryError:
        answer = (OUT_OF_MEMORY, None)
    with answers:
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)


def read(kind: str, path: str, sheet: str | None, memory: int) -> Any:
    """The file at `path`; the reader is loaded first, so that only reading counts towards `memory`."""
    if kind == "excel":
        from csimodels.isolated.read_workbook import read_sheet

        hold(memory)
        return read_sheet(path, sheet)
    from csimodels.isolated.read_statistics import read_spss, read_stata

    reader = {"spss": read_spss, "stata": read_stata}[kind]
    hold(memory)
    return reader(path)


def hold(memory: int) -> None:
    """Let this process take at most `memory` bytes more than it has, where the system can see to it (POSIX).

    A process that crashes leaves no image of its memory behind.
    """
    try:
        import resource
    except ImportError:
        return
    now = Path("/proc/self/statm")
    wishes = [(resource.RLIMIT_CORE, 0)]
    if now.exists():
        wishes.append((resource.RLIMIT_AS, int(now.read_text().split()[0]) * resource.getpagesize() + memory))
    for what, most in wishes:
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    main()
