"""Keeps the Chinese catalogue of the report complete: ``python tests/report/catalogue.py`` compiles ``.po`` to ``.mo``.

Needs babel (and jinja2, to read the templates).
"""

from __future__ import annotations

import ast
import struct
import sys
from pathlib import Path

import csimodels.report
from csimodels.tables.catalogue import CATALOGUE, OTHERS
from csimodels.tables.columns import COLUMNS
from csimodels.tables.quality import CRITERIA

ROOM = Path(csimodels.report.__file__).parent
PO = ROOM / "locale" / "zh" / "LC_MESSAGES" / "csimodels.po"
MO = PO.with_suffix(".mo")
CALLS = {"N_", "tr", "_"}


def used() -> dict[str, str]:
    """Every text that the room's code, its templates and the tables' declarations translate, with the file."""
    found: dict[str, str] = {}
    for path in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _name(node.func) in CALLS:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.setdefault(first.value, path.name)
    found.update({text: name for text, name in [*_templates(), *_declared()] if text not in found})
    return found


def _declared() -> list[tuple[str, str]]:
    """Titles, headings, words and sentences that the tables declare."""
    out = [(criterion.heading, "quality.py") for criterion in CRITERIA]
    for table in (*CATALOGUE, *OTHERS):
        out += [(text, "catalogue.py") for text in (table.title, table.group_title, table.about) if text]
    every = [*COLUMNS.values(), *(column for table in (*CATALOGUE, *OTHERS) for column in table.columns)]
    for column in every:
        out += [(text, "columns.py") for text in (column.heading, *column.words.values())]
    return [(text, name) for text, name in out if any(letter.isalpha() for letter in text)]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _templates() -> list[tuple[str, str]]:
    import jinja2

    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"])
    out = []
    for path in sorted((ROOM / "html" / "templates").glob("*.j2")):
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
    wanted, have = used(), catalogue()
    missing = [text for text in wanted if not have.get(text)]
    unused = [text for text in have if text not in wanted]
    sys.stdout.write("".join(f"missing: {text!r}\n" for text in missing))
    sys.stdout.write("".join(f"unused: {text!r}\n" for text in unused))
    return 1 if missing or unused else 0


if __name__ == "__main__":
    raise SystemExit(main())
