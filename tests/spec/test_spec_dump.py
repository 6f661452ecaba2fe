"""Dump and load: any model comes back equal, with the same hash, in any process."""

from __future__ import annotations

import math
import operator
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from unicodedata import normalize

import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import csimodels
from csimodels.spec import (
    Construct,
    DataSpec,
    DesignSpec,
    EstimateSpec,
    IndexSpec,
    Item,
    Margin,
    Model,
    Parameter,
    ReplicateSpec,
    ReportSpec,
    RollupSpec,
    Text,
    UncertaintySpec,
    dump_model,
    load_model,
    parse_model,
)

AWKWARD = ["no", "010", "1:30", "1e5", "0o17", "~", "null", "true", "<<", "=", "*x", "&y", "!z", "- a", "a: b", "a #b",
           "'", '"', "2026-11-21", "满意度", "1_000", ".5", ".inf", "@", "`", "%", "|", "{a}",
           "[b]", "a,b", "?", "😀"]  # fmt: skip
LETTERS = st.characters(blacklist_categories=("Cc", "Zl", "Zp", "Cs"))
COMPOSED = partial(normalize, "NFC")  # names are read in composed letters
NAME = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(LETTERS, min_size=1, max_size=12).filter(lambda name: name.strip() != "").map(COMPOSED),
)
WORDS = st.one_of(
    st.just(""),
    st.sampled_from(AWKWARD),
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=30).map(COMPOSED),
)
TEXT = st.builds(Text, WORDS, WORDS)
NUMBER = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: value + 0.0)
POSITIVE = st.floats(1e-6, 1.0)
CODE = st.one_of(NUMBER, WORDS)
OPTIONAL = st.none() | NAME


def codes(draw):
    found = draw(st.lists(CODE, max_size=3, unique=True))
    return tuple(sorted(found, key=lambda code: (isinstance(code, str), code)))


@st.composite
def items(draw, name):
    low = draw(NUMBER)
    high = low + draw(st.sampled_from([0.5, 1.0, 4.0, 9.0]))
    values = draw(st.dictionaries(NAME.map(str.casefold).filter(str.strip), st.just(low), max_size=2))
    kept = {key: value for key, value in values.items() if key == key.strip()}
    folded = {key.strip().casefold() for key in kept}
    return Item(
        name,
        draw(TEXT),
        draw(st.sampled_from([(1.0, 10.0), (low, high)])) if not kept else (low, high),
        draw(st.booleans()),
        tuple(sorted(kept.items())) if len(folded) == len(kept) else (),
    )


BY_COLUMN = operator.attrgetter("column")
LABEL = st.sampled_from(["", "a", "b.1", "载荷"])


@st.composite
def replicate_weights(draw):
    columns = tuple(draw(st.lists(NAME.filter(lambda n: "*" not in n), max_size=3, unique=True)))
    kind = draw(st.sampled_from(["brr", "fay", "jk1", "jkn", "bootstrap"]))
    if not columns:
        return ReplicateSpec()
    factors = tuple(draw(POSITIVE) for _ in columns) if kind == "jkn" or draw(st.booleans()) else ()
    fay = 0.5 if kind == "fay" else 0.0
    return ReplicateSpec(columns, kind, fay, draw(st.none() | POSITIVE), factors)


@st.composite
def shares(draw):
    """Shares that sum to 1, as a checked model has them."""
    names = sorted(draw(st.sets(NAME, min_size=2, max_size=4)))
    drawn = [draw(st.floats(0.01, 1.0)) for _ in names]
    done = [share / math.fsum(drawn) for share in drawn]
    return tuple(zip(names, done, strict=True))


@st.composite
def parameters(draw, blocks, constructs, items):
    """Statements in the order a checked model has; not those on names that a text cannot tell from an operator."""
    if any(name != name.strip() or "~" in name or name == "1" for name in (*constructs, *items)):
        return ()
    said = st.builds(lambda value, label: (value, "") if not label else (None, label), st.none() | NUMBER, LABEL)
    made = [Parameter(c, "=~", i, *draw(said)) for c, b in zip(constructs, blocks, strict=True) for i in b]
    made += [Parameter(constructs[1], "~", constructs[0], *draw(said))]
    made += [Parameter(constructs[0], "~~", constructs[0], 2.5), Parameter(items[0], "~~", items[3], *draw(said))]
    made += [Parameter(constructs[2], "~1", "", *draw(said)), Parameter(items[4], "~1", "", *draw(said))]
    return tuple(p for p in made if draw(st.booleans()))


