"""The Python and the commands that pages of docs show run as they stand, in a folder with the files that they name."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.i18n import speak

DOCS = Path(__file__).resolve().parents[2] / "docs"
#: Placeholders; and the telecom study, which takes a minute and is run by tests/decisions.
ELSEWHERE = ("…", "FILE", "MODEL", "tcsi-demo")
#: Fewer replicates than a page shows, so that the test is quick.
FEWER = {"(1000)": "(20)", '"paths", 1000': '"paths", 20', "other, data)": "other, data, repeats=1)"}


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


def lines(page: str) -> list[str]:
    """Every command of csi in the blocks of a page, without what stands behind it as a comment or an explanation."""
    text = "\n".join(blocks(page, "(?:bash|text)"))
    found = re.findall(r"^csi .*$", text, re.MULTILINE)
    return [re.split(r"\s{2,}|\s#", line)[0] for line in found]


def inline(page: str) -> list[str]:
    """Commands in the sentences of a page that name every file."""
    text = re.sub(r"```.*?```", "", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    found = (" ".join(line.split()) for line in re.findall(r"`(csi [^`]*)`", text))
    named = [line for line in found if re.search(r"\.(yaml|csv|sav)\b|out", line)]
    return [line for line in named if not any(word in line for word in ELSEWHERE)]


def run(line: str) -> str:
    """What a command prints; several with && between them, > into a file."""
    said = ""
    for part in line.split("&&"):
        command, _, target = part.partition(" > ")
        words = shlex.split(command)
        assert words[0] == "csi"
        done = CliRunner().invoke(app, words[1:])
        wrong = done.exception
        assert wrong is None or (isinstance(wrong, SystemExit) and not wrong.code), f"{line}: {wrong!r}\n{done.output}"
        if target:
            Path(target.strip()).write_text(done.output, encoding="utf-8")
        said += done.output
    return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that pages name: a spec of one's own with its survey, two specs to compare, results of three years."""
    place = tmp_path_factory.mktemp("pages")
    data = cs.simulate("ecsi", 160, seed=3).data
    data["bank"] = np.where(np.arange(len(data)) < 80, "A", "B")
    for name in ("my-survey.csv", "survey.csv", "survey-2026.csv"):
        data.to_csv(place / name, index=False)
    spec = "csi: 1\nextends: ecsi\ndata: {file: my-survey.csv}\nuncertainty: {method: linearised}\n"
    for name in ("my.yaml", "spec.yaml", "ecsi.yaml"):
        (place / name).write_text(spec, encoding="utf-8")
    (place / "banks.yaml").write_text(spec.replace(".csv}", ".csv, by: bank}"), encoding="utf-8")
    (place / "other.yaml").write_text(spec + "paths: {Image: [Expectation, Loyalty]}\n", encoding="utf-8")
    pd.DataFrame({"stratum": ["A", "B"], "population": [1000, 5000], "sd": [20, 15]}).to_csv(place / "strata.csv")
    result = cs.Study(place / "my.yaml").run(progress=False)
    for name in ("out", "out-2024", "out-2025", "out-2026", "out/my"):
        cs.save(result, place / name, report=False)
    text = "Image =~ a1 + a2 + a3\nSatisfaction =~ b1 + b2 + b3\nSatisfaction ~ Image\n"
    (place / "model.lav").write_text(text, encoding="utf-8")
    pytest.importorskip("pyreadstat").write_sav(cs.simulate("tcsi", 60, seed=1).data, place / "my-survey.sav")
    return place


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.chdir(folder)
    yield
    speak("en")


COMMANDS = [
    pytest.param(line, id=f"{page.removesuffix('.md')}-{line[4:50]}")
    for page, found in {
        "decisions.md": (lines, inline), "spec.md": (lines,), "models.md": (lines,), "ml.md": (inline,),
        "reviewer.md": (inline,), "rollup.md": (inline,), "uncertainty.md": (inline,), "report.md": (inline,),
        "data.md": (inline,),
    }.items()
    for finder in found
    for line in finder(page)
]  # fmt: skip


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_a_page_runs(line: str, here: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if re.search(r"csi init|> my\.yaml", line):  # which writes my.yaml
        for name in ("my-survey.csv", "my-survey.sav", "model.lav"):
            (tmp_path / name).symlink_to(Path.cwd() / name)
        monkeypatch.chdir(tmp_path)
    run(line)


# ---- Python ---------------------------------------------------------------------------------------------------------


def typed(page: str, names: dict[str, object]) -> dict[str, object]:
    """Run the blocks of a page one after the other."""
    for text in blocks(page, "python"):
        for shown, quick in FEWER.items():
            text = text.replace(shown, quick)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, page, "exec"), names)
    return names


def test_the_python_of_the_page_on_data_runs(here: object) -> None:
    typed("data.md", {})


def test_the_python_of_the_page_on_reviewers_runs(here: object) -> None:
    data = cs.simulate("ecsi", 90, seed=3).data
    data["bank"] = np.where(np.arange(len(data)) < 45, "A", "B")
    data["WEATHER"] = np.random.default_rng(1).integers(1, 11, len(data))
    names = typed("reviewer.md", {"data": data})
    assert isinstance(names["result"], cs.Result) and isinstance(names["banks"], cs.Result)


def test_the_python_of_the_page_on_interactions_runs(here: object) -> None:
    paths = blocks("interactions.md", "yaml")[0].replace("  ", "    ")
    Path("model.yaml").write_text(f"csi: 1\nextends: ecsi\n{paths}", encoding="utf-8")
    made = typed("interactions.md", {"cs": cs, "data": cs.simulate("ecsi", 200, seed=2).data})["result"]
    assert isinstance(made, cs.Result) and len(made.interactions()) == 2


def test_the_python_of_the_page_on_reports_runs(here: object) -> None:
    result = cs.Study("banks.yaml").run(progress=False)
    assert isinstance(typed("report.md", {"result": result})["picture"].data, pd.DataFrame)  # type: ignore[attr-defined]
    assert Path("league.svg").exists()
