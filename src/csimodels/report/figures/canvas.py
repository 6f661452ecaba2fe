"""The package matplotlib, and fonts that hold Chinese."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from csimodels.errors import MissingExtraError

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


@cache
def letters(fonts: tuple[str, ...], weight: str) -> frozenset[int]:
    """The characters, by number, that at least one of these fonts holds."""
    manager = load_matplotlib().font_manager
    paths = [manager.findfont(manager.FontProperties(family=name, weight=weight)) for name in fonts]
    return frozenset().union(*(manager.get_font(path).get_charmap() for path in paths))


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
