"""A file or frame as a `Table`, where no model says yet what is in it."""

from __future__ import annotations

import os
from pathlib import Path

from csimodels.errors import DataError, Problem
from csimodels.spec.model import DesignSpec, ReplicateSpec
from csimodels.survey.files.by_suffix import file_table
from csimodels.survey.files.frame import frame_table
from csimodels.survey.options import Options
from csimodels.survey.table import Table


def plain_table(
    data: object, *, sheet: str | None = None, encoding: str | None = None, separator: str | None = None
) -> Table:
    """A data source by the readers of every survey, which check it and run no code of it.

    Parameters
    ----------
    data : path or frame
        What `read_survey` takes.
    sheet, encoding, separator : str, optional
        Of a file, where they are not to be recognised.

    Raises
    ------
    DataError
        It cannot be read.
    MissingExtraError
        The kind of file needs a package that is not installed.
    """
    if isinstance(data, str) and "://" in data:
        raise DataError(Problem("addresses on the network are not read", data, remedy="download the file first"))
    if not isinstance(data, (str, os.PathLike)):
        return frame_table(data)
    chosen = Options(
        columns={},
        missing_codes=(),
        codes={},
        weight=None,
        by=(),
        wave=None,
        where=(),
        design=DesignSpec(),
        out_of_range="error",
        replicates=ReplicateSpec(),
        rake=(),
        sheet=sheet,
        encoding=encoding,
        separator=separator,
    )
    return file_table(Path(data), chosen)
