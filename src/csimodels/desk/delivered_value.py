"""Delivered value: what customers get less what it costs them (Kotler: product, service, personnel and image value).

Functions for work of your own: no table of a run shows them. Positive: satisfied by this reading. The parts are 0-100
indices, so any of them may be a composite of the model, and the value is a linear map of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.moments.linalg import Floats

VALUES = ("product", "service", "person", "image")
COSTS = ("money", "time", "energy", "mind")


@dataclass(frozen=True, eq=False)
class DeliveredValue:
    """Weighted total value and total cost (0-100), and their difference (-100 to 100), each ``(*B,)``."""

    value: Floats
    cost: Floats
    delivered: Floats


def delivered_value(
    values: Floats, costs: Floats, value_weights: Floats | None = None, cost_weights: Floats | None = None
) -> DeliveredValue:
    """Total value less total cost.

    Parameters
    ----------
    values, costs : (*B, V) and (*B, C) arrays
        0-100 scores of what is got and of what is given.
    value_weights, cost_weights : (V,) and (C,) arrays, optional
        Weights within each side, summing to 1; equal by default.
    """
    value, cost = _mean(values, value_weights), _mean(costs, cost_weights)
    return DeliveredValue(value, cost, value - cost)


def delivered_map(value_weights: Floats, cost_weights: Floats) -> Floats:
    """(V + C,) coefficients of the delivered value in the scores (values, costs): its variance is ``c' V c``."""
    return np.concatenate([value_weights, -cost_weights])


def _mean(scores: Floats, weights: Floats | None) -> Floats:
    return np.asarray(scores.mean(axis=-1) if weights is None else scores @ weights)
