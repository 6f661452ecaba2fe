"""A stated population completed from the model and turned into arrays, with its exact moments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from csimodels.errors import Problem, SpecError, listed
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.simulation import ordinal
from csimodels.simulation.population import LARGEST_R2, Population, Stated, problems_of
from csimodels.spec.graph import causal_order
from csimodels.spec.model import Construct, Model

#: Loadings of the first, second, third ... item of a block where none are stated.
USUAL_LOADINGS = (0.90, 0.87, 0.84)
USUAL_LEVEL = 75.0
USUAL_R2 = 0.6
#: Level and R2 of constructs measured by yes/no items only, for example the share that complained.
USUAL_SHARE = 25.0
USUAL_SHARE_R2 = 0.2
#: No normal variable of a block is taken closer to its construct than this.
LARGEST_NORMAL_LOADING = 0.99


@dataclass(frozen=True, eq=False)
class Resolved:
    """A complete, admissible population of a model as arrays over items (``p``) and constructs (``J``).

    Attributes
    ----------
    paths : (J, J) ``paths[target, source]``;  latent : (J, J) correlations of the constructs.
    r2 : (J,) NaN for exogenous constructs.
    order : constructs, sources before targets, exogenous ones first.
    stated, loadings, normal : (p,) loadings asked for, those the answers have, and those of the normal variables that
        are cut (the first divided by the first Hermite coefficient, capped).
    points : (p,) expected answers on 0-100;  levels : (J,).
    values, shares, thresholds : per item, answers (raw scale, reversed items turned), their probabilities, the cuts.
    """

    model: Model
    population: Population
    order: tuple[int, ...]
    paths: Floats
    latent: Floats
    r2: Floats
    levels: Floats
    points: Floats
    stated: Floats
    loadings: Floats
    normal: Floats
    values: tuple[Floats, ...]
    shares: tuple[Floats, ...]
    thresholds: tuple[Floats, ...]

    @cached_property
    def block(self) -> tuple[int, ...]:
        """(p,) the construct of each item."""
        return tuple(j for j, c in enumerate(self.model.constructs) for _ in c.items)

    @cached_property
    def mean(self) -> Floats:
        """(p,) expected answers on the raw scale."""
        return np.asarray([v @ s for v, s in zip(self.values, self.shares, strict=True)])

    @cached_property
    def sd(self) -> Floats:
        """(p,) standard deviations of the answers on the raw scale."""
        pairs = zip(self.values, self.shares, self.mean, strict=True)
        return np.asarray([math.sqrt(((v - m) ** 2) @ s) for v, s, m in pairs])

    @cached_property
    def corr(self) -> Floats:
        """(p, p) exact correlations of the answers."""
        block = np.asarray(self.block)
        rho = np.outer(self.normal, self.normal) * self.latent[block[:, None], block]
        return ordinal.correlations(list(self.values), list(self.thresholds), self.sd, rho)

    @cached_property
    def cov(self) -> Floats:
        """(p, p) exact covariances of the answers."""
        return np.asarray(self.corr * np.outer(self.sd, self.sd))

    @cached_property
    def capped(self) -> tuple[str, ...]:
        """Items whose scale is too coarse for the loading asked for."""
        far = np.abs(self.loadings - self.stated) > 1e-9
        return tuple(name for name, short in zip(self.model.item_names, far, strict=True) if short)


def resolve(model: Model, population: Population, where: str = "") -> tuple[Resolved | None, list[Problem]]:
    """Complete `population` from `model`; None and every problem where it cannot be.

    Parameters
    ----------
    where : put before the place of each problem, for example the name of a group.
    """
    problems = problems_of(model, population)
    order = causal_order(_sources(model))
    if order is None:
        problems.append(Problem("the paths run in a circle", remedy="take out one path of the circle"))
    if problems or order is None:
        return None, _placed(problems, where)
    paths, latent, r2, bad_paths = _structure(model, population, order)
    items, bad_items = _items(model, population)
    problems = [*bad_paths, *bad_items]
    if problems:
        return None, _placed(problems, where)
    stated, loadings, normal = _loadings(model, population, items)
    return (
        Resolved(
            model, population, order, paths, latent, r2, _levels(model, population), items.points, stated, loadings,
            normal, items.values, items.shares, items.thresholds,
        ),
        [],
    )  # fmt: skip


def _placed(problems: Iterable[Problem], where: str) -> list[Problem]:
    if not where:
        return list(problems)
    return [Problem(p.what, f"{where}: {p.where}".rstrip(": "), p.found, p.allowed, p.remedy) for p in problems]


def _sources(model: Model) -> list[list[int]]:
    """Sources of every construct; a higher-order construct without paths to or from its dimensions causes them."""
    place = {name: j for j, name in enumerate(model.construct_names)}
    out = [[place[s] for s, t in model.paths if t == name] for name in model.construct_names]
    for whole in model.constructs:
        if not any({s, t} <= {whole.name, *whole.of} and whole.name in (s, t) for s, t in model.paths):
            for part in whole.of:
                out[place[part]].append(place[whole.name])
    return out


def _structure(model: Model, pop: Population, order: tuple[int, ...]) -> tuple[Floats, Floats, Floats, list[Problem]]:
    """Paths, construct correlations and R2; disturbances that would have a negative variance are problems."""
    names, sources = model.construct_names, _sources(model)
    size = len(names)
    paths, latent, r2 = np.zeros((size, size)), np.eye(size), np.full(size, np.nan)
    share = [_is_share(c) for c in model.constructs]
    problems: list[Problem] = []
    first = [j for j in order if not sources[j]]
    if len(first) > 1 and not -1.0 / (len(first) - 1) < pop.exogenous < 1.0:
        problems.append(Problem("these correlations cannot all hold together", "exogenous", f"{pop.exogenous:g}"))
    for j in first:
        latent[j, [k for k in first if k != j]] = pop.exogenous
    for place, t in enumerate(order):
        if not sources[t]:
            continue
        made_of = bool(model.constructs[t].of) and {names[s] for s in sources[t]} <= set(model.constructs[t].of)
        usual = 1.0 if made_of else USUAL_SHARE_R2 if share[t] else USUAL_R2
        among = latent[np.ix_(sources[t], sources[t])]
        sign = np.asarray([-1.0 if share[s] != share[t] else 1.0 for s in sources[t]])
        spread = float(sign @ among @ sign)
        equal = math.sqrt(_pick(pop.r2, (names[t],), usual) / spread) if spread > 0 else 0.0
        stated = zip(sources[t], equal * sign, strict=True)
        b = np.asarray([pop.paths.get((names[s], names[t]), usual_path) for s, usual_path in stated])
        paths[t, sources[t]] = b
        r2[t] = b @ among @ b
        if r2[t] > (1.0 + 1e-9 if made_of else LARGEST_R2):
            problems.append(
                Problem(
                    "the paths explain more than the construct can vary: its disturbance has no variance left",
                    f"construct {names[t]}",
                    Message("R2 = {r2} with {names}", r2=f"{r2[t]:.3f}", names=_shown(names, sources[t], b)),
                    Message("R2 up to {LARGEST_R2}", LARGEST_R2=f"{LARGEST_R2:g}"),
                    "make its paths, or the correlations of its sources, smaller",
                )
            )
        earlier = list(order[:place])
        latent[t, earlier] = latent[earlier, t] = latent[np.ix_(earlier, sources[t])] @ b
    return paths, latent, r2, problems


def _shown(names: tuple[str, ...], sources: list[int], b: Floats) -> str:
    return listed([f"{names[s]} {value:.3f}" for s, value in zip(sources, b, strict=True)])


@dataclass(frozen=True, eq=False)
class _Items:
    points: Floats
    values: tuple[Floats, ...]
    shares: tuple[Floats, ...]
    thresholds: tuple[Floats, ...]


def _levels(model: Model, pop: Population) -> Floats:
    """(J,) expected 0-100 value of each construct's items."""
    return np.asarray(
        [_pick(pop.levels, (c.name,), USUAL_SHARE if _is_share(c) else USUAL_LEVEL) for c in model.constructs]
    )


