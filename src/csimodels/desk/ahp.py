"""Analytic hierarchy process: weights from pairwise comparisons, and how consistent these are (Saaty 1980).

In a spec: ``hierarchy`` with judgements, table ``hierarchy_weights``. The consistency ratio depends on the table of
random indices; its name is part of the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.moments.linalg import Floats

RandomIndex = Literal["saaty1980", "saaty2005"]

#: Mean consistency index of random reciprocal matrices of size 1 .. 15: Saaty (1980), Saaty (2005, p. 31);
#: the values of 1980 as other programs have them, the page of that book was not checked.
RANDOM_INDICES: dict[RandomIndex, tuple[float, ...]] = {
    "saaty1980": (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59),
    "saaty2005": (0, 0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59),
}
LARGEST = 15
#: Comparisons are written with few digits: 0.33 for 1/3 is a reciprocal within 1 %.
RECIPROCAL_TOLERANCE = 0.02


@dataclass(frozen=True, eq=False)
class Ahp:
    """Weights ``(*B, k)`` summing to 1; largest eigenvalue, consistency index and ratio ``(*B,)``; the table used."""

    weight: Floats
    lambda_max: Floats
    ci: Floats
    cr: Floats
    random_index: RandomIndex


def check_comparisons(a: Floats, elements: Sequence[str], where: str) -> list[Problem]:
    """Problems of one matrix of pairwise comparisons: its shape, values not above 0, pairs that are not reciprocal."""
    k = len(elements)
    if a.shape != (k, k):
        return [Problem("a row and a column per element are needed", where, f"{a.shape}", f"({k}, {k})")]
    if not 2 <= k <= LARGEST:
        remedy = "form sub-groups in a tree" if k > LARGEST else "there is nothing to compare: leave ahp out"
        return [Problem("AHP compares 2 to 15 elements", where, str(k), "2 to 15", remedy)]
    if not (np.isfinite(a).all() and (a > 0).all()):
        return [Problem("comparisons must be numbers above 0", where, remedy="1/9 to 9; 1 where two matter alike")]
    own = float(a[0, 0])
    if own != 1 and np.allclose(np.diagonal(a), own) and np.allclose(a + a.T, 2 * own):
        two = f"{a[0, 1]:g} : {a[1, 0]:g}"
        ratios = Message("write ratios, 1 on the diagonal: {first} and {second} for {pair}", pair=two,
                         first=f"{a[0, 1] / a[1, 0]:.4g}", second=f"{a[1, 0] / a[0, 1]:.4g}")  # fmt: skip
        share = Message("the comparisons of each pair are shares of {sum}, not ratios", sum=f"{2 * own:g}")
        return [Problem(share, where, f"{own:g}, {two}", Message("1/9 to 9; 1 where two matter alike"), ratios)]
    problems = []
    for i in range(k):
        for j in range(i, k):
            if abs(a[i, j] * a[j, i] - 1) > RECIPROCAL_TOLERANCE:
                pair = Message(
                    "{where}, {elements} against {elements2}", where=where, elements=elements[i], elements2=elements[j]
                )
                found = Message("{a} and {a2}", a=f"{a[i, j]:g}", a2=f"{a[j, i]:g}")
                remedy = "decide which of the two is meant, and write its reciprocal in the other place"
                if i == j:
                    remedy = "a part compared with itself is 1"
                allowed = Message("1") if i == j else Message("{a} and {n}", a=f"{a[i, j]:g}", n=f"{1 / a[i, j]:.6g}")
                what = "the two comparisons of a pair are not reciprocal"
                problems.append(Problem(what, pair, found, allowed, remedy))
    return problems


def beyond_scale(a: Floats) -> list[tuple[int, int]]:
    """Places ``(i, j)`` of one matrix with a comparison above 9, the end of the scale (Saaty 1980)."""
    return [(int(i), int(j)) for i, j in np.argwhere(a > 9 * (1 + RECIPROCAL_TOLERANCE))]


def check_consistency(result: Ahp, where: str, limit: float = 0.10) -> list[Problem]:
    """The problem of one matrix whose consistency ratio is not below `limit`."""
    cr = float(result.cr)
    if cr < limit:
        return []
    found = Message("CR {cr} (random index {random_index})", cr=f"{cr:.4f}", random_index=result.random_index)
    remedy = "ask again for the comparison that contradicts the others most"
    return [
        Problem(
            "the comparisons are not consistent", where, found, Message("CR below {limit}", limit=f"{limit:g}"), remedy
        )
    ]


def aggregate_judgements(matrices: Floats) -> Floats:
    """(*B, k, k) element-wise geometric mean of the matrices (*B, m, k, k) of m judges (Aczel & Saaty 1983)."""
    return np.asarray(np.exp(np.log(matrices).mean(axis=-3)))


def ahp(
    a: Floats, method: Literal["eigenvector", "geometric"] = "eigenvector", random_index: RandomIndex = "saaty1980"
) -> Ahp:
    """Weights and consistency of reciprocal matrices.

    Parameters
    ----------
    a : (*B, k, k) array
        ``a[i, j]``: how many times more important element i is than element j.
    method : {"eigenvector", "geometric"}
        Principal right eigenvector, or geometric means of the rows (Crawford & Williams 1985).  The consistency ratio
        is that of the largest eigenvalue in both.
    random_index : {"saaty1980", "saaty2005"}
        Table of random indices.
    """
    k = a.shape[-1]
    values, vectors = np.linalg.eig(a)
    largest = values.real.argmax(axis=-1)
    lambda_max = np.take_along_axis(values.real, largest[..., None], axis=-1)[..., 0]
    vector = np.abs(np.take_along_axis(vectors.real, largest[..., None, None], axis=-1)[..., 0])
    if method == "geometric":
        vector = np.exp(np.log(a).mean(axis=-1))
    ci = (lambda_max - k) / (k - 1)
    ri = RANDOM_INDICES[random_index][k - 1]
    cr = ci / ri if ri else np.zeros_like(ci)
    return Ahp(vector / vector.sum(axis=-1, keepdims=True), lambda_max, ci, cr, random_index)


def most_contradicting(a: Floats, weight: Floats) -> tuple[int, int]:
    """The pair of one matrix whose comparison is farthest from the ratio of the weights, for asking again."""
    error = np.abs(np.log(a) - np.log(weight[:, None] / weight[None, :]))
    i, j = np.unravel_index(int(np.triu(error, 1).argmax()), error.shape)
    return int(i), int(j)
