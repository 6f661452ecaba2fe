"""The figures of the story, one method each, in a language, size and theme."""

from __future__ import annotations

from dataclasses import replace

from csimodels.arguments import plain_methods
from csimodels.errors import DataError, Problem, SpecError, listed
from csimodels.i18n import N_, check_language
from csimodels.other_names import Helpful, by_name
from csimodels.report.content import Content
from csimodels.report.figures.picture import Picture, check_look
from csimodels.report.story.story import story

#: What the spec or the data lack where a figure is not there, by the beginning of its name.
_NEEDS = {
    "waves": N_("name the column of the waves: data: {wave: year}"),
    "waterfall": N_("add rollup: {levels: [...], weights: file} and waves"),
    "levels": N_("add rollup: {levels: [...], weights: file} with three levels or more"),
    "league_": N_("write indices: into the spec, and name the group column with by="),
    "league": N_("name the group column with by="),
    "changes": N_("name the group column, and the column of the waves: data: {by: company, wave: year}"),
    "slope": N_("name the group column, and the column of the waves; up to 30 groups are drawn"),
    "answers": N_("add report: {answers: true} to the spec"),
    "heat_map": N_("name the group column with by=; 2 to 40 units of a level are drawn"),
    "gaps": N_("write gaps: into the spec"),
    "classes": N_("write classes: into the spec, without other group columns than the waves"),
    "link": N_("name the group column with by=; three groups or more are drawn"),
    "shares": N_("write drivers: {shares: true} into the spec"),
    "penalties": N_("write penalty_reward: into the spec"),
    "kano": N_("write kano: into the spec"),
    "targets": N_("write targets: {Satisfaction: 80} into the spec"),
    "rises": N_("write targets: {Satisfaction: 80} into the spec, above the present index"),
    "behaviour": N_("write behaviour: into the spec"),
    "moves": N_("write states: into the spec, and name waves and the person: data: {wave: year, design: {panel: id}}"),
    "delivered": N_("write delivered_value: into the spec"),
    "hierarchy": N_("add hierarchy: {Total: {of: {A: 0.6, B: 0.4}}} to the spec"),
    "focus": N_("add focus: {step: rule} to the spec"),
    "floodlight": N_('add an interaction to the paths, for example "Image * Quality": Satisfaction'),
    "precision": N_("name the group column with by=; three groups with intervals or more are needed"),
}


#: What figures are called elsewhere, and by the tables that they draw.
_ELSEWHERE = by_name(
    {
        "forest()": "drivers effects importance",
        "path_diagram()": "paths path model structural diagram",
        "importance_performance()": "ipma ipm map matrix",
        "index()": "indices bars scores",
        "league() or ranks()": "ranking companies",
        "picture(name), and .save(file) of it; names() lists them": "save plot show list",
    }
)


