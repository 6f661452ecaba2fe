"""Files and specs that read as something else than was meant: encodings, marks, headers, comments, line breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from bad_forms import ITEMS, SPEC, frame

import csimodels as cs
from csimodels.survey.files.encodings import DOUBTFUL, decoded

ANSWERS = frame(120).astype(dict.fromkeys(ITEMS, int))
ANSWERS.loc[5, list(ITEMS)] = 10


def named(first: str, second: str) -> pd.DataFrame:
    return ANSWERS.assign(bank=[first, second, "Delta"] * 40)


def encoded(first: str, second: str, encoding: str) -> bytes:
    return named(first, second).to_csv(index=False).encode(encoding)


@pytest.fixture
def check(
    called: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str]]:
    """``csi check`` of a file of bytes, with keys of the section `data` and further lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")

    def call(data: bytes, keys: str = "by: bank", lines: str = "", lang: str = "en") -> tuple[int, str]:
        Path("d.csv").write_bytes(data)
        Path("s.yaml").write_text(f"{SPEC}{lines}data: {{file: d.csv, {keys}}}\n", encoding="utf-8")
        code, out, err = called("--lang", lang, "check", "s.yaml")
        return code, out + err

    return call


PLAIN = ANSWERS.to_csv(index=False)
REFUSED = [
    (encoded("Société", "Crédit", "utf-8"), "by: bank, encoding: latin-1", "is UTF-8, and encoding: latin-1"),
    (encoded("交通银行", "招商银行", "utf-8"), "by: bank, encoding: gb18030", "write encoding: utf-8"),
    (encoded("Сбербанк", "Тинькофф", "koi8-r"), "by: bank", "write encoding: koi8-r"),
    (encoded("Сбербанк", "Тинькофф", "cp1251"), "by: bank", "write encoding: cp1251"),
    *((PLAIN.encode(), f"encoding: {name}", "unknown encoding") for name in ("idna", "punycode", "undefined")),
    (PLAIN.encode(), 'separator: "||"', 'write "|"'),
    (PLAIN.encode(), "separator: semicolon", 'write ";"'),
    (PLAIN.replace(",", ":").encode(), "by: bank", 'write separator: ":" under data'),
    (PLAIN.split("\n", 1)[1].encode(), "by: bank", "holds numbers, not column names"),
    (ANSWERS[list(ITEMS)].T.to_csv(header=False).encode(), "by: bank", "turn the table round"),
]


@pytest.mark.parametrize(("data", "keys", "words"), REFUSED)
def test_files(check: Callable[..., tuple[int, str]], data: bytes, keys: str, words: str) -> None:
    code, said = check(data, keys)
    assert code == 2 and words in said and said.count("do:") <= 1, said
    code, said = check(data, keys, lang="zh")
    assert code == 2 and "do:" not in said


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (encoded("交通银行", "招商银行", "gb18030"), "by: bank"),
        (encoded("Société", "Crédit", "latin-1"), "by: bank, encoding: latin-1"),
        (encoded("Сбербанк", "Тинькофф", "koi8-r"), "by: bank, encoding: koi8-r"),
        (encoded("국민은행", "신한은행", "euc-kr"), "by: bank, encoding: euc-kr"),
        (PLAIN.replace(",", "\t").encode(), "separator: tab"),
    ],
)
def test_files_that_are_what_they_are_said_to_be(check: Callable[..., tuple[int, str]], data: bytes, keys: str) -> None:
    code, said = check(data, keys)
    assert code == 0 and "0 cautions" in said, said


def test_letters_that_may_be_korean_are_shown(check: Callable[..., tuple[int, str]]) -> None:
    code, said = check(encoded("국민은행", "신한은행", "euc-kr"))
    assert code == 0 and "write encoding: euc-kr" in said, said


HIDDEN = [
    ("title: Bank #1\n", '"Bank #1"'),
    ("report:\n  brand:\n    color: #7a1f3d\n", '"#7a1f3d"'),
    ("labels: {bank: {Delta: Delta #1}}\n", "with #1"),
]


