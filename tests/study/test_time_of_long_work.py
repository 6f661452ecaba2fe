"""Long work says beforehand how long it may take: once, in words, from what was measured; short work says nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from csimodels.i18n import speak
from csimodels.study import progress


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    yield made
    speak(None)


def said(clock: Clock, capsys: pytest.CaptureFixture[str], total: int, seconds: float, step: int = 1) -> list[str]:
    with progress.progress_bar(total) as tick:
        assert tick is not None
        for _ in range(0, total, step):
            clock.now += seconds * step
            tick(step)
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("total", "seconds", "words"),
    [
        (1000, 0.25, "this will take about 4 minutes at the pace so far: 1,000 replicates, 13 done"),
        (100, 0.25, "this will take about 25 seconds at the pace so far: 100 replicates, 13 done"),
        (3, 30.0, "this will take about 2 minutes at the pace so far: 3 replicates, 2 done"),
    ],
)
def test_long_work_is_announced_once(
    clock: Clock, capsys: pytest.CaptureFixture[str], total: int, seconds: float, words: str
) -> None:
    assert said(clock, capsys, total, seconds) == [words]


def test_short_work_says_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(clock, capsys, 1000, 0.019) == []
    assert said(clock, capsys, 10, 60.0, step=10) == []  # it is over
    with progress.progress_bar(48_000) as tick:  # preparing is slow, the work is not
        assert tick is not None
        clock.now += 12.0
        for _ in range(100):
            tick(480)
            clock.now += 0.05
    assert capsys.readouterr().err == ""
    with progress.progress_bar(0) as tick:
        assert tick is None
    with progress.progress_bar(100, show=False) as tick:
        assert tick is None


def test_one_step_that_waited_is_no_pace(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress_bar(11_018) as tick:
        assert tick is not None
        for seconds in [0.5, 4.5, *[0.001] * 11_016]:  # the second waits for another program
            clock.now += seconds
            tick(1)
    assert capsys.readouterr().err == ""
    with progress.progress_bar(1000) as tick:
        assert tick is not None
        for _ in range(20):
            clock.now += 6.0
            tick(1)
    assert capsys.readouterr().err.endswith("1,000 replicates, 6 done\n")  # slow steps are not waited for


def test_in_chinese(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    speak("zh")
    assert said(clock, capsys, 100, 0.5) == ["按目前的速度，这大约需要1分钟：共100次重抽样，已完成7次"]
