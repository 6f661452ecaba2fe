"""Whatever a study says of intervals, weights, designs and roll-ups, it says in Chinese too."""

from __future__ import annotations

import ast
import itertools
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
from csimodels.report import formatting, render_html, translator, write_xlsx
from csimodels.report.phrases import phrase
from csimodels.spec.estimators import names_of
from csimodels.spec.model import DataSpec, DesignSpec, Margin, Model, RollupSpec
from csimodels.study.facts import COVERED, FEW_FOR_INTERVALS
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
    *(  # intervals of small samples
        "linearised intervals of paths and effects are somewhat too short in 2 of 3 groups with an effective n under "
        "250 (with 100 to 250 respondents they cover about 0.92 to 0.95 instead of 0.95; indices are right)",
        "linearised intervals of paths and effects are somewhat too short with an effective n under 250 (with 100 to "
        "250 respondents they cover about 0.92 to 0.95 instead of 0.95; indices are right)",
        "studentised intervals are not reliable in 2 of 3 groups with an effective n under 250 (with 100 to 250 "
        "respondents they cover about 0.91 to 0.97 instead of 0.95, in a small simulation)",
        "studentised intervals are not reliable with an effective n under 250 (with 100 to 250 respondents they cover "
        "about 0.91 to 0.97 instead of 0.95, in a small simulation)",
        "bca intervals are somewhat too short in 2 of 3 groups with an effective n under 250 (with 100 to 250 "
        "respondents they cover about 0.91 to 0.95 instead of 0.95)",
    ),
    *(  # covariance structures
        "inadmissible: 企业 = 甲: the residual variance of 满意 is -0.121 (Heywood case), the variance of 质量 is -0.2 "
        "(Heywood case), the correlation of 质量 and 满意 is 1.012, beyond 1, the covariances of the constructs are "
        "not positive definite; involved: 质量, 价值, 满意",
        "inadmissible: all respondents: the residual covariances of the items are not positive definite; involved: "
        "Q1, Q2 and 3 more",
        "inadmissible: 企业 = 甲: a covariance matrix of the model is not positive definite",
        "企业 = 甲, 年份 = 1: empirically nearly not identified: the correlations of 质量 and 价值 (0.957), 价值 and "
        "满意 (0.961) and 2 more are beyond 0.95, so the data can hardly tell these constructs apart; their paths are "
        "unstable, the fit of the model is not",
        "企业 = 甲: ML did not converge in 200 iterations from two starts; paths run off without bound, their "
        "constructs cannot be told apart in these data: 质量 -> 满意 (12.3), 价值 -> 满意 (3.1)",
        "all respondents: FIML did not converge in 200 iterations",
        "企业 = 甲: the implied covariance matrix is not positive definite at the start values, because of the fixed "
        "values 质量 =~ Q1 = 3",
        "all respondents: the implied covariance matrix is not positive definite at the start values",
        "企业 = 甲: cannot be estimated: 8 respondents for 9 items: their covariance matrix is singular, at least 10 "
        "are needed",
        "企业 = 甲: cannot be estimated: items have the same answer in every row, or none at all: Q1, Q2",
        "企业 = 甲: cannot be estimated: the covariances of the items cannot be computed",
        "企业 = 甲: cannot be estimated: the information matrix of the parameters is singular",
        "企业 = 甲: cannot be estimated: not identified: 30 parameters, 20 moments",
        "企业 = 甲: cannot be estimated: not identified in these data, these parameters cannot be told apart: 质量 =~ "
        "Q1, 质量 ~~ 质量",
        "企业 = 甲: cannot be estimated: EM finds no covariance matrix: items with no more answers than there are "
        "items: Q1 (3), Q2 (4)",
        "企业 = 甲: cannot be estimated: EM finds no covariance matrix: items are copies or sums of one another: Q1, "
        "Q2",
        "企业 = 甲: cannot be estimated: never answered by the same respondent: Q1 and Q2",
        "all respondents: the covariance matrix is singular: items are copies or sums of one another: Q1, Q2",
        "never answered by the same respondent: Q1 and Q2, Q1 and Q3; the degrees of freedom are overstated",
        "parameters of different kinds share a label and are held equal: 质量 =~ Q1 (甲), Q1 ~~ Q1 (甲)",
        "企业 = 甲: parameters have no standard errors: their information matrix is not positive definite",
        "企业 = 甲: parameters have no standard errors: all rows lie in one cluster",
        "企业 = 甲: the errors of parameters rest on 12 clusters, too few for normal theory (20 or more are usual)",
        "parameters: their errors use weights and clusters, but not strata: they are on the safe side",
        "inadmissible; nearly not identified",
        "first loading 1",
        "ML",
    ),
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_are_translated_with_their_numbers(sentence: str) -> None:
    text = phrase(sentence, translator("zh"))
    assert left_in_english([text]) == []
    numbers = sorted(re.findall(r"(?<![A-Za-z])[0-9.]*[0-9]", sentence))
    assert sorted(re.findall(r"(?<![A-Za-z])[0-9.]*[0-9]", text)) == numbers, text
    assert phrase(sentence, translator("en")).replace(";", ",") == sentence.replace(";", ",")


