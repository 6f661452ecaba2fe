"""Moves between states and fuzzy evaluation through the front door: printed values, by hand, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import csimodels as cs
from csimodels.moments import Sampling
from csimodels.study.decisions.moves import Moves
from csimodels.study.decisions.moves_spread import DRAWN, spread

MODEL = """
csi: 1
scale: [0, 100]
constructs: {Quality: {items: [Q1, Q2, Q3]}, Satisfaction: {items: [S1, S2, S3]}}
paths: {Quality: Satisfaction}
"""
SPEC = (
    MODEL
    + """
data: {wave: year, design: {panel: id}}
states: {cuts: [50, 75], names: [low, middle, high], retained: "stay == 1", value: worth, discount: 0.1}
"""
)
COUNTS = np.asarray([[160, 30, 10], [40, 90, 30], [10, 25, 105]])
LEVELS = (30.0, 60.0, 90.0)


def answers(states: np.ndarray, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    level = np.asarray(LEVELS)[states]
    return pd.DataFrame({f"{b}{i}": level + random.uniform(-5, 5, len(states)) for b in "QS" for i in (1, 2, 3)})


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    pairs = [(a, b) for a in range(3) for b in range(3) for _ in range(COUNTS[a, b])]
    before, after = np.asarray(pairs).T
    person = np.arange(len(pairs))
    stay = np.where(person % 10 < np.asarray([5, 7, 9])[before], 1, 0)
    first = answers(before, 1).assign(year=2025, id=person, stay=stay, worth=np.asarray([10, 20, 40])[before])
    second = answers(after, 2).assign(year=2026, id=person, stay=1, worth=np.asarray([10, 20, 40])[after])
    return pd.concat([first, second], ignore_index=True)


@pytest.fixture(scope="module")
def result(data: pd.DataFrame) -> cs.Result:
    return cs.Study(cs.parse_model(SPEC), data, uncertainty="linearised").run(progress=False)


def test_the_printed_moves(result: cs.Result) -> None:
    """FORMULAS F16, all printed digits."""
    moves = result.states("transition")
    assert moves["persons"].to_list() == COUNTS.ravel().tolist()
    wanted = [0.8, 0.15, 0.05, 0.25, 0.5625, 0.1875, 0.071429, 0.178571, 0.75]
    assert moves["share"].to_list() == pytest.approx(wanted, abs=6e-7)
    table = result.states()
    assert table["share_before"].to_list() == pytest.approx([0.40, 0.32, 0.28])
    assert table["share_after"].to_list() == pytest.approx([0.42, 0.29, 0.29])
    assert table["share_next"].to_list() == pytest.approx([0.429214, 0.277911, 0.292875], abs=6e-7)
    assert table["stationary"].to_list() == pytest.approx([0.440415, 0.269430, 0.290155], abs=6e-7)
    row = result.states("tests").iloc[0]
    assert row[["mobility", "second_eigenvalue", "chi2", "df", "p"]].astype(float).to_list() == pytest.approx(
        [0.44375, 0.713070, 1.850394, 2, 0.396453], abs=6e-7
    )
    assert any("500 persons" in note for note in result.notes)


def test_intervals_are_those_of_a_binomial_share(result: cs.Result) -> None:
    """160 of 200 stay: error of the binomial (with n/(n - 1) of all 500), logit scale, t of these 200."""
    row = result.states("transition").iloc[0]
    se = np.sqrt(0.8 * 0.2 / 200 * 500 / 499)
    assert row["se"] == pytest.approx(se, rel=1e-7)
    ends = special.expit(special.logit(0.8) + np.asarray([-1, 1]) * stats.t.ppf(0.975, 199) * se / 0.16)
    assert row[["low", "high"]].to_list() == pytest.approx(ends.tolist(), rel=1e-7)
    table = result.states()
    assert ((table["stationary_low"] < table["stationary"]) & (table["stationary"] < table["stationary_high"])).all()


def some_moves(weighted: bool) -> Moves:
    """120 persons, none of whom goes from the last state to the first; everybody of the last stays a customer."""
    random = np.random.default_rng(11)
    before = random.integers(0, 3, 120)
    after = np.maximum(np.minimum(before + random.integers(-1, 2, 120), 2), 0)
    stays = np.where(before == 2, 1.0, random.random(120) < 0.7)
    weights = random.lognormal(0, 0.5, 120) if weighted else np.ones(120)
    return Moves(before, after, weights, Sampling.of(120), 3, stays, random.normal(30, 9, 120), 0.1)


def test_errors_of_all_numbers_of_states_are_those_of_moved_weights() -> None:
    """The weight of each person a little more and less (infinitesimal jackknife): to 1e-5; a jackknife is wider."""
    moves, h = some_moves(True), 1e-4
    own = spread(moves, 0.95)
    found = np.concatenate([own[name][0].ravel() for name in DRAWN])

    def with_weights(weights: np.ndarray) -> np.ndarray:
        parts = (moves.before, moves.after, weights, moves.sampling, 3, moves.stays, moves.worth, 0.1)
        return Moves(*parts).sums.flat(DRAWN)

    apart = [[with_weights(np.where(np.arange(120) == i, f, 1.0) * moves.weights) for f in (1 + h, 1 - h, 0.0)]
             for i in range(120)]  # fmt: skip
    up, down, left = np.moveaxis(np.asarray(apart), 1, 0)
    se = np.sqrt(120 / 119 * (((up - down) / (2 * h)) ** 2).sum(axis=0))
    known = ~np.isnan(found)
    assert known.sum() == len(found) - 3  # from first to last and back, and who stays in the last state
    np.testing.assert_allclose(found[known], se[known], rtol=1e-5)
    assert (se[~known] < 1e-12).all()
    jackknife = np.sqrt(119 / 120 * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    assert ((jackknife / found)[known] > 1).all() and ((jackknife / found)[known] < 1.1).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_moves_that_nobody_makes_have_limits(weighted: bool) -> None:
    """Wilson's without weights; with them Clopper & Pearson's of Kish's effective persons, (alpha/2)^(1/n)."""
    moves = some_moves(weighted)
    own, mine = spread(moves, 0.95), moves.before == 2
    n, w = float(mine.sum()), moves.weights[mine]
    size = n if not weighted else w.sum() ** 2 / (w**2).sum()
    z = stats.norm.ppf(0.975)
    reach = 1 - 0.025 ** (1 / size) if weighted else z**2 / (n + z**2)
    assert own["matrix"][:, 2, 0][1:].tolist() == pytest.approx([0, reach], rel=1e-9)
    assert own["retained"][:, 2][1:].tolist() == pytest.approx([1 - reach, 1], rel=1e-9)


