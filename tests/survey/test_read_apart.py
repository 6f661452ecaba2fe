"""Binary files are read in a process of their own: whatever happens there ends in words, and far cells cost nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import xlsxwriter
from survey_forms import every_form, frame, model, rows_of, write_excel

import csimodels as cs
from csimodels.isolated import limits, process, read_statistics
from csimodels.isolated.old_workbook import error_cells
from csimodels.isolated.sheet import GAP_COLUMNS, GAP_ROWS, address, look
from csimodels.survey import read_survey

SUFFIX = {"spss": "sav", "stata": "dta", "excel": "xlsx", "parquet": "parquet"}


def said(survey: object, step: str) -> list[tuple[str, int, str]]:
    return [(e.subject, e.count, e.detail) for e in survey.log if e.step == step]


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("forms")
    forms = every_form(frame(40), folder)
    labels = {"SAT1": {1.0: "bad", 10.0: "good"}}
    pyreadstat.write_sav(frame(40), str(folder / "survey.sav"), variable_value_labels=labels)
    return forms


def damaged(whole: bytes, number: int, pick: random.Random) -> bytes:
    """A cut file every third time, else one with a few flipped bits."""
    if number % 3 == 2:
        return whole[: pick.randrange(1, len(whole))]
    copy = bytearray(whole)
    for _ in range(pick.choice([1, 1, 4])):
        copy[pick.randrange(len(copy))] ^= 1 << pick.randrange(8)
    return bytes(copy)


@pytest.mark.parametrize(("kind", "times"), [("spss", 30), ("stata", 12), ("excel", 60), ("parquet", 60)])
def test_damaged_files_are_read_or_refused_in_words(
    kind: str, times: int, forms: dict[str, object], tmp_path: Path
) -> None:
    whole, pick, ends = Path(str(forms[kind])).read_bytes(), random.Random(7), Counter[str]()
    path = tmp_path / f"x.{SUFFIX[kind]}"
    for number in range(times):
        path.write_bytes(damaged(whole, number, pick))
        try:
            read_survey(path, model(), by="bank")
            ends["read"] += 1
        except cs.DataError as error:
            assert path.name in str(error)
            assert "do:" in str(error)
            ends["refused"] += 1
    assert sum(ends.values()) == times
    assert ends["refused"] >= times // 3  # every cut file but those cut behind the last answer
    assert ends["read"] >= 1 or kind == "excel"


# ---- ends of the process --------------------------------------------------------------------------------------------


def ending(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Put another program in the place of the worker."""
    real = subprocess.Popen

    def started(command: list[str], **settings: object) -> subprocess.Popen[bytes]:
        return real([sys.executable, "-c", code], **settings)

    monkeypatch.setattr(subprocess, "Popen", started)


@pytest.fixture
def sav(tmp_path: Path, forms: dict[str, object]) -> Path:
    path = tmp_path / "x.sav"
    path.write_bytes(Path(str(forms["spss"])).read_bytes())
    return path


def test_a_crash_of_the_reader_is_survived(sav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})")
    with pytest.raises(cs.DataError, match=r"x\.sav cannot be read as an SPSS file") as caught:
        read_survey(sav, model())
    assert "its reader crashed (signal 11)" in str(caught.value)
    assert "open it in SPSS and save it again" in str(caught.value)


def test_a_reader_stopped_by_the_system_has_no_memory(sav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(cs.DataError, match=r"the system stopped reading x.sav: it has no memory left"):
        read_survey(sav, model())


@pytest.mark.parametrize("end", ["memory allocation of 549755813888 bytes failed", "MemoryError"])
def test_a_reader_that_runs_out_of_memory_says_the_bound(end: str, sav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, f"import sys, os; sys.stderr.write({end!r}); sys.stderr.flush(); os.abort()")
    with pytest.raises(cs.DataError, match=r"takes more than the 2\.0 GiB of memory"):
        read_survey(sav, model())


def test_a_reader_that_does_not_end_is_ended(sav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, "import time; time.sleep(600)")
    monkeypatch.setattr(process, "seconds_for", lambda size: 0.5)
    with pytest.raises(cs.DataError, match=r"reading x.sav did not end within"):
        read_survey(sav, model())


def test_half_an_answer_is_none(sav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, "import sys, pickle; sys.stdout.buffer.write(pickle.dumps(('done', [1.5] * 999))[:700])")
    with pytest.raises(cs.DataError, match="cannot be read as an SPSS file"):
        read_survey(sav, model())


def test_a_process_that_cannot_start_is_one_sentence(sav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(sav.parent / "nowhere"))
    with pytest.raises(cs.DataError, match=r"the process that reads x.sav cannot be started"):
        read_survey(sav, model())


def test_no_folder_for_temporary_files_is_needed(sav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "full"))
    assert read_survey(sav, model()).n == 40


