"""One number of ours beside one of another tool, and the tolerances with their reasons (here and nowhere else)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from peers import Named, ours
from sources import answers, changed, ecsi, fit_of, mobi

from csimodels.estimate import PLS, PLSc

Bar = tuple[float, str]

TIGHT: dict[str, Any] = {"tol": 1e-13, "max_iter": 2000}
R_JSON = (1e-9, "both iterated to 1e-13; the reference is stored with 15 digits")
PLSPM = (1e-8, "plspm stops on squared weight changes below 1e-20, that is at changes of 1e-10")
SMARTPLS = (1e-7, "SmartPLS stopped at weight changes of 1e-7; its files have eight decimals")
LIVE = (1e-10, "both iterated to 1e-12 in the same run")
EXACT = (1e-10, "same formula, double precision")
STOPPED = (5e-5, "cSEM's importance-performance analysis was run at its default stopping tolerance of 1e-5")
REFITTED = (1e-9, "both iterated to 1e-14 on the same weights, unit by unit and draw by draw")
DIFFERENTIATED = (1e-7, "relative; derivatives by finite differences on both sides, of weights there, of moments here")
EM_LAVAAN = (1e-8, "EM converges linearly; ours stops at changes of 1e-10 standard deviations, lavaan ran to rounding")
POLYCHORIC_LAVAAN = (1e-6, "lavaan stops each correlation where its derivative is small, some 1e-8 off")
DWLS = (2e-5, "relative; lavaan stops at changes of its function of 1e-10")
DWLS_ERRORS = (2e-5, "relative; as the estimates")
LADDERS = (1e-4, "relative; lavaan where its optimiser stops, at changes of its function of 1e-9 to 1e-14")
ML_ESTIMATES = (1e-6, "relative; both at the exact minimum, lavaan carried there by Newton steps")
ML_ERRORS = (1e-5, "errors, scaling factors and p-values, relative: lavaan's Hessian is a numerical one")
INDICES = (1e-5, "relative; as the estimates, whose gradient they are made of")
ML_LIMITS = (1e-3, "RMSEA limits, relative: lavaan searches them by uniroot to a tolerance of 1.2e-4 in chi-square")
STOPPED_LAVAAN = (2e-4, "relative; these files hold lavaan where its optimiser stops by default, 3e-5 off in estimates")
SEMOPY = (1e-5, "relative; both stop at changes of the discrepancy of 1e-13, which leaves parameters six digits")
SURVEY = (1e-7, "relative; the same closed form, ours by numerical derivatives of the published number")
GIVEN = (1e-9, "relative; the same formula on the same replicate weights")
SHARES = (1e-8, "relative; the same formula, in R by way of a logit fit that stops at changes of its deviance")
MEANS = (1e-8, "relative; the same formula, ours from the derivatives of the index")
GLM = (1e-7, "relative; both iterated until the deviance rests, which leaves half the digits of the coefficients")
CENTRED = (1e-3, "relative; survey centres the jackknife at the estimate, we at the mean of each stratum")

#: Relative differences are taken of the larger of this and the other tool's value.
FLOOR = 1e-3


@dataclass(frozen=True)
class Row:
    """One number of ours beside one of another tool."""

    group: str
    subject: str
    quantity: str
    tool: str
    ours: float
    theirs: float
    tol: float
    reason: str
    relative: bool = False

    @property
    def difference(self) -> float:
        """Absolute or relative difference; NaN where either is missing."""
        apart = abs(self.ours - self.theirs)
        return apart / max(FLOOR, abs(self.theirs)) if self.relative else apart

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance; False for NaN."""
        return bool(self.difference <= self.tol)


def rows(group: str, tool: str, mine: Named, theirs: Named, bar: Bar) -> Iterator[Row]:
    """A row for every number of the other tool; a number that we do not have is NaN and fails."""
    for quantity, values in theirs.items():
        for subject, value in values.items():
            own = mine.get(quantity, {}).get(subject, float("nan"))
            yield Row(group, subject, quantity, tool, float(own), float(value), *bar, "relative" in bar[1])


@cache
def own_numbers(estimator: PLS | PLSc, mode: str = "A") -> Named:
    model = changed(ecsi(), mode=mode)
    return ours(model, fit_of(model, answers(model, mobi()), estimator))
