"""The library: what is listed, and that the wheel takes all of it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from csimodels.spec import library

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    "acsi",
    "ccsi",
    "ecsi",
    "ecsi-product-service",
    "electricity",
    "industrial-supplier",
    "library",
    "mobile-operator",
    "ncsb",
    "online-shop",
    "scsb",
    "service-template",
    "servqual",
    "tcsi",
    "three-level-template",
    "tobacco-retail",
}


def test_the_library_has_the_models_of_the_field_and_not_the_demo() -> None:
    assert {entry.name for entry in library()} == NAMES


def test_the_wheel_takes_every_model() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    files = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert files == {f"models/{name}.yaml": f"csimodels/_models/{name}.yaml" for name in NAMES}
