"""An index over customer classes or touchpoints: ``sum_c W_c I_c`` with weights that sum to 1.

Functions for work of your own: no table of a run shows them. For touchpoints the weight is the share of contacts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from csimodels.desk.inputs import check_weights
from csimodels.errors import Problem, listed
from csimodels.messages import Message
from csimodels.moments.linalg import Floats


def check_classes(weights: Mapping[str, float], sizes: Mapping[str, float], where: str = "classes") -> list[Problem]:
    """Problems of class weights: they do not add up, a class without respondents, a class without a weight.

    Parameters
    ----------
    weights : mapping of str to float
        Stated weight of each class.
    sizes : mapping of str to float
        Respondents of each class that the data have.
    """
    problems = check_weights(weights, where)
    empty = [name for name, weight in weights.items() if weight > 0 and not sizes.get(name, 0) > 0]
    if empty:
        remedy = "mend the name, or leave the class out and restate the weights"
        problems.append(Problem("a class has no respondents", where, listed(empty), listed(list(sizes)), remedy))
    unnamed = [name for name, size in sizes.items() if size > 0 and name not in weights]
    if unnamed:
        remedy = "give it a weight; 0 leaves it out"
        problems.append(
            Problem("a class of the data has no weight", where, listed(unnamed), Message("a weight each"), remedy)
        )
    return problems


def class_index(weights: Floats, index: Floats) -> Floats:
    """(*B,) weighted index from the indices (*B, C) of the classes; a class of weight 0 may be NaN."""
    return np.asarray(np.where(weights == 0, 0.0, index) @ weights)


def class_index_se(weights: Floats, se: Floats) -> Floats:
    """(*B,) standard error of :func:`class_index` where the classes are independent: ``sqrt(sum W_c^2 se_c^2)``."""
    return np.asarray(np.sqrt(np.where(weights == 0, 0.0, se) ** 2 @ weights**2))


def contact_weights(contacts: Floats) -> Floats:
    """(*B, C) share of each touchpoint in all contacts (*B, C)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(contacts / contacts.sum(axis=-1, keepdims=True))
