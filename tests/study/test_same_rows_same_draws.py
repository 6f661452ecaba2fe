"""One interval for the same rows: all respondents together, a wave and a group of the same rows are drawn alike."""

from __future__ import annotations

import numpy as np
import pandas as pd

import csimodels as cs

ENDS = ["index", "low", "high"]


def rows() -> pd.DataFrame:
    data = cs.simulate("acsi", 160, seed=3).data
    return data.assign(year=np.repeat([2025, 2026], 80), company=np.resize(["A", "A", "B"], 160), one="A")


def run(text: str, data: pd.DataFrame) -> cs.Result:
    spec = f"csi: 1\nextends: acsi\ndata: {text}\nuncertainty: {{method: bootstrap, replicates: 20}}\n"
    return cs.Study(cs.parse_model(spec), data).run(progress=False)


def limits(frame: pd.DataFrame) -> np.ndarray:
    return frame.loc[frame["construct"] == "Satisfaction", ENDS].to_numpy(float)


def test_a_single_group_has_the_interval_of_all_respondents() -> None:
    result = run("{by: one}", rows())
    assert np.array_equal(limits(result.index()), limits(result.whole.index()))


def test_the_headline_of_a_wave_has_the_interval_that_the_trend_shows() -> None:
    for by in ("company", "one"):
        content = run(f"{{by: {by}, wave: year}}", rows()).content
        waves = content.comparison("wave_index")
        assert waves is not None and content.groups is not None
        now = limits(waves[waves["year"] == 2026])
        assert np.array_equal(limits(content.table("index")), now)
        if by == "one":
            groups = content.groups
            assert np.array_equal(limits(groups[groups["year"] == 2026]), now)


def test_groups_keep_their_draws_whatever_stands_beside_them() -> None:
    data = rows()
    both = run("{by: company}", data).index()
    alone = run("{by: company}", data[data["company"] == "A"]).index()
    assert np.array_equal(limits(both[both["company"] == "A"]), limits(alone))
