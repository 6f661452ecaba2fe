"""Roll-up, ranks, differences and changes with faulty files and odd arguments; the command line with odd options."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bad_forms import SPEC, frame, refused, run

import csimodels as cs
from csimodels.cli import main
from csimodels.errors import CsiError

N = 200
ROW = np.arange(N)
BANKS = np.asarray(["Harbour", "Norvand", "Aster", "Pax"])
DATA = frame(N).assign(bank=BANKS[ROW % 4], year=np.where(ROW < N // 2, 2025, 2026))
GOOD = "bank,seg,nation,weight\nHarbour,A,X,10\nNorvand,A,X,30\nAster,B,X,5\nPax,B,X,7\n"
JACK = cs.Jackknife()


def rolled(
    folder: Path, text: str | bytes, data: pd.DataFrame = DATA, levels: str = "[bank, seg, nation]", **keywords: Any
) -> Any:
    path = folder / "weights.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    keywords.setdefault("uncertainty", JACK)
    keywords.setdefault("by", "bank")
    return run(data, f'rollup: {{levels: {levels}, weights: "{path.as_posix()}"}}\n', **keywords)


def said(folder: Path, text: str | bytes, **keywords: Any) -> str:
    with pytest.raises(CsiError) as caught:
        rolled(folder, text, **keywords)
    return str(caught.value)


def satisfaction(result: cs.Result) -> pd.DataFrame:
    table = result.rollup()
    return table[table["construct"] == "Satisfaction"].set_index("unit")


# ---- the file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("empty (0 bytes)",)),
        ("bank,seg,nation,weight\n", ("no data rows",)),
        (GOOD.replace("bank,seg", "bank,bank"), ("bank appears twice",)),
        (GOOD.replace("weight", "Weight"), ('no column "weight"', 'did you mean "Weight"?')),
        (GOOD.replace("10", '"10,000"'), ("holds text", "'10,000'", "thousands")),
        (GOOD.replace("10", "nan"), ("missing in 1 row", "row 1 (Harbour)")),
        (GOOD.replace("10", "inf"), ("infinite in 1 row",)),
        (GOOD.replace(",30", ",1e308").replace(",5\n", ",1e308\n"), ("beyond 1e+100", "in 2 rows", "Norvand")),
        (GOOD.replace(",10", ",1e-320"), ("below 1e-100", "row 1 (Harbour)")),
        (GOOD.replace("Harbour", "Harbor"), ("Harbor", 'did you mean "Harbour"?', "no weight for the bank Harbour")),
    ],
)
def test_files_that_are_refused(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    error = said(tmp_path, text)
    assert "weights.csv" in error
    for word in words:
        assert word in error


def test_levels_that_are_refused(tmp_path: Path) -> None:
    assert 'a level cannot be called "weight"' in said(tmp_path, GOOD, levels="[bank, weight, nation]")
    assert "stands twice in levels" in said(tmp_path, GOOD, levels="[bank, seg, seg]")
    assert "a roll-up needs groups" in said(tmp_path, GOOD, by=None)
    assert 'no column "segm"' in said(tmp_path, GOOD, levels="[bank, segm, nation]")


def test_a_wave_without_weights_is_one_finding(tmp_path: Path) -> None:
    text = (
        GOOD.replace("weight", "weight,year")
        .replace("0\n", "0,2025\n")
        .replace("5\n", "5,2025\n")
        .replace("7\n", "7,2025\n")
    )
    text = text.replace("2025,2025", "2025")
    error = said(tmp_path, text, by=["bank", "year"])
    assert error.count("no weights of year = 2026: 4 groups") == 1 and "Harbour" not in error
    error = said(tmp_path, text + text.split("\n", 1)[1].replace("2025", "2026年"), by=["bank", "year"])
    assert 'did you mean "2026年"?' in error
    one = text + text.split("\n", 1)[1].replace("2025", "2026").replace("Pax", "Pacs")
    error = said(tmp_path, one, by=["bank", "year"])
    assert "no weight for the bank Pax, 2026" in error and "row 8: the survey has no bank" in error
    error = said(tmp_path, one.replace("Pax", "Pacs"), by=["bank", "year"])
    assert "no weight for the bank Pax (2025, 2026)" in error and "rows 4, 8: the survey has no bank" in error


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace(",10\n", ",1e6\n"), ("one member has nearly all", "Harbour: 99.99 % of A", "A: 99.99 % of X")),
        (GOOD.replace("B", "A").replace(",5\n", ",0.0005\n"), ("a ten-thousandth", "hardly count: Aster;")),
        (GOOD.replace("B,X", "B,Y"), ("2 units have nothing above them (X, Y)",)),
        (GOOD.replace(",", ";").replace(";10", ";10,5"), ("decimal comma in 1 row",)),
    ],
)
def test_weights_that_may_be_a_slip_are_said(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    said = " ".join(map(str, rolled(tmp_path, text, uncertainty=None).notes))
    for word in words:
        assert word in said


def test_decimals_with_a_comma_are_no_thousands(tmp_path: Path) -> None:
    assert "12.5 for 12,5" in said(tmp_path, GOOD.replace(",10\n", ',"12,5"\n'))
    assert "without thousands separators" in said(tmp_path, GOOD.replace(",10\n", ',"12,500"\n'))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_names_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    text = GOOD.replace("Harbour", "海港").replace("seg", "行 业").replace("X", "中国")
    data = DATA.assign(bank=DATA["bank"].replace("Harbour", "海港"))
    result = rolled(tmp_path, text.encode(encoding), data, "[bank, 行 业, nation]")
    plain = satisfaction(rolled(tmp_path, GOOD))
    assert satisfaction(result).loc["中国", "index"] == pytest.approx(plain.loc["X", "index"])
    assert satisfaction(result).loc["中国", "se"] == pytest.approx(plain.loc["X", "se"])


def test_numbers_texts_and_spaces_name_the_same_bank(tmp_path: Path) -> None:
    text = GOOD.replace("Harbour", " 1 ").replace("Norvand", "3").replace("Aster", "4.0").replace("Pax", "2")
    names = {"Harbour": 1, "Pax": 2, "Norvand": 3, "Aster": 4}
    numbers = satisfaction(rolled(tmp_path, text, DATA.assign(bank=DATA["bank"].map(names))))
    texts = satisfaction(rolled(tmp_path, text, DATA.assign(bank=DATA["bank"].map(names).astype(str))))
    plain = satisfaction(rolled(tmp_path, GOOD))
    for unit in ("A", "B", "X"):
        assert numbers.loc[unit, "index"] == texts.loc[unit, "index"] == pytest.approx(plain.loc[unit, "index"])


def test_long_identity_numbers_are_two_banks(tmp_path: Path) -> None:
    names = dict(zip(BANKS, ("9007199254740992", "9007199254740993", "3", "4"), strict=True))
    text = GOOD
    for name, number in names.items():
        text = text.replace(name, number)
    result = satisfaction(rolled(tmp_path, text, DATA.assign(bank=DATA["bank"].map(names))))
    assert result.loc["A", "members"] == 2
    assert result.loc["X", "index"] == pytest.approx(satisfaction(rolled(tmp_path, GOOD)).loc["X", "index"])


# ---- groups that failed -------------------------------------------------------------------------------------------


def test_a_failed_group_is_left_out_by_name_and_the_rest_is_by_hand(tmp_path: Path) -> None:
    data = DATA.assign(Q1=DATA["Q1"].where(DATA["bank"] != "Harbour", 7))
    result = rolled(tmp_path, GOOD, data)
    table, own = satisfaction(result), result.index()
    own = own[own["construct"] == "Satisfaction"].set_index("bank")
    assert table.loc["A", "index"] == own.loc["Norvand", "index"]
    share = {"Norvand": 40 / 52, "Aster": 12 / 52 * 5 / 12, "Pax": 12 / 52 * 7 / 12}
    assert table.loc["X", "index"] == pytest.approx(sum(v * own.loc[k, "index"] for k, v in share.items()))
    assert table.loc["X", "se"] == pytest.approx(np.sqrt(sum((v * own.loc[k, "se"]) ** 2 for k, v in share.items())))
    assert table.loc["X", "covered"] == pytest.approx(42 / 52)
    assert "Harbour (25.0 %)" in table.loc["A", "status"]
    assert any("roll-up: A: left out" in note for note in result.notes)
    ranks = result.ranks().set_index("unit")
    assert (
        ranks.loc["Harbour", "status"] == "no estimate" and (ranks.loc[["Norvand", "Aster", "Pax"], "among"] == 3).all()
    )
    differences = result.differences().set_index("unit")
    assert np.isnan(differences.loc["Harbour", "difference"])
    assert differences.loc["Harbour", "status"] == "nothing to compare"


def test_without_errors_of_one_member_the_unit_has_none_and_says_so(tmp_path: Path) -> None:
    data = DATA.assign(c=np.where(DATA["bank"] == "Pax", 999, ROW // 8))
    table = satisfaction(rolled(tmp_path, GOOD, data, design={"cluster": "c"}))
    assert np.isnan(table.loc["B", "se"]) and "no interval: a member has none" in table.loc["B", "status"]
    assert table.loc["A", "se"] > 0
    assert np.isnan(table.loc["X", "low"])


# ---- odd arguments ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> cs.Result:
    result: cs.Result = rolled(tmp_path_factory.mktemp("weights"), GOOD)
    return result


@pytest.fixture(scope="module")
def waves() -> cs.Result:
    return run(DATA, by=["bank", "year"], uncertainty=JACK)


CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[str, ...]]] = [
    ("ranks", ("Satisfction",), {}, ("unknown construct", 'did you mean "Satisfaction"?')),
    ("ranks", (5,), {}, ("unknown construct", "Quality, Value")),
    ("ranks", ("",), {}, ("unknown construct",)),
    ("ranks", (), {"of": "sge"}, ("unknown level", 'did you mean "seg"?')),
    ("ranks", (), {"of": ["seg"]}, ("of must be text",)),
    ("ranks", (), {"of": ""}, ("unknown level",)),
    ("ranks", (), {"within": "bank"}, ("not a level above bank",)),
    ("ranks", (), {"of": "seg", "within": "bank"}, ("not a level above seg",)),
    ("ranks", (), {"joint": "no"}, ("joint", "True, False")),
    ("differences", (), {"against": "parnt"}, ("nothing of this name", "parent, pairs, others")),
    ("differences", (), {"against": ""}, ("nothing of this name",)),
    ("differences", (), {"against": 5}, ("nothing of this name",)),
    ("differences", (), {"within": "seg"}, ("within is for pairs",)),
    ("differences", (), {"of": "nation"}, ("nothing stands above",)),
    ("differences", (), {"adjust": "holms"}, ('did you mean "holm"?',)),
    ("differences", (), {"adjust": ""}, ("unknown adjustment",)),
    ("differences", (), {"adjust": 0.05}, ("unknown adjustment",)),
    ("changes", (), {}, ("changes are between the waves",)),
    ("changes", ("year",), {}, ("changes need a group column of waves",)),
    ("changes", (), {"since": "out-2025"}, ("since is no result", "str", "compare(load_result")),
    ("changes", (), {"since": 5}, ("since is no result", "int")),
    ("rollup_drivers", ("X",), {}, ("unknown construct",)),
    ("rollup_drivers", ("Quality",), {}, ("nothing leads to this construct",)),
]


@pytest.mark.parametrize(("call", "positional", "keywords", "words"), CALLS)
def test_calls_that_are_refused(
    banks: cs.Result, call: str, positional: tuple[Any, ...], keywords: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(CsiError) as caught:
        getattr(banks, call)(*positional, **keywords)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("call", "keywords", "words"),
    [
        ("ranks", {"within": "yaer"}, ("not a column that forms the groups", 'did you mean "year"?')),
        ("ranks", {"within": ["year"]}, ("within must be text",)),
        ("differences", {"against": "parent"}, ("nothing stands above", "roll-up")),
        ("changes", {"by": "yaer"}, ('did you mean "year"?',)),
        ("changes", {"by": "year", "adjust": "x"}, ("unknown adjustment",)),
        ("rollup", {}, ("the model has no roll-up",)),
        ("rollup_drivers", {}, ("the model has no roll-up",)),
    ],
)
def test_the_same_without_a_roll_up(
    waves: cs.Result, call: str, keywords: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(CsiError) as caught:
        getattr(waves, call)(**keywords)
    for word in words:
        assert word in str(caught.value)


def test_one_group_and_no_group() -> None:
    one = run(DATA.assign(bank="X"), by="bank", uncertainty=JACK)
    assert one.ranks()[["rank", "rank_low", "rank_high", "among"]].to_numpy().tolist() == [[1, 1, 1, 1]]
    assert one.differences()["status"].tolist() == ["nothing to compare"]
    assert one.differences(against="pairs").empty
    none = run(DATA, uncertainty=JACK)
    for call in (none.ranks, none.differences):
        with pytest.raises(CsiError, match="one group only"):
            call()


def test_without_intervals_ranks_and_differences_say_so() -> None:
    plain = run(DATA, by="bank")
    assert set(plain.ranks()["status"]) == set(plain.differences()["status"]) == {"no interval"}
    assert plain.ranks()["rank_low"].isna().all() and plain.differences()["p"].isna().all()
    with_errors = run(DATA, by="bank", uncertainty=JACK)
    same = "both results are of the same answers: differences are of method and have no interval here"
    assert cs.compare(plain, with_errors)["status"].str.contains(same, regex=False).all()


# ---- two results --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def years() -> tuple[cs.Result, cs.Result]:
    """Banks 1 and 2 as numbers in the first, 1 and B as texts in the second."""
    first = run(DATA.assign(bank=ROW % 2 + 1), by="bank", uncertainty=JACK)
    second = run(DATA.iloc[:120].assign(bank=np.where(ROW[:120] % 2 == 0, "1", "B")), by="bank", uncertainty=JACK)
    return first, second


def of_bank_one(result: cs.Result) -> pd.Series:
    table = result.index()
    return table[(table["bank"].astype(str) == "1") & (table["construct"] == "Satisfaction")].iloc[0]


def test_one_and_the_text_one_are_the_same_bank_in_two_results(
    years: tuple[cs.Result, cs.Result], tmp_path: Path
) -> None:
    old, new = (of_bank_one(result) for result in years)
    for folder, result in zip(("old", "new"), years, strict=True):
        cs.save(result, tmp_path / folder, report=False)
    stored = [cs.load_result(tmp_path / folder) for folder in ("old", "new")]
    for table in (years[1].changes(since=years[0]), cs.compare(*years), cs.compare(*stored)):
        if "table" in table:
            table = table[table["table"] == "index"].rename(columns={"subject": "construct"})
        row = table[(table["bank"] == "1") & (table["construct"] == "Satisfaction")]
        assert len(row) == 1
        assert row["change"].item() == pytest.approx(new["index"] - old["index"])
        assert row["se"].item() == pytest.approx(np.hypot(new["se"], old["se"]))
        lost = table[table["bank"].astype(str).isin(["2", "B"])]
        assert len(lost) == 8 and set(lost["status"]) == {"nothing to compare"}


@pytest.mark.parametrize("other", [None, 5, "out-2025", Path("out-2025")])
def test_what_is_no_result_cannot_be_compared(years: tuple[cs.Result, cs.Result], other: Any) -> None:
    with pytest.raises(CsiError, match="compare takes two results"):
        cs.compare(other, years[1])
    with pytest.raises(CsiError, match="compare takes two results"):
        cs.compare(years[0], other)


def test_results_that_cannot_be_compared(years: tuple[cs.Result, cs.Result], waves: cs.Result) -> None:
    with pytest.raises(CsiError, match="grouped by different columns"):
        cs.compare(years[0], waves)
    with pytest.raises(CsiError, match="unknown adjustment"):
        cs.compare(*years, adjust="holms")  # type: ignore[arg-type]
    with pytest.raises(CsiError, match="different groups"):
        waves.changes(since=years[0])


def test_a_stored_result_says_what_it_holds(years: tuple[cs.Result, cs.Result], tmp_path: Path) -> None:
    cs.save(years[0], tmp_path / "old", report=False)
    stored = cs.load_result(tmp_path / "old")
    assert stored.ranks()["rank"].tolist() == years[0].ranks()["rank"].tolist()
    for call in (lambda: stored.ranks("Quality"), lambda: stored.ranks(of=""), lambda: years[1].changes(since=stored)):
        with pytest.raises(CsiError, match="finished tables only"):
            call()


def test_adjust_misspelt_in_the_spec() -> None:
    spec = "rollup: {levels: [bank, seg], weights: x.csv, adjust: holmes}\n"
    refused(DATA, "unknown value of adjust of rollup", 'did you mean "holm"?', spec=spec, by="bank")


# ---- the command line ---------------------------------------------------------------------------------------------

Call = Callable[..., str]


@pytest.fixture
def fails(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run a command that must end with exit code 2 and no traceback; returns what it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    DATA.to_csv("d.csv", index=False)
    Path("b.yaml").write_text(f"{SPEC}data: {{file: d.csv}}\nuncertainty: {{replicates: 30}}\n", encoding="utf-8")
    Path("j.yaml").write_text(f"{SPEC}data: {{file: d.csv}}\nuncertainty: {{method: jackknife}}\n", encoding="utf-8")

    def call(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["csi", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        text = captured.out + captured.err
        assert stop.value.code == 2, text
        assert "Traceback" not in text
        return text

    return call


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("b.yaml", "--uncertainty", "jacknife"), ('did you mean "jackknife"?',)),
        (("b.yaml", "--interval", "bcaa"), ('did you mean "bca"?',)),
        (("b.yaml", "--replicates", "1"), ("at least 2",)),
        (("b.yaml", "--replicates", "-10"), ("at least 2", "-10")),
        (("b.yaml", "--replicates", "99999999999999999999"), ("2 to 1,000,000",)),
        (("b.yaml", "--replicates", "2.5"), ("--replicates",)),
        (("b.yaml", "--seed", "-1"), ("seed", "-1")),
        (("b.yaml", "--uncertainty", "jackknife", "--replicates", "50"), ("only the bootstrap has replicates",)),
        (("j.yaml", "--interval", "bca"), ("only the bootstrap has interval", "jackknife")),
        (("j.yaml", "--uncertainty", "none", "--seed", "3"), ("only the bootstrap has seed", "none")),
        (("b.yaml", "--uncertainty", "replicate_weights"), ("the data have no replicate weights",)),
        (("b.yaml", "--by", "rank"), ("has the name of a column",)),
    ],
)
def test_run(fails: Call, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    text = fails("run", *arguments, "-o", "out", "--no-report")
    for word in words:
        assert word in text
    assert not Path("out").exists()


def test_compare(fails: Call, years: tuple[cs.Result, cs.Result]) -> None:
    for folder, result in zip(("old", "new"), years, strict=True):
        cs.save(result, folder, report=False)
    assert "no result.json here" in fails("compare", "old", "nowhere")
    assert "no result.json here" in fails("compare", "old", "d.csv")
    assert "holm, bh, none" in fails("compare", "old", "new", "--adjust", "Holm")
    assert 'no ".json" file' in fails("compare", "old", "new", "-o", "old/result.json")
    assert "no CSV file" in fails("compare", "old", "new", "-o", "old")
