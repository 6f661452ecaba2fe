"""Parameters fixed at a value that the data speak against: said with the direction they ask for and a likely cause."""

from __future__ import annotations

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


def far_off(model: Model, done: Analysis) -> list[Message]:
    """A caution for every stated value that a score test rejects by five standard errors, in one group.

    The change that the score test expects is too rough that far away to be printed; its direction is not.
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
            out.append(_said(parameter, fall, change))
    return out


def _key(lhs: str, op: str, rhs: str) -> tuple[str, str, str]:
    return (op, *sorted((lhs, rhs))) if op == "~~" else (op, lhs, rhs)  # type: ignore[return-value]


def _said(parameter: Parameter, fall: float, change: float) -> Message:
    value = float(parameter.value or 0.0)
    units = Message(_SQUARES if parameter.op == "~~" else _UNITS)
    cause = Message(_TURNED, units=units) if value * change < 0 else units
    text = (
        "the fixed parameter {parameter} = {value} is far from what the data say: they ask for a {direction} value "
        "(score test, chi-square {fall}); {cause}"
    )
    return Message(
        text,
        parameter=f"{parameter.lhs} {parameter.op} {parameter.rhs}".strip(),
        value=f"{value:g}",
        direction=Message(_HIGHER if change > 0 else _LOWER),
        fall=f"{fall:.0f}",
        cause=cause,
    )
