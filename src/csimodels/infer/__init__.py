"""A quantity and its replicates or influences in, errors and intervals out."""

from csimodels.infer.chain import Chain, DeskChain, Near
from csimodels.infer.desk import Desk, beside, silent
from csimodels.infer.freedom import effective_df
from csimodels.infer.interval import Interval, IntervalKind, interval, symmetric
from csimodels.infer.jackknife import Jackknife, acceleration, jackknife, jackknife_variance, pseudo_totals
from csimodels.infer.linearised import (
    Linearised,
    influences,
    jacobian,
    linearised_variance,
    row_influences,
    slopes_at,
    worth,
)
from csimodels.infer.replicate_weights import ReplicateMoves, ReplicateWeights, replicate_variance
from csimodels.infer.resample import Bootstrap, Replications, Statistic, replicate
from csimodels.infer.studentised import replicate_errors
from csimodels.moments.pool import worker_pool

__all__ = [
    "Bootstrap",
    "Chain",
    "Desk",
    "DeskChain",
    "Interval",
    "IntervalKind",
    "Jackknife",
    "Linearised",
    "Near",
    "ReplicateMoves",
    "ReplicateWeights",
    "Replications",
    "Statistic",
    "acceleration",
    "beside",
    "effective_df",
    "influences",
    "interval",
    "jackknife",
    "jackknife_variance",
    "jacobian",
    "linearised_variance",
    "pseudo_totals",
    "replicate",
    "replicate_errors",
    "replicate_variance",
    "row_influences",
    "silent",
    "slopes_at",
    "symmetric",
    "worker_pool",
    "worth",
]
