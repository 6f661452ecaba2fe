"""How long long work will take, judged by what is done of it."""

from __future__ import annotations

from dataclasses import dataclass

#: Work that is likely to take longer than this is announced.
LONG_SECONDS = 20.0
#: The pace is measured over so long: on a busy machine the first steps are far from those that follow.
WATCHED_SECONDS = 3.0
#: So many steps make a pace: a single one may have waited for another program.  Slow steps are watched longer instead.
ENOUGH_STEPS, WATCHED_AT_MOST = 50, 30.0


@dataclass
class Pace:
    """The pace of work of `total` steps: that after the first report, which counts what was prepared before, and
    without the longest wait, which may be that for another program.

    Attributes
    ----------
    total : steps of the work.
    begun : the clock when the work began, in seconds.
    done : steps that were reported.
    """

    total: int
    begun: float
    done: int = 0
    _first: tuple[float, int] | None = None
    _last: float = 0.0
    _longest: tuple[float, int] = (0.0, 0)
    _judged: bool = False

    def announced(self, now: float, steps: int) -> float | None:
        """Count `steps` that were done by `now`; the seconds of the whole work once, where it is long.

        None before enough is done, for work that is likely to be over within :data:`LONG_SECONDS`, and ever after.
        """
        self.done += steps
        if self._first is None:
            self._first = (now, self.done)
        else:
            self._longest = max(self._longest, (now - self._last, steps))
        self._last = now
        if self._judged or not self._enough(now, *self._first):
            return None
        self._judged = True
        whole = now - self.begun + self._seconds_a_step(now, *self._first) * (self.total - self.done)
        return whole if whole >= LONG_SECONDS else None

    def _enough(self, now: float, started: float, first: int) -> bool:
        """Whether what is done makes a pace, and something is left to do."""
        if now - started < WATCHED_SECONDS or not first < self.done < self.total:
            return False
        return self.done - first >= min(ENOUGH_STEPS, self.total // 100 + 2) or now - started >= WATCHED_AT_MOST

    def _seconds_a_step(self, now: float, started: float, first: int) -> float:
        wait, waited = self._longest
        others = self.done - first - waited
        return (now - started - wait) / others if others else (now - started) / (self.done - first)
