"""Every number that is compared with another tool: one list for the tests and for the validation page.

A group is a function that yields :class:`Row`; :data:`GROUPS` names them.  Tolerances stand here and nowhere else, each
with its reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import pandas as pd
from peers import (
    Named,
    csem_quality,
    from_csem,
    from_plspm,
    from_seminr_r,
    ours,
    seminr_centroid,
    seminr_fit,
    seminr_named,
    seminr_r_quality,
)
from sources import (
    UnavailableError,
    answers,
    changed,
    ecsi,
    fit_of,
    holes,
    mobi,
    moments_of,
    reference,
    rows_of,
    without,
)

from csimodels.estimate import PLS, Design, PLSc
from csimodels.estimate.pls import Scheme
from csimodels.moments import Given, Moments
from csimodels.score import scores
from csimodels.spec import Construct, Model
from csimodels.tables import Layout, index_weights
from csimodels.tables.quantities import normalised

TIGHT: dict[str, Any] = {"tol": 1e-13, "max_iter": 2000}

R_JSON = (1e-9, "both iterated to 1e-13; the reference is stored with 15 digits")
PLSPM = (1e-8, "plspm stops on squared weight changes below 1e-20, that is at changes of 1e-10")
LIVE = (1e-10, "both iterated to 1e-12 in the same run")
EXACT = (1e-10, "same formula, double precision")
STOPPED = (5e-5, "cSEM's importance-performance analysis was run at its default stopping tolerance of 1e-5")
EM_LAVAAN = (1e-8, "EM converges linearly; ours stops at changes of 1e-10 standard deviations, lavaan ran to rounding")


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

    @property
    def difference(self) -> float:
        """Absolute difference; NaN where either is missing."""
        return abs(self.ours - self.theirs)

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance; False for NaN."""
        return bool(self.difference <= self.tol)


Bar = tuple[float, str]


def rows(group: str, tool: str, mine: Named, theirs: Named, bar: Bar) -> Iterator[Row]:
    """A row for every number of the other tool; a number that we do not have is NaN and fails."""
    for quantity, values in theirs.items():
        for subject, value in values.items():
            own = mine.get(quantity, {}).get(subject, float("nan"))
            yield Row(group, subject, quantity, tool, float(own), float(value), *bar)


@cache
def _named(estimator: PLS | PLSc, mode: str = "A") -> Named:
    model = changed(ecsi(), mode=mode)
    return ours(model, fit_of(model, answers(model, mobi()), estimator))


def _r_reference(group: str, name: str, estimator: PLS | PLSc, mode: str = "A") -> Iterator[Row]:
    """A stored reference of cSEM, seminr or plspm (R)."""
    stored = reference(name)
    tool = f"{stored['tool']} {stored['version']}"
    correction = isinstance(estimator, PLSc)
    if "plspm" in name:
        theirs, bar = from_plspm(stored["tight_tol_1e20"], ecsi()), PLSPM
    elif "seminr" in name:
        theirs, bar = from_seminr_r(stored["tight_tol_1e13"], ecsi(), correction), R_JSON
    else:
        theirs, bar = from_csem(stored["tight_tol_1e13"], ecsi(), correction), R_JSON
    yield from rows(group, tool, _named(estimator, mode), theirs, bar)


def _quality(group: str, name: str, estimator: PLS | PLSc) -> Iterator[Row]:
    """Criteria of measurement quality of cSEM or seminr (R)."""
    stored = reference(name)
    read = seminr_r_quality if "seminr" in name else csem_quality
    theirs = read(stored["tight_tol_1e13"], ecsi())
    if "seminr" in name and isinstance(estimator, PLSc):
        theirs.pop("VIF")  # of the uncorrected scores there
    yield from rows(group, f"{stored['tool']} {stored['version']}", _named(estimator), theirs, R_JSON)