@pytest.mark.parametrize(("lines", "words"), HIDDEN)
def test_a_comment_that_cuts_a_value_is_refused(check: Callable[..., tuple[int, str]], lines: str, words: str) -> None:
    code, said = check(PLAIN.encode(), lines=lines)
    assert code == 2 and words in said, said


def test_comments_stay_comments(check: Callable[..., tuple[int, str]]) -> None:
    lines = (
        "title: Bank # 1 of 2\ndescription: |\n  Wave #1, Bank #2\nscale: [1, 10] #10 is best\nlabels: {bank: Bank}#\n"
    )
    assert check(PLAIN.encode(), lines=lines.replace("#\n", " #x\n"))[0] == 0


def test_labels_stand_on_one_line() -> None:
    model = cs.parse_model(SPEC.replace("Value: {", 'Value: {label: "Value\\nfor money", '))
    assert model.label("Value", "en") == "Value for money"
    survey = cs.Study(cs.parse_model(SPEC), named("Pax\nplc", "Aster"), by="bank").survey
    assert ("Pax plc",) in survey.group_keys
    assert any("made plain" in entry.step and entry.count == 40 for entry in survey.log)


def test_weights_with_a_decimal_comma_and_numbers_of_rows_are_said(check: Callable[..., tuple[int, str]]) -> None:
    ANSWERS.assign(w=["1,5", "2"] * 60).to_csv("w.csv", sep=";", index=False)
    log = cs.Study(cs.parse_model(SPEC), "w.csv", weight="w").check().log
    assert any(entry.subject == "w" and entry.count == 60 and str(entry.detail) == "decimal comma" for entry in log)
    numbers = ANSWERS.assign(w=range(1, 121)).to_csv(index=False).encode()
    assert "like numbers of rows" in check(numbers, "weight: w")[1]


def test_logo_and_template_are_looked_at_by_the_check(check: Callable[..., tuple[int, str]]) -> None:
    Path("logo.png").write_bytes(b"no picture")
    Path("t.docx").write_bytes(b"no document")
    for lines, words in (
        ("report: {brand: {logo: logo.png}}\n", "no picture that can be read"),
        ("report: {formats: docx, template: t.docx}\n", "no Word document"),
        ("report: {brand: {logo: none.png}}\n", "there is no such logo"),
    ):
        code, said = check(PLAIN.encode(), lines=lines)
        assert code == 2 and words in said, said


DECISIONS = [
    ("benchmark: {own: Delta, competitor: Delta}", "its lead over itself is 0"),
    ("behaviour: {r: {outcome: w, on: Satisfaction}}", 'write outcome: "w == 1"'),
    ('behaviour: {r: {outcome: "bank == 1", on: Satisfaction}}', "a value that its column holds"),
    ("penalty_reward: {S1: {items: [Q1], low: 9, high: 5}}", "write low: 5, high: 9"),
    ("states: {cuts: [60], discount: 8}", "write 0.08"),
    ("trend: {limits: 0}", "above 0, at most 10"),
]


@pytest.mark.parametrize(("lines", "words"), DECISIONS)
def test_decisions_that_say_something_odd(check: Callable[..., tuple[int, str]], lines: str, words: str) -> None:
    code, said = check(PLAIN.encode(), lines=lines + "\n")
    assert code == 2 and words in said, said


def test_short_chinese_files_are_not_taken_for_korean() -> None:
    chinese = "bank,Q1\n" + "\n".join(f"{word},5" for word in ("常海", "春江", "光大", "国家", "客户"))
    korean = "bank,Q1\n" + "\n".join(f"{word},5" for word in ("국민은행", "신한은행", "서울"))
    assert not [note for note in decoded(chinese.encode("gb18030"), None, "d.csv")[2] if note.step == DOUBTFUL]
    assert [note for note in decoded(korean.encode("euc-kr"), None, "d.csv")[2] if note.step == DOUBTFUL]


