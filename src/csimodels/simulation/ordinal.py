"""Survey answers as cut normal variables: marginals with a stated mean, and the correlations they keep.

An answer ``x = g(z)`` is a step function of a standard normal ``z``.  Its Hermite coefficients
``c_h = E[x* He_h(z)] / sqrt(h!)`` (``x*`` standardised) give the exact correlation of two answers whose normal
variables correlate ``rho`` (Mehler 1866): ``corr(x_j, x_k) = sum_h c_jh c_kh rho^h``.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from csimodels.moments.linalg import Floats
from csimodels.spec.model import Item

#: Answers of a scale are its whole numbers, up to this many; wider or fractional scales get as many equal steps.
MOST_ANSWERS = 101

#: Largest change of a log probability in one step of the search for a marginal.
LONGEST_STEP = 4.0

#: Bound on what the cut-off Hermite series leaves out of a correlation.
SERIES_TOL = 1e-10
MOST_TERMS = 4096


def answers(item: Item) -> Floats:
    """(K,) the answers an item allows, ascending, on its raw scale.

    Whole numbers from the lowest to the highest; where ``values`` holds numbers that are not among them, those numbers
    and the ends of the scale.
    """
    low, high = item.scale
    width = high - low
    whole = width == round(width) and width < MOST_ANSWERS
    grid = np.linspace(low, high, round(width) + 1 if whole else MOST_ANSWERS)
    stated = np.asarray([number for _, number in item.values], dtype=np.float64)
    if len(stated) and not np.isin(stated, grid).all():
        return np.unique(np.concatenate([stated, [low, high]]))
    return grid


def default_sd(size: int, mean: float) -> float:
    """A usual standard deviation, in points of 0-100, of an item with `size` answers and that mean.

    20 points, as in published satisfaction surveys, but never beyond 0.55 of the largest possible, so that answers do
    not gather at both ends, nor below what a binomial shape has (scales with few answers).
    """
    largest = math.sqrt(mean * (100.0 - mean))
    return max(min(20.0, 0.55 * largest), 1.05 * largest / math.sqrt(size - 1))


def marginal(points: Floats, mean: float, sd: float, skew: float | None = None) -> Floats | None:
    """Probabilities of the answers with exactly the stated mean, standard deviation and, where given, skewness.

    A beta-binomial shape (left-skewed for means above the middle), tilted exponentially as little as the stated moments
    ask for (minimum discrimination information; Kullback 1959).  Two answers leave only the mean free, three only the
    mean and the standard deviation; what cannot be chosen is ignored.

    Parameters
    ----------
    points : (K,) answers on 0-100, ascending;  mean, sd : points;  skew : third standardised moment.

    Returns
    -------
    (K,) probabilities, or None where no distribution on these answers has those moments, or only one at the very edge.
    """
    size = len(points)
    if size == 2:
        share = (mean - points[0]) / (points[1] - points[0])
        return np.asarray([1.0 - share, share])
    centred = (points - mean) / sd
    features = [centred, centred**2 - 1.0]
    if skew is not None and size > 3:
        features.append(centred**3 - skew)
    return _tilted(_beta_binomial(size, mean / 100.0, sd / 100.0), np.stack(features, axis=1))


def _beta_binomial(size: int, mean: float, sd: float) -> Floats:
    """Beta-binomial on `size` answers with that mean and, as far as it goes, that sd, both as shares of the scale."""
    n = size - 1
    binomial = mean * (1.0 - mean) / n
    overlap = min(max((sd**2 / binomial - 1.0) / (n - 1.0), 1e-4), 0.95)
    a, b = mean * (1.0 - overlap) / overlap, (1.0 - mean) * (1.0 - overlap) / overlap
    log = np.asarray(
        [math.lgamma(k + a) + math.lgamma(n - k + b) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(size)]
    )
    p = np.maximum(np.exp(log - log.max()), 1e-280)
    return np.asarray(p / p.sum())


def _tilted(base: Floats, features: Floats, max_iter: int = 200) -> Floats | None:
    """``base * exp(features theta)`` with all expected features zero, by damped Newton steps on the convex dual."""
    theta = np.zeros(features.shape[1])

    def state(t: Floats) -> tuple[float, Floats]:
        log = np.log(base) + features @ t
        top = log.max()
        p = np.exp(log - top)
        return float(top + np.log(p.sum())), p / p.sum()

    value, p = state(theta)
    for _ in range(max_iter):
        gradient = p @ features
        if np.abs(gradient).max() < 1e-12:
            break
        hessian = (features * p[:, None]).T @ features - np.outer(gradient, gradient)
        step = np.linalg.lstsq(hessian, gradient, rcond=1e-14)[0]
        step *= min(1.0, LONGEST_STEP / max(float(np.abs(features @ step).max()), LONGEST_STEP))
        slope, size = float(gradient @ step), 1.0
        new_value, new_p = state(theta - step)
        while new_value > value - 1e-4 * size * slope + 1e-14 * (1.0 + abs(value)) and size > 1e-9:
            size /= 2
            new_value, new_p = state(theta - size * step)
        theta, value, p = theta - size * step, new_value, new_p
    return p if np.abs(p @ features).max() < 1e-9 else None


def cuts(probabilities: Floats) -> Floats:
    """(K - 1,) where a standard normal is cut so that the answers have these probabilities."""
    normal = NormalDist()
    below, above = np.cumsum(probabilities)[:-1], np.cumsum(probabilities[::-1])[::-1][1:]
    tiny = 1e-300
    return np.asarray(
        [
            normal.inv_cdf(max(float(b), tiny)) if b <= 0.5 else -normal.inv_cdf(max(float(a), tiny))
            for b, a in zip(below, above, strict=True)
        ]
    )


def hermite(values: Floats, thresholds: Floats, sd: float, terms: int) -> Floats:
    """(terms,) Hermite coefficients ``c_1 ... c_terms`` of the standardised answer.

    ``E[x He_h(z)] = sum_k (v_{k+1} - v_k) phi(t_k) He_{h-1}(t_k)``, with normalised polynomials so that nothing
    overflows.

    Parameters
    ----------
    values : (K,) answers;  thresholds : (K - 1,) cuts;  sd : standard deviation of the answer, in the unit of `values`.
    """
    jumps = np.diff(values) * np.exp(-0.5 * thresholds**2) / math.sqrt(2.0 * math.pi) / sd
    previous, current = np.zeros_like(thresholds), np.ones_like(thresholds)
    out = np.empty(terms)
    for h in range(1, terms + 1):
        out[h - 1] = (jumps @ current) / math.sqrt(h)
        previous, current = current, (thresholds * current - math.sqrt(h - 1) * previous) / math.sqrt(h)
    return out


def correlations(values: list[Floats], thresholds: list[Floats], sd: Floats, rho: Floats) -> Floats:
    """(p, p) exact correlations of the answers whose normal variables correlate `rho` ``(p, p)``.

    The series stops when its rest, at most ``|rho|^(H+1) (1 - sum c^2)`` by Cauchy and Schwarz, is below
    :data:`SERIES_TOL` for every pair.
    """
    off = np.abs(rho - np.diag(np.diag(rho)))
    terms = 32
    while True:
        c = np.stack([hermite(v, t, float(s), terms) for v, t, s in zip(values, thresholds, sd, strict=True)])
        left = np.sqrt(np.clip(1.0 - (c**2).sum(axis=1), 0.0, 1.0))
        rest = off ** (terms + 1) * np.outer(left, left)
        if rest.max(initial=0.0) < SERIES_TOL or terms >= MOST_TERMS:
            break
        terms *= 2
    out = np.zeros_like(rho)
    for h in range(terms - 1, -1, -1):  # Horner
        out = (out + np.outer(c[:, h], c[:, h])) * rho
    np.fill_diagonal(out, 1.0)
    return out
