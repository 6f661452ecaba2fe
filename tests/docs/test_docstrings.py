"""The main names say what they take, what can go wrong and how they are used; pytest runs the examples as doctests."""

from __future__ import annotations

import inspect

import pytest

import csimodels as cs

MAIN = (
    "Study", "Result", "load_model", "load_result", "read_survey", "simulate", "compare", "invariance", "PLS", "PLSc",
    "ML", "Bootstrap", "Jackknife", "Linearised",
)  # fmt: skip


@pytest.mark.parametrize("name", MAIN)
def test_main_names_have_an_example_that_uses_the_package(name: str) -> None:
    text = inspect.getdoc(getattr(cs, name)) or ""
    assert "Examples\n--------\n>>> " in text
    assert "import csimodels" in text or "from csimodels" in text


@pytest.mark.parametrize(
    "name", ["Study", "load_model", "load_result", "read_survey", "simulate", "compare", "invariance"]
)
def test_main_names_say_what_is_raised(name: str) -> None:
    assert "Raises\n------\n" in (inspect.getdoc(getattr(cs, name)) or "")
