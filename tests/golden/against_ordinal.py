"""Comparisons of ordered answers: polychoric correlations of lavaan, and seminr on rows with such correlations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from compared import DWLS, DWLS_ERRORS, LIVE, POLYCHORIC_LAVAAN, Row, rows
from peers import Named
from sources import UnavailableError, answers, ecsi, mobi, reference

import csimodels as cs
from csimodels.assess import polychoric
from csimodels.estimate import PLS, PLSc
from csimodels.spec import Model

CUTS = (4, 6, 7, 8)


def correlations(group: str) -> Iterator[Row]:
    """All pairs of the ECSI items, ten levels and five; generator: tests/golden/reference/polychoric_lavaan.R."""
    ref = reference("polychoric_lavaan.json")
    items = ref["items"]
    x = mobi()[items].to_numpy(dtype=np.float64)
    for name, codes in (("full", x), ("five", np.searchsorted(CUTS, x).astype(np.float64))):
        found = polychoric(codes).correlation
        pairs = [(j, k) for j in range(len(items)) for k in range(j + 1, len(items))]
        label = [f"{items[j]} {items[k]}" for j, k in pairs]
        mine = {name: {text: float(found[pair]) for text, pair in zip(label, pairs, strict=True)}}
        theirs = {name: dict(zip(label, ref[name], strict=True))}
        yield from rows(group, f"lavaan (R) {ref['version']}", mine, theirs, POLYCHORIC_LAVAAN)


def study(group: str) -> Iterator[Row]:
    """A study beside seminr on rows whose Pearson correlations are the polychoric ones."""
    model = ecsi()
    corr = polychoric(answers(model, mobi())).correlation
    for name, estimator in (("PLS", PLS), ("PLSc", PLSc)):
        tight = estimator(tol=1e-12, max_iter=2000)
        run = cs.Study("ecsi", mobi(), estimator=tight, correlations="polychoric", uncertainty=None).run()
        yield from rows(group, "seminr (PyPI)", _mine(run, name), _seminr(model, corr, name), LIVE)


def weighted(group: str) -> Iterator[Row]:
    """Six constructs, five levels, `estimator: dwls`; generator: tests/golden/reference/polychoric_lavaan.R."""
    ref, whole = reference("ordered_lavaan.json"), ecsi()
    data = mobi()
    names = [name for name in whole.item_names if name in data][:20]
    ends = ("Image", "Expectation", "Quality", "Value", "Satisfaction")
    blocks = tuple(
        replace(c, measured="reflective", items=tuple(replace(i, scale=(0, 4)) for i in c.items))
        for c in whole.constructs
        if c.name in ends
    )
    paths = tuple((s, t) for s, t in whole.paths if s in ends and t in ends)
    model = cs.load_model(
        cs.Model("five", blocks, paths), overrides={"estimate": {"estimator": "dwls"}, "index": {"construct": ends[-1]}}
    )
    five = pd.DataFrame(np.searchsorted(CUTS, data[names]), columns=names)
    run = cs.Study(model, five, uncertainty=None).run()
    found = run.parameters()
    label = [f"{a} {op} {b}" for a, op, b in zip(found["lhs"], found["op"], found["rhs"], strict=True)]
    own = {"std_all": ("std_all", "std_all_se"), "parameters": ("est", "se")}
    tool = f"lavaan (R) {ref['version']}"
    for block, (value, error) in own.items():
        mine = dict(zip(label, found[[value, error]].to_numpy(), strict=True))
        kept = {k: v for k, v in ref[block].items() if v[1] and block + k[-1] and not _residual(k, block)}
        for place, quantity, bar in ((0, block, DWLS), (1, f"{block}, error", DWLS_ERRORS)):
            theirs = {quantity: {k: float(v[place]) for k, v in kept.items()}}
            yield from rows(group, tool, {quantity: {k: float(mine[k][place]) for k in kept}}, theirs, bar)
    fit = run.fit_measures().set_index("measure")["value"].to_dict()
    stated = {name: value for name, value in ref["fit"].items() if name in fit and name != "fmin"}
    yield from rows(group, tool, {"fit": fit}, {"fit": stated}, DWLS_ERRORS)


def _residual(label: str, block: str) -> bool:
    """Variances of the items: lavaan has them fixed by the others, without an error."""
    return block == "parameters" and label.split(" ~~ ")[0] == label.split(" ~~ ")[-1] and label.isupper()


def _mine(run: cs.Result, name: str) -> Named:
    paths, loadings, r2, index = run.paths(), run.loadings(), run.r2(), run.index()
    arrows = [f"{s} -> {t}" for s, t in zip(paths["source"], paths["target"], strict=True)]
    return {
        f"{name}, paths": dict(zip(arrows, paths["estimate"], strict=True)),
        f"{name}, loadings": dict(zip(loadings["item"], loadings["loading"], strict=True)),
        f"{name}, R2": dict(zip(r2["construct"], r2["r2"], strict=True)),
        f"{name}, index": dict(zip(index["construct"], index["index"], strict=True)),
    }


def _seminr(model: Model, corr: np.ndarray, name: str) -> Named:
    try:
        import seminr
    except ImportError as error:
        raise UnavailableError("the package seminr (test extra) is missing") from error
    rng = np.random.default_rng(1)
    z = rng.normal(size=(250, len(corr)))
    z -= z.mean(axis=0)
    z = np.linalg.qr(z)[0] @ np.linalg.cholesky(corr).T  # their correlations are `corr`
    block = seminr.composite if name == "PLS" else seminr.reflective
    found = seminr.estimate_pls(
        {item: z[:, k] for k, item in enumerate(model.item_names)},
        seminr.constructs(*(block(c.name, [i.name for i in c.items]) for c in model.constructs)),
        seminr.relationships(*(seminr.paths(s, t) for s, t in model.paths)),
        stop_criterion=12,
        max_it=2000,
    )
    x = answers(model, mobi())
    own = [(item.name, c.name) for c in model.constructs for item in c.items]
    index = {}
    for c in model.constructs:  # means of the answers, each weighted by what it counts for a standardised score
        at = [model.item_names.index(item.name) for item in c.items]
        share = np.asarray([found.outer_weights.get(item.name, c.name) for item in c.items]) / x[:, at].std(axis=0)
        index[c.name] = float(100 * ((x[:, at].mean(axis=0) - 1) / 9) @ share / share.sum())
    return {
        f"{name}, paths": {f"{s} -> {t}": float(found.path_coef.get(s, t)) for s, t in model.paths},
        f"{name}, loadings": {item: float(found.outer_loadings.get(item, c)) for item, c in own},
        f"{name}, R2": {t: float(found.r_squared.get("Rsq", t)) for t in dict.fromkeys(t for _, t in model.paths)},
        f"{name}, index": index,
    }
