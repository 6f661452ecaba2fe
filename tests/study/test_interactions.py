"""Interactions and curves: rows by hand, designs, planted truth, closed forms, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.assess.slopes import coefficients
from csimodels.errors import SpecError
from csimodels.estimate import PLS, Design, PLSc
from csimodels.estimate.monomials import with_products
from csimodels.moments import Moments, Rows
from csimodels.tables.interactions import regions

SPEC = """
csi: 1
scale: [1, 10]
constructs:
  Image: {items: [I1, I2]}
  Price: {items: [P1, P2]}
  Satisfaction: {items: [S1, S2, S3]}
  Loyalty: {items: [L1, L2]}
paths:
  Image: [Satisfaction, Loyalty]
  Price: Satisfaction
  Satisfaction: Loyalty
  "Image * Price": Satisfaction
"""


def model(tmp_path, text: str = SPEC) -> cs.Model:
    path = tmp_path / "model.yaml"
    path.write_text(text, encoding="utf-8")
    return cs.load_model(path)


def survey(n: int = 160, seed: int = 3, effect: float = 0.3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    b = 0.4 * a + 0.9 * b
    s = 0.4 * a + 0.3 * b + effect * a * b + 0.6 * rng.normal(size=n)
    out = {}
    for name, latent, size in (("I", a, 2), ("P", b, 2), ("S", s, 3), ("L", 0.6 * s + 0.2 * a, 2)):
        for k in range(size):
            out[f"{name}{k + 1}"] = np.clip(np.rint(5.5 + 1.6 * (latent + 0.6 * rng.normal(size=n))), 1, 10)
    return pd.DataFrame(out)


def by_hand(m: cs.Model, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Paths of Image and Price and the product's effect, from weighted scores of completed rows."""
    mean = np.array([np.average(col[~np.isnan(col)], weights=weights[~np.isnan(col)]) for col in x.T])
    z = np.where(np.isnan(x), 0.0, x - mean)
    cov = (z * weights[:, None]).T @ z / weights.sum()
    plain = replace(m, interactions=())
    moments = Moments(mean, cov, np.asarray(float(len(x))), np.asarray(1.0), m.item_names)
    fit = PLS(tol=1e-13, max_iter=3000)(Design.of(plain), moments)
    scores = z / np.sqrt(np.diag(cov)) @ fit.weights
    place = {name: k for k, name in enumerate(m.construct_names)}
    image, price, target = (scores[:, place[name]] for name in ("Image", "Price", "Satisfaction"))
    n = len(x)
    parts = np.column_stack([np.ones(n), image, price, image * price])
    root = np.sqrt(weights)
    beta = np.linalg.lstsq(parts * root[:, None], target * root, rcond=None)[0]
    return np.array([beta[1], beta[2], beta[3] * np.sqrt(n / (n - 1))])


@pytest.mark.parametrize("holes", [False, True])
def test_every_replicate_is_the_fit_of_its_rows(tmp_path, holes: bool) -> None:
    m, data = model(tmp_path), survey(90)
    x = data.to_numpy(float).copy()
    rng = np.random.default_rng(1)
    if holes:
        x[rng.random(x.shape) < 0.1] = np.nan
        x[:5, :4] = np.nan
    weights = rng.uniform(0.5, 2.0, len(x))
    counts = rng.multinomial(len(x), np.full(len(x), 1 / len(x)), size=4).astype(float)
    design = Design.of(m)
    rows = Rows(m.item_names, x, np.full(9, 5.5), weights, "pairwise")
    rows = with_products(rows, design, np.isnan(x).any(axis=0))
    fit = PLS(tol=1e-13, max_iter=3000)(design, Moments.from_sums(rows.sums(counts), "mean"))
    target = m.construct_names.index("Satisfaction")
    for r, count in enumerate(counts):
        drawn = np.repeat(np.arange(len(x)), count.astype(int))
        mine = [*fit.paths[r, target, :2], coefficients(fit)[r, 0]]
        np.testing.assert_allclose(mine, by_hand(m, x[drawn], weights[drawn]), rtol=1e-9)


