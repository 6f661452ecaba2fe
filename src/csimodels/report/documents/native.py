"""Charts that PowerPoint draws itself: an analyst can change colours and numbers; intervals are error bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import pandas as pd

from csimodels.report import formatting
from csimodels.report.escaping import clean, kept_apart
from csimodels.report.figures import style
from csimodels.report.figures.charts.axis import axis
from csimodels.report.figures.picture import Picture

Place = tuple[float, float, float, float]
#: More rows than this are not read on a slide: it shows so many of the first and of the last.
MANY, ENDS = 30, 12
#: With fewer rows than this, letters are large.
_FEW = 16
#: Bars, light so that their intervals show, and lines that do not stand out.
_SOFT, _QUIET = "#a9cadb", "#9aa6af"
_EAST_ASIA = "Microsoft YaHei"
#: Part of the longest bar that numbers at its base take.
_CLEAR = 0.12


def can(picture: Picture) -> bool:
    """Whether the figure is of a kind that has a native chart."""
    return picture.key.split("_")[0] in _KINDS and not picture.data.empty


def cut(picture: Picture) -> bool:
    """Whether its native chart leaves out rows in the middle."""
    return can(picture) and _KINDS[picture.key.split("_")[0]] is not _trend and len(picture.data) > MANY


def needs(picture: Picture) -> float:
    """Inches down in which its native chart can be read."""
    if _KINDS[picture.key.split("_")[0]] is _trend:
        return 3.4
    rows = min(len(picture.data), 2 * ENDS + 1) if cut(picture) else len(picture.data)
    return 0.5 + rows * (0.26 if rows < _FEW else 0.19)


def draw(slide: Any, picture: Picture, place: Place, label: Callable[[object], str]) -> bool:
    """Put the figure on a slide as a native chart; False where there is none of its kind.

    Parameters
    ----------
    slide : Slide
    picture : Picture
    place : left, top, width, height
        In inches.
    label : callable
        What a construct is called.
    """
    kind = picture.key.split("_")[0]
    return can(picture) and _KINDS[kind](slide, replace(picture, data=_named(picture.data, label)), place)


def _named(data: pd.DataFrame, label: Callable[[object], str]) -> pd.DataFrame:
    """The data with drivers by their labels."""
    return data.assign(driver=[label(name) for name in data["driver"]]) if "driver" in data else data


def _trend(slide: Any, picture: Picture, place: Place) -> bool:
    """Lines over the waves: the first unit stands out, every line has its name at its end."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
    from pptx.util import Pt

    data = picture.data
    waves, units = list(dict.fromkeys(data["wave"])), list(dict.fromkeys(data["unit"]))
    if len(waves) < 2 or len(units) > 12:
        return False
    given = CategoryChartData(number_format="0.0")
    given.categories = [clean(wave) for wave in waves]
    at = {(row["unit"], row["wave"]): row for row in formatting.records(data)}
    for unit in units:
        given.add_series(clean(unit), [_value(at.get((unit, wave), {}).get("index")) for wave in waves])
    chart = _chart(slide, XL_CHART_TYPE.LINE_MARKERS, given, place)
    for k, (unit, series) in enumerate(zip(units, chart.plots[0].series, strict=True)):
        rows = [at.get((unit, wave), {}) for wave in waves]
        _error_bars(series, [(r.get("index"), r.get("low"), r.get("high")) for r in rows], "y")
        colour = _colour(style.ACCENT if k == 0 else _QUIET)
        series.format.line.color.rgb, series.format.line.width = colour, Pt(3 if k == 0 else 1.75)
        series.smooth = False
        for part in (series.marker.format.fill, series.marker.format.line.fill):
            part.solid()
            part.fore_color.rgb = colour
        if len(units) > 1 and _value(rows[-1].get("index")) is not None:
            _named_end(series, len(waves) - 1, f"{clean(unit)} {formatting.number(rows[-1]['index'], 1)}", k == 0)
    if len(units) == 1:
        for k, row in enumerate(rows):
            side = XL_LABEL_POSITION.LEFT if k == 0 else XL_LABEL_POSITION.RIGHT
            if _value(row.get("index")) is not None:
                _named_end(series, k, formatting.number(row["index"], 1), True, side)
    low, high = _ends([data["low"], data["index"], data["high"]])
    _scale(chart, 5.0 * math.floor(low / 5.0), 5.0 * math.ceil(high / 5.0), 5.0)
    chart.has_legend = False
    return True


