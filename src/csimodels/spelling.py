"""Texts that look alike and are not the same: decomposed letters, full width, blanks, characters without width.

Composed and decomposed letters are one text to every reader, and so are characters without width at the ends: both are
made plain where text comes in (:func:`tidy`).  Other forms stay apart, and an error says what differs (:func:`cause`).
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

from csimodels.chinese import simplified
from csimodels.messages import Message

#: White space at either end, and with it the characters without width that come with copied text.
WHITE_ENDS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
UNSEEN_ENDS = WHITE_ENDS + "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060"


def unspaced(text: str) -> str:
    """`text` without blanks at its ends; characters without width stay.

    >>> unspaced("\\u3000Harbour ")
    'Harbour'
    """
    return text.strip(WHITE_ENDS)


def trimmed(text: str) -> str:
    """`text` without blanks and characters without width at its ends.

    >>> trimmed(" Harbour\\u200b ")
    'Harbour'
    """
    return text.strip(UNSEEN_ENDS)


_LINE_ENDS = re.compile(r"[ \t]*[\r\n]+[ \t]*")


def on_one_line(text: str) -> str:
    """`text` with its line breaks, and the blanks round them, as single blanks.

    >>> on_one_line("Perceived\\n  quality")
    'Perceived quality'
    """
    return _LINE_ENDS.sub(" ", text) if "\n" in text or "\r" in text else text


def tidy(text: str) -> str:
    """`text` trimmed, its letters composed (Unicode's form NFC).

    >>> tidy("Cafe\\u0301\\ufeff") == "Caf\\u00e9"
    True
    """
    return normalize("NFC", trimmed(text))


def seen(text: str) -> str:
    """What a reader sees of `text`: texts with the same form look alike.

    >>> seen("Ｑ１\\u200b Ａ") == seen("q1a"), seen("臺灣") == seen("台湾")
    (True, True)
    """
    shown = "".join(c for c in normalize("NFKC", text) if not c.isspace() and not _unseen(c))
    return simplified(normalize("NFC", shown)).casefold()


def cause(given: str, known: str) -> Message:
    """In what two texts that look alike differ; empty where it can be seen, or where they do not look alike."""
    if given == known or seen(given) != seen(known):
        return Message("")
    for text in (given, known):
        hidden = next((c for c in text if _unseen(c)), "")
        if hidden:
            said = Message('a character that is not seen ({code}) stands in "{text}"', code=_code(hidden), text=text)
            return said
    if normalize("NFC", given) == normalize("NFC", known):
        return Message("one is written with composed letters, the other with decomposed ones")
    if given.strip() == known.strip():
        return Message("one has a blank at its end")
    if "".join(given.split()) == "".join(known.split()):
        return Message("the blanks differ")
    if simplified(given) == simplified(known):
        return Message("one is written in traditional letters, the other in simplified ones")
    if normalize("NFKC", given) != given or normalize("NFKC", known) != known:
        return Message("one is written in full width, the other in half width")
    return Message("")


def _unseen(character: str) -> bool:
    """Whether a character has no width: format characters and controls."""
    return category(character) in ("Cf", "Cc") and not character.isspace()


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"
