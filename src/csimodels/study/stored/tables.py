"""Tables as an output folder holds them, in CSV and JSON, and the manifest of its files."""

from __future__ import annotations

import hashlib
import math
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csimodels._version import __version__
from csimodels.messages import Message
from csimodels.report import safe_cell
from csimodels.study.stored.form import NUMBERS
from csimodels.survey import file_hash

#: Layout of ``result.json`` and ``manifest.json``; raised when a reader of an older one could misread it.
FORMAT = 1


def write_csv(tables: Mapping[str, pd.DataFrame], stage: Path) -> list[Path]:
    """Every table as a CSV file below ``tables``."""
    folder = stage / "tables"
    folder.mkdir()
    written = []
    for name, table in tables.items():
        written.append(folder / f"{name}.csv")
        written[-1].write_text(csv_text(table), encoding="utf-8-sig", newline="")
    return written


def csv_text(table: pd.DataFrame) -> str:
    """A table as its CSV file holds it."""
    safe = table.map(safe_cell)
    safe.columns = [safe_cell(c) for c in table.columns]
    return str(safe.to_csv(index=False, lineterminator="\n"))


def other_than_stored(tables: Mapping[str, pd.DataFrame], out: Path) -> list[Message]:
    """CSV files of a folder that do not hold the numbers and words of `tables`, by name; whatever their hashes say."""
    said = []
    for name, table in tables.items():
        path = out / "tables" / f"{name}.csv"
        if path.is_file() and path.read_bytes().decode("utf-8-sig", errors="replace") != csv_text(table):
            text = "the table {name} does not hold what result.json holds"
            said.append(Message(text, name=f"tables/{name}.csv"))
    return said


def frame_dict(table: pd.DataFrame) -> dict[str, Any]:
    """Columns of a table as plain JSON types, with their number types; what is missing becomes None."""
    types = {str(name): str(kind) for name, kind in table.dtypes.items() if str(kind) in NUMBERS}
    return {
        "columns": {str(name): [json_value(v) for v in table[name].tolist()] for name in table.columns},
        "types": types,
    }


def json_value(value: Any) -> Any:
    """A value as JSON has it: nothing for what is missing, words for what is infinite."""
    if value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return str(value) if isinstance(value, float) and math.isinf(value) else value


def frame_of(stored: Mapping[str, Any]) -> pd.DataFrame:
    """The way back of :func:`frame_dict`."""
    return pd.DataFrame(stored["columns"]).astype(stored["types"])


def manifest_of(files: list[Path], out: Path, model_hash: str, facts: Mapping[str, str]) -> dict[str, Any]:
    """What ``manifest.json`` says of the `files` written into `out`."""
    found = {path.relative_to(out).as_posix(): file_hash(path) for path in files}
    return {
        "format": FORMAT,
        "csimodels": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "model_hash": model_hash,
        "spec_sha256": found["spec.yaml"],
        "result_sha256": found["result.json"],
        "code_sha256": code_hash(),
        "data_sha256": str(facts["data sha256"]),
        "facts": {name: str(fact) for name, fact in facts.items()},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": sorted(found),
        "files_sha256": dict(sorted(found.items())),
        "tables_sha256": {name: found[name] for name in sorted(found) if name.endswith(".csv")},
    }


@cache
def code_hash() -> str:
    """sha256 over the modules of this package as it is first asked for: tells two states of one version apart."""
    home = Path(__file__).resolve().parents[1]
    whole = hashlib.sha256()
    for path in sorted(home.rglob("*.py"), key=lambda p: p.relative_to(home).as_posix()):
        whole.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()
