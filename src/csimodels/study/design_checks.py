"""Whether a method of uncertainty suits the design of a group: refused, or said beside the intervals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from csimodels.errors import Problem
from csimodels.infer import Bootstrap
from csimodels.messages import Message, about, listed
from csimodels.moments import Sampling
from csimodels.study.groups import Group
from csimodels.study.replicate_counts import Tally
from csimodels.survey import Survey
from csimodels.survey.columns import Ints
from csimodels.survey.domains import WholeSample

#: Degrees of freedom of a design below which intervals cut from replicates are visibly too short.
FEW_DF = 20


def unvarying(survey: Survey, group: Group, sampling: Sampling) -> Problem | None:
    """Why the design of a group shows no variance, or None."""
    alone = np.flatnonzero(sampling.sizes == 1)
    if survey.strata is not None and len(group.members) == survey.n and 2 * len(alone) > len(sampling.sizes):
        return _mostly_alone(survey, group, sampling, alone)
    if not sampling.lonely or (sampling.lone != "refuse" and sampling.lonely < len(sampling.sizes)):
        return None
    if survey.strata is None:
        what = Message("all rows lie in one cluster, which has no variance to resample")
        remedy = "check the cluster column, or leave the intervals out (uncertainty: {method: none})"
        return Problem(what, group.name, remedy=remedy)
    numbers = np.unique(survey.strata[group.used])[sampling.alone]
    text = "{alone} of {n} strata have a single row, which has no variance to resample"
    if survey.cluster is not None:
        text = "{alone} of {n} strata have a single cluster, which has no variance to resample"
    what = Message(text, alone=sampling.lonely, n=len(sampling.sizes))
    shown = _strata_named(survey, numbers.tolist())
    remedy = (
        "join it with a neighbour, or say under data: design: {lone_strata: certainty} (it was bound to be in the "
        "sample), adjust (its distance from the mean of all) or average (as the other strata)"
    )
    return Problem(what, group.name, shown, remedy=remedy)


def _mostly_alone(survey: Survey, group: Group, sampling: Sampling, alone: Ints) -> Problem | None:
    """Most strata of the survey have a single unit: what is named holds no strata, whatever `lone_strata` says."""
    if len(alone) < len(sampling.sizes) and (sampling.lone != "refuse" or not sampling.lonely):
        return None  # a rule for them is stated
    number = len(sampling.sizes)
    what = Message("{alone} of {n} strata have a single row: nothing varies within them", alone=len(alone), n=number)
    remedy = "leave strata out, or name the column of the strata that the rows were drawn from"
    if survey.cluster is not None:
        text = "{alone} of {n} strata have a single cluster: nothing varies within them"
        what = Message(text, alone=len(alone), n=number)
        remedy = "leave strata out, or name the column of the strata that several clusters each were drawn from"
    return Problem(what, group.name, _strata_named(survey, alone.tolist()), remedy=remedy)


def _strata_named(survey: Survey, numbers: Iterable[int]) -> Message | str:
    shown = listed([survey.strata_names[h] for h in numbers] if survey.strata_names else [], 6)
    return Message("stratum {names}", names=shown) if shown else ""


def needs_formula(sampling: Sampling) -> bool:
    """Whether strata of a single unit have a variance that only linearised errors follow."""
    return bool(sampling.lonely) and sampling.lone in ("adjust", "average")


def unfollowed(sampling: Sampling, group: Group) -> Problem | None:
    """Why replicates cannot stand for what `lone_strata` asks for, or None."""
    if not needs_formula(sampling):
        return None
    what = Message("replicates cannot follow lone_strata: {rule}, which is a formula", rule=sampling.lone)
    return Problem(what, group.name, remedy="choose uncertainty: {method: linearised}, or lone_strata: certainty")


def raked_before(group: Group, raked: bool) -> Problem | None:
    """Rows that the missing rule leaves out after their weights were raked: the others no longer meet the margins.

    Replicates raked to the margins would then stand for another estimate than the one that is published.
    """
    lost = len(group.members) - group.rows.n
    if not raked or not lost:
        return None
    text = "the weights were raked with {n} rows that listwise deletion leaves out: the margins are not met"
    used = Message("{n} of {all} rows are used", n=group.rows.n, all=len(group.members))
    remedy = "choose another missing rule (mean, pairwise, em), or give the raked weights as a column, without rake"
    return Problem(Message(text, n=lost), group.name, used, remedy=remedy)


def undrawable(method: Bootstrap, group: Group, sampling: Sampling, raked: bool) -> Problem | None:
    """Why the bootstrap asked for cannot follow the design of a group, or None."""
    corrected, poisson = bool(sampling.fraction.any()), method.draw == "poisson"
    if method.interval == "studentised" and (poisson or corrected or raked):
        what = "studentised intervals need multinomial draws, no finite population correction and no raked weights"
        return Problem(Message(what), group.name, remedy="choose interval: bca, or method: linearised")
    if method.interval == "studentised" and sampling.copies is not None:
        what = "studentised intervals cannot follow groups that are met by chance"
        return Problem(Message(what), group.name, remedy="choose interval: bca, or method: linearised")
    if poisson and corrected:
        what = "Poisson draws cannot follow the finite population correction"
        return Problem(Message(what), group.name, remedy="leave draw: poisson out, or choose method: linearised")
    return None


def few_units(sampling: Sampling, simple: bool) -> int | None:
    """Degrees of freedom of a design of strata or clusters that are few for intervals cut from replicates, or None."""
    return None if simple or sampling.df >= FEW_DF else sampling.df


def crossing_notes(survey: Survey) -> list[Message]:
    """That groups cross the strata, where the spec does not say whether that was planned."""
    design = survey.model.data.design
    without = survey.model.uncertainty.method == "none" or survey.replicate_weights is not None
    if survey.strata is None or len(survey.group_keys) < 2 or design.groups is not None or without:
        return []
    whole = WholeSample.of(survey)
    cells = np.unique(np.stack([whole.wave[survey.group], survey.strata, survey.group], axis=1), axis=0)
    if len(np.unique(cells[:, :2], axis=0)) == len(cells):
        return []  # every stratum is of one group
    text = (
        "groups cross the strata, and their errors take it as planned how many rows of each stratum a group has; where "
        "groups are met by chance, as companies that people name, write groups: by_chance under data: design (else "
        "groups: planned, and this is not said)"
    )
    return [Message(text)]


def lacking_notes(rows: Sequence[tuple[Group, Tally, int]], said: Collection[str]) -> list[Message]:
    """Groups of which some numbers have no interval: group, tally and how many; those in `said` are named already."""
    text = "{n} numbers have no interval: replicates do not vary, are too few, or lie on one side of the estimate"
    alike = "{n} numbers have no interval: no answer moves such a number, or slightly other answers leave it undefined"
    return [
        about(group.name, Message(text if tally.asked else alike, n=count))
        for group, tally, count in rows
        if count and group.name not in said and tally.kept >= min(tally.asked, 2)
    ]


def unmet_notes(rows: Sequence[tuple[int, int]]) -> list[Message]:
    """Replicates, of those asked for, in which no weights within the bounds of raking meet the margins."""
    text = (
        "in {unmet} of {asked} replicates the margins are not met within rake_bounds: their errors are not to be "
        "trusted where these are many; widen the bounds, or take method: linearised"
    )
    return [Message(text, unmet=unmet, asked=asked) for unmet, asked in rows if unmet]


def few_notes(rows: Sequence[tuple[Group, int | None]]) -> list[Message]:
    """One note on the groups whose design leaves the bootstrap few degrees of freedom, see :func:`few_units`."""
    named = [Message("{name} ({n})", name=group.name, n=df) for group, df in rows if df is not None]
    if not named:
        return []
    text = (
        "few clusters; degrees of freedom: {names}; bootstrap intervals are then too short, "
        "those of the jackknife and of linearised errors use Student's t"
    )
    return [Message(text, names=listed(named, 6))]
