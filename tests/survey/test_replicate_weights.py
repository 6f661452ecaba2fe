"""Replicate weights that come with the data: scale factors against closed forms, columns, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import hadamard
from survey_forms import ITEMS, every_form, frame, model

from csimodels.errors import DataError, SpecError
from csimodels.simulation import Population, simulate
from csimodels.spec.model import DataSpec, Margin, Model, ReplicateSpec
from csimodels.survey import Survey, read_survey, replicate_scale


def with_replicates(*columns: str, weight: str | None = "w", **keys: object) -> Model:
    spec = ReplicateSpec(tuple(columns), **keys)
    return model(replace(DataSpec(), weight=weight, replicate_weights=spec))


def boot(n: int = 30, number: int = 12, seed: int = 3) -> pd.DataFrame:
    """A survey with bootstrap replicate weights ``rw1 ... rw12`` that include the weight."""
    data = frame(n)
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=number)
    weights = pd.DataFrame({f"rw{r + 1}": np.round(counts[r] * data["w"], 3) for r in range(number)})
    return pd.concat([data, weights], axis=1)


def fails(data: pd.DataFrame, spec: Model, *words: str, kind: type = DataError) -> list[str]:
    with pytest.raises(kind) as caught:
        read_survey(data, spec)
    for word in words:
        assert word in str(caught.value), str(caught.value)
    return [problem.what for problem in caught.value.problems]


def variance(spec: ReplicateSpec, values: np.ndarray) -> float:
    scale, rscales = replicate_scale(spec, len(values))
    return float(scale * (rscales * (values - values.mean()) ** 2).sum())


# ---- scale factors: each makes the variance of a linear estimator exact ----------------------------------------------

# Each expected variance is the textbook one of the design; 1e-12 leaves room for rounding only.


def test_jk1_is_the_variance_of_a_mean() -> None:
    y = np.random.default_rng(1).normal(size=17)
    dropped = (y.sum() - y) / 16
    assert variance(ReplicateSpec(kind="jk1"), dropped) == pytest.approx(y.var(ddof=1) / 17, rel=1e-12)


@pytest.mark.parametrize(("kind", "rho"), [("brr", 0.0), ("fay", 0.0), ("fay", 0.3), ("fay", 0.5)])
def test_brr_and_fay_are_the_variance_of_two_units_per_stratum(kind: str, rho: float) -> None:
    pairs = np.random.default_rng(2).normal(size=(7, 2))
    sign = hadamard(8)[:, 1:]  # (R, H) balanced half-samples
    first = 1 + (1 - rho) * sign  # 2 - rho or rho
    totals = (first * pairs[:, 0] + (2 - first) * pairs[:, 1]).sum(axis=1)
    expected = ((pairs[:, 0] - pairs[:, 1]) ** 2).sum()  # sum over strata of n_h / (n_h - 1) sum_c (T_hc - mean_h)^2
    assert variance(ReplicateSpec(kind=kind, fay=rho), totals) == pytest.approx(expected, rel=1e-12)


def test_jkn_with_its_rscales_is_the_variance_of_a_stratified_total() -> None:
    sizes = (2, 3, 5)
    strata = [np.random.default_rng(h).normal(h, 1, k) for h, k in enumerate(sizes)]
    whole = sum(part.sum() for part in strata)
    totals, rscales = [], []
    for part in strata:
        k = len(part)
        totals += [whole - part.sum() + (part.sum() - value) * k / (k - 1) for value in part]
        rscales += [(k - 1) / k] * k
    expected = sum(len(part) * part.var(ddof=1) for part in strata)
    spec = ReplicateSpec(kind="jkn", rscales=tuple(rscales))
    assert variance(spec, np.array(totals)) == pytest.approx(expected, rel=1e-12)


def test_bootstrap_is_the_sample_variance_of_the_replicates() -> None:
    values = np.random.default_rng(4).normal(size=40)
    assert variance(ReplicateSpec(), values) == pytest.approx(values.var(ddof=1), rel=1e-12)


def test_stated_factors_win() -> None:
    scale, rscales = replicate_scale(ReplicateSpec(kind="brr", scale=0.05, rscales=(1.0, 2.0, 0.0)), 3)
    assert (scale, rscales.tolist()) == (0.05, [1.0, 2.0, 0.0])


@pytest.mark.parametrize(
    ("spec", "number", "words"),
    [
        (ReplicateSpec(kind="jkn"), 4, ["kind jkn needs rscales", "4 numbers", "(n_h - 1) / n_h"]),
        (ReplicateSpec(rscales=(1.0, 1.0)), 4, ["rscales and columns differ in number", "found:   2"]),
        (ReplicateSpec(rscales=(1.0, -1.0)), 2, ["rscales hold a number that cannot be used", "-1.0"]),
        (ReplicateSpec(rscales=(0.0, 0.0)), 2, ["all are 0"]),
        (ReplicateSpec(kind="fay", fay=1.0), 4, ["fay is out of range", "less than 1"]),
        (ReplicateSpec(scale=0.0), 4, ["scale is out of range"]),
        (ReplicateSpec(scale=float("inf")), 4, ["scale is out of range"]),
        (ReplicateSpec(), 1, ["1 replicate weight cannot show any variation", "at least 2"]),
    ],
)
def test_factors_that_do_not_exist(spec: ReplicateSpec, number: int, words: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        replicate_scale(spec, number)
    assert len(caught.value.problems) == 1
    for word in words:
        assert word in str(caught.value)


# ---- reading -------------------------------------------------------------------------------------------------------


def test_replicate_weights_stand_with_their_rows_in_the_order_of_their_numbers() -> None:
    data = boot()
    survey = read_survey(data, with_replicates("rw*"))
    expected = data[[f"rw{r}" for r in range(1, 13)]].to_numpy()[survey.row - 1]
    assert np.array_equal(survey.replicate_weights, expected)
    entry = next(entry for entry in survey.log if entry.step == "replicate weights")
    assert (entry.subject, entry.count) == ("rw1 ... rw12", 12)
    assert f"sampling weights {data['w'].sum():.6g}" in entry.detail
    factors = survey.replicate_factors()
    assert factors.shape == (12, 30)
    np.testing.assert_allclose(factors * survey.weights, expected.T, rtol=1e-15)


def test_the_sampling_weight_is_no_replicate_of_its_own_pattern() -> None:
    data = boot().rename(columns={f"rw{r}": f"w{r}" for r in range(1, 13)})
    survey = read_survey(data, with_replicates("w*"))
    assert survey.replicate_weights is not None
    assert survey.replicate_weights.shape == (30, 12)


def test_every_form_of_data_gives_the_same_replicate_weights(tmp_path: Path) -> None:
    forms = every_form(boot(), tmp_path)
    surveys = {kind: read_survey(form, with_replicates("rw*")) for kind, form in forms.items()}
    for kind, survey in surveys.items():
        assert np.array_equal(survey.replicate_weights, surveys["pandas"].replicate_weights), kind
        assert np.array_equal(survey.row, surveys["pandas"].row), kind


def test_the_order_of_rows_is_that_without_replicate_weights() -> None:
    data = boot()
    assert np.array_equal(
        read_survey(data, with_replicates("rw*")).row, read_survey(data, model(DataSpec(weight="w"))).row
    )


def test_rows_alike_but_for_their_replicate_weights_have_one_order() -> None:
    data = boot()
    data.loc[5:, list(ITEMS)] = 4.0
    data["w"] = 1.0
    counts = np.random.default_rng(9).multinomial(30, np.full(30, 1 / 30), size=12).astype(float)
    data[[f"rw{r}" for r in range(1, 13)]] = counts.T
    one = read_survey(data, with_replicates("rw*"))
    two = read_survey(data.sample(frac=1, random_state=2)[list(data.columns[::-1])], with_replicates("rw*"))
    assert np.array_equal(one.replicate_weights, two.replicate_weights)
    assert np.array_equal(one.x, two.x)


def test_select_and_rows_without_an_answer() -> None:
    data = boot()
    data.loc[3, list(ITEMS)] = np.nan
    data.loc[3, "rw1"] = -1.0  # of no account: the row is left out
    survey = read_survey(data, with_replicates("rw*"))
    assert survey.replicate_weights is not None
    assert survey.replicate_weights.shape == (29, 12)
    mask = survey.x[:, 0] > 5
    assert np.array_equal(survey.select(mask).replicate_weights, survey.replicate_weights[mask])
    with pytest.raises(DataError, match="no replicate weights"):
        read_survey(frame(12), model()).replicate_factors()


# ---- refused -------------------------------------------------------------------------------------------------------


def test_missing_columns_and_patterns_that_match_nothing_all_at_once() -> None:
    spec = with_replicates("rw1", "rv2", "RW*", weight="wt")
    what = fails(
        boot(),
        spec,
        'there is no column "wt" for weight',
        'there is no column "rv2" for replicate weight',
        'no column begins with "RW" for replicate weights',
        'did you mean "rw*"?',
        "the columns are IMAG1",
    )
    assert len(what) == 3


def test_bad_cells_with_row_and_value_all_at_once() -> None:
    data = boot().astype({"rw5": object})
    data.loc[2, "rw2"] = -0.5
    data.loc[[4, 6], "rw3"] = np.nan
    data["rw4"] = 0.0
    data.loc[1, "rw5"] = "heavy"
    data.loc[8, "w"] = -1.0
    data.loc[9, "rw6"] = np.inf
    what = fails(
        data,
        with_replicates("rw*"),
        'replicate weight column "rw2": negative in 1 row',
        "row 3: -0.5",
        'replicate weight column "rw3": missing in 2 rows',
        "row 5, row 7",
        'replicate weight column "rw4": all weights are 0',
        'replicate weight column "rw5" holds text',
        "'heavy'",
        'replicate weight column "rw6": infinite in 1 row',
        'weight column "w": negative in 1 row',
        "leaves a row out of this replicate",
    )
    assert len(what) == 6


def test_the_same_trouble_in_many_columns_is_counted() -> None:
    data = boot()
    data.loc[0, [f"rw{r}" for r in range(1, 13)]] = np.nan
    what = fails(data, with_replicates("rw*"))
    assert len(what) == 6
    assert what[-1] == "the same or other troubles in 7 more replicate weight columns"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("rw1", "rw1"), ['column "rw1" is named twice as a replicate weight']),
        (("rw1", "w"), ['column "w" is a replicate weight and used for weight']),
        (("rw*", "SAT*"), ['column "SAT1" is a replicate weight and used for item SAT1', "SAT2"]),
        (("rw1",), ["1 replicate weight cannot show any variation"]),
    ],
)
def test_columns_that_cannot_be_replicate_weights(columns: tuple[str, ...], words: list[str]) -> None:
    fails(boot(), with_replicates(*columns), *words, kind=SpecError)


def test_factors_that_do_not_fit_the_columns_found() -> None:
    fails(boot(), with_replicates("rw*", kind="jkn", rscales=(0.5,) * 3), "allowed: 12 numbers", kind=SpecError)


def test_replicate_weights_without_the_sampling_weight_in_them_are_refused() -> None:
    data = boot()
    names = [f"rw{r}" for r in range(1, 13)]
    data["w"] = data["w"] ** 2
    data[names] = np.random.default_rng(3).multinomial(30, np.full(30, 1 / 30), size=12).T.astype(float)
    fails(data, with_replicates("rw*"), 'do not follow the sampling weight "w"', "multiply them by w")
    data[names] = data[names].mul(data["w"], axis=0)
    assert read_survey(data, with_replicates("rw*")).n == 30


def test_replicate_weights_of_a_weighted_sample_need_the_weight() -> None:
    n = 200
    data = frame(n)
    w = np.random.default_rng(1).gamma(1.0, 1.0, n) + 0.1
    kept = np.arange(n) % 20 != np.arange(20)[:, None]  # delete-a-group jackknife
    weights = pd.DataFrame({f"rw{r}": np.where(kept[r], w * 20 / 19, 0.0) for r in range(20)})
    spec = with_replicates("rw*", weight=None, kind="jk1")
    fails(pd.concat([data, weights], axis=1), spec, "differ from row to row, and no sampling weight is named")
    equal = pd.DataFrame({f"rw{r}": np.where(kept[r], 20 / 19, 0.0) for r in range(20)})
    assert read_survey(pd.concat([data, equal], axis=1), spec).n == n


@pytest.mark.parametrize("seed", range(5))
def test_chance_among_bootstrap_replicates_is_no_reason_to_refuse(seed: int) -> None:
    data = boot(40, 12, seed).drop(columns="w")
    counts = np.random.default_rng(seed).multinomial(40, np.full(40, 1 / 40), size=12).T.astype(float)
    data[[f"rw{r}" for r in range(1, 13)]] = counts
    assert read_survey(data, with_replicates("rw*", weight=None)).n == 40


# ---- simulated -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bootstrap", "jk1"])
def test_a_simulated_survey_has_the_columns_its_model_reads(kind: str) -> None:
    margin = Margin("sex", (("f", 0.52), ("m", 0.48)))
    spec = with_replicates("rw*", kind=kind)
    spec = replace(spec, data=replace(spec.data, rake=(margin,)))
    drawn = simulate(spec, 400, seed=1, truth=Population(weight_cv=0.5))
    survey: Survey = read_survey(drawn.data, spec)
    assert survey.replicate_weights is not None
    assert survey.replicate_weights.shape == (400, 80)
    assert drawn.data["sex"].value_counts().to_dict() == {"f": 208, "m": 192}
    # the variance of a weighted mean from these weights is near that of independent interviews; 80 replicates give it a
    # relative standard error of sqrt(2 / 79) = 16 %, the tolerance is 2.5 of these
    x, w = survey.x[:, 0], survey.weights
    means = (survey.replicate_weights * x[:, None]).sum(axis=0) / survey.replicate_weights.sum(axis=0)
    mean = (w * x).sum() / w.sum()
    plain = (w**2 * (x - mean) ** 2).sum() / w.sum() ** 2
    assert variance(spec.data.replicate_weights, means) == pytest.approx(plain, rel=0.4)


def test_kinds_that_are_not_simulated_are_refused() -> None:
    with pytest.raises(SpecError, match="replicate weights of kind brr are not simulated"):
        simulate(with_replicates("rw*", kind="brr"), 50, seed=1)
