"""Attributes that are not there: what is meant is said, and an error inside a property is not hidden."""

from __future__ import annotations

import pkgutil
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


def test_no_index_of_the_spec_leads_to_those_of_constructs() -> None:
    result = cs.Study("ecsi", cs.simulate("ecsi", 60, seed=1).data).run()
    with pytest.raises(cs.SpecError, match=r"index\(\)") as raised:
        result.indices()
    assert "模型文件没有要求" in raised.value.said(translator("zh"))
    with pytest.raises(AttributeError, match="see effects"):
        result.total_effects  # type: ignore[attr-defined]  # noqa: B018
