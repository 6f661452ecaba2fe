"""Colours and type of figures and page: one accent, safe for colour-blind readers, dark on light."""

from __future__ import annotations

INK = "#1b2733"
MUTED = "#5a6773"
LINE = "#dfe5ea"
#: What stands back, and is still seen: last year, changes that are not measurable.
GHOST = "#82919d"
PAPER = "#ffffff"
ACCENT = "#14597f"
ACCENT_SOFT = "#e4eff5"
AMBER = "#b4540a"

FONT_STACK = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, "
    "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
)