def test_retention_and_value_by_hand(result: cs.Result, data: pd.DataFrame) -> None:
    table = result.states()
    first = data[data["year"] == 2025]
    kept = first.groupby("worth")["stay"].mean().to_numpy()
    np.testing.assert_allclose(table["retained"], kept)
    q = kept[:, None] * COUNTS / COUNTS.sum(axis=1, keepdims=True)
    waves = np.linalg.solve(np.eye(3) - q, np.ones(3))
    np.testing.assert_allclose(table["expected_waves"], waves)
    value = np.linalg.solve(np.eye(3) - q / 1.1, np.asarray([10.0, 20, 40]))
    np.testing.assert_allclose(table["lifetime_value"], value)


def test_report_folder_and_spec(result: cs.Result, tmp_path: Path) -> None:
    model = cs.parse_model(SPEC + "fuzzy: {composition: min_max, weights: {Quality: 1, Satisfaction: 2}}\n")
    assert cs.parse_model(cs.dump_model(model)) == model
    cs.save(result, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Moves between states" in page
    pd.testing.assert_frame_equal(cs.load_result(tmp_path / "out").states(), result.states())
    from csimodels.tables.catalogue import find

    for name in ("states", "transition", "transition_tests"):
        declared = find(name)
        assert declared is not None and list(result.tables()[name].columns) == list(declared.column_names)


def test_what_is_refused(data: pd.DataFrame) -> None:
    model = cs.parse_model(SPEC.replace(", design: {panel: id}", ""))
    with pytest.raises(cs.SpecError, match="cross-sections do not show them"):
        cs.Study(model, data).run(progress=False)
    twice = pd.concat([data, data.iloc[:1]], ignore_index=True)
    with pytest.raises(cs.DataError, match="twice in a group of one wave"):
        cs.Study(cs.parse_model(SPEC), twice).run(progress=False)
    apart = data.assign(id=np.arange(len(data)))
    with pytest.raises(cs.DataError, match="no person is in both waves"):
        cs.Study(cs.parse_model(SPEC), apart).run(progress=False)
    for section, words in (
        ("states: {cuts: [80, 60]}", "rising scores"),
        ("states: {names: [a, b]}", "a name of its own"),
        ("states: {on: Trust}", "Trust"),
        ("fuzzy: {values: [1, 2]}", "each grade needs its value"),
        ("fuzzy: {weights: {Quality: 0}}", "lies above 0"),
    ):
        with pytest.raises(cs.SpecError, match=words):
            cs.parse_model(MODEL + section + "\n")


def test_fuzzy_by_hand(data: pd.DataFrame) -> None:
    """Memberships by triangles on 20 .. 100, weights of the index, two levels: against numpy to 1e-9."""
    text = MODEL + "fuzzy: {weights: {Quality: 1, Satisfaction: 3}}\n"
    result = cs.Study(cs.parse_model(text), data, uncertainty="linearised").run(progress=False)
    table = result.fuzzy().set_index("construct")
    grades = [f"grade_{k}" for k in range(1, 6)]
    centres = np.asarray([20.0, 40, 60, 80, 100])
    loadings = result.loadings().set_index("item")["weight_unstd"]
    rows = {}
    for name, items in (("Quality", ["Q1", "Q2", "Q3"]), ("Satisfaction", ["S1", "S2", "S3"])):
        member = np.stack([[np.interp(data[i], centres, row).mean() for row in np.eye(5)] for i in items])
        rows[name] = loadings[items].to_numpy() @ member
        np.testing.assert_allclose(table.loc[name, grades].astype(float), rows[name], atol=1e-9)
        assert table.loc[name, "score"] == pytest.approx(rows[name] @ centres)
    total = 0.25 * rows["Quality"] + 0.75 * rows["Satisfaction"]
    np.testing.assert_allclose(table.loc["total", grades].astype(float), total, atol=1e-9)
    assert table.loc["total", "squared_score"] == pytest.approx(total**2 @ centres / (total**2).sum())
    assert table.loc["total", "low"] < table.loc["total", "score"] < table.loc["total", "high"]
    assert table.loc["Quality", "grade"] == rows["Quality"].argmax() + 1


def test_groups_have_their_own_states(data: pd.DataFrame) -> None:
    """The states of one group are those of a study of that group; ten persons of every hundred changed group."""
    area = np.where(data["id"] % 2, "A", "B")
    moved = (data["id"] % 10 == 0) & (data["year"] == 2026)
    grouped = data.assign(area=np.where(moved, "A", area))
    model = cs.parse_model(SPEC.replace("wave: year", "by: [area], wave: year"))
    result = cs.Study(model, grouped, uncertainty="linearised").run(progress=False)
    table = result.states(of="groups")
    assert list(table.columns[:4]) == ["area", "from", "to", "state"]
    alone = cs.Study(cs.parse_model(SPEC), data[area == "A"], uncertainty="linearised").run(progress=False)
    mine = table.query("area == 'A'").reset_index(drop=True)
    from csimodels.tables.catalogue import find

    for name in ("wave_states", "wave_transition", "wave_transition_tests", "states"):
        declared, made = find(name), [c for c in result.tables()[name].columns if c != "area"]
        assert declared is not None and made == list(declared.column_names)
    for name in ("share_before", "stationary", "lifetime_value"):
        np.testing.assert_allclose(mine[name], alone.states()[name])
    assert result.states("tests", of="groups")["persons"].to_list() == [250, 200]
    assert result.states("tests")["persons"].to_list() == [500]
    assert any("by group: 200 to 250 persons" in note for note in result.notes)
    several = pd.concat([grouped, grouped.query("area == 'A'").assign(area="C")], ignore_index=True)
    twice = cs.Study(model, several, uncertainty="linearised").run(progress=False)
    assert "wave_states" not in twice.tables() and any("stand in several groups" in note for note in twice.notes)


def test_values_of_states_have_the_intervals_of_means(result: cs.Result, data: pd.DataFrame) -> None:
    """Retained 9 of 10 in the last state: error within 10 % of the binomial; clusters of four alike double it."""
    table = result.states().set_index("state")
    low, high = table.loc["low", ["retained_low", "retained_high"]].astype(float)
    assert (high - low) / 3.92 == pytest.approx(np.sqrt(0.25 / 200), rel=0.1)
    assert np.isnan(table.loc["low", "value_low"])  # the same for everybody: nothing varies
    assert (table["lifetime_value_low"] < table["lifetime_value"]).all()
    clustered = pd.concat([data.assign(branch=data["id"], id=data["id"] + 1000 * k) for k in range(4)])
    text = SPEC.replace("panel: id", "panel: id, cluster: branch")
    four = cs.Study(cs.parse_model(text), clustered, uncertainty="linearised").run(progress=False)
    wide = four.states("transition")["se"] / result.states("transition")["se"]
    assert wide.median() == pytest.approx(1.0, rel=0.1)  # four copies in one cluster tell no more than one
    bare = cs.Study(cs.parse_model(SPEC), data, uncertainty=None).run(progress=False)
    assert bare.states()["stationary_low"].isna().all()


@pytest.mark.parametrize("composition", ["weighted", "min_max"])
def test_memberships_and_both_scores_have_the_errors_of_a_jackknife_by_hand(composition: str) -> None:
    """Every respondent left out in turn, the table made anew: sqrt((n - 1)/n sum of squares), to 1e-6."""
    random = np.random.default_rng(9)
    z = random.normal(size=40)
    answers = {k: np.clip(np.rint(7 + 1.5 * z + random.normal(size=40)), 1, 10) for k in ("Q1", "Q2", "Q3")}
    answers |= {k: np.clip(np.rint(7 + 1.2 * z + random.normal(size=40)), 1, 10) for k in ("S1", "S2", "S3")}
    data = pd.DataFrame(answers)
    text = MODEL.replace("[0, 100]", "[1, 10]")
    model = cs.parse_model(text + f"fuzzy: {{composition: {composition}, weights: {{Quality: 1, Satisfaction: 3}}}}\n")
    columns = [*(f"grade_{k}" for k in range(1, 6)), "score", "squared_score"]
    apart = pd.concat([data.drop(index=k).assign(without=k) for k in data.index])
    left = cs.Study(model, apart, by="without", uncertainty=None).run(progress=False).fuzzy()
    left = left[columns].to_numpy(float).reshape(40, 3, 7)
    se = np.sqrt(39 / 40 * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    table = cs.Study(model, data, uncertainty="jackknife").run(progress=False).fuzzy()
    np.testing.assert_allclose(table[["se", "squared_score_se"]], se[:, 5:], rtol=1e-6)
    share = table[columns[:5]].to_numpy(float)
    inside = (share > 1e-9) & (share < 1 - 1e-9)
    reach = stats.t.ppf(0.975, 39) * se[:, :5][inside] / (share * (1 - share))[inside]
    for end, sign in (("low", -1), ("high", 1)):
        found = table[[f"{name}_{end}" for name in columns[:5]]].to_numpy(float)
        np.testing.assert_allclose(found[inside], special.expit(special.logit(share[inside]) + sign * reach), rtol=1e-5)
        assert np.isnan(found[~inside]).all() or np.allclose(found[~inside], share[~inside])
    np.testing.assert_array_less(table["squared_score_low"], table["squared_score"])
