"""Published tables against their definitions, computed here from the answers and the scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sources import holes, second_order

import csimodels as cs


def run(model: Any, data: pd.DataFrame, **keywords: Any) -> cs.Result:
    keywords.setdefault("uncertainty", None)
    return cs.Study(model, data, **keywords).run()


def rescaled(model: cs.Model, scales: dict[str, tuple[float, float]], **fields: Any) -> cs.Model:
    """`model` with other scales of some items; `fields` go to the items named in `scales`."""
    blocks = tuple(
        replace(c, items=tuple(replace(i, scale=scales[i.name], **fields) if i.name in scales else i for i in c.items))
        for c in model.constructs
    )
    return replace(model, constructs=blocks)


@pytest.fixture
def weighted(mobi: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return mobi.assign(w=rng.uniform(0.3, 3, len(mobi)), bank=np.where(np.arange(len(mobi)) % 3 == 0, "A", "B"))


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"weight": "w"},
        {"index_weights": "equal"},
        {"weight": "w", "missing": "mean"},
        {"weight": "w", "missing": "listwise"},
        {"missing": "em"},
    ],
    ids=str,
)
def test_the_index_is_the_weighted_mean_of_the_scores(
    weighted: pd.DataFrame, ecsi: cs.Model, keywords: dict[str, Any]
) -> None:
    data = weighted
    if "missing" in keywords:
        items = list(ecsi.item_names)
        data = data.assign(**pd.DataFrame(holes(data[items].to_numpy(), 0.03), columns=items))
    result = run(ecsi, data, **keywords)
    scores = result.scores()[list(ecsi.construct_names)]
    used = scores.notna().all(axis=1)
    assert used.sum() == result.index()["n"].iloc[0]
    weights = (data["w"] if "weight" in keywords else pd.Series(1.0, index=data.index))[used]
    means = np.average(scores[used], axis=0, weights=weights)
    np.testing.assert_allclose(result.index()["index"], means, atol=1e-8)


@pytest.mark.parametrize("keywords", [{}, {"weight": "w"}], ids=str)
def test_unstandardised_effects_are_regressions_of_the_scores(
    weighted: pd.DataFrame, ecsi: cs.Model, keywords: dict[str, Any]
) -> None:
    result = run(ecsi, weighted, **keywords)
    names = list(ecsi.construct_names)
    scores = result.scores()[names].to_numpy()
    root = np.sqrt(weighted["w"].to_numpy() if keywords else np.ones(len(scores)))
    b = np.zeros((len(names), len(names)))
    for j, name in enumerate(names):
        sources = [names.index(s) for s, t in ecsi.paths if t == name]
        if sources:
            design = np.column_stack([np.ones(len(scores)), scores[:, sources]])
            b[j, sources] = np.linalg.lstsq(design * root[:, None], scores[:, j] * root, rcond=None)[0][1:]
    total = np.linalg.inv(np.eye(len(names)) - b) - np.eye(len(names))
    table = result.effects()
    expected = [total[names.index(t), names.index(s)] for s, t in zip(table["source"], table["target"], strict=True)]
    np.testing.assert_allclose(table["total_unstd"], expected, atol=1e-9)
    np.testing.assert_allclose(table["impact"], 5 * np.asarray(expected), atol=1e-8)
    drivers = result.drivers("Satisfaction").set_index("driver")
    for driver in drivers.index:
        importance = total[names.index("Satisfaction"), names.index(driver)]
        performance = np.average(scores[:, names.index(driver)], weights=root**2)
        assert drivers.loc[driver, "importance"] == pytest.approx(importance, abs=1e-9)
        assert drivers.loc[driver, "performance"] == pytest.approx(performance, abs=1e-8)
        assert drivers.loc[driver, "priority"] == pytest.approx(importance * (100 - performance), abs=1e-6)


def test_item_drivers_share_out_the_importance_of_their_construct(mobi: pd.DataFrame, ecsi: cs.Model) -> None:
    result = run(ecsi, mobi)
    whole = result.drivers("Loyalty").set_index("driver")["importance"]
    parts = result.drivers("Loyalty", level="item").groupby("driver")["importance"].sum()
    np.testing.assert_allclose(parts[whole.index], whole, atol=1e-10)


def test_the_acsi_formula_on_one_scale(mobi: pd.DataFrame, ecsi: cs.Model) -> None:
    """Fornell et al. 1996: ((m1 - 1) u1 + (m2 - 1) u2 + (m3 - 1) u3) / 9 * 100 with u summing to 1."""
    result = run(ecsi, mobi)
    loadings = result.loadings().query("construct == 'Satisfaction'").set_index("item")
    means = mobi[["CUSA1", "CUSA2", "CUSA3"]].mean()
    raw = loadings["weight"] / mobi[["CUSA1", "CUSA2", "CUSA3"]].std()
    u = raw / raw.sum()
    by_hand = ((means - 1) * u).sum() / 9 * 100
    index = result.index().set_index("construct").loc["Satisfaction", "index"]
    assert index == pytest.approx(by_hand, abs=1e-9)
    np.testing.assert_allclose(loadings["weight_unstd"], u[loadings.index], atol=1e-12)


def test_items_in_other_units_give_the_same_index(mobi: pd.DataFrame, ecsi: cs.Model) -> None:
    """An answer of 1..10 read as 0..90 or 0..1 on its own scale is the same answer."""
    units = {"CUSA1": (0.0, 90.0), "IMAG2": (0.0, 1.0), "CUSL2": (-4.5, 4.5)}
    data = mobi.copy()
    for item, (low, high) in units.items():
        data[item] = low + (data[item] - 1) / 9 * (high - low)
    plain, other = run(ecsi, mobi), run(rescaled(ecsi, units), data)
    for table in ("index", "paths", "effects", "loadings", "r2"):
        a, b = (getattr(r, table)().select_dtypes("number") for r in (plain, other))
        np.testing.assert_allclose(b, a, rtol=0, atol=1e-8, err_msg=table)


def test_a_reversed_item_is_turned_first(mobi: pd.DataFrame, ecsi: cs.Model) -> None:
    turned = rescaled(ecsi, {"IMAG2": (1.0, 10.0), "CUEX3": (1.0, 10.0)}, reverse=True)
    data = mobi.assign(IMAG2=11 - mobi["IMAG2"], CUEX3=11 - mobi["CUEX3"])
    for table in ("index", "paths", "loadings"):
        a, b = (getattr(r, table)().select_dtypes("number") for r in (run(ecsi, mobi), run(turned, data)))
        np.testing.assert_allclose(b, a, rtol=0, atol=1e-12, err_msg=table)


def test_groups_are_what_each_would_be_alone(weighted: pd.DataFrame, ecsi: cs.Model) -> None:
    together = run(ecsi, weighted, by="bank", weight="w")
    for bank, part in weighted.groupby("bank"):
        alone = run(ecsi, part, weight="w")
        for table in ("index", "paths", "effects", "drivers"):
            arguments = ("Satisfaction",) if table == "drivers" else ()
            mine = getattr(together, table)(*arguments)
            mine = mine[mine["bank"] == bank].select_dtypes("number")
            expected = getattr(alone, table)(*arguments).select_dtypes("number")
            np.testing.assert_allclose(mine, expected, rtol=1e-11, atol=1e-11, err_msg=table)


def test_pooled_weights_are_those_of_everyone(weighted: pd.DataFrame, ecsi: cs.Model) -> None:
    pooled = run(ecsi, weighted, by="bank", index_weights="pooled")
    everyone = run(ecsi, weighted).loadings().set_index("item")["weight_unstd"]
    table = pooled.index()
    for bank, part in weighted.groupby("bank"):
        index = table[table["bank"] == bank].set_index("construct")["index"]
        for construct in ecsi.constructs:
            items = [i.name for i in construct.items]
            by_hand = 100 * (everyone[items] * (part[items].mean() - 1) / 9).sum()
            assert index[construct.name] == pytest.approx(by_hand, abs=1e-9)


def test_a_second_order_index_is_made_of_its_repeated_items(mobi: pd.DataFrame) -> None:
    result = run(second_order(), mobi)
    shares = result.loadings().query("construct == 'Offer'").set_index("item")["weight_unstd"]
    assert len(shares) == 9 and shares.sum() == pytest.approx(1)
    by_hand = 100 * (shares * (mobi[shares.index].mean() - 1) / 9).sum()
    assert result.index().set_index("construct").loc["Offer", "index"] == pytest.approx(by_hand, abs=1e-9)


@pytest.mark.parametrize("keywords", [{}, {"weight": "w", "by": "bank"}, {"estimator": "plsc"}], ids=str)
def test_rows_and_columns_in_any_order(weighted: pd.DataFrame, ecsi: cs.Model, keywords: dict[str, Any]) -> None:
    shuffled = weighted.sample(frac=1, random_state=3)[weighted.columns[::-1]]
    bootstrap = cs.Bootstrap(replicates=30, seed=9)
    one, two = (run(ecsi, data, uncertainty=bootstrap, **keywords) for data in (weighted, shuffled))
    for table in ("index", "paths", "effects", "loadings"):
        pd.testing.assert_frame_equal(getattr(one, table)(), getattr(two, table)(), check_exact=False, rtol=1e-11)
