"""A drawing as a list of marks in pixels, whose colours are names: the same one as SVG, PNG and PDF, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from csimodels.report.escaping import escape
from csimodels.report.figures import style
from csimodels.report.figures.geometry import Point, text_width, wrap

Anchor = Literal["start", "middle", "end"]
#: Height of the middle of a line of text above its base line, in sizes of its letters.
MIDDLE = 0.36

#: Between the parts of the name of a group by several columns.
_JOINT = " / "
#: Colours by name, for paper and for screens at night; both pairs of accent and amber differ for colour-blind readers.
THEMES: Mapping[str, Mapping[str, str]] = {
    "light": {
        "ink": style.INK, "muted": style.MUTED, "line": style.LINE, "paper": style.PAPER, "accent": style.ACCENT,
        "accent-soft": style.ACCENT_SOFT, "amber": style.AMBER, "ghost": style.GHOST, "band": "#f3f6f8",
        "on-accent": "#ffffff", "amber-soft": "#fbe9d6",
    },
    "dark": {
        "ink": "#e8eef3", "muted": "#a3b3bf", "line": "#33424e", "paper": "#10171d", "accent": "#79bfe6",
        "accent-soft": "#173345", "amber": "#f2a765", "ghost": "#5d6f7c", "band": "#18222a",
        "on-accent": "#0c1419", "amber-soft": "#3a2814",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points; ``dash`` such as ``"3 4"``."""

    points: tuple[Point, ...]
    colour: str = "ink"
    width: float = 1.0
    dash: str = ""
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon."""

    points: tuple[Point, ...]
    colour: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle: left, top, width, height; ``said`` is its tooltip."""

    x: float
    y: float
    w: float
    h: float
    colour: str
    opacity: float = 1.0
    round: float = 0.0
    said: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A circle; an open one has the colour of the paper inside."""

    x: float
    y: float
    r: float = 5.0
    colour: str = "accent"
    open: bool = False
    said: str = ""

    @property
    def edge(self) -> float:
        """Width of its edge: thin round small ones, of which there are many, so that edges do not cut neighbours."""
        return 1.5 if self.r >= 3.2 or self.open else 0.6


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text with its baseline at (x, y)."""

    x: float
    y: float
    text: str
    size: float = 12.5
    colour: str = "ink"
    anchor: Anchor = "start"
    weight: int = 400


Mark = Line | Area | Bar | Dot | Text


@dataclass(frozen=True, slots=True)
class Scene:
    """Marks on a sheet of `width` by `height` pixels, the first ones at the back.

    `rows` are the heights above, between and below its rows, where a drawing has some that paper may cut apart.
    """

    width: float
    height: float
    marks: tuple[Mark, ...] = ()
    rows: tuple[float, ...] = ()

    def moved(self, right: float, down: float) -> tuple[Mark, ...]:
        """The marks, further right and lower by so many pixels."""
        return tuple(_moved(mark, right, down) for mark in self.marks)

    def beside(self, other: Scene, gap: float) -> Scene:
        """Both, the other to the right of this one."""
        marks = (*self.marks, *other.moved(self.width + gap, 0.0))
        return Scene(self.width + gap + other.width, max(self.height, other.height), marks)


@dataclass(slots=True)
class Sheet:
    """Marks that are collected while a chart is drawn."""

    marks: list[Mark] = field(default_factory=list)

    def add(self, *marks: Mark) -> None:
        """Put marks on top."""
        self.marks.extend(marks)

    def scene(self, width: float, height: float, rows: tuple[float, ...] = ()) -> Scene:
        """What was collected, as a drawing."""
        return Scene(width, height, tuple(self.marks), rows)


def rows_of(top: float, high: float, count: int) -> tuple[float, ...]:
    """The heights above, between and below `count` rows, each `high`."""
    return tuple(top + high * k for k in range(count + 1))


def _moved(mark: Mark, right: float, down: float) -> Mark:
    if isinstance(mark, (Line, Area)):
        return replace(mark, points=tuple((x + right, y + down) for x, y in mark.points))
    return replace(mark, x=mark.x + right, y=mark.y + down)


