"""Units of a tree against one another: ranks and differences (docs/rollup.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.shares import limits_at, on_logit, size_of_end
from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.infer.best import lead_over_best
from csimodels.infer.contrasts import Contrast, combined, difference
from csimodels.infer.multiple import Adjust, adjusted
from csimodels.infer.ranking import normal_draws, ranks
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.rollup.estimates import GroupNumbers, unit_draws
from csimodels.tables import comparisons
from csimodels.tables.rollup import RolledUp, Tree, unit_columns

Ints = NDArray[np.intp]

#: What rows can be compared with, besides a unit's name.
AGAINST = ("parent", "pairs", "others", "best", "mean")
#: How many count as the first few in ``p_top3``.
TOP = 3


def rank_units(
    rolled: RolledUp,
    draws_of: Callable[[int], Floats],
    construct: str,
    *,
    of: str | None = None,
    within: str | None = None,
    level: float = 0.95,
    joint: bool = False,
    direction: int = 1,
) -> pd.DataFrame:
    """Ranks of the units of one level on a construct, wave by wave; 1 is the best.

    Parameters
    ----------
    draws_of : place of a construct -> replicates ``(U, R)`` of every unit, or draws in their place, see
        :func:`draws_of_units`.
    of : the level that is ranked; the lowest by default.
    within : a higher level: ranks among the units of the same parent there; among all of the wave by default.
    level : coverage of the interval of each unit; with `joint` of all intervals of a ranking together.
    direction : 1 where the highest index is the best, -1 where the lowest is.

    Raises
    ------
    SpecError
        Unknown construct or level.
    """
    tree, j = rolled.tree, _place(construct, rolled.names, "construct")
    rows, sets = _sets(tree, of, within)
    value, parts = rolled.value[:, j], np.full((6, len(tree)), np.nan)
    draws = draws_of(j)
    for mine in sets:
        done = ranks(direction * value[mine], direction * draws[mine], level, top=TOP, joint=joint)
        among = np.full(len(mine), (~np.isnan(value[mine])).sum())
        parts[:, mine] = done.rank, done.low, done.high, among, done.first, done.top
    names = ("rank", "rank_low", "rank_high", "among", "p_first", "p_top3")
    if rows.size:
        rows = np.concatenate([mine[np.argsort(parts[0, mine], kind="stable")] for mine in sets])
    labels = unit_columns(tree, rows) | {"construct": [construct for _ in rows]}
    return comparisons.ranked(labels, value[rows], {name: parts[k, rows] for k, name in enumerate(names)})


def draws_of_units(rolled: RolledUp, groups: GroupNumbers, j: int, seed: int) -> Floats:
    """(U, R) replicates of construct `j` for every unit, or normal draws by `seed` where there are none."""
    if groups.draws is None:
        cov = None
        if rolled.group_cov is not None:
            made_of = rolled.shares.of_groups
            cov = made_of @ rolled.group_cov[j] @ made_of.T
        if groups.within is not None:
            return np.asarray(rolled.shares.of_groups @ np.nan_to_num(_bounded_draws(groups, j, seed))) + np.where(
                np.isnan(rolled.se[:, j : j + 1]), np.nan, 0.0
            )
        return normal_draws(rolled.value[:, j], rolled.se[:, j], rolled.df[:, j], seed, cov=cov)
    return unit_draws(rolled.shares, groups.draws[:, :, j])


def _bounded_draws(groups: GroupNumbers, j: int, seed: int) -> Floats:
    """(G, R) draws of numbers that have ends, normal on the logit scale; of those at an end by their limit there."""
    from scipy.special import ndtr

    assert groups.within is not None
    least, most = groups.within
    value, low, high = (part[:, j] for part in (groups.value, groups.low, groups.high))
    inside, centre, error = on_logit(value, groups.se[:, j], groups.within)
    corr = None if groups.corr is None else groups.corr[j] * np.outer(error, error)
    draws = normal_draws(centre, np.where(inside, error, 1.0), groups.df[:, j], seed, cov=_with_own(corr, inside))
    out = least + (most - least) / (1 + np.exp(-draws))
    alike = ~inside & ~np.isnan(value)
    m = size_of_end((high[alike] - low[alike]) / (most - least), groups.level)[:, None]
    away = -np.expm1(np.log(ndtr(centre[alike, None] - draws[alike])) / m)
    upper = (value[alike] > (least + most) / 2)[:, None]
    out[alike] = least + (most - least) * np.where(upper, 1 - away, away)
    out[np.isnan(value)] = np.nan
    return out


def _with_own(cov: Floats | None, inside: NDArray[np.bool_]) -> Floats | None:
    """Covariances (G, G) with a variance of 1 for those at an end, which go together with nobody."""
    return None if cov is None else cov + np.diag(np.where(inside, 0.0, 1.0))


def difference_units(
    rolled: RolledUp,
    groups: GroupNumbers,
    construct: str,
    against: str = "parent",
    *,
    of: str | None = None,
    within: str | None = None,
    level: float = 0.95,
    adjust: Adjust = "holm",
) -> pd.DataFrame:
    """Differences of units on a construct, with intervals and corrected p-values.

    Parameters
    ----------
    against : ``"parent"``: the unit above, which the unit is part of; ``"others"``: the weighted mean of the other
        members of the same parent, or the plain mean of all others of the level where there is no parent; ``"pairs"``:
        every two units of the level; ``"best"``: the best of the others of the same wave (:mod:`csimodels.infer.best`);
        ``"mean"``: the same as ``"others"``; or the name of a unit of any level.
    of : the level that is compared; the lowest by default.
    within : for ``"pairs"``: a higher level in whose units the pairs must lie.
    adjust : how p-values are corrected for the number of rows of the same wave.

    Raises
    ------
    SpecError
        Unknown construct, level or unit; `within` without pairs; no parents.
    """
    tree, j = rolled.tree, _place(construct, rolled.names, "construct")
    check_within(within, against)
    if against == "best":
        first, names, tested = _against_best(rolled, of, j, level, groups.within)
    else:
        first, names, tested = tested_units(rolled, groups, [j], against, of=of, within=within, level=level)
    labels = unit_columns(tree, first) | {"against": [*names], "construct": [construct for _ in first]}
    p_adj = by_wave(tree, first, tested.p.ravel(), adjust)
    return comparisons.compared(labels, "difference", tested, p_adj, level)


def check_within(within: str | None, against: str) -> None:
    """Refuse a level within which units are compared where they are not compared by pairs."""
    if within is not None and against != "pairs":
        remedy = 'leave it out, or compare against "pairs"'
        raise SpecError(Problem("within is for pairs", "within", within, remedy=remedy))


def tested_units(
    rolled: RolledUp,
    groups: GroupNumbers,
    places: Sequence[int],
    against: str,
    *,
    of: str | None = None,
    within: str | None = None,
    level: float = 0.95,
) -> tuple[Ints, list[str], Contrast]:
    """Rows ``(K,)``, what they are compared with, and the differences of several numbers ``(J, K)``.

    Parameters
    ----------
    places : which of the numbers (J).
    against, of, within, level : as for :func:`difference_units`, all but the best.
    """
    tree, at = rolled.tree, list(places)
    if against == "pairs":
        _, sets = _sets(tree, of, within)
        pairs = [pair for mine in sets for pair in combinations(mine.tolist(), 2)]
        first, second = np.asarray(pairs, dtype=np.intp).reshape(-1, 2).T
        cov = rolled.unit_cov(first, second)
        ends = (_ends(rolled, first, at), _ends(rolled, second, at)) if rolled.uneven else None
        shared = None if cov is None else cov[:, at].T
        tested = difference(_at(rolled, first, at), _at(rolled, second, at), level, shared, ends)
        return first, [tree.called(i) for i in second], tested
    first, names, coefficients = _contrasts(rolled, "others" if against == "mean" else against, of)
    corr = None if groups.corr is None else groups.corr[at]
    own = None if groups.ends is None else (groups.ends[0][at], groups.ends[1][at])
    value, se, df = (part[:, at].T for part in (groups.value, groups.se, groups.df))
    tested = combined(coefficients, value, se, df, level, corr, own)
    return first, names, _blanked(tested, np.isnan(_at(rolled, first, at)[0]) | ~coefficients.any(axis=1))


def _against_best(
    rolled: RolledUp, of: str | None, j: int, level: float, within: tuple[float, float] | None
) -> tuple[Ints, list[str], Contrast]:
    """Rows, the best of the others of the same wave, and the lead over it."""
    rows, sets = _sets(rolled.tree, of, None)
    parts = {name: np.full(len(rows), np.nan) for name in ("lead", "se", "df", "low", "high", "p")}
    names = [""] * len(rows)
    place = {int(row): k for k, row in enumerate(rows)}
    for mine in sets:
        cov = None
        if rolled.group_cov is not None:
            cov = rolled.shares.of_groups[mine] @ rolled.group_cov[j] @ rolled.shares.of_groups[mine].T
        value, se, df = _at(rolled, mine, j)
        ends = None
        if within is not None:
            ends = partial(_limits, value, _ends(rolled, mine, j), within, df, level)
        done = lead_over_best(value, se, df, level, cov, ends)
        at = [place[int(i)] for i in mine]
        for name, part in parts.items():
            part[at] = getattr(done, name)
        for k, other in zip(at, done.best, strict=True):
            names[k] = rolled.tree.called(int(mine[other])) if other >= 0 else ""
    return rows, names, Contrast(*parts.values())


def _limits(
    value: Floats, known: tuple[Floats, Floats], within: tuple[float, float], df: Floats, level: float, asked: float
) -> tuple[Floats, Floats]:
    """Limits of units at the level `asked`, from the `known` ones at `level`."""
    return known if asked == level else limits_at(value, known, within, df, (level, asked))


def by_wave(tree: Tree, rows: Ints, p: Floats, adjust: Adjust) -> Floats:
    """P-values corrected among the rows of the same wave: an earlier year does not change what this one shows."""
    out = np.full(p.shape, np.nan)
    places: dict[object, list[int]] = {}
    for k, row in enumerate(rows.tolist()):
        places.setdefault(tree.wave[row], []).append(k)
    for mine in places.values():
        out[mine] = adjusted(p[mine], adjust)
    return out


def _at(rolled: RolledUp, rows: Ints, j: int | Sequence[int]) -> tuple[Floats, Floats, Floats]:
    """Value, error and degrees of freedom of units, (K,) of one number or (J, K) of several."""
    return rolled.value[rows][:, j].T, rolled.se[rows][:, j].T, rolled.df[rows][:, j].T


def _ends(rolled: RolledUp, rows: Ints, j: int | Sequence[int]) -> tuple[Floats, Floats]:
    return rolled.low[rows][:, j].T, rolled.high[rows][:, j].T


def _blanked(tested: Contrast, lacking: NDArray[np.bool_]) -> Contrast:
    return tested.each(lambda part: np.where(lacking, np.nan, part))


def _contrasts(rolled: RolledUp, against: str, of: str | None) -> tuple[Ints, list[str], Floats]:
    """Rows, what they are compared with, and the coefficients (K, G) of the groups in the differences."""
    tree, made_of = rolled.tree, rolled.shares.of_groups
    rows, _ = _sets(tree, of, None)
    if against == "parent":
        rows = rows[tree.parent[rows] >= 0]
        if not len(rows):
            remedy = 'add a roll-up to the model, or compare against "others" or "pairs"'
            raise SpecError(Problem("nothing stands above these units", "against", "parent", remedy=remedy))
        parents = tree.parent[rows]
        return rows, [tree.called(int(i)) for i in parents], made_of[rows] - made_of[parents]
    if against == "others":
        return rows, ["others"] * len(rows), made_of[rows] - np.asarray([_others(rolled, int(i)) for i in rows])
    return _against_unit(rolled, rows, against)


def _against_unit(rolled: RolledUp, rows: Ints, name: str) -> tuple[Ints, list[str], Floats]:
    """Every row against the unit called `name` in the same wave."""
    tree, made_of = rolled.tree, rolled.shares.of_groups
    called = [tree.called(i) for i in range(len(tree))]
    hits = [i for i, text in enumerate(called) if text == name]
    waves = [tree.wave[i] for i in hits]
    if not hits:
        allowed = Message(
            "{names}, or a unit: {x}",
            names=listed(AGAINST),
            x=nearest(name, called) or listed(list(dict.fromkeys(called))),
        )
        raise SpecError(Problem("nothing of this name to compare with", "against", repr(name), allowed))
    if len(set(waves)) < len(waves):
        found = listed([f"{called[i]} ({tree.levels[tree.level[i]]})" for i in hits])
        remedy = "give units different names in the weights file"
        raise SpecError(Problem("several units have this name", "against", found, remedy=remedy))
    of_wave = dict(zip(waves, hits, strict=True))
    rows = np.asarray([i for i in rows if of_wave.get(tree.wave[i], i) != i], dtype=np.intp)
    other = [of_wave[tree.wave[i]] for i in rows]
    lacking = rolled.shares.covered[other, None] == 0
    return rows, [name] * len(rows), np.where(lacking, 0.0, made_of[rows] - made_of[other])


def _others(rolled: RolledUp, i: int) -> Floats:
    """(G,) shares of the groups in the mean of the other members of the parent (or level); its own without others."""
    tree, made_of = rolled.tree, rolled.shares
    alike = np.flatnonzero((tree.level == tree.level[i]) & (tree.parent == tree.parent[i]))
    alike = alike[[k != i and tree.wave[k] == tree.wave[i] and made_of.covered[k] > 0 for k in alike.tolist()]]
    if not len(alike):
        return np.asarray(made_of.of_groups[i])
    weight = tree.weight[alike] if tree.parent[i] >= 0 else np.ones(len(alike))
    return np.asarray((weight / weight.sum()) @ made_of.of_groups[alike])


def _place(name: str, names: Sequence[str], what: str) -> int:
    if name not in names:
        allowed = nearest(str(name), names) or listed(names)
        raise SpecError(Problem(Message("unknown {what}", what=Message(what)), what, repr(name), allowed))
    return list(names).index(name)


def _sets(tree: Tree, of: str | None, within: str | None) -> tuple[Ints, list[Ints]]:
    """Units of the level `of`, and the same in the sets that are ranked or paired together."""
    level = 0 if of is None else _place(of, tree.levels, "level")
    above = None if within is None else _place(within, tree.levels, "level")
    if above is not None and above <= level:
        allowed = listed(tree.levels[level + 1 :]) or Message("nothing stands above it")
        raise SpecError(
            Problem(Message("not a level above {levels}", levels=tree.levels[level]), "within", repr(within), allowed)
        )
    rows = np.flatnonzero(tree.level == level)
    ancestor = np.zeros(len(tree), dtype=np.intp) if above is None else tree.ancestor(above)
    sets: dict[object, list[int]] = {}
    for i in rows.tolist():
        sets.setdefault((tree.wave[i], int(ancestor[i])), []).append(i)
    return rows, [np.asarray(some, dtype=np.intp) for some in sets.values()]
