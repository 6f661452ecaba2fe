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


def entropy(x: Floats) -> Floats:
    """(*B, p) Shannon entropy of each column, as a share of its largest possible value.

    ``p_ij = x_ij / sum_i x_ij``, ``E_j = -sum_i p_ij ln p_ij / ln n``, with ``0 ln 0 = 0``.

    Parameters
    ----------
    x : (*B, n, p) array
        Values of at least 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        p = x / x.sum(axis=-2, keepdims=True)
        terms = np.where(p == 0, 0.0, p * np.log(p))
        return np.asarray(-terms.sum(axis=-2) / np.log(x.shape[-2]))


def entropy_weights(x: Floats) -> Floats:
    """(*B, p) weights ``(1 - E) / sum (1 - E)`` of the entropy method (Zeleny 1982)."""
    return _normalised(1 - entropy(x))


def critic_weights(x: Floats) -> Floats:
    """(*B, p) CRITIC weights ``s_j sum_k (1 - r_jk)`` (Diakoulaki, Mavrotas & Papayannakis 1995).

    ``s`` is the standard deviation of the item brought to 0..1 by its smallest and largest answer.  NaN throughout
    where an item is constant.
    """
    low, high = x.min(axis=-2, keepdims=True), x.max(axis=-2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = (x - low) / (high - low)
        centred = scaled - scaled.mean(axis=-2, keepdims=True)
        cov = np.swapaxes(centred, -1, -2) @ centred / (x.shape[-2] - 1)
        sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
        conflict = (1 - cov / (sd[..., :, None] * sd[..., None, :])).sum(axis=-1)
    return _normalised(sd * conflict)


def variation_weights(x: Floats) -> Floats:
    """(*B, p) weights in proportion to the coefficient of variation ``s / mean``."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return _normalised(x.std(axis=-2, ddof=1) / x.mean(axis=-2))


def _normalised(raw: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(raw / raw.sum(axis=-1, keepdims=True))
