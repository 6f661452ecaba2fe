"""What python-docx has no words for: fields, the table of contents, bookmarks, heads of tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from csimodels.report.figures import style


def element(tag: str, **attributes: str) -> Any:
    """An element of Word's own namespace."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def field(paragraph: Any, code: str, shown: str) -> None:
    """A field that Word computes; `shown` stands there until it does."""
    for part in ("begin", code, "separate", shown, "end"):
        run = paragraph.add_run()
        if part in ("begin", "separate", "end"):
            run._r.append(element("fldChar", fldCharType=part))
        elif part == code:
            text = element("instrText")
            text.text = f" {code} "
            run._r.append(text)
        else:
            run.text = shown


def contents(paragraph: Any, heads: list[str], hint: str) -> None:
    """The table of contents, with links that work before Word has counted the pages.

    `hint` stands below them, says how they get page numbers, and is gone once they have.
    """
    run = paragraph.add_run()
    run._r.append(element("fldChar", fldCharType="begin"))
    code = element("instrText")
    code.text = ' TOC \\o "1-2" \\h \\z \\u '
    paragraph.add_run()._r.append(code)
    paragraph.add_run()._r.append(element("fldChar", fldCharType="separate"))
    for k, words in enumerate(heads):
        link = element("hyperlink", anchor=f"_Toc{k + 1:08d}")
        text = element("t")
        text.text = words
        inner = element("r")
        inner.append(text)
        inner.append(element("br"))
        link.append(inner)
        paragraph._p.append(link)
    said = paragraph.add_run(hint)
    said.italic = True
    paragraph.add_run()._r.append(element("fldChar", fldCharType="end"))


def bookmark(paragraph: Any, number: int) -> None:
    """A place that the contents lead to."""
    paragraph._p.insert(1, element("bookmarkStart", id=str(number), name=f"_Toc{number:08d}"))
    paragraph._p.append(element("bookmarkEnd", id=str(number)))


def keep_row(row: Any, *, head: bool) -> None:
    """No row breaks over two pages, and the head stands on every page."""
    settings = row._tr.get_or_add_trPr()
    settings.append(element("cantSplit"))
    if head:
        settings.append(element("tblHeader"))


def mark_size(paragraph: Any, points: float) -> None:
    """The size of an empty paragraph, which makes its row no higher than those with text."""
    mark = element("rPr")
    mark.append(element("sz", val=str(round(2 * points))))
    paragraph._p.get_or_add_pPr().append(mark)


def sized(font: Any, points: float) -> None:
    """The size of letters: Word has one of its own for those that are written from right to left."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    font.size = Pt(points)
    settings = font._element.get_or_add_rPr()
    for known in settings.findall(qn("w:szCs")):
        settings.remove(known)
    size = settings.find(qn("w:sz"))
    size.addnext(element("szCs", val=size.get(qn("w:val"))))


def no_margins(inline: Any) -> None:
    """No room around a picture: programs put their own where a file says nothing, and cut what then sticks out."""
    for side in ("distT", "distB", "distL", "distR"):
        inline.set(side, "0")


def narrow_margins(table: Any) -> None:
    """Little room beside the text of cells."""
    margins = element("tblCellMar")
    for side in ("left", "right"):
        margins.append(element(side, w="40", type="dxa"))
    settings = table._tbl.tblPr
    before = [child for child in settings if child.tag.endswith(("}tblLook", "}tblCaption", "}tblDescription"))]
    if before:  # the order of these is fixed
        before[0].addprevious(margins)
    else:
        settings.append(margins)


def line_below(cells: Sequence[Any]) -> None:
    """A thin line below the head of a table."""
    for cell in cells:
        borders = element("tcBorders")
        borders.append(element("bottom", val="single", sz="6", space="0", color=style.MUTED[1:]))
        cell._tc.get_or_add_tcPr().append(borders)