def _seminr() -> str:
    try:
        return f"seminr {version('seminr')} (PyPI)"
    except PackageNotFoundError as error:
        raise UnavailableError("the package seminr (test extra) is missing") from error


def _live(group: str, scheme: Scheme, kind: str) -> Iterator[Row]:
    """The PyPI package seminr, run now; kind A, B or C (PLSc)."""
    tool = _seminr()
    import seminr

    inner = {"path": seminr.path_weighting, "factorial": seminr.path_factorial, "centroid": seminr_centroid}[scheme]
    model = ecsi()
    theirs = seminr_named(model, seminr_fit(model, mobi(), kind, inner))
    estimator = PLSc(scheme=scheme, **TIGHT) if kind == "C" else PLS(scheme=scheme, **TIGHT)
    yield from rows(group, tool, _named(estimator, "B" if kind == "B" else "A"), theirs, LIVE)


def _mixed_modes(group: str) -> Iterator[Row]:
    """Some blocks in mode A and some in mode B."""
    tool = _seminr()
    plain = ecsi()
    blocks = tuple(replace(c, mode="B" if c.name in ("Image", "Loyalty") else "A") for c in plain.constructs)
    model = replace(plain, constructs=blocks)
    mine = ours(model, fit_of(model, answers(model, mobi()), PLS(**TIGHT)))
    yield from rows(group, tool, mine, seminr_named(model, seminr_fit(model, mobi(), "own")), LIVE)


def _index(group: str, block: str) -> Iterator[Row]:
    """Index, spread, weights and effects on the 0-100 scale against the separate computation."""
    ref = reference("index_0_100_mobi.json")["independent"][block]
    model = ecsi() if block == "ecsi" else without(ecsi(), "Image")
    x = answers(model, mobi())
    fit = fit_of(model, x, PLS(**TIGHT))
    mine, n = ours(model, fit), len(x)
    design = fit.design
    layout = Layout.of(model, design)
    shares = normalised(index_weights(fit, layout, "own"), layout)
    first = scores(x[:5][:, design.columns], shares, layout.low, layout.high, design.block)
    sd = mine["score sd"]
    own: Named = {
        "index": mine["index"],
        "score sd (n - 1)": {c: v * np.sqrt(n / (n - 1)) for c, v in sd.items()},
        "index weights": mine["index weights"],
        "unstandardised paths": {f"{s}->{t}": mine["paths"][f"{s}->{t}"] * sd[t] / sd[s] for s, t in model.paths},
        "unstandardised total effects": mine["unstandardised total effects"],
        "scores": {f"{c} row {i + 1}": first[i, j] for j, c in enumerate(design.constructs) for i in range(5)},
    }
    theirs: Named = {
        "index": ref["index"],
        "score sd (n - 1)": ref["index_sd_n1"],
        "index weights": {i: v for weights in ref["weights_sum1"].values() for i, v in weights.items()},
        "unstandardised paths": ref["unstd_paths"],
        "unstandardised total effects": ref["unstd_total_effects"],
        "scores": {f"{c} row {i + 1}": v for c, vs in ref["scores_first5"].items() for i, v in enumerate(vs)},
    }
    bar = (1e-8, "both iterated to convergence; index points")
    yield from rows(group, "separate NumPy computation", own, theirs, bar)


def _csem_performance(group: str) -> Iterator[Row]:
    """Performances and unstandardised effects of cSEM's doIPMA, on the original scale of 1 to 10."""
    ref = reference("index_0_100_mobi.json")["cSEM_doIPMA"]
    mine = _named(PLS(**TIGHT))
    effects = {f"{s}->{t}": v for t, row in ref["importance_unstd"].items() for s, v in row.items() if v}
    own: Named = {
        "performance, scale 1-10": {c: 1 + 9 * v / 100 for c, v in mine["index"].items()},
        "unstandardised total effects": mine["unstandardised total effects"],
    }
    theirs: Named = {
        "performance, scale 1-10": ref["performance_original_scale"],
        "unstandardised total effects": effects,
    }
    yield from rows(group, "cSEM (R) 0.6.1.9000", own, theirs, STOPPED)


