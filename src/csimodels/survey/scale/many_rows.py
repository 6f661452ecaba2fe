"""Whether a survey is summed where it lies: what the spec says, or how many rows there are."""

from __future__ import annotations

import os
from pathlib import Path

from csimodels.spec import data_path, data_source
from csimodels.spec.file_list import FileList, file_list
from csimodels.spec.model import Model
from csimodels.survey.files.by_suffix import refuse_long_name
from csimodels.survey.files.names import expanded_files, is_pattern
from csimodels.survey.options import Asked, options
from csimodels.survey.scale.clusters import on_cluster
from csimodels.survey.scale.refused import needs_rows
from csimodels.survey.scale.source import DATABASE, PARQUET, SQLITE, holds_parquet
from csimodels.survey.scale.spool import Query

#: From so many rows on a Parquet file is summed where it lies, unless the spec says ``engine: memory``.
MANY_ROWS = 2_000_000


def takes_over(data: object, model: Model) -> bool:
    """Whether rows are summed where they lie: the spec says so, or a Parquet file is very large.

    Parameters
    ----------
    data : path, frame or None
        What the study was given; None for the file of the spec.
    """
    if data is None and model.data.moments is not None:
        return True
    if isinstance(data, Query) or on_cluster(data):
        return True
    several = file_list(data) or (data_source(model) if data is None else None)
    path = data_path(model) if data is None else Path(data) if isinstance(data, (str, os.PathLike)) else None
    for one in several.paths if isinstance(several, FileList) else (path,):
        if one is not None:
            refuse_long_name(one)
    if model.data.engine != "auto":
        return model.data.engine != "memory"
    if isinstance(several, FileList):
        return _is_large(several) and not needs_rows(model, options(model, Asked()))
    if path is None:
        return False
    if is_pattern(path) or holds_parquet(path) or path.suffix.lower() in (*DATABASE, *SQLITE):
        return True
    large = path.suffix.lower() in PARQUET and path.is_file() and _rows_of_parquet(path) >= MANY_ROWS
    return large and not needs_rows(model, options(model, Asked()))


def _is_large(files: FileList) -> bool:
    """Whether a list of Parquet files has so many rows that they are summed where they lie."""
    found = [path for path, _ in expanded_files(files)]
    parquet = all(path.suffix.lower() in PARQUET for path in found)
    return parquet and sum(map(_rows_of_parquet, found)) >= MANY_ROWS


def _rows_of_parquet(path: Path) -> int:
    """Rows of a Parquet file by its last bytes; 0 where it cannot be read, which the reader says better."""
    if path.stat().st_size < MANY_ROWS:  # less than a byte for each row
        return 0
    try:
        import duckdb
    except ImportError:
        return 0
    try:
        found = duckdb.connect().execute("select sum(num_rows) from parquet_file_metadata(?)", [str(path)]).fetchall()
    except duckdb.Error:
        return 0
    return int(found[0][0] or 0)
