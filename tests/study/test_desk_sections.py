"""Classes, gaps, delivered value and moves to a target: printed numbers, brute force, and the house's own errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import SpecError

TENTHS = """
csi: 1
items: {Q: {en: Overall satisfaction, zh: 总体满意度}}
indices: {Tenths: {kind: ten_point, item: Q}}
targets: {Tenths: {level: 80, move: [8, 9]}}
"""


def answers_of_38() -> pd.DataFrame:
    return pd.DataFrame({"Q": [6] + [7] * 2 + [8] * 34 + [9]})


def test_three_respondents_from_8_to_9_reach_80() -> None:
    """FORMULAS.md F8: 80 x 38/10 - 301 = 3 points; 304/38 x 10 = 80.000; 1/38 -> 4/38 = 10.526 %."""
    result = cs.Study(cs.parse_model(TENTHS), answers_of_38()).run(progress=False)
    row = result.target_moves().iloc[0]
    assert row["index"] == pytest.approx(301 / 38 * 10, abs=1e-12)
    assert row["needed"] == pytest.approx(3, abs=1e-9) and row["respondents"] == 3 and row["there"] == 34
    assert row["after"] == pytest.approx(80, abs=1e-9)
    assert 100 * row["share_after"] == pytest.approx(10.526, abs=5e-4)
    assert 100 * (row["share_after"] - row["share_before"]) == pytest.approx(7.895, abs=5e-4)
    target = result.targets().iloc[0]
    assert target["se"] == pytest.approx(0.693557, abs=5e-7)
    error = target["se"] * 38 / 10  # of the unrounded number: slope of (80 - I) n / 10
    assert row["high"] - row["needed"] == pytest.approx((target["high"] - target["distance"]) / target["se"] * error)


def test_a_move_on_a_question_of_a_construct_against_moving_respondents() -> None:
    """One from 8 to 9 raises the index by 100 u_k / (W sum u (max - min)): moved in the data, weights fixed."""
    data = cs.simulate("ecsi", 250, seed=3).data
    spec = "csi: 1\nextends: ecsi\ntargets: {{Satisfaction: {{level: {level}, move: [8, 9], item: CUSA2}}}}"
    first = cs.Study(cs.parse_model(spec.format(level=70)), data, uncertainty=None).run()
    level = first.index().set_index("construct").loc["Satisfaction", "index"] + 0.5
    result = cs.Study(cs.parse_model(spec.format(level=level)), data, uncertainty=None).run()
    row = result.target_moves().iloc[0]
    moved = data.copy()
    moved.loc[moved.index[moved["CUSA2"] == 8][: int(row["respondents"])], "CUSA2"] = 9
    weights = dict(result.loadings().set_index("item")["weight_unstd"])
    again = cs.Study("ecsi", moved, uncertainty=None, index_weights=weights).run()
    reached = again.index().set_index("construct").loc["Satisfaction", "index"]
    assert reached == pytest.approx(row["after"], abs=1e-9) and reached >= level


def test_weighted_respondents_are_counted_by_their_weights() -> None:
    data = answers_of_38().assign(w=np.linspace(0.5, 1.5, 38))
    result = cs.Study(cs.parse_model(TENTHS), data, weight="w").run(progress=False)
    row = result.target_moves().iloc[0]
    wanted = data["w"].sum() * (80 - result.indices()["value"].iloc[0]) / 10
    assert row["respondents"] == row["needed"] == pytest.approx(wanted)
    assert any("counted by their weights" in note for note in result.notes)


def test_too_few_who_could_move_is_said() -> None:
    spec = TENTHS.replace("move: [8, 9]", "move: [7, 8]")
    row = cs.Study(cs.parse_model(spec), answers_of_38()).run(progress=False).target_moves().iloc[0]
    assert row["respondents"] == 3 and row["there"] == 2 and row["status"] == "too few there"
    assert np.isnan(row["after"]) and np.isnan(row["share_after"])


def test_the_probability_that_a_target_is_reached() -> None:
    """F8: I 74.2, se .9, target 75 -> .187031, here by answers with that mean and error."""
    from csimodels.desk.targets import probability_reached

    assert float(probability_reached(np.asarray(74.2), np.asarray(0.9), np.asarray(75.0))) == pytest.approx(
        0.187031, abs=5e-7
    )
    row = cs.Study(cs.parse_model(TENTHS), answers_of_38()).run(progress=False).targets().iloc[0]
    assert 0 < row["probability"] < 0.5


# ---- gaps -----------------------------------------------------------------------------------------------------------

POINTS = (11, 32, 22, 19, 16)
GAPS = "csi: 1\nscale: [1, 10]\nitems: [{items}]\ngaps:\n{dimensions}"


def servqual(points: tuple[object, ...] | None = POINTS) -> str:
    lines = []
    for k in range(5):
        own = "" if points is None else f", points: {points[k]}"
        lines.append(f"  D{k}: {{items: {{P{k}: E{k}}}{own}}}")
    items = [f"{side}{k}" for side in "PE" for k in range(5)]
    return GAPS.format(items=", ".join(items), dimensions="\n".join(lines))


def with_means(means: list[float]) -> np.ndarray:
    """Ten answers to each question, which vary and have the stated means."""
    x = np.stack([np.floor(m) + (np.arange(10) < round(10 * (m % 1))) for m in means], axis=1)
    x[0] += 1
    x[-1] -= 1
    return x


def test_the_gaps_of_f14() -> None:
    """F14: gaps -.2 -1.6 -1.7 -.6 -.9, mean -1.000, weighted -1.166 (= -12.9556 points of 0-100)."""
    p, e = with_means([7.9, 7.2, 6.8, 7.6, 7.0]), with_means([8.1, 8.8, 8.5, 8.2, 7.9])
    data = pd.DataFrame(np.hstack([p, e]), columns=[f"{s}{k}" for s in "PE" for k in range(5)])
    table = cs.Study(cs.parse_model(servqual()), data).run(progress=False).gaps()
    parts = table.set_index(["level", "name"])
    items = table[table["level"] == "item"]
    assert items["gap_answers"].to_list() == pytest.approx([-0.2, -1.6, -1.7, -0.6, -0.9], abs=1e-12)
    assert parts.loc[("total", ""), "gap_answers"] == pytest.approx(-1.0, abs=1e-12)
    assert parts.loc[("weighted", ""), "gap_answers"] == pytest.approx(-1.166, abs=1e-12)
    assert parts.loc[("weighted", ""), "gap"] == pytest.approx(-12.9556, abs=5e-5)


def gap_data(n: int = 120) -> pd.DataFrame:
    random = np.random.default_rng(5)
    base = random.normal(0, 1, n)
    frame = pd.DataFrame(
        {f"{s}{k}": np.clip(np.rint(7 + base + random.normal(0, 1.2, n)), 1, 10) for s in "PE" for k in range(5)}
    )
    frame.loc[random.random(n) < 0.1, "P1"] = np.nan
    points = random.dirichlet(np.ones(5) * 4, n)
    for k in range(5):
        frame[f"W{k}"] = np.rint(100 * points[:, k])
    frame["g"] = random.choice(["x", "y"], n)
    return frame


def test_gaps_are_paired_and_each_weighs_by_the_points_of_the_respondent() -> None:
    """Errors of paired means by hand (n - 1); reliability by alphas and the difference of two sums, by numpy."""
    spec = servqual(tuple(f"W{k}" for k in range(5))).replace("E4]", "E4, W0, W1, W2, W3, W4]")
    spec = spec.replace("items: [", "items: [").replace("scale: [1, 10]", "scale: [0, 100]")
    data = gap_data()
    model = cs.parse_model(spec)
    result = cs.Study(model, data).run(progress=False)
    parts = result.gaps().set_index(["level", "name"])
    gap = (data["P1"] - data["E1"]).dropna()
    assert parts.loc[("item", "P1"), "gap"] == pytest.approx(gap.mean())
    assert parts.loc[("item", "P1"), "se"] == pytest.approx(gap.std() / np.sqrt(len(gap)), rel=1e-2)
    assert parts.loc[("item", "P1"), "n"] == len(gap)
    shares = [parts.loc[("item", "P1"), name] for name in ("above", "equal", "below")]
    assert shares == pytest.approx([(gap > 0).mean(), (gap == 0).mean(), (gap < 0).mean()])
    w = data[[f"W{k}" for k in range(5)]].to_numpy()
    gaps = data[[f"P{k}" for k in range(5)]].to_numpy() - data[[f"E{k}" for k in range(5)]].to_numpy()
    each = (w / w.sum(axis=1, keepdims=True) * gaps).sum(axis=1)
    known = each[~np.isnan(each)]
    assert parts.loc[("weighted", ""), "gap"] == pytest.approx(known.mean())
    assert parts.loc[("weighted", ""), "se"] == pytest.approx(known.std(ddof=1) / np.sqrt(len(known)), rel=1e-2)
    assert any("points that do not sum to 100" in note for note in result.notes) == bool((w.sum(axis=1) != 100).any())


def test_the_reliability_of_a_difference() -> None:
    data = gap_data().drop(columns="P1").assign(P1=lambda d: d["P0"])
    spec = GAPS.format(items="P0, P2, E0, E2", dimensions="  D: {P0: E0, P2: E2}")
    row = cs.Study(cs.parse_model(spec), data, uncertainty=None).run().gaps().query("level == 'dimension'").iloc[0]

    def alpha(x: np.ndarray) -> float:
        return 2 * (1 - x.var(axis=0, ddof=1).sum() / x.sum(axis=1).var(ddof=1))

    p, e = data[["P0", "P2"]].to_numpy(), data[["E0", "E2"]].to_numpy()
    cov = np.cov(p.sum(axis=1), e.sum(axis=1))
    shared = 2 * cov[0, 1]
    wanted = (alpha(p) * cov[0, 0] + alpha(e) * cov[1, 1] - shared) / (cov[0, 0] + cov[1, 1] - shared)
    assert row["reliability"] == pytest.approx(wanted, abs=1e-9)


# ---- delivered value ------------------------------------------------------------------------------------------------


def test_delivered_value_is_what_is_got_less_what_is_given() -> None:
    data = cs.simulate("ecsi", 200, seed=6).data.assign(g=np.arange(200) % 2)
    spec = "csi: 1\nextends: ecsi\ndelivered_value: {values: {Quality: 0.7, Image: 0.3}, costs: [PERV1, PERV2]}"
    result = cs.Study(cs.parse_model(spec), data, by="g").run(progress=False)
    index = result.index().set_index(["g", "construct"])["index"]
    table = result.delivered_value()
    for g in (0, 1):
        mine = table[table["g"] == g].set_index(["part", "name"])
        value = 0.7 * index[g, "Quality"] + 0.3 * index[g, "Image"]
        cost = 100 * (data[data["g"] == g][["PERV1", "PERV2"]].to_numpy() - 1).mean() / 9
        assert mine.loc[("delivered", ""), "score"] == pytest.approx(value - cost, abs=1e-9)
        assert mine.loc[("total_value", ""), "score"] == pytest.approx(value) and (mine["low"] < mine["high"]).all()
    single = cs.parse_model("csi: 1\nitems: [A, B]\ndelivered_value: {values: [A], costs: [B]}")
    random = np.random.default_rng(1)
    data = pd.DataFrame(random.integers(1, 11, (90, 2)), columns=["A", "B"])
    row = cs.Study(single, data).run(progress=False).delivered_value().iloc[-1]
    gap = 100 * (data["A"] - data["B"]) / 9
    assert row["score"] == pytest.approx(gap.mean()) and row["se"] == pytest.approx(gap.sem(), rel=1e-6)


# ---- classes --------------------------------------------------------------------------------------------------------

CLASSES = """
csi: 1
items: {Q: {scale: [0, 100]}, R: {scale: [0, 10]}}
indices: {NPS: {kind: nps, item: R}}
classes: {column: class, weights: {intermediate: 0.3, external: 0.5, competitor: 0.2}}
"""


def class_data() -> pd.DataFrame:
    parts = []
    for name, level, n in (("intermediate", 78, 40), ("external", 74, 60), ("competitor", 66, 30)):
        spread = np.tile([-8, -3, 3, 8], n)[:n]
        spread = spread - round(spread.mean()) if n % 4 else spread
        parts.append(pd.DataFrame({"Q": level + spread - spread.mean(), "class": name}))
    data = pd.concat(parts, ignore_index=True)
    return data.assign(R=np.arange(len(data)) % 11, wave=np.arange(len(data)) % 2)


def test_the_total_over_classes_of_f3() -> None:
    """F3: .3 x 78 + .5 x 74 + .2 x 66 = 73.6; var = sum W_c^2 var_c; replicates give the same within 15 %."""
    model, data = cs.parse_model(CLASSES), class_data()
    assert model.data.by == ("class",)
    result = cs.Study(model, data, uncertainty="linearised").run(progress=False)
    table = result.classes()
    mine = table[table["construct"] == "Q"].set_index("class")
    assert mine["index"].to_list() == pytest.approx([78, 74, 66, 73.6], abs=1e-9)
    assert mine.loc["", "se"] ** 2 == pytest.approx((mine["weight"].iloc[:3] ** 2 * mine["se"].iloc[:3] ** 2).sum())
    assert mine["n"].to_list() == [40, 60, 30, 130]
    nps = table[table["construct"] == "NPS"].set_index("class")
    assert nps.loc["", "index"] == pytest.approx((nps["weight"] * nps["index"]).iloc[:3].sum())
    boot = cs.Study(model, data, uncertainty=cs.Bootstrap(replicates=300, seed=2)).run(progress=False).classes()
    np.testing.assert_allclose(boot["se"], table["se"], rtol=0.2)


def test_contacts_are_shares_and_waves_are_kept_apart() -> None:
    spec = CLASSES.replace("weights: {intermediate: 0.3, external: 0.5, competitor: 0.2}",
                           "contacts: {intermediate: 30, external: 50, competitor: 20}")  # fmt: skip
    model, data = cs.parse_model(spec + "data: {wave: wave}"), class_data()
    table = cs.Study(model, data, uncertainty=None).run().classes()
    one = cs.parse_model(CLASSES + "data: {where: {wave: 1}}")
    alone = cs.Study(one, data, uncertainty=None).run().classes()
    mine = table[table["wave"] == 1].drop(columns="wave").reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone)


def test_a_class_without_respondents_and_one_without_weight_are_named_together() -> None:
    spec = CLASSES.replace("competitor: 0.2", "rival: 0.2")
    with pytest.raises(SpecError) as caught:
        cs.Study(cs.parse_model(spec), class_data()).run(progress=False)
    said = "\n".join(map(str, caught.value.problems))
    assert "a class has no respondents" in said and "rival" in said
    assert "a class of the data has no weight" in said and "competitor" in said


def test_a_class_that_is_absent_from_a_wave_is_said() -> None:
    data = class_data()
    data = data[(data["class"] != "competitor") | (data["wave"] == 1)]
    table = cs.Study(cs.parse_model(CLASSES + "data: {wave: wave}"), data, uncertainty=None).run().classes()
    total = table[(table["wave"] == 0) & (table["class"] == "") & (table["construct"] == "Q")].iloc[0]
    assert "competitor (20.0 %)" in total["status"]


# ---- everywhere -----------------------------------------------------------------------------------------------------

ALL = """
csi: 1
extends: acsi
classes: {column: class, weights: {a: 0.6, b: 0.4}}
gaps:
  Product: {items: {QUA1: EXP1, QUA2: EXP2}, points: 60, label: {en: Product, zh: 产品}}
  Service: {items: {QUA3: EXP3}, points: 40, label: {en: Service, zh: 服务}}
