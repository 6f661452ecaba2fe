"""docs/gallery.md shows what is in its folder, and is made from the demonstration as it stands."""

from __future__ import annotations

import importlib.util
import re
import zipfile
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 2_000_000


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_gallery", ROOT / "docs" / "make_gallery.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_gallery_is_made_from_the_demonstration_of_today(maker: ModuleType) -> None:
    assert f"Made from {maker.source()}" in maker.PAGE.read_text(encoding="utf-8"), "run python docs/make_gallery.py"


def test_page_and_folder_hold_the_same(maker: ModuleType) -> None:
    text = maker.PAGE.read_text(encoding="utf-8")
    shown = re.findall(r"!\[(.*)\]\(gallery/([\w.]+)\)", text)
    there = {path.name for path in maker.FOLDER.iterdir()}
    assert there == {*(name for _, name in shown), *maker.SAMPLES}
    assert len(shown) >= 25
    for title, name in shown:
        root = ElementTree.parse(maker.FOLDER / name).getroot()
        assert root.tag.endswith("svg") and title in "".join(root.itertext())
    assert sum(path.stat().st_size for path in maker.FOLDER.iterdir()) < MOST_BYTES


def test_samples_are_what_their_names_say(maker: ModuleType) -> None:
    for name in maker.SAMPLES:
        path = maker.FOLDER / name
        if path.suffix in (".docx", ".pptx"):
            assert zipfile.is_zipfile(path)
        elif path.suffix == ".pdf":
            assert path.read_bytes().startswith(b"%PDF")
        else:
            assert "<script" not in path.read_text(encoding="utf-8")


#: Pages that are lists of numbers or names, most of them written by a program.
LISTS = {"architecture.md", "scale.md", "simulation_ml.md", "tables.md", "validation.md"}


def test_every_page_that_explains_shows_a_picture() -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
    bare = {name for name, text in pages.items() if not re.search(r"!\[[^\]]+\]\([\w/.]+\)", text)}
    assert bare == LISTS
    for text in pages.values():
        assert all((ROOT / "docs" / "gallery" / name).is_file() for name in re.findall(r"\]\(gallery/([\w.]+)\)", text))
