"""Group results carried up a tree: means, their errors and intervals (docs/rollup.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import OK, Problem, SpecError, Status, nearest
from csimodels.infer.contrasts import carried, combined, complete
from csimodels.infer.interval import IntervalKind, interval
from csimodels.messages import N_, Message, joined, listed
from csimodels.moments import Key
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.model import UncertaintySpec
from csimodels.tables import Estimates
from csimodels.tables.index import of_index, steady
from csimodels.tables.rollup import RolledUp, Shares, Tree, flat_tree, shares

#: Kinds of bootstrap interval that replicates of a rolled-up mean can have by themselves.
_KINDS = ("percentile", "basic", "normal")
#: How an interval was made.
METHODS = (
    N_("as in the index"),
    N_("formula, normal"),
    N_("formula, t"),
    N_("replicates, percentile"),
    N_("replicates, basic"),
    N_("replicates, normal"),
    N_("no interval"),
)


@dataclass(frozen=True, eq=False)
class GroupNumbers:
    """Numbers of ``G`` groups along quantities ``Q``.

    ``value, se, low, high`` are ``(G, Q)``, and ``df``, degrees of freedom, inf for the normal; ``n (G,)``;
    ``status`` in words; ``draws (G, R, Q)`` bootstrap replicates drawn independently in every group, NaN where failed,
    or None; ``corr (Q, G, G)`` correlations of groups that share respondents or clusters, None for independent groups;
    ``within``: the least and the most that all of them can be, where their limits are made on the logit scale, and
    ``level`` the confidence level of these.
    """

    names: tuple[str, ...]
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    df: Floats
    n: Floats
    status: tuple[Message, ...]
    draws: Floats | None = None
    corr: Floats | None = None
    within: tuple[float, float] | None = None
    level: float = 0.95

    @property
    def ends(self) -> tuple[Floats, Floats] | None:
        """Limits (Q, G) that sums and differences are made of; None for symmetric ones."""
        return None if self.within is None else (self.low.T, self.high.T)

    def blank(self, name: str) -> GroupNumbers:
        """The same groups by `name`, of which nothing is known."""
        nan = np.full((len(self.n), 1), np.nan)
        return GroupNumbers((name,), nan, nan, nan, nan, nan, self.n, self.status)

    @property
    def cov(self) -> Floats | None:
        """(Q, G, G) covariances, None for independent groups."""
        se = np.nan_to_num(self.se.T)
        return None if self.corr is None else np.asarray(self.corr * se[:, :, None] * se[:, None, :])


def index_numbers(estimates: Estimates, draws: Floats | None = None, corr: Floats | None = None) -> GroupNumbers:
    """The indices of all constructs, with their bootstrap replicates ``draws (G, R, J)`` where there are any.

    Replicates are drawn group by group, so where groups share units (`corr`) the formula takes their place.
    """
    block = estimates.layout.blocks["index"]
    at = np.arange(block.start, block.stop)
    numbers = _numbers(estimates, estimates.layout.design.constructs, at, draws if corr is None else None)
    held = steady(estimates)
    said = tuple(of_index(int(s), bool(held[g].all())).describe() for g, s in enumerate(estimates.status))
    return replace(numbers, corr=corr, status=said)


def driver_numbers(
    estimates: Estimates, target: str, shared: Callable[[NDArray[np.intp]], Floats | None] | None = None
) -> GroupNumbers:
    """Unstandardised total effects into `target`, named by driver; `shared` makes correlations between groups.

    Raises
    ------
    SpecError
        `target` is unknown or nothing leads to it.
    """
    d = estimates.layout.design
    pairs = [i for i, (_, t) in enumerate(d.pairs) if d.constructs[t] == target]
    if not pairs:
        what = "nothing leads to this construct" if target in d.constructs else "unknown construct"
        reached = {t for _, t in d.pairs}
        allowed = ", ".join(name for j, name in enumerate(d.constructs) if j in reached)
        hint = "" if target in d.constructs else nearest(target, d.constructs)
        raise SpecError(Problem(what, "drivers of", repr(target), allowed, hint))
    names = tuple(d.constructs[d.pairs[i][0]] for i in pairs)
    at = estimates.layout.blocks["total_unstd"].start + np.asarray(pairs, dtype=np.intp)
    return replace(_numbers(estimates, names, at, None), corr=None if shared is None else shared(at))


def path_numbers(estimates: Estimates, corr: Floats | None = None) -> GroupNumbers:
    """The standardised paths, each named ``source -> target``."""
    block, names = estimates.layout.blocks["path"], tuple(estimates.layout.subjects["path"])
    return replace(_numbers(estimates, names, np.arange(block.start, block.stop), None), corr=corr)


def _numbers(estimates: Estimates, names: tuple[str, ...], at: NDArray[np.intp], draws: Floats | None) -> GroupNumbers:
    return GroupNumbers(
        names=names,
        value=estimates.value[:, at],
        se=estimates.se[:, at],
        low=estimates.low[:, at],
        high=estimates.high[:, at],
        df=estimates.df[:, at],
        n=estimates.n,
        status=tuple(Status(int(s)).describe() for s in estimates.status),
        draws=draws,
    )


def units(
    by: tuple[str, ...],
    keys: Sequence[Key],
    spec: UncertaintySpec,
    tree: Tree | None,
    groups: GroupNumbers,
    waves: Sequence[str] = (),
) -> tuple[RolledUp, GroupNumbers]:
    """The indices of every unit that can be ranked and compared, and of the groups that it is made of.

    Parameters
    ----------
    spec : level and kind of the intervals.
    tree : of the roll-up; without one the groups themselves are the units, and the group columns in `waves` set them
        apart.
    groups : the indices of the groups ``keys (G,)``.
    """
    if tree is None:
        tree = flat_tree(by, keys, waves, alone=True)
    return rolled_up(tree, groups, spec.level, spec.interval), groups


def rolled_up(tree: Tree, groups: GroupNumbers, level: float = 0.95, kind: IntervalKind = "percentile") -> RolledUp:
    """Weighted means of the groups for every unit of `tree`, with errors.

    With replicates every one of them is rolled up, and the interval is cut from the results; without, the variance is
    ``sum v^2 se^2`` and the interval normal, or Student's t with Satterthwaite's degrees of freedom.  Weights are taken
    as known; groups are independent samples, or their covariances are summed where they share respondents or clusters.

    Parameters
    ----------
    level : confidence level.
    kind : interval of the replicates: ``percentile, basic, normal``; percentile for any other, as corrections for bias
        and skewness need the data of the groups.
    """
    usable = np.asarray(~np.isnan(groups.value).any(axis=1))
    made_of = shares(tree, usable)
    there = (made_of.covered > 0)[:, None]
    formula = combined(made_of.of_groups, groups.value.T, groups.se.T, groups.df.T, level, groups.corr, groups.ends)
    parts = {name: np.where(there, getattr(formula, name).T, np.nan) for name in ("estimate", "se", "low", "high")}
    df = np.where(there, formula.df.T, np.nan)
    upper = tree.level > 0
    method = np.where(upper, "formula, normal", "as in the index").astype(object)
    method[upper & np.isfinite(df).any(axis=1)] = "formula, t"
    if groups.draws is not None and upper.any():
        cut: IntervalKind = kind if kind in _KINDS else "percentile"
        draws = unit_draws(made_of, np.moveaxis(groups.draws, -1, 0))[:, upper]
        around = interval(parts["estimate"][upper].T, draws.swapaxes(-1, -2), level, cut)
        for name in ("se", "low", "high"):
            parts[name][upper] = getattr(around, name).T
        method[upper] = f"replicates, {cut}"
    method[upper & np.isnan(parts["se"]).all(axis=1)] = "no interval"
    own = np.flatnonzero(tree.group >= 0)
    for name in ("se", "low", "high"):
        parts[name][own] = getattr(groups, name)[tree.group[own]]
    counted = made_of.of_groups > 0
    return RolledUp(
        tree=tree,
        shares=made_of,
        names=groups.names,
        value=parts["estimate"],
        se=parts["se"],
        df=df,
        low=parts["low"],
        high=parts["high"],
        n=_rows_behind(tree, counted, groups),
        members=counted.sum(axis=1).astype(float),
        method=tuple(Message(text) for text in method.tolist()),
        status=_status(tree, made_of, groups, np.asarray(np.isnan(parts["se"]).any(axis=1))),
        group_cov=groups.cov,
        uneven=groups.within is not None,
    )


def unit_draws(made_of: Shares, draws: Floats) -> Floats:
    """Replicates ``(*Q, U, R)`` of every unit from those of the groups ``(*Q, G, R)``.

    NaN where a group that a unit is made of has none.
    """
    return carried(made_of.of_groups, complete(draws))


def _rows_behind(tree: Tree, counted: Bools, groups: GroupNumbers) -> Floats:
    """(U,) rows of the groups that count; of a refused group its own rows."""
    n = counted @ groups.n
    own = np.flatnonzero(tree.group >= 0)
    n[own] = groups.n[tree.group[own]]
    return np.asarray(n)


def _status(tree: Tree, made_of: Shares, groups: GroupNumbers, without: Bools) -> tuple[Message, ...]:
    """What is to be said of every unit: the state of its fit, members left out with the weight lost, no interval."""
    asked = not np.isnan(groups.se).all()
    out = []
    for i in range(len(tree)):
        if tree.level[i] == 0:
            out.append(groups.status[tree.group[i]] if tree.group[i] >= 0 else Message("no answers"))
            continue
        below = tree.members[i]
        lost = below[made_of.covered[below] == 0]
        share = tree.weight[lost] / tree.weight[below].sum()
        said = [
            Message("{name} ({share} %)", name=tree.named(int(k)), share=f"{100 * s:.1f}")
            for k, s in zip(lost, share, strict=True)
        ]
        text = "left out, with share of the weight: {lost}"
        words = [Message(text, lost=listed(said, len(said)))] if said else []
        if made_of.covered[i] > 0 and asked and without[i]:
            words.append(Message("no interval: a member has none"))
        out.append(joined(words) if words else OK)
    return tuple(out)


def rollup_notes(rolled: RolledUp) -> list[Message]:
    """Notes on units whose mean leaves something out, for the notes of a result."""
    tree = rolled.tree
    return [
        Message("roll-up: {unit}: {reasons}", unit=tree.describe(i), reasons=said)
        for i, said in enumerate(rolled.status)
        if tree.level[i] > 0 and said != OK
    ]