def _named_end(series: Any, point: int, words: str, strong: bool, side: Any = None) -> None:
    """What a line is called, at its last point; or its number beside another point."""
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.util import Pt

    label = series.points[point].data_label
    label.position = side or XL_LABEL_POSITION.RIGHT
    label.has_text_frame = True
    label.text_frame.text = words.replace(" ", "\u00a0")  # in one line
    font = label.text_frame.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(12), strong
    font.color.rgb = _colour(style.ACCENT if strong else style.MUTED)


def _labelled(plot: Any, form: str, size: float) -> None:
    """Numbers at the marks of a chart."""
    from pptx.util import Pt

    plot.has_data_labels = True
    labels = plot.data_labels
    labels.show_value, labels.number_format, labels.number_format_is_linked = True, form, False
    labels.font.size = Pt(size)


def ends_of(data: pd.DataFrame, name: str) -> pd.DataFrame:
    """The first and the last rows of a long table, and one between them that says how many are left out."""
    if len(data) <= MANY:
        return data
    left = pd.DataFrame({name: [f"… {len(data) - 2 * ENDS} …"]}, index=[-1], dtype=object)
    between = left.reindex(columns=data.columns)
    rows = [*data.head(ENDS).to_dict("records"), *between.to_dict("records"), *data.tail(ENDS).to_dict("records")]
    return pd.DataFrame.from_records(rows, columns=list(data.columns))


def _bars(name: str, value: str, low: str, high: str) -> Callable[[Any, Picture, Place], bool]:
    """A chart of bars from 0 with error bars; the first row stands at the top."""

    def made(slide: Any, picture: Picture, place: Place) -> bool:
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_TICK_LABEL_POSITION
        from pptx.util import Pt

        if name not in picture.data or value not in picture.data:
            return False
        data = ends_of(picture.data, name)[::-1]
        given = CategoryChartData()
        inside = _inside(data, value, low)
        names = [clean(text) for text in data[name]]
        digits = 2 if value == "importance" else 1
        numbers = [formatting.signed(v, digits) if _value(v) is not None else "" for v in data[value]]
        both = [f"{kept_apart(a)}  {b}".rstrip() for a, b in zip(names, numbers, strict=True)]
        given.categories = names if inside else both
        given.add_series(clean(picture.subtitle), [_value(v) for v in data[value]])
        chart = _chart(slide, XL_CHART_TYPE.BAR_CLUSTERED, given, place)
        plot = chart.plots[0]
        plot.gap_width, plot.vary_by_categories = 60, False
        series = plot.series[0]
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = _colour(_SOFT)
        series.invert_if_negative = False
        if inside:
            _labelled(plot, "0.0" if value == "index" else "+0.00", 11 if len(data) < _FEW else 9)
            plot.data_labels.position = XL_LABEL_POSITION.INSIDE_BASE
        _error_bars(series, list(zip(data[value], data[low], data[high], strict=True)), "x")
        if name == "unit" and value == "index" and not picture.key.startswith("league_"):
            chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0.0, 100.0
        else:
            _round_axis(chart, [data[low], data[value], data[high]])
        chart.has_legend = False
        chart.category_axis.tick_labels.font.size = Pt(11 if len(data) < _FEW else 9.5)
        chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        _every_name(chart)
        return True

    return made


def _inside(data: pd.DataFrame, value: str, low: str) -> bool:
    """Whether numbers stand in the bars; else they stand behind the names, where no whisker crosses them."""
    known = data[value].dropna()
    ends = data[low].dropna() if low in data else known
    return bool((known >= 0).all() and (ends >= _CLEAR * known.max()).all()) and value != "contribution"


def _every_name(chart: Any) -> None:
    """No program leaves out every second name of an axis."""
    from lxml import etree
    from pptx.oxml.ns import qn

    element = chart.category_axis._element
    skip = etree.SubElement(element, qn("c:tickLblSkip"), val="1")
    after = element.find(qn("c:noMultiLvlLbl"))
    if after is not None:
        after.addprevious(skip)


_INDEX = _bars("unit", "index", "low", "high")
_KINDS: dict[str, Callable[[Any, Picture, Place], bool]] = {
    "headline": _trend,
    "waves": _trend,
    "waterfall": _bars("unit", "contribution", "low", "high"),
    "levels": _INDEX,
    "league": _INDEX,
    "changes": _bars("unit", "change", "change_low", "change_high"),
    "forest": _bars("driver", "importance", "importance_low", "importance_high"),
}


