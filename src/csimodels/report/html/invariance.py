"""The ladder of invariance in the annual report: the steps, what does not hold, and means where intercepts hold."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from csimodels.i18n import N_
from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.figures.picture import Picture
from csimodels.report.html.covariance import modification_block
from csimodels.report.html.ladder_tables import ladder_view, means_view
from csimodels.report.html.story_view import FigureView, figure_view
from csimodels.report.html.table_views import Block, Lang
from csimodels.report.story.invariance import invariance_picture
from csimodels.report.story.ladder import held_step
from csimodels.report.story.reading import Reading
from csimodels.tables.vocabulary import STEPS

TITLE = N_("Is measurement the same in every group?")


@dataclass(frozen=True, slots=True)
class Invariance:
    """The finding, the figure of the ladder, and its tables: the steps first."""

    said: str
    picture: Picture
    blocks: tuple[Block, ...]

    @property
    def figure(self) -> FigureView:
        """The figure for the page."""
        return figure_view(self.picture)


def invariance(content: Content, lang: Lang) -> Invariance | None:
    """None where the result has no ladder."""
    ladder = content.comparison("invariance")
    picture = None if ladder is None else invariance_picture(Reading(content, lang))
    if ladder is None or picture is None:
        return None
    view, how = ladder_view(ladder, lang, narrow=True)
    space = "" if lang.code == "zh" else " "
    blocks = [Block(lang.tr("The ladder"), view, space.join([how, *_by_ml(content, lang)]))]
    held, broken = held_step(formatting.records(ladder))
    missed, means = content.comparison("joint_modification"), content.comparison("latent_means")
    if broken and missed is not None:
        block = modification_block(missed, pd.Series(dtype=str), "ml", lang, _front(content, missed, lang))
        title = lang.tr("What is not equal: {step}").format(step=lang.tr(STEPS[broken]))
        blocks.append(Block(title, block.table, block.said))
    if means is not None and means["se"].notna().any():
        title = lang.tr("{title}: {step}").format(title=lang.tr("Means of the constructs"), step=lang.tr(STEPS[held]))
        blocks.append(Block(title, *means_view(means, _front(content, means, lang), lang)))
    return Invariance(picture.title, picture, tuple(blocks))


def _by_ml(content: Content, lang: Lang) -> list[str]:
    """That the ladder has an estimator of its own, where the report is by another."""
    if content.model.estimate.estimator == "ml":
        return []
    text = "The ladder is by maximum likelihood (ML), which tests of equality need; the report is by {estimator}."
    return [clean(lang.say(Message(text, estimator=content.facts.get("estimator", ""))))]


def _front(content: Content, frame: pd.DataFrame, lang: Lang) -> dict[str, str]:
    """Group columns as `frame` has them, and what they are called."""
    named = {column: name for name in content.group_by for column in (name, f"{name}_group") if column in frame}
    return {column: clean(lang.names.column(name)) for column, name in named.items()}
