"""Docstrings of public names are in numpydoc form: sections in their order, parameters those of the signature."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import csimodels as cs

ORDER = ("Parameters", "Attributes", "Returns", "Yields", "Raises", "Warns", "Notes", "References", "Examples")
#: Plain holders of arrays and of parts of a spec: one line for each attribute, with its shape.
ARRAYS = ("Construct", "Design", "Fit", "Item", "Model", "Moments", "Population", "Sums", "Survey")
#: Classes whose methods are called by the study, not by a user.
PROTOCOL = ("ML", "PLS", "PLSc", "Semopy", "Bootstrap", "Jackknife", "Linearised", "ReplicateWeights")
NAMED = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*) : \S")


def sections(text: str) -> dict[str, list[str]]:
    """Lines of every section, underlined ones; all text before the first under the empty name."""
    lines, found, name = text.splitlines(), {"": list[str]()}, ""
    for line, under in zip(lines, [*lines[1:], ""], strict=False):
        if line and under and set(under) == {"-"}:
            assert len(under) == len(line), f"{line}: underlined by {len(under)} dashes"
            assert line in ORDER, f"section {line!r}"
            assert line not in found, f"section {line!r} stands twice"
            name = line
            found[name] = []
        elif not (line and set(line) == {"-"}):
            found[name].append(line)
    return found


def named(lines: list[str]) -> list[str]:
    """Names that a section describes, as ``name : type`` with the description below."""
    heads = [line for line in lines if line and not line.startswith(" ")]
    for line in heads:
        assert NAMED.match(line), f"not of the form name : type: {line!r}"
    for head, below in zip(lines, [*lines[1:], ""], strict=False):
        if head in heads:
            assert below.startswith("    "), f"{head!r} has no description below"
    return [name.lstrip("*") for line in heads for name in NAMED.match(line)[1].split(", ")]  # type: ignore[index]


def public() -> Iterator[Any]:
    """Public names and the methods that their classes define themselves."""
    for name in cs.__all__:
        thing = getattr(cs, name)
        if inspect.isclass(thing) and name not in ARRAYS:
            yield pytest.param(thing, id=name)
            if name in PROTOCOL:
                continue
            yield from (pytest.param(method, id=f"{name}.{key}") for key, method in methods(thing))
        elif inspect.isfunction(thing):
            yield pytest.param(thing, id=name)


def methods(owner: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Public methods of a class that this package wrote."""
    for key, value in inspect.getmembers(owner):
        made_here = getattr(inspect.unwrap(value) if callable(value) else value, "__module__", "") or ""
        written = inspect.isfunction(value) or inspect.ismethod(value)
        if written and not key.startswith("_") and made_here.startswith("csimodels"):
            yield key, value


def parameters(thing: Any) -> list[str]:
    """Names that a caller may give, in their order."""
    if dataclasses.is_dataclass(thing):
        return [field.name for field in dataclasses.fields(thing) if field.init]
    given = inspect.signature(thing).parameters.values()
    return [p.name for p in given if p.name not in ("self", "cls") and not p.name.startswith("_")]


@pytest.mark.parametrize("thing", list(public()))
def test_form(thing: Any) -> None:
    text = inspect.getdoc(thing) or ""
    found = sections(text)
    assert (found[""] and found[""][0].rstrip().endswith((".", "!", ":"))) or len(found[""]) > 1, "no summary"
    assert list(found)[1:] == sorted(list(found)[1:], key=ORDER.index), f"order of sections: {list(found)[1:]}"
    described = [name for section in ("Parameters", "Attributes") for name in named(found.get(section, []))]
    plain = inspect.isclass(thing) and not dataclasses.is_dataclass(thing) and "__init__" not in vars(thing)
    if plain or (inspect.isclass(thing) and issubclass(thing, BaseException)):
        return
    asked = parameters(thing)
    assert set(asked) <= set(described), f"not described: {[n for n in asked if n not in described]}"
    if not inspect.isclass(thing) and (asked or "." not in thing.__qualname__):
        assert described == asked, f"described {described}, taken {asked}"
        result = inspect.signature(thing).return_annotation
        gives = result not in (None, "None", inspect.Signature.empty)
        assert gives == ("Returns" in found or "Yields" in found), f"gives {result}; sections {list(found)[1:]}"
