"""Sentences written by lower floors (notes, survey log, facts), put into the language of the report.

They arrive as finished English text.  A phrase is a pattern with ``{parts}``: text that fits is translated with its
parts; a list joined by ``"; "`` is translated piece by piece; anything else is shown as it came.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from csimodels.i18n import Translate
from csimodels.report.phrasebook import DOUBTS, LED, MORE, PART_RUNS, PHRASES, RUNS


@lru_cache(maxsize=8192)  # states and steps come back in every row
def phrase(text: str, tr: Translate) -> str:
    """`text` in the language of `tr` where it is a known word or fits a known phrase, else as it is.

    >>> phrase("anything", lambda text: text)
    'anything'
    """
    known = tr(text)
    if known != text or not text:
        return known
    for template in PHRASES:
        hit = _pattern(template).fullmatch(text)
        if hit and ("step" not in hit.groupdict() or tr(hit["step"]) != hit["step"]):
            parts = {name: _part(name, part, tr) for name, part in hit.groupdict().items()}
            return tr(template).format(**parts)
    led = _led(text, tr) or _run(text, DOUBTS, tr)
    if led:
        return led
    pieces = text.split("; ")
    if len(pieces) > 1:
        return tr("; ").join(phrase(piece, tr) for piece in pieces)
    return _run(text, RUNS, tr) or text


def _led(text: str, tr: Translate) -> str:
    """A sentence about one group or all respondents, led by their name; empty where it is none that is known."""
    for colon in re.finditer(": ", text):
        where, said = text[: colon.start()], text[colon.end() :]
        if where == "all respondents" or " = " in where:
            known = phrase(said, tr)
            if known != said:
                return tr(LED).format(where=tr(where), said=known)
    return ""


#: Parts that are sentences themselves; the others are words or names.
_SENTENCES = frozenset({"reasons", "names", "detail"})


def _part(name: str, text: str, tr: Translate) -> str:
    if name in PART_RUNS:
        return _run(text, PART_RUNS[name], tr) or text
    if name not in _SENTENCES:
        return tr(text)
    whole = phrase(text, tr)
    cut = _MORE.fullmatch(text)
    if cut is None or whole != text:
        return whole
    return tr(MORE).format(names=phrase(cut[1], tr), n=cut[2])


_MORE = re.compile(r"(.+) and ([0-9]+) more", re.DOTALL)


def _run(text: str, templates: tuple[str, ...], tr: Translate) -> str:
    """A list of phrases joined by commas, perhaps cut at its end; empty where `text` is none.

    Commas may stand inside the phrases too: every way to part the text is tried, short pieces first.
    """
    cut = _MORE.fullmatch(text)
    body = cut[1] if cut else text
    ends = [m.start() for m in re.finditer(", ", body)] + [len(body)]

    @cache
    def rest(at: int) -> tuple[str, ...] | None:
        if at > len(body):
            return ()
        for end in (e for e in ends if e > at):
            piece = body[at:end]
            hits = ((template, _pattern(template).fullmatch(piece)) for template in templates)
            said = next((tr(template).format(**_words(hit, tr)) for template, hit in hits if hit), "")
            after = rest(end + 2) if said else None
            if after is not None:
                return said, *after
        return None

    joined = tr("; ").join(rest(0) or ())
    return tr(MORE).format(names=joined, n=cut[2]) if cut and joined else joined


def _words(hit: re.Match[str], tr: Translate) -> dict[str, str]:
    return {name: tr(part) for name, part in hit.groupdict().items()}


@cache
def _pattern(template: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", template)
    literal = [re.escape(piece) for piece in pieces[::2]]
    groups = [f"(?P<{name}>{_PLACES.get(name, '.+?')})" for name in pieces[1::2]]
    return re.compile("".join(a + b for a, b in zip(literal, [*groups, ""], strict=True)), re.DOTALL)


_COUNT = r"[0-9][0-9,. ]*(?:e[+-]?[0-9]+)?"
_COUNTS = ("n", "least", "few", "most", "short", "all", "left", "asked", "kept", "failed", "bad", "used")
#: Parts that only numbers, or one word, fit.
_PLACES = {
    **dict.fromkeys(_COUNTS, _COUNT),
    **dict.fromkeys(("had", "wanted"), r"[01]\.[0-9]{4}"),
    "estimator": "[A-Za-z]+",
}
