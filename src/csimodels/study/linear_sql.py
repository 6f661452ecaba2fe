"""Linear functions of the answers as SQL expressions over the columns of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.messages import Message
from csimodels.spec import Model
from csimodels.spec.model import Item
from csimodels.study.linear_scores import Linear, OfRespondents
from csimodels.survey.answers.numbers import Codes
from csimodels.survey.scale.relation import quoted

if TYPE_CHECKING:
    from csimodels.study.result import Result


def linear_sql(what: OfRespondents, place: int, name: str) -> str:
    """The function `name` of the group at `place` in SQL."""
    if name not in what.names:
        found, allowed = repr(name)[:100], nearest(name, what.names) or listed(what.names)
        raise SpecError(Problem(what.unknown, "construct", found, allowed))
    return _expression(what.result.model, what.at(place), what.names.index(name))


def of_group(result: Result, group: Any) -> tuple[Result, int]:
    """The result that has the coefficients of a group by its key, and its place in there; None: all respondents."""
    if group is None:
        return result.whole, 0
    key = group if isinstance(group, tuple) else (group,)
    keys = [tuple(map(str, known)) for known in result.estimates.keys]
    wanted = tuple(map(str, key))
    if wanted not in keys:
        shown = [" / ".join(known) for known in keys]
        raise SpecError(Problem("unknown group", "group", " / ".join(wanted), listed(shown, 6)))
    return result, keys.index(wanted)


def _expression(model: Model, linear: Linear, j: int) -> str:
    """``constant + factor * answer + ...`` with every cell checked against its scale and codes."""
    factors = linear.factor[:, j].tolist()
    worded = [item.name for item, factor in zip(model.items, factors, strict=True) if item.values and factor]
    if worded:
        what = Message("answers are words, which an SQL expression does not read: {items}", items=listed(worded, 6))
        raise SpecError(Problem(what, "items", remedy="write the scores to a file: write_scores"))
    if np.isnan(linear.constant[j]):  # the group has no fit
        return "null"
    parts = [repr(float(linear.constant[j]))]
    for item, factor, mean in zip(model.items, factors, linear.mean.tolist(), strict=True):
        if factor:
            parts.append(f"{factor!r} * {_answer(model, item, mean)}")
    return " + ".join(parts)


def _answer(model: Model, item: Item, mean: float) -> str:
    column = quoted(dict(model.data.columns).get(item.name, item.name))
    low, high = item.scale
    own = dict(model.data.item_missing_codes).get(item.name, ())
    codes = Codes.of((*model.data.missing_codes, *own), dict(model.data.missing_reasons)).numbers
    inside = [code for code in codes if low <= code <= high]
    test = f"{column} between {low:g} and {high:g}"
    test += f" and {column} not in ({', '.join(f'{code:g}' for code in inside)})" if inside else ""
    value = f"({low + high:g} - {column})" if item.reverse else column
    cell = f"case when {test} then {value} end"
    return f"({cell})" if np.isnan(mean) else f"coalesce({cell}, {mean!r})"
