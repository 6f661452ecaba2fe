"""Differences, ranks, changes and targets of shares: limits of the shares, squared and added, within what can be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import csimodels as cs
from csimodels.desk.shares import korn_graubard, limits_at, logit_interval, wilson
from csimodels.desk.targets import probability_within
from csimodels.infer.contrasts import combined, difference
from csimodels.moments import Sampling

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


#: Newcombe (1998, Statistics in Medicine 17, 873-890), table II (a) to (h), method 10, as the tests of the R package
#: propint ("the results reported in Newcombe1998": a, b) and of the Python package DBCI (all)
#: repeat the table; the article itself was not at hand.
PRINTED = (
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0)),
    ((10, 10), (0, 10), (0.6075, 1.0)),
)


@pytest.mark.parametrize(("first", "second", "printed"), PRINTED)
def test_newcombes_published_differences_from_wilsons_limits(
    first: tuple[int, int], second: tuple[int, int], printed: tuple[float, float]
) -> None:
    """Table II of Newcombe (1998), all four digits, by both functions."""
    for (a, m), (b, n) in ((first, second),):
        x, y = np.asarray([a / m]), np.asarray([b / n])
        sides = [(p, np.sqrt(p * (1 - p) / k), np.asarray([np.inf])) for p, k in ((x, m), (y, n))]
        ends = [wilson(np.asarray([c]), np.asarray([k])) for c, k in ((a, m), (b, n))]
        found = difference(sides[0], sides[1], ends=(ends[0], ends[1]))
        assert [float(found.low[0]), float(found.high[0])] == pytest.approx(printed, abs=5.1e-5)
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


def wide_ends(weights: bool, method: str | None = None) -> cs.Result:
    """120 customers of each of three banks: A has no unhappy one and promoters only, B has 3 unhappy ones, C 12."""
    data = answers().assign(w=np.tile([0.5, 1.5], 180))
    first = data["bank"] == "A"
    data.loc[first, "Q"] = np.maximum(data.loc[first, "Q"], 5)
    data.loc[first, "R"] = 10
    chosen = {} if method is None else {"uncertainty": method}
    options = {"by": "bank", "weight": "w" if weights else None} | chosen
    return cs.Study(cs.parse_model(SPEC), data, **options).run(progress=False)


@pytest.mark.parametrize("weighted", [False, True])
def test_shares_at_an_end_have_limits_everywhere(weighted: bool) -> None:
    """Wilson's z^2/(n + z^2); with weights 1 - .025^(1/m), m = Kish's 96 times (t_119 / t_119)^2: by hand."""
    result = wide_ends(weighted)
    own = result.indices().set_index(["bank", "name"])
    z, m = stats.norm.ppf(0.975), 120 * 1.0**2 / 1.25
    reach = 100 * (1 - 0.025 ** (1 / m)) if weighted else 100 * z**2 / (120 + z**2)
    assert own.loc[("A", "Low"), ["low", "high"]].to_list() == pytest.approx([0, reach], rel=1e-9)
    assert own.loc[("A", "NPS"), ["low", "high"]].to_list() == pytest.approx([100 - 2 * reach, 100], rel=1e-9)
    answered = result.answers().query("item == 'Q' and bank == 'A'").iloc[0]
    levels = result.answers(levels=True).query("item == 'Q' and bank == 'A' and level == 1").iloc[0]
    assert (levels["low"], levels["high"]) == pytest.approx((0, reach / 100), rel=1e-9) and answered["bottom2"] == 0
    lead = result.differences("Low", against="pairs").set_index(["bank", "against"]).loc[("A", "C")]
    c = own.loc[("C", "Low")]
    assert lead["high"] == pytest.approx(-c["value"] + np.hypot(reach, c["value"] - c["low"]))
    target = result.targets().set_index(["bank", "construct"])
    size = np.log(0.025) / np.log(1 - reach / 100)
    assert target.loc[("A", "Low"), "probability"] == pytest.approx(0.95**size)
    assert target.loc[("A", "NPS"), "probability"] == pytest.approx(1 - 0.975**size)
    rank = result.ranks("NPS").set_index("bank")
    assert 0.3 < rank.loc["A", "p_first"] < 0.7 and rank.loc["A", "rank_low"] == 1  # not certain: the others have 98.3
    drawn = wide_ends(weighted, "bootstrap").indices().set_index(["bank", "name"])  # all samples are alike
    assert drawn.loc[("A", "Low"), ["low", "high"]].to_list() == pytest.approx([0, reach], rel=1e-9)


def test_korn_and_graubard_by_closed_form() -> None:
    """Clopper & Pearson (1934) by the beta distribution, and (alpha/2)^(1/n) at the ends; t of few clusters widens."""
    hits, n = np.asarray([0.0, 1, 7, 20]), 20.0
    low, high = korn_graubard(hits / n, np.full(4, n), np.full(4, n), np.inf)
    np.testing.assert_allclose(low[1:], stats.beta.ppf(0.025, hits[1:], n - hits[1:] + 1))
    np.testing.assert_allclose(high[:3], stats.beta.ppf(0.975, hits[:3] + 1, n - hits[:3]))
    assert (low[0], high[0], high[3]) == pytest.approx((0, 1 - 0.025 ** (1 / 20), 1))
    few = korn_graubard(np.zeros(1), np.full(1, n), np.full(1, n), 5.0)[1]
    size = n * (stats.t.ppf(0.975, 19) / stats.t.ppf(0.975, 5)) ** 2
    assert few[0] == pytest.approx(1 - 0.025 ** (1 / size))
    assert np.isnan(korn_graubard(np.asarray([0.2]), np.zeros(1), np.zeros(1), 5.0)).all()


def test_limits_of_a_share_under_a_design_are_those_of_r() -> None:
    """``confint(svyciprop(~y, g, method = "beta"))`` of R's survey, and ``"logit"``, run by hand: to 1e-9.

    ``y = i %% 7 == 0`` of ``i = 0..59``, weights ``1 + (7 i) %% 5``, clusters ``i %/% 4`` in strata ``(i %/% 4) %% 3``.
    For a share of 0 R's ``"beta"`` is NaN.
    """
    i = np.arange(60)
    y, w = (i % 7 == 0).astype(float), 1.0 + (i * 7) % 5
    share = (w * y).sum() / w.sum()
    design = Sampling.of(60, (i // 4) % 3, i // 4)
    se = np.sqrt(design.variance(design.totals((w * (y - share) / w.sum())[:, None])))
    p = np.asarray([share])
    beta = korn_graubard(p, p * (1 - p) / se**2, np.full(1, 60.0), float(design.df))
    assert [float(end[0]) for end in beta] == pytest.approx([0.0701368033, 0.2825620608], abs=1e-9)
    logit = logit_interval(p, se, float(design.df))
    assert [float(end[0]) for end in logit] == pytest.approx([0.0790014181, 0.2834607565], abs=1e-9)


def test_leads_over_the_best_and_changes_of_folders_square_and_add(tmp_path: Path) -> None:
    """Two banks: the lead over the best other is their difference; two results: as the change of waves by hand."""
    two = answers().query("bank != 'B'")
    result = cs.Study(cs.parse_model(SPEC), two, by="bank").run(progress=False)
    ends = ["difference", "low", "high", "p"]
    for name in ("Low", "NPS"):
        pair = result.differences(name, against="pairs").iloc[0]
        best = result.differences(name, against="best").set_index("bank").loc["A"]
        assert best[ends].to_list() == pytest.approx(pair[ends].to_list(), rel=1e-9), name
    three = wide_ends(weights=False)
    lead = three.differences("Low", against="best").set_index("bank")
    pairs = three.differences("Low", against="pairs").set_index(["bank", "against"])
    assert lead.loc["A", "low"] == pytest.approx(pairs.loc[("A", "C"), "low"])  # the lower limit is the smallest one
    later = wide_ends(weights=False)
    cs.save(result, tmp_path / "old")
    cs.save(later, tmp_path / "new")
    both = cs.compare(cs.load_result(tmp_path / "old"), cs.load_result(tmp_path / "new"))
    row = both.query("table == 'indices' and bank == 'A' and subject == 'Low'").iloc[0]
    x, y = (r.indices().query("bank == 'A' and name == 'Low'").iloc[0] for r in (later, result))
    below, above = np.hypot(x["value"] - x["low"], y["high"] - y["value"]), np.hypot(x["high"], y["value"] - y["low"])
    assert row[["low", "high"]].to_list() == pytest.approx([row["change"] - below, row["change"] + above])


def test_limits_at_another_level_are_those_made_there() -> None:
    """Logit limits at 99 % from those at 90 %, and Clopper & Pearson's at the ends: exactly."""
    share, se, df = np.asarray([0.1, 0.5, 0.97]), np.asarray([0.03, 0.1, 0.02]), np.full(3, 30.0)
    known = logit_interval(share, se, df, 0.9)
    found = limits_at(100 * share, (100 * known[0], 100 * known[1]), (0.0, 100.0), df, (0.9, 0.99))
    np.testing.assert_allclose(np.stack(found) / 100, logit_interval(share, se, df, 0.99), rtol=1e-10)
    n, ends = np.full(2, 40.0), np.asarray([0.0, 1.0])
    found = limits_at(ends, korn_graubard(ends, n, n, np.inf, 0.9), (0.0, 1.0), np.full(2, np.inf), (0.9, 0.99))
    np.testing.assert_allclose(np.stack(found), korn_graubard(ends, n, n, np.inf, 0.99), atol=1e-12)
