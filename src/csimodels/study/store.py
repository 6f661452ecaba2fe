"""Results on disk: save and load."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csimodels._version import __version__
from csimodels.errors import DataError, Problem
from csimodels.estimate import Design
from csimodels.messages import Message, as_json, from_json, known
from csimodels.moments.linalg import Floats
from csimodels.report import safe_cell
from csimodels.rollup.comparisons import Comparing
from csimodels.spec import dump_model, load_model, rollup_path
from csimodels.study.covariance import Structures
from csimodels.study.desk import Desk
from csimodels.study.replicate_counts import Tally
from csimodels.study.result import Result
from csimodels.study.settings import written_out
from csimodels.study.stored_blocks import StoredBlocks
from csimodels.survey import file_hash
from csimodels.tables import Estimates, Layout

#: Layout of ``result.json`` and ``manifest.json``; raised when a reader of an older one could misread it.
FORMAT = 1

#: The parts of the estimates that hold a number for every quantity of every group.
ARRAYS = ("value", "se", "low", "high", "p")


def save(result: Result, folder: str | Path, *, data: str | Path | None = None, report: bool = True) -> list[Path]:
    """Write everything about `result` into `folder`; returns the files written.

    ``report.html`` and ``tables.xlsx`` (as the spec's ``report:`` says), tidy CSV files (UTF-8 with BOM, so that
    spreadsheets show Chinese), ``spec.yaml`` (the complete model, overrides included), ``result.json`` and
    ``manifest.json`` (hashes, versions, options).

    Parameters
    ----------
    data : the file the answers came from, where it is not the one that the spec names.
    report : False leaves the report out.
    """
    out = check_folder(folder)
    if data is not None and not Path(data).is_file():
        raise DataError(Problem("there is no such data file", str(data), remedy="name the file the answers came from"))
    numbers, frames = _dumps(_result_dict(result)), result.tables()  # before anything is written
    out.mkdir(parents=True, exist_ok=True)
    _remove_earlier(out)
    source = Path(data) if data is not None else result.data_file
    model = result.model
    named = None if source is None else relative(source, out)
    weights = rollup_path(model)
    rollup = replace(model.rollup, weights=None if weights is None else relative(weights, out))
    stored = replace(model, data=replace(model.data, file=named), rollup=rollup, estimate=written_out(model))
    written = [out / "spec.yaml", out / "result.json"]
    written[0].write_text(dump_model(stored, complete=True), encoding="utf-8", newline="\n")
    written[1].write_text(numbers, encoding="utf-8", newline="\n")
    tables = out / "tables"
    tables.mkdir(exist_ok=True)
    for name, table in frames.items():
        path = tables / f"{name}.csv"
        safe = table.map(safe_cell)
        safe.columns = [safe_cell(c) for c in table.columns]
        safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
        written.append(path)
    if report:
        written += result.report(out)
    manifest = _manifest(result, out, written) | {"data_file": named}
    if weights is not None and weights.is_file():
        manifest["weights_sha256"] = file_hash(weights)
    if data is not None:
        manifest["data_sha256"] = file_hash(Path(data))
    written.append(out / "manifest.json")
    written[-1].write_text(_dumps(manifest), encoding="utf-8", newline="\n")
    return written


def _remove_earlier(out: Path) -> None:
    """Remove what an earlier run wrote, so that its tables do not stand beside the new ones."""
    if not (out / "manifest.json").is_file():
        return
    try:
        listed = read_json(out / "manifest.json").get("files")
    except DataError:
        return
    for name in listed if isinstance(listed, list) else ():
        path = (out / str(name)).resolve()
        if out.resolve() in path.parents and path.is_file():
            path.unlink()


def check_folder(folder: str | Path) -> Path:
    """The output folder, refused before any long work where it cannot be one of ours.

    Raises
    ------
    DataError
        It is a file, cannot be written, or holds files that no earlier run wrote.
    """
    out = Path(folder)
    where = str(folder)
    if out.exists() and not out.is_dir():
        raise DataError(Problem("the output folder is a file", where, remedy="name another folder"))
    ours = any((out / name).exists() for name in ("manifest.json", "result.json"))
    if out.is_dir() and any(out.iterdir()) and not ours:
        what = Message("the output folder holds files that csimodels did not write")
        raise DataError(Problem(what, where, remedy="name a new or empty folder"))
    parent = out if out.exists() else next((p for p in out.absolute().parents if p.exists()), Path("/"))
    if not parent.is_dir():
        what = Message("the output folder would lie within {parent}, which is a file", parent=parent.name)
        raise DataError(Problem(what, where, remedy="name another folder"))
    if not os.access(parent, os.W_OK):
        raise DataError(Problem("the output folder cannot be written", where, remedy="name another folder"))
    return out


def relative(path: Path, folder: Path) -> str:
    """`path` as seen from `folder`, with forward slashes; absolute where there is no way between them."""
    try:
        return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()
    except ValueError:  # another drive
        return path.absolute().as_posix()


def load_result(folder: str | Path) -> Result:
    """The result that :func:`save` or ``csi run`` wrote into `folder`: every table, without the respondents.

    Numbers are found by the names of their blocks: those that an older version did not write are NaN, those that this
    version does not know are left out, and a note names them.

    Raises
    ------
    DataError
        The folder holds no result, or one of another format.
    """
    out = Path(folder)
    stored = read_json(out / "result.json")
    if stored.get("format") != FORMAT:
        what = "the result was written by another version of csimodels"
        found, allowed = Message("format {n}", n=str(stored.get("format"))), Message("format {n}", n=FORMAT)
        raise DataError(Problem(what, str(out / "result.json"), found, allowed, "run the spec again"))
    model = load_model(out / "spec.yaml")
    try:
        return _from_dict(replace(model, name=stored["name"]), stored)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise DataError(
            Problem("the file is damaged", str(out / "result.json"), reason, remedy="run the spec again")
        ) from error


def _result_dict(result: Result) -> dict[str, Any]:
    e = result.estimates
    return {
        "format": FORMAT,
        "name": result.model.name,
        "by": list(e.by),
        "keys": [list(k) for k in e.keys],
        "blocks": {name: [b.start, b.stop] for name, b in e.layout.blocks.items()},
        **{part: [_floats(row) for row in getattr(e, part)] for part in ARRAYS},
        "df": [[_json(v) for v in row] for row in e.df.tolist()],
        "n": _floats(e.n),
        "n_eff": _floats(e.n_eff),
        "status": [int(s) for s in e.status],
        "iterations": [int(i) for i in e.iterations],
        "smallest_eigenvalue": _floats(e.smallest_eigenvalue),
        "tallies": [asdict(t) | {"key": list(t.key)} for t in result.tallies],
        "notes": list(result.notes),
        "facts": result.facts,
        "messages": _messages_dict(result),
        "survey_log": result.survey_log.to_dict(orient="list"),
        "tables": {name: _frame_dict(table) for name, table in result.comparing.tables().items()},
        "structures": {name: _frame_dict(table) for name, table in result.structures.tables().items()},
        "desk": {name: _frame_dict(table) for name, table in result.desk.tables().items()},
        "overall": None if result.overall is None else _result_dict(result.overall),
    }


def _messages_dict(result: Result) -> dict[str, Any]:
    """Notes, facts and words of the tables with their templates and parts, so that they can be translated."""
    return {
        "notes": [as_json(note) for note in result.notes],
        "facts": {name: as_json(fact) for name, fact in result.facts.items() if isinstance(fact, Message)},
        "tables": [as_json(message) for message in result.told.values()],
    }


def _from_dict(model: Any, stored: Mapping[str, Any]) -> Result:
    layout = Layout.of(model, Design.of(model))
    blocks = StoredBlocks.of(stored["blocks"], layout)
    value = blocks.place(stored["value"])
    estimates = Estimates(
        layout=layout,
        by=tuple(stored["by"]),
        keys=tuple(tuple(k) for k in stored["keys"]),
        value=value,
        se=blocks.place(stored["se"]),
        low=blocks.place(stored["low"]),
        high=blocks.place(stored["high"]),
        p=blocks.place(stored["p"]),
        df=blocks.place(stored["df"]) if "df" in stored else np.full_like(value, np.nan),
        n=_array(stored["n"]),
        n_eff=_array(stored["n_eff"]),
        status=np.asarray(stored["status"], dtype=np.int64),
        iterations=np.asarray(stored["iterations"], dtype=np.int64),
        smallest_eigenvalue=_array(stored["smallest_eigenvalue"]),
    )
    of_structure = {name: _frame(table) for name, table in stored.get("structures", {}).items()}
    kept = {name: _frame(table) for name, table in stored.get("tables", {}).items()}
    said = stored.get("messages", {})  # a folder of version 0.1 has none: its sentences stay English
    return Result(
        model=model,
        estimates=estimates,
        comparing=Comparing(model, estimates, stored=kept),
        structures=Structures(model, stored=of_structure),
        desk=Desk(stored={name: _frame(table) for name, table in stored.get("desk", {}).items()}),
        tallies=tuple(Tally(**{**t, "key": tuple(t["key"])}) for t in stored["tallies"]),
        notes=(*map(from_json, said.get("notes", stored["notes"])), *blocks.notes()),
        facts=dict(stored["facts"]) | {name: from_json(fact) for name, fact in said.get("facts", {}).items()},
        told=known(map(from_json, said.get("tables", []))),
        survey_log=pd.DataFrame(stored["survey_log"]),
        overall=None if stored["overall"] is None else _from_dict(model, stored["overall"]),
    )


#: Types of columns that are restored; the others are text and names.
_NUMBERS = ("float64", "int64", "bool", "Int64", "boolean")


def _frame_dict(table: pd.DataFrame) -> dict[str, Any]:
    """Columns of a table as plain JSON types, with their number types; what is missing becomes None."""
    types = {str(name): str(kind) for name, kind in table.dtypes.items() if str(kind) in _NUMBERS}
    return {"columns": {str(name): [_json(v) for v in table[name].tolist()] for name in table.columns}, "types": types}


def _json(value: Any) -> Any:
    if value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return str(value) if isinstance(value, float) and math.isinf(value) else value


def _frame(stored: Mapping[str, Any]) -> pd.DataFrame:
    """The way back of :func:`_frame_dict`."""
    return pd.DataFrame(stored["columns"]).astype(stored["types"])


def _floats(values: Floats) -> list[float | None]:
    return [v if math.isfinite(v) else None for v in values.tolist()]


def _array(values: list[Any]) -> Floats:
    return np.asarray(values, dtype=np.float64)  # None becomes NaN


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; a user's error where it is missing or damaged."""
    if not path.exists():
        what = Message("no {path} here", path=path.name)
        raise DataError(Problem(what, str(path.parent), remedy="name a folder that csi run wrote"))
    try:
        done: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(Problem("the file is damaged", str(path), str(error), remedy="run the spec again")) from error
    if not isinstance(done, dict):
        raise DataError(Problem("the file is damaged", str(path), type(done).__name__, remedy="run the spec again"))
    return done


def _manifest(result: Result, out: Path, files: list[Path]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "csimodels": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "model_hash": result.model.hash,
        "spec_sha256": file_hash(out / "spec.yaml"),
        "result_sha256": file_hash(out / "result.json"),
        "code_sha256": code_hash(),
        "data_sha256": result.facts["data sha256"],
        "facts": result.facts,
        "files": sorted(relative(f, out) for f in files),
        "tables_sha256": {relative(f, out): file_hash(f) for f in sorted(files) if f.suffix == ".csv"},
    }


def code_hash() -> str:
    """sha256 over the modules of this package: tells two states of one version apart."""
    home = Path(__file__).resolve().parents[1]
    whole = hashlib.sha256()
    for path in sorted(home.rglob("*.py"), key=lambda p: p.relative_to(home).as_posix()):
        whole.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()
