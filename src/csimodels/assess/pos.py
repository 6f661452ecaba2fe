"""PLS-POS: prediction-oriented segments, by moving respondents to where their answers are explained better.

(Becker, Rai, Ringle & Voelckner 2013.)  A segment is its moments, so a move is one row taken from a sum and added to
another, and many moves are tried as one batch of fits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import UNUSABLE, DataError, Problem, is_whole
from csimodels.estimate import Design, Estimator, Fit
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats
from csimodels.moments.replicates import row_uniforms
from csimodels.moments.threads import single_blas

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class SegmentationSettings:
    """How segments are searched.

    Parameters
    ----------
    starts : int
        Random partitions to start from.
    seed : int
        Where they come from.
    depth : int
        Moves tried at a time, those that promise most.
    max_iter : int
        Rounds of moves at most.
    smallest : int
        Respondents a segment keeps; None: ten, or two more than the predictors of the longest equation.
    """

    starts: int = 10
    seed: int = 1
    depth: int = 200
    max_iter: int = 500
    smallest: int | None = None


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The partition with the largest sum of R2.

    Attributes
    ----------
    segment : (n,) array
        Segment of each respondent, the largest first.
    fit : Fit
        Of the segments, batch axis ``(K,)``.
    objective : float
        Sum of R2 over segments and endogenous constructs.
    objectives : (S,) array
        Of every start; -inf where one fell below the smallest size or had no fit.
    converged : bool
        No move among those tried improves it any more.
    """

    segment: Ints
    fit: Fit
    objective: float
    objectives: Floats
    converged: bool


def segment_by_prediction(
    x: Floats,
    design: Design,
    estimator: Estimator,
    segments: int,
    settings: SegmentationSettings | None = None,
    starts: Ints | None = None,
) -> Segmentation:
    """Search ``K`` segments of complete answers.

    Parameters
    ----------
    x : (n, p) array
        Answers along the items of the model, none missing.
    design, estimator : Design, Estimator
        What every segment is fitted with.
    segments : int
        ``K``, at least 2.
    settings : SegmentationSettings
        Starts and limits of the search.
    starts : (S, n) array, optional
        Partitions to start from, for example the segments of FIMIX, instead of random ones.

    Raises
    ------
    DataError
        More segments than the rows can fill, missing answers, or no start that stands.
    """
    settings = settings or SegmentationSettings()
    search = _Search.of(x, design, estimator, segments, settings)
    begin = _partitions(len(x), segments, search.smallest, settings) if starts is None else starts
    with single_blas():
        found = [search.climb(np.asarray(start, dtype=np.intp), settings) for start in begin]
    values = np.asarray([value for _, value, _ in found])
    if not np.isfinite(values).any():
        what = "no start leads to segments that can all be fitted"
        raise DataError(
            Problem(
                what,
                found=Message("{segments} segments, {n} starts", segments=segments, n=len(begin)),
                remedy="fewer segments",
            )
        )
    label, value, converged = found[int(values.argmax())]
    order = np.argsort(-np.bincount(label, minlength=segments), kind="stable")
    place = np.empty(segments, dtype=np.intp)
    place[order] = np.arange(segments)
    label = place[label]
    return Segmentation(label, search.fit(search.sums(label)), float(value), values, converged)


