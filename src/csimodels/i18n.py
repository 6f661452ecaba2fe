"""English and Chinese wording of everything that csimodels says: report, notes, survey log, errors.

English text is its own key.  The Chinese catalogue is ``locale/zh/LC_MESSAGES/csimodels.po``; the compiled ``.mo``
stands next to it and is what is read here.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.messages import N_, Translate

__all__ = ["LANGUAGES", "N_", "Translate", "check_language", "check_languages", "translator"]

#: Languages of the report and the name each has for itself.
LANGUAGES = {"en": "English", "zh": "中文"}


def check_language(lang: str) -> str:
    """`lang` if it is one of :data:`LANGUAGES`; :class:`~csimodels.errors.SpecError` otherwise."""
    if lang not in LANGUAGES:
        allowed = nearest(lang, LANGUAGES) or listed(list(LANGUAGES))
        raise SpecError(Problem("unknown language of the report", found=repr(lang), allowed=allowed))
    return lang


def check_languages(langs: Iterable[str]) -> tuple[str, ...]:
    """Each language once, in the order given; refuses unknown ones and an empty list."""
    wanted = (langs,) if isinstance(langs, str) else tuple(langs)
    if not wanted:
        raise SpecError(Problem("no language for the report", allowed=listed(list(LANGUAGES))))
    return tuple(dict.fromkeys(check_language(lang) for lang in wanted))


_SPOKEN: ContextVar[str] = ContextVar("spoken", default="")


def speak(lang: str | None) -> str:
    """Talk to the user in `lang` from now on, by default in what ``CSI_LANG`` asks for; returns the language.

    Raises
    ------
    SpecError
        It is none of :data:`LANGUAGES`.
    """
    _SPOKEN.set("")
    _SPOKEN.set(language_of_user() if lang is None else check_language(lang))
    return _SPOKEN.get()


def language_of_user() -> str:
    """The language of the terminal: as :func:`speak` has set it, or as ``CSI_LANG`` asks for, or English.

    Raises
    ------
    SpecError
        It names none of :data:`LANGUAGES`.
    """
    return _SPOKEN.get() or check_language(os.environ.get("CSI_LANG", "").strip() or "en")


@cache
def translator(lang: str) -> Translate:
    """The function that turns English report text into `lang` (``"en"`` or ``"zh"``).

    Text that is not in the catalogue comes back as it is.

    Raises
    ------
    SpecError
        For any other language.
    """
    if check_language(lang) == "en":
        return _same
    with (files("csimodels") / "locale" / lang / "LC_MESSAGES" / "csimodels.mo").open("rb") as stream:
        catalogue = gettext.GNUTranslations(stream)
    return lambda text: catalogue.gettext(text) if text else text


def _same(text: str) -> str:
    return text
