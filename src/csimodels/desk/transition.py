"""How customers move between states from wave to wave of a panel.

Becomes three tables: ``transition`` (from, to, count, share, se, low, high), ``states`` (state, share_now, share_next,
stationary, expected_waves, value) and ``transition_tests`` (mobility, second_eigenvalue, chi2, df, p).  Only the same
persons asked twice show moves: two cross-sections leave the matrix undetermined and are refused.  Sources: Stuart
(1955) and Maxwell (1970), Shorrocks (1978), Kemeny & Snell (1960), Pfeifer & Carraway (2000).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, listed
from csimodels.messages import Message
from csimodels.moments.linalg import Floats, spd_solve
from csimodels.moments.tails import chi2_p

#: Eigenvalues nearer to 1 than this are 1.
_ONE = 1e-9
#: Bounds of eigenvalues that are further from 1 than this spare the eigenvalues themselves.
_SHARED = 1e-6


@dataclass(frozen=True, eq=False)
class MarginTest:
    """Test that the shares of the states are the same in both waves: chi-square ``(*B,)``, df and p."""

    chi2: Floats
    df: int
    p: Floats


def check_panel(first: Sequence[Hashable], second: Sequence[Hashable], where: str = "panel") -> list[Problem]:
    """Problems of the person keys of two waves: a key twice in a wave, or nobody in both (cross-sections)."""
    problems = []
    for wave, keys in ((Message("first wave"), first), (Message("second wave"), second)):
        seen: set[Hashable] = set()
        twice = [key for key in keys if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
        if twice:
            problems.append(Problem("a person stands in a wave twice", f"{where}, {wave}", listed(twice), "once"))
    if not set(first) & set(second):
        remedy = "ask the same persons again; two cross-sections show shares of states, not moves between them"
        problems.append(Problem("no person is in both waves", where, Message("0 in both"), Message("a panel"), remedy))
    return problems


def transition_counts(
    before: NDArray[np.intp], after: NDArray[np.intp], states: int, weights: Floats | None = None
) -> Floats:
    """(K, K) weighted numbers of persons who went from each state to each; states are 0 .. K-1, -1 for unknown."""
    w = np.ones(len(before)) if weights is None else weights
    both = (before >= 0) & (after >= 0)
    place = before[both] * states + after[both]
    return np.bincount(place, w[both], minlength=states * states).reshape(states, states).astype(np.float64)


def transition_matrix(counts: Floats) -> Floats:
    """(*B, K, K) shares of each state's customers by where they went; a row of NaN for a state without customers."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def next_shares(shares: Floats, matrix: Floats) -> Floats:
    """(*B, K) shares one wave later, ``p P``."""
    return np.asarray((shares[..., None, :] @ matrix)[..., 0, :])


def stationary_shares(matrix: Floats) -> Floats:
    """(*B, K) shares that no longer change, ``pi P = pi``; NaN where they are not unique (separate closed groups)."""
    k = matrix.shape[-1]
    known = np.asarray(np.isfinite(matrix).all(axis=(-2, -1)))
    p = np.where(known[..., None, None], matrix, np.eye(k))
    shared = p.min(axis=-2).sum(axis=-1)  # the other eigenvalues lie within 1 less this (Doeblin; Seneta 2006, ch. 4)
    unique = np.asarray(shared > _SHARED)
    if not unique.all():
        unique[~unique] = (np.abs(np.linalg.eigvals(p[~unique]) - 1) < _ONE).sum(axis=-1) == 1
    system = np.concatenate([np.swapaxes(p, -1, -2) - np.eye(k), np.ones((*p.shape[:-2], 1, k))], axis=-2)
    pi = np.linalg.pinv(system)[..., :, -1]
    return np.where((known & unique)[..., None], pi, np.nan)


def second_eigenvalue(matrix: Floats) -> Floats:
    """(*B,) modulus of the second largest eigenvalue: how much of a disturbance is left after one wave."""
    return np.asarray(np.sort(np.abs(np.linalg.eigvals(matrix)), axis=-1)[..., -2])


def mobility(matrix: Floats) -> Floats:
    """(*B,) Shorrocks' (1978) index ``(K - tr P) / (K - 1)``: 0 if nobody moves."""
    k = matrix.shape[-1]
    return np.asarray((k - np.trace(matrix, axis1=-2, axis2=-1)) / (k - 1))


def stuart_maxwell(counts: Floats) -> MarginTest:
    """Test of equal margins of paired states from unweighted counts (*B, K, K) (Stuart 1955; Maxwell 1970).

    NaN where a state has nobody who left or came.
    """
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    k = counts.shape[-1]
    variance = -(counts + np.swapaxes(counts, -1, -2))
    at = np.arange(k)
    variance[..., at, at] = rows + columns - 2 * np.diagonal(counts, axis1=-2, axis2=-1)
    d, v = (rows - columns)[..., :-1], variance[..., :-1, :-1]
    chi2 = (d * spd_solve(v, d)).sum(axis=-1)
    return MarginTest(chi2, k - 1, chi2_p(chi2, k - 1))


def expected_waves(kept: Floats) -> Floats:
    """(*B, K) waves a customer stays, the present one counted, from shares (*B, K, K) whose rows sum to less than 1.

    ``(I - Q)^-1 1`` (Kemeny & Snell 1960).  NaN where nobody is ever lost.
    """
    return _resolvent(kept, np.ones(kept.shape[-1]))


def customer_value(kept: Floats, margin: Floats, discount: float = 0.0) -> Floats:
    """(*B, K) value of a customer in each state, ``(I - Q / (1 + d))^-1 m`` (Pfeifer & Carraway 2000).

    Parameters
    ----------
    kept : (*B, K, K) array
        Shares of those who stay, by where they go; the rest is lost.
    margin : (*B, K) array
        Margin of one period in each state; that of the first period is not discounted.
    discount : float
        Rate per period.
    """
    return _resolvent(kept / (1 + discount), margin)


def _resolvent(q: Floats, right: Floats) -> Floats:
    a = np.eye(q.shape[-1]) - q
    good = np.asarray(np.isfinite(q).all(axis=(-2, -1)))
    with np.errstate(invalid="ignore"):
        sure = np.asarray(
            np.abs(q).sum(axis=-1).max(axis=-1) < 1 - _SHARED
        )  # no eigenvalue exceeds the largest row sum
    unsure = good & ~sure
    if unsure.any():
        good[unsure] = np.abs(np.linalg.eigvals(q[unsure])).max(axis=-1) < 1 - _ONE
    b = np.broadcast_to(right, (*good.shape, q.shape[-1]))[..., None]
    x = np.linalg.solve(np.where(good[..., None, None], a, np.eye(q.shape[-1])), b)[..., 0]
    return np.where(good[..., None], x, np.nan)


def dirichlet_draws(counts: Floats, size: int, seed: int) -> Floats:
    """(size, K, K) draws of the matrix from independent Dirichlet rows with parameters counts + 1/2 (Jeffreys).

    They stand in for bootstrap replicates of persons; for unweighted simple panels.
    """
    generator = np.random.Generator(np.random.Philox(key=[seed, 0x5452414E]))  # "TRAN": a stream of its own
    gamma = generator.gamma(counts + 0.5, size=(size, *counts.shape))
    return np.asarray(gamma / gamma.sum(axis=-1, keepdims=True))