def _is_share(construct: Construct) -> bool:
    return bool(construct.items) and all(len(ordinal.answers(item)) == 2 for item in construct.items)


def _pick(stated: Stated, names: tuple[str, ...], default: float) -> float:
    """The number stated for the first of `names` that has one, else the number stated for all, else `default`."""
    if isinstance(stated, Mapping):
        return float(next((stated[n] for n in names if n in stated), default))
    return default if stated is None else float(stated)


def _items(model: Model, pop: Population) -> tuple[_Items, list[Problem]]:
    levels = _levels(model, pop)
    points, values, shares, problems = [], [], [], []
    for j, construct in enumerate(model.constructs):
        for item in construct.items:
            point = float(levels[j]) + float(pop.offsets.get(item.name, 0.0))
            where = f"item {item.name}"
            if not 0.0 < point < 100.0:
                allowed = Message("more than 0, less than 100")
                problems.append(Problem("level plus offset is not inside the scale", where, f"{point:g}", allowed))
                continue
            raw = ordinal.answers(item)
            scaled = 100.0 * (raw - raw[0]) / (raw[-1] - raw[0])
            names = (item.name, construct.name)
            sd = _pick(pop.sd, names, ordinal.default_sd(len(raw), point))
            skew = _pick(pop.skew, names, math.nan)
            share = ordinal.marginal(scaled, point, sd, None if math.isnan(skew) else skew)
            if share is None:
                problems.append(_no_such_shape(scaled, point, sd, skew, where))
                continue
            points.append(point)
            values.append(raw)
            shares.append(share)
    thresholds = tuple(ordinal.cuts(s) for s in shares)
    return _Items(np.asarray(points), tuple(values), tuple(shares), thresholds), problems


