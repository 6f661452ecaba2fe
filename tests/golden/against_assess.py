"""Comparisons of the researcher's tables: fit of PLS models, HTMT2, criteria of equations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np
from compared import LIVE, R_JSON, TIGHT, Row, rows
from peers import Named, seminr_fit
from sources import UnavailableError, answers, ecsi, fit_of, mobi, reference, rows_of, without

import csimodels as cs
from csimodels.assess import (
    distances,
    equation_criteria,
    fornell_larcker_matrix,
    goodness_of_fit,
    htmt2,
    htmt_signed,
    item_vif,
    predict,
    rms_theta,
)
from csimodels.estimate import PLS, Design, Fit, PLSc
from csimodels.spec import Model

#: cSEM takes the logarithm to base 10 in the geodesic distance; Dijkstra & Henseler (2015) the natural one.
BASE_10 = math.log(10) ** 2


def fit_measures(group: str) -> Iterator[Row]:
    """SRMR, d_ULS, d_G, d_ML of the saturated and the estimated model; NFI, RMS_theta and GoF."""
    stored = reference("pls_cSEM_fit_est_vs_saturated.json")
    mine: Named = {}
    theirs: Named = {}
    for name, model in (("ecsi", ecsi()), ("acsi", without(ecsi(), "Image"))):
        for kind, estimator in (("modeA", PLS(**TIGHT)), ("plsc", PLSc(**TIGHT))):
            label = f"{name} {kind}"
            fit = fit_of(model, answers(model, mobi()), estimator)
            ref = stored[f"{name}_{kind}"]
            mine[label] = _distances(fit)
            theirs[label] = {key: value * BASE_10 if key.startswith("DG") else value for key, value in ref.items()}
            theirs[label].pop("HTMT_signed")
            if name == "ecsi":
                tight = reference(f"pls_cSEM_ecsi_{kind}_path.json")["tight_tol_1e13"]
                mine[label] |= {
                    "NFI": float(distances(fit).nfi),
                    "RMS_theta": float(rms_theta(fit)),
                    "GoF": float(goodness_of_fit(fit)),
                }
                theirs[label] |= {key: tight[key][0] for key in ("NFI", "RMS_theta", "GoF")}
    yield from rows(group, "cSEM (R) 0.6.1.9000", mine, theirs, R_JSON)


def _distances(fit: Fit) -> dict[str, float]:
    out = {}
    for short, kind in (("sat", "saturated"), ("est", "estimated")):
        found = distances(fit, kind)  # type: ignore[arg-type]
        parts = (("SRMR", found.srmr), ("DL", found.d_uls), ("DG", found.d_g), ("DML", found.d_ml))
        out |= {f"{key}_{short}": float(value) for key, value in parts}
    return out


def measurement(group: str) -> Iterator[Row]:
    """HTMT2 and signed HTMT of cSEM; AIC, BIC, VIF of items and the Fornell-Larcker matrix of seminr."""
    model = ecsi()
    fit = fit_of(model, answers(model, mobi()), PLS(**TIGHT))
    d = fit.design
    csem = reference("pls_cSEM_ecsi_modeA_path.json")["tight_tol_1e13"]
    seminr = reference("pls_seminrR_ecsi_modeA_path.json")["tight_tol_1e13"]
    criteria, larcker = equation_criteria(fit), fornell_larcker_matrix(fit)
    ends = [d.constructs[j] for j in d.endogenous]
    signed = reference("pls_cSEM_fit_est_vs_saturated.json")["ecsi_modeA"]["HTMT_signed"]
    mine: Named = {
        "HTMT2": _pairs(model, htmt2(fit)),
        "HTMT, signed": _pairs(model, htmt_signed(fit)),
        "AIC": dict(zip(ends, criteria.aic.tolist(), strict=True)),
        "BIC": dict(zip(ends, criteria.bic.tolist(), strict=True)),
        "VIF of items": dict(zip(d.items, item_vif(fit).tolist(), strict=True)),
        "Fornell-Larcker matrix": {
            f"{a}~{b}": larcker[i, j] for i, a in enumerate(d.constructs) for j, b in enumerate(d.constructs) if j <= i
        },
    }
    theirs: Named = {
        "HTMT2": {  # cSEM has none where a signed product is negative
            f"{b}~{a}": value
            for a, row in csem["HTMT2"].items()
            for b, value in row.items()
            if value is not None and a != b and value != 0
        },
        "HTMT, signed": {"Quality~Loyalty": signed},
        **{key: seminr["it_criteria"][key] for key in ("AIC", "BIC")},
        "VIF of items": {i: v for block in seminr["vif_items"].values() for i, v in block.items()},
        "Fornell-Larcker matrix": {  # seminr shows 1 for a single item
            f"{a}~{b}": value
            for a, row in seminr["fl_criteria"].items()
            for b, value in row.items()
            if value is not None and not a == b == "Complaints"
        },
    }
    yield from rows(group, "cSEM (R) 0.6.1.9000, seminr (R) 2.3.1", mine, theirs, R_JSON)


def _pairs(model: Model, matrix: np.ndarray) -> dict[str, float]:
    names = model.construct_names
    return {f"{a}~{b}": float(matrix[i, j]) for i, a in enumerate(names) for j, b in enumerate(names) if i < j}


def predicted(group: str) -> Iterator[Row]:
    """What the model predicts for the respondents that it is fitted to, both antecedents: every 25th respondent."""
    try:
        import seminr
    except ImportError as error:
        raise UnavailableError("the package seminr (test extra) is missing") from error
    mine: Named = {}
    theirs: Named = {}
    data = mobi()
    model = cs.load_model("ecsi", overrides={"estimate": TIGHT})
    result, fitted = cs.Study(model, data, uncertainty=None).run(), seminr_fit(model, data)
    for antecedents, technique in (("earliest", seminr.predict_EA), ("direct", seminr.predict_DA)):
        ours = result.predicted(antecedents)  # type: ignore[arg-type]
        found = seminr.predict(fitted, fitted.data, technique=technique).predicted_items
        for row in range(0, len(data), 25):
            label = f"Row {row + 1}, {antecedents} antecedents"
            items = [item for item in found.cols if item in ours]
            mine[label] = {item: float(ours[item].iloc[row]) for item in items}
            theirs[label] = {item: float(found.values[row, found.cols.index(item)]) for item in items}
    yield from rows(group, f"seminr {version('seminr')} (PyPI)", mine, theirs, LIVE)


def prediction(group: str) -> Iterator[Row]:
    """Out-of-sample RMSE and MAE of the model and the linear regression, both antecedents, on the same folds."""
    try:
        import seminr
        from seminr.predict.metrics import item_metrics
        from seminr.predict.predict_pls import cut_folds
    except ImportError as error:
        raise UnavailableError("the package seminr (test extra) is missing") from error
    model = ecsi()
    x, design = answers(model, mobi()), Design.of(model)
    order = np.random.default_rng(1).permutation(len(x))
    fold = np.empty(len(x), dtype=np.intp)
    fold[order] = np.asarray(cut_folds(len(x), 10)) - 1
    fitted = seminr_fit(model, mobi())
    mine: Named = {}
    theirs: Named = {}
    for antecedents, technique in (("earliest", seminr.predict_EA), ("direct", seminr.predict_DA)):
        ours = predict(rows_of(model, x), design, PLS(**TIGHT), fold[None], antecedents=antecedents)  # type: ignore[arg-type]
        done = seminr.predict_pls(fitted, technique=technique, no_folds=10, ordering=order.tolist())
        found = item_metrics(done)
        for source, table in (("model", found.pls_out_of_sample), ("linear", found.lm_out_of_sample)):
            at = [table.cols.index(item) for item in ours.items]
            for row, name, values in ((0, "RMSE", ours.rmse(source)), (1, "MAE", ours.mae(source))):
                label = f"{name}, {source}, {antecedents} antecedents"
                mine[label] = dict(zip(ours.items, values.tolist(), strict=True))
                theirs[label] = dict(zip(ours.items, table.values[row, at].tolist(), strict=True))
    yield from rows(group, f"seminr {version('seminr')} (PyPI)", mine, theirs, LIVE)
