"""Differences, ranks, changes and targets of shares: limits of the shares, squared and added, within what can be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import csimodels as cs
from csimodels.desk.targets import probability_within
from csimodels.infer.contrasts import combined, difference

SPEC = """
csi: 1
items: {Q: {scale: [1, 10]}, R: {scale: [0, 10]}}
indices:
  Low: {kind: share, item: Q, levels: [1]}
  NPS: {kind: nps, item: R}
targets: {Low: 5, NPS: 95}
uncertainty: {method: linearised}
"""


def answers(seed: int = 3, n: int = 120) -> pd.DataFrame:
    """Three banks with 2, 3 and 12 of 120 unhappy, and recommendation near its upper end."""
    random = np.random.default_rng(seed)
    parts = []
    for bank, unhappy in (("A", 2), ("B", 3), ("C", 12)):
        q = np.where(np.arange(n) < unhappy, 1, random.integers(5, 11, n))
        r = np.where(np.arange(n) < 2, 7, 10)
        parts.append(pd.DataFrame({"Q": q, "R": r, "bank": bank}))
    return pd.concat(parts, ignore_index=True)


def test_newcombes_published_differences_from_wilsons_limits() -> None:
    """Newcombe (1998), table II, method 10: 56/70 - 48/80: [.0524, .3339]; 9/10 - 3/10: [.1705, .8090]."""
    from csimodels.desk.shares import wilson

    for (a, m), (b, n), printed in (((56, 70), (48, 80), (0.0524, 0.3339)), ((9, 10), (3, 10), (0.1705, 0.8090))):
        x, y = np.asarray([a / m]), np.asarray([b / n])
        sides = [(p, np.sqrt(p * (1 - p) / k), np.asarray([np.inf])) for p, k in ((x, m), (y, n))]
        ends = [wilson(np.asarray([c]), np.asarray([k])) for c, k in ((a, m), (b, n))]
        found = difference(sides[0], sides[1], ends=(ends[0], ends[1]))
        assert [round(float(found.low[0]), 4), round(float(found.high[0]), 4)] == list(printed)
        both = np.asarray([x[0], y[0]]), np.asarray([sides[0][1][0], sides[1][1][0]]), np.full(2, np.inf)
        limits = tuple(np.asarray([ends[0][k][0], ends[1][k][0]]) for k in (0, 1))
        summed = combined(np.asarray([[1.0, -1.0]]), *both, ends=(limits[0], limits[1]))
        assert (summed.low[0], summed.high[0], summed.p[0]) == pytest.approx((found.low[0], found.high[0], found.p[0]))


def test_differences_of_shares_square_and_add_their_own_limits() -> None:
    result = cs.Study(cs.parse_model(SPEC), answers(), by="bank").run(progress=False)
    own = result.indices().query("name == 'Low'").set_index("bank")
    pairs = result.differences("Low", against="pairs").set_index(["bank", "against"])
    for (first, second), row in pairs.iterrows():
        x, y = own.loc[first], own.loc[second]
        below = np.hypot(x["value"] - x["low"], y["high"] - y["value"])
        above = np.hypot(x["high"] - x["value"], y["value"] - y["low"])
        assert (row["low"], row["high"]) == pytest.approx((row["difference"] - below, row["difference"] + above))
        assert (row["p"] < 0.05) == (row["low"] > 0 or row["high"] < 0)
    for index in result.indices().itertuples():
        assert (0 if index.name == "Low" else -100) <= index.low < index.high <= 100
    nps = result.indices().query("name == 'NPS'").iloc[0]
    share, se = (nps["value"] + 100) / 200, nps["se"] / 200
    reach = stats.t.ppf(0.975, 119) * se / (share * (1 - share))
    limits = 200 * special.expit(special.logit(share) + np.asarray([-reach, reach])) - 100
    assert nps[["low", "high"]].to_list() == pytest.approx(list(limits), rel=1e-6)


def test_the_same_respondents_in_two_waves_count_by_their_correlation() -> None:
    """Zou (2007): ``L = d - sqrt(a^2 + b^2 - 2 r a b)``; nothing changes where everybody answers the same again."""
    sides = (np.asarray([4.0]), np.asarray([1.5]), np.asarray([np.inf]))
    ends = (np.asarray([1.9]), np.asarray([8.2]))
    cov = np.asarray([0.6 * 1.5**2])
    found = difference(sides, sides, cov=cov, ends=(ends, ends))
    a, b = 4 - 1.9, 8.2 - 4
    assert found.high[0] == pytest.approx(np.sqrt(a**2 + b**2 - 1.2 * a * b)) == -found.low[0]


def test_targets_and_ranks_of_shares_go_by_the_logit() -> None:
    result = cs.Study(cs.parse_model(SPEC), answers(), by="bank").run(progress=False)
    own = result.indices().query("name == 'Low'").set_index("bank")
    table = result.targets().query("construct == 'Low'").set_index("bank")
    for bank, row in table.iterrows():
        x = own.loc[bank]
        assert (row["low"], row["high"]) == pytest.approx((5 - x["high"], 5 - x["low"]))
        share, se = x["value"] / 100, x["se"] / 100
        t = (special.logit(share) - special.logit(0.05)) / (se / (share * (1 - share)))
        assert row["probability"] == pytest.approx(stats.t.cdf(t, 119), abs=1e-9)
    assert (table["high"] <= 5).all()
    ranks = result.ranks("Low").set_index("bank")
    assert ranks.loc["C", "rank"] == 1 and ranks.loc["C", "rank_high"] == 1
    assert ranks.loc["A", "rank_low"] == 2 and ranks.loc["B", "rank_high"] == 3


def test_a_target_at_an_end_and_a_share_of_nobody() -> None:
    nobody = probability_within(np.asarray([0.0, 40.0]), np.asarray([0.0, 3.0]), 5.0, (0.0, 100.0), np.full(2, 50.0))
    assert nobody[0] == 0 and nobody[1] > 0.999
    assert probability_within(np.asarray([40.0]), np.asarray([3.0]), 100.0, (0.0, 100.0), np.full(1, 50.0))[0] < 1e-9
