"""Spec files that are wrong: every message leads to its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from bad_forms import SPEC

import csimodels as cs
from csimodels.errors import SpecError

LAST = len(SPEC.splitlines()) + 1


def edited(old: str, new: str) -> str:
    assert SPEC.count(old) == 1
    return SPEC.replace(old, new)


BOMB = "csi: 1\na: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)

CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    "nothing": ("", ("nothing in it", "csi: 1")),
    "a comment": ("# later\n", ("nothing in it",)),
    "a list": ("- a\n", ("s.yaml:1:1", "mapping", "a list of 1")),
    "a data file": ("Q1,Q2\n7,8\n", ("s.yaml:1:1", "mapping")),
    "no version": (edited("csi: 1\n", ""), ("grammar version is missing", "csi: 1")),
    "a later version": (edited("csi: 1", "csi: 2"), ("s.yaml:1:6", "unknown version", "2")),
    "key twice": (SPEC + "paths: {}\n", (f"s.yaml:{LAST}:1", '"paths" is written twice', "line 8")),
    "construct twice": (
        edited("  Loyalty: {items: [L1]}", "  Loyalty: {items: [L1]}\n  Loyalty: {items: [L2]}"),
        ("s.yaml:8:3", '"Loyalty" is written twice'),
    ),
    "a tab": (edited("  Value: Satisfaction", "\tValue: Satisfaction"), ("s.yaml:10:1", "tab", "blanks")),
    "a colon in a text": (edited("name: small", "title: price: fair"), ("s.yaml:2", "quotes round")),
    "a quote left open": (edited("name: small", 'title: "small'), ("s.yaml:",)),
    "a tag": (edited("small", "!!python/object/apply:os.system ['true']"), ("s.yaml:2:7", "tags are not allowed")),
    "an alias bomb": (BOMB, ("s.yaml:", "aliases")),
    "100 000 levels of lists": ("csi: 1\nname: " + "[" * 100_000 + "]" * 100_000, ("s.yaml:2:", "nested deeper")),
    "100 000 levels of mappings": ("csi: 1\nname: " + "{a: " * 100_000, ("s.yaml:2:", "nested deeper")),
    "two megabytes": (SPEC + "#" * 2_000_000, ("larger than 1,000,000 bytes",)),
    "5 000 digits": (SPEC + f"uncertainty: {{seed: {'9' * 5000}}}\n", (f"s.yaml:{LAST}:21", "seed")),
    "two documents": (SPEC + "---\ncsi: 1\n", ("second document",)),
    "unknown key": (SPEC + "estimte: {}\n", (f"s.yaml:{LAST}:1", '"estimte"', 'did you mean "estimate"?')),
    "unknown construct in a path": (
        edited("Satisfaction: Loyalty", "Satisfaction: [Loyalty, Valeu]"),
        ("s.yaml:11:27", 'unknown construct "Valeu"', 'did you mean "Value"?'),
    ),
    "a circle": (
        edited("Satisfaction: Loyalty", "Satisfaction: [Loyalty, Quality]"),
        ("s.yaml:11:27", "circle: Quality -> Value -> Satisfaction -> Quality"),
    ),
    "a path to itself": (
        edited("Satisfaction: Loyalty", "Satisfaction: [Loyalty, Satisfaction]"),
        ("s.yaml:11:27", 'from "Satisfaction" to itself'),
    ),
    "a path twice": (
        edited("Satisfaction: Loyalty", "Satisfaction: [Loyalty, Loyalty]"),
        ("s.yaml:11:27", "written twice"),
    ),
    "a construct in no path": (
        edited("paths:", "  Alone: {items: [Z1]}\npaths:"),
        ("s.yaml:8:3", '"Alone" is in no path'),
    ),
    "no constructs": ("csi: 1\n", ("no constructs", "extends: acsi")),
    "no items": (edited("[V1, V2]", "[]"), ("s.yaml:5:3", 'construct "Value" has no items')),
    "an item in two constructs": (edited("[V1, V2]", "[V1, Q1]"), ("s.yaml:5:23", '"Q1" belongs to two constructs')),
    "an item twice": (edited("[V1, V2]", "[V1, V1]"), ("s.yaml:5:23", "written twice")),
    "unknown index": (SPEC + "index: Satisfactin\n", (f"s.yaml:{LAST}:8", 'did you mean "Satisfaction"?')),
    "scale upside down": (SPEC + "scale: [10, 1]\n", (f"s.yaml:{LAST}", "[10, 1]", "lowest")),
    "scale of one point": (SPEC + "scale: [5, 5]\n", (f"s.yaml:{LAST}", "[5, 5]")),
    "scale without end": (SPEC + "scale: [1, .inf]\n", (f"s.yaml:{LAST}", "inf")),
    "scale beyond arithmetic": (SPEC + "scale: [-1.7e+308, 1.7e+308]\n", (f"s.yaml:{LAST}", "cannot be computed with")),
    "scale of no width": (SPEC + "scale: [0, 1.0e-200]\n", (f"s.yaml:{LAST}", "cannot be computed with")),
    "a tolerance that ends at once": (SPEC + "estimate: {tol: 0.5}\n", (f"s.yaml:{LAST}", "0.5", "1e-7")),
    "replicates for ever": (SPEC + "uncertainty: {replicates: 1000000000000}\n", (f"s.yaml:{LAST}", "1000000")),
    "codes without brackets": (SPEC + "data: {missing_codes: '98, 99'}\n", (f"s.yaml:{LAST}", "write [98, 99]")),
    "codes with Chinese commas": (SPEC + "data:\n  missing_codes: 98，99\n", (f"s.yaml:{LAST + 1}", "write [98, 99]")),
    "columns the wrong way round": (SPEC + "data: {columns: {q9: S1}}\n", (f"s.yaml:{LAST}", "write item: column")),
    "scale in words": (SPEC + "scale: 1 to 10\n", (f"s.yaml:{LAST}", "scale")),
    "reverse: yes": (edited("[V1, V2]", "{V1: {reverse: yes}, V2: }"), ("s.yaml:5:33", "true, false")),
    "level 95": (SPEC + "uncertainty: {level: 95}\n", (f"s.yaml:{LAST}:22", "95", "write 0.95")),
    "one replicate": (SPEC + "uncertainty: {replicates: 1}\n", (f"s.yaml:{LAST}", "at least 2")),
    "replicates in quotes": (SPEC + "uncertainty: {replicates: '500'}\n", (f"s.yaml:{LAST}:27", "without quotes")),
    "an estimator of another package": (SPEC + "estimate: {estimator: MLX}\n", (f"s.yaml:{LAST}", "MLX", "pls, plsc")),
    "a data file that is a number": (SPEC + "data: {file: 2026}\n", (f"s.yaml:{LAST}:14", "quotes")),
    "an unknown encoding": (SPEC + "data: {encoding: utf-99}\n", (f"s.yaml:{LAST}", "utf-99")),
    "a column for two items": (
        SPEC + "data: {columns: {Q1: a, Q2: a}}\n",
        (f"s.yaml:{LAST}", 'items "Q1" and "Q2" both take column "a"'),
    ),
    "extends itself": (edited("csi: 1", "csi: 1\nextends: s.yaml"), ("s.yaml:2:10", "circle")),
    "extends nothing": (edited("csi: 1", "csi: 1\nextends: ascii"), ("s.yaml:2:10", '"ascii"', "acsi")),
}


@pytest.mark.parametrize("case", CASES)
def test_is_refused_with_its_line(tmp_path: Path, case: str) -> None:
    text, words = CASES[case]
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        cs.load_model(path)
    said = str(caught.value).replace(str(tmp_path) + "/", "")
    for word in words:
        assert word in said, f"{word!r} is not said in:\n{said}"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "latin-1"])
def test_other_encodings_are_named(tmp_path: Path, encoding: str) -> None:
    title = "qualité" if encoding == "latin-1" else "顾客满意度"
    (tmp_path / "s.yaml").write_bytes((SPEC + f"title: {title}\n").encode(encoding))
    with pytest.raises(SpecError, match=r"not UTF-8|character YAML does not allow"):
        cs.load_model(tmp_path / "s.yaml")


@pytest.mark.parametrize("change", ["\r\n", "\r"])
def test_line_ends_do_not_matter(tmp_path: Path, change: str) -> None:
    (tmp_path / "small.yaml").write_bytes(("\ufeff" + SPEC.replace("\n", change)).encode())
    assert cs.load_model(tmp_path / "small.yaml").hash == cs.parse_model(SPEC).hash


@pytest.mark.parametrize("name", ["no", "on", "y", "null", "010", "1:30", "2026-01-01", "1e3"])
def test_words_that_other_readers_change_stay_text(name: str) -> None:
    try:
        model = cs.parse_model(SPEC.replace("Value", name))
    except SpecError as error:
        assert name in str(error)  # refused by name, as null is
        return
    assert name in model.construct_names


@pytest.mark.parametrize("name", ["x" * 5000, "x" * 5000 + ".yaml", "a\0b.yaml", "two\nlines", ""])
def test_names_of_files_that_are_none(name: str) -> None:
    with pytest.raises(SpecError):
        cs.load_model(name)


def test_several_mistakes_come_together() -> None:
    text = SPEC.replace("[V1, V2]", "[V1, Q1]").replace("Satisfaction: Loyalty", "Satisfaction: [Loyalty, Valeu]")
    with pytest.raises(SpecError) as caught:
        cs.parse_model(text + "estimte: {}\n")
    assert len(caught.value.problems) >= 3
