"""What every estimator returns, and the structural part that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Status
from csimodels.estimate.design import Design
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats, general_solve, spd_solve
from csimodels.spec.estimators import ESTIMATORS, EstimatorName, Family

if TYPE_CHECKING:
    from csimodels.estimate.core import Core


@dataclass(frozen=True, eq=False)
class Stages:
    """What a fit in stages keeps of them.

    Attributes
    ----------
    iterations : (*B, S) iterations of the outer loop in each stage.
    weights : (*B, J, J) ``weights[whole, part]``: weight of a dimension in its construct, both scores of variance one.
    """

    iterations: NDArray[np.int64]
    weights: Floats


@dataclass(frozen=True, eq=False)
class ProductFit:
    """Interactions of a fit, along ``design.products`` (``T``).

    Attributes
    ----------
    coefficient : (*B, T) of the product of standardised scores (divisor n - 1), which is not standardised again (Becker
        et al. 2023).
    sd : (*B, T) standard deviation of that product, in those of the target.
    f2 : (*B, T) effect size with the scores held fixed.
    inflation : target -> (*B, sources) variance inflation of its sources beside the products.
    dummies : (*B, J, 2) the values 0 and 1 of constructs that are dummies, in standard deviations from their mean.
    controls, control_f2 : (*B, E) standardised effects of covariates along ``design.controlled``, and their sizes; NaN
        where the column does not vary.
    control_sd : (*B, E) standard deviation of the column of each.
    """

    coefficient: Floats
    sd: Floats
    f2: Floats
    inflation: dict[int, Floats]
    dummies: Floats
    controls: Floats | None = None
    control_f2: Floats | None = None
    control_sd: Floats | None = None


@dataclass(frozen=True, eq=False)
class Fit:
    """A batch of fits of one design, one per element of the batch axes ``*B`` of its moments.

    Attributes
    ----------
    weights : (*B, p, J) standardised outer weights: scores of standardised items have variance 1.
    loadings : (*B, p, J) correlations of items with constructs; an item's own loading stands in its block.
    correlations : (*B, J, J) correlations of the constructs (PLSc: corrected for attenuation).
    paths : (*B, J, J) standardised path coefficients, ``paths[target, source]``.
    r2 : (*B, J) explained variance, NaN for exogenous constructs.
    rho_a : (*B, J) reliability of the composites; NaN where it is not defined.
    status : (*B,) :class:`~csimodels.errors.Status` flags.
    iterations : (*B,) iterations of the outer loop, the sum over the stages where there are several.
    stages : of a model with higher-order constructs (see :func:`~csimodels.estimate.higher_order.fit_in_stages` for
        what the other fields hold then); None where the fit was made in one go.
    products : of a model with interactions: ``paths`` into their targets are then effects where everything else is at
        its mean, and ``r2`` includes the products.
    """

    design: Design
    moments: Moments
    weights: Floats
    loadings: Floats
    correlations: Floats
    paths: Floats
    r2: Floats
    rho_a: Floats
    status: NDArray[np.int64]
    iterations: NDArray[np.int64]
    estimator: Estimator
    stages: Stages | None = field(default=None, kw_only=True)
    products: ProductFit | None = field(default=None, kw_only=True)

    def at(self, index: NDArray[np.intp]) -> Fit:
        """The fits at `index` of one batch axis, as a batch."""
        stages = self.stages and Stages(self.stages.iterations[index], self.stages.weights[index])
        names = ("weights", "loadings", "correlations", "paths", "r2", "rho_a", "status", "iterations")
        parts = {name: getattr(self, name)[index] for name in names}
        return replace(self, moments=self.moments[index], stages=stages, **parts)

    @property
    def equations(self) -> tuple[tuple[int, NDArray[np.intp]], ...]:
        """``(target, sources)`` of every regression between constructs.

        In stages a higher-order construct has two: one on its dimensions, one on its causes.
        """
        if self.stages is not None:
            return self.design.equations
        return tuple((target, self.design.predecessors[target]) for target in self.design.endogenous)


class Estimator(Protocol):
    """A frozen set of settings that turns moments into a :class:`Fit`, and says who it is.

    Nothing outside asks for the type of an estimator or compares its name: what differs stands here and in the
    register of the spec (:mod:`csimodels.spec.estimators`).
    """

    @property
    def name(self) -> EstimatorName:
        """Short name as written in a spec file; its entry in the register has family, title and missing rules."""
        ...

    @property
    def family(self) -> Family:
        """``"composite"`` or ``"covariance"``."""
        ...

    @property
    def title(self) -> str:
        """Name for readers."""
        ...

    @property
    def casewise(self) -> bool:
        """Whether it takes the answers by missing pattern and not their moments."""
        ...

    @property
    def max_iter(self) -> int:
        """Most iterations."""
        ...

    def settings(self) -> dict[str, Any]:
        """Its settings by the keys of `estimate` in a spec file, every default written out."""
        ...

    def facts(self) -> dict[str, str]:
        """Its settings as a reader is told them."""
        ...

    def sharp(self) -> Estimator:
        """The same, converged far beyond the published digits, for differences between nearly equal moments."""
        ...

    def near(self, design: Design, moments: Moments) -> Estimator:
        """:meth:`sharp` for moments near those of one element (no batch axes); it may begin at their solution."""
        ...

    def core(self, design: Design, moments: Moments) -> Core | None:
        """Few numbers that fits of ``moments (B,)`` follow from, see :mod:`csimodels.estimate.core`; None without."""
        ...

    def __call__(self, design: Design, moments: Moments) -> Fit:
        """Fit every batch element of `moments`."""
        ...


class Registered:
    """What an estimator takes from its entry in the register."""

    @property
    def name(self) -> EstimatorName:
        """As written in a spec file."""
        raise NotImplementedError

    @property
    def casewise(self) -> bool:
        """Whether it takes the answers by missing pattern."""
        return False

    def sharp(self) -> Estimator:
        """Converged far beyond the published digits."""
        raise NotImplementedError

    def near(self, design: Design, moments: Moments) -> Estimator:
        """:meth:`sharp`; an estimator that can begin at the solution of one element says so itself."""
        return self.sharp()

    def core(self, design: Design, moments: Moments) -> Core | None:
        """None: derivatives are differences of fits; an estimator whose fits have a core says so itself."""
        return None

    @property
    def family(self) -> Family:
        """``"composite"`` or ``"covariance"``."""
        return ESTIMATORS[self.name].family

    @property
    def title(self) -> str:
        """Name for readers."""
        return ESTIMATORS[self.name].title


def structural(correlations: Floats, design: Design, *, definite: bool = True) -> tuple[Floats, Floats]:
    """Paths and R2 by ordinary least squares on construct correlations.

    Parameters
    ----------
    correlations : (*B, J, J)
    definite : a matrix that is not positive definite has no solution.  PLSc sets it to False: its corrected
        correlations may be indefinite, and are then solved all the same and flagged.

    Returns
    -------
    paths : (*B, J, J), ``paths[target, source]``;  r2 : (*B, J), NaN for exogenous constructs.
        Both are NaN for a target whose predecessors are collinear.
    """
    paths = np.zeros_like(correlations)
    r2 = np.full(correlations.shape[:-1], np.nan)
    for target in design.endogenous:
        sources = design.predecessors[target]
        paths[..., target, sources], r2[..., target] = regress(correlations, sources, target, definite)
    return paths, r2


def regress(correlations: Floats, sources: NDArray[np.intp], target: int, definite: bool) -> tuple[Floats, Floats]:
    """Coefficients ``(*B, sources)`` and R2 ``(*B,)`` of one construct on others, see :func:`structural`."""
    known = correlations[..., sources, target]
    solve = spd_solve if definite else general_solve
    beta = solve(correlations[..., sources[:, None], sources], known)
    return beta, (beta * known).sum(axis=-1)


def singular_structure(paths: Floats, status: NDArray[np.int64]) -> NDArray[np.int64]:
    """``SINGULAR`` for the elements whose structural regressions have no solution, else 0."""
    lost = np.isnan(paths).any(axis=(-2, -1)) & ((status & int(Status.SINGULAR)) == 0)
    return np.where(lost, int(Status.SINGULAR), 0)


def total_effects(paths: Floats, order: Sequence[int] | None = None) -> Floats:
    """``(I - B)^{-1} - I`` of a recursive ``B``; ``(*B, J, J)``, ``[target, source]``.

    Parameters
    ----------
    paths : (*B, J, J), ``paths[target, source]``.
    order : constructs, sources before targets: effects are then carried from construct to construct; without it they
        are the finite sum of the powers of ``B``.
    """
    total = paths
    if order is not None:
        total = paths.copy()
        for target in order:
            own = paths[..., target, :]
            total[..., target, :] = own + (own[..., None, :] @ total)[..., 0, :]
        return total
    power = paths
    for _ in range(paths.shape[-1] - 2):
        power = power @ paths
        if not np.any(power):
            break
        total = total + power
    return total
