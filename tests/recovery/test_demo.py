"""The demonstration survey: made the same way every time, as its dictionary says, with the truth it claims."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from csimodels.estimate import PLS, Design
from csimodels.moments import Moments, Rows
from csimodels.spec import load_model
from csimodels.survey import read_survey

DATA = Path(__file__).resolve().parents[2] / "data"
DEMO = DATA.parent / "models" / "demo.yaml"
QUESTIONS = [f"q{i}" for i in range(1, 15)]


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The generator script as a module."""
    spec = importlib.util.spec_from_file_location("make_demo", DATA / "make_demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """The file as published, all text."""
    return pd.read_csv(DATA / "demo-national.csv", dtype=str, keep_default_na=False)


def test_a_small_demo_is_written_byte_for_byte_again(maker: ModuleType, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files = maker.write(tmp_path / name, companies=1, interviews=30)
        written.append([files[kind].read_bytes() for kind in ("data", "truth")])
    assert written[0] == written[1]
    assert written[0][0].count(b"\n") == 1 + 6 * 2 * 30


def test_the_truth_file_is_what_the_generator_gives_today(maker: ModuleType) -> None:
    model = load_model(DEMO)
    again = maker.truth_of(model, maker.draw(model).truth)
    stored = json.loads((DATA / "demo-truth.json").read_text(encoding="utf-8"))
    assert again["paths_by_industry"] == stored["paths_by_industry"]
    for new, old in zip(again["companies"], stored["companies"], strict=True):
        same = ("year", "company", "n", "level")
        assert [new[k] for k in same] == [old[k] for k in same], "run data/make_demo.py"
        assert new["index"] == pytest.approx(old["index"], abs=1e-4)
        assert new["pls_paths"] == pytest.approx(old["pls_paths"], abs=1e-5)


def test_the_file_is_as_its_dictionary_says(frame: pd.DataFrame) -> None:
    assert (DATA / "demo-national.csv").stat().st_size < 1_500_000
    assert list(frame) == ["id", "year", "sector", "industry", "company", "region", "w", *QUESTIONS]
    assert frame["id"].is_unique
    assert (frame.company.nunique(), frame.industry.nunique(), frame.sector.nunique()) == (24, 6, 3)
    assert frame.groupby("company").industry.nunique().max() == 1
    assert frame.groupby(["year", "company"]).size().between(200, 260).all()
    tens = {str(v) for v in range(1, 11)}
    for question in QUESTIONS:
        answers = {"q12": {"yes", "no"}, "q14": {str(v) for v in range(26)}}.get(question, tens)
        assert set(frame[question]) <= answers | {"98", "99", ""}
    cells = frame[QUESTIONS]
    assert cells.isin(["98", "99"]).mean().mean() == pytest.approx(0.024, abs=0.002)
    assert (cells == "").mean().mean() == pytest.approx(0.006, abs=0.001)
    text = (DATA / "README.md").read_text(encoding="utf-8")
    assert [c for c in frame if f"`{c}`" not in text] == []


def test_company_indices_agree_with_their_truth(maker: ModuleType) -> None:
    """48 estimates about their population values: no trend, and as far away as interviews of that number leave them."""
    stored = json.loads((DATA / "demo-truth.json").read_text(encoding="utf-8"))["companies"]
    model = load_model(DEMO)
    survey = read_survey(DATA / "demo-national.csv", model, by=["year", "company"], where={})
    errors = []
    for g, (year, company) in enumerate(survey.group_keys):
        rows = survey.group == g
        weights = survey.weights[rows] if survey.weights is not None else None
        sums = Rows(model.item_names, survey.x[rows], np.full(len(model.items), 5.0), weights, "pairwise").sums()
        index = maker.indices(PLS()(Design.of(model), Moments.from_sums(sums, "mean")), model)
        true = next(t for t in stored if (t["year"], t["company"]) == (year, company))
        j = model.construct_names.index("Satisfaction")
        errors.append(index[j] - true["index"]["Satisfaction"])
    assert len(errors) == 48
    spread = np.std(errors)
    assert 0.8 < spread < 2.0  # 17 points by company, 215 interviews with weights of cv 0.35
    assert abs(np.mean(errors)) < 4 * spread / np.sqrt(48)


def test_populations_are_one_per_industry_in_paths_and_differ_in_level(maker: ModuleType) -> None:
    stored = json.loads((DATA / "demo-truth.json").read_text(encoding="utf-8"))
    index = np.array([c["index"]["Satisfaction"] for c in stored["companies"]])
    assert 60 < index.min() < 64
    assert 84 < index.max() < 88
    paths = stored["paths_by_industry"]
    assert len(paths) == 6
    assert len({p["Quality -> Satisfaction"] for p in paths.values()}) > 2
    assert set(paths) == {i.name for i in maker.INDUSTRIES}
