"""One of a thing in English: ``1 row``, not ``1 rows``; what a template says behind a number that is 1."""

from __future__ import annotations

import re

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
