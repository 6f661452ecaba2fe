"""Files, library names, defaults, short forms, overrides, extends."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from csimodels.errors import SpecError
from csimodels.spec import (
    Construct,
    IndexSpec,
    Item,
    Model,
    Text,
    UncertaintySpec,
    data_path,
    json_schema,
    library,
    library_path,
    load_model,
    parse_model,
    rollup_path,
)

BASE = """\
csi: 1
name: base
title: {en: Base, zh: 基础}
constructs:
  Quality:
    items: {Q1: {en: one, zh: 一, scale: [0, 5]}, Q2: two}
  Satisfaction: {items: [S1, S2]}
  Loyalty: {items: [L1]}
paths:
  Quality: [Satisfaction]
  Satisfaction: [Loyalty]
data: {file: data/x.csv, missing_codes: [98, 99], columns: {S1: q1}}
rollup: {levels: [firm], weights: w.csv}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    return tmp_path


def child(folder: Path, text: str, name: str = "child.yaml") -> Path:
    path = folder / name
    path.write_text("csi: 1\nextends: base.yaml\n" + text, encoding="utf-8")
    return path


def fails(source, **more):
    with pytest.raises(SpecError) as caught:
        load_model(source, **more)
    return caught.value.problems


# --- finding the file ---


def test_path_text_and_path(folder):
    assert load_model(folder / "base.yaml") == load_model(str(folder / "base.yaml"))
    assert load_model(folder / "base.yaml").origin == str(folder / "base.yaml")


def test_name_is_the_stem(folder):
    (folder / "my bank.yml").write_text(BASE.replace("name: base\n", ""), encoding="utf-8")
    assert load_model(folder / "my bank.yml").name == "my bank"
    assert parse_model(BASE.replace("name: base\n", "")).name == "model"


def test_bom_and_windows_lines(folder):
    (folder / "win.yaml").write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    assert load_model(folder / "win.yaml").hash == load_model(folder / "base.yaml").hash


def test_not_found_names_the_nearest(folder):
    (problem,) = fails(folder / "bass.yaml")
    assert "no such file" in problem.what and 'did you mean "base.yaml"?' in problem.allowed


def test_not_utf8(folder):
    (folder / "gbk.yaml").write_bytes(("csi: 1\ntitle: 满意度\n").encode("gb18030"))
    (problem,) = fails(folder / "gbk.yaml")
    assert "not UTF-8" in problem.what and problem.where.endswith("gbk.yaml:2") and "GB18030" in problem.remedy


def test_folder_big_file_and_text(folder):
    assert "folder" in fails(folder)[0].what
    (folder / "big.yaml").write_text("#" * 1_000_001)
    assert "larger" in fails(folder / "big.yaml")[0].what
    assert "parse_model" in fails("csi: 1\nconstructs: {}\n")[0].remedy
    assert "from_lavaan" in fails("S =~ s1 + s2\nS ~ Q\n")[0].remedy
    assert "library name" in fails(5)[0].what


def test_unknown_library_name():
    (problem,) = fails("acsj")
    assert "acsj" in problem.what and "./acsj.yaml" in problem.remedy


# --- the library ---


@pytest.mark.parametrize("name", [entry.name for entry in library()])
def test_library_models_load_in_both_languages(name):
    model = load_model(name)
    assert model.name == name and model.title.en and model.title.zh
    assert all(c.label.en and c.label.zh for c in model.constructs)
    assert all(item.text.en and item.text.zh for item in model.items)
    assert parse_model(library_path(name).read_text(encoding="utf-8"), origin=str(library_path(name))) == model


def test_library_titles_are_the_models():
    assert all(entry.title == load_model(entry.name).title for entry in library())


# --- defaults and short forms ---


def test_defaults():
    text = "csi: 1\nconstructs: {Satisfaction: {items: [S1]}, B: {items: [B1], mode: B}, H: {of: [Satisfaction, B]}}\n"
    model = parse_model(text + "paths: {Satisfaction: H, B: [H]}\n")
    one, two, three = model.constructs
    assert (one.measured, one.mode, two.measured, three.measured) == ("reflective", "A", "composite", "reflective")
    assert three.of == ("Satisfaction", "B") and three.items == () and model.item_names == ("S1", "B1")
    assert one.items[0].scale == (1.0, 10.0) and model.index == IndexSpec("Satisfaction", "own", ())
    assert model.uncertainty == UncertaintySpec() and model.estimate.scheme is None


