"""Quality criteria: what has a row, what the verdicts say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.tables.quality import CRITERIA


def test_a_higher_order_construct_is_judged_by_its_dimensions() -> None:
    data = cs.simulate("three-level-template", 300, seed=2).data
    result = cs.Study("three-level-template", data, uncertainty=None).run()
    rows, scores = result.quality().set_index(["criterion", "subject"])["value"], result.scores()
    parts = ["Business", "Service", "Price", "Image"]
    r = scores[parts].corr().to_numpy()
    mean = (r.sum() - 4) / 12
    loadings = scores[parts].corrwith(scores["Satisfaction"])
    assert rows["alpha", "Satisfaction"] == pytest.approx(4 * mean / (1 + 3 * mean), abs=1e-12)
    assert rows["AVE", "Satisfaction"] == pytest.approx((loadings**2).mean(), abs=1e-12)
    for part in parts:
        assert rows["loading", f"{part} (Satisfaction)"] == pytest.approx(loadings[part], abs=1e-12)
    assert not any("Satisfaction" in subject for kind, subject in rows.index if kind in ("HTMT", "f2"))


def test_repeated_items_are_not_judged() -> None:
    data = cs.simulate("three-level-template", 300, seed=2).data
    estimator = cs.PLS(higher_order="repeated")
    table = cs.Study("three-level-template", data, estimator=estimator, uncertainty=None).run().quality()
    by_items = table[
        table["criterion"].isin(["alpha", "rho_A", "rho_C", "AVE", "Fornell-Larcker", "HTMT", "HTMT2", "loading"])
    ]
    assert not by_items["subject"].str.contains("Satisfaction").any()
    assert (by_items["verdict"] == "ok").all()
    assert table[table["criterion"] == "VIF"]["subject"].str.contains("Satisfaction").all()


def test_every_criterion_has_threshold_verdict_and_source(mobi: pd.DataFrame) -> None:
    table = cs.Study("ecsi", mobi, uncertainty=None).run().quality()
    assert list(table["criterion"].unique()) == [
        *("alpha", "rho_A", "rho_C", "AVE", "Fornell-Larcker", "HTMT", "HTMT2", "loading", "VIF", "f2")
    ]
    assert (table[["threshold", "verdict", "source"]] != "").all(axis=None)
    judged = table.set_index(["criterion", "subject"])
    assert judged.loc[("AVE", "Quality"), "verdict"] == "ok"
    assert judged.loc[("AVE", "Image"), "verdict"] == "below"  # 0.478
    assert judged.loc[("HTMT", "Satisfaction ~ Loyalty"), "verdict"] == "above"  # 0.957
    assert judged.loc[("f2", "Expectation -> Quality"), "verdict"] == "large"  # 0.449
    assert "Complaints" not in set(table[table["criterion"] == "alpha"]["subject"])  # a single item


def test_a_verdict_needs_the_interval_to_clear_the_threshold(mobi: pd.DataFrame) -> None:
    table = cs.Study("ecsi", mobi, uncertainty="jackknife").run().quality()
    one = table[table["criterion"] != "f2"]
    for row, limit in ((row, float(row.threshold.strip("<>= "))) for row in one.itertuples()):
        sides = {"low": row.low >= limit, "value": row.value >= limit, "high": row.high >= limit}
        assert (row.verdict == "unclear") == (len(set(sides.values())) == 2), row
    judged = one.set_index(["criterion", "subject"])
    assert judged.loc[("HTMT", "Satisfaction ~ Loyalty"), "verdict"] == "unclear"  # 0.957, its interval holds 0.85
    assert judged.loc[("AVE", "Quality"), "verdict"] == "ok"
    assert {"ok", "unclear", "below"} <= set(one["verdict"])


def test_groups_stand_together(mobi: pd.DataFrame) -> None:
    data = mobi.assign(shop=["b", "a"] * 125)
    table = cs.Study("ecsi", data, by="shop", uncertainty=None).run().quality()
    assert list(table["shop"].unique()) == ["a", "b"]
    assert table["shop"].is_monotonic_increasing


def test_htmt2_is_0_where_a_correlation_is_0_but_for_rounding() -> None:
    """A factorial design whose sums are 0 in whole numbers, and a few units of the last place in tenths."""
    f, g, h, k = np.asarray(np.meshgrid(*4 * [[-1.0, 1.0]], indexing="ij")).reshape(4, -1)
    answers = {"a1": f + g + k, "a2": f + g + h, "b1": f + k, "b2": 0.7 * k}
    data = pd.DataFrame({name: 5.3 + 0.1 * answer for name, answer in answers.items()})
    assert 0 < abs(np.corrcoef(data["a2"], data["b2"])[0, 1]) < 1e-15
    model = cs.parse_model("csi: 1\nconstructs: {A: {items: [a1, a2]}, B: {items: [b1, b2]}}\npaths: {A: B}\nindex: B")
    table = cs.Study(model, data, uncertainty=cs.Linearised()).run(progress=False).quality()
    row = table.set_index("criterion").loc["HTMT2"]
    assert row["value"] < 1e-20 and np.isnan(row["low"])


def test_rho_a_that_is_no_reliability_is_said_in_words() -> None:
    """Two items, one of which goes with nothing outside its block: its weight is 0, and rho_A = r / (w1 w2)."""
    rows = [(a, a + b, b) for a in (-1, 1) for b in (-1, 1) for _ in range(9)]
    data = 3 + pd.DataFrame(rows, columns=["y", "x1", "x2"], dtype=float)
    blocks = "X: {items: [x1, x2]}\n  Y: {items: [y]}"
    spec = f"csi: 1\nscale: [1, 5]\nconstructs:\n  {blocks}\npaths: {{X: [Y]}}\nindex: {{construct: Y}}\n"
    found = cs.Study(cs.parse_model(spec), data, uncertainty="linearised").run(progress=False)
    assert found.loadings().set_index("item").loc["x2", "weight"] == 0
    assert "rho_A" not in set(found.quality()["criterion"])
    assert "X (not defined: one item has all the weight)" in " ".join(map(str, found.notes))
    with pytest.raises(cs.EstimationError, match="rho_A of X is not defined: all its weight is on one item"):
        cs.Study(cs.parse_model(spec), data, estimator="plsc", uncertainty=None).run(progress=False)
    data.loc[[0, 1], "x2"] = 3.0
    near = cs.Study(cs.parse_model(spec), data, uncertainty=None).run(progress=False)
    value = near.quality().set_index("criterion").loc["rho_A", "value"]
    assert not 0 < value <= 1 and f"X ({value:.2f})" in " ".join(map(str, near.notes))


def test_a_reliability_above_1_is_not_ok() -> None:
    rule = next(c for c in CRITERIA if c.name == "rho_A")
    cases = ((1.2, 0.9, 1.5), (0.9, 0.8, 1.1), (0.9, 0.6, 1.1), (0.5, 0.4, 0.6))
    assert [rule.judged(*case) for case in cases] == ["above", "ok", "unclear", "below"]
