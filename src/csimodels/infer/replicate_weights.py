"""Replicate weights that came with the data: settings and variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csimodels.arguments import plain_settings
from csimodels.infer.level import check_level
from csimodels.moments.linalg import Bools, Floats

ReplicateKind = Literal["brr", "fay", "jk1", "jkn", "bootstrap"]


@plain_settings
@dataclass(frozen=True)
class ReplicateWeights:
    """Variance from replicate weights in the data, used as they are (Wolter 2007, chapters 3 to 5), with t intervals.

    Parameters
    ----------
    columns : str or sequence of str, optional
        Their columns; one that ends in ``*`` stands for every column that begins so.  None: as in the spec.
    kind : {"brr", "fay", "jk1", "jkn", "bootstrap"}
        How they were made, which sets the factors that are not given: ``"fay"`` needs `fay`, ``"jkn"`` needs `rscales`.
    fay : float, optional
        Fay's coefficient in [0, 1).
    scale : float, optional
        Factor of the sum of squares: ``var = scale * sum_r rscales_r (theta_r - theta)^2``.
    rscales : sequence of float, optional
        Factor of each replicate in it.
    level : float
        Confidence level in (0, 1).
    """

    columns: tuple[str, ...] | str | None = None
    kind: ReplicateKind = "bootstrap"
    fay: float = 0.0
    scale: float | None = None
    rscales: tuple[float, ...] = ()
    level: float = 0.95

    def __post_init__(self) -> None:
        check_level(self.level)


@dataclass(frozen=True, eq=False)
class ReplicateMoves:
    """How the replicates of given weights move numbers of several groups; all groups have the same replicates.

    Parameters
    ----------
    places : (K,) array
        Positions of the numbers among all, ascending.
    values : (G, R, K) array
        What replicate r adds to the number, times the root of its factor; 0 where it failed.
    together : (G, G) array
        Pairs of groups whose replicates belong together; those of separate samples do not.
    """

    places: NDArray[np.intp]
    values: Floats
    together: Bools

    def part(self, numbers: slice) -> ReplicateMoves:
        """Of the numbers from one position to another, counted from there."""
        start, stop, _ = numbers.indices(int(self.places.max(initial=-1)) + 1)
        mine = (self.places >= start) & (self.places < stop)
        return ReplicateMoves(self.places[mine] - start, self.values[:, :, mine], self.together)

    def correlations(self, places: NDArray[np.intp] | slice) -> Floats | None:
        """Correlations ``(M, G, G)`` of the errors of some numbers (Wolter 2007); None for separate samples.

        ``sum_r rscales_r d_gr d_hr`` over the roots of the two sums of squares, as R's ``svyby(..., covmat = TRUE)``.
        """
        if not (self.together & ~np.eye(len(self.together), dtype=bool)).any():
            return None
        wanted = np.arange(places.start, places.stop) if isinstance(places, slice) else places
        moves = np.moveaxis(self.values[:, :, np.searchsorted(self.places, wanted)], -1, 0)
        size = np.sqrt((moves**2).sum(axis=-1, keepdims=True))
        unit = moves / np.where(size > 0, size, 1.0)
        return np.where(self.together, unit @ np.swapaxes(unit, -1, -2), 0.0)


def replicate_variance(point: Floats, values: Floats, scale: float, rscales: Floats) -> Floats:
    """(Q,) ``scale * sum_r rscales_r (theta_r - theta)^2``.

    Parameters
    ----------
    point : (Q,) estimates with the full-sample weights, which the squares are taken around.
    values : (R, Q) estimates with each set of replicate weights; a failed one (NaN) is left out and the others stand
        for it.
    """
    there = ~np.isnan(values)
    squares = np.where(there, (values - point) ** 2, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        stand_in = rscales.sum() / (rscales @ there)
        out = scale * (rscales @ squares) * stand_in
    return np.where(there.sum(axis=0) < 2, np.nan, out)
