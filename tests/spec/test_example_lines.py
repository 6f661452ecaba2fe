"""Every place of a spec that is made of keys has an example of its own, and the grammar reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

import csimodels as cs
from csimodels.i18n import translator
from csimodels.spec.example_lines import EXAMPLES, example_line
from csimodels.spec.nodes import plain
from csimodels.spec.schema import RawSpec
from csimodels.spec.validate import _unwrap, _values_of
from csimodels.spec.yamltree import parse_tree

MODEL = "csi: 1\nconstructs: {Q: {items: [q1, q2]}, S: {items: [s1, s2]}}\npaths: {Q: [S]}\nindex: S\n"


def places(kind: object, loc: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every mapping of the grammar, ``*`` for any name."""
    if loc:
        yield loc
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        inner = {f.alias or name: _unwrap(f.annotation) for name, f in kind.model_fields.items()}
    else:
        inner = {"*": _values_of(kind)}
    for key, part in inner.items():
        if part is not None:
            yield from places(part, (*loc, key))


def test_every_place_has_one() -> None:
    assert set(places(RawSpec)) == set(EXAMPLES)


@pytest.mark.parametrize("place", EXAMPLES, ids=".".join)
def test_the_grammar_reads_it(place: tuple[str, ...]) -> None:
    loc = tuple("X" if step == "*" else step for step in place)
    key, value = next(iter(plain(parse_tree(example_line(loc), "line")).items()))
    assert str(key) == loc[-1]
    whole: Any = {key: value}
    for step in reversed(loc[:-1]):
        whole = {step: whole}
    RawSpec.model_validate({"csi": 1} | whole)


@pytest.mark.parametrize("section", ["labels", "gaps", "kano", "states", "fuzzy", "hierarchy", "behaviour", "estimate"])
def test_a_wrong_shape_gets_the_line_of_its_section(section: str) -> None:
    for value in ("[1, 2]", "7"):
        with pytest.raises(cs.SpecError) as caught:
            cs.parse_model(f"{MODEL}{section}: {value}\n")
        for language in ("en", "zh"):
            assert example_line((section,)) in caught.value.said(translator(language))
        assert "key: value" not in str(caught.value)
