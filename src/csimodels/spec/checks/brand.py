"""The brand of a report as a spec states it: checked, and made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from csimodels.messages import Message
from csimodels.spec.brand import Brand, contrast
from csimodels.spec.findings import Finding
from csimodels.spec.measures import Text
from csimodels.spec.schema.run import RawBrand
from csimodels.spec.view import name_finding

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
#: Contrast of headings with paper that large text needs (WCAG 2.1, 1.4.3).
_LEAST = 3.0


def brand_of(raw: RawBrand | None) -> Brand:
    """The brand of a spec."""
    if raw is None:
        return Brand()
    texts = [Text((t and t.en) or "", (t and t.zh) or "") for t in (raw.institute, raw.contact, raw.field_dates)]
    return Brand((raw.color or "").lower(), raw.logo, *texts)


def brand_findings(raw: RawBrand) -> Iterator[Finding]:
    """What is wrong with a brand, without looking at files."""
    place = ("report", "brand")
    if raw.color is not None and not _COLOUR.fullmatch(raw.color):
        yield Finding((*place, "color"), "this is no colour", raw.color, Message("#rrggbb, in quotes: '#14597f'"))
    elif raw.color is not None and contrast(raw.color, "#ffffff") < _LEAST:
        what = "headings in this colour cannot be read on white paper"
        yield Finding((*place, "color"), what, raw.color, "", "choose a darker one")
    if raw.logo is not None:
        yield from name_finding(raw.logo, "file", (*place, "logo"))
