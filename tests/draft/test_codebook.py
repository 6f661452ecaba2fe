"""The dictionary of a file: what is an answer, what is a code, what is no survey answer at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.draft.codes import codes_of
from csimodels.draft.facts import width
from csimodels.i18n import speak
from csimodels.look import cut, wrapped

DATA = Path(__file__).parents[2] / "data"


def messy(rows: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(4)
    words = ["slow but friendly", "网络信号时好时坏，希望改进", "the hotline never answers me", "满意，没有别的意见"]
    return pd.DataFrame(
        {
            "respondent_id": np.arange(1, rows + 1) + 5000,
            "started": [f"2026-03-{1 + k % 28:02d} 10:{k % 60:02d}:00" for k in range(rows)],
            "Q1": random.permutation([98.0, 98.0, 99.0, *random.integers(1, 11, rows - 4), np.nan]),
            "Q2": random.permutation(["DK", "不知道", *map(str, random.integers(1, 6, rows - 2))]),
            "Q3": [f"1┋{2 + k % 3}" for k in range(rows)],
            "age": random.integers(18, 99, rows),
            "country": "CN",
            "nothing": None,
            "why": [f"{words[k % 4]} {k}" for k in range(rows)],
            "spend": np.round(random.gamma(2.0, 40.0, rows), 2),
        }
    )


def test_answers_codes_and_marks_of_a_messy_file() -> None:
    data = messy()
    table = cs.codebook(data).table().set_index("column")
    marks = {"respondent_id": "identifier", "started": "timestamp", "Q3": "several", "country": "constant"}
    assert {k: v for k, v in table["mark"].items() if v} == marks | {"why": "verbatim"}
    assert table.loc["Q1", "no_answer"] == "98 (2), 99 (1)" and table.loc["Q1", "empty"] == 1
    assert table.loc["Q1", "n"] == len(data) - 4 and table.loc["Q1", "high"] <= 10
    assert table.loc["Q2", "no_answer"] == "DK (1), 不知道 (1)" and table.loc["Q2", "kind"] == "number"
    assert table.loc["age", "no_answer"] == ""  # 98 years are no code
    assert table.loc["nothing", ["kind", "n", "empty"]].tolist() == ["empty", 0, len(data)]
    assert table.loc["started", "kind"] == "date"
    levels = cs.codebook(data).levels()
    q2 = levels[(levels["column"] == "Q2") & (levels["reason"] == "answer")]
    counted = data["Q2"].value_counts()
    assert dict(zip(q2["value"], q2["count"], strict=True)) == {k: counted[k] for k in sorted(counted.index)[:5]}
    assert "why" not in set(levels["column"]) or (levels["column"] == "spend").sum() == 0


@pytest.mark.parametrize(
    ("values", "labels", "found"),
    [
        (["1", "2", "3", "4", "5", "99"], {}, {"99": "apart"}),
        (["1", "5", "88", "-9"], {}, {"88": "apart", "-9": "apart"}),
        (["18", "45", "77", "98", "99"], {}, {}),
        (["1", "2", "3", "9"], {"9": "Don't know"}, {"9": "label"}),
        (["1", "2", "3", "9"], {}, {}),  # 9 of 1 to 10 is an answer
        (["0.5", "1.25", "99"], {}, {}),
        (["1", "2"], {"1": "不愿意推荐", "2": "愿意推荐"}, {}),
        (["满意", "不满意", "拒答"], {}, {"拒答": "word"}),
    ],
)
def test_codes_are_taken_only_where_something_says_so(
    values: list[str], labels: dict[str, str], found: dict[str, str]
) -> None:
    got = codes_of(values, np.ones(len(values), dtype=int), labels, {})
    assert {code.value: code.how for code in got} == found


def test_declared_values_and_labels_of_an_spss_file(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    data = pd.DataFrame({"S1": [1.0, 5.0, 9.0, 9.0, 3.0], "op": ["a", "b", "zz", "a", "b"]})
    pyreadstat.write_sav(
        data, str(tmp_path / "d.sav"), column_labels=["总体满意度", "运营商"], missing_ranges={"S1": [9], "op": ["zz"]},
        variable_value_labels={"S1": {1.0: "差", 5.0: "好", 9.0: "不知道"}},
    )  # fmt: skip
    book = cs.codebook(tmp_path / "d.sav")
    (s1, op) = book.facts.columns
    assert (s1.label, s1.n, s1.high) == ("总体满意度", 3, 5.0)
    (code,) = s1.codes
    assert (code.value, code.label, code.count, code.reason, code.how) == ("9", "不知道", 2, "dont_know", "declared")
    assert [(c.value, c.count) for c in op.codes] == [("zz", 1)]
    assert [(level.value, level.label) for level in s1.levels] == [("1", "差"), ("3", ""), ("5", "好")]


def test_question_texts_under_the_header_are_labels(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("Q1,Q2\n总体满意程度,Would you recommend us?\n7,8\n9,10\n7,3\n", encoding="utf-8")
    facts = cs.codebook(path).facts
    assert (facts.questions, facts.n) == (1, 3)
    assert [(c.label, c.kind, c.n) for c in facts.columns] == [
        ("总体满意程度", "number", 3), ("Would you recommend us?", "number", 3)
    ]  # fmt: skip
    path.write_text("name,city\nAnna,Bath\nBen,York\nCleo,Bath\n", encoding="utf-8")
    assert cs.codebook(path).facts.questions == 0  # texts like the others are answers


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_prints_and_writes_it(tmp_path: Path, lang: str) -> None:
    outputs = [tmp_path / f"book.{suffix}" for suffix in ("csv", "xlsx", "md")]
    for output in outputs:
        words = ["--lang", lang, "codebook", str(DATA / "telecom.sav"), "-o", str(output)]
        done = CliRunner().invoke(app, words, env={"COLUMNS": "80"})
        assert done.exit_code == 0, done.output
    speak("en")
    lines = done.output.splitlines()
    assert max(map(cell_len, lines[:-1])) <= 80
    begins = {line.index(word) for line in lines for word in ("受访者编号", "每月消费（元）") if word in line}
    assert len(begins) == 1  # labels stand below one another
    assert ("不知道" in done.output) and (("未作答代码" in done.output) == (lang == "zh"))
    assert len(pd.read_csv(outputs[0])) == 26
    assert ("疑似" if lang == "zh" else "Looks like") in outputs[2].read_text(encoding="utf-8")
    sheets = pd.read_excel(outputs[1], sheet_name=None, engine="calamine")
    assert [len(frame) for frame in sheets.values()] == [26, len(cs.codebook(DATA / "telecom.sav").levels())]
    again = CliRunner().invoke(app, ["codebook", str(DATA / "telecom.sav"), "-o", str(outputs[0])])
    assert again.exit_code != 0  # nothing is replaced without --force


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    book = cs.codebook({"a": [1, 2]})
    with pytest.raises(cs.SpecError, match="a codebook is not written as"):
        book.save(tmp_path / "book.pdf")
    with pytest.raises(cs.SpecError, match="the folder does not exist"):
        book.save(tmp_path / "no" / "book.csv")


def test_text_in_cells_of_the_terminal() -> None:
    for text in ("abc", "总体满意度", "e\u0301", "（1=好）"):
        assert width(text) == cell_len(text)
        assert cell_len(cut(text * 9, 11)) <= 11
    parts = [f"{k} 非常满意 ({k})" for k in range(30)]
    lines = wrapped(parts, ", ", 40)
    assert max(map(cell_len, lines)) <= 40
    assert " ".join(lines) == ", ".join(parts)
    assert all(cell_len(line) <= 20 for line in wrapped(["很长的一句话" * 9], ", ", 20))
