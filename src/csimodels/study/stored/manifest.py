"""``manifest.json`` of an output folder: what was written, each file with its sha256, and by what."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from csimodels.errors import DataError, Problem, system_reason
from csimodels.messages import Message
from csimodels.survey import file_hash

MANIFEST = "manifest.json"
#: Files whose content a loaded result is made from: it is refused where one of them was changed.
READ_BACK = ("spec.yaml", "result.json")
#: What ``csi verify`` and the checks of hashes read of a manifest, and its types.
_NEEDED = {"csimodels": str, "spec_sha256": str, "result_sha256": str, "data_sha256": str, "facts": dict}


def dumps(value: Any) -> str:
    """JSON as it is written into an output folder: what ``json.dumps`` writes with an indent of one blank.

    With an indent the encoder of the standard library goes through every number in Python.  Lists of numbers and texts,
    which are nearly all of a result of many groups, are given to its fast encoder instead, with the line break as what
    stands between two of them.
    """
    return _indented(value, "\n") + "\n"


def _indented(value: Any, line: str) -> str:
    """`value` where `line` is the break and the indent of the part that it stands in."""
    inner = f"{line} "
    between = f",{inner}"
    if isinstance(value, dict) and value:
        return f"{{{inner}{between.join(f'{_key(k)}: {_indented(v, inner)}' for k, v in value.items())}{line}}}"
    if not isinstance(value, (list, tuple)) or not value:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    if any(isinstance(part, (dict, list, tuple)) for part in value):
        return f"[{inner}{between.join(_indented(part, inner) for part in value)}{line}]"
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(between, ": "))
    return f"[{inner}{flat[1:-1]}{line}]"


def _key(key: object) -> str:
    return json.dumps(key if isinstance(key, str) else json.dumps(key), ensure_ascii=False)


class Misfit(ValueError):
    """A part of a stored file that csimodels never wrote.

    Parameters
    ----------
    said : Message
        What is wrong with it.
    """

    def __init__(self, said: Message) -> None:
        super().__init__(str(said))
        self.said = said


def damaged(path: Path, found: str | Exception) -> DataError:
    """The error for a file of an output folder that is not what csimodels writes.

    Parameters
    ----------
    path : Path
    found : str or Exception
        What is wrong with it; of an exception that is none of ours only that the parts do not fit together.
    """
    if isinstance(found, Exception):
        found = found.said if isinstance(found, Misfit) else Message("its parts do not fit together")
    return DataError(Problem("the file is damaged", str(path), found, remedy="run the spec again"))


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises
    ------
    DataError
        The file is missing, is no JSON object, names a key twice, or holds a number that JSON does not know.
    """
    if not path.exists():
        what = Message("no {path} here", path=path.name)
        raise DataError(Problem(what, str(path.parent), remedy="name a folder that csi run wrote"))
    try:
        text = path.read_text(encoding="utf-8")
        done = json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    except (ValueError, RecursionError, OSError) as error:
        raise damaged(path, _unread(error)) from error
    if not isinstance(done, dict):
        raise damaged(path, Message("it holds no object of JSON"))
    return done


def _unread(error: ValueError | RecursionError | OSError) -> str:
    """Why a file is no JSON, in our words."""
    if isinstance(error, OSError):
        return system_reason(error)
    if isinstance(error, json.JSONDecodeError):
        return Message("line {line} is not JSON, or the file ends there", line=error.lineno)
    if isinstance(error, UnicodeDecodeError):
        return Message("its text is not UTF-8")
    if isinstance(error, RecursionError):
        return Message("it is nested too deeply")
    return error.said if isinstance(error, Misfit) else Message("it holds a number with too many digits")


def _refuse(name: str) -> NoReturn:
    raise Misfit(Message("{value} is no number of JSON", value=name))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    done = dict(pairs)
    if len(done) != len(pairs):
        names = [name for name, _ in pairs]
        raise Misfit(Message('the key "{key}" stands twice', key=next(n for n in names if names.count(n) > 1)))
    return done


def read_manifest(out: Path) -> dict[str, Any]:
    """The manifest of an output folder, its parts of the right types.

    Raises
    ------
    DataError
        There is none, or it is damaged.
    """
    manifest = read_json(out / MANIFEST)
    wrong = [name for name, kind in _NEEDED.items() if not isinstance(manifest.get(name), kind)]
    named = manifest.get("data_file", "")
    several = isinstance(named, list) and all(isinstance(name, str) for name in named)
    if not several and not isinstance(named, (str, type(None))):
        wrong.append("data_file")
    wrong += [name for name in ("tables_sha256", "files_sha256") if not _is_text_map(manifest.get(name, {}))]
    if wrong:
        found = Message("{part} cannot be {value}", part=wrong[0], value=repr(manifest.get(wrong[0]))[:80])
        raise damaged(out / MANIFEST, found)
    _check_hashes(manifest, out / MANIFEST)
    return manifest


