"""How many interviews: for a half-width, for a difference, by stratum, for paths.

Asked for by ``csi plan``, ``cs.plan()`` and ``cs.plan_strata()``. Cochran (1977): sizes of simple samples (4.6), strata
(5.5); Kish (1965) design effects.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from csimodels.errors import Problem
from csimodels.moments.linalg import Floats


def check_plan(numbers: Mapping[str, float], where: str = "plan") -> list[Problem]:
    """Problems of quantities that must be above 0: standard deviation, half-width, difference, design effect."""
    return [
        Problem("this must be a number above 0", f"{where}, {name}", f"{value:g}")
        for name, value in numbers.items()
        if not (value > 0 and np.isfinite(value))
    ]


def size_for_half_width(
    sd: Floats, half_width: Floats, level: float = 0.95, deff: Floats | float = 1.0, population: Floats | float = np.inf
) -> Floats:
    """(*B,) interviews for an interval of estimate plus and minus `half_width`, rounded up.

    ``n0 = (z s / e)^2 deff``, ``n = n0 / (1 + (n0 - 1) / N)``.

    Parameters
    ----------
    sd, half_width : (*B,) arrays
        Standard deviation of a score and half-width, both in index points.
    level : float
        Confidence level.
    deff : (*B,) array
        Design effect.
    population : (*B,) array
        Customers there are; infinite by default.
    """
    n0 = (_z((1 + level) / 2) * np.asarray(sd) / half_width) ** 2 * deff
    return _whole(n0 / (1 + (n0 - 1) / population))


def half_width(sd: Floats, n: Floats, level: float = 0.95, deff: Floats | float = 1.0) -> Floats:
    """(*B,) half-width of the interval that `n` interviews reach."""
    return np.asarray(_z((1 + level) / 2) * np.asarray(sd) * np.sqrt(deff / np.asarray(n, dtype=np.float64)))


def largest_sd(half: float, n: float, level: float = 0.95) -> float:
    """The largest standard deviation for which `n` interviews reach the half-width `half`: 16.13 for 2 with 250."""
    return float(half * np.sqrt(n) / _z((1 + level) / 2))


def size_for_difference(
    sd: Floats, difference: Floats, power: float = 0.8, level: float = 0.95, deff: Floats | float = 1.0
) -> Floats:
    """(*B,) interviews in *each* of two samples to find a difference of two indices, rounded up.

    ``2 ((z_{1 - alpha/2} + z_power) s / d)^2 deff``, two-sided (Cohen 1988, section 2.4, in the normal form).
    """
    reach = (_z((1 + level) / 2) + _z(power)) * np.asarray(sd) / difference
    return _whole(2 * reach**2 * deff)


def size_for_path(path: Floats, alpha: float = 0.05, power: float = 0.8) -> Floats:
    """(*B,) interviews to find a standardised path, inverse square root method (Kock & Hadaya 2018).

    The smallest whole n above ``((z_{1 - alpha} + z_power) / |b|)^2``, one-sided; the sum of the quantiles is rounded
    to three decimals, as the paper prints it (2.486 for 5 % and power 0.8).
    """
    constant = round(float(_z(1 - alpha) + _z(power)), 3)
    with np.errstate(divide="ignore"):
        return np.asarray(np.floor((constant / np.abs(path)) ** 2) + 1)


def proportional_allocation(n: float, population: Floats) -> Floats:
    """(*B, H) interviews of each stratum in proportion to its customers (*B, H); not rounded."""
    return np.asarray(n * population / population.sum(axis=-1, keepdims=True))


def neyman_allocation(n: float, population: Floats, sd: Floats) -> Floats:
    """(*B, H) interviews of each stratum by customers times standard deviation (Neyman 1934); not rounded.

    A stratum may be given more than its population has: take it whole and divide the rest again.
    """
    mass = population * sd
    return np.asarray(n * mass / mass.sum(axis=-1, keepdims=True))


def whole_allocation(shares: Floats) -> Floats:
    """(*B, H) whole interviews with the same sum (rounded): the largest remainders are rounded up (Hamilton)."""
    down = np.floor(shares)
    missing = np.rint(shares.sum(axis=-1, keepdims=True)) - down.sum(axis=-1, keepdims=True)
    order = np.argsort(np.argsort(-(shares - down), axis=-1, kind="stable"), axis=-1)
    return np.asarray(down + (order < missing))


def weighting_effect(weights: Floats) -> Floats:
    """(*B,) Kish's (1965) design effect of unequal weights, ``n sum a^2 / (sum a)^2``."""
    return np.asarray(weights.shape[-1] * (weights**2).sum(axis=-1) / weights.sum(axis=-1) ** 2)


def cluster_effect(cluster_size: Floats, intraclass: Floats) -> Floats:
    """(*B,) design effect of clusters, ``1 + (m - 1) rho`` (Kish 1965)."""
    return np.asarray(1 + (np.asarray(cluster_size) - 1) * intraclass)


def _z(probability: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(probability))


def _whole(n: Floats) -> Floats:
    return np.asarray(np.ceil(n - 1e-9))
