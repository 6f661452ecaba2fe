"""Algebra of weighted sums: add, centre, missing rules, batch, resampling plans, safe batched linear algebra."""

from csimodels.moments.counts import Counts
from csimodels.moments.design_replicates import Clustered, DeleteUnit, LessenUnit, OfRows, Reraked
from csimodels.moments.downdate import deleted
from csimodels.moments.moments import FORM_OF_RULE, Moments
from csimodels.moments.replicates import (
    Folds,
    Given,
    Jackknife,
    Multinomial,
    Permutations,
    Plan,
    Poisson,
    chunks,
    stream_of,
)
from csimodels.moments.rows import Rows
from csimodels.moments.sampling import Sampling
from csimodels.moments.summed import SummedRows
from csimodels.moments.sums import ExtraSums, Key, Pairwise, Patterns, Sums

__all__ = [
    "FORM_OF_RULE",
    "Clustered",
    "Counts",
    "DeleteUnit",
    "ExtraSums",
    "Folds",
    "Given",
    "Jackknife",
    "Key",
    "LessenUnit",
    "Moments",
    "Multinomial",
    "OfRows",
    "Pairwise",
    "Patterns",
    "Permutations",
    "Plan",
    "Poisson",
    "Reraked",
    "Rows",
    "Sampling",
    "SummedRows",
    "Sums",
    "chunks",
    "deleted",
    "stream_of",
]
