"""Slips of a Chinese keyboard, and of files that are stored in several encodings: what to write is named."""

from __future__ import annotations

import pytest
from bad_forms import TWO, frame

import csimodels as cs
from csimodels.survey.absent import like
from csimodels.survey.files.encodings import decoded

DATA = frame()[["Q1", "Q2", "S1", "S2", "bank"]]


def said(spec: str, data: object = DATA) -> str:
    with pytest.raises(cs.CsiError) as caught:
        cs.Study(cs.parse_model(spec), data, uncertainty=None).check()
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("scale: [１, １０]\n", "write 10"),
        ('data: {where: "Q1 > 2 且 Q2 > 2"}\n', "write and"),
        ('data: {where: "Q1 > 2 或者 Q2 > 2"}\n', "write or"),
        ("data: {where: {bank：Delta}}\n", "write bank: Delta"),
        ("data:\n　　by: bank\n", "blanks of another kind"),
    ],
)
def test_what_to_write_is_named(line: str, remedy: str) -> None:
    assert remedy in said(TWO + line)


def test_yes_of_an_option_is_true() -> None:
    spec = TWO.replace("[Q1, Q2]", "{Q1: {reverse: 是}, Q2: {reverse: 否}}")
    assert "write true" in said(spec) and "write false" in said(spec)


def test_a_heading_that_holds_the_name_of_an_item() -> None:
    headings = ["6、您对质量1的评价（1-10分）", "7、您对质量10的评价", "8、质量2"]
    assert like("质量1", headings) == headings[0] and like("质量2", headings) == headings[2]
    assert like("质量", headings) == "" and like("Q1", ["6 Q1x"]) == ""


@pytest.mark.parametrize(("word", "twin"), [("女", "Ů"), ("未", "δ")])
def test_one_chinese_letter_that_is_also_utf8_is_said(word: str, twin: str) -> None:
    text, used, notes = decoded(f"a,b\n{word},1\n".encode("gb18030"), None, "d.csv")
    assert used == "utf-8" and twin in text and f'"{word}"' in str(notes[0].detail)
    assert not decoded("a,b\nMüller,é\n".encode(), None, "d.csv")[2]


def test_big5_of_a_few_words_in_many_rows_is_told_from_gb18030() -> None:
    raw = ("品質,價值,滿意,忠誠,公司\n" + "7,8,9,6,中華\n7,8,9,6,遠傳\n" * 100).encode("big5")
    with pytest.raises(cs.DataError, match="encoding: big5"):
        decoded(raw, None, "d.csv")
    gb = ("品质,价值,满意,忠诚,公司\n" + "7,8,9,6,中华\n7,8,9,6,远传\n" * 100).encode("gb18030")
    assert decoded(gb, None, "d.csv")[1] == "gb18030"


def test_files_of_two_encodings_put_together() -> None:
    with pytest.raises(cs.DataError, match="line 2 and those above are not in one encoding"):
        decoded("公司\n".encode() + "移动\n".encode("gb18030"), None, "d.csv")
    marked = b"\xef\xbb\xbf" + "公司\n移动\n".encode("gb18030")
    assert decoded(marked, "gb18030", "d.csv")[0] == "公司\n移动\n"
