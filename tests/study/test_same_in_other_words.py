"""The same study in other words gives the same numbers in every table: metamorphic relations of a whole run.

Rows and items in another order, weights in another unit, an item on another scale or turned round, other names, a file
in two parts, and every respondent twice at half the weight.  PLS takes each by itself, PLSc and ML the harmless ones at
once.  Both sides of each comparison are computed, so that the
tolerance (1e-6 of a number, 1e-7 near 0) is that of iterations: PLS stops at 1e-10, ML at a gradient of 1e-8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.spec import parse_model

SPEC = """
csi: 1
scale: [1, 10]
constructs:
  Q: {items: [q1, q2, q3]}
  V: {items: [v1, v2]}
  C: {better: low, items: [c1, c2]}
  S: {items: [s1, s2, s3]}
paths: {Q: [V, S], V: [S], C: [S]}
index: S
estimate: {estimator: ESTIMATOR}
uncertainty: {method: linearised}
"""
SECTIONS = """
report: {answers: true}
targets: {S: 70, C: 30}
what_if: {Q: 5, C: -5}
indices:
  NPS: {kind: nps, item: s1, cuts: [6, 9]}
  Top: {kind: top_box, item: s2, better: high}
  Mean: {kind: mean, items: [q1, q2, q3]}
  Levels: {kind: weighted_mean, items: [v1, v2]}
hierarchy:
  Whole: {of: {Part: 0.6, s1: 0.4}}
  Part: {of: [q1, v1], ahp: [[1, 3], [1/3, 1]]}
