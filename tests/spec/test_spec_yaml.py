"""YAML: scalars of the 1.2 core schema, positions, what is refused, and hostile files."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from csimodels.errors import SpecError
from csimodels.spec import yamltree
from csimodels.spec.nesting import deeper_than
from csimodels.spec.nodes import Map, plain
from csimodels.spec.yamltree import parse_tree


@pytest.mark.parametrize(
    "text", ["no", "NO", "yes", "on", "off", "y", "n", "010", "007", "1:30", "2026-11-21", "1_000"]
)
def test_text_stays_text(text):
    assert plain(parse_tree(f"a: {text}", "f"))["a"] == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("0", 0), ("-3", -3), ("+4", 4), ("98", 98), ("0x1F", 31), ("0o17", 15),
        ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("-1.5E-7", -1.5e-7),
        (".inf", float("inf")), ("-.INF", float("-inf")), ("'5'", "5"), ('"true"', "true"), ("'~'", "~"),
    ],
)  # fmt: skip
def test_core_schema(text, value):
    found = plain(parse_tree(f"a: {text}", "f"))["a"]
    assert found == value and type(found) is type(value)


def test_not_a_number():
    found = plain(parse_tree("a: .nan", "f"))["a"]
    assert isinstance(found, float) and found != found


def test_keys_stay_text():
    assert plain(parse_tree("no: 1\n1: 2\n010: 3\ntrue: 4\n", "f")) == {"no": 1, "1": 2, "010": 3, "true": 4}


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_positions(monkeypatch, loader):
    monkeypatch.setattr(yamltree, "_Loader", loader)
    tree = parse_tree("# 注释\n名称: 值\nb:\n  - x\n  - {c: 1}\n", "f.yaml")
    assert str(tree.entries[0].mark) == "f.yaml:2:1"
    assert str(tree.entries[0].node.mark) == "f.yaml:2:5"
    inner = tree.get("b").items[1]
    assert isinstance(inner, Map) and str(inner.entries[0].mark) == "f.yaml:5:6"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, ['"a"', "twice", "line 1"]),
        ("a:\n  x: 1\n  x: 2\n", 3, ['"x"', "twice", "line 2"]),
        ("a: 1\n\tb: 2\n", 2, ["tab"]),
        ("a:\n  b: 1\n\t\n", 3, ["tab"]),
        ("a: !!python/object/apply:os.system [x]\n", 1, ["tags are not allowed", "python/object/apply:os.system"]),
        ("a: 1\nb: !foo 3\n", 2, ["tags are not allowed", "!foo"]),
        ("a: !!binary aGk=\n", 1, ["tags are not allowed", "binary"]),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, ["merge keys", "extends"]),
        ("? [a, b]\n: 1\n", 1, ["a key must be a text"]),
        ("a: 1\n---\nb: 2\n", 2, ["second document"]),
        ("a: [1, 2\nb: 3\n", 2, ["not YAML"]),
        ("a: b: c\n", 1, ["not YAML", "quotes"]),
        ("a: *x\n", 1, ["not defined", "*x"]),
        ("a: &x [*x]\n", 1, ["*x", "inside itself"]),
        ("a: 'open\n", 1, ["not YAML", "close the quote"]),
        ("a: [1, 2\nb: 3\n", 2, ["not YAML", "close the bracket"]),
        ("a: @home\n", 1, ["not YAML", "begins with @"]),
        ('a: "C:\\data"\n', 1, ["not YAML", "slashes", "C:/data"]),
        ("a:\n   b: 1\n  c: 2\n", 3, ["not YAML", "same indentation"]),
        ("- a\n- b\n", 1, ["mapping of keys", "a list of 2"]),
        ("csi： 1\n", 1, ["mapping of keys", "plain colon"]),
        ("csi: 1\nconstructs：\n  A: 1\n", 2, ["not YAML", "full-width"]),
        ("just words\n", 1, ["mapping of keys", "just words"]),
    ],
)
def test_refused_with_line(text, line, words):
    with pytest.raises(SpecError) as caught:
        parse_tree(text, "f.yaml")
    message = str(caught.value)
    assert f"f.yaml:{line}:" in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("text", ["", "   \n", "# only a comment\n", "---\n"])
def test_empty(text):
    with pytest.raises(SpecError, match="nothing in it"):
        parse_tree(text, "f.yaml")


def test_control_character():
    with pytest.raises(SpecError, match=r"U\+0000"):
        parse_tree("a: \x00", "f.yaml")


def test_half_surrogate():
    with pytest.raises(SpecError, match=r"surrogate|does not allow"):
        parse_tree("a: \ud800", "f.yaml")


def test_all_duplicates_at_once():
    with pytest.raises(SpecError) as caught:
        parse_tree("a: 1\na: 2\nb: {c: 1, c: 2}\nd: !x 1\n", "f")
    assert [p.where for p in caught.value.problems] == ["f:3:11", "f:4:4", "f:2:1"]


def test_alias_is_allowed():
    assert plain(parse_tree("a: &x [1, 10]\nb: *x\n", "f")) == {"a": [1, 10], "b": [1, 10]}


def _bomb() -> str:
    levels = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    return "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x, x]", *levels])


def _events_read(monkeypatch: pytest.MonkeyPatch) -> list[yaml.Event]:
    """The events that the parser is asked for from now on."""
    read: list[yaml.Event] = []
    parse = yaml.parse

    def counted(*args: object, **options: object) -> Iterator[yaml.Event]:
        for event in parse(*args, **options):
            read.append(event)
            yield event

    monkeypatch.setattr(yaml, "parse", counted)
    return read


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
@pytest.mark.parametrize(
    ("text", "words", "most"),
    [
        ("[" * 100_000, "nested deeper", 0),
        ("a: " + "[" * 100_000 + "]" * 100_000, "f:1:53: nested deeper", 0),
        ("{a: " * 100_000, "nested deeper", 0),
        ("- " * 100_000, "nested deeper", 0),
        ("? " * 100_000, "nested deeper", 0),
        ("\n".join(" " * k + "a:" for k in range(1000)), "f:51:51: nested deeper", 0),
        ("a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 100)), "nested deeper", 400),
        (_bomb(), "aliases counted", 400),
        ("a: [" + "1, " * 200_000 + "1]", "more than 100,000 values", 100_010),
        ("x" * 1_000_001, "larger than", 0),
    ],
    ids=["flow", "closed", "maps", "block", "keys", "indent", "deep-alias", "bomb", "values", "size"],
)
def test_hostile_text_is_refused_before_it_costs_anything(monkeypatch, loader, text, words, most):
    monkeypatch.setattr(yamltree, "_Loader", loader)
    read = _events_read(monkeypatch)
    with pytest.raises(SpecError, match=words):
        parse_tree(text, "f")
    assert len(read) <= most


def _parser_depth(text: str) -> int:
    depth = deepest = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent))
        depth -= isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent))
        deepest = max(deepest, depth)
    return deepest


_WORDS = st.text(alphabet="ab :-?#[]{},'\"|>&*!\n", max_size=12) | st.sampled_from(["it's [", "- x", "a: b", "", "#"])
_TREES = st.recursive(
    _WORDS, lambda part: st.lists(part, max_size=3) | st.dictionaries(_WORDS, part, max_size=3), max_leaves=12
)


@settings(max_examples=300, deadline=None)
@given(tree=_TREES, style=st.sampled_from([True, False, None]), width=st.sampled_from([5, 80]))
def test_depth_is_counted_as_the_parser_does(tree, style, width):
    text = yaml.safe_dump({"a": tree}, default_flow_style=style, width=width)
    depth = _parser_depth(text)
    assert deeper_than(text, depth) is None
    assert deeper_than(text, depth - 1) is not None


def test_depth_just_allowed():
    assert parse_tree("a: " + "[" * 49 + "]" * 49, "f")
    with pytest.raises(SpecError, match="nested deeper"):
        parse_tree("a: " + "[" * 50 + "]" * 50, "f")
