"""The path diagram and the map of drivers: nothing collides, and what is drawn are the numbers."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import sample
from hypothesis import given, settings
from hypothesis import strategies as st

from csimodels.errors import SpecError
from csimodels.report import importance_performance, path_diagram
from csimodels.report.figures.charts.diagram import Arrow, Node, _plan
from csimodels.report.figures.charts.lines import Course, Marks, Point, lines_chart
from csimodels.report.figures.charts.plane import Plane, Spot, plane_chart
from csimodels.report.figures.diagram_layout import Edge, Layout, layout, trace
from csimodels.report.figures.geometry import Box, place_labels, text_width, wrap
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Dot, Line
from csimodels.report.figures.scene import Text as Words
from csimodels.report.story.map import lines_of
from csimodels.spec import library, load_model
from csimodels.spec.model import Construct, IndexSpec, Item, Model, Text

SVG = "{http://www.w3.org/2000/svg}"
ECSI = {
    "Image": ("Expectation", "Satisfaction", "Loyalty"), "Expectation": ("Quality", "Value", "Satisfaction"),
    "Quality": ("Value", "Satisfaction"), "Value": ("Satisfaction",), "Satisfaction": ("Complaints", "Loyalty"),
    "Complaints": ("Loyalty",), "Loyalty": (),
}  # fmt: skip


def check_ends(e: Edge, source: Box, target: Box) -> None:
    """An arrow runs to the right, or straight up or down within a column."""
    (x0, y0), (x1, y1) = e.stations[0], e.stations[-1]
    if e.upright:
        assert x0 == pytest.approx(source.centre[0]) == pytest.approx(target.centre[0])
        down = source.y < target.y
        assert (y0, y1) == pytest.approx((source.bottom, target.y) if down else (source.y, target.bottom))
        assert abs(y1 - y0) > 2 * e.label.h  # the line shows on either side of its coefficient
        return
    assert source.right <= target.x
    assert x0 == pytest.approx(source.right)
    assert x1 == pytest.approx(target.x)
    assert target.y < y1 < target.bottom


def check_geometry(plan: Layout, names: list[str], edges: list[tuple[str, str]]) -> None:
    assert sorted(plan.nodes) == sorted(names)
    assert [(e.source, e.target) for e in plan.edges] == edges
    frame = Box(0, 0, plan.width, plan.height)
    for box in (*plan.nodes.values(), *(e.label for e in plan.edges)):
        assert box.outside(frame) < 1e-6
    for a, b in combinations(plan.nodes.values(), 2):
        assert a.overlap(b) == 0
    for e in plan.edges:
        assert all(e.label.overlap(node) == 0 for node in plan.nodes.values()), f"label of {e.source}->{e.target}"
        check_ends(e, plan.nodes[e.source], plan.nodes[e.target])
        for name, node in plan.nodes.items():
            assert not any(node.holds(p, -0.5) for p in trace(e.stations)), f"{e.source}->{e.target} crosses {name}"
    for a, b in combinations(plan.edges, 2):
        assert a.label.overlap(b.label) == 0


def plan_of(model: Model, lang: str = "en") -> Layout:
    """The layout of the diagram of a model across the page."""
    parts = [(part, c.name) for c in model.constructs for part in c.of]
    arrows = [Arrow(a, b, "0.50") for a, b in dict.fromkeys([*model.paths, *parts])]
    nodes = [Node(name, model.label(name, lang), "75.0", "R² 0.50", name == model.index.construct)
             for name in model.construct_names]  # fmt: skip
    return _plan(nodes, arrows, 118.0, False)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_acsi_layout(lang: str) -> None:
    model = sample.model()
    plan = plan_of(model, lang)
    check_geometry(plan, list(model.construct_names), list(model.paths))
    x = {n: b.x for n, b in plan.nodes.items()}
    columns = [sorted(n for n in x if x[n] == at) for at in sorted(set(x.values()))]
    assert columns == [["Expectation", "Quality"], ["Value"], ["Satisfaction"], ["Complaints", "Loyalty"]]
    assert {(e.source, e.target) for e in plan.edges if e.upright} == {
        ("Expectation", "Quality"), ("Complaints", "Loyalty"),
    }  # fmt: skip


@pytest.mark.parametrize("name", [entry.name for entry in library()])
def test_every_model_of_the_library_is_drawn_without_collisions(name: str) -> None:
    model = load_model(name)
    plan = plan_of(model)
    check_geometry(plan, list(model.construct_names), [(e.source, e.target) for e in plan.edges])
    assert set(model.paths) <= {(e.source, e.target) for e in plan.edges}


def test_ecsi_labels_stand_on_their_arrows() -> None:
    edges = [(s, t) for s, targets in ECSI.items() for t in targets]
    plan = layout(list(ECSI), edges)
    check_geometry(plan, list(ECSI), edges)
    for e in plan.edges:
        assert any(e.label.holds(p, 1) for p in trace(e.stations, 60)), (e.source, e.target)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    n = draw(st.integers(1, 9))
    names = [f"c{i}" for i in draw(st.permutations(range(n)))]
    pairs = [(f"c{i}", f"c{j}") for i in range(n) for j in range(i + 1, n)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=24)) if pairs else []
    return names, edges


@given(graphs(), st.booleans())
@settings(max_examples=120, deadline=None, derandomize=True)
def test_any_graph_is_drawn_without_collisions(graph: tuple[list[str], list[tuple[str, str]]], fold: bool) -> None:
    names, edges = graph
    alone = names[-1:] if fold else []
    plan = layout(names, edges, alone=alone)
    check_geometry(plan, names, edges)
    assert fold or not any(e.upright for e in plan.edges)
    assert not any(set(alone) & {e.source, e.target} for e in plan.edges if e.upright)
    assert plan == layout(names, edges, alone=alone)


def test_fewer_crossings_than_as_written() -> None:
    plan = layout(["a", "b", "c", "d"], [("a", "d"), ("b", "c")])
    y = {n: box.y for n, box in plan.nodes.items()}
    assert (y["a"] < y["b"]) == (y["d"] < y["c"])


def test_cycles_and_unknown_names_are_refused() -> None:
    with pytest.raises(SpecError, match="cycle: b, c"):
        layout(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "b")])
    with pytest.raises(SpecError, match="unknown constructs: x"):
        layout(["a"], [("a", "x")])


def draw(lang: str = "en", model: Model | None = None, **tables: pd.DataFrame) -> Picture:
    t = {name: sample.tables()[name] for name in ("paths", "r2", "index")} | tables
    return path_diagram(model or sample.model(), t["paths"], t["r2"], t["index"], lang)


def words(picture: Picture) -> list[str]:
    return [m.text for m in picture.plot().marks if isinstance(m, Words)]


def lines(picture: Picture) -> list[Line]:
    return [m for m in picture.plot().marks if isinstance(m, Line)]


def test_every_path_has_an_arrow_and_its_coefficient() -> None:
    drawn = draw()
    assert len(lines(drawn)) == len(sample.PATHS)
    assert {f"{b:.2f}".replace("-", "−") for b in sample.PATHS.values()} <= set(words(drawn))


def test_nodes_show_label_index_and_r2() -> None:
    for lang, at in (("en", 0), ("zh", 1)):
        shown = words(draw(lang))
        assert {f"{x:.1f}" for x in sample.INDEX.values()} <= set(shown)
        joined = "".join(shown) if lang == "zh" else " ".join(shown)
        assert all(labels[at] in joined for labels in sample.LABELS.values())
        assert sum(text.startswith("R²") for text in shown) == len(sample.tables()["r2"])


def test_width_dash_and_colour_say_size_interval_and_sign() -> None:
    drawn, table = lines(draw()), sample.tables()["paths"]
    width = [line.width for line in drawn]
    assert np.argsort(width).tolist() == np.argsort(table["estimate"].abs()).tolist()
    assert [bool(line.dash) for line in drawn] == [row.low <= 0 <= row.high for row in table.itertuples()]
    assert any(line.dash for line in drawn)
    colours = dict(zip(sample.PATHS, (line.colour for line in drawn), strict=True))
    assert colours["Satisfaction", "Complaints"] != colours["Satisfaction", "Loyalty"]


def test_missing_rows_leave_an_arrow_without_a_number() -> None:
    t = sample.tables()
    paths = t["paths"].iloc[1:].drop(columns=["se", "low", "high", "p", "status"])
    paths.loc[2, "estimate"] = np.nan
    drawn = draw(paths=paths, r2=t["r2"].iloc[:0], index=t["index"].iloc[:2])
    assert len(lines(drawn)) == 9 and "–" in words(drawn)
    assert not re.search(r"\bnan\b", drawn.svg().lower())


def test_higher_order_construct_is_joined_to_its_parts() -> None:
    def part(name: str) -> Construct:
        return Construct(name, (Item(f"{name}1"),))

    model = Model("m", (part("A"), part("B"), Construct("Q", (), of=("A", "B")), part("S")), (("Q", "S"),))
    drawn = draw(model=replace(model, index=IndexSpec("S")), paths=pd.DataFrame())
    assert len(lines(drawn)) == 3


def test_weird_names_are_inert_and_long_ones_are_cut() -> None:
    names = ("<script>", '"x" onload="y"', "一" * 80 + "\x00", "word " * 60)
    constructs = tuple(Construct(n, (Item(f"i{k}"),), Text(n)) for k, n in enumerate(names))
    model = Model("m", constructs, tuple(combinations(names, 2)), Text("</title>"), index=IndexSpec(names[0]))
    root = ElementTree.fromstring(draw(model=model, paths=pd.DataFrame()).svg())
    assert {e.tag for e in root.iter()} <= {SVG + t for t in ("svg", "title", "path", "rect", "text")}
    assert not [k for e in root.iter() for k in e.attrib if k.startswith("on")]
    check_geometry(plan_of(model), list(names), list(model.paths))


def test_map_places_drivers_and_quadrants() -> None:
    drawn = importance_performance(sample.tables()["drivers"], sample.model(), "zh")
    assert {"感知质量", "顾客期望", "感知价值", "优先改进", "继续保持", "次要改进", "可能过度投入"} <= set(words(drawn))
    assert sum(line.opacity < 1 for line in lines(drawn)) == 6  # whiskers
    assert sum(line.dash == "4 4" for line in lines(drawn)) == 2  # between the quarters


def test_map_lines_agree_with_the_quadrants() -> None:
    frame = sample.tables()["drivers"]
    assert lines_of(frame) == pytest.approx((frame["importance"].mean(), frame["performance"].mean()))
    assert lines_of(frame, (0.25, 75.0))[0] == 0.25
    moved = frame.assign(quadrant=["keep", "keep", "low"])  # a cut between .20 and .36, not at the mean
    assert lines_of(moved)[0] == pytest.approx((0.2047 + 0.3641) / 2)
    crossed = frame.assign(quadrant=["low", "keep", "keep"])
    assert math.isnan(lines_of(crossed)[0])


def test_map_survives_one_driver_and_missing_numbers() -> None:
    frame = sample.tables()["drivers"]
    one = importance_performance(sample.without_intervals(frame.iloc[:1], drop=True), sample.model())
    assert not [line for line in lines(one) if line.opacity < 1]
    none = importance_performance(frame.assign(importance=np.nan), sample.model())
    assert len(none.data) == 0 and "Perceived quality" not in words(none)
    assert set(sample.COLUMNS["drivers"]) == set(frame.columns)


def test_names_on_the_map_stay_clear_of_points_and_each_other() -> None:
    spots = [Spot(f"Driver number {k}", 0.2 + 0.01 * k, 70 + 0.3 * k) for k in range(6)]
    for width in (344.0, 724.0):
        scene = plane_chart(spots, width, Plane(("across", "up")))
        named = [m for m in scene.marks if isinstance(m, Words) and m.text.startswith(("Driver", "number"))]
        assert all(0 <= m.x <= width and 0 <= m.y <= scene.height for m in named)
        dots = [m for m in scene.marks if isinstance(m, Dot)]
        assert len(dots) == 6 and not any(abs(m.x - d.x) < 3 and abs(m.y - d.y) < 3 for m in named for d in dots)


def test_labels_keep_clear_of_each_other() -> None:
    points = [(100.0 + 3 * k, 100.0 + 2 * k) for k in range(8)]
    boxes = place_labels(points, [(60.0, 14.0)] * 8, Box(0, 0, 500, 400))
    assert all(a.overlap(b) == 0 for a, b in combinations(boxes, 2))
    assert all(b.outside(Box(0, 0, 500, 400)) == 0 for b in boxes)


def test_a_label_crosses_a_thin_line_rather_than_leave_its_point() -> None:
    lines = [Box(x, 0, 4, 400) for x in (112.0, 140.0, 170.0)] + [Box(60, y, 400, 4) for y in (85.0, 98.0, 115.0)]
    (box,) = place_labels([(100.0, 100.0)], [(90.0, 15.0)], Box(0, 0, 500, 400), lines)
    assert box.holds((100.0, 100.0), 20)
    (clear,) = place_labels([(100.0, 100.0)], [(90.0, 15.0)], Box(0, 0, 500, 400), [Box(60, 60, 400, 80)])
    assert clear.overlap(Box(60, 60, 400, 80)) < box.w * box.h  # what is no line is avoided from farther away


def test_the_name_of_a_target_keeps_clear_of_lines() -> None:
    courses = [Course("one", (Point(0, 75.4), Point(1, 75.2), Point(2, 60.0))), Course("two", (Point(0, 50.0),))]
    scene = lines_chart(["a", "b", "c"], courses, 700.0, Marks(75.0, "target 75.0"))
    (name,) = [m for m in scene.marks if isinstance(m, Words) and m.text == "target 75.0"]
    dots = [m for m in scene.marks if isinstance(m, Dot)]
    assert all(not (name.x - 6 < d.x < name.x + 70 and abs(d.y - name.y + 4) < 9) for d in dots)


def test_wrapping() -> None:
    assert wrap("Customer satisfaction", 12, 90) == ("Customer", "satisfaction")
    assert "".join(wrap("顾客满意度指数模型", 12, 50)) == "顾客满意度指数模型"
    assert wrap("", 12, 90) == ("",)
    for width in range(100, 170, 7):  # no line begins with a separator or ends with an opening bracket
        rows = wrap("5,519 respondents · 2026 · PLS · 95%置信区间 · 指数为72.8分（置信区间72.2至73.4）", 12, width, 9)
        assert not [row for row in rows if row.startswith("·") or row.endswith("（")]
    long = wrap("x" * 400, 12, 90, 2)
    assert len(long) == 2
    assert long[-1].endswith("…")
    assert all(text_width(row, 12) <= 90 for row in long)
