"""Higher-order constructs in stages: against PLS on rows, known populations, and what must hold for any data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rowwise import pls, regression
from sources import MOBI_BLOCKS, SHARED

import csimodels as cs
from csimodels.errors import SpecError, Status
from csimodels.estimate import PLS, Design, Fit, PLSc, singular_reasons
from csimodels.moments import Moments, Rows
from csimodels.spec import Construct, IndexSpec, Item, Model

TIGHT = {"tol": 1e-13, "max_iter": 5000}
PERCEPTION = (("Expectation", "Perception"), ("Perception", "Satisfaction"), ("Satisfaction", "Loyalty"))


def model(paths: tuple[tuple[str, str], ...], of: dict[str, tuple[str, ...]], **options: str) -> Model:
    """Blocks of the mobile model that `paths` and `of` name; options apply to the higher-order constructs."""
    named = {name for path in paths for name in path} | {part for parts in of.values() for part in parts}
    plain = [Construct(c, tuple(Item(i) for i in items)) for c, items in MOBI_BLOCKS.items() if c in named]
    higher = [Construct(name, (), of=parts, **options) for name, parts in of.items()]  # type: ignore[arg-type]
    return Model("m", (*plain, *higher), paths, index=IndexSpec(paths[-1][1]))


def moments(of: Model, data: pd.DataFrame, counts: np.ndarray | None = None) -> Moments:
    names = list(of.item_names)
    x = data[names].to_numpy(dtype=float)
    if counts is None:
        return Moments.from_sums(Rows(of.item_names, x, np.zeros(len(names))).sums(), "listwise")
    each = [Rows(of.item_names, x, np.zeros(len(names)), c).sums() for c in counts]
    parts = [Moments.from_sums(one, "listwise") for one in each]
    stack = (np.stack([getattr(p, name) for p in parts]) for name in ("mean", "cov", "n", "n_eff"))
    return Moments(*stack, of.item_names)


def fit(of: Model, data: pd.DataFrame, estimator: PLS | PLSc) -> Fit:
    return estimator(Design.of(of), moments(of, data))


def paths_of(done: Fit) -> dict[str, float]:
    names = done.design.constructs
    return {f"{names[s]}->{names[t]}": float(done.paths[..., t, s]) for s, t in done.design.edges}


def test_the_mobile_example_has_the_numbers_of_seminr(mobi: pd.DataFrame) -> None:
    done = fit(model(PERCEPTION, {"Perception": ("Quality", "Value")}), mobi, PLS())
    found = paths_of(done)
    assert found["Expectation->Perception"] == pytest.approx(0.5356, abs=5e-5)
    assert found["Perception->Satisfaction"] == pytest.approx(0.8015, abs=5e-5)
    assert found["Satisfaction->Loyalty"] == pytest.approx(0.6568, abs=5e-5)
    assert done.stages is not None and done.stages.iterations.sum() == done.iterations and done.status == 0


@pytest.mark.parametrize("mode", ["A", "B"])
@pytest.mark.parametrize("kind", ["disjoint", "embedded"])
def test_both_forms_equal_pls_on_rows_run_twice(mobi: pd.DataFrame, kind: str, mode: str) -> None:
    paths = (*PERCEPTION, ("Expectation", "Satisfaction"))
    of = model(paths, {"Perception": ("Quality", "Value")}, mode=mode, measured="composite")
    done = fit(of, mobi, PLS(higher_order=kind, **TIGHT))
    blocks = {name: mobi[items].to_numpy() for name, items in MOBI_BLOCKS.items() if name != "Image"}
    outer = [p for p in paths if "Perception" not in p]
    if kind == "disjoint":
        first = [*outer, *(("Expectation", d) for d in ("Quality", "Value"))]
        first += [(d, "Satisfaction") for d in ("Quality", "Value")]
        scores, inner = pls(blocks, first)
        second = {name: block for name, block in blocks.items() if name not in ("Quality", "Value")}
    else:
        repeated = blocks | {"Perception": np.hstack([blocks["Quality"], blocks["Value"]])}
        towards = [("Quality", "Perception"), ("Value", "Perception")]
        scores, inner = pls(repeated, [*paths, *towards], ["Perception"] if mode == "B" else [])
        second = {name: scores[name] for name in ("Expectation", "Satisfaction", "Loyalty")}
    dimensions = np.stack([scores["Quality"], scores["Value"]], axis=1)
    scores2, outer_weights = pls(second | {"Perception": dimensions}, paths, ["Perception"] if mode == "B" else [])
    by_rows, r2 = regression(scores2, paths)
    assert paths_of(done) == pytest.approx(by_rows, abs=1e-10)  # both iterated to 1e-13
    place = {name: j for j, name in enumerate(done.design.constructs)}
    for name, value in r2.items():
        assert done.r2[place[name]] == pytest.approx(value, abs=1e-10)
    whole = done.design.blocks[place["Perception"]]
    composed = np.concatenate(
        [inner[d] * w for d, w in zip(("Quality", "Value"), outer_weights["Perception"], strict=True)]
    )
    assert done.weights[whole, place["Perception"]] == pytest.approx(composed, abs=1e-10)
    for name in ("Quality", "Perception", "Satisfaction"):
        values = (scores2 | {"Quality": scores["Quality"]})[name]
        for k in done.design.blocks[place[name]]:
            expected = np.corrcoef(mobi[done.design.items[k]], values)[0, 1]
            assert done.loadings[k, place[name]] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
@pytest.mark.parametrize("estimator", [PLS, PLSc])
@pytest.mark.parametrize("kind", ["disjoint", "embedded"])
def test_a_batch_equals_its_elements(mobi: pd.DataFrame, kind: str, estimator: type[PLS], scheme: str) -> None:
    of = model(PERCEPTION, {"Perception": ("Quality", "Value")}, measured="composite")
    counts = np.random.default_rng(3).multinomial(250, np.full(250, 1 / 250), 4).astype(float)
    settings = estimator(scheme=scheme, higher_order=kind)  # type: ignore[arg-type]
    batch = moments(of, mobi, counts)
    together = settings(Design.of(of), batch)
    for b in range(4):
        one = Moments(batch.mean[b], batch.cov[b], batch.n[b], batch.n_eff[b], batch.items)
        alone = settings(Design.of(of), one)
        for name in ("weights", "loadings", "correlations", "paths", "r2", "rho_a"):
            assert np.allclose(getattr(together, name)[b], getattr(alone, name), rtol=0, atol=1e-12, equal_nan=True)
        assert together.status[b] == alone.status and together.iterations[b] == alone.iterations


def population(loadings: dict[str, np.ndarray], latent: pd.DataFrame) -> pd.DataFrame:
    """Rows with exactly the correlations of common factors with these loadings and correlations."""
    owner = [name for name, values in loadings.items() for _ in values]
    load = np.concatenate(list(loadings.values()))
    r = latent.loc[owner, owner].to_numpy() * np.outer(load, load)
    np.fill_diagonal(r, 1.0)
    names = [f"{name.lower()}{k + 1}" for name, values in loadings.items() for k in range(len(values))]
    x = np.random.default_rng(0).normal(size=(400, len(names)))
    x = x - x.mean(axis=0)
    x = x @ np.linalg.inv(np.linalg.cholesky(x.T @ x / 400)).T @ np.linalg.cholesky(r).T
    return pd.DataFrame(x, columns=names)


ITEMS = np.asarray([0.85, 0.8, 0.75])
GAMMA = {"A": 0.8, "B": 0.7, "C": 0.9, "D": 0.6, "E": 0.85}


def factor_model(parts: dict[str, tuple[str, ...]], paths: tuple[tuple[str, str], ...], plain: str) -> Model:
    first = [*"ABCDE", *plain.split()]
    blocks = [Construct(c, tuple(Item(f"{c.lower()}{k}", scale=(-9.0, 9.0)) for k in (1, 2, 3))) for c in first]
    higher = [Construct(name, (), of=of) for name, of in parts.items()]
    return Model("f", (*blocks, *higher), paths, index=IndexSpec(paths[-1][1]))


def second_order_population() -> pd.DataFrame:
    """Cause -> G -> H -> Effect, G of A, B, C and H of D, E; also Cause -> Effect."""
    names = ["X", "G", "H", "Y"]
    b = np.zeros((4, 4))
    b[1, 0], b[2, 1], b[3, 2], b[3, 0] = 0.5, 0.6, 0.4, 0.3
    spread, total = np.zeros((4, 4)), np.linalg.inv(np.eye(4) - b)
    for k in range(4):  # disturbances that make every variance one
        spread[k, k] = 1 - (total @ spread @ total.T)[k, k]
    top = pd.DataFrame(total @ spread @ total.T, names, names)
    whole = {**dict.fromkeys("ABC", "G"), **dict.fromkeys("DE", "H"), "X": "X", "Y": "Y"}
    order = list(whole)
    share = np.asarray([GAMMA.get(name, 1.0) for name in order])
    values = top.loc[list(whole.values()), list(whole.values())].to_numpy() * np.outer(share, share)
    np.fill_diagonal(values, 1.0)
    return population(dict.fromkeys(order, ITEMS), pd.DataFrame(values, order, order))


def test_plsc_gets_a_second_order_population_back() -> None:
    paths = (("X", "G"), ("G", "H"), ("H", "Y"), ("X", "Y"))
    of = factor_model({"G": tuple("ABC"), "H": tuple("DE")}, paths, "X Y")
    done = fit(of, second_order_population(), PLSc(**TIGHT))
    assert done.status == 0
    expected = {"X->G": 0.5, "G->H": 0.6, "H->Y": 0.4, "X->Y": 0.3}
    assert paths_of(done) == pytest.approx(expected, abs=1e-9)
    # items repeated in stage one give weights that also hold what is unique to an item: near, not exact
    embedded = fit(of, second_order_population(), PLSc(higher_order="embedded", **TIGHT))
    assert paths_of(embedded) == pytest.approx(expected, abs=0.01) and embedded.status == 0
    place = {name: j for j, name in enumerate(done.design.constructs)}
    for whole, parts in (("G", "ABC"), ("H", "DE")):
        for part in parts:
            assert done.correlations[place[part], place[whole]] == pytest.approx(GAMMA[part], abs=1e-9)
            loading = done.loadings[done.design.blocks[place[part]][0], place[whole]]
            assert loading == pytest.approx(0.85 * GAMMA[part], abs=1e-9)  # of an item, through its dimension


def test_plsc_gets_a_third_order_population_back() -> None:
    """T of G and H, a cause X and an effect Y; G of A, B, C and H of D, E."""
    gamma = {"G": 0.9, "H": 0.8}
    whole = {**dict.fromkeys("ABC", "G"), **dict.fromkeys("DE", "H")}
    order = [*whole, "X", "Y"]
    r = pd.DataFrame(np.eye(7), order, order)
    to_top = {part: GAMMA[part] * gamma[whole[part]] for part in whole}
    with_top = {"X": 0.5, "Y": 0.7}
    for i in order:
        for j in order:
            if i == j:
                continue
            if i in whole and j in whole:
                same = whole[i] == whole[j]
                r.loc[i, j] = GAMMA[i] * GAMMA[j] if same else to_top[i] * to_top[j]
            elif i in whole or j in whole:
                part, other = (i, j) if i in whole else (j, i)
                r.loc[i, j] = to_top[part] * with_top[other]
            else:
                r.loc[i, j] = 0.5 * 0.7
    of = factor_model({"G": tuple("ABC"), "H": tuple("DE"), "T": ("G", "H")}, (("X", "T"), ("T", "Y")), "X Y")
    data = population(dict.fromkeys(order, ITEMS), r)
    done = fit(of, data, PLSc(**TIGHT))
    assert done.status == 0 and done.stages is not None and done.stages.iterations.shape == (3,)
    assert paths_of(done) == pytest.approx({"X->T": 0.5, "T->Y": 0.7}, abs=1e-9)
    names = done.design.constructs
    for part, value in {**gamma, **to_top}.items():
        assert done.correlations[names.index(part), names.index("T")] == pytest.approx(value, abs=1e-9)
    between = done.weights.T @ done.moments.corr @ done.weights  # scores of variance one, G and H too
    for top, parts in (("G", "ABC"), ("T", "GH")):
        k = [names.index(part) for part in parts]
        weights = done.stages.weights[names.index(top), k]
        assert between[k, names.index(top)] == pytest.approx(between[np.ix_(k, k)] @ weights, abs=1e-12)
    embedded = fit(of, data, PLSc(higher_order="embedded", **TIGHT))
    assert paths_of(embedded) == pytest.approx({"X->T": 0.5, "T->Y": 0.7}, abs=0.01) and embedded.status == 0


@pytest.mark.parametrize("estimator", [PLS, PLSc])
def test_one_dimension_is_its_construct(mobi: pd.DataFrame, estimator: type[PLS]) -> None:
    paths = (("Expectation", "Perception"), ("Perception", "Satisfaction"))
    alone = fit(model(paths, {"Perception": ("Quality",)}), mobi, estimator(**TIGHT))
    plain = fit(model((("Expectation", "Quality"), ("Quality", "Satisfaction")), {}), mobi, estimator(**TIGHT))
    assert list(paths_of(alone).values()) == pytest.approx(list(paths_of(plain).values()), abs=1e-10)


@pytest.mark.parametrize("estimator", [PLS, PLSc])
def test_one_dimension_that_is_made_of_others(mobi: pd.DataFrame, estimator: type[PLS]) -> None:
    """Embedded, its block is that of its dimension: side by side they led to nothing but a singular regression."""
    paths = (("Expectation", "Whole"), ("Whole", "Satisfaction"))
    of = model(paths, {"Perception": ("Quality", "Value"), "Whole": ("Perception",)})
    made = tuple(replace(c, measured="composite") if c.name == "Perception" else c for c in of.constructs)
    found = fit(replace(of, constructs=made), mobi, estimator(higher_order="embedded"))
    assert found.status == 0 and 0.4 < paths_of(found)["Expectation->Whole"] < 0.9


def test_what_is_singular_in_a_stage_is_named() -> None:
    """Copied dimensions are named, and no dimension is said to be uncorrelated with what it has paths with: none."""
    data = second_order_population()
    data[["b1", "b2", "b3"]] = data[["a1", "a2", "a3"]]
    of = factor_model({"G": tuple("ABCDE")}, (("G", "Y"),), "Y")
    every = moments(of, data)
    batch = Moments(every.mean[None], every.cov[None], np.asarray([every.n]), np.asarray([every.n_eff]), every.items)
    done = PLS()(Design.of(of), batch)
    assert done.status[0] & Status.SINGULAR
    assert singular_reasons(done, 0) == ["the constructs that lead to Y are collinear: A, B"]


def test_paths_between_dimensions_and_construct(mobi: pd.DataFrame) -> None:
    towards = (*PERCEPTION, ("Quality", "Perception"), ("Value", "Perception"))
    of = {"Perception": ("Quality", "Value")}
    bare = fit(model(PERCEPTION, of, measured="composite"), mobi, PLS(**TIGHT))
    done = fit(model(towards, of, measured="composite"), mobi, PLS(**TIGHT))
    assert {k: v for k, v in paths_of(done).items() if k in paths_of(bare)} == paths_of(bare)
    place = {name: j for j, name in enumerate(done.design.constructs)}
    assert np.array_equal(done.r2, bare.r2, equal_nan=True)  # what other causes explain, not the dimensions
    parts = [place["Quality"], place["Value"]]
    weights = done.paths[place["Perception"], parts]
    c = done.correlations
    assert weights @ c[np.ix_(parts, parts)] @ weights == pytest.approx(1.0, abs=1e-12)
    assert c[parts, place["Perception"]] == pytest.approx(c[np.ix_(parts, parts)] @ weights, abs=1e-12)


def test_dimensions_with_paths_of_their_own(mobi: pd.DataFrame) -> None:
    paths = (*PERCEPTION, ("Image", "Quality"))
    done = fit(model(paths, {"Perception": ("Quality", "Value")}), mobi, PLS(**TIGHT))
    first = [
        ("Expectation", "Quality"),
        ("Expectation", "Value"),
        ("Quality", "Satisfaction"),
        ("Value", "Satisfaction"),
    ]
    first += [("Satisfaction", "Loyalty"), ("Image", "Quality")]
    blocks = {name: mobi[items].to_numpy() for name, items in MOBI_BLOCKS.items()}
    scores, _ = pls(blocks, first)
    second = {name: blocks[name] for name in ("Image", "Expectation", "Satisfaction", "Loyalty")}
    second |= {"Quality": scores["Quality"], "Perception": np.stack([scores["Quality"], scores["Value"]], axis=1)}
    by_rows, r2 = regression(pls(second, paths)[0], paths)
    assert paths_of(done) == pytest.approx(by_rows, abs=1e-10)
    assert done.r2[done.design.constructs.index("Quality")] == pytest.approx(r2["Quality"], abs=1e-10)


def test_a_construct_with_nothing_but_its_dimensions_is_their_first_component() -> None:
    data = cs.simulate("three-level-template", 400, seed=3).data
    result = cs.Study("three-level-template", data, uncertainty=None).run()
    parts = ["Business", "Service", "Price", "Image"]
    scores = result.scores()
    vector = np.linalg.eigh(scores[parts].corr().to_numpy())[1][:, -1]
    estimates = result.paths().set_index("source")["estimate"]
    ratio = estimates[parts].to_numpy() / vector
    assert ratio == pytest.approx(np.full(4, ratio[0]), abs=1e-6)  # default tolerance of the iteration
    assert result.r2()["r2"].isna().all()


@pytest.mark.parametrize("name", ["service-template", "three-level-template"])
@pytest.mark.parametrize("kind", ["disjoint", "embedded"])
def test_templates_are_clean_and_near_the_truth_under_plsc(name: str, kind: str) -> None:
    survey = cs.simulate(name, 400, seed=3)
    result = cs.Study(name, survey.data, estimator=PLSc(higher_order=kind), uncertainty=None).run()  # type: ignore[arg-type]
    assert set(result.paths()["status"]) == {"ok"}
    of = survey.truth.model
    exact = PLSc(higher_order=kind, **TIGHT)(Design.of(of), survey.truth.moments())  # type: ignore[arg-type]
    truth = survey.truth.frame().query("quantity == 'path'")
    expected = {f"{s}->{t}": v for s, t, v in zip(truth["source"], truth["target"], truth["value"], strict=True)}
    # answers are cut from normal variables, so that their loadings are only nearly those of a common factor
    assert paths_of(exact) == pytest.approx(expected, rel=0.02)
    assert exact.status == 0


def test_repeated_items_refuse_other_causes_by_name(mobi: pd.DataFrame) -> None:
    towards = (*PERCEPTION, ("Quality", "Perception"), ("Value", "Perception"))
    with pytest.raises(SpecError, match=r"(?s)paths into Perception.*Expectation.*two stages"):
        fit(model(towards, {"Perception": ("Quality", "Value")}), mobi, PLS(higher_order="repeated"))
    with pytest.raises(SpecError, match="disjoint, embedded, repeated"):
        PLS(higher_order="repeatd")  # type: ignore[arg-type]


def test_trouble_of_any_stage_is_a_status(mobi: pd.DataFrame) -> None:
    of = model(PERCEPTION, {"Perception": ("Quality", "Value")})
    flat = mobi.assign(PERV1=5)
    assert fit(of, flat, PLS()).status & Status.SINGULAR
    assert fit(of, mobi, PLS(max_iter=1)).status & Status.NOT_CONVERGED
    assert fit(of, mobi, PLSc()).status & Status.INADMISSIBLE  # correlations of the mobile data beyond 1


def test_models_without_dimensions_do_not_know_of_stages(mobi: pd.DataFrame) -> None:
    of = model((("Expectation", "Quality"), ("Quality", "Satisfaction")), {})
    for kind in (PLS, PLSc):
        fits = [fit(of, mobi, kind(higher_order=how)) for how in ("disjoint", "embedded", "repeated")]  # type: ignore[arg-type]
        assert all(np.array_equal(one.paths, fits[0].paths) and one.stages is None for one in fits)


CASE = SHARED / "cases" / "second-order-plsc"


@pytest.mark.skipif(not CASE.exists(), reason="the shared cases are not here")
def test_the_case_of_a_second_order_factor() -> None:
    result = cs.Study(str(CASE / "spec.yaml"), estimator="plsc", uncertainty=None).run()
    table = result.paths().set_index(["source", "target"])
    assert table.loc[("G", "Satisfaction"), "estimate"] == pytest.approx(0.6, abs=1e-6)  # data.csv has ten digits
    assert set(table["status"]) == {"ok"}
    assert result.r2().set_index("construct").loc["Satisfaction", "r2"] == pytest.approx(0.36, abs=1e-6)


def test_every_replicate_goes_through_both_stages(mobi: pd.DataFrame) -> None:
    of = replace(model(PERCEPTION, {"Perception": ("Quality", "Value")}), name="perception")
    jack = cs.Study(of, mobi, uncertainty="jackknife").run().paths().set_index("target")
    estimator, values = PLS(), []
    for k in range(len(mobi)):
        values.append(paths_of(fit(of, mobi.drop(index=mobi.index[k]), replace(estimator, tol=1e-12, max_iter=3000))))
    frame = pd.DataFrame(values)
    se = np.sqrt((249 / 250) * ((frame - frame.mean()) ** 2).sum())
    for column, value in se.items():
        assert jack.loc[str(column).split("->")[1], "se"] == pytest.approx(value, rel=1e-6)
