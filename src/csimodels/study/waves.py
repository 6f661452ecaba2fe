"""Which wave of a survey its headline is of, and what is said of waves that are named elsewhere."""

from __future__ import annotations

from csimodels.errors import DataError, Problem, listed, nearest
from csimodels.messages import Message, beside
from csimodels.spec import Model
from csimodels.spec.model import plain_text
from csimodels.survey import Survey


def current_wave(model: Model, survey: Survey) -> str | float:
    """The wave that headline, drivers and quality are of: the one named in the spec, else the latest.

    Raises
    ------
    DataError
        The wave that is named does not occur in the data.
    """
    asked = model.data.wave.current
    if asked is None:
        return survey.waves[-1]
    shown = {plain_text(wave): wave for wave in survey.waves}
    if plain_text(asked) not in shown:
        what = Message(
            'the wave {asked} does not occur in the column "{wave}"', asked=plain_text(asked), wave=str(survey.wave)
        )
        allowed = beside(nearest(plain_text(asked), shown), listed(list(shown)))
        raise DataError(Problem(what, "wave", allowed=allowed, remedy="name one of the waves that exist"))
    return shown[plain_text(asked)]


def wave_notes(model: Model, survey: Survey) -> list[Message]:
    """That a wave named under by is pooled in the results of all respondents, and how to write it."""
    if survey.wave is not None or not model.rollup.levels:
        return []
    left = [name for name in survey.by if name not in model.rollup.levels]
    if not left:
        return []
    rest = [name for name in survey.by if name in model.rollup.levels]
    text = (
        "{names} is no level of the roll-up: it is taken as a wave, and results of all respondents pool it; "
        "write data: {spelling} to have the latest wave as headline"
    )
    return [Message(text, names=listed(left), spelling=f"{{by: [{', '.join(rest)}], wave: {left[0]}}}")]
