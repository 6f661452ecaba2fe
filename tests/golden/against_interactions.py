"""Comparisons of interactions: regressions on the scores of seminr, and its products of items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from compared import LIVE, Row, rows
from peers import Named
from sources import UnavailableError, answers, ecsi, mobi, rows_of

from csimodels.assess.slopes import coefficients
from csimodels.estimate import PLS, Design, Fit
from csimodels.estimate.monomials import with_products
from csimodels.moments import Moments
from csimodels.spec import Model
from csimodels.spec.model import Interaction

TARGET = "Satisfaction"
TIGHTEST = PLS(tol=1e-13, max_iter=2000)


def moderated(*factors: tuple[str, ...], way: str | None = None) -> Model:
    """The ECSI model with products that lead to satisfaction."""
    model = ecsi()
    products = tuple(Interaction(names, TARGET) for names in factors)
    return replace(model, interactions=products, estimate=replace(model.estimate, interactions=way))  # type: ignore[arg-type]


def moderated_fit(model: Model, x: np.ndarray, estimator: Any = TIGHTEST, rule: str = "listwise") -> Fit:
    """One fit of a model with interactions to answers."""
    design = Design.of(model)
    rows_ = with_products(rows_of(model, x, rule), design, np.isnan(x).any(axis=0))
    return estimator(design, Moments.from_sums(rows_.sums(), rule))


def numbers(model: Model, fit: Fit) -> Named:
    """Paths into satisfaction and effects of the products."""
    d = fit.design
    target = d.constructs.index(TARGET)
    names = ["*".join(product.factors) for product in model.interactions]
    return {
        "paths": {s: float(fit.paths[target, d.constructs.index(s)]) for s, t in model.paths if t == TARGET},
        "products": dict(zip(names, coefficients(fit).tolist(), strict=True)),
        "R2": {TARGET: float(fit.r2[target])},
    }


#: Sets of products that lead to satisfaction: an interaction, a curve, and one of three with all that it holds.
SETS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("Image", "Quality"),),
    (("Quality", "Quality"), ("Image", "Image")),
    (("Image", "Quality"), ("Image", "Value"), ("Quality", "Value"), ("Image", "Quality", "Value")),
)


def two_stage(group: str) -> Iterator[Row]:
    """Least squares on products of the scores that seminr gives for the model without interactions."""
    for factors in SETS:
        yield from _two_stage(group, factors)


def _two_stage(group: str, factors: tuple[tuple[str, ...], ...]) -> Iterator[Row]:
    model = moderated(*factors)
    mine = numbers(model, moderated_fit(model, answers(model, mobi())))
    scores = _seminr(ecsi(), []).construct_scores
    sources = [s for s, t in model.paths if t == TARGET]
    z = {name: np.asarray(scores.column(name)) for name in model.construct_names}
    products = [np.prod([z[name] for name in names], axis=0) for names in factors]
    x = np.column_stack([np.ones(len(z[TARGET])), *(z[s] for s in sources), *products])
    beta, *_ = np.linalg.lstsq(x, z[TARGET], rcond=None)
    theirs: Named = {
        "paths": dict(zip(sources, beta[1:].tolist(), strict=False)),
        "products": {"*".join(n): float(b) for n, b in zip(factors, beta[1 + len(sources) :], strict=True)},
        "R2": {TARGET: float(np.var(x @ beta) / np.var(z[TARGET]))},
    }
    label = ", ".join("*".join(names) for names in factors)
    mine, theirs = ({q: {f"{label}: {k}": v for k, v in d.items()} for q, d in n.items()} for n in (mine, theirs))
    yield from rows(group, "seminr (PyPI), numpy", mine, theirs, LIVE)


def by_items(group: str, way: str) -> Iterator[Row]:
    """Product indicators and orthogonalised products of seminr.

    seminr scales the score of the product by a mean of the deviations of its items (Henseler & Chin 2010); paths are
    compared for a score of variance 1.
    """
    import seminr

    model = moderated(("Image", "Quality"), way=way)
    fit = moderated_fit(model, answers(model, mobi()))
    mine = numbers(model, fit)
    assert fit.products is not None
    mine["products"] = {"Image*Quality": float((fit.products.coefficient * fit.products.sd)[0])}
    method = {"product_indicator": seminr.product_indicator, "orthogonal": seminr.orthogonal}[way]
    found = _seminr(ecsi(), [seminr.interaction_term("Image", "Quality", method)])
    spread = float(np.std(np.asarray(found.construct_scores.column("Image*Quality")), ddof=1))
    theirs: Named = {
        "paths": {s: float(found.path_coef.get(s, TARGET)) for s in mine["paths"]},
        "products": {"Image*Quality": float(found.path_coef.get("Image*Quality", TARGET)) * spread},
        "R2": {TARGET: float(found.r_squared.get("Rsq", TARGET))},
    }
    own = [(item.name, c.name) for c in model.constructs for item in c.items]
    for quantity, table, ours in (
        ("weights", found.outer_weights, fit.weights),
        ("loadings", found.outer_loadings, fit.loadings),
    ):
        theirs[quantity] = {item: float(table.get(item, c)) for item, c in own}
        mine[quantity] = {item: float(ours[k, fit.design.block[k]]) for k, (item, _) in enumerate(own)}
    yield from rows(group, "seminr (PyPI)", mine, theirs, LIVE)


def _seminr(model: Model, terms: list[Any]) -> Any:
    try:
        import seminr
    except ImportError as error:
        raise UnavailableError("the package seminr (test extra) is missing") from error
    blocks = [seminr.composite(c.name, [i.name for i in c.items]) for c in model.constructs]
    arrows = [seminr.paths(s, t) for s, t in model.paths]
    arrows += [seminr.paths(f"{term.iv}*{term.moderator}", TARGET) for term in terms]
    data = mobi()
    return seminr.estimate_pls(
        {name: data[name].to_numpy(dtype=float) for name in data},
        seminr.constructs(*blocks, *terms),
        seminr.relationships(*arrows),
        stop_criterion=12,
        max_it=2000,
    )
