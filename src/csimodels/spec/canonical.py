"""The canonical form of a model: what is hashed, without the fields that came after the first grammar."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from numbers import Real
from typing import Any, cast

from csimodels.spelling import tidy

#: Fields that came after the first grammar, by their place in the canonical form.
_LATER = (
    ("parameters",),
    ("defined",),
    ("constraints",),
    ("estimate", "bounds"),
    ("labels",),
    ("beside",),
    ("indices",),
    ("targets",),
    ("what_if",),
    ("interactions",),
    ("controls",),
    ("estimate", "interactions"),
    ("estimate", "correlations"),
    ("estimate", "covariates"),
    ("estimate", "metric"),
    ("decisions",),
    ("desk",),
    ("report", "answers"),
    ("report", "cuts"),
    ("report", "reviewer"),
    ("report", "invariance"),
    ("data", "missing_reasons"),
    ("data", "weight_missing"),
    ("data", "periods"),
    ("data", "value_labels"),
    ("data", "rule"),
    ("data", "design", "lone_strata"),
    ("data", "design", "panel"),
    ("data", "design", "groups"),
    ("data", "wave"),
    ("estimate", "unasked_items"),
    ("data", "design", "fpc"),
    ("data", "replicate_weights"),
    ("data", "rake"),
    ("data", "rake_bounds"),
    ("data", "engine"),
    ("data", "table"),
    ("data", "memory_limit"),
    ("data", "moments"),
    ("data", "files"),
    ("rollup", "adjust"),
    ("estimate", "errors"),
    ("estimate", "identification"),
    ("estimate", "higher_order"),
    ("uncertainty", "draw"),
)


def as_plain(value: Any) -> Any:
    """Frozen dataclasses and tuples as the dictionaries and lists that JSON has."""
    kind: type[Any] = type(value)
    if kind in _ATOMS:
        return value
    if kind is tuple or kind is list:
        return [as_plain(part) for part in value]
    names = _field_names(cast(Hashable, kind))
    return value if names is None else {name: as_plain(getattr(value, name)) for name in names}


_ATOMS = frozenset((str, float, int, bool, type(None)))


@cache
def _field_names(kind: Hashable) -> tuple[str, ...] | None:
    """Names of the fields of a dataclass, None for other types."""
    return tuple(part.name for part in fields(kind)) if isinstance(kind, type) and is_dataclass(kind) else None


def leave_out_later(plain: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Take the fields of :data:`_LATER` that have their default out of a canonical form."""
    for *above, last in _LATER:
        holder, usual = plain, defaults
        for step in above:
            holder, usual = holder[step], usual[step]
        if holder[last] == usual[last]:
            del holder[last]


def plain_text(value: object) -> str:
    """A label or number as it is written in a spec: ``2026`` for 2026.0."""
    if isinstance(value, Real) and not isinstance(value, bool):
        number = float(value)
        whole = math.isfinite(number) and number == int(number) and abs(number) < 1e15
        return str(int(number)) if whole else repr(number)
    return tidy(str(value))


def frozen_pairs(mapping: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """A mapping as a tuple of pairs in its own order, so that a frozen dataclass can hold and hash it."""
    return tuple(mapping.items())
