"""Intervals of shares among simple indices: those of R's svyciprop on the logit scale, within 0 and 100."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import csimodels as cs

SPEC = """
csi: 1
items: {Q: {scale: [1, 10]}}
indices:
  Low: {kind: bottom_box, item: Q, levels: 4}
  Nobody: {kind: share, item: Q, levels: [1]}
  Mean: {kind: mean, item: Q}
uncertainty: {method: linearised}
"""


def test_a_small_share_is_symmetric_on_the_logit_scale_with_the_degrees_of_freedom_of_the_design() -> None:
    random = np.random.default_rng(4)
    data = pd.DataFrame({"Q": random.choice([2, 4, 6, 8, 9], 200, p=[0.02, 0.03, 0.3, 0.4, 0.25])})
    data = data.assign(w=random.uniform(0.5, 3, 200), branch=np.arange(200) % 20)
    for options, df in (({}, 199), ({"weight": "w", "design": {"cluster": "branch"}}, 19)):
        table = cs.Study(cs.parse_model(SPEC), data, **options).run(progress=False).indices().set_index("name")
        share, se = table.loc["Low", ["value", "se"]].astype(float) / 100
        reach = stats.t.ppf(0.975, df) * se / (share * (1 - share))
        limits = 100 * special.expit(special.logit(share) + np.asarray([-reach, reach]))
        assert table.loc["Low", ["low", "high"]].to_list() == pytest.approx(list(limits), rel=1e-6)
        row = table.loc["Mean"]  # no share: symmetric as it stands
        assert row["high"] - row["value"] == pytest.approx(row["value"] - row["low"])
        assert table.loc["Nobody", "value"] == 0 and not table.loc["Nobody", "low"] < 0
