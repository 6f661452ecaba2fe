"""Comparisons with reference values kept in files: cSEM, seminr and plspm (R), lavaan, a separate computation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from compared import EM_LAVAAN, PLSPM, R_JSON, SMARTPLS, STOPPED, TIGHT, Row, own_numbers, rows
from peers import Named, csem_quality, from_csem, from_plspm, from_seminr_r, ours, seminr_r_quality
from sources import answers, ecsi, fit_of, holed, mobi, moments_named, moments_of, reference, without

from csimodels.estimate import PLS, PLSc
from csimodels.estimate.inner import Scheme
from csimodels.score import scores
from csimodels.spec import Construct
from csimodels.tables import Layout, index_weights
from csimodels.tables.values import normalised


def r_reference(group: str, name: str, estimator: PLS | PLSc, mode: str = "A") -> Iterator[Row]:
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
    yield from rows(group, tool, own_numbers(estimator, mode), theirs, bar)


def smartpls(group: str, scheme: Scheme) -> Iterator[Row]:
    """SmartPLS 2, from the files that the R package semPLS is tested with."""
    stored = reference("smartpls2_mobi.json")
    mine = own_numbers(PLS(scheme, **TIGHT))
    yield from rows(group, f"{stored['tool']} {stored['version']}", mine, stored["schemes"][scheme], SMARTPLS)


def quality(group: str, name: str, estimator: PLS | PLSc) -> Iterator[Row]:
    """Criteria of measurement quality of cSEM or seminr (R)."""
    stored = reference(name)
    read = seminr_r_quality if "seminr" in name else csem_quality
    theirs = read(stored["tight_tol_1e13"], ecsi())
    if "seminr" in name and isinstance(estimator, PLSc):
        theirs.pop("VIF")  # of the uncorrected scores there
    yield from rows(group, f"{stored['tool']} {stored['version']}", own_numbers(estimator), theirs, R_JSON)


def index(group: str, block: str) -> Iterator[Row]:
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


def csem_performance(group: str) -> Iterator[Row]:
    """Performances and unstandardised effects of cSEM's doIPMA, on the original scale of 1 to 10."""
    ref = reference("index_0_100_mobi.json")["cSEM_doIPMA"]
    mine = own_numbers(PLS(**TIGHT))
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


def em(group: str) -> Iterator[Row]:
    """Saturated maximum-likelihood moments against lavaan; generator: tests/golden/reference/lavaan_em.R."""
    ref = reference("lavaan_em_mobi_holes.json")
    model = ecsi()
    items, data = tuple(ref["items"]), holed()
    text = data.to_csv(index=False, float_format="%.0f", lineterminator="\n")
    if hashlib.sha256(text.encode()).hexdigest() != ref["input_sha256"]:
        raise AssertionError("the data with holes are not those that lavaan was given")
    moments = moments_of(model, answers(model, data), "em")
    place = [model.item_names.index(i) for i in items]
    mine = moments_named(items, moments.mean[place], moments.cov[np.ix_(place, place)])
    theirs = moments_named(items, np.asarray(ref["mean"]), np.asarray(ref["cov"]))
    yield from rows(group, f"lavaan (R) {ref['version']}", mine, theirs, EM_LAVAAN)


def embedded(group: str) -> Iterator[Row]:
    """Embedded stages, a composite in mode B (PLS) and a factor of composites (PLSc), in three schemes."""
    ref = reference("higher_order_csem.json")
    paths = (("Expectation", "Perception"), ("Perception", "Satisfaction"), ("Satisfaction", "Loyalty"))
    names = ("Expectation", "Quality", "Value", "Satisfaction", "Loyalty")
    plain = tuple(replace(c, measured="composite") for c in ecsi().constructs if c.name in names)
    for scheme in ("path", "factorial", "centroid"):
        for kind, settings in (("composite", PLS), ("reflective", PLSc)):
            mode = "B" if kind == "composite" else "A"
            whole = Construct("Perception", (), measured=kind, mode=mode, of=("Quality", "Value"))
            model = replace(ecsi(), constructs=(*plain, whole), paths=paths)
            fit = fit_of(model, answers(model, mobi()), settings(scheme=scheme, higher_order="embedded", **TIGHT))
            place = {name: j for j, name in enumerate(fit.design.constructs)}
            mine = {
                "paths": {f"{s}->{t}": float(fit.paths[place[t], place[s]]) for s, t in paths},
                "dimension loadings": {
                    f"{part} on Perception": float(fit.correlations[place[part], place["Perception"]])
                    for part in whole.of
                },
            }
            for row in rows(group, f"cSEM {ref['cSEM']}", mine, ref[scheme][kind], R_JSON):
                yield replace(row, subject=f"{row.subject}, {kind}, {scheme}")
