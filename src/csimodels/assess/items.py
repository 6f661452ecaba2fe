"""Items on their own: descriptive statistics, and whether their correlations carry factors at all (F30)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem
from csimodels.messages import Message
from csimodels.moments import Rows
from csimodels.moments.linalg import Floats, correlation, safe_inverse
from csimodels.moments.replicates import uniforms
from csimodels.moments.tails import chi2_p


@dataclass(frozen=True, eq=False)
class ItemStatistics:
    """Weighted statistics of every item over the answers that are there; all arrays (p,).

    Attributes
    ----------
    n : answers;  missing : share of rows without an answer.
    mean, sd : scale points; ``sd`` with divisor ``n - 1``.
    skewness, kurtosis : moment coefficients ``m3 / m2^(3/2)`` and ``m4 / m2^2 - 3`` (type 1); NaN for constant items.
    floor, ceiling : shares of answers at the ends of the scale.
    """

    n: Floats
    missing: Floats
    mean: Floats
    sd: Floats
    skewness: Floats
    kurtosis: Floats
    floor: Floats
    ceiling: Floats


def item_statistics(x: Floats, low: Floats, high: Floats, weights: Floats | None = None) -> ItemStatistics:
    """Statistics of answers ``(n, p)`` on scales from `low` to `high` ``(p,)``; NaN is no answer."""
    a = np.ones(len(x)) if weights is None else weights
    there = ~np.isnan(x)
    w = a[:, None] * there
    total, n = w.sum(axis=0), there.sum(axis=0)
    z = np.where(there, x, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (w * z).sum(axis=0) / total
        gap = np.where(there, x - mean, 0.0)
        second, third, fourth = ((w * gap**k).sum(axis=0) / total for k in (2, 3, 4))
        spread = np.where(second > 1e-24 * (1 + mean**2), second, np.nan)
        sd = np.sqrt(second * n / (n - 1))
        skewness, kurtosis = third / spread**1.5, fourth / spread**2 - 3
        ends = [(w * (z == end)).sum(axis=0) / total for end in (low, high)]
    missing = 1 - total / a.sum()
    return ItemStatistics(n.astype(np.float64), missing, mean, sd, skewness, kurtosis, ends[0], ends[1])


@dataclass(frozen=True, eq=False)
class Suitability:
    """Whether correlations suit a factor analysis.

    Attributes
    ----------
    kmo : (*B,) Kaiser-Meyer-Olkin measure;  msa : (*B, p) the same of every item.
    chi2, p : (*B,) Bartlett's test that no items correlate;  df : its degrees of freedom.
    """

    kmo: Floats
    msa: Floats
    chi2: Floats
    df: int
    p: Floats


def suitability(corr: Floats, n: Floats | float) -> Suitability:
    """KMO (Kaiser & Rice 1974) and Bartlett's sphericity (1951) of correlations ``(*B, p, p)`` of ``n`` rows.

    NaN where the matrix is singular.
    """
    p = corr.shape[-1]
    off = ~np.eye(p, dtype=bool)
    inverse = safe_inverse(corr)
    scale = np.sqrt(np.diagonal(inverse, axis1=-2, axis2=-1))
    partial = -inverse / (scale[..., :, None] * scale[..., None, :])
    simple = np.where(off, corr, 0.0) ** 2
    rest = np.where(off, partial, 0.0) ** 2
    one, two = simple.sum(axis=-1), rest.sum(axis=-1)
    good = ~np.isnan(inverse[..., 0, 0])
    safe = np.where(good[..., None, None], corr, np.eye(p))
    chi2 = np.where(good, -(n - 1 - (2 * p + 5) / 6) * np.linalg.slogdet(safe)[1], np.nan)
    df = p * (p - 1) // 2
    kmo = one.sum(axis=-1) / (one.sum(axis=-1) + two.sum(axis=-1))
    return Suitability(np.asarray(kmo), one / (one + two), chi2, df, chi2_p(chi2, df))


@dataclass(frozen=True, eq=False)
class ParallelAnalysis:
    """Eigenvalues of the items' correlations beside those of items that do not correlate.

    Attributes
    ----------
    eigenvalue : (p,) largest first;  reference : (p,) quantile of the permuted data at each place.
    factors : how many stand above their reference before the first that does not.
    n : complete rows used.
    """

    eigenvalue: Floats
    reference: Floats
    factors: int
    n: int


def parallel_analysis(rows: Rows, replicates: int = 500, seed: int = 1, level: float = 0.95) -> ParallelAnalysis:
    """Horn's parallel analysis with permuted columns (Buja & Eyuboglu 1992): margins kept, correlations broken.

    Parameters
    ----------
    rows : Rows
        Rows with a missing answer are left out; sampling weights stay with their row.
    replicates, seed : int
        Permuted data sets, and where their numbers come from.
    level : float
        Quantile of their eigenvalues that counts as chance.
    """
    complete = ~np.isnan(rows.x).any(axis=1)
    x = rows.x[complete]
    a = np.ones(len(x)) if rows.weights is None else rows.weights[complete]
    n, p = x.shape
    vary = np.ptp(x, axis=0) > 0 if n else np.zeros(p, dtype=bool)
    flat = [name for name, varies in zip(rows.items, vary, strict=True) if not varies]
    if flat:
        found = Message("no variation in {names}", names=", ".join(flat))
        raise DataError(Problem("parallel analysis needs items that vary", found=found, remedy="leave them out"))
    observed = _eigenvalues(x, a)
    drawn = np.empty((replicates, p))
    for b in range(replicates):
        order = np.argsort(uniforms(seed, 0, b, b + 1, n * p).reshape(n, p), axis=0)
        drawn[b] = _eigenvalues(np.take_along_axis(x, order, axis=0), a)
    reference = np.quantile(drawn, level, axis=0)
    above: NDArray[np.bool_] = observed > reference
    factors = p if above.all() else int(np.argmin(above))
    return ParallelAnalysis(observed, reference, factors, n)


def _eigenvalues(x: Floats, a: Floats) -> Floats:
    centred = x - (a @ x) / a.sum()
    cov = (centred * a[:, None]).T @ centred / a.sum()
    return np.asarray(np.linalg.eigvalsh(correlation(cov))[::-1])
