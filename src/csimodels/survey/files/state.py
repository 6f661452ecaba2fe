"""What any file tells before it is understood: its hash, whether it is empty, whether it changes meanwhile."""

from __future__ import annotations

import hashlib
from pathlib import Path

from csimodels.errors import DataError, Problem
from csimodels.messages import Message


def file_hash(path: Path) -> str:
    """sha256 of the bytes of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_empty(path: Path) -> None:
    """Raise a `DataError` where a file has no bytes."""
    if path.stat().st_size == 0:
        raise DataError(
            Problem(Message("{path} is empty (0 bytes)", path=path.name), remedy="check that the export is complete")
        )


def file_state(path: Path) -> tuple[int, int, int]:
    """What changes with a file: its size, time and place on the disk."""
    now = path.stat()
    return now.st_size, now.st_mtime_ns, now.st_ino


def refuse_changed(path: Path, state: tuple[int, int, int]) -> None:
    """Raise a `DataError` where the file is no longer as it was found: what was read and its hash may differ."""
    if not path.exists() or file_state(path) != state:
        what = Message("{name} was changed while it was read", name=path.name)
        raise DataError(Problem(what, remedy="run again once nothing writes to it"))
