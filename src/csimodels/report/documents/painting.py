"""Figures for documents: PNG at the width of a page or a slide."""

from __future__ import annotations

import math
from io import BytesIO

from csimodels.report.figures.denser import lowered
from csimodels.report.figures.picture import SIZES, Picture
from csimodels.report.figures.raster import painted

#: Pixels of a drawing to an inch, as the drawings count them.
PER_INCH = 96.0


def png(picture: Picture, size: str | float, dpi: float, ratio: float = math.inf) -> tuple[BytesIO, float, float]:
    """The plot of `picture` without its title, which the document sets as text.

    Parameters
    ----------
    picture : Picture
    size : str or float
        One of :data:`~csimodels.report.figures.picture.SIZES`, or a width in pixels.
    dpi : float
        Dots per inch.
    ratio : float
        Height to width above which its rows stand closer, so far as texts stay apart.

    Returns
    -------
    BytesIO, width, height
        The file, and its size in inches.
    """
    scene = lowered(picture.plot(SIZES[size] if isinstance(size, str) else size), ratio)
    out = BytesIO()
    painted(scene, "light").savefig(out, format="png", dpi=dpi, metadata={"Software": None}, facecolor="white")
    out.seek(0)
    return out, scene.width / PER_INCH, scene.height / PER_INCH
