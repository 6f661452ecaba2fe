"""A finished figure: its finding as title, measure and unit below, the drawing, where it comes from, its data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from csimodels.errors import Problem, SpecError
from csimodels.report.figures.geometry import balanced, by_parts
from csimodels.report.figures.raster import save_picture
from csimodels.report.figures.scene import THEMES, Mark, Scene, Text, stacked, svg

#: Width in pixels by name: across a page, beside text or on a telephone, on a slide.
SIZES = {"page": 760.0, "column": 380.0, "slide": 1120.0}
_SUFFIXES = (".svg", ".png", ".pdf")
_PAD = 18.0
#: The broadest of usual fonts (DejaVu Sans, in which PNG and PDF are set) over the widths that we count with.
_BROAD = 1.08

#: Draws the plot for a width in pixels.
Draw = Callable[[float], Scene]


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure of the report.

    Attributes
    ----------
    key : str
        Name of the figure, as in ``result.figures``.
    title, subtitle, caption : str
        The finding; measure and unit; respondents, dates, method and source.
    draw : callable
        The plot for a width in pixels.
    data : DataFrame
        What is drawn, one row per mark.
    lang, size, theme : str
        ``"en"`` or ``"zh"``; one of :data:`SIZES`; ``"light"`` or ``"dark"``.
    """

    key: str
    title: str
    subtitle: str
    caption: str
    draw: Draw
    data: pd.DataFrame
    lang: str = "en"
    size: str = "page"
    theme: str = "light"

    def plot(self, width: float | None = None) -> Scene:
        """The drawing alone, without title and caption."""
        return self.draw(width or SIZES[self.size])

    def whole(self) -> Scene:
        """The drawing with its title above and its caption below."""
        width = SIZES[self.size]
        big = 17.0 if width > 400 else 15.0
        rows = [(line, big, "ink", 700) for line in balanced(self.title, 1.2 * big, width - 2 * _PAD, 7)]
        rows += [(line, 12.5, "muted", 400) for line in balanced(self.subtitle, _BROAD * 12.5, width - 2 * _PAD, 4)]
        said = by_parts(self.caption, _BROAD * 11.0, width - 2 * _PAD, 5)
        foot = [(line, 11.0, "muted", 400) for line in said]
        inner = self.draw(width - 2 * _PAD)
        plot = Scene(width, inner.height, inner.moved(_PAD, 0.0))
        return stacked([_lines(rows, width, 14.0), plot, _lines(foot, width, 12.0)])

    def svg(self) -> str:
        """The whole figure as SVG text."""
        return svg(self.whole(), self.theme, self.lang, self.title)

    def in_notebook(self) -> str:
        """The same for a notebook: a light one follows the notebook's theme, a dark one stays dark."""
        return svg(self.whole(), "notebook" if self.theme == "light" else self.theme, self.lang, self.title)

    def save(self, path: str | Path, dpi: float = 200) -> Path:
        """Write the figure as SVG, PNG or PDF, by the suffix of the name.

        Parameters
        ----------
        path : str or Path
        dpi : float
            Dots per inch of a PNG.

        Raises
        ------
        SpecError
            The suffix is none of these: nothing else is written under a name that promises it.
        MissingExtraError
            PNG and PDF need matplotlib.
        """
        target = Path(path)
        if target.suffix.lower() not in _SUFFIXES:
            what = "a figure is saved as SVG, PNG or PDF, and the name of the file says something else"
            remedy = "end the name in .svg, .png or .pdf"
            raise SpecError(Problem(what, str(path), target.suffix or "-", ", ".join(_SUFFIXES), remedy))
        if target.suffix.lower() == ".svg":
            target.write_text(self.svg(), encoding="utf-8", newline="\n")
        else:
            save_picture(self.whole(), self.theme, target, dpi)
        return target

    def _repr_svg_(self) -> str:
        return self.in_notebook()

    def _repr_html_(self) -> str:
        return f"<div>{self.in_notebook()}</div>"  # a picture of its own kind stands in a frame that no theme reaches

    def __repr__(self) -> str:
        return f"<csimodels figure {self.key}: {self.title}>"


#: The name of version 0.1 for a figure that is drawn as SVG.
Svg = Picture


def to_svg(figure: Picture) -> str:
    """A figure as SVG text, as in version 0.1; ``figure.svg()`` is the same."""
    return figure.svg()


def check_look(size: str, theme: str) -> None:
    """Refuse a size or theme that there is not."""
    problems = [
        Problem("unknown size or theme of a figure", name, repr(given), ", ".join(known))
        for name, given, known in (("size", size, SIZES), ("theme", theme, THEMES))
        if given not in known
    ]
    if problems:
        raise SpecError(problems)


def _lines(rows: list[tuple[str, float, str, int]], width: float, room: float) -> Scene:
    marks: list[Mark] = []
    y = room
    for text, size, colour, weight in rows:
        y += 1.05 * size
        marks.append(Text(_PAD, y, text, size, colour, "start", weight))
        y += 0.35 * size
    return Scene(width, y + 0.8 * room, tuple(marks))
