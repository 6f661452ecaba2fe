"""SPSS and Stata files as columns of cells; a reader is loaded when its kind of file is read."""

from __future__ import annotations

from typing import Any

from csimodels.isolated.found import Packed, ReadFile, packed

#: Rows of a Stata file looked through at a time for its missing values.
_CHUNK = 20_000


def read_spss(path: str) -> ReadFile:
    """An SPSS file: codes, with value labels, variable labels and declared missing values beside them."""
    import pyreadstat

    cells, meta = pyreadstat.read_sav(path, user_missing=True, output_format="dict")
    names = list(meta.column_names)
    return ReadFile(
        columns={name: _plain(cells[name]) for name in names},
        n_rows=max((len(cells[name]) for name in names), default=0),
        encoding=str(meta.file_encoding or ""),
        title=str(meta.file_label or "").strip(),
        values={name: dict(found) for name, found in meta.variable_value_labels.items()},
        wordings={name: str(text) for name, text in meta.column_names_to_labels.items() if text},
        missing=_ranges(meta),
    )


def _ranges(meta: Any) -> dict[str, list[dict[str, Any]]]:
    return {name: list(ranges) for name, ranges in meta.missing_ranges.items()}


def _plain(cells: Any) -> Packed:
    """A column as it travels; older readers give an array."""
    return packed(cells if isinstance(cells, list) else cells.tolist())


def read_stata(path: str) -> ReadFile:
    """A Stata file: codes, with value labels and variable labels beside them."""
    import pandas as pd
    from pandas.io.stata import StataReader

    frame = pd.read_stata(path, convert_categoricals=False)
    with StataReader(path) as reader:
        wordings = {str(name): str(text) for name, text in reader.variable_labels().items() if text}
        labels, title = reader.value_labels(), reader.data_label.strip()
        sets = zip(frame.columns, getattr(reader, "_lbllist", ()), strict=False)
        values = {str(name): _named(frame[name], labels[of]) for name, of in sets if of in labels}
    return ReadFile(frame, len(frame), title=title, values=values, wordings=wordings, extended=_extended(path, frame))


def _extended(path: str, frame: Any) -> dict[str, dict[str, int]]:
    """Missing values beside the plain one, of the columns that have an empty cell."""
    import pandas as pd

    found: dict[str, dict[str, int]] = {}
    empty = [str(name) for name in frame.columns if frame[name].dtype.kind == "f" and frame[name].isna().any()]
    if not empty:
        return found
    settings: dict[str, Any] = {"columns": empty, "convert_categoricals": False, "convert_missing": True}
    with pd.read_stata(path, chunksize=_CHUNK, **settings) as parts:
        for part in parts:
            for name in empty:
                for kind in (getattr(cell, "string", ".") for cell in part[name]):
                    if kind != ".":
                        some = found.setdefault(name, {})
                        some[kind] = some.get(kind, 0) + 1
    return {name: dict(sorted(kinds.items())) for name, kinds in found.items()}


def _named(column: Any, labels: dict[Any, str]) -> dict[float, str]:
    """The labels of the codes that occur; none where two of them share one, as then the codes tell more."""
    there = set(column.dropna().unique().tolist())
    found = {float(code): label for code, label in labels.items() if code in there}
    return found if len(set(found.values())) == len(found) else {}
