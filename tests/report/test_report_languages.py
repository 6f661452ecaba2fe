"""A whole study in Chinese: page, workbook, terminal, stored and loaded; nothing of our own English is left in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import catalogue
import numpy as np
import pandas as pd
import pytest
from test_report_page import Reader
from test_report_study import answers

import csimodels as cs
from csimodels.i18n import speak, translator
from csimodels.messages import Message
from csimodels.report import render_html
from csimodels.report.html.table_views import lang_of
from csimodels.spec.model import Construct, IndexSpec, Item, Model, Text
from csimodels.survey import file_hash

#: Constructs whose names are words of the catalogue, with labels that are none.
LABELS = {"Value": "感知价值", "ok": "好评", "none": "虚无", "Index": "总评"}


def worded_model() -> Model:
    """Four constructs called like words of the report; "Index" is what the others lead to."""

    def construct(name: str, code: str) -> Construct:
        items = tuple(Item(f"{code}{k}", Text(f"Question {code}{k}", f"题{code}{k}")) for k in (1, 2, 3))
        return Construct(name, items, Text(f"The {name}", LABELS[name]), "reflective")

    constructs = tuple(construct(name, code) for name, code in zip(LABELS, "ABCD", strict=True))
    paths = (("Value", "Index"), ("ok", "Index"), ("none", "Index"))
    return Model("worded", constructs, paths, Text("A study", "一项研究"), index=IndexSpec("Index"))


def survey(n: int = 60) -> pd.DataFrame:
    """Three groups: a good one, one in which "ok" repeats "Value", and one too small, called like a state."""
    good, copied, small = (answers(seed, size) for seed, size in ((1, n), (2, n), (3, 4)))
    frames = []
    for name, frame in (("good", good), ("copied", copied), ("not converged", small)):
        wide = pd.DataFrame({f"{c}{k}": frame[f"{d}{k}"] for c, d in zip("ABD", "QVS", strict=True) for k in (1, 2, 3)})
        wide = wide.assign(**{f"C{k}": answers(9, len(frame))[f"Q{k}"] for k in (1, 2, 3)})
        if name == "copied":
            wide = wide.assign(**{f"B{k}": wide[f"A{k}"] for k in (1, 2, 3)})
        frames.append(wide.assign(state=name))
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def result() -> cs.Result:
    return cs.Study(worded_model(), survey(), by="state", uncertainty=cs.Bootstrap(40, 1)).run()


def test_names_that_are_words_stay_names(result: cs.Result) -> None:
    (note,) = (note for note in result.notes if "are collinear" in note)
    assert note == "state = copied: cannot be estimated: the constructs that lead to Index are collinear: Value, ok"
    (refused,) = (note for note in result.notes if note.startswith("refused"))
    say = lang_of(result.content, "zh").say
    assert say(note) == "state = copied：无法估计：指向总评的潜变量共线：感知价值、好评"
    assert say(refused).startswith("拒绝计算：state = not converged仅有4条")
    assert lang_of(result.content, "en").say(note).endswith("lead to The Index are collinear: The Value, The ok")
    page = "\n".join(Reader(render_html(result.content, "zh")).texts)
    assert "指向总评的潜变量共线：感知价值、好评" in page
    assert "not converged" in page  # the group


def english_of_the_catalogue() -> Iterator[re.Pattern[str]]:
    """What every text of the catalogue with several words leaves on a page where it is shown as it is."""
    for text in catalogue.used():
        pieces = re.split(r"\{\w+\}", text)
        if max(len(piece.split()) for piece in pieces) >= 3:
            yield re.compile(".{0,60}?".join(re.escape(piece) for piece in pieces))


def test_no_line_of_the_chinese_page_is_half_english(result: cs.Result) -> None:
    page = Reader(render_html(result.content, "zh"))
    shown = page.texts + page.values("aria-label") + page.values("title") + page.values("placeholder")
    patterns = list(english_of_the_catalogue())
    assert len(patterns) > 500
    english = [text for text in shown if re.search("[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}", text)]
    assert [text for text in english for pattern in patterns if pattern.search(text)] == []
    assert sum(bool(pattern.search(note)) for note in result.notes for pattern in patterns) >= len(result.notes)


def test_a_stored_result_speaks_chinese_too(result: cs.Result, tmp_path: Path) -> None:
    cs.save(result, tmp_path / "out", report=False)
    again = cs.load_result(tmp_path / "out")
    assert again.notes == result.notes
    assert all(isinstance(note, Message) for note in again.notes)
    fresh, loaded = (lang_of(r.content, "zh").say for r in (result, again))
    assert [loaded(note) for note in again.notes] == [fresh(note) for note in result.notes]
    assert [loaded(v) for v in again.facts.values()] == [fresh(v) for v in result.facts.values()]
    for column in ("subject", "detail"):
        assert [loaded(v) for v in again.survey_log[column]] == [fresh(v) for v in result.survey_log[column]]
    old = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert old["notes"] == list(result.notes)  # as text, for every reader
    del old["messages"], old["overall"]["messages"]  # as version 0.1 wrote it
    rewrite(tmp_path / "out", old)
    plain = cs.load_result(tmp_path / "out")
    assert plain.notes == result.notes
    assert lang_of(plain.content, "zh").say(plain.notes[0]) == result.notes[0]


def rewrite(folder: Path, stored: dict[str, object]) -> None:
    """Put `stored` in the place of a result, as if csimodels had written it."""
    path = folder / "result.json"
    path.write_text(json.dumps(stored), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8")) | {"result_sha256": file_hash(path)}
    manifest.pop("files_sha256", None)  # as version 0.1
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize("broken", [{"notes": [3]}, {"notes": [{"template": "x"}]}, {"tables": 3}, []])
def test_damaged_messages_are_refused(result: cs.Result, broken: object, tmp_path: Path) -> None:
    cs.save(result, tmp_path / "out", report=False)
    path = tmp_path / "out" / "result.json"
    stored = json.loads(path.read_text(encoding="utf-8")) | {"messages": broken}
    rewrite(tmp_path / "out", stored)
    with pytest.raises(cs.DataError, match="the file is damaged"):
        cs.load_result(tmp_path / "out")


# ---- the terminal -------------------------------------------------------------------------------------------------

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def csi(called: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Call]:
    """Run a command in an empty folder; returns exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")

    yield called
    monkeypatch.delenv("CSI_LANG", raising=False)
    speak(None)


