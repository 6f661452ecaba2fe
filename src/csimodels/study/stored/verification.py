"""A stored result proves itself: run again, every number compared, and what changed in between is named."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csimodels._version import __version__
from csimodels.arguments import plain_arguments
from csimodels.errors import CsiError, DataError, Problem, listed
from csimodels.messages import Message, joined
from csimodels.paths import home_path
from csimodels.spec import data_source, load_model, rollup_path
from csimodels.spec.file_list import FileList
from csimodels.study.joint.again import made_again, stored_joint
from csimodels.study.result import Result
from csimodels.study.stored.folder import finish
from csimodels.study.stored.form import ARRAYS
from csimodels.study.stored.manifest import READ_BACK, edited, hashes, read_json, read_manifest
from csimodels.study.stored.results import read_result
from csimodels.study.stored.tables import code_hash, other_than_stored
from csimodels.study.study import Study
from csimodels.survey import file_hash
from csimodels.survey.files.names import digest_of, expanded_files, is_pattern

#: A rerun may differ by this much relative to 1 or the value, whichever is larger: the last bits of another BLAS.
VERIFY_RTOL = 1e-9


_COLUMNS = ["part", "quantity", "group", "stored", "rerun", "difference"]


@dataclass(frozen=True)
class Verification:
    """What a rerun found.

    Attributes
    ----------
    same : bool
        Every number agrees within :data:`VERIFY_RTOL`, every file of the folder is the one that was written, and the
        CSV tables hold what ``result.json`` holds.
    changed : tuple of str
        Inputs that are not what they were: the spec, the data, the stored result, the version.
    differences : pandas.DataFrame
        ``table_part, quantity, group, stored, rerun, difference`` of the numbers that differ, largest first.
    compared : int
        How many numbers were compared.
    """

    same: bool
    changed: tuple[str, ...]
    differences: pd.DataFrame
    compared: int


@plain_arguments
def verify(folder: str | Path, data: str | Path | None = None) -> Verification:
    """Run the spec of an output folder again on its data and compare every number.

    Parameters
    ----------
    folder : str or Path
        The output folder.
    data : str or Path, optional
        Where the data file is now, if it is no longer where the spec finds it.

    Returns
    -------
    Verification
        Whether every number agrees, and what does not.

    Raises
    ------
    CsiError
        The folder holds no result, or the data it came from are not to be found.
    """
    out = Path(folder)
    finish(out)
    manifest = read_manifest(out)
    written = read_json(out / "result.json")
    together = "kind" in written
    stored = None if together else read_result(out)
    several = isinstance(manifest.get("data_file"), list) and data is None
    path = None if several else _data_now(out, manifest, data)
    changed = _changed(out, manifest, path)
    try:
        model = load_model(out / "spec.yaml")
        if stored is None:
            old, new = stored_joint(written, out), made_again(written, model, path)
            rows, compared = compare_tables(old, new.tables(), "")
            differences = pd.DataFrame(rows, columns=_COLUMNS)
        else:
            again = Study(model, None if (model.data.moments or several) and data is None else path).run()
            differences, compared = _compare(stored, again, written["blocks"])
    except CsiError as error:
        if changed:
            hint = Problem(Message("what has changed since: {names}", names=joined(changed)), str(out))
            raise type(error)([*error.problems, hint]) from error
        raise
    others = [said for said in edited(out, manifest) if not dict(said.parts)["name"].endswith(READ_BACK)]
    if stored is not None and manifest.get("code_sha256") == code_hash() and not others:
        others = other_than_stored(stored.tables(), out)
    same = len(differences) == 0 and not others and not _rewritten(out, manifest)
    return Verification(same, (*changed, *others), differences, compared)


def _rewritten(out: Path, manifest: Mapping[str, Any]) -> bool:
    """Whether the spec or the numbers are not those that were written, though they may say the same."""
    known = hashes(manifest)
    return any(file_hash(out / name) != known[name] for name in READ_BACK)


def _data_now(out: Path, manifest: Mapping[str, Any], data: str | Path | None) -> Path:
    """The data file to read again."""
    if data is not None:
        return home_path(data)
    if manifest.get("data_file") is None:
        what = Message("these data came from memory, not from a file, so they cannot be read again")
        remedy = "save with cs.save(result, folder, data=path), run from a file, or name the file (--data)"
        raise DataError(Problem(what, str(out), remedy=remedy))
    path = out / str(manifest["data_file"])
    if not path.exists() and not is_pattern(path):
        what = Message(
            "the data file is not where it was: {manifest}, seen from this folder", manifest=manifest["data_file"]
        )
        raise DataError(Problem(what, str(out), remedy="name where it is now: csi verify FOLDER --data FILE"))
    return path


def _changed(out: Path, manifest: Mapping[str, Any], data: Path | None) -> list[Message]:
    """Inputs of a stored result that are not what they were."""
    changed: list[Message] = []
    if file_hash(out / "spec.yaml") != manifest["spec_sha256"]:
        changed.append(Message("the spec: out/spec.yaml is not the one that was run"))
    if file_hash(out / "result.json") != manifest["result_sha256"]:
        changed.append(Message("the stored result: result.json is not what was written"))
    from_file = manifest.get("data_file") is not None
    if data is None and (files := data_source(load_model(out / "spec.yaml"))) is not None:
        found = expanded_files(files) if isinstance(files, FileList) else []
        if digest_of([file_hash(path) for path, _ in found]) != manifest["data_sha256"]:
            names = listed([path.name for path, _ in found])
            changed.append(Message("the data: {name} are not the files that were read", name=names))
    elif from_file and data is not None and data.is_file() and file_hash(data) != manifest["data_sha256"]:
        changed.append(Message("the data: {name} is not the file that was read", name=data.name))
    weights = rollup_path(load_model(out / "spec.yaml"))
    if weights is not None and weights.is_file() and file_hash(weights) != manifest.get("weights_sha256"):
        changed.append(Message("the weights of the roll-up: {name} is not the file that was read", name=weights.name))
    if manifest["csimodels"] != __version__:
        text = "the version of csimodels: {then} then, {now} now"
        changed.append(Message(text, then=str(manifest["csimodels"]), now=__version__))
    elif manifest.get("code_sha256") != code_hash():
        text = "the code of csimodels: the version is {now} as it was, its modules are not"
        changed.append(Message(text, now=__version__))
    return changed


def _compare(stored: Result, again: Result, blocks: Container[str], scope: str = "") -> tuple[pd.DataFrame, int]:
    """Numbers of the stored `blocks` that differ between two results, and how many were compared."""
    a, b = stored.estimates, again.estimates
    if a.keys != b.keys or a.value.shape != b.value.shape:
        row = ("groups", "constructs and groups", scope, float(len(a.keys)), float(len(b.keys)), math.nan)
        return pd.DataFrame([row], columns=_COLUMNS), a.value.size
    own = [(name, block) for name, block in a.layout.blocks.items() if name in blocks]
    names = [f"{name}[{i}]" for name, block in own for i in range(block.stop - block.start)]
    at = np.concatenate([np.arange(block.start, block.stop) for _, block in own])
    rows, compared = [], 0
    for part in ARRAYS:
        x, y = getattr(a, part)[:, at], getattr(b, part)[:, at]
        compared += x.size
        with np.errstate(invalid="ignore"):
            far = np.abs(x - y) > VERIFY_RTOL * np.maximum(1.0, np.abs(x))
        for g, q in np.argwhere(far | (np.isnan(x) != np.isnan(y))):
            group = " / ".join(map(str, a.keys[g])) or scope
            rows.append((part, names[q], group, x[g, q], y[g, q], abs(x[g, q] - y[g, q])))
    old = stored.comparing.tables() | stored.structures.tables()
    new = again.comparing.tables() | again.structures.tables()
    more_rows, more = compare_tables(old, new, scope)
    table, compared = pd.DataFrame([*rows, *more_rows], columns=_COLUMNS), compared + more
    if stored.overall is not None and again.overall is not None:
        inner, more = _compare(stored.overall, again.overall, blocks, "all respondents")
        table, compared = (pd.concat([table, inner], ignore_index=True) if len(inner) else table), compared + more
    return table.sort_values("difference", ascending=False, ignore_index=True), compared


Difference = tuple[str, str, str, float, float, float]


def compare_tables(
    old: Mapping[str, pd.DataFrame], new: Mapping[str, pd.DataFrame], scope: str
) -> tuple[list[Difference], int]:
    """Numbers that differ between finished tables of the same names, and how many were compared."""
    rows: list[Difference] = []
    compared = 0
    for name, table in old.items():
        other = new.get(name)
        if other is None or table.shape != other.shape:
            size = 0 if other is None else len(other)
            rows.append((name, "rows", scope, float(len(table)), float(size), math.nan))
            continue
        for column in table.columns:
            if not pd.api.types.is_numeric_dtype(table[column]) or pd.api.types.is_bool_dtype(table[column]):
                continue
            x, y = (t[column].to_numpy(dtype=float, na_value=np.nan) for t in (table, other))
            compared += len(x)
            with np.errstate(invalid="ignore"):
                far = np.abs(x - y) > VERIFY_RTOL * np.maximum(1.0, np.abs(x))
            for i in np.flatnonzero(far | (np.isnan(x) != np.isnan(y))):
                rows.append((name, f"{column}[{i}]", scope, float(x[i]), float(y[i]), float(abs(x[i] - y[i]))))
    return rows, compared
