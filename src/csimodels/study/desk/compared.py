"""Simple indices and nodes of the hierarchy as what groups are compared by: with replicates, and shared respondents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.infer.desk import desk_slopes
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.rollup.estimates import GroupNumbers
from csimodels.study.desk.desk import Desk
from csimodels.study.desk.part import state_of
from csimodels.study.estimation import Outcome
from csimodels.study.extra_estimates import ExtraEstimates
from csimodels.study.extras import Extras
from csimodels.study.overlap import shared_correlations
from csimodels.survey import Survey


def compared_numbers(desk: Desk | None, outcome: Outcome, survey: Survey) -> tuple[GroupNumbers, ...]:
    """One set of numbers of all groups for each index of `desk` that groups are compared by."""
    made = outcome.extra
    if desk is None or made is None or desk.extras is None:
        return ()
    places = desk.compared
    corr = _correlations(desk.extras, made, outcome, survey, np.asarray(list(places.values()), dtype=np.intp))
    drawn = {int(place): k for k, place in enumerate(made.drawn)}
    draws = None if corr is not None else made.draws
    out = []
    for j, (name, k) in enumerate(places.items()):
        at, e = slice(k, k + 1), made.errors
        out.append(
            GroupNumbers(
                names=(name,),
                value=made.value[:, at],
                se=e.se[:, at],
                low=e.low[:, at],
                high=e.high[:, at],
                df=made.df[:, at],
                n=np.asarray(made.sums.n, dtype=np.float64),
                status=tuple(Message(text) for text in state_of(made.value[:, k])),
                draws=None if draws is None else draws[:, :, drawn[k] : drawn[k] + 1],
                corr=None if corr is None else corr[j : j + 1],
                within=desk.extras.within(k),
                level=desk.level,
            )
        )
    return tuple(out)


def _correlations(
    extras: Extras, made: ExtraEstimates, outcome: Outcome, survey: Survey, places: NDArray[np.intp]
) -> Floats | None:
    """(K, G, G) correlations of groups that share respondents or clusters; None where they share none."""
    if made.moves is not None:
        return made.moves.correlations(places)
    if outcome.corr is None or outcome.shared is None or not len(places):
        return None
    value = outcome.estimates.value
    parts, slopes = [], []
    for g, group in enumerate(outcome.groups):
        means = made.sums.wx[g] / made.sums.w[g]
        by_extra, by_model = (some[places] for some in desk_slopes(extras.values, means, value[g]))
        parts.append(extras.contributions(group, means) @ by_extra.T)
        slopes.append(by_model)
    used = np.flatnonzero((np.asarray(slopes) != 0).any(axis=(0, 1)))
    if len(used):
        for g, of_model in enumerate(outcome.shared.parts(used)):
            if not np.isnan(value[g, used]).any():
                parts[g][np.asarray(outcome.groups[g].rows.kept)] += of_model @ slopes[g][:, used].T
    return shared_correlations(survey, extras.alone(outcome.groups), [np.nan_to_num(part) for part in parts])
