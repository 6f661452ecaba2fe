"""Algebra of weighted sums: add, centre, missing rules, batch, resampling plans, safe batched linear algebra."""

from csimodels.moments.downdate import deleted
from csimodels.moments.moments import FORM_OF_RULE, Moments
from csimodels.moments.replicates import (
    Clustered,
    DeleteUnit,
    Folds,
    Given,
    Jackknife,
    Multinomial,
    Permutations,
    Plan,
    Poisson,
    Reraked,
    chunks,
    stream_of,
)
from csimodels.moments.rows import Rows
from csimodels.moments.sampling import Sampling
from csimodels.moments.sums import ExtraSums, Key, Pairwise, Patterns, Sums

__all__ = [
    "FORM_OF_RULE",
    "Clustered",
    "DeleteUnit",
    "ExtraSums",
    "Folds",
    "Given",
    "Jackknife",
    "Key",
    "Moments",
    "Multinomial",
    "Pairwise",
    "Patterns",
    "Permutations",
    "Plan",
    "Poisson",
    "Reraked",
    "Rows",
    "Sampling",
    "Sums",
    "chunks",
    "deleted",
    "stream_of",
]
