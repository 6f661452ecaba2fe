"""Tables as people make them: titles above, units and directions in headings, numbers behind words, totals, percent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bad_forms import ITEMS, frame, model

import csimodels as cs
from csimodels.i18n import translator
from csimodels.spec import dump_model
from csimodels.survey import read_survey
from csimodels.survey.cautions.rows import cautions

ANSWERS = frame(90)[list(ITEMS)].astype(int)
LINES = [",".join(map(str, row)) for row in ANSWERS.to_numpy().tolist()]
NAMES = ",".join(ITEMS)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of these answers as a file."""
    path = tmp_path_factory.mktemp("model") / "m.yaml"
    path.write_text(dump_model(model()), encoding="utf-8")
    return path


def drafted(spec: Path, data: pd.DataFrame) -> cs.Model:
    """The model that a draft proposes."""
    return cs.load_model(cs.init(spec, data).save(spec.with_name("draft.yaml")))


def said(data: pd.DataFrame, **options: object) -> str:
    """The cautions on a frame."""
    return "\n".join(map(str, cautions(read_survey(data, model(), **options))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("above", "row"),
    [
        (["2026 survey of customers" + "," * (len(ITEMS) - 1)], 2),
        (["Quality,,,Value,,,Loyalty" + "," * (len(ITEMS) - 7)], 2),
    ],
)
def test_a_title_or_sections_above_the_header(above: list[str], row: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([*above, NAMES, *LINES]) + "\n", encoding="utf-8")
    with pytest.raises(cs.DataError) as caught:
        cs.Study(model(), path).check()
    assert f"row {row} names the columns ({ITEMS[0]}" in str(caught.value) and "delete the row above it" in str(
        caught.value
    )
    assert f"第{row}行" in caught.value.said(translator("zh"))


def test_texts_in_columns_without_a_name_are_no_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([f"{NAMES},,", *(f"{line},fine,thanks" for line in LINES)]) + "\n", encoding="utf-8")
    assert cs.Study(model(), path).check().n == len(LINES)


@pytest.mark.parametrize("behind", [" (points)", "（分）", " [1-10]", "（1=很差，10=很好）"])
def test_what_stands_in_brackets_behind_a_name(behind: str, spec: Path) -> None:
    data = ANSWERS.rename(columns=lambda name: f"{name}{behind}")
    assert cs.init(spec, data).matched()["column"].tolist() == list(data.columns)


def test_a_number_behind_the_word_of_an_answer(spec: Path) -> None:
    words = {1: "很不满意(1)", 2: "不满意(2)", 3: "一般(3)", 4: "满意(4)", 5: "很满意(5)"}
    data = ANSWERS.map(lambda value: words[min(5, (value + 1) // 2)])
    item = drafted(spec, data).asked[0]
    assert item.scale == (1.0, 5.0) and dict(item.values)["很满意(5)"] == 5.0
    with pytest.raises(cs.DataError, match=r"values: \{.*满意\(4\): 4"):
        cs.Study(model(), data).check()


def test_percent_cells_are_shares(spec: Path) -> None:
    data = ANSWERS / 10
    assert {item.scale for item in drafted(spec, data).asked} == {(0.0, 1.0)}
    with pytest.raises(cs.DataError, match=r"write scale: \[0, 1\]"):
        cs.Study(model(), data).check()


@pytest.mark.parametrize("name", ["合计", "Alpha Subtotal", "东方 小计"])
def test_groups_of_totals_are_named_as_such(name: str) -> None:
    groups = np.where(np.arange(len(ANSWERS)) < 45, "Alpha", "Total Energies").astype(object)
    groups[-1] = name
    text = said(ANSWERS.assign(firm=groups), by="firm")
    assert f'firm has the group "{name}": if its rows are totals' in text and "few rows" not in text


@pytest.mark.parametrize(
    ("first", "falls"), [("1=非常满意，10=非常不满意", True), ("1=非常不满意，10=非常满意", False)]
)
def test_the_direction_that_a_heading_names(first: str, falls: bool) -> None:
    heading = f"总体满意度（{first}）"
    item = ITEMS[0]
    text = said(ANSWERS.rename(columns={item: heading}), columns={item: heading})
    assert ("write reverse: true" in text) is falls


def test_only_the_two_lowest_answers() -> None:
    text = said(ANSWERS.assign(**{ITEMS[0]: np.arange(len(ANSWERS)) % 2 + 1}))
    assert f"only the two lowest answers of the scale occur: {ITEMS[0]}; if 1 is yes and 2 no" in text


@pytest.mark.parametrize(
    ("column", "codes", "dates"),
    [("visit", (45292, 45300), True), ("plz", (45127, 45359), False), ("area", (44135, 50667), False)],
)
def test_postal_codes_are_no_dates(column: str, codes: tuple[int, int], dates: bool) -> None:
    text = said(ANSWERS.assign(**{column: np.where(np.arange(len(ANSWERS)) % 2, *codes)}), by=column)
    assert ("dates as a spreadsheet counts days" in text) is dates
