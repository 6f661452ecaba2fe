"""Moderation on the mobile data, number by number: products of scores standardised once, or once more."""

from __future__ import annotations

import pytest
from against_interactions import moderated
from sources import mobi

import csimodels as cs


@pytest.fixture(scope="module")
def moderation() -> cs.Result:
    return cs.Study(moderated(("Image", "Quality")), mobi(), uncertainty=None).run(progress=False)


def test_the_product_is_not_standardised_again(moderation: cs.Result) -> None:
    """Least squares on z-scores of the first stage (SmartPLS 4; Becker et al. 2023); tolerance: six printed digits."""
    row = moderation.interactions().iloc[0]
    assert row["estimate"] == pytest.approx(0.023452, abs=5e-7)
    assert row["standardised"] == pytest.approx(0.032435, abs=5e-7)
    paths = moderation.paths().query("target == 'Satisfaction'").set_index("source")["estimate"]
    expected = {"Image": 0.178823, "Expectation": 0.058745, "Quality": 0.526120, "Value": 0.189962}
    assert paths.to_dict() == pytest.approx(expected, abs=5e-7)
    r2 = moderation.r2().set_index("construct")["r2"]
    assert r2["Satisfaction"] == pytest.approx(0.682019, abs=5e-7)


def test_a_simple_slope_is_the_path_and_the_product(moderation: cs.Result) -> None:
    found = moderation.simple_slopes().set_index("at")["estimate"]
    assert found.loc[[-1.0, 0.0, 1.0]].tolist() == pytest.approx(
        [0.178823 - 0.023452, 0.178823, 0.178823 + 0.023452], abs=2e-6
    )


def test_a_curve() -> None:
    """Quality squared beside Quality; tolerance: six printed digits."""
    result = cs.Study(moderated(("Quality", "Quality")), mobi(), uncertainty=None).run(progress=False)
    assert result.interactions()["estimate"].iloc[0] == pytest.approx(0.018277, abs=5e-7)
    paths = result.paths().query("source == 'Quality' and target == 'Satisfaction'")["estimate"]
    assert paths.iloc[0] == pytest.approx(0.531909, abs=1e-6)