def _partitions(n: int, segments: int, smallest: int, settings: SegmentationSettings) -> list[Ints]:
    """Random partitions in which every segment has the smallest size at least."""
    sure = np.repeat(np.arange(segments), smallest)
    out = []
    for start in range(settings.starts):
        draws = row_uniforms(settings.seed, segments, start, 2 * n)
        rest = (draws[: n - len(sure)] * segments).astype(np.intp)
        out.append(np.concatenate([sure, rest])[np.argsort(draws[n:], kind="stable")])
    return out


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums of segments or of tried segments: ``n (B,)``, ``wx (B, p)``, ``wxx (B, p, p)``."""

    n: Floats
    wx: Floats
    wxx: Floats

    def __getitem__(self, index: Ints) -> _Sums:
        return _Sums(self.n[index], self.wx[index], self.wxx[index])

    def shifted(self, rows: Floats, sign: float) -> _Sums:
        """With one row ``(B, p)`` more or less in each."""
        return _Sums(self.n + sign, self.wx + sign * rows, self.wxx + sign * rows[:, :, None] * rows[:, None, :])


@dataclass(frozen=True, eq=False)
class _Search:
    """The answers, the model, and the scores of the fit of all."""

    z: Floats
    shift: Floats
    design: Design
    estimator: Estimator
    segments: int
    smallest: int
    scores: Floats

    @classmethod
    def of(
        cls, x: Floats, design: Design, estimator: Estimator, segments: int, settings: SegmentationSettings
    ) -> _Search:
        longest = max((len(design.predecessors[j]) for j in design.endogenous), default=1)
        smallest = settings.smallest or max(10, longest + 2)
        problems = []
        if not is_whole(segments) or segments < 2 or segments * smallest > len(x):
            allowed = Message(
                "2 to {n} segments of {smallest} respondents at least", n=len(x) // smallest, smallest=smallest
            )
            problems.append(Problem("these rows cannot fill the segments", "segments", str(segments), allowed))
        holes = int(np.isnan(x).any(axis=1).sum())
        if holes:
            remedy = "fill the answers by a missing rule, or leave these rows out"
            problems.append(
                Problem(
                    "answers are missing", found=Message("{holes} of {n} rows", holes=holes, n=len(x)), remedy=remedy
                )
            )
        if problems:
            raise DataError(problems)
        shift = x.mean(axis=0)
        whole = cls(x - shift, shift, design, estimator, 1, smallest, np.empty((0, 0)))
        fit = whole.fit(whole.sums(np.zeros(len(x), dtype=np.intp)))
        scores = whole.z[:, design.columns] / fit.moments.sd[0] @ fit.weights[0]
        return cls(whole.z, shift, design, estimator, segments, smallest, scores)

    def sums(self, label: Ints) -> _Sums:
        """(K,) sums of the segments."""
        member = np.asarray(label == np.arange(self.segments)[:, None], dtype=np.float64)
        wxx = np.stack([(self.z * one[:, None]).T @ self.z for one in member])
        return _Sums(member.sum(axis=1), member @ self.z, wxx)

    def fit(self, sums: _Sums) -> Fit:
        """Fits of sums, ``(B,)``."""
        n = np.maximum(sums.n, 1)
        centre = sums.wx / n[:, None]
        cov = sums.wxx / n[:, None, None] - centre[:, :, None] * centre[:, None, :]
        names = dict(zip(self.design.columns.tolist(), self.design.items, strict=True))
        items = tuple(names[k] for k in sorted(names))
        return self.estimator(self.design, Moments(centre + self.shift, cov, sums.n, sums.n, items))

    def value(self, fit: Fit) -> Floats:
        """(B,) sum of R2 of the endogenous constructs; -inf where a fit is not usable."""
        total = fit.r2[..., list(self.design.endogenous)].sum(axis=-1)
        return np.where((fit.status & int(UNUSABLE)) != 0, -np.inf, total)

    def distances(self, fit: Fit) -> Floats:
        """(n, K) sum over equations of the residual of each respondent in each segment, relative to all of it.

        Scores are those of the fit of all respondents, paths those of the segment (Becker et al. 2013, appendix B).
        """
        ends = list(self.design.endogenous)
        predicted = np.swapaxes(fit.paths @ self.scores.T, 1, 2)[..., ends]
        squared = (self.scores[None][..., ends] - predicted) ** 2
        return np.asarray(np.sqrt(squared / squared.sum(axis=1, keepdims=True)).sum(axis=-1).T)

    def climb(self, label: Ints, settings: SegmentationSettings) -> tuple[Ints, float, bool]:
        """Move respondents from a partition as long as the sum of R2 rises; partition, value, whether it settled."""
        fit = self.fit(self.sums(label))
        if not np.isfinite(self.value(fit)).all():
            return label, -np.inf, False
        label = self.distances(fit).argmin(axis=1).astype(np.intp)
        if np.bincount(label, minlength=self.segments).min() < self.smallest:
            return label, -np.inf, False
        sums = self.sums(label)
        fit = self.fit(sums)
        value = float(self.value(fit).sum())
        for _ in range(settings.max_iter):
            moves = self._moves(label, fit, sums, settings.depth)
            step = self._accepted(label, moves, value)
            if step is None:
                return label, value, True
            label, value = step
            sums = self.sums(label)
            fit = self.fit(sums)
        return label, value, False

    def _moves(self, label: Ints, fit: Fit, sums: _Sums, depth: int) -> tuple[Ints, Ints, Floats]:
        """Respondents, where they would go, and the gain of each move alone, best first; only gains above zero."""
        distance = self.distances(fit)
        row = np.arange(len(label))
        own = distance[row, label]
        other = distance.copy()
        other[row, label] = np.inf
        target, promise = other.argmin(axis=1), own - other.min(axis=1)
        tried = np.argsort(-promise, kind="stable")[:depth]
        tried = tried[(promise[tried] > 0) & (sums.n[label[tried]] > self.smallest)]
        if not len(tried):
            return tried, tried, np.empty(0)
        rows, source, goal = self.z[tried], label[tried], target[tried]
        left, right = sums[source].shifted(rows, -1.0), sums[goal].shifted(rows, 1.0)
        both = _Sums(*(np.concatenate([a, b]) for a, b in zip(vars(left).values(), vars(right).values(), strict=True)))
        after = self.value(self.fit(both)).reshape(2, -1).sum(axis=0)
        before = self.value(fit)
        gain = after - before[source] - before[goal]
        best = np.argsort(-gain, kind="stable")
        best = best[gain[best] > 1e-10]
        return tried[best], goal[best].astype(np.intp), gain[best]

    def _accepted(self, label: Ints, moves: tuple[Ints, Ints, Floats], value: float) -> tuple[Ints, float] | None:
        """As many of the best moves at once as improve the whole: all, half of them ... one, or None."""
        who, goal, gain = moves
        size = len(who)
        while size:
            tried = label.copy()
            tried[who[:size]] = goal[:size]
            if np.bincount(tried, minlength=self.segments).min() >= self.smallest:
                reached = float(self.value(self.fit(self.sums(tried))).sum())
                if reached > value + min(1e-10, gain[0] / 2):
                    return tried, reached
            size //= 2
        return None
