"""An output folder is whole or not there: written beside, put in place in one go, finished by whoever comes next.

Everything is written into a folder ``.csi-new`` within the output folder.  Its manifest, renamed last, says that it is
complete: from then on the files are moved into the output folder, the manifest last.  A run that is stopped before has
changed nothing; one that is stopped after is finished by the next command that reads or writes there.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from csimodels.arguments import plain_arguments
from csimodels.errors import DataError, Problem, system_reason
from csimodels.messages import Message
from csimodels.spec.file_list import FileList
from csimodels.study.stored.manifest import MANIFEST, listed_files, read_json

#: Where a run writes until its result is complete.
STAGE = ".csi-new"
_LOCK = ".csi-lock"
#: Seconds to wait for another run that writes into the same folder.
PATIENCE_SECONDS = 60.0
#: Suffixes of files: a folder called so is a mistake.
_FILES = frozenset(
    {".html", ".htm", ".xlsx", ".csv", ".pdf", ".docx", ".pptx", ".json", ".yaml", ".yml", ".txt", ".png"}
)


@plain_arguments
def check_folder(folder: str | Path) -> Path:
    """The output folder, refused before any long work where it cannot be one of ours.

    Parameters
    ----------
    folder : str or Path
        The output folder.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DataError
        It is a file, cannot be written, or holds files that no earlier run wrote.
    """
    out = refuse_unwritable(folder)
    ours = any((out / name).exists() for name in (MANIFEST, "result.json"))
    if out.is_dir() and not ours and any(entry.name not in (STAGE, _LOCK) for entry in out.iterdir()):
        what = Message("the output folder holds files that csimodels did not write")
        raise DataError(Problem(what, str(folder), remedy="name a new or empty folder"))
    return out


def refuse_unwritable(folder: str | Path) -> Path:
    """The folder; DataError where it is a file, lies within one, or nothing can be written there.

    A file without a name is opened where the folder will be: rights, and media and systems that cannot be written,
    show themselves before any long work.
    """
    out = Path(folder)
    where = str(folder)
    if out.is_symlink() and not out.exists():
        what = "the output folder is a link to a place that is not there"
        remedy = "correct the link, or name another folder"
        raise DataError(Problem(what, where, str(out.readlink()), remedy=remedy))
    if out.suffix.lower() in _FILES and not out.exists():
        remedy = Message("name a folder: {name}", name=out.with_suffix("").name)
        raise DataError(Problem("results are a folder, not a file", where, remedy=remedy))
    if out.exists() and not out.is_dir():
        raise DataError(Problem("the output folder is a file", where, remedy="name another folder"))
    parent = out if out.exists() else next((p for p in out.absolute().parents if p.exists()), Path("/"))
    if not parent.is_dir():
        what = Message("the output folder would lie within {parent}, which is a file", parent=parent.name)
        raise DataError(Problem(what, where, remedy="name another folder"))
    try:
        if not os.access(parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "")
        tempfile.TemporaryFile(dir=parent).close()
    except OSError as error:
        what = "the output folder cannot be written"
        raise DataError(Problem(what, where, system_reason(error), remedy="name another folder")) from None
    return out


def relative(path: Path, folder: Path) -> str:
    """`path` as seen from `folder`, with forward slashes; absolute where there is no way between them.

    Symbolic links above the two are followed, so that ``..`` leads where the system takes it.
    """
    real = Path(os.path.realpath(path.absolute().parent)) / path.name
    try:
        return Path(os.path.relpath(real, os.path.realpath(folder))).as_posix()
    except ValueError:  # another drive
        return real.as_posix()


def seen_from(source: Path | FileList | None, folder: Path) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """The data file, and the files by wave where there are several, as seen from `folder`."""
    if isinstance(source, FileList):
        paths = (relative(path, folder) for path in source.paths)
        return None, tuple(zip(source.labels, paths, strict=True))
    return (None if source is None else relative(source, folder)), ()


@contextmanager
def replaced(out: Path) -> Iterator[Path]:
    """A folder to write a whole result into, its manifest included; it takes the place of the earlier one at the end.

    Raises
    ------
    DataError
        Another run writes there, or a file cannot be written: the earlier result is as it was.
    """
    made = [folder for folder in (out, *out.absolute().parents) if not folder.exists()]
    stage = out / STAGE
    try:
        out.mkdir(parents=True, exist_ok=True)
        with locked(out):
            _finish(out)
            shutil.rmtree(stage, ignore_errors=True)
            try:
                stage.mkdir()
                yield stage
                (stage / f"{MANIFEST}.part").replace(stage / MANIFEST)
            except BaseException:
                shutil.rmtree(stage, ignore_errors=True)
                raise
            _finish(out)
    except OSError as error:
        kept = (out / MANIFEST).is_file()
        what = Message("the result cannot be written: {reason}", reason=system_reason(error))
        remedy = (
            "make room or close the file in other programs, then run again; the earlier result is as it was"
            if kept
            else "make room or close the file in other programs, then run again"
        )
        raise DataError(Problem(what, str(error.filename or out), remedy=remedy)) from error
    finally:
        for folder in made:  # an empty folder of our own is no result
            with suppress(OSError):
                folder.rmdir()


def finish(out: Path) -> None:
    """Finish what a run that was stopped while it put its files in place has left to do.

    Raises
    ------
    DataError
        Another run writes there, or a file cannot be moved.
    """
    if not (out / STAGE / MANIFEST).is_file():
        return
    try:
        with locked(out):
            _finish(out)
    except OSError as error:
        text = "a run was stopped while it put its files in place, and they cannot be moved: {reason}"
        what = Message(text, reason=system_reason(error))
        raise DataError(Problem(what, str(out), str(error.filename or ""), remedy="run the spec again")) from error


def _finish(out: Path) -> None:
    """Move a complete result into place; nothing where there is none.  May be stopped and begun again anywhere."""
    stage = out / STAGE
    if not (stage / MANIFEST).is_file():
        return
    new = listed_files(read_json(stage / MANIFEST))
    with suppress(DataError):
        for name in listed_files(read_json(out / MANIFEST)):
            path = out / name
            if name not in new and name != MANIFEST and inside(out, path) and path.is_file():
                path.unlink()
    (out / MANIFEST).unlink(missing_ok=True)
    for name in new:
        if name != MANIFEST and inside(stage, stage / name) and (stage / name).is_file():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).replace(out / name)
    (stage / MANIFEST).replace(out / MANIFEST)
    shutil.rmtree(stage, ignore_errors=True)


def inside(folder: Path, path: Path) -> bool:
    """Whether `path` lies within `folder`, symbolic links followed."""
    return folder.resolve() in path.resolve().parents


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it when the process ends, however it ends.

    Raises
    ------
    DataError
        Another process holds it for longer than :data:`PATIENCE_SECONDS`.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    handle = _open_lock(out)
    try:
        while handle is not None and not _try_lock(handle):
            if time.monotonic() > end:
                what = "another run is writing into this folder"
                raise DataError(Problem(what, str(out), remedy="wait until it is done, or name another folder"))
            time.sleep(0.05)
        yield
    finally:
        if handle is not None:
            os.close(handle)


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _open_lock(out: Path) -> int | None:
        return os.open(out / _LOCK, os.O_RDWR | os.O_CREAT)

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _open_lock(out: Path) -> int | None:
        try:
            return os.open(out, os.O_RDONLY)
        except PermissionError:
            return None

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True
