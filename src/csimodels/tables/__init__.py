"""Published quantities of a fit as tidy DataFrames."""

from csimodels.tables.controls import controls
from csimodels.tables.drivers import Level, drivers
from csimodels.tables.estimates import Estimates
from csimodels.tables.fits import fits
from csimodels.tables.index import dimensions, index, loadings
from csimodels.tables.interactions import floodlight, floodlight_curve, interactions, moderated_mediation, simple_slopes
from csimodels.tables.paths import effects, paths, r2
from csimodels.tables.quality import quality
from csimodels.tables.quantities import IMPACT_POINTS, Layout, quantities
from csimodels.tables.rollup import rollup, rollup_drivers
from csimodels.tables.routes import specific_effects
from csimodels.tables.values import index_weights

__all__ = [
    "IMPACT_POINTS",
    "Estimates",
    "Layout",
    "Level",
    "controls",
    "dimensions",
    "drivers",
    "effects",
    "fits",
    "floodlight",
    "floodlight_curve",
    "index",
    "index_weights",
    "interactions",
    "loadings",
    "moderated_mediation",
    "paths",
    "quality",
    "quantities",
    "r2",
    "rollup",
    "rollup_drivers",
    "simple_slopes",
    "specific_effects",
]