def _no_such_shape(points: Floats, mean: float, sd: float, skew: float, where: str) -> Problem:
    plain = ordinal.marginal(points, mean, sd)
    if plain is None:
        step = points[np.searchsorted(points, mean) - 1 : np.searchsorted(points, mean) + 1]
        least = math.sqrt(max(float((mean - step[0]) * (step[-1] - mean)), 0.0))
        most = math.sqrt(mean * (100.0 - mean))
        allowed = Message("sd between {least} and {most}, both ends left out", least=f"{least:.1f}", most=f"{most:.1f}")
    else:
        natural = float(((points - mean) / sd) ** 3 @ plain)
        allowed = Message(
            "with this mean and sd the usual skewness is {natural}; come nearer to it", natural=f"{natural:.2f}"
        )
    found = Message("mean {mean}, sd {sd}", mean=f"{mean:g}", sd=f"{sd:g}")
    if not math.isnan(skew):
        found = Message("{moments}, skewness {skew}", moments=found, skew=f"{skew:g}")
    return Problem(Message("no distribution on {n} answers has these moments", n=len(points)), where, found, allowed)


def _loadings(model: Model, pop: Population, items: _Items) -> tuple[Floats, Floats, Floats]:
    """Loadings stated, reached, and of the normal variables, ``(p,)`` each."""
    stated, first, most = [], [], []
    place = 0
    for construct in model.constructs:
        single = len(construct.items) == 1
        for k, item in enumerate(construct.items):
            v, s, t = items.values[place], items.shares[place], items.thresholds[place]
            sd = math.sqrt(float(((v - v @ s) ** 2) @ s))
            c1 = float(ordinal.hermite(v, t, sd, 1)[0])
            usual = USUAL_LOADINGS[k % len(USUAL_LOADINGS)]
            if single:
                known = pop.reliability.get(construct.name, construct.reliability)
                usual = c1 if known is None else math.sqrt(known)
            asked_for = pop.loadings if not single or isinstance(pop.loadings, Mapping) else None
            stated.append(_pick(asked_for, (item.name, construct.name), usual))
            first.append(c1)
            most.append(1.0 if single else LARGEST_NORMAL_LOADING)
            place += 1
    asked, c, limit = np.asarray(stated), np.asarray(first), np.asarray(most)
    normal = np.clip(asked / c, -limit, limit)
    return asked, np.where(np.abs(asked / c) > limit, normal * c, asked), normal


def checked(found: list[tuple[Resolved | None, list[Problem]]], others: list[Problem]) -> tuple[Resolved, ...]:
    """All populations, or one :class:`~csimodels.errors.SpecError` with the problems of all of them."""
    problems = [*others, *(p for _, part in found for p in part)]
    if problems:
        raise SpecError(problems)
    return tuple(r for r, _ in found if r is not None)
