"""Sections for desk and decisions that say something odd: the cause and the likely line, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bad_forms import ITEMS, SPEC, frame

BESIDE = "items: {REC: {scale: [0, 10]}, K1: {scale: [1, 5]}, K2: {scale: [1, 5]}}\n"
ANSWERS = frame(120).astype(dict.fromkeys(ITEMS, int))
ANSWERS["REC"], ANSWERS["K1"], ANSWERS["K2"] = ANSWERS["L1"], ANSWERS["L1"] % 5 + 1, ANSWERS["S1"] % 5 + 1
ANSWERS["sex"] = ["m", "f"] * 60


@pytest.fixture
def check(
    called: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str]]:
    """``csi check`` of the small spec with further lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    ANSWERS.to_csv("d.csv", index=False)

    def call(lines: str, lang: str = "en") -> tuple[int, str]:
        Path("s.yaml").write_text(f"{SPEC}{BESIDE}{lines}\ndata: {{file: d.csv}}\n", encoding="utf-8")
        code, out, err = called("--lang", lang, "check", "s.yaml")
        return code, out + err

    return call


REFUSED = [
    ("indices: {T: {kind: share, item: S1, levels: [9, 9]}}", '"9" stands twice in levels'),
    ("indices: {G: {kind: gap, items: [Q1, Q1]}}", '"Q1" stands twice in items'),
    ("indices: {G: {kind: gap, items: [Q1, REC]}}", "1..10, 0..10"),
    ("indices: {T: {kind: ten_point, item: K1}}", "take kind: mean"),
    ("indices: {N: {kind: nps, item: REC, cuts: [9, 6]}}", "write [6, 9]"),
    ("hierarchy: {T: [Q1, Q1, Q2]}", '"Q1" stands twice in T'),
    (
        "hierarchy: {T: {of: [Q1, Q2, Q3], ahp: [[1, 3, 5], [1, 1/2], [1]]}}",
        "[[1, 3, 5], [1/3, 1, 1/2], [1/5, 2/1, 1]]",
    ),
    ("hierarchy: {T: {of: [Q1, Q2], ahp: [[1, 3], [3, 1]]}}", "which of the two is meant"),
    ("hierarchy: {T: {of: [Q1], ahp: [[1]]}}", "leave ahp out"),
    ("hierarchy: {T: {of: [Q1, Q2], delphi: {A: [0.6, 0.4], B: [0.5, 0.5]}}}", "write [60, 40]"),
    ("hierarchy: {T: {of: [Q1, Q2], delphi: {A: [60, 40]}}}", "state them as weights"),
    ("hierarchy: {T: {of: [Q1, Q2], delphi: {A: [60, 40]}, ahp: [[1, 3], [1/3, 1]]}}", "judged by ahp and by delphi"),
    ("targets: {S1: 80}", "S1 is an item of Satisfaction"),
    ("classes: {column: sex, contacts: {m: -5, f: 10}}", "m: -5"),
    ("gaps: {A: {items: {Q1: Q1}}}", "compared with itself"),
    ("fuzzy: {values: [100, 80, 60, 40, 20]}", "write [20, 40, 60, 80, 100]"),
    ("rollup: {levels: [bank, seg], weights: {Harbour: 10, Delta: 30}}", "the name of a file, with one row"),
]


@pytest.mark.parametrize(("lines", "words"), REFUSED)
def test_refused_with_the_likely_line(check: Callable[..., tuple[int, str]], lines: str, words: str) -> None:
    code, said = check(lines)
    assert code == 2 and words in said, said
    code, said = check(lines, "zh")
    assert code == 2 and "do:" not in said


SAID = [
    ("targets: {Satisfaction: 8}", "an answer of 8 on 1..10 is 77.8"),
    ("targets: {Satisfaction: 0.8}", "a share of 0.8 is 80"),
]


@pytest.mark.parametrize(("lines", "words"), SAID)
def test_levels_on_another_scale_are_said(check: Callable[..., tuple[int, str]], lines: str, words: str) -> None:
    code, said = check(lines)
    assert code == 0 and words in said, said
    assert "look like answers" not in check(lines.replace("0.8", "80").replace("8}", "80}"))[1]
