"""Sentences written by lower floors (notes, survey log, facts), put into the language of the report.

They arrive as finished English text.  A phrase is a pattern with ``{parts}``: text that fits is translated with its
parts; a list joined by ``"; "`` is translated piece by piece; anything else is shown as it came.
"""

from __future__ import annotations

import re
from functools import cache

from csimodels.report.i18n import N_, Translate

#: Phrases with parts; single words and fixed sentences stand in :data:`WORDS`.
PHRASES = (
    N_("{step}: {subject}: {n} ({detail})"),  # only where the step is a known word
    N_("{step}: {subject}: {n}"),
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
    N_("{left} of {n} rows have a missing answer and are left out (missing: {rule})"),
    N_(
        "few rows for {most} paths into one construct: {names}; "
        "the rule of thumb asks for at least {least} (Barclay, Higgins & Thompson 1995)"
    ),
    N_(
        "percentile intervals of paths are somewhat too short in {short} of {all} groups "
        "with an effective n under {few} (with 100 to 250 they cover about 0.93 instead of 0.95)"
    ),
    N_(
        "percentile intervals of paths are somewhat too short with an effective n under {few} "
        "(with 100 to 250 they cover about 0.93 instead of 0.95)"
    ),
    N_("fixed weights are stated in the spec but not used: the index takes weights: {rule}"),
    N_("item has the same answer in every row, or none at all: {names}"),
    N_("items have the same answer in every row, or none at all: {names}"),
    N_("construct {name} (mode B): items are copies or sums of one another: {names}"),
    N_("the items of {name} cancel one another out: is one asked the other way round?"),
    N_("the constructs that lead to {name} are collinear: {names}"),
    N_("{name} is uncorrelated with every construct that it has a path with"),
    N_("the pairwise covariances are not positive definite, because of {names}"),
    N_("all respondents ({n})"),
    N_("{replicates} per fit; {asked} asked, {kept} kept, {failed} failed"),
    N_("bootstrap, {kind} interval"),
    N_("at most {n}"),
    N_("{n} of {all} fits converged, in {few} to {most} iterations; at most {limit} allowed"),
    N_("{n} of {all} fits converged, in {most} iterations; at most {limit} allowed"),
    N_("no fit converged; at most {limit} allowed"),
    N_("{where}: no intervals: {reasons}"),
    N_("{failed} of {asked} replicates failed"),
    N_("{alone} of {n} strata have a single cluster, which has no variance to resample"),
    N_(
        "EM finds no covariance matrix: there are too few answers for it "
        "({n} rows, {p} items, {k} patterns of missing answers)"
    ),
    N_("never answered by the same respondent: {pairs}"),
    N_("of {n} rows"),
    N_("{share} % of {n} rows"),
    N_("{n} row without any answer left out; {used} used"),
    N_("{n} rows without any answer left out; {used} used"),
    N_("{text} counts as missing"),
    N_("{sheet} was read; the others are {names}"),
    N_("{code} in {low}..{high}"),
    N_("code {code}"),
    N_("for example {example}"),
    N_("{column} is empty"),
    N_("{n} different values"),
    N_("{n} other values"),
    N_("{n} other texts"),
    N_(
        "negative weight: {items}: the index is then no weighted mean; "
        "write reverse: true for an item asked the other way round"
    ),
    N_("negative weight: {items}"),
    N_("R2 is 1, as if an item stood on both sides of a path: {targets}"),
    N_("a few rows carry nearly all the weight, the estimates rest on them alone: {heavy}"),
    N_("{where}: never answered by the same respondent: {pairs}; such a pair counts as uncorrelated"),
    N_("{where}: never answered by the same respondent: {pairs}; such a pair is not determined by the data"),
    N_("only {n} bootstrap replicates: intervals are rough, 1000 or more are usual"),
    N_("{text} read as {number}"),
    N_("{condition} keeps {kept} of {n}"),
    N_("{n} columns"),
    N_("encoding {name}"),
    N_("separator {mark}"),
    N_("sheet {name}"),
    N_("row {n}"),
    N_("columns {n}"),
    N_("{kind} DataFrame"),
)

#: Phrases that may follow one another, joined by commas.
RUNS = (
    N_("rho_A of {name} is {value}, outside (0, 1]"),
    N_("the loading of {name} is {value}, beyond 1"),
    N_("the corrected correlation of {a} and {b} is {value}, beyond 1"),
    N_("{value} ({n} times)"),
)

#: The same inside one part of a phrase, where nothing else can be meant.
PART_RUNS = {
    "items": (N_("{item} of {name} in {where}"), N_("{item} of {name}")),
    "targets": (N_("{name} in {where}"),),
    "heavy": (N_("{where} ({n} rows, effective {value})"),),
    "pairs": (N_("{a} and {b}"),),
}

#: The end of a list that was cut.
MORE = N_("{names} and {n} more")

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
    N_("rows of the group"), N_("columns without a name ignored"), N_("spaces and line breaks in column names tidied"),
    N_("out of range set to missing"), N_("blank answers"), N_("text turned into numbers"), N_("decimal comma"),
    N_("full-width digits"), N_("numbers held as text"), N_("strata"), N_("cluster"), N_("survey"),
    N_("left out by the missing rule"), N_("rows with a missing answer"), N_("dictionary of columns"),
    N_("pyarrow Table"), N_("gb18030, as the file is not UTF-8; write encoding under data to change it"),
    N_("the correlation matrix of the items is singular"), N_("0.02 small, 0.15 medium, 0.35 large"),
    N_("the corrected correlations of the constructs are not positive definite"),
    N_("the indices use fixed weights from the spec"),
    N_("choose another missing rule"),
    N_("all rows lie in one cluster, which has no variance to resample"),
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
        if hit and ("step" not in hit.groupdict() or tr(hit["step"]) != hit["step"]):
            parts = {name: _part(name, part, tr) for name, part in hit.groupdict().items()}
            return tr(template).format(**parts)
    pieces = text.split("; ")
    if len(pieces) > 1:
        return tr("; ").join(phrase(piece, tr) for piece in pieces)
    return _run(text, RUNS, tr) or text


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
    groups = [f"(?P<{name}>{_COUNT if name in _COUNTS else '.+?'})" for name in pieces[1::2]]
    return re.compile("".join(a + b for a, b in zip(literal, [*groups, ""], strict=True)), re.DOTALL)


_COUNT = r"[0-9][0-9,. ]*"
_COUNTS = frozenset({"n", "least", "few", "most", "short", "all", "left", "asked", "kept", "failed", "bad", "used"})
