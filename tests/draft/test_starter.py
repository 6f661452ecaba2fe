"""A spec to start from is in the language of its author, has a title of its own, and extends what was named."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from typed_commands import run

import csimodels as cs

COMMENT = re.compile(r"(?<=  # ).*|(?<=^# ).*", re.MULTILINE)


def test_comments_and_questions_are_in_the_language_of_the_command(tmp_path: Path) -> None:
    for lang, other in (("en", r"[\u4e00-\u9fff]"), ("zh", r"[A-Za-z]{4,} [a-z]{3,} [a-z]{2,}")):
        run("--lang", lang, "init", "ccsi", "-o", tmp_path / f"{lang}.yaml")
        text = (tmp_path / f"{lang}.yaml").read_text(encoding="utf-8")
        comments = COMMENT.findall(text)
        assert len(comments) > 30
        assert [c for c in comments if re.search(other, c) and "csi" not in c and "rollup" not in c] == []
        assert [item.name for item in cs.load_model(tmp_path / f"{lang}.yaml").items] == [
            item.name for item in cs.load_model("ccsi").items
        ]


def test_a_spec_of_another_folder_is_extended_as_seen_from_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("base", "mine"):
        (tmp_path / folder).mkdir()
    (tmp_path / "base" / "bank.yaml").write_text("csi: 1\nextends: acsi\nscale: [1, 7]\n", encoding="utf-8")
    run("init", "base/bank.yaml", "-o", "mine/my.yaml")
    assert cs.load_model("mine/my.yaml").items[0].scale == cs.load_model("base/bank.yaml").items[0].scale


@pytest.mark.parametrize(
    ("file", "model", "title"),
    [
        ("telecom_2026.csv", "tcsi", "Telecom 2026 (TCSI)"),
        ("2026年顾客满意度.csv", "ccsi", "2026年顾客满意度（CCSI）"),
        ("acsi-wave.csv", "acsi", "Acsi wave"),
        ("no: #1.csv", "library", "No: #1"),
    ],
)
def test_a_draft_is_called_after_its_file(tmp_path: Path, file: str, model: str, title: str) -> None:
    data = cs.simulate(model, 60, seed=1).data
    data.to_csv(tmp_path / file, index=False)
    spec = cs.init(model, tmp_path / file).save(tmp_path / "my.yaml")
    found = cs.load_model(spec)
    assert found.title.get("en") == title and found.title.get("zh") == title


def test_the_check_counts_places_where_something_was_found(tmp_path: Path) -> None:
    data = cs.simulate("acsi", 80, seed=3).data.assign(bank=["A", "B"] * 40).astype(object)
    data.loc[4, ["SAT1", "LOY1"]] = None
    pd.DataFrame(data).to_csv(tmp_path / "s.csv", index=False)
    (tmp_path / "s.yaml").write_text("csi: 1\nextends: acsi\ndata: {file: s.csv, by: bank}\n", encoding="utf-8")
    said = {line.strip() for line in run("check", tmp_path / "s.yaml").splitlines()}
    assert "missing answers     2  in 2 places" in said and "rows of the group  80  in 2 groups" in said
