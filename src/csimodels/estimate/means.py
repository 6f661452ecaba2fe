"""Means of items: every construct is the plain mean of its items on the 0-100 scale, and nothing is estimated.

For a spec without paths, which has no model to take weights from.  Weights, loadings and correlations are those of the
mean of the items; with paths they are ordinary least squares among the means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit, Registered, singular_structure, structural
from csimodels.estimate.outer import rho_a
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.spec.estimators import ESTIMATORS, EstimatorName


@dataclass(frozen=True)
class Means(Registered):
    """Constructs as equally weighted means of their items on the 0-100 scale.

    An item that everybody answers alike has no correlation; the mean of its construct is there all the same.
    """

    name: EstimatorName = "means"
    max_iter: int = 1

    def settings(self) -> dict[str, Any]:
        """Keys of `estimate` in a spec file."""
        return {"estimator": self.name}

    def facts(self) -> dict[str, str]:
        """What a reader is told: no weights are estimated."""
        return {"estimator": Message(ESTIMATORS[self.name].title)}

    def sharp(self) -> Means:
        """There is nothing to converge."""
        return self

    def __call__(self, design: Design, moments: Moments) -> Fit:
        """Fit every batch element of `moments` ``(*B, p)``."""
        moments = design.expand(moments)
        width = np.ones(len(design.items)) if design.width is None else design.width
        with np.errstate(invalid="ignore", divide="ignore"):
            share = design.mask / width[:, None]
            cross = share.T @ moments.cov @ share
            scale = np.sqrt(np.diagonal(cross, axis1=-2, axis2=-1))
            correlations = cross / (scale[..., :, None] * scale[..., None, :])
            loadings = (moments.cov @ share) / (moments.sd[..., :, None] * scale[..., None, :])
            weights = moments.sd / (width * scale[..., design.block])
            reliability = rho_a(design, moments.corr, weights)
        paths, r2 = structural(correlations, design)
        still = np.zeros(weights.shape[:-1], dtype=np.int64)
        status = moments.status | singular_structure(paths, still)
        return Fit(
            design,
            moments,
            weights[..., None] * design.mask,
            loadings,
            correlations,
            paths,
            r2,
            reliability,
            status,
            still,
            self,
        )
