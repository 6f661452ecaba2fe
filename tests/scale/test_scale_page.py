"""What docs/scale.md says to type is typed: commands, sections of a spec, calls from Python."""

from __future__ import annotations

import re
import shlex
import sqlite3
from pathlib import Path

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")
import large
import yaml
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app

PAGE = (Path(__file__).parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")
MODEL = large.MODEL.replace(", values: {never: 1, perhaps: 3, surely: 5}", "")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with what the page takes for granted: waves as Parquet, a database, specs."""
    numbers = {word: k for k, word in large.WORDS.items()}
    frame = large.answers().assign(LO2=lambda f: f["LO2"].map(numbers), LO1=lambda f: f["LO1"].where(f["LO1"] < 11))
    (tmp_path / "waves").mkdir()
    (tmp_path / "specs").mkdir()
    large.write(frame[:200], tmp_path / "waves" / "2025.parquet")
    large.write(frame[200:], tmp_path / "waves" / "2026.parquet")
    connection = sqlite3.connect(tmp_path / "crm.sqlite")
    frame.to_sql("interviews", connection, index=False)
    connection.close()
    text = f"{MODEL}\nuncertainty: {{method: none}}\n"
    data = 'data: {file: "waves/*.parquet", engine: duckdb, by: bank}\n'
    for name in ("bank", "banks", "specs/one"):
        inside = data.replace("waves/", "../waves/") if "/" in name else data
        (tmp_path / f"{name}.yaml").write_text(text + inside, encoding="utf-8")
    (tmp_path / "model.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(line: str, folder: Path) -> list[str]:
    """The words of a command, patterns replaced as a shell does."""
    words = shlex.split(line, comments=True)
    found = [[str(p.relative_to(folder)) for p in sorted(folder.glob(w))] if "*" in w else [w] for w in words]
    return [word for some in found for word in some]


def test_commands_and_sections(folder: Path) -> None:
    lines = [line for block in blocks("bash") for line in block.splitlines() if line.startswith("csi ")]
    assert len(lines) >= 4
    for line in lines:
        program, *words = typed(line, folder)
        done = CliRunner().invoke(app, words)
        assert program == "csi" and done.exit_code == 0, (line, done.output)
    assert {"sums.npz", "sums.json"} == {file.name for file in (folder / "sums").iterdir()}
    assert (folder / "scores.parquet").is_file() and (folder / "out" / "batch.jsonl").is_file()
    assert (folder / "out" / "one" / "manifest.json").is_file()
    sections = [found["data"] for block in blocks("yaml") if "data" in (found := yaml.safe_load(block))]
    assert len(sections) >= 3
    whole = cs.Study(folder / "banks.yaml").run()
    for section in sections:
        text = (folder / "model.yaml").read_text(encoding="utf-8") + yaml.safe_dump({"data": section})
        (folder / "typed.yaml").write_text(text, encoding="utf-8")
        survey = cs.Study(folder / "typed.yaml").survey
        assert abs(survey.respondents - whole.survey.respondents) <= 10, section  # a floor leaves a few out


@pytest.mark.filterwarnings("ignore")  # those of dask are its own
def test_calls(folder: Path) -> None:
    dataframe = pytest.importorskip("dask.dataframe")
    frame = dataframe.read_parquet("waves/*.parquet")
    code = "\n".join(blocks("python"))
    assert code.count("cs.Study(") >= 4
    code = "\n".join(line for line in code.splitlines() if "spark_table" not in line)  # a session of Spark is slow
    exec("import csimodels as cs\n" + code, {"dask_frame": frame})
