"""Sections for desk and decisions that say something odd: the cause and the likely line, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bad_forms import ITEMS, SPEC, frame, run

BESIDE = "items: {REC: {scale: [0, 10]}, K1: {scale: [1, 5]}, K2: {scale: [1, 5]}}\n"
ANSWERS = frame(120).astype(dict.fromkeys(ITEMS, int))
ANSWERS["REC"], ANSWERS["K1"], ANSWERS["K2"] = ANSWERS["L1"], ANSWERS["L1"] % 5 + 1, ANSWERS["S1"] % 5 + 1
ANSWERS["sex"] = ["m", "f"] * 60
ANSWERS["profit"], ANSWERS["stay"] = "12,5", 1
ANSWERS["LIKE"], ANSWERS["SAME"], ANSWERS["DISLIKE"], ANSWERS["year"] = 1, 1, 5, [2025, 2026] * 60


@pytest.fixture
def check(
    called: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str]]:
    """``csi check`` of the small spec with further lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    ANSWERS.to_csv("d.csv", index=False)

    def call(lines: str, lang: str = "en", data: str = "") -> tuple[int, str]:
        beside = "" if lines.startswith("items") else BESIDE
        Path("s.yaml").write_text(f"{SPEC}{beside}{lines}\ndata: {{file: d.csv{data}}}\n", encoding="utf-8")
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
    ("hierarchy: {T: {of: [Q1, Q2], ahp: [[50, 80], [20, 50]]}}", "4 and 0.25 for 80 : 20"),
    ("hierarchy: {T: {of: [Q1, Q2], delphi: {A: {Q2: 40, Q1: 60}, B: {Q2: 50, Q1: 50}}}}", "write A: [60, 40]"),
    ("hierarchy: {T: {of: [Q1, Q2], delphi: {Q1: [60, 50], Q2: [40, 50]}}}", "{expert1: [60, 40], expert2: [50, 50]}"),
    ("focus: {axes: {profit: 60,5, stay: 1}}", "write profit: 60.5"),
    ('focus: {valued: "profit > 60,5"}', "write 60.5"),
    ('focus: {valued: "profit > 60"}', "12.5 for 12,5"),
    ("report: {formats: [], template: no.docx}", "there is no such template"),
    ("report: {formats: [html], brand: {logo: no.png}}", "there is no such logo"),
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


PAIR = "items: {LIKE: {scale: [1, 5]}, SAME: {scale: [1, 5]}, DISLIKE: {scale: [1, 5]}}\n"
SOUND = PAIR + "kano: {App: {functional: LIKE, dysfunctional: DISLIKE}}"
#: Lines, what is said of them, and lines of which it is not.
DOUBTS = [
    (SOUND.replace("LIKE, ", "DISLIKE, ").replace(": DISLIKE}}", ": LIKE}}"), "are reversed (R): App", SOUND),
    (SOUND.replace(": DISLIKE}}", ": SAME}}"), "are questionable (Q): App", SOUND),
    (
        "penalty_reward: {S1: {items: [Q1, Q2], low: 1, high: 8}}",
        "Q2: nobody at most 1",
        "penalty_reward: {S1: {items: [Q1, Q2], low: 5, high: 8}}",
    ),
    (
        "hierarchy: {T: {of: [Q1, Q2], ahp: [[1, 20], [1/20, 1]]}}",
        "1/9 to 9 (Q1 against Q2: 20)",
        "hierarchy: {T: {of: [Q1, Q2], ahp: [[1, 9], [1/9, 1]]}}",
    ),
    ("trend: {breaks: [2025]}", "a break at 2025 changes nothing", "trend: true"),
    ("trend: {breaks: [2026]}", "2026 alone came after the last break", "trend: true"),
]


@pytest.mark.parametrize(("lines", "words", "sound"), DOUBTS)
def test_what_makes_a_section_doubtful_is_a_caution(
    check: Callable[..., tuple[int, str]], lines: str, words: str, sound: str
) -> None:
    wave = ", wave: year" if "trend" in lines else ""
    code, said = check(lines, data=wave)
    assert code == 0 and words in said, said
    code, said = check(sound, data=wave)
    assert code == 0 and words not in said, said


def test_few_events_of_a_logit_are_counted() -> None:
    data = frame(200).assign(left=0)
    data.loc[[3, 90], "left"] = 1
    lines = 'behaviour: {gone: {outcome: "left == 1", on: Satisfaction}}\n'
    few = run(data, lines).notes
    assert any("fewer than 10 respondents" in str(note) and "all respondents: 2" in str(note) for note in few)
    data.loc[data.index % 5 == 0, "left"] = 1
    assert not any("fewer than 10" in str(note) for note in run(data, lines).notes)