def test_short_and_long_forms_have_one_hash():
    short = """\
csi: 1
title: Banks
constructs: {Satisfaction: {items: [S1, S2]}, Loyalty: {items: {L1: again}}}
paths: {Satisfaction: Loyalty}
data: {by: bank, missing_codes: [99, 98, DK], columns: {S2: b, S1: a}, where: {year: 2026, wave: 1}}
"""
    long = """\
data:
  where: {wave: 1.0, year: 2026}
  columns: {L1: L1, S1: 'a', "S2": b}
  missing_codes:
    all: [DK, 98, 99.0, 98]
  by:
  - bank
  design: null
  weight: ~
estimate: {estimator: pls}
paths:
  Satisfaction: ["Loyalty"]
index: {construct: Satisfaction, weights: own}
constructs:
  Satisfaction:
    mode: A
    items: {S1: , S2: {scale: [1, 10.0]}}
  Loyalty:
    measured: reflective
    items: {L1: {en: again, reverse: false}}
title: {en: Banks}
csi: 1
scale: [1, 10]
"""
    assert parse_model(short).hash == parse_model(long).hash
    assert parse_model(short) == parse_model(long)


def test_meaningful_differences_change_the_hash():
    texts = [
        BASE,
        BASE.replace("[0, 5]", "[0, 6]"),
        BASE.replace("98, 99", "98"),
        BASE.replace("二", "").replace("一", "壹"),
        BASE.replace("S1: q1", "S1: q2"),
        BASE.replace("levels: [firm]", "levels: [branch]"),
    ]
    assert len({parse_model(text).hash for text in texts}) == len(texts)


def test_where_the_data_lie_is_no_part_of_the_hash():
    one, two = parse_model(BASE), parse_model(BASE.replace("x.csv", "y.csv"))
    assert one.hash == two.hash and one != two


def test_hash_does_not_depend_on_the_folder(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "base.yaml"
    other.write_text(BASE, encoding="utf-8")
    one, two = load_model(folder / "base.yaml"), load_model(other)
    assert one.hash == two.hash and one == two and one.origin != two.origin


def test_values_and_item_codes():
    text = """\
csi: 1
constructs:
  Satisfaction: {items: {S1: {values: {yes: 1, no: 0, 是: 1, 否: 0}, scale: [0, 1], reverse: true}}}
  Loyalty: {items: [L1]}
paths: {Satisfaction: Loyalty}
data: {missing_codes: {all: 99, L1: [DK, 7]}, by: [a, b]}
"""
    model = parse_model(text)
    item = model.items[0]
    assert dict(item.values) == {"yes": 1.0, "no": 0.0, "是": 1.0, "否": 0.0} and item.reverse
    assert model.data.missing_codes == (99.0,) and model.data.item_missing_codes == (("L1", (7.0, "DK")),)
    assert model.data.by == ("a", "b")


# --- extends ---


def test_child_adds_replaces_and_removes(folder):
    path = child(
        folder,
        """\
title: {zh: 孩子}
constructs:
  Quality: {items: {Q1: uno, Q2: null, Q3: {zh: 三}}}
  Loyalty: null
  Image: {items: [I1]}
paths: {Satisfaction: null, Image: [Quality, Satisfaction]}
data: {missing_codes: {S1: [0]}}
""",
    )
    model = load_model(path)
    assert model.name == "child" and model.title == Text("Base", "孩子")
    assert model.construct_names == ("Quality", "Satisfaction", "Image")
    assert model.item_names == ("Q1", "Q3", "S1", "S2", "I1")
    assert model.items[0].text == Text("uno", "") and model.items[0].scale == (0.0, 5.0)
    assert model.paths == (("Quality", "Satisfaction"), ("Image", "Quality"), ("Image", "Satisfaction"))
    assert model.data.missing_codes == (98.0, 99.0) and model.data.item_missing_codes == (("S1", (0.0,)),)
    assert model.data.columns == (("S1", "q1"),)


def test_mapping_patches_a_list_of_items(folder):
    model = load_model(child(folder, "constructs: {Satisfaction: {items: {S2: null, S3: three}}}\n"))
    assert model.construct("Satisfaction").items == (Item("S1"), Item("S3", Text("three")))


def test_list_replaces(folder):
    model = load_model(child(folder, "constructs: {Quality: {items: [Q9]}}\ndata: {missing_codes: [7]}\n"))
    assert [i.name for i in model.construct("Quality").items] == ["Q9"] and model.data.missing_codes == (7.0,)


def test_null_removes_a_section(folder):
    model = load_model(child(folder, "data: null\nrollup:\n"))
    assert model.data.file is None and model.rollup.levels == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("constructs: {Qualty: null}\n", ["Qualty", 'did you mean "Quality"?']),
        ("constructs: {Satisfaction: {items: {S9: null}}}\n", ["S9", "does not have"]),
        ("paths: {Qualty: null}\n", ["Qualty", "path source"]),
    ],
)
def test_null_that_removes_nothing(folder, text, words):
    message = "\n".join(str(p) for p in fails(child(folder, text)))
    assert all(word in message for word in words) and "child.yaml:3:" in message


