"""Sums by missing pattern as the data of full-information maximum likelihood (Arbuckle 1996).

Rows with the same items answered share one normal density, so weight, sum and sum of products per pattern are
sufficient for the casewise likelihood, its gradient and its information; respondents are not touched again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, SpecError
from csimodels.moments import Sums
from csimodels.moments.em import EM_TOL, em
from csimodels.moments.linalg import Bools, Floats


@dataclass(frozen=True, eq=False)
class Incomplete:
    """Complete-data sums of every group and missing pattern, and the saturated (EM) moments.

    ``K`` patterns are the union over groups; a pattern that a group has not, has weight zero there.

    Attributes
    ----------
    items : names along ``p``;  shift : (p,) what was subtracted from the answers before they were squared.
    present : (K, p) items that a pattern has.
    w : (*B, G, K) sums of weights, scaled so that they sum to the number of rows over all groups.
    wx : (*B, G, K, p);  wxx : (*B, G, K, p, p) weighted sums of shifted answers and their products.
    n : (*B, G) rows.
    mean : (*B, G, p);  cov : (*B, G, p, p) maximum-likelihood moments of the saturated model, mean on the raw scale.
    converged : (*B, G) whether EM converged.
    """

    items: tuple[str, ...]
    shift: Floats
    present: Bools
    w: Floats
    wx: Floats
    wxx: Floats
    n: Floats
    mean: Floats
    cov: Floats
    converged: NDArray[np.bool_]

    @classmethod
    def of(
        cls, groups: Sequence[Sums], tol: float = EM_TOL, known: tuple[Floats, Floats, Bools] | None = None
    ) -> Incomplete:
        """Data of one or more groups from their sums of form ``"patterns"`` with equal batch axes ``*B``.

        Parameters
        ----------
        groups : one `Sums` per group of the model.
        tol : stopping rule of EM, in standard deviations.
        known : the EM moments of one group, where they are there already: means on the raw scale ``(*B, p)``,
            covariances, and whether EM converged.

        Raises
        ------
        SpecError
            No group, or groups whose items differ.
        """
        problems = _unlike(groups)
        if problems:
            raise SpecError(problems)
        stacked = Sums.stack(groups)
        if stacked.patterns is None:
            raise ValueError("FIML needs sums by missing pattern: Rows(..., form='patterns')")
        with np.errstate(invalid="ignore", divide="ignore"):
            if known is None:
                centre, cov, converged = em(stacked, tol)
            else:
                centre, cov, converged = (known[0] - stacked.shift)[None], known[1][None], np.asarray(known[2])[None]
            scale = stacked.n_rows.sum(axis=0) / stacked.w.sum(axis=0)
        last = groups[0].w.ndim  # the group axis goes behind the batch axes
        part = stacked.patterns
        by_pattern = scale[..., None, None]
        return cls(
            stacked.items,
            stacked.shift,
            part.present,
            np.moveaxis(part.w, 0, last) * by_pattern,
            np.moveaxis(part.wx, 0, last) * by_pattern[..., None],
            np.moveaxis(part.wxx, 0, last) * by_pattern[..., None, None],
            np.moveaxis(stacked.n_rows, 0, last),
            np.moveaxis(centre, 0, last) + stacked.shift,
            np.moveaxis(cov, 0, last),
            np.moveaxis(converged, 0, last),
        )

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the batch axes ``*B``."""
        return self.w.shape[:-2]

    @cached_property
    def total(self) -> Floats:
        """(*B,) rows of all groups."""
        return np.asarray(self.n.sum(axis=-1))

    @cached_property
    def holes(self) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
        """Patterns with equally many holes together: positions ``(k,)`` and their missing items ``(k, m)``."""
        number = (~self.present).sum(axis=1)
        found = []
        for m in np.unique(number[number > 0]):
            which = np.flatnonzero(number == m)
            found.append((which, np.nonzero(~self.present[which])[1].reshape(len(which), int(m))))
        return tuple(found)

    @cached_property
    def apart(self) -> tuple[tuple[str, str], ...]:
        """Pairs of items that no row of some group (and batch element) answers together.

        Their covariance is not determined: the saturated model has fewer parameters than it seems, and chi2 fewer
        degrees of freedom than are stated.
        """
        there = self.present.astype(np.float64)
        together = np.swapaxes(there, 0, 1) @ (self.w[..., None] * there)
        p = len(self.items)
        never = np.asarray(np.any((together <= 0).reshape(-1, p, p), axis=0))
        return tuple((self.items[i], self.items[j]) for i in range(p) for j in range(i + 1, p) if never[i, j])

    def take(self, index: NDArray[np.intp]) -> Incomplete:
        """The elements at `index` of a single batch axis."""
        return replace(
            self,
            w=self.w[index],
            wx=self.wx[index],
            wxx=self.wxx[index],
            n=self.n[index],
            mean=self.mean[index],
            cov=self.cov[index],
            converged=self.converged[index],
        )

    def flat(self) -> Incomplete:
        """The same with all batch axes as one, ``(N,)``; N is 1 where there are none."""
        size, drop = int(np.prod(self.batch, dtype=int)), len(self.batch)
        return replace(
            self,
            w=self.w.reshape(size, *self.w.shape[drop:]),
            wx=self.wx.reshape(size, *self.wx.shape[drop:]),
            wxx=self.wxx.reshape(size, *self.wxx.shape[drop:]),
            n=self.n.reshape(size, *self.n.shape[drop:]),
            mean=self.mean.reshape(size, *self.mean.shape[drop:]),
            cov=self.cov.reshape(size, *self.cov.shape[drop:]),
            converged=self.converged.reshape(size, *self.converged.shape[drop:]),
        )


def _unlike(groups: Sequence[Sums]) -> list[Problem]:
    if not groups:
        return [Problem("FIML needs the sums of at least one group")]
    first = groups[0]
    return [
        Problem(
            "the groups of one model need the same items in the same order",
            f"group {k + 1}",
            ", ".join(part.items),
            ", ".join(first.items),
        )
        for k, part in enumerate(groups)
        if part.items != first.items or not np.array_equal(part.shift, first.shift)
    ]