def _moments_named(items: tuple[str, ...], mean: np.ndarray, cov: np.ndarray) -> Named:
    return {
        "mean": dict(zip(items, mean.tolist(), strict=True)),
        "covariance": {
            f"{a}~{b}": float(cov[i, j]) for i, a in enumerate(items) for j, b in enumerate(items) if i <= j
        },
    }


def holed() -> pd.DataFrame:
    """The mobile data with 8 % of the answers taken out at random (seed 5)."""
    data = mobi()
    return pd.DataFrame(holes(data.to_numpy()), columns=data.columns)


def _missing(group: str, rule: str) -> Iterator[Row]:
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
    mine = _moments_named(model.item_names, moments.mean, moments.cov)
    theirs = _moments_named(model.item_names, mean.to_numpy(), cov.to_numpy())
    yield from rows(group, f"pandas {version('pandas')}", mine, theirs, EXACT)


def _em(group: str) -> Iterator[Row]:
    """Saturated maximum-likelihood moments against lavaan; generator: tests/golden/reference/lavaan_em.R."""
    ref = reference("lavaan_em_mobi_holes.json")
    model = ecsi()
    items, data = tuple(ref["items"]), holed()
    text = data.to_csv(index=False, float_format="%.0f", lineterminator="\n")
    if hashlib.sha256(text.encode()).hexdigest() != ref["input_sha256"]:
        raise AssertionError("the data with holes are not those that lavaan was given")
    moments = moments_of(model, answers(model, data), "em")
    place = [model.item_names.index(i) for i in items]
    mine = _moments_named(items, moments.mean[place], moments.cov[np.ix_(place, place)])
    theirs = _moments_named(items, np.asarray(ref["mean"]), np.asarray(ref["cov"]))
    yield from rows(group, f"lavaan (R) {ref['version']}", mine, theirs, EM_LAVAAN)


def _missing_fit(group: str, rule: str) -> Iterator[Row]:
    """A whole fit with missing answers against seminr's strategies."""
    tool = _seminr()
    import seminr

    model, data = ecsi(), holed()
    strategy = {"mean": seminr.mean_replacement, "listwise": seminr.na_omit}[rule]
    theirs = seminr_named(model, seminr_fit(model, data, missing=strategy))
    mine = ours(model, fit_of(model, answers(model, data), PLS(**TIGHT), rule))
    yield from rows(group, tool, mine, theirs, LIVE)


REPLICATES = 50


def _bootstrap(group: str, kind: str, incomplete: bool = False) -> Iterator[Row]:
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


def second_order() -> Model:
    """Quality and Value of the mobile model as dimensions of a second-order Offer."""
    plain = ecsi()
    offer = Construct("Offer", (), measured="composite", of=("Quality", "Value"))
    keep = tuple(c for c in plain.constructs if c.name not in ("Complaints", "Expectation"))
    paths = (
        ("Image", "Offer"),
        ("Offer", "Quality"),
        ("Offer", "Value"),
        ("Offer", "Satisfaction"),
        ("Image", "Satisfaction"),
        ("Satisfaction", "Loyalty"),
    )
    return replace(plain, name="second-order", constructs=(*keep, offer), paths=paths)


def _second_order(group: str, kind: str) -> Iterator[Row]:
    """Repeated indicators against the same model written out with copied columns."""
    tool = _seminr()
    model = changed(second_order(), mode=kind)
    x = answers(model, mobi())
    mine = ours(model, fit_of(model, x, PLS(**TIGHT)))
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


def fit_by_entry(model: Model, x: np.ndarray, name: str) -> list[float]:
    """Own weights or loadings entry by entry, in the order of the design."""
    fit = fit_of(model, x, PLS(**TIGHT))
    array = fit.weights if name == "weights" else fit.loadings
    return [float(array[k, j]) for k, j in enumerate(fit.design.block)]


