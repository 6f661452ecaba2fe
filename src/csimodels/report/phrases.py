"""Sentences written by lower floors (notes, survey log, facts), put into the language of the report.

They arrive as finished English text.  A phrase is a pattern with ``{parts}``: text that fits is translated with its
parts kept; a list joined by ``"; "`` is translated piece by piece; anything else is shown as it came.
"""

from __future__ import annotations

import re
from functools import cache

from csimodels.report.i18n import N_, Translate

#: Phrases with parts; single words and fixed sentences stand in :data:`WORDS`.
PHRASES = (
    N_("refused: {group} has {n} usable rows, at least {least} are needed"),
    N_("group {group} refused: {n} respondents, at least {least} are needed"),
    N_("{failed} of {asked} bootstrap replicates failed"),
    N_("{where}: {failed} of {asked} replicates failed (not converged {a}, singular {b}); intervals use the others"),
    N_(
        "{where}: {bad} of {asked} replicates are inadmissible; "
        "intervals keep them, as they are part of the sampling distribution"
    ),
    N_("inadmissible: {where}: {reasons}"),
    N_("{where}: PLS did not converge in {n} iterations"),
    N_("{where}: cannot be estimated: {reasons}"),
    N_(
        "{n} respondents are few for {most} paths into one construct: "
        "the rule of thumb asks for at least {least} (Barclay, Higgins & Thompson 1995)"
    ),
    N_("{replicates} per fit; {asked} asked, {kept} kept, {failed} failed"),
    N_("bootstrap, {kind} interval"),
    N_("at most {n}"),
    N_("of {n} rows"),
    N_("{share} % of {n} rows"),
    N_("code {code}"),
    N_("for example {example}"),
    N_("{column} is empty"),
    N_("{n} different values"),
    N_("negative weight: {items}"),
    N_("{text} read as {number}"),
    N_("{condition} keeps {kept} of {n}"),
    N_("{n} columns"),
    N_("encoding {name}"),
    N_("separator {mark}"),
    N_("sheet {name}"),
)

WORDS = (
    N_("ok"), N_("not converged"), N_("singular"), N_("inadmissible"), N_("too few answers"), N_("none"),
    N_("mean"), N_("listwise"), N_("pairwise"), N_("em"), N_("path"), N_("factorial"), N_("centroid"),
    N_("bootstrap"), N_("percentile"), N_("basic"), N_("normal"), N_("own"), N_("pooled"), N_("equal"), N_("fixed"),
    N_("percentile bootstrap"), N_("PLS path modelling"), N_("consistent PLS"), N_("PLS"), N_("PLSc"),
    N_("majority of the loadings positive, ties by the largest"), N_("all respondents"), N_("all rows"),
    N_("read"), N_("missing codes recoded"), N_("missing code inside the scale"), N_("values translated"),
    N_("row of labels left out"), N_("rows without a group left out"), N_("missing code that never occurs"),
    N_("no item has this answer"), N_("rows without any answer left out"), N_("rows with weight zero left out"),
    N_("groups without a usable row"), N_("blank lines"), N_("each counts as a row without any answer"),
    N_("encoding recognised"), N_("sheets not read"), N_("declared missing in the file"), N_("filtered by where"),
    N_("where value that never occurs"), N_("rows selected"), N_("rows used"), N_("missing answers"),
    N_("rows of the group"), N_("columns without a name ignored"), N_("spaces round column names removed"),
    N_("out of range set to missing"),
    N_("percentile intervals of paths are somewhat too short below about 250 respondents"),
    N_("the indices use fixed weights from the spec"),
    N_("indices of groups use the weights of all respondents together, taken as fixed in the intervals"),
    N_("rollup: is read but not computed by this version: the tables hold no rolled-up rows"),
)  # fmt: skip


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
        if hit:
            parts = {name: tr(part) for name, part in hit.groupdict().items()}
            return tr(template).format(**parts)
    pieces = text.split("; ")
    return tr("; ").join(phrase(piece, tr) for piece in pieces) if len(pieces) > 1 else text


@cache
def _pattern(template: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", template)
    literal = [re.escape(piece) for piece in pieces[::2]]
    groups = [f"(?P<{name}>.+?)" for name in pieces[1::2]]
    return re.compile("".join(a + b for a, b in zip(literal, [*groups, ""], strict=True)), re.DOTALL)
