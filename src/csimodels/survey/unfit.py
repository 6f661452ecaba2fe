"""What is said of answers that cannot be used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, listed
from csimodels.messages import Message
from csimodels.survey.answers import Unfit, fold
from csimodels.survey.options import Options
from csimodels.survey.table import LogEntry, Table, number_text

Rows = NDArray[np.int64]


def set_missing(unfit: Unfit) -> LogEntry:
    """The entry for answers outside the scale that were set to missing."""
    values = listed([Message("{value} ({n} times)", value=value, n=count) for value, count, _ in unfit.values], 8)
    return LogEntry("out of range set to missing", unfit.item.name, unfit.count, values)


def _subject(unfit: Unfit) -> str:
    return f"item {unfit.item.name}" + (f' (column "{unfit.column}")' if unfit.column != unfit.item.name else "")


def _found(unfit: Unfit, row: Rows, quote: str = "") -> str:
    def places(count: int, first: Sequence[int]) -> str:
        rows = ", ".join(str(row[i]) for i in first)
        return f"{count} {'time' if count == 1 else 'times'}: {'row' if count == 1 else 'rows'} {rows}" + (
            ", ..." if count > len(first) else ""
        )

    return listed([f"{quote}{value}{quote} ({places(count, first)})" for value, count, first in unfit.values], 6)


def text_problem(unfit: Unfit, chosen: Options, row: Rows, table: Table) -> Problem:
    """Texts that are no numbers: the cells, and the line of the spec that would make sense of them."""
    first = unfit.values[0][0]
    codes = _code_list(chosen, [first])
    remedy = f"add missing_codes: {codes} if it means no answer, or values: {{{first}: ...}} to the item"
    if fold(first)[:1].isdigit():
        remedy = "keep the number only in these cells, or translate them with values: {text: number} in the item"
        if "," in first and not table.comma_decimal:
            remedy = "write decimals with a point, or save the file with ; as separator"
    return Problem(
        f"{_subject(unfit)}: {unfit.count} {'answer is' if unfit.count == 1 else 'answers are'} text, not a number",
        table.label,
        _found(unfit, row, '"'),
        f"numbers from {number_text(unfit.item.scale[0])} to {number_text(unfit.item.scale[1])}",
        remedy,
    )


def outside_problems(outside: Sequence[Unfit], chosen: Options, row: Rows, where: str) -> list[Problem]:
    """One problem per item; the last one has the remedy, a list of missing codes that serves them all."""
    whole = sorted(
        {float(v) for unfit in outside if len(unfit.values) <= 6 and not unfit.infinite for v, _, _ in unfit.values}
    )
    add = [number_text(value) for value in whole if value == int(value)]
    remedy = "correct the scale of the item, or write out_of_range: missing under data to leave these answers out"
    if add:
        remedy = f"if they mean no answer, add missing_codes: {_code_list(chosen, add)} to data; else " + remedy
    problems = []
    for unfit in outside:
        low, high = (number_text(limit) for limit in unfit.item.scale)
        kind = "infinite or outside" if unfit.infinite else "outside"
        answers = f"{unfit.count} {'answer' if unfit.count == 1 else 'answers'}"
        what = f"{_subject(unfit)}: {answers} {kind} the scale {low}..{high}"
        last = f"{remedy} (rows are counted from 1 under the header)" if unfit is outside[-1] else ""
        problems.append(Problem(what, where, _found(unfit, row), f"{low} to {high}", last))
    return problems


def _code_list(chosen: Options, add: Sequence[str]) -> str:
    old = [code if isinstance(code, str) else number_text(float(code)) for code in chosen.missing_codes]
    return f"[{', '.join(dict.fromkeys([*old, *add]))}]"
