"""Several groups in one covariance structure as a page: fit, parameters by group, what the model misses, the ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from csimodels.i18n import N_, check_languages
from csimodels.messages import say
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.html.covariance import modification_block, parameter_blocks, residual_block
from csimodels.report.html.fit import fit_at_a_glance, fit_summary, how_to_read, measures_of
from csimodels.report.html.ladder_tables import ladder_view, means_view
from csimodels.report.html.parts_page import Part, PartsPage, write_parts
from csimodels.report.html.story_view import figure_view
from csimodels.report.html.table_views import Block, Cell, Column, Lang, TableView, table_view
from csimodels.report.joint import JointContent
from csimodels.report.story.ladder import held_step, ladder_picture, sentence
from csimodels.report.story.section import field_work
from csimodels.tables.vocabulary import STEPS


def write_joint_html(content: JointContent, path: Path, langs: Sequence[str]) -> Path:
    """Write the page of a joint fit or a ladder; with several languages it has a switch.

    Parameters
    ----------
    content : JointContent
    path : Path
    langs : sequence of str

    Returns
    -------
    Path
        The file written (UTF-8).
    """
    pages = [_page(content, content.lang(code)) for code in check_languages(langs)]
    return write_parts(pages, path, content.facts["csimodels version"])


def _page(content: JointContent, lang: Lang) -> PartsPage:
    ladder = content.tables.get("invariance")
    if ladder is None:
        kind, summary = N_("Several groups in one covariance structure"), [fit_summary(_measures(content, ""), lang)]
        parts = [_fit(content, "", lang), *_of_fit(content, "", lang)]
    else:
        kind = N_("Is measurement the same in every group?")
        rows = formatting.records(ladder)
        summary = [say(sentence(rows), lang.tr)]
        parts = _of_ladder(content, ladder, lang)
    n = lang.tr("{n} respondents in {groups} groups")
    subtitle = [lang.tr(kind), n.format(n=formatting.number(sum(content.n), 0), groups=len(content.n))]
    subtitle.append(clean(lang.say(content.facts["estimator"])))
    return PartsPage(
        lang=lang,
        title=clean(content.model.title.get(lang.code, content.model.name)),
        subtitle=tuple(subtitle),
        summary=tuple(clean(text) for text in summary),
        notes=tuple(clean(formatting.sentence(lang.say(note))) for note in content.notes),
        parts=(*parts, _groups(content, lang), _made(content, lang)),
        said=(),
    )


def _table(content: JointContent, name: str, step: str) -> pd.DataFrame:
    """A table of one step; of a single fit, the table."""
    frame = content.tables.get(name, pd.DataFrame())
    return frame[frame["step"] == step].drop(columns="step").reset_index(drop=True) if "step" in frame else frame


def _measures(content: JointContent, step: str) -> dict[str, float]:
    frame = _table(content, "fit_measures", step)
    return measures_of(frame) if len(frame) else {}


def _front(content: JointContent, frame: pd.DataFrame, lang: Lang) -> dict[str, str]:
    """Group columns as `frame` has them, and what they are called."""
    named = ((name, f"{name}_group" if f"{name}_group" in frame else name) for name in content.by)
    return {column: clean(lang.names.column(name)) for name, column in named}


def _fit(content: JointContent, step: str, lang: Lang) -> Part:
    measures = _measures(content, step)
    glance = fit_at_a_glance(measures, lang) if measures else None
    said = glance.rules if glance else ""
    return Part("fit", lang.tr("Fit of all groups together"), glance.table if glance else None, said,
                how_to_read(measures, lang))  # fmt: skip


def _of_fit(content: JointContent, step: str, lang: Lang) -> list[Part]:
    """Parameters by group, latent means, and what the model misses, of a fit or of one step."""
    frame = _table(content, "joint_parameters", step)
    front = _front(content, frame, lang)
    same = [*zip(frame["lhs"], frame["op"], frame["rhs"], strict=True)]
    first = {key: place for place, key in reversed([*enumerate(same)])}
    beside = frame.iloc[sorted(range(len(frame)), key=lambda k: (first[same[k]], k))].reset_index(drop=True)
    blocks = tuple(parameter_blocks(beside, lang, front))
    title = lang.tr("Parameters by group")
    out = [Part("parameters", _with_step(title, step, lang), lines=_how(frame, lang), folded=blocks)]
    out += _means(content, step, lang)
    missed = (_modifications(content, frame, step, lang), _residuals(content, step, lang))
    return [*out, Part("missed", _with_step(lang.tr("What the model misses"), step, lang), folded=missed)]


def _with_step(title: str, step: str, lang: Lang) -> str:
    return lang.tr("{title}: {step}").format(title=title, step=lang.tr(STEPS[step])) if step else title


def _how(frame: pd.DataFrame, lang: Lang) -> tuple[str, ...]:
    made = frame["errors"].dropna().unique().tolist()
    return tuple(lang.tr(formatting.ERRORS.get(str(name), str(name))) for name in made)


def _means(content: JointContent, step: str, lang: Lang) -> list[Part]:
    frame = _table(content, "latent_means", step)
    if frame.empty or not frame["se"].notna().any():
        return []
    front = _front(content, frame, lang)
    view, said = means_view(frame, front, lang)
    return [Part("means", _with_step(lang.tr("Means of the constructs"), step, lang), view, said)]


def _modifications(content: JointContent, parameters: pd.DataFrame, step: str, lang: Lang) -> Block:
    frame = _table(content, "joint_modification", step)
    front = _front(content, frame, lang)
    return modification_block(frame, parameters["errors"], content.model.estimate.estimator, lang, front)


def _residuals(content: JointContent, step: str, lang: Lang) -> Block:
    frame = _table(content, "joint_residuals", step)
    return residual_block(frame, lang, _front(content, frame, lang))


def _of_ladder(content: JointContent, ladder: pd.DataFrame, lang: Lang) -> list[Part]:
    """The ladder, what does not hold where it breaks, and the last step that holds."""
    holds, broken = held_step(formatting.records(ladder))
    method, dates = lang.say(content.facts["estimator"]), field_work(content.model, lang.code)
    picture = ladder_picture(ladder, content.n, lang.code, method=method, dates=dates)
    view, said = ladder_view(ladder, lang)
    parts = [Part("ladder", lang.tr("The ladder"), view, said, figures=(figure_view(picture),))]
    if broken:
        frame = _table(content, "joint_modification", broken)
        frame = frame[frame["released"].astype(bool)] if len(frame) else frame
        made, front = _table(content, "joint_parameters", broken)["errors"], _front(content, frame, lang)
        block = modification_block(frame, made, content.model.estimate.estimator, lang, front)
        title = lang.tr("What is not equal: {step}").format(step=lang.tr(STEPS[broken]))
        line = lang.tr("Let free what may differ for a reason, and climb again: partial invariance.")
        parts.append(Part("broken", title, block.table, block.said, (line,)))
    step = holds or str(ladder["step"].iloc[0])
    return [*parts, *_of_fit(content, step, lang)]


def _groups(content: JointContent, lang: Lang) -> Part:
    frame = content.tables["joint_groups"]
    front = _front(content, frame, lang)
    return Part("groups", lang.tr("Groups"), table_view(frame, "joint_groups", (*front, "n"), lang, front))


def _made(content: JointContent, lang: Lang) -> Part:
    rows: Mapping[str, str] = dict(content.facts_in_words(lang))
    body = tuple((Cell(name, kind="text name"), Cell(value)) for name, value in rows.items())
    heads = (Column(lang.tr("Choice"), "text"), Column(lang.tr("Value"), "text"))
    view = TableView("made", heads, body, (False,) * len(body), sortable=False)
    return Part("made", lang.tr("How it was computed"), view)
