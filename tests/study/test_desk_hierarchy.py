"""A hierarchy of weights through the front door: F2, F5, F6 and F31 of the check values, errors, bad input."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import DataError, SpecError
from csimodels.report import render_html
from csimodels.spec import load_model, parse_model

PARENTS = """
csi: 1
scale: [0, 10]
items: [Q1, Q2, Q3, Q4]
hierarchy:
  Total: {of: {First: 0.6, Second: 0.4}, label: {en: Total, zh: 总体}}
  First: [Q1, Q2]
  Second: {of: {Q3: 0.7, Q4: 0.3}, label: {en: Second part, zh: 第二部分}}
report: {languages: [en, zh]}
"""
COMPARED = "[[1, 3, 5], [1/3, 1, 3], [1/5, 1/3, 1]]"
WEALTH = [
    "1 4 9 6 6 5 5",
    "1/4 1 7 5 5 3 4",
    "1/9 1/7 1 1/5 1/5 1/7 1/5",
    "1/6 1/5 5 1 1 1/3 1/3",
    "1/6 1/5 5 1 1 1/3 1/3",
    "1/5 1/3 7 3 3 1 2",
    "1/5 1/4 5 3 3 1/2 1",
]
EXPERTS = [
    [20, 22, 18, 25, 20],
    [18, 15, 20, 18, 17],
    [10, 12, 10, 8, 12],
    [8, 8, 9, 7, 8],
    *([14, 13, 13, 12, 13], [16, 16, 15, 15, 16], [6, 6, 7, 7, 6], [8, 8, 8, 8, 8]),
]
#: Percent of the levels 5 (best) to 1 of eight elements (F4).
SHARES = [
    [40, 45, 10, 4, 1],
    [35, 45, 15, 4, 1],
    [30, 40, 20, 8, 2],
    [50, 30, 15, 4, 1],
    *([25, 50, 15, 8, 2], [45, 40, 10, 4, 1], [55, 35, 8, 2, 0], [20, 40, 25, 10, 5]),
]


def of_means(*means: float) -> pd.DataFrame:
    """Twenty answers to each question, one point above and below its mean in turn."""
    sign = np.tile([1.0, -1.0], 10)
    return pd.DataFrame({f"Q{k}": mean + np.roll(sign, k) for k, mean in enumerate(means, 1)})


def test_two_parents_of_f2(tmp_path: Path) -> None:
    """Parents 75.0 and 69.0, total 72.6, effective weights .30 .30 .28 .12; the page draws it in both languages."""
    of_means(8, 7, 6, 9).to_csv(tmp_path / "survey.csv", index=False)
    (tmp_path / "spec.yaml").write_text(PARENTS + "data: {file: survey.csv}\n", encoding="utf-8")
    result = cs.Study(tmp_path / "spec.yaml").run(progress=False)
    cs.save(result, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out/tables/hierarchy.csv").set_index("node")
    assert table.index.to_list() == ["Total", "First", "Q1", "Q2", "Second", "Q3", "Q4"]
    assert table["index"].to_list() == pytest.approx([72.6, 75, 80, 70, 69, 60, 90], abs=1e-9)
    effective = table.loc[["Q1", "Q2", "Q3", "Q4"], "effective_weight"]
    assert effective.to_list() == pytest.approx([0.30, 0.30, 0.28, 0.12], abs=1e-12)
    assert cs.verify(tmp_path / "out").same
    for lang, words in (("en", "Second part"), ("zh", "第二部分")):
        page = render_html(result.content, lang)
        assert "72.6" in page and words in page and f'id="{lang}-fig-hierarchy"' in page
    drawn = result.figures.hierarchy("zh")
    assert "60.0%" in drawn.svg() and "总体" in drawn.svg()
    assert drawn.title.endswith("权重最大，占60%。")
    loaded = cs.load_result(tmp_path / "out")
    pd.testing.assert_frame_equal(loaded.hierarchy(), result.hierarchy())


def test_errors_are_those_of_the_weighted_answers() -> None:
    """Linear in the answers: the error of the total is that of the mean of sum w_k P_k of the respondents."""
    random = np.random.default_rng(2)
    data = pd.DataFrame({f"Q{k}": random.integers(0, 11, 150) for k in range(1, 5)}).astype(float)
    for method, tolerance in (("jackknife", 1e-9), ("linearised", 1e-6)):
        table = cs.Study(parse_model(PARENTS), data, uncertainty=method).run(progress=False).hierarchy()
        score = 10 * data.to_numpy() @ [0.30, 0.30, 0.28, 0.12]
        assert table["se"].iloc[0] == pytest.approx(score.std(ddof=1) / np.sqrt(150), rel=tolerance)
    holes = data.mask(random.random(data.shape) < 0.2)
    total = cs.Study(parse_model(PARENTS), holes).run(progress=False).hierarchy()["index"].iloc[0]
    assert total == pytest.approx(10 * holes.mean().to_numpy() @ [0.30, 0.30, 0.28, 0.12], abs=1e-9)


def test_groups_and_waves_have_the_numbers_of_their_own_rows() -> None:
    data = pd.concat([of_means(8, 7, 6, 9).assign(year=2025), of_means(7, 7, 6, 8).assign(year=2026)])
    data["company"] = np.tile(["x", "y"], 20)
    model = parse_model(PARENTS + "data: {by: [company], wave: year}\n")
    result = cs.Study(model, data).run(progress=False)
    tops = result.hierarchy().query("node == 'Total'").set_index(["company", "year"])["index"]
    weights = {"Q1": 3.0, "Q2": 3.0, "Q3": 2.8, "Q4": 1.2}
    wanted = data.groupby(["company", "year"])[list(weights)].mean() @ pd.Series(weights)
    assert tops.sort_index().to_numpy() == pytest.approx(wanted.sort_index().to_numpy(), abs=1e-9)
    assert result.whole.hierarchy()["index"].iloc[0] == pytest.approx(wanted[:, 2026].mean(), abs=1e-9)


def test_comparisons_of_f6_and_the_wealth_of_nations() -> None:
    """w .636986 .258285 .104729, CR .0331992; with the later table .0370; Saaty's 7 x 7: 7.6077203, CR .0767324."""
    three = "csi: 1\nscale: [0, 10]\nitems: [Q1, Q2, Q3]\nhierarchy:\n  T: {of: [Q1, Q2, Q3], ahp: %s%s}\n"
    result = cs.Study(parse_model(three % (COMPARED, "")), of_means(5, 6, 7)).run(progress=False)
    weights = result.hierarchy()["weight"].to_list()[1:]
    assert [round(w, 6) for w in weights] == [0.636986, 0.258285, 0.104729]
    judged = result.hierarchy_weights().iloc[0]
    assert round(judged["lambda_max"], 7) == 3.0385111 and round(judged["ci"], 7) == 0.0192555
    assert round(judged["cr"], 7) == 0.0331992 and judged["random_index"] == "saaty1980" and judged["accepted"]
    later = cs.Study(parse_model(three % (COMPARED, ", random_index: saaty2005")), of_means(5, 6, 7)).run(
        progress=False
    )
    assert round(later.hierarchy_weights()["cr"].iloc[0], 4) == 0.0370
    rows = ", ".join(f"[{', '.join(row.split())}]" for row in WEALTH)
    names = [f"Q{k}" for k in range(1, 8)]
    listed = ", ".join(names)
    seven = f"csi: 1\nscale: [0, 10]\nitems: [{listed}]\nhierarchy: {{T: {{of: [{listed}], ahp: [{rows}]}}}}"
    result = cs.Study(parse_model(seven), of_means(*range(2, 9))).run(progress=False)
    found = [round(w, 6) for w in result.hierarchy()["weight"].to_list()[1:]]
    assert found == [0.427115, 0.230293, 0.020838, 0.052386, 0.052386, 0.122719, 0.094263]
    judged = result.hierarchy_weights().iloc[0]
    assert round(judged["lambda_max"], 7) == 7.6077203 and round(judged["cr"], 7) == 0.0767324


