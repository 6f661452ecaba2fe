"""Numbers from extra columns: closed forms, R's survey, loops over groups, and the model that they leave alone."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from r_now import r_answer

import csimodels as cs
from csimodels.spec.model import Margin
from csimodels.study.estimation import Outcome, estimate
from csimodels.study.extra_estimates import ExtraEstimates
from csimodels.study.extras import Extras

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
sys.path.append(str(GOLDEN))

from against_designs import with_design  # noqa: E402
from sources import UnavailableError  # noqa: E402

STRATA, CLUSTER = {"strata": "stratum"}, {"cluster": "cluster"}
R = Path(__file__).resolve().with_name("extras_live.R")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """The mobile data with a design, an item REC on 1..10 with 17 % holes, and margins."""
    try:
        frame = with_design()
    except UnavailableError as error:
        pytest.skip(str(error))
    i = np.arange(len(frame))
    frame["REC"] = np.where(i * 5 % 23 < 4, np.nan, frame["CUSA1"].to_numpy())
    frame["sex"], frame["age"], frame["half"] = i * 3 % 7 % 2, i * 5 % 11 % 3, i % 2
    return frame


def extras_of(survey: cs.Survey, data: pd.DataFrame, **fields: Any) -> Extras:
    """Share of 9 and 10, and the net promoter score, of REC."""
    answer = data["REC"].to_numpy()[survey.row - 1]
    there = ~np.isnan(answer)
    columns = np.column_stack([there, answer >= 9, (there & (answer <= 6))]).astype(float)

    def values(mean: np.ndarray, model: np.ndarray) -> np.ndarray:
        high, low = mean[..., 1] / mean[..., 0], mean[..., 2] / mean[..., 0]
        return np.stack([high, 100 * (high - low)], axis=-1)

    return Extras(("there", "high", "low"), columns, ("share", "NPS"), values, **fields)


def run(data: pd.DataFrame, method: Any, model: Any = "ecsi", **options: Any) -> tuple[Outcome, ExtraEstimates]:
    study = cs.Study(model, data, uncertainty=method, **options)
    outcome = estimate(study.model, study.survey, extras=extras_of(study.survey, data))
    assert outcome.extra is not None
    return outcome, outcome.extra


def influence(data: pd.DataFrame, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Share of 9 and 10, and what each respondent contributes to it."""
    answer = data["REC"].to_numpy()
    there, high = ~np.isnan(answer), answer >= 9
    share = (weights @ high) / (weights @ there)
    return share, weights * there * (high - share) / (weights @ there)


def test_linearised_error_of_a_share_is_the_closed_form(data: pd.DataFrame) -> None:
    """Ratio estimator, rows as units: ``n / (n - 1) sum e_i^2``; tolerance of the numerical derivative of a ratio."""
    w = data["w"].to_numpy()
    share, e = influence(data, w)
    _, found = run(data, cs.Linearised(), weight="w")
    assert found.value[0] == pytest.approx([share, found.value[0, 1]], rel=1e-14)
    n = len(data)
    assert found.errors.se[0, 0] == pytest.approx(np.sqrt(n / (n - 1) * (e**2).sum()), rel=1e-8)
    assert found.n_eff[0] == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_jackknife_of_a_share_is_leaving_out_by_hand(data: pd.DataFrame) -> None:
    _, found = run(data, cs.Jackknife())
    answer = data["REC"].to_numpy()
    left = np.asarray([(np.delete(answer, i) >= 9).sum() / (~np.isnan(np.delete(answer, i))).sum() for i in range(250)])
    assert found.errors.se[0, 0] == pytest.approx(np.sqrt(249 / 250 * ((left - left.mean()) ** 2).sum()), rel=1e-10)


@pytest.mark.parametrize("draw", ["multinomial", "poisson"])
@pytest.mark.parametrize("interval", ["percentile", "bca", "studentised"])
def test_bootstrap_of_a_share_has_the_draws_of_the_index(data: pd.DataFrame, draw: str, interval: str) -> None:
    """The indicator of high answers correlates with the index in the replicates as it does over respondents."""
    if draw == "poisson" and interval == "studentised":
        return
    size = 60 if interval == "studentised" else 1000
    _, found = run(data, cs.Bootstrap(size, seed=3, draw=draw, interval=interval))  # type: ignore[arg-type]
    _, e = influence(data, np.ones(len(data)))
    assert found.draws is not None
    assert found.draws.shape == (1, size, 2)
    assert found.draws[0, :, 0].std() == pytest.approx(np.sqrt((e**2).sum()), rel=0.3 if size == 60 else 0.07)
    assert (found.errors.low < found.value).all()
    assert (found.errors.high > found.value).all()


