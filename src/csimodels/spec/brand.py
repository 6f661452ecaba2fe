"""How a report presents itself: colour, logo, institute, contact, field dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from csimodels.spec.measures import Text


@dataclass(frozen=True, slots=True)
class Brand:
    """What the user says of who publishes the report.

    Attributes
    ----------
    color : str
        ``#rrggbb`` of headings and covers; empty for that of csimodels.
    logo : str or None
        A PNG or JPEG file.
    institute, contact, field_dates : Text
        Who publishes it, whom to ask, and when the answers were given.
    """

    color: str = ""
    logo: str | None = None
    institute: Text = Text()
    contact: Text = Text()
    field_dates: Text = Text()


#: That of a spec which says nothing.
NO_BRAND = Brand()


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.1, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def brand_values(brand: Brand) -> dict[str, Any]:
    """What a spec file says of a brand."""
    texts = {name: getattr(brand, name) for name in ("institute", "contact", "field_dates")}
    plain = {
        name: {code: said for code in ("en", "zh") if (said := getattr(text, code))} for name, text in texts.items()
    }
    every = {"color": brand.color, "logo": brand.logo, **plain}
    return {name: value for name, value in every.items() if value}
