"""What a reader has to know before the numbers: notes and every state that is not ok."""

from __future__ import annotations

from typing import TypeGuard

import pandas as pd

from csimodels.i18n import N_
from csimodels.infer.short_intervals import OF_GROUP_PATHS
from csimodels.messages import Message, listed
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.table_views import Lang
from csimodels.report.story.switches import persons_of_moves
from csimodels.spec.model import Text


def notes_of(content: Content, lang: Lang) -> tuple[str, ...]:
    """Notes of the result, what has no interval, and every state that is not ok with where it occurs."""
    return *notes_first(content, lang), *notes_on_paths(content, lang)


def notes_on_paths(content: Content, lang: Lang) -> tuple[str, ...]:
    """Those that change no index, only paths and effects of single groups: for researchers."""
    return tuple(_whole(formatting.sentence(lang.say(n)), lang) for n in notes_to_read(content) if _on_paths(n))


def _whole(text: str, lang: Lang) -> str:
    """A note as it stands on the page: with a full stop, also where what said it leaves it to the reader."""
    said = clean(text)
    return said if said.endswith((".", "。", "?", "？", "!", "！", ":", "：")) else said + lang.tr(".")


def _on_paths(note: str | Text) -> TypeGuard[Message]:
    return isinstance(note, Message) and note.template in OF_GROUP_PATHS


def notes_first(content: Content, lang: Lang) -> tuple[str, ...]:
    """All others: what a reader of the indices has to know."""
    here = [n for n in notes_to_read(content) if not _on_paths(n)]
    out = [n.get(lang.code) if isinstance(n, Text) else lang.say(n) for n in here]
    if not content.has_intervals:
        out.append(lang.tr(no_intervals(content)))
    out += _flags(content, lang)
    return tuple(_whole(text, lang) for text in out)


def notes_to_read(content: Content) -> list[str | Text]:
    """Notes of the result without those that stand beside the numbers they are about."""
    elsewhere = set(map(str, persons_of_moves(content)))
    return [note for note in content.notes if isinstance(note, Text) or str(note) not in elsewhere]


def no_intervals(content: Content) -> str:
    """What is said where indices and paths have no interval."""
    if content.covariance_based:
        return N_(
            "Indices, paths and effects have no standard errors or intervals (uncertainty: none); "
            "the parameters of the covariance structure have their own."
        )
    return N_("No standard errors or intervals were computed (uncertainty: none).")


def _flags(content: Content, lang: Lang) -> list[str]:
    """One line for every kind of state that is not ok, with the tables and rows where it occurs."""
    found: dict[tuple[str, str], list[str]] = {}  # a dict keeps the order
    for name, key in (("index", "construct"), ("paths", "target"), ("drivers", "driver"), ("driver_items", "item")):
        table = content.table(name)
        states = [formatting.status_words(s, lang.tr, lang.say) for s in table["status"]]
        flagged = (s for s, raw in zip(states, table["status"], strict=True) if not formatting.is_ok(raw))
        for state in dict.fromkeys(flagged):
            where = [lang.label(subject) for subject, s in zip(table[key], states, strict=True) if s == state]
            subjects = lang.tr("all rows") if len(where) == len(table) else lang.say(listed(dict.fromkeys(where)))
            found.setdefault((state, subjects), []).append(formatting.title(name, lang.tr))
    out = []
    for (state, subjects), titles in found.items():
        text = (
            lang.tr("Table {table}: {status} ({subjects}).")
            if len(titles) == 1
            else lang.tr("Tables {table}: {status} ({subjects}).")
        )
        out.append(text.format(table=lang.tr(", ").join(titles), status=state, subjects=subjects))
    return out + _group_flags(content, lang)


def _group_flags(content: Content, lang: Lang) -> list[str]:
    groups = content.group_table()
    if groups is None:
        return []
    bad = groups[[not formatting.is_ok(s) for s in groups["status"]]]
    named: dict[str, str] = {}
    for row in formatting.records(bad):
        named.setdefault(
            lang.names.key(row, content.group_by), formatting.status_words(row["status"], lang.tr, lang.say)
        )
    if not named:
        return []
    text = lang.tr("Groups that need care ({bad} of {all}): {names}.")
    flagged = [Message("{said} ({where})", said=group, where=state) for group, state in named.items()]
    names = lang.say(listed(flagged))
    return [text.format(bad=len(named), all=group_count(groups, content.group_by), names=names)]


def group_count(frame: pd.DataFrame, by: tuple[str, ...]) -> int:
    """Number of different groups."""
    return len(frame[list(by)].drop_duplicates())
