"""The page of two specs on the same answers: what it says is what the table says, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import csimodels as cs
from csimodels.cli import app
from csimodels.errors import DataError, SpecError

OTHER = "csi: 1\nextends: ecsi\ntitle: {en: Fewer paths, zh: 较少路径}\npaths: {Image: [Expectation, Loyalty]}\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("specs")
    (folder / "other.yaml").write_text(OTHER, encoding="utf-8")
    cs.simulate("ecsi", 200, seed=1).data.to_csv(folder / "survey.csv", index=False)
    return folder


def test_the_page_says_what_the_table_says(home: Path) -> None:
    table = cs.compare_specs("ecsi", home / "other.yaml", home / "survey.csv", repeats=1)
    file = cs.save_spec_comparison("ecsi", home / "other.yaml", home / "page.html", home / "survey.csv", repeats=1)
    text = re.sub(r"<[^>]+>", " ", file.read_text(encoding="utf-8").partition("<body>")[2])
    english, chinese = text.split("两个模型文件用于相同的回答", 1)
    tested = table[table["p_adj"].notna()]
    assert f"differ measurably: {int(tested['different'].astype(bool).sum())} of {len(tested)} tested" in english
    path = table.query("table == 'paths' and subject == 'Expectation -> Satisfaction'").iloc[0]
    assert f"{path['first']:.3f}" in english and f"{path['second']:.3f}" in english
    for title in ("Indices", "Drivers", "Fit", "Prediction", "Fewer paths"):
        assert title in english
    assert "较少路径" in chinese and "驱动因素" in chinese and "spec" not in chinese


def test_the_command_writes_it(home: Path) -> None:
    words = ["compare-specs", "ecsi", str(home / "other.yaml"), str(home / "survey.csv")]
    done = CliRunner().invoke(app, [*words, "-o", str(home / "again.html")])
    assert done.exit_code == 0, done.output
    assert (home / "again.html").stat().st_size > 20_000


def test_what_cannot_be_written_is_refused_first(home: Path) -> None:
    with pytest.raises(SpecError, match="HTML file"):
        cs.save_spec_comparison("ecsi", "ecsi", home / "page.pdf")
    (home / "mine.html").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="did not write"):
        cs.save_spec_comparison("ecsi", "ecsi", home / "mine.html")
