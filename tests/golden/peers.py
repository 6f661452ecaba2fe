"""What other tools say, as ``{quantity: {label: value}}``, and the same form for our fits."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import Any

import numpy as np

from csimodels.estimate import Fit
from csimodels.spec import Model
from csimodels.tables import Layout, index_weights, quantities

Named = dict[str, dict[str, float]]


def ours(model: Model, fit: Fit, element: tuple[int, ...] = ()) -> Named:
    """Published numbers of one element of a fit by quantity and label."""
    d = fit.design
    layout = Layout.of(model, d)
    values = quantities(fit, layout, index_weights(fit, layout, "own"))[element]

    def block(name: str, labels: Iterable[str]) -> dict[str, float]:
        return dict(zip(labels, values[layout.blocks[name]].tolist(), strict=True))

    arrow = [f"{d.constructs[s]}->{d.constructs[t]}" for s, t in d.pairs]
    ends = [d.constructs[j] for j in d.endogenous]
    corr, cross = fit.correlations[element], fit.loadings[element]
    return {
        "weights": block("weight", d.items),
        "loadings": block("loading", d.items),
        "cross-loadings": {f"{k}@{j}": cross[a, b] for a, k in enumerate(d.items) for b, j in enumerate(d.constructs)},
        "paths": block("path", [f"{d.constructs[s]}->{d.constructs[t]}" for s, t in d.edges]),
        "R2": block("r2", ends),
        "adjusted R2": block("r2_adj", ends),
        "construct correlations": {
            f"{a}~{b}": corr[i, j] for i, a in enumerate(d.constructs) for j, b in enumerate(d.constructs) if i < j
        },
        "rho_A": dict(zip(d.constructs, fit.rho_a[element].tolist(), strict=True)),
        "total effects": block("total", arrow),
        "indirect effects": block("indirect", arrow),
        "index": block("index", d.constructs),
        "score sd": block("sd", d.constructs),
        "index weights": block("weight_unstd", d.items),
        "unstandardised total effects": block("total_unstd", arrow),
        "alpha": block("alpha", d.constructs),
        "rho_C": block("rho_c", d.constructs),
        "AVE": block("ave", d.constructs),
        "Fornell-Larcker": block("fornell_larcker", d.constructs),
        "VIF": block("vif", [f"{d.constructs[s]}->{d.constructs[t]}" for s, t in d.edges]),
        "f2": block("f2", [f"{d.constructs[s]}->{d.constructs[t]}" for s, t in d.edges]),
        "HTMT": block("htmt", [f"{d.constructs[i]}~{d.constructs[j]}" for i, j in layout.construct_pairs]),
    }


def csem_quality(ref: dict[str, Any], model: Model) -> Named:
    """Reliability, validity, collinearity and effect sizes of a cSEM reference block."""
    several = {c.name for c in model.constructs if len(c.items) > 1}
    squares = ref["Fornell-Larcker"]  # AVE on the diagonal, squared correlations beside it
    margin = {
        a: sqrt(squares[a][a]) - max(sqrt(squares[a][b]) for b in squares if b != a) for a in squares if a in several
    }
    return {
        "alpha": {c: v for c, v in ref["reliability_all"]["Cronbachs_alpha"].items() if c in several},
        "rho_C": {c: v for c, v in ref["reliability_all"]["Joereskogs_rho"].items() if c in several},
        "AVE": {c: v for c, v in ref["AVE"].items() if c in several},
        "Fornell-Larcker": margin,
        "VIF": {f"{s}->{t}": v for t, row in ref["vif"].items() for s, v in row.items()},
        "f2": {f"{s}->{t}": ref["F2"][t][s] for s, t in model.paths},
    }


def seminr_r_quality(ref: dict[str, Any], model: Model) -> Named:
    """Reliability, validity and collinearity of a seminr (R) reference block."""
    several = {c.name for c in model.constructs if len(c.items) > 1}
    names = model.construct_names
    return {
        "alpha": {c: v["alpha"] for c, v in ref["reliability"].items() if c in several},
        "rho_C": {c: v["rhoC"] for c, v in ref["reliability"].items() if c in several},
        "AVE": {c: v["AVE"] for c, v in ref["reliability"].items() if c in several},
        "HTMT": {f"{a}~{b}": ref["HTMT"][b][a] for i, a in enumerate(names) for b in names[i + 1 :]},
        "VIF": {f"{s}->{t}": v for t, row in ref["vif_antecedents"].items() for s, v in row.items() if v is not None},
    }


def from_csem(ref: dict[str, Any], model: Model, correction: bool) -> Named:
    """A cSEM reference block; its path matrices are ``{to: {from: value}}``."""
    own = {i.name: c.name for c in model.constructs for i in c.items}
    single = {c.name for c in model.constructs if len(c.items) == 1}
    total, indirect = _formula(ref["total_effects"]), _formula(ref["indirect_effects"])
    named = {
        "weights": {i: ref["outer_weights"][c][i] for i, c in own.items()},
        "loadings": {i: ref["loadings"][c][i] for i, c in own.items()},
        "paths": {f"{s}->{t}": ref["path_coefficients_to_from"][t][s] for s, t in model.paths},
        "R2": dict(ref["r_squared"]),
        "adjusted R2": dict(ref["r_squared_adj"]),
        "construct correlations": _pairs(ref["construct_vcv"], model.construct_names),
        "total effects": total,
        "indirect effects": indirect,
    }
    if correction:  # cSEM holds the rho_A of a composite at 1
        named["rho_A"] = {c: v for c, v in ref["reliabilities"].items() if c not in single}
    return named


def _formula(effects: dict[str, list[Any]]) -> dict[str, float]:
    """``"Target ~ Source"`` names to ours."""
    done = {}
    for name, value in zip(effects["Name"], effects["Estimate"], strict=True):
        target, source = name.split(" ~ ")
        done[f"{source}->{target}"] = value
    return done


def _pairs(matrix: dict[str, dict[str, float]], names: tuple[str, ...]) -> dict[str, float]:
    return {f"{a}~{b}": matrix[a][b] for i, a in enumerate(names) for b in names[i + 1 :]}


def from_seminr_r(ref: dict[str, Any], model: Model, correction: bool) -> Named:
    """A seminr (R) reference block; its path matrices are ``{from: {to: value}}``.

    Under PLSc seminr shows the cross-loadings and construct correlations of the uncorrected scores, so they are
    compared for plain PLS only.
    """
    own = {i.name: c.name for c in model.constructs for i in c.items}
    single = {c.name for c in model.constructs if len(c.items) == 1}
    routes = [(s, t) for s in model.construct_names for t in model.construct_names if ref["total_effects"][s][t]]
    named = {
        "weights": {i: ref["outer_weights"][i][c] for i, c in own.items()},
        "loadings": {i: ref["loadings"][i][c] for i, c in own.items()},
        "paths": {f"{s}->{t}": ref["path_coefficients"][s][t] for s, t in model.paths},
        "R2": dict(ref["r_squared"]["Rsq"]),
        "adjusted R2": dict(ref["r_squared"]["AdjRsq"]),
        "rho_A": {c: v["rhoA"] for c, v in ref["reliability"].items() if c not in single},
        "total effects": {f"{s}->{t}": ref["total_effects"][s][t] for s, t in routes},
        "indirect effects": {f"{s}->{t}": ref["total_indirect_effects"][s][t] for s, t in routes},
    }
    if not correction:
        named["cross-loadings"] = {f"{i}@{c}": v for i, row in ref["cross_loadings"].items() for c, v in row.items()}
        named["construct correlations"] = _pairs(ref["construct_correlations"], model.construct_names)
    return named


def from_plspm(ref: dict[str, Any], model: Model) -> Named:
    """A plspm (R) reference block."""
    outer, cross, inner, effects = ref["outer_model"], ref["crossloadings"], ref["inner_summary"], ref["effects"]
    routes = [name.replace(" -> ", "->") for name in effects["relationships"]]
    total = dict(zip(routes, effects["total"], strict=True))
    kept = [r for r in routes if total[r]]
    return {
        "weights": dict(zip(outer["name"], outer["weight"], strict=True)),
        "loadings": dict(zip(outer["name"], outer["loading"], strict=True)),
        "cross-loadings": {f"{i}@{c}": cross[c][k] for k, i in enumerate(cross["name"]) for c in model.construct_names},
        "paths": {f"{s}->{t}": ref["path_coefficients_to_from"][t][s] for s, t in model.paths},
        "R2": {
            c: v for c, v, kind in zip(inner["lv"], inner["R2"], inner["Type"], strict=True) if kind == "Endogenous"
        },
        "construct correlations": _pairs(ref["scores_cor"], model.construct_names),
        "total effects": {r: total[r] for r in kept},
        "indirect effects": {r: v for r, v in zip(routes, effects["indirect"], strict=True) if r in kept},
    }


def seminr_fit(model: Model, data: Any, kind: str = "A", inner: Any = None, stop: int = 12, missing: Any = None) -> Any:
    """The PyPI package seminr on the same model.  `kind` is ``"A"``, ``"B"``, ``"C"`` (PLSc) or ``"own"`` (its modes).

    `data` maps column to answers; `inner` is a weighting function of seminr, path weighting by default.
    """
    import seminr

    def block(c: Any) -> Any:
        items = [i.name for i in c.items]
        code = c.mode if kind == "own" else kind
        if code == "C":
            return seminr.reflective(c.name, items)
        if c.of:
            weights = seminr.regression_weights if c.mode == "B" else seminr.correlation_weights
            return seminr.higher_composite(c.name, list(c.of), weights=weights)
        marker = seminr.regression_weights if code == "B" and len(items) > 1 else seminr.correlation_weights
        return seminr.composite(c.name, items, weights=marker)

    measurement = seminr.constructs(*(block(c) for c in model.constructs))
    structure = seminr.relationships(*(seminr.paths(s, t) for s, t in model.paths))
    return seminr.estimate_pls(
        data,
        measurement,
        structure,
        inner_weights=inner or seminr.path_weighting,
        missing=missing or seminr.mean_replacement,
        stop_criterion=stop,
        max_it=2000,
    )


def seminr_named(model: Model, fit: Any) -> Named:
    """A fit of the PyPI package seminr by quantity and label."""
    weights, loadings = fit.outer_weights, fit.outer_loadings
    entries = [(i.name, c.name) for c in model.constructs for i in c.items]
    return {
        "weights": {i: weights.get(i, c) for i, c in entries},
        "loadings": {i: loadings.get(i, c) for i, c in entries},
        "paths": {f"{s}->{t}": fit.path_coef.get(s, t) for s, t in model.paths},
        "R2": {t: fit.r_squared.get("Rsq", t) for t in fit.r_squared.cols},
        "adjusted R2": {t: fit.r_squared.get("AdjRsq", t) for t in fit.r_squared.cols},
        "total effects": seminr_totals(fit, model),
    }


def seminr_totals(fit: Any, model: Model) -> dict[str, float]:
    """Total effects of a fit of the PyPI package seminr that are not zero."""
    import seminr

    total = seminr.total_effects(fit.path_coef)
    names = [name for name in model.construct_names if name in total.rows]
    return {f"{s}->{t}": total.get(s, t) for s in names for t in names if total.get(s, t)}


def seminr_inner(scheme: str) -> Any:
    """The weighting function of seminr for a scheme."""
    import seminr

    return {"path": seminr.path_weighting, "factorial": seminr.path_factorial, "centroid": seminr_centroid}[scheme]


def seminr_centroid(sm: Any, scores: Any, dependant: Any, paths: Any) -> Any:
    """Centroid inner weights for seminr, which has none: signs of its factorial weights."""
    from seminr import path_factorial
    from seminr.math.named_matrix import NamedMatrix

    inner = path_factorial(sm, scores, dependant, paths)
    return NamedMatrix(inner.rows, inner.cols, np.sign(inner.values))
