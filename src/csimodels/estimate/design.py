"""The model compiled to arrays; estimators see these and never a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import SpecError
from csimodels.moments import Moments
from csimodels.moments.linalg import Bools, Floats, entries
from csimodels.spec.graph import causal_order
from csimodels.spec.model import InteractionWay, Model, Parameter


@dataclass(frozen=True)
class Product:
    """A product of constructs that leads to another one: places of its factors, as written, and of its target."""

    factors: tuple[int, ...]
    target: int


@dataclass(frozen=True)
class ControlColumn:
    """A column of a covariate: the item, the kind that it marks (a number: empty), the reference, its targets."""

    item: str
    level: str
    reference: str
    answer: float
    targets: tuple[int, ...]

    @property
    def name(self) -> str:
        """Of the column beside the items."""
        return f"control {self.item}" + (f" = {self.level}" if self.level else "")


@dataclass(frozen=True, eq=False)
class Within:
    """Every two items of one block ``i <= j``, block by block, for sums over blocks.

    Attributes
    ----------
    first, second : (P,) the items.
    times : (P,) how often a symmetric matrix holds the pair: 1 on its diagonal, else 2.
    starts : (J,) where the pairs of each block begin.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    times: Floats
    starts: NDArray[np.intp]

    def form(self, matrix: Floats, weights: Floats | None = None) -> Floats:
        """(*B, J) ``w_b' M_bb w_b`` of every block, for symmetric ``(*B, p, p)`` and ``w (*B, p)``; ones without."""
        parts = entries(matrix, self.first, self.second) * self.times
        if weights is not None:
            parts *= np.take(weights, self.first, axis=-1)
            parts *= np.take(weights, self.second, axis=-1)
        return np.asarray(np.add.reduceat(parts, self.starts, axis=-1))


