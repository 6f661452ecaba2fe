"""The hash of a model: what was stored with a result must still be found, and what is new must count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from csimodels.spec import (
    DesignSpec,
    Margin,
    Parameter,
    ReplicateSpec,
    library_path,
    load_model,
    parse_model,
)

#: Computed with the first grammar, before parameters, replicate weights, margins and further methods were added to it;
#: again when the default of `uncertainty` became `auto`: a model that states no method means another one since.
#: `demo` again when its file took both years (`wave`), a roll-up and labels: the file before that keeps its hash.
#: `acsi`, `scsb`, `tcsi` and `demo` again when the share that complained got `better: low`.
#: `demo` again when its industries, sectors and nation got names in Chinese.
#: Those with the label 顾客满意 again when it became 顾客满意度.
#: A hash here changes with the wording of the library file, and must change with nothing else.
FIRST = {
    "acsi": "cda7f213764b18f784f453b47158d5eddd8f54f52c4c73e8b65bea6c6aa528c8",
    "ccsi": "c97c18e257d723f024ec2d73e8f397825bf7f91effe34a7f64e3e43eb311e36b",
    "ecsi-product-service": "06b54f0219b87db3548ed18bf69293ac0c4e637931c1be092f099a35ada0137a",
    "ecsi": "c83ebb74b43f75ec2999eab720d4cc194f6ccc1d7644a8cb0c99c55d48499aab",
    "ncsb": "92b11a60293fe7cafc5c06a039746aa09c71b4a12cfec810f4b932ef503c5e52",
    "scsb": "919437aa9dc357ce0d22bedb6c2ffac298d92c9825ef3c48a036aa92e6b37f06",
    "service-template": "7e66664e6f6b37da1ee2dd8f3021e056ce398044ade3a0f0e640991e6329602c",
    "tcsi": "e5d40926b19ee1a1311adf65f00af139d0837726e9d29322efe8b3430e4c51da",
    "three-level-template": "c69e8a3c9b7ee5805a77bf87a3f1c205a7a6a386b12efa220456be21681d7097",
    "demo": "111cf25d5f64ee7c0eceb7fdbccf25a999e7c4988de29d88940a28c2df3fb634",
}
#: Every key of the first grammar, as docs/spec.md had it then, and `method: none` with the settings it leaves unused.
COMPLETE = """\
csi: 1
name: banks-2026
title: {en: Retail banks 2026, zh: 2026年零售银行}
description: Telephone survey of retail customers
sources: [Fornell et al. (1996)]
scale: [1, 10]
constructs:
  Quality: {label: {en: Perceived quality, zh: 感知质量}, items: [Q1, Q2, Q3]}
  Value: {items: {V1: Value for the fees, V2: {en: Fees for the value, zh: 就质量而言，收费是否合理}}}
  Satisfaction: {measured: reflective, mode: A, items: {S1: Overall, S2: Confirmation, S3: Ideal}}
  Loyalty:
    items: {L1: {en: Would recommend, scale: [0, 10]}, L3: {scale: [0, 1], values: {yes: 1, no: 0, 是: 1, 否: 0}}}
paths: {Quality: [Value, Satisfaction], Value: Satisfaction, Satisfaction: [Loyalty]}
index: Satisfaction
data:
  file: my-banks.csv
  columns: {S1: q9, S2: q10, S3: q11}
  missing_codes: {all: [98, 99], L1: [77]}
  weight: w
  by: bank
  where: {year: 2026}
  design: {strata: region, cluster: branch}
rollup: {levels: [bank, country], weights: w.csv}
estimate: {estimator: pls, scheme: path, missing: mean}
uncertainty: {method: none, replicates: 2000, seed: 2026, interval: percentile, level: 0.95}
report: {languages: [en, zh], formats: [html, xlsx]}
"""
COMPLETE_HASH = "0f2b97628eb5eec93f9737599eaf9c48c41e9c7ecaa96304528d8f194f08060b"


@pytest.mark.parametrize("name", FIRST)
def test_library_models_keep_their_hash(name: str) -> None:
    assert load_model(library_path("acsi").with_name(f"{name}.yaml")).hash == FIRST[name]


def test_a_complete_spec_keeps_its_hash() -> None:
    assert parse_model(COMPLETE).hash == COMPLETE_HASH


def test_defaults_of_later_keys_may_be_written() -> None:
    text = COMPLETE.replace("weights: w.csv", "weights: w.csv, adjust: holm").replace(
        "level:", "draw: multinomial, level:"
    )
    assert text.count("adjust") + text.count("draw") == 2
    assert parse_model(text).hash == COMPLETE_HASH


def test_every_later_field_counts() -> None:
    model = parse_model(COMPLETE)
    data = model.data
    changed = [
        replace(model, parameters=(Parameter("Q1", "~~", "Q2"),)),
        replace(model, parameters=(Parameter("Q1", "~~", "Q2", 0.0),)),
        replace(model, data=replace(data, design=DesignSpec("region", "branch", "N"))),
        replace(model, data=replace(data, replicate_weights=ReplicateSpec(("rw*",)))),
        replace(model, data=replace(data, replicate_weights=ReplicateSpec(("rw*",), "brr"))),
        replace(model, data=replace(data, rake=(Margin("sex", (("f", 0.5), ("m", 0.5))),))),
        replace(model, rollup=replace(model.rollup, adjust="bh")),
        replace(model, estimate=replace(model.estimate, errors="mlr")),
        replace(model, estimate=replace(model.estimate, identification="std_lv")),
        replace(model, uncertainty=replace(model.uncertainty, draw="poisson")),
    ]
    hashes = {model.hash, *(one.hash for one in changed)}
    assert len(hashes) == len(changed) + 1
