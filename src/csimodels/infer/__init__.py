"""A quantity and its replicates in, errors and intervals out."""

from csimodels.infer.interval import Interval, IntervalKind, interval
from csimodels.infer.pool import worker_pool
from csimodels.infer.resample import Bootstrap, Replications, replicate

__all__ = ["Bootstrap", "Interval", "IntervalKind", "Replications", "interval", "replicate", "worker_pool"]
