"""FIML and two-stage in trouble: every state and every refusal."""

from __future__ import annotations

import numpy as np
import pytest
from missing_cases import answers, incomplete, short, with_means

from csimodels.errors import SpecError, Status
from csimodels.estimate.ml.fiml.errors import fiml_vcov
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.fiml.solution import solve_fiml
from csimodels.estimate.ml.fiml.tests import yuan_bentler
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.solution import solve
from csimodels.estimate.ml.structure import Structure
from csimodels.estimate.ml.two_stage import two_stage
from csimodels.moments import Rows
from csimodels.spec.model import Construct, Item, Model


def test_a_model_without_means_is_refused() -> None:
    with pytest.raises(SpecError, match="needs a model with means"):
        solve_fiml(Structure(ParameterTable.of(short)), incomplete(short, answers(short)))


def test_items_of_the_groups_differ() -> None:
    x = answers(short)
    parts = [
        Rows(names, x, np.full(9, 5.5), None, "patterns").sums() for names in (short.item_names, tuple("abcdefghi"))
    ]
    with pytest.raises(SpecError, match="same items"):
        Incomplete.of(parts)
    with pytest.raises(SpecError, match="at least one group"):
        Incomplete.of([])


def test_items_never_answered_together_are_named() -> None:
    x = answers(short, holes=False)
    x[:125, 0], x[125:, 1] = np.nan, np.nan
    assert incomplete(short, x).apart == (("PERQ1", "PERQ2"),)
    assert incomplete(short, answers(short)).apart == ()
    counts = np.ones((2, 250))
    counts[1, :125] = 0  # then PERQ2 has no answer at all
    assert len(incomplete(short, x, counts=counts).apart) == 8


def test_too_few_steps() -> None:
    solution = solve_fiml(with_means(short), incomplete(short, answers(short)), max_iter=1)
    assert Status.NOT_CONVERGED in Status(int(solution.status))
    assert np.isfinite(solution.x).all()


@pytest.mark.parametrize("kind", ["copy", "constant", "never answered", "few rows"])
def test_singular_moments(kind: str) -> None:
    x = answers(short)
    if kind == "few rows":
        x = x[:7]
    elif kind == "copy":
        x[:, 1] = x[:, 0]
    else:
        x[:, 1] = 5.0 if kind == "constant" else np.nan
    solution = solve_fiml(with_means(short), incomplete(short, x))
    assert Status.SINGULAR in Status(int(solution.status))
    assert np.isnan(solution.x).all() and np.isnan(solution.chi2)


def test_one_bad_element_leaves_the_others_alone() -> None:
    x = answers(short)
    counts = np.ones((3, 250))
    counts[1] = 0
    counts[1, :6] = 40
    solution = solve_fiml(with_means(short), incomplete(short, x, counts=counts))
    alone = solve_fiml(with_means(short), incomplete(short, x))
    assert Status.SINGULAR in Status(int(solution.status[1]))
    assert np.allclose(solution.x[[0, 2]], alone.x, rtol=1e-10)
    assert np.isnan(fiml_vcov(solution).cov[1]).all()


def test_a_negative_variance_is_shown_and_flagged() -> None:
    """The first item correlates .8 with the others, these .4: the factor model wants a loading beyond 1."""
    rng = np.random.default_rng(2)
    corr = np.array([[1.0, 0.8, 0.8], [0.8, 1.0, 0.4], [0.8, 0.4, 1.0]])
    x = rng.standard_normal((400, 3)) @ np.linalg.cholesky(corr).T
    x[rng.random(x.shape) < 0.1] = np.nan
    model = Model("heywood", (Construct("f", tuple(map(Item, "abc"))),), ())
    solution = solve_fiml(with_means(model), incomplete(model, x, shift=0.0))
    assert Status(int(solution.status)) == Status.INADMISSIBLE
    assert solution.matrices.theta[0, 0, 0] < 0


def test_errors_that_do_not_exist() -> None:
    x = answers(short)
    solution = solve_fiml(with_means(short), incomplete(short, x))
    with pytest.raises(SpecError, match="complete rows"):
        fiml_vcov(solution, "mlm")
    with pytest.raises(SpecError, match="did you mean"):
        fiml_vcov(solution, "observd")  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="need the rows"):
        fiml_vcov(solution, "mlr")
    with pytest.raises(SpecError, match="not the rows that the solution was fitted to"):
        yuan_bentler(solution, HoledCases.of(x[:200]))
    batch = solve_fiml(with_means(short), incomplete(short, x, counts=np.ones((2, 250))))
    with pytest.raises(SpecError, match="not of a batch"):
        fiml_vcov(batch, "mlr", HoledCases.of(x))


def test_rows_that_are_none() -> None:
    x = answers(short)
    with pytest.raises(ValueError, match="differ in length"):
        HoledCases.of(x, weights=np.ones(3))
    with pytest.raises(ValueError, match="not negative"):
        HoledCases.of(x, weights=-np.ones(250))
    with pytest.raises(ValueError, match="infinite"):
        HoledCases.of(np.where(np.isnan(x), np.inf, x))


def test_two_stage_of_another_solution() -> None:
    data = incomplete(short, answers(short))
    sample = solve_fiml(with_means(short), data).sample
    with pytest.raises(ValueError, match="with means"):
        two_stage(solve(Structure(ParameterTable.of(short)), sample), data)