def test_reasons_of_every_covariance_structure_are_words() -> None:
    """Texts that stand for kinds: what the tables hold, and what the facts say."""
    tr = translator("zh")
    kinds = {*get_args(Errors), "two-stage", "FIML, observed", "FIML, mlr"}
    assert kinds == set(formatting.ERRORS) == set(vocabulary.ERRORS)
    assert set(formatting.DISCREPANCIES) == set(names_of("covariance"))
    assert left_in_english([phrase(Status(2**k).describe(), tr) for k in range(len(Status))]) == []


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


#: Lists of sentences, by what they are called in the source.
LISTS = ("notes", "reasons", "out", "texts")


def noted(tree: ast.AST) -> Iterator[Parts]:
    """What the source adds to lists of sentences, yields, returns as such a list, or writes into the log."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.endswith(tuple(f"{name}.append" for name in LISTS)):
                yield from sentences(node.args[0])
            if called.endswith("LogEntry"):
                yield from (found for arg in (*node.args[:1], *node.args[3:4]) for found in pieces(arg))
        elif isinstance(node, ast.AugAssign):
            if any(name in ast.unparse(node.target) for name in LISTS):
                yield from sentences(node.value)
        elif isinstance(node, ast.Yield) or (
            isinstance(node, ast.Return) and isinstance(node.value, (ast.List, ast.ListComp))
        ):
            yield from sentences(node.value)
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            for part in node.value.elts:
                if isinstance(part, ast.List):
                    yield from sentences(part)


def sentences(node: ast.AST | None) -> Iterator[Parts]:
    """The texts of an expression that hold more than one word."""
    yield from (found for found in pieces(node) if any(part and " " in part.strip() for part in found))


#: Sentences whose filled-in parts are words themselves; they stand among the sentences tested as they are written.
WORDED = (
    "7 in 7", "are somewhat too short 7", "are not reliable 7", "never answered by the same respondent",
    "too few for normal theory (7)", "7 the same answer", "the 7 of 7 is", "the corrected correlation of 7 is",
)  # fmt: skip
ROOMS = {"study": 30, "survey": 30, "estimate": 6, "estimate/ml": 10}


@pytest.mark.parametrize("room", ROOMS)
def test_every_note_in_the_source_has_chinese(room: str) -> None:
    lost, seen = [], 0
    for path in sorted((Path(cs.__file__).parent / room).glob("*.py")):
        for parts in noted(ast.parse(path.read_text(encoding="utf-8"))):
            seen += 1
            holes = parts.count(None)
            filled = []
            for values in itertools.product(("7", "甲", ""), repeat=holes):
                rest = iter(values)
                filled.append("".join(next(rest) if part is None else part for part in parts))
            said_ = [phrase(text, translator("zh")) for text in filled]
            if all(left_in_english([text]) for text in said_) and not any(w in filled[0] for w in WORDED):
                lost.append(f"{path.name}: {filled[0]}")
    assert seen >= ROOMS[room]  # fewer: the scan no longer sees them
    assert lost == []


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
    def notes(n: int) -> str:
        study = cs.Study(chinese_model(), answers(1, n), uncertainty=METHODS[method]())
        return "\n".join(note for note in study.run().notes if "effective n under 250" in note)

    said_ = notes(100)
    kind = "percentile" if method == "poisson" else method
    if method in ("jackknife", "auto", "none"):
        assert said_ == ""
    else:
        assert said_.startswith(f"{kind} intervals")
        assert " to ".join(COVERED[kind]) in said_
        assert left_in_english([phrase(said_, translator("zh"))]) == []
    if method in ("percentile", "linearised"):
        assert notes(250) == ""
