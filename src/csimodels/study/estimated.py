"""Tables that are read from the estimates of a result, and which of them there are."""

from __future__ import annotations

import pandas as pd

from csimodels import tables
from csimodels.arguments import plain_methods
from csimodels.assess.moderated_mediation import moderated_routes
from csimodels.spec import Model
from csimodels.tables import Estimates


@plain_methods
class Estimated:
    """Indices, paths, effects, drivers and quality; every method returns a fresh tidy DataFrame."""

    model: Model
    estimates: Estimates

    def index(self) -> pd.DataFrame:
        """0-100 index of every construct: ``construct, index, se, low, high, n, n_eff, status``."""
        return tables.index(self.estimates)

    def paths(self) -> pd.DataFrame:
        """Standardised path coefficients: ``source, target, estimate, se, low, high, p, status``."""
        return tables.paths(self.estimates)

    def loadings(self) -> pd.DataFrame:
        """Weights, loadings and communalities of every item, see :func:`csimodels.tables.loadings`."""
        return tables.loadings(self.estimates)

    def dimensions(self) -> pd.DataFrame:
        """Dimensions as items of their higher-order construct, see :func:`csimodels.tables.dimensions`."""
        return tables.dimensions(self.estimates)

    @property
    def has_dimensions(self) -> bool:
        """Whether a construct of higher order was fitted in stages."""
        return not self.dimensions().empty

    def effects(self) -> pd.DataFrame:
        """Direct, indirect and total effects and impacts, see :func:`csimodels.tables.effects`."""
        return tables.effects(self.estimates)

    def specific_effects(self) -> pd.DataFrame:
        """Indirect effects mediator by mediator, see :func:`csimodels.tables.specific_effects`."""
        return tables.specific_effects(self.estimates)

    def drivers(self, target: str | None = None, level: tables.Level = "construct") -> pd.DataFrame:
        """Importance, performance and priority of what drives `target` (the index construct by default).

        ``level="item"`` breaks the constructs down to their items; see :func:`csimodels.tables.drivers`.

        Parameters
        ----------
        target : str, optional
            A construct; the index construct where left out.
        level : {"construct", "item"}
            Drivers, or their items.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.
        """
        return tables.drivers(self.estimates, target or self.model.index.construct, level)

    def driver_items(self, target: str | None = None) -> pd.DataFrame:
        """:meth:`drivers` broken down to items.

        Parameters
        ----------
        target : str, optional
            A construct; the index construct where left out.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.
        """
        return self.drivers(target, level="item")

    def interactions(self) -> pd.DataFrame:
        """Effects of products of constructs, see :func:`csimodels.tables.interactions`; empty without any."""
        return tables.interactions(self.estimates)

    def simple_slopes(self) -> pd.DataFrame:
        """Effects at low, mean and high levels of a moderator, see :func:`csimodels.tables.simple_slopes`."""
        return tables.simple_slopes(self.estimates)

    def moderated_mediation(self) -> pd.DataFrame:
        """Index of moderated mediation, see :func:`csimodels.tables.moderated_mediation`."""
        return tables.moderated_mediation(self.estimates)

    @property
    def has_moderated_routes(self) -> bool:
        """Whether an interaction moderates a path of an indirect effect."""
        return bool(moderated_routes(self.estimates.layout.design))

    def floodlight(self) -> pd.DataFrame:
        """Where on the scale of a moderator an effect is there, see :func:`csimodels.tables.floodlight`."""
        return tables.floodlight(self.estimates)

    def floodlight_curve(self) -> pd.DataFrame:
        """:meth:`simple_slopes` at many levels of the moderator."""
        return tables.floodlight_curve(self.estimates)

    def controls(self) -> pd.DataFrame:
        """Effects of covariates, see :func:`csimodels.tables.controls`; empty without any."""
        return tables.controls(self.estimates)

    @property
    def has_controls(self) -> bool:
        """Whether the model has covariates."""
        return bool(self.estimates.layout.design.controls)

    @property
    def has_interactions(self) -> bool:
        """Whether the model has products of constructs."""
        return bool(self.estimates.layout.design.products)

    @property
    def has_curves(self) -> bool:
        """Whether a moderator has more than two values."""
        d = self.estimates.layout.design
        return any(not d.binary[product.factors[1]] for product in d.products)

    @property
    def has_specific_effects(self) -> bool:
        """Whether any effect goes through a mediator."""
        return bool(self.estimates.layout.routes.nodes)

    @property
    def has_drivers(self) -> bool:
        """Whether anything leads to the index construct."""
        d = self.estimates.layout.design
        return self.model.index.construct in {d.constructs[t] for _, t in d.pairs}

    def r2(self) -> pd.DataFrame:
        """Explained variance: ``construct, r2, r2_adj`` with the interval of ``r2``."""
        return tables.r2(self.estimates)

    def quality(self) -> pd.DataFrame:
        """Reliability, validity, collinearity and effect sizes, each with threshold, verdict and source.

        ``criterion, subject, value, low, high, threshold, verdict, source, status``; see
        :func:`csimodels.tables.quality`.
        """
        return tables.quality(self.estimates)

    def fits(self) -> pd.DataFrame:
        """How each fit went: ``n, n_eff, converged, iterations, smallest_eigenvalue, status``."""
        return tables.fits(self.estimates)
