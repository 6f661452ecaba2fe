"""Means and covariances: the only thing an estimator sees (docs/data.md)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Status
from csimodels.moments import linalg
from csimodels.moments.em import EM_MAX_ITER, EM_MAX_REPLICATES, EM_TOL, Start, em
from csimodels.moments.linalg import Floats
from csimodels.moments.missing import mean_replacement, pairwise
from csimodels.moments.polychoric import correlations
from csimodels.moments.sums import Key, Sums

#: The form in which rows have to be summed for each missing rule (see :class:`csimodels.moments.Rows`).
FORM_OF_RULE = {
    "listwise": "complete",
    "mean": "pairwise",
    "pairwise": "pairwise",
    "em": "patterns",
    "fiml": "patterns",
    "polychoric": "complete",
    "polychoric_pairwise": "pairwise",
}

#: Rules under which correlations are those of normal variables behind the answers.
POLYCHORIC = ("polychoric", "polychoric_pairwise")


@dataclass(frozen=True, eq=False)
class Moments:
    """Weighted means and covariances with leading batch axes ``*B``.

    Attributes
    ----------
    mean : (*B, p) item means on the raw scale.
    cov : (*B, p, p) covariances, divisor the sum of weights (population form).
    n : (*B,) rows used.
    n_eff : (*B,) Kish's effective sample size ``(sum a)^2 / sum a^2``.
    items : names along ``p``;  keys : group keys along the first batch axis.
    status : (*B,) :class:`~csimodels.errors.Status` of the missing rule (EM may not converge), or 0 for all.
    sums : by missing pattern, for an estimator that takes the answers as they are (``fiml``); None for all others.
    extra : (*B, e) weighted means of the extra columns over every row given, None without; estimators do not see them.
    """

    mean: Floats
    cov: Floats
    n: Floats
    n_eff: Floats
    items: tuple[str, ...]
    keys: tuple[Key, ...] = ()
    status: NDArray[np.int64] | int = 0
    sums: Sums | None = None
    extra: Floats | None = None

    @classmethod
    def from_sums(
        cls, sums: Sums, rule: str = "listwise", em_tol: float = EM_TOL, em_start: Start | None = None
    ) -> Moments:
        """Moments of `sums` under a missing rule: ``listwise``, ``mean``, ``pairwise``, ``em`` or ``fiml``.

        ``fiml`` gives the moments of ``em`` and hands on the sums.  ``polychoric`` (listwise) and
        ``polychoric_pairwise`` keep means and variances of the answers; their correlations are polychoric, and the
        sums need tables of levels.  `em_tol` and `em_start` as in
        :func:`csimodels.moments.em.em`.

        Elements without a single row get NaN.  Pairwise covariances that are not positive definite get NaN: they are
        no covariance of anything, and an estimator would return numbers all the same.  Polychoric ones are kept: with
        many levels in few rows a small negative eigenvalue is usual, and composites need definite blocks only.

        Raises
        ------
        ValueError
            The rule is unknown, or the rows were not summed in the form it needs (:data:`FORM_OF_RULE`).
        """
        if rule not in FORM_OF_RULE:
            raise ValueError(f"unknown missing rule {rule!r}: one of {', '.join(FORM_OF_RULE)}")
        if sums.form != FORM_OF_RULE[rule]:
            raise ValueError(f"the rule {rule!r} needs sums of form {FORM_OF_RULE[rule]!r}, these are {sums.form!r}")
        status: NDArray[np.int64] | int = 0
        with np.errstate(invalid="ignore", divide="ignore"):
            if rule in ("em", "fiml"):
                centre, cov, converged = em(
                    sums, em_tol, EM_MAX_ITER if em_start is None else EM_MAX_REPLICATES, em_start
                )
                status = np.where(converged, 0, int(Status.NOT_CONVERGED))
            elif rule in ("pairwise", "polychoric_pairwise") and sums.pairwise is not None:
                centre, cov = pairwise(sums)
            elif rule == "mean" and sums.pairwise is not None:
                centre, cov = mean_replacement(sums)
            else:
                centre = sums.wx / sums.w[..., None]
                cov = sums.wxx / sums.w[..., None, None] - centre[..., :, None] * centre[..., None, :]
            if rule in POLYCHORIC:
                cov, status = _with_polychoric(sums, cov)
            elif rule == "pairwise" and sums.pairwise is not None:
                cov = np.where(linalg.is_positive_definite(cov)[..., None, None], cov, np.nan)
            n_eff = sums.w**2 / sums.ww
            extra = None if sums.extra is None else sums.extra.wx / sums.extra.w[..., None]
        return cls(
            centre + sums.shift,
            cleaned(cov, centre),
            sums.n_rows,
            np.asarray(n_eff),
            sums.items,
            sums.keys,
            status,
            sums if rule == "fiml" else None,
            extra,
        )

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return self.mean.shape[:-1]

    @cached_property
    def sd(self) -> Floats:
        """(*B, p) item standard deviations, population form."""
        return np.asarray(np.sqrt(np.diagonal(self.cov, axis1=-2, axis2=-1)))

    @cached_property
    def corr(self) -> Floats:
        """(*B, p, p) item correlations; NaN rows and columns for constant items."""
        return linalg.correlation(self.cov)

    def __getitem__(self, index: Any) -> Moments:
        """The batch elements at `index` (any numpy index of the batch axes)."""
        status = self.status if isinstance(self.status, int) else self.status[index]
        extra = None if self.extra is None else self.extra[index]
        parts = (self.mean[index], self.cov[index], self.n[index], self.n_eff[index])
        return Moments(*parts, self.items, (), status, extra=extra)


def _with_polychoric(sums: Sums, cov: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """The variances of `cov` with polychoric correlations, and the status of these."""
    if sums.tables is None:
        raise ValueError("polychoric correlations need sums with tables of levels: Rows(..., levels=...)")
    corr, converged = correlations(sums.tables)
    sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    flat = (sd == 0).any(axis=-1)
    status = np.where(converged | flat, 0, int(Status.NOT_CONVERGED))
    return np.where(np.isnan(corr), 0.0, corr) * sd[..., :, None] * sd[..., None, :], status


def cleaned(cov: Floats, centre: Floats, rtol: float = 1e-12) -> Floats:
    """Set variances that are rounding noise to zero, so that a constant item is seen as constant.

    A variance below ``rtol`` times the mean square of the shifted answers is what double precision leaves of
    ``E[z^2] - E[z]^2`` when every answer is the same.

    Parameters
    ----------
    cov : (*B, p, p);  centre : (*B, p) means of the shifted answers.
    """
    variance = np.diagonal(cov, axis1=-2, axis2=-1)
    noise = variance <= rtol * (centre**2 + np.abs(variance))
    if not noise.any():
        return cov
    keep = ~noise
    return np.asarray(cov * keep[..., :, None] * keep[..., None, :])
