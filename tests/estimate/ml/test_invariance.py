"""The invariance ladder against lavaan, and what it says of wrong questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sources
from missing_cases import (
    ERROR,
    ESTIMATE,
    FACTOR,
    HALF,
    STATISTIC,
    answers,
    close,
    complete_halves,
    halves,
    halves_rows,
    incomplete,
    runs,
    short,
)

from csimodels.errors import SpecError, Status
from csimodels.estimate.ml.fiml.solution import solve_fiml
from csimodels.estimate.ml.invariance import STEPS, Step, ladder, latent_means
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.structure import Structure
from csimodels.spec.model import Construct, Item, Model


def climbed(name: str) -> tuple[Step, ...]:
    """A ladder of ml_missing.R."""
    options: dict[str, Any] = {}
    if "fiml" in name:
        options = {"data": halves(), "cases": halves_rows()}
    else:
        options = {"data": complete_halves().sample, "cases": complete_halves()}
    return ladder(short, **options, errors="mlr" if "mlr" in name else None)


LADDERS = {
    "ladder": "difference",
    "ladder_mlr": "difference_mlr",
    "ladder_fiml": "",
    "ladder_fiml_mlr": "difference_fiml_mlr",
}


@pytest.mark.parametrize("name", LADDERS)
def test_every_step_agrees_with_lavaan(name: str) -> None:
    steps = climbed(name)
    assert [s.name for s in steps] == list(STEPS)
    ending = ".robust" if "mlr" in name else ""
    for step in steps:
        run = runs()[name][step.name]
        names = step.solution.structure.table.names
        assert close(step.solution.x, np.array([run["est"][k] for k in names]), ESTIMATE)
        assert np.allclose(step.se, [run["se"][k] for k in names], rtol=ERROR, atol=0)
        assert close(step.test.unscaled, run["fit"]["chisq"], STATISTIC)
        assert step.test.df == run["fit"]["df"]
        assert close(step.test.scaling, run["fit"].get("chisq.scaling.factor", 1.0), FACTOR)
        for measure in ("cfi", "tli", "rmsea"):
            assert close(step.measures[measure + ending], run["fit"][measure + ending], FACTOR)


@pytest.mark.parametrize("name", [name for name, stored in LADDERS.items() if stored])
def test_differences_agree_with_lavaan(name: str) -> None:
    """Plain differences, and scaled ones (Satorra & Bentler 2001): the difference carries lavaan's rounding."""
    stored = runs()[LADDERS[name]]
    steps = climbed(name)
    assert steps[0].difference is None
    for k, step in enumerate(steps[1:]):
        assert step.difference is not None
        assert close(step.difference.stat, stored["chisq"][k], 1e-5)
        assert step.difference.df == stored["df"][k]
        assert close(step.difference.p, stored["p"][k], 1e-5)
        before = steps[k]
        ending = ".robust" if "mlr" in name else ""
        change = step.measures["cfi" + ending] - before.measures["cfi" + ending]
        assert float(step.delta_cfi) == pytest.approx(float(change), abs=1e-15)


def test_the_published_ladder(reference) -> None:  # type: ignore[no-untyped-def]
    """Holzinger & Swineford, two schools: the ladder of the lavaan tutorial."""
    stored = reference("ml_lavaan_hs_mg_lrt.json")["lavTestLRT"]
    frame = sources.shared_csv("HolzingerSwineford1939.csv")
    names = tuple(f"x{k}" for k in range(1, 10))
    factors = ("visual", "textual", "speed")
    model = Model(
        "hs", tuple(Construct(f, tuple(map(Item, names[3 * k : 3 * k + 3]))) for k, f in enumerate(factors)), ()
    )
    parts = [frame.loc[frame["school"] == s, list(names)].to_numpy(float) for s in ("Pasteur", "Grant-White")]
    sample = Sample(
        np.stack([x.mean(axis=0) for x in parts]),
        np.stack([np.cov(x.T, bias=True) for x in parts]),
        np.array([float(len(x)) for x in parts]),
    )
    steps = ladder(model, sample)
    # lavaan stopped at its default there, which chi2 shows from the seventh digit on
    assert close([float(s.test.stat) for s in steps], np.array(stored["Chisq"]), 1e-6)
    assert [int(s.test.df) for s in steps] == stored["Df"]
    changes = [s.difference for s in steps[1:]]
    assert close([float(d.p) for d in changes if d], np.array(stored["Pr(>Chisq)"][1:]), 1e-6)


def test_partial_invariance_agrees_with_lavaan() -> None:
    free = ["PERQ2 ~1", "Quality=~PERQ3"]  # blanks do not matter
    for name, data in (("partial", complete_halves().sample), ("partial_fiml", halves())):
        (step,) = ladder(short, data, steps=("scalar",), free=free)
        run = runs()[name]
        names = step.solution.structure.table.names
        assert close(step.test.stat, run["fit"]["chisq"], STATISTIC)
        assert step.test.df == run["fit"]["df"]
        assert close(step.solution.x, np.array([run["est"][k] for k in names]), ESTIMATE)
        assert np.allclose(step.se, [run["se"][k] for k in names], rtol=ERROR, atol=0)


