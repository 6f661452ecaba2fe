"""Where a word such as 十分满意 or *very satisfied* stands among five steps, by how it is made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from csimodels.chinese import simplified
from csimodels.survey.answers.numbers import fold

_STRONG = "非常|很|十分|极其|极为|极|特别|完全|绝对|肯定|最"
_MILD = "比较|较为|较|有点儿?|有些|基本|大致|还算|可能|略|稍|尚|偏|大"
_GOOD = "满意|同意|认同|赞同|赞成|认可|重要|愿意|可能|符合|喜欢|信任|信赖|推荐|清楚|方便|及时|合理|会|好|高"
#: A degree, a denial and a word that praises, or a word that blames by itself.
_WORD = re.compile(
    rf"(?P<strong>{_STRONG})?(?P<mild>{_MILD})?(?P<no>不)?(?:太|大|怎么|够|甚|很)?"
    rf"(?:(?P<good>{_GOOD})|(?P<bad>[差低坏]))"
)
_MIDDLE = frozenset(("一般", "一般般", "中立", "普通", "中等", "适中", "尚可", "无所谓", "还可以", "差不多", "说不上"))
#: Words of one kind: 好 and 差 are ends of one scale.
_KIND = {"好": "quality", "差": "quality", "坏": "quality", "高": "height", "低": "height"}


def steps_of(words: Sequence[str]) -> dict[str, int]:
    """Steps from 1 to 5 of Chinese words with one adjective; empty where one is not known or two share a step.

    >>> steps_of(["十分满意", "较满意", "一般", "不太满意", "很不满意"])
    {'很不满意': 1, '不太满意': 2, '一般': 3, '较满意': 4, '十分满意': 5}
    >>> steps_of(["满意", "比较满意"]), steps_of(["很满意", "同意"]), steps_of(["会", "不会"])
    ({}, {}, {})
    """
    found = {word: _step(word) for word in words}
    kinds = {kind for step, kind in found.values() if kind}
    steps = [step for step, _ in found.values()]
    plain = len(steps) < 3 and not {1, 5} & set(steps)  # 会 and 不会 are a yes and a no
    if plain or len(kinds) != 1 or 0 in steps or len(set(steps)) < len(steps):
        return {}
    return dict(sorted(((word, step) for word, (step, _) in found.items()), key=lambda pair: pair[1]))


def _step(word: str) -> tuple[int, str]:
    """The step of one word, 0 where it is not known, and the adjective in it."""
    text = simplified(fold(word))
    if text in _MIDDLE:
        return 3, ""
    made = _WORD.fullmatch(text)
    if made is None:
        return 0, ""
    adjective = made["good"] or made["bad"]
    against = bool(made["no"]) != bool(made["bad"])
    strong = bool(made["strong"]) and not made["mild"]
    return (1 if strong else 2) if against else (5 if strong else 4), _KIND.get(adjective, adjective)


def step_of(word: str) -> int:
    """The step of one Chinese word by itself, from 1 to 5; 0 where it is not known.

    >>> step_of("十分满意"), step_of("满意"), step_of("中国移动")
    (5, 4, 0)
    """
    return _step(word)[0]
