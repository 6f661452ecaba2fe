"""Designs, panels, margins and replicate weights that give a wrong error in silence: refused, or said with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bad_forms import ITEMS, SPEC, frame

from csimodels.survey.weights.replicate_kinds import made_by

N = 120
ROW = np.arange(N)
HALVES = np.repeat(np.random.default_rng(2).random((N // 4, 8)) < 0.5, 4, axis=0).astype(float)


def answers() -> pd.DataFrame:
    found = frame(N).astype(dict.fromkeys(ITEMS, int))
    found.loc[5, list(ITEMS)] = 10  # the whole scale is used
    found["year"] = np.where(ROW < N // 2, 2025, 2026)
    found["id"] = ROW % (N // 2) + 1
    found["sex"] = np.where(ROW % 3 == 0, "m", "f")
    found["branch"], found["region"] = ROW // 8, np.asarray(["n", "s"])[(ROW // 4) % 2]
    for k in range(8):
        found[f"rw{k + 1}"] = (found["w"] * (0.5 + HALVES[:, k])).round(4)
    return found


ANSWERS = answers()
Call = Callable[[str, pd.DataFrame], tuple[int, str]]


@pytest.fixture
def check(
    called: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str]]:
    """``csi check`` of a spec whose section `data` is given, on some answers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")

    def call(data: str, table: pd.DataFrame = ANSWERS, *, lang: str = "en", more: str = "") -> tuple[int, str]:
        table.to_csv("d.csv", index=False)
        Path("s.yaml").write_text(f"{SPEC}data: {{file: d.csv, {data}}}\n{more}", encoding="utf-8")
        code, out, err = called("--lang", lang, "check", "s.yaml")
        return code, out + err

    return call


REFUSED = [
    ("design: {cluster: branch, lone_strata: certainty}", {}, "no strata are named"),
    ("design: {strata: branch, cluster: branch}", {}, "leave strata out"),
    ("design: {strata: s, cluster: branch, lone_strata: certainty}", {"s": ROW // 8}, "15 of 15 strata"),
    ("design: {strata: w, lone_strata: adjust}", {"w": ROW + 0.5}, "120 of 120 strata have a single row"),
    ("design: {fpc: 400}", {}, "the name of a column"),
    ("design: {strata: [region, sex]}", {}, "one column of region + sex"),
    ("design: {strata: region, weight: w}", {}, "write it beside design"),
    ("panel: id, wave: year", {}, "write design: {panel: id}"),
    ("design: {panel: id}", {}, "write wave: under data"),
    ("wave: year, design: {panel: sex}", {}, "identifies nobody: 2 different values"),
    ("rake: {sex: {m: 400, f: 600}, region: {n: 700, s: 800}}", {}, "sex 1,000, region 1,500"),
    ("rake: {sex: {m: '0,4', f: ０.６}}", {}, "write 0.4"),
    ("replicate_weights: {columns: rw*, kind: fay, fay: 0.5}", {}, "no sampling weight is named"),
    ("weight: w, replicate_weights: {columns: [rw1, rw2]}", {"rw1": ANSWERS["w"], "rw2": ANSWERS["w"]}, "do not vary"),
]


@pytest.mark.parametrize(("data", "columns", "words"), REFUSED)
def test_refused_with_its_cause(check: Callable[..., tuple[int, str]], data: str, columns: dict, words: str) -> None:  # type: ignore[type-arg]
    code, said = check(data, ANSWERS.assign(**columns))
    assert code == 2 and words in said, said
    assert check(data, ANSWERS.assign(**columns), lang="zh")[0] == 2


FAY = "weight: w, replicate_weights: {columns: rw*, kind: fay, fay: 0.5}"
SAID = [
    ("weight: w, replicate_weights: {columns: rw*, kind: brr}", {}, "by the factor 0.50 with kind: brr; the sets"),
    ("weight: w, replicate_weights: {columns: rw*}", {}, "write kind: fay, fay: 0.5"),
    (FAY, {"rw2": ANSWERS["rw1"]}, "rw2: 1 (the same weights as rw1"),
    (FAY, {"rw2": ANSWERS["w"]}, "every row has the sampling weight"),
    (FAY.replace("rw*", "[rw1, rw2, rw4]"), {}, "rw3: 1 (their numbers are missing"),
    ("wave: year, design: {panel: id}", {"id": ROW}, "panel without anybody in two waves"),
    (
        "wave: year, design: {panel: id}",
        {"id": [f"{i:03d}" if i else "0" for i in ANSWERS["id"][:60]] + [f"P{i}" for i in ANSWERS["id"][60:]]},
        "look at how the identities are written",
    ),
    (
        "wave: year, design: {panel: id}",
        {"id": [f"{i:03d}" for i in ANSWERS["id"][:60]] + [str(i) for i in ANSWERS["id"][60:]]},
        '"001" and "1"',
    ),
    ("design: {strata: region, cluster: branch}", {}, "branch: 15 (these labels (of 15) stand in two strata"),
    (
        "wave: year, rake: {sex: {m: 0.4, f: 0.6}}",
        {"sex": np.where((ROW % 3 == 0) & (ROW >= 60), "m", "f")},
        "not within",
    ),
    ("rake: {sex: {m: 0.999, f: 0.001}}", {}, "the raked weights are very unequal: 120 rows count as 40"),
    ("missing_codes: [10]", {}, "missing code inside the scale: "),
]


@pytest.mark.parametrize(("data", "columns", "words"), SAID)
def test_said_as_a_caution(check: Callable[..., tuple[int, str]], data: str, columns: dict, words: str) -> None:  # type: ignore[type-arg]
    code, said = check(data, ANSWERS.assign(**columns))
    assert code == 0 and words in said and "0 cautions" not in said, said
    assert check(data, ANSWERS.assign(**columns), lang="zh")[0] == 0


SOUND = [
    FAY,
    "wave: year, design: {panel: id}",
    "design: {strata: half, cluster: branch}",
    "wave: year, rake: {sex: {m: 0.4, f: 0.6}}",
    "rake: {sex: {m: 400, f: 600}, region: {n: 500, s: 500}}",
    "design: {strata: most, cluster: branch, lone_strata: certainty}",
]


@pytest.mark.parametrize("data", SOUND)
def test_nothing_is_said_of_sound_ones(check: Callable[..., tuple[int, str]], data: str) -> None:
    most = np.where(ROW < 64, ROW // 8, 99)  # eight branches bound to be in the sample, and seven of the others
    code, said = check(data, ANSWERS.assign(half=ROW // 64, most=most))
    assert code == 0 and "0 cautions" in said, said


def test_kinds_are_told_by_the_factors() -> None:
    r = np.random.default_rng(4)
    brr = np.where(r.random((60, 12)) < 0.5, 0.0, 2.0)
    unit = np.arange(60) % 12
    jk1 = np.where(unit[:, None] == np.arange(12), 0.0, 12 / 11)
    stratum = unit // 2
    jkn = np.where(unit[:, None] == np.arange(12), 0.0, np.where(stratum[:, None] == np.arange(12) // 2, 2.0, 1.0))
    bootstrap = r.multinomial(60, np.full(60, 1 / 60), size=12).T.astype(float)
    rounded = np.round(brr * 0.7 + 0.3, 2)
    assert [made_by(f) for f in (brr, rounded, jk1, jkn)] == [("brr", 0.0), ("fay", 0.3), ("jk1", 0.0), ("jkn", 0.0)]
    assert made_by(bootstrap) is None and made_by(r.uniform(0.5, 1.5, (60, 12))) is None