def shortened(text: str, size: float, width: float) -> str:
    """`text` cut with an ellipsis where it is wider than `width`; of a joint name "A / B" the longer parts are cut."""
    if text_width(text, size) <= width:
        return text
    parts = text.split(_JOINT)
    wide = [text_width(part, size) for part in parts]
    room = width - text_width(_JOINT, size) * (len(parts) - 1)
    if len(parts) == 1 or room < 4 * size * len(parts):
        return wrap(text, size, width, 1)[0]
    order = sorted(range(len(parts)), key=wide.__getitem__)
    for left, k in enumerate(order):  # short parts leave more room to the long ones
        share = room / (len(parts) - left)
        parts[k] = parts[k] if wide[k] <= share else wrap(parts[k], size, share, 1)[0]
        room -= min(wide[k], share)
    return _JOINT.join(parts)


#: Where a notebook is dark: JupyterLab and its exports, VS Code, Colab.
_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]')


def _following() -> str:
    """A style for figures in notebooks: their colours follow the theme of the notebook, paper as its background."""
    dark = {**THEMES["dark"], "paper": f"var(--jp-layout-color0,{THEMES['dark']['paper']})"}
    rules = (("svg.csi-follows", THEMES["light"]), (",".join(f"{where} svg.csi-follows" for where in _DARK), dark))
    return "".join(f"{at}{{{''.join(f'--{n}:{c};' for n, c in colours.items())}}}" for at, colours in rules)


def svg(scene: Scene, theme: str = "", lang: str = "en", label: str = "") -> str:
    """A drawing as one ``<svg>`` element.

    Parameters
    ----------
    scene : Scene
    theme : str
        One of :data:`THEMES`; ``"notebook"`` follows the theme of the notebook that shows it; empty for a page whose
        style sheet has the colours as variables.
    lang, label : str
        Language of the text, and what the picture is called for readers who hear it.
    """
    follows = theme == "notebook"
    known = THEMES.get(theme) or {name: f"var(--{name})" for name in THEMES["light"]}
    name = "chart csi-follows" if follows else "chart"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" lang="{escape(lang)}" class="{name}" '
        f'viewBox="0 0 {scene.width:g} {scene.height:g}" font-family="{escape(style.FONT_STACK)}">'
    )
    size = f' width="{scene.width:g}" height="{scene.height:g}"' if theme else ""
    paper = f'<rect width="100%" height="100%" fill="{known["paper"]}"/>' if theme else ""
    paper = f"<style>{_following()}</style>{paper}" if follows else paper
    body = "".join(_element(mark, known) for mark in scene.marks)
    return f"{head[:-1]}{size}><title>{escape(label)}</title>{paper}{body}</svg>"


def _element(mark: Mark, colours: Mapping[str, str]) -> str:
    colour = colours[mark.colour]
    if isinstance(mark, Text):
        weight = f' font-weight="{mark.weight}"' if mark.weight != 400 else ""
        anchor = f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else ""
        return (
            f'<text x="{mark.x:.1f}" y="{mark.y:.1f}" font-size="{mark.size:g}" fill="{colour}"{anchor}{weight}>'
            f"{escape(mark.text)}</text>"
        )
    if isinstance(mark, Dot):
        fill, edge = (colours["paper"], colour) if mark.open else (colour, colours["paper"])
        return _told(
            f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{mark.r:g}" fill="{fill}" stroke="{edge}" '
            f'stroke-width="{mark.edge:g}"',
            "circle",
            mark.said,
        )
    opacity = f' opacity="{mark.opacity:g}"' if mark.opacity != 1 else ""
    if isinstance(mark, Bar):
        corner = f' rx="{mark.round:g}"' if mark.round else ""
        return _told(
            f'<rect x="{mark.x:.1f}" y="{mark.y:.1f}" width="{mark.w:.1f}" height="{mark.h:.1f}" fill="{colour}"'
            f"{corner}{opacity}",
            "rect",
            mark.said,
        )
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in mark.points)
    if isinstance(mark, Area):
        return f'<path d="{path}Z" fill="{colour}"{opacity}/>'
    dash = f' stroke-dasharray="{mark.dash}"' if mark.dash else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{mark.width:g}"{dash}{opacity}/>'


def _told(start: str, tag: str, said: str) -> str:
    return f"{start}><title>{escape(said)}</title></{tag}>" if said else f"{start}/>"


def stacked(parts: Iterable[Scene]) -> Scene:
    """Drawings one below the other."""
    down, width = 0.0, 0.0
    marks: list[Mark] = []
    for part in parts:
        marks += part.moved(0.0, down)
        down += part.height
        width = max(width, part.width)
    return Scene(width, down, tuple(marks))