def _integer_weights(group: str) -> Iterator[Row]:
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


GROUPS: dict[str, Callable[[str], Iterator[Row]]] = {
    "PLS mode A, path scheme: cSEM": partial(
        _r_reference, name="pls_cSEM_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "PLS mode A, centroid scheme: cSEM": partial(
        _r_reference, name="pls_cSEM_ecsi_modeA_centroid.json", estimator=PLS("centroid", **TIGHT)
    ),
    "PLS mode B, path scheme: cSEM": partial(
        _r_reference, name="pls_cSEM_ecsi_modeB_path.json", estimator=PLS(**TIGHT), mode="B"
    ),
    "PLSc, path scheme: cSEM": partial(_r_reference, name="pls_cSEM_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)),
    "PLS mode A, path scheme: seminr (R)": partial(
        _r_reference, name="pls_seminrR_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "PLSc, path scheme: seminr (R)": partial(
        _r_reference, name="pls_seminrR_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)
    ),
    "PLS mode A, centroid scheme: plspm": partial(
        _r_reference, name="pls_plspmR_ecsi_modeA_centroid_scaled.json", estimator=PLS("centroid", **TIGHT)
    ),
    "PLS mode A, path scheme: seminr (PyPI)": partial(_live, scheme="path", kind="A"),
    "PLS mode B, path scheme: seminr (PyPI)": partial(_live, scheme="path", kind="B"),
    "PLS mode A, factorial scheme: seminr (PyPI)": partial(_live, scheme="factorial", kind="A"),
    "PLS mode B, factorial scheme: seminr (PyPI)": partial(_live, scheme="factorial", kind="B"),
    "PLS mode A, centroid scheme: seminr (PyPI)": partial(_live, scheme="centroid", kind="A"),
    "PLS modes A and B mixed: seminr (PyPI)": _mixed_modes,
    "PLSc, path scheme: seminr (PyPI)": partial(_live, scheme="path", kind="C"),
    "PLSc, factorial scheme: seminr (PyPI)": partial(_live, scheme="factorial", kind="C"),
    "Index 0-100, ECSI model": partial(_index, block="ecsi"),
    "Index 0-100, ACSI paths": partial(_index, block="acsi"),
    "Performance and unstandardised effects: cSEM": _csem_performance,
    "Quality criteria, PLS: cSEM": partial(_quality, name="pls_cSEM_ecsi_modeA_path.json", estimator=PLS(**TIGHT)),
    "Quality criteria, PLSc: cSEM": partial(_quality, name="pls_cSEM_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)),
    "Quality criteria, PLS: seminr (R)": partial(
        _quality, name="pls_seminrR_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "Quality criteria, PLSc: seminr (R)": partial(
        _quality, name="pls_seminrR_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)
    ),
    "Missing answers, listwise: pandas": partial(_missing, rule="listwise"),
    "Missing answers, mean replacement: pandas": partial(_missing, rule="mean"),
    "Missing answers, pairwise: pandas": partial(_missing, rule="pairwise"),
    "Missing answers, EM: lavaan": _em,
    "PLS with mean replacement: seminr (PyPI)": partial(_missing_fit, rule="mean"),
    "PLS with listwise deletion: seminr (PyPI)": partial(_missing_fit, rule="listwise"),
    "Bootstrap replicates, PLS: seminr (PyPI)": partial(_bootstrap, kind="A"),
    "Bootstrap replicates, PLSc: seminr (PyPI)": partial(_bootstrap, kind="C"),
    "Bootstrap replicates, mean replacement: seminr (PyPI)": partial(_bootstrap, kind="A", incomplete=True),
    "Second-order construct, mode A: seminr (PyPI)": partial(_second_order, kind="A"),
    "Second-order construct, mode B: seminr (PyPI)": partial(_second_order, kind="B"),
    "Whole-number weights: seminr (PyPI)": _integer_weights,
}
