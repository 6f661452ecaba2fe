"""Models in the notation of other programs, other words for keys and values: what to write is the remedy."""

from __future__ import annotations

import pandas as pd
import pytest

import csimodels as cs
from csimodels.i18n import translator

SPEC = """csi: 1
scale: [1, 10]
constructs:
  Q: {items: [q1, q2, q3]}
  S: {items: [s1, s2]}
paths: {Q: [S]}
index: S
"""
LAVAAN = "Q =~ q1 + q2 + q3\nS =~ s1 + s2\nS ~ Q\n"


def said(text: str) -> str:
    with pytest.raises(cs.SpecError) as caught:
        cs.parse_model(text)
    assert "do:" not in caught.value.said(translator("zh"))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (LAVAAN, "csi lavaan model.lav"),
        (f"model <- '\n{LAVAAN}'", "cs.from_lavaan"),
        (f'desc = """\n{LAVAAN}"""', "cs.from_lavaan"),
        ("mm <- constructs(composite('Q', multi_items('q', 1:3)))\n", "R for seminr"),
        ("nothing of the kind", "write `key: value`"),
        (SPEC.replace("scale:", "量表:"), "write scale"),
        (SPEC.replace("index: S", "index: “S”"), "write S without"),
        (SPEC.replace("[q1, q2, q3]", "q1-q3"), "items: [q1, q2, q3]"),
        (SPEC.replace("[q1, q2, q3]", "q01:q03"), "items: [q01, q02, q03]"),
        (SPEC.replace("[s1, s2]}", "[s1, s2], mode: reflective}"), "write A"),
        (SPEC.replace("[s1, s2]}", "[s1, s2], mode: formative}"), "write B"),
        (SPEC.replace("[s1, s2]}", "[s1, s2], measured: formative}"), "write composite"),
        (SPEC + "indices: {T: {kind: T2B, item: s1}}\n", "write top_box"),
        (SPEC + "targets: {S: 80%}\n", "write 80"),
        (SPEC + "data: {where: 'year == 2024 && age > 3'}\n", "write and"),
        (SPEC + "data: {where: 'year %in% c(2024)'}\n", "write in (1, 2)"),
    ],
)
def test_what_to_write(text: str, word: str) -> None:
    assert word in said(text)


def test_chinese_keys_leave_no_other_problem() -> None:
    text = SPEC.replace("constructs:", "潜变量:").replace("paths:", "路径:")
    assert said(text).count("do:") == 2


@pytest.mark.parametrize(
    "text",
    [
        f"model <- '\n{LAVAAN}'",
        f'm = "{LAVAAN}"',
        f"'''{LAVAAN}'''",
        LAVAAN.replace("~", "～").replace("+", "＋"),
        LAVAAN.replace("\n", "；"),
    ],
)
def test_lavaan_as_it_is_pasted(text: str) -> None:
    assert cs.from_lavaan(text, index="S") == cs.from_lavaan(LAVAAN, index="S")


def test_places_count_from_the_first_line_of_what_was_pasted() -> None:
    with pytest.raises(cs.SpecError, match="lavaan:3:1"):
        cs.from_lavaan("m <- '\nQ =~ q1 + q2\nS = s1\n'", index="S")


def test_a_range_that_the_data_have_one_by_one() -> None:
    data = pd.DataFrame({name: range(1, 11) for name in ("q1", "q2", "q3", "s1", "s2")})
    with pytest.raises(cs.DataError, match=r"write \[q1, q2, q3\]"):
        cs.Study(cs.parse_model(SPEC.replace("[q1, q2, q3]", "[q1:q3]")), data).check()
