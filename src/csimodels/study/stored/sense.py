"""Numbers of ``result.json`` held against each other: an editor who mends the hashes too contradicts one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from csimodels.messages import N_, Message
from csimodels.moments.linalg import Floats
from csimodels.spec.model import WITHOUT_DRAWS
from csimodels.study.result import Result
from csimodels.study.stored.manifest import Misfit
from csimodels.tables import Estimates
from csimodels.tables.identities import IDENTITY_RTOL, contradiction, outside

#: Columns of the tables of comparisons that the columns ``low`` and ``high`` beside them belong to.
_OWN = ("index", "difference", "change")
_PROBABLE = ("p", "p_adj", "p_first", "p_top3", "weight_share", "covered")
_RANKS = ("rank_low", "rank", "rank_high", "among")
_FOLLOWS = N_("{part} of {name} is {stored}; other numbers of this file give {made}")
_BEYOND = N_("{part} of {name} is {stored}, beyond the limit {made} of its own interval")
_NO_SHARE, _BELOW = N_("{part}: {value} is not between 0 and 1"), N_("{part}: {value} is below 0")
_NOT_WITHIN = N_("{part}: {value} is not within its interval")
_NO_DIFFERENCE = N_("{part}: {value} is not what before and after differ by")


def check_sense(result: Result, stored: Mapping[str, Any], at: str = "") -> None:
    """Refuse a result whose numbers contradict each other, or lie outside their own intervals.

    Quantiles of a bootstrap need not hold the estimate; the intervals of every other method do.

    Parameters
    ----------
    result : Result
        As it was read, in the layout of this version.
    stored : mapping
        What it was read from: the content of ``result.json``, checked in form.
    at : str
        Where it stands in the file: ``""`` or ``"overall."``.

    Raises
    ------
    Misfit
        The first contradiction, in words.
    """
    around = result.model.uncertainty.method in WITHOUT_DRAWS
    _check_estimates(result.estimates, around, at)
    for part in ("tables", "structures", "desk"):
        for name, table in stored.get(part, {}).items():
            _check_table(table["columns"], f"{at}{part}.{name}", around and part == "tables")
    if result.overall is not None:
        check_sense(result.overall, stored["overall"], f"{at}overall.")


def _check_estimates(estimates: Estimates, around: bool, at: str) -> None:
    found, text = contradiction(estimates), _FOLLOWS
    if found is None and around:
        found, text = outside(estimates), _BEYOND
    if found is None:
        return
    where = "".join(f", {value}" for value in estimates.keys[found.group])
    numbers = {"stored": f"{found.stored:.6g}", "made": f"{found.follows:.6g}"}
    raise Misfit(Message(text, part=f"{at}{found.block}", name=f"{found.subject}{where}", **numbers))


def _check_table(columns: Mapping[str, Sequence[Any]], at: str, around: bool) -> None:
    """Of a stored table; `around`: its intervals hold their estimates, its changes are differences."""
    of = {name: _numbers(cells) for name, cells in columns.items()}
    for name, values in of.items():
        if name in _PROBABLE:
            _refuse((values < 0) | (values > 1), _NO_SHARE, f"{at}.{name}", values)
        elif name == "se" or name.endswith("_se"):
            _refuse(values < 0, _BELOW, f"{at}.{name}", values)
    for name, low, high in _intervals(of):
        _refuse(_above(of[low], of[high]), _NOT_WITHIN, f"{at}.{low}", of[low])
        if around and name in of:
            wrong = _above(of[low], of[name]) | _above(of[name], of[high])
            _refuse(wrong, _NOT_WITHIN, f"{at}.{name}", of[name])
    if around and {"before", "after", "change"} <= set(of):
        made = of["after"] - of["before"]
        wrong = _above(made, of["change"]) | _above(of["change"], made)
        _refuse(wrong, _NO_DIFFERENCE, f"{at}.change", of["change"])
    if set(_RANKS) <= set(of):
        steps = [np.ones(len(of["rank"])), *(of[name] for name in _RANKS)]
        wrong = np.logical_or.reduce([_above(a, b) for a, b in pairwise(steps)])
        _refuse(wrong, _NOT_WITHIN, f"{at}.rank", of["rank"])


def _intervals(of: Mapping[str, Floats]) -> list[tuple[str, str, str]]:
    """Name of an estimate and of its lower and upper limit."""
    found = [(name, f"{name}_low", f"{name}_high") for name in of if {f"{name}_low", f"{name}_high"} <= set(of)]
    if {"low", "high"} <= set(of):
        found += [(next((name for name in _OWN if name in of), ""), "low", "high")]
    return [one for one in found if one[0] != "rank"]


def _numbers(cells: Sequence[Any]) -> Floats:
    """Cells as numbers, NaN for what is none."""
    return np.asarray(
        [float(c) if isinstance(c, (int, float)) or c in ("inf", "-inf") else np.nan for c in cells], dtype=np.float64
    )


def _above(left: Floats, right: Floats) -> Any:
    with np.errstate(invalid="ignore"):
        return left - right > IDENTITY_RTOL * np.maximum(1.0, np.abs(left))


def _refuse(wrong: Any, text: str, part: str, values: Floats) -> None:
    rows = np.flatnonzero(wrong)
    if len(rows):
        raise Misfit(Message(text, part=f"{part}[{rows[0]}]", value=f"{values[rows[0]]:.6g}"))