def written(folder: Path, frame: pd.DataFrame, extra: str = "") -> None:
    frame.to_csv(folder / "survey.csv", index=False)
    data = replace(worded_model().data, file="survey.csv")
    text = cs.dump_model(replace(worded_model(), data=data), complete=False)
    (folder / "worded.yaml").write_text(text + extra, encoding="utf-8")


def test_a_run_in_chinese(csi: Call, tmp_path: Path) -> None:
    written(tmp_path, survey())
    run = ("run", "worded.yaml", "--by", "state", "--replicates", "40", "--no-report", "--details")
    code, out, err = csi("--lang", "zh", *run)
    assert (code, err) == (0, "")
    for part in (
        "一项研究",
        "潜变量",
        "路径系数",
        "感知价值",
        "注意",
        "指向总评的潜变量共线：感知价值、好评",
        "总评，按state",
        "数据处理过程",
        "已将",
    ):
        assert part in out, part
    names = r"survey|CSV|csv|utf|tables|state|good|copied|not\s+conver\s*ged|not|conver|[A-D][1-3]|out/worded|\.csv"
    names += "|Barclay|Higgins|Thompson|Holm|PLS"
    assert re.findall("[A-Za-z]{2,}", re.sub(names, "", out)) == []
    code, english, _ = csi(*run)
    assert code == 0
    assert "the constructs that lead to The Index are collinear: The Value, The ok" in " ".join(english.split())


def test_an_error_of_the_data_in_chinese(csi: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = survey().astype(object)
    frame.loc[3, "A1"] = "qq"
    written(tmp_path, frame.drop(columns="B2"))
    monkeypatch.setenv("CSI_LANG", "zh")
    code, _, err = csi("check", "worded.yaml")
    assert code == 2
    assert err.startswith("错误 survey.csv：没有列“B2”，它用于题项B2\n    发现：各列为A1、A2")
    written(tmp_path, frame)
    code, _, err = csi("check", "worded.yaml")
    assert code == 2
    assert "题项A1：1个回答是文字，不是数" in err
    assert "处理：如果表示没有回答，请加入 missing_codes: [qq]" in err


def test_an_error_of_the_spec_in_chinese(csi: Call, tmp_path: Path) -> None:
    written(tmp_path, survey(), "estimater: {tol: 1}\nuncertainty: {level: 95}\n")
    code, _, err = csi("--lang", "zh", "check", "worded.yaml")
    assert code == 2
    assert "未知的键“estimater”" in err
    assert "允许：是否想写“estimate”？" in err
    assert "level 在(0, 1)之外" in err
    code, _, err = csi("--lang", "zh", "check", "nowhere.yaml")
    assert (code, err.split("\n")[0]) == (2, "错误 nowhere.yaml：没有这个文件")
    code, _, err = csi("--lang", "klingon", "models")
    assert code == 2
    assert err.startswith("error unknown language")


def test_numbers_are_the_same_in_every_language(csi: Call, tmp_path: Path) -> None:
    written(tmp_path, survey())
    arguments = ("run", "worded.yaml", "--uncertainty", "none", "--no-report", "-o")
    csi(*arguments, "one")
    csi("--lang", "zh", *arguments, "two")
    tables = sorted(path.name for path in (tmp_path / "one" / "tables").iterdir())
    assert len(tables) > 5
    for name in tables:
        assert (tmp_path / "one" / "tables" / name).read_bytes() == (tmp_path / "two" / "tables" / name).read_bytes()


def test_states_of_a_covariance_structure_are_said_with_labels() -> None:
    frame = survey(40).query("state == 'good'").drop(columns="state")
    frame["B1"] = frame["A1"] + np.tile([0, 0, 0, 0, 1], 8)
    result = cs.Study(worded_model(), frame, estimator="ml").run()
    tr, say = translator("zh"), lang_of(result.content, "zh").say
    for note in result.notes:
        assert not re.search(r"\b(Value|none|Index)\b", say(note)), say(note)
    assert tr("inadmissible") == "不可接受解"
