"""What a comparison says: the same answers, another method, each beside whatever else is said."""

from __future__ import annotations

import pandas as pd

import csimodels as cs


def test_a_result_compared_with_itself_is_said(mobi: pd.DataFrame) -> None:
    one = cs.Study("ecsi", mobi, uncertainty="linearised").run()
    assert cs.compare(one, one)["status"].str.contains("same answers").all()
    other = cs.Study("ecsi", mobi, uncertainty="linearised", estimator="plsc").run()
    both = cs.compare(one, other)["status"]
    assert both.str.contains("same answers").all() and both.str.contains("estimator").all()


def test_no_state_hides_another(mobi: pd.DataFrame) -> None:
    """Without intervals each row has a state of its own; that the answers are the same stands beside it."""
    one = cs.Study("ecsi", mobi, uncertainty=None).run()
    table = cs.compare(one, one)
    assert table["status"].str.contains("same answers").all()
    assert (table["status"].str.contains(";")).any()


def test_two_waves_of_one_file_are_two_samples(mobi: pd.DataFrame) -> None:
    data = mobi.assign(year=[2025] * 120 + [2026] * 130)
    old, new = (cs.Study("ecsi", data, where={"year": y}, uncertainty="linearised").run() for y in (2025, 2026))
    assert not cs.compare(old, new)["status"].str.contains("same answers").any()
