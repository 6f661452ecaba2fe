"""Where another tool differs on purpose or by error: its number comes out of ours once its rule is followed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from compared import TIGHT
from front_door import block
from sources import answers, fit_of, mobi

from csimodels.estimate import PLS, PLSc
from csimodels.spec import Model

#: Value -> Satisfaction of seminr (R) 2.3.1.
SEMINR_MIXED = 0.259772617829166
ITEMS = {
    "Image": "IMAG1 IMAG2 IMAG3 IMAG4 IMAG5",
    "Expectation": "CUEX1 CUEX2 CUEX3",
    "Value": "PERV1 PERV2",
    "Satisfaction": "CUSA1 CUSA2 CUSA3",
}


def model(*sources: str, measured: str = "composite") -> Model:
    """Satisfaction and some of its causes."""
    names = (*sources, "Satisfaction")
    made = block({name: ITEMS[name] for name in names}, ",".join(f"{s} Satisfaction" for s in sources))
    return replace(made, constructs=tuple(replace(c, measured=measured) for c in made.constructs))  # type: ignore[arg-type]


def test_f2_of_seminr_estimates_the_weights_without_the_source_again() -> None:
    """tests/fixtures/V_3_6_0/fsquared1.csv of seminr 2.3.1; ours holds the scores fixed."""
    r2 = []
    for sources in (("Image", "Expectation", "Value"), ("Expectation", "Value")):
        m = model(*sources)
        r2.append(float(fit_of(m, answers(m, mobi()), PLS(**TIGHT)).r2[-1]))
    assert (r2[0] - r2[1]) / (1 - r2[0]) == pytest.approx(0.303554364141901, abs=1e-8)


def test_seminr_corrects_composites_of_mode_a_as_if_they_were_factors() -> None:
    """Image and Expectation reflective, Value and Satisfaction composites; seminr 2.3.1: .2598 for Value."""
    m = model("Image", "Expectation", "Value", measured="reflective")
    x = answers(m, mobi())
    every = fit_of(m, x, PLSc(**TIGHT)).paths[-1]
    assert every[2] == pytest.approx(SEMINR_MIXED, abs=1e-8)
    some = tuple(replace(c, measured="composite") if c.name in ("Value", "Satisfaction") else c for c in m.constructs)
    assert fit_of(replace(m, constructs=some), x, PLSc(**TIGHT)).paths[-1, 2] == pytest.approx(0.19384, abs=5e-6)
