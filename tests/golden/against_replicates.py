"""Errors of companies, their roll-up, differences and changes under given replicate weights: R's survey.

The weights are of branches, of which most have customers of several companies, in both waves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from against_domains import answers, errors
from compared import GIVEN, Row, rows
from sources import reference

KINDS = {"bootstrap": "columns: boot*, kind: bootstrap", "fay": "columns: fay*, kind: fay, fay: 0.5"}
SIZE = 24


def with_replicates() -> pd.DataFrame:
    """The answers of :func:`answers` with two sets of replicate weights by branch."""
    data = answers()
    r, branch = np.arange(1, SIZE + 1), data["cluster"].to_numpy()[:, None]
    boot = ((branch * 7 + r * 11 + (branch * r) % 5) % 4) / 1.5
    fay = np.where((branch * 3 + r * 5 + (branch * r) % 7) % 2 == 0, 1.5, 0.5)
    for name, factor in (("boot", boot), ("fay", fay)):
        columns = [f"{name}{k}" for k in r]
        weights = pd.DataFrame(factor * data["w"].to_numpy()[:, None], columns=columns, index=data.index)
        data = pd.concat([data, weights], axis=1)
    return data


def against(group: str, stored: Mapping[str, Any]) -> Iterator[Row]:
    """Both kinds: branches that run through the waves; waves as separate samples; companies as planned."""
    data = with_replicates()
    for kind, spelling in KINDS.items():
        theirs = dict(stored[kind])
        given = f"replicate_weights: {{{spelling}}}"
        yield from _rows(group, stored, f"{kind}, branches", errors(data, "cluster: cluster", given), theirs)
        for unit in ("A", "N"):
            theirs[f"change of {unit}"] = float(np.hypot(theirs[f"{unit} 2025"], theirs[f"{unit} 2026"]))
        yield from _rows(group, stored, f"{kind}, waves apart", errors(data, "", given), theirs)
        theirs["A - B 2026"] = float(np.hypot(theirs["A 2026"], theirs["B 2026"]))
        apart = {name: theirs[name] for name in theirs if " N" not in name and not name.startswith("N")}
        yield from _rows(group, stored, f"{kind}, planned", errors(data, "groups: planned", given), apart)


def _rows(
    group: str, stored: Mapping[str, Any], name: str, mine: dict[str, float], theirs: dict[str, float]
) -> Iterator[Row]:
    yield from rows(group, stored["version"], {name: mine}, {name: theirs}, GIVEN)


def survey(group: str) -> Iterator[Row]:
    """The numbers of R that are stored."""
    yield from against(group, reference("companies_replicates.json"))
