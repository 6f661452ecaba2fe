"""Comparisons with packages that run now: seminr (PyPI) and pandas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from compared import EXACT, LIVE, TIGHT, Row, own_numbers, rows
from peers import Named, ours, seminr_fit, seminr_inner, seminr_named, seminr_totals
from sources import (
    UnavailableError,
    answers,
    changed,
    ecsi,
    fit_of,
    holed,
    mobi,
    moments_named,
    moments_of,
    rows_of,
    second_order,
)

from csimodels.estimate import PLS, Design, PLSc
from csimodels.estimate.inner import Scheme
from csimodels.moments import Given, Moments
from csimodels.spec import Construct, IndexSpec, Model


def _seminr() -> str:
    try:
        return f"seminr {version('seminr')} (PyPI)"
    except PackageNotFoundError as error:
        raise UnavailableError("the package seminr (test extra) is missing") from error


def live(group: str, scheme: Scheme, kind: str) -> Iterator[Row]:
    """The PyPI package seminr, run now; kind A, B or C (PLSc)."""
    tool = _seminr()
    model = ecsi()
    theirs = seminr_named(model, seminr_fit(model, mobi(), kind, seminr_inner(scheme)))
    estimator = PLSc(scheme=scheme, **TIGHT) if kind == "C" else PLS(scheme=scheme, **TIGHT)
    yield from rows(group, tool, own_numbers(estimator, "B" if kind == "B" else "A"), theirs, LIVE)


def mixed_modes(group: str) -> Iterator[Row]:
    """Some blocks in mode A and some in mode B."""
    tool = _seminr()
    plain = ecsi()
    blocks = tuple(replace(c, mode="B" if c.name in ("Image", "Loyalty") else "A") for c in plain.constructs)
    model = replace(plain, constructs=blocks)
    mine = ours(model, fit_of(model, answers(model, mobi()), PLS(**TIGHT)))
    yield from rows(group, tool, mine, seminr_named(model, seminr_fit(model, mobi(), "own")), LIVE)


def missing(group: str, rule: str) -> Iterator[Row]:
    """Moments under a missing rule against pandas."""
    model, data = ecsi(), holed()
    items = list(model.item_names)
    moments = moments_of(model, answers(model, data), rule)
    if rule == "mean":
        full = data[items].fillna(data[items].mean())
        mean, cov = full.mean(), full.cov(ddof=0)
    elif rule == "listwise":
        full = data[items].dropna()
        mean, cov = full.mean(), full.cov(ddof=0)
    else:
        there = data[items].notna().to_numpy(dtype=float)
        both = there.T @ there
        mean, cov = data[items].mean(), data[items].cov() * (both - 1) / both
    mine = moments_named(model.item_names, moments.mean, moments.cov)
    theirs = moments_named(model.item_names, mean.to_numpy(), cov.to_numpy())
    yield from rows(group, f"pandas {version('pandas')}", mine, theirs, EXACT)


def missing_fit(group: str, rule: str) -> Iterator[Row]:
    """A whole fit with missing answers against seminr's strategies."""
    tool = _seminr()
    import seminr

    model, data = ecsi(), holed()
    strategy = {"mean": seminr.mean_replacement, "listwise": seminr.na_omit}[rule]
    theirs = seminr_named(model, seminr_fit(model, data, missing=strategy))
    mine = ours(model, fit_of(model, answers(model, data), PLS(**TIGHT), rule))
    yield from rows(group, tool, mine, theirs, LIVE)


REPLICATES = 50


def bootstrap(group: str, kind: str, incomplete: bool = False) -> Iterator[Row]:
    """Replicates on given draws, one by one, against seminr refitting the drawn rows."""
    tool = _seminr()
    import seminr

    model, data = ecsi(), holed() if incomplete else mobi()
    size = 8 if incomplete else REPLICATES
    draws = np.random.default_rng(2026).integers(0, len(data), (size, len(data)))
    counts = np.stack([np.bincount(d, minlength=len(data)) for d in draws]).astype(float)
    rule = "mean" if incomplete else "listwise"
    source = rows_of(model, answers(model, data), rule)
    estimator = PLSc(**TIGHT) if kind == "C" else PLS(**TIGHT)
    batch = Moments.from_sums(source.sums(Given(counts).counts(0, size)), rule)
    fit = estimator(Design.of(model), batch)
    boot = seminr.bootstrap_model(seminr_fit(model, data, kind), indices=draws)
    if boot.fails:
        raise AssertionError(f"seminr lost {boot.fails} of {size} replicates")
    bar = (1e-10, "both iterated to 1e-12 on the same draws")
    if kind == "C":
        bar = (1e-9, "as PLS; corrected correlations of some draws are nearly singular, which magnifies rounding")
    for b in range(size):
        paths, total = boot.boot_paths[b], boot.boot_total_paths[b]
        mine = ours(model, fit, (b,))
        theirs: Named = {
            "paths": {f"{s}->{t}": paths.get(s, t) for s, t in model.paths},
            "total effects": {r: total.get(*r.split("->")) for r in mine["total effects"]},
            "weights": {i.name: boot.boot_weights[b].get(i.name, c.name) for c in model.constructs for i in c.items},
            "loadings": {i.name: boot.boot_loadings[b].get(i.name, c.name) for c in model.constructs for i in c.items},
        }
        for row in rows(group, tool, mine, theirs, bar):
            yield replace(row, subject=f"{row.subject} replicate {b + 1}")


