"""Errors and intervals of two-stage models against refits from rows, unit by unit and draw by draw.

The refits are those of ``brute_stages.py``; the draws are those of our plans, which are only whole numbers for rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from brute_stages import Spec, refit
from compared import DIFFERENTIATED, REFITTED, Row, rows
from peers import Named
from scipy import stats
from sources import MOBI_BLOCKS, mobi

import csimodels as cs
from csimodels.moments import Clustered, Sampling
from csimodels.spec import Construct, IndexSpec, Item, Model

TOOL = "separate NumPy computation"
SCALE = (1, 10)
PARTS = ("Quality", "Value")
ARROWS = (
    ("Expectation", "Perception"),
    ("Image", "Perception"),
    ("Perception", "Satisfaction"),
    ("Image", "Satisfaction"),
    ("Satisfaction", "Loyalty"),
)
DESIGN = {"strata": "stratum", "cluster": "cluster"}
DRAWS, SEED, STEP = 12, 31, 1e-4  # one draw has correlations of causes beyond 1 under PLSc
#: Estimator, form, mode of the second-order construct.
KINDS = {
    "PLS, disjoint": ("pls", "disjoint", "A"),
    "PLS, embedded, mode B": ("pls", "embedded", "B"),
    "PLSc, disjoint": ("plsc", "disjoint", "A"),
    "PLSc, embedded": ("plsc", "embedded", "A"),
    "PLSc, composite of mode B": ("plsc", "disjoint", "B"),
}


def model(kind: str) -> Model:
    """Perception made of Quality and Value, with two causes and an effect."""
    estimator, _, mode = KINDS[kind]
    plain = [Construct(name, tuple(Item(i, scale=SCALE) for i in items)) for name, items in MOBI_BLOCKS.items()]
    measured = "reflective" if estimator == "plsc" and mode == "A" else "composite"
    whole = Construct("Perception", (), of=PARTS, measured=measured, mode=mode)  # type: ignore[arg-type]
    return Model("two stages", (*plain, whole), ARROWS, index=IndexSpec("Satisfaction"))


def data() -> pd.DataFrame:
    """The mobile data with unequal weights, and eight clusters in two strata."""
    row = np.arange(250)
    return mobi().assign(w=1 + (row * 7) % 11 / 10, stratum=row % 2, cluster=(row // 5) % 4)


def two_stages(group: str, kind: str) -> Iterator[Row]:
    """Jackknife and linearised errors, percentile and BCa intervals, of a stratified cluster sample."""
    estimator, form, _ = KINDS[kind]
    made = {"pls": cs.PLS, "plsc": cs.PLSc}[estimator](higher_order=form, tol=1e-14, max_iter=3000)  # type: ignore[arg-type]
    boot: dict[str, Any] = {"replicates": DRAWS, "seed": SEED}
    methods: dict[str, Any] = {
        "jackknife": cs.Jackknife(),
        "linearised": cs.Linearised(),
        "percentile": cs.Bootstrap(**boot),
        "bca": cs.Bootstrap(**boot, interval="bca"),
    }
    given = {"estimator": made, "weight": "w", "design": DESIGN}
    study = cs.Study(model(kind), data(), **given)
    again = Refits.of(kind, study)
    for name, method in methods.items():
        mine = _published(name, cs.Study(model(kind), data(), uncertainty=method, **given).run(progress=False))
        yield from rows(group, TOOL, mine, again.expected(name), DIFFERENTIATED if name == "linearised" else REFITTED)


def _published(method: str, result: cs.Result) -> Named:
    """Estimate, error and limits of every path and index."""
    index = result.index().set_index("construct").rename(columns={"index": "estimate"})
    index.index = "index " + index.index
    paths = result.paths()
    paths = paths[~paths["source"].isin(PARTS)]
    paths.index = "path " + paths["source"] + "->" + paths["target"]
    both = pd.concat([index, paths])
    return {f"{column}, {method}": both[column].to_dict() for column in ("estimate", "se", "low", "high")}


@dataclass(frozen=True)
class Refits:
    """Every number of the whole sample, without each cluster, with each one's weights moved, and of the draws."""

    stratum: np.ndarray
    point: dict[str, np.ndarray]
    left_out: dict[str, np.ndarray]
    slope: dict[str, np.ndarray]
    drawn: dict[str, np.ndarray]

    @classmethod
    def of(cls, kind: str, study: cs.Study) -> Refits:
        """All of them."""
        survey = study.survey
        assert survey.strata is not None and survey.cluster is not None
        _, unit = np.unique(survey.strata * 1000 + survey.cluster, return_inverse=True)
        stratum = np.asarray([survey.strata[unit == k][0] for k in range(unit.max() + 1)])
        step = STEP * (unit == np.arange(len(stratum))[:, None])
        plan = Clustered(Sampling.of(survey.n, survey.strata, survey.cluster), DRAWS, SEED)
        factors = [np.ones((1, survey.n)), _without(unit, stratum), 1 + step, 1 - step, plan.counts(0, DRAWS)]
        point, left_out, up, down, drawn = (refitted(kind, study, some) for some in factors)
        return cls(stratum, point, left_out, {n: (up[n] - down[n]) / (2 * STEP) for n in up}, drawn)

    def expected(self, method: str) -> Named:
        """Estimate, error and limits by one method."""
        out: Named = {f"{part}, {method}": {} for part in ("estimate", "se", "low", "high")}
        size = np.bincount(self.stratum)[self.stratum]
        for name, (value,) in self.point.items():
            e = _within(self.left_out[name] * (1 - size) / size, self.stratum)
            if method == "linearised":
                e = _within(self.slope[name], self.stratum)
            ends = _symmetric(value, e, self.stratum)
            if method in ("percentile", "bca"):
                ends = _cut(value, self.drawn[name], self._skewness(name) if method == "bca" else None)
            for part, number in zip(out.values(), (value, *ends), strict=True):
                part[name] = float(number)
        return out

    def _skewness(self, name: str) -> float:
        """The acceleration of BCa from the clusters left out."""
        size, left = np.bincount(self.stratum), self.left_out[name]
        mean = np.bincount(self.stratum, left) / size
        e = ((size - 1) / size)[self.stratum] * (mean[self.stratum] - left)
        return float((e**3).sum() / (6 * (e**2).sum() ** 1.5))