delivered_value: {values: [Quality], costs: [VAL1]}
targets: {Satisfaction: {level: 78, move: [8, 9], item: SAT1}}
uncertainty: {method: linearised}
report: {languages: [en, zh]}
"""


def test_stored_shown_in_both_languages_and_read_back(tmp_path: Path) -> None:
    data = cs.simulate("acsi", 240, seed=4).data.assign(**{"class": np.tile(["a", "b"], 120)})
    model = cs.parse_model(ALL)
    assert cs.parse_model(cs.dump_model(model)).desk == model.desk
    assert cs.parse_model(cs.dump_model(model)).hash == model.hash
    result = cs.Study(model, data).run(progress=False)
    out = tmp_path / "out"
    cs.save(result, out)
    for name in ("classes", "gaps", "overall_gaps", "delivered_value", "target_moves"):
        assert (out / f"tables/{name}.csv").exists(), name
    loaded = cs.load_result(out)
    pd.testing.assert_frame_equal(loaded.classes(), result.classes(), check_dtype=False)
    pd.testing.assert_frame_equal(loaded.whole.gaps(), result.whole.gaps())
    assert result.figures.gaps("zh").title and len(result.figures.classes().data) == 3
    page = (out / "report.html").read_text(encoding="utf-8") if (out / "report.html").exists() else ""
    if not page:
        result.report(out)
        page = "".join(p.read_text(encoding="utf-8") for p in out.glob("*.html"))
    for words in ("What was expected and what was found", "期望与实际感受", "Delivered value", "顾客让渡价值", "服务"):
        assert words in page


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("b: 0.4", "b: 0.5", "the weights do not add up"),
        ("points: 40", "points: 30", "the weights do not add up"),
        ("points: 40, ", "", "every dimension needs its points"),
        ("level: 78", "level: 130", "a target lies within the index"),
        ("move: [8, 9]", "move: [8, 12]", "there is no such move"),
        ("move: [8, 9]", "move: [9, 8]", "does not lead to a better value"),
        (", item: SAT1", "", "say which one is answered anew"),
        ("item: SAT1", "item: QUA1", "is no question of Satisfaction"),
        ("costs: [VAL1]", "costs: [VAL7]", "is neither an item nor a construct"),
        ("QUA3: EXP3", "QUA3: COMP1", "have different scales"),
        ("weights: {a: 0.6, b: 0.4}", "weights: {a: 1}, contacts: {a: 3}", "not both"),
        ("QUA3: EXP3", "QUA1: EXP3", "stands in two dimensions"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, said: str) -> None:
    assert old in ALL
    with pytest.raises(SpecError, match=said):
        cs.Study(cs.parse_model(ALL.replace(old, new)), None)
