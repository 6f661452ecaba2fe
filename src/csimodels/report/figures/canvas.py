"""What every matplotlib figure shares: a blank one, whiskers, fonts that hold Chinese, and SVG."""

from __future__ import annotations

import io
import unicodedata
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csimodels.errors import CsiWarning, MissingExtraError
from csimodels.i18n import N_, check_language, language_of_user, translator
from csimodels.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Fonts that hold Chinese characters, best first; the first one installed is used.
CHINESE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC", "Microsoft YaHei",
    "Hiragino Sans GB", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Heiti SC", "Noto Sans CJK JP",
    "Noto Sans CJK TC", "Noto Sans CJK HK", "Noto Sans CJK KR", "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip
#: How files of these fonts begin, in small letters.
_CHINESE_FILES = (
    "notosanscjk", "notosanssc", "sourcehansans", "pingfang", "msyh", "hiragino", "wqy", "simhei", "stheiti",
    "droidsansfallback", "arialuni",
)  # fmt: skip
_NO_FONT = N_(
    "no Chinese font is installed, so the figure has English labels: install Noto Sans CJK SC or another Chinese font "
    "(docs/quickstart.md says how)"
)


def to_svg(figure: Figure) -> str:
    """A figure as SVG text: letters stay letters, and the same figure gives the same text."""
    matplotlib = load_matplotlib()
    out = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "csimodels"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def load_matplotlib() -> Any:
    """The package matplotlib; :class:`MissingExtraError` where it is not installed."""
    try:
        import matplotlib
        import matplotlib.figure
        import matplotlib.font_manager
        import matplotlib.text
    except ImportError:
        raise MissingExtraError("matplotlib", "report", "drawing figures") from None
    return matplotlib


def chinese_font() -> str:
    """Name of an installed font that holds Chinese characters; empty where there is none."""
    manager = load_matplotlib().font_manager
    found = _best(manager)
    if not found and _add_new_fonts():
        found = _best(manager)
    return found


def _best(manager: Any) -> str:
    installed = {font.name for font in manager.fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in installed), "")


@cache
def _add_new_fonts() -> bool:
    """Tell matplotlib of Chinese fonts that were installed after it made its list; whether there were any."""
    manager = load_matplotlib().font_manager
    new = [path for path in sorted(manager.findSystemFonts()) if Path(path).name.lower().startswith(_CHINESE_FILES)]
    for path in new:
        try:
            manager.fontManager.addfont(path)
        except (RuntimeError, OSError):  # a file that FreeType cannot read
            continue
    return bool(new)


def readable(lang: str) -> tuple[str, str]:
    """The language that can be drawn, and a note where it is not the one asked for."""
    check_language(lang)
    if lang == "zh" and not chinese_font():
        return "en", _NO_FONT
    return lang, ""


@cache
def _shown(kind: type[Figure]) -> type[Figure]:
    """A `kind` of figure that notebooks show as a picture, whatever backend is set."""

    class ShownFigure(kind):  # type: ignore[misc, valid-type]
        def _repr_png_(self) -> bytes:
            out = io.BytesIO()
            self.savefig(out, format="png")
            return out.getvalue()

    return ShownFigure


def blank(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of `width` by `height` inches that no global state knows of, and its axes."""
    figure = _shown(load_matplotlib().figure.Figure)(
        figsize=(width, height), dpi=150, layout="constrained", facecolor=style.PAPER
    )
    return figure, figure.add_subplot()


def whiskers(ax: Axes, rows: pd.DataFrame, at: Any, colour: Any = style.INK) -> None:
    """Lines from ``low`` to ``high`` of `rows` at the heights `at`, where there are both."""
    if not {"low", "high"} <= set(rows.columns):
        return
    low, high = rows["low"].to_numpy(float), rows["high"].to_numpy(float)
    known = np.isfinite(low) & np.isfinite(high)
    colours = [c for c, k in zip(colour, known, strict=True) if k] if isinstance(colour, list) else colour
    ax.hlines(at[known], low[known], high[known], colors=colours, linewidth=1.6, zorder=3)


def finished(figure: Figure, note: str, grid: bool = True) -> Figure:
    """Frame, colours and fonts; no text is read as mathematics.

    What `note` says of the drawing itself is a warning, and never part of the picture, which may be published.
    """
    for ax in figure.axes:
        for side in ("top", "right", "left"):
            ax.spines[side].set_visible(not grid)
        for spine in ax.spines.values():
            spine.set_color(style.LINE)
        if grid:
            ax.grid(axis="x", color=style.LINE, linewidth=0.8, zorder=0)
        ax.set_axisbelow(True)
        ax.tick_params(length=0, colors=style.MUTED, labelcolor=style.INK)
    if note:
        warnings.warn(translator(language_of_user())(note), CsiWarning, stacklevel=4)
    texts = figure.findobj(load_matplotlib().text.Text)
    shown = "".join(text.get_text() for text in texts)
    chinese = chinese_font() if any(unicodedata.east_asian_width(ch) in "WF" for ch in shown) else ""
    for text in texts:
        text.set_fontfamily([name for name in ("DejaVu Sans", chinese) if name])
        text.set_parse_math(False)
    return figure
