"""A survey written as Parquet, and one study of it by both engines."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

import csimodels as cs

MODEL = """
csi: 1
constructs:
  Image: {items: {IM1: {scale: [1, 10]}, IM2: {scale: [1, 10]}, IM3: {scale: [1, 10]}}}
  Satisfaction: {items: {SA1: {scale: [1, 10]}, SA2: {scale: [1, 10], reverse: true}, SA3: {scale: [0, 100]}}}
  Loyalty: {items: {LO1: {scale: [1, 10]}, LO2: {scale: [1, 5], values: {never: 1, perhaps: 3, surely: 5}}}}
paths: {Image: Satisfaction, Satisfaction: Loyalty}
index: Satisfaction
"""
WORDS = {1: "never", 2: "2", 3: "perhaps", 4: "4", 5: "surely"}


@cache
def answers(rows: int = 400) -> pd.DataFrame:
    """Answers with holes, codes, words, weights, groups, strata and clusters."""
    rng = np.random.default_rng(7)
    common = rng.standard_normal(rows)
    data = {}
    for name in ("IM1", "IM2", "IM3", "SA1", "SA2", "LO1"):
        raw = (-1 if name == "SA2" else 1) * common + rng.standard_normal(rows)
        data[name] = np.clip(np.rint(5.5 + 1.8 * raw), 1, 10)
    data["SA3"] = np.clip(np.rint(50 + 18 * common + 15 * rng.standard_normal(rows)), 0, 100)
    frame = pd.DataFrame(data)
    for name in ("IM2", "SA1"):
        frame.loc[rng.random(rows) < 0.06, name] = np.nan
    frame.loc[rng.random(rows) < 0.05, "LO1"] = 98
    loyal = np.clip(np.rint(3 + common + 0.7 * rng.standard_normal(rows)), 1, 5)
    frame["LO2"] = [WORDS[int(k)] for k in loyal]
    frame.loc[[3, 60], list(data)] = np.nan
    frame.loc[[3, 60], "LO2"] = None
    frame["w"] = rng.uniform(0.2, 3, rows)
    frame.loc[11, "w"] = 0.0
    frame["bank"] = [None if k == 9 else f"Bank {k % 3 + 8} " for k in range(rows)]
    frame["year"] = 2025 + np.arange(rows) % 2
    frame["branch"] = np.arange(rows) % 30
    frame["region"] = frame["branch"] % 3
    frame["age"] = rng.integers(15, 80, rows)
    return frame


def write(frame: pd.DataFrame, path: Path) -> Path:
    """The frame as a Parquet file."""
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute(f"copy frame to '{path}' (format parquet)")
    return path


def spec(folder: Path, data: str, rest: str = "uncertainty: {method: none}") -> Path:
    """A spec file beside the data."""
    path = folder / "study.yaml"
    path.write_text(f"{MODEL}\ndata: {{{data}}}\n{rest}\n", encoding="utf-8")
    return path


def both(folder: Path, data: str, rest: str = "uncertainty: {method: none}") -> tuple[cs.Result, cs.Result]:
    """Results of the memory engine and of DuckDB."""
    one = cs.Study(spec(folder, f"{data}, engine: memory", rest)).run()
    return one, cs.Study(spec(folder, f"{data}, engine: duckdb", rest)).run()


def lines(table: pd.DataFrame) -> list[str]:
    """The lines of a log."""
    return sorted(" | ".join(map(str, row)) for row in table.itertuples(index=False))


def told(result: cs.Result, table: pd.DataFrame) -> list[str]:
    """The lines of the log of a survey without the name of its source, and without the line on the engine."""
    found = table[~table["step"].isin(["summed by DuckDB", "summed by the database", "summed on the cluster", "read"])]
    return lines(found.replace({"subject": {result.survey.source.name: "source"}}))


#: The analyst's desk on these answers.
DESK = """
items: {REC: {scale: [0, 10]}, EXP1: {scale: [1, 10]}, EXP2: {scale: [1, 10]}, COM: {scale: [0, 1]}}
indices:
  NPS: {kind: nps, item: REC}
  Top: {kind: top_box, item: SA1, levels: 2}
  Complained: {kind: share, item: COM, levels: [1], better: low}
  CSD: {kind: weighted_mean, items: [IM1, IM2], weights: {IM1: 0.7, IM2: 0.3}}
  Gap: {kind: gap, items: [IM1, EXP1]}
  NPS of complainers: {kind: nps, item: REC, among: {COM: [1]}}
hierarchy:
  Total: {of: {Network: 0.6, Service: 0.4}}
  Network: {of: [IM1, IM2], weights: equal}
  Service: {of: [SA1, SA2, IM3], weights: SPREAD}
targets: {Satisfaction: 80, NPS: 30, Total: 70, Top: {level: 60, move: [8, 9], item: SA1}}
what_if: {Image: 2}
effort: {construct: Satisfaction, costs: {Image: 2}}
gaps: {Service quality: {items: {IM1: EXP1, IM2: EXP2}}}
delivered_value: {values: [Satisfaction], costs: [COM]}
report: {answers: true}
"""


def desk(spread: str = "entropy") -> str:
    """Sections of the desk, with this way to weights by what spreads."""
    return DESK.replace("SPREAD", spread)


def assert_same(one: cs.Result, two: cs.Result, tolerance: float) -> None:
    """Every number of every table, and every word beside, the line on the engine aside."""
    a, b = one.tables(), two.tables()
    assert list(a) == list(b)
    for name, table in a.items():
        other = b[name]
        if name == "survey":
            assert told(one, table) == told(two, other)  # different texts of a column come in another order
            continue
        assert list(table.columns) == list(other.columns), name
        for column in table:
            x, y = table[column], other[column]
            if pd.api.types.is_numeric_dtype(x):
                np.testing.assert_allclose(y, x, rtol=tolerance, atol=tolerance, err_msg=f"{name}.{column}")
            else:
                assert x.astype(str).tolist() == y.astype(str).tolist(), (name, column)
    said = [[str(note).replace(result.survey.source.name, "source") for note in result.notes] for result in (one, two)]
    assert said[0] == said[1]
