"""Specific indirect effects: every route, products of paths, shares and types."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sources import SHARED, answers, ecsi, fit_of, mobi, moments_of

from csimodels.assess import Routes, direct_of_route, mediation_type, share_of_total, specific_indirect
from csimodels.assess.mediation import TYPES
from csimodels.errors import SpecError
from csimodels.estimate import PLS, Design, total_effects
from csimodels.moments import Jackknife
from csimodels.spec import Construct, Item, Text, load_model

TIGHT = PLS(tol=1e-13, max_iter=2000)


def test_specific_indirect_effects_of_the_mobile_data_with_jackknife_errors() -> None:
    """Products of published paths and a delete-one jackknife of 250 refits, as stated in the shared case."""
    case = SHARED / "cases" / "specific-indirect-effects"
    model = load_model(case / "spec.yaml") if case.exists() else ecsi()
    x, design = answers(model, mobi()), Design.of(model)
    routes = Routes.of(design)
    value = specific_indirect(fit_of(model, x, TIGHT), routes)
    left_out = TIGHT(design, moments_of(model, x, counts=Jackknife(250).counts(0, 250)))
    drawn = specific_indirect(left_out, routes)
    se = np.sqrt(249 / 250 * ((drawn - value) ** 2).sum(axis=0))
    wanted = {
        "Expectation -> Quality -> Satisfaction": (0.285069, 0.046277),
        "Expectation -> Value -> Satisfaction": (0.009736, 0.016973),
        "Expectation -> Quality -> Value -> Satisfaction": (0.060540, 0.023217),
    }
    place = {name: r for r, name in enumerate(routes.names(design))}
    for name, (estimate, error) in wanted.items():
        assert value[place[name]] == pytest.approx(estimate, abs=1e-6)
        assert se[place[name]] == pytest.approx(error, abs=1e-5)
    together = [place[name] for name in wanted]
    total_se = np.sqrt(249 / 250 * ((drawn[:, together].sum(1) - value[together].sum()) ** 2).sum())
    assert value[together].sum() == pytest.approx(0.355345, abs=1e-6)
    assert total_se == pytest.approx(0.047464, abs=1e-5)


def test_share_of_the_total_effect() -> None:
    model = ecsi()
    fit, routes = fit_of(model, answers(model, mobi()), TIGHT), Routes.of(Design.of(model))
    r = routes.names(fit.design).index("Quality -> Value -> Satisfaction")
    assert share_of_total(fit, routes)[r] == pytest.approx(0.175169, abs=1e-6)  # F28
    assert direct_of_route(fit, routes)[r] == pytest.approx(0.512024, abs=1e-6)


def test_routes_of_a_pair_add_up_to_its_indirect_effect() -> None:
    model = ecsi()
    fit, routes = fit_of(model, answers(model, mobi()), PLS()), Routes.of(Design.of(model))
    values = specific_indirect(fit, routes)
    indirect = total_effects(fit.paths) - fit.paths
    for source, target in fit.design.pairs:
        mine = [r for r, pair in enumerate(routes.pairs) if pair == (source, target)]
        assert values[mine].sum() == pytest.approx(indirect[target, source], abs=1e-12)


def test_types_of_mediation() -> None:
    types = mediation_type(
        np.asarray([0.2, -0.2, 0.2, 0.2, 0.2]),
        np.asarray([0.3, 0.3, 0.3, 0.3, 0.3]),
        np.asarray([True, True, True, False, False]),
        np.asarray([True, True, False, True, False]),
    )
    assert [TYPES[t] for t in types] == ["complementary", "competitive", "indirect only", "direct only", "no effect"]


def test_more_routes_than_anybody_reads_are_refused_with_their_number() -> None:
    names = [f"C{k}" for k in range(16)]
    constructs = tuple(Construct(n, (Item(f"{n}_1", Text()),)) for n in names)
    paths = tuple((a, b) for i, a in enumerate(names) for b in names[i + 1 :])
    model = replace(ecsi(), constructs=constructs, paths=paths)
    with pytest.raises(SpecError, match=f"{2**16 - 1 - 16 - 120:,} routes"):
        Routes.of(Design.of(model))
