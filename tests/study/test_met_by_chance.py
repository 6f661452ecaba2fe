"""Companies that people name are domains of one sample: errors by every method, and what is said where nobody tells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

SPEC = """
csi: 1
scale: [1, 10]
constructs:
  P: {{items: [a2]}}
  Q: {{items: [a1]}}
paths: {{P: [Q]}}
index: {{construct: Q}}
data: {{by: firm, weight: w, design: {{strata: region, cluster: branch{groups}}}}}
uncertainty: {{method: {method}}}
estimate: {{missing: {missing}}}
"""
CHANCE = ", groups: by_chance"


def survey() -> pd.DataFrame:
    """Four regions of six branches with three customers each, of whom better regions name A more often."""
    rng = np.random.default_rng(4)
    branch = np.repeat(np.arange(24), 3)
    level = 3 + branch // 6 + rng.normal(0, 0.5, 24)[branch]
    data = pd.DataFrame(np.clip(np.rint(level[:, None] + rng.normal(0, 1, (72, 2))), 1, 10), columns=["a1", "a2"])
    firm = np.where(rng.random(72) < 0.7 - 0.15 * (branch // 6), "B", "A")
    return data.assign(region=branch // 6, branch=branch, firm=firm, w=rng.uniform(0.5, 2, 72))


def spec(method: str = "linearised", groups: str = CHANCE, missing: str = "mean") -> str:
    return SPEC.format(groups=groups, method=method, missing=missing)


def run(method: str, groups: str = CHANCE, missing: str = "mean") -> cs.Result:
    return cs.Study(cs.parse_model(spec(method, groups, missing)), survey()).run(progress=False)


def errors(result: cs.Result) -> np.ndarray:
    table = result.index()
    return np.asarray(table.loc[table["construct"] == "Q", "se"])


def by_hand() -> np.ndarray:
    """Every branch of the sample left out once, the others of its region with 6/5 of their weight."""
    d = survey()
    y, out = (d["a1"] - 1) / 9 * 100, []
    for firm in ("A", "B"):
        mine = d["firm"] == firm
        left = np.empty((4, 6))
        for c in range(24):
            w = d["w"] * np.where(d["branch"] == c, 0, np.where(d["region"] == c // 6, 6 / 5, 1)) * mine
            left[c // 6, c % 6] = (w * y).sum() / w.sum()
        out.append(np.sqrt(5 / 6 * ((left - left.mean(axis=1, keepdims=True)) ** 2).sum()))
    return np.asarray(out)


@pytest.mark.parametrize("missing", ["mean", "em"])  # sums without a unit, and counts of rows by pattern
def test_the_jackknife_leaves_out_branches_without_customers_too(missing: str) -> None:
    d = survey()
    assert (d.groupby("firm")["branch"].nunique() < 24).any()
    np.testing.assert_allclose(errors(run("jackknife", missing=missing)), by_hand(), rtol=1e-9)
    assert not np.allclose(errors(run("jackknife", groups=", groups: planned", missing=missing)), by_hand(), rtol=0.01)


def with_holes() -> pd.DataFrame:
    data = survey()
    return data.assign(a1=data["a1"].where(np.arange(72) % 7 != 1))


def most_likely(d: pd.DataFrame, w: pd.Series[float]) -> float:
    """Mean of a1 that is most likely where it is missing and a2 is not (Anderson 1957): by the regression on a2."""
    x, y, there = d["a2"].to_numpy(), d["a1"].to_numpy(), d["a1"].notna().to_numpy()
    mean_x, mean_y = np.average([x[there], y[there]], axis=1, weights=w[there])
    (xx, xy), _ = np.cov(x[there], y[there], ddof=0, aweights=w[there])
    return float(mean_y + xy / xx * (np.average(x, weights=w) - mean_x) - 1) / 9 * 100


def test_the_covariance_under_fiml_is_that_of_numbers_without_each_branch() -> None:
    d, left = with_holes(), np.empty((2, 4, 6))
    for k, firm in enumerate(("A", "B")):
        mine = d["firm"] == firm
        for c in range(24):
            w = d["w"] * np.where(d["region"] == c // 6, 6 / 5, 1)
            kept = mine & (d["branch"] != c)
            left[k, c // 6, c % 6] = most_likely(d[kept], w[kept])
    difference = left[0] - left[1]
    wanted = np.sqrt(5 / 6 * ((difference - difference.mean(axis=1, keepdims=True)) ** 2).sum())
    text = spec("jackknife", missing="fiml").replace("estimate: {", "estimate: {estimator: ml, ")
    found = cs.Study(cs.parse_model(text), d).run(progress=False).differences("Q", against="pairs")
    assert float(found["se"].iloc[0]) == pytest.approx(wanted, rel=1e-6)


def test_the_bootstrap_draws_them_too() -> None:
    # 2 000 replicates leave 1.6 % of an error; a mean of some 35 customers is nearly linear in their weights
    np.testing.assert_allclose(errors(run("bootstrap, replicates: 2000")), errors(run("jackknife")), rtol=0.06)


def test_groups_without_a_word_are_planned_and_it_is_said() -> None:
    silent, planned = run("linearised", groups=""), run("linearised", groups=", groups: planned")
    np.testing.assert_array_equal(errors(silent), errors(planned))
    said = [note for note in silent.notes if "groups cross the strata" in note]
    assert len(said) == 1 and not any("groups cross the strata" in note for note in planned.notes)
    chance = run("linearised")
    assert "groups met by chance" in chance.facts["design"] and set(chance.notes) <= set(planned.notes)


def test_what_cannot_follow_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(cs.DataError, match="studentised intervals cannot follow groups that are met by chance"):
        run("bootstrap, replicates: 20, interval: studentised")
    with pytest.raises(cs.SpecError, match="neither is named"):
        cs.parse_model(spec().replace("strata: region, cluster: branch, ", ""))
    with pytest.raises(cs.SpecError, match="unknown value of groups"):
        cs.Study(cs.parse_model(spec(groups="")), survey(), design={"groups": "x"})
    survey().to_csv(tmp_path / "answers.csv", index=False)
    text = spec().replace(", cluster: branch", "")
    (tmp_path / "m.yaml").write_text(text.replace("data: {", "data: {file: answers.csv, engine: duckdb, "))
    with pytest.raises(cs.SpecError, match="met by chance, without clusters"):
        cs.Study(tmp_path / "m.yaml").run(progress=False)


def test_the_spec_is_written_as_it_was_read() -> None:
    model = cs.parse_model(spec())
    assert cs.parse_model(cs.dump_model(model)).data.design.groups == "by_chance"


def test_rolled_up_drivers_know_of_shared_clusters(tmp_path: Path) -> None:
    # the same customers in two companies: the mean of both is as uncertain as each, not less by the root of two
    (tmp_path / "w.csv").write_text("firm,nation,weight\nA,N,1\nB,N,1\n")
    data = pd.concat([survey().assign(firm=firm) for firm in ("A", "B")], ignore_index=True)
    text = spec(groups="") + f"rollup: {{levels: [firm, nation], weights: '{(tmp_path / 'w.csv').as_posix()}'}}\n"
    table = cs.Study(cs.parse_model(text), data).run(progress=False).rollup_drivers().set_index("unit")
    for number in ("importance_se", "performance_se"):
        assert table.loc["N", number] == pytest.approx(table.loc["A", number], rel=1e-6)
