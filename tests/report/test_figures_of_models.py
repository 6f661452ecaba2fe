"""The path diagram as a figure: nothing overlaps on paper or on a telephone, and no verdict without its test."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import sample

import csimodels as cs
from csimodels.errors import DataError, SpecError
from csimodels.report import Figures
from csimodels.report.figures.charts.diagram import Arrow, Node, diagram_chart
from csimodels.report.figures.geometry import Box
from csimodels.report.figures.scene import Bar, Dot, Line, Scene, Text
from csimodels.report.html.table_views import lang_of
from csimodels.report.story.differing import changed_paths
from csimodels.report.story.ladder import ladder_picture
from csimodels.report.story.reading import Reading


def _boxes(scene: Scene) -> list[Box]:
    return [Box(m.x, m.y, m.w, m.h) for m in scene.marks if isinstance(m, Bar) and m.colour == "accent"]


@pytest.mark.parametrize("width", [344.0, 724.0])
@pytest.mark.parametrize("name", ["acsi", "ecsi", "tcsi"])
def test_boxes_stand_apart_and_within_the_figure(name: str, width: float) -> None:
    model = cs.load_model(name)
    nodes = [Node(c.name, c.label.en, "75.0", "R² 0.50", items=tuple((i.name, "0.90") for i in c.items))
             for c in model.constructs]  # fmt: skip
    scene = diagram_chart(nodes, [Arrow(a, b, "0.50") for a, b in model.paths], width)
    boxes = _boxes(scene)
    assert len(boxes) == len(nodes)
    assert all(box.outside(Box(0, 0, width, scene.height)) < 1e-6 for box in boxes)
    assert not any(a.overlap(b) for a, b in combinations(boxes, 2))
    for text in (m for m in scene.marks if isinstance(m, Text)):
        assert text.size >= 9
    down = width < 480
    first, last = (next(b for b, n in zip(boxes, nodes, strict=True) if n.name == k) for k in model.paths[0])
    assert first.bottom < last.y if down else first.right < last.x or first.bottom < last.y


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_questions_are_drawn_on_request_with_the_numbers_of_the_table(lang: str) -> None:
    content = sample.content(grouped=False)
    figures = Figures(content)
    plain, full = figures.path_diagram(lang), figures.path_diagram(lang, "column", "dark", items=True)
    assert ">QUA1<" not in plain.svg()
    loadings = content.table("loadings")
    for item, loading in zip(loadings["item"], loadings["loading"], strict=True):
        assert f">{item}<" in full.svg() and f">{loading:.2f}<" in full.svg()
    assert len(full.data) == len(plain.data) + len(loadings)
    assert "nan" not in full.svg().lower()
    ElementTree.fromstring(full.svg())


def test_a_flagged_model_shows_its_numbers_without_a_verdict() -> None:
    content = sample.content(grouped=False)
    paths = content.tables["paths"].assign(low=-0.5, high=0.9)
    dashed = Figures(replace(content, tables={**content.tables, "paths": paths})).path_diagram()
    assert dashed.title.startswith(f"0 of {len(paths)} paths are measurable")
    assert 'stroke-dasharray="6 5"' in dashed.svg()
    flagged = replace(content, tables={**content.tables, "paths": paths.assign(status="not converged")})
    assert not flagged.bears_verdicts
    drawn = Figures(flagged).path_diagram()
    assert drawn.title == "The model is flagged: its numbers, without a verdict."
    assert "stroke-dasharray" not in drawn.svg()


@pytest.fixture(scope="module")
def years() -> cs.Result:
    first, second = (cs.simulate("acsi", 120, seed=seed).data.assign(year=2025 + seed) for seed in (0, 1))
    second["SAT1"] = second["EXP1"]
    both = pd.concat([first, second], ignore_index=True)
    return cs.Study("acsi", both, by="year", uncertainty=cs.Linearised()).run(progress=False)


def test_differences_are_those_of_the_tests_and_bold_only_where_significant(years: cs.Result) -> None:
    tests = years.multigroup("paths", 40)
    drawn = years.figures.path_differences(tests, "2025", "2026")
    sure = tests[tests["p_adj"] < 0.05]
    assert drawn.title.startswith(f"{len(sure)} of 9 paths differ measurably between 2025 and 2026: ")
    scene = drawn.plot(700.0)
    solid = [m for m in scene.marks if isinstance(m, Line) and not m.dash]
    assert len(solid) == len(sure)
    shown = {m.text for m in scene.marks if isinstance(m, Text)}
    estimates = years.paths().set_index(["year", "source", "target"])["estimate"]
    for row in tests.itertuples():
        ends = tuple(str(row.subject).split(" -> "))
        a, b = (estimates.loc[(year, *ends)] for year in (2025, 2026))
        assert row.difference == pytest.approx(a - b, abs=1e-9)
        assert f"{a:.2f} / {b:.2f}".replace("-", "−") in shown
    assert drawn.caption.startswith("2025: n = 120 · 2026: n = 120 · permutations: 40, p corrected for the pairs")
    nothing = years.figures.path_differences(tests.assign(p_adj=np.nan), lang="zh", size="column", theme="dark")
    assert nothing.title == "未显示2025与2026有任何路径不同。"
    assert all(m.dash for m in nothing.plot(344.0).marks if isinstance(m, Line))


def test_differences_by_intervals_are_drawn_without_a_table(years: cs.Result) -> None:
    tests = years.path_differences().assign(different=[k in (3, 6) for k in range(9)])
    drawn, own = years.figures.path_differences(tests, "2025", "2026"), years.figures.path_differences()
    assert drawn.title.startswith("2 of 9 paths differ measurably between 2025 and 2026: ")
    assert sum(isinstance(m, Line) and not m.dash for m in drawn.plot(700.0).marks) == 2
    assert own.title == "No path is shown to differ between 2025 and 2026."
    assert own.caption.startswith("2025: n = 120 · 2026: n = 120 · 95 % intervals, p corrected for all paths")
    assert [*own.data["difference"]] == [*tests["difference"]]
    first = years.path_differences().iloc[0]
    assert f"[{first.low:.3f}, {first.high:.3f}]".replace("-", "−") in own.svg()
    changes = years.path_changes(by="year").assign(different=[k < 3 for k in range(9)])
    assert "9条路径中有3条" in years.figures.path_differences(changes, "2026", "2025", "zh").title
    with pytest.raises(DataError, match="path_changes"):
        years.figures.path_differences(tests.drop(columns="low"))


def test_the_story_says_which_paths_changed(years: cs.Result) -> None:
    content, changes = years.content, years.path_changes(by="year")
    wave = replace(content.model.data, wave=replace(content.model.data.wave, column="year"))
    content = replace(content, model=replace(content.model, data=wave))

    def read(table: pd.DataFrame) -> Reading:
        mine = replace(content, tables={**content.tables, "path_changes": table})
        return Reading(mine, lang_of(mine, "en"))

    said, drawn = changed_paths(read(changes.assign(different=changes["source"] == "Complaints")))
    row = changes.set_index("source").loc["Complaints"]
    by = f"{row['change']:+.2f} (interval {row['low']:+.2f} to {row['high']:+.2f})".replace("-", "−")
    told = "Changed measurably since 2025, with p-values corrected for all 9 changes of paths between waves: Customer "
    told += "complaints → Customer loyalty by "
    assert str(said[0]) == f"{told}{by}."
    assert drawn is not None and "between 2026 and 2025" in drawn.title
    said, drawn = changed_paths(read(changes.assign(different=False)))
    assert drawn is None and str(said[0]).startswith("No path of the model is shown to have changed since 2025, ")


def test_a_pair_that_was_not_tested_is_named(years: cs.Result) -> None:
    tests = years.multigroup("paths", 20)
    with pytest.raises(DataError, match="year = 2025 – year = 2026"):
        years.figures.path_differences(tests, "2019")
    with pytest.raises(DataError, match="multigroup"):
        years.figures.path_differences(tests.drop(columns="p_adj"))


def _tree() -> pd.DataFrame:
    nodes = [("Total", "", 0, np.nan), ("First", "Total", 1, 0.6), ("Q1", "First", 2, 1.0), ("Second", "Total", 1, 0.4)]
    rows = [{"node": a, "parent": b, "depth": d, "weight": w, "effective_weight": w, "index": 70.0 + d, "se": 1.0,
             "low": 68.0 + d, "high": 72.0 + d, "n": 100, "status": "ok"} for a, b, d, w in nodes]  # fmt: skip
    return pd.DataFrame(rows)


def _focus() -> pd.DataFrame:
    names = ("share", "value_share")
    rows = []
    for step, x in (("all", 1.0), ("high", 0.2)):
        shares = {f"{name}{end}": x + d for name in names for end, d in (("", 0.0), ("_low", -0.05), ("_high", 0.05))}
        rows.append({"step": step, "rule": "", "n": 100 * x, **shares, "index": 75.0, "se": 1.0, "low": 73.0,
                     "high": 77.0, "status": "ok"})  # fmt: skip
    return pd.DataFrame(rows)


def _curve(low: float) -> pd.DataFrame:
    at = [20.0, 40.0, 60.0, 80.0]
    estimate = [0.0, 0.1, 0.2, 0.3]
    return pd.DataFrame({"target": "Satisfaction", "source": "Quality", "moderator": "Value", "at": [-2, -1, 1, 2],
                         "level": at, "second": "", "second_at": np.nan, "estimate": estimate, "se": 0.05,
                         "low": [low + e for e in estimate], "high": [0.1 + e for e in estimate], "p": 0.1,
                         "points": 0.1, "status": "ok"})  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_tree_funnel_and_floodlight_are_figures_of_the_story(lang: str) -> None:
    base = sample.content(grouped=False)
    figures = Figures(replace(base, tables={
        **base.tables, "hierarchy": _tree(), "focus": _focus(), "floodlight_curve": _curve(-0.15)
    }))  # fmt: skip
    assert {"hierarchy", "focus", "floodlight_Quality_Value"} <= set(figures.names())
    for drawn in (figures.hierarchy(lang, "column", "dark"), figures.focus(lang, "column", "dark"),
                  figures.floodlight("Quality", lang=lang, size="column", theme="dark")):  # fmt: skip
        root = ElementTree.fromstring(drawn.svg())
        assert "nan" not in drawn.svg().lower() and drawn.caption
        for node in root.iter():
            assert -1 <= float(node.get("x", "0")) <= 381 and float(node.get("font-size", "99")) >= 9
    wide = figures.hierarchy(lang)
    assert ">60.0%<" in wide.svg() and ">71.0 [69.0, 73.0]<" in wide.svg()
    assert len(_boxes(wide.plot(724.0))) == 4
    assert _boxes(wide.plot(344.0)) == []  # rows that step inwards
    assert ">20%<" in figures.focus(lang).svg()
    if lang == "en":
        assert wide.title == "Total stands at 70.0; First weighs most with 60%."
        assert "20% of the respondents and 20% of the value (interval 15% to 25%)" in figures.focus().title
    with pytest.raises(SpecError, match=r"Quality \(Value\)"):
        figures.floodlight("Loyalty")


def test_an_effect_is_there_only_where_its_interval_leaves_0_out() -> None:
    base = sample.content(grouped=False)

    def title(low: float) -> str:
        return Figures(replace(base, tables={**base.tables, "floodlight_curve": _curve(low)})).floodlight().title

    assert title(-0.15).endswith("is measurable where Perceived value stands at 60 to 80.")
    assert title(-0.5).startswith("At no level of Perceived value")
    assert title(0.05).endswith("is measurable at every level of Perceived value.")


def test_the_ladder_ends_where_cfi_falls_by_more_than_the_rule() -> None:
    steps = ["configural", "metric", "scalar", "strict"]
    fall = [np.nan, -0.005, -0.025, -0.001]
    table = pd.DataFrame({"step": steps, "cfi": [0.98, 0.975, 0.95, 0.949], "delta_cfi": fall,
                          "p_diff": [np.nan, 0.2, 0.0001, 0.4], "status": "ok"})  # fmt: skip
    drawn = ladder_picture(table, (100, 120))
    words = "By the rule of thumb, measurement is equal up to equal loadings (metric); at equal intercepts (scalar) "
    words += "CFI falls by 0.025, "
    assert drawn.title == words + "more than 0.01."
    assert drawn.caption.startswith("220 respondents in 2 groups")
    dots = [m for m in drawn.plot(700.0).marks if isinstance(m, Dot) and m.said]
    assert [d.colour for d in dots] == ["accent", "accent", "amber", "accent"]
    ticks = [m for m in drawn.plot(700.0).marks if isinstance(m, Line) and m.colour == "ink"]
    assert len(ticks) == 1 + 3  # one in the legend
    held = ladder_picture(table.assign(delta_cfi=[np.nan, -0.005, -0.01, 0.0]), (100, 120), "zh", "column", "dark")
    assert held.title.startswith("按经验标准，测量等同性成立至残差相等（严格等同）：")
    lost = table.assign(status=["ok", "not converged", "ok", "ok"])
    assert "no usable fit" in ladder_picture(lost, (100, 120)).title
