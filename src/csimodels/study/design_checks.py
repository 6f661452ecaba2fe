"""Whether a method of uncertainty suits the design of a group: refused, or said beside the intervals."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from csimodels.errors import Problem, listed
from csimodels.infer import Bootstrap
from csimodels.moments import Sampling
from csimodels.study.groups import Group
from csimodels.study.replicate_counts import Tally
from csimodels.survey import Survey

#: Degrees of freedom of a design below which intervals cut from replicates are visibly too short.
FEW_DF = 20


def unvarying(survey: Survey, group: Group, sampling: Sampling) -> Problem | None:
    """Why the design of a group shows no variance, or None."""
    if not sampling.lonely or (sampling.lone != "refuse" and sampling.lonely < len(sampling.sizes)):
        return None
    if survey.strata is None:
        what = "all rows lie in one cluster, which has no variance to resample"
        remedy = "check the cluster column, or leave the intervals out (uncertainty: {method: none})"
        return Problem(what, group.name, remedy=remedy)
    numbers = np.unique(survey.strata[group.used])[sampling.alone]
    unit = "cluster" if survey.cluster is not None else "row"
    what = f"{sampling.lonely} of {len(sampling.sizes)} strata have a single {unit}, which has no variance to resample"
    shown = listed([survey.strata_names[h] for h in numbers.tolist()] if survey.strata_names else [], 6)
    remedy = (
        "join it with a neighbour, or say under data: design: {lone_strata: certainty} (it was bound to be in the "
        "sample), adjust (its distance from the mean of all) or average (as the other strata)"
    )
    return Problem(what, group.name, f"stratum {shown}" if shown else "", remedy=remedy)


def needs_formula(sampling: Sampling) -> bool:
    """Whether strata of a single unit have a variance that only linearised errors follow."""
    return bool(sampling.lonely) and sampling.lone in ("adjust", "average")


def unfollowed(sampling: Sampling, group: Group) -> Problem | None:
    """Why replicates cannot stand for what `lone_strata` asks for, or None."""
    if not needs_formula(sampling):
        return None
    what = f"replicates cannot follow lone_strata: {sampling.lone}, which is a formula"
    return Problem(what, group.name, remedy="choose uncertainty: {method: linearised}, or lone_strata: certainty")


def raked_before(group: Group, raked: bool) -> Problem | None:
    """Rows that the missing rule leaves out after their weights were raked: the others no longer meet the margins.

    Replicates raked to the margins would then stand for another estimate than the one that is published.
    """
    lost = len(group.members) - group.rows.n
    if not raked or not lost:
        return None
    what = f"the weights were raked with {lost} rows that listwise deletion leaves out: the margins are not met"
    remedy = "choose another missing rule (mean, pairwise, em), or give the raked weights as a column, without rake"
    return Problem(what, group.name, f"{group.rows.n} of {len(group.members)} rows are used", remedy=remedy)


def undrawable(method: Bootstrap, group: Group, sampling: Sampling, raked: bool) -> Problem | None:
    """Why the bootstrap asked for cannot follow the design of a group, or None."""
    corrected, poisson = bool(sampling.fraction.any()), method.draw == "poisson"
    if method.interval == "studentised" and (poisson or corrected or raked):
        what = "studentised intervals need multinomial draws, no finite population correction and no raked weights"
        return Problem(what, group.name, remedy="choose interval: bca, or method: linearised")
    if poisson and corrected:
        what = "Poisson draws cannot follow the finite population correction"
        return Problem(what, group.name, remedy="leave draw: poisson out, or choose method: linearised")
    return None


def few_units(sampling: Sampling) -> int | None:
    """Degrees of freedom of a design of strata or clusters that are few for intervals cut from replicates, or None."""
    return sampling.df if not sampling.simple and sampling.df < FEW_DF else None


def lacking_notes(rows: Sequence[tuple[Group, Tally, int]], said: Collection[str]) -> list[str]:
    """Groups of which some numbers have no interval: group, tally and how many; those in `said` are named already."""
    return [
        f"{group.name}: {count} numbers have no interval: their replicates do not vary, are too few, "
        "or lie on one side of the estimate"
        for group, tally, count in rows
        if count and group.name not in said and tally.kept >= min(tally.asked, 2)
    ]


def few_notes(rows: Sequence[tuple[Group, int | None]]) -> list[str]:
    """One note on the groups whose design leaves the bootstrap few degrees of freedom, see :func:`few_units`."""
    named = [f"{group.name} ({df})" for group, df in rows if df is not None]
    if not named:
        return []
    return [
        f"few clusters; degrees of freedom: {listed(named, 6)}; bootstrap intervals are then too short, "
        "those of the jackknife and of linearised errors use Student's t"
    ]