delivered_value: {values: {Q: 0.6, V: 0.4}, costs: {C: 1}}
drivers: {shares: true}
"""
#: Numbers of people, that change where respondents stand twice, and what is made of them.
PEOPLE = (
    "survey",
    "fit_measures",
    "model_residuals",
    "modification_indices",
    "n",
    "n_eff",
    "deff",
    "count",
    "missing",
    "r2_adj",
)
#: Tables in units of single items, and what goes with these units.
UNITS = ("answers", "answer_levels", "parameters", "fit_measures", "model_residuals", "modification_indices",
         "weight", "weight_unstd")  # fmt: skip
Rows = pd.DataFrame


@cache
def answers() -> Rows:
    """Answers of 150 persons in three companies with weights; four constructs whose answers hang together."""
    rng = np.random.default_rng(4)
    n = 150
    q = rng.normal(size=n)
    v = 0.6 * q + 0.8 * rng.normal(size=n)
    c = rng.normal(size=n) - 0.2 * q
    s = 0.5 * q + 0.3 * v - 0.3 * c + 0.6 * rng.normal(size=n)
    out = {}
    for name, part, items in (("q", q, 3), ("v", v, 2), ("c", c, 2), ("s", s, 3)):
        for k in range(items):
            noisy = 6 + 1.5 * part + rng.normal(size=n)
            out[f"{name}{k + 1}"] = np.clip(np.rint(noisy), 1, 10).astype(int)
    frame = pd.DataFrame(out).assign(company=np.tile(list("abc"), n // 3), id=np.arange(n))
    return frame.assign(w=rng.uniform(0.5, 2, size=n).round(3))


def spec(estimator: str, sections: bool = True) -> str:
    """The spec with every section beside the model, or the model alone."""
    return SPEC.replace("ESTIMATOR", estimator) + (SECTIONS if sections else "")


def tables(text: str, frame: Rows | Path, **options: Any) -> dict[str, Rows]:
    """Every table that a run gives."""
    result = cs.Study(parse_model(text), frame, **options).run(progress=False)
    return {name: table for name, table in result.tables().items() if name != "survey_log"}


@cache
def base(estimator: str, weight: str | None = None, sections: bool = True) -> Mapping[str, Rows]:
    """What the study gives as it is."""
    return tables(spec(estimator, sections), answers(), weight=weight)


def compared(first: Mapping[str, Rows], second: Mapping[str, Rows], *leave: str) -> int:
    """Compare every table, rows matched by their texts; returns how many numbers were compared.

    `leave` names tables, and columns wherever they stand, that the relation does not hold for.
    """
    assert set(first) == set(second)
    size = 0
    for name in sorted(first):
        if name.removeprefix("group_") in leave:
            continue
        table, other = first[name], second[name]
        assert list(table.columns) == list(other.columns), name
        keys = [c for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
        lined = [_lined_up(frame, keys) for frame in (table, other)]
        assert lined[0].index.tolist() == lined[1].index.tolist(), name
        for column in [c for c in table.columns if c not in keys and c not in leave]:
            x, y = (frame[column].to_numpy(dtype=float, na_value=np.nan) for frame in lined)
            np.testing.assert_allclose(y, x, rtol=1e-6, atol=1e-7, err_msg=f"{name}.{column}")
            size += len(x)
    return size


def _lined_up(frame: Rows, keys: list[str]) -> Rows:
    """Rows by their texts, kept in order where these are alike."""
    label = frame[keys].astype(str).agg("|".join, axis=1) if keys else pd.Series("", index=frame.index)
    return frame.set_axis(pd.Index(label), axis=0).sort_index(kind="stable")


ITEMS = ("q1", "q2", "q3", "v1", "v2", "c1", "c2", "s1", "s2", "s3")
NAMES = {name: f"x{name}" for name in ITEMS} | {"Q": "Quality", "V": "Value", "C": "Trouble", "S": "Happy"}


def shuffled(frame: Rows) -> Rows:
    """Rows and columns in another order."""
    return frame.sample(frac=1, random_state=1)[list(frame.columns[::-1])]


def reordered(text: str) -> str:
    """Items and paths in another order; the first item stays first: under ML it is the marker, whose loading is 1."""
    new = text.replace("[q1, q2, q3]}\n  V", "[q1, q3, q2]}\n  V").replace("[s1, s2, s3]}", "[s1, s3, s2]}")
    new = new.replace("paths: {Q: [V, S], V: [S], C: [S]}", "paths: {C: [S], V: [S], Q: [S, V]}")
    assert new != text
    return new


def reversed_v2(text: str) -> str:
    """The spec of answers whose v2 was asked the other way round."""
    return text.replace("[v1, v2]}\n  C", "{v1: , v2: {reverse: true}}}\n  C")


def renamed(text: str, names: Mapping[str, str] = NAMES) -> str:
    """Every word that has another name."""
    return re.sub(r"\b\w+\b", lambda word: names.get(word.group(), word.group()), text)


def named_back(found: Mapping[str, Rows]) -> dict[str, Rows]:
    """Tables of renamed constructs and items by the first names."""
    back = {new: old for old, new in NAMES.items()}
    return {name: table.map(lambda cell: renamed(cell, back) if isinstance(cell, str) else cell)
            for name, table in found.items()}  # fmt: skip


def test_order_of_rows_with_groups() -> None:
    text = spec("pls", False)
    first, second = (tables(text, frame, by="company") for frame in (answers(), shuffled(answers())))
    assert {"ranks", "differences"} <= set(first)
    assert compared(first, second) > 500


def test_order_of_rows_items_and_paths() -> None:
    assert compared(base("pls"), tables(reordered(spec("pls")), shuffled(answers()))) > 500


def test_unit_of_weights() -> None:
    frame = answers().assign(w=1000 * answers()["w"])
    assert compared(base("pls", "w"), tables(spec("pls"), frame, weight="w")) > 500


def test_an_item_turned_round_and_reversed() -> None:
    frame = answers().assign(v2=11 - answers()["v2"])
    assert compared(base("pls"), tables(reversed_v2(spec("pls")), frame)) > 500


def test_other_names() -> None:
    found = tables(renamed(spec("pls")), answers().rename(columns=NAMES))
    assert compared(base("pls"), named_back(found)) > 500


@pytest.mark.parametrize("estimator", ["plsc", "ml"])
def test_all_of_it_at_once(estimator: str) -> None:
    frame = shuffled(answers().assign(v2=11 - answers()["v2"], w=1000 * answers()["w"]).rename(columns=NAMES))
    text = renamed(reversed_v2(reordered(spec(estimator))))
    found = named_back(tables(text, frame, weight="w"))
    assert compared(base(estimator, "w"), found, "model_residuals") > 500  # which name a pair by the order of items


@pytest.mark.parametrize("estimator", ["pls", "plsc", "ml"])
def test_an_item_on_another_scale(estimator: str) -> None:
    """Ten times the answers on ten times the scale; numbers in units of the item itself are its own."""
    sections = estimator == "pls"
    frame = answers().assign(q2=10 * answers()["q2"])
    text = spec(estimator, sections)
    text = text.replace("[q1, q2, q3]}\n  V", "{q1: , q2: {scale: [10, 100]}, q3: }}\n  V")
    assert compared(base(estimator, None, sections), tables(text, frame), *UNITS) > 150


@pytest.mark.parametrize("estimator", ["pls", "plsc", "ml"])
def test_every_respondent_twice_at_half_the_weight(estimator: str) -> None:
    """Each pair is a cluster, so that errors know that it is one person; how many rows there are differs, and under ML
    chi-square and the z of residuals with them, as in lavaan."""
    one = answers().assign(w=1.0)
    two = pd.concat([one, one], ignore_index=True).assign(w=0.5)
    text = spec(estimator, estimator == "pls") + "data: {design: {cluster: id}}\n"
    first, second = (_without_ends(tables(text, frame, weight="w")) for frame in (one, two))
    assert compared(first, second, *PEOPLE) > 150


def _without_ends(found: Mapping[str, Rows]) -> dict[str, Rows]:
    """Tables without limits of shares of 0 and 100, which see respondents and not clusters (docs/desk.md)."""
    out = dict(found)
    for name in [name for name in out if name.endswith("answer_levels")]:
        at_end = out[name]["share"].isin([0.0, 100.0])
        out[name] = out[name].assign(**{end: out[name][end].mask(at_end) for end in ("low", "high")})
    return out


def test_a_file_in_two_parts(tmp_path: Path) -> None:
    frame = answers()
    frame.to_csv(tmp_path / "all.csv", index=False)
    for k, part in enumerate((frame[:70], frame[70:])):
        part.to_csv(tmp_path / f"part{k}.csv", index=False)
    whole, parts = (tables(spec("pls", False), tmp_path / name, by="company") for name in ("all.csv", "part*.csv"))
    common = set(whole) & set(parts)
    assert {"index", "paths", "drivers", "quality", "ranks"} <= common
    first, second = ({name: some[name] for name in common} for some in (whole, parts))
    assert compared(first, second, "survey") > 400
