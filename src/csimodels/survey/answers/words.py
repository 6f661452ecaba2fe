"""Words that answers are given in, and value labels of codes that are no answer, in English and Chinese; all folded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

from csimodels.chinese import simplified
from csimodels.survey.answers.numbers import fold
from csimodels.survey.answers.rating_words import step_of, steps_of

Reason = Literal["dont_know", "refused", "not_asked"]

#: Parts of value labels of codes that are no answers.
NO_ANSWER: Mapping[Reason, tuple[str, ...]] = {
    "dont_know": (
        *("don't know", "don’t know", "dont know", "do not know", "not sure", "unsure", "no opinion", "can't say"),
        *("cannot say", "cannot judge", "can't rate", "不知道", "不清楚", "说不清", "无法评价", "记不清"),
        *("难以回答", "不好说", "weiß nicht", "weiss nicht", "kann ich nicht beurteilen"),
    ),
    "refused": (
        *("refus", "no answer", "no response", "prefer not", "拒答", "拒绝", "未回答", "不愿回答", "不回答", "漏答"),
        *("keine angabe", "keine antwort", "verweigert"),
    ),
    "not_asked": (
        *("not asked", "not applicable", "does not apply", "skipped", "filtered", "missing", "不适用", "未问", "跳答"),
        *("未询问", "缺失", "没有使用过", "未使用过", "未作答", "trifft nicht zu", "nicht gestellt", "nicht gefragt"),
    ),
}
#: Whole answers (not parts of them) that are none.
NO_ANSWER_WORDS: Mapping[Reason, tuple[str, ...]] = {
    "dont_know": ("dk", "d/k", "dk/na", "?", "unknown"),
    "refused": ("ref", "rf", "none given", "k.a.", "k. a.", "ka"),
    "not_asked": ("n.a.", "n/a.", "-", "--", "---", "–", "—", "——", ".", "/", "\\", "(跳过)", "(空)", "跳过", "空"),
}

#: Scales in words: answers from the lowest to the highest.
SCALES: tuple[tuple[str, ...], ...] = (
    ("非常不满意", "不满意", "一般", "满意", "非常满意"),
    ("很不满意", "不满意", "一般", "满意", "很满意"),
    ("非常不满意", "比较不满意", "一般", "比较满意", "非常满意"),
    ("很不满意", "不太满意", "一般", "比较满意", "很满意"),
    ("非常不同意", "不同意", "一般", "同意", "非常同意"),
    ("非常不同意", "不同意", "中立", "同意", "非常同意"),
    ("完全不同意", "不同意", "一般", "同意", "完全同意"),
    ("非常不同意", "比较不同意", "一般", "比较同意", "非常同意"),
    ("很差", "较差", "一般", "较好", "很好"),
    ("非常差", "差", "一般", "好", "非常好"),
    ("肯定不会", "可能不会", "不确定", "可能会", "肯定会"),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    ("very dissatisfied", "dissatisfied", "neither satisfied nor dissatisfied", "satisfied", "very satisfied"),
    ("very dissatisfied", "somewhat dissatisfied", "neither", "somewhat satisfied", "very satisfied"),
    ("very unsatisfied", "unsatisfied", "neutral", "satisfied", "very satisfied"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("strongly disagree", "disagree", "neither agree nor disagree", "agree", "strongly agree"),
    ("very poor", "poor", "fair", "good", "very good"),
    ("very bad", "bad", "average", "good", "very good"),
    ("poor", "fair", "good", "very good", "excellent"),
    ("very unlikely", "unlikely", "neutral", "likely", "very likely"),
    ("sehr unzufrieden", "unzufrieden", "teils/teils", "zufrieden", "sehr zufrieden"),
    ("sehr unzufrieden", "eher unzufrieden", "teils/teils", "eher zufrieden", "sehr zufrieden"),
    ("sehr unzufrieden", "eher unzufrieden", "teils, teils", "eher zufrieden", "sehr zufrieden"),
    ("stimme überhaupt nicht zu", "stimme eher nicht zu", "teils/teils", "stimme eher zu", "stimme voll und ganz zu"),
    ("ungenügend", "mangelhaft", "ausreichend", "befriedigend", "gut", "sehr gut"),
    ("never", "rarely", "sometimes", "often", "always"),
)

#: A longer label says more than that there is no answer.
LONGEST = 40

#: What a spreadsheet writes beside totals and means below a table.
TOTALS = frozenset(
    {
        "total",
        "totals",
        "sum",
        "grand total",
        "average",
        "mean",
        "合计",
        "总计",
        "总和",
        "小计",
        "平均",
        "平均值",
        "平均分",
        "均值",
        "总平均",
        *("gesamt", "summe", "gesamtsumme", "mittelwert", "durchschnitt", "anzahl", "basis", "gesamtergebnis"),
        *("base size", "sample size", "std dev", "standard deviation", "median", "subtotal"),
        *("样本量", "样本数", "有效样本", "有效样本量", "基数", "人数", "标准差", "最大值", "最小值", "中位数"),
    }
)

#: What a group of rows of totals is called.
_GROUPS_OF_TOTALS = frozenset(
    {"total", "grand total", "subtotal", "average", "合计", "总计", "小计", "平均", "平均值", "gesamt", "summe"}
)
_TOTAL_BEHIND = re.compile(r".+(?:合计|总计|小计|\s(?:sub)?total)")


def is_total(name: str) -> bool:
    """Whether a group is called a total or a mean, by itself or of another group.

    >>> is_total("Total"), is_total("北京 小计"), is_total("North Subtotal"), is_total("TotalEnergies")
    (True, True, True, False)
    """
    text = simplified(fold(name))
    return text in _GROUPS_OF_TOTALS or bool(_TOTAL_BEHIND.fullmatch(text))


def reason_of(label: str) -> str:
    """Why there is no answer, by a value label; empty where it says nothing of the kind.

    >>> reason_of("Don't know"), reason_of("拒絕回答"), reason_of("满意")
    ('dont_know', 'refused', '')
    """
    folded = simplified(fold(label))
    if len(folded) > LONGEST:
        return ""
    for reason, parts in NO_ANSWER.items():
        if any(part in folded for part in parts) or folded in NO_ANSWER_WORDS[reason]:
            return reason
    return ""


#: A number and what is said of it; not ``1O``, whose second letter was meant as a digit.
_LEADING = re.compile(r"(\d{1,3}(?:\.\d+)?)(?![oil]+$)[^\d%~]*")
#: The same with the number behind it, in brackets: ``very satisfied (5)``, ``很满意(5分)``.
_TRAILING = re.compile(r"[^\d(\[【]+[(\[【](\d{1,3}(?:\.\d+)?)\s*分?[)\]】]")
_LETTERED = re.compile(r"^[a-z][.、:)\s]+")
_NUMERALS = {
    sign: number for signs in ("零一二三四五六七八九十", "〇壹贰叁肆伍陆柒捌玖拾") for number, sign in enumerate(signs)
}
_ROMAN = {sign: number for number, sign in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"), 1)}


def numbered(words: Sequence[str]) -> dict[str, float]:
    """Numbers in words: ``9分``, ``10分(好)``, ``满意(4)``, ``5-agree``, ``七``, ``★★★``; empty where one has none.

    >>> numbered(["9分", "10分(非常满意)"]), numbered(["三", "十分", "★★"]), numbered(["7-8"]), numbered(["1O"])
    ({'9分': 9.0, '10分(非常满意)': 10.0}, {'三': 3.0, '十分': 10.0, '★★': 2.0}, {}, {})
    """
    found: dict[str, float] = {}
    roman = all(fold(word) in _ROMAN for word in words) and len(words) > 2
    for word in words:
        text = simplified(fold(word))
        if number := _LEADING.fullmatch(text) or _TRAILING.fullmatch(text):
            found[word] = float(number[1])
        elif (bare := text.removesuffix("分")) in _NUMERALS:
            found[word] = float(_NUMERALS[bare])
        elif roman:
            found[word] = float(_ROMAN[text])
        elif text and "★" in text and set(text) <= {"★", "☆"}:
            found[word] = float(text.count("★"))
        else:
            return {}
    return found


def rated(words: Sequence[str]) -> dict[str, int]:
    """Numbers of words of one rating scale, from 1 for the lowest; empty where they are of none.

    >>> rated(["满意", "非常不满意"]), rated(["very satisfied", "neutral"])
    ({'非常不满意': 1, '满意': 4}, {'neutral': 3, 'very satisfied': 5})

    A letter before the word, as in ``A.非常满意``, says nothing.  Chinese words that stand in none of the scales are
    read by their parts (:mod:`~csimodels.survey.answers.rating_words`).
    """
    folded = {_LETTERED.sub("", simplified(fold(word)), count=1): word for word in words}
    scale = next((s for s in SCALES if set(folded) <= set(s)), ()) if len(folded) > 1 else ()
    if not scale and len(folded) > 1:
        return {folded[word]: place for word, place in steps_of(list(folded)).items()}
    return {folded[word]: place for place, word in enumerate(scale, 1) if word in folded}


def end_of(word: str) -> int:
    """Whether a word is the highest answer of a scale in words (1), the lowest (-1), between them, or none (0).

    >>> end_of("十分满意"), end_of("Very dissatisfied"), end_of("满意"), end_of("Delta")
    (1, -1, 0, 0)
    """
    folded = simplified(fold(word))
    step = step_of(word)
    tops, lows = ({scale[end] for scale in SCALES} for end in (-1, 0))
    return 1 if step == 5 or folded in tops else -1 if step == 1 or folded in lows else 0


def is_rating(word: str) -> bool:
    """Whether a word is an answer of a scale in words: it stands for no missing answer."""
    return bool(step_of(word)) or any(simplified(fold(word)) in scale for scale in SCALES)


def turned(words: Sequence[str], numbers: Mapping[str, float]) -> dict[str, float]:
    """Numbers of words such as ``1.非常满意`` .. ``5.非常不满意``, turned where they fall from good to bad.

    >>> turned(["1.非常满意", "2.满意"], {"1.非常满意": 1, "2.满意": 2})
    {'1.非常满意': 5.0, '2.满意': 4.0}
    >>> turned(["1=满意", "2=一般", "3=不满意"], {"1=满意": 1, "2=一般": 2, "3=不满意": 3})
    {'1=满意': 3, '2=一般': 2, '3=不满意': 1}
    """
    bare = {word: re.sub(r"^[\d\s.、:：=\-)）(（\[\]]+|[)）]$", "", word) for word in words}
    place = rated(list(bare.values()))
    rising = sorted(words, key=lambda word: numbers[word])
    steps = [place.get(bare[word], 0) for word in rising]
    if len(steps) < 2 or 0 in steps or not all(a > b for a, b in pairwise(steps)):
        return {}
    if all(step + numbers[word] == 6 for step, word in zip(steps, rising, strict=True)):
        return {word: float(step) for step, word in zip(steps, rising, strict=True)}
    ends = numbers[rising[0]] + numbers[rising[-1]]
    return {word: ends - numbers[word] for word in rising} if steps[0] + steps[-1] == 6 else {}
