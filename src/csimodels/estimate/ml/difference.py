"""Tests of the difference between two nested models: plain, and scaled (Satorra & Bentler 2001, 2010)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from csimodels.errors import Problem, SpecError, listed
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.parameters import Row
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.testing import Scaling, Test, scaled
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.moments.tails import chi2_p

#: Scaled tests whose factor is a mean over the degrees of freedom, so that factors of two models can be combined.
ADDITIVE = ("satorra_bentler", "yuan_bentler")


@dataclass(frozen=True, eq=False)
class Difference:
    """Test of the restrictions that a model has beyond a larger one.

    Attributes
    ----------
    method : ``"plain"``, ``"2001"`` or ``"2010"``.
    stat, df, p : (*B,);  stat and p are NaN where the scaling factor is not positive (2001, small samples).
    unscaled : (*B,) difference of the two chi-squares;  scaling : (*B,) what it was divided by.
    """

    method: str
    stat: Floats
    df: int
    p: Floats
    unscaled: Floats
    scaling: Floats


def difference(restricted: Test, larger: Test) -> Difference:
    """Difference of the tests of two nested models, from their statistics alone.

    Plain for two standard tests; for two of the same scaled kind ``(T0 - T1) / c`` with
    ``c = (df0 c0 - df1 c1) / (df0 - df1)`` (Satorra & Bentler 2001, eq. 12).

    Raises
    ------
    SpecError
        Tests of different kinds, a kind without such a difference, or no degrees of freedom between the two.
    """
    df = _check(restricted, larger)
    unscaled = np.asarray(restricted.unscaled - larger.unscaled)
    if restricted.name == "standard":
        found = _made("plain", unscaled, df, np.ones(unscaled.shape))
        return replace(found, p=np.where(np.isnan(restricted.p), np.nan, found.p))  # of ULS there is none
    excess = restricted.df * restricted.scaling - np.where(larger.df > 0, larger.df * larger.scaling, 0.0)
    return _made("2001", unscaled, df, np.asarray(excess / df))


def scaled_difference(restricted: Solution, larger: Solution, kind: Scaling, cases: Cases) -> Difference:
    """The strictly positive form: the larger model is scaled at the estimates of the restricted one (Satorra & Bentler
    2010).

    Raises
    ------
    SpecError
        As :func:`difference`; the restricted model has free parameters that the larger one does not have.
    """
    zero = scaled(restricted, kind, cases)
    one = scaled(larger, kind, cases, x=at_estimates_of(restricted, larger))
    df = _check(zero, one)
    unscaled = np.asarray(restricted.chi2 - larger.chi2)
    excess = zero.df * zero.scaling - np.where(one.df > 0, one.df * one.scaling, 0.0)
    return _made("2010", unscaled, df, np.asarray(excess / df))


def _made(method: str, unscaled: Floats, df: int, factor: Floats) -> Difference:
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(factor > 0, factor, np.nan)
        stat = np.asarray(unscaled / factor)
    p = chi2_p(stat, df)
    return Difference(method, stat, df, p, unscaled, factor)


def _check(restricted: Test, larger: Test) -> int:
    """Degrees of freedom between the two; refuse what has no difference test."""
    problems = []
    if restricted.name != larger.name:
        problems.append(Problem("the two tests are of different kinds", "", f"{restricted.name}, {larger.name}"))
    elif restricted.name not in ("standard", *ADDITIVE):
        what = "this kind of test has no difference test made of two of them"
        problems.append(Problem(what, "", restricted.name, ", ".join(("standard", *ADDITIVE))))
    df = float(np.max(restricted.df)) - float(np.max(larger.df))
    if not df > 0:
        found = Message(
            "degrees of freedom {df} and {df2}", df=f"{np.max(restricted.df):g}", df2=f"{np.max(larger.df):g}"
        )
        problems.append(Problem("the first model has to be the more restricted one", "", found))
    if problems:
        raise SpecError(problems)
    return int(df)


def at_estimates_of(restricted: Solution, larger: Solution) -> Floats:
    """(q,) parameters of the larger model at the estimates of the restricted one; what that does not have is 0.

    Raises
    ------
    SpecError
        A free parameter of the restricted model is none of the larger one (two ways to set the scale, for example).
    """
    value = {_key(row): _value(row, restricted.x) for row in restricted.structure.table.rows}
    fixed = {_key(row): row.value for row in larger.structure.table.rows if row.free < 0}
    known = {_key(row) for row in larger.structure.table.rows if row.free >= 0}
    stray = [
        row.name
        for row in restricted.structure.table.rows
        if row.free >= 0 and _key(row) not in known and value[_key(row)] != fixed.get(_key(row), 0.0)
    ]
    if stray:
        what = "the models are not nested parameter by parameter: the larger one does not have"
        raise SpecError(Problem(what, "", listed(stray), remedy="set the scale alike, or use the form of 2001"))
    x = np.zeros(larger.structure.table.q)
    for row in larger.structure.table.rows:
        if row.free >= 0:
            x[row.free] = value.get(_key(row), 0.0)
    return x


def _key(row: Row) -> tuple[str, int, int, int]:
    """The matrix entry of a row, the lower one of a symmetric pair."""
    i, j = (max(row.row, row.col), min(row.row, row.col)) if row.matrix in ("psi", "theta") else (row.row, row.col)
    return row.matrix, row.group, i, j


def _value(row: Row, x: Floats) -> float:
    return float(x[row.free]) if row.free >= 0 else float(row.value)
