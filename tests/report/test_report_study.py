"""The report of a real study with everything that can be said about one: no English is left on the Chinese page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_report_page import Reader

import csimodels as cs
from csimodels.report import render_html
from csimodels.spec.model import Construct, IndexSpec, Item, Model, Text

#: Names, codes, literature and terms that Chinese texts keep.
KEPT = re.compile(
    r"csimodels|csi verify 文件夹|UTC|PLSc?|Cronbach α|Fornell-Larcker|HTMT|VIF|AVE|rho_A|gb18030|encoding|UTF-8|csv|"
    r"weights: pooled|"
    r"Holm|reverse: true|[0-9a-f]{12,}|[A-Z]{1,4}[0-9]|pandas|（[A-Z][A-Za-z,& ]+ (19|20)[0-9]{2}）|[0-9]+e-[0-9]+"
)


def chinese_model() -> Model:
    def construct(name: str, code: str) -> Construct:
        items = tuple(Item(f"{code}{k}", Text(f"Question {code}{k}", f"题{code}{k}")) for k in (1, 2, 3))
        return Construct(name, items, Text(name, name), "reflective")

    constructs = (construct("质量", "Q"), construct("价值", "V"), construct("满意", "S"))
    paths = (("质量", "价值"), ("质量", "满意"), ("价值", "满意"))
    return Model("满意度", constructs, paths, Text("A study", "一项研究"), index=IndexSpec("满意"))


def answers(seed: int, n: int, shared: float = 0.8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    own = np.repeat(rng.normal(size=(n, 3)), 3, axis=1)
    x = 5.5 + 2.2 * (shared * common + np.sqrt(1 - shared**2) * own * 0.4 + 0.6 * rng.normal(size=(n, 9)))
    return pd.DataFrame(np.clip(np.rint(x), 1, 10).astype(int), columns=[f"{c}{k}" for c in "QVS" for k in (1, 2, 3)])


def awkward_file(folder: Path) -> Path:
    """A good group, one too small, one with a constant item, one whose replicates fail; every hole there is."""
    flat = answers(2, 40).assign(Q1=7)
    brittle = answers(3, 12).assign(V2=[5] * 11 + [6])
    parts = {"甲": answers(1, 120, 0.98), "乙": flat, "丙": answers(4, 4), "丁": brittle}
    frame = pd.concat([p.assign(企业=k) for k, p in parts.items()], ignore_index=True).astype(str)
    frame["年份"] = "2026"
    frame.loc[0, "Q2"] = "98"
    frame.loc[[1, 2], "S1"] = ""
    frame.loc[3, "S3"] = "７"
    frame.loc[5, [f"{c}{k}" for c in "QVS" for k in (1, 2, 3)]] = ""
    frame.loc[6, "企业"] = ""
    frame.loc[7, "年份"] = "2025"
    frame[""] = "x"
    path = folder / "调查.csv"
    path.write_bytes(frame.to_csv(index=False).encode("gb18030"))
    return path


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> cs.Result:
    model = chinese_model()
    data = replace(model.data, where=(("年份", 2026),))
    return cs.Study(
        replace(model, data=data),
        awkward_file(tmp_path_factory.mktemp("study")),
        by="企业",
        missing_codes=[98, 97],
        missing="listwise",
        estimator="plsc",
        uncertainty=cs.Bootstrap(60, 1),
    ).run()


def test_the_study_says_what_it_is_meant_to_say(result: cs.Result) -> None:
    said = "\n".join(result.notes)
    for part in ("refused", "replicates failed", "inadmissible:", "replicates are inadmissible", "cannot be estimated",
                 "missing answer and are left out", "too short in", "few rows for" ):  # fmt: skip
        assert part in said, f"{part}: {said}"
    steps = set(result.survey_log["step"])
    assert {"encoding recognised", "missing codes recoded", "left out by the missing rule", "filtered by where",
            "rows without a group left out", "text turned into numbers",
            "rows without any answer left out", "missing code that never occurs"} <= steps  # fmt: skip


def test_no_english_is_left_on_its_chinese_page(result: cs.Result) -> None:
    page = Reader(render_html(result.content, "zh"))
    shown = page.texts + page.values("aria-label") + page.values("title") + page.values("placeholder")
    assert [text for text in shown if re.search(r"[A-Za-z]{2}", KEPT.sub("", text))] == []


def test_every_table_of_the_groups_is_in_the_content(result: cs.Result) -> None:
    tables = result.content.tables
    for name in ("drivers", "driver_items", "loadings", "effects", "r2", "quality"):
        pd.testing.assert_frame_equal(tables[f"group_{name}"], result.tables()[name])
        assert list(tables[name].columns) == [c for c in tables[f"group_{name}"].columns if c != "企业"]
    assert result.content.group_paths is not None
