"""Replicate weights that come with the data: their columns, what can be wrong with them, and their scale factors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from csimodels.errors import Problem, SpecError, is_real, listed, nearest
from csimodels.messages import Message, counted, joined
from csimodels.moments.linalg import Floats
from csimodels.spec.model import ReplicateSpec
from csimodels.survey.columns import Column, Ints, number_text
from csimodels.survey.natural_order import natural
from csimodels.survey.table import LogEntry
from csimodels.survey.weights.cells import Weighed, weights

#: Columns that are named one by one where many have the same trouble.
_SHOWN = 5
#: Relative variation that is taken for weighting, and the chance at which what varies more does not vary by chance.
_UNEQUAL = 0.05
_RARE = 1e-6


# ---- scale factors -------------------------------------------------------------------------------------------------


def replicate_scale(spec: ReplicateSpec, number: int) -> tuple[float, Floats]:
    """Factors of the variance ``scale sum_r rscales_r (theta_r - centre)^2`` of given replicate weights.

    Where the spec gives none (R = `number` of replicates; Wolter 2007, Introduction to Variance Estimation, chapters 3
    to 5): BRR ``1 / R``; Fay ``1 / (R (1 - rho)^2)``; JK1 ``(R - 1) / R``; bootstrap ``1 / (R - 1)``, as R's
    ``survey::svrepdesign``; JKn 1, with ``rscales`` ``(n_h - 1) / n_h`` of the stratum in which replicate r leaves out
    a unit, which the weights alone do not tell and the spec must give.  ``rscales`` are 1 for the others.

    Returns
    -------
    scale : float
    rscales : (R,)

    Raises
    ------
    SpecError
        Every reason why there are no such factors.
    """
    problems = scale_problems(spec, number)
    if problems:
        raise SpecError(problems)
    usual = {
        "brr": 1 / number,
        "fay": 1 / (number * (1 - spec.fay) ** 2),
        "jk1": (number - 1) / number,
        "jkn": 1.0,
        "bootstrap": 1 / (number - 1),
    }
    scale = usual[spec.kind] if spec.scale is None else spec.scale
    return float(scale), np.asarray(spec.rscales, dtype=np.float64) if spec.rscales else np.ones(number)


def scale_problems(spec: ReplicateSpec, number: int) -> list[Problem]:
    """What is wrong with the factors of `number` replicates."""
    where = "replicate_weights"
    problems = []
    if number < 2:
        what = counted(
            number,
            "{n} replicate weight cannot show any variation",
            "{n} replicate weights cannot show any variation",
        )
        problems.append(Problem(what, where, allowed=Message("at least 2"), remedy="name all columns, for example rw*"))
    if not 0 <= spec.fay < 1:
        problems.append(
            Problem("fay is out of range", where, number_text(spec.fay), Message("0 or more, and less than 1"))
        )
    if spec.scale is not None and not (is_real(spec.scale) and spec.scale > 0):
        problems.append(Problem("scale is out of range", where, repr(spec.scale), Message("a finite number above 0")))
    if spec.kind == "jkn" and not spec.rscales:
        remedy = "write rscales: one number for each column, (n_h - 1) / n_h of its stratum with n_h clusters"
        problems.append(
            Problem("kind jkn needs rscales", where, allowed=Message("{number} numbers", number=number), remedy=remedy)
        )
    if spec.rscales and len(spec.rscales) != number:
        remedy = "write one number for each column, in the order of the columns (those of rw* by number)"
        found = str(len(spec.rscales))
        problems.append(
            Problem(
                "rscales and columns differ in number", where, found, Message("{number} numbers", number=number), remedy
            )
        )
    wrong = [value for value in spec.rscales if not (is_real(value) and value >= 0)]
    if wrong or (spec.rscales and not any(spec.rscales)):
        found = listed(wrong) if wrong else Message("all are 0")
        problems.append(
            Problem("rscales hold a number that cannot be used", where, found, Message("0 or more, not all 0"))
        )
    return problems


# ---- columns -------------------------------------------------------------------------------------------------------


def expanded(
    spec: ReplicateSpec, names: Sequence[str], weight: str | None, where: str
) -> tuple[tuple[str, ...], list[Problem]]:
    """The columns meant: ``rw*`` is every column that begins with ``rw``, by number (rw2 before rw10).

    The sampling weight is never one of them, even where its name begins so.
    """
    columns: list[str] = []
    problems = []
    for wanted in spec.columns:
        if not wanted.endswith("*"):
            columns.append(wanted)
            continue
        start = wanted[:-1]
        hits = sorted((name for name in names if name.startswith(start) and name not in ("", weight)), key=natural)
        columns += [name for name in hits if name not in spec.columns]
        if not hits:
            what = Message('no column begins with "{start}" for replicate weights', start=start)
            problems.append(Problem(what, where, "", _near(start, names), "correct the beginning of the names"))
    return tuple(columns), problems


def _near(start: str, names: Sequence[str]) -> str:
    """The nearest beginning of the same length."""
    beginnings = dict.fromkeys(name[: len(start)] for name in names if name)
    hit = nearest(start, beginnings)
    return f'{hit[:-2]}*"?' if hit else ""


def columns_text(columns: Sequence[str]) -> str:
    """``rw1 ... rw80``, for messages."""
    return ", ".join(columns) if len(columns) < 4 else f"{columns[0]} ... {columns[-1]}"


# ---- weights -------------------------------------------------------------------------------------------------------


def matrix(
    fetched: dict[str, Column], columns: Sequence[str], keep: Ints, comma: bool
) -> tuple[Floats, dict[str, list[str]]]:
    """(n, R) replicate weights of the rows `keep`, NaN where a cell holds no number, and texts by column."""
    out = np.empty((len(keep), len(columns)))
    texts = {}
    for r, name in enumerate(columns):
        values, bad = weights(fetched[name], comma)
        out[:, r] = values[keep]
        if bad:
            texts[name] = bad
    return out, texts


def matrix_problems(
    values: Floats, texts: dict[str, list[str]], row: Ints, columns: Sequence[str], where: str
) -> list[Problem]:
    """What is wrong with single replicate weights; the first columns are shown, the others counted."""
    every = []
    for r, name in enumerate(columns):
        subject = Message('replicate weight column "{name}"', name=name)
        zero = Message("out of this replicate")
        found = Weighed(values[:, r], texts.get(name, []), row, subject, where, zero).problems()
        if found:
            every.append(found)
    problems = [problem for found in every[:_SHOWN] for problem in found]
    if len(every) > _SHOWN:
        what = Message("the same or other troubles in {n} more replicate weight columns", n=len(every) - _SHOWN)
        problems.append(Problem(what, where, remedy="correct these columns too"))
    return problems


def belonging_problems(values: Floats, weight: Floats | None, name: str | None, where: str) -> list[Problem]:
    """Whether the replicate weights ``(n, R)`` include the sampling weights ``(n,)``, or come without them.

    Averaged over the replicates they must follow the sampling weights; where there are none, they must be equal as far
    as chance among the replicates allows.
    """
    mean = values.mean(axis=1)
    unequal = _cv(mean)
    if weight is None:
        chance = math.sqrt(values.var(axis=1, ddof=1).mean() / values.shape[1]) / mean.mean()
        if unequal <= _UNEQUAL or unequal <= math.sqrt(_by_chance(values)) * chance:
            return []
        what = "the replicate weights differ from row to row, and no sampling weight is named"
        found = Message("averaged over the replicates they vary by {n} %", n=f"{100 * unequal:.0f}")
        remedy = "write weight: under data, with the column that the replicate weights were made from"
        return [Problem(what, where, found, remedy=remedy)]
    relative = _cv(mean / weight)
    if _cv(weight) <= _UNEQUAL or relative <= unequal:
        return []
    return [
        Problem(
            Message('the replicate weights do not follow the sampling weight "{name}"', name=str(name)),
            where,
            Message(
                "averaged over the replicates they vary by {n} %, relative to {name} by {n2} %",
                n=f"{100 * unequal:.0f}",
                name=str(name),
                n2=f"{100 * relative:.0f}",
            ),
            Message("replicate weights that include the sampling weight"),
            Message("multiply them by {name}, or name the weight that they were made from", name=str(name)),
        )
    ]


def _by_chance(values: Floats) -> float:
    """How much larger than expected the variance of the rows' means may be by chance (1 in a million).

    Rows of one cluster have the same replicate weights: the variance is one of as many means as there are different
    rows, the larger ones counted by Kish's formula.
    """
    from scipy.special import chdtri  # scipy loads only where rows differ

    _, sizes = np.unique(np.round(values, 9), axis=0, return_counts=True)
    free = max(float(sizes.sum() ** 2 / (sizes.astype(float) ** 2).sum()) - 1, 1.0)
    return float(chdtri(free, _RARE) / free)


def _cv(values: Floats) -> float:
    return float(values.std() / values.mean())


def replicate_entry(values: Floats, columns: Sequence[str], weight: Floats | None) -> LogEntry:
    """What is said of replicate weights that are read."""
    sums = values.sum(axis=0)
    total = Message("every row counts once")
    if weight is not None:
        total = Message("sampling weights {n}", n=f"{weight.sum():.6g}")
    detail = Message("sums {few} to {most}", few=f"{sums.min():.6g}", most=f"{sums.max():.6g}")
    return LogEntry("replicate weights", columns_text(columns), len(columns), joined([detail, total]))
