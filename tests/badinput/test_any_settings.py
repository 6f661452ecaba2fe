"""Whatever is passed as an option of a public class or function is used, or refused in words: 2 500 seeded settings."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import inspect
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.arguments import is_one_of, plain_arguments, shown


class Odd:
    """Refuses to be compared."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")


class Sly:
    """Answers a comparison with an array."""

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> Any:
        return np.array([True, False])


class Loud:
    """Neither truth, nor length, nor text."""

    def _never(self, *_: object) -> Any:
        raise RuntimeError("no")

    __bool__ = __len__ = __iter__ = __repr__ = __str__ = _never


def deep(n: int = 2000) -> list[Any]:
    out: list[Any] = []
    for _ in range(n):
        out = [out]
    return out


def rings() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    knot: dict[str, Any] = {}
    knot["a"] = knot
    return [ring, knot, deep()]


# fmt: off
VALUES: list[Any] = [
    np.array([1, 2]), np.array(["a", "b"]), np.array(0.5), np.array([]), np.float64(0.95), np.int64(5), np.str_("mean"),
    np.bool_(True), np.datetime64("2020-01-01"), np.ma.masked, np.void(b"a"), pd.NA, pd.NaT, pd.Series([1, 2]),
    pd.Series(["pls"]), pd.DataFrame({"a": [1]}), pd.Timestamp("2020"), pd.Index(["a"]), pd.Categorical(["a"]),
    Odd(), Sly(), Loud(), 10**400, -(10**400), 2**63, 1e308, -0.0, float("inf"), float("nan"), b"pls", bytearray(b"x"),
    memoryview(b"a"), None, True, False, ..., NotImplemented, object(), type, len, range(3), {1, 2}, frozenset(["a"]),
    {}, {"a": 1}, {1: 2}, {"a": {"b": [1]}}, {None: None}, {(1, 2): 3}, [], [1], ["a"], [None], [[1]], [["a"], ["b"]],
    [pd.NA], [np.array([1])], [float("nan")], (), ("a",), ("a", None), *rings(), "", " ", "a" * 10_000, "\x00",
    "\ud800", "a\nb", "{x}", "nan", decimal.Decimal("NaN"), decimal.Decimal("sNaN"), fractions.Fraction(1, 3), 1 + 2j,
    datetime.date(2020, 1, 1), Path("/nonexistent"), Path("a\x00b"), cs.PLS, cs.PLS(), cs.Bootstrap(replicates=10),
    cs.Status.OK, cs.SpecError("x"), slice(3), collections.UserDict({"a": 1}), "pls", "SAT1", "Satisfaction",
]
# fmt: on
SETTINGS = ("PLS", "PLSc", "ML", "Semopy", "Bootstrap", "Jackknife", "Linearised", "ReplicateWeights", "Population")
OF_A_MODEL = ("load_model", "parse_model", "from_lavaan", "dump_model", "to_lavaan")
OF_A_FOLDER = ("load_result", "verify", "check_folder", "check_report")


@pytest.fixture(scope="module")
def targets() -> list[tuple[str, Callable[..., Any], dict[str, Any]]]:
    """Every public class and function that takes settings, with the arguments that a call needs."""
    data = cs.simulate("acsi", 60, seed=1).data
    result = cs.Study("acsi", data, uncertainty=None).run()
    found: list[tuple[str, Callable[..., Any], dict[str, Any]]] = [
        (name, getattr(cs, name), {}) for name in (*SETTINGS, *OF_A_MODEL, *OF_A_FOLDER)
    ]
    found += [("Study", cs.Study, {"model": "acsi", "data": data})] * 6
    found += [
        ("read_survey", cs.read_survey, {"data": data, "model": cs.load_model("acsi")}),
        ("simulate", cs.simulate, {"model": "acsi", "n": 20}),
        ("compare", cs.compare, {"before": result, "after": result}),
        ("crosscheck", cs.crosscheck, {}),
        ("compare_estimators", cs.compare_estimators, {}),
        ("invariance", cs.invariance, {}),
        ("fit_groups", cs.fit_groups, {}),
    ]
    for name, method in inspect.getmembers(type(result), inspect.isfunction):
        if not name.startswith("_") and len(inspect.signature(method).parameters) > 1:
            found.append((f"Result.{name}", getattr(result, name), {}))
    return found


@pytest.mark.parametrize("part", range(5))
def test_any_setting_is_used_or_refused_in_words(
    part: int,
    targets: list[tuple[str, Callable[..., Any], dict[str, Any]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    pick, refused = random.Random(part), 0
    for _ in range(500):
        name, call, base = pick.choice(targets)
        known = inspect.signature(call).parameters
        settings = dict(base)
        for key in pick.sample(list(known), min(len(known), pick.choice([1, 1, 1, 2, 3]))):
            settings[key] = pick.choice(VALUES)
        for key, parameter in known.items():
            if parameter.default is parameter.empty and key not in settings:
                settings[key] = pick.choice(VALUES)
        try:
            call(**settings)
        except cs.CsiError as error:
            refused += 1
            assert error.problems, name
            assert all(problem.what for problem in error.problems), name
        except Exception as error:
            said = {key: shown(value) for key, value in settings.items() if key not in base}
            raise AssertionError(f"{name}({said}) ended in {type(error).__name__}") from error
    assert refused > 300


def test_misspelt_settings_are_refused_with_the_nearest() -> None:
    cases: list[tuple[Callable[..., Any], str, str]] = [
        (cs.Bootstrap, "replicate", "replicates"),
        (cs.PLS, "shceme", "scheme"),
        (cs.ML, "discrepency", "discrepancy"),
        (cs.Jackknife, "levle", "level"),
        (cs.ReplicateWeights, "column", "columns"),
        (cs.Population, "reliabilty", "reliability"),
    ]
    for call, wrong, right in cases:
        with pytest.raises(cs.SpecError, match=f'did you mean "{right}"'):
            call(**{wrong: 1})
    with pytest.raises(TypeError, match=r'did you mean "adjust"'):
        cs.compare(None, None, adjsut="holm")


def test_arguments_of_a_wrong_kind_are_named_all_at_once() -> None:
    @plain_arguments
    def call(name: str, n: int = 1, *, many: tuple[str, ...] = (), on: bool = False) -> tuple[Any, ...]:
        return name, n, many, on

    assert call("a", np.int64(3), many=pd.Index(["x", "y"]), on=True) == ("a", 3, ("x", "y"), True)
    with pytest.raises(cs.SpecError) as caught:
        call(3, "x", many="xy", on=1)
    assert [problem.where for problem in caught.value.problems] == ["name", "n", "many", "on"]
    assert caught.value.problems[1].what == "n must be a whole number"
    with pytest.raises(TypeError, match="name is missing"):
        call()


def test_what_cannot_print_is_shown_by_its_type() -> None:
    assert shown(Loud()) == "<Loud>"
    assert len(shown("a" * 10_000)) <= 200
    assert len(shown(deep())) < 50
    assert is_one_of(None, (None, "a"))
    assert not any(is_one_of(value, ("a",)) for value in (Odd(), Sly(), np.array(["a"]), pd.NA))


def test_a_table_as_discrepancy_is_refused_in_words() -> None:
    """It was compared by ``==``, which of a table is no answer."""
    with pytest.raises(cs.CsiError, match="unknown estimator"):
        cs.ML(discrepancy=pd.DataFrame({"a": [1, 2]}))  # type: ignore[arg-type]