def test_several_judges_are_joined_by_geometric_means_and_shown_one_by_one() -> None:
    both = "[[[1, 4], [1/4, 1]], [[1, 1], [1, 1]]]"
    text = f"csi: 1\nscale: [0, 10]\nitems: [Q1, Q2]\nhierarchy: {{T: {{of: [Q1, Q2], ahp: {both}}}}}"
    result = cs.Study(parse_model(text), of_means(5, 6)).run(progress=False)
    assert result.hierarchy()["weight"].to_list()[1:] == pytest.approx([2 / 3, 1 / 3], abs=1e-12)
    assert result.hierarchy_weights()["judge"].to_list() == ["", "1", "2"]


def test_points_of_experts_of_f5_give_the_weighted_mean_of_f4() -> None:
    """W .9691566, chi2 33.92048, df 7, p 1.782e-05; CSD 81.5964 from levels valued 100, 80, 60, 40, 20."""
    names = [f"E{k}" for k in range(1, 9)]
    points = ", ".join(f"X{m}: [{', '.join(str(row[m]) for row in EXPERTS)}]" for m in range(5))
    listed = ", ".join(names)
    text = f"csi: 1\nscale: [0, 5]\nitems: [{listed}]\nhierarchy: {{CSD: {{of: [{listed}], delphi: {{{points}}}}}}}"
    data = pd.DataFrame({name: np.repeat([5, 4, 3, 2, 1], row) for name, row in zip(names, SHARES, strict=True)})
    result = cs.Study(parse_model(text), data).run(progress=False)
    assert round(result.hierarchy()["index"].iloc[0], 4) == 81.5964
    found = result.hierarchy()["weight"].to_list()[1:]
    assert found == pytest.approx([0.21, 0.176, 0.104, 0.08, 0.13, 0.156, 0.064, 0.08], abs=1e-12)
    judged = result.hierarchy_weights().iloc[0]
    assert round(judged["kendall_w"], 7) == 0.9691566 and round(judged["chi2"], 5) == 33.92048
    assert judged["df"] == 7 and f"{judged['p']:.3e}" == "1.782e-05" and judged["accepted"]


