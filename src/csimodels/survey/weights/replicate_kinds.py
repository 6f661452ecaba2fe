"""What replicate weights say of how they were made: sets without variation, twins, lost sets, another kind."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import numpy as np

from csimodels.errors import Problem, listed
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.model import ReplicateSpec
from csimodels.survey.table import LogEntry

#: Step of the log that a reader has to know of.
SAID = "replicate weights that look amiss"
#: Weights are printed with few digits: factors that differ by less, relative to their distance, are the same.
_ROUNDED = 0.02
#: Rows that a half-sample leaves out, and sets that a jackknife of single units needs to be told from halves.
_HALF, _LEAST_SETS = (0.3, 0.7), 4
#: Errors that come out wrong by less than this part are not spoken of.
_WORTH = 0.05
#: Cells (rows times sets) that are looked at; of more, every k-th row.
_CELLS = 2_000_000


def same_everywhere(values: Floats, weight: Floats | None, where: str) -> list[Problem]:
    """A problem where every set ``(n, R)`` is a multiple of the sampling weights ``(n,)``."""
    if not _constant(_factors(values, weight)).all():
        return []
    what = "the replicate weights do not vary: every one of them is the sampling weight"
    remedy = "name the columns of replicates, which differ from the sampling weight row by row"
    return [Problem(what, where, remedy=remedy)]


def amiss(values: Floats, weight: Floats | None, columns: Sequence[str], spec: ReplicateSpec) -> Iterator[LogEntry]:
    """What a reader has to know of replicate weights ``(n, R)`` that can be used.

    Parameters
    ----------
    values : (n, R) array
        The sets, before they are raked.
    weight : (n,) array or None
        Sampling weights.
    columns : sequence of str
        Names of the sets.
    spec : ReplicateSpec
        What the spec says of them.
    """
    factors = _factors(values, weight)
    still = np.flatnonzero(_constant(factors))
    if len(still):
        text = "every row has the sampling weight: such a set shows no variation, and makes errors too small"
        yield _entry([columns[r] for r in still.tolist()], Message(text))
    twins = _twins(values)
    if twins:
        text = "the same weights as {names}: write each set once"
        yield _entry([columns[r] for r, _ in twins], Message(text, names=listed([columns[q] for _, q in twins], 6)))
    lost = _lost(columns)
    if lost:
        text = "their numbers are missing between those that are there: errors then rest on a part of the replicates"
        yield _entry(lost, Message(text))
    yield from _kind(factors, columns, spec)


def _entry(names: Sequence[str], detail: Message) -> LogEntry:
    return LogEntry(SAID, listed(names, 6), len(names), detail)


def _factors(values: Floats, weight: Floats | None) -> Floats:
    """(m, R) factors of the sampling weights, of at most as many rows as are worth looking at."""
    step = max(1, values.size // _CELLS)
    return values[::step] if weight is None else values[::step] / weight[::step, None]


def _constant(factors: Floats) -> Bools:
    return np.asarray(np.ptp(factors, axis=0) <= 1e-6 * factors.mean(axis=0))


def _twins(values: Floats) -> list[tuple[int, int]]:
    """Sets that equal an earlier one, with that one."""
    first: dict[bytes, int] = {}
    found = []
    for r in range(values.shape[1]):
        same = first.setdefault(np.ascontiguousarray(values[:, r]).tobytes(), r)
        if same != r:
            found.append((r, same))
    return found


def _lost(columns: Sequence[str]) -> list[str]:
    """Names that are missing where names are one stem and a number, counted without a gap otherwise."""
    parts = [re.fullmatch(r"(.*?)(\d+)", name) for name in columns]
    if len({part[1] if part else None for part in parts}) != 1 or parts[0] is None:
        return []
    stem, numbers = parts[0][1], {int(part[2]): part[2] for part in parts if part}
    low, high = min(numbers), max(numbers)
    if high - low + 1 > 2 * len(numbers):  # numbers of something else
        return []
    width = len(numbers[low]) if numbers[low].startswith("0") else 0
    return [f"{stem}{number:0{width}d}" for number in range(low, high + 1) if number not in numbers]


# ---- the kind ------------------------------------------------------------------------------------------------------


def _kind(factors: Floats, columns: Sequence[str], spec: ReplicateSpec) -> Iterator[LogEntry]:
    """A word where the factors are those of another kind than the one that is stated."""
    if spec.scale is not None or spec.rscales:
        return
    found = made_by(factors)
    if found is None:
        return
    kind, fay = found
    number = factors.shape[1]
    if kind == "jkn":
        if spec.kind != "jkn":
            text = "the sets leave out one unit of a stratum each: write kind: jkn, with rscales"
            yield _entry(columns, Message(text))
        return
    ratio = math.sqrt(_variance(spec.kind, spec.fay, number) / _variance(kind, fay, number))
    if abs(ratio - 1) < _WORTH:
        return
    text = (
        "errors are wrong by the factor {ratio} with kind: {stated}; the sets are those of {made}: write {remedy} "
        "under replicate_weights"
    )
    remedy = f"kind: fay, fay: {fay:g}" if kind == "fay" else f"kind: {kind}"
    stated = f"fay, fay: {spec.fay:g}" if spec.kind == "fay" else spec.kind
    yield _entry(columns, Message(text, made=_made(kind, fay), stated=stated, ratio=f"{ratio:.2f}", remedy=remedy))


def _made(kind: str, fay: float) -> Message:
    if kind == "fay":
        return Message("Fay's method (factors {low} and {high})", low=f"{fay:g}", high=f"{2 - fay:g}")
    if kind == "brr":
        return Message("half-samples (factors 0 and 2)")
    return Message("a jackknife that leaves out one unit at a time")


def _variance(kind: str, fay: float, number: int) -> float:
    """Factor of the variance, as in :func:`csimodels.survey.weights.replicates.replicate_scale`."""
    return {
        "brr": 1 / number,
        "fay": 1 / (number * (1 - fay) ** 2),
        "jk1": (number - 1) / number,
        "jkn": (number - 1) / number,
        "bootstrap": 1 / (number - 1),
    }[kind]


def made_by(factors: Floats) -> tuple[str, float] | None:
    """How sets with these factors ``(m, R)`` were made, and Fay's factor; None where they are of no plain pattern.

    Half-samples have the factors 0 and 2, or ``rho`` and ``2 - rho`` (Fay), each for about half of the rows; a
    jackknife 0 for one unit and ``R / (R - 1)`` for all others, by strata 1 for most rows.
    """
    low, high = factors.min(axis=0), factors.max(axis=0)
    wide = high - low
    if (wide <= 0).any():
        return None
    at_low = np.abs(factors - low) <= _ROUNDED * wide
    at_high = np.abs(factors - high) <= _ROUNDED * wide
    share = at_low.mean(axis=0)
    number = factors.shape[1]
    if (at_low | at_high).all():
        even = np.ptp(low) <= 2 * _ROUNDED and np.ptp(high) <= 2 * _ROUNDED
        if even and abs(low.mean() + high.mean() - 2) <= 2 * _ROUNDED and _HALF[0] <= share.mean() <= _HALF[1]:
            rho = round(float(low.mean()), 2)
            return ("brr", 0.0) if rho < _ROUNDED else ("fay", rho)
        left_out = number >= _LEAST_SETS and (low == 0).all() and 0.5 <= share.mean() * number <= 2
        if left_out and np.allclose(high, number / (number - 1), rtol=_ROUNDED / 2):
            return "jk1", 0.0
        return None
    unmoved = np.abs(factors - 1) <= _ROUNDED / 4
    if number >= _LEAST_SETS and (low == 0).all() and (unmoved.mean(axis=0) > 0.5).all() and share.max() < _HALF[0]:
        return "jkn", 0.0
    return None