def test_problems_point_into_the_file_they_stand_in(folder):
    found = fails(child(folder, "constructs: {Quality: {items: {Q1: {scale: [9, 1]}}}, Loyalty: null}\n"))
    places = {Path(p.where).name for p in found}
    assert places == {"child.yaml:3:37", "base.yaml:11:18"}
    removed = next(p for p in found if "unknown construct" in p.what)
    assert "removed at" in removed.remedy and "child.yaml:3:55" in removed.remedy


def test_file_names_follow_the_child(folder):
    path = folder / "sub" / "deep.yaml"
    path.parent.mkdir()
    path.write_text("csi: 1\nextends: ../base.yaml\n", encoding="utf-8")
    model = load_model(path)
    assert model.data.file == "../data/x.csv" and model.rollup.weights == "../w.csv"
    assert data_path(model).resolve() == (folder / "data" / "x.csv").resolve()
    assert rollup_path(model).resolve() == (folder / "w.csv").resolve()


def test_same_folder_keeps_the_text(folder):
    model = load_model(child(folder, ""))
    assert model.data.file == "data/x.csv" and data_path(model) == folder / "data" / "x.csv"


def test_data_path_without_file_and_absolute(folder):
    bare = BASE.split("data:")[0]
    assert data_path(parse_model(bare)) is None and rollup_path(parse_model(bare)) is None
    model = load_model(folder / "base.yaml", overrides={"data": {"file": str(folder / "abs.csv")}})
    assert data_path(model) == folder / "abs.csv"


def test_extends_circle_depth_and_names(folder):
    (folder / "a.yaml").write_text("csi: 1\nextends: b.yaml\n")
    (folder / "b.yaml").write_text("csi: 1\nextends: ./a.yaml\n")
    assert "a.yaml -> b.yaml -> a.yaml" in fails(folder / "a.yaml")[0].what
    for k in range(12):
        (folder / f"d{k}.yaml").write_text(f"csi: 1\nextends: d{k + 1}.yaml\n")
    (folder / "d12.yaml").write_text(BASE)
    assert "more than 10" in fails(folder / "d0.yaml")[0].what
    assert load_model(folder / "d3.yaml").hash
    for text, words in [("nowhere.yaml", "no such file"), ("acsj", "acsj"), ("[a]", "one name")]:
        (folder / "e.yaml").write_text(f"csi: 1\nextends: {text}\n")
        (problem,) = fails(folder / "e.yaml")
        assert words in problem.what and "e.yaml:2:10" in problem.where


def test_version_is_asked_of_every_file(folder):
    (folder / "old.yaml").write_text(BASE.replace("csi: 1", "csi: 3"))
    (folder / "new.yaml").write_text("csi: 1\nextends: old.yaml\n")
    assert "old.yaml:1:6" in fails(folder / "new.yaml")[0].where


def test_parse_model_with_a_base_folder(folder):
    model = parse_model("csi: 1\nextends: base.yaml\n", base=folder)
    assert data_path(model) == folder / "data" / "x.csv"


# --- overrides ---


