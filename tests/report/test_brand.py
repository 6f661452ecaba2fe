"""Who publishes the report: keys of the spec, what may be wrong with them, covers of every format."""

from __future__ import annotations

import base64
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
import sample

import csimodels as cs
from csimodels.report.brand import image_size, lightened, logo_of
from csimodels.report.content import Content
from csimodels.report.figures.charts.heat import Tile, heat_chart
from csimodels.report.figures.scene import THEMES, Bar
from csimodels.report.formats import FORMATS
from csimodels.report.formats import write as write_report
from csimodels.spec.brand import Brand, contrast
from csimodels.spec.model import Text

SPEC = "csi: 1\nextends: acsi\nreport: {{{inside}}}\n"


def png(wide: int, high: int) -> bytes:
    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x14\x59\x7f" * wide) * high)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def branded(tmp_path: Path) -> Content:
    (tmp_path / "logo.png").write_bytes(png(40, 20))
    plain = sample.content(grouped=False)
    institute = Text("Institute <b>of</b> Tests", "测试研究所")
    brand = Brand("#7a1f3d", "logo.png", institute, Text("a@b.org"), Text("May 2026"))
    report = replace(plain.model.report, brand=brand)
    return replace(plain, model=replace(plain.model, report=report, origin=str(tmp_path / "spec.yaml")))


def text_of(path: Path) -> str:
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist() if "xml" in name)


@pytest.mark.parametrize("kind", ["html", "xlsx", "docx", "pptx", "pdf"])
def test_every_cover_names_the_publisher(tmp_path: Path, kind: str) -> None:
    for name, _ in FORMATS[kind].needs:
        pytest.importorskip(name)
    content = branded(tmp_path)
    path = write_report(content, kind, tmp_path / FORMATS[kind].file, ("en",))
    if kind == "pdf":
        assert path.read_bytes().count(b"/Image") > write_report(
            replace(content, model=replace(content.model, report=sample.content().model.report)), kind,
            tmp_path / "b.pdf", ("en",),
        ).read_bytes().count(b"/Image")  # fmt: skip
        return
    text = text_of(path)
    for words in ("Institute &lt;b&gt;of&lt;/b&gt; Tests", "Contact: a@b.org", "Field work: May 2026"):
        assert words in text
    assert "7a1f3d" in text.lower()
    if kind == "html":
        assert base64.b64encode(png(40, 20)).decode() in text and "img-src data:" in text
    else:
        with zipfile.ZipFile(path) as parts:
            assert any(parts.read(name) == png(40, 20) for name in parts.namelist() if "/media/" in name)


def test_without_a_brand_no_picture_may_be_loaded() -> None:
    pytest.importorskip("jinja2")
    assert "img-src" not in cs.report.render_html(sample.content(grouped=False))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("brand: {color: red}", ("this is no colour", "#rrggbb")),
        ("brand: {color: '#fff7a0'}", ("cannot be read on white", "darker")),
        ("brand: {colour: '#102030'}", ("colour", "color")),
        ("brand: {logo: ''}", ("empty",)),
        ("template: ''", ("empty",)),
    ],
)
def test_a_brand_that_cannot_be(inside: str, words: tuple[str, ...]) -> None:
    with pytest.raises(cs.SpecError) as caught:
        cs.parse_model(SPEC.format(inside=inside))
    assert all(word in str(caught.value) for word in words)


def test_logos_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    content = branded(tmp_path)
    logo = tmp_path / "logo.png"
    for data, words in ((b"GIF89a", "no picture"), (b"\x89PNG" + bytes(1_000_001), "too large")):
        logo.write_bytes(data)
        with pytest.raises(cs.SpecError, match=words):
            logo_of(content.model)
    logo.unlink()
    with pytest.raises(cs.SpecError, match="no such logo"):
        cs.check_report(("en",), ("xlsx",), content.model)


def test_the_size_of_pictures() -> None:
    frame = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 30, 50) + bytes(12)
    assert image_size(frame) == (50, 30)
    assert image_size(png(7, 3)) == (7, 3)
    for damaged in (b"", png(7, 3)[:20], frame[:12], png(0, 3)[:40]):
        assert image_size(damaged) is None


def test_a_colour_is_lightened_for_dark_paper() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)  # WCAG 2.1
    assert contrast(lightened("#7a1f3d", "#10161c"), "#10161c") >= 4.5
    assert lightened("#9ccbe2", "#10161c") == "#9ccbe2"


def test_looks_are_kept_with_the_result_and_leave_its_hash_alone(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(png(40, 20))
    inside = "formats: [xlsx], brand: {color: '#7A1F3D', logo: logo.png, institute: {en: I, zh: 所}, contact: c}"
    (tmp_path / "s.yaml").write_text(SPEC.format(inside=inside), encoding="utf-8")
    model = cs.load_model(tmp_path / "s.yaml")
    assert model.hash == cs.parse_model(SPEC.format(inside="formats: [xlsx]")).hash
    assert cs.parse_model(cs.dump_model(model)).report == model.report
    data = cs.simulate("acsi", 60, seed=3).data
    pytest.importorskip("xlsxwriter")
    cs.save(cs.Study(model, data, uncertainty=None).run(), tmp_path / "out")
    again = cs.load_result(tmp_path / "out")
    assert again.model.report.brand.logo == "../logo.png"
    assert [p.name for p in again.report(tmp_path / "again")] == ["tables.xlsx"]


@pytest.mark.parametrize("theme", list(THEMES))
def test_what_stands_back_in_figures_is_still_seen(theme: str) -> None:
    colours = THEMES[theme]
    for name in ("ghost", "accent", "amber", "muted"):
        assert contrast(colours[name], colours["paper"]) >= 3.0, name  # WCAG 2.1, 1.4.11


@pytest.mark.parametrize("theme", list(THEMES))
def test_numbers_of_a_heat_map_are_read_on_their_deepest_colours(theme: str) -> None:
    scene = heat_chart(["one", "two"], [("Unit", [Tile(90.0, 9.0, True), Tile(20.0, -9.0, True)])], 400.0)
    deep = [mark for mark in scene.marks if isinstance(mark, Bar) and mark.opacity != 1]
    assert {mark.colour for mark in deep} == {"accent", "amber"}
    for mark in deep:
        over, below = (bytes.fromhex(THEMES[theme][name][1:]) for name in (mark.colour, "band"))
        mixed = bytes(round(mark.opacity * a + (1 - mark.opacity) * b) for a, b in zip(over, below, strict=True))
        assert contrast(THEMES[theme]["ink"], f"#{mixed.hex()}") >= 4.5  # WCAG 2.1, 1.4.3
