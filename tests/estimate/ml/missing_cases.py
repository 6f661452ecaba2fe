"""Models, data and figures that the tests of missing answers and of invariance share."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import sources

from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.structure import Structure
from csimodels.moments import Rows
from csimodels.spec.model import Construct, Item, Model

#: lavaan's estimates are carried on to rounding by ml_missing.R; its Hessian is a numerical one (steps of 1e-6), which
#: leaves errors and scaling factors with six to seven digits, and its baseline model stops where the optimiser does.
ESTIMATE, ERROR, FACTOR, STATISTIC = 2e-7, 1e-5, 2e-6, 1e-7

BLOCKS = {
    "Quality": ["PERQ1", "PERQ2", "PERQ3", "PERQ4"],
    "Value": ["PERV1", "PERV2"],
    "Satisfaction": ["CUSA1", "CUSA2", "CUSA3"],
}
short = Model(
    "short",
    tuple(Construct(name, tuple(map(Item, items))) for name, items in BLOCKS.items()),
    (("Quality", "Value"), ("Quality", "Satisfaction"), ("Value", "Satisfaction")),
)

#: As made in ml_missing.R, from the number of the row.
K = np.arange(250)
WEIGHT, BRANCH, HALF = 1 + (K % 3) / 2, K // 5, K % 2


@cache
def runs() -> dict[str, Any]:
    """lavaan's figures, ml_missing.json."""
    done: dict[str, Any] = sources.reference("ml_missing.json")["runs"]
    return done


@cache
def acsi() -> Model:
    """ACSI paths on the items of the mobile data."""
    return sources.without(sources.ecsi(), "Image")


def answers(model: Model, *, holes: bool = True) -> np.ndarray:
    """(250, p) mobile data along the items of `model`, with 8 % of the answers taken out or complete."""
    try:
        return sources.answers(model, sources.holed() if holes else sources.mobi()).copy()
    except sources.UnavailableError as error:
        pytest.skip(str(error))


def incomplete(
    model: Model,
    x: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    counts: np.ndarray | None = None,
    group: np.ndarray | None = None,
    shift: float = 5.5,
) -> Incomplete:
    """Sums by pattern of one group, or of the groups that `group` codes."""
    codes = np.zeros(len(x), dtype=int) if group is None else group
    parts = []
    for g in range(codes.max() + 1):
        at = codes == g
        own = None if weights is None else weights[at]
        rows = Rows(model.item_names, x[at], np.full(x.shape[1], shift), own, "patterns")
        parts.append(rows.sums(None if counts is None else counts[..., at]))
    return Incomplete.of(parts)


@cache
def halves() -> Incomplete:
    """The two groups of the short model, with holes."""
    return incomplete(short, answers(short), group=HALF)


@cache
def halves_rows() -> HoledCases:
    """Their rows."""
    return HoledCases.of(answers(short), group=HALF)


@cache
def complete_halves() -> Cases:
    """The two groups of the short model, complete."""
    return Cases.of(answers(short, holes=False), group=HALF)


def close(mine: object, theirs: object, tol: float) -> bool:
    """Whether two numbers agree to `tol`, relative to the larger of 1 and theirs."""
    return bool(np.all(np.abs(np.asarray(mine) - theirs) <= tol * np.maximum(1.0, np.abs(theirs))))


def with_means(model: Model, **of: Any) -> Structure:
    """The structure of `model` with means."""
    return Structure(ParameterTable.of(model, mean_structure=True, **of))
