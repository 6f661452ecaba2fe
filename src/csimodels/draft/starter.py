"""The text of a spec to start from where no survey was looked at: every item with its question, the usual keys."""

from __future__ import annotations

from csimodels.draft.compose import BOTH, BREAKS, commented, quoted
from csimodels.draft.title import title_of
from csimodels.messages import Message, Translate, say
from csimodels.spec.model import Model

#: The data file that a spec names until its author writes another.
NO_FILE = "my-survey.csv"


def starter(base: str, model: Model, tr: Translate, lang: str) -> str:
    """A spec with comments in one language that extends a model and names a column for each of its items.

    Parameters
    ----------
    base : str
        What the spec extends: a name of the library, or a file as seen from the spec.
    model : Model
        The model extended.
    tr, lang
        Language of the comments and questions.
    """
    title = title_of(NO_FILE, model.title)
    extends = Message("the model; own keys override (csi init {name} --full copies it)", name=base)
    rows: list[tuple[str, str]] = [
        (f"extends: {quoted(base)}", extends),
        (f"title: {quoted(title)}", Message("write your own, or {both}", both=BOTH)),
        ("data:", ""),
        (f"  file: {NO_FILE}", Message("CSV, Excel, Parquet, SPSS or Stata, seen from this file")),
        ("  columns:", Message("item: column of the file")),
        *((f"    {item.name}: {quoted(item.name)}", BREAKS.sub(" ", item.text.get(lang))) for item in model.items),
        ("  missing_codes: []", Message("for example [98, 99]: don't know, refused")),
        ("  # weight: w", Message("column of sampling weights")),
        ("  # by: company", Message("one index for each company")),
        ("  # wave: year", Message("years or quarters: the latest is reported, changes are shown")),
        ("  # where: {year: 2026}", Message("only these rows")),
        ("  # design: {strata: region, cluster: branch, panel: id}", Message("how respondents were drawn")),
        ("# rollup: {levels: [company, industry, nation], weights: weights.csv}",
         Message("carried up with weights (docs/rollup.md)")),
        ("estimate: {estimator: pls}", Message("or plsc, ml")),
        ("uncertainty: {method: auto, level: 0.95}", Message("or bootstrap, jackknife, linearised, none")),
        (f"report: {{languages: [{'zh, en' if lang == 'zh' else 'en, zh'}], formats: [html, xlsx]}}", ""),
    ]  # fmt: skip
    head = Message("A customer-satisfaction-index study. Every key: docs/spec.md, or csi schema for editor completion.")
    lines = [commented(text, say(comment, tr)) if comment else text for text, comment in rows]
    return "\n".join([f"# {say(head, tr)}", "csi: 1", *lines]) + "\n"
