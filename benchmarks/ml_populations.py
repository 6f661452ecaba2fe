"""Populations with exactly known covariances of the ACSI model: what benchmarks/simulate_ml.py draws surveys from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import csimodels as cs

FREEDOM = 4  # of the chi-squares of skewed factors
SKEW, KURTOSIS = -1.2, 2.0  # of skewed answers
SURVEY = cs.Population(skew=-1.0)
MODEL = cs.load_model("acsi")

Array = np.ndarray
Draw = Callable[[np.random.Generator, int], Array]


@dataclass(frozen=True, eq=False)
class Answers:
    """A population: ``draw(rng, rows)`` gives ``(rows, p)`` answers, whose covariance is exactly ``cov`` (p, p)."""

    name: str
    draw: Draw
    cov: Array


def populations() -> dict[str, Answers]:
    """The four populations by name."""
    return {p.name: p for p in (normal(), skewed_factors(), skewed_answers(), survey())}


def structural() -> tuple[Array, Array, Array]:
    """Standardised loadings (p, J), effect of every disturbance on the constructs (J, J), item deviations (p,).

    Paths, loadings and deviations are those of :func:`csimodels.simulate`; an item that stands alone is its construct.
    """
    made = cs.simulate(MODEL, 10, seed=0).truth.groups[0]
    block = np.asarray(made.block)
    alone = np.bincount(block)[block] == 1
    loadings = np.zeros((len(block), len(made.paths)))
    loadings[np.arange(len(block)), block] = np.where(alone, 1.0, made.stated)
    spread = np.sqrt(np.where(np.isnan(made.r2), 1.0, 1 - made.r2))
    return loadings, np.linalg.inv(np.eye(len(made.paths)) - made.paths) * spread, np.asarray(made.sd)


def covariance() -> Array:
    """(p, p) covariances that the model implies exactly."""
    loadings, effects, sd = structural()
    common = loadings @ effects @ effects.T @ loadings.T
    np.fill_diagonal(common, 1.0)
    return common * np.outer(sd, sd)


def normal() -> Answers:
    cov = covariance()
    root = np.linalg.cholesky(cov)
    return Answers("normal", lambda rng, rows: rng.standard_normal((rows, len(cov))) @ root.T, cov)


def skewed_factors() -> Answers:
    loadings, effects, sd = structural()
    own = np.sqrt(1 - (loadings**2).sum(axis=1))

    def skewed(rng: np.random.Generator, *shape: int) -> Array:
        return (FREEDOM - rng.chisquare(FREEDOM, shape)) / np.sqrt(2 * FREEDOM)

    def draw(rng: np.random.Generator, rows: int) -> Array:
        factors = skewed(rng, rows, len(effects)) @ effects.T
        return (factors @ loadings.T + own * skewed(rng, rows, len(own))) * sd

    return Answers("skewed factors", draw, covariance())


def fleishman(skew: float, kurtosis: float) -> Array:
    """(4,) coefficients of a cubic in a normal variable with mean 0, variance 1 and these moments (Fleishman 1978)."""
    from scipy.optimize import fsolve

    def missed(at: Array) -> list[float]:
        b, c, d = at
        return [
            b**2 + 6 * b * d + 2 * c**2 + 15 * d**2 - 1,
            2 * c * (b**2 + 24 * b * d + 105 * d**2 + 2) - skew,
            24 * (b * d + c**2 * (1 + b**2 + 28 * b * d) + d**2 * (12 + 48 * b * d + 141 * c**2 + 225 * d**2))
            - kurtosis,
        ]

    b, c, d = fsolve(missed, (1.0, skew / 6, 0.0), xtol=1e-13)
    return np.asarray([-c, b, c, d])


def skewed_answers() -> Answers:
    """One cubic for every item; the normal variables behind it have the correlations that give the model's."""
    cov = covariance()
    sd = np.sqrt(np.diag(cov))
    a, b, c, d = fleishman(SKEW, KURTOSIS)
    wanted, rho = cov / np.outer(sd, sd), cov / np.outer(sd, sd)
    for _ in range(50):
        value = rho * (b + 3 * d) ** 2 + 2 * c**2 * rho**2 + 6 * d**2 * rho**3
        rho = rho - (value - wanted) / ((b + 3 * d) ** 2 + 4 * c**2 * rho + 18 * d**2 * rho**2)
    root = np.linalg.cholesky(rho)

    def draw(rng: np.random.Generator, rows: int) -> Array:
        z = rng.standard_normal((rows, len(cov))) @ root.T
        return (a + z * (b + z * (c + z * d))) * sd

    return Answers("skewed answers", draw, cov)


def survey() -> Answers:
    names = list(MODEL.item_names)
    cov = cs.simulate(MODEL, 10, seed=0, truth=SURVEY).truth.moments().cov

    def draw(rng: np.random.Generator, rows: int) -> Array:
        seed = int(rng.integers(2**31))
        return cs.simulate(MODEL, rows, seed=seed, truth=SURVEY).data[names].to_numpy(dtype=float)

    return Answers("1 to 10", draw, cov)