def _check_hashes(manifest: Mapping[str, Any], path: Path) -> None:
    """Refuse a manifest that has two hashes of one file: one of them was put in later."""
    known = manifest.get("files_sha256", {})
    for name, written in _first_hashes(manifest).items():
        if known.get(name, written) != written:
            raise damaged(path, Message("it has two hashes of {name}", name=name))


def _is_text_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) and _is_below(k) for k, v in value.items())


def _is_below(name: str) -> bool:
    """Whether a name of a file stays within the folder."""
    return bool(name) and not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts


def listed_files(manifest: Mapping[str, Any]) -> list[str]:
    """Names of the files that a manifest lists, those that stay within the folder."""
    names = manifest.get("files")
    return [name for name in names if isinstance(name, str) and _is_below(name)] if isinstance(names, list) else []


def own_files(out: Path) -> dict[str, str]:
    """Files that an earlier run wrote into `out`, with their hashes; none where its manifest cannot be read."""
    try:
        manifest = read_json(out / MANIFEST)
    except DataError:
        return {}
    written = manifest.get("files_sha256")
    known = written if isinstance(written, dict) else {}
    return {name: str(known.get(name, "")) for name in listed_files(manifest)}


def hashes(manifest: Mapping[str, Any]) -> dict[str, str]:
    """sha256 of every file by name; version 0.1 had those of the spec, the numbers and the tables only."""
    return {**_first_hashes(manifest), **manifest.get("files_sha256", {})}


def _first_hashes(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What version 0.1 had."""
    old = {"spec.yaml": manifest["spec_sha256"], "result.json": manifest["result_sha256"]}
    return {**old, **manifest.get("tables_sha256", {})}


def edited(out: Path, manifest: Mapping[str, Any]) -> list[Message]:
    """Files of the folder that are not what was written, in words."""
    said: list[Message] = []
    for name, written in sorted(hashes(manifest).items()):
        path, table = out / name, name.endswith(".csv")
        if not path.is_file():
            said.append(Message("the table {name} is gone" if table else "the file {name} is gone", name=name))
        elif file_hash(path) != written:
            text = "the table {name} is not what was written" if table else "the file {name} is not what was written"
            said.append(Message(text, name=name))
    return said


def refuse_edited(out: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse a folder whose spec or numbers are not those that were written.

    Raises
    ------
    DataError
        ``spec.yaml`` or ``result.json`` is missing or was changed; each is named.
    """
    known = hashes(manifest)
    problems = []
    for name in READ_BACK:
        path = out / name
        if not path.is_file():
            problems.append(
                Problem(Message("no {path} here", path=name), str(out), remedy="name a folder that csi run wrote")
            )
        elif (found := file_hash(path)) != known[name]:
            what = Message("{name} is not what csimodels wrote: it was changed since", name=name)
            text = "sha256 {found}..., the manifest has {known}..."
            shown = Message(text, found=found[:12], known=known[name][:12])
            remedy = "run the spec again, or put the file back; csi verify says which numbers differ"
            problems.append(Problem(what, str(path), shown, remedy=remedy))
    if problems:
        raise DataError(problems)


def stamp(out: Path, files: Sequence[Path]) -> None:
    """Note the sha256 of files that were written again into a folder with a manifest, such as its report."""
    manifest = read_manifest(out)
    known = dict(manifest.get("files_sha256", {}))
    known |= {path.relative_to(out).as_posix(): file_hash(path) for path in files}
    names = sorted({*listed_files(manifest), *known})
    write_text(out / MANIFEST, dumps(manifest | {"files": names, "files_sha256": dict(sorted(known.items()))}))


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8: it is the old one or the new one, never a part."""
    write_beside(path, lambda beside: beside.write_text(text, encoding="utf-8", newline="\n"))


def write_beside(path: Path, write: Callable[[Path], object]) -> Path:
    """Let `write` make a file beside `path` and rename it: `path` is the old one or the new one, never a part.

    Raises
    ------
    DataError
        The file cannot be written; an earlier one is as it was.
    """
    beside = path.with_name(f".part-{path.name}")
    try:
        write(beside)
        beside.replace(path)
    except OSError as error:
        what = Message("the file cannot be written: {reason}", reason=system_reason(error))
        remedy = "make room, or close it in other programs, then try again; an earlier file is as it was"
        raise DataError(Problem(what, str(path), remedy=remedy)) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return path
