"""Answers, codes, weights, groups and filters: what is said, and the words of every refusal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from survey_forms import ITEMS, frame, model, with_data

import csimodels as cs
from csimodels.errors import DataError, SpecError
from csimodels.spec.model import DesignSpec, Item
from csimodels.survey import Survey, constant_items, read_survey


def said(survey: Survey, step: str) -> list[tuple[str, int, str]]:
    return [(e.subject, e.count, e.detail) for e in survey.log if e.step == step]


def fails(data: object, *words: str, spec: object = None, **keys: object) -> DataError:
    with pytest.raises(DataError) as caught:
        read_survey(data, spec or model(), **keys)
    for word in words:
        assert word in str(caught.value), str(caught.value)
    return caught.value


def with_cells(cells: dict[tuple[int, str], object], n: int = 12) -> pd.DataFrame:
    data = frame(n)
    for (row, name), value in cells.items():
        if isinstance(value, str):
            data = data.astype({name: object})
        data.loc[row - 1, name] = value
    return data


# ---- columns -------------------------------------------------------------------------------------------------------


def test_missing_columns_all_at_once_with_nearest() -> None:
    data = frame(6).rename(columns={"IMAG1": "IMAGE1", "SAT2": "q99"})
    error = fails(
        data,
        'there is no column "IMAG1" for item IMAG1',
        'did you mean "IMAGE1"?',
        'there is no column "wt" for weight',
        'there is no column "town" for by',
        'there is no column "wave" for where',
        'there is no column "region" for design: strata',
        "the columns are IMAGE1, IMAG2, SAT1, q99, w, bank",
        weight="wt",
        by="town",
        where={"wave": 1},
        design={"strata": "region"},
    )
    assert len(error.problems) == 6


def test_mapping_of_columns() -> None:
    data = frame(6).rename(columns={"SAT1": "q21"})
    assert read_survey(data, with_data(columns=(("SAT1", "q21"),))).n == 6
    assert read_survey(data, with_data(columns=(("SAT1", "q20"),)), columns={"SAT1": "q21"}).n == 6


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"columns": {"SATT1": "q1"}}, ["the item SATT1, which the model does not have", 'did you mean "SAT1"?']),
        ({"columns": {"SAT1": "SAT2"}}, ['column "SAT2" is used for 2 items', "item SAT1, item SAT2"]),
        ({"weight": "SAT1"}, ['column "SAT1" is used as the weight and for item SAT1']),
        ({"out_of_range": "drop"}, ["unknown rule", "'drop'", "error or missing"]),
        ({"columns": ["SAT1"]}, ["columns must be a mapping", "list"]),
        ({"weight": np.ones(6)}, ["weight must be a name", "put the weights into a column"]),
        ({"by": ["bank", 3]}, ["by holds something else", "column names"]),
        ({"by": ["bank", "bank"]}, ['the column "bank" stands twice in by']),
        ({"missing_codes": [98, None]}, ["missing_codes holds something else", "None"]),
        ({"design": "w"}, ["design must be a mapping"]),
        ({"design": {"stratum": "w"}}, ["unknown key stratum", 'did you mean "strata"?']),
    ],
)
def test_settings_that_contradict(keys: dict[str, object], words: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        read_survey(frame(6), model(), **keys)
    for word in words:
        assert word in str(caught.value), str(caught.value)


# ---- answers -------------------------------------------------------------------------------------------------------


def test_values_outside_the_scale_are_refused_with_the_line_to_add() -> None:
    data = with_cells({(3, "SAT1"): 98.0, (5, "SAT1"): 98.0, (7, "SAT1"): 99.0, (2, "IMAG2"): 99.0})
    error = fails(
        data,
        "item SAT1: 3 answers outside the scale 1..10",
        "98 (2 times: rows 3, 5), 99 (1 time: row 7)",
        "item IMAG2: 1 answer outside the scale 1..10",
        "99 (1 time: row 2)",
        "missing_codes: [97, 98, 99]",
        missing_codes=[97],
    )
    assert len(error.problems) == 2


def test_eleven_and_minus_one() -> None:
    fails(with_cells({(3, "SAT1"): 11.0, (4, "SAT2"): -1.0}), "11 (1 time: row 3)", "-1 (1 time: row 4)", "[-1]")


def test_out_of_range_to_missing_is_counted() -> None:
    data = with_cells({(3, "SAT1"): 11.0, (4, "SAT1"): -1.0, (5, "SAT1"): 11.0})
    survey = read_survey(data, model(), out_of_range="missing")
    assert said(survey, "out of range set to missing") == [("SAT1", 3, "-1 (1 time), 11 (2 times)")]
    assert np.isnan(survey.x).sum() == 3
    assert sorted(survey.row[np.isnan(survey.x[:, 2])].tolist()) == [3, 4, 5]


@pytest.mark.parametrize("rule", ["error", "missing"])
def test_infinite_answers_are_always_refused(rule: str) -> None:
    fails(with_cells({(3, "SAT1"): np.inf}), "item SAT1: 1 answer infinite", "inf (1 time: row 3)", out_of_range=rule)


def test_many_values_outside_are_a_matter_of_the_scale() -> None:
    data = frame(30)
    data["SAT1"] = np.linspace(20, 90, 30)
    error = fails(data, "item SAT1: 30 answers outside the scale 1..10", "correct the scale", "and 24 more")
    assert "missing_codes" not in str(error)


def test_missing_codes_are_counted_and_those_that_never_occur_said() -> None:
    data = with_cells({(1, "SAT1"): 98.0, (2, "SAT1"): 98.0, (3, "SAT2"): "DK", (4, "SAT2"): " dk "})
    survey = read_survey(data, model(), missing_codes=[98, "DK", 89])
    assert said(survey, "missing codes recoded") == [("SAT1", 2, "code 98"), ("SAT2", 2, "code DK")]
    assert said(survey, "missing code that never occurs") == [("89", 0, "no item has this answer")]


def test_missing_code_inside_the_scale_is_noted() -> None:
    data = with_cells({(1, "SAT1"): 9.0})
    nines = int((data["SAT1"] == 9).sum())
    spec = with_data(item_missing_codes=(("SAT1", (9.0,)),))
    survey = read_survey(data, spec)
    assert said(survey, "missing code inside the scale") == [("SAT1", nines, "9 in 1..10")]
    assert np.isnan(survey.x[:, 2]).sum() == nines
    assert np.isnan(survey.x[:, 3]).sum() == 0


def test_full_width_spaces_and_text_numbers_are_said() -> None:
    data = frame(12).astype({"SAT1": object, "SAT2": object})
    data["SAT1"] = [str(int(v)) for v in frame(12)["SAT1"]]
    data.loc[3, "SAT1"] = "８"
    data.loc[4, "SAT1"] = " 7 "
    survey = read_survey(data, model())
    assert sorted(said(survey, "text turned into numbers")) == [
        ("SAT1", 1, "full-width digits"),
        ("SAT1", 11, "numbers held as text"),
    ]
    by_row = dict(zip(survey.row.tolist(), survey.x[:, 2].tolist(), strict=True))
    assert (by_row[4], by_row[5]) == (8.0, 7.0)


@pytest.mark.parametrize("blank", ["", "  ", "NA", "NaN", "null", ".", "n/a"])
def test_blank_texts_count_as_missing_and_are_said(blank: str) -> None:
    survey = read_survey(with_cells({(2, "SAT1"): blank}), model())
    assert said(survey, "blank answers") == [("SAT1", 1, f'"{blank}" counts as missing')]
    assert np.isnan(survey.x).sum() == 1


@pytest.mark.parametrize("cell", ["10 - very satisfied", "DK", "1,000", "seven", "2026-01-02", "1 2"])
def test_other_text_is_refused_with_an_example(cell: str) -> None:
    fails(
        with_cells({(2, "SAT1"): cell, (9, "SAT1"): cell}),
        "item SAT1: 2 answers are text, not a number",
        f'"{cell}" (2 times: rows 2, 9)',
        "numbers from 1 to 10",
        "do:",
    )


def test_dates_are_not_answers() -> None:
    data = frame(12).assign(SAT1=pd.Timestamp("2026-01-02"))
    fails(data, "item SAT1: 12 answers are text", "2026-01-02")


def test_translated_values() -> None:
    yes = Item("SAT1", scale=(0.0, 1.0), values=(("Yes", 1.0), ("no", 0.0), ("是", 1.0), ("否", 0.0)))
    data = frame(8).assign(SAT1=["yes", "NO", "是", "否", " Yes", "no", "YES", "no"])
    survey = read_survey(data, model(SAT1=yes))
    by_row = dict(zip(survey.row.tolist(), survey.x[:, 2].tolist(), strict=True))
    assert [by_row[i] for i in range(1, 9)] == [1, 0, 1, 0, 1, 0, 1, 0]
    assert sum(count for _, count, _ in said(survey, "values translated")) == 8
    fails(data.assign(SAT1=["maybe", *data["SAT1"][1:]]), '"maybe" (1 time: row 1)', spec=model(SAT1=yes))


@pytest.mark.parametrize("kind", [float, str])
def test_numbers_can_be_translated_too(kind: type) -> None:
    swap = Item("SAT1", scale=(0.0, 2.0), values=(("1", 2.0), ("2", 1.0)))
    data = frame(6).assign(SAT1=[kind(v) for v in (1, 2, 1, 2, 2, 9)])
    survey = read_survey(data, model(SAT1=swap), missing_codes=[9])
    by_row = dict(zip(survey.row.tolist(), survey.x[:, 2].tolist(), strict=True))
    assert [by_row[i] for i in range(1, 6)] == [2, 1, 2, 1, 1]
    assert np.isnan(by_row[6])


# ---- rows ----------------------------------------------------------------------------------------------------------


def test_rows_without_any_answer() -> None:
    data = frame(250)
    data.loc[:4, list(ITEMS)] = np.nan
    survey = read_survey(data, model())
    expected = "5 rows without any answer left out; 245 used"
    assert said(survey, "rows without any answer left out") == [("pandas DataFrame", 5, expected)]
    assert (survey.n, survey.source.n_rows) == (245, 250)


def test_report_has_holes_with_share_and_groups() -> None:
    data = frame(20)
    data.loc[[1, 2], "SAT1"] = np.nan
    report = read_survey(data, model(), by="bank").report()
    assert list(report.columns) == ["step", "subject", "count", "detail"]
    lines = {(s, j): (c, d) for s, j, c, d in report.itertuples(index=False)}
    assert lines["read", "pandas DataFrame"] == (20, "6 columns; pandas")
    assert lines["missing answers", "SAT1"] == (2, "10.0 % of 20 rows")
    assert lines["missing answers", "SAT2"] == (0, "")
    assert lines["rows of the group", "Bank 8"] == (7, "bank")
    assert lines["rows used", "pandas DataFrame"] == (20, "of 20 rows")
    assert report["subject"].tolist()[-3:] == ["Bank 8", "Bank 9", "Bank 10"]


def test_html_is_escaped() -> None:
    survey = read_survey(frame(6).assign(bank=["<script>", "b"] * 3), model(), by="bank")
    assert "<script>" not in survey._repr_html_()
    assert "&lt;script&gt;" in survey._repr_html_()


def test_all_missing_and_constant_items_all_at_once() -> None:
    data = frame(12).assign(SAT1=np.nan, SAT2=7.0)
    error = fails(data, "item SAT1 has no answer in any row", "item SAT2 is constant: every answer is 7")
    assert len(error.problems) == 2
    fails(frame(12).assign(SAT1=98), "item SAT1 has no answer in any row", missing_codes=[98])


def test_constant_within_a_group_is_left_to_the_estimator() -> None:
    data = frame(12)
    data.loc[data["bank"] == "Bank 9", "SAT1"] = 4.0
    data.loc[data["bank"] == "Bank 10", "SAT2"] = np.nan
    survey = read_survey(data, model(), by="bank")
    assert [constant_items(survey, g) for g in range(3)] == [[], ["SAT1"], ["SAT2"]]
    assert constant_items(survey) == []


def test_fewer_than_three_usable_rows() -> None:
    data = frame(5)
    data.loc[:2, list(ITEMS)] = np.nan
    fails(data, "only 2 usable rows", "3 rows without any answer left out", "at least 3")


def test_where_keeps_rows_and_says_how_many() -> None:
    data = frame(12).assign(year=[2025, 2026] * 6)
    for value in (2026, "2026", 2026.0, [2026]):
        survey = read_survey(data, model(), where={"year": value})
        assert sorted(survey.row.tolist()) == [2, 4, 6, 8, 10, 12]
        assert said(survey, "filtered by where") == [("year", 6, "year = 2026 keeps 6 of 12")]
    both = read_survey(data, model(), where={"year": [2025, 2027], "bank": ["Bank 8", "Bank 9"]})
    assert sorted(both.row.tolist()) == [1, 5, 7, 11]
    assert said(both, "where value that never occurs") == [("year", 0, "2027")]


def test_where_that_matches_nothing_names_what_exists() -> None:
    data = frame(12).assign(year=[2025, 2026] * 6)
    fails(data, "where: year = 2024 matches no row", "year holds 2025, 2026", where={"year": 2024})


def test_where_filters_before_anything_is_checked() -> None:
    data = with_cells({(2, "SAT1"): 98.0, (3, "w"): np.nan}).assign(
        keep=["n" if i in (1, 2) else "y" for i in range(12)]
    )
    assert read_survey(data, model(), where={"keep": "y"}, weight="w").n == 10


def test_rows_without_a_group_are_left_out_and_said() -> None:
    data = frame(12).assign(bank=["A", None, "B", "", "A", "B"] * 2)
    survey = read_survey(data, model(), by="bank")
    assert said(survey, "rows without a group left out") == [("bank", 4, "bank is empty")]
    assert (survey.n, survey.group_keys) == (8, (("A",), ("B",)))


def test_a_group_that_loses_all_its_rows_is_named() -> None:
    data = frame(12)
    data.loc[data["bank"] == "Bank 9", list(ITEMS)] = np.nan
    survey = read_survey(data, model(), by="bank")
    assert said(survey, "groups without a usable row") == [("bank", 1, "Bank 9")]
    assert survey.group_keys == (("Bank 8",), ("Bank 10",))
    assert sorted(np.unique(survey.group).tolist()) == [0, 1]


def test_natural_order_of_groups() -> None:
    data = frame(12).assign(bank=["b10", "b9", "A", "Ä", "b2", "c"] * 2, size=[10, 9, 2] * 4)
    survey = read_survey(data, model(), by=["bank"])
    assert [key[0] for key in survey.group_keys] == ["A", "b2", "b9", "b10", "c", "Ä"]
    assert read_survey(data, model(), by="size").group_keys == ((2,), (9,), (10,))


def test_select_keeps_everything_together() -> None:
    survey = read_survey(frame(12), model(), by="bank", weight="w", design=DesignSpec("bank", "w"))
    part = survey.select(survey.x[:, 0] > 5)
    assert part.n == int((survey.x[:, 0] > 5).sum())
    for name in ("weights", "group", "strata", "cluster", "row"):
        assert np.array_equal(getattr(part, name), getattr(survey, name)[survey.x[:, 0] > 5])
    with pytest.raises(DataError, match="one True or False"):
        survey.select(np.arange(3))


# ---- weights and design --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({3: np.nan, 5: np.nan}, ['weight column "w": missing in 2 rows', "row 3, row 5"]),
        ({4: -0.5}, ['weight column "w": negative in 1 row', "row 4: -0.5"]),
        ({4: np.inf}, ['weight column "w": infinite in 1 row', "row 4: inf"]),
        ({2: "heavy"}, ['weight column "w" holds text', "'heavy'"]),
        ({2: np.nan, 4: -1.0}, ["missing in 1 row", "negative in 1 row"]),
    ],
)
def test_bad_weights(cells: dict[int, object], words: list[str]) -> None:
    fails(with_cells({(row, "w"): value for row, value in cells.items()}), *words, weight="w")


def test_all_weights_zero() -> None:
    fails(frame(12).assign(w=0), 'weight column "w": all weights are 0', weight="w")


def test_zero_weights_are_left_out_with_count() -> None:
    survey = read_survey(with_cells({(3, "w"): 0.0, (4, "w"): 0.0}), model(), weight="w")
    assert said(survey, "rows with weight zero left out") == [("w", 2, "")]
    assert survey.n == 10
    assert (survey.weights > 0).all()


def test_weights_as_text_and_missing_weight_of_an_unanswered_row() -> None:
    data = frame(12)
    text = data.assign(w=data["w"].astype(str))
    assert np.array_equal(
        read_survey(text, model(), weight="w").weights, read_survey(data, model(), weight="w").weights
    )
    data.loc[2, [*ITEMS, "w"]] = np.nan
    assert read_survey(data, model(), weight="w").n == 11


def test_equal_weights_leave_the_order_alone() -> None:
    data = frame(30).assign(w=2.0)
    assert np.array_equal(read_survey(data, model(), weight="w").row, read_survey(data, model()).row)


def test_empty_design_cells_are_refused() -> None:
    data = frame(12).assign(region=["n", None, "s"] * 4)
    fails(data, 'strata column "region" is empty in 4 rows', "rows 2, 5, 8, 11", design={"strata": "region"})


def test_problems_of_all_kinds_come_at_once() -> None:
    data = with_cells({(2, "SAT1"): "DK", (3, "SAT2"): 11.0, (4, "w"): -1.0})
    error = fails(data, "item SAT1", "item SAT2", "negative", weight="w")
    assert len(error.problems) == 3
    assert all(problem.where and problem.found and problem.remedy for problem in error.problems)


def test_a_code_of_the_other_items_is_no_end_of_a_scale() -> None:
    frame = cs.simulate("acsi", 400, seed=7, truth=cs.Population(dont_know_share=0.03)).data
    with pytest.raises(DataError) as caught:
        cs.Study("acsi", frame).check()
    (remedy,) = {str(problem.remedy) for problem in caught.value.problems} - {""}
    assert remedy.startswith("if they mean no answer, add missing_codes: [98] to data")
