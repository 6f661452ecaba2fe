"""Finite population: sampling fractions from counts and from fractions, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from survey_forms import ITEMS, every_form, frame, model

from csimodels.errors import DataError, SpecError
from csimodels.simulation import simulate
from csimodels.spec.model import DataSpec, DesignSpec
from csimodels.survey import Survey, read_survey

STRATA = {"strata": "region", "fpc": "N"}
BOTH = {"strata": "region", "cluster": "branch", "fpc": "N"}


def sampled() -> pd.DataFrame:
    """12 rows: north 4 branches of 2 rows out of 10, south 2 branches of 2 rows out of 8; branch numbers restart."""
    data = frame(12)
    data["region"] = ["north"] * 8 + ["south"] * 4
    data["branch"] = [1, 1, 2, 2, 3, 3, 4, 4, 1, 1, 2, 2]
    data["N"] = [10.0] * 8 + [8.0] * 4
    return data


def by_row(survey: Survey) -> list[float]:
    assert survey.fpc is not None
    return survey.fpc[np.argsort(survey.row)].tolist()


def fails(data: pd.DataFrame, design: dict[str, str], *words: str, **keys: object) -> DataError:
    with pytest.raises(DataError) as caught:
        read_survey(data, model(), design=design, **keys)
    for word in words:
        assert word in str(caught.value), str(caught.value)
    return caught.value


def test_fractions_count_clusters_within_strata() -> None:
    survey = read_survey(sampled(), model(), design=BOTH)
    assert by_row(survey) == [4 / 10] * 8 + [2 / 8] * 4
    assert [(e.subject, e.count, e.detail) for e in survey.log if e.step == "fpc"] == [
        ("N", 2, "sampling fraction 0.25 to 0.4")
    ]


def test_fractions_count_rows_where_there_are_no_clusters() -> None:
    assert by_row(read_survey(sampled(), model(), design=STRATA)) == [8 / 10] * 8 + [4 / 8] * 4
    whole = sampled().assign(N=48)
    assert by_row(read_survey(whole, model(), design={"fpc": "N"})) == [0.25] * 12
    assert by_row(read_survey(whole, model(), design={"cluster": "branch", "fpc": "N"})) == [4 / 48] * 12


def test_only_rows_that_are_used_count() -> None:
    data = sampled()
    data.loc[[0, 1], list(ITEMS)] = np.nan
    data.loc[0, "N"] = np.nan
    assert by_row(read_survey(data, model(), design=BOTH)) == [3 / 10] * 6 + [2 / 8] * 4


def test_values_up_to_one_are_fractions_and_a_stratum_may_be_taken_whole() -> None:
    data = sampled().assign(N=[0.05] * 8 + [1.0] * 4)
    survey = read_survey(data, model(), design=BOTH)
    assert by_row(survey) == [0.05] * 8 + [1.0] * 4
    assert by_row(read_survey(sampled().assign(N=0), model(), design=STRATA)) == [0.0] * 12
    whole = read_survey(sampled().assign(N=[8] * 8 + [40] * 4), model(), design=STRATA)
    assert by_row(whole) == [1.0] * 8 + [0.1] * 4


def test_a_stratum_with_one_cluster_can_be_read() -> None:
    data = sampled()
    data.loc[data["region"] == "south", "branch"] = 7
    assert by_row(read_survey(data, model(), design=BOTH)) == [0.4] * 8 + [1 / 8] * 4


def test_the_spec_names_the_column_too_and_text_is_read() -> None:
    spec = model(replace(DataSpec(), design=DesignSpec("region", "branch", "N")))
    assert by_row(read_survey(sampled().assign(N=["10"] * 8 + ["8"] * 4), spec)) == [0.4] * 8 + [0.25] * 4


def test_every_form_gives_the_same_fractions(tmp_path: Path) -> None:
    for kind, form in every_form(sampled(), tmp_path).items():
        assert by_row(read_survey(form, model(), design=BOTH)) == [0.4] * 8 + [0.25] * 4, kind


def test_order_of_rows_and_select() -> None:
    data = sampled()
    survey = read_survey(data, model(), design=BOTH, weight="w")
    plain = read_survey(data, model(), design={"strata": "region", "cluster": "branch"}, weight="w")
    assert np.array_equal(survey.row, plain.row)
    assert plain.fpc is None
    mask = survey.x[:, 0] > 5
    assert survey.fpc is not None
    assert np.array_equal(survey.select(mask).fpc, survey.fpc[mask])


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({2: np.nan, 5: np.nan}, ['fpc column "N": missing in 2 rows', "row 3, row 6"]),
        ({2: -3.0}, ['fpc column "N": negative in 1 row', "row 3: -3"]),
        ({2: np.inf}, ['fpc column "N": infinite in 1 row', "row 3: inf"]),
        ({2: "ten"}, ['fpc column "N" holds text', "'ten'"]),
        ({2: np.nan, 4: -1.0}, ["missing in 1 row", "negative in 1 row"]),
        ({2: 11.0}, ["not constant within a stratum", "stratum north: 10 to 11", "one value for each stratum"]),
    ],
)
def test_bad_cells(cells: dict[int, object], words: list[str]) -> None:
    data = sampled().astype({"N": object})
    for row, value in cells.items():
        data.loc[row, "N"] = value
    fails(data, BOTH, *words)


def test_fewer_units_in_the_population_than_in_the_sample() -> None:
    data = sampled().assign(N=[3] * 8 + [8] * 4)
    fails(
        data,
        BOTH,
        'fpc column "N" is smaller than the number of clusters in the sample',
        "stratum north: 4 clusters in the sample, fpc 3",
        "sampling fractions where all of them are",
    )
    fails(sampled().assign(N=11), {"fpc": "N"}, "smaller than the number of rows", "all rows: 12 rows in the sample")
    fails(sampled().assign(N=[0.1] * 8 + [8.0] * 4), BOTH, "stratum north: 4 clusters in the sample, fpc 0.1")


def test_without_strata_one_value_for_all() -> None:
    fails(sampled(), {"fpc": "N"}, "not constant and there are no strata", "all rows: 8 to 10", "name the strata")


def test_all_ones_is_no_sampling_fraction() -> None:
    fails(sampled().assign(N=1.0), BOTH, "is 1 in every row", "leave fpc out")


def test_design_problems_come_with_the_others() -> None:
    data = sampled().astype({"region": object})
    data.loc[1, "region"] = None
    data.loc[3, "w"] = -1.0
    data.loc[4, "SAT1"] = 11.0
    error = fails(data, BOTH, 'strata column "region" is empty in 1 row', "row 2", "item SAT1", "negative", weight="w")
    assert len(error.problems) == 3
    data = sampled().assign(N=-1.0).astype({"branch": object})
    data.loc[3, "w"] = -1.0
    assert len(fails(data, BOTH, "negative in 12 rows", "row 4: -1", weight="w").problems) == 2


def test_names_are_checked() -> None:
    fails(sampled(), {"strata": "region", "fpc": "M"}, 'there is no column "M" for design: fpc')
    with pytest.raises(SpecError, match='did you mean "fpc"'):
        read_survey(sampled(), model(), design={"fcp": "N"})
    with pytest.raises(SpecError, match='column "w" is used for fpc and for weight'):
        read_survey(sampled(), model(), design={"fpc": "w"}, weight="w")


def test_a_simulated_survey_can_be_read() -> None:
    spec = model(replace(DataSpec(), design=DesignSpec("region", None, "N")))
    assert by_row(read_survey(simulate(spec, 30, seed=1).data, spec)) == [0.0] * 30
