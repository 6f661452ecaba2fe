"""Derivatives of numbers beside the model: closed forms for many groups at once, and of all numbers of a model."""

from __future__ import annotations

import numpy as np
import pytest

from csimodels.infer.desk import Joined, desk_slopes
from csimodels.moments.linalg import Floats

#: Of the model's 100 numbers, those that the desk looks at: two among the few that are moved together, one far off.
SHARE, WHOLE, LAST = 17, 18, 99


def _desk(mean: Floats, model: Floats) -> Floats:
    """A ratio that does not change when both parts grow alike, a product with a mean, a constant."""
    ratio = model[..., SHARE] / (model[..., SHARE] + model[..., WHOLE])
    return np.stack([ratio, mean[..., 0] * model[..., LAST], np.full(ratio.shape, 7.0)], axis=-1)


def _points() -> tuple[Floats, Floats]:
    random = np.random.default_rng(1)
    return random.uniform(0.1, 0.9, (5, 2)), random.uniform(20, 90, (5, 100))


def test_closed_forms_for_many_groups_at_once() -> None:
    """Central differences of step 1e-5 are good to some 1e-10 of a number; what is not looked at has exactly 0."""
    mean, model = _points()
    by_extra, by_model = desk_slopes(_desk, mean, model)
    share, whole = model[:, SHARE], model[:, WHOLE]
    want = np.zeros((5, 3, 100))
    want[:, 0, SHARE], want[:, 0, WHOLE] = whole / (share + whole) ** 2, -share / (share + whole) ** 2
    want[:, 1, LAST] = mean[:, 0]
    assert by_model == pytest.approx(want, rel=1e-8, abs=1e-12)
    assert by_extra[:, 1, 0] == pytest.approx(model[:, LAST], rel=1e-8)
    assert not by_extra[:, [0, 2]].any()
    assert not by_model[want == 0].any()


def test_many_groups_give_what_each_gives_alone() -> None:
    mean, model = _points()
    joined = Joined((_desk, lambda mean, model: mean[..., ::-1] ** 2), (1, 2), (True, False))
    mean = np.hstack([mean, mean[:, :1]])
    together = desk_slopes(joined, mean, model)
    for g in range(len(mean)):
        for all_of_them, alone in zip(together, desk_slopes(joined, mean[g], model[g]), strict=True):
            assert np.array_equal(all_of_them[g], alone)


def test_a_number_that_is_not_there_has_no_derivatives_and_takes_none_away() -> None:
    mean, model = _points()
    model[1, LAST] = model[2, 40] = np.nan
    by_extra, by_model = desk_slopes(_desk, mean, model)
    assert np.isnan(by_extra[1, 1]).all()
    assert np.isnan(by_model[1, 1]).all()
    assert np.isfinite(np.delete(by_model, 1, axis=0)).all()
    assert np.isfinite(by_model[1, [0, 2]]).all()