def second_order_fit(group: str, kind: str) -> Iterator[Row]:
    """Repeated indicators against the same model written out with copied columns."""
    tool = _seminr()
    model = changed(second_order(), mode=kind)
    x = answers(model, mobi())
    mine = ours(model, fit_of(model, x, PLS(higher_order="repeated", **TIGHT)))
    data = mobi()
    copied = []
    by_hand = []
    for c in model.constructs:
        items = c.items
        if c.of:
            source = [i for part in c.of for i in model.construct(part).items]
            items = tuple(replace(i, name=f"{i.name}_copy") for i in source)
            copied = [i.name for i in source]
        by_hand.append(replace(c, items=items, of=()))
    wide = data.assign(**{f"{name}_copy": data[name] for name in copied})
    written = replace(model, constructs=tuple(by_hand))
    theirs = seminr_named(written, seminr_fit(written, wide, kind))
    for name in ("weights", "loadings"):  # the copies share their name with the first use of the item
        own = fit_by_entry(model, x, name)
        mine[name] = dict(zip(theirs[name], own, strict=True))
    yield from rows(group, tool, mine, theirs, LIVE)


def two_stages(group: str, kind: str) -> Iterator[Row]:
    """Disjoint stages: a second-order construct with a cause and two effects, seminr's ``higher_composite``."""
    paths = (("Image", "Offer"), ("Offer", "Satisfaction"), ("Image", "Satisfaction"), ("Satisfaction", "Loyalty"))
    plain = replace(second_order(), paths=paths)
    blocks = tuple(replace(c, mode=kind) if c.of else c for c in plain.constructs)
    yield from _in_stages(group, replace(plain, constructs=blocks))


def second_to_second(group: str) -> Iterator[Row]:
    """Disjoint stages: an exogenous second-order construct leads to another one, and that to a plain one."""
    plain = ecsi()
    names = ("Image", "Expectation", "Quality", "Value", "Loyalty")
    keep = tuple(c for c in plain.constructs if c.name in names)
    before = Construct("Before", (), measured="composite", of=("Image", "Expectation"))
    after = Construct("After", (), measured="composite", of=("Quality", "Value"))
    paths = (("Before", "After"), ("After", "Loyalty"), ("Before", "Loyalty"))
    yield from _in_stages(
        group, replace(plain, constructs=(*keep, before, after), paths=paths, index=IndexSpec("Loyalty"))
    )


def _in_stages(group: str, model: Model) -> Iterator[Row]:
    """Paths, R2, total effects, weights and loadings of items and dimensions."""
    tool = _seminr()
    theirs = seminr_fit(model, mobi())
    named = seminr_named(replace(model, constructs=tuple(c for c in model.constructs if not c.of)), theirs)
    parts = [(part, c.name) for c in model.constructs for part in c.of]
    named |= {
        "total effects": seminr_totals(theirs, model),
        "dimension weights": {f"{part} in {whole}": theirs.outer_weights.get(part, whole) for part, whole in parts},
        "dimension loadings": {f"{part} on {whole}": theirs.outer_loadings.get(part, whole) for part, whole in parts},
    }
    fit = fit_of(model, answers(model, mobi()), PLS(**TIGHT))
    mine, place = ours(model, fit), {name: j for j, name in enumerate(fit.design.constructs)}
    assert fit.stages is not None
    mine |= {
        "dimension weights": {f"{p} in {w}": float(fit.stages.weights[place[w], place[p]]) for p, w in parts},
        "dimension loadings": {f"{p} on {w}": float(fit.correlations[place[p], place[w]]) for p, w in parts},
    }
    for name, array in (
        ("weights", fit.weights),
        ("loadings", fit.loadings),
    ):  # of items in their own first-order block
        own = [(k, j) for k, j in enumerate(fit.design.block) if not fit.design.parts[j]]
        mine[name] = {fit.design.items[k]: float(array[k, j]) for k, j in own}
    yield from rows(group, tool, mine, named, LIVE)


def fit_by_entry(model: Model, x: np.ndarray, name: str) -> list[float]:
    """Own weights or loadings entry by entry, in the order of the design."""
    fit = fit_of(model, x, PLS(higher_order="repeated", **TIGHT))
    array = fit.weights if name == "weights" else fit.loadings
    return [float(array[k, j]) for k, j in enumerate(fit.design.block)]


def integer_weights(group: str) -> Iterator[Row]:
    """Whole-number weights against seminr on the repeated rows."""
    tool = _seminr()
    model, data = ecsi(), mobi()
    times = np.random.default_rng(7).integers(0, 4, len(data))
    repeated = data.loc[np.repeat(data.index, times)].reset_index(drop=True)
    moments = moments_of(model, answers(model, data), weights=times.astype(float))
    mine = ours(model, PLS(**TIGHT)(Design.of(model), moments))
    theirs = seminr_named(model, seminr_fit(model, repeated))
    theirs.pop("adjusted R2")  # counts rows, not weights
    yield from rows(group, tool, mine, theirs, LIVE)
