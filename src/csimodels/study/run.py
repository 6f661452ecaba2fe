"""From a model and a survey to estimates: groups in one batch, replicates in chunks.  Orchestration, no arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Status
from csimodels.estimate import Design, Fit
from csimodels.moments import FORM_OF_RULE, Moments, Sums
from csimodels.moments.linalg import Floats, smallest_eigenvalue
from csimodels.spec import Model
from csimodels.study.groups import groups_of
from csimodels.study.options import bootstrap_of, estimator_of, missing_rule
from csimodels.study.resampled import Resampled, Tally, Tick, resampled, without_intervals
from csimodels.study.states import fatal, state_notes, too_small
from csimodels.survey import Survey
from csimodels.tables import Estimates, Layout, index_weights, quantities


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run gives: estimates of all groups, the moments they came from, tallies and notes."""

    estimates: Estimates
    moments: Moments
    tallies: tuple[Tally, ...]
    notes: tuple[str, ...]

    def left_out(self, survey: Survey) -> int:
        """Rows of `survey` that the missing rule left out."""
        return survey.n - int(self.moments.n.sum())


def estimate(model: Model, survey: Survey, parent: Floats | None = None, tick: Tick | None = None) -> Outcome:
    """Fit every group of `survey` and its replicates.

    Parameters
    ----------
    parent : (p,) unstandardised index weights of the parent level, for ``index: {weights: pooled}``.
    tick : called with the number of replicates done.

    Raises
    ------
    DataError, EstimationError
        Every group has too few rows, cannot be estimated, or has nothing to resample.
    """
    design = Design.of(model)
    layout = Layout.of(model, design)
    estimator, rule, bootstrap = estimator_of(model), missing_rule(model), bootstrap_of(model)
    given = _given_weights(model, design, parent)
    groups = groups_of(survey, FORM_OF_RULE[rule])
    small, notes = too_small(survey, groups, rule)

    def published(fit: Fit, status: NDArray[np.int64]) -> Floats:
        values = quantities(fit, layout, index_weights(fit, layout, model.index.weights, given))
        return np.where(fatal(model, status)[:, None], np.nan, values)

    def statistic(replicates: Moments) -> tuple[Floats, NDArray[np.int64]]:
        fit = estimator(design, replicates)
        return published(fit, fit.status), fit.status

    moments = Moments.from_sums(Sums.stack([g.rows.sums() for g in groups], [g.key for g in groups]), rule)
    fit = estimator(design, moments)
    status = fit.status | np.where(small, int(Status.TOO_FEW), 0)
    notes += state_notes(model, fit, status, groups)
    value = published(fit, status)
    around = Resampled(without_intervals(value), (), [])
    if bootstrap is not None:
        around = resampled(model, survey, groups, bootstrap, value, statistic, tick)
    estimates = Estimates(
        layout=layout,
        by=survey.by,
        keys=tuple(group.key for group in groups),
        value=value,
        se=around.errors.se,
        low=around.errors.low,
        high=around.errors.high,
        p=around.errors.p,
        n=moments.n,
        n_eff=moments.n_eff,
        status=np.asarray(status),
        iterations=fit.iterations,
        smallest_eigenvalue=smallest_eigenvalue(fit.correlations),
    )
    return Outcome(estimates, moments, around.tallies, (*notes, *around.notes))


def _given_weights(model: Model, design: Design, parent: Floats | None) -> Floats | None:
    """(p,) unstandardised index weights from outside the fit, NaN where the fit's own are taken.

    Fixed weights are those of the 0-100 items, as the column ``weight_unstd`` of an earlier year's loadings shows
    them.  An item's weight is meant for its own construct; one of higher order takes it only where it is the index.
    """
    if model.index.weights == "pooled":
        return parent
    if model.index.weights == "fixed":
        fixed, width = dict(model.index.fixed), {item.name: item.scale[1] - item.scale[0] for item in model.items}
        weights = np.asarray([fixed.get(item, np.nan) / width[item] for item in design.items])
        index = design.constructs.index(model.index.construct)
        borrowed = design.higher_order[design.block] & (design.block != index)
        return np.where(borrowed, np.nan, weights)
    return None
