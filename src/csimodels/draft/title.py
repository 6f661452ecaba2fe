"""The title of a draft, until its author writes one: the name of the file, and what the model is called for short."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from csimodels.spec.measures import Text

#: Endings of a file's name: ``survey.csv``, ``survey.csv.gz``.
_ENDINGS = re.compile(r"(?:\.[A-Za-z]\w{0,7}){1,2}$")
#: What the title of a model calls it for short: ``American Customer Satisfaction Index (ACSI)``.
_SHORT = re.compile(r"[(（]([A-Z]{3,8})[)）]")


def title_of(file: str, model: Text = Text(), label: str = "") -> str:
    """A title told by the label of the data file, or its name, and the title of the model.

    >>> title_of("data/telecom_2026.sav", Text(en="Telecommunications user satisfaction index of China (TCSI)"))
    'Telecom 2026 (TCSI)'
    >>> title_of("2026年顾客满意度调查.xlsx", Text(zh="中国顾客满意度指数（CCSI）"))
    '2026年顾客满意度调查（CCSI）'
    >>> title_of("acsi-wave.csv.gz", Text(en="American Customer Satisfaction Index (ACSI)")), title_of("my-survey.csv")
    ('Acsi wave', 'My survey')
    >>> title_of("a.sav", Text(en="American Customer Satisfaction Index (ACSI)"), "Mobile 2026")
    'Mobile 2026 (ACSI)'
    """
    name = PurePosixPath(file).name
    words = re.sub(r"[\s_-]+", " ", _ENDINGS.sub("", name)).strip() or name
    words = " ".join(label.split()) or words[0].upper() + words[1:]
    short = _SHORT.search(f"{model.en} {model.zh}")
    if short is None or short[1].casefold() in words.casefold():
        return words
    return f"{words}（{short[1]}）" if Text.told(words).zh else f"{words} ({short[1]})"