def test_bootstrap_counts_of_extras_are_those_of_the_items(data: pd.DataFrame) -> None:
    """An item as an extra column has the mean that the item has in every replicate."""
    study = cs.Study("ecsi", data, uncertainty=cs.Bootstrap(50, seed=2), index_weights="equal")
    survey = study.survey
    items = [list(survey.model.item_names).index(name) for name in ("CUSA1", "CUSA2", "CUSA3")]
    score = (survey.x[:, items].mean(axis=1, keepdims=True) - 1) / 9 * 100
    extras = Extras(("score",), score, ("score",), lambda mean, model: mean)
    outcome = estimate(study.model, survey, extras=extras)
    assert outcome.extra is not None
    assert outcome.extra.draws is not None
    assert outcome.draws is not None
    at = [c.name for c in survey.model.constructs].index("Satisfaction")
    assert outcome.extra.draws[0, :, 0] == pytest.approx(outcome.draws[0, :, at], rel=1e-12)


METHODS: dict[str, tuple[Any, dict[str, Any]]] = {
    "linearised": (cs.Linearised(), {"design": STRATA | CLUSTER}),
    "jackknife": (cs.Jackknife(), {}),
    "bootstrap": (cs.Bootstrap(40, seed=4), {"design": CLUSTER}),
    "replicates": (cs.ReplicateWeights(columns="boot*", kind="bootstrap"), {}),
}


@pytest.mark.parametrize("missing", ["mean", "listwise", "em"])
@pytest.mark.parametrize("name", METHODS)
def test_groups_in_one_batch_are_the_loop_and_the_model_is_left_alone(
    data: pd.DataFrame, name: str, missing: str
) -> None:
    """With holes in the items too: under listwise, rows that the model leaves out count in the share.

    The model's numbers to rounding: matrix products over more columns group their sums in another way.
    """
    method, options = METHODS[name]
    holed = data.assign(CUSL2=data["CUSL2"].where(np.arange(len(data)) % 9 > 0))
    options = options | {"weight": "w", "missing": missing}
    both, found = run(holed, method, by="half", **options)
    plain = cs.Study("ecsi", holed, by="half", uncertainty=method, **options)
    alone = estimate(plain.model, plain.survey)
    for part in ("value", "se", "low", "high", "p", "df"):
        mine, theirs = getattr(both.estimates, part), getattr(alone.estimates, part)
        assert mine == pytest.approx(theirs, rel=1e-11, abs=1e-12, nan_ok=True)
    assert both.notes == alone.notes
    if both.draws is not None:
        assert both.draws == pytest.approx(alone.draws, rel=1e-11)
    for g, (half,) in enumerate(found.keys):
        mine = holed[holed["half"] == float(half)]
        _, one = run(mine, method, by="half", **options)
        assert found.sums.n[g] == len(mine) == one.sums.n[0]
        assert found.value[g] == pytest.approx(one.value[0], rel=1e-13)
        assert found.value[g, 0] == pytest.approx(influence(mine, mine["w"].to_numpy())[0], rel=1e-13)
        for part in ("se", "low", "high", "p"):
            assert getattr(found.errors, part)[g] == pytest.approx(getattr(one.errors, part)[0], rel=1e-10)


def test_listwise_shares_count_rows_that_the_model_leaves_out(data: pd.DataFrame) -> None:
    holed = data.assign(CUSL2=data["CUSL2"].where(np.arange(len(data)) % 9 > 0))
    for method, bar in ((cs.Linearised(), 1e-7), (cs.Jackknife(), 1e-10), (cs.Bootstrap(500, seed=1), 0.12)):
        outcome, found = run(holed, method, missing="listwise")
        _, full = run(data, method)
        assert outcome.moments.n[0] < found.sums.n[0] == len(data)
        assert found.value == pytest.approx(full.value, rel=1e-13)
        assert found.errors.se == pytest.approx(full.errors.se, rel=bar)  # other rows of the file, other draws


def test_a_desk_on_the_model_uses_its_numbers_in_every_replicate(data: pd.DataFrame) -> None:
    """Index plus share, against index and share by influences: chain rule, and a domain where rows are left out."""
    at = 0

    def values(mean: np.ndarray, model: np.ndarray) -> np.ndarray:
        return np.stack([model[..., at], model[..., at] + 10 * mean[..., 0]], axis=-1)

    holed = data.assign(CUSL2=data["CUSL2"].where(np.arange(len(data)) % 9 > 0))
    for frame, missing, close in ((data, "mean", 1e-9), (holed, "listwise", 0.01)):
        for method in (cs.Linearised(), cs.Jackknife(), cs.Bootstrap(200, seed=6)):
            study = cs.Study("ecsi", frame, uncertainty=method, missing=missing)
            high = np.asarray(study.survey.x[:, :1] >= 9, dtype=float)
            extras = Extras(("high",), high, ("index", "sum"), values, uses_model=True)
            outcome = estimate(study.model, study.survey, extras=extras)
            assert outcome.extra is not None
            se, own = outcome.extra.errors.se[0], outcome.estimates.se[0, at]
            bar = 0.15 if missing == "listwise" and isinstance(method, cs.Bootstrap) else close
            assert se[0] == pytest.approx(own, rel=bar)
            assert se[1] > se[0]
            if isinstance(method, cs.Linearised):
                linear = se[1]
            else:
                assert se[1] == pytest.approx(linear, rel=0.15)


