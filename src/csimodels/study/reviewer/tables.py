"""The tables that a reviewer asks for, stored with a result where the spec says ``report: {reviewer: true}``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from csimodels.errors import DataError, EstimationError, SpecError
from csimodels.messages import Message
from csimodels.study.result import Result, with_notes

#: Replicates of the test of exact fit.
REPLICATES = 499


def with_reviewer_tables(result: Result) -> Result:
    """`result` with the tables beside its own, and a note for each that cannot be made."""
    if not result.model.report.reviewer:
        return result
    replicates = 0 if result.model.uncertainty.method == "none" else REPLICATES
    made: dict[str, pd.DataFrame] = {}
    notes: list[Message] = []
    makers: dict[str, Callable[[], pd.DataFrame]] = {
        "model_fit": lambda: result.model_fit(replicates),
        "prediction": result.prediction,
        "cvpat": result.cvpat,
        "discriminant": lambda: discriminant_pairs(result),
        "cross_loadings": lambda: cross_loadings(result),
    }
    for name, make in makers.items():
        try:
            made[name] = make()
        except (DataError, EstimationError, SpecError) as error:
            reason = error.problems[0].what
            notes.append(Message("no table {table} for the reviewer: {reason}", table=name, reason=reason))
    desk = replace(result.desk, more={**result.desk.more, **made})
    return with_notes(replace(result, desk=desk), tuple(dict.fromkeys(notes)))


def discriminant_pairs(result: Result) -> pd.DataFrame:
    """Every two constructs in one row: group columns, ``construct, other, correlation, htmt, htmt2, htmt_signed``."""
    kinds = {"correlation": "correlations", "htmt": "htmt", "htmt2": "htmt2", "htmt_signed": "htmt_signed"}
    squares = {name: result.discriminant(kind) for name, kind in kinds.items()}  # type: ignore[arg-type]
    names = list(result.estimates.layout.design.constructs)
    size = len(names)
    first, second = np.triu_indices(size, 1)
    frames = []
    for g, key in enumerate(result.estimates.keys):
        columns: dict[str, object] = dict(zip(result.by, key, strict=True))
        columns |= {"construct": [names[i] for i in first], "other": [names[j] for j in second]}
        for name, square in squares.items():
            block = square[names].to_numpy(float)[g * size : (g + 1) * size]
            columns[name] = block[first, second]
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def cross_loadings(result: Result) -> pd.DataFrame:
    """Loading of every item on every construct: group columns, ``construct`` (its own), ``item, other, loading``."""
    wide = result.cross_loadings()
    front = [*result.by, "construct", "item"]
    names = list(result.estimates.layout.design.constructs)
    long = wide.rename(columns={name: f"\0{name}" for name in names}).melt(
        front, var_name="other", value_name="loading"
    )
    long["other"] = long["other"].str.removeprefix("\0")
    place = {name: k for k, name in enumerate(names)}
    rank = np.asarray([place[name] for name in long["other"]])
    order = np.lexsort((rank, np.tile(np.arange(len(wide)), len(names))))
    return long.iloc[order].reset_index(drop=True)
