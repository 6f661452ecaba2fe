"""Text files with separators: encoding, header and shape are checked before any reader can repair them."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from csimodels.errors import DataError, Problem, SpecError, listed
from csimodels.messages import Message
from csimodels.spec.file_format import NAMED_MARKS
from csimodels.survey.column_names import FIRST_ROWS, sound_names
from csimodels.survey.columns import Column, column_of
from csimodels.survey.files.encodings import decoded
from csimodels.survey.table import Fetched, LogEntry, Source, Table, no_rows

SEPARATORS = (",", ";", "\t", "|")
_SHOWN = {"\t": "tab"}
#: First line by which Excel names the separator.
_SEP_LINE = re.compile(r"sep=(.)\n", re.IGNORECASE)


def delimited_table(path: Path, encoding: str | None, separator: str | None) -> Table:
    """A CSV, TSV or TXT file as a `Table`.

    The encoding is UTF-8 (with or without byte order mark), UTF-16 (with one) or GB18030, in this order, unless it is
    given; the separator the one of ``, ; tab |`` that divides the first lines evenly.

    Raises
    ------
    DataError
        Empty, header only, repeated names, lines of unequal length, unknown encoding.
    """
    raw = path.read_bytes()
    label = path.name
    if not raw.strip():
        raise _empty(label, len(raw))
    text, used, notes = decoded(raw, encoding, label)
    if not text.strip():
        raise _empty(label, len(raw))
    if text.lstrip()[:9].casefold().startswith(("<html", "<!doctype", "<table", "<?xml")):
        remedy = "open it in a spreadsheet, and save it as CSV (UTF-8)"
        raise DataError(
            Problem(
                Message("{label} is a web page or XML, not a table of text", label=label),
                found=text[:60],
                remedy=remedy,
            )
        )
    stated = _SEP_LINE.match(text)
    if stated:
        separator, text = separator or stated[1], text[stated.end() :]
    comma = NAMED_MARKS.get(separator, separator) if separator else _separator(text)
    if len(comma) != 1 or comma.isalnum() or comma in '"\r\n':
        raise SpecError(
            Problem("a separator is one character, no letter or digit", "separator", repr(comma), ", ; tab |")
        )
    text = text.lstrip("\n")
    header = next(_records(text, comma, label))[1]
    below = _first_rows(text, comma)
    names, header_notes = sound_names(header, label, below)
    n_rows, blank = _shape(text, comma, len(names), label)
    if n_rows == 0:
        raise no_rows(label, len(names))
    if blank:
        notes.append(LogEntry("blank lines", label, blank, Message("each counts as a row without any answer")))
    data = text.rstrip("\n").encode("utf-8")
    place = {name: position for position, name in enumerate(names) if name}

    def fetch(wanted: Sequence[str], keys: Sequence[str]) -> Fetched:
        return _columns(data, comma, len(names), {name: place[name] for name in wanted}, frozenset(keys)), ()

    digest = hashlib.sha256(raw).hexdigest()
    source = Source("csv", label, digest, used, _SHOWN.get(comma, comma), n_rows=n_rows, n_columns=len(names))
    return Table(names, source, fetch, (*notes, *header_notes), comma_decimal=comma != ",", first=below)


def _empty(label: str, n: int) -> DataError:
    what = Message("{label} is empty ({n} bytes)", label=label, n=n)
    return DataError(Problem(what, remedy="check that the export is complete"))


def _records(text: str, separator: str, label: str) -> Iterator[tuple[int, list[str]]]:
    """Number of the last line and fields of each record; quoted fields may span lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begun = 1
    try:
        for record in reader:
            yield reader.line_num, record
            begun = reader.line_num + 1
    except csv.Error as error:
        long = "field limit" in str(error)
        raise DataError(
            Problem(
                "a field is too long: is a quote not closed?" if long else "the quotes of a field do not match",
                f"{label}:{begun}",
                found=Message("the record that begins in line {line}", line=begun),
                remedy='close the quotes, double a quote inside them ("")',
            )
        ) from error


