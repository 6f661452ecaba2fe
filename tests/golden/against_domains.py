"""Errors of companies that are met by chance, or planned, in a stratified sample of two waves: R's survey.

Constructs of one item have the mean of that item as their index, so that a study is asked for what ``svymean`` gives.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from compared import SURVEY, Row, rows
from sources import reference

import csimodels as cs

WEIGHTS = {"A": 0.5, "B": 0.3, "C": 0.2}
DESIGNS = {
    "clusters": "strata: stratum, cluster: cluster",
    "fpc": "strata: stratum, cluster: cluster, fpc: N",
    "persons": "strata: stratum",
    "unstratified": "cluster: cluster",
}
SPEC = """
csi: 1
scale: [1, 10]
constructs:
  P: {{items: [a2]}}
  Q: {{items: [a1]}}
paths: {{P: [Q]}}
index: {{construct: Q}}
data: {{by: firm, wave: year, weight: w, design: {{{design}}}{given}}}
rollup: {{levels: [firm, nation], weights: '{file}'}}
uncertainty: {{method: {method}}}
"""

Errors = dict[str, float]


def answers() -> pd.DataFrame:
    """Four regions of eight branches and a fifth with one, six customers each and wave; better regions name C more."""
    i = np.arange(2 * 33 * 6)
    cluster, year = (i // 6) % 33, i // 198
    stratum = cluster // 8
    named = (i * 37 + i // 5) % 10 + stratum
    firm = np.asarray(["A", "B", "C"])[np.digitize(named, [5, 8])]
    level = 4 + stratum + (cluster * 7) % 5 / 3 + year * 0.4
    a1 = np.clip(np.rint(level + (i * 13) % 7 / 2 - 1.5), 1, 10)
    a2 = np.clip(np.rint(level + (i * 29) % 11 / 3 - 1.7), 1, 10)
    n = np.asarray([20, 40, 12, 16, 9])[stratum]
    data = pd.DataFrame({"a1": a1, "a2": a2, "stratum": stratum, "cluster": cluster, "N": n})
    return data.assign(firm=firm, year=2025 + year, w=0.5 + (i * 17) % 13 / 8)


def against(group: str, stored: Mapping[str, Any]) -> Iterator[Row]:
    """Every design of `stored`."""
    data = answers()
    for name, theirs in stored.items():
        if name == "version":
            continue
        kind, rest = name.split(", ")
        design, lone = (*rest.split(), "")[:2]
        asked = f"{DESIGNS[design]}, groups: {kind.replace(' ', '_')}" + (f", lone_strata: {lone}" if lone else "")
        found = errors(data if lone else data[data["stratum"] != 4], asked)
        yield from rows(group, stored["version"], {name: found}, {name: theirs}, SURVEY)


def survey(group: str) -> Iterator[Row]:
    """The numbers of R that are stored."""
    yield from against(group, reference("domains_survey.json"))


def errors(data: pd.DataFrame, design: str, replicates: str = "", margins: str = "") -> Errors:
    """Errors of companies and nation in each wave, and of changes and a difference; linearised without replicates."""
    given, method = "".join(f", {part}" for part in (replicates, margins) if part), "linearised"
    method = "replicate_weights" if replicates else method
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.csv"
        lines = [f"{firm},N,{weight}" for firm, weight in WEIGHTS.items()]
        file.write_text("\n".join(["firm,nation,weight", *lines]), encoding="utf-8")
        model = cs.parse_model(SPEC.format(design=design, file=file.as_posix(), given=given, method=method))
        result = cs.Study(model, data).run(progress=False)
    units, changes = (table[table["construct"] == "Q"] for table in (result.rollup(), result.changes(by="year")))
    pairs = result.differences("Q", against="pairs")
    found = {f"{row.unit} {row.year}": row.se for row in units.itertuples()}
    found |= {f"change of {row.unit}": row.se for row in changes.itertuples()}
    return found | {f"{row.unit} - {row.against} {row.year}": row.se for row in pairs.itertuples()}
