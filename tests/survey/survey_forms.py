"""A small model, a small survey, and the same survey in every form that can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyreadstat
import xlsxwriter

from csimodels.spec.model import Construct, DataSpec, Item, Model

ITEMS = ("IMAG1", "IMAG2", "SAT1", "SAT2")


def model(data: DataSpec | None = None, names: Sequence[str] = ITEMS, **change: Item) -> Model:
    """Two constructs of two items on 1..10; single items can be exchanged by name."""
    items = [change.get(name, Item(name)) for name in names]
    half = len(items) // 2
    blocks = (Construct("Image", tuple(items[:half])), Construct("Satisfaction", tuple(items[half:])))
    return Model("small", blocks, (("Image", "Satisfaction"),), data=data or DataSpec())


def with_data(**keys: object) -> Model:
    return model(replace(DataSpec(), **keys))


def frame(n: int = 12, seed: int = 5, names: Sequence[str] = ITEMS) -> pd.DataFrame:
    """Answers 1..10 as floats, with a weight and a group."""
    rng = np.random.default_rng(seed)
    out = pd.DataFrame(rng.integers(1, 11, (n, len(names))).astype(float), columns=list(names))
    out["w"] = np.round(rng.uniform(0.5, 2.0, n), 3)
    out["bank"] = [f"Bank {i % 3 + 8}" for i in range(n)]
    return out


def write_excel(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    if cell is not None and not (isinstance(cell, float) and np.isnan(cell)):
                        sheet.write(r, c, cell)
    return path


def rows_of(data: pd.DataFrame) -> list[list[object]]:
    return [list(data.columns), *data.astype(object).to_numpy().tolist()]


def every_form(data: pd.DataFrame, folder: Path) -> dict[str, object]:
    """The same table as pandas, polars, arrow, dict, CSV, Excel, Parquet, SPSS and Stata."""
    csv, parquet, sav, dta = (folder / f"survey.{suffix}" for suffix in ("csv", "parquet", "sav", "dta"))
    data.to_csv(csv, index=False)
    with duckdb.connect() as base:
        base.register("survey", pa.Table.from_pandas(data, preserve_index=False))
        base.execute(f"copy survey to '{parquet}' (format parquet)")
    pyreadstat.write_sav(data, str(sav))
    data.to_stata(dta, write_index=False, version=118)
    return {
        "pandas": data,
        "polars": pl.from_pandas(data),
        "pyarrow": pa.Table.from_pandas(data, preserve_index=False),
        "dict": {name: data[name].tolist() for name in data.columns},
        "csv": csv,
        "excel": write_excel(folder / "survey.xlsx", {"answers": rows_of(data)}),
        "parquet": parquet,
        "spss": sav,
        "stata": dta,
    }
