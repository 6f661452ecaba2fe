from __future__ import annotations

import math
import re

import pytest

pytest.importorskip("babel")
import catalogue
import sample

from csimodels.errors import SpecError
from csimodels.messages import Message, items, joined
from csimodels.report import safe_cell, safe_name, translator
from csimodels.report.escaping import clean, escape
from csimodels.report.formatting import (
    as_float,
    includes_zero,
    interval,
    number,
    p_value,
    percent,
    status_words,
)
from csimodels.report.wording import sayer


def test_every_text_has_chinese_and_none_is_left_over() -> None:
    assert len(catalogue.used()) > 600  # fewer: the scan no longer sees them
    assert catalogue.missing() == []
    assert catalogue.left_over() == []


def test_compiled_catalogue_is_up_to_date() -> None:
    assert catalogue.MO.read_bytes() == catalogue.compiled()
    tr = translator("zh")
    assert all(tr(en) == zh for en, zh in catalogue.catalogue().items())


def test_no_text_has_two_translations() -> None:
    """Two branches that are merged may leave a line without its text, which readers of such files take in silence."""
    lines = [line.split(" ")[0] for line in catalogue.PO.read_text(encoding="utf-8").splitlines() if line[:1] == "m"]
    assert lines == ["msgid", "msgstr"] * (len(lines) // 2)


def test_both_languages_have_the_same_places() -> None:
    for en, zh in catalogue.catalogue().items():
        assert sorted(re.findall(r"\{\w*\}", en)) == sorted(re.findall(r"\{\w*\}", zh)), en


#: Words of a language of their own that a Chinese text may hold although the English has them in another form.
OWN = {"PDF", "PLS", "PLSc", "EM", "ML", "FIML", "BC", "BCa", "ULS", "WLS", "RMSEA", "cv", "csimodels"}


def test_chinese_holds_no_english_that_is_not_a_name() -> None:
    """Latin words of a translation are keys, names and measures: they stand in the English too."""
    for en, zh in catalogue.catalogue().items():
        words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", zh)))
        assert words - set(re.findall(r"[A-Za-z]{2,}", en)) <= OWN, zh


def test_terms_of_the_field() -> None:
    tr = translator("zh")
    terms = {
        "Index": "指数", "{level} interval": "{level}置信区间", "Path coefficient": "路径系数", "Loading": "载荷",
        "Total effect": "总效应", "Driver": "驱动因素",
        "Improve first": "优先改进", "Communality": "共同度",
    }  # fmt: skip
    assert {en: tr(en) for en in terms} == terms


#: One Chinese word for one thing, wherever it is said; the others mean the same.
ONE_WORD = {
    "潜变量": ("构念",), "量表": ("量尺",), "权重": ("权数",), "最大似然": ("极大似然",),
    "模型文件": ("规格", "设定文件"),
    "缺失代码": ("缺失码",), "复制权重": ("重复权重",), "等同性": ("不变性",), "自助法": ("自举", "拔靴"),
    "刀切法": ("折刀",), "载荷": ("负荷",), "置信区间": ("信赖区间",), "受访者": ("应答者", "被访者"),
    "固定样本": ("追踪样本", "面板数据"), "高阶潜变量": ("高阶变量",), "多分格相关": ("多项相关",), "顾客": ("客户",),
    "模型文件中": ("配置中",), "优势比": ("比值比",), "未作答代码": ("未作答编码",), "调查期": ("期次",),
    "有限总体校正列": ("总体大小列",), "边际校准": ("校准加权",), "缺失回答": ("缺失答案",), "分组": ("群组",),
    "回答": ("答案",), "最高两档": ("前两级",),
}  # fmt: skip


def test_one_chinese_word_for_one_term() -> None:
    said = "\n".join(catalogue.catalogue().values())
    assert all(term in said for term in ONE_WORD)
    assert [word for others in ONE_WORD.values() for word in others if word in said] == []
    assert re.findall(r".{0,9}(?<!置信)(?<!名次)区间", said) == []  # of a number, or of a rank: never just an interval


def test_translator() -> None:
    assert translator("en")("Index") == "Index"
    assert translator("zh")("no such text") == "no such text"
    assert translator("zh")("") == ""
    with pytest.raises(SpecError, match="language"):
        translator("zh_TW")


def test_states_of_rows() -> None:
    tr = translator("zh")
    state = joined([Message("not converged"), Message("negative weight: {items}", items=items(["SAT1", "SAT2"]))])
    told = sayer({str(state): state}, sample.model(), "zh", tr)
    assert status_words("not converged; negative weight: SAT1, SAT2", tr, told) == "未收敛；负权重：SAT1、SAT2"
    assert status_words("not converged; inadmissible", tr, told) == "未收敛；不可接受解"
    assert status_words("nothing to compare", tr, told) == tr("nothing to compare") != "nothing to compare"
    assert status_words("of an older version: 3", tr, told) == "of an older version: 3"
    assert status_words(math.nan, tr, told) == "正常"


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.5304, 2, "0.53"),
        (-0.001, 2, "0.00"),
        (-1234.5, 1, "−1,234.5"),
        (None, 1, "–"),
        ("x", 1, "–"),
        (-math.inf, 0, "−∞"),
    ],
)
def test_numbers(value: object, digits: int, shown: str) -> None:
    assert number(value, digits) == shown


