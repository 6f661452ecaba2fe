"""The order in which labels are shown: numbers by size, periods in time."""

from __future__ import annotations

import re

Key = str | float

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CHINESE = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
#: A number before a quarter, month, wave or round, as in 第三季度.
_COUNTED = re.compile(r"(?<![一二三四五六七八九十])(?:十[一二]|[一二三四五六七八九十])(?=(?:个)?(?:季|月|期|次|轮|波))")
#: Digits as they are written one by one in a year: 二〇二五年; letters of full width.
_YEAR = re.compile("(?:一九|二[〇零○])[〇零○一二三四五六七八九]{2}(?![〇零○一二三四五六七八九十百千])")
_ONE_BY_ONE = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_FULL = str.maketrans("０１２３４５６７８９", "0123456789")
_DIGITS, _LAST = frozenset("0123456789"), "\U0010ffff"
_RUN = re.compile("[0-9]+")
#: A quarter, half or month before its year.
_LATE_YEAR = re.compile(rf"(?:([QHS][1-4])|({'|'.join(_MONTHS)})[a-z]*\.?)[\s,'/_-]*((?:19|20)\d\d)", re.IGNORECASE)
#: Words of time without a year, and their place in time: months, and what is measured before and after.
_PLACES = {
    **{month: f"m{k:02d}" for k, month in enumerate(_MONTHS, 1)},
    **{
        month: f"m{k:02d}"
        for k, month in enumerate(
            (
                *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
                *("november", "december"),
            ),
            1,
        )
    },
    **dict.fromkeys(("pre", "pre-test", "pretest", "before", "baseline", "first", "初期"), "w1"),
    **dict.fromkeys(("mid", "midline", "during", "second", "中期"), "w2"),
    **dict.fromkeys(("post", "post-test", "posttest", "after", "endline", "third", "末期"), "w3"),
    **dict.fromkeys(("follow-up", "followup", "follow up", "fourth", "后期"), "w4"),
    "fifth": "w5",
    **{word: f"p{k}" for k, word in enumerate(("前年", "去年", "今年", "明年"), 1)},
    **{word: f"h{k}" for k, word in enumerate(("上半年", "下半年"), 1)},
    **{word: f"p{k}" for k, word in enumerate(("上季度", "本季度"), 1)},
    **{word: f"p{k}" for k, word in enumerate(("上月", "本月"), 1)},
    **{word: f"p{k}" for k, word in enumerate(("上期", "本期"), 1)},
    **{"正月": "1月", "冬月": "11月", "腊月": "12月"},
    **{season + rest: f"s{k}" for k, season in enumerate("春夏秋冬", 1) for rest in ("", "季", "天")},
}


def in_time(text: str) -> str:
    """A quarter, half or month written before its year, with the year first, and Chinese numbers of periods as digits.

    >>> in_time("Q4 2024"), in_time("Dec 2024"), in_time("2024年第三季度"), in_time("Bank 2"), in_time("Feb")
    ('2024 q4', '2024 m12', '2024年第3季度', 'Bank 2', 'm02')
    >>> in_time("二〇二五年三月"), in_time("２０２４年"), in_time("下半年")
    ('2025年3月', '2024年', 'h2')
    """
    alone = _PLACES.get(text.strip().casefold().rstrip("."))
    if alone:
        return alone
    if not text.isascii():
        text = _YEAR.sub(lambda found: found[0].translate(_ONE_BY_ONE), text.translate(_FULL))
        text = _COUNTED.sub(lambda found: str(_CHINESE.index(found[0]) + 1), text)
    found = _LATE_YEAR.fullmatch(text.strip())
    if not found:
        return text
    part, month, year = found.groups()
    return f"{year} {part.casefold()}" if part else f"{year} m{_MONTHS.index(month.casefold()) + 1:02d}"


def natural(key: Key) -> tuple[int, float, str, str]:
    """Sort key: numbers by size before texts; within texts runs of digits by size after letters, case last.

    The parts of a text become one text, which is compared in one step: a run of digits stands behind the lowest
    character and its length, and the highest character before digits that begin a text.
    """
    if not isinstance(key, str):
        return 0, key, "", ""
    text = in_time(key).casefold()
    return 1, 0.0, _RUN.sub(_by_size, f"{_LAST}{text}" if text[:1] in _DIGITS else text), key


def _by_size(run: re.Match[str]) -> str:
    digits = run[0].lstrip("0")
    return f"\0{chr(len(digits))}{digits}"
