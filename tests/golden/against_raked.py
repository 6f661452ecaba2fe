"""Errors of companies under weights raked over the whole sample, roll-up, differences and changes: R's survey."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from against_domains import DESIGNS, answers, errors
from compared import SURVEY, Row, rows
from sources import reference

RAKE = "rake: {sex: {f: 0.55, m: 0.45}, age: {1: 0.35, 2: 0.3, 3: 0.35}}"


def with_margins() -> pd.DataFrame:
    """The regions of :func:`answers` with several branches; age and sex go with the company and the answer."""
    data = answers()
    data = data[data["stratum"] != 4].reset_index(drop=True)
    i, later = np.arange(len(data)), (data["firm"] == "C").to_numpy()
    age = 1 + (i * 11 + i // 7 + 2 * (data["a1"].to_numpy() > 6) + later) % 10 // 4
    sex = np.where((i * 19 + i // 3 + 3 * later) % 9 < 4, "f", "m")
    return data.assign(age=age, sex=sex)


def against(group: str, stored: Mapping[str, Any]) -> Iterator[Row]:
    """Every design of `stored`."""
    data = with_margins()
    for name, theirs in stored.items():
        if name == "version":
            continue
        kind, design = name.split(", ")
        asked = ", ".join(filter(None, (DESIGNS.get(design, ""), f"groups: {kind.replace(' ', '_')}")))
        yield from rows(group, stored["version"], {name: errors(data, asked, margins=RAKE)}, {name: theirs}, SURVEY)


def survey(group: str) -> Iterator[Row]:
    """The numbers of R that are stored."""
    yield from against(group, reference("raked_groups.json"))
