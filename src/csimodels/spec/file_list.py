"""Several data files of one survey, in the order in which a spec or a call names them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: The key of a file that stands alone in `data: file`, and what the keys of a plain list begin with; no name holds it.
ALONE, NTH = "", "\x00"


@dataclass(frozen=True, slots=True)
class FileList:
    """Files, or patterns of files, whose rows are read one after another.

    Attributes
    ----------
    paths : files and patterns.
    labels : the wave of each, where the files are named by wave; empty texts where they are not.
    """

    paths: tuple[Path, ...]
    labels: tuple[str, ...]


def file_list(data: object) -> FileList | None:
    """A list of paths, or a mapping of waves to paths; None for anything else."""
    parts = list(data.values()) if isinstance(data, Mapping) else list(data) if isinstance(data, (list, tuple)) else []
    if not parts or not all(isinstance(part, (str, os.PathLike)) for part in parts):
        return None
    labels = tuple(str(key) for key in data) if isinstance(data, Mapping) else ("",) * len(parts)
    return FileList(tuple(Path(part) for part in parts), labels)
