"""A drawing in pixels painted by matplotlib, for PNG and PDF."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from csimodels.errors import Problem, SpecError
from csimodels.report.escaping import clean, kept_apart
from csimodels.report.figures.canvas import chinese_font, letters, load_matplotlib
from csimodels.report.figures.scene import THEMES, Area, Bar, Dot, Line, Mark, Scene, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PER_INCH = 96.0
_POINT = 72.0 / _PER_INCH
#: Stands at the beginning of a line that goes from left to right.
_RIGHTWARD = "\u200e"
_LEFT = {"start": "left", "middle": "center", "end": "right"}


def painted(scene: Scene, theme: str) -> Figure:
    """The drawing as a matplotlib figure of the same size; no text is read as mathematics.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    SpecError
        There are Chinese letters, and no font that holds them.
    """
    known = THEMES[theme]
    figure: Figure = load_matplotlib().figure.Figure(
        figsize=(scene.width / _PER_INCH, scene.height / _PER_INCH), facecolor=known["paper"]
    )
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, scene.width)
    ax.set_ylim(scene.height, 0)
    ax.axis("off")
    chinese = chinese_font() if any(_wide(mark) for mark in scene.marks) else ""
    if not chinese and any(_wide(mark) for mark in scene.marks):
        what = "no Chinese font is installed, so that Chinese letters cannot be drawn"
        raise SpecError(Problem(what, remedy="install Noto Sans CJK SC, or save the figure as SVG"))
    fonts = [name for name in ("DejaVu Sans", chinese) if name]
    for order, mark in enumerate(scene.marks):
        _paint(ax, mark, known, fonts, order)
    return figure


def save_picture(scene: Scene, theme: str, path: Path, dpi: float) -> None:
    """Write PNG or PDF by the suffix of `path`; the same drawing gives the same bytes."""
    metadata = {"Software": None} if path.suffix.lower() == ".png" else {"CreationDate": None, "Producer": None}
    with load_matplotlib().rc_context({"pdf.fonttype": 3}):
        painted(scene, theme).savefig(path, dpi=dpi, metadata=metadata, facecolor=THEMES[theme]["paper"])


def _wide(mark: Mark) -> bool:
    return isinstance(mark, Text) and any(unicodedata.east_asian_width(ch) in "WF" for ch in mark.text)


def _weight(mark: Text) -> str:
    return "bold" if mark.weight >= 600 else "normal"


def _drawn(mark: Text, fonts: tuple[str, ...]) -> str:
    """Its text as these fonts draw it: without marks that have no width, U+FFFD for a letter that none holds.

    A line goes from left to right though it holds a name from right to left: places before a name stay before it.
    """
    text, known = clean(mark.text), letters(fonts, _weight(mark))
    seen = (ch for ch in text if unicodedata.category(ch) != "Cf")
    leftward = kept_apart(text) != text and ord(_RIGHTWARD) in known
    return _RIGHTWARD * leftward + "".join(ch if ord(ch) in known else "\ufffd" for ch in seen)


def _paint(ax: Axes, mark: Mark, known: Mapping[str, str], fonts: list[str], order: int) -> None:
    colour = known[mark.colour]
    if isinstance(mark, Text):
        ax.text(
            mark.x, mark.y, _drawn(mark, tuple(fonts)), color=colour, fontsize=mark.size * _POINT,
            ha=_LEFT[mark.anchor], va="baseline", fontfamily=fonts, fontweight=_weight(mark), zorder=order,
            parse_math=False,
        )  # fmt: skip
    elif isinstance(mark, Dot):
        paper = known["paper"]
        fill, edge = (paper, colour) if mark.open else (colour, paper)
        size = (2 * mark.r * _POINT) ** 2
        ax.scatter(
            [mark.x], [mark.y], s=size, c=[fill], edgecolors=[edge], linewidths=1.1 * mark.edge / 1.5, zorder=order
        )
    elif isinstance(mark, Bar):
        corners = ((mark.x, mark.y), (mark.x + mark.w, mark.y), (mark.x + mark.w, mark.y + mark.h),
                   (mark.x, mark.y + mark.h))  # fmt: skip
        _fill(ax, corners, colour, mark.opacity, order)
    elif isinstance(mark, Area):
        _fill(ax, mark.points, colour, mark.opacity, order)
    else:
        _line(ax, mark, colour, order)


def _fill(ax: Axes, points: tuple[tuple[float, float], ...], colour: str, opacity: float, order: int) -> None:
    xs, ys = zip(*points, strict=True)
    ax.fill(xs, ys, color=colour, alpha=opacity, linewidth=0, zorder=order)


def _line(ax: Axes, mark: Line, colour: str, order: int) -> None:
    xs, ys = zip(*mark.points, strict=True)
    dash = tuple(float(part) * _POINT for part in mark.dash.split())
    ax.plot(
        xs, ys, color=colour, linewidth=mark.width * _POINT, alpha=mark.opacity, zorder=order,
        linestyle=(0, tuple(part / (mark.width * _POINT) for part in dash)) if dash else "-", solid_capstyle="butt",
    )  # fmt: skip
