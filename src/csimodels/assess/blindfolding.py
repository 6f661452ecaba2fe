"""Stone-Geisser Q2 by blindfolding: every d-th answer of a block is hidden, the model estimated anew, and predicts it.

(Geisser 1974; Stone 1974; for PLS Chin 1998 and Tenenhaus, Esposito Vinzi, Chatelin & Lauro 2005.)  Historical: hidden
answers come from respondents whose other answers are known, so it does not show how new respondents are predicted;
that is :mod:`csimodels.assess.prediction`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.assess.prediction import refuse_higher_order
from csimodels.errors import UNUSABLE, DataError, Problem, SpecError, is_whole
from csimodels.estimate import Design, Estimator, Fit, PLSc
from csimodels.messages import N_, Message
from csimodels.moments import Moments, Rows
from csimodels.moments.linalg import Bools, Floats

#: Omission distances, the usual one first.
USUAL = (7, 8, 9, 6, 10, 11, 5, 12)


@dataclass(frozen=True, eq=False)
class Blindfolded:
    """Q2 of every endogenous construct.

    Attributes
    ----------
    construct : (E,) array
        Places of the endogenous constructs.
    redundancy, communality : (E,) arrays
        One less squared error over that of the mean: predicted through the predecessors, and through the own score.
    distance : int
        Omission distance.
    failed : int
        Rounds in which the model had no usable fit, of `asked`; their answers are left out.
    asked : int
        Rounds: distance times endogenous constructs.
    """

    construct: NDArray[np.intp]
    redundancy: Floats
    communality: Floats
    distance: int
    failed: int
    asked: int


def blindfold(rows: Rows, design: Design, estimator: Estimator, distance: int | None = None) -> Blindfolded:
    """Hide every `distance`-th answer of each endogenous block in turn, with the mean of the others in its place.

    Answers are counted along the items, in the order of the rows, and items are standardised, as by semPLS
    (``qSquared(dlines = FALSE)``).

    Parameters
    ----------
    rows : Rows
        Answers; missing ones stand at the mean of their item throughout and are never predicted.
    design, estimator : Design, Estimator
        PLS: the scores of PLSc must not be carried through corrected paths.
    distance : int, optional
        Omission distance, by default 7, or near it where 7 divides the number of rows: whole respondents would be
        hidden then (Hair, Hult, Ringle & Sarstedt 2017, chapter 6).

    Returns
    -------
    Blindfolded
        Constructs in the order of ``design.endogenous``; a single item has no communality.

    Raises
    ------
    SpecError
        PLSc, constructs of higher order.
    DataError
        A distance that is no whole number from 2 up, divides the number of rows or reaches it.
    """
    distance = _refuse(design, estimator, distance, rows.n)
    x = rows.x[rows.kept][:, design.columns]
    a = rows.a / rows.a.sum()
    known = ~np.isnan(x)
    spread = np.sqrt(np.diagonal(_moments([_filled(x, a, known)], a, rows, tuple(design.items)).cov[0]))
    x = x / np.where(spread > 0, spread, 1.0)
    rounds = [(j, k) for j in design.endogenous for k in range(distance)]
    hidden = [_hidden(x.shape, design.blocks[j], distance, k) for j, k in rounds]
    shown = [_filled(x, a, known & ~cells) for cells in hidden]
    fit = estimator(design, _moments(shown, a, rows, tuple(design.items)))
    error = {j: np.zeros(3) for j in design.endogenous}
    failed = 0
    for b, (j, _) in enumerate(rounds):
        if int(fit.status[b]) & int(UNUSABLE):
            failed += 1
            continue
        error[j] += _squares(x, shown[b], hidden[b] & known, (fit, b, j), a)
    total = np.stack([error[j] for j in design.endogenous])
    total[[len(design.blocks[j]) == 1 for j in design.endogenous], 1] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        redundancy, communality = (1 - total[:, part] / total[:, 2] for part in (0, 1))
    places = np.asarray(design.endogenous, dtype=np.intp)
    return Blindfolded(places, redundancy, communality, distance, failed, len(rounds))


def _refuse(design: Design, estimator: Estimator, distance: int | None, n: int) -> int:
    if isinstance(estimator, PLSc):
        raise SpecError(Problem("blindfolding is defined for PLS", "estimator", "plsc", remedy="take prediction()"))
    refuse_higher_order(design, N_("blindfolding is not defined for constructs of higher order"))
    usual = next((d for d in USUAL if n % d), USUAL[0])
    chosen = usual if distance is None else distance
    if not is_whole(chosen) or not 2 <= chosen < n:
        allowed = Message("2 to {n}", n=n - 1)
        raise DataError(Problem("the omission distance is a whole number", "distance", repr(chosen)[:50], allowed))
    if n % chosen == 0:
        what = Message("the omission distance divides the {n} rows: whole respondents would be hidden", n=n)
        raise DataError(Problem(what, "distance", str(chosen), remedy=Message("distance={d}", d=usual)))
    return chosen


def _hidden(shape: tuple[int, ...], block: NDArray[np.intp], distance: int, start: int) -> Bools:
    """(n, p) answers of a block that are hidden in one round, counted along the items."""
    out = np.zeros(shape, dtype=bool)
    out[:, block] = (np.arange(shape[0] * len(block)) % distance == start).reshape(len(block), -1).T
    return out


def _filled(x: Floats, a: Floats, there: Bools) -> Floats:
    """(n, p) answers with the mean of those that are there in place of the others."""
    weight = a[:, None] * there
    mean = (weight * np.where(there, x, 0.0)).sum(axis=0) / weight.sum(axis=0)
    return np.where(there, x, mean)


def _moments(shown: list[Floats], a: Floats, rows: Rows, items: tuple[str, ...]) -> Moments:
    """Moments of every round, batch axis ``(rounds,)``."""
    mean = np.stack([a @ part for part in shown])
    centred = [part - m for part, m in zip(shown, mean, strict=True)]
    cov = np.stack([(part * a[:, None]).T @ part for part in centred])
    ones = np.ones(len(shown))
    return Moments(mean, cov, rows.n * ones, ones / (a**2).sum(), items)


def _squares(x: Floats, shown: Floats, cells: Bools, of: tuple[Fit, int, int], a: Floats) -> Floats:
    """(3,) weighted squared errors of hidden answers: by the predecessors, by the own score, by the mean."""
    fit, b, j = of
    mean, sd = fit.moments.mean[b], fit.moments.sd[b]
    z = np.divide(shown - mean, sd, out=np.zeros_like(shown), where=sd > 0)
    scores = z @ fit.weights[b]
    block = fit.design.blocks[j]
    scale = fit.loadings[b][block, j] * sd[block]
    at = cells[:, block]
    gap = np.where(at, x[:, block] - mean[block], 0.0)
    parts = (scores @ fit.paths[b][j], scores[:, j], np.zeros(len(x)))
    return np.asarray([(a[:, None] * np.where(at, gap - part[:, None] * scale, 0.0) ** 2).sum() for part in parts])
