"""Interactions in the paths of a spec: ``"Image * Quality": Satisfaction``, lavaan's ``Image:Quality``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations

from csimodels.errors import listed
from csimodels.messages import Message
from csimodels.spec.estimators import ESTIMATORS, is_covariance
from csimodels.spec.findings import Finding
from csimodels.spec.model import Interaction
from csimodels.spec.nodes import shorten
from csimodels.spec.view import RawProduct, View, unknown

#: Factors of an interaction.
MOST_FACTORS = 3

#: Missing rules whose completed answers have products of their own.
RULES = ("mean", "listwise")


def interactions_of(view: View) -> tuple[Interaction, ...]:
    """The interactions of a checked spec, in the order written."""
    return tuple(Interaction(product.factors, product.target) for product in view.products)


def product_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the interactions."""
    if not view.products or view.checked.broken & {(), ("constructs",)}:
        return
    stated = {(source, target) for source, target, _ in view.paths}
    seen: dict[tuple[tuple[str, ...], str], RawProduct] = {}
    for product in view.products:
        wrong = [*_names(view, product), *_form(product)]
        if not wrong and product.same in seen:
            text, found = 'interaction "{name}" of "{target}" is stated twice', seen[product.same].name
            what = Message(text, name=product.name, target=product.target)
            wrong = [Finding(product.loc, what, found, "", "remove one of the two", key=True)]
        seen.setdefault(product.same, product)
        yield from wrong or _lower(view, product, stated)
    yield from _method(view)


def _names(view: View, product: RawProduct) -> Iterator[Finding]:
    known = tuple(view.constructs)
    for factor in dict.fromkeys(product.factors):
        if factor not in view.constructs:
            if not factor:
                what = Message('a construct is missing in the interaction "{name}"', name=shorten(product.name))
                yield Finding(product.loc, what, "", '"Image * Quality"', "", key=True)
            else:
                yield unknown(factor, Message("in an interaction"), product.loc, known, key=True)
    if product.target not in view.constructs:
        yield unknown(product.target, Message("in a path"), product.loc, known)


def _form(product: RawProduct) -> Iterator[Finding]:
    factors = product.factors
    if len(factors) > MOST_FACTORS:
        what = Message('interaction "{name}" has more than three constructs', name=shorten(product.name))
        yield Finding(product.loc, what, str(len(factors)), Message("two or three"), "leave one out", key=True)
    elif len(factors) == MOST_FACTORS and len(set(factors)) < MOST_FACTORS:
        what = Message('interaction "{name}" names a construct twice', name=product.name)
        remedy = "a product of three takes three constructs; a curve is a construct times itself"
        yield Finding(product.loc, what, listed(factors), "", remedy, key=True)
    if product.target in factors:
        what = Message('"{target}" stands in an interaction that leads to it', target=product.target)
        yield Finding(product.loc, what, product.name, "", "remove it", key=True)


def _lower(view: View, product: RawProduct, stated: Collection[tuple[str, str]]) -> Iterator[Finding]:
    """A product without its parts has no meaning that outlives a shift of the scores: they are asked for."""
    lacking = [factor for factor in dict.fromkeys(product.factors) if (factor, product.target) not in stated]
    if lacking:
        what = Message('"{name}" leads to "{target}" without its parts', name=product.name, target=product.target)
        remedy = Message("add paths from {names} to {target}", names=listed(lacking), target=product.target)
        yield Finding(product.loc, what, "", "", remedy, key=True)
    if len(product.factors) == MOST_FACTORS:
        there = {p.same for p in view.products}
        pairs = [" * ".join(pair) for pair in combinations(product.factors, 2)
                 if (tuple(sorted(pair)), product.target) not in there]  # fmt: skip
        if pairs:
            what = Message('"{name}" leads to "{target}" without its parts', name=product.name, target=product.target)
            remedy = Message("add {names}", names=listed([f'"{pair}"' for pair in pairs]))
            yield Finding(product.loc, what, "", "", remedy, key=True)


def _method(view: View) -> Iterator[Finding]:
    """Estimators, ways and missing rules that interactions do not go with."""
    estimate = view.checked.raw.estimate
    first = view.products[0]
    estimator = view.estimator
    if is_covariance(estimator) or ESTIMATORS[estimator].plain:
        what = Message("{estimator} has no interactions of constructs", estimator=estimator)
        remedy = "take estimator: pls, or plsc, which corrects them for attenuation"
        yield Finding(first.loc, what, first.name, "", remedy, key=True)
        return
    way = (estimate and estimate.interactions) or "two_stage"
    if way != "two_stage":
        yield from _by_items(view, way, estimator)
    for product in view.products:
        if estimator == "plsc" and len(product.factors) > 2:
            what = Message('plsc has no correction for the product of three "{name}"', name=product.name)
            yield Finding(product.loc, what, estimator, "", "take estimator: pls", key=True)
    if estimate is not None and estimate.correlations == "polychoric":
        what = Message("interactions are products of answers, which polychoric correlations have none of")
        yield Finding(("estimate", "correlations"), what, "polychoric", "pearson", "leave it out", key=True)
    rule = estimate and estimate.missing
    if rule not in (None, *RULES) and rule in ESTIMATORS[estimator].missing:
        what = Message("interactions need answers completed row by row, which {rule} does not do", rule=rule)
        yield Finding(("estimate", "missing"), what, str(rule), ", ".join(RULES), "write missing: mean")


def _by_items(view: View, way: str, estimator: str) -> Iterator[Finding]:
    """Products of items as a block of their own: two different constructs with items, under pls."""
    loc = ("estimate", "interactions")
    if estimator != "pls":
        what = Message("{way} is a way of pls; {estimator} takes the two stages", way=way, estimator=estimator)
        yield Finding(loc, what, way, "two_stage", "leave it out", key=True)
    for product in view.products:
        higher = [f for f in product.factors if f in view.constructs and view.constructs[f].of]
        if len(set(product.factors)) != 2 or len(product.factors) != 2 or higher:
            text = '{way} takes products of two constructs with items, not "{name}"'
            what = Message(text, way=way, name=product.name)
            yield Finding(loc, what, way, "two_stage", "leave it out", key=True)
