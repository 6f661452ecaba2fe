"""The dictionary of a survey file: every column with answers, codes of no answer, levels, and what it looks like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from csimodels.draft.codes import CodeFound
from csimodels.draft.facts import ColumnFacts, FileFacts, Level, file_facts
from csimodels.errors import Problem, SpecError, refuse_lost_folder
from csimodels.messages import Message
from csimodels.report.codebook_files import WRITERS
from csimodels.survey.columns import number_text
from csimodels.survey.files.plain import plain_table

#: What `Codebook.codes` calls a code whose reason nothing says.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Codebook:
    """The dictionary of a file.

    Attributes
    ----------
    facts : FileFacts
        Source, rows and columns as they were found.
    """

    facts: FileFacts

    def table(self) -> pd.DataFrame:
        """One row for each column: ``column label kind n empty no_answer distinct low high levels mark``."""
        return pd.DataFrame([_row(column) for column in self.facts.columns])

    def levels(self) -> pd.DataFrame:
        """One row for each value of columns with few, and each code of no answer: ``column value label count reason``.

        ``reason`` is ``answer``, or why a code is none: ``dont_know``, ``refused``, ``not_asked``, ``unknown``.
        """
        rows: list[dict[str, object]] = []
        for column in self.facts.columns:
            shown = column.levels if column.distinct <= len(column.levels) else ()
            rows += [_level(column.name, level, "answer") for level in shown]
            rows += [_level(column.name, code, code.reason or UNKNOWN) for code in column.codes]
        return pd.DataFrame(rows, columns=["column", "value", "label", "count", "reason"])

    def save(self, path: str | Path, lang: str = "en") -> Path:
        """Write it as .csv (one row for each column), .xlsx (columns and levels) or .md, by the suffix.

        Parameters
        ----------
        path : str or Path
            File to write: .csv, .xlsx or .md.
        lang : {"en", "zh"}
            Language of headings and words; CSV files have plain names.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        SpecError
            The suffix is none of these, or the folder does not exist.
        """
        target = Path(path)
        writer = WRITERS.get(target.suffix.lower())
        if writer is None:
            what = Message('a codebook is not written as "{suffix}"', suffix=target.suffix)
            remedy = "name a file with such an end"
            raise SpecError(Problem(what, str(target), allowed=" ".join(WRITERS), remedy=remedy))
        refuse_lost_folder(target)
        writer(self.table(), self.levels(), target, lang)
        return target


def codebook(
    data: object, *, sheet: str | None = None, encoding: str | None = None, separator: str | None = None
) -> Codebook:
    """The dictionary of a survey, read by the readers of every survey.

    Parameters
    ----------
    data : path or frame
        A file (.csv .tsv .txt .xlsx .xls .parquet .sav .dta), a pandas, polars or pyarrow table, a dictionary.
    sheet, encoding, separator : str, optional
        Of a file, where they are not to be recognised.

    Returns
    -------
    Codebook
        Columns with kinds, levels and codes of no answer.

    Raises
    ------
    DataError
        It cannot be read.

    Examples
    --------
    >>> import csimodels as cs
    >>> book = cs.codebook({"SAT1": [7, 8, 98, 9], "bank": ["Bath", "York", "Bath", "York"]})
    >>> book.table()[["column", "kind", "n", "no_answer", "levels"]].to_string(index=False).splitlines()[1].split()
    ['SAT1', 'number', '3', '98', '(1)', '7', '(1),', '8', '(1),', '9', '(1)']
    """
    return Codebook(file_facts(plain_table(data, sheet=sheet, encoding=encoding, separator=separator))[0])


def _row(column: ColumnFacts) -> dict[str, object]:
    return {
        "column": column.name,
        "label": column.label,
        "kind": column.kind,
        "n": column.n,
        "empty": column.empty,
        "no_answer": ", ".join(map(with_count, column.codes)),
        "distinct": column.distinct,
        "low": column.low,
        "high": column.high,
        "levels": ", ".join(levels_parts(column)),
        "mark": column.mark,
    }


def levels_parts(column: ColumnFacts) -> list[str]:
    """All levels with counts where there are few; none for a column with many."""
    return [with_count(level) for level in column.levels] if column.distinct <= len(column.levels) else []


def range_text(column: ColumnFacts) -> str:
    """``1..10`` for numbers, four digits of decimals; empty for others.

    >>> range_text(codebook({"x": [1, 10]}).facts["x"])
    '1..10'
    >>> range_text(codebook({"weight": [1 / 3, 2]}).facts["weight"])
    '0.3333..2'
    """
    if math.isnan(column.low):
        return ""
    ends = (number_text(v) if float(v).is_integer() else f"{v:.4g}" for v in (column.low, column.high))
    return "..".join(ends)


def with_count(level: Level | CodeFound) -> str:
    """A value with its label and count: ``98 don't know (28)``."""
    return f"{' '.join(filter(None, (level.value, level.label)))} ({level.count})"


def _level(column: str, level: Level | CodeFound, reason: str) -> dict[str, object]:
    return {"column": column, "value": level.value, "label": level.label, "count": level.count, "reason": reason}
