"""Every number that is compared with another tool: one list for the tests and for the validation page.

A group is a function that yields :class:`Row`; :data:`GROUPS` names them.  Tolerances stand in ``compared.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import against_files
import against_packages
from compared import TIGHT, Row

from csimodels.estimate import PLS, PLSc

__all__ = ["GROUPS", "Row"]

GROUPS: dict[str, Callable[[str], Iterator[Row]]] = {
    "PLS mode A, path scheme: cSEM": partial(
        against_files.r_reference, name="pls_cSEM_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "PLS mode A, centroid scheme: cSEM": partial(
        against_files.r_reference, name="pls_cSEM_ecsi_modeA_centroid.json", estimator=PLS("centroid", **TIGHT)
    ),
    "PLS mode B, path scheme: cSEM": partial(
        against_files.r_reference, name="pls_cSEM_ecsi_modeB_path.json", estimator=PLS(**TIGHT), mode="B"
    ),
    "PLSc, path scheme: cSEM": partial(
        against_files.r_reference, name="pls_cSEM_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)
    ),
    "PLS mode A, path scheme: seminr (R)": partial(
        against_files.r_reference, name="pls_seminrR_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "PLSc, path scheme: seminr (R)": partial(
        against_files.r_reference, name="pls_seminrR_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)
    ),
    "PLS mode A, centroid scheme: plspm": partial(
        against_files.r_reference, name="pls_plspmR_ecsi_modeA_centroid_scaled.json", estimator=PLS("centroid", **TIGHT)
    ),
    "PLS mode A, path scheme: seminr (PyPI)": partial(against_packages.live, scheme="path", kind="A"),
    "PLS mode B, path scheme: seminr (PyPI)": partial(against_packages.live, scheme="path", kind="B"),
    "PLS mode A, factorial scheme: seminr (PyPI)": partial(against_packages.live, scheme="factorial", kind="A"),
    "PLS mode B, factorial scheme: seminr (PyPI)": partial(against_packages.live, scheme="factorial", kind="B"),
    "PLS mode A, centroid scheme: seminr (PyPI)": partial(against_packages.live, scheme="centroid", kind="A"),
    "PLS modes A and B mixed: seminr (PyPI)": against_packages.mixed_modes,
    "PLSc, path scheme: seminr (PyPI)": partial(against_packages.live, scheme="path", kind="C"),
    "PLSc, factorial scheme: seminr (PyPI)": partial(against_packages.live, scheme="factorial", kind="C"),
    "Index 0-100, ECSI model": partial(against_files.index, block="ecsi"),
    "Index 0-100, ACSI paths": partial(against_files.index, block="acsi"),
    "Performance and unstandardised effects: cSEM": against_files.csem_performance,
    "Quality criteria, PLS: cSEM": partial(
        against_files.quality, name="pls_cSEM_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "Quality criteria, PLSc: cSEM": partial(
        against_files.quality, name="pls_cSEM_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)
    ),
    "Quality criteria, PLS: seminr (R)": partial(
        against_files.quality, name="pls_seminrR_ecsi_modeA_path.json", estimator=PLS(**TIGHT)
    ),
    "Quality criteria, PLSc: seminr (R)": partial(
        against_files.quality, name="pls_seminrR_ecsi_plsc_path.json", estimator=PLSc(**TIGHT)
    ),
    "Missing answers, listwise: pandas": partial(against_packages.missing, rule="listwise"),
    "Missing answers, mean replacement: pandas": partial(against_packages.missing, rule="mean"),
    "Missing answers, pairwise: pandas": partial(against_packages.missing, rule="pairwise"),
    "Missing answers, EM: lavaan": against_files.em,
    "PLS with mean replacement: seminr (PyPI)": partial(against_packages.missing_fit, rule="mean"),
    "PLS with listwise deletion: seminr (PyPI)": partial(against_packages.missing_fit, rule="listwise"),
    "Bootstrap replicates, PLS: seminr (PyPI)": partial(against_packages.bootstrap, kind="A"),
    "Bootstrap replicates, PLSc: seminr (PyPI)": partial(against_packages.bootstrap, kind="C"),
    "Bootstrap replicates, mean replacement: seminr (PyPI)": partial(
        against_packages.bootstrap, kind="A", incomplete=True
    ),
    "Second-order construct, mode A: seminr (PyPI)": partial(against_packages.second_order_fit, kind="A"),
    "Second-order construct, mode B: seminr (PyPI)": partial(against_packages.second_order_fit, kind="B"),
    "Whole-number weights: seminr (PyPI)": against_packages.integer_weights,
}
