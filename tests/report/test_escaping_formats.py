"""Names from data and spec stay text in every format: markup, formulas, paths, directions, nothing visible."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from telling import told

from csimodels.report.content import Content
from csimodels.report.documents import pdf, slides, word
from csimodels.report.documents.document import document
from csimodels.report.figures.figures import Figures
from csimodels.report.formats import FORMATS, all_written
from csimodels.report.formats import write as write_report
from csimodels.report.html.story_view import figure_view
from csimodels.spec.brand import Brand
from csimodels.spec.model import Text

HOSTILE = (
    "=HYPERLINK(\"http://x\",1)",  # first: what begins with = is a formula
    '<script>alert("1")</script><img src=x onerror=y>',
    "+1-2@SUM(A1)|calc",
    "../..\\C:\\con/nul",
    "\u202egnp.exe\u2066\u200b\u200f",
    '#let x = 1 $a^2$ *b* _c_ \\u{41} "q" `d` @e ]',
    "&amp; &#60; ]]> <!-- %%EOF",
)  # fmt: skip


def hostile() -> Content:
    """A survey whose company, construct label, title and publisher are hostile."""
    every = " ".join(HOSTILE)
    plain = told(((1.0, 0.4),), rolled=True)
    swap = {"Ahorn": every}
    swaps = {"company": swap, "unit": swap | {"Land": every}, "parent": {"Land": every}}
    tables = {k: t.replace(swaps) if len(t) else t for k, t in plain.tables.items()}
    items = {c.name: tuple(replace(i, text=Text(every, every)) for i in c.items) for c in plain.model.constructs}
    constructs = tuple(replace(c, label=Text(every, every), items=items[c.name]) for c in plain.model.constructs)
    looks = replace(plain.model.report, brand=Brand(institute=Text(every), contact=Text(every)))
    model = replace(plain.model, constructs=constructs, title=Text(every, every), report=looks)
    assert plain.groups is not None
    groups = plain.groups.replace({"company": swap})
    return replace(plain, title=Text(every, every), model=model, tables=tables, groups=groups)


@pytest.fixture(scope="module")
def content() -> Content:
    return hostile()


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (word, slides):
        monkeypatch.setattr(module, "_DPI", 20.0)


@pytest.mark.parametrize("kind", list(FORMATS))
def test_names_stay_text(content: Content, tmp_path: Path, kind: str) -> None:
    for name, _ in FORMATS[kind].needs:
        pytest.importorskip(name)
    target = tmp_path / FORMATS[kind].file
    target.parent.mkdir(exist_ok=True)
    write_report(content, kind, target, ("en",))
    for path in all_written(kind, target):
        assert path.resolve().is_relative_to(tmp_path.resolve())
        _CHECKS[path.suffix](path)


_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08]")


def test_names_stay_text_in_drawings_and_bookmarks(content: Content, tmp_path: Path) -> None:
    """Every figure as SVG, with the data that a reader copies, and the headings that a PDF has as bookmarks."""
    from xml.etree import ElementTree

    figures, lang = Figures(content), "zh"
    for name in figures.names():
        drawing = figures.picture(name, lang, theme="dark")
        path = drawing.save(tmp_path / "figure.svg")
        text = path.read_text(encoding="utf-8")
        tags = {e.tag.rpartition("}")[2] for e in ElementTree.fromstring(text).iter()}
        assert not tags & {"script", "img", "foreignObject", "image"}, name
        assert not _TURNED.search(text), name
        copied = figure_view(drawing).csv
        assert not re.search(r"(?m)^[=+@]", copied) and not _TURNED.search(copied), name
    source = pdf._source(document(content, lang), tmp_path)
    headings = [line for line in source.splitlines() if line.startswith("#heading(")]
    assert len(headings) > 10
    for line in headings:
        quoted = re.fullmatch(r'#heading\(level: [12], "((?:[^"\\]|\\.)*)"\)', line)
        assert quoted and not _TURNED.search(quoted[1]), line


def test_tables_keep_names_and_begin_no_formula(tmp_path: Path) -> None:
    """CSV files hold the names as they are, but for a mark before what a spreadsheet would compute."""
    from csimodels.report.escaping import safe_cell

    for name in HOSTILE:
        kept = safe_cell(name)
        assert not str(kept).startswith(("=", "+", "-", "@", "\t", "\r"))
        assert name[:1] in "=+-@" or str(kept).endswith(name[-6:])


def _page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "<script>alert" not in text and "<img src=x" not in text
    assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', text))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", text)


def _office(path: Path | io.BytesIO) -> None:
    from xml.etree import ElementTree

    with zipfile.ZipFile(path) as parts:
        texts: Any = {name: parts.read(name) for name in parts.namelist() if name.endswith((".xml", ".rels"))}
        for name in parts.namelist():
            if name.endswith(".xlsx"):  # behind a chart
                _office(io.BytesIO(parts.read(name)))
    for name, data in texts.items():
        ElementTree.fromstring(data)  # well-formed
        said = data.decode("utf-8")
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", said), name
        assert "<f>" not in said
        if name.endswith(".rels"):
            assert not re.search(r'TargetMode="External"[^>]*Target="http://x', said)


def _pdf(path: Path) -> None:
    data = path.read_bytes()
    assert data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF")
    assert b"/JavaScript" not in data and b"/URI" not in data.replace(b"/URI (https://doi", b"")


_CHECKS = {".html": _page, ".xlsx": _office, ".docx": _office, ".pptx": _office, ".pdf": _pdf}
