"""Parameters fixed at a value that the data speak against: said with the value they ask for and a likely cause."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from csimodels.estimate.ml.analysis import Analysis
from csimodels.messages import N_, Message
from csimodels.spec.model import Model, Parameter

#: Fall of chi-square beyond which a fixed value is far off: five standard errors.
FAR = 25.0

_UNITS = N_("values are in the units of the items, not standardised")
_SQUARES = N_("variances and covariances are in squared units of the items, not standardised")
_TURNED = N_("{units}, or its sign is turned round")
_HIGHER, _LOWER = N_("higher"), N_("lower")


def freed(model: Model, parameter: Parameter) -> Model:
    """The model with one stated value taken back: the parameter is estimated, all others are as they were."""
    loose = tuple(replace(p, value=None) if p == parameter else p for p in model.parameters)
    return replace(model, parameters=loose)


def far_off(model: Model, done: Analysis, estimate: Callable[[Parameter], float]) -> list[Message]:
    """A caution for every stated value that a score test rejects by five standard errors, in one group.

    Parameters
    ----------
    model : Model
    done : Analysis
        Of the model with its stated values.
    estimate : function
        What a parameter becomes when it is free; NaN where that fit gives nothing.  The change that the score test
        expects is a first-order one, too rough so far away; only its direction is used, where there is no estimate.
    """
    stated = {_key(p.lhs, p.op, p.rhs): p for p in model.parameters if p.value is not None}
    found = done.modification if stated else None  # all of them cost as much as the fit: not for nothing
    if found is None:
        return []
    out = []
    for k, candidate in enumerate(found.candidates):
        parameter = stated.get(_key(candidate.lhs, candidate.op, candidate.rhs))
        fall, change = float(np.ravel(found.mi)[k]), float(np.ravel(found.epc)[k])
        if parameter is not None and not candidate.released and fall > FAR:
            out.append(_said(parameter, fall, change, estimate(parameter)))
    return out


def _key(lhs: str, op: str, rhs: str) -> tuple[str, str, str]:
    return (op, *sorted((lhs, rhs))) if op == "~~" else (op, lhs, rhs)  # type: ignore[return-value]


def _said(parameter: Parameter, fall: float, change: float, free: float) -> Message:
    value = float(parameter.value or 0.0)
    change = change if math.isnan(free) else free - value
    units = Message(_SQUARES if parameter.op == "~~" else _UNITS)
    turned = value * change < 0 if math.isnan(free) else value * free < 0
    cause = Message(_TURNED, units=units) if turned else units
    known = (
        "the fixed parameter {parameter} = {value} is far from what the data say: it would be {free} if it were free "
        "(score test, chi-square {fall}); {cause}"
    )
    text = (
        "the fixed parameter {parameter} = {value} is far from what the data say: they ask for a {direction} value "
        "(score test, chi-square {fall}); {cause}"
    )
    name = f"{parameter.lhs} {parameter.op} {parameter.rhs}".strip()
    if not math.isnan(free):
        return Message(known, parameter=name, value=f"{value:g}", free=f"{free:.3g}", fall=f"{fall:.0f}", cause=cause)
    return Message(
        text,
        parameter=name,
        value=f"{value:g}",
        direction=Message(_HIGHER if change > 0 else _LOWER),
        fall=f"{fall:.0f}",
        cause=cause,
    )
