"""Shares, NPS, means, gaps and behaviour of a study under designs against R's survey: stored numbers, and run anew.

Linearised errors of the same estimator: what differs is the rounding of sums (values, 1e-9) and of central differences
(errors, 1e-6).  Both make limits on the logit scale with Student's t; ours has the effective degrees of freedom, fewer
than those of the design, so that its limits lie outside R's by less than .002.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from against_designs import with_design
from against_desk import tables
from against_domains import answers
from against_raked import with_margins
from r_now import r_answer
from sources import UnavailableError, mobi, reference

import csimodels as cs

HERE = Path(__file__).parent
DESIGNS = {
    "simple": {},
    "weighted": {"weight": "w"},
    "stratified_clustered": {"weight": "w", "design": {"strata": "stratum", "cluster": "cluster"}},
}
SPEC = """
csi: 1
extends: ecsi
indices:
  top2: {kind: top_box, item: CUSA1}
  bottom5: {kind: bottom_box, item: PERV1, levels: 5}
  nps: {kind: nps, item: CUSL3, cuts: [6, 9]}
  gap: {kind: gap, items: [PERQ1, CUEX1]}
report: {answers: true}
uncertainty: {method: linearised}
"""
#: Points of ours for one of R's.
UNITS = {"top2": 100.0, "bottom5": 100.0, "nps": 1.0, "gap": 100 / 9}


def agree(stored: dict) -> None:
    """Every design and number of `stored`."""
    data = with_design()
    for name, keywords in DESIGNS.items():
        result = cs.Study(cs.parse_model(SPEC), data, **keywords).run(progress=False)
        table, wanted = result.indices().set_index("name"), stored["designs"][name]
        for index, unit in UNITS.items():
            assert table.loc[index, "value"] == pytest.approx(unit * wanted[index]["mean"], rel=1e-9), (name, index)
            assert table.loc[index, "se"] == pytest.approx(unit * wanted[index]["se"], rel=1e-6), (name, index)
        row = result.answers().set_index("item").loc["CUSA1"]
        assert row["top2"] == pytest.approx(wanted["top2"]["mean"], rel=1e-9)
        if name == "stratified_clustered":  # simple samples have Wilson's interval here
            low, high = wanted["top2"]["low"], wanted["top2"]["high"]
            assert low - 0.002 < row["top2_low"] <= low and high <= row["top2_high"] < high + 0.002
    assert all(row.agrees for row in tables("live", stored))


def test_a_study_has_the_numbers_of_survey() -> None:
    try:
        agree(reference("desk_survey.json"))
    except UnavailableError as error:
        pytest.skip(str(error))


def test_survey_gives_them_again(tmp_path: Path) -> None:
    try:
        mobi().to_csv(tmp_path / "mobi.csv", index=False)
    except UnavailableError as error:
        pytest.skip(str(error))
    script = HERE / "reference" / "desk_survey.R"
    agree(json.loads(r_answer(script, "survey", [tmp_path / "mobi.csv"], out=tmp_path / "out.json")))


def test_survey_gives_errors_of_companies_met_by_chance_again(tmp_path: Path) -> None:
    answers().to_csv(tmp_path / "domains.csv", index=False)
    script = HERE / "reference" / "domains_survey.R"
    told = json.loads(r_answer(script, "survey", [tmp_path / "domains.csv"], out=tmp_path / "out.json"))
    stored = reference("domains_survey.json")
    assert len(stored) > 15 and told.keys() == stored.keys()
    for name in stored.keys() - {"version"}:
        assert told[name] == pytest.approx(stored[name], rel=1e-9), name


def test_survey_gives_errors_under_raked_weights_again(tmp_path: Path) -> None:
    with_margins().to_csv(tmp_path / "raked.csv", index=False)
    script = HERE / "reference" / "raked_groups.R"
    told = json.loads(r_answer(script, "survey", [tmp_path / "raked.csv"], out=tmp_path / "out.json"))
    stored = reference("raked_groups.json")
    assert len(stored) == 7 and told.keys() == stored.keys()
    for name in stored.keys() - {"version"}:
        assert told[name] == pytest.approx(stored[name], rel=1e-9), name
