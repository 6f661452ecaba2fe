"""What pydantic says of one place that may hold several kinds of values, and of short forms, as one thing each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from csimodels.messages import Message
from csimodels.spec.nodes import Loc, Map, Seq, at

#: The kind of a detail that stands for several: none of the alternatives fits.
NONE_FITS = "none_fits"
_KINDS = {
    "float_type": Message("a number"),
    "finite_number": Message("a number"),
    "int_type": Message("a whole number"),
    "string_type": Message("a text"),
    "code_type": Message("a number or a text"),
    "list_type": Message("a list"),
    "dict_type": Message("a mapping"),
}


def as_written(tree: Map, details: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Details with the places that the file has; those of alternatives at one place become one.

    A union adds the name of the alternative to the place (``float``, ``literal['mean']``), and the steps of a focus
    stand in the file beside its other keys.
    """
    found: dict[Loc, list[dict[str, Any]]] = {}
    for detail in details:
        found.setdefault(_place(tree, detail["loc"]), []).append(detail)
    for loc, some in found.items():
        if len(some) == 1 and some[0]["loc"] == loc:
            yield some[0]
        elif len(some) == 1:
            yield {**some[0], "loc": loc}
        else:
            yield {"type": NONE_FITS, "loc": loc, "options": tuple(_options(some)), "msg": ""}


def _place(tree: Map, loc: Loc) -> Loc:
    if loc[:2] == ("focus", "steps") and len(loc) > 2 and _absent(tree, loc[:2]):
        loc = (loc[0], *loc[2:])
    if loc[:1] == ("hierarchy",) and loc[2:4] == ("ahp", 0) and not _judges(tree, loc[:3]):
        loc = (*loc[:3], *loc[4:])
    tag = str(loc[-1]) if len(loc) > 1 else ""
    return loc[:-1] if (tag in ("float", "str", "int") or tag.startswith("literal[")) and _absent(tree, loc) else loc


def _judges(tree: Map, loc: Loc) -> bool:
    """Whether the comparisons are a list of matrices, not a single one, which is widened to a list."""
    first, _ = at(tree, (*loc, 0, 0))
    return isinstance(first, Seq)


def _absent(tree: Map, loc: Loc) -> bool:
    """Whether the file holds no key at the end of `loc`."""
    above, _ = at(tree, loc[:-1])
    return not isinstance(above, Map) or above.entry(str(loc[-1])) is None


def _options(details: Iterable[dict[str, Any]]) -> Iterator[str]:
    for detail in details:
        if detail["type"] == "literal_error":
            yield from re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        else:
            yield _KINDS.get(detail["type"], Message("a text"))