def refitted(kind: str, study: cs.Study, factors: np.ndarray) -> dict[str, np.ndarray]:
    """Every number for each row of factors of the weights."""
    estimator, form, mode = KINDS[kind]
    corrected = estimator == "plsc", estimator == "plsc" and mode == "A"
    spec = Spec(MOBI_BLOCKS, ARROWS, "Perception", PARTS, form == "embedded", mode == "B", *corrected)
    survey, items = study.survey, study.model.item_names
    assert survey.weights is not None
    done = [refit(spec, items, survey.x, survey.weights * f, SCALE) for f in factors]
    return {name: np.asarray([one[name] for one in done]) for name in done[0] if not name.startswith("R2")}


def _without(unit: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Every cluster left out once, the others of its stratum raised (JKn)."""
    out = np.ones((len(stratum), len(unit)))
    size = np.bincount(stratum)
    for k, h in enumerate(stratum):
        out[k, stratum[unit] == h] = size[h] / (size[h] - 1)
        out[k, unit == k] = 0.0
    return out


def _within(totals: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Contributions of the clusters, whose squares sum to the variance: ``n/(n-1) sum (T - mean)^2`` in a stratum."""
    size, mean = np.bincount(stratum), np.bincount(stratum, totals) / np.bincount(stratum)
    return np.asarray(np.sqrt(size / (size - 1.0))[stratum] * (totals - mean[stratum]))


def _symmetric(value: float, e: np.ndarray, stratum: np.ndarray) -> tuple[float, float, float]:
    """Error and limits with Satterthwaite's degrees of freedom (docs/uncertainty.md)."""
    square, most = (e**2).sum(), len(stratum) - len(np.unique(stratum))
    df = 2 * square**2 / ((e**4).sum() - square**2 / len(e))
    se, t = np.sqrt(square), stats.t.ppf(0.975, df if 0 < df < most else most)
    return se, value - t * se, value + t * se


def _cut(value: float, draws: np.ndarray, skewness: float | None) -> tuple[float, float, float]:
    """Percentile limits, or BCa (Efron & Tibshirani 1993, 14.9 to 14.15)."""
    at = np.asarray([0.025, 0.975])
    if skewness is not None:
        z0 = stats.norm.ppf((draws < value).mean())
        shifted = z0 + stats.norm.ppf(at)
        at = stats.norm.cdf(z0 + shifted / (1 - skewness * shifted))
    low, high = np.quantile(draws, at)
    return draws.std(ddof=1), low, high
