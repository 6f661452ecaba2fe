"""What a report is called, what its survey holds, how it was computed, and how it is cited."""

from __future__ import annotations

import math

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.notes import group_count
from csimodels.report.html.table_views import Lang
from csimodels.report.standing import current_wave, wave_column, wave_label


def title_of(content: Content, lang: Lang) -> str:
    """Title of the report: that of the run, else of the model."""
    return clean(content.title.get(lang.code) or content.model.title.get(lang.code, content.model.name))


def size_of(content: Content, lang: Lang) -> str:
    """How many respondents the tables of all of them are of, and in which wave; empty where that is not known."""
    index = content.table("index")
    if not index["n"].notna().any():
        return ""
    n = formatting.number(index["n"].max(), 0)
    wave = current_wave(content) if content.model.data.wave.column else ""
    said = Message("{n} respondents in {wave}", n=n, wave=wave_label(content, wave, lang.code))
    return lang.say(said if wave else Message("{n} respondents", n=n))


def subtitle_of(content: Content, lang: Lang) -> tuple[str, ...]:
    """Model, respondents, waves, groups, estimator, date."""
    parts = [lang.tr("Model {name}").format(name=clean(content.model.name))]
    if size := size_of(content, lang):
        parts.append(size)
    if content.groups is not None:
        column = wave_column(content)
        others = tuple(c for c in content.group_by if c != column)
        if column:
            parts.append(_counted(content.groups[column].nunique(), lang.tr("1 wave"), lang.tr("{n} waves")))
        if others:
            parts.append(_counted(group_count(content.groups, others), lang.tr("1 group"), lang.tr("{n} groups")))
    if content.fact("estimator"):
        parts.append(clean(lang.say(content.fact("estimator"))))
    if content.created:
        parts.append(f"{content.created:%Y-%m-%d}")
    return tuple(parts)


def _counted(count: int, one: str, several: str) -> str:
    return one if count == 1 else several.format(n=formatting.number(count, 0))


def facts_of(content: Content, lang: Lang) -> tuple[tuple[str, str], ...]:
    """How it was computed: name and value of every fact."""
    return tuple((_fact_name(k, lang), fact_in_words(content, k, lang)) for k in content.facts)


def fact_in_words(content: Content, key: str, lang: Lang) -> str:
    """The value of a fact for a reader: thousands set apart, rules in words, percent, the date without seconds."""
    value, plain = content.fact(key), key.replace("_", " ")
    if plain in ("n in file", "n used", "effective n") and not math.isnan(formatting.as_float(value)):
        return formatting.number(value, 0)
    if plain == "missing rule" and value in formatting.RULES:
        return lang.tr(formatting.RULES[value])
    if plain == "level" and value:
        return formatting.level_text(content.level)
    if plain == "created" and content.created:
        return f"{content.created:%Y-%m-%d %H:%M} UTC"
    said = lang.say(Message("column {name}", name=value) if plain == "weights" and value != "none" else value)
    return clean(formatting.with_marks(said) if plain == "replicates" else said)


def _fact_name(key: str, lang: Lang) -> str:
    plain = key.replace("_", " ")
    return clean(lang.tr(formatting.FACTS.get(plain, plain)))


def citation_of(content: Content, lang: Lang) -> str:
    """One line that says what was computed by what from what."""
    parts = [title_of(content, lang)]
    if content.created:
        parts.append(f"{content.created:%Y-%m-%d}")
    version = content.fact("csimodels version")
    parts.append(f"csimodels {version}" if version else "csimodels")
    for key in ("model hash", "data hash", "data sha256"):
        value = content.fact(key)
        if value:
            parts.append(f"{_fact_name(key, lang)} {value[:12]}")
    return lang.tr("; ").join(clean(p) for p in parts) + lang.tr(".")
