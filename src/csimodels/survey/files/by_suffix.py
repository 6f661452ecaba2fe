"""Files by their suffix; the reader of a kind loads with the first file of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from csimodels.errors import DataError, Problem, nearest_file
from csimodels.messages import Message
from csimodels.paths import home_path, no_plain_file
from csimodels.survey.files.delimited import delimited_table
from csimodels.survey.files.kinds import refuse_disguised
from csimodels.survey.options import Options
from csimodels.survey.table import Table


def file_table(path: Path, chosen: Options) -> Table:
    """The file at `path` as a `Table`, read according to its suffix.

    Raises
    ------
    DataError
        No such file (the nearest name in its folder is given), a folder, or a suffix that is not known.
    """
    where = home_path(path)
    refuse_long_name(where)
    if where.is_dir():
        raise DataError(
            Problem(Message("{path} is a folder, not a file", path=str(path)), remedy="name the file in it")
        )
    wrong = no_plain_file(path, where)
    if wrong is not None:
        raise DataError(wrong)
    reader = _READERS.get(where.suffix.lower())
    if reader is None:
        if where.is_file():
            refuse_disguised(where)
        raise DataError(
            Problem(
                Message('files with the suffix "{suffix}" are not read', suffix=where.suffix),
                str(path),
                allowed=" ".join(_READERS),
                remedy="export the data as CSV (UTF-8) or Excel",
            )
        )
    if not where.is_file():
        raise DataError(_not_found(path, where))
    refuse_disguised(where)
    return reader(where, chosen)


def refuse_long_name(path: Path) -> None:
    """Refuse a name that no file system holds, before the system is asked for it.

    Raises
    ------
    DataError
    """
    if len(path.name.encode("utf-8", "surrogatepass")) > 255:
        raise DataError(Problem("this is no file name: it is too long", f"{str(path)[:60]}...", remedy="name a file"))


def _not_found(path: Path, where: Path) -> Problem:
    folder = where.parent
    if not folder.is_dir():
        return Problem(
            Message("no such file: {path}", path=str(path)),
            allowed="",
            remedy=Message("the folder {folder} does not exist either", folder=str(folder)),
        )
    names = [entry.name for entry in folder.iterdir() if entry.suffix.lower() in _READERS]
    return Problem(
        Message("no such file: {path}", path=str(path)),
        allowed=nearest_file(where.name, names),
        remedy="correct the path; a path in a spec starts at the folder of the spec, others at the working directory",
    )


def _delimited(path: Path, chosen: Options) -> Table:
    return delimited_table(path, chosen.encoding, chosen.separator)


def _excel(path: Path, chosen: Options) -> Table:
    from csimodels.survey.files.excel import excel_table

    return excel_table(path, chosen.sheet)


def _parquet(path: Path, chosen: Options) -> Table:
    from csimodels.survey.files.parquet import parquet_table

    return parquet_table(path)


def _spss(path: Path, chosen: Options) -> Table:
    from csimodels.survey.files.spss_stata import spss_table

    return spss_table(path)


def _stata(path: Path, chosen: Options) -> Table:
    from csimodels.survey.files.spss_stata import stata_table

    return stata_table(path)


_READERS: dict[str, Callable[[Path, Options], Table]] = {
    ".csv": _delimited,
    ".tsv": _delimited,
    ".txt": _delimited,
    ".xlsx": _excel,
    ".xlsm": _excel,
    ".xls": _excel,
    ".parquet": _parquet,
    ".sav": _spss,
    ".dta": _stata,
}
