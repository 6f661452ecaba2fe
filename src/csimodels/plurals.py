"""Numbers in English templates: which of them are counts, and ``1 row``, not ``1 rows``, behind one that is 1."""

from __future__ import annotations

import re

#: Parts that say how many, as bounds in capitals do; any other whole number (a wave, a code, an answer) is a name.
_COUNTS = {"all", "answers", "asked", "cells", "count", "failed", "few", "fields", "files", "groups", "holes", "kept"}
_COUNTS |= {"least", "lines", "lost", "most", "n", "n2", "numbers", "pairs", "replicates", "rows", "series", "total"}
_COUNTS |= {"differ", "done", "number", "size", "units", "used"}
#: What stands before a whole number that says which one, not how many.
_ORDINAL = r"(?:\b(?:rows?|lines?|columns?|codes?|cells?|years?|seeds?|waves?) |:)"
#: Words that may stand between a number and what it counts.
_BETWEEN = "more|other|fewer|random|usable|different|empty|separate|missing|sampling|bootstrap|replicate|percentage"
#: What is counted.
_NOUNS = (
    "answers|bytes|categories|cells|changes|characters|clusters|columns|comparisons|companies|constructs|degrees|"
    "differences|drivers|entries|experts|fields|files|fits|folds|groups|holes|intervals|iterations|items|keys|kinds|minutes|"
    "levels|lines|models|moments|names|notes|numbers|observations|parameters|parts|paths|patterns|persons|pieces|places|"
    "points|predictors|problems|repetitions|replicates|respondents|routes|rows|seconds|segments|series|sheets|specs|"
    "starts|steps|strata|terms|texts|times|units|values|waves|weights|cautions|others"
)
#: Nouns that do not end in a plain s.
_ODD = {"categories": "category", "companies": "company", "entries": "entry", "series": "series", "strata": "stratum"}
#: A verb right behind it, of many and of one.
_VERBS = {"have": "has", "are": "is", "were": "was", "do": "does", "hold": "holds", "count": "counts", "give": "gives",
          "make": "makes", "need": "needs", "differ": "differs", "lie": "lies", "stand": "stands"}  # fmt: skip
_COUNTED = re.compile(rf"(?P<gap> (?:(?:{_BETWEEN}) )?)(?P<noun>{_NOUNS})\b(?P<verb> (?:{'|'.join(_VERBS)})\b)?")
#: Phrases that name nothing.
_BARE = {" more are flagged": " more is flagged", " are needed": " is needed",
         " lie measurably": " lies measurably"}  # fmt: skip


def of_one(before: str, behind: str) -> str:
    """What stands in a template behind a number that is 1.

    Parameters
    ----------
    before, behind : str
        What the template says on either side of the number: the verb behind "of 1 row" is not that of the row.

    Examples
    --------
    >>> of_one("", " usable rows have no answer"), of_one("", " of the rows"), of_one("answers of ", " items are texts")
    (' usable row has no answer', ' of the rows', ' item are texts')
    """
    for many, one in _BARE.items():
        if behind.startswith(many):
            return one + behind[len(many) :]
    hit = _COUNTED.match(behind)
    if not hit:
        return behind
    verb = hit["verb"] or ""
    if verb and not before.endswith("of "):
        verb = f" {_VERBS[verb.strip()]}"
    return f"{hit['gap']}{_ODD.get(hit['noun'], hit['noun'][:-1])}{verb}{behind[hit.end() :]}"


def says_how_many(template: str, name: str) -> bool:
    """Whether part `name` of a template is a count or a bound of counts; the number of a row, a wave or a code is none.

    >>> [says_how_many("{n} rows of {wave}, from row {count} on", name) for name in ("n", "wave", "count")]
    [True, False, False]
    """
    if name not in _COUNTS and not name.isupper():
        return False
    return not re.search(_ORDINAL + re.escape(f"{{{name}}}"), template)
