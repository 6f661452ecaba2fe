"""A cluster whose workers are all lost is given up in words; one that gets new ones in time is not."""

from __future__ import annotations

from threading import Event

import pytest

from csimodels.errors import DataError
from csimodels.survey.scale import lost_workers
from csimodels.survey.scale.lost_workers import Workers, working


def test_without_any_worker_it_ends_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_workers, "PAUSE", 0.001)
    given_up = Event()
    with (
        pytest.raises(DataError, match="Spark could not go on: no worker was left"),
        working("Spark", RuntimeError, workers=Workers(lambda: 0, given_up.set, 0.003)),
    ):
        assert given_up.wait(20)
        raise RuntimeError("cancelled")


def test_workers_that_come_back_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_workers, "PAUSE", 0.001)
    counts, looked, given_up = iter([0, 0, 1, 0, 0]), Event(), Event()

    def count() -> int:
        found = next(counts, None)
        if found is None:
            looked.set()
        return 1 if found is None else found

    with working("Spark", RuntimeError, workers=Workers(count, given_up.set, 0.003)):
        assert looked.wait(20)
    assert not given_up.is_set()
