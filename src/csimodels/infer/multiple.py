"""Several tests at once: p-values corrected for their number (docs/rollup.md)."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from csimodels.arguments import is_one_of, shown
from csimodels.errors import Problem, SpecError, nearest
from csimodels.moments.linalg import Floats

Adjust = Literal["holm", "bh", "none"]


def adjusted(p: Floats, method: Adjust = "holm") -> Floats:
    """P-values corrected for the number of tests along the last axis.

    Parameters
    ----------
    p : (*B, m) p-values; NaN is no test, does not count, and stays NaN.
    method : ``"holm"``: step-down Bonferroni, the chance of any false rejection is at most the nominal one, whatever
        the dependence (Holm 1979); ``"bh"``: expected share of false rejections among all rejections (Benjamini &
        Hochberg 1995, under independence or positive dependence); ``"none"``: as they are.

    Returns
    -------
    (*B, m) array, at most 1.

    Raises
    ------
    SpecError
        `method` is unknown.
    """
    if not is_one_of(method, get_args(Adjust)):
        known = get_args(Adjust)
        hint = nearest(method, known)
        raise SpecError(Problem("unknown adjustment", "adjust", shown(method), ", ".join(known), hint))
    if method == "none" or p.shape[-1] == 0:
        return np.array(p, dtype=float)
    order = np.argsort(p, axis=-1, kind="stable")  # NaN last
    ordered = np.take_along_axis(p, order, axis=-1)
    tests = (~np.isnan(p)).sum(axis=-1, keepdims=True)
    place = np.arange(p.shape[-1])
    if method == "holm":
        stepped = np.fmax.accumulate(np.maximum(tests - place, 1) * ordered, axis=-1)
    else:
        stepped = np.fmin.accumulate((tests / (place + 1) * ordered)[..., ::-1], axis=-1)[..., ::-1]
    out = np.empty_like(ordered)
    np.put_along_axis(out, order, np.minimum(stepped, 1.0), axis=-1)
    return np.where(np.isnan(p), np.nan, out)
