"""One survey in nine forms gives the same arrays to the last bit; the order of rows and columns does not matter."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_forms import ITEMS, every_form, frame, model

from csimodels.spec.model import Construct, Item, Model
from csimodels.survey import Survey, read_survey

KINDS = ("pandas", "polars", "pyarrow", "dict", "csv", "excel", "parquet", "spss", "stata")


def arrays(survey: Survey) -> list[bytes]:
    parts = [survey.x, survey.group, np.asarray([str(key) for key in survey.group_keys])]
    parts += [part for part in (survey.weights, survey.strata, survey.cluster) if part is not None]
    return [np.ascontiguousarray(part).tobytes() for part in parts]


@pytest.fixture(scope="module")
def holed() -> pd.DataFrame:
    data = frame(40)
    data.loc[3, "SAT1"] = 98.0
    data.loc[[5, 9], "IMAG2"] = 99.0
    data.loc[7, "SAT2"] = np.nan
    data.loc[11, "IMAG1"] = 7.3
    data["year"] = [2025 + i % 2 for i in range(40)]
    return data


@pytest.fixture(scope="module")
def forms(holed: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return every_form(holed, tmp_path_factory.mktemp("forms"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_gives_the_same_arrays(kind: str, forms: dict[str, object], holed: pd.DataFrame) -> None:
    survey = read_survey(
        forms[kind], model(), missing_codes=[98, 99], weight="w", by=["bank", "year"], design={"strata": "year"}
    )
    x = holed[list(ITEMS)].to_numpy().copy()
    x[np.isin(x, (98, 99))] = np.nan
    back = np.empty_like(x)
    back[survey.row - 1] = survey.x
    assert np.array_equal(back, x, equal_nan=True)
    assert np.array_equal(holed["w"].to_numpy()[survey.row - 1], survey.weights)
    keys = [(bank, 2025 + i % 2) for i, bank in enumerate(holed["bank"])]
    assert [survey.group_keys[g] for g in survey.group] == [keys[i - 1] for i in survey.row]
    assert survey.group_keys[:3] == (("Bank 8", 2025), ("Bank 8", 2026), ("Bank 9", 2025))
    assert all(isinstance(key[1], int) for key in survey.group_keys)
    assert survey.source.kind == kind
    assert survey.source.n_rows == 40
    assert len(survey.source.sha256) == 64


def test_every_form_stands_in_the_same_order(forms: dict[str, object]) -> None:
    read = [read_survey(forms[kind], model(), missing_codes=[98, 99], weight="w", by="bank") for kind in KINDS]
    assert all(arrays(survey) == arrays(read[0]) for survey in read[1:])
    assert all(np.array_equal(survey.row, read[0].row) for survey in read[1:])


def test_missing_codes_as_numbers_and_as_text_are_the_same(forms: dict[str, object]) -> None:
    numbers = read_survey(forms["pandas"], model(), missing_codes=[98, 99])
    texts = read_survey(forms["csv"], model(), missing_codes=["98", "99.0"])
    assert arrays(numbers) == arrays(texts)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int16", "float32", "category", "string", "object", "decimal"])
def test_every_column_type_of_pandas(dtype: str) -> None:
    plain = frame(20)
    data = plain.copy()
    for name in ITEMS:
        whole = plain[name].astype(int)
        if dtype == "decimal":
            data[name] = [Decimal(v) for v in whole]
        elif dtype == "string":
            data[name] = whole.astype(str).astype("string")
        else:
            data[name] = whole.astype(dtype)
    assert arrays(read_survey(data, model())) == arrays(read_survey(plain, model()))


def test_nullable_missing_values_and_polars_decimals() -> None:
    plain = frame(20)
    plain.loc[4, "SAT1"] = np.nan
    nullable = plain.convert_dtypes()
    exact = pl.from_pandas(plain).with_columns(pl.col("SAT1").cast(pl.Decimal(10, 2)), pl.col("w").cast(pl.Float64))
    assert arrays(read_survey(nullable, model(), weight="w")) == arrays(read_survey(plain, model(), weight="w"))
    assert arrays(read_survey(exact, model(), weight="w")) == arrays(read_survey(plain, model(), weight="w"))


def test_the_data_are_not_changed() -> None:
    data = frame(20)
    data.loc[0, "SAT1"] = 99.0
    before = data.copy(deep=True)
    read_survey(data, model(SAT1=Item("SAT1", reverse=True)), missing_codes=[99], weight="w")
    pd.testing.assert_frame_equal(data, before)


def test_a_frame_has_the_same_hash_in_any_process_and_another_with_other_content() -> None:
    first, again, other = frame(20), frame(20), frame(20)
    other.loc[3, "SAT2"] = other.loc[3, "SAT2"] % 10 + 1
    one, two, three = (read_survey(data, model(), by="bank").source.sha256 for data in (first, again, other))
    assert one == two != three
    # fixed: sha256 of the bytes that the docstring of content_hash describes, computed apart from it
    import hashlib

    digest = hashlib.sha256()
    for name in sorted(ITEMS):
        digest.update(f"{len(name)}:{name}".encode() + b"f8" + first[name].to_numpy().tobytes())
    assert read_survey(first, model()).source.sha256 == digest.hexdigest()


def test_file_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    import hashlib

    path = tmp_path / "a.csv"
    frame(20).to_csv(path, index=False)
    assert read_survey(path, model()).source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


# ---- canonical order -----------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 40), st.booleans(), st.booleans())
def test_shuffled_rows_and_columns_give_the_same_arrays(seed: int, n: int, weighted: bool, grouped: bool) -> None:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(rng.integers(1, 4, (n, 4)).astype(float), columns=list(ITEMS))  # many ties
    data = data.mask(rng.random((n, 4)) < 0.1)
    data.iloc[:2] = [[1, 2, 1, 2], [2, 1, 2, 1]]
    data["w"] = rng.integers(1, 3, n) / 3
    data["g"] = rng.integers(0, 2, n)
    data["c"] = rng.integers(0, 3, n).astype(str)
    settings_ = {"weight": "w" if weighted else None, "by": "g" if grouped else None}
    shuffled = data.sample(frac=1, random_state=seed)[list(rng.permutation(data.columns))]
    one = read_survey(data, model(), design={"cluster": "c"}, **settings_)
    two = read_survey(shuffled, model(), design={"cluster": "c"}, **settings_)
    assert arrays(one) == arrays(two)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(10.0, 0.0), (0.1, 0.0), (1.0, 1e12), (1e-3, -5.0), (7.0, 3.0)]))
def test_a_rescaled_item_leaves_the_order(seed: int, change: tuple[float, float]) -> None:
    factor, shift = change
    data = frame(25, seed)
    moved = data.assign(SAT1=data["SAT1"] * factor + shift)
    scale = (factor + shift, 10 * factor + shift)
    one = read_survey(data, model())
    two = read_survey(moved, model(SAT1=Item("SAT1", scale=scale)), out_of_range="missing")
    if not np.isnan(two.x).any():  # rounding may put 10 * factor + shift past the end of the scale
        assert np.array_equal(one.row, two.row)


def test_a_group_alone_stands_in_the_order_it_has_among_others() -> None:
    data = frame(60)
    together = read_survey(data, model(), by="bank", weight="w")
    alone = read_survey(data, model(), where={"bank": "Bank 9"}, weight="w")
    mine = together.select(together.group == together.group_keys.index(("Bank 9",)))
    assert np.array_equal(mine.x, alone.x)
    assert np.array_equal(mine.row, alone.row)


def test_answers_nearer_than_a_step_of_the_key_are_still_in_order() -> None:
    tiny = np.array([5.0, 5.0 + 1e-13, 5.0 + 2e-13, 5.0 + 3e-13, 1.0])
    data = pd.DataFrame(
        {"IMAG1": tiny, "IMAG2": [3.0] * 4 + [4.0], "SAT1": [2.0] * 4 + [1.0], "SAT2": [2.0] * 4 + [1.0]}
    )
    one = read_survey(data, model())
    two = read_survey(data.iloc[::-1], model())
    assert arrays(one) == arrays(two)


def test_rows_with_shift_and_groups() -> None:
    spec = Model(
        "m",
        (Construct("A", (Item("IMAG1"), Item("IMAG2", scale=(0.0, 100.0)))), Construct("B", (Item("SAT1"),))),
        (("A", "B"),),
    )
    survey = read_survey(frame(12), spec, by="bank", weight="w")
    rows = survey.rows("pairwise", group=1)
    assert rows.shift.tolist() == [5.5, 50.0, 5.5]
    assert rows.items == ("IMAG1", "IMAG2", "SAT1")
    assert np.array_equal(rows.x, survey.x[survey.group == 1])
    assert np.array_equal(rows.weights, survey.weights[survey.group == 1])
    assert survey.rows("complete").n == 12
    total = survey.rows("complete").sums().w
    assert sum(float(survey.rows("complete", g).sums().w) for g in range(3)) == pytest.approx(float(total))
