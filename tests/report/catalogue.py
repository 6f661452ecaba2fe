"""Keeps the Chinese catalogue complete: ``python tests/report/catalogue.py`` compiles ``.po`` to ``.mo``.

Needs babel (and jinja2, to read the templates).
"""

from __future__ import annotations

import ast
import inspect
import re
import struct
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import csimodels
from csimodels.cli import COMMANDS
from csimodels.tables.catalogue import CATALOGUE, OTHERS
from csimodels.tables.columns import COLUMNS

ROOM = Path(csimodels.__file__).parent
PO = ROOM / "locale" / "zh" / "LC_MESSAGES" / "csimodels.po"
MO = PO.with_suffix(".mo")
#: Calls whose arguments are marked for the catalogue: positions, and keywords.
MARKED: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    **dict.fromkeys(("N_", "tr", "_", "Message", "LogEntry", "note", "tell", "_title"), ((0,), ())),
    **dict.fromkeys(("SpecError", "DataError", "EstimationError"), ((0,), ())),
    "Finding": ((1, 4), ("what", "remedy")),
    "Problem": ((0, 4), ("what", "remedy")),
    "MissingExtraError": ((2,), ()),
    "Criterion": ((2, 3), ()),
    "counted": ((1, 2), ("one", "many")),
    **dict.fromkeys(("Argument", "Option", "Typer"), ((), ("help",))),
}


@cache
def used() -> dict[str, str]:
    """Every text that the package's code and templates translate, with the file that uses it."""
    found: dict[str, str] = {}
    for path in sorted(ROOM.rglob("*.py")):
        for text in marked(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, path.name)
    found.update({text: name for text, name in [*_templates(), *_declared(), *_commands()] if text not in found})
    return found


def _commands() -> list[tuple[str, str]]:
    """What the commands say of themselves: their docstrings are their help."""
    return [(inspect.cleandoc(command.__doc__ or ""), "commands/") for command in COMMANDS]


def _declared() -> list[tuple[str, str]]:
    """Titles, headings, words and sentences that the tables declare."""
    out: list[tuple[str, str]] = []
    for table in (*CATALOGUE, *OTHERS):
        out += [(text, "catalogue.py") for text in (table.title, table.group_title, table.about) if text]
    every = [*COLUMNS.values(), *(column for table in (*CATALOGUE, *OTHERS) for column in table.columns)]
    for column in every:
        out += [(text, "columns.py") for text in (column.heading, *column.words.values())]
    return [(text, name) for text, name in out if any(letter.isalpha() for letter in text)]


def marked(tree: ast.AST) -> Iterator[str]:
    """The texts of a module that stand where a text is marked: themselves, or by the name they were given before."""
    everywhere = _named(tree)
    for scope in ast.walk(tree):
        if not isinstance(scope, (ast.Module, ast.FunctionDef)):
            continue
        names = everywhere | _named(scope)
        for node in _own(scope):
            if isinstance(node, ast.Call):
                for argument in marked_arguments(node):
                    yield from constants(argument, names)


def marked_arguments(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that are marked for the catalogue."""
    places, keywords = MARKED.get(_name(call.func), ((), ()))
    yield from (call.args[k] for k in places if k < len(call.args))
    yield from (keyword.value for keyword in call.keywords if keyword.arg in keywords)


def constants(node: ast.expr, names: Mapping[str, list[ast.expr]]) -> Iterator[str]:
    """The texts that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*constants(node.body, names), *constants(node.orelse, names))
    elif isinstance(node, ast.Name):
        for value in names.get(node.id, ()):
            yield from constants(value, {})


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a scope without those of the functions inside."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef):
            waiting.extend(ast.iter_child_nodes(node))


def _named(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """Every value that a name of a scope is given."""
    out: dict[str, list[ast.expr]] = {}
    for node in _own(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=True))
                for name, value in pairs:
                    if isinstance(name, ast.Name):
                        out.setdefault(name.id, []).append(value)
    return out


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def worded(text: str) -> bool:
    """Whether a template holds words, and not only a frame for its parts such as ``{a} -> {b}``."""
    return bool(re.search("[^\\W\\d_]", re.sub(r"\{\w+\}", "", text)))


def missing() -> list[str]:
    """Texts with words that have no Chinese."""
    have = catalogue()
    return [text for text in used() if worded(text) and not have.get(text)]


def left_over() -> list[str]:
    """Texts of the catalogue that nothing uses."""
    wanted = used()
    return [text for text in catalogue() if text not in wanted]


def _templates() -> list[tuple[str, str]]:
    import jinja2

    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"])
    out = []
    for path in sorted((ROOM / "report" / "html" / "templates").glob("*.j2")):
        for _, _, text in environment.extract_translations(path.read_text(encoding="utf-8")):
            out.append((text, path.name)) if isinstance(text, str) else None
    return out


def catalogue() -> dict[str, str]:
    """English -> Chinese, as written in the ``.po`` file."""
    from babel.messages.pofile import read_po

    with PO.open("rb") as stream:
        return {str(m.id): str(m.string) for m in read_po(stream, locale="zh") if m.id}


def compiled() -> bytes:
    """The ``.mo`` file that belongs to the ``.po`` file (GNU format, no hash table)."""
    head = "Language: zh\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
    pairs = sorted((k.encode(), v.encode()) for k, v in {"": head, **catalogue()}.items() if v)
    start = 28 + 16 * len(pairs)
    tables: list[bytes] = []
    texts = b""
    for side in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[side]), start + len(texts)))
            texts += pair[side] + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return header + b"".join(tables) + texts


def main() -> int:
    """Compile, and name what is missing or no longer used; 1 if anything is."""
    MO.write_bytes(compiled())
    lost, unused = missing(), left_over()
    sys.stdout.write("".join(f"missing: {text!r}\n" for text in lost))
    sys.stdout.write("".join(f"unused: {text!r}\n" for text in unused))
    return 1 if lost or unused else 0


if __name__ == "__main__":
    raise SystemExit(main())
