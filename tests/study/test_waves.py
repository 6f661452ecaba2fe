"""Waves, panels and clusters that run through several groups: what is pooled, what is compared, with which error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.spec import Model

ITEMS = ["SAT1", "SAT2", "SAT3", "LOY1"]
SPEC = """
csi: 1
constructs:
  Satisfaction: {items: [SAT1, SAT2, SAT3]}
  Loyalty: {items: [LOY1]}
paths: {Satisfaction: [Loyalty]}
index: {construct: Satisfaction, weights: equal}
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return cs.parse_model(SPEC)


def answers(n: int, seed: int, level: float = 6.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    common = random.normal(level, 1.5, n)
    noise = random.normal(0, 1.0, (n, len(ITEMS)))
    return pd.DataFrame(np.clip(np.rint(common[:, None] + noise), 1, 10), columns=ITEMS)


def study_of(parts: dict[tuple[str, int], pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([d.assign(company=c, year=y) for (c, y), d in parts.items()], ignore_index=True)


@pytest.fixture(scope="module")
def two_years() -> pd.DataFrame:
    keys = [(c, y) for c in ("A", "B") for y in (2025, 2026)]
    return study_of({key: answers(120, k, 5.5 + 0.5 * k) for k, key in enumerate(keys)})


def satisfaction(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["construct"] == "Satisfaction"].reset_index(drop=True)


def test_the_headline_is_of_the_latest_wave_and_equals_a_study_of_that_wave(
    model: Model, two_years: pd.DataFrame
) -> None:
    result = cs.Study(model, two_years, by="company", wave="year").run(progress=False)
    alone = cs.Study(model, two_years[two_years["year"] == 2026]).run(progress=False)
    assert result.overall is not None
    for mine, plain in ((result.overall.index(), alone.index()), (result.overall.paths(), alone.paths())):
        pd.testing.assert_frame_equal(mine, plain, rtol=1e-12)
    assert result.facts["wave"] == "2026"


def test_a_wave_can_be_named_and_one_that_is_not_there_is_refused(model: Model, two_years: pd.DataFrame) -> None:
    named = cs.Study(model, two_years, by="company", wave={"column": "year", "current": 2025}).run(progress=False)
    alone = cs.Study(model, two_years[two_years["year"] == 2025]).run(progress=False)
    assert named.overall is not None
    pd.testing.assert_frame_equal(named.overall.index(), alone.index(), rtol=1e-12)
    with pytest.raises(cs.DataError, match="the wave 2031 does not occur") as caught:
        cs.Study(model, two_years, wave={"column": "year", "current": 2031}).run(progress=False)
    assert "2025, 2026" in str(caught.value)


def test_ranks_and_differences_are_within_a_wave(model: Model, two_years: pd.DataFrame) -> None:
    result = cs.Study(model, two_years, by="company", wave="year").run(progress=False)
    ranks = result.ranks()
    assert ranks.groupby("year")["rank"].apply(sorted).tolist() == [[1.0, 2.0], [1.0, 2.0]]
    assert (ranks["among"] == 2).all()
    differences = result.differences()
    for year, part in differences.groupby("year"):
        index = satisfaction(result.index()).set_index(["company", "year"])["index"]
        wanted = index["A", year] - index["B", year]
        np.testing.assert_allclose(part.set_index("company").loc["A", "difference"], wanted, rtol=1e-12)


def test_changes_of_independent_waves_are_differences_of_means(model: Model, two_years: pd.DataFrame) -> None:
    result = cs.Study(model, two_years, by="company", wave="year").run(progress=False)
    changes = satisfaction(result.changes()).set_index("company")
    for company, rows in two_years.groupby("company"):
        score = 100 * (rows[ITEMS[:3]].mean(axis=1) - 1) / 9
        old, new = (score[rows["year"] == year] for year in (2025, 2026))
        assert changes.loc[company, "change"] == pytest.approx(new.mean() - old.mean(), abs=1e-9)
        wanted = np.sqrt(old.var(ddof=1) / len(old) + new.var(ddof=1) / len(new))
        assert changes.loc[company, "se"] == pytest.approx(wanted, rel=1e-6)
    pd.testing.assert_frame_equal(result.tables()["changes"], result.changes())
    whole = satisfaction(result.tables()["wave_changes"])
    assert whole["change"].item() == pytest.approx(
        satisfaction(result.tables()["wave_index"]).set_index("year")["index"].diff()[2026], abs=1e-12
    )


def test_a_single_company_with_three_waves(model: Model) -> None:
    data = pd.concat([answers(90, k, 5 + k).assign(year=2024 + k) for k in range(3)], ignore_index=True)
    result = cs.Study(model, data, wave="year").run(progress=False)
    changes = satisfaction(result.changes())
    assert [*zip(changes["from"], changes["to"], strict=True)] == [(2024, 2025), (2025, 2026)]
    assert (changes["change"] > 0).all()
    assert "ranks" not in result.tables()


@pytest.mark.parametrize("design", [{"panel": "person"}, {"cluster": "person"}])
def test_a_panel_enters_a_change_through_its_covariance(model: Model, design: dict[str, str]) -> None:
    """Against the paired mean: all are in both waves, and the index with equal weights is a mean."""
    first = answers(150, 7)
    random = np.random.default_rng(8)
    second = (first + random.integers(-1, 2, first.shape)).clip(1, 10)
    data = pd.concat(
        [d.assign(year=y, person=np.arange(150)) for d, y in ((first, 2025), (second, 2026))], ignore_index=True
    )
    paired = 100 * (second[ITEMS[:3]].mean(axis=1) - first[ITEMS[:3]].mean(axis=1)) / 9
    change = satisfaction(cs.Study(model, data, wave="year", design=design).run(progress=False).changes())
    assert change["change"].item() == pytest.approx(paired.mean(), abs=1e-9)
    assert change["se"].item() == pytest.approx(paired.std(ddof=1) / np.sqrt(150), rel=1e-6)
    assert change["df"].item() == pytest.approx(149, rel=0.15)  # Satterthwaite's of each wave
    unpaired = satisfaction(cs.Study(model, data, wave="year").run(progress=False).changes())
    assert unpaired["se"].item() > 2.5 * change["se"].item()


def test_a_rotating_panel_against_the_formula_of_overlapping_samples(model: Model) -> None:
    """Half of each wave is in both: ``var = var_0 + var_1 - 2 cov`` with the covariance of those who are."""
    first, second = answers(120, 1), answers(120, 2)
    second.iloc[:60] = (first.iloc[60:] + np.random.default_rng(3).integers(-1, 2, (60, 4))).clip(1, 10).to_numpy()
    people = np.arange(120), np.arange(60, 180)
    parts = [d.assign(year=y, id=p) for d, y, p in ((first, 1, people[0]), (second, 2, people[1]))]
    result = cs.Study(model, pd.concat(parts, ignore_index=True), wave="year", design={"panel": "id"})
    score = [100 * (d[ITEMS[:3]].mean(axis=1).to_numpy() - 1) / 9 for d in (first, second)]
    deviation = [s - s.mean() for s in score]
    cov = (deviation[0][60:] * deviation[1][:60]).sum() / 120**2 * 120 / 119
    wanted = np.sqrt(sum(s.var(ddof=1) / 120 for s in score) - 2 * cov)
    assert satisfaction(result.run(progress=False).changes())["se"].item() == pytest.approx(wanted, rel=1e-6)


def test_clusters_of_several_companies_enter_their_difference(model: Model) -> None:
    """Branches serve customers of two brands: the difference of the brands is that of totals by branch."""
    random = np.random.default_rng(5)
    effect = random.normal(0, 1.2, 40)
    branch = np.tile(np.repeat(np.arange(40), 4), 2)
    data = pd.concat([answers(160, 10), answers(160, 11, 6.4)], ignore_index=True)
    data = (data + np.rint(effect[branch])[:, None]).clip(1, 10)
    data = data.assign(brand=np.repeat(["A", "B"], 160), branch=branch)
    result = cs.Study(model, data, by="brand", design={"cluster": "branch"}).run(progress=False)
    score = 100 * (data[ITEMS[:3]].mean(axis=1) - 1) / 9
    totals = [
        ((score - score[mine].mean()) * mine).groupby(data["branch"]).sum() / 160
        for mine in (data["brand"] == "A", data["brand"] == "B")
    ]
    between = totals[0] - totals[1]
    wanted = np.sqrt((between**2).sum() * 40 / 39)
    found = result.differences().set_index("brand").loc["A"]
    assert found["se"] == pytest.approx(wanted, rel=1e-6)


def test_a_respondent_twice_in_a_wave_is_named(model: Model) -> None:
    data = answers(40, 1).assign(year=2025, person=[*range(39), 3])
    data = pd.concat([data, answers(40, 2).assign(year=2026, person=range(40))], ignore_index=True)
    with pytest.raises(cs.DataError, match="1 respondent stands twice in a group of one wave"):
        cs.Study(model, data, wave="year", design={"panel": "person"}).run(progress=False)


def test_a_wave_under_by_is_refused_and_the_spec_round_trips() -> None:
    text = SPEC + "data: {by: [company], wave: {column: year, current: 2025}, design: {panel: id}}\n"
    model = cs.parse_model(text)
    assert cs.parse_model(cs.dump_model(model)) == model
    with pytest.raises(cs.SpecError, match="stands under by and under wave"):
        cs.parse_model(SPEC + "data: {by: [company, year], wave: year}\n")
