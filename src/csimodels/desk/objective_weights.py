"""Weights from the answers' own spread: entropy, CRITIC, coefficient of variation.

In a spec: ``hierarchy`` with weights by entropy, CRITIC or variation, table ``hierarchy_weights``. They weigh by how
much answers differ, not by how much an item matters: an item that everybody scores alike gets next to nothing, however
important. Say so beside them.
"""

from __future__ import annotations

import numpy as np

from csimodels.messages import Message
from csimodels.moments.linalg import Floats

#: What must stand beside every such table.
CAUTION = Message("These weights follow the spread of the answers, not the importance of the items")


def entropy(x: Floats, counts: Floats | None = None) -> Floats:
    """(*B, p) Shannon entropy of each column, as a share of its largest possible value.

    ``p_ij = x_ij / sum_i x_ij``, ``E_j = -sum_i p_ij ln p_ij / ln n``, with ``0 ln 0 = 0``.

    Parameters
    ----------
    x : (*B, n, p) array
        Values of at least 0.
    counts : (n,) array, optional
        How often each row stands there; once where left out.
    """
    times = _times(x, counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = x / (times * x).sum(axis=-2, keepdims=True)
        terms = np.where(p == 0, 0.0, times * p * np.log(p))
        return np.asarray(-terms.sum(axis=-2) / np.log(times.sum()))


def entropy_weights(x: Floats, counts: Floats | None = None) -> Floats:
    """(*B, p) weights ``(1 - E) / sum (1 - E)`` of the entropy method (Zeleny 1982)."""
    return _normalised(1 - entropy(x, counts))


def critic_weights(x: Floats, counts: Floats | None = None) -> Floats:
    """(*B, p) CRITIC weights ``s_j sum_k (1 - r_jk)`` (Diakoulaki, Mavrotas & Papayannakis 1995).

    ``s`` is the standard deviation of the item brought to 0..1 by its smallest and largest answer.  NaN throughout
    where an item is constant.
    """
    low, high = x.min(axis=-2, keepdims=True), x.max(axis=-2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = (x - low) / (high - low)
        times = _times(x, counts)
        centred = scaled - (times * scaled).sum(axis=-2, keepdims=True) / times.sum()
        cov = np.swapaxes(centred, -1, -2) @ (times * centred) / (times.sum() - 1)
        sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
        conflict = (1 - cov / (sd[..., :, None] * sd[..., None, :])).sum(axis=-1)
    return _normalised(sd * conflict)


def variation_weights(x: Floats, counts: Floats | None = None) -> Floats:
    """(*B, p) weights in proportion to the coefficient of variation ``s / mean``."""
    times = _times(x, counts)
    n = times.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (times * x).sum(axis=-2, keepdims=True) / n
        sd = np.sqrt((times * (x - mean) ** 2).sum(axis=-2) / (n - 1))
        return _normalised(sd / mean[..., 0, :])


def _times(x: Floats, counts: Floats | None) -> Floats:
    """(n, 1) how often each row of ``x (*B, n, p)`` stands there."""
    return np.ones((x.shape[-2], 1)) if counts is None else counts[:, None]


def _normalised(raw: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(raw / raw.sum(axis=-1, keepdims=True))
