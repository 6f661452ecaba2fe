"""GFI, AGFI and PGFI of FIML: the implied moments beside those of EM."""

from __future__ import annotations

import numpy as np
import pytest
from sources import mobi

import csimodels as cs

SYNTAX = "Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5\nSat =~ CUSA1 + CUSA2 + CUSA3\nSat ~ Image"


def test_goodness_of_fiml_is_that_of_the_em_moments() -> None:
    """lavaan 0.6-14: FIML, then `sample.cov` and `sample.mean` of its h1 model at the same estimates.

    lavaan stops early: its chi-square is 2e-7 off, hence 1e-6.
    """
    model = cs.from_lavaan(SYNTAX, name="two", index="Sat")
    model = cs.load_model(model, overrides={"estimate": {"estimator": "ml", "missing": "fiml"}})
    x = mobi().astype(float)[list(model.item_names)]
    x[np.random.default_rng(3).random(x.shape) < 0.15] = np.nan
    found = cs.Study(model, x, uncertainty=None).run().fit_measures().set_index("measure")["value"]
    expected = {"gfi": 0.995753754946, "agfi": 0.990166590402, "pgfi": 0.429984576000, "srmr": 0.047953873023}
    assert dict(found[list(expected)]) == pytest.approx(expected, rel=1e-6, abs=1e-6)
