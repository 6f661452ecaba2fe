"""Models in the notation of other programs: named as what they are, with what to do."""

from __future__ import annotations

import re

from csimodels.messages import Message

#: Texts of other programs: what they are, and how they are told. The first that fits is named.
_PROGRAMS = (
    (Message("a web page"), re.compile(r"(?i)\A\s*<(?:!doctype html|html)")),
    (Message("XML, as AMOS and SmartPLS write it"), re.compile(r"\A\s*<[?!a-zA-Z]")),
    (Message("a notebook of Jupyter"), re.compile(r'"nbformat"\s*:')),
    (Message("a model of Mplus"), re.compile(r"(?im)^\s*(?:variable|model)\s*:[^;]*;|\bBY\b[^;\n]+;")),
    (Message("a model of LISREL"), re.compile(r"(?m)^\s*(?:DA\s+N[IO]|MO\s+N[XYKE])\s*=")),
    (Message("a model of EQS"), re.compile(r"(?m)^\s*/(?:EQUATIONS|SPECIFICATIONS|VARIANCES)\b")),
    (Message("a program of SAS"), re.compile(r"(?im)^\s*proc\s+\w+[^;]*;")),
    (Message("a program of SPSS"), re.compile(r"(?m)^\s*(?:GET\s+(?:FILE|DATA)|FACTOR|RELIABILITY|AMOS)\b.*[.=/]")),
    (Message("a command of Stata"), re.compile(r"(?m)^\s*g?sem\s*\(")),
    (Message("a program in Python"), re.compile(r"(?m)^(?:import|from)\s+\w+(?:\s+(?:as|import)\s|\s*$)")),
    (Message("a program in R"), re.compile(r"(?m)^\s*(?:library\s*\(|[\w.]+\s*<-\s)|\bplspm\s*\(|\brbind\s*\(")),
    (Message("TOML or INI"), re.compile(r"(?m)^\[[\w. -]+\]\s*$")),
)
_EXAMPLE = "constructs: {Quality: {items: [Q1, Q2]}}, paths: {Quality: [Satisfaction]}"
_LAVAAN = re.compile(r"=~|<~|(?m:^\s*\w+\s*~~?\s*\w)")
_SEMINR = re.compile(r"\b(multi_items|relationships|composite|reflective|single_item)\s*\(")
#: Text in quotes, as R and Python write it, with the name it is given.
_QUOTED = re.compile(r"\s*(?:[\w.]+\s*(?:<-|=)\s*)?('''|\"\"\"|'|\")(.*)\1\s*;?\s*", re.DOTALL)
_SIGNS = str.maketrans("～＝＋＊；", "~=+*;")
#: Keys as Chinese texts call them.
_CHINESE_KEYS = {
    "版本": "csi", "名称": "name", "标题": "title", "说明": "description", "量表": "scale", "潜变量": "constructs",
    "变量": "constructs", "构念": "constructs", "路径": "paths", "指数": "index", "数据": "data",
    "题项": "items", "题目": "items",
    "标签": "label", "权重": "weight", "分组": "by", "调查期": "wave", "文件": "file", "估计": "estimate",
    "目标": "targets", "报告": "report", "汇总": "rollup",
}  # fmt: skip
_RANGE = re.compile(r"([^\W\d]\w*?)(\d+)\s*(?:-|:|~|至|到|\.\.)\s*(?:\1)?(\d+)")


def notation_remedy(text: str) -> Message | None:
    """What to do with a text that is no spec but something of another program; None for other texts."""
    if _SEMINR.search(text):
        return Message("this is R for seminr: write it as {example}", example=_EXAMPLE)
    if _LAVAAN.search(text):
        return Message("this is lavaan syntax: make a spec of it by csi lavaan model.lav --index X, or cs.from_lavaan")
    for what, pattern in _PROGRAMS:
        if pattern.search(text):
            return Message("this is {what}: write its constructs and paths as {example}", what=what, example=_EXAMPLE)
    if _is_table(text):
        return Message("this looks like a file of answers: csi init --data FILE writes a spec for it")
    return None


def _is_table(text: str) -> bool:
    """Whether the first lines are divided alike, by a separator of tables."""
    lines = [line for line in text.split("\n", 6)[:5] if line]
    return len(lines) > 2 and any(
        lines[0].count(mark) > 1 and len({line.count(mark) for line in lines}) == 1 for mark in ",;\t|"
    )


def plain_lavaan(text: str) -> str:
    """lavaan syntax without the quotes and the name round it, and with plain signs; lines stay where they are.

    >>> plain_lavaan("m <- 'Q =～ a ＋ b'").strip()
    'Q =~ a + b'
    """
    found = _QUOTED.fullmatch(text)
    inner = text if found is None else re.sub(r"[^\n]", " ", text[: found.start(2)]) + found[2]
    return inner.translate(_SIGNS)


def chinese_key(key: str) -> str:
    """The key that a Chinese word means; empty where it means none."""
    return _CHINESE_KEYS.get(key.strip(), "")


def range_of_names(text: str) -> list[str]:
    """Names that a range means: ``q1-q3`` is q1, q2, q3; empty for other texts.

    >>> range_of_names("q1-q3"), range_of_names("SAT01:SAT03"), range_of_names("self-made")
    (['q1', 'q2', 'q3'], ['SAT01', 'SAT02', 'SAT03'], [])
    """
    found = _RANGE.fullmatch(text.strip())
    if not found or not int(found[2]) < int(found[3]) < int(found[2]) + 100:
        return []
    width = len(found[2]) if found[2].startswith("0") else 1
    return [f"{found[1]}{k:0{width}d}" for k in range(int(found[2]), int(found[3]) + 1)]
