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

#: Computed with the first grammar, before parameters, replicate weights, margins and further methods were added to it.
#: A hash here changes with the wording of the library file, and must change with nothing else.
FIRST = {
    "acsi": "254fd51afe5ff38b85cb8e1b601b58e65593140a7cb3cbdc8362755e8ed23127",
    "ccsi": "2ab12ed0004801e8057d63c64db931ab12c965e518c5acf28198d97ad9104dff",
    "ecsi-product-service": "78494706090259a76c2a72ff7c97ee37b0e38e5d41328b8d5b33690bcda2f2db",
    "ecsi": "49fa2db53d87fa2af9426531a264be75c68e979fdfa2ebf6894548ca4ce959ca",
    "ncsb": "61490338fc53f102d9b1315a4fe06c7e1f7202433660e46e59489dea47b95a25",
    "scsb": "ba82a67f0c7cee81a3598a0c673c0f4d9d11bf1be23adfd77bb620b17741f3de",
    "service-template": "fbecf992ce19e6cec5e803a54f05e27b1e7037f57d62555975aa4bb423b24bc9",
    "tcsi": "cf8fb964d3c8a04b8a496ac8269705e193ed8449a770686211d58005eed99172",
    "three-level-template": "a31e3a5c050c259f0e14bccbb6e68330362635f0710b7e90f37551b89966160a",
    "demo": "aca04c2a298fccdd28fa44cad4d2deedb5e076b6de2586ff3d3a449d114a0671",
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
