"""Pages of the units: what they say, which files they are, and that names stay text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
import sample
from telling import told

from csimodels.errors import DataError
from csimodels.report.content import Content
from csimodels.report.formats import FORMATS, all_written
from csimodels.report.formats import write as write_report
from csimodels.report.html.table_views import lang_of
from csimodels.report.profiles.profile import Profiles
from csimodels.report.story.reading import Reading

EVIL = '../<img src=x onerror="alert(1)">\u202e\u200bCON'


def renamed(content: Content, name: str) -> Content:
    """The same survey with a company of another name."""
    swap = {"company": {"Ahorn": name}}
    tables = {k: t.replace(swap | {"unit": {"Ahorn": name}}) if len(t) else t for k, t in content.tables.items()}
    assert content.groups is not None
    return replace(content, tables=tables, groups=content.groups.replace(swap))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    content = renamed(told(((1.0, 0.4), (0.6, 0.4)), rolled=True), EVIL)
    index = write_report(content, "profiles", tmp_path_factory.mktemp("p") / "profiles" / "index.html", ("en", "zh"))
    return index.parent


class Tags(HTMLParser):
    """Names of all elements, attributes that run something, and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        assert not [key for key, _ in attrs if key.startswith("on")]
        self.links += [value or "" for key, value in attrs if key == "href"]


def test_every_unit_has_a_page_in_every_language_within_the_folder(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 2 * (4 + 1)
    assert all(re.fullmatch(r"[\w.\- ]+\.html", name) for name in names)
    assert {"index.html", "index.zh.html", "Buche.html", "Buche.zh.html"} <= set(names)
    assert all_written("profiles", folder / "index.html") == sorted(folder.glob("*.html"))
    for path in folder.iterdir():
        found = Tags(path.read_text(encoding="utf-8"))
        assert "img" not in found.names and found.names >= {"title", "h1"}
        assert all((folder / unquote(link)).is_file() for link in found.links)
        assert path.stat().st_size < 100_000


def test_the_index_lists_all_and_runs_only_its_own_script(folder: Path) -> None:
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert text.count("<tr>") == 1 + 4
    assert 'type="search"' in text and "script-src 'sha256-" in text
    page = (folder / "Buche.html").read_text(encoding="utf-8")
    assert "<script" not in page and "script-src" not in page


def test_a_page_says_what_the_tables_say() -> None:
    content = told(((1.0, 0.4), (0.6, 0.4)), moves={"Buche": (2.0, True), "Carex": (-1.0, False)})
    profiles = Profiles(Reading(content, lang_of(content, "en")))
    by_name = {unit.name: profiles.of(unit) for unit in profiles.units}
    said = {name: " ".join(profile.sentences) for name, profile in by_name.items()}
    assert "Buche stands at 80.0 of 100 (79.0 to 81.0)" in said["Buche"]
    assert "Measurably up by 2.0 points from 2021" in said["Buche"]
    assert "No measurable change from 2021" in said["Carex"]
    assert [round(value, 1) for _, value, _, _ in by_name["Buche"].history][-1] == 80.0
    label, own, above = by_name["Buche"].constructs[3]
    assert own.index == 80.0 and above is not None and label == "Customer satisfaction"


def test_a_change_that_only_the_correction_takes_away_says_so() -> None:
    plain = told(((1.0, 0.4),), moves={"Buche": (2.0, True)})
    profiles = Profiles(Reading(plain, lang_of(plain, "en")))
    unit = next(unit for unit in profiles.units if unit.name == "Buche")
    assert "Measurably up by 2.0 points from 2020" in " ".join(profiles.of(unit).sentences)
    changes = plain.tables["changes"].assign(different=False)
    corrected = replace(plain, tables={**plain.tables, "changes": changes})
    for lang, words in (
        ("en", "2020 after correction for 4 comparisons ("),
        ("zh", "经4次比较校正后，与2020年相比无显著变化"),
    ):
        profiles = Profiles(Reading(corrected, lang_of(corrected, lang)))
        unit = next(unit for unit in profiles.units if unit.name == "Buche")
        assert words in " ".join(profiles.of(unit).sentences)


def test_no_column_of_a_page_is_hidden_on_a_phone(folder: Path) -> None:
    page, index = ((folder / name).read_text(encoding="utf-8") for name in ("Buche.html", "index.html"))
    assert "display:none" not in "".join(re.findall(r"\.(?:units|questions)[^}]*}", page))
    assert len(re.findall("<td", index)) == 4 * 4


def test_files_of_names_that_differ_by_capitals_alone(tmp_path: Path) -> None:
    content = renamed(told(rolled=False), "buche")
    index = write_report(content, "profiles", tmp_path / "index.html", ("en",))
    names = [path.name for path in index.parent.iterdir()]
    assert len({name.casefold() for name in names}) == len(names) == 5


def test_without_groups_there_are_no_pages(tmp_path: Path) -> None:
    assert FORMATS["profiles"].folder
    with pytest.raises(DataError, match="no units"):
        write_report(sample.content(grouped=False), "profiles", tmp_path / "index.html", ("en",))


def test_a_report_links_the_pages_beside_it_in_its_own_language(tmp_path: Path) -> None:
    from csimodels.report import write_html
    from csimodels.report.formats import beside

    langs = ("en", "zh")
    links = beside(("html", "profiles"), langs, tmp_path)
    assert beside(("html",), langs, tmp_path) == {}
    content = replace(told(((1.0, 0.4),), rolled=True), beside=links)
    index = write_report(content, "profiles", tmp_path / "profiles" / "index.html", langs)
    assert index.is_file() and beside(("html",), langs, tmp_path) == links
    page = write_html(content, tmp_path / "report.html", langs)
    found = [link for link in Tags(page.read_text(encoding="utf-8")).links if not link.startswith(("#", "http"))]
    assert {f"profiles/{name}{end}" for name in ("index", "Buche") for end in (".html", ".zh.html")} <= {*found}
    assert all((tmp_path / link).is_file() for link in found)
    assert len({*found}) == len(langs) * (1 + 4)  # the index and every unit


def test_a_page_shows_the_wave_before_and_the_drivers_against_all() -> None:
    content = told(((1.0, 0.4),))
    mine = content.table("drivers").assign(company="Buche", year=2021)
    content = replace(content, tables={**content.tables, "group_drivers": mine.assign(importance=0.25)})
    profiles = Profiles(Reading(content, lang_of(content, "en")))
    found = {unit.name: profiles.of(unit) for unit in profiles.units}
    drivers = {d.label: d for d in found["Buche"].drivers}
    whole = dict(zip(content.table("drivers")["driver"], content.table("drivers")["importance"], strict=True))
    assert drivers["Perceived quality"].importance == 0.25
    assert drivers["Perceived quality"].whole == whole["Quality"]
    assert found["Ahorn"].drivers == ()
    assert found["Buche"].before_wave == "2020"
    assert found["Buche"].before["Customer satisfaction"] == 80.0
