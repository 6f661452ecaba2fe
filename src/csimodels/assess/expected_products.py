"""Prediction by PLSc with products of constructs: the conditional expectation of items given items.

Items of endogenous constructs are not normal where products are among their causes, but those that predict are: they
measure exogenous constructs (Wall & Amemiya 2000, Journal of the American Statistical Association 95, 929-940).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.assess.implied import construct_correlations, implied_correlations, own_loadings
from csimodels.errors import Problem, SpecError
from csimodels.estimate import Design, Fit
from csimodels.estimate.product_scores import sample_width
from csimodels.moments.linalg import Floats

Ints = NDArray[np.intp]


def refuse_expectation(design: Design, antecedents: str) -> None:
    """Refuse models in which products have no conditional expectation in closed form.

    Raises
    ------
    SpecError
        Direct antecedents, or products of constructs to which products lead: these are not normal.
    """
    remedy = "take estimator: pls, or leave the interaction out of the paths"
    if antecedents == "direct":
        what = "under PLSc products are predicted from the exogenous constructs only"
        raise SpecError(Problem(what, "antecedents", "direct", "earliest", "leave antecedents out, or take pls"))
    bent = {product.target for product in design.products}
    for j in design.order:
        if set(design.predecessors[j].tolist()) & bent:
            bent.add(j)
    wrong = [design.constructs[k] for product in design.products for k in product.factors if k in bent]
    if wrong:
        what = "a product of a construct that products lead to has no conditional expectation under PLSc"
        raise SpecError(Problem(what, "paths", ", ".join(dict.fromkeys(wrong)), remedy=remedy))


def expected_with_products(fit: Fit, b: int, training: tuple[Floats, Floats], targets: Ints) -> Floats:
    """(N, q) expected deviations of items given those of the exogenous constructs, with products, under PLSc.

    Where exogenous constructs and errors are normal, ``m = E(xi | x)`` is linear in the items and ``Var(xi | x)`` a
    constant ``V``, so that ``E(xi_a xi_b | x) - phi_ab = m_a m_b - (phi_ab - V_ab)``: the product of the expectations,
    less its mean (as the conditional moments of Wall & Amemiya 2000).  The same holds of products of endogenous
    constructs to which no product leads.  Means are those of the training rows.

    Parameters
    ----------
    fit, b : Fit, int
        A batch of fits, and the training set.
    training : (N, p) and (N,) arrays
        Answers of all rows and their weights in the training set.
    """
    d = fit.design
    x, a = training
    one, sd, width = fit.at(np.asarray([b])), fit.moments.sd[b], float(sample_width(fit)[b])
    outer = [j for j in range(len(d.constructs)) if j not in d.endogenous]
    places = np.flatnonzero(np.isin(d.block, outer))
    within = implied_correlations(one)[0][places[:, None], places]
    between = construct_correlations(one, "estimated")[0][d.block[places][:, None], outer]
    joint = own_loadings(one)[0, places, None] * between
    guess = np.zeros((len(x), len(d.constructs)))
    guess[:, outer] = (np.nan_to_num(x - fit.moments.mean[b]) / sd)[:, places] @ np.linalg.solve(within, joint)
    for j in d.order:
        if j not in d.endogenous:
            continue
        guess[:, j] = through_paths(fit, b, j, (guess, guess, a), width)
    return np.asarray(guess[:, d.block[targets]] * own_loadings(fit)[b, targets] * sd[targets])


def through_paths(fit: Fit, b: int, j: int, scores: tuple[Floats, Floats, Floats], width: float) -> Floats:
    """(m,) an endogenous construct by its predecessors and their products, less the mean of these in the training rows.

    Parameters
    ----------
    fit, b, j : Fit, int, int
        A batch of fits, the training set, and the construct.
    scores : (m, J), (N, J) and (N,) arrays
        Scores of the rows that are predicted, those of all rows, and the weights of these in the training set.
    width : float
        What a product is divided by for each factor after the first.
    """
    (base, known, a), d, parts = scores, fit.design, fit.products
    assert parts is not None
    found = np.asarray(base @ fit.paths[b, j])
    for product, coefficient in zip(d.products, parts.coefficient[b], strict=True):
        if product.target == j:
            k = list(product.factors)
            centre = a @ known[:, k].prod(axis=1) / a.sum()
            found = found + coefficient * (base[:, k].prod(axis=1) - centre) / width ** (len(k) - 1)
    return found