def test_weights_by_the_spread_of_f31_come_with_a_warning() -> None:
    """Entropy weights .284882 .056497 .658621 of five rows; each row twice gives the same weights."""
    rows = np.repeat([[8, 7, 9], [6, 7, 5], [9, 8, 9], [5, 6, 4], [7, 7, 8]], 2, axis=0)
    data = pd.DataFrame(rows, columns=["Q1", "Q2", "Q3"])
    text = "csi: 1\nscale: [0, 10]\nitems: [Q1, Q2, Q3]\nhierarchy: {T: {of: [Q1, Q2, Q3], weights: %s}}"
    result = cs.Study(parse_model(text % "entropy"), data).run(progress=False)
    assert [round(w, 6) for w in result.hierarchy()["weight"].to_list()[1:]] == [0.284882, 0.056497, 0.658621]
    assert any("not the importance" in note for note in result.notes)
    x = rows.astype(float)
    scaled, spread = (x - x.min(axis=0)) / np.ptp(x, axis=0), x.std(axis=0, ddof=1) / x.mean(axis=0)
    conflict = scaled.std(axis=0, ddof=1) * (1 - np.corrcoef(x.T)).sum(axis=0)
    for method, raw in (("critic", conflict), ("variation", spread)):
        weights = cs.Study(parse_model(text % method), data).run(progress=False).hierarchy()["weight"].to_numpy()[1:]
        assert weights == pytest.approx(raw / raw.sum(), abs=1e-12), method
    with pytest.raises(DataError, match="every answer is the same"):
        flat = parse_model(
            (text % "entropy").replace("items: [Q1, Q2, Q3]", "constructs: {A: {items: [Q1, Q2]}}\nitems: [Q3]")
        )
        cs.Study(flat, data.assign(Q3=5)).check()


def test_weights_of_the_model_are_those_of_its_index() -> None:
    data = cs.simulate("acsi", 200, seed=6).data
    text = "csi: 1\nextends: acsi\nhierarchy: {Sat: {of: [SAT1, SAT2, SAT3], weights: model}}\n"
    result = cs.Study(parse_model(text), data, uncertainty=cs.Bootstrap(200, seed=3)).run(progress=False)
    mine, index = result.hierarchy().iloc[0], result.index().set_index("construct").loc["Satisfaction"]
    for column in ("index", "se", "low", "high"):
        assert mine[column] == pytest.approx(index[column], abs=1e-9), column
    weights = result.loadings().query("construct == 'Satisfaction'")["weight_unstd"].to_numpy()
    assert result.hierarchy()["weight"].to_numpy()[1:] == pytest.approx(weights, abs=1e-12)


