"""A model whose index and one of whose drivers are better low: every text, order and colour knows it."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.i18n import translator
from csimodels.report import direction
from csimodels.report.change_summary import summary_of
from csimodels.report.documents.document import document
from csimodels.report.html.comparison import _coloured
from csimodels.report.html.table_views import Cell, lang_of, table_view
from csimodels.report.html.what_if import what_if
from csimodels.report.story.goals import goals
from csimodels.report.story.heat import _turned
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import measure
from csimodels.report.workbook.charts import matrix
from csimodels.screen import print_screen
from csimodels.spec import load_model
from csimodels.spec.model import IndexSpec, Model
from csimodels.terminal import print_result


def churn() -> Model:
    """ACSI read as a study of leaving: loyalty is asked as "would leave", complaints drive it, both better low."""
    model = load_model("acsi")
    low = ("Complaints", "Loyalty")
    constructs = tuple(replace(c, better="low") if c.name in low else c for c in model.constructs)
    return replace(model, constructs=constructs, index=IndexSpec("Loyalty"))


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    frame: pd.DataFrame = cs.simulate("acsi", 600, seed=5).data
    ends = {"LOY1": 11, "LOY2": 26}  # asked the other way round
    frame = frame.assign(**{name: end - frame[name].astype(int) for name, end in ends.items()})
    frame.loc[frame.index % 4 == 0, "LOY1"] = 10  # one company is clearly worse
    return frame.assign(company=np.tile(list("abcd"), 150))


@pytest.fixture(scope="module")
def result(answers: pd.DataFrame) -> cs.Result:
    model = replace(churn(), targets=(("Loyalty", 20.0), ("Complaints", 60.0)))
    return cs.Study(model, answers, by="company", uncertainty="linearised").run(progress=False)


def said(section: object, result: cs.Result, code: str) -> str:
    lang = lang_of(result.content, code)
    return " ".join(lang.say(text) for text in section.sentences)  # type: ignore[attr-defined]


def reading(result: cs.Result, code: str = "en") -> Reading:
    return Reading(result.content, lang_of(result.content, code))


def test_the_terminal_puts_the_best_first(result: cs.Result, capsys: pytest.CaptureFixture[str]) -> None:
    print_result(result)
    text = capsys.readouterr().out
    first = text[text.index("by company") :].splitlines()[2:6]
    index = [float(line.split()[1]) for line in first]
    assert index == sorted(index) and len(index) == 4
    assert "Lower is better: Customer complaints, Customer loyalty." in text
    print_screen(result)
    text = capsys.readouterr().out
    assert "Lower is better: Customer complaints, Customer loyalty." in text
    drivers = [line for line in text[text.index("Drivers of") :].splitlines() if re.search(r"[+−]\d\.\d\d", line)]
    sizes = [float(m.group().replace("−", "-")) for line in drivers if (m := re.search(r"[+−]\d\.\d\d", line))]
    turned = [-x if "complaints" not in line else x for x, line in zip(sizes, drivers, strict=True)]
    assert turned == sorted(turned, reverse=True)  # what goes with leaving less, or with fewer complaints, is first


def test_notebook_and_figure_put_the_best_first(result: cs.Result) -> None:
    page = result._repr_html_()
    names = re.findall(r'<tr><td class="text">([abcd])</td>', page)
    assert names == result.ranks()["company"].tolist()
    assert "Lower is better: Customer complaints, Customer loyalty." in page
    table = pd.DataFrame({"index": [2.0, np.nan, 1.0]})
    assert direction.best_first(table, result.model).index.tolist() == [2, 0, 1]
    assert direction.best_first(table, result.model, "Value").index.tolist() == [0, 2, 1]


def test_targets_are_missed_from_above_and_passed_from_below(result: cs.Result) -> None:
    section = goals(reading(result))
    assert section is not None
    text = said(section, result, "en")
    assert re.search(r"index of Customer loyalty lies [\d.]+ points above its target of 20.0 .*; lower is better", text)
    assert re.search(
        r"index of Customer complaints lies [\d.]+ points below its target of 60.0 .*; lower is better", text
    )
    keys = [p.key for p in section.pictures]
    assert keys == ["targets", "rises"]  # nothing has to move for a target that is passed
    assert "(+) or fall (−)" in section.pictures[1].subtitle  # complaints fall, the others rise
    assert "数值越低越好" in said(section, result, "zh")
    rises = result.whole.target_drivers().query("construct == 'Loyalty'").set_index("driver")["rise"]
    assert rises["Complaints"] < 0 < rises["Satisfaction"]


def test_what_if_names_the_better_end(result: cs.Result) -> None:
    for code, word in (("en", "(lower is better)"), ("zh", "（越低越好）")):
        found = what_if(result.content, lang_of(result.content, code))
        assert found is not None and found.sense == -1 and found.remark
        assert [d.name.endswith(word) for d in found.drivers].count(True) == 1


def test_tables_of_pages_and_documents_say_it_below(result: cs.Result) -> None:
    for code, text in (("en", "Lower is better: "), ("zh", "数值越低越好：")):
        lang = lang_of(result.content, code)
        told = document(result.content, code)
        found = {t.title: t.said for t in told.tables}
        assert text in found[lang.tr("Indices of all constructs")] and text in found[lang.tr("Drivers")]
        assert text not in found[lang.tr("Path coefficients")]
        view = table_view(result.index(), "groups", ("company", "index"), lang, like="index")
        assert view.said.startswith(text)
    frame = pd.DataFrame({"construct": ["Value"], "index": [1.0]})
    assert direction.said_of(frame, result.model, "en", translator("en")) == ""
    frame = pd.DataFrame({"construct": ["Loyalty"], "r2": [0.5]})  # nothing good or bad about it
    assert direction.said_of(frame, result.model, "en", translator("en")) == ""


def test_measures_and_heads_say_it(result: cs.Result) -> None:
    assert measure(reading(result)).endswith("lower is better")
    assert not measure(reading(result), "Value").endswith("lower is better")
    data = pd.DataFrame({"unit": ["a"], "construct": ["Loyalty"], "index": [1.0]})
    assert list(matrix(data, lang_of(result.content, "en")).columns)[1].endswith("(lower is better)")


def test_heat_of_a_driver_follows_the_spec_not_the_end_of_the_index(result: cs.Result) -> None:
    found = {name: _turned(reading(result), name) for name in result.model.construct_names}
    assert found == dict.fromkeys(found, 1) | {"Complaints": -1, "Loyalty": -1}


def test_a_change_has_the_colour_of_its_side(result: cs.Result) -> None:
    lang = lang_of(result.content, "en")
    for subject, change, kind in (("Loyalty", -2.0, "above"), ("Value", -2.0, "below"), ("Value", 2.0, "above")):
        row = {"subject": subject, "change": change, "different": True}
        assert _coloured(Cell("x", kind="num"), row, lang).kind.endswith(kind)
    for row in ({"subject": "Value", "change": 2.0, "different": False},
                {"subject": "Value -> Loyalty", "change": 2.0, "different": True}):  # fmt: skip
        assert _coloured(Cell("x", kind="num"), row, lang).kind == "num"
    table = pd.DataFrame({"table": ["overall_index"], "subject": ["Loyalty"], "before": [30.0], "after": [28.0],
                          "change": [-2.0], "low": [-3.0], "high": [-1.0], "different": [True],
                          "status": ["ok"]})  # fmt: skip
    assert any("a fall of Customer loyalty is an improvement" in s for s in summary_of(table, result.model, (), "en"))
