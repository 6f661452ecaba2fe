"""A published number is one block: sizes, labels, intervals, storage and the table of quality follow from that line."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.estimate import Design
from csimodels.infer import Jackknife
from csimodels.spec import load_model
from csimodels.tables import Layout, index_weights
from csimodels.tables.axes import AXES, SUBJECTS

quantities = import_module("csimodels.tables.quantities")
quality = import_module("csimodels.tables.quality")


def test_every_axis_has_subjects_and_words() -> None:
    assert set(AXES) == set(SUBJECTS)


@pytest.mark.parametrize("name", ["ecsi", "three-level-template"])
def test_every_block_has_as_many_numbers_as_subjects(name: str) -> None:
    result = cs.Study(name, cs.simulate(name, 200, seed=2).data, uncertainty=None).run()
    model = load_model(name)
    layout = Layout.of(model, Design.of(model))
    moments = result.moments
    assert moments is not None
    fit = cs.PLS()(layout.design, moments)
    context = quantities.Context(fit, layout, index_weights(fit, layout, "own"))
    for block in quantities.BLOCKS:
        assert block.value(context).shape == (1, len(layout.subjects[block.name])), block.name
        assert layout.judged(block.name).shape == (len(layout.subjects[block.name]),)
    stops = [part.stop for part in layout.blocks.values()]
    assert [part.start for part in layout.blocks.values()] == [0, *stops[:-1]] and stops[-1] == layout.size


def publish(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new number with a rule of thumb: two lines, as CONTRIBUTING counts them."""
    block = quantities.Block("smallest_loading", "construct", _smallest_loading)
    named = ("smallest loading", "smallest_loading", "Smallest loading", ">= 0.40")
    criterion = quality.Criterion(*named, lambda v: "ok", "nobody")
    monkeypatch.setattr(quantities, "BLOCKS", (block, *quantities.BLOCKS))  # before all others: every place moves
    monkeypatch.setattr(quality, "CRITERIA", (*quality.CRITERIA, criterion))


def _smallest_loading(c: quantities.Context) -> np.ndarray:  # type: ignore[name-defined]
    return np.stack([c.loading[..., block].min(axis=-1) for block in c.fit.design.blocks], axis=-1)


def test_a_new_block_has_intervals_and_rows_at_once_and_older_folders_stay_readable(
    mobi: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cs.Study("ecsi", mobi, uncertainty=Jackknife()).run()
    cs.save(before, tmp_path / "old", report=False)
    tables = before.tables()
    publish(monkeypatch)
    new = cs.Study("ecsi", mobi, uncertainty=Jackknife()).run()
    rows = new.quality().query("criterion == 'smallest loading'").set_index("subject")
    least = new.loadings().groupby("construct")["loading"].min()
    assert rows["value"].to_dict() == pytest.approx(least.to_dict(), abs=1e-15)
    several = rows.drop(index="Complaints")  # a single item has no error
    assert (several["low"] < several["value"]).all() and (several["high"] > several["value"]).all()
    old = cs.load_result(tmp_path / "old")
    assert any("no numbers of smallest_loading" in note for note in old.notes)
    for name, table in tables.items():
        if name != "survey":
            pd.testing.assert_frame_equal(old.tables()[name], table)
    cs.save(new, tmp_path / "new", report=False)
    pd.testing.assert_frame_equal(cs.load_result(tmp_path / "new").quality(), new.quality())
    monkeypatch.undo()
    newer = cs.load_result(tmp_path / "new")
    assert any("does not know are left out: smallest_loading" in note for note in newer.notes)
    pd.testing.assert_frame_equal(newer.quality(), tables["quality"])
