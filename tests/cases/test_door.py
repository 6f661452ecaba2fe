"""Surveys as they come from questionnaire tools, each with the value it must give; the sources stand beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import csimodels as cs
from csimodels.spec import parse_model

HERE = Path(__file__).parent / "door"


def study(spec: str, data: str, **keywords: Any) -> cs.Study:
    keywords.setdefault("uncertainty", None)
    return cs.Study(parse_model("csi: 1\n" + spec), HERE / data, **keywords)


def index(result: cs.Result, construct: str) -> float:
    table = result.index()
    return float(table.loc[table["construct"] == construct, "index"].iloc[0])


# ---- answers as words: one `values:` beside the common scale -------------------------------------------------------

WORDS = """
scale: [1, 5]
values: {非常不满意: 1, 不满意: 2, 一般: 3, 满意: 4, 非常满意: 5}
constructs:
  Quality: {items: [QUA1, QUA2, QUA3]}
  Satisfaction: {items: [SAT1, SAT2, SAT3]}
paths: {Quality: Satisfaction}
"""


def test_answers_as_words_give_the_indices_of_the_numbers():
    """Source: the same data as numbers 1..5; four decimals."""
    result = study(WORDS, "answers-as-words.csv").run()
    assert index(result, "Quality") == pytest.approx(70.9566, abs=5e-5)
    assert index(result, "Satisfaction") == pytest.approx(70.4016, abs=5e-5)


def test_words_without_numbers_are_asked_for_once_beside_the_scale():
    spec = WORDS.replace("values: {非常不满意: 1, 不满意: 2, 一般: 3, 满意: 4, 非常满意: 5}\n", "")
    with pytest.raises(cs.DataError) as caught:
        study(spec, "answers-as-words.csv").run()
    assert len(caught.value.problems) == 1
    problem = caught.value.problems[0]
    assert problem.remedy.startswith("write beside the top-level scale") and "missing_codes" not in problem.remedy
    assert all(word in problem.remedy for word in ("满意: 4", "一般: 3", "非常不满意: 1"))


# ---- several answers in one cell -----------------------------------------------------------------------------------

SEVERAL = """
extends: acsi
constructs:
  Problems:
    mode: B
    items:
      PROB1: {from: {column: PROB, contains: 1}}
      PROB2: {from: {column: PROB, contains: 2}}
      PROB3: {from: {column: PROB, contains: 3}}
