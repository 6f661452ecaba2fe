"""``csi compare --html``: a page that begins with a summary, in both languages, and says what was done differently."""

from __future__ import annotations

import html
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

pytest.importorskip("jinja2")


@pytest.fixture(scope="module")
def pair() -> tuple[cs.Result, cs.Result]:
    """Two samples by two estimators; one group with markup in its name."""
    made = []
    for seed, estimator in ((1, "pls"), (2, "plsc")):
        data = cs.simulate("acsi", 240, seed=seed).data
        data["company"] = np.array(["Ann", "Bob", "=Dee<b>"])[np.arange(len(data)) % 3]
        made.append(cs.Study("acsi", data, by="company", estimator=estimator, uncertainty="linearised").run())
    return made[0], made[1]


def test_the_page_begins_with_the_change_and_holds_every_number(
    pair: tuple[cs.Result, cs.Result], tmp_path: Path
) -> None:
    table = cs.compare(*pair)
    text = cs.save_comparison(*pair, tmp_path / "c.html").read_text(encoding="utf-8")
    row = table[(table["table"] == "overall_index") & (table["subject"] == "Satisfaction")].iloc[0]
    first = re.search(r"<p class=lead>(.*?)</p>", text)
    assert first and f"{row['before']:.1f}, then {row['after']:.1f}" in first.group(1)
    assert text.index("class=lead") < text.index("<table")
    for lang, said in (("en", "The estimator was pls, is plsc"), ("zh", "估计方法由pls改为plsc")):
        part = text[text.index(f'data-lang="{lang}" data-title') :]
        assert part.count("<tr") >= len(table) and said in part and "Customer complaints" in text and "顾客抱怨" in text
    assert "=Dee<b>" not in text and html.escape("=Dee<b>") in text
    assert "Lower is better: Customer complaints." in text  # `better: low` is said
    path = table[(table["table"] == "overall_paths")].iloc[0]
    assert f">{path['after']:.3f}<".replace("-", "\u2212") in text  # coefficients have three decimals, indices one
    assert "http://" not in re.sub(r'xmlns="[^"]+"', "", text) and "<img" not in text


def test_method_is_said_once_and_other_states_stay(pair: tuple[cs.Result, cs.Result], tmp_path: Path) -> None:
    text = cs.save_comparison(pair[0], pair[0], tmp_path / "c.html", languages="en").read_text(encoding="utf-8")
    assert text.lower().count("both results are of the same answers") == 1
    assert 'data-lang="zh"' not in text


def test_pages_that_are_not_ours_and_other_suffixes_are_refused(
    pair: tuple[cs.Result, cs.Result], tmp_path: Path
) -> None:
    file = tmp_path / "mine.html"
    file.write_text("<p>mine</p>", encoding="utf-8")
    with pytest.raises(cs.DataError, match="did not write"):
        cs.save_comparison(*pair, file)
    assert file.read_text(encoding="utf-8") == "<p>mine</p>"
    with pytest.raises(cs.SpecError, match="HTML file"):
        cs.save_comparison(*pair, tmp_path / "c.pdf")
    with pytest.raises(cs.SpecError, match="does not exist"):
        cs.save_comparison(*pair, tmp_path / "nowhere" / "c.html")
    with pytest.raises(cs.SpecError, match="lang"):
        cs.save_comparison(*pair, tmp_path / "c.html", languages="fr")
    assert {p.name for p in tmp_path.iterdir()} == {"mine.html"}


def test_the_command_writes_it(pair: tuple[cs.Result, cs.Result], tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from csimodels.cli import app

    names = [
        str(cs.save(result, tmp_path / name)) and str(tmp_path / name) for result, name in zip(pair, "ab", strict=True)
    ]
    page, again, csv = (tmp_path / name for name in ("c.html", "d.html", "e.csv"))
    done = CliRunner().invoke(app, ["compare", *names, "--html", str(page), "-o", str(csv)])
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(app, ["compare", *names, "-o", str(again), "--lang", "zh"])
    assert done.exit_code == 0, done.output
    assert '<html lang="en">' in page.read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in again.read_text(encoding="utf-8")
    assert len(pd.read_csv(csv)) == len(cs.compare(*pair))
    many = CliRunner().invoke(app, ["compare", *names, names[0], "--html", str(tmp_path / "f.html")])
    assert many.exit_code != 0
