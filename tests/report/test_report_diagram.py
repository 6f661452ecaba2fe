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
from csimodels.report.figures.diagram_layout import Edge, Layout, layout, trace
from csimodels.report.figures.drivers_map import axes_of, drivers_map
from csimodels.report.figures.geometry import Box, place_labels, text_width, wrap
from csimodels.report.figures.path_diagram import model_layout, path_diagram
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


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_acsi_layout(lang: str) -> None:
    model = sample.model()
    plan = model_layout(model, lang)
    check_geometry(plan, list(model.construct_names), list(model.paths))
    x = {n: b.x for n, b in plan.nodes.items()}
    columns = [sorted(n for n in x if x[n] == at) for at in sorted(set(x.values()))]
    assert columns == [["Expectation", "Quality"], ["Value"], ["Satisfaction"], ["Complaints", "Loyalty"]]
    assert {(e.source, e.target) for e in plan.edges if e.upright} == {
        ("Expectation", "Quality"), ("Complaints", "Loyalty"),
    }  # fmt: skip
    assert 1000 < plan.width < 1130  # what the page has room for


@pytest.mark.parametrize("name", [entry.name for entry in library()])
def test_every_model_of_the_library_is_drawn_without_collisions(name: str) -> None:
    model = load_model(name)
    plan = model_layout(model, "en")
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


def draw(lang: str = "en", model: Model | None = None) -> ElementTree.Element:
    t = sample.tables()
    return ElementTree.fromstring(path_diagram(model or sample.model(), t["paths"], t["r2"], t["index"], lang))


def test_every_path_has_an_edge_and_its_coefficient() -> None:
    root = draw()
    edges = [(g.get("data-source"), g.get("data-target")) for g in root.iter(f"{SVG}g") if g.get("class") == "edge"]
    assert edges == list(sample.PATHS)
    shown = [g.find(f"{SVG}text").text for g in root.iter(f"{SVG}g") if g.get("class") == "coefficient"]
    assert shown == [f"{b:.2f}".replace("-", "−") for b in sample.PATHS.values()]


def test_nodes_show_label_index_and_r2() -> None:
    for lang, at in (("en", 0), ("zh", 1)):
        root = draw(lang)
        for g in (g for g in root.iter(f"{SVG}g") if g.get("class") == "node"):
            name = g.get("data-name")
            texts = [t.text for t in g.iter(f"{SVG}text")]
            assert f"{sample.INDEX[name]:.1f}" in texts
            joined = "".join(texts) if lang == "zh" else " ".join(texts)
            assert sample.LABELS[name][at] in joined
            assert ("R²" in joined) == (name != "Expectation")


def test_width_dash_and_colour_say_size_interval_and_sign() -> None:
    lines = {}
    for g in (g for g in draw().iter(f"{SVG}g") if g.get("class") == "edge"):
        lines[g.get("data-source"), g.get("data-target")] = g.find(f"{SVG}path")
    width = {k: float(v.get("stroke-width")) for k, v in lines.items()}
    by_size = sorted(sample.PATHS, key=lambda k: abs(sample.PATHS[k]))
    assert [width[k] for k in by_size] == sorted(width.values())
    table = sample.tables()["paths"]
    for row in table.itertuples():
        dashed = lines[row.source, row.target].get("stroke-dasharray") is not None
        assert dashed == (row.low <= 0 <= row.high)
    assert any(v.get("stroke-dasharray") for v in lines.values())
    colours = {k: v.get("stroke") for k, v in lines.items()}
    assert colours["Satisfaction", "Complaints"] != colours["Satisfaction", "Loyalty"]


def test_missing_rows_leave_an_edge_without_a_number() -> None:
    t = sample.tables()
    paths = t["paths"].iloc[1:].drop(columns=["se", "low", "high", "p", "status"])
    paths.loc[2, "estimate"] = np.nan
    root = ElementTree.fromstring(path_diagram(sample.model(), paths, t["r2"].iloc[:0], t["index"].iloc[:2], "en"))
    kinds = [g.get("class") for g in root.iter(f"{SVG}g")]
    assert kinds.count("edge") == 9
    assert kinds.count("coefficient") == 8
    texts = [e.text for e in root.iter(f"{SVG}text")]
    assert "–" in texts
    assert "nan" not in " ".join(texts)


