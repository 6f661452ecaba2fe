"""The styles of a Word document: our own, or those of a template, with what it lacks."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from csimodels.report.documents.word_parts import element, sized
from csimodels.report.figures import style

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

_LATIN = "Calibri"
#: Font of Chinese text, which Word replaces where it is not installed.
_EAST_ASIA = "SimSun"
#: Styles that a template may lack: Word stores those alone that somebody has used.
_NEEDED = ("Title", "Subtitle", "Heading 1", "Heading 2", "TOC Heading", "Caption")


def our_own(word: WordDocument, accent: str) -> None:
    """A4, and letters and colours of the report."""
    from docx.oxml.ns import qn
    from docx.shared import Mm, RGBColor

    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin, section.bottom_margin = Mm(20), Mm(18)
    for name, size, colour in (
        ("Normal", 10.5, style.INK), ("Title", 26, accent), ("Subtitle", 11, style.MUTED), ("Heading 1", 17, accent),
        ("Heading 2", 13, accent), ("Caption", 9, style.MUTED), ("Footer", 9, style.MUTED),
    ):  # fmt: skip
        known = word.styles[name]
        sized(known.font, size)
        known.font.name = _LATIN
        known.font.color.rgb = RGBColor.from_string(colour[1:].upper())
        if name in ("Caption", "Subtitle"):
            known.font.bold = known.font.italic = False
    for known in word.styles:
        if not hasattr(known, "font"):
            continue
        fonts = known.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), _EAST_ASIA)
    _settled(word)


def of_the_house(word: WordDocument, accent: str) -> None:
    """The styles of a template stay; those that it lacks are ours in its letters, and a font of Chinese is named where
    it names none."""
    import docx
    from docx.oxml.ns import qn

    ours = docx.Document()
    our_own(ours, accent)
    known, usual = {s.name for s in word.styles}, word.styles["Normal"].style_id
    taken = {s.style_id for s in word.styles}
    for name in _NEEDED:
        if name in known:
            continue
        given = ours.styles[name]
        made, base = deepcopy(given.element), given.base_style.name
        for part in [*made.findall(qn("w:next")), *made.findall(qn("w:link")), *made.iter(qn("w:rFonts"))]:
            part.getparent().remove(part)
        made.basedOn_val = word.styles[base].style_id if base in known else usual
        made.styleId = made.styleId if made.styleId not in taken else f"csimodels{made.styleId}"
        word.styles.element.append(made)
        known.add(name)
        taken.add(made.styleId)
    every = list(word.styles.element.iter(qn("w:rFonts")))
    if not any(fonts.get(qn(f"w:{kind}")) for fonts in every for kind in ("eastAsia", "eastAsiaTheme")):
        word.styles["Normal"].element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _EAST_ASIA)
    _settled(word)


def _settled(word: WordDocument) -> None:
    """The language of East Asian text, as names may be Chinese in any document, and what the standard asks for."""
    from docx.oxml.ns import qn

    zoom = word.settings.element.find(qn("w:zoom"))
    if zoom is not None and zoom.get(qn("w:percent")) is None:  # documents of python-docx lack it
        zoom.set(qn("w:percent"), "100")
    themed = word.settings.element.find(qn("w:themeFontLang"))
    if themed is not None:
        themed.set(qn("w:eastAsia"), "zh-CN")
    normal: Any = word.styles["Normal"].element.get_or_add_rPr()
    spoken = normal.find(qn("w:lang"))
    if spoken is None:
        normal.append(element("lang", val="en-GB", eastAsia="zh-CN"))
    elif not spoken.get(qn("w:eastAsia")):
        spoken.set(qn("w:eastAsia"), "zh-CN")