def test_other_number_words() -> None:
    assert (p_value(0.0004), p_value(0.0005), p_value(math.nan)) == ("<0.001", "0.001", "–")
    assert (percent(0.4251), percent(None)) == ("43%", "–")
    assert interval(-0.1, 0.25, 2) == "[−0.10, 0.25]"
    assert interval(math.nan, 1, 2) == "–"
    assert includes_zero(-0.1, 0.1)
    assert not includes_zero(0.1, 0.2)
    assert not includes_zero(math.nan, 0.2)
    assert math.isnan(as_float("abc"))


UNSAFE = (
    "../../x", "a/b", "a\\b", "CON", "nul.txt", "", ".", "..", "x" * 300, "a\0b", "-rf", " a ", "a:b", "图/表",
    "é" * 200,
)  # fmt: skip


@pytest.mark.parametrize("text", UNSAFE)
def test_safe_names_stay_in_their_folder(text: str) -> None:
    name = safe_name(text)
    assert re.fullmatch(r"[\w][\w.\- ]*", name)
    assert len(name.encode()) < 255
    assert not re.fullmatch(r"(?i)(con|nul)(\..*)?", name)
    assert ".." not in name
    assert name != text


def test_safe_names_differ_and_good_ones_stay() -> None:
    names = ["a/b", "a_b", "a:b", "a\\b", "甲银行", "Perceived quality", "2026.1"]
    assert len({safe_name(n) for n in names}) == len(names)
    assert [safe_name(n) for n in names[4:]] == names[4:]


def test_cells_and_escapes() -> None:
    assert [safe_cell(v) for v in ("=1", "+1", "-1", "@a", "\t=1")] == ["'=1", "'+1", "'-1", "'@a", "'\t=1"]
    assert [safe_cell(v) for v in ("ok", "a=1", -1, None)] == ["ok", "a=1", -1, None]
    assert escape("<a b='c'>&\"") == "&lt;a b=&#x27;c&#x27;&gt;&amp;&quot;"
    assert clean("a\x00\ud800b\n") == "a��b\n"


def test_what_parts_words_is_a_space_and_no_box() -> None:
    """Fonts have no letter for tabs and breaks of lines, paragraphs and pages."""
    assert clean("a\tb\u2028c\u2029d\x0be\x0cf\x85g\r\nh") == "a b c d e f g h"
    assert clean("a\nb \x00") == "a\nb \ufffd"
