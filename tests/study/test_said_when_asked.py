"""Notes and facts are made when first asked for; the quicker roads of a run give the numbers of the plain ones."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from sources import ecsi, mobi, without

import csimodels as cs
from csimodels.assess.mediation import specific_indirect
from csimodels.estimate.ml import vcov as errors_room
from csimodels.estimate.ml.implied import tangent
from csimodels.study import said
from csimodels.study.result import with_notes


@pytest.fixture(scope="module")
def fitted() -> cs.Result:
    return cs.Study(without(ecsi(), "Image"), mobi(), estimator="ml", uncertainty=None).run(progress=False)


def test_a_run_says_nothing_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    plain = said.cautions
    monkeypatch.setattr(said, "cautions", lambda *given: asked.append("rows") or plain(*given))
    data = mobi().assign(CUEX2=lambda t: t["CUEX1"])  # a copy, which is worth a note
    result = cs.Study("ecsi", data, uncertainty=None).run(progress=False)
    result.paths()
    assert asked == []
    first = result.notes
    assert asked == ["rows"] and any("copies of one another" in note for note in first)
    assert result.notes is first and repr(result).endswith(f"{len(first)} notes>" if len(first) > 1 else "1 note>")


def test_notes_added_later_follow_those_of_the_run(fitted: cs.Result) -> None:
    more = with_notes(fitted, ("a last word",))
    assert more.notes == (*fitted.notes, "a last word")
    assert more.facts == fitted.facts and dataclasses.replace(more).notes == more.notes


def test_expected_errors_are_the_inverse_of_the_information_made_from_derivatives(fitted: cs.Result) -> None:
    ((_, done),) = fitted.structures.analyses
    assert done is not None
    s = done.solution
    by_hand = np.linalg.inv(errors_room.information(s, tangent(s.structure, s.sample, s.x))) / s.sample.total
    np.testing.assert_allclose(done.vcov.cov, by_hand, rtol=1e-9, atol=1e-12)


def test_effects_along_routes_are_products_of_their_paths() -> None:
    result = cs.Study("ecsi", mobi(), uncertainty=None).run(progress=False)
    fit, routes = result.structures.outcome.fit, result.estimates.layout.routes  # type: ignore[union-attr]
    found = specific_indirect(fit, routes)[0]
    for value, route in zip(found, routes.nodes, strict=True):
        product = 1.0
        for a, b in pairwise(route):
            product *= fit.paths[0, b, a]
        assert value == product
    assert len(routes.nodes) > 5
