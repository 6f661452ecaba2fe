"""Boxes, overlaps and the placing of labels: shared by the path diagram, the drivers map and the figures."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
#: Obstacles no thicker than so many pixels are lines; what it costs a label to cross one, in positions tried.
_THIN, _CROSSED = 4.0, 9.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: left, top, width, height; y grows downwards."""

    x: float
    y: float
    w: float
    h: float

    @classmethod
    def centred(cls, x: float, y: float, w: float, h: float) -> Box:
        """The box whose centre is (x, y)."""
        return cls(x - w / 2, y - h / 2, w, h)

    @property
    def centre(self) -> Point:
        """The point in the middle."""
        return self.x + self.w / 2, self.y + self.h / 2

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.h

    def overlap(self, other: Box) -> float:
        """Area shared with `other`."""
        wide = min(self.right, other.right) - max(self.x, other.x)
        high = min(self.bottom, other.bottom) - max(self.y, other.y)
        return wide * high if wide > 0 and high > 0 else 0.0

    def outside(self, frame: Box) -> float:
        """Area that lies outside `frame`."""
        return self.w * self.h - self.overlap(frame)

    def holds(self, point: Point, pad: float = 0.0) -> bool:
        """Whether `point` lies inside, or nearer than `pad`."""
        return self.x - pad < point[0] < self.right + pad and self.y - pad < point[1] < self.bottom + pad


def text_width(text: str, size: float) -> float:
    """Width of `text` in a sans-serif face of `size`: 1 em for Chinese, a little over half for Latin letters."""
    return size * sum(_advance(ch) for ch in text)


def _advance(ch: str) -> float:
    if unicodedata.east_asian_width(ch) in "WF":
        return 1.0
    if unicodedata.combining(ch):
        return 0.0
    if ch in "iljI|.,:;'!ftr()[] -":
        return 0.36
    return 0.72 if ch.isupper() or ch in "mwMW@%" else 0.58


def wrap(text: str, size: float, width: float, lines: int = 3) -> tuple[str, ...]:
    """`text` broken into at most `lines` lines of `width`; what does not fit ends in an ellipsis.

    Breaks at spaces, between Chinese characters, and inside a word only where it alone is too wide.
    """
    out: list[str] = [""]
    for token in tokens(" ".join(text.split())):
        for piece in _pieces(token, size, width):
            if text_width(out[-1] + piece.rstrip(), size) <= width or not out[-1]:
                out[-1] += piece
            else:
                out.append(piece.lstrip())
    rows = [row.strip() for row in out if row.strip()] or [""]
    if len(rows) > lines:
        last = "".join(out[lines - 1 : lines + 1])  # as much of what is left as it holds: what follows has no room
        while last and text_width(last + "…", size) > width:
            last = last[:-1]
        rows = [*rows[: lines - 1], last.rstrip() + "…"]
    return tuple(rows)


def balanced(text: str, size: float, width: float, lines: int = 3) -> tuple[str, ...]:
    """As :func:`wrap`, on as many lines, which are about equally long: no character is left alone, no word broken.

    A joint name "A / B" breaks at its joints where that takes no more lines.
    """
    best = wrap(text, size, width, lines)
    if len(best) == 1 or best[-1].endswith("…"):
        return best
    first, *more = text.split(" / ")
    joined = (first, *(f"/ {part}" for part in more))
    if 1 < len(joined) <= len(best) and all(text_width(part, size) <= width for part in joined):
        return joined
    least = max(width / 2, *(text_width(token.strip(), size) for token in tokens(text)))
    most = width
    while most - least > size / 4:
        middle = (least + most) / 2
        rows = wrap(text, size, middle, lines)
        whole = len(rows) == len(best) and not rows[-1].endswith("…")
        if whole and all(text_width(row, size) <= middle for row in rows):
            best, most = rows, middle
        else:
            least = middle
    return best


def by_parts(text: str, size: float, width: float, lines: int) -> tuple[str, ...]:
    """Parts between " · " on lines of `width`: a part that fits on a line is not broken, none begins or ends one."""
    out = [""]
    for part in text.split(" · "):
        longer = f"{out[-1]} · {part}" if out[-1] else part
        if text_width(longer, size) <= width:
            out[-1] = longer
        elif text_width(part, size) <= width:
            out.append(part)
        else:
            out[-1:] = [line.removesuffix(" ·") for line in wrap(longer, size, width, lines)]
    return tuple(out) if len(out) <= lines else tuple(x.removesuffix(" ·") for x in wrap(text, size, width, lines))