@st.composite
def models(draw):
    names = draw(st.lists(NAME.filter(lambda name: name != "all"), min_size=8, max_size=8, unique=True))
    constructs, item_names = names[:3], names[3:]
    based = draw(st.booleans())
    mode = st.just("A") if based else st.sampled_from(["A", "B"])
    measured = st.just("reflective") if based else st.sampled_from(["reflective", "composite"])
    reliability = st.none() | POSITIVE
    blocks = [item_names[:1], item_names[1:3], item_names[3:]]
    made = [
        Construct(name, tuple(draw(items(i)) for i in block), draw(TEXT), draw(measured), draw(mode), draw(reliability))
        for name, block in zip(constructs, blocks, strict=True)
    ]
    paths = [(constructs[0], constructs[1]), (constructs[0], constructs[2])]
    if draw(st.booleans()):
        made.append(Construct("Whole of it", (), draw(TEXT), "composite", "A", None, (constructs[0], constructs[1])))
        paths += [(constructs[1], "Whole of it")]
    weights = draw(st.sampled_from(["own", "pooled", "equal", "fixed"]))
    fixed = tuple((i, draw(POSITIVE)) for i in blocks[1]) if weights == "fixed" or draw(st.booleans()) else ()
    by_item = tuple((i, found) for i in item_names if draw(st.booleans()) and (found := codes(draw)))
    data = DataSpec(
        draw(OPTIONAL), draw(OPTIONAL), draw(st.sampled_from([None, "utf-8", "gb18030"])),
        draw(st.sampled_from([None, ",", ";", "\t", "|"])),
        tuple((i, f"column {i}"[:150]) for i in item_names if draw(st.booleans())),
        codes(draw), by_item, draw(st.sampled_from(["error", "missing"])), draw(OPTIONAL),
        tuple(draw(st.lists(NAME, max_size=3, unique=True))),
        tuple(sorted(draw(st.dictionaries(NAME, CODE, max_size=2)).items())),
        DesignSpec(draw(OPTIONAL), draw(OPTIONAL), draw(OPTIONAL)), draw(replicate_weights()),
        tuple(sorted((Margin(column, draw(shares())) for column in draw(st.sets(NAME, max_size=2))), key=BY_COLUMN)),
    )  # fmt: skip
    estimate = EstimateSpec(
        draw(st.sampled_from(["ml", "uls", "semopy"] if based else ["pls"])),
        None if based else draw(st.sampled_from([None, "path", "factorial"])),
        draw(st.sampled_from([None, "mean", "em"])),
        draw(st.none() | st.floats(1e-12, 1e-4)), draw(st.none() | st.integers(1, 9999)),
        draw(st.sampled_from(["error", "warn"])), *draw(st.sampled_from([("mlr", "std_lv")] * based + [(None, None)])),
    )  # fmt: skip
    method = st.sampled_from(["bootstrap", "none", "auto", "jackknife", "linearised"])
    uncertainty = UncertaintySpec(draw(method) if not data.replicate_weights.columns else "replicate_weights")
    if uncertainty.method not in ("auto", "jackknife", "linearised", "replicate_weights"):
        uncertainty = replace(
            uncertainty, replicates=draw(st.integers(2, 10**6)), seed=draw(st.integers(0, 2**63 - 1)),
            interval=draw(st.sampled_from(["percentile", "basic", "normal", "bca"])),
            draw=draw(st.sampled_from(["multinomial", "poisson"] if data.design == DesignSpec() else ["multinomial"])),
        )  # fmt: skip
    uncertainty = replace(uncertainty, level=draw(st.floats(0.01, 0.99)))
    levels = tuple(draw(st.lists(NAME, min_size=1, max_size=3, unique=True)))
    return Model(
        draw(NAME), tuple(made), tuple(paths), draw(TEXT), draw(TEXT), tuple(draw(st.lists(WORDS, max_size=2))),
        IndexSpec(constructs[1], weights, fixed), data,
        draw(st.sampled_from([RollupSpec(), RollupSpec(levels), RollupSpec(levels, "w.csv", "bh")])),
        estimate, uncertainty,
        draw(st.sampled_from([ReportSpec(), ReportSpec(("zh", "en"), ()), ReportSpec(("zh",), ("html",))])),
        draw(parameters(blocks, constructs, item_names)) if based else (),
    )  # fmt: skip


PLAIN = Model(
    "m",
    (Construct("Satisfaction", (Item("no"),)), Construct("010", (Item("1e5", Text("yes", "是")),))),
    (("Satisfaction", "010"),),
    index=IndexSpec("Satisfaction"),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(models())
@example(PLAIN)
@example(replace(PLAIN, title=Text("two\nlines", "\x85")))
def test_round_trip(model):
    text = dump_model(model)
    again = parse_model(text)
    assert again == model
    assert again.hash == model.hash
    assert dump_model(again) == text
    complete = dump_model(model, complete=True)
    assert parse_model(complete) == model and parse_model(complete).hash == model.hash
    assert load_model(model) is model


def test_file_round_trip(tmp_path):
    path = tmp_path / "plain.yaml"
    text = dump_model(PLAIN, path)
    assert path.read_bytes() == text.encode("utf-8")
    assert load_model(path) == PLAIN and load_model(path).hash == PLAIN.hash


def test_minimal_and_readable():
    model = parse_model(
        "csi: 1\ntitle: {en: Banks, zh: 银行}\nscale: [0, 5]\nconstructs: {Satisfaction: {items: [S1, S2]}, "
        "Loyalty: {items: {L1: {en: Again, zh: 再次, scale: [1, 10]}}}}\npaths: {Satisfaction: Loyalty}\n"
    )
    assert dump_model(model) == (
        "csi: 1\nname: model\ntitle: {en: Banks, zh: 银行}\nscale: [0, 5]\nconstructs:\n  Satisfaction:\n"
        "    items: [S1, S2]\n  Loyalty:\n    items:\n      L1: {en: Again, zh: 再次, scale: [1, 10]}\n"
        "paths:\n  Satisfaction: [Loyalty]\n"
    )


def test_other_readers_read_the_same_text():
    """A YAML 1.1 reader must find the same texts: they are quoted wherever the two versions differ."""
    found = yaml.safe_load(dump_model(PLAIN))
    assert list(found["constructs"]) == ["Satisfaction", "010"]
    assert found["constructs"]["Satisfaction"]["items"] == ["no"]
    assert found["constructs"]["010"]["items"] == {"1e5": {"en": "yes", "zh": "是"}}


def test_hash_does_not_depend_on_the_process():
    code = "from csimodels.spec import load_model; print(load_model('acsi').hash)"
    source = str(Path(csimodels.__file__).parent.parent)
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": source},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "4711")
    }
    assert found == {load_model("acsi").hash}
