"""Which driver goes most closely with the index, as far as the intervals of the differences between effects tell, and
whom drivers are of: said once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from csimodels.messages import N_, Message, Several
from csimodels.report import formatting
from csimodels.report.content import Content

Driver = Mapping[str, Any]


def by_size(content: Content) -> list[Driver]:
    """Drivers with a known effect, the largest first; none where the model bears no verdict."""
    table = content.table("drivers")
    if table.empty or not content.bears_verdicts:
        return []
    known = table[table["importance"].notna()]
    return sorted(formatting.records(known), key=lambda row: -abs(formatting.as_float(row["importance"])))


def surely(rows: Sequence[Driver]) -> list[Driver]:
    """Drivers whose interval leaves 0 out."""
    return [row for row in rows if _ends(row)[0] > 0]


#: Whom drivers are of where the number at the top is rolled up: in a sentence, and over the drivers of a screen.
_WHOSE = N_(
    "Effects and levels of the drivers are those of all respondents together, whose {construct} is {value}; the number "
    "at the top is rolled up by shares."
)
_WHOSE_SHORT = N_("Drivers of {construct} among all respondents ({value}), per point; level")


def of_everybody(
    content: Content, unit: str, label: Callable[[str], str], *, short: bool = False
) -> tuple[Message, ...]:
    """That drivers are of all respondents, where the number at the top is that of a `unit` of the roll-up, and so
    another one."""
    if not unit:
        return ()
    index = content.table("index")
    own = index[index["construct"] == content.target]
    value = formatting.number(own["index"].iloc[0], 1) if len(own) else formatting.NONE
    return (Message(_WHOSE_SHORT if short else _WHOSE, construct=label(content.target), value=value),)


def closest(rows: Sequence[Driver], target: str, label: Callable[[str], str]) -> tuple[Message, ...]:
    """Which goes most closely with the index, or which of them may, and whose effects are too uncertain to say.

    Another driver may be as close where the interval of its effect less the largest (``effect_lead``) reaches 0.  Where
    there is none (results stored by an older version) or the largest effect is itself not sure, where the intervals of
    the two effects overlap.

    Parameters
    ----------
    rows : sequence of mapping
        Of :func:`by_size`.
    target : str
        Label of the index construct.
    label : callable
        Label of a construct.
    """
    sure = surely(rows)
    if not sure:
        if not any(math.isfinite(end) for row in rows for end in _ends(row)):
            return (
                Message("No interval was computed, so no driver is said to go with {construct}.", construct=target),
            )
        return (Message("No driver is shown to go with {construct}: every interval includes 0.", construct=target),)
    first = sure[0]
    rivals = [row for row in sure[1:] if _as_close(row, first, rows[0])]
    open_ = [row for row in rows if row not in sure and _as_close(row, first, rows[0])]
    parts: dict[str, str] = {"driver": label(first["driver"]), "construct": target}
    beside: tuple[Message, ...] = ()
    if open_:
        names = Several([label(row["driver"]) for row in open_])
        beside = (Message("Too uncertain to be compared with it: {names}.", names=names),)
    if len(rivals) > 1:
        several = Several([label(row["driver"]) for row in (first, *rivals)])
        text = "{names} go most closely with {construct}; which of them most cannot be told."
        return (Message(text, names=several, construct=target),)
    if rivals:
        text = "{driver} and {other} go most closely with {construct}; which of the two more so cannot be told."
        return (Message(text, other=label(rivals[0]["driver"]), **parts),)
    return (_of_one(first, parts, alone=not open_), *beside)


def _of_one(row: Driver, parts: Mapping[str, str], *, alone: bool) -> Message:
    """What goes with one point more of it; `alone`: no other can be as close."""
    low, high = (formatting.number(end, 2) for end in _ends(row))
    effect = {
        "x": formatting.number(abs(row["importance"]), 2),
        "limits": Message("{low} to {high}", low=low, high=high),
    }
    if alone and row["importance"] > 0:
        text = (
            "{driver} goes most closely with {construct}: where it is rated 1 point higher, {construct} is {x} points "
            "higher (interval {limits})."
        )
    elif alone:
        text = (
            "{driver} goes most closely with {construct}: where it is rated 1 point higher, {construct} is {x} "
            "points lower (interval {limits})."
        )
    elif row["importance"] > 0:
        text = (
            "{driver} goes with {construct}: where it is rated 1 point higher, {construct} is {x} points higher "
            "(interval {limits})."
        )
    else:
        text = (
            "{driver} goes with {construct}: where it is rated 1 point higher, {construct} is {x} points lower "
            "(interval {limits})."
        )
    return Message(text, **parts, **effect)


def _ends(row: Driver) -> tuple[float, float]:
    """The interval of the size of an effect: turned round where the effect is below 0."""
    low, high = (formatting.as_float(row[f"importance_{end}"]) for end in ("low", "high"))
    return (-high, -low) if formatting.as_float(row["importance"]) < 0 else (low, high)


def _as_close(row: Driver, first: Driver, largest: Driver) -> bool:
    """Whether the effect of `row` may be as large as that of `first`."""
    lead = formatting.as_float(row.get("effect_lead_high", math.nan))
    if first is largest and math.isfinite(lead):
        return lead >= 0
    return _reach(row) >= _ends(first)[0]


def _reach(row: Driver) -> float:
    """How large an effect may be in either direction; not known without an interval."""
    ends = _ends(row)
    return max(abs(end) for end in ends) if all(map(math.isfinite, ends)) else math.inf
