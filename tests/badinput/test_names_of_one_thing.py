"""Groups under two names, dates as numbers of days, and times in words: said, and put into their order."""

from __future__ import annotations

import pytest
from bad_forms import TWO, frame

import csimodels as cs
from csimodels.survey.natural_order import natural
from csimodels.survey.short_names import long_and_short


def cautions(names: list[object], lines: str = "data: {by: g}\n") -> str:
    data = frame().assign(g=[names[k % len(names)] for k in range(120)])
    study = cs.Study(cs.parse_model(TWO + lines), data, uncertainty=None)
    study.check()
    return "\n".join(map(str, study.cautions))


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("中国移动公司", "中国移动"),
        ("中国平安保险(集团)股份有限公司", "中国平安"),
        ("中國移動通信集團", "中国移动"),
        ("江苏省", "江苏"),
        ("女性", "女"),
        ("Bolt, Inc.", "Bolt"),
        ("Acme Holdings Ltd", "ACME"),
    ],
)
def test_full_and_short_names_are_said(full: str, short: str) -> None:
    said = cautions([full, "另一个", short])
    assert f'"{full}" (40) / "{short}" (40)' in said or f'"{short}" (40) / "{full}" (40)' in said


def test_names_that_are_only_an_end_stay_apart() -> None:
    others = ["公司", "集团", "有限公司", "A市", "B市", "Company A", "Company B", "性", "co", "Bankco", "Bank"]
    assert long_and_short(others) == []


def test_numbers_of_days_are_said_and_read_where_periods_are_asked_for() -> None:
    assert "45292 would be 2024-01-01" in cautions([45292, 45658])
    said = cautions([45292, 45658], "data: {wave: g}\n")
    line = said[said.index("wave: {") :].splitlines()[0]
    data = frame().assign(g=[(45292, 45323, 45658)[k % 3] for k in range(120)])
    survey = cs.Study(cs.parse_model(f"{TWO}data: {{{line}}}\n"), data, uncertainty=None).survey
    assert survey.waves == ("2024-01", "2024-02", "2025-01")
    assert any(str(entry.step) == "numbers of days read as dates" for entry in survey.entries())
    assert "days" not in cautions([45292, 12]) and "days" not in cautions([2024, 2025])


@pytest.mark.parametrize(
    "ordered",
    [
        ["二〇二三年", "二零二四年", "二〇二五年"],
        ["2023", "２０２４", "二〇二五"],
        ["2024年下半年", "二〇二五年上半年", "2025年下半年"],
        ["上半年", "下半年"],
        ["春季", "夏季", "秋季", "冬季"],
        ["前年", "去年", "今年"],
        ["二〇二四年十一月", "二〇二五年二月", "二〇二五年十二月"],
    ],
)
def test_times_in_chinese_stand_in_their_order(ordered: list[str]) -> None:
    shuffled = list(reversed(ordered))
    assert sorted(shuffled, key=natural) == ordered
    assert "order" not in cautions(list(shuffled), "data: {wave: g}\n")