def test_a_group_without_a_fit_keeps_its_shares(data: pd.DataFrame) -> None:
    flat = data.copy()
    flat.loc[flat["half"] == 1, "CUSA1"] = 7.0
    options = {"by": "half", "uncertainty": cs.Jackknife()}
    study = cs.Study("ecsi", flat, **options)
    outcome = estimate(study.model, study.survey, extras=extras_of(study.survey, data))
    assert np.isnan(outcome.estimates.value[1]).all()
    whole = cs.Study("ecsi", data, **options)
    full = estimate(whole.model, whole.survey, extras=extras_of(whole.survey, data))
    assert outcome.extra is not None
    assert full.extra is not None
    assert outcome.extra.errors.se == pytest.approx(full.extra.errors.se, rel=1e-10)


def test_several_extras_are_one_pass(data: pd.DataFrame) -> None:
    study = cs.Study("ecsi", data, uncertainty=cs.Bootstrap(20))
    one = extras_of(study.survey, data, drawn=(1,))
    mean = Extras(("score",), study.survey.x[:, :1], ("mean",), lambda means, model: means)
    both = estimate(study.model, study.survey, extras=Extras.joined([one, mean])).extra
    single = estimate(study.model, study.survey, extras=extras_of(study.survey, data)).extra
    assert both is not None
    assert single is not None
    assert both.quantities == ("share", "NPS", "mean")
    assert both.drawn.tolist() == [1, 2]
    assert both.value[0, :2].tolist() == single.value[0].tolist()
    assert both.draws is not None
    assert single.draws is not None
    assert both.draws[..., 0] == pytest.approx(single.draws[..., 1], rel=1e-12)
    assert estimate(study.model, study.survey).extra is None


def raked(data: pd.DataFrame) -> tuple[cs.Model, pd.DataFrame]:
    plain = cs.load_model("ecsi")
    margins = (Margin("sex", ((0, 0.5), (1, 0.5))), Margin("age", ((0, 0.3), (1, 0.3), (2, 0.4))))
    return replace(plain, data=replace(plain.data, weight="w", rake=margins)), data


def test_raked_shares_have_the_error_of_the_residuals_of_the_margins(data: pd.DataFrame) -> None:
    """Deville & Saerndal (1992): ``w_i`` times the residual of the weighted regression on the categories."""
    model, frame = raked(data)
    survey = cs.Study(model, frame).survey
    assert survey.weights is not None
    w = np.empty(len(frame))
    w[survey.row - 1] = survey.weights
    _, e = influence(frame, w)
    x = np.column_stack([frame["sex"] == 0, frame["sex"] == 1, frame["age"] == 0, frame["age"] == 1]).astype(float)
    slope = np.linalg.solve(x.T @ (w[:, None] * x), x.T @ e)
    residual = e - w * (x @ slope)
    _, found = run(frame, cs.Linearised(), model)
    assert found.errors.se[0, 0] == pytest.approx(np.sqrt(250 / 249 * (residual**2).sum()), rel=1e-7)
    for method, bar in ((cs.Jackknife(), 0.03), (cs.Bootstrap(600, seed=1), 0.1)):
        _, other = run(frame, method, model)
        assert other.errors.se == pytest.approx(found.errors.se, rel=bar)


LIVE: dict[str, tuple[Any, dict[str, Any]]] = {
    "weighted": (cs.Linearised(), {"weight": "w"}),
    "stratified": (cs.Linearised(), {"weight": "w", "design": STRATA}),
    "clustered": (cs.Linearised(), {"weight": "w", "design": STRATA | CLUSTER}),
    "fpc": (cs.Linearised(), {"weight": "w", "design": STRATA | CLUSTER | {"fpc": "N"}}),
    "jkn": (cs.Jackknife(), {"weight": "w", "design": STRATA | CLUSTER}),
    "bootstrap": (cs.ReplicateWeights(columns="boot*", kind="bootstrap"), {"weight": "w"}),
    "raked": (cs.Linearised(), {}),
}
#: Relative.  The jackknife of survey is centred at the estimate, ours at the mean of each stratum; survey regresses on
#: raked margins without weights, ours (Deville & Saerndal) with them: the same to first order, see the closed form.
BARS = {"jkn": 2e-3, "raked": 5e-3}


@pytest.mark.parametrize("name", LIVE)
def test_shares_and_nps_have_the_errors_of_the_r_package_survey(
    data: pd.DataFrame, name: str, theirs: dict[str, list[float]]
) -> None:
    """Relative 1e-7: the same closed form, ours by numerical derivatives of the number."""
    method, options = LIVE[name]
    model = raked(data)[0] if name == "raked" else "ecsi"
    _, found = run(data, method, model, **options)
    mine = [*found.value[0], *found.errors.se[0]]
    assert mine == pytest.approx(theirs[name], rel=BARS.get(name, 1e-7))


@pytest.fixture(scope="module")
def theirs(data: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[float]]:
    """Design -> share, score and their errors by survey (R), run now."""
    file = tmp_path_factory.mktemp("extras") / "data.csv"
    data.to_csv(file, index=False)
    lines = [line.split("\t") for line in r_answer(R, "survey", [file]).splitlines()]
    return {name: [float(v) for v in values] for name, *values in lines}
