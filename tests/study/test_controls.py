"""Covariates: least squares on the scores, kinds, groups, designs, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import csimodels as cs
from csimodels.errors import SpecError

SPEC = """
csi: 1
scale: [1, 10]
constructs:
  Image: {items: [I1, I2]}
  Satisfaction: {items: [S1, S2, S3]}
  Loyalty: {items: [L1, L2]}
paths: {Image: [Satisfaction, Loyalty], Satisfaction: Loyalty, "Image * Image": Satisfaction}
items: {AGE: {scale: [18, 90]}, REGION: {scale: [1, 3], values: {north: 1, south: 2, west: 3}}}
controls:
  AGE: [Satisfaction, Loyalty]
  REGION: {to: Satisfaction, nominal: true, reference: south}
"""


def model(tmp_path, text: str = SPEC) -> cs.Model:
    path = tmp_path / "model.yaml"
    path.write_text(text, encoding="utf-8")
    return cs.load_model(path)


def survey(n: int = 240, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age, region = rng.integers(18, 91, n), rng.choice(["north", "south", "west"], n)
    a = rng.normal(size=n) + 0.01 * age
    s = 0.5 * a + 0.4 * (region == "west") - 0.01 * age + 0.7 * rng.normal(size=n)
    out: dict[str, object] = {}
    for name, latent, size in (("I", a, 2), ("S", s, 3), ("L", s, 2)):
        for k in range(size):
            out[f"{name}{k + 1}"] = np.clip(np.rint(5.5 + 1.6 * (latent + 0.6 * rng.normal(size=n))), 1, 10)
    return pd.DataFrame(out | {"AGE": age, "REGION": region, "w": rng.uniform(0.5, 2, n)})


def test_effects_are_those_of_a_regression_on_the_scores(tmp_path) -> None:
    m, data = model(tmp_path), survey()
    result = cs.Study(m, data, weight="w", uncertainty=None).run()
    plain = cs.Study(replace(m, interactions=(), controls=()), data, weight="w", uncertainty=None).run()
    scores, w, n = plain.scores(), data["w"], len(data)
    raw = scores["Satisfaction"]

    def standard(x: pd.Series) -> pd.Series:
        mean = np.average(x, weights=w)
        return (x - mean) / np.sqrt(np.average((x - mean) ** 2, weights=w) * n / (n - 1))

    z = {name: standard(scores[name]) for name in ("Image", "Satisfaction")}
    parts = {"Image": z["Image"], "square": z["Image"] ** 2, "AGE": data["AGE"]}
    parts |= {kind: (data["REGION"] == kind).astype(float) for kind in ("north", "west")}
    x = sm.add_constant(pd.DataFrame(parts))
    points, std = sm.WLS(raw, x, weights=w).fit(), sm.WLS(z["Satisfaction"], x, weights=w).fit()
    mine = result.controls()
    mine = mine[mine["target"] == "Satisfaction"].set_index(["control", "kind"])
    np.testing.assert_allclose(mine["points"], points.params[["AGE", "north", "west"]], rtol=1e-6)
    np.testing.assert_allclose(mine["estimate"][1:], std.params[["north", "west"]], rtol=1e-6)
    centred = data["AGE"] - np.average(data["AGE"], weights=w)
    age = std.params["AGE"] * np.sqrt(np.average(centred**2, weights=w) * n / (n - 1))
    np.testing.assert_allclose(mine["estimate"].iloc[0], age, rtol=1e-6)
    paths = result.paths().set_index(["source", "target"])["estimate"]
    np.testing.assert_allclose(paths["Image", "Satisfaction"], std.params["Image"], rtol=1e-6)
    np.testing.assert_allclose(result.interactions()["estimate"][0], std.params["square"], rtol=1e-6)
    r2 = result.r2().set_index("construct")["r2"]
    np.testing.assert_allclose(r2["Satisfaction"], std.rsquared, rtol=1e-6)
    less = sm.WLS(z["Satisfaction"], x.drop(columns="west"), weights=w).fit().rsquared
    np.testing.assert_allclose(mine["f2"].iloc[2], (std.rsquared - less) / (1 - std.rsquared), rtol=1e-6)
    assert mine["reference"].tolist() == ["", "south", "south"]


def test_controls_are_no_part_of_the_index(tmp_path) -> None:
    result = cs.Study(model(tmp_path), survey(), uncertainty="linearised").run()
    assert set(result.index()["construct"]) == {"Image", "Satisfaction", "Loyalty"}
    assert set(result.drivers()["driver"]) == {"Image"}
    table = result.controls()
    assert (table["low"] < table["estimate"]).all() and (table["points_low"] < table["points"]).all()
    cs.save(result, tmp_path / "out")
    pd.testing.assert_frame_equal(cs.load_result(tmp_path / "out").controls(), table)
    assert cs.load_model(tmp_path / "out" / "spec.yaml").controls == result.model.controls
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Covariates" in page


def test_errors_of_two_methods_with_holes_and_groups(tmp_path) -> None:
    data = survey(500).assign(g=np.arange(500) % 2)
    data.loc[::19, "AGE"] = np.nan
    data.loc[::23, "S1"] = np.nan
    data.loc[5, ["I1", "I2", "S1", "S2", "S3", "L1", "L2"]] = np.nan
    data.loc[(data["g"] == 1) & (data["REGION"] == "north"), "REGION"] = "west"
    one, two = (
        cs.Study(model(tmp_path), data, by="g", uncertainty=u).run().controls() for u in ("linearised", "jackknife")
    )
    north = (one["kind"] == "north") & (one["g"] == 1)
    assert one["status"][north].tolist() == ["no respondents"] and one["estimate"][north].isna().all()
    assert (one["status"][~north] == "ok").all()
    np.testing.assert_allclose(one["estimate"], two["estimate"], rtol=1e-10)
    np.testing.assert_allclose(one["se"][~north], two["se"][~north], rtol=0.08)  # they differ by terms of order 1/n


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("  AGE: [Satisfaction, Loyalty]", "  AGEE: Satisfaction"), 'control "AGEE" is none of the section items'),
        (("AGE: [Satisfaction", "AGE: [Satisfactoin"), 'unknown construct "Satisfactoin"'),
        (("reference: south", "reference: east"), "has no such kind"),
        (("nominal: true, ", ""), "only a nominal control has a reference"),
        (("AGE: [Satisfaction, Loyalty]", "AGE: {to: Loyalty, nominal: true}"), "has 73 kinds"),
        (("controls:", "estimate: {missing: em}\ncontrols:"), "completed row by row"),
        (("controls:", "estimate: {estimator: ml}\ncontrols:"), "ml has no controls"),
    ],
)
def test_what_is_refused(tmp_path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(SpecError) as caught:
        model(tmp_path, SPEC.replace(*change))
    assert words in str(caught.value)


def test_tables_that_need_a_plain_model_say_so(tmp_path) -> None:
    result = cs.Study(replace(model(tmp_path), interactions=()), survey(), uncertainty=None).run()
    with pytest.raises(SpecError, match="with covariates"):
        result.prediction()