def test_weights_of_dimensions_and_constructs_as_questions() -> None:
    model = load_model("three-level-template")
    whole = next(c for c in model.constructs if c.of)
    data = cs.simulate(model, 200, seed=6).data
    text = f"csi: 1\nextends: three-level-template\nhierarchy: {{T: {{of: [{', '.join(whole.of)}], weights: model}}}}\n"
    result = cs.Study(parse_model(text), data, uncertainty=None).run(progress=False)
    index = result.index().set_index("construct")["index"]
    assert result.hierarchy()["index"].iloc[0] == pytest.approx(index[whole.name], abs=1e-9)


BAD = {
    "weights that miss 1": ("T: {of: {Q1: 0.5, Q2: 0.6}}", "the weights do not add up"),
    "a circle": ("T: {of: [N]}\n  N: {of: [T]}", "a node is part of itself"),
    "a question twice": ("T: {of: [N, Q1]}\n  N: {of: [Q1, Q2]}", "stands in the hierarchy twice"),
    "two tops": ("T: {of: [Q1]}\n  N: {of: [Q2]}", "more than one top"),
    "an unknown part": ("T: {of: [Q1, Q9]}", "neither a node nor an item"),
    "no parts": ("T: {label: Top}", "a node needs its parts"),
    "half of the weights": ("T: {of: {Q1: 1, Q2: }}", "parts without a weight"),
    "weights twice": ("T: {of: {Q1: 0.5, Q2: 0.5}, weights: equal}", "asked for by equal too"),
    "a method without its matrix": ("T: {of: [Q1, Q2], weights: ahp}", "need one another"),
    "a matrix of another size": ("T: {of: [Q1, Q2], ahp: [[1, 2, 3], [1, 1, 1], [1, 1, 1]]}", "form a square"),
    "words in a matrix": ("T: {of: [Q1, Q2], ahp: [[1, much], [1, 1]]}", "numbers above 0"),
    "weights of no construct": ("T: {of: [Q1, Q2], weights: model}", "the model has weights for items of one"),
    "an item as node": ("Q1: {of: [Q2]}", "is an item or a construct"),
}
JUDGED = {
    "not reciprocal": ("{of: [Q1, Q2], ahp: [[1, 3], [1/2, 1]]}", "not reciprocal"),
    "not consistent": ("{of: [Q1, Q2, Q3], ahp: [[1, 9, 1/9], [1/9, 1, 9], [9, 1/9, 1]]}", "ask again for"),
    "one expert": ("{of: [Q1, Q2], delphi: {A: [60, 40]}}", "at least two experts"),
    "points that miss 100": ("{of: [Q1, Q2], delphi: {A: [60, 40], B: [60, 60]}}", "points do not add up"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_tree_that_is_none_is_refused_with_its_place(case: str) -> None:
    section, said = BAD[case]
    with pytest.raises(SpecError, match=said):
        parse_model(f"csi: 1\nitems: [Q1, Q2]\nhierarchy:\n  {section}\n")


@pytest.mark.parametrize("case", JUDGED)
def test_judgements_that_give_no_weights_are_refused_before_anything_is_read(case: str) -> None:
    node, said = JUDGED[case]
    with pytest.raises(SpecError, match=said):
        cs.Study(parse_model(f"csi: 1\nitems: [Q1, Q2, Q3]\nhierarchy: {{T: {node}}}\n"), None)


def test_the_section_survives_the_way_to_a_file_and_back() -> None:
    nodes = "T: {of: [A, Q4], delphi: {X: [60, 40], Y: [50, 50]}}\n  A: {of: [Q1, Q2, Q3], ahp: %s, limit: 0.2}"
    text = f"csi: 1\nitems: [Q1, Q2, Q3, Q4]\nhierarchy:\n  {nodes % COMPARED}\n"
    model = parse_model(text)
    for complete in (False, True):
        assert parse_model(cs.dump_model(model, complete=complete)).desk == model.desk
    assert parse_model(cs.dump_model(model)).hash == model.hash


def test_without_a_model_the_total_stands_at_the_top_of_the_page() -> None:
    result = cs.Study(parse_model(PARENTS), of_means(8, 7, 6, 9)).run(progress=False)
    assert "Total stands at 72.6 of 100" in re.sub("</?strong>|</?b>", "", render_html(result.content, "en"))
    assert "<b>Total: 72.6</b>" in result._repr_html_()