def _chart(slide: Any, kind: Any, given: Any, place: Place) -> Any:
    from pptx.oxml.ns import qn
    from pptx.util import Inches, Pt

    chart = slide.shapes.add_chart(kind, *(Inches(side) for side in place), given).chart
    chart.part.chart_workbook.update_from_xlsx_blob(_numbers_behind(given))
    chart.font.size, chart.has_title = Pt(11), False
    _positive_ids(chart)
    chart.font._rPr.append(chart.font._rPr.makeelement(qn("a:ea"), {"typeface": _EAST_ASIA}))
    chart.value_axis.major_gridlines.format.line.color.rgb = _colour(style.LINE)
    chart.value_axis.format.line.fill.background()
    return chart


def _numbers_behind(given: Any) -> bytes:
    """The workbook that opens to edit a chart; names stay text there, where python-pptx writes formulas."""
    import xlsxwriter

    made = BytesIO()
    how = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(made, how) as book:
        sheet = book.add_worksheet()
        sheet.write_column(1, 0, [category.label for category in given.categories])
        for k, series in enumerate(given, 1):
            sheet.write(0, k, series.name)
            sheet.write_column(1, k, series.values, book.add_format({"num_format": series.number_format}))
    return made.getvalue()


def _positive_ids(chart: Any) -> None:
    """Numbers of axes as the standard has them: python-pptx writes negative ones, which strict readers refuse."""
    for element in chart._chartSpace.iter():
        if str(element.tag).endswith(("}axId", "}crossAx")) and int(element.get("val")) < 0:
            element.set("val", str(-int(element.get("val"))))


def _ends(columns: Sequence[pd.Series]) -> tuple[float, float]:
    values = pd.concat(columns).astype(float).dropna()
    return (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)


def _round_axis(chart: Any, columns: Sequence[pd.Series]) -> None:
    """An axis that holds every interval and 0, where bars begin; 0 is one of its ticks."""
    found = axis((*_ends(columns), 0.0), (0.0, 1.0))
    _scale(chart, found.low, found.high, found.step)


def _scale(chart: Any, low: float, high: float, step: float) -> None:
    """Ends and ticks of the axis of values: multiples of `step`, with its decimals."""
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale, chart.value_axis.major_unit = low, high, step
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    labels = chart.value_axis.tick_labels
    labels.number_format, labels.number_format_is_linked = f"{0:.{digits}f}", False


def _value(value: object) -> float | None:
    number = formatting.as_float(value)
    return None if math.isnan(number) else number


def _colour(text: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(text[1:].upper())


def _error_bars(series: Any, rows: Sequence[tuple[object, object, object]], direction: str) -> None:
    """Intervals as custom error bars, which python-pptx has no words for."""
    from lxml import etree
    from pptx.oxml.ns import qn

    ends = [[formatting.as_float(v) for v in row] for row in rows]
    if all(math.isnan(low) for _, low, _ in ends):
        return
    bars = etree.Element(qn("c:errBars"))
    for tag, text in (("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "1")):
        etree.SubElement(bars, qn(f"c:{tag}"), val=text)
    if direction == "y":
        bars.insert(0, etree.Element(qn("c:errDir"), val="y"))
    for tag, reach in (("plus", [h - v for v, _, h in ends]), ("minus", [v - low for v, low, _ in ends])):
        numbers = etree.SubElement(etree.SubElement(bars, qn(f"c:{tag}")), qn("c:numLit"))
        etree.SubElement(numbers, qn("c:formatCode")).text = "General"
        etree.SubElement(numbers, qn("c:ptCount"), val=str(len(reach)))
        for k, length in enumerate(reach):
            if not math.isnan(length):
                etree.SubElement(etree.SubElement(numbers, qn("c:pt"), idx=str(k)), qn("c:v")).text = f"{length:.6g}"
    line = etree.SubElement(etree.SubElement(bars, qn("c:spPr")), qn("a:ln"), w="12700")
    colour = etree.SubElement(etree.SubElement(line, qn("a:solidFill")), qn("a:srgbClr"))
    colour.set("val", (style.INK if direction == "x" else style.MUTED)[1:].upper())
    element = series._element
    before = next(child for child in element if child.tag in (qn("c:cat"), qn("c:val"), qn("c:xVal")))
    before.addprevious(bars)