@pytest.mark.skipif(sys.platform != "linux", reason="the bound on memory is that of Linux")
def test_the_bound_on_memory_holds(tmp_path: Path) -> None:
    code = (
        "from csimodels.isolated.worker import hold; hold(200_000_000)\n"
        "try: bytearray(300_000_000)\nexcept MemoryError: print('held')"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "held"


def test_the_worker_loads_nothing_that_it_does_not_need() -> None:
    code = "import sys, csimodels.isolated.worker, csimodels.isolated.read_workbook; print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert not {"numpy", "pandas", "pydantic", "yaml", "csimodels.survey"} & set(done.stdout.split())


def test_a_workbook_that_changes_while_it_is_read_is_noticed(
    forms: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from csimodels.survey.files import excel

    path = tmp_path / "x.xlsx"
    path.write_bytes(Path(str(forms["excel"])).read_bytes())
    real = excel.file_hash

    def changed(file: Path) -> str:
        found = real(file)
        os.utime(file, ns=(1, 1))
        return found

    monkeypatch.setattr(excel, "file_hash", changed)
    with pytest.raises(cs.DataError, match="was changed while it was read"):
        read_survey(path, model())


# ---- cells of a workbook --------------------------------------------------------------------------------------------


def book(path: Path, rows: list[list[object]], *far: tuple[int, int, object]) -> Path:
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("answers")
        for r, row in enumerate(rows):
            sheet.write_row(r, 0, row)
        for r, c, value in far:
            sheet.write(r, c, value)
    return path


@pytest.mark.parametrize(("row", "column"), [(1_048_575, 16_383), (1_048_575, 1), (5, 16_383), (0, 16_383), (2_000, 2)])
def test_a_far_cell_is_left_out_and_said(row: int, column: int, tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", rows_of(frame(12)), (row, column, 7))
    survey = read_survey(path, model(), weight="w")
    assert np.array_equal(survey.x, read_survey(frame(12), model(), weight="w").x)
    detail = f"empty rows or columns part them from the table; the first is {address(row + 1, column + 1)}"
    assert said(survey, "cells far from the table left out") == [("b.xlsx", 1, detail)]
    assert survey.source.n_rows == 12


def test_rows_of_answers_below_a_long_gap_stay(tmp_path: Path) -> None:
    whole = rows_of(frame(12))
    far = [(3_000, c, value) for c, value in enumerate(whole[3])]
    survey = read_survey(book(tmp_path / "b.xlsx", whole, *far), model(), weight="w")
    assert survey.n == 13
    assert not said(survey, "cells far from the table left out")


def test_a_gap_within_bounds_is_no_reason_to_leave_cells_out(tmp_path: Path) -> None:
    far = [(12 + GAP_ROWS, 2, 7), (3, 5 + GAP_COLUMNS, "remark")]
    survey = read_survey(book(tmp_path / "b.xlsx", rows_of(frame(12)), *far), model())
    assert not said(survey, "cells far from the table left out")
    assert survey.n == 13


def test_a_sheet_beyond_the_bound_is_refused_with_its_corner(tmp_path: Path) -> None:
    whole = rows_of(frame(12))
    far = [(1_048_575, c, value) for c, value in enumerate(whole[3])]
    names = [[*whole[0], *(f"X{i}" for i in range(60))], *whole[1:]]
    far += [(1_048_575, 6 + i, 1) for i in range(60)]
    with pytest.raises(cs.DataError, match="has 1,048,576 rows and 66 columns, to BN1048576") as caught:
        read_survey(book(tmp_path / "b.xlsx", names, *far), model())
    assert "50 000 000 cells" in str(caught.value)


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#REF!"])
def test_error_values_are_counted_with_the_first_address(error: str, tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("answers")
        for r, row in enumerate(rows_of(frame(12))):
            sheet.write_row(r, 0, row)
        sheet.write_formula(4, 2, "=1/0", value=error)
        sheet.write_formula(7, 2, "=1/0", value=error)
    survey = read_survey(path, model())
    assert said(survey, "error values read as empty") == [("SAT1", 2, f"the first is {error} in C5")]
    assert np.isnan(survey.x).sum() == 2


def test_an_empty_text_that_a_formula_gave_is_calculated(tmp_path: Path) -> None:
    path = write_excel(tmp_path / "a.xlsx", {"s": rows_of(frame(12))})
    made = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.namelist():
            xml = old.read(part)
            if part.endswith("sheet1.xml"):
                more = b'<row r="14"><c r="A14"><v>3</v></c><c r="B14" t="str"><f>IF(1,"")</f><v></v></c>'
                more += b'<c r="C14"><f>1+1</f></c></row></sheetData>'
                xml = xml.replace(b"</sheetData>", more)
            new.writestr(part, xml)
    survey = read_survey(made, model())
    assert [(n, d.split(":")[0]) for _, n, d in said(survey, "formulas never calculated")] == [
        (1, "their cells are read as empty, the first is C14")
    ]


def test_a_sheet_is_looked_through_whatever_prefix_its_tags_have() -> None:
    xml = (
        b'<x:worksheet><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'
        b'<x:row r="9000"><x:c r="XFD9000" t="e"><x:v>#N/A</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    found = look(xml)
    assert (found.rows, found.columns, [cell.address for cell in found.far]) == (1, 1, ["XFD9000"])
    assert b"XFD" not in found.xml
    unnumbered = look(b"<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row></sheetData>")
    assert (unnumbered.rows, unnumbered.columns, unnumbered.far) == (2, 2, ())
    assert look(b"no sheet at all").rows == 0
    assert [address(1, n) for n in (1, 26, 27, 702, 703, 16_384)] == ["A1", "Z1", "AA1", "ZZ1", "AAA1", "XFD1"]


def test_bounds_grow_with_the_file() -> None:
    assert limits.memory_for(0) == 2 * limits.GIB
    assert limits.memory_for(10**9) > 20 * 10**9
    assert limits.seconds_for(0) == 120


# ---- labels ---------------------------------------------------------------------------------------------------------


def test_value_labels_of_stata_name_groups(tmp_path: Path) -> None:
    data = frame(12).assign(bank=[1, 2, 3] * 4, area=[1, 2, 1] * 4)
    path = tmp_path / "x.dta"
    labels = {"bank": {1: "Harbour", 2: "River", 3: "Hill"}, "area": {1: "same", 2: "same"}}
    data.to_stata(path, write_index=False, version=118, value_labels=labels, variable_labels={"SAT1": "Satisfied"})
    found = read_statistics.read_stata(str(path))
    assert found.values["bank"] == {1.0: "Harbour", 2.0: "River", 3.0: "Hill"}
    assert found.values["area"] == {}
    assert found.wordings == {"SAT1": "Satisfied"}
    survey = read_survey(path, model(), by="bank")
    assert sorted(key[0] for key in survey.group_keys) == ["Harbour", "Hill", "River"]
    assert sorted(key[0] for key in read_survey(path, model(), by="area").group_keys) == [1, 2]


def test_the_worker_reads_what_the_readers_read(forms: dict[str, object]) -> None:
    assert isinstance(read_statistics.read_stata(str(forms["stata"])).columns, pd.DataFrame)
    found = read_statistics.read_spss(str(forms["spss"]))
    assert (found.n_rows, found.values["SAT1"]) == (40, {1.0: "bad", 10.0: "good"})


@pytest.mark.parametrize(
    ("name", "expected"),  # the cells as xlrd 2.0.2 reads them
    [
        ("errors-xlwt.xls", {"IMAG2": (2, "#N/A in B4"), "SAT2": (1, "#VALUE! in D8")}),
        ("errors-libreoffice.xls", {"IMAG1": (2, "#DIV/0! in A4"), "SAT1": (1, "#VALUE! in C8")}),
    ],
)
def test_error_values_of_older_workbooks_are_counted_too(name: str, expected: dict[str, tuple[int, str]]) -> None:
    survey = read_survey(Path(__file__).parent / "reference" / name, model())
    found = {subject: (n, str(text)) for subject, n, text in said(survey, "error values read as empty")}
    assert found == {item: (n, f"the first is {first}") for item, (n, first) in expected.items()}


def test_damaged_older_workbooks_hold_no_error_cells_and_end(tmp_path: Path) -> None:
    whole, pick = (Path(__file__).parent / "reference" / "errors-libreoffice.xls").read_bytes(), random.Random(3)
    for number in range(60):
        (tmp_path / "x.xls").write_bytes(damaged(whole, number, pick))
        assert len(error_cells(str(tmp_path / "x.xls"), "答案", 1)) < 200
    (tmp_path / "x.xls").write_bytes(b"no workbook")
    assert error_cells(str(tmp_path / "x.xls"), "s", 0) == []