def test_overrides_win_and_none_removes(folder, monkeypatch):
    monkeypatch.chdir(folder)
    change = {
        "data": {"weight": "w", "by": ("firm",), "file": "other.csv", "missing_codes": None},
        "estimate": {"estimator": "plsc"},
        "index": {"weights": "equal"},
    }
    model = load_model(Path("base.yaml"), overrides=change)
    assert (model.data.weight, model.data.by, model.data.missing_codes) == ("w", ("firm",), ())
    assert model.estimate.estimator == "plsc" and model.index == IndexSpec("Satisfaction", "equal")
    assert model.name == "base" and model.data.columns == (("S1", "q1"),)
    assert data_path(model).resolve() == (folder / "other.csv").resolve()


def test_overrides_file_is_relative_to_the_working_directory(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(folder.parent)
    model = load_model(folder / "base.yaml", overrides={"data": {"file": "here.csv"}})
    assert data_path(model).resolve() == (folder.parent / "here.csv").resolve()


def test_overrides_from_numpy(folder):
    change = {"data": {"missing_codes": np.array([98, 99])}, "uncertainty": {"replicates": np.int64(50)}}
    model = load_model(folder / "base.yaml", overrides=change)
    assert model.data.missing_codes == (98.0, 99.0) and model.uncertainty.replicates == 50


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": {"wieght": "w"}}, ["wieght", 'did you mean "weight"?']),
        ({"estimate": {"estimator": "MLX"}}, ["MLX", "pls, plsc"]),
        ({"parameters": {"Quality =~ Q9": 1}}, ["Q9"]),
        ({"uncertainty": {"replicates": -10}}, ["-10", "at least 2"]),
        ({"data": {"columns": {"S9": "a"}}}, ["S9"]),
        ({"extends": "acsi"}, ["extends cannot be changed"]),
        ({"data": {"by": {"a", "b"}}}, ["set", "cannot stand in a spec"]),
        ({"index": {"weights": "fixed"}}, ["needs the weights"]),
    ],
)
def test_wrong_option(folder, change, words):
    found = fails(folder / "base.yaml", overrides=change)
    assert all(p.where == "option" for p in found)
    message = "\n".join(str(p) for p in found)
    assert all(word in message for word in words)


def test_overrides_that_hold_themselves():
    loop: dict[str, object] = {}
    loop["data"] = loop
    assert "nested deeper" in fails(parse_model(BASE), overrides=loop)[0].what


# --- models as source ---


def test_model_is_returned(folder):
    model = load_model(folder / "base.yaml")
    assert load_model(model) is model
    changed = load_model(model, overrides={"data": {"weight": "w"}})
    assert changed.data.weight == "w" and changed.origin == model.origin and data_path(changed) == data_path(model)


def test_hand_made_model_is_checked():
    wrong = Model("m", (Construct("A", (Item("a"),)), Construct("B", ())), (("A", "C"),))
    message = "\n".join(str(p) for p in fails(wrong))
    assert '"B" has no items' in message and '"C"' in message and "no index is named" in message
    right = Model(
        "m", (Construct("Satisfaction", (Item("a"),)), Construct("B", (Item("b"),))), (("Satisfaction", "B"),)
    )
    assert load_model(right).index.construct == "Satisfaction"


# --- the JSON schema ---


def test_json_schema_names_every_key():
    schema = json_schema()
    json.dumps(schema)
    assert schema["required"] == ["csi"] and schema["properties"]["csi"]["const"] == 1
    assert set(schema["properties"]) == {
        "csi", "extends", "name", "title", "description", "sources", "scale", "constructs", "paths", "parameters",
        "index", "values", "data", "labels", "rollup", "estimate", "uncertainty", "report", "items", "indices",
        "targets", "what_if", "benchmark", "trend", "drivers", "penalty_reward", "focus", "behaviour",
        "states", "fuzzy",
        "kano",
        "defined", "constraints", "hierarchy", "effort", "controls", "classes", "gaps", "delivered_value",
    }  # fmt: skip
    assert schema["additionalProperties"] is False
    definitions = schema["$defs"]
    assert "construct" in definitions["RawIndex"]["properties"]
    forms = [form.get("type", form.get("$ref")) for form in schema["properties"]["title"]["anyOf"]]
    assert "string" in forms and "#/$defs/RawText" in forms
