"""Errors of groups under weights raked over all of them: by hand, without each row, with each weight moved.

R's survey has the linearised ones, their differences, changes and roll-up: tests/golden/against_raked.py.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.moments.rake import raking_factors
from csimodels.survey.raked_sample import RakedSample

RNG = np.random.default_rng(7)
N = 90
AGE, SEX = RNG.integers(0, 3, N), RNG.integers(0, 2, N)
TARGETS = [np.asarray([0.3, 0.3, 0.4]), np.asarray([0.55, 0.45])]
DATA = pd.DataFrame(
    {
        "a": np.clip(np.rint(4 + AGE + SEX + RNG.normal(0, 1.5, N)), 1, 10),
        "b": np.clip(np.rint(5 + AGE + RNG.normal(0, 1.5, N)), 1, 10),
        "firm": RNG.choice(["x", "y", "z"], N),
        "year": RNG.choice([2025, 2026], N),
        "w": RNG.choice([0.7, 1.0, 1.6], N),
        "age": AGE,
        "sex": SEX,
    }
)
SPEC = """
csi: 1
scale: [1, 10]
constructs: {A: {items: [a]}, B: {items: [b]}}
paths: {A: [B]}
index: B
data: {weight: w, rake: {age: {0: 0.3, 1: 0.3, 2: 0.4}, sex: {0: 0.55, 1: 0.45}}}
"""
Y = 100 * (DATA["b"].to_numpy() - 1) / 9
OF = DATA["firm"].to_numpy()
CODES = np.stack([AGE, SEX], axis=1)


def errors(method: object, more: str = "by: firm") -> np.ndarray:
    """Errors of the mean of b in each group."""
    model = cs.parse_model(SPEC.replace("weight: w", f"weight: w, {more}"))
    frame = cs.Study(model, DATA, uncertainty=method).run(progress=False).index()
    return frame.loc[frame["construct"] == "B", "se"].to_numpy()


def means(weights: np.ndarray, bounds: tuple[float, float] | None = None) -> np.ndarray:
    """(B, 3) means of the firms under weights ``(B, n)`` that are raked first."""
    done = raking_factors(weights, CODES, TARGETS, bounds=bounds)
    assert done.converged.all()
    a = weights * done.values
    return np.stack([a[:, at] @ Y[at] / a[:, at].sum(axis=1) for at in (firm == OF for firm in "xyz")], axis=1)


def test_the_jackknife_rakes_the_whole_sample_without_each_row() -> None:
    """Each firm a sample of its own (JKn); what a row of another firm moves counts too."""
    same = OF[:, None] == OF
    size = same.sum(axis=1)
    factors = np.where(same, (size / (size - 1))[:, None], 1.0) * (1 - np.eye(N))
    values, variance = means(DATA["w"].to_numpy() * factors), np.zeros(3)
    for firm in "xyz":
        mine = values[firm == OF]
        variance += (len(mine) - 1) / len(mine) * ((mine - mine.mean(axis=0)) ** 2).sum(axis=0)
    # margins of a replicate are met to 1e-8
    np.testing.assert_allclose(errors(cs.Jackknife()), np.sqrt(variance), rtol=1e-6)


@pytest.mark.parametrize("bounds", [None, (0.85, 1.25)], ids=str)
def test_the_linearised_error_is_the_derivative_of_raking_anew(bounds: tuple[float, float] | None) -> None:
    w, step = DATA["w"].to_numpy(), 1e-5
    moved = step * np.eye(N)
    slope = (means(w + moved, bounds) - means(w - moved, bounds)) / (2 * step)
    added, variance = slope * w[:, None], np.zeros(3)
    for firm in "xyz":
        mine = added[firm == OF]
        variance += len(mine) / (len(mine) - 1) * ((mine - mine.mean(axis=0)) ** 2).sum(axis=0)
    se = errors("linearised", "by: firm" + (f", rake_bounds: {[*bounds]}" if bounds else ""))
    # derivatives by differences of sums raked to 1e-12
    np.testing.assert_allclose(se, np.sqrt(variance), rtol=1e-6)


@pytest.mark.parametrize("method", [cs.Linearised(), cs.Jackknife()], ids=lambda m: type(m).__name__)
def test_one_group_of_all_has_the_errors_of_all(method: object) -> None:
    alone = DATA.assign(firm="x")
    frames = [
        cs.Study(cs.parse_model(SPEC), alone, uncertainty=method, **by).run(progress=False).index()
        for by in ({"by": "firm"}, {})
    ]
    np.testing.assert_allclose(frames[0]["se"], frames[1]["se"], rtol=1e-6)


def test_the_headline_of_a_wave_has_the_errors_of_the_wave() -> None:
    model = cs.parse_model(SPEC.replace("weight: w", "weight: w, by: firm, wave: year"))
    headline = cs.Study(model, DATA, uncertainty="linearised").run(progress=False).overall
    waves = errors("linearised", "wave: year")
    assert headline is not None
    se = headline.index().set_index("construct").loc["B", "se"]
    assert se == pytest.approx(waves[1], rel=1e-9)
    assert abs(se / waves[0] - 1) > 0.01


def test_the_bootstrap_draws_the_whole_sample() -> None:
    """Beside the jackknife, which the rescaling bootstrap estimates: 1 500 draws, error 2 %, four of these."""
    draws, jack = errors(cs.Bootstrap(1500)), errors(cs.Jackknife())
    np.testing.assert_allclose(draws, jack, rtol=0.08)


def test_rows_counted_by_cell_have_the_error_and_df_of_rows_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    model = cs.parse_model(SPEC.replace("weight: w", "weight: w, by: firm"))
    found = []
    for by_cell in (True, False):
        monkeypatch.setattr(RakedSample, "each_row", by_cell)
        estimates = cs.Study(model, DATA, uncertainty="linearised").run(progress=False).estimates
        found.append(np.stack([estimates.se, estimates.df]))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9)
