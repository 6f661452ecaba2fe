"""Short forms that are none, keys in another section, other words: the first remedy is the likely one."""

from __future__ import annotations

import pytest
from bad_forms import SPEC

import csimodels as cs
from csimodels.i18n import translator

HEAD, _, _ = SPEC.partition("paths:")
VALUE = "{items: [V1, V2]}"
#: What is written instead of or behind the small model, and what the remedy must name.
MEANT = {
    "uncertainty: linearised": "uncertainty: {method: linearised}",
    "uncertainty: false": "uncertainty: {method: none}",
    "uncertainty: 0.9": "uncertainty: {level: 0.9}",
    "uncertainty: 500": "uncertainty: {replicates: 500}",
    "estimate: ml": "estimate: {estimator: ml}",
    "data: survey 1.csv": "data: {file: survey 1.csv}",
    "data: [a.csv]": "data: {file: a.csv}",
    "report: en": "report: {languages: [en]}",
    "report: [html, word]": "report: {formats: [html, docx]}",
    "rollup: company": "rollup: {levels: [company]}",
    "rollup: [company, nation]": "rollup: {levels: [company, nation]}",
    "targets: 80": "targets: {Satisfaction: 80}",
    "what_if: Quality": "what_if: {Quality: 5}",
    "scale: 1-10": "scale: [1, 10]",
    "scale: 1 to 7": "scale: [1, 7]",
    "scale: [1, 2, 3, 4, 5]": "scale: [1, 5]",
    "estimator: ml": "estimate: {estimator: ml}",
    "weight: w": "data: {weight: w}",
    "seed: 3": "uncertainty: {seed: 3}",
    "estimate: {uncertainty: {method: none}}": "whole spec",
    "data: {scale: [1, 10]}": "whole spec",
    "report: {languages: English}": "write en",
    "report: {languages: [中文]}": "write zh",
    "report: {formats: powerpoint}": "write pptx",
    "estimate: {estimator: cb-sem}": "write ml",
    'uncertainty: {level: "95%"}': "write 0.95",
    'uncertainty: {replicates: "2,000"}': "write 2000",
}
#: The model itself in forms of other programs.
MODELS = {
    SPEC.replace(VALUE, '{items: "V1, V2"}'): "items: [V1, V2]",
    SPEC.replace(VALUE, "{items: V1 + V2}"): "items: [V1, V2]",
    SPEC.replace(VALUE, "V1, V2"): "Value: {items: [V1, V2]}",
    SPEC.replace("[Value, Satisfaction]", "Value, Satisfaction"): "write [Value, Satisfaction]",
    SPEC.replace("[Value, Satisfaction]", "{items: [Q1], to: [Value]}"): "write Quality: [Value]",
    f"{HEAD}paths: [Quality -> Value, Quality → Loyalty]\n": "paths: {Quality: [Value, Loyalty]}",
    f"{HEAD}paths: Loyalty ~ Quality + Value\n": "paths: {Quality: [Loyalty], Value: [Loyalty]}",
    f"{HEAD}paths:\n  - {{from: Quality, to: Value}}\n": "paths: {Quality: [Value]}",
    "csi: 1\nconstructs: [{name: Q, items: [Q1, Q2]}]\n": "constructs: {Q: {items: [Q1, Q2]}}",
}


def remedies(text: str, language: str = "en") -> list[str]:
    with pytest.raises(cs.SpecError) as caught:
        cs.parse_model(text)
    return [line for line in caught.value.said(translator(language)).splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("text", "word"), [*((f"{SPEC}{line}\n", word) for line, word in MEANT.items()), *MODELS.items()]
)
def test_the_remedy_is_what_was_meant(text: str, word: str) -> None:
    said = remedies(text)
    assert word in "\n".join(said) and "did you mean" not in "\n".join(said), said
    assert word.removeprefix("write ").replace("whole spec", "整个模型文件") in "\n".join(remedies(text, "zh"))


@pytest.mark.parametrize(
    "word", [value for key, value in MEANT.items() if key.partition(":")[0] == value.partition(":")[0]]
)
def test_what_a_section_is_told_to_hold_is_read(word: str) -> None:
    cs.parse_model(f"{SPEC}{word}\n")
