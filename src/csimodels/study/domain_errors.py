"""Groups that are met by chance, as domains of one sample: how the sampling errors of their numbers go together.

A number of a group is to first order a sum of influences over its rows.  Over all units of a stratum of the whole
sample, 0 where a unit holds nobody of the group, such sums of two groups have the covariance ``sum_h (1 - f_h) n_h /
(n_h - 1) sum_c (T_gc - mean_gh)(T_kc - mean_kh)`` (Binder 1983), as ``svyby(..., covmat = TRUE)`` of R's survey has it.
It is not zero where no unit is in both: a unit in the one is none in the other.

Lone strata with ``"average"``: each group's variance is raised by the strata that it has rows in, as R's survey does
for a group by itself, and the correlation of two groups is that of the strata with more than one unit.  A weighted sum
of groups then has a variance that is never negative, and equal groups give that of each.  R's ``svyby(..., covmat =
TRUE)`` contradicts itself here: it raises every variance by the lone strata that any of the groups has rows in, so that
the error of one and the same company differs with the others that are asked for; it is not followed there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from csimodels.moments.linalg import Floats, settled_correlation
from csimodels.moments.sampling import stratum_factors
from csimodels.study.groups import Group
from csimodels.survey import Survey
from csimodels.survey.columns import Ints
from csimodels.survey.domains import WholeSample


def domain_correlations(survey: Survey, whole: WholeSample, groups: Sequence[Group], parts: Sequence[Floats]) -> Floats:
    """Correlations ``(M, G, G)`` of sums over the rows of groups of one sample, in every wave.

    Parameters
    ----------
    parts : sequence of (n_g, M) arrays
        What each used row of a group adds to M numbers.
    """
    waves = _waves(survey, whole, groups)
    sizes, factors = whole.sizes, _factors(survey, whole)
    per_unit = np.where(sizes < 2, 0.0, 1.0 / np.maximum(sizes, 1))  # a lone unit is centred at 0, or counts nothing
    pairs = [(v, w, whole.counted(whole.drawn[v] & whole.drawn[w])) for v, w in np.ndindex(len(sizes), len(sizes))]
    out = []
    for column in range(parts[0].shape[1]):
        totals = _totals(whole, groups, [part[:, column] for part in parts], np.sqrt(factors)[waves])
        # (W, G, H): what each group has of the units of each wave, by stratum
        sums = np.stack([_by_stratum(totals, whole, w) for w in range(len(sizes))])
        mean = sums[waves, np.arange(len(groups))] * per_unit[waves]
        cov = np.asarray((totals @ totals.T).todense())
        for v, w, both in pairs:  # units of two waves: a sum of products, less those of the means
            a, b = np.flatnonzero(waves == v), np.flatnonzero(waves == w)
            less = (sums[w][a] - both * mean[a]) @ mean[b].T + mean[a] @ sums[v][b].T
            cov[np.ix_(a, b)] -= less
        out.append(settled_correlation(cov))
    return np.stack(out)


def domain_totals(whole: WholeSample, groups: Sequence[Group], parts: Sequence[Floats], survey: Survey) -> Floats:
    """(U, M) totals of ``parts`` by sampling unit over all groups together, centred within the strata of each wave."""
    out = np.zeros((len(whole.stratum), parts[0].shape[1]))
    sizes = whole.sizes
    for wave, group, part in zip(_waves(survey, whole, groups), groups, parts, strict=True):
        total = np.zeros_like(out)
        np.add.at(total, whole.number[group.used], part)
        there = np.flatnonzero(whole.drawn[wave])
        mean = np.zeros((sizes.shape[1], part.shape[1]))
        np.add.at(mean, whole.stratum[there], total[there])
        total[there] -= (mean / np.maximum(sizes[wave], 1)[:, None])[whole.stratum[there]]
        out += total
    return out


def _waves(survey: Survey, whole: WholeSample, groups: Sequence[Group]) -> Ints:
    """(G,) number of the wave of each group."""
    return whole.wave[[int(survey.group[group.members[0]]) if len(group.members) else 0 for group in groups]]


def _factors(survey: Survey, whole: WholeSample) -> Floats:
    """(W, H) what a squared deviation counts in each stratum of each wave."""
    sizes = whole.sizes
    fraction = np.zeros(sizes.shape)
    if survey.fpc is not None:
        fraction[whole.wave[survey.group], whole.stratum[whole.number]] = survey.fpc
    lone = survey.model.data.design.lone_strata
    factors = np.zeros(sizes.shape)
    for w, number in enumerate(sizes):
        there = number > 0
        share = np.where((number < 2) & (lone == "certainty"), 1.0, fraction[w])
        factors[w, there] = stratum_factors(number[there], share[there], lone)
    return np.where(np.isfinite(factors), factors, 0.0)


def _totals(whole: WholeSample, groups: Sequence[Group], columns: Sequence[Floats], scale: Floats) -> Any:
    """(G, U) totals of each unit, times the ``scale (G, H)`` of its stratum, as a sparse matrix."""
    from scipy.sparse import coo_array  # scipy loads only where groups go together

    numbers = [whole.number[group.used] for group in groups]
    group_of = np.repeat(np.arange(len(groups)), [len(mine) for mine in numbers])
    number = np.concatenate(numbers)
    value = np.concatenate(columns) * scale[group_of, whole.stratum[number]]
    totals = coo_array((value, (group_of, number)), shape=(len(groups), len(whole.stratum))).tocsr()
    totals.sum_duplicates()
    return totals


def _by_stratum(totals: Any, whole: WholeSample, wave: int) -> Floats:
    """(G, H) sums of the totals over the units of a wave, by stratum."""
    from scipy.sparse import coo_array

    units = np.flatnonzero(whole.drawn[wave])
    shape = (len(whole.stratum), int(whole.stratum.max()) + 1)
    select = coo_array((np.ones(len(units)), (units, whole.stratum[units])), shape=shape).tocsr()
    return np.asarray((totals @ select).todense())
