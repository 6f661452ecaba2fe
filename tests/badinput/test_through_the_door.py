"""Calls that are wrong in ways seen elsewhere: one answer, the likely remedy, nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bad_forms import ITEMS, SPEC, frame

import csimodels as cs

ANSWERS = frame().astype(dict.fromkeys(ITEMS, int))
WITH_DATA = SPEC + "data: {file: d.csv}\n"
Call = Callable[..., tuple[int, str]]


@pytest.fixture
def csi(called: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run a command beside a spec and its data; returns exit code and what is said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    ANSWERS.to_csv("d.csv", index=False)
    Path("s.yaml").write_text(WITH_DATA, encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str]:
        code, out, err = called(*arguments)
        return code, out + err

    return call


SPECS = [
    ("VARIABLE: NAMES ARE q1-q6;\nMODEL: Quality BY q1 q2 q3;\n", "a model of Mplus"),
    ('<?xml version="1.0"?>\n<amosmodel/>\n', "XML, as AMOS"),
    ("DA NI=6 NO=200 MA=CM\nMO NX=3 NK=1\n", "a model of LISREL"),
    ("sem (Quality -> q1 q2), method(ml)\n", "a command of Stata"),
    ("import csimodels as cs\ncs.Study('ecsi', df)\n", "a program in Python"),
    ('[model]\nname = "x"\n', "TOML or INI"),
    ("Q1,Q2,Q3\n1,2,3\n4,5,6\n", "csi init --data FILE"),
    (f"<<<<<<< HEAD\n{SPEC}=======\n>>>>>>> b\n", "both sides of a merge"),
    (WITH_DATA.replace("[Q1, Q2, Q3]", "【Q1, Q2, Q3】"), "write items: [Q1, Q2, Q3]"),
    (WITH_DATA.replace("[Q1, Q2, Q3]", "Q1, Q2, Q3"), "write items: [Q1, Q2, Q3]"),
    (WITH_DATA.replace("{items: [V1, V2]}", "｛items: [V1, V2]｝"), "write Value: {items: [V1, V2]}"),
    (WITH_DATA.replace("[Q1, Q2, Q3]", "[Q1; Q2; Q3]"), "write [Q1, Q2, Q3]"),
    (WITH_DATA.replace("  Value: {", "\u3000Value: {"), "s.yaml:5"),
    (WITH_DATA.replace("name: small", "name：small"), "s.yaml:2"),
    (WITH_DATA.replace("name: small", 'name: "small'), "close the quote that opens here"),
    (WITH_DATA.replace("d.csv", '"C:\\Users\\me\\d.csv"'), "slashes: C:/Users/me/d.csv"),
    (WITH_DATA.replace("d.csv", '"data\\new\\table.csv"'), "slashes: data/new/table.csv"),
    (WITH_DATA.replace("d.csv", "“d.csv”"), "write d.csv"),
    (WITH_DATA.replace("d.csv", "${FILE}"), "variables are not filled in"),
    (WITH_DATA.replace("d.csv", "https://example.org/d.csv"), "not read"),
    (WITH_DATA.replace("d.csv", "D.CSV"), 'did you mean "d.csv"'),
    (WITH_DATA.replace("d.csv", "~$d.xlsx"), "no such file"),
    (WITH_DATA.replace("d.csv}", "d.csv, missing_codes: 97-99}"), "write [97, 98, 99]"),
    (WITH_DATA + "scale: [10, 1]\n", "write [1, 10]"),
]


@pytest.mark.parametrize(("text", "remedy"), SPECS)
def test_specs_of_other_programs_and_keyboards(csi: Call, text: str, remedy: str) -> None:
    Path("s.yaml").write_text(text, encoding="utf-8")
    code, said = csi("check", "s.yaml")
    assert code == 2 and remedy in said and said.count("do:") <= 1, said
    code, said = csi("--lang", "zh", "check", "s.yaml")
    assert code == 2 and "do:" not in said


CALLS = [
    (("scores", "s.yaml", "-o", "d.csv"), "take the place of what they are made from"),
    (("schema", "-o", "s.yaml"), "write s.json"),
    (("lavaan", "s.yaml", "-o", "d.csv"), "write d.lav"),
    (("init", "acsi", "-o", "x.xlsx"), "write x.yaml"),
    (("simulate", "acsi", "-o", "x.xlsx"), "write x.csv"),
    (("run", "s.yaml", "-o", "x.html"), "name a folder: x"),
    (("run", "s.yaml", "-o", "gone"), "a link to a place that is not there"),
    (("plan", "--half-width", "2", "--level", "95"), "write 0.95"),
    (("batch", "s.yaml", "-o", "d.csv"), "is a file"),
]


@pytest.mark.parametrize(("arguments", "words"), CALLS)
def test_calls(csi: Call, arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to("nowhere")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    code, said = csi(*arguments)
    assert code == 2 and words in said, said
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_labels_with_blanks_at_their_ends_are_counted() -> None:
    data = ANSWERS.assign(bank=["a", "a ", "b"] * 40)
    log = cs.Study(cs.parse_model(SPEC), data, by="bank").check().log
    entry = next(entry for entry in log if entry.step.startswith("labels that differ in blanks"))
    assert entry.count == 40 and str(entry.detail) == '"a " counts as "a"'


def test_waves_by_words_of_time_stand_in_their_order() -> None:
    for before, after in (("Jan", "Feb"), ("pre", "post"), ("baseline", "follow-up")):
        data = ANSWERS.assign(wave=[before, after] * 60)
        assert cs.Study(cs.parse_model(SPEC), data, wave="wave").survey.waves == (before, after)


def test_a_wave_that_is_not_there_is_refused_by_the_check() -> None:
    data = ANSWERS.assign(wave=[2025, 2026] * 60)
    with pytest.raises(cs.DataError, match="2027"):
        cs.Study(cs.parse_model(SPEC), data, wave={"column": "wave", "current": 2027}).check()


def test_answers_all_beyond_the_scale_run_on_another() -> None:
    data = ANSWERS.copy()
    data[list(ITEMS)] *= 10
    with pytest.raises(cs.DataError, match=r"write scale: \[0, 100\]"):
        cs.Study(cs.parse_model(SPEC), data).check()
