"""Changes of simple indices and nodes of the hierarchy: since an earlier result, in ``compare``, and on the pages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.report.story.story import story

SPEC = """
csi: 1
items: {REC: {scale: [0, 10]}, Q: {scale: [0, 10]}}
indices: {NPS: {kind: nps, item: REC}, Low: {kind: share, item: Q, levels: [0, 1, 2, 3, 4], better: low}}
hierarchy: {Total: {of: {REC: 0.3, Q: 0.7}, label: {en: Everything, zh: 全部}}}
uncertainty: {method: linearised}
"""


def wave(shift: float, n: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    person = random.normal(shift, 2, n)
    answers = {name: np.clip(np.rint(6 + person + random.normal(0, 1.5, n)), 0, 10) for name in ("REC", "Q")}
    return pd.DataFrame(answers).assign(w=random.uniform(0.5, 2, n))


DATA = {2025: wave(0.0, 150, 1), 2026: wave(0.8, 180, 2)}


@pytest.fixture(scope="module")
def pair() -> list[cs.Result]:
    return [cs.Study(cs.parse_model(SPEC), data, weight="w").run(progress=False) for data in DATA.values()]


def test_change_since_is_the_difference_of_two_weighted_samples(pair: list[cs.Result]) -> None:
    before, after = pair
    table = after.indices("changes", since=before).set_index("construct")
    assert list(table.index) == ["NPS", "Low", "Total"]
    means, variances = [], []
    for data in DATA.values():
        y, w = 100.0 * (data["REC"] >= 9) - 100.0 * (data["REC"] <= 6), data["w"]
        means.append((w * y).sum() / w.sum())
        parts = w * (y - means[-1])
        variances.append(len(y) / (len(y) - 1) * (parts**2).sum() / w.sum() ** 2)
    row = table.loc["NPS"]
    assert row["change"] == pytest.approx(means[1] - means[0])
    assert row["se"] == pytest.approx(np.sqrt(sum(variances)))
    both = cs.compare(before, after).set_index(["table", "subject"])
    for name, index in (("indices", "NPS"), ("indices", "Low"), ("hierarchy", "Total")):
        assert both.loc[(name, index), "change"] == pytest.approx(table.loc[index, "change"])
        assert both.loc[(name, index), "se"] == pytest.approx(table.loc[index, "se"])


def test_stored_results_pages_and_terminal_hold_them(pair: list[cs.Result], tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from csimodels.cli import app

    folders = [tmp_path / "a", tmp_path / "b"]
    for result, folder in zip(pair, folders, strict=True):
        cs.save(result, folder, report=False)
    csv, page = tmp_path / "c.csv", tmp_path / "c.html"
    done = CliRunner().invoke(app, ["compare", *map(str, folders), "-o", str(csv), "--html", str(page)])
    assert done.exit_code == 0 and "NPS" in done.output and "hierarchy: of 3" in done.output
    stored, made = pd.read_csv(csv), cs.compare(*pair)
    np.testing.assert_allclose(stored["change"], made["change"])
    text = page.read_text(encoding="utf-8")
    assert "Everything" in text and "全部" in text and "en-simple" in text and "zh-nodes" in text
    with pytest.raises(cs.DataError, match="load_result"):
        cs.load_result(folders[1]).indices("changes", since=cs.load_result(folders[0]))


def test_another_definition_and_an_index_that_is_gone_are_said(pair: list[cs.Result]) -> None:
    spec = SPEC.replace("[0, 1, 2, 3, 4]", "[0, 1, 2]").replace("NPS:", "Score:").replace("0.3, Q: 0.7", "0.4, Q: 0.6")
    later = cs.Study(cs.parse_model(spec), DATA[2026], weight="w").run(progress=False)
    for table in (later.indices("changes", since=pair[0]).set_index("construct"),
                  cs.compare(pair[0], later).query("table != 'index'").set_index("subject")):  # fmt: skip
        assert set(table.index) == {"Score", "Low", "Total", "NPS"}
        assert table.loc[["Low", "Total"], "status"].str.contains("defined in another way").all()
        assert table.loc[["Score", "NPS"], "change"].isna().all()
        assert set(table.loc[["Score", "NPS"], "status"]) == {"nothing to compare"}
    with pytest.raises(cs.SpecError, match="only changes"):
        later.indices("ranks", since=pair[0])
    with pytest.raises(cs.SpecError, match="since is no result"):
        later.indices("changes", since="out-2025")  # type: ignore[arg-type]


def test_the_report_says_where_each_stands_and_whether_it_moved() -> None:
    data = pd.concat([part.assign(year=year) for year, part in DATA.items()])
    result = cs.Study(cs.parse_model(SPEC + "data: {wave: year, weight: w}\n"), data).run(progress=False)
    changes = result.indices("changes").set_index("construct")
    assert changes.loc["NPS", "low"] > 0
    for lang, words in (("en", "measurably higher than in 2025"), ("zh", "全部")):
        section = next(section for section in story(result.content, lang) if section.key == "simple")
        from csimodels.report.html.table_views import lang_of

        said = [lang_of(result.content, lang).say(text) for text in section.sentences]
        assert len(said) == 3 and any(words in text for text in said)
        assert f"{changes.loc['NPS', 'after']:.1f}".lstrip("-") in said[0]
