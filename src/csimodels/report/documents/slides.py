"""The story as slides: one finding a slide, native charts where there are some, notes with sentence and source."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from csimodels.errors import MissingExtraError
from csimodels.report.content import Content
from csimodels.report.documents.documents import Book, Chapter, book_of, describe, drawn, without_clock
from csimodels.report.figures import style
from csimodels.report.figures.geometry import text_width
from csimodels.report.figures.picture import Picture

_DPI = 130
_WIDE, _HIGH = 13.333, 7.5  # inches, 16:9


def write_pptx(content: Content, path: str | Path, lang: str = "en") -> Path:
    """Write the story in one language to slides.

    Raises
    ------
    MissingExtraError
        python-pptx is not installed.
    """
    try:
        import pptx
        from pptx.util import Inches
    except ImportError:
        raise MissingExtraError("python-pptx", "pptx", "writing slides") from None
    book, target = book_of(content, lang, "slide"), Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    slides = pptx.Presentation()
    slides.slide_width, slides.slide_height = Inches(_WIDE), Inches(_HIGH)
    describe(slides.core_properties, book)
    _cover(slides, book)
    for chapter in book.chapters:
        with drawn(chapter.pictures, _DPI, shape=2.33) as files:
            for picture, file in zip(chapter.pictures, files, strict=True):
                _slide(slides, chapter, picture, file, book)
    slides.save(str(target))
    without_clock(target, book.created)
    return target


def _cover(slides: Any, book: Book) -> None:
    slide = slides.slides.add_slide(slides.slide_layouts[6])
    _text(slide, book.title, (0.9, 2.2, 11.5, 1.4), 40, bold=True)
    _text(slide, book.chapters[0].sentences[0], (0.9, 3.8, 11.5, 1.6), 22)
    slide.notes_slide.notes_text_frame.text = "\n".join([*book.chapters[0].sentences, *book.notes])


def _slide(slides: Any, chapter: Chapter, picture: Picture, file: Path, book: Book) -> None:
    """One finding: title, measure, chart or picture, source; the sentences of its section as notes."""
    slide = slides.slides.add_slide(slides.slide_layouts[6])
    size = 24 if text_width(picture.title, 1.0) < 80 else 19
    _text(slide, picture.title, (0.6, 0.3, 12.1, 0.9), size, bold=True)
    _text(slide, picture.subtitle, (0.6, 1.25, 12.1, 0.4), 13, style.MUTED)
    if picture.key in ("waves", "headline"):
        _line_chart(slide, picture)
    else:
        _picture(slide, file)
    _text(slide, picture.caption, (0.6, 7.0, 12.1, 0.35), 10, style.MUTED)
    slide.notes_slide.notes_text_frame.text = "\n".join([*chapter.sentences, *chapter.small, picture.caption])


def _text(
    slide: Any, text: str, place: tuple[float, float, float, float], size: float, colour: str = style.INK, *,
    bold: bool = False,
) -> None:  # fmt: skip
    from pptx.dml.color import RGBColor
    from pptx.util import Inches, Pt

    frame = slide.shapes.add_textbox(*(Inches(v) for v in place)).text_frame
    frame.word_wrap = True
    frame.text = text
    font = frame.paragraphs[0].font
    font.size, font.bold, font.color.rgb = Pt(size), bold, RGBColor.from_string(colour[1:].upper())


def _picture(slide: Any, file: Path) -> None:
    """The drawing below the title, as large as the slide allows."""
    from pptx.util import Inches

    shape = slide.shapes.add_picture(str(file), Inches(0.6), Inches(1.7))
    factor = min(Inches(_WIDE - 1.2) / shape.width, Inches(5.2) / shape.height)
    shape.width, shape.height = int(shape.width * factor), int(shape.height * factor)
    shape.left = int((Inches(_WIDE) - shape.width) / 2)


def _line_chart(slide: Any, picture: Picture) -> None:
    """The index over the waves as a chart of the program, so that its colours and numbers can be changed."""
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
    from pptx.util import Inches, Pt

    data, chart_data = picture.data, CategoryChartData(number_format="0.0")
    chart_data.categories = list(dict.fromkeys(data["wave"]))
    for unit, part in data.groupby("unit", sort=False):
        chart_data.add_series(str(unit), [None if math.isnan(v) else round(v, 4) for v in part["index"]])
    place = (Inches(0.6), Inches(1.7), Inches(_WIDE - 1.2), Inches(5.2))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *place, chart_data).chart
    chart.font.size = Pt(12)
    chart.has_title = False
    chart.has_legend = data["unit"].nunique() > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.RIGHT, False
    values = data[["index"]].dropna().to_numpy()
    chart.value_axis.minimum_scale = max(0, 5 * math.floor(values.min() / 5))
    chart.value_axis.maximum_scale = min(100, 5 * math.ceil(values.max() / 5 + 1e-9))
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor.from_string(style.LINE[1:].upper())
    for k, series in enumerate(chart.plots[0].series):
        colour = style.ACCENT if k == 0 else "#aab6bf"
        series.format.line.color.rgb = RGBColor.from_string(colour[1:].upper())
        series.format.line.width, series.smooth = Pt(3 if k == 0 else 1.5), False
        if k == 0:
            series.data_labels.show_value, series.data_labels.number_format = True, "0.0"
            series.data_labels.number_format_is_linked = False