paths: {Problems: Satisfaction}
"""


def test_several_answers_in_a_cell_become_items_of_0_and_1():
    """Source: counted; 150 respondents, an empty cell is none of the answers."""
    survey = study(SEVERAL, "several-answers-in-one-cell.csv").survey
    at = [survey.model.item_names.index(name) for name in ("PROB1", "PROB2", "PROB3")]
    assert survey.n == 150 and survey.x[:, at].sum(axis=0).tolist() == [60.0, 60.0, 90.0]
    assert study(SEVERAL, "several-answers-in-one-cell.csv").run().index()["index"].notna().all()


def test_an_empty_cell_may_be_a_missing_answer():
    spec = SEVERAL.replace("contains: 1}", "contains: 1, empty: missing}")
    survey = study(spec, "several-answers-in-one-cell.csv").survey
    column = survey.x[:, survey.model.item_names.index("PROB1")]
    cells = pd.read_csv(HERE / "several-answers-in-one-cell.csv", dtype=str)["PROB"]
    assert int(pd.isna(column).sum()) == int(cells.isna().sum()) > 0


def test_several_answers_in_a_cell_are_named_with_the_items_to_make():
    spec = "extends: acsi\nconstructs: {Problems: {items: {PROB: {scale: [0, 3]}}}}\npaths: {Problems: Satisfaction}"
    with pytest.raises(cs.DataError, match="several answers stand in one cell") as caught:
        study(spec, "several-answers-in-one-cell.csv").run()
    remedy = caught.value.problems[0].remedy
    assert "PROB_1: {from: {column: PROB, contains: 1}}" in remedy and "contains: 3" in remedy


def test_an_answer_that_no_cell_holds_is_named():
    with pytest.raises(cs.DataError, match='no cell of column "PROB" holds 7') as caught:
        study(SEVERAL.replace("contains: 1}", "contains: 7}"), "several-answers-in-one-cell.csv").run()
    assert any("the cells hold 1, 2, 3" in problem.found for problem in caught.value.problems)


# ---- value labels of a .sav file -----------------------------------------------------------------------------------


def test_value_labels_name_the_groups():
    """Source: the dictionary of the file; 60 rows each, items stay codes."""
    result = study("extends: acsi\ndata: {by: bank}", "sav-labels-of-groups.sav").run()
    table = result.index()
    assert table.groupby("bank")["n"].first().to_dict() == {"Harbour Bank": 60, "Northern Savings": 60}
    assert "1 = Harbour Bank" in "\n".join(study("extends: acsi\ndata: {by: bank}", "sav-labels-of-groups.sav")
                                           .survey.report()["detail"])  # fmt: skip


def test_codes_are_kept_where_the_spec_says_so_or_names_them_itself():
    for spec in ("{by: bank, value_labels: codes}", "{by: bank}\nlabels: {bank: {1: {en: Harbour, zh: 港湾}}}"):
        survey = study(f"extends: acsi\ndata: {spec}", "sav-labels-of-groups.sav").survey
        assert survey.group_keys == ((1,), (2,))
    assert survey.model.label_of("bank", 1, "zh") == "港湾" and survey.model.label_of("bank", 2) == "2"


@pytest.mark.parametrize("value", ["1", "Harbour Bank"])
def test_a_filter_takes_the_code_or_its_label(value: str):
    survey = study(f"extends: acsi\ndata: {{where: {{bank: {value}}}}}", "sav-labels-of-groups.sav").survey
    assert survey.n == 60


# ---- timestamps as groups ------------------------------------------------------------------------------------------


def test_timestamps_form_periods():
    """Source: how the file was made: 120 rows of one month."""
    result = study("extends: acsi\ndata: {by: {when: month}}", "timestamps-as-groups.csv").run()
    table = result.index()
    assert table["when"].unique().tolist() == ["2026-01"] and table["n"].unique().tolist() == [120]


@pytest.mark.parametrize(
    ("period", "keys"),
    [("year", (2026,)), ("quarter", ("2026-Q1",)), ("week", ("2026-W01", "2026-W02"))],
)
def test_periods_of_other_lengths(period: str, keys: tuple[object, ...]):
    survey = study(f"extends: acsi\ndata: {{by: {{when: {period}}}}}", "timestamps-as-groups.csv").survey
    assert survey.group_keys == tuple((key,) for key in keys)


def test_a_column_of_timestamps_under_by_is_named_once():
    with pytest.raises(cs.DataError, match='"when" has 120 different values in 120 rows') as caught:
        study("extends: acsi\ndata: {by: when}", "timestamps-as-groups.csv").check()
    (problem,) = caught.value.problems
    assert "dates" in problem.what and "by: {when: month}" in problem.remedy


# ---- a stratum with a single cluster -------------------------------------------------------------------------------

DESIGN = """
extends: acsi
index: {{construct: Satisfaction, weights: equal}}
data: {{design: {{strata: st, cluster: cl{}}}}}
"""


@pytest.mark.parametrize(("rule", "se"), [("certainty", 1.011743), ("adjust", 1.206906), ("average", 1.066471)])
def test_a_stratum_with_one_cluster_as_the_r_package_survey_has_it(rule: str, se: float):
    """R survey 4.1-1, options(survey.lonely.psu = ...); the index is a mean, so that only differences are rounded."""
    spec = DESIGN.format(f", lone_strata: {rule}")
    table = study(spec, "stratum-with-one-cluster.csv", uncertainty="linearised").run().index()
    row = table.set_index("construct").loc["Satisfaction"]
    assert row["index"] == pytest.approx(72.9259, abs=5e-5) and row["se"] == pytest.approx(se, abs=2e-6)


def test_a_stratum_with_one_cluster_is_named():
    with pytest.raises(cs.DataError, match="1 of 10 strata have a single cluster") as caught:
        study(DESIGN.format(""), "stratum-with-one-cluster.csv", uncertainty="linearised").check()
    (problem,) = caught.value.problems
    assert problem.found == "stratum 9" and "lone_strata: certainty" in problem.remedy


@pytest.mark.parametrize("rule", ["adjust", "average"])
def test_replicates_cannot_follow_a_formula(rule: str):
    spec = DESIGN.format(f", lone_strata: {rule}")
    with pytest.raises(cs.DataError, match=f"replicates cannot follow lone_strata: {rule}"):
        study(spec, "stratum-with-one-cluster.csv", uncertainty="jackknife").run()


def test_certainty_holds_for_every_method():
    """A stratum taken as a whole adds nothing: jackknife and bootstrap agree with it within simulation error."""
    spec = DESIGN.format(", lone_strata: certainty")
    for method, tolerance in (("jackknife", 1e-6), (cs.Bootstrap(replicates=400, seed=3), 0.15)):
        table = study(spec, "stratum-with-one-cluster.csv", uncertainty=method).run().index()
        assert table.set_index("construct").loc["Satisfaction", "se"] == pytest.approx(1.011743, abs=tolerance)


# ---- an item that was not asked in one group -----------------------------------------------------------------------

OPERATORS = "extends: acsi\ndata: {{by: op}}\nestimate: {{estimator: {}, unasked_items: {}}}"
UNASKED = "item-not-asked-in-one-group.csv"


def _alone(estimator: str) -> cs.Result:
    data = pd.read_csv(HERE / UNASKED)
    model = parse_model("csi: 1\nextends: acsi\nconstructs: {Loyalty: {items: {LOY2: null}}}")
    return cs.Study(model, data[data["op"] == "B"].drop(columns="LOY2"), estimator=estimator).run()


@pytest.mark.parametrize("estimator", ["pls", "plsc", "ml"])
def test_a_group_is_estimated_without_an_item_that_it_was_not_asked(estimator: str):
    """Source: B alone with the model without LOY2; the same arithmetic in another order of rows, hence 1e-9."""
    result = study(OPERATORS.format(estimator, "leave_out"), UNASKED, uncertainty="jackknife").run()
    alone = _alone(estimator)
    for table in ("index", "paths", "r2", "effects"):
        ours, theirs = getattr(result, table)(), getattr(alone, table)()
        mine = ours[ours["op"] == "B"].drop(columns="op").reset_index(drop=True)
        numbers = theirs.select_dtypes("number").columns
        pd.testing.assert_frame_equal(mine[numbers], theirs[numbers], rtol=1e-7, atol=1e-7, check_dtype=False)
    weights = result.loadings().query("op == 'B' and construct == 'Loyalty'").set_index("item")["weight_unstd"]
    assert weights["LOY1"] == pytest.approx(1) and pd.isna(weights["LOY2"])


def test_the_values_of_the_case_and_the_state_that_says_so():
    result = study(OPERATORS.format("pls", "leave_out"), UNASKED, uncertainty="jackknife").run()
    table = result.index().query("op == 'B'").set_index("construct")
    assert table.loc["Satisfaction", "index"] == pytest.approx(76.6196, abs=5e-5)
    assert table.loc["Satisfaction", "se"] == pytest.approx(1.4671, abs=5e-5)
    assert table.loc["Quality", "index"] == pytest.approx(74.9538, abs=5e-5)
    assert table.loc["Loyalty", "index"] == pytest.approx(74.4444, abs=5e-5)
    assert table.loc["Loyalty", "status"] == "not asked: LOY2" and table.loc["Quality", "status"] == "ok"
    assert any("Loyalty there is not the same measure" in note for note in result.notes)


@pytest.mark.parametrize("estimator", ["pls", "ml"])
def test_without_the_option_the_refusal_names_the_group_the_item_and_the_remedy(estimator: str):
    notes = "\n".join(study(OPERATORS.format(estimator, "refuse"), UNASKED).run().notes)
    assert "op = B: cannot be estimated: not asked there: LOY2" in notes and "unasked_items: leave_out" in notes
    assert "never answered by the same respondent" not in notes


def test_every_group_may_lack_another_item():
    data = pd.read_csv(HERE / UNASKED)
    data.loc[data["op"] == "A", "EXP1"] = float("nan")
    model = parse_model("csi: 1\n" + OPERATORS.format("pls", "leave_out"))
    result = cs.Study(model, data, uncertainty=None).run()
    states = result.index().set_index(["op", "construct"])["status"]
    assert states["A", "Expectation"] == "not asked: EXP1" and states["B", "Loyalty"] == "not asked: LOY2"


def test_an_item_of_a_construct_of_its_own_cannot_be_left_out():
    data = pd.read_csv(HERE / UNASKED)
    data.loc[data["op"] == "B", "COMP1"] = float("nan")
    model = parse_model("csi: 1\n" + OPERATORS.format("pls", "leave_out"))
    result = cs.Study(model, data, uncertainty=None).run()
    assert result.index().query("op == 'B'")["index"].isna().all()
    assert any("not asked there: COMP1, LOY2" in note for note in result.notes)
