"""Functions of labelled parameters, lavaan's ``:=``, with errors by the delta method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.delta import Estimated, by_matrices, delta
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.standardised import Kind, row_values, standardise
from csimodels.estimate.ml.structure import Matrices, Structure
from csimodels.moments.linalg import Floats
from csimodels.spec.expressions import Formula, formula


def user_defined(
    structure: Structure, x: Floats, cov: Floats, formulas: Sequence[tuple[str, str]], kind: Kind | None = None
) -> Estimated:
    """Every function at the parameters `x`.

    Parameters
    ----------
    x : (*B, q);  cov : (*B, q, q) their covariance.
    formulas : D pairs ``(name, formula)``; names stand for labels of the parameter table, and for one another.
    kind : ``"std_lv"`` or ``"std_all"`` put the standardised parameters into the formulas, as lavaan does; None takes
        them as they are.

    Returns
    -------
    Estimated ``(*B, D)``: the value, and the error by the delta method (Sobel 1982) with exact derivatives.
    """
    read = {name: formula(text) for name, text in formulas}
    if not read:
        blank = np.empty((*x.shape[:-1], 0))
        return Estimated(blank, blank, blank)
    places = _places(structure.table)

    def function(matrices: Matrices) -> NDArray[Any]:
        each = row_values(structure.table, matrices) if kind is None else standardise(structure.table, matrices, kind)
        known = {label: each[..., place] for label, place in places.items()}
        for name in read:
            _add(name, read, known)
        return np.stack([np.broadcast_to(known[name], each.shape[:-1]) for name in read], axis=-1)

    return delta(by_matrices(structure, function), x, cov)


def _places(table: ParameterTable) -> dict[str, int]:
    """The first row of each label: all of them are equal."""
    found: dict[str, int] = {}
    for k, row in enumerate(table.rows):
        if row.label:
            found.setdefault(row.label, k)
    return found


def _add(name: str, read: Mapping[str, Formula], known: dict[str, Any]) -> None:
    """The value of `name` into `known`, after those that its formula needs."""
    if name in known:
        return
    for part in read[name].names:
        if part in read:
            _add(part, read, known)
    known[name] = read[name](known)
