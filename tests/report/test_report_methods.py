"""Whatever a study says of intervals, weights, designs and roll-ups, it says in Chinese too."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_report_page import Reader
from test_report_study import KEPT, answers, chinese_model

import csimodels as cs
from csimodels.report import render_html, translator, write_xlsx
from csimodels.report.phrases import phrase
from csimodels.spec.model import DataSpec, DesignSpec, Margin, Model, RollupSpec

LEVELS = ("企业", "行业", "全国")
#: The names that this file gives to columns, and kinds of replicate weights.
NAMES = re.compile(KEPT.pattern + r"|rw[0-9]+|utf-8|semopy|uncertainty:|jk1|brr|EM|BCa?|cv|bootstrap\)")


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
    tr = translator("zh")
    texts = [*result.notes, *map(str, result.facts.values())]
    texts += [str(v) for c in ("step", "detail") for v in result.survey_log[c]]
    for table in result.content.tables.values():
        texts += [str(v) for c in ("status", "method", "against") if c in table for v in table[c].unique()]
    known = (result.facts["data"], result.facts["csimodels version"], result.facts["created"])
    return [phrase(text, tr) for text in texts if text not in known]


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


#: What lower floors may say of the new kinds, as they write it.
SENTENCES = (
    "企业 = 甲: no intervals: studentised intervals need multinomial draws, no finite population correction and no "
    "raked weights",
    "企业 = 甲: no intervals: all rows lie in one cluster, which has no variance to resample",
    "企业 = 甲: no intervals: 2 of 9 strata have a single cluster, which has no variance to resample",
    "企业 = 甲: EM did not converge in 500 steps: there are few answers for so many holes",
    "roll-up: weights of 年份 2024, 2025 are not used: no answers of that wave",
    "roll-up: a weight of 中国 has no use, as nothing stands above 全国",
    "roll-up: weights but no answers: 甲 (年份 = 2026), 乙 (年份 = 2026) and 3 more; left out of the means",
    "roll-up: 银行 (年份 = 2026): left out, with share of the weight: 甲 (12.5 %), 乙 (3.0 %); no interval: a member "
    "has none",
    "the replicate weights of the data are not used: the method is jackknife",
    "strata, clusters and fpc of data: design are not used: the replicate weights stand for the design",
    "few rows in a category of rake: 性别 = 女 (3), 地区 = 东 (2); replicates without any of them cannot meet its "
    "share",
    "女 0.6012 to 0.5000, 男 0.3988 to 0.5000",
    "7 iterations; factors 0.8321 to 1.254; design effect of the weights (1 + cv^2) 1.1000 to 1.1523",
    "at most 9 iterations; factors 0.51 to 1.9",
    "sums 1.2e+06 to 1.3e+06; sampling weights 1.25e+06",
    "sampling fraction 0.01 to 0.25",
    "28 to 49 of the indices",
    "企业 = 甲: 3 numbers have no interval: their replicates do not vary, are too few, or lie on one side of the "
    "estimate",
    "few clusters; degrees of freedom: 企业 = 甲 (3), 企业 = 乙 (4) and 2 more; bootstrap intervals are then too "
    "short, those of the jackknife and of linearised errors use Student's t",
    "企业 = 甲: no intervals: Poisson draws cannot follow the finite population correction",
    "12 strata, 60 clusters, finite population correction",
    "Poisson bootstrap, percentile interval",
    "replicate weights (jk1), t interval",
    "jackknife up to 1000 sampling units, linearised beyond, t interval",
    "512 asked, 510 kept, 2 failed",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_are_translated_with_their_numbers(sentence: str) -> None:
    text = phrase(sentence, translator("zh"))
    assert left_in_english([text]) == []
    numbers = sorted(re.findall(r"(?<![A-Za-z])[0-9.]*[0-9]", sentence))
    assert sorted(re.findall(r"(?<![A-Za-z])[0-9.]*[0-9]", text)) == numbers, text
    assert phrase(sentence, translator("en")).replace(";", ",") == sentence.replace(";", ",")


Parts = list[str | None]


def pieces(node: ast.AST | None) -> Iterator[Parts]:
    """The texts that an expression of the source may be, None in place of what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield [node.value]
    elif isinstance(node, ast.JoinedStr):
        yield [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
    elif isinstance(node, ast.ListComp):
        yield from pieces(node.elt)
    elif isinstance(node, ast.IfExp):
        yield from (*pieces(node.body), *pieces(node.orelse))
    elif isinstance(node, ast.BinOp):
        yield from (*pieces(node.left), *pieces(node.right))
    elif isinstance(node, (ast.List, ast.Tuple)):
        for part in node.elts:
            yield from pieces(part)


def noted(tree: ast.AST) -> Iterator[Parts]:
    """What the source appends to notes, returns as a list of sentences, or writes into the log."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.endswith("notes.append"):
                yield from pieces(node.args[0])
            if called.endswith("LogEntry"):
                yield from (found for arg in (*node.args[:1], *node.args[3:4]) for found in pieces(arg))
        elif isinstance(node, ast.AugAssign) and "notes" in ast.unparse(node.target):
            yield from pieces(node.value)
        elif isinstance(node, ast.Return) and isinstance(node.value, (ast.List, ast.ListComp)):
            yield from (found for found in pieces(node.value) if any(part and " " in part.strip() for part in found))


#: Sentences whose filled-in parts are words themselves; they stand among the sentences tested as they are written.
WORDED = ("7 in 7", "percentile intervals of paths are somewhat too short", "never answered by the same respondent")


@pytest.mark.parametrize("room", ["study", "survey"])
def test_every_note_in_the_source_has_chinese(room: str) -> None:
    lost, seen = [], 0
    for path in sorted((Path(cs.__file__).parent / room).glob("*.py")):
        for parts in noted(ast.parse(path.read_text(encoding="utf-8"))):
            seen += 1
            holes = parts.count(None)
            filled = []
            for values in itertools.product(("7", "甲"), repeat=holes):
                rest = iter(values)
                filled.append("".join(next(rest) if part is None else part for part in parts))
            said_ = [phrase(text, translator("zh")) for text in filled]
            if all(left_in_english([text]) for text in said_) and not any(w in filled[0] for w in WORDED):
                lost.append(f"{path.name}: {filled[0]}")
    assert seen > 10
    assert lost == []
