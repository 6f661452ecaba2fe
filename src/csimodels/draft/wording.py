"""How alike two wordings are: of a question in the model, and of a column's label or heading in a file.

Questions of one model share most of their words (*how do you rate the ... of this operator?*).  What tells them apart
are the rare ones, so the parts of a text (pairs of Chinese characters, beginnings and triples of letters of other
words) are weighed by how few questions of the model hold them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from csimodels.moments.linalg import Floats

#: Hints at the ends of a scale, in brackets: ``(1 very poor, 10 very good)``, ``（1=非常差，10=非常好）``.
_ANCHORS = re.compile(
    r"\s*[(（\[【][^()（）\[\]【】]*(?:\d\s*[=＝:：分-]|\b\d+\s+\w|yes|是/否)[^()（）\[\]【】]*[)）\]】]"
)
#: Numbers of questions: ``Q12.``, ``5_``, ``第3题``, ``B2a)``.
_NUMBER = re.compile(r"^\s*(?:第\s*\d+\s*题|[a-z]{0,3}\d+[a-z]?(?:[._-]\d+)*)\s*[.．、:：)）_\s-]\s*", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+|\d+|[\u3400-\u9fff]+")
#: English words that say nothing of the matter of a question.
_EMPTY = frozenset(
    (
        *("the", "a", "an", "of", "to", "and", "or", "in", "on", "at", "is", "are", "was", "were", "be", "you", "your"),
        *("it", "its", "this", "that", "how", "do", "does", "did", "would", "what", "which", "for", "from", "with"),
        *("as", "by", "have", "has", "had", "very", "not", "all"),
    )
)
#: The same in Chinese: a column that is called so asks of nothing in particular.
_FILLING = re.compile("其他|其它")


def without_anchors(text: str) -> str:
    """A question without the ends of its scale.

    >>> without_anchors("How reliable is the network? (1 not reliable at all, 10 very reliable)")
    'How reliable is the network?'
    >>> without_anchors("您的评价如何？（1=非常低，10=非常高）")
    '您的评价如何？'
    """
    return _ANCHORS.sub("", text).strip()


def parts(text: str) -> frozenset[str]:
    """The parts of a text by which it is compared."""
    plain = unicodedata.normalize("NFKC", without_anchors(text)).casefold()
    plain = _FILLING.sub("", _NUMBER.sub("", plain))
    out: set[str] = set()
    for word in _WORD.findall(plain):
        if "\u3400" <= word[0] <= "\u9fff":
            out.update(word)
            out.update(word[k : k + 2] for k in range(len(word) - 1))
        elif word not in _EMPTY:
            out.add(word[:5])
            out.update(word[k : k + 3] for k in range(len(word) - 2))
    return frozenset(out)


def likeness(questions: Sequence[Sequence[str]], labels: Sequence[str]) -> Floats:
    """How alike every question is to every label, from 0 to 1.

    Parameters
    ----------
    questions : sequence of sequences of str
        For every item its wordings; the most alike one counts.
    labels : sequence of str
        Of columns; an empty one is like nothing.

    Returns
    -------
    (items, columns)
        Half the Dice coefficient of the weighted parts, half the share of the shorter text that is found in the
        longer one.
    """
    asked = [[parts(text) for text in texts if text] for texts in questions]
    weight = _weights([part for texts in asked for part in texts])
    rare = 0.5 * max(weight.values(), default=1.0)  # parts that no question holds

    def mass(some: frozenset[str]) -> float:
        return sum(weight.get(part, rare) for part in some)

    found = [(parts(label), mass(parts(label))) for label in labels]
    out = np.zeros((len(asked), len(found)))
    for i, texts in enumerate(asked):
        for text in texts:
            own = mass(text)
            for j, (label, other) in enumerate(found):
                if not text.isdisjoint(label):
                    out[i, j] = max(out[i, j], _alike(own, other, mass(text & label)))
    return out


def _weights(texts: Sequence[frozenset[str]]) -> Mapping[str, float]:
    counts: dict[str, int] = {}
    for text in texts:
        for part in text:
            counts[part] = counts.get(part, 0) + 1
    most = max(1, len(texts))
    return {part: 0.1 + math.log(most / n) for part, n in counts.items()}


def _alike(first: float, second: float, both: float) -> float:
    """Likeness of two texts by the weights of their parts and of those in `both`."""
    return both / (first + second) + 0.5 * both / min(first, second)
