"""Start the process that reads a file, and judge how it ended."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from csimodels.errors import DataError, Problem, system_reason
from csimodels.isolated.damage import fault
from csimodels.isolated.limits import GIB, memory_for, seconds_for
from csimodels.isolated.worker import DONE
from csimodels.messages import Message

#: How a process ends that the system has stopped for want of memory.
_KILLED = (-9, 137)
#: What a reader writes before it gives up for want of memory.
_NO_MEMORY = ("memory allocation of", "bad_alloc", "MemoryError", "Unable to allocate", "out of memory")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: what it is called, its reader's name in the worker, and the program that writes it."""

    reader: str
    words: Message
    program: str

    @property
    def remedy(self) -> Message:
        """What to do with a file that is damaged."""
        return Message(
            "check that the file is complete, not protected by a password, and has the suffix of its kind; "
            "if it is damaged, open it in {program} and save it again",
            program=self.program,
        )


EXCEL = Kind("excel", Message("an Excel workbook"), "Excel")
SPSS = Kind("spss", Message("an SPSS file"), "SPSS")
STATA = Kind("stata", Message("a Stata file"), "Stata")


def read_apart(path: Path, kind: Kind, sheet: str | None = None) -> Any:
    """What the reader of `kind` finds in the file, in a process of its own.

    Parameters
    ----------
    path : Path
    kind : Kind
    sheet : str, optional
        Of a workbook.

    Returns
    -------
    ReadSheet or ReadFile

    Raises
    ------
    DataError
        The reader refused the file, crashed, took too much memory or too long, or could not be started.
    """
    size = path.stat().st_size
    request = {"kind": kind.reader, "path": str(path.absolute()), "sheet": sheet, "memory": memory_for(size)}
    try:
        child = _start()
    except OSError as error:
        what = Message("the process that reads {path} cannot be started", path=path.name)
        raise DataError(Problem(what, found=system_reason(error), remedy=_LESS)) from error
    answer, code, said, late = _finish(child, json.dumps(request).encode(), seconds_for(size))
    if answer is not None and answer[0] == DONE:
        return answer[1]
    if late:
        what = Message("reading {path} did not end within {n} seconds", path=path.name, n=round(seconds_for(size)))
        raise DataError(Problem(what, remedy=kind.remedy))
    if answer is not None or any(text in said for text in _NO_MEMORY):
        raise DataError(_too_much(path, kind, memory_for(size)))
    if code in _KILLED:
        what = Message("the system stopped reading {path}: it has no memory left", path=path.name)
        raise DataError(Problem(what, remedy=_LESS))
    raise DataError(_damaged(path, kind, code))


_LESS = Message("end other programs, or export the data as CSV")


def _start() -> subprocess.Popen[bytes]:
    """The worker, in a fresh interpreter that finds its modules where this one does."""
    places = [place or str(Path.cwd()) for place in sys.path]
    settings = {
        "PYTHONPATH": os.pathsep.join(places),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "RUST_BACKTRACE": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-W", "ignore", "-m", "csimodels.isolated.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | settings,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _finish(
    child: subprocess.Popen[bytes], request: bytes, seconds: float
) -> tuple[tuple[str, Any] | None, int, str, bool]:
    """The answer if there is one, the exit code, what was written as errors, and whether the time was up."""
    said: list[bytes] = []
    late = threading.Event()

    def stop() -> None:
        late.set()
        child.kill()

    errors = _pipe(child.stderr)
    listener = threading.Thread(target=lambda: said.append(errors.read()), daemon=True)
    clock = threading.Timer(seconds, stop)
    clock.daemon = True
    with child:
        try:
            listener.start()
            clock.start()
            answer = _exchange(child, request)
            child.wait()
            listener.join()
        finally:
            clock.cancel()
            child.kill()
    return answer, child.returncode, b"".join(said).decode("utf-8", "replace"), late.is_set()


def _exchange(child: subprocess.Popen[bytes], request: bytes) -> tuple[str, Any] | None:
    """Ask the worker; None if it ended without a whole answer."""
    try:
        with _pipe(child.stdin) as asked:
            asked.write(request)
    except OSError:  # it has ended already
        return None
    try:
        answer: tuple[str, Any] = pickle.load(_pipe(child.stdout))
    except (EOFError, pickle.UnpicklingError):
        return None
    return answer


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _too_much(path: Path, kind: Kind, memory: int) -> Problem:
    return Problem(
        Message(
            "reading {path} takes more than the {n} GiB of memory that a file of its size may take",
            path=path.name,
            n=f"{memory / GIB:.1f}",
        ),
        remedy=Message(
            "the file is likely damaged: open it in {program} and save it again, or export the data as CSV",
            program=kind.program,
        ),
    )


def _damaged(path: Path, kind: Kind, code: int) -> Problem:
    """What the file shows of its fault, or the signal that ended its reader."""
    broke = code < 0 or code > 128
    what = Message("{path} cannot be read as {kind}", path=path.name, kind=kind.words)
    if broke:
        return Problem(what, found=Message("its reader crashed (signal {n})", n=abs(code)), remedy=kind.remedy)
    return Problem(what, found=fault(path), remedy=kind.remedy)
