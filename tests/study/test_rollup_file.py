"""The file of roll-up weights: what is read, and every contradiction named with its row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import DataError, SpecError
from csimodels.moments import Key
from csimodels.rollup.weights_file import read_rollup
from csimodels.spec import Model, load_model
from csimodels.tables.rollup import Tree

LEVELS = ("bank", "segment", "country")
HEAD = "bank,segment,country,weight\n"
GOOD = "Harbour,Retail,X,10\nNorvand,Retail,X,30\nAster,Online,X,5\n"
KEYS: list[Key] = [("Aster",), ("Harbour",), ("Norvand",)]


def model(path: Path, levels: tuple[str, ...] = LEVELS) -> Model:
    return load_model("acsi", overrides={"rollup": {"levels": list(levels), "weights": str(path)}})


def read(
    folder: Path, text: str, by: tuple[str, ...] = ("bank",), keys: list[Key] = KEYS, levels: tuple[str, ...] = LEVELS
) -> tuple[Tree, tuple[str, ...]]:
    path = folder / "weights.csv"
    path.write_text(text, encoding="utf-8")
    got = read_rollup(model(path, levels), by, keys)
    assert got is not None
    return got


def by_name(tree: Tree) -> dict[str, tuple[str, float, int]]:
    """Name -> parent's name, weight, position of the group."""
    return {
        tree.describe(i): (tree.called(int(p)) if p >= 0 else "", float(tree.weight[i]), int(tree.group[i]))
        for i, p in enumerate(tree.parent)
    }


def test_weights_are_summed_upwards(tmp_path: Path) -> None:
    tree, notes = read(tmp_path, HEAD + GOOD)
    got = by_name(tree)
    assert got["Harbour"] == ("Retail", 10, 1)
    assert got["Norvand"] == ("Retail", 30, 2)
    assert got["Retail"] == ("X", 40, -1)
    assert got["Online"] == ("X", 5, -1)
    assert got["X"][0] == ""
    assert tree.level.tolist() == [0, 0, 0, 1, 1, 2]
    assert notes == ()


def test_stated_weights_replace_the_sums(tmp_path: Path) -> None:
    tree, notes = read(tmp_path, HEAD + GOOD + ",Retail,X,0.2\n,Online,X,0.8\n,,X,1\n")
    got = by_name(tree)
    assert (got["Retail"][1], got["Online"][1]) == (0.2, 0.8)
    assert notes == ("roll-up: a weight of X has no use, as nothing stands above country",)


def test_kinds_of_file_and_numeric_names(tmp_path: Path) -> None:
    """Names that are numbers match those of the survey, whatever file they come from; a blank line is nothing."""
    frame = pd.DataFrame({"bank": [7, 12], "segment": ["R", "R"], "country": ["X", "X"], "weight": [1.5, 2]})
    frame.to_parquet(tmp_path / "w.parquet")
    frame.to_excel(tmp_path / "w.xlsx", engine="xlsxwriter", index=False)
    (tmp_path / "w.csv").write_text("bank;segment;country;weight\n7;R;X;1,5\n;;;\n12;R;X;2\n", encoding="utf-8")
    for name in ("w.parquet", "w.xlsx", "w.csv"):
        got = read_rollup(model(tmp_path / name), ("bank",), [(7,), (12,)])
        assert got is not None
        assert by_name(got[0])["7"] == ("R", 1.5, 0)
        assert got[0].unit[:2] == (("7",), ("12",))  # natural order


def test_one_set_of_weights_for_every_wave(tmp_path: Path) -> None:
    keys: list[Key] = [("Aster", 2026), ("Harbour", 2025), ("Harbour", 2026), ("Norvand", 2025), ("Norvand", 2026)]
    tree, notes = read(tmp_path, HEAD + GOOD, ("bank", "year"), keys)
    assert len(tree) == 12
    got = by_name(tree)
    assert got["Harbour (year = 2025)"] == ("Retail", 10, 1)
    assert got["Harbour (year = 2026)"] == ("Retail", 10, 2)
    assert got["Aster (year = 2025)"][2] == -1
    assert notes == ("roll-up: weights but no answers: Aster (year = 2025); left out of the means",)


def test_weights_by_wave(tmp_path: Path) -> None:
    keys: list[Key] = [("A", 2025), ("A", 2026), ("B", 2025), ("B", 2026)]
    rows = "A,S,X,1,2025\nB,S,X,2,2025\nA,S,X,3,2026\nB,T,X,4,2026\nA,S,X,9,2024\n"
    tree, notes = read(tmp_path, HEAD.replace("weight", "weight,year") + rows, ("bank", "year"), keys)
    got = by_name(tree)
    assert got["A (year = 2026)"] == ("S", 3, 1)
    assert got["B (year = 2025)"] == ("S", 2, 2)
    assert got["B (year = 2026)"] == ("T", 4, 3)
    assert notes == ("roll-up: weights of year 2024 are not used: no answers of that wave",)
    missing = HEAD.replace("weight", "weight,year") + rows.replace("B,T,X,4,2026\n", "")
    with pytest.raises(DataError, match="no weight for the bank B, 2026"):
        read(tmp_path, missing, ("bank", "year"), keys)


