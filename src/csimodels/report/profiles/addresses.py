"""Names of the units' pages, and the addresses at which a report links them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from csimodels.i18n import LANGUAGES
from csimodels.report.content import Content
from csimodels.report.escaping import safe_name
from csimodels.report.story.reading import Reading


def page_names(keys: Iterable[str]) -> dict[str, str]:
    """A file name for every unit: safe on every system, different also where capitals do not count."""
    out: dict[str, str] = {}
    taken = {"index", *(f"index.{code}" for code in LANGUAGES)}
    for key in keys:
        base = safe_name(key.replace("\x1f", " "))
        name, k = base, 2
        while name.casefold() in taken:
            name, k = f"{base}-{k}", k + 1
        taken.add(name.casefold())
        out[key] = name
    return out


def link(name: str) -> str:
    """A file name as the address of a link."""
    return quote(name)


def addresses(content: Content, reading: Reading) -> Mapping[str, str]:
    """Addresses of the pages of the units by their keys; empty where no pages stand beside the report."""
    index = content.beside.get(reading.lang.code, "")
    if not index or not reading.levels:
        return {}
    folder, _, name = index.rpartition("/")
    ending = name.removeprefix("index")  # ".html", or that of a language
    names = page_names(unit.key for unit in reading.units(reading.levels[0]))
    return {key: f"{folder}/{link(name)}{ending}" for key, name in names.items()}
