"""Columns of the design that a model asks for, in simulated surveys: strata, margins, replicate weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.spec.model import Margin, Model, ReplicateSpec

#: Replicate weights written where the model names them by ``rw*``.
REPLICATES = 80


def fixed_columns(model: Model) -> dict[str, object]:
    """Columns the simulation says nothing about: one group, the filter's value, one stratum of a large population."""
    fixed: dict[str, object] = dict.fromkeys(model.data.by, "all")
    fixed |= dict(model.data.where)
    design = model.data.design
    if design.strata is not None:
        fixed[design.strata] = "1"
    if design.fpc is not None:
        fixed[design.fpc] = 0.0
    return fixed


def design_problems(model: Model) -> list[Problem]:
    """Kinds of replicate weights that are not simulated."""
    spec = model.data.replicate_weights
    if not spec.columns or spec.kind in ("bootstrap", "jk1"):
        return []
    remedy = "leave replicate_weights out of the spec for the simulation, or add such weights to its data"
    return [
        Problem(
            Message("replicate weights of kind {kind} are not simulated", kind=spec.kind),
            "",
            "",
            Message("bootstrap or jk1"),
            remedy,
        )
    ]


def drawn_columns(
    model: Model, weights: Floats, taken: Mapping[str, object], rng: np.random.Generator
) -> dict[str, Any]:
    """Categories of the margins, and replicate weights, of `n` interviews with sampling weights ``(n,)``.

    Categories come in the proportions of the margin, as near as whole numbers allow, and have nothing to do with the
    answers.  `taken` columns are left as they are, but for strata that are raked.
    """
    free = [m for m in model.data.rake if m.column not in taken or m.column == model.data.design.strata]
    columns: dict[str, Any] = {margin.column: _categories(margin, len(weights), rng) for margin in free}
    spec = model.data.replicate_weights
    if spec.columns:
        names = [name for wanted in spec.columns for name in _names(wanted)]
        factors = _factors(spec, len(names), len(weights), rng)
        columns |= {name: factors[r] * weights for r, name in enumerate(names)}
    return columns


def _categories(margin: Margin, n: int, rng: np.random.Generator) -> list[str]:
    """(n,) names in random order; the k-th interview is in the category in which ``(k + 1/2) / n`` of the shares is."""
    share = np.asarray([value for _, value in margin.shares])
    place = np.searchsorted(np.cumsum(share) / share.sum(), (np.arange(n) + 0.5) / n)
    return [margin.shares[k][0] for k in rng.permutation(np.minimum(place, len(share) - 1)).tolist()]


def _names(wanted: str) -> list[str]:
    return [f"{wanted[:-1]}{r}" for r in range(1, REPLICATES + 1)] if wanted.endswith("*") else [wanted]


def _factors(spec: ReplicateSpec, number: int, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(R, n) counts of a bootstrap, or delete-a-group jackknife factors of random groups."""
    if spec.kind == "bootstrap":
        return rng.multinomial(n, np.full(n, 1 / n), size=number).astype(np.float64)
    group = rng.permutation(np.arange(n) % number)
    return np.where(group == np.arange(number)[:, None], 0.0, number / max(number - 1, 1))
