"""Attributes that are not there: what is meant is said, and an error inside a property is not hidden."""

from __future__ import annotations

import inspect
import pkgutil
import pydoc
import re
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

import pytest

import csimodels as cs
from csimodels.i18n import translator
from csimodels.other_names import Helpful, no_such_name
from csimodels.report import Figures
from csimodels.report.figures.picture import Picture
from csimodels.study.names_elsewhere import OF_RESULTS


class Table(Helpful):
    names_elsewhere: ClassVar[Mapping[str, str]] = {"reliability": "quality()"}
    quality = 1

    @cached_property
    def broken(self) -> int:
        return [].length  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("reliability", "see quality()"),
        ("Reliability", "see quality()"),
        ("qualty", "did you mean quality?"),
        ("zzz", "'Table' object has no attribute 'zzz'"),
        ("broken", "'list' object has no attribute 'length'"),
    ],
)
def test_what_is_meant(name: str, said: str) -> None:
    with pytest.raises(AttributeError) as raised:
        getattr(Table(), name)
    assert str(raised.value).endswith(said)


def test_what_python_asks_is_answered_without_search() -> None:
    assert str(no_such_name("'X' object", "_repr_png_", ["repr_png"], {})) == "'X' object has no attribute '_repr_png_'"


@pytest.mark.parametrize(
    ("kind", "elsewhere"), [(cs.Result, OF_RESULTS), (Figures, Figures.names_elsewhere), (cs, cs._ELSEWHERE)]
)
def test_every_answer_names_what_is_there_for_a_name_that_is_not(kind: object, elsewhere: dict[str, str]) -> None:
    there = {*dir(cs.Result), *dir(cs.Study), *dir(Figures), *dir(Picture), *cs.__all__}
    rooms = {module.name for module in pkgutil.iter_modules(cs.__path__)}
    for name, here in elsewhere.items():
        assert name not in ({*cs.__all__, *rooms} if kind is cs else {*dir(kind)}), name
        called = set(re.findall(r"(\w+)\(", here))
        assert called <= there, here
        assert called or here.split(";")[0] in there or "columns" in here, here


@pytest.fixture(scope="module")
def result() -> cs.Result:
    return cs.Study("ecsi", cs.simulate("ecsi", 60, seed=1).data, uncertainty=None).run(progress=False)


def test_no_index_of_the_spec_leads_to_those_of_constructs(result: cs.Result) -> None:
    with pytest.raises(cs.SpecError, match=r"index\(\)") as raised:
        result.indices()
    assert "模型文件没有要求" in raised.value.said(translator("zh"))
    with pytest.raises(AttributeError, match="see effects"):
        result.total_effects  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ('r.index(by="company")', "index() takes no arguments"),
        ('r.paths("Satisfaction")', "table = result.paths(); table[table[column] == value]"),
        ("r.report()", "report(folder): folder is missing"),
        ('r.drivers(construct="Loyalty")', 'did you mean "target"?'),
        ('r.figures.path_diagram(language="zh")', 'did you mean "lang"?'),
        ('cs.Study("ecsi", None, groups="bank")', 'did you mean "by"?'),
        ('cs.Study("ecsi", None, "bank")', "write the name before each: columns="),
        ('cs.simulate("ecsi", 9)', "simulate(model, n, seed=...): seed is missing"),
        ("cs.Bootstrap(nboot=9)", 'did you mean "replicates"?'),
        ("cs.Study({})", 'the data second: Study("acsi", data)'),
    ],
)
def test_a_call_that_does_not_fit_is_answered_with_the_one_that_does(asked: str, said: str, result: cs.Result) -> None:
    with pytest.raises(cs.SpecError) as raised:
        eval(asked, {"r": result, "cs": cs})
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("r.paths.round(2)", "call it first, paths().round"),
        ('r.index["Satisfaction"]', "call it first, index()[...]"),
        ("list(r.loadings)", "call it first, loadings()"),
        ('r["paths"]', "such as .paths()"),
        ("list(r)", "such as .index()"),
    ],
)
def test_brackets_that_are_missing_or_too_many_are_named(asked: str, said: str, result: cs.Result) -> None:
    with pytest.raises((AttributeError, TypeError)) as raised:
        eval(asked, {"r": result})
    assert said in str(raised.value)


def test_a_method_is_one_to_the_tools_that_ask(result: cs.Result) -> None:
    assert repr(result.paths) == "<method of Result: call it with brackets, paths()>"
    assert "call it with brackets, predicted(antecedents='earliest')>" in pydoc.render_doc(result.predicted)
    assert list(inspect.signature(result.summary).parameters) == ["language", "width"]
    assert "self" in inspect.signature(cs.Result.summary).parameters
    assert inspect.getdoc(result.paths) == inspect.getdoc(cs.Result.paths)
    assert result.paths == result.paths and result.paths != result.index
    assert hash(result.paths) == hash(result.paths) and bool(result.paths)
