"""What databases call things differently: queries are written for DuckDB, and translated word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Texts and names in quotes, which stay as they are.
_QUOTED = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")""")
_TYPE = re.compile(r"\bas (double|hugeint|varchar)\)")
#: Words that may follow the rows of a query.
_FOLLOWS = re.compile(r"\s*(as\b|rows_\b)")


@dataclass(frozen=True)
class Dialect:
    """How one kind of database is asked.

    Attributes
    ----------
    name : what the kind is called.
    types : DuckDB's name of a type -> the name here, in casts.
    sets : whether several columns are counted in one query (``grouping sets``).
    wide : whether sums of whole numbers may have more than 64 bits.
    nan : SQL of whether ``{x}`` is not a number; empty where a column holds none.
    most : columns that an answer may have.
    once : what, behind a query inside another one, has its columns worked out once for each row, and not again wherever
        they are named.
    """

    name: str
    types: Mapping[str, str] = field(default_factory=dict)
    sets: bool = True
    wide: bool = True
    nan: str = "isnan({x})"
    most: int = 100_000
    once: str = ""

    def sql(self, query: str) -> str:
        """A query of DuckDB in this dialect."""
        if not self.types:
            return query
        pieces = _QUOTED.split(query)
        for k in range(0, len(pieces), 2):
            typed = _TYPE.sub(lambda found: f"as {self.types[found[1]]})", pieces[k])
            pieces[k] = typed.replace("//", "/")
        return "".join(_named(pieces))


DUCKDB = Dialect("DuckDB")
POSTGRESQL = Dialect(
    "PostgreSQL",
    {"double": "double precision", "hugeint": "numeric", "varchar": "text"},
    nan="{x} = cast('NaN' as double)",
    most=1_500,
    once=" offset 0",
)
SQLITE = Dialect(
    "SQLite", {"double": "real", "hugeint": "real", "varchar": "text"}, sets=False, wide=False, nan="", most=1_500,
    once=" limit -1 offset 0",
)  # fmt: skip

#: Module of a connection -> what it speaks.
SPOKEN = {"duckdb": DUCKDB, "_duckdb": DUCKDB, "psycopg": POSTGRESQL, "psycopg2": POSTGRESQL, "sqlite3": SQLITE}


def dialect_of(connection: Any) -> Dialect | None:
    """What a connection speaks; None where rows are brought over instead."""
    return SPOKEN.get(type(connection).__module__.split(".")[0])


def _named(pieces: list[str]) -> Iterator[str]:
    """The pieces of a query with a name for every query behind ``from`` that has none."""
    text = "".join(pieces)
    opened: list[bool] = []
    at = 0
    for start, end, quoted in _spans(pieces):
        if quoted:
            continue
        for place in range(start, end):
            if text[place] == "(":
                opened.append(text[max(0, place - 6) : place].rstrip().endswith("from"))
            elif text[place] == ")" and opened.pop() and not _FOLLOWS.match(text, place + 1):
                yield text[at : place + 1] + " as t_"
                at = place + 1
    yield text[at:]


def _spans(pieces: list[str]) -> Iterator[tuple[int, int, bool]]:
    start = 0
    for k, piece in enumerate(pieces):
        yield start, start + len(piece), bool(k % 2)
        start += len(piece)
