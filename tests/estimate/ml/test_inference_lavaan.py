"""Errors, tests and fit measures against lavaan (golden/reference/ml_inference.R).

Both stand at the exact minimum: the R script polishes lavaan's estimates by Newton steps.  What is left is lavaan's
numerical differentiation (Hessian by differences of the gradient: 1e-9 relative) and the tolerances named below.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sources
from inference_models import figures, load, model, names, rows_of

from csimodels.estimate.ml.baseline import baseline
from csimodels.estimate.ml.difference import difference, scaled_difference
from csimodels.estimate.ml.measures import fit_measures
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.solution import Solution, solve
from csimodels.estimate.ml.structure import Structure
from csimodels.estimate.ml.testing import scaled, standard
from csimodels.estimate.ml.vcov import vcov

#: Estimates and errors: see above.
RTOL = 1e-7
#: Limits of RMSEA: lavaan searches the noncentrality by uniroot to .Machine$double.eps^0.25 = 1.2e-4.
UNIROOT = 2e-4
#: Fits by WLS need a solution that keeps its weight matrix.
FITS = [name for name in names() if "wls" not in name or "weight" in Solution.__dataclass_fields__]


@pytest.mark.parametrize("name", FITS)
def test_estimates_and_errors(name: str) -> None:
    case = load(name)
    np.testing.assert_allclose(case.solution.x, case.of_free("est"), rtol=RTOL)
    np.testing.assert_allclose(vcov(case.solution, case.errors, case.cases).se, case.of_free("se"), rtol=RTOL)


@pytest.mark.parametrize("name", FITS)
def test_fit_measures(name: str) -> None:
    case = load(name)
    ours = fit_measures(case.solution, case.scaling, case.cases)
    theirs = case.figures["fit_measures"]
    if name.startswith("mg"):
        # lavaan divides by the number of parameters before they are held equal; that of the model is its q
        theirs = {k: v for k, v in theirs.items() if k != "scaling.factor.h0"}
    assert set(theirs) <= set(ours)
    n = float(case.solution.sample.total)
    for key, value in theirs.items():
        if value is None:
            assert np.isnan(ours[key]), key
        elif ".ci." in key and "level" not in key:
            # rmsea^2 n df is the noncentrality (times the factor): compare what was searched for
            scale = n * float(ours["df"]) / float(case.solution.sample.n.shape[-1])
            np.testing.assert_allclose(ours[key] ** 2 * scale, value**2 * scale, atol=4 * UNIROOT, err_msg=key)
        else:
            # 1 - p of lavaan has an absolute error
            np.testing.assert_allclose(ours[key], value, rtol=RTOL, atol=1e-9 if "pvalue" in key else 0, err_msg=key)


def test_scaling_of_the_loglikelihood_counts_the_parameters_of_the_model() -> None:
    """lavaan's figure times the 60 parameters before 6 loadings are held equal, over the 54 after it."""
    case = load("mg_metric_mlr")
    theirs = case.figures["fit_measures"]["scaling.factor.h0"]
    ours = scaled(case.solution, "yuan_bentler", case.cases).scaling_h0
    np.testing.assert_allclose(ours, theirs * 60 / 54, rtol=RTOL)


@pytest.mark.parametrize(
    ("kind", "method"), [(kind, method) for kind in ("acsi", "mg") for method in figures()[f"{kind}_difference"]]
)
def test_differences_of_nested_models(kind: str, method: str) -> None:
    expected = figures()[f"{kind}_difference"][method]
    whole = model(kind)
    if kind == "acsi":
        fewer = replace(whole, paths=tuple(p for p in whole.paths if p != ("Expectation", "Satisfaction")))
        tables = [ParameterTable.of(m, identification="std_lv") for m in (fewer, whole)]
    else:
        two = {"groups": 2, "mean_structure": True}
        tables = [ParameterTable.of(whole, **two, equal=equal) for equal in ({"loadings"}, set())]
    cases = rows_of(kind, Structure(tables[0]))
    restricted, larger = (solve(Structure(table), cases.sample) for table in tables)
    scaling = {"mlm": "satorra_bentler", "mlr": "yuan_bentler"}.get(method[:3])
    if scaling is None:
        found = difference(standard(restricted), standard(larger))
    elif method.endswith("2001"):
        found = difference(scaled(restricted, scaling, cases), scaled(larger, scaling, cases))
    else:
        found = scaled_difference(restricted, larger, scaling, cases)
    assert found.df == expected["df"]
    # differences of two chi-squares lose digits: 1e-9 of some 300 in .05
    np.testing.assert_allclose(found.stat, expected["difference"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found.p, expected["p"], rtol=1e-6)


SHARED = {
    "hs_cfa_ML": ("hs", None),
    "hs_cfa_ML_meanstructure": ("hs", None),
    "hs_cfa_MLM": ("hs", "satorra_bentler"),
    "hs_cfa_MLR": ("hs", "yuan_bentler"),
    "hs_cfa_GLS": ("hs_gls", None),
    "hs_cfa_ULS": ("hs_uls", None),
    "hs_mg_metric_ML": ("mg_metric", None),
    "pd_ML": ("pd", None),
    "mobi_acsi_ML": ("acsi", None),
    "mobi_acsi_MLR": ("acsi", "yuan_bentler"),
}


@pytest.mark.parametrize("name", SHARED)
def test_reference_files_of_the_shared_folder(name: str) -> None:
    """lavaan where its optimiser stopped by default: 1e-5 for what depends on the estimates, chi-square much closer."""
    try:
        theirs = sources.reference(f"ml_lavaan_{name}.json")["fit_measures"]
    except sources.UnavailableError as error:
        pytest.skip(str(error))
    own, scaling = SHARED[name]
    case = load(own)
    solution = case.solution
    if name.endswith("meanstructure"):
        table = ParameterTable.of(model("hs"), mean_structure=True)
        solution = solve(Structure(table), case.cases.sample)
    ours = fit_measures(solution, scaling, case.cases)
    assert set(theirs) <= set(ours)
    for key, value in theirs.items():
        if value is None:
            assert np.isnan(ours[key]), key
        else:
            np.testing.assert_allclose(ours[key], value, rtol=1e-5, atol=1e-5 if ".ci." in key else 1e-7, err_msg=key)
    np.testing.assert_allclose(ours["chisq"], theirs["chisq"], rtol=1e-8)


def test_baseline_of_a_single_group_is_the_determinant_of_the_correlations() -> None:
    """Closed form: ``-N log|R|``."""
    case = load("acsi")
    corr = np.corrcoef(case.cases.x, rowvar=False)
    np.testing.assert_allclose(baseline(case.solution).chi2, -len(case.cases.x) * np.linalg.slogdet(corr)[1])
