"""Which way a construct points: the sign of most of its loadings."""

from __future__ import annotations

import numpy as np

from csimodels.estimate.design import Design
from csimodels.moments.linalg import Floats, entries


def own_loadings(design: Design, loadings: Floats) -> Floats:
    """(*B, p) each item's loading on its own construct."""
    return entries(loadings, np.arange(len(design.block)), design.block)


def majority_sign(own: Floats, design: Design) -> Floats:
    """(*B, J) +1 or -1: the sign of most of a construct's loadings, ties by its largest loading."""
    votes = np.sign(own) @ design.mask
    out = np.sign(votes)
    tied = votes == 0
    if np.any(tied):
        for j, block in enumerate(design.blocks):
            values = own[..., block]
            largest = np.take_along_axis(values, np.abs(values).argmax(axis=-1)[..., None], axis=-1)[..., 0]
            out[..., j] = np.where(tied[..., j], np.sign(largest), out[..., j])
    return np.where(out == 0, 1.0, out)
