"""ACSI paths on the mobile data through the front door, beside lavaan run now; skipped where it is not here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from compared import ML_ERRORS, ML_ESTIMATES, Row
from front_door import model_of, name, published
from peers import Named
from r_now import r_answer
from sources import UnavailableError, holed, mobi

import csimodels as cs
from csimodels.spec import to_lavaan

HERE = Path(__file__).resolve().parent
RUNS: dict[str, tuple[dict[str, Any], bool]] = {
    "ML": ({"estimator": "ml"}, False),
    "MLR": ({"estimator": cs.ML(errors="mlr")}, False),
    "MLM": ({"estimator": cs.ML(errors="mlm")}, False),
    "FIML": ({"estimator": "ml", "missing": "fiml"}, True),
}
#: Everything a reader asks for first; the rest is compared with the stored figures.
MEASURES = ("npar", "chisq", "df", "cfi", "tli", "rmsea", "srmr", "aic", "bic", "logl", "baseline.chisq")
SCALED = ("chisq.scaled", "chisq.scaling.factor", "cfi.robust", "tli.robust", "rmsea.robust", "cfi.scaled")
#: lavaan makes them from a baseline model of its own, which the figures brought to the minimum no longer carry.
NOT_THERE = {("FIML", "cfi.robust"), ("FIML", "tli.robust")}


@pytest.fixture(scope="module")
def lavaan(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Named]:
    """Run and kind -> name -> lavaan's number."""
    folder = tmp_path_factory.mktemp("lavaan")
    files = [folder / n for n in ("complete.csv", "holes.csv", "model.txt")]
    try:
        mobi().to_csv(files[0], index=False)
        holed().to_csv(files[1], index=False)
    except UnavailableError as error:
        pytest.skip(str(error))
    files[2].write_text(to_lavaan(model_of("acsi")), encoding="utf-8")
    out: dict[str, Named] = {}
    for line in r_answer(HERE / "lavaan_live.R", "lavaan", files).splitlines():
        if line.count("\t") != 3:
            continue
        run, kind, what, value = line.split("\t")
        out.setdefault(run, {}).setdefault(kind, {})[spelled(what)] = float(value.replace("NA", "nan"))
    return out


def spelled(text: str) -> str:
    words = text.split()
    return name(words[0], words[1], words[2] if len(words) > 2 else "") if len(words) > 1 else text


@cache
def ours(run: str) -> Named:
    options, holes = RUNS[run]
    return published(cs.Study(model_of("acsi"), holed() if holes else mobi(), uncertainty=None, **options).run())


@pytest.mark.parametrize("run", RUNS)
def test_estimates_errors_and_fit_are_those_of_lavaan(run: str, lavaan: dict[str, Named]) -> None:
    """Tolerances as for the stored figures: 1e-6 relative, 1e-5 where lavaan's numerical Hessian enters."""
    theirs, mine = lavaan[run], ours(run)
    wrong, compared = [], 0
    for kind, quantity, bar in (
        ("est", "estimates", ML_ESTIMATES),
        ("se", "errors", ML_ERRORS),
        ("std", "std_all", ML_ESTIMATES),
        ("fit", "fit", ML_ESTIMATES),
    ):
        for key, value in theirs[kind].items():
            if kind == "fit" and (key not in (*MEASURES, *SCALED) or (run, key) in NOT_THERE):
                continue
            tol = ML_ERRORS if key in SCALED else bar
            row = Row(run, key, quantity, "lavaan", mine[quantity].get(key, float("nan")), value, *tol, relative=True)
            if not (kind == "std" and abs(value - 1) < 1e-12 and key not in mine[quantity]):
                compared += 1
                if not row.agrees:
                    wrong.append(f"{quantity} {key}: {row.ours!r} is not {value!r}")
    assert not wrong, "\n".join(wrong)
    assert compared > 130


def test_lavaan_reads_the_model_that_we_write(lavaan: dict[str, Named]) -> None:
    free = set(lavaan["ML"]["est"])
    assert free == set(ours("ML")["estimates"])
