"""Pages of the units in a folder of their own, with an index to find one: self-contained, without any request."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from csimodels.errors import DataError, Problem
from csimodels.i18n import LANGUAGES, check_languages
from csimodels.messages import counted
from csimodels.report import formatting
from csimodels.report.brand import Cover, cover_of
from csimodels.report.content import Content
from csimodels.report.escaping import escape
from csimodels.report.figures.scene import THEMES, Scene, svg
from csimodels.report.html.about import title_of
from csimodels.report.html.page import script_hash
from csimodels.report.html.table_views import lang_of
from csimodels.report.profiles.addresses import link, page_names
from csimodels.report.profiles.profile import Profile, Profiles, constructs_chart, drivers_chart, history_chart
from csimodels.report.story.reading import Reading, Unit
from csimodels.report.story.section import caption, in_all, in_running_text, number


def write_profiles(content: Content, path: str | Path, langs: tuple[str, ...] = ("en",)) -> Path:
    """Write the index of the units to `path`, and the page of each beside it.

    Parameters
    ----------
    content : Content
    path : str or Path
    langs : tuple of str
        Pages in a further language have its code in their names: ``index.zh.html``.

    Returns
    -------
    Path
        The index in the first language.

    Raises
    ------
    DataError
        The result has no groups.
    """
    index = Path(path)
    index.parent.mkdir(parents=True, exist_ok=True)
    codes = check_languages(langs)
    for code in codes:
        pages = _Pages(content, code, codes)
        if not pages.profiles.units:
            what, remedy = "there are no units that could have a page", "name the group column with by="
            raise DataError(Problem(what, "formats", "profiles", remedy=remedy))
        for unit in pages.profiles.units:
            name = index.parent / pages.file(unit, code)
            name.write_text(pages.page(unit), encoding="utf-8", newline="\n")
        target = index if code == codes[0] else index.parent / f"index.{code}.html"
        target.write_text(pages.index(), encoding="utf-8", newline="\n")
    return index


class _Pages:
    """The pages in one language."""

    def __init__(self, content: Content, code: str, codes: tuple[str, ...]) -> None:
        self.lang, self.codes = lang_of(content, code), codes
        self.reading = Reading(content, self.lang)
        self.profiles = Profiles(self.reading)
        self.cover: Cover = cover_of(content, self.lang)
        self.title = title_of(content, self.lang)
        said = self.lang.say(caption(self.reading, in_all(self.reading)))
        self.caption = escape(in_running_text(said, self.lang.tr))
        self.version = content.fact("csimodels version")
        self._files = page_names(unit.key for unit in self.profiles.units)

    def file(self, unit: Unit, code: str) -> str:
        """The name of the page of a unit."""
        ending = "" if code == self.codes[0] else f".{code}"
        return f"{self._files[unit.key]}{ending}.html"

    def page(self, unit: Unit) -> str:
        """The page of a unit."""
        profile, tr = self.profiles.of(unit), self.lang.tr
        first, *rest = profile.sentences
        parts = [self._nav(lambda code: self.file(unit, code), back=True), self._logo()]
        parts.append(f'<h1>{escape(unit.name)}</h1><p class="muted">{self._under(unit)}</p>')
        parts.append(f'<p class="big">{number(unit.index)}</p><p class="lead">{escape(first)}</p>')
        parts += [f"<p>{escape(text)}</p>" for text in rest]
        if len(profile.history) > 1:
            parts += [self._heading(tr("Trend")), self._drawn(lambda w: history_chart(profile, w), tr("Trend"))]
        named = tr("Indices of all constructs")
        other = tr("all respondents")
        parts += [self._heading(named), self._drawn(lambda w: constructs_chart(profile, other, w, tr), named)]
        parts += self._drivers(profile, other)
        parts += self._priorities(profile)
        lines = [*self.cover.said]
        parts.append(
            f'<p class="muted source">{self.caption}</p>' + "".join(f'<p class="muted">{escape(x)}</p>' for x in lines)
        )
        return self._document(f"{unit.name} · {self.title}", "".join(parts))

    def index(self) -> str:
        """The list of all units with a box to search in."""
        tr = self.lang.tr
        heads = (
            ("", tr("Unit")),
            ("", tr("Belongs to")),
            ("num", tr("Index")),
            ("num", tr("{level} interval").format(level=self.lang.level)),
        )
        rows = "".join(self._row(unit) for unit in self.profiles.units)
        find = escape(tr("Find a unit"))
        box = f'<input id="find" type="search" aria-label="{find}" placeholder="{find}">'
        body = (
            f"{self._nav(self._index_name, back=False)}{self._logo()}<h1>{escape(self.title)}</h1>"
            f'<p class="muted">{escape(self._counted())}</p>{box}'
            f'<p id="none" hidden>{escape(tr("None found"))}</p>'
            f"{_table('units', heads)}{rows}</tbody></table>"
        )
        return self._document(self.title, body, _part("profile.js"))

    def _counted(self) -> str:
        count = len(self.profiles.units)
        return self.lang.say(counted(count, "{n} unit, with a page of its own", "{n} units, one page each"))

    def _row(self, unit: Unit) -> str:
        around = formatting.interval(unit.low, unit.high, 1)
        flag = "" if unit.ok else f" ({escape(self.lang.tr('flagged'))})"
        return (
            f'<tr><td><a href="{_link(self.file(unit, self.lang.code))}">{escape(unit.name)}</a>{flag}</td>'
            f'<td class="under">{escape(unit.parent)}</td><td class="num first">{number(unit.index)}</td>'
            f'<td class="num under">{escape(around)}</td></tr>'
        )

    def _index_name(self, code: str) -> str:
        return "index.html" if code == self.codes[0] else f"index.{code}.html"

    def _under(self, unit: Unit) -> str:
        target = self.lang.label(self.reading.target)
        wave = self.reading.wave_name(self.reading.wave) if self.reading.wave else ""
        n = self.lang.tr("{n} respondents").format(n=formatting.number(unit.n, 0))
        return escape(" · ".join(text for text in (unit.parent, target, wave, n) if text))

    def _nav(self, name: Callable[[str], str], *, back: bool) -> str:
        tr, own = self.lang.tr, self.lang.code
        home = f'<a href="{self._index_name(own)}">{escape(tr("All units"))}</a>' if back else "<span></span>"
        others = [code for code in self.codes if code != own]
        links = "".join(f'<a lang="{c}" href="{_link(name(c))}">{escape(LANGUAGES[c])}</a>' for c in others)
        return f"<nav>{home}<span>{links}</span></nav>"

    def _logo(self) -> str:
        logo = self.cover.logo
        if logo is None:
            return ""
        data = base64.b64encode(logo.data).decode("ascii")
        return f'<img class="logo" src="data:image/{logo.kind};base64,{data}" alt="{escape(self.cover.institute)}">'

    def _heading(self, words: str) -> str:
        return f"<h2>{escape(words)}</h2>"

    def _drawn(self, draw: Callable[[float], Scene], said: str) -> str:
        wide, narrow = (svg(draw(width), "", self.lang.code, said) for width in (780.0, 350.0))
        return f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>'

    def _drivers(self, profile: Profile, other: str) -> Iterator[str]:
        """Total effects on the index here, against those among all."""
        if not profile.drivers:
            return
        tr = self.lang.tr
        construct = self.lang.label(self.reading.target)
        said = tr("Points of {construct} that go with 1 point more of a driver (total effect)")
        yield self._heading(tr("Drivers"))
        yield f"<p>{escape(said.format(construct=construct))}{tr('.')}</p>"
        yield self._drawn(lambda w: drivers_chart(profile, other, w), tr("Drivers"))

    def _priorities(self, profile: Profile) -> Iterator[str]:
        """Questions with most room times importance."""
        if not profile.priorities:
            return
        tr = self.lang.tr
        yield self._heading(tr("Where to begin"))
        said = tr("Questions that go closely with the index and leave room; an association, not a proof of effect.")
        yield f"<p>{escape(said)}</p>"
        heads = (
            ("", tr("Question")),
            ("num", tr("Index")),
            ("num", tr("All")),
            ("num", tr("Importance")),
        )
        yield _table("questions", heads)
        for p in profile.priorities:
            numbers = number(p.level), number(p.whole), formatting.signed(p.importance, 2)
            cells = "".join(
                f'<td class="num" data-label="{escape(text)}">{shown}</td>'
                for (_, text), shown in zip(heads[1:], numbers, strict=True)
            )
            yield f'<tr><td>{escape(p.question)}<br><span class="muted">{escape(p.driver)}</span></td>{cells}</tr>'
        yield "</tbody></table>"

    def _document(self, title: str, body: str, script: str = "") -> str:
        themes = {kind: "".join(f"--{n}:{v};" for n, v in THEMES[kind].items()) for kind in ("light", "dark")}
        brand = f"--brand:{self.cover.color};" if self.reading.content.model.report.brand.color else ""
        css = f":root{{{themes['light']}{brand}color-scheme:light dark}}"
        css += f"@media screen and (prefers-color-scheme:dark){{:root{{{themes['dark']}--brand:inherit}}}}"
        css += _part("profile.css")
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        policy += f"; script-src 'sha256-{script_hash(script)}'" if script else ""
        policy += "; img-src data:" if self.cover.logo else ""
        lang = {"en": "en", "zh": "zh-CN"}[self.lang.code]
        return (
            f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="generator" content="csimodels {escape(self.version)}"><title>{escape(title)}</title>'
            f"<style>{css}</style></head><body><main>{body}</main>"
            + (f"<script>{script}</script>" if script else "")
            + "</body></html>\n"
        )


def _table(name: str, heads: Sequence[tuple[str, str]]) -> str:
    """A table up to its first row."""
    head = "".join(f'<th scope="col" class="{css}">{escape(text)}</th>' for css, text in heads)
    return f'<table class="{name}"><thead><tr>{head}</tr></thead><tbody>'


def _part(name: str) -> str:
    return (files("csimodels.report.html") / "templates" / name).read_text(encoding="utf-8")


def _link(name: str) -> str:
    return escape(link(name))