def test_groups_by_two_levels(tmp_path: Path) -> None:
    """A bank that is in two segments is two groups, where groups are formed by the segment as well."""
    keys: list[Key] = [("Online", "Harbour"), ("Retail", "Harbour")]
    text = HEAD + "Harbour,Retail,X,10\nHarbour,Online,X,30\n"
    tree, _ = read(tmp_path, text, ("segment", "bank"), keys)
    assert tree.group.tolist()[:2] == [0, 1]
    assert tree.weight.tolist()[:2] == [30, 10]
    assert tree.waves == ()


def test_no_rollup(tmp_path: Path) -> None:
    assert read_rollup(load_model("acsi"), ("bank",), KEYS) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD.replace("Harbour", "Harbor"),
            ["row 1: the survey has no bank", 'mean "Harbour"', "no weight for the bank H"],
        ),
        (GOOD.replace("10", "-10"), ["negative in 1 row", "row 1 (Harbour): -10"]),
        (GOOD.replace("10", "0"), ["zero in 1 row", "remove the row"]),
        (GOOD.replace("10", ""), ["missing in 1 row", "row 1 (Harbour)"]),
        (GOOD.replace("10", "1e999"), ["infinite in 1 row"]),
        (GOOD.replace("10", "12%"), ["holds text", "'12%'", "thousands separators, units, %"]),
        (GOOD.replace("10", "-1").replace("30", "0"), ["negative in 1", "zero in 1"]),
        (
            GOOD + "Harbour,Online,X,3\n",
            ["bank Harbour belongs to two units above", "rows 1, 4", "Retail in X, Online in X"],
        ),
        (GOOD + "Harbour,Retail,X,3\n", ["bank Harbour stands 2 times", "rows 1, 4"]),
        (GOOD + ",Retail,X,3\n,Retail,X,4\n,Online,X,4\n", ["segment Retail stands 2 times", "rows 4, 5"]),
        (GOOD + "Pax,,X,3\n", ["row 4 (Pax): no segment given"]),
        (GOOD + ",,,3\n", ["row 4: a weight without a name"]),
        (GOOD + ",Retial,X,3\n", ["nothing belongs to the segment Retial", 'mean "Retail"', "row 4"]),
        (GOOD + ",Retail,X,3\n", ["some units of the level segment", "without: Online"]),
        (GOOD + "Pax,Retail,X,3\n", ["row 4: the survey has no bank of this name", "Pax"]),
    ],
)
def test_contradictions(tmp_path: Path, text: str, said: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, HEAD + text)
    for words in said:
        assert words in str(caught.value)
    assert all("weights.csv" in problem.where for problem in caught.value.problems)


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Weight below 0, no segment, two places, unknown name, no weight, nothing below."""
    rows = GOOD.replace("Aster", "Astre").replace("30", "-3").replace("Norvand,Retail", "Norvand,")
    with pytest.raises(DataError) as caught:
        read(tmp_path, HEAD + rows + "Harbour,Online,X,1\n,Nowhere,X,1\n")
    assert len(caught.value.problems) == 6


def test_many_names_are_counted(tmp_path: Path) -> None:
    keys: list[Key] = [(f"bank {i}",) for i in range(30)]
    with pytest.raises(DataError, match="no weight for 22 more") as caught:
        read(tmp_path, HEAD + "bank 0x,R,X,1\n", keys=keys)
    assert len(caught.value.problems) == 10


def test_columns_are_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, "bank,segmnt,country,w\nHarbour,Retail,X,1\n")
    assert 'no column "segment"' in str(caught.value)
    assert 'did you mean "segmnt"' in str(caught.value)
    assert 'no column "weight"' in str(caught.value)


@pytest.mark.parametrize(
    ("by", "levels", "said"),
    [
        ((), LEVELS, "needs groups"),
        (("banks",), LEVELS, 'mean "banks"'),
        (("bank",), ("bank",), "a single level has nothing"),
    ],
)
def test_levels_and_groups(tmp_path: Path, by: tuple[str, ...], levels: tuple[str, ...], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        read(tmp_path, HEAD + GOOD, by, levels=levels)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="names no file of weights"):
        read_rollup(load_model("acsi", overrides={"rollup": {"levels": list(LEVELS)}}), ("bank",), KEYS)
    with pytest.raises(DataError, match="no such file"):
        read_rollup(model(tmp_path / "none.csv"), ("bank",), KEYS)


def test_order_of_the_rows_means_nothing(tmp_path: Path) -> None:
    rows = [*GOOD.splitlines(), ",Retail,X,0.2", ",Online,X,0.8"]
    one, _ = read(tmp_path, HEAD + "\n".join(rows))
    other, _ = read(tmp_path, HEAD + "\n".join(rows[::-1]))
    assert one.unit == other.unit
    assert one.weight == pytest.approx(other.weight, nan_ok=True)
    assert by_name(one)["Aster"] == by_name(other)["Aster"]


def test_a_stored_roll_up_is_found_again_and_verified(tmp_path: Path) -> None:
    """The stored spec points to the weights from its own folder, and verify compares the tables made with them."""
    (tmp_path / "study").mkdir()
    frame = cs.simulate("acsi", 300, seed=5).data
    frame["bank"] = [f"B{i % 4}" for i in range(300)]
    frame.to_csv(tmp_path / "study" / "d.csv", index=False)
    weights = "bank,sector,weight\n" + "".join(f"B{i},S{i % 2},{i + 1}\n" for i in range(4))
    (tmp_path / "study" / "w.csv").write_text(weights, encoding="utf-8")
    spec = "csi: 1\nextends: acsi\ndata: {file: d.csv, by: bank}\nrollup: {levels: [bank, sector], weights: w.csv}\n"
    (tmp_path / "study" / "s.yaml").write_text(spec, encoding="utf-8")
    result = cs.Study(tmp_path / "study" / "s.yaml").run()
    cs.save(result, tmp_path / "deep" / "out", report=False)
    found = cs.verify(tmp_path / "deep" / "out")
    assert found.same and not found.changed
    assert found.compared > result.estimates.value.size
    (tmp_path / "study" / "w.csv").write_text(weights.replace("B3,S1,4", "B3,S1,9"), encoding="utf-8")
    moved = cs.verify(tmp_path / "deep" / "out")
    assert not moved.same
    assert any("weights of the roll-up: w.csv" in change for change in moved.changed)
    assert "rollup" in set(moved.differences["part"])


def test_changes_of_method_are_said(tmp_path: Path) -> None:
    """A change between PLS and ML, another missing rule or another scale is no change of the market alone."""
    from dataclasses import replace

    from csimodels.rollup.method_changes import unlike

    plain = load_model("acsi")
    assert unlike(plain, plain) == []
    other = load_model("acsi", overrides={"estimate": {"estimator": "ml"}})
    assert unlike(plain, other) == ["the estimator was pls, is ml", "the missing rule was mean, is em"]
    first = plain.constructs[0]
    wider = replace(first, items=(replace(first.items[0], scale=(1.0, 5.0)), *first.items[1:]))
    scaled = replace(plain, constructs=(wider, *plain.constructs[1:]))
    assert unlike(plain, scaled) == ["another scale of EXP1"]
    frame = cs.simulate("acsi", 200, seed=5).data
    before, after = (cs.Study(model, frame, uncertainty=cs.Linearised()).run() for model in (plain, other))
    assert "the estimator was pls, is ml" in cs.compare(before, after)["status"].iloc[0]
    same = cs.compare(before, before)
    assert same["status"].str.startswith("both results are of the same answers").all()
    assert same[["se", "low", "high", "p", "p_adj"]].isna().all(axis=None) and not same["different"].any()


def test_an_earlier_year_does_not_change_the_verdict_on_this_one() -> None:
    """Corrections for several comparisons are made within a wave."""
    frame = cs.simulate("acsi", 1200, seed=8).data
    frame["bank"] = [f"B{i % 4}" for i in range(1200)]
    frame["year"] = [2025 + (i // 4) % 2 for i in range(1200)]
    weights = pd.DataFrame({"bank": ["B0", "B1", "B2", "B3"], "land": "L", "weight": 1.0})
    both = _rolled(frame, weights, ["bank", "year"]).differences()
    alone = _rolled(frame[frame["year"] == 2026], weights, ["bank", "year"]).differences()
    later = both[both["year"].astype(str) == "2026"]
    assert later["p_adj"].to_numpy() == pytest.approx(alone["p_adj"].to_numpy(), rel=1e-9)


def _rolled(frame: pd.DataFrame, weights: pd.DataFrame, by: list[str]) -> cs.Result:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.csv"
        weights.to_csv(path, index=False)
        model = load_model("acsi", overrides={"rollup": {"levels": ["bank", "land"], "weights": str(path)}})
        return cs.Study(model, frame, by=by, uncertainty=cs.Linearised()).run()
