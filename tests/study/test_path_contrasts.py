"""Differences and changes of paths: errors from PLS by hand on weighted answers, tables, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import SpecError

SPEC = """
csi: 1
constructs: {Quality: {items: [Q1, Q2, Q3]}, Value: {items: [V1, V2]}, Satisfaction: {items: [S1, S2, S3]}}
paths: {Quality: [Value, Satisfaction], Value: Satisfaction}
uncertainty: {method: linearised}
"""
ITEMS = ["Q1", "Q2", "Q3", "V1", "V2", "S1", "S2", "S3"]
BLOCK = np.repeat(np.eye(3), [3, 2, 3], axis=0)
PATHS = ["Quality -> Value", "Quality -> Satisfaction", "Value -> Satisfaction"]


def survey(n: int, seed: int, share: float = 0.8) -> pd.DataFrame:
    """Two waves of `n` persons in three shops and thirty streets; a share of them answers in both waves."""
    random = np.random.default_rng(seed)
    street, first, parts = np.arange(n) % 30, random.normal(size=(n, 11)), []
    first += 0.6 * random.normal(size=(30, 11))[street]
    stay = np.arange(n) < share * n
    for t in range(2):
        new = random.normal(size=(n, 11))
        own = first if t == 0 else np.where(stay[:, None], 0.8 * first + 0.6 * new, new)
        value = 0.6 * own[:, 0] + 0.8 * own[:, 1]
        satisfaction = (0.3 + 0.2 * t) * own[:, 0] + 0.4 * value + 0.7 * own[:, 2]
        latent = np.stack([own[:, 0], value, satisfaction], axis=1) @ BLOCK.T
        answers = (5.5 + 1.3 * latent + own[:, 3:]).round(2).clip(1, 10)
        ids = np.where(stay, np.arange(n), np.arange(n) + n * (t + 1))
        shop = np.asarray(list("ABC"))[np.arange(n) // 30 % 3]
        labels = {"year": 2025 + t, "id": ids, "street": street, "shop": shop}
        parts.append(pd.DataFrame(answers, columns=ITEMS).assign(**labels))
    return pd.concat(parts, ignore_index=True)


def paths_by_hand(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """(B, 3) paths of PLS, mode A and path scheme, for weights ``(B, n)`` of the rows ``(n, 8)``: written anew."""
    w = w / w.sum(axis=1, keepdims=True)
    mean = w @ x
    cov = np.einsum("bn,ni,nj->bij", w, x, x) - mean[:, :, None] * mean[:, None, :]
    sd = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    corr = cov / (sd[:, :, None] * sd[:, None, :])
    outer = np.broadcast_to(BLOCK, (len(w), 8, 3))
    for _ in range(60):
        c = outer.transpose(0, 2, 1) @ corr @ outer
        scale = np.sqrt(np.diagonal(c, axis1=1, axis2=2))
        outer, c = outer / scale[:, None], c / (scale[:, :, None] * scale[:, None, :])
        both = np.linalg.solve(c[:, :2, :2], c[:, :2, 2:])[..., 0]
        inner = np.zeros_like(c)
        inner[:, 1, 0], inner[:, 2, 0], inner[:, 2, 1] = c[:, 0, 1], c[:, 0, 2], c[:, 1, 2]
        inner[:, 0, 1], inner[:, 0, 2], inner[:, 1, 2] = c[:, 0, 1], both[:, 0], both[:, 1]
        outer = BLOCK * (corr @ outer @ inner)
    return np.concatenate([c[:, :1, 1], both], axis=1)


def influences(frame: pd.DataFrame) -> np.ndarray:
    """(n, 3) what each row of a group adds to its paths: the weight of one row a little up and down."""
    x, n, step = frame[ITEMS].to_numpy(), len(frame), 1e-4
    up, down = (paths_by_hand(x, 1 + sign * step * np.eye(n)) for sign in (1, -1))
    return np.asarray((up - down) / (2 * step))


def totals(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Influences summed by sampling unit."""
    return pd.DataFrame(influences(frame)).groupby(frame[unit].to_numpy()).sum()


def run(data: pd.DataFrame, by: str, **design: str) -> cs.Result:
    return cs.Study(cs.parse_model(SPEC), data, by=by, design=design or None).run(progress=False)


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return survey(180, 3)


