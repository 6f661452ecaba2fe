"""From a model and a survey to estimates: groups in one batch, replicates in chunks.  Orchestration, no arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Status
from csimodels.estimate import Design, Fit, Kind
from csimodels.infer import Chain, Near, Statistic
from csimodels.moments import FORM_OF_RULE, Moments, Sums
from csimodels.moments.linalg import Bools, Floats, smallest_eigenvalue
from csimodels.spec import Model
from csimodels.study.extra_estimates import ExtraEstimates, with_extras
from csimodels.study.extras import Extras
from csimodels.study.group_errors import Task, Tick
from csimodels.study.groups import Group, groups_of
from csimodels.study.overlap import Shared
from csimodels.study.replicate_counts import Tally
from csimodels.study.settings import Settings
from csimodels.study.status import fatal, guarded, indefinite_notes, state_notes, too_small
from csimodels.study.uncertainty import Around, around, no_intervals
from csimodels.survey import Survey, lost_to_codes
from csimodels.tables import Estimates, Layout, index_weights, quantities
from csimodels.tables.derivatives import chains

#: Numbers that groups are compared by: blocks of the published vector.
COMPARED = ("index", "path", "total_unstd")


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run gives: estimates of all groups, the moments they came from, tallies and notes.

    ``draws (G, R, J)`` are the replicates of the indices, where there are any; ``extra`` the numbers beside the model.
    `settings`, `groups` and `fit` are what the run chose, the rows of each group and the one solution that everything
    published comes from; ``corr (J, G, G)`` the correlations of groups that share respondents or clusters, and
    ``shared`` those of any other numbers, None where there are no such groups; ``task`` what further errors are made
    from, None without intervals.
    """

    estimates: Estimates
    moments: Moments
    tallies: tuple[Tally, ...]
    notes: tuple[str, ...]
    settings: Settings
    groups: tuple[Group, ...]
    fit: Fit
    draws: Floats | None = None
    corr: Floats | None = None
    shared: Shared | None = None
    extra: ExtraEstimates | None = None
    task: Task | None = None

    def left_out(self, survey: Survey) -> int:
        """Rows of `survey` that the missing rule left out."""
        return survey.respondents - int(self.moments.n.sum())


@dataclass(frozen=True, eq=False)
class Publishing:
    """How the published numbers of a model follow from moments, for the batch, its replicates and its derivatives.

    ``given (p,)`` are index weights from outside the fit, see :func:`_given_weights`.
    """

    model: Model
    design: Design
    layout: Layout
    estimator: Kind
    given: Floats | None

    def raw_weights(self, fit: Fit) -> Floats:
        """Index weights of the items, before they are shares."""
        rule = "equal" if plain_means(self.model) else self.model.index.weights
        return index_weights(fit, self.layout, rule, self.given)

    def numbers(self, fit: Fit, lost: Bools) -> Floats:
        """``(G, Q)`` numbers of a fit, NaN for groups that are lost."""
        return np.where(lost[:, None], np.nan, quantities(fit, self.layout, self.raw_weights(fit)))

    def published(self, batch: Moments) -> tuple[Floats, NDArray[np.int64]]:
        """Numbers and status of moments, as the tables show them."""
        fit = self.estimator(self.design, batch)
        return self.numbers(fit, fatal(self.model, fit.status)), fit.status

    def near(self, point: Moments) -> Statistic:
        """Numbers of moments close to `point`, for differences: they begin from its solution."""
        exact = self.estimator.near(self.design, point)

        def differenced(batch: Moments) -> tuple[Floats, NDArray[np.int64]]:
            fit = exact(self.design, batch)
            return self.numbers(fit, (fit.status & int(Status.SINGULAR)) != 0), fit.status

        return differenced

    def derivatives(self, points: Moments) -> list[Chain | None]:
        """Derivatives of the numbers at each of `points`, None where there is no formula."""
        return chains(self.layout, self.estimator, points, self.raw_weights)