def test_latent_means_are_those_of_the_model() -> None:
    """Mean (I - B)^-1 alpha, its errors against numerical derivatives; the first group is the origin."""
    step = climbed("ladder_fiml")[2]
    assert step.means is not None and step.means.constructs == ("Quality", "Value", "Satisfaction")
    structure, x = step.solution.structure, step.solution.x
    assert (step.means.mean[0] == 0).all() and np.isnan(step.means.se[0]).all() and np.isnan(step.means.p[0]).all()

    def means(at: np.ndarray) -> np.ndarray:
        m = structure.matrices(at)
        return np.linalg.solve(np.eye(3) - m.beta[1], m.alpha[1])

    slopes = np.array([(means(x + h) - means(x - h)) / 2e-5 for h in 1e-5 * np.eye(len(x))])
    rng = np.random.default_rng(0)
    root = rng.standard_normal((len(x), len(x)))
    found = latent_means(step.solution, root @ root.T)
    assert np.allclose(found.mean[1], means(x), rtol=1e-12)
    assert np.allclose(found.se[1], np.sqrt(np.diag(slopes.T @ root @ root.T @ slopes)), rtol=1e-7)
    z = step.means.mean[1] / step.means.se[1]
    assert np.allclose(step.means.z[1], z) and np.allclose(step.means.p[1], 2 * 0.5 * _erfc(np.abs(z) / np.sqrt(2)))
    assert climbed("ladder_fiml")[1].means is None


def _erfc(z: np.ndarray) -> np.ndarray:
    from math import erfc

    return np.array([erfc(v) for v in z])


def test_true_latent_means_are_found() -> None:
    """Two groups of 5 000: the second is .3 higher on f, and one of its items has an intercept of its own (.5).

    Standard errors of the mean are about .02; the wrong intercept shows in the scalar step, and freeing it mends it.
    """
    rng = np.random.default_rng(4)
    n = 5_000
    parts = []
    for mean, own in ((0.0, 0.0), (0.3, 0.5)):
        f = mean + rng.standard_normal(n)
        x = np.stack([1.0 + load * f + 0.6 * rng.standard_normal(n) for load in (1.0, 0.8, 0.9, 0.7)], axis=1)
        x[:, 2] += own
        parts.append(x)
    model = Model("one", (Construct("f", tuple(map(Item, "abcd"))),), ())
    sample = Sample(
        np.stack([x.mean(axis=0) for x in parts]),
        np.stack([np.cov(x.T, bias=True) for x in parts]),
        np.full(2, float(n)),
    )
    whole = ladder(model, sample, steps=("metric", "scalar"))
    assert whole[1].difference is not None and whole[1].difference.p < 1e-10
    partial = ladder(model, sample, steps=("metric", "scalar"), free=("c ~1",))
    assert partial[1].difference is not None and partial[1].difference.p > 0.01 and partial[1].difference.df == 2
    means = partial[1].means
    assert means is not None
    assert means.mean[1, 0] == pytest.approx(0.3, abs=4 * means.se[1, 0])
    assert means.se[1, 0] == pytest.approx(0.0226, abs=0.003)  # sqrt(2 (1 + reliability loss) / n)


def test_batches_climb_together() -> None:
    counts = np.random.default_rng(8).multinomial(250, np.full(250, 1 / 250), size=3).astype(float)
    data = incomplete(short, answers(short), counts=counts, group=HALF)
    steps = ladder(short, data)
    assert steps[3].test.stat.shape == (3,) and steps[3].delta_cfi.shape == (3,)
    one = incomplete(short, answers(short), counts=counts[1], group=HALF)
    alone = ladder(short, one, steps=("configural", "strict"))
    assert float(steps[3].test.stat[1]) == pytest.approx(float(alone[1].test.stat), rel=1e-8)
    assert alone[1].difference is not None and alone[1].difference.df == 21


def test_equal_parameters_cost_fit() -> None:
    steps = climbed("ladder")
    chi2 = [float(s.test.stat) for s in steps]
    assert chi2 == sorted(chi2)


def test_wrong_questions_are_answered_in_words() -> None:
    sample = complete_halves().sample
    with pytest.raises(SpecError, match='did you mean "scalar"') as caught:
        ladder(short, replace(sample, mean=sample.mean[:1], cov=sample.cov[:1], n=sample.n[:1]), steps=("scaler",))
    assert len(caught.value.problems) == 2, "the single group is said at the same time"
    with pytest.raises(SpecError, match="once each, from the least to the most equal"):
        ladder(short, sample, steps=("scalar", "metric"))
    with pytest.raises(SpecError, match="once each"):
        ladder(short, sample, steps=())
    with pytest.raises(SpecError, match=r'did you mean "Quality =~ PERQ3"') as caught:
        ladder(short, sample, free=("Qualty =~ PERQ3", "PERQ9 ~1"))
    assert len(caught.value.problems) == 2
    with pytest.raises(SpecError, match="need the rows"):
        ladder(short, sample, errors="mlr")
    with pytest.raises(SpecError, match="complete rows"):
        ladder(short, halves(), errors="mlm", cases=halves_rows())
    with pytest.raises(SpecError, match="need the rows"):
        ladder(short, halves(), errors="mlr", cases=complete_halves())


def test_a_group_that_cannot_be_fitted_is_a_status() -> None:
    x = answers(short)
    x[1::2, 1] = 5.0  # constant in the second group
    steps = ladder(short, incomplete(short, x, group=HALF), steps=("configural", "metric"))
    assert Status.SINGULAR in Status(int(steps[0].solution.status))
    assert np.isnan(steps[1].test.stat) and np.isnan(steps[1].delta_cfi)


def test_configural_is_the_groups_apart() -> None:
    together = climbed("ladder_fiml")[0].test.stat
    structure = Structure(ParameterTable.of(short, mean_structure=True))
    apart = [solve_fiml(structure, incomplete(short, answers(short)[g == HALF])) for g in (0, 1)]
    assert float(together) == pytest.approx(sum(float(a.chi2) for a in apart), rel=1e-8)