@dataclass(frozen=True, eq=False)
class Design:
    """Blocks, paths and modes of a model as masks over items (``p``) and constructs (``J``).

    Attributes
    ----------
    block : (p,) the construct each item belongs to; items of a construct stand side by side.
    path : (J, J) bool, ``path[target, source]`` as in ``eta = B eta + zeta``.
    mode_b, reflective : (J,) bool;  reliability : (J,) fixed rho_A, NaN where none is stated.
    order : constructs, sources before targets.
    columns : (p,) place of each entry in the model's list of items.  A higher-order construct repeats the items of its
        dimensions (Lohmoeller 1989, repeated indicators), so ``p`` may exceed the number of items.
    items, constructs : names, for labels only.
    parts : for each construct the places of its dimensions, empty where it has items of its own.
    parameters : statements on parameters of a covariance structure model; PLS and PLSc have no use for them.
    products : interactions among the paths;  way : how they are estimated (:mod:`csimodels.estimate.products`).
    controls : columns of covariates, one for a number and for every kind but the reference.
    ends : (items of the model, 2) lowest and highest answer allowed, where there are products or controls.
    width : (p,) highest less lowest answer of each entry; None where nothing depends on it.
    constraints, defined : relations between labelled parameters, and the formulas that they may name;  bounds : which
        variances of a covariance structure are kept from falling below 0.
    """

    block: NDArray[np.intp]
    path: Bools
    mode_b: Bools
    reflective: Bools
    reliability: Floats
    order: tuple[int, ...]
    columns: NDArray[np.intp]
    items: tuple[str, ...]
    constructs: tuple[str, ...]
    parts: tuple[tuple[int, ...], ...]
    parameters: tuple[Parameter, ...] = ()
    products: tuple[Product, ...] = ()
    way: InteractionWay = "two_stage"
    controls: tuple[ControlColumn, ...] = ()
    ends: Floats | None = None
    width: Floats | None = None
    constraints: tuple[str, ...] = ()
    defined: tuple[tuple[str, str], ...] = ()
    bounds: str | None = None

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, model: Model) -> Design:
        """Compile `model`, equal models once; :class:`~csimodels.errors.SpecError` where the paths run in a circle."""
        names = model.construct_names
        place = {name: j for j, name in enumerate(names)}
        blocks = [_items_of(model, c.name) for c in model.constructs]
        column = {item: k for k, item in enumerate(model.item_names)}
        places = np.asarray([column[item] for block in blocks for item in block], dtype=np.intp)
        widths = np.asarray([item.scale[1] - item.scale[0] for item in model.items])
        ends = np.asarray([item.scale for item in model.items], dtype=np.float64)
        path = np.zeros((len(names), len(names)), dtype=bool)
        for source, target in model.paths:
            path[place[target], place[source]] = True
        order = causal_order([np.flatnonzero(row).tolist() for row in path])
        if order is None:
            raise SpecError("the paths run in a circle: PLS, PLSc and effects need a recursive model")
        return cls(
            block=np.asarray([j for j, block in enumerate(blocks) for _ in block], dtype=np.intp),
            path=path,
            mode_b=np.asarray([c.mode == "B" for c in model.constructs]),
            reflective=np.asarray([c.measured == "reflective" for c in model.constructs]),
            reliability=np.asarray([np.nan if c.reliability is None else c.reliability for c in model.constructs]),
            order=order,
            columns=places,
            items=tuple(item for block in blocks for item in block),
            constructs=names,
            parts=tuple(tuple(place[part] for part in c.of) for c in model.constructs),
            parameters=model.parameters,
            products=tuple(Product(tuple(place[f] for f in p.factors), place[p.target]) for p in model.interactions),
            way=model.estimate.interactions or "two_stage",
            controls=_control_columns(model, place),
            ends=ends if model.interactions or model.controls else None,
            width=widths[places],
            constraints=model.constraints,
            defined=model.defined if model.constraints else (),
            bounds=model.estimate.bounds,
        )

    def expand(self, moments: Moments) -> Moments:
        """`moments` of the model's items along the item axis of this design, items of higher-order blocks repeated."""
        columns = self.columns
        known = dict(zip(columns.tolist(), self.items, strict=True))
        if moments.items != tuple(known[k] for k in sorted(known)):
            raise ValueError("the moments are not of the items of this design, in its order")
        if len(columns) == len(known):
            return moments
        return Moments(
            moments.mean[..., columns],
            moments.cov[..., columns[:, None], columns],
            moments.n,
            moments.n_eff,
            self.items,
            moments.keys,
            moments.status,
        )

    @cached_property
    def additive(self) -> Design:
        """The same model without its interactions and covariates."""
        return replace(self, products=(), controls=()) if self.extended else self

    @property
    def extended(self) -> bool:
        """Whether equations have other sources than constructs."""
        return bool(self.products or self.controls)

    @cached_property
    def controlled(self) -> tuple[tuple[int, int], ...]:
        """``(control column, target)`` of every effect of a covariate."""
        return tuple((k, target) for k, column in enumerate(self.controls) for target in column.targets)

    @cached_property
    def binary(self) -> Bools:
        """(J,) constructs of one item that runs from 0 to 1: a dummy, which a product takes as it is."""
        if self.ends is None:
            return np.zeros(len(self.constructs), dtype=bool)
        first = self.columns[[int(block[0]) for block in self.blocks]]
        return np.asarray(self.single & (self.ends[first] == (0.0, 1.0)).all(axis=1))

    @cached_property
    def mask(self) -> Floats:
        """(p, J) 1.0 where the item belongs to the construct."""
        return np.asarray(self.block[:, None] == np.arange(len(self.constructs)), dtype=np.float64)

    @cached_property
    def blocks(self) -> tuple[NDArray[np.intp], ...]:
        """The item positions of each construct."""
        return tuple(np.flatnonzero(self.block == j) for j in range(len(self.constructs)))

    @cached_property
    def within(self) -> Within:
        """Pairs of items of one block."""
        places = [np.stack(np.triu_indices(len(block))) for block in self.blocks]
        first, second = np.concatenate([block[place] for block, place in zip(self.blocks, places, strict=True)], axis=1)
        starts = np.cumsum([0, *(place.shape[1] for place in places[:-1])])
        return Within(first, second, np.where(first == second, 1.0, 2.0), starts)

    @cached_property
    def single(self) -> Bools:
        """(J,) constructs measured by one item."""
        return np.asarray([len(b) == 1 for b in self.blocks])

    @cached_property
    def factor(self) -> Bools:
        """(J,) common factors that PLSc corrects with rho_A: reflective, mode A, more than one item."""
        return np.asarray(self.reflective & ~self.mode_b & ~self.single)

    @cached_property
    def shares_items(self) -> Bools:
        """(J, J) two different constructs whose blocks hold the same item: a higher-order one and its dimensions."""
        there = np.zeros((len(self.constructs), int(self.columns.max()) + 1))
        there[self.block, self.columns] = 1.0
        shared = there @ there.T > 0
        np.fill_diagonal(shared, False)
        return np.asarray(shared)

    @cached_property
    def higher_order(self) -> Bools:
        """(J,) constructs that are made of others."""
        return np.asarray([bool(parts) for parts in self.parts], dtype=bool)

    @cached_property
    def family(self) -> Bools:
        """(J, J) ``family[whole, part]``: `part` is a dimension of `whole`, or of one of its dimensions."""
        below = np.zeros((len(self.parts), len(self.parts)), dtype=bool)
        for whole, parts in enumerate(self.parts):
            below[whole, list(parts)] = True
        for _ in self.parts:
            below |= (below.astype(int) @ below.astype(int)) > 0
        return below

    @cached_property
    def equations(self) -> tuple[tuple[int, NDArray[np.intp]], ...]:
        """``(target, sources)`` of every regression, causes of a higher-order construct apart from its dimensions."""
        out = []
        for target in self.endogenous:
            sources, inner = self.predecessors[target], self.family[target][self.predecessors[target]]
            out += [(target, part) for part in (sources[~inner], sources[inner]) if len(part)]
        return tuple(out)

    @cached_property
    def predecessors(self) -> tuple[NDArray[np.intp], ...]:
        """Sources of the paths into each construct."""
        return tuple(np.flatnonzero(row) for row in self.path)

    @cached_property
    def endogenous(self) -> tuple[int, ...]:
        """Constructs with at least one path into them, in the order of the model."""
        return tuple(int(j) for j in np.flatnonzero(self.path.any(axis=1)))

    @cached_property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """``(source, target)`` of every path, target by target in causal order."""
        return tuple((int(s), t) for t in self.order for s in self.predecessors[t])

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """``(source, target)`` of every pair joined by a directed route, in the order of the constructs."""
        reach = self.path.copy()
        for _ in self.constructs:
            reach = reach | ((reach.astype(int) @ reach.astype(int)) > 0)
        return tuple((s, t) for s in self.order for t in self.order if reach[t, s])


def _control_columns(model: Model, place: Mapping[str, int]) -> tuple[ControlColumn, ...]:
    """A column for every number, and for every kind of a nominal covariate but the first."""
    out = []
    for control in model.controls:
        targets = tuple(place[name] for name in control.targets)
        if not control.levels:
            out.append(ControlColumn(control.item, "", "", 0.0, targets))
        for level, answer in control.levels[1:]:
            out.append(ControlColumn(control.item, level, control.levels[0][0], answer, targets))
    return tuple(out)


def _items_of(model: Model, name: str) -> list[str]:
    """Item names of a construct, those of its dimensions where it is of higher order."""
    construct = model.construct(name)
    if construct.of:
        return [item for part in construct.of for item in _items_of(model, part)]
    return [item.name for item in construct.items]
