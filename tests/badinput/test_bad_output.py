"""The command line and the folders it writes: exit codes, escaping, damaged or foreign files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from bad_forms import SPEC, frame

import csimodels as cs

Call = Callable[..., tuple[int, str, str]]
QUICK = ("--replicates", "0", "--no-report")


@pytest.fixture
def csi(called: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run a command in a folder with ``m.yaml`` and ``d.csv``: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "m.yaml").write_text(SPEC, encoding="utf-8")
    frame().to_csv(tmp_path / "d.csv", index=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        code, out, err = called(*arguments)
        assert "Traceback" not in err
        return code, out, err

    return call


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "m.yaml", "d.csv", "-o", "d.csv"), ("the output folder is a file",)),
        (("run", "m.yaml", "d.csv", "-o", "d.csv/out"), ("d.csv, which is a file",)),
        (("run", "m.yaml", "d.csv", "-o", "."), ("did not write", "new or empty")),
        (("run", "m.yaml", "d.csv", "-o", ""), ("did not write", "new or empty")),
        (("run", "m.yml", "d.csv"), ("no such file", 'did you mean "m.yaml"?')),
        (("run", "d.csv", "m.yaml"), ("a file of answers, not a spec", "csi run SPEC d.csv")),
        (("run", "m.yaml", "e.csv"), ("no such file: e.csv", 'did you mean "d.csv"?')),
        (("run", "m.yaml"), ("no data was given",)),
        (("run", "m.yaml", "d.csv", "--seed", "-1"), ("seed", "-1")),
        (("run", "m.yaml", "d.csv", "--replicates", "1"), ("replicates", "at least 2")),
        (("run", "m.yaml", "d.csv", "--replicates", "-10"), ("replicates", "-10")),
        (("run", "m.yaml", "d.csv", "--replicates", "1000000000000"), ("replicates", "1000000")),
        (("run", "m.yaml", "d.csv", "--estimator", "MLX"), ("MLX", "pls, plsc")),
        (("run", "m.yaml", "d.csv", "--missing", "avg"), ("avg", "listwise, mean, pairwise, em")),
        (("run", "m.yaml", "d.csv", "--weight", "wt"), ('no column "wt"', 'did you mean "w"?')),
        (("run", "m.yaml", "d.csv", "--by", "bnak"), ('no column "bnak"', 'did you mean "bank"?')),
        (("run", "m.yaml", "d.csv", "--by", "bank", "--by", "bank"), ('"bank" stands twice',)),
        (("run", "m.yaml", "d.csv", "--by", "Q1"), ('column "Q1" forms the groups',)),
        (("run", "m.yaml", "d.csv", "--where", "bank"), ("COLUMN=VALUE",)),
        (("run", "m.yaml", "d.csv", "--where", "=Delta"), ("column is empty",)),
        (("run", "m.yaml", "d.csv", "--where", "bank=Dleta"), ("matches no row", "bank holds Delta, Harbour")),
        (("run", "m.yaml", "d.csv", "--where", "bank=Delta", "--where", "bank=Harbour"), ('"bank" has two values',)),
        (("simulate", "m.yaml", "-n", "0"), ("at least 1",)),
        (("simulate", "m.yaml", "-n", "-5"), ("-5", "at least 1")),
        (("simulate", "m.yaml", "--dont-know", "2"), ("dont_know_share", "2")),
        (("simulate", "m.yaml", "--weight-cv", "-1"), ("weight_cv", "-1")),
        (("simulate", "m.yaml", "-o", "nowhere/d.csv"), ("folder does not exist", "nowhere")),
        (("simulate", "m.yaml", "-o", "d.csv"), ("d.csv", "the file exists")),
        (("init", "acsi", "-o", "nowhere/x.yaml"), ("nowhere/x.yaml",)),
        (("init", "acsi", "-o", "m.yaml"), ("the file exists", "--force")),
        (("init", "ascii"), ('did you mean "acsi"?',)),
        (("init", ""), ("no library model", "acsi")),
        (("report", "d.csv"), ("no result.json here",)),
        (("report", "nowhere"), ("no result.json here",)),
        (("verify", "nowhere"), ("no manifest.json here",)),
        (("lavaan", "nowhere.txt"), ("no such file",)),
        (("schema", "-o", "nowhere/x"), ("nowhere/x",)),
        (("rnu",), ("rnu",)),
        (("run",), ("spec",)),
        (("run", "m.yaml", "d.csv", "--replicate", "5"), ("--replicate",)),
        (("run", "m.yaml", "d.csv", "--seed", "abc"), ("--seed",)),
    ],
)
def test_mistakes_end_with_exit_code_2_and_words(csi: Call, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    before = Path("d.csv").read_bytes()
    code, _, err = csi(*arguments)
    assert code == 2, err
    flat = " ".join(err.split())
    for word in words:
        assert word in flat, err
    assert Path("d.csv").read_bytes() == before
    assert not Path("out").exists()


def test_simulate_may_replace_its_own_file(csi: Call) -> None:
    for n in ("50", "60"):
        assert csi("simulate", "m.yaml", "-n", n, "-o", "s.csv")[0] == 0
    assert len(pd.read_csv("s.csv")) == 60


@pytest.mark.parametrize("content", [b"A =~ \xe9", b"", b"A =~ a1 + \nB ~~~ q", b"\0\1\2"])
def test_lavaan_files_that_are_none(csi: Call, content: bytes) -> None:
    Path("l.txt").write_bytes(content)
    code, out, err = csi("lavaan", "l.txt")
    assert code == 2 and err and not out


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"5", b"\xff\xfe", b'{"format": 99}', b'{"format": 1}'])
@pytest.mark.parametrize("command", ["report", "verify"])
def test_damaged_results(csi: Call, content: bytes, command: str) -> None:
    assert csi("run", "m.yaml", "d.csv", "-o", "o", *QUICK)[0] == 0
    Path("o/result.json").write_bytes(content)
    code, _, err = csi(command, "o")
    assert code == 2 and ("damaged" in err or "another version" in err) and "again" in err


def test_numbers_changed_by_hand_are_found(csi: Call) -> None:
    assert csi("run", "m.yaml", "d.csv", "-o", "o", *QUICK)[0] == 0
    stored = json.loads(Path("o/result.json").read_text(encoding="utf-8"))
    stored["value"][0][0] += 0.001
    Path("o/result.json").write_text(json.dumps(stored), encoding="utf-8")
    code, out, _ = csi("verify", "o")
    assert code == 1 and "not what was written" in " ".join(out.split())


def test_data_that_are_gone_are_named(csi: Call) -> None:
    assert csi("run", "m.yaml", "d.csv", "-o", "o", *QUICK)[0] == 0
    Path("d.csv").unlink()
    code, _, err = csi("verify", "o")
    assert code == 2 and "d.csv" in err


def test_a_data_file_in_the_spec_is_seen_from_the_spec(csi: Call) -> None:
    Path("sub").mkdir()
    Path("sub/s.yaml").write_text(SPEC + "data: {file: d.csv}\n", encoding="utf-8")
    code, _, err = csi("check", "sub/s.yaml")
    assert code == 2 and "no such file: sub/d.csv" in err and "folder of the spec" in " ".join(err.split())


NASTY = "<script>alert(1)</script>"


def test_names_that_are_code_stay_text(csi: Call) -> None:
    text = SPEC.replace("Quality", f"'{NASTY}'").replace("name: small", f"title: '{NASTY}'")
    text = text.replace("Loyalty: {items", "Loyalty: {label: '=cmd()', items")
    Path("s.yaml").write_text(text, encoding="utf-8")
    code, out, err = csi("run", "s.yaml", "d.csv", "-o", "o", "--replicates", "0")
    if code == 2:
        assert NASTY in err  # refused by name
        return
    assert NASTY in out
    page = Path("o/report.html").read_text(encoding="utf-8")
    assert NASTY not in page and "&lt;script&gt;alert(1)" in page
    for table in Path("o/tables").glob("*.csv"):
        assert "\n=" not in table.read_text(encoding="utf-8-sig") and ",=" not in table.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("name", ["../../x", "/tmp/x", "a/b", "CON", "=x", "[red]x[/red]", "-x"])
def test_names_of_models_do_not_lead_out_of_the_folder(csi: Call, tmp_path: Path, name: str) -> None:
    Path("s.yaml").write_text(SPEC.replace("name: small", f"name: '{name}'"), encoding="utf-8")
    before = {p.name for p in tmp_path.parent.iterdir()}
    code, _, err = csi("run", "s.yaml", "d.csv", "-o", "o", "--replicates", "0")
    assert code == 0 or name in err
    assert {p.name for p in tmp_path.parent.iterdir()} == before
    assert {p.name for p in tmp_path.iterdir()} <= {"m.yaml", "d.csv", "s.yaml", "o"}


def test_markup_in_titles_is_shown_as_it_is(csi: Call) -> None:
    Path("s.yaml").write_text(SPEC.replace("name: small", "title: '[red]boo[/]'"), encoding="utf-8")
    assert "[red]boo[/]" in csi("check", "s.yaml")[1]


def test_python_says_the_same_as_the_command_line(csi: Call) -> None:
    code, _, err = csi("run", "m.yaml", "d.csv", "--where", "bank=Dleta")
    with pytest.raises(cs.DataError) as caught:
        cs.Study("m.yaml", "d.csv", where={"bank": "Dleta"}).run()
    assert code == 2 and " ".join(str(caught.value).split()) in " ".join(err.split())


# ---- a newcomer's first hour --------------------------------------------------------------------------------------


def starter(csi: Call) -> str:
    assert csi("init", "acsi", "-o", "first.yaml")[0] == 0
    text = Path("first.yaml").read_text(encoding="utf-8")
    cs.simulate(cs.load_model("acsi"), 300, seed=1).data.to_csv("my-survey.csv", index=False)
    return text


#: (text in the starter, what a newcomer writes, words that have to help)
SLIPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "the survey is not there": ("my-survey.csv", "my-surveys.csv", ("my-surveys.csv", 'did you mean "my-survey.csv"?')),
    "columns written the wrong way round": ("    SAT1: SAT1", "    q9: SAT1", ('"q9"', "write item: column")),
    "an item misspelt": ("    SAT1: SAT1", "    STA1: SAT1", ('"STA1"', 'did you mean "SAT1"?')),
    "a column that does not exist": ("    SAT1: SAT1", "    SAT1: q9", ('no column "q9" for item SAT1', "columns")),
    "codes without brackets": ("missing_codes: []", "missing_codes: 98, 99", ("write [98, 99]",)),
    "the comment sign left before a key": ("  # by: company", "  by: compny", ('no column "compny" for by',)),
    "an estimator in capitals": ("estimator: pls", "estimator: PLS", ('did you mean "pls"?',)),
    "percent for the level": ("level: 0.95", "level: 95", ("write 0.95",)),
    "a wrong indent": ("  columns:", " columns:", ("first.yaml:", "indentation")),
    "no blank after the colon": ("  file: my-survey.csv", "  file:my-survey.csv", ("first.yaml:",)),
    "a full-width colon": ("  file: my-survey.csv", "  file： my-survey.csv", ("first.yaml:", "full-width")),
    "Word languages": ("languages: [en, zh]", "languages: [English, Chinese]", ("English", "en, zh")),
    "pdf": ("formats: [html, xlsx]", "formats: [odt]", ("odt", "html, xlsx")),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_newcomers_slip(csi: Call, slip: str) -> None:
    old, new, words = SLIPS[slip]
    text = starter(csi)
    assert old in text
    Path("first.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    code, _, err = csi("check", "first.yaml")
    assert code == 2
    flat = " ".join(err.split())
    for word in words:
        assert word in flat, err


def test_the_starter_itself_is_fine(csi: Call) -> None:
    starter(csi)
    code, out, _ = csi("check", "first.yaml")
    assert code == 0 and "the data fit the model" in out


# ---- results and folders from Python ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def result() -> cs.Result:
    return cs.Study(cs.parse_model(SPEC), frame(), uncertainty=None).run()


@pytest.mark.parametrize(
    ("target", "level", "words"),
    [
        ("Satisfactin", "construct", ("unknown construct", 'did you mean "Satisfaction"?')),
        ("Quality", "construct", ("nothing leads to this construct", "Value, Satisfaction, Loyalty")),
        ("S1", "construct", ("unknown construct",)),
        ("Satisfaction", "itm", ("level", "construct, item")),
    ],
)
def test_drivers_of_nothing(result: cs.Result, target: str, level: str, words: tuple[str, ...]) -> None:
    with pytest.raises(cs.SpecError) as caught:
        result.drivers(target, level)  # type: ignore[arg-type]
    assert all(word in str(caught.value) for word in words)


def test_a_report_in_one_language_or_format_given_as_text(result: cs.Result, tmp_path: Path) -> None:
    assert [p.name for p in result.report(tmp_path / "a", languages="zh", formats="html")] == ["report.html"]
    for keywords in ({"languages": "fr"}, {"formats": "odt"}, {"formats": ("html", "odt")}):
        with pytest.raises(cs.SpecError, match="unknown"):
            result.report(tmp_path / "b", **keywords)  # type: ignore[arg-type]


def test_folders_that_are_files(result: cs.Result, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("mine")
    for folder in (tmp_path / "f", tmp_path / "f" / "x"):
        with pytest.raises(cs.DataError, match="file"):
            result.report(folder)
        with pytest.raises(cs.DataError, match="file"):
            cs.save(result, folder)
    assert (tmp_path / "f").read_text() == "mine"


def test_a_data_file_that_is_not_there_is_refused_before_writing(result: cs.Result, tmp_path: Path) -> None:
    with pytest.raises(cs.DataError, match=r"nowhere\.csv"):
        cs.save(result, tmp_path / "o", data=tmp_path / "nowhere.csv")
    assert not (tmp_path / "o" / "result.json").exists()


def test_results_from_memory_say_that_they_cannot_be_rerun(result: cs.Result, tmp_path: Path) -> None:
    cs.save(result, tmp_path / "o", report=False)
    with pytest.raises(cs.DataError, match="came from memory"):
        cs.verify(tmp_path / "o")
    with pytest.raises(cs.DataError, match="carries no respondents"):
        cs.load_result(tmp_path / "o").scores()


def test_tables_of_an_earlier_run_do_not_stay_beside_the_new_ones(csi: Call) -> None:
    assert csi("run", "m.yaml", "d.csv", "-o", "o", "--by", "bank", "--replicates", "0")[0] == 0
    assert Path("o/tables/overall_index.csv").exists() and Path("o/report.html").exists()
    assert csi("run", "m.yaml", "d.csv", "-o", "o", *QUICK)[0] == 0
    assert not Path("o/tables/overall_index.csv").exists() and not Path("o/report.html").exists()
    assert "bank" not in pd.read_csv("o/tables/index.csv").columns


def test_a_manifest_cannot_have_files_elsewhere_removed(csi: Call) -> None:
    assert csi("run", "m.yaml", "d.csv", "-o", "o", *QUICK)[0] == 0
    manifest = json.loads(Path("o/manifest.json").read_text(encoding="utf-8"))
    manifest["files"] += ["../d.csv", str(Path("m.yaml").resolve()), 3, None]
    Path("o/manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert csi("run", "m.yaml", "d.csv", "-o", "o", *QUICK)[0] == 0
    assert Path("d.csv").exists() and Path("m.yaml").exists()


def test_a_run_leaves_its_data_alone() -> None:
    data = frame()
    study = cs.Study(cs.parse_model(SPEC), data, weight="w", by="bank", missing="em", uncertainty=None)
    one, two = study.run(), study.run()
    assert data.equals(frame())
    assert (one.estimates.value == two.estimates.value).mean() > 0.9  # the rest is NaN


def test_more_rows_than_memory_is_a_message(csi: Call) -> None:
    code, _, err = csi("simulate", "m.yaml", "-n", "1000000000000000")
    assert code == 2 and ("memory" in err or "interviews" in err)