def estimate(
    model: Model,
    survey: Survey,
    settings: Settings | None = None,
    parent: Floats | None = None,
    tick: Tick | None = None,
    extras: Extras | None = None,
    aside: Bools | None = None,
) -> Outcome:
    """Fit every group of `survey` and its replicates.

    Parameters
    ----------
    settings : Settings, optional
        Missing rule, estimator and uncertainty of the run; made here where left out.
    parent : (p,) unstandardised index weights of the parent level, for ``index: {weights: pooled}``.
    tick : called with the number of replicates done.
    extras : numbers beside the model, from columns that join the sums.
    aside : (G,) groups that are estimated elsewhere: nothing is said of them, and they have no numbers.

    Raises
    ------
    DataError, EstimationError
        Every group has too few rows, cannot be estimated, or has nothing to resample.
    """
    settings = settings or Settings.of(model, survey)
    rule, method = settings.rule, settings.method
    groups = groups_of(survey, FORM_OF_RULE[rule])
    small, notes = too_small(survey, groups, rule)
    design = Design.of(model)
    layout = Layout.of(model, design)
    estimator = settings.estimator_for(model, survey, groups)
    by = Publishing(model, design, layout, estimator, _given_weights(model, design, parent))
    moments = Moments.from_sums(Sums.stack([g.rows.sums() for g in groups], [g.key for g in groups]), rule)
    fit = estimator(design, moments)
    status = fit.status | np.where(small, int(Status.TOO_FEW), 0)
    status = status | (int(Status.LOST_TO_CODES) if lost_to_codes(survey) else 0)
    elsewhere = np.zeros(len(groups), dtype=bool) if aside is None else aside
    notes += state_notes(model, fit, status, groups, elsewhere)
    notes += indefinite_notes(rule, moments, groups, inverted=not model.estimate.entry.ordered)
    value = by.numbers(fit, fatal(model, status) | elsewhere)
    near, blocks = Near(by.near, by.derivatives), layout.blocks
    compared = np.sort(np.concatenate([np.arange(blocks[b].start, blocks[b].stop) for b in COMPARED]))
    task = Task(model, survey, rule, by.published, near, blocks["index"], compared, tick)
    spread, extra = no_intervals(value), None
    if extras is not None:
        spread, extra = with_extras(task, method, groups, moments, value, extras)
    elif method is not None:
        spread = around(task, method, groups, moments, value)
    shared = Shared(task, groups, moments, value, spread.left_out, spread.moves)
    corr = shared(task.index) if method is not None and len(groups) > 1 else None
    estimates = _estimates(by, survey.by, moments, replace(fit, status=status), value, spread)
    said = (*notes, *settings.notes, *spread.notes)
    done = Outcome(estimates, moments, spread.tallies, said, settings, tuple(groups), fit, spread.draws, extra=extra)
    done = done if corr is None else replace(done, corr=corr, shared=shared)
    return done if method is None or rule == "fiml" else replace(done, task=task)


def _estimates(
    by: Publishing, columns: tuple[str, ...], moments: Moments, fit: Fit, value: Floats, spread: Around
) -> Estimates:
    """The numbers of all groups with their errors; none beside a number whose fit does not allow it."""
    errors = guarded(by.model, spread.errors, fit.status)
    return Estimates(
        layout=by.layout,
        by=columns,
        keys=moments.keys,
        value=value,
        se=errors.se,
        low=errors.low,
        high=errors.high,
        p=errors.p,
        df=spread.df,
        n=moments.n,
        n_eff=moments.n_eff,
        status=np.asarray(fit.status),
        iterations=fit.iterations,
        smallest_eigenvalue=smallest_eigenvalue(fit.correlations),
    )


def plain_means(model: Model) -> bool:
    """Whether every item of a construct counts the same in its index, because nothing is estimated."""
    return model.estimate.entry.plain and model.index.weights == "own"


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