def test_changes_in_a_panel_have_the_error_of_persons_in_both_waves(answers: pd.DataFrame) -> None:
    """Steps of 1e-4 in the weights: differences by hand hold to about 1e-7, PLS stops at 1e-7."""
    table = run(answers, "year", panel="id").path_changes(by="year")
    waves = [frame for _, frame in answers.groupby("year")]
    found = np.concatenate([paths_by_hand(f[ITEMS].to_numpy(), np.ones((1, len(f)))) for f in waves])
    assert list(table["source"] + " -> " + table["target"]) == PATHS
    assert table["before"].to_numpy() == pytest.approx(found[0], abs=1e-6)
    assert table["change"].to_numpy() == pytest.approx(found[1] - found[0], abs=1e-6)
    of_persons = totals(waves[1], "id").sub(totals(waves[0], "id"), fill_value=0).to_numpy()
    assert table["se"].to_numpy() == pytest.approx(np.sqrt(180 / 179 * (of_persons**2).sum(axis=0)), rel=1e-5)
    apart = run(answers, "year").path_changes(by="year")
    assert (table["se"] < 0.95 * apart["se"]).all()  # who answers twice counts


def test_shops_in_the_same_streets_have_the_error_of_streets(answers: pd.DataFrame) -> None:
    last = answers[answers["year"] == 2026]
    result = run(last, "shop", cluster="street")
    of_street = {shop: totals(frame, "street") for shop, frame in last.groupby("shop")}
    mean = {shop: sum(t for name, t in of_street.items() if name != shop) / 2 for shop in of_street}
    for against, rows in (("pairs", 9), (None, 9)):
        table = result.path_differences(against=against)
        assert len(table) == rows
        for row in table.itertuples():
            second = of_street[row.against] if against else mean[row.shop]
            added = (of_street[row.shop] - second)[PATHS.index(f"{row.source} -> {row.target}")]
            assert row.se == pytest.approx(np.sqrt(30 / 29 * (added**2).sum()), rel=1e-5)


def test_all_paths_are_corrected_together_and_one_by_itself(answers: pd.DataFrame) -> None:
    last = answers[answers["year"] == 2026]
    result = run(last, "shop")
    table = result.path_differences()
    assert list(table["against"].unique()) == ["others"] and len(table) == 9
    assert table["p_adj"].to_numpy() == pytest.approx(holm(table["p"].to_numpy()))
    one = result.path_differences("Quality -> Value", adjust="none")
    assert (one["p_adj"] == one["p"]).all() and len(one) == 3
    for wrong, word in (({"path": "Value -> Quality"}, "no such path"), ({"against": "best"}, "parent")):
        with pytest.raises(SpecError, match=word):
            result.path_differences(**wrong)
    with pytest.raises(SpecError, match="changes"):
        result.path_changes()


def holm(p: np.ndarray) -> np.ndarray:
    """Holm (1979), written anew."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    out = np.empty_like(p)
    out[order] = np.minimum(steps, 1)
    return out


def test_since_an_earlier_result_variances_add(answers: pd.DataFrame) -> None:
    before, after = (run(answers[answers["year"] == year], "shop") for year in (2025, 2026))
    table = after.path_changes(since=before, adjust="none")
    one, two = (r.paths().rename(columns={"se": "own"}) for r in (before, after))
    assert table["change"].to_numpy() == pytest.approx((two["estimate"] - one["estimate"]).to_numpy())
    assert table["se"].to_numpy() == pytest.approx(np.hypot(one["own"], two["own"]).to_numpy())


SMALL = """
csi: 1
constructs: {Quality: {items: [Q1, Q2, Q3]}, Satisfaction: {items: [S1, S2]}}
paths: {Quality: Satisfaction}
estimate: {estimator: ml, missing: fiml}
"""


def test_under_fiml_units_in_both_waves_count_too() -> None:
    """Six quarters in both waves: the joint jackknife, each left out of both; refits start anew, which leaves 1e-6."""
    data = survey(36, 5, share=1.0)
    data.loc[data.index % 7 == 0, "S2"] = np.nan
    data["quarter"] = data["street"] % 6
    model = cs.parse_model(SMALL)

    def numbers(frame: pd.DataFrame) -> np.ndarray:
        waves = [cs.Study(model, w, uncertainty=None).run(progress=False) for _, w in frame.groupby("year")]
        found = [np.append(wave.index()["index"], wave.paths()["estimate"]) for wave in waves]
        return np.asarray(found[1] - found[0])

    study = cs.Study(model, data, by="year", design={"cluster": "quarter"}, uncertainty="jackknife")
    result = study.run(progress=False)
    changes, of_path = result.changes(by="year"), result.path_changes(by="year")
    assert np.append(changes["change"], of_path["change"]) == pytest.approx(numbers(data), abs=1e-6)
    left = np.asarray([numbers(data[data["quarter"] != k]) for k in range(6)])
    wanted = np.sqrt(5 / 6 * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    assert np.append(changes["se"], of_path["se"]) == pytest.approx(wanted, rel=1e-4)
    apart = np.hypot(*result.index().groupby("year")["se"].apply(np.asarray))
    assert (np.abs(changes["se"] / apart - 1) > 0.05).all()  # as separate samples they would have other errors
