"""RMSEA: value, interval and tests of close and not-close fit (Steiger & Lind 1980; Browne & Cudeck 1993)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.moments.linalg import Floats

LEVEL = 0.90
CLOSE, NOT_CLOSE = 0.05, 0.08


@dataclass(frozen=True, eq=False)
class Rmsea:
    """RMSEA with its 90 % interval; p-values that it is at most .05 (close) and at least .08 (not close), all (*B,)."""

    value: Floats
    low: Floats
    high: Floats
    p_close: Floats
    p_not_close: Floats


def rmsea(
    chi2: Floats,
    df: Floats,
    n: Floats,
    groups: int,
    *,
    factor: Floats | float = 1.0,
    scaled: Floats | None = None,
    divisor: Floats | float | None = None,
) -> Rmsea:
    """RMSEA of a chi-square ``(*B,)``.

    Parameters
    ----------
    df : degrees of freedom (not whole where they are estimated);  n : observations;  groups : G.
    factor, scaled : the scaling factor c and the scaled statistic, for the robust form (Li & Bentler 2006;
        Brosseau-Liard, Savalei & Li 2012): ``sqrt((chi2 / df - c) / n * G)``, interval and tests from ``scaled``.
    divisor : what the scaled statistic was divided by, c where left out; a shifted one has another.

    Notes
    -----
    The limits are noncentralities at which the statistic is the .95 and the .05 quantile.  lavaan finds them by
    ``uniroot`` to about 1e-4, here they are exact.
    """
    chi2, df, n = (np.asarray(a, dtype=np.float64) for a in (chi2, df, n))
    stat = chi2 if scaled is None else np.asarray(scaled)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.sqrt(np.maximum(chi2 / df - factor, 0.0) / n * groups)
        per = np.asarray((factor if divisor is None else divisor) * groups / (n * df))
        tail = (1 - LEVEL) / 2
        low = np.sqrt(per * noncentrality(stat, df, 1 - tail))
        high = np.sqrt(per * noncentrality(stat, df, tail))
        p_close = _survival(stat, df, CLOSE**2 / per)
        p_not_close = 1 - _survival(stat, df, NOT_CLOSE**2 / per)
    saturated, undefined = df == 0, np.isnan(stat)
    flat = [np.where(saturated & ~undefined, 0.0, part) for part in (value, low, high)]
    return Rmsea(*(np.asarray(part) for part in (*flat, p_close, p_not_close)))


def _survival(stat: Floats, df: Floats, noncentral: Floats) -> Floats:
    """Probability that a noncentral chi-square exceeds `stat`; NaN where df is not positive."""
    from scipy.special import chndtr

    with np.errstate(invalid="ignore"):
        return np.asarray(1.0 - chndtr(stat, np.where(df > 0, df, np.nan), noncentral))


def noncentrality(stat: Floats, df: Floats, probability: float) -> Floats:
    """(*B,) the noncentrality at which ``P(chi2 <= stat) = probability``; 0 where the central one is already below."""
    from scipy.special import chdtr, chndtrinc

    stat, df = np.broadcast_arrays(np.asarray(stat, dtype=np.float64), np.asarray(df, dtype=np.float64))
    usable = np.isfinite(stat) & (df > 0)
    x, nu = np.where(usable, stat, 1.0), np.where(usable, df, 1.0)
    positive = chdtr(nu, x) > probability
    return np.asarray(np.where(usable, np.where(positive, chndtrinc(x, nu, probability), 0.0), np.nan))
