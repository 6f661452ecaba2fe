"""Groups in which an item was not asked: estimated without it, and put in their place among the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.messages import Message, constructs, items, listed
from csimodels.moments.linalg import Floats
from csimodels.spec import Model
from csimodels.spec.expressions import formula, relation
from csimodels.study.estimation import Outcome, estimate
from csimodels.study.extras import Extras
from csimodels.study.group_errors import Tick
from csimodels.study.groups import group_name
from csimodels.study.settings import Settings
from csimodels.survey import Survey
from csimodels.tables import Estimates, Layout

#: Parts of estimates with one number for each group and published number, and with one for each group.
_NUMBERS = ("value", "se", "low", "high", "p", "df")
_OF_GROUPS = ("n", "n_eff", "status", "iterations", "smallest_eigenvalue")


def unasked_items(survey: Survey) -> tuple[tuple[str, ...], ...]:
    """Items that nobody of a group answered, for every group in the order of its keys."""
    names, sizes = np.asarray(survey.model.item_names), survey.sizes
    groups = range(len(survey.group_keys))
    return tuple(tuple(names[survey.unasked(g)].tolist()) if sizes[g] else () for g in groups)


def estimate_groups(
    model: Model,
    survey: Survey,
    settings: Settings | None = None,
    parent: Floats | None = None,
    tick: Tick | None = None,
    extras: Extras | None = None,
) -> Outcome:
    """:func:`~csimodels.study.estimation.estimate`, with groups that were not asked an item estimated without it.

    That is done where the spec says ``estimate: {unasked_items: leave_out}``; parameters as there.
    """
    missing = unasked_items(survey)
    if model.estimate.unasked_items != "leave_out" or not any(missing):
        return estimate(model, survey, settings, parent, tick, extras)
    without = {names: _without(model, names) for names in dict.fromkeys(missing) if names}
    aside = np.asarray([bool(names) and without[names] is not None for names in missing])
    settings = settings or Settings.of(model, survey)
    done = estimate(model, survey, settings, parent, tick, extras, aside)
    for names, smaller in without.items():
        if smaller is not None:
            groups = [g for g, found in enumerate(missing) if found == names]
            part = estimate(smaller, _rows_of(survey, smaller, groups), settings, _share(model, smaller, parent), tick)
            done = _with_part(done, part, groups, _note(model, survey, names, groups))
    return done


def _without(model: Model, names: Sequence[str]) -> Model | None:
    """The model without some items, None where a construct would be left without any."""
    gone = set(names)
    constructs = tuple(replace(c, items=tuple(i for i in c.items if i.name not in gone)) for c in model.constructs)
    if any(not small.items and whole.items for small, whole in zip(constructs, model.constructs, strict=True)):
        return None
    kept = tuple(p for p in model.parameters if not {p.lhs, p.rhs} & gone)
    labels = {label for p in kept for label in (p.label, *(said.label for said in p.groups))}
    defined, constraints = _still_named(model, labels)
    fixed = tuple((item, weight) for item, weight in model.index.fixed if item not in gone)
    index = replace(model.index, fixed=fixed)
    smaller = replace(model, constructs=constructs, parameters=kept, index=index)
    return replace(smaller, defined=defined, constraints=constraints)


def _still_named(model: Model, labels: set[str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Formulas and constraints of labels that are left."""
    known, left = set(labels), dict(model.defined)
    while more := {name for name, text in left.items() if name not in known and set(formula(text).names) <= known}:
        known |= more
    kept = tuple((name, text) for name, text in model.defined if name in known)
    return kept, tuple(text for text in model.constraints if set(relation(text).names) <= known)


def _rows_of(survey: Survey, model: Model, groups: Sequence[int]) -> Survey:
    """The rows of some groups with the items of a smaller model; the groups are numbered anew."""
    part = survey.select(np.isin(survey.group, groups))
    columns = [survey.model.item_names.index(name) for name in model.item_names]
    return replace(
        part,
        model=model,
        x=np.ascontiguousarray(part.x[:, columns]),
        group=np.searchsorted(groups, part.group).astype(np.intp),
        group_keys=tuple(survey.group_keys[g] for g in groups),
        log=survey.log,
    )


def _share(model: Model, smaller: Model, parent: Floats | None) -> Floats | None:
    """Weights of the parent level for the items that are left."""
    if parent is None:
        return None
    pairs = zip(model.item_names, parent[: len(model.item_names)], strict=True)
    by_item = dict(pairs)
    return np.asarray([by_item[name] for name in smaller.item_names])


def _with_part(done: Outcome, part: Outcome, groups: Sequence[int], note: Message) -> Outcome:
    """`done` with the estimates of some groups taken from a run of a smaller model."""
    into, source = done.estimates, part.estimates
    at = _places(into.layout, source.layout)
    changed: dict[str, Any] = {n: _placed(getattr(into, n), getattr(source, n), groups, at) for n in _NUMBERS}
    for name in _OF_GROUPS:
        values = getattr(into, name).copy()
        values[list(groups)] = getattr(source, name)
        changed[name] = values
    tallies = list(done.tallies)
    for k, g in enumerate(groups):
        if tallies and part.tallies:
            tallies[g] = part.tallies[k]
    draws = done.draws
    if draws is not None and part.draws is not None:
        draws = draws.copy()
        draws[list(groups)] = part.draws
    estimates: Estimates = replace(into, **changed)
    notes = (*done.notes, note, *part.notes)
    return replace(done, estimates=estimates, tallies=tuple(tallies), draws=draws, notes=tuple(dict.fromkeys(notes)))


def _placed(into: Floats, source: Floats, groups: Sequence[int], at: NDArray[np.intp]) -> Floats:
    out = into.copy()
    for k, g in enumerate(groups):
        out[g] = np.nan
        out[g, at] = source[k]
    return out


def _places(into: Layout, source: Layout) -> NDArray[np.intp]:
    """(Q,) where each number of the smaller layout stands in the larger one: same block, same subject."""
    out = []
    for block, subjects in source.subjects.items():
        start, known = into.blocks[block].start, into.subjects[block]
        seen: dict[str, int] = {}
        for subject in subjects:
            place = known.index(subject, seen.get(subject, -1) + 1)
            seen[subject] = place
            out.append(start + place)
    return np.asarray(out, dtype=np.intp)


def _note(model: Model, survey: Survey, names: Sequence[str], groups: Sequence[int]) -> Message:
    where = [group_name(survey.by, survey.group_keys[g]) for g in groups]
    text = (
        "not asked in {groups}: {items}; estimated without, so that {names} there is not the same measure as in "
        "the other groups"
    )
    touched = [c.name for c in model.constructs if any(item.name in names for item in c.items)]
    return Message(text, groups=listed(where, 6), items=items(names), names=constructs(touched))