#: Chinese words of titles and captions that stand in one line; a number stands with what it counts.
_WORDS = re.compile(
    "顾客|满意度|满意|指数|感知|质量|价值|期望|抱怨|忠诚度|忠诚|形象|"
    "置信区间|置信|区间|受访者|企业|公司|行业|部门|单位|全国|所有|全部|其他|"
    "其中|之间|平均|没有|可以|不能|无法|显著|明显|差异|差距|变化|提高|提升|"
    "上升|下降|降低|相比|高于|低于|最高|最低|最大|最小|较高|较低|领先|落后|"
    "驱动因素|驱动|因素|重要性|表现|优先|改进|关系|密切|影响|效应|路径|系数|"
    "其余|各个|只有|可能|居首|状态|发生|题项|回答|打分|评分|比例|权重|水平|目标|达到|概率|排名|名次|年份|季度|"
    "调查期|样本|模型|估计|检验|误差|标准|来源|分组|构成|"
    r"(?P<number>[\d.,%+\-–]+)(?=[^\W\d_a-zA-Z])"
)


def tokens(text: str) -> list[str]:
    """Pieces of `text` that stand in one line: words with the space behind them, Chinese characters and usual words."""
    words = ((word.start() + 1, word.end() + bool(word["number"])) for word in _WORDS.finditer(text))
    inside = {k for ends in words for k in range(*ends)}
    found: list[str] = []
    for k, ch in enumerate(text):
        wide = unicodedata.east_asian_width(ch) in "WF"
        closing = ch in "，。、；：！？）》”· "  # no line begins with them, and none ends with an opening bracket
        held = closing or k in inside or (found and found[-1][-1] in "（《“")
        if found and (held or not (wide or found[-1].endswith(" ") or _wide_end(found[-1]))):
            found[-1] += ch
        else:
            found.append(ch)
    return found


def _wide_end(text: str) -> bool:
    return unicodedata.east_asian_width(text[-1]) in "WF"


def _pieces(token: str, size: float, width: float) -> Iterable[str]:
    piece = ""
    for ch in token:
        if piece and text_width(piece + ch, size) > width and ch != " ":
            yield piece
            piece = ""
        piece += ch
    yield piece


def place_labels(
    points: Sequence[Point], sizes: Sequence[Point], frame: Box, obstacles: Sequence[Box] = (), gap: float = 8.0
) -> tuple[Box, ...]:
    """A box for the label of each point, near it, inside `frame`, clear of points, obstacles and other labels.

    Greedy over nearby positions, from near to far; where nothing is free the least bad one is taken.  A label may
    cross a thin line rather than stand far from its point.

    Parameters
    ----------
    points, sizes : sequences of (x, y) and (width, height)
    frame : Box
    obstacles : sequence of Box, optional
    gap : float
        Distance of a label from its point.
    """
    placed: list[Box] = []
    dots = [Box.centred(x, y, gap, gap) for x, y in points]
    for (x, y), (w, h) in zip(points, sizes, strict=True):
        best, best_cost = Box.centred(x, y, w, h), float("inf")
        for order, (dx, dy) in enumerate(_positions(w, h, gap)):
            box = Box.centred(x + dx, y + dy, w, h)
            cost = order + 20 * box.outside(frame) + sum(10 * box.overlap(o) for o in (*placed, *dots))
            cost += sum(_covered(box, o) for o in obstacles)
            if cost < best_cost:
                best, best_cost = box, cost
        placed.append(best)
    return tuple(placed)


def _covered(box: Box, obstacle: Box) -> float:
    """What covering an obstacle costs: a line, however long, no more than the next distance from the point."""
    cost = 2 * box.overlap(obstacle)
    return min(cost, _CROSSED) if min(obstacle.w, obstacle.h) <= _THIN else cost


def _positions(w: float, h: float, gap: float) -> Iterable[Point]:
    for step in range(6):
        near = gap + step * 0.8 * h
        right, below = w / 2 + near, h / 2 + near
        yield from ((right, 0), (-right, 0))
        yield from ((w / 2 + gap, -below), (-w / 2 - gap, -below), (w / 2 + gap, below), (-w / 2 - gap, below))
        yield from ((0, -below), (0, below))
