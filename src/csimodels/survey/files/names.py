"""Files that a path, a folder, a pattern or a list of them names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from csimodels.errors import DataError, Problem, nearest_file
from csimodels.messages import Message
from csimodels.paths import home_path, no_plain_file
from csimodels.spec.file_list import FileList


def files_of(path: Path) -> tuple[Path, ...]:
    """Files that a path, a folder of Parquet files or a pattern names, in the order of their names.

    Raises
    ------
    DataError
        There is none.
    """
    where = home_path(path)
    if where.is_file():
        return (where,)
    if where.is_dir():
        where = where / "*.parquet"
    found = tuple(sorted(file for file in globbed(where) if file.is_file()))
    if not found:
        wrong = no_plain_file(path, home_path(path))
        if wrong is not None:
            raise DataError(wrong)
        near = [entry.name for entry in where.parent.iterdir()] if where.parent.is_dir() else []
        what = Message("no such file: {path}", path=str(path))
        raise DataError(Problem(what, allowed=nearest_file(where.name, near), remedy="correct the path or the pattern"))
    return found


def expanded_files(files: FileList) -> list[tuple[Path, str]]:
    """Every file of a list once, with its wave, patterns replaced by the files that they name.

    Raises
    ------
    DataError
        A file or pattern that names none; all of them at once.
    """
    found: dict[Path, tuple[Path, str]] = {}
    problems: list[Problem] = []
    for path, wave in zip(files.paths, files.labels, strict=True):
        try:
            for file in files_of(path):
                if wave and found.get(file.resolve(), (file, wave))[1] != wave:
                    what = Message("{name} stands in two waves", name=file.name)
                    problems.append(Problem(what, "data: file", remedy="name every file once"))
                found.setdefault(file.resolve(), (file, wave))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return list(found.values())


def globbed(where: Path) -> Iterator[Path]:
    """Paths that a pattern matches."""
    parts = where.absolute().parts
    first = next((k for k, part in enumerate(parts) if is_pattern(Path(part))), len(parts) - 1)
    yield from Path(*parts[:first]).glob("/".join(parts[first:]))


def is_pattern(path: Path) -> bool:
    """Whether a path names several files."""
    return any(mark in str(path) for mark in "*?[") and not home_path(path).is_file()


def several_label(files: Sequence[Path]) -> str:
    """How a source of one or several files is called."""
    return files[0].name if len(files) == 1 else f"{files[0].name} ... {files[-1].name}"


def digest_of(hashes: Sequence[str]) -> str:
    """sha256 of one file, or that over the hashes of several files in their order."""
    if len(hashes) == 1:
        return hashes[0]
    whole = hashlib.sha256()
    for one in hashes:
        whole.update(bytes.fromhex(one))
    return whole.hexdigest()