def test_higher_order_construct_is_joined_to_its_parts() -> None:
    def part(name: str) -> Construct:
        return Construct(name, (Item(f"{name}1"),))

    model = Model("m", (part("A"), part("B"), Construct("Q", (), of=("A", "B")), part("S")), (("Q", "S"),))
    model = replace(model, index=IndexSpec("S"))
    root = draw(model=model)
    edges = {(g.get("data-source"), g.get("data-target")) for g in root.iter(f"{SVG}g") if g.get("class") == "edge"}
    assert edges == {("A", "Q"), ("B", "Q"), ("Q", "S")}


def test_weird_names_are_inert_and_long_ones_are_cut() -> None:
    names = ("<script>", '"x" onload="y"', "一" * 80 + "\x00", "word " * 60)
    constructs = tuple(Construct(n, (Item(f"i{k}"),), Text(n)) for k, n in enumerate(names))
    model = Model("m", constructs, tuple(combinations(names, 2)), Text("</title>"), index=IndexSpec(names[0]))
    root = draw(model=model)
    assert {e.tag for e in root.iter()} == {SVG + t for t in ("svg", "title", "g", "path", "rect", "text")}
    assert not [k for e in root.iter() for k in e.attrib if k.startswith("on")]
    check_geometry(model_layout(model, "en"), list(names), list(model.paths))


def test_map_places_drivers_and_quadrants() -> None:
    frame = sample.tables()["drivers"]
    root = ElementTree.fromstring(drivers_map(frame, sample.model(), "zh"))
    texts = {t.text for t in root.iter(f"{SVG}text")}
    assert {"感知质量", "顾客期望", "感知价值", "优先改进", "继续保持", "次要改进", "可能过度投入"} <= texts
    kinds = [e.get("class") for e in root.iter()]
    assert (kinds.count("driver"), kinds.count("whisker"), kinds.count("cut")) == (3, 6, 2)


def test_map_lines_agree_with_the_quadrants() -> None:
    frame = sample.tables()["drivers"]
    x, y = axes_of(frame)
    assert (x.cut, y.cut) == pytest.approx((frame["importance"].mean(), frame["performance"].mean()))
    assert axes_of(frame, (0.25, 75.0))[0].cut == 0.25
    moved = frame.assign(quadrant=["keep", "keep", "low"])  # a cut between .20 and .36, not at the mean
    assert axes_of(moved)[0].cut == pytest.approx((0.2047 + 0.3641) / 2)
    crossed = frame.assign(quadrant=["low", "keep", "keep"])
    assert math.isnan(axes_of(crossed)[0].cut)


def test_map_survives_one_driver_and_missing_numbers() -> None:
    frame = sample.tables()["drivers"]
    one = sample.without_intervals(frame.iloc[:1], drop=True)
    root = ElementTree.fromstring(drivers_map(one, sample.model()))
    assert [e.get("class") for e in root.iter()].count("whisker") == 0
    none = frame.assign(importance=np.nan)
    root = ElementTree.fromstring(drivers_map(none, sample.model()))
    assert [e.get("class") for e in root.iter()].count("driver") == 0
    assert set(sample.COLUMNS["drivers"]) == set(frame.columns)


def test_labels_keep_clear_of_each_other() -> None:
    points = [(100.0 + 3 * k, 100.0 + 2 * k) for k in range(8)]
    boxes = place_labels(points, [(60.0, 14.0)] * 8, Box(0, 0, 500, 400))
    assert all(a.overlap(b) == 0 for a, b in combinations(boxes, 2))
    assert all(b.outside(Box(0, 0, 500, 400)) == 0 for b in boxes)


def test_wrapping() -> None:
    assert wrap("Customer satisfaction", 12, 90) == ("Customer", "satisfaction")
    assert "".join(wrap("顾客满意度指数模型", 12, 50)) == "顾客满意度指数模型"
    assert wrap("", 12, 90) == ("",)
    long = wrap("x" * 400, 12, 90, 2)
    assert len(long) == 2
    assert long[-1].endswith("…")
    assert all(text_width(row, 12) <= 90 for row in long)


def test_a_page_never_blows_a_small_drawing_up() -> None:
    small = Model("m", (Construct("A", ()), Construct("B", ())), (("A", "B"),), Text("m"), index=IndexSpec("B"))
    for model in (small, sample.model()):
        empty = pd.DataFrame()
        svg = path_diagram(model, empty, empty, empty)
        wide, least = (float(re.findall(found, svg)[0]) for found in (r' width="(\d+)"', r"min-width:(\d+)px"))
        assert least == min(wide, 860)
