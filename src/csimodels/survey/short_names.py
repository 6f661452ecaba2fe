"""Names that may be long and short forms of one: 中国移动 and 中国移动有限公司, 北京 and 北京市, Acme and Acme Ltd."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

from csimodels.chinese import simplified
from csimodels.spelling import seen

#: What the name of a company may end in, behind two letters at least, or behind a blank or a comma.
_FIRM = re.compile(
    r"(..+?)(?:股份|有限责任|有限|集团|总|控股|分)*(?:公司|集团|控股)"
    r"|(.*\w)[\s,.]+(?:incorporated|corporation|company|limited|holdings?|group|corp|gmbh|s\.a|inc|ltd|llc|plc|co|ag|kg)"
    r"\.?"
)
#: What stands between the short name of a company and those.
_TRADE = re.compile("(...+?)(?:通信|通讯|科技|技术|信息|网络|实业|保险|电器|电子|汽车|食品)")
#: What names of places and of the sexes may end in.
_PLACE = re.compile(r"(..+?)(?:(?:维吾尔|壮族|回族)?自治区|特别行政区|省|市)|([男女])性|(.*\w)\s(?:city|province)")
_BRACKETS = re.compile(r"[()\[\]【】《》“”\"']")


def long_and_short(labels: Iterable[str]) -> list[list[str]]:
    """Groups of labels that differ only in what may be left out at the end of a name.

    >>> long_and_short(["中国移动", "中国移动通信（集团）公司", "中国联通", "北京", "北京市", "Acme", "Acme, Ltd."])
    [['中国移动', '中国移动通信（集团）公司'], ['北京', '北京市'], ['Acme', 'Acme, Ltd.']]
    >>> long_and_short(["公司", "集团", "Co", "A市", "B市", "Bank A", "Bank B"])
    []
    """
    found: dict[str, list[str]] = {}
    for label in dict.fromkeys(labels):
        found.setdefault(_short(label), []).append(label)
    return [names for names in found.values() if len({seen(name) for name in names}) > 1]


def _short(label: str) -> str:
    """A name without what may be left out at its end."""
    plain = _BRACKETS.sub("", simplified(normalize("NFKC", label))).casefold().strip()
    name, firm = plain, False
    while end := _FIRM.fullmatch(name):
        name, firm = (end[1] or end[2]).rstrip(" ,."), True
    end = (_TRADE if firm else _PLACE).fullmatch(name)
    return next(filter(None, end.groups())) if end else name