def _first_rows(text: str, separator: str) -> tuple[tuple[str, ...], ...]:
    """A few records below the header; none where they cannot be told, which is said elsewhere."""
    head = "\n".join(text[:100_000].split("\n")[: 2 * FIRST_ROWS])
    try:
        found = list(islice(csv.reader(io.StringIO(head, newline=""), delimiter=separator), 1, 1 + FIRST_ROWS))
    except csv.Error:
        return ()
    return tuple(tuple(record) for record in found)


def _separator(text: str) -> str:
    """The separator that divides the first lines into the most fields of one number."""
    head = "\n".join(text[:200_000].split("\n")[:30])
    best, most = ",", 1
    for separator in SEPARATORS:
        widths = _widths(head, separator)
        even = all(width == widths[0] for width in widths)
        score = widths[0] * (2 if even else 1)
        if widths[0] > 1 and score > most:
            best, most = separator, score
    return best


def _widths(head: str, separator: str) -> list[int]:
    """Number of fields of the first records; ``[0]`` where they cannot be told."""
    try:
        return [len(r) for r in csv.reader(io.StringIO(head, newline=""), delimiter=separator) if r] or [0]
    except csv.Error:  # a field beyond the limit of the reader: reported by _records, with its line
        return [0]


def _shape(text: str, separator: str, width: int, label: str) -> tuple[int, int]:
    """Number of data rows and of blank lines; refuses lines with more or fewer fields than the header."""
    lines = text.rstrip("\n").split("\n")
    blank = sum(not line for line in lines) if '"' not in text else 0
    ragged: list[tuple[int, int]] = []
    if '"' in text:
        rows = -1
        for line_number, record in _records(text.rstrip("\n"), separator, label):
            rows += 1
            blank += not record
            if record and len(record) != width:
                ragged.append((line_number, len(record)))
    else:
        rows = len(lines) - 1
        inner = width - 1
        ragged = [
            (number, line.count(separator) + 1)
            for number, line in enumerate(lines, start=1)
            if line.count(separator) != inner and line
        ]
    if ragged:
        raise DataError(_ragged(ragged, width, label))
    return rows, blank


def _ragged(ragged: Sequence[tuple[int, int]], width: int, label: str) -> Problem:
    several = len(ragged) > 1
    remedy = "an answer with the separator in it must stand in quotes; or pass the right separator"
    if {fields for _, fields in ragged} == {width + 1} and several:
        remedy = "every such line has one field more: give the last column a name, or remove the separator at line ends"
    elif width == 1:
        remedy = "the first line must name the columns: delete the lines above it, or pass the right separator"
    return Problem(
        Message("{n} lines do not have the {width} fields of the header", n=len(ragged), width=width)
        if several
        else Message("a line does not have the {width} fields of the header", width=width),
        f"{label}:{ragged[0][0]}",
        found=listed([Message("line {line}: {fields} fields", line=line, fields=fields) for line, fields in ragged], 6),
        allowed=Message("{width} fields in every line", width=width),
        remedy=remedy,
    )


def _columns(data: bytes, separator: str, width: int, place: dict[str, int], keys: frozenset[str]) -> dict[str, Column]:
    """Only the columns asked for; numbers are read as numbers, everything else as the text it is."""
    positions = sorted(set(place.values()))
    frame = pd.read_csv(
        io.BytesIO(data),
        sep=separator,
        header=0,
        names=[str(i) for i in range(width)],
        usecols=[str(i) for i in positions],
        dtype={str(place[name]): str for name in keys if name in place},
        index_col=False,
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
        skip_blank_lines=False,
        float_precision=_PRECISION,
    )
    return {name: _column(frame[str(position)]) for name, position in place.items()}


_PANDAS = tuple(int(part) for part in pd.__version__.split(".")[:2])
#: Read a decimal as the nearest float; what pandas does by itself since 3.1, where the option is deprecated.
_PRECISION: Literal["round_trip"] | None = "round_trip" if _PANDAS < (3, 1) else None


def _column(series: pd.Series) -> Column:
    if series.dtype.kind in "fiu":
        return np.asarray(series.to_numpy(), dtype=np.float64)
    return column_of(series.to_numpy(dtype=object))
