"""Whatever a study says of intervals, weights, designs and roll-ups, it says in Chinese too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from test_report_page import Reader
from test_report_study import KEPT, answers, chinese_model

import csimodels as cs
from csimodels.errors import Status
from csimodels.estimate.ml.estimator import Errors
from csimodels.infer.short_intervals import COVERED, FEW_FOR_INTERVALS
from csimodels.messages import say
from csimodels.report import formatting, render_html, translator, write_xlsx
from csimodels.report.html.table_views import lang_of
from csimodels.report.wording import STATES
from csimodels.spec.estimators import names_of
from csimodels.spec.model import DataSpec, DesignSpec, Margin, Model, RollupSpec
from csimodels.tables import vocabulary

LEVELS = ("企业", "行业", "全国")
#: The names that this file gives to columns, and kinds of replicate weights.
NAMES = re.compile(
    KEPT.pattern + r"|rw[0-9]+|utf-8|semopy|uncertainty:|jk1|brr|EM|BCa?|cv|bootstrap\)|FIML|ML|[UGW]LS|Heywood"
)


def survey(folder: Path, n: int = 60) -> Path:
    """Four companies with weights, strata, clusters, replicate weights; the last has hardly any answers."""
    rng = np.random.default_rng(7)
    parts = [answers(k, n if k < 3 else 6).assign(企业=name) for k, name in enumerate("甲乙丙丁")]
    frame = pd.concat(parts, ignore_index=True)
    size = len(frame)
    frame["地区"] = np.where(np.arange(size) % 2, "东", "西")
    frame["网点"] = np.arange(size) // 4
    frame["总数"] = 400
    frame["权重"] = rng.uniform(0.5, 2.0, size).round(3)
    for r in range(12):
        frame[f"rw{r + 1}"] = (frame["权重"] * rng.poisson(1.0, size).clip(0, 3)).round(3) + 0.01
    frame["性别"] = np.where(rng.random(size) < 0.4, "男", "女")
    path = folder / "调查.csv"
    frame.to_csv(path, index=False)
    rows = [("甲", "银行", "中国", 3), ("乙", "银行", "中国", 1), ("丙", "保险", "中国", 2), ("丁", "保险", "中国", 1)]
    pd.DataFrame(rows, columns=[*LEVELS, "weight"]).to_csv(folder / "份额.csv", index=False)
    return path


def rolled(model: Model, folder: Path, **data: object) -> Model:
    spec = RollupSpec(LEVELS, str(folder / "份额.csv"))
    return replace(model, rollup=spec, data=replace(DataSpec(by=("企业",)), **data))  # type: ignore[arg-type]


def left_in_english(texts: Iterator[str] | list[str]) -> list[str]:
    return [text for text in texts if re.search(r"[A-Za-z]{2}", NAMES.sub("", text))]


def said(result: cs.Result) -> list[str]:
    """Notes, facts, the log and the states of a result, in Chinese."""
    lang = lang_of(result.content, "zh")
    known = ("data", "csimodels version", "created")
    texts = [*map(lang.say, result.notes), *(lang.say(v) for k, v in result.facts.items() if k not in known)]
    texts += [lang.tr(step) for step in result.survey_log["step"]]
    texts += [lang.say(detail) for detail in result.survey_log["detail"]]
    for table in result.content.tables.values():
        texts += [lang.tr(str(v)) for c in ("method", "against") if c in table for v in table[c].unique()]
        texts += [formatting.status_words(v, lang.tr, lang.say) for v in table.get("status", pd.Series()).unique()]
    return texts


METHODS: dict[str, Callable[[], object]] = {
    **{kind: lambda kind=kind: cs.Bootstrap(40, 1, interval=kind)
       for kind in ("percentile", "basic", "normal", "bc", "bca", "studentised")},
    "poisson": lambda: cs.Bootstrap(40, 1, draw="poisson"),
    "jackknife": cs.Jackknife,
    "linearised": cs.Linearised,
    "auto": lambda: "auto",
    "none": lambda: None,
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_said_in_chinese(method: str, tmp_path: Path) -> None:
    path = survey(tmp_path)
    result = cs.Study(rolled(chinese_model(), tmp_path), path, uncertainty=METHODS[method]()).run()
    notes = "\n".join(result.notes)
    assert "refused" in notes
    assert "roll-up: 保险: left out" in notes
    assert left_in_english(said(result)) == []


def test_pages_and_workbooks_of_a_roll_up_have_no_english_left(tmp_path: Path) -> None:
    path = survey(tmp_path)
    model = rolled(chinese_model(), tmp_path, weight="权重", rake=(Margin("性别", (("女", 0.5), ("男", 0.5))),))
    result = cs.Study(model, path, uncertainty=cs.Linearised()).run()
    page = Reader(render_html(result.content, "zh"))
    shown = page.texts + page.values("aria-label") + page.values("title") + page.values("placeholder")
    assert left_in_english(shown) == []
    calamine = pytest.importorskip("python_calamine")
    book = calamine.CalamineWorkbook.from_path(write_xlsx(result.content, tmp_path / "t.xlsx", "zh"))
    heads = [str(v) for name in book.sheet_names[1:] for v in book.get_sheet_by_name(name).to_python()[0]]
    assert left_in_english([*book.sheet_names, *heads]) == []


DESIGNS: dict[str, dict[str, object]] = {
    "raked": {"weight": "权重", "rake": (Margin("性别", (("女", 0.5), ("男", 0.5))),)},
    "designed": {"design": DesignSpec("地区", "网点", "总数")},
}


@pytest.mark.parametrize("kind", DESIGNS)
def test_designs_and_weights_are_said_in_chinese(kind: str, tmp_path: Path) -> None:
    path = survey(tmp_path)
    data = replace(DataSpec(), **DESIGNS[kind])  # type: ignore[arg-type]
    result = cs.Study(replace(chinese_model(), data=data), path, uncertainty=cs.Linearised()).run()
    steps = set(result.survey_log["step"])
    assert ({"margin", "weights raked"} if kind == "raked" else {"strata", "cluster", "fpc"}) <= steps
    assert left_in_english(said(result)) == []


def test_replicate_weights_are_said_in_chinese(tmp_path: Path) -> None:
    path = survey(tmp_path)
    weights = cs.ReplicateWeights(("rw*",), "bootstrap")
    data = replace(DataSpec(), weight="权重", rake=(Margin("性别", (("女", 0.5), ("男", 0.5))),))
    result = cs.Study(replace(chinese_model(), data=data), path, uncertainty=weights).run()
    assert {"replicate weights", "replicate weights raked"} <= set(result.survey_log["step"])
    assert left_in_english(said(result)) == []


def test_reasons_of_every_covariance_structure_are_words() -> None:
    """Texts that stand for kinds: what the tables hold, and what the facts say."""
    tr = translator("zh")
    kinds = {*get_args(Errors), "two-stage", "FIML, observed", "FIML, mlr"}
    assert kinds == set(formatting.ERRORS) == set(vocabulary.ERRORS)
    assert set(formatting.DISCREPANCIES) == set(names_of("covariance"))
    assert left_in_english([say(state, tr) for state in STATES.values()]) == []
    assert len(STATES) == 2 ** len(Status)


COVERAGE = Path(__file__).parents[2] / "benchmarks" / "results" / "coverage.csv"


@pytest.mark.skipif(not COVERAGE.exists(), reason="the study of coverage is in the repository only")
@pytest.mark.parametrize("method", [name for name in COVERED if name != "studentised"])  # docs/uncertainty.md
def test_notes_on_short_intervals_follow_the_study_of_coverage(method: str) -> None:
    found = pd.read_csv(COVERAGE)
    found = found[(found["method"] == method) & (found["n"] <= FEW_FOR_INTERVALS)]
    if method == "linearised":
        found = found[found["quantity"] != "index"]
    assert len(found) == (18 if method == "linearised" else 24)
    assert COVERED[method] == (f"{found['coverage'].min():.2f}", f"{found['coverage'].max():.2f}")


@pytest.mark.parametrize("method", METHODS)
def test_short_intervals_are_noted_by_method(method: str) -> None:
    def notes(n: int) -> list[str]:
        study = cs.Study(chinese_model(), answers(1, n), uncertainty=METHODS[method]())
        return [note for note in study.run().notes if "effective n under 250" in note]

    found = notes(100)
    said_ = "\n".join(found)
    kind = "percentile" if method == "poisson" else method
    if method in ("jackknife", "auto", "none"):
        assert said_ == ""
    else:
        assert said_.startswith(f"{kind} intervals")
        assert " to ".join(COVERED[kind]) in said_
        assert left_in_english([say(note, translator("zh")) for note in found]) == []
    if method in ("percentile", "linearised"):
        assert notes(250) == []
