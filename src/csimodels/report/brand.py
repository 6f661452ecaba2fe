"""Who publishes a report, as its cover says it: the logo and the lines beside it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from csimodels.errors import Problem, SpecError
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.html.table_views import Lang
from csimodels.spec import Model, logo_path
from csimodels.spec.brand import contrast

_MOST_BYTES = 1_000_000
#: Contrast of text with its paper (WCAG 2.1, 1.4.3).
_TEXT = 4.5
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that covers show.

    Attributes
    ----------
    path : Path
    kind : str
        ``"png"`` or ``"jpeg"``.
    data : bytes
    width, height : int
        In pixels.
    """

    path: Path
    kind: str
    data: bytes
    width: int
    height: int

    def fitted(self, wide: float, high: float) -> tuple[float, float]:
        """Width and height that keep its shape within a box."""
        scale = min(wide / self.width, high / self.height)
        return self.width * scale, self.height * scale


@dataclass(frozen=True, slots=True)
class Cover:
    """What a cover says beside title and subtitle.

    Attributes
    ----------
    color : str
        Of headings, ``#rrggbb``.
    logo : Logo or None
    institute : str
    lines : tuple of str
        Field dates and contact.
    """

    color: str
    logo: Logo | None
    institute: str
    lines: tuple[str, ...]

    @property
    def said(self) -> tuple[str, ...]:
        """Institute and lines, those that there are."""
        return (self.institute, *self.lines) if self.institute else self.lines


def cover_of(content: Content, lang: Lang) -> Cover:
    """The cover of a report in one language.

    Raises
    ------
    SpecError
        The logo is missing, too large or no picture.
    """
    brand, code = content.model.report.brand, lang.code
    dates, contact = clean(brand.field_dates.get(code)), clean(brand.contact.get(code))
    lines = [lang.tr("Field work: {dates}").format(dates=dates)] if dates else []
    lines += [lang.tr("Contact: {contact}").format(contact=contact)] if contact else []
    return Cover(brand.color or style.ACCENT, logo_of(content.model), clean(brand.institute.get(code)), tuple(lines))


def logo_of(model: Model) -> Logo | None:
    """The logo that a model names; None where it names none.

    Raises
    ------
    SpecError
        It is missing, too large or no picture.
    """
    path = logo_path(model)
    if path is None:
        return None
    if not path.is_file():
        place, remedy = "report: brand: logo", "name a PNG or JPEG file"
        raise SpecError(Problem("there is no such logo", place, str(path), remedy=remedy))
    if path.stat().st_size > _MOST_BYTES:
        found = f"{path.stat().st_size:,} bytes"
        raise SpecError(Problem("the logo is too large", str(path), found, "1,000,000 bytes", "save it smaller"))
    data = path.read_bytes()
    size = image_size(data)
    if size is None:
        what = "the logo is no picture that can be read"
        raise SpecError(Problem(what, str(path), allowed="PNG, JPEG", remedy="save it as PNG"))
    return Logo(path, "png" if data.startswith(_PNG) else "jpeg", data, *size)


def lightened(colour: str, paper: str) -> str:
    """A colour as it can be read on dark paper: mixed with white until its contrast is that of text."""
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    for step in range(21):
        mixed = "#" + "".join(f"{round(c + (255 - c) * step / 20):02x}" for c in parts)
        if contrast(mixed, paper) >= _TEXT:
            return mixed
    return "#ffffff"


def image_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG or JPEG; None where it is none, or they make no sense."""
    size = None
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        size = struct.unpack(">II", data[16:24])
    elif data.startswith(_JPEG):
        size = _jpeg_size(data)
    return size if size and all(0 < side <= 20_000 for side in size) else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """The size in the frame header of a JPEG (ISO 10918-1, B.2.2)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            high, wide = struct.unpack(">HH", data[at + 5 : at + 9])
            return wide, high
        at += 2 + max(length, 2)
    return None