def test_linearised_errors_are_those_of_the_jackknife(tmp_path) -> None:
    m, data = model(tmp_path), survey(400)
    rng = np.random.default_rng(2)
    data = data.assign(w=rng.uniform(0.5, 2, 400), h=np.arange(400) // 100, c=np.arange(400) // 5)
    data.loc[::17, "I2"] = np.nan
    keywords = {"weight": "w", "design": {"strata": "h", "cluster": "c"}}
    one = cs.Study(m, data, uncertainty="linearised", **keywords).run()
    two = cs.Study(m, data, uncertainty="jackknife", **keywords).run()
    for table in ("interactions", "paths"):
        a, b = getattr(one, table)(), getattr(two, table)()
        np.testing.assert_allclose(a["estimate"], b["estimate"], rtol=1e-12)
        np.testing.assert_allclose(a["se"], b["se"], rtol=0.08)  # they differ by terms of order 1/clusters


def test_groups_and_bootstrap(tmp_path) -> None:
    m = model(tmp_path)
    data = pd.concat([survey(120, 1, 0.5).assign(g="a"), survey(120, 2, 0.0).assign(g="b")], ignore_index=True)
    result = cs.Study(m, data, by="g", uncertainty=cs.Bootstrap(replicates=200, seed=4)).run()
    table = result.interactions()
    alone = [cs.Study(m, data[data["g"] == g], uncertainty=None).run().interactions()["estimate"][0] for g in "ab"]
    np.testing.assert_allclose(table["estimate"], alone, rtol=1e-10)
    assert table["low"][0] > 0 > table["low"][1]


@pytest.mark.parametrize(("estimator", "bias"), [(PLSc(), 0.02), (PLS(), None)])
def test_planted_interaction_is_found(tmp_path, estimator: PLS | PLSc, bias: float | None) -> None:
    """PLSc corrects for attenuation: with reliabilities near .7 PLS finds about two thirds of the effect."""
    rng = np.random.default_rng(8)
    n, truth = 60_000, 0.25
    a, b = rng.normal(size=(2, n))
    b = 0.3 * a + np.sqrt(1 - 0.09) * b
    signal = 0.4 * a + 0.3 * b + truth * (a * b - 0.3)
    s = signal + np.sqrt(1 - signal.var()) * rng.normal(size=n)
    x = np.concatenate(
        [np.sqrt(0.6) * np.c_[v, v, v] + np.sqrt(0.4) * rng.normal(size=(n, 3)) for v in (a, b, s)], axis=1
    )
    names = [f"{c}{k}" for c in "XYZ" for k in range(3)]
    blocks = "".join(f"  {c}: {{items: [{c}0, {c}1, {c}2]}}\n" for c in "XYZ")
    text = f'csi: 1\nscale: [-9, 9]\nindex: Z\nconstructs:\n{blocks}paths: {{X: Z, Y: Z, "X * Y": Z}}\n'
    m = model(tmp_path, text)
    result = cs.Study(m, pd.DataFrame(x, columns=names), estimator=estimator, uncertainty=None).run()
    found = result.interactions()["estimate"][0]
    if bias is not None:
        assert found == pytest.approx(truth, abs=bias)  # sampling error about .006
        np.testing.assert_allclose(result.paths()["estimate"], [0.4, 0.3], atol=0.02)
    else:
        assert 0.55 * truth < found < 0.85 * truth


def test_curve_under_plsc(tmp_path) -> None:
    rng = np.random.default_rng(9)
    n, truth = 60_000, 0.2
    a = rng.normal(size=n)
    signal = 0.5 * a + truth * (a**2 - 1)
    s = signal + np.sqrt(1 - signal.var()) * rng.normal(size=n)
    x = np.concatenate([np.sqrt(0.6) * np.c_[v, v, v] + np.sqrt(0.4) * rng.normal(size=(n, 3)) for v in (a, s)], axis=1)
    text = (
        "csi: 1\nscale: [-9, 9]\nindex: Z\nestimate: {estimator: plsc}\nconstructs: {X: {items: [X0, X1, X2]}, "
        'Z: {items: [Z0, Z1, Z2]}}\npaths: {X: Z, "X * X": Z}\n'
    )
    names = ["X0", "X1", "X2", "Z0", "Z1", "Z2"]
    result = cs.Study(model(tmp_path, text), pd.DataFrame(x, columns=names), uncertainty=None).run()
    assert result.interactions()["estimate"][0] == pytest.approx(truth, abs=0.02)
    slopes = result.simple_slopes().set_index("at")["estimate"]
    assert slopes[1.0] - slopes[-1.0] == pytest.approx(4 * truth, abs=0.06)  # b + 2 b_q z


def test_a_dummy_counts_as_it_is(tmp_path) -> None:
    """The effect of the product is the difference of the slopes of the two kinds of respondents."""
    data = survey(300).assign(D=(np.arange(300) % 3 == 0).astype(float))
    text = SPEC.replace("  Price: {items: [P1, P2]}", "  Price: {items: {D: {scale: [0, 1]}}}")
    m = model(tmp_path, text)
    result = cs.Study(m, data, uncertainty=None).run()
    fit = cs.Study(replace(m, interactions=()), data, uncertainty=None).run()
    scores, d = fit.scores(), data["D"].to_numpy()
    z = {name: (scores[name] - scores[name].mean()) / scores[name].std() for name in ("Image", "Satisfaction")}
    x = np.column_stack([np.ones(300), z["Image"], d, z["Image"] * d])
    beta = np.linalg.lstsq(x, z["Satisfaction"], rcond=None)[0]
    assert result.interactions()["estimate"][0] == pytest.approx(beta[3], abs=1e-8)
    slopes = result.simple_slopes()
    assert slopes["at"].tolist() == [0.0, 1.0]
    np.testing.assert_allclose(slopes["estimate"], [beta[1], beta[1] + beta[3]], atol=1e-8)
    assert not result.has_curves


def test_regions_are_those_of_johnson_and_neyman() -> None:
    """Bounds solve (b + b_i z)^2 = t^2 (v + 2 c z + v_i z^2)."""
    b, bi, v, c, vi, t = 0.2, 0.3, 0.01, 0.002, 0.012, 1.98
    z = np.linspace(-3, 3, 25)
    half = t * np.sqrt(v + 2 * c * z + vi * z**2)
    roots = np.sort(np.roots([bi**2 - t**2 * vi, 2 * (b * bi - t**2 * c), b**2 - t**2 * v]))
    found = list(regions(z, b + bi * z - half, b + bi * z + half))
    assert [r.sign for r in found] == ["negative", "not different from 0", "positive"]
    np.testing.assert_allclose([found[0].stop, found[1].stop], roots, atol=2e-4)  # the ends are joined by splines


def test_tables_figure_and_folder(tmp_path) -> None:
    m, data = model(tmp_path), survey(200)
    result = cs.Study(m, data, uncertainty="jackknife").run()
    d = result.estimates.layout.design
    assert "Image * Price" not in result.index()["construct"].tolist()
    assert set(result.drivers()["driver"]) == {"Image", "Price"}
    assert d.constructs == ("Image", "Price", "Satisfaction", "Loyalty")
    curve = result.floodlight_curve()
    inside = curve.set_index("at")
    own = result.floodlight()
    for _, row in own.iterrows():
        part = inside[(inside.index > row["begins_at"]) & (inside.index < row["ends_at"])]
        signs = {"positive": part["low"] > 0, "negative": part["high"] < 0}
        apart = (part["low"] <= 0) & (part["high"] >= 0)
        assert signs.get(row["sign"], apart).all()
    figure = result.figures.floodlight("Image", "Price", lang="zh")
    assert figure.data["estimate"].to_list() == curve["estimate"].to_list()
    with pytest.raises(SpecError, match="no interaction"):
        result.figures.floodlight("Loyalty")
    result.model.report  # noqa: B018
    cs.save(result, tmp_path / "out")
    again = cs.load_result(tmp_path / "out")
    for name in ("interactions", "simple_slopes", "floodlight", "floodlight_curve"):
        pd.testing.assert_frame_equal(getattr(again, name)(), getattr(result, name)())
        assert (tmp_path / "out" / "tables" / f"{name}.csv").exists()
    assert any("at the mean" in str(note) for note in result.notes)


def test_index_of_moderated_mediation(tmp_path) -> None:
    """The difference of the indirect effects one standard deviation of the moderator apart."""
    result = cs.Study(model(tmp_path), survey(200), uncertainty="linearised").run()
    table = result.moderated_mediation().set_index("source")
    slopes = result.simple_slopes().set_index("at")["estimate"]
    path = result.paths().set_index(["source", "target"])["estimate"]["Satisfaction", "Loyalty"]
    row = table.loc["Image"]
    assert (row["mediator"], row["target"], row["moderator"]) == ("Satisfaction", "Loyalty", "Price")
    assert row["estimate"] == pytest.approx(path * (slopes[1.0] - slopes[0.0]), rel=1e-10)
    assert row["low"] < row["estimate"] < row["high"]


def test_lavaan_in_and_out() -> None:
    text = "Image =~ I1 + I2\nPrice =~ P1 + P2\nSat =~ S1 + S2\nSat ~ Image + Price + Image:Price\n"
    m = cs.from_lavaan(text, index="Sat")
    assert [(p.factors, p.target) for p in m.interactions] == [(("Image", "Price"), "Sat")]
    again = cs.from_lavaan(cs.to_lavaan(m), index="Sat")
    assert again.interactions == m.interactions
    assert cs.load_model(m).hash == m.hash


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ('"Image * Price": Satisfaction', '"Image * Price": Satisfaction\n  "Price * Image": Satisfaction'),
            "stated twice",
        ),
        (('"Image * Price"', '"Image * Prise"'), 'unknown construct "Prise"'),
        (('"Image * Price"', '"Image * "'), "a construct is missing"),
        (('"Image * Price": Satisfaction', '"Image * Price": Loyalty'), "without its parts"),
        (('"Image * Price": Satisfaction', '"Image * Satisfaction": Satisfaction'), "leads to it"),
        (('"Image * Price"', '"Image * Price * Image"'), "names a construct twice"),
        (("paths:", "estimate: {estimator: ml}\npaths:"), "has no interactions"),
        (("paths:", "estimate: {missing: em}\npaths:"), "completed row by row"),
        (("paths:", "estimate: {estimator: plsc, interactions: orthogonal}\npaths:"), "is a way of pls"),
        (("paths:", "estimate: {interactions: two_stages}\npaths:"), "interactions"),
        (('"Image * Price"', '"Image * Image"'), ""),
    ],
)
def test_what_is_refused(tmp_path, change: tuple[str, str], words: str) -> None:
    text = SPEC.replace(*change)
    if not words:
        assert model(tmp_path, text).interactions[0].factors == ("Image", "Image")
        return
    with pytest.raises(SpecError) as caught:
        model(tmp_path, text)
    assert words in str(caught.value)
