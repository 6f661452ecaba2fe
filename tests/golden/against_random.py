"""Models drawn at random beside the package seminr: constructs, paths, modes, schemes, PLSc, missing answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version

import numpy as np
from compared import LIVE, TIGHT, Row, rows
from peers import Named, ours, seminr_fit, seminr_inner, seminr_named
from small import simulated, small_model
from sources import UnavailableError, fit_of

from csimodels.estimate import PLS, PLSc
from csimodels.spec import Model

SCHEMES = ("path", "factorial", "centroid")


def drawn(seed: int) -> tuple[Model, np.ndarray, str]:
    """A model, answers (a twentieth of them missing in every third), and ``"own"`` modes or ``"C"`` for PLSc."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 7))
    names = [f"C{j}" for j in range(n)]
    arrows = np.triu(rng.random((n, n)) < 0.6, 1)
    arrows[0, ~(arrows.any(axis=0) | arrows.any(axis=1))] = True  # nobody stands apart
    arrows[0, 0] = False
    if not arrows[0].any():
        arrows[0, 1] = True
    paths = [(names[s], names[t]) for s, t in zip(*np.nonzero(arrows), strict=True)]
    sizes = {name: int(rng.integers(1, 6)) for name in names}
    corrected = bool(rng.random() < 0.4)
    model = small_model(sizes, paths, measured="reflective" if corrected else "composite")
    if not corrected:
        modes = rng.choice(["A", "B"], n, p=[0.7, 0.3])
        model = replace(
            model, constructs=tuple(replace(c, mode=m) for c, m in zip(model.constructs, modes, strict=True))
        )
    x = simulated(model, int(rng.integers(80, 300)), seed)
    if seed % 3 == 0:
        x[rng.random(x.shape) < 0.05] = np.nan
    return model, x, "C" if corrected else "own"


def models(group: str, seeds: range = range(20)) -> Iterator[Row]:
    """Estimates, effects, reliabilities, HTMT and collinearity of every model."""
    for seed in seeds:
        yield from _one(group, seed)


def _one(group: str, seed: int) -> Iterator[Row]:
    try:
        import seminr
        from seminr.evaluate.constructs_in_model import constructs_in_model
    except ImportError as error:
        raise UnavailableError("the package seminr (test extra) is missing") from error
    model, x, kind = drawn(seed)
    scheme = SCHEMES[seed % len(SCHEMES)]
    estimator = PLSc(scheme, **TIGHT) if kind == "C" else PLS(scheme, **TIGHT)  # type: ignore[arg-type]
    mine = ours(model, fit_of(model, x, estimator, "mean"))
    data = dict(zip(model.item_names, x.T, strict=True))
    found = seminr_fit(model, data, kind, seminr_inner(scheme), stop=13)
    theirs = seminr_named(model, found)
    table, pairs, inside = seminr.reliability_table(found), seminr.htmt(found), constructs_in_model(found)
    several = [c.name for c in model.constructs if len(c.items) > 1 and c.mode == "A"]
    theirs |= {
        quantity: {name: table.get(name, column) for name in several}
        for quantity, column in {"rho_A": "rhoA", "alpha": "alpha", "rho_C": "rhoC", "AVE": "AVE"}.items()
    }
    theirs["HTMT"] = {
        f"{a}~{b}": np.fmax(pairs.get(a, b), pairs.get(b, a))  # one of them is there
        for i, a in enumerate(model.construct_names)
        for b in model.construct_names[i + 1 :]
        if np.isfinite(mine["HTMT"].get(f"{a}~{b}", np.nan))
    }
    if kind == "own":
        vif = seminr.pls_antecedent_vifs(found, inside)
        theirs["VIF"] = {f"{s}->{t}": vif[t][s] for s, t in model.paths if np.isfinite(vif[t][s])}
    named: list[Named] = [{q: {f"{seed}: {k}": v for k, v in d.items()} for q, d in n.items()} for n in (mine, theirs)]
    yield from rows(group, f"seminr {version('seminr')} (PyPI)", *named, LIVE)