@plain_methods
class Pictures(Helpful):
    """Figures whose titles say what they find; all take the same choices.

    Parameters of every method
    --------------------------
    lang : ``"en"`` or ``"zh"``
    size : ``"page"``, ``"column"`` or ``"slide"``
    theme : ``"light"`` or ``"dark"``
    """

    names_elsewhere = _ELSEWHERE

    def __init__(self, content: Content) -> None:
        self._content = content
        self._told: dict[str, dict[str, Picture]] = {}

    def names(self) -> tuple[str, ...]:
        """Names of the figures of the story that this result has, for :meth:`picture`."""
        return tuple(self._pictures("en"))

    def picture(self, name: str, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """A figure of the story by its name, as :meth:`names` lists them.

        Raises
        ------
        DataError
            The result has no such figure: what it needs is said.
        SpecError
            Unknown language, size or theme.
        """
        check_language(lang)
        check_look(size, theme)
        found = self._pictures(lang)
        if name not in found:
            remedy = next((text for start, text in _NEEDS.items() if name.startswith(start)), "")
            raise DataError(Problem("the result has no such figure", "figures", name, listed(list(found)), remedy))
        return replace(found[name], size=size, theme=theme)

    def waves(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """The index over the waves, with the units below it."""
        return self.picture("waves", lang, size, theme)

    def waterfall(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """What the change of the whole is made of: share of the weight times change of each part."""
        return self.picture("waterfall", lang, size, theme)

    def levels(self, level: str = "", lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Units of one level of the roll-up in order, by default of the highest level below the top."""
        found = [name for name in self._pictures("en") if name.startswith("levels_")]
        return self.picture(f"levels_{level}" if level or not found else found[0], lang, size, theme)

    def league(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """The lowest units ranked, with ties and the wave before."""
        return self.picture("league", lang, size, theme)

    def simple_league(self, index: str = "", lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """The lowest units ranked on a simple index or node of the hierarchy; by default on the first one."""
        found = [name for name in self._pictures("en") if name.startswith("league_")]
        return self.picture(f"league_{index}" if index or not found else found[0], lang, size, theme)

    def changes(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Changes of the lowest units since the wave before, the largest rise first."""
        return self.picture("changes", lang, size, theme)

    def slope(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """The lowest units in two waves side by side."""
        return self.picture("slope", lang, size, theme)

    def forest(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Total effects of the drivers with their intervals."""
        return self.picture("forest", lang, size, theme)

    def answers(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Shares of the answers to every question."""
        return self.picture("answers", lang, size, theme)

    def gaps(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Gaps of perception and expectation by dimension and in total."""
        return self.picture("gaps", lang, size, theme)

    def classes(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Customer classes on the index, with their weighted total."""
        return self.picture("classes", lang, size, theme)

    def heat_map(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Units by constructs, coloured by the distance to the whole."""
        return self.picture("heat_map", lang, size, theme)

    def link(self, construct: str = "", lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """What goes with the index, such as loyalty; by default the last construct that it leads to."""
        found = [name for name in self._pictures("en") if name.startswith("link_")]
        return self.picture(f"link_{construct}" if construct or not found else found[-1], lang, size, theme)

    def shares(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """What each driver explains of the index construct: Shapley shares beside Johnson's relative weights."""
        return self.picture("shares", lang, size, theme)

    def penalties(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """What a low and what a high answer to a question do to the overall one."""
        return self.picture("penalties", lang, size, theme)

    def kano(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Features by what their presence and their absence do, with their Kano category."""
        return self.picture("kano", lang, size, theme)

    def targets(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Indices beside their targets."""
        return self.picture("targets", lang, size, theme)

    def rises(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """What one driver alone would have to rise for the target."""
        return self.picture("rises", lang, size, theme)

    def behaviour(self, outcome: str = "", lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """What is predicted of a behaviour along the score; by default the first one of the spec."""
        found = [name for name in self._pictures("en") if name.startswith("behaviour_")]
        return self.picture(f"behaviour_{outcome}" if outcome or not found else found[0], lang, size, theme)

    def moves(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Where persons of each state went between the last two waves."""
        return self.picture("moves", lang, size, theme)

    def delivered(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """What customers get, what it costs them, and the difference."""
        return self.picture("delivered", lang, size, theme)

    def hierarchy(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """The hierarchy of weights as a tree; as rows that step inwards where it is narrow."""
        return self.picture("hierarchy", lang, size, theme)

    def focus(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """The funnel of the focus: shares of respondents and of value, and the index of every step."""
        return self.picture("focus", lang, size, theme)

    def floodlight(
        self,
        source: str | None = None,
        moderator: str | None = None,
        lang: str = "en",
        size: str = "page",
        theme: str = "light",
    ) -> Picture:
        """An effect along the scale of its moderator (Spiller et al. 2013).

        Parameters
        ----------
        source, moderator : str, optional
            Constructs of the interaction; the first one of the model where left out.

        Raises
        ------
        SpecError
            No interaction is of these constructs.
        DataError
            There is no interaction.
        """
        found = [name for name in self._pictures("en") if name.startswith("floodlight_")]
        of = {name: self._pictures("en")[name].data.iloc[0] for name in found}
        mine = [name for name in found if source in (None, of[name]["source"])
                and moderator in (None, of[name]["moderator"])]  # fmt: skip
        if found and not mine:
            known = listed([f"{row['source']} ({row['moderator']})" for row in of.values()])
            raise SpecError(
                Problem("no interaction of these constructs", "floodlight", f"{source} ({moderator})", known)
            )
        return self.picture(mine[0] if mine else "floodlight", lang, size, theme)

    def precision(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """How wide the interval of the whole and that of a typical unit are."""
        return self.picture("precision", lang, size, theme)

    def _pictures(self, lang: str) -> dict[str, Picture]:
        if lang not in self._told:
            sections = story(self._content, lang)
            self._told[lang] = {picture.key: picture for section in sections for picture in section.pictures}
        return self._told[lang]

    def __repr__(self) -> str:
        lines = [f"  {name}: {picture.title}" for name, picture in self._pictures("en").items()]
        return "\n".join(["<csimodels figures>", *lines])
