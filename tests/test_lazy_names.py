"""Packages that load their names on use say them three times, to mypy, to readers and to Python: always the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import csimodels

ROOT = Path(csimodels.__file__).parent
LAZY = [file for file in sorted(ROOT.rglob("__init__.py")) if "names_on_use(" in file.read_text(encoding="utf-8")]


def assigned(tree: ast.Module) -> dict[str, ast.expr]:
    """What names of the module stand for."""
    return {ast.unparse(n.targets[0]): n.value for n in tree.body if isinstance(n, ast.Assign)}


def homes_for_mypy(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Name and module of each import under ``if TYPE_CHECKING``."""
    for block in tree.body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for line in block.body:
                assert isinstance(line, ast.ImportFrom) and line.module
                yield from ((name.asname or name.name, line.module) for name in line.names)


def homes_for_python(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Name and module as :func:`csimodels.lazy.names_on_use` is given them."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "names_on_use"]
    homes = calls[0].args[1]
    for module, names in ast.literal_eval(assigned(tree).get(ast.unparse(homes), homes)).items():
        yield from ((name, module) for name in names.split())


@pytest.mark.parametrize("file", LAZY, ids=lambda file: file.parent.relative_to(ROOT.parent).as_posix())
def test_names_and_their_modules_are_the_same_everywhere(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    lazy = list(homes_for_python(tree))
    assert sorted(lazy) == sorted(homes_for_mypy(tree)) and len(dict(lazy)) == len(lazy)
    plain = {name.asname or name.name for n in tree.body if isinstance(n, ast.ImportFrom) for name in n.names}
    published = ast.literal_eval(assigned(tree)["__all__"])
    assert set(dict(lazy)) <= set(published) <= set(dict(lazy)) | plain


def test_there_are_such_packages() -> None:
    assert len(LAZY) > 5