#: One or two words that are read as GB18030, and what they are read as when nothing else tells.
SHORT = [
    *((word, "euc-kr", "euc-kr") for word in ("서울", "부산", "삼성", "만족", "여성", "은행")),
    *((word, "big5", "big5") for word in ("移動", "順豐", "蘇寧")),
    *((word, "gb18030", "") for word in ("中国移动", "北京", "男", "工商银行", "海尔", "农村", "不满意")),
]


@pytest.mark.parametrize(("word", "encoding", "other"), SHORT)
def test_one_word_that_may_be_another_script(word: str, encoding: str, other: str) -> None:
    _, used, notes = decoded(f"bank,Q1\n{word},5\n".encode(encoding), None, "d.csv")
    said = [str(note.detail) for note in notes if note.step == DOUBTFUL]
    assert used == "gb18030"
    assert bool(said) == bool(other) and all(f"encoding: {other}" in text or f"or {other}" in text for text in said)


def test_percentages_get_the_scale_that_they_have(check: Callable[..., tuple[int, str]]) -> None:
    shares = ANSWERS.assign(Q1=[f"{10 * value}%" for value in ANSWERS["Q1"]])
    code, said = check(shares.to_csv(index=False).encode())
    assert code == 2 and "write scale: [0, 100] in the item and take the signs off" in said


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (("中国移动", "中國移動"), "traditional and simplified letters alone"),
        (("台湾", "臺灣"), "traditional and simplified letters alone"),
        (("1", "99"), 'look like no answer: "99" (40)'),
        (("1240", "99"), 'look like no answer: "99" (40)'),
        (("98", "99"), ""),
        (("91", "99"), ""),
    ],
)
def test_groups_of_one_name_or_none(check: Callable[..., tuple[int, str]], labels: tuple[str, str], found: str) -> None:
    rest = "93" if "91" in labels or "98" in labels else "1300" if "1240" in labels else "3" if "1" in labels else "丙"
    data = ANSWERS.assign(bank=[*labels, rest] * 40).to_csv(index=False).encode()
    code, said = check(data)
    assert code == 0
    assert found in said if found else "look like no answer" not in said


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("2025Q1", "2025年第一季度", "2025 Q2"), 'one period in several spellings: "2025Q1", "2025年第一季度"'),
        (("2025-01", "2025年1月", "2025/2"), 'one period in several spellings: "2025-01", "2025年1月"'),
        (("A-1", "A–1", "B"), "write them alike"),
        (("移\u200b动", "移动", "联通"), "write them alike"),
        (("#REF!", "移动", "联通"), 'look like no answer: "#REF!"'),
        (("移动;联通", "移动", "联通"), 'several others in one: "移动;联通" (40)'),
        (("2025Q1", "2025Q2", "2025-3"), "1 caution\n"),
    ],
)
def test_groups_that_are_one_or_several(
    check: Callable[..., tuple[int, str]], names: tuple[str, ...], words: str
) -> None:
    code, said = check(ANSWERS.assign(bank=list(names) * 40).to_csv(index=False).encode(), "by: bank")
    assert code == 0 and words in said, said


@pytest.mark.parametrize(
    ("written", "words"),
    [("1O", "as in 1O for 10"), ("十分", "十分: 10"), ("Ⅹ", "Ⅹ: 10"), ("拾", "拾: 10")],
)
def test_numbers_in_other_signs(check: Callable[..., tuple[int, str]], written: str, words: str) -> None:
    signs = {"十分": "一二三四五六七八九", "Ⅹ": "ⅠⅡⅢⅣⅤⅥⅦⅧⅨ", "拾": "壹贰叁肆伍陆柒捌玖"}.get(written, "123456789")
    tail = "分" if written == "十分" else ""
    data = ANSWERS.assign(Q1=[written if v == 10 else signs[int(v) - 1] + tail for v in ANSWERS["Q1"]])
    code, said = check(data.to_csv(index=False).encode())
    assert code == 2 and words in said, said
