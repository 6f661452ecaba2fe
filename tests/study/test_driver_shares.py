"""Shares of R2, penalties and rewards, Kano, agreement of orders: printed values, brute force."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

SPEC = """
csi: 1
extends: ecsi
drivers:
  items: {CUSA1: [PERQ1, PERQ2, PERQ3, PERQ4, PERQ5, PERQ6, PERQ7]}
  assumed: [Value, Quality, Image, Expectation]
penalty_reward: {CUSA1: {items: [PERQ1, PERQ2, PERV1], low: 5, high: 9}}
"""


@pytest.fixture(scope="module")
def result(mobi: pd.DataFrame) -> cs.Result:
    return cs.Study(cs.parse_model(SPEC), mobi).run(progress=False)


def test_the_printed_shares_of_constructs(result: cs.Result) -> None:
    """FORMULAS F25, all six digits."""
    table = result.driver_shares().query("target == 'Satisfaction'").set_index("driver")
    order = ["Image", "Expectation", "Quality", "Value"]
    wanted = [0.176089, 0.078885, 0.289379, 0.136726]
    assert table.loc[order, "lmg"].to_list() == pytest.approx(wanted, abs=6e-7)
    wanted = [0.177308, 0.083901, 0.273926, 0.145943]
    assert table.loc[order, "relative_weight"].to_list() == pytest.approx(wanted, abs=6e-7)
    assert (100 * table.loc[order, "lmg_share"]).to_list() == pytest.approx([25.85, 11.58, 42.49, 20.07], abs=6e-3)
    assert table["r2"].iloc[0] == pytest.approx(0.681078, abs=6e-7) and (table["sign"] == "+").all()
    for name in ("lmg", "relative_weight"):
        assert table[name].sum() == pytest.approx(table["r2"].iloc[0], abs=1e-12)
        assert (table[f"{name}_low"] < table[name]).all() and (table[name] < table[f"{name}_high"]).all()


def test_the_printed_shares_of_items_and_brute_force(result: cs.Result, mobi: pd.DataFrame) -> None:
    """FORMULAS F25; and the mean rise of R2 over all 5040 orders of entry, to 1e-9."""
    table = result.item_shares().set_index("item")
    wanted = [0.134763, 0.050854, 0.045326, 0.075340, 0.035288, 0.043937, 0.061241]
    assert table["lmg"].to_list() == pytest.approx(wanted, abs=6e-7)
    wanted = [0.129505, 0.055248, 0.045587, 0.075747, 0.035170, 0.042756, 0.062737]
    assert table["relative_weight"].to_list() == pytest.approx(wanted, abs=6e-7)
    names = [f"PERQ{k}" for k in range(1, 8)]
    corr = np.corrcoef(mobi[[*names, "CUSA1"]].to_numpy(float), rowvar=False)
    known: dict[frozenset[int], float] = {frozenset(): 0.0}

    def r2(some: frozenset[int]) -> float:
        if some not in known:
            at = sorted(some)
            known[some] = float(corr[7, at] @ np.linalg.solve(corr[np.ix_(at, at)], corr[at, 7]))
        return known[some]

    total, count = np.zeros(7), 0
    for order in permutations(range(7)):
        for k, j in enumerate(order):
            total[j] += r2(frozenset(order[: k + 1])) - r2(frozenset(order[:k]))
        count += 1
    np.testing.assert_allclose(table["lmg"], total / count, atol=1e-9)


def test_intervals_of_shares_are_those_of_the_jackknife_and_of_replicates(mobi: pd.DataFrame) -> None:
    model = cs.parse_model(SPEC)
    plain = cs.Study(model, mobi, uncertainty="linearised").run(progress=False)
    boot = cs.Study(model, mobi, uncertainty=cs.Bootstrap(replicates=400, seed=3)).run(progress=False)
    for table in ("driver_shares", "item_shares", "penalty_reward"):
        a, b = getattr(plain, table)(), getattr(boot, table)()
        name = "penalty_se" if table == "penalty_reward" else "lmg_se"
        np.testing.assert_allclose(b[name], a[name], rtol=0.25)


def test_the_printed_penalties_and_rewards(result: cs.Result) -> None:
    """FORMULAS F21, all six digits."""
    table = result.penalty_reward()
    assert table["penalty"].to_list() == pytest.approx([-0.939203, -0.309484, -0.450494], abs=6e-7)
    assert table["reward"].to_list() == pytest.approx([0.739488, 0.661464, 0.302779], abs=6e-7)
    assert set(table["factor"]) <= {"basic", "performance", "excitement"}


def test_the_printed_kano_counts() -> None:
    """FORMULAS F21: A 62 O 48 M 40 I 35 R 10 Q 5 of 200."""
    pairs = {"A": (1, 2), "O": (1, 5), "M": (2, 5), "I": (3, 3), "R": (3, 1), "Q": (1, 1)}
    counts = {"A": 62, "O": 48, "M": 40, "I": 35, "R": 10, "Q": 5}
    rows = [pairs[c] for c, n in counts.items() for _ in range(n)]
    data = cs.simulate("acsi", 200, seed=1).data.assign(KF=[f for f, _ in rows], KD=[d for _, d in rows])
    text = "csi: 1\nextends: acsi\nitems: {KF: {scale: [1, 5]}, KD: {scale: [1, 5]}}\n"
    text += "kano: {App: {functional: KF, dysfunctional: KD}}\n"
    row = cs.Study(cs.parse_model(text), data).run(progress=False).kano().iloc[0]
    assert row["category"] == "A" and not row["significant"]
    assert row[["better", "worse", "total_strength", "category_strength"]].astype(float).to_list() == pytest.approx(
        [0.594595, -0.475676, 0.75, 0.07], abs=6e-7
    )
    assert row["better_low"] < row["better"] < row["better_high"]


def test_orders_agree_as_by_hand(result: cs.Result) -> None:
    table = result.agreement().set_index("driver")
    drivers = result.drivers("Satisfaction").set_index("driver")
    found = drivers["importance"].rank(ascending=False)
    assert (table["found_rank"] == found[table.index]).all()
    assert table["spearman"].iloc[0] == pytest.approx(table["assumed_rank"].corr(table["found_rank"]))


def test_report_folder_and_spec(result: cs.Result, tmp_path: Path) -> None:
    model = cs.parse_model(SPEC)
    assert cs.parse_model(cs.dump_model(model)) == model
    cs.save(result, tmp_path / "out")
    again = cs.load_result(tmp_path / "out")
    pd.testing.assert_frame_equal(again.driver_shares(), result.driver_shares())
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "What explains Customer satisfaction" in page and "Penalties and rewards" in page


WRONG = {
    "unknown item": ("drivers: {items: {CUSA1: [PERQ9]}}", "PERQ"),
    "itself": ("drivers: {items: {CUSA1: [CUSA1]}}", "explained by other questions"),
    "unknown construct": ("drivers: {assumed: [Trust]}", "Trust"),
    "no cuts": ("penalty_reward: {CUSA1: {items: [PERQ1]}}", "what is low and high"),
    "cuts": ("penalty_reward: {CUSA1: {items: [PERQ1], low: 9, high: 5}}", "lie below high ones"),
    "one question": ("kano: {App: {functional: PERQ1}}", "functional and a dysfunctional"),
}


@pytest.mark.parametrize(("section", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_asked_for(section: str, words: str) -> None:
    with pytest.raises(cs.SpecError, match=words):
        cs.parse_model(f"csi: 1\nextends: ecsi\n{section}\n")


def test_orders_and_answers_that_do_not_fit(mobi: pd.DataFrame) -> None:
    with pytest.raises(cs.SpecError, match="every driver of Satisfaction once"):
        cs.Study(cs.parse_model("csi: 1\nextends: ecsi\ndrivers: {assumed: [Value]}\n"), mobi).run(progress=False)
    text = "csi: 1\nextends: ecsi\nkano: {App: {functional: PERQ1, dysfunctional: PERQ2}}\n"
    with pytest.raises(cs.DataError, match="Kano answers"):
        cs.Study(cs.parse_model(text), mobi).run(progress=False)
    with pytest.raises(cs.SpecError, match="asks for no driver_shares"):
        cs.Study("ecsi", mobi, uncertainty=None).run(progress=False).driver_shares()


def test_the_tables_have_the_columns_that_the_catalogue_declares(result: cs.Result) -> None:
    from csimodels.tables.catalogue import find

    for name in ("driver_shares", "item_shares", "agreement", "penalty_reward"):
        declared = find(name)
        assert declared is not None and list(result.tables()[name].columns) == list(declared.column_names)
