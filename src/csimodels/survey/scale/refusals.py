"""What a database refuses: a file in our words; a query with the database's answer, which its user knows to read."""

from __future__ import annotations

import re

from csimodels.errors import DataError, Problem
from csimodels.messages import Message

#: What DuckDB could not do, by the name of its class of errors.
_CAUSES = {
    "ConversionException": Message("a value does not fit the type that its column is read as"),
    "OutOfRangeException": Message("a number is larger than its type holds"),
    "IOException": Message("the file cannot be opened, or ends too early"),
    "CatalogException": Message("a table or column that is asked for is not there"),
    "BinderException": Message("a table or column that is asked for is not there"),
    "InterruptException": Message("the work was interrupted"),
}
#: Words of SQL and of remarks about it, which name nothing of the user's.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and any are as at be by cast column columns count database does error exist exists for from group has in "
        "is it join limit name near no not of on or order relation select such syntax table than the to type unknown "
        "value values view where with",
    )
)

_WORD = re.compile(r"[^\W\d]\w*")
#: So much of the answer of a database is shown.
_ANSWER = 160


def cause(error: Exception) -> Message:
    """What DuckDB could not do, by the class of its error and the numbers that it names.

    Parameters
    ----------
    error : duckdb.Error
    """
    said = str(error)
    line = re.search(r"\bLine: (\d+)", said)
    fields = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", said)
    if line and fields:
        text = "line {line} has {n} fields, the header has {m}"
        return Message(text, line=int(line[1]), n=int(fields[2]), m=int(fields[1]))
    if line:
        return Message("line {line} does not follow the form of the file", line=int(line[1]))
    names = (kind.__name__ for kind in type(error).__mro__)
    usual = Message("its content does not follow the format of its kind")
    return next((_CAUSES[name] for name in names if name in _CAUSES), usual)


def refused(sql: str, error: Exception) -> DataError:
    """The error for a query that a database did not carry out.

    Parameters
    ----------
    sql : the query.
    error : what the database raised.
    """
    names, answer = _named(sql, error), _first_line(error)[:_ANSWER]
    found = Message('the database answers "{answer}"', answer=answer) if answer else ""
    if names and answer:
        text = 'the trouble is at {names}: the database answers "{answer}"'
        found = Message(text, names=", ".join(names), answer=answer)
    remedy = (
        "correct the query, or ask for the right to read what it names"
        if names
        else "try the query in the database itself; check the connection and its rights"
    )
    return DataError(Problem("the database refuses the query", sql[:80], found, remedy=remedy))


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "")


def _named(sql: str, error: Exception) -> list[str]:
    """Names of the query that the first line of a refusal repeats, those in quotes before all others; at most three."""
    first = _first_line(error)
    ours = {word.casefold() for word in _WORD.findall(sql)}
    marked = [word for word in re.findall(r"""["'`]([^"'`]+)["'`]""", first) if word.casefold() in ours]
    plain = [word for word in _WORD.findall(first) if word.casefold() in ours - _COMMON]
    return list(dict.fromkeys(marked or plain))[:3]


def changed_rows(label: str, found: Message | str = "") -> DataError:
    """What is said of rows that are no longer those that were seen before."""
    what = Message("the rows changed while they were read")
    return DataError(Problem(what, label, found, remedy="run it again when nothing is written there"))
