"""Indices of some respondents only: complaint share, and rates among complainers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import SpecError

SPEC = """
csi: 1
scale: [0, 1]
items: [COMP, HANDLED, SOLVED]
indices:
  Complained: {kind: share, item: COMP, levels: [1]}
  InTime: {kind: share, item: HANDLED, levels: [1], among: {COMP: 1}}
  FirstTime: {kind: share, item: SOLVED, levels: [1], among: {COMP: 1, HANDLED: [1]}}
"""


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    random = np.random.default_rng(7)
    frame = pd.DataFrame({name: random.integers(0, 2, 300).astype(float) for name in ("COMP", "HANDLED", "SOLVED")})
    frame.loc[random.random(300) < 0.1, "HANDLED"] = np.nan
    return frame.assign(w=random.uniform(0.5, 2, 300), bank=np.tile(["x", "y", "z"], 100))


def test_rates_among_complainers_have_their_own_n_and_errors(data: pd.DataFrame) -> None:
    """Ratio of two weighted sums: linearised error sum w^2 (y - r x)^2 n / (n - 1), over the weight of the base."""
    study = cs.Study(cs.parse_model(SPEC), data, weight="w", uncertainty="linearised")
    table = study.run(progress=False).indices().set_index("name")
    base = ((data["COMP"] == 1) & data["HANDLED"].notna()).to_numpy()
    w, hit = data["w"].to_numpy(), (data["HANDLED"] == 1).to_numpy()
    share = w[base & hit].sum() / w[base].sum()
    assert table.loc["InTime", "value"] == pytest.approx(100 * share, abs=1e-9)
    influence = w * base * (hit - share)
    wanted = 100 * np.sqrt(300 / 299 * (influence**2).sum()) / w[base].sum()
    assert table.loc["InTime", "se"] == pytest.approx(wanted, rel=1e-5)
    both = (data["COMP"] == 1) & (data["HANDLED"] == 1)
    assert table["n"].to_list() == [300, int((data["COMP"] == 1).sum()), int(both.sum())]


def test_groups_count_their_own_complainers(data: pd.DataFrame) -> None:
    table = cs.Study(cs.parse_model(SPEC), data, by="bank").run(progress=False).indices()
    mine = table[table["name"] == "InTime"].set_index("bank")
    wanted = data[data["COMP"] == 1].groupby("bank")
    assert mine["n"].to_dict() == wanted.size().to_dict()
    assert mine["value"].to_dict() == pytest.approx((100 * wanted["HANDLED"].mean()).to_dict(), abs=1e-9)


def test_an_unknown_item_and_no_answers_are_named_and_the_rest_comes_back_from_a_file() -> None:
    with pytest.raises(SpecError, match="COMPX"):
        cs.parse_model(SPEC.replace("among: {COMP: 1}", "among: {COMPX: 1}"))
    with pytest.raises(SpecError, match="say which answers count"):
        cs.parse_model(SPEC.replace("among: {COMP: 1}", "among: {COMP: }"))
    model = cs.parse_model(SPEC)
    assert cs.parse_model(cs.dump_model(model)).indices == model.indices
