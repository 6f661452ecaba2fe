"""A spec proposed from a file: its columns, codes, scales and roles, with every guess marked."""

from __future__ import annotations

import os
import shlex
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from csimodels.draft.choose import Fit, by_words, library_fits, without_model
from csimodels.draft.compose import composed
from csimodels.draft.compose_plain import composed_plain
from csimodels.draft.concepts import SHARED, Kin
from csimodels.draft.facts import file_facts
from csimodels.draft.proposal import Proposal, proposed
from csimodels.draft.starter import NO_FILE, starter
from csimodels.errors import DataError, Problem, SpecError, refuse_lost_folder
from csimodels.i18n import translator
from csimodels.messages import Message, listed
from csimodels.paths import home_path
from csimodels.spec import Model, library, load_model, parse_model
from csimodels.survey.files.plain import plain_table
from csimodels.survey.table import Table

#: Sheets of a workbook that are looked at beside the first.
MOST_SHEETS = 8


@dataclass(frozen=True)
class Draft:
    """A spec proposed for a model and a file.

    Attributes
    ----------
    proposal : Proposal
        Everything that was found and guessed.
    base : str
        Library model, or file, that the spec extends; empty where none fits.
    file : Path or None
        The data file.
    sheets : tuple of str
        Other sheets of a workbook, which were not taken: fewer of their columns look like items.
    fits : tuple of Fit
        Where no model was named: the library models whose items have columns, the best first.
    asked : bool
        Whether a model was named.
    kin : Kin or None
        Where the constructs are told by the words of the columns: them, and the model whose paths they have.
    """

    proposal: Proposal
    base: str
    file: Path | None
    sheets: tuple[str, ...] = ()
    fits: tuple[Fit, ...] = ()
    asked: bool = True
    kin: Kin | None = None

    def text(self, folder: str | Path = ".", lang: str = "en") -> str:
        """The spec as YAML, with comments in `lang`; files are named as seen from `folder`.

        Parameters
        ----------
        folder : str or Path
            Folder that files are named from.
        lang : {"en", "zh"}
            Language.

        Returns
        -------
        str
            The text of the spec.
        """
        base = _extended(self.base, Path(folder))
        file = NO_FILE if self.file is None else _seen_from(self.file, Path(folder))
        tr = translator(lang)
        if not base:
            return composed_plain(self.proposal, file, tr, lang, self.chosen())
        return composed(self.proposal, base, file, tr, lang, self.chosen())

    def chosen(self) -> tuple[Message, ...]:
        """How the model was chosen, and how to take another; empty where one was named.

        Returns
        -------
        tuple of Message
            Sentences.
        """
        if self.asked and self.kin is None:
            return ()
        file = self.proposal.facts.source.name if self.file is None else shlex.quote(str(self.file))
        other = Message("another model: csi init MODEL --data {file}; csi models lists them", file=file)
        if self.base:
            best = next(fit for fit in self.fits if fit.name == self.base)
            text = (
                "no model was named; {model} fits best: {n} of {all} items have a column, {worded} of them by wording"
            )
            parts = [Message(text, model=best.name, n=best.found, all=best.items, worded=best.worded)]
            near = [fit for fit in self.fits if fit.well and fit is not best]
            parts += [
                Message("next is {model}: {n} of {all} items", model=fit.name, n=fit.found, all=fit.items)
                for fit in near[:1]
            ]
            return (*parts, other)
        if self.kin is not None:
            return *_told_by_words(self.kin, self.asked), other
        if not self.fits:
            return Message("no model was named, and no column fits an item of the library"), other
        nearest = max(self.fits, key=lambda fit: fit.share)
        text = "no model was named, and none of the library fits; nearest is {model}: {n} of {all} items"
        return Message(text, model=nearest.name, n=nearest.found, all=nearest.items), other

    def save(self, path: str | Path, lang: str = "en") -> Path:
        """Write the spec; it loads, and `csi check` names the items that have no column yet.

        Parameters
        ----------
        path : str or Path
            File to write.
        lang : {"en", "zh"}
            Language.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        SpecError
            The folder does not exist.
        """
        target = Path(path)
        folder = target.absolute().parent
        refuse_lost_folder(target)
        text = self.text(folder, lang)
        parse_model(text, origin=str(target.absolute()), base=folder)
        target.write_text(text, encoding="utf-8", newline="\n")
        return target

    def matched(self) -> pd.DataFrame:
        """One row for each item: ``item column how likeness why``; ``column`` is empty where none was found."""
        rows = [(m.item, m.column, m.how, m.score, str(m.why)) for m in self.proposal.matches]
        return pd.DataFrame(rows, columns=["item", "column", "how", "likeness", "why"])

    def guessed(self) -> pd.DataFrame:
        """One row for each guess beside the columns of items: ``what value why``."""
        rows = [(role.use, role.column, str(role.why)) for role in self.proposal.roles if role.use not in UNWRITTEN]
        rows += [("no answer", code.code, str(code.why)) for code in self.proposal.codes]
        rows += [("answers", item, str(answers.why)) for item, answers in self.proposal.answers.items()]
        return pd.DataFrame(rows, columns=["what", "value", "why"])

    @property
    def unmatched(self) -> tuple[str, ...]:
        """Items without a column."""
        return tuple(match.item for match in self.proposal.lost)

    def __repr__(self) -> str:
        if not self.base:
            model = self.proposal.model
            told = f"with the paths of {self.kin.paths_of}" if self.kin else "without a model"
            return f"<csimodels.Draft {told}: {len(model.constructs)} constructs, {len(model.asked)} items>"
        there = len(self.proposal.matches) - len(self.unmatched)
        return f"<csimodels.Draft {self.base}: {there} of {len(self.proposal.matches)} items have a column>"


def _told_by_words(kin: Kin, asked: bool) -> list[Message]:
    """Where constructs and paths come from, and which constructs of the model no column speaks of."""
    text = "no model was named: constructs are told by the words of the columns, with the paths of {model}"
    if asked:
        text = (
            "hardly a column fits an item of {model}: constructs are told by the words of the columns, with its paths"
        )
    lacking = [Message("no columns speak of {names}", names=listed(kin.lacking))] if kin.lacking else []
    return [Message(text, model=kin.paths_of), *lacking]


#: Roles that are written in comments only: those that are offered, and the identifier.
OFFERED = ("spoilt", "dates", "upper", "other")
UNWRITTEN = ("id", *OFFERED)


def init(
    model: str | Path | None = None,
    data: object = None,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
) -> Draft:
    """Propose a spec for a model and a survey: columns, scales, codes of no answer, weight, groups, waves.

    Parameters
    ----------
    model : str or Path, optional
        A library model or a spec file, which the new spec extends.  Without one the library model that fits the columns
        is taken.  Where fewer than half of the items have a column, but the words of the columns speak of satisfaction
        and two more constructs of the model (without one: of the field), the spec has these constructs with the
        questions of the file, and the paths of the model among them.  Else constructs without paths are guessed from
        the names of the columns.
    data : path or frame
        A file, or a table in memory.
    sheet, encoding, separator : str, optional
        Of a file, where they are not to be recognised.  Without a sheet the one whose columns look most like the items
        of the model is taken, the first of equals.

    Returns
    -------
    Draft
        The proposed spec, with what was guessed.

    Raises
    ------
    SpecError
        There is no such model, or no data.
    DataError
        The file cannot be read, or no column of it looks like answers.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 60, seed=1).data.rename(columns={"CUSL1": "cusl_1"}).drop(columns="CUSCO")
    >>> draft = cs.init("ecsi", data)
    >>> draft
    <csimodels.Draft ecsi: 23 of 24 items have a column>
    >>> draft.unmatched
    ('CUSCO',)
    >>> cs.init(data=data)
    <csimodels.Draft ecsi: 23 of 24 items have a column>
    """
    if model is not None and not isinstance(model, (str, os.PathLike)):
        found = type(model).__name__
        raise SpecError(Problem("a draft extends a library model or a file", "model", found, "str, Path"))
    if data is None:
        raise SpecError(Problem("a draft is made from a file or a table", "data", remedy="name the survey file"))
    loaded = None if model is None else load_model(model)
    table = plain_table(data, sheet=sheet, encoding=encoding, separator=separator)
    sheets = _sheets_not_read(table) if sheet is None else ()
    looks = []
    for other in sheets[:MOST_SHEETS]:
        with suppress(DataError):  # a sheet of notes is no table
            looks.append(_look(model, loaded, plain_table(data, sheet=other)))
    with suppress(DataError) if looks else nullcontext():  # the answers may lie on another sheet
        looks.insert(0, _look(model, loaded, table))
    proposal, base, fits, kin = max(looks, key=_rank)
    every = (table.source.sheet, *sheets)
    file = Path(data) if isinstance(data, (str, os.PathLike)) else None
    left = tuple(name for name in every if name != proposal.facts.source.sheet) if sheets else ()
    return Draft(proposal, base, file, left, fits, model is not None, kin)


_Look = tuple[Proposal, str, tuple[Fit, ...], Kin | None]


def _look(model: str | Path | None, loaded: Model | None, table: Table) -> _Look:
    """What is proposed of a table for a model; without one for that of the library which fits, or for none."""
    facts, cells = file_facts(table)
    if loaded is not None:
        name = os.fspath(model or "")
        proposal = proposed(loaded, facts, cells)
        strange = 2 * len(proposal.lost) > len(proposal.matches)
        told = by_words(facts, cells, [(name, loaded)]) if strange else None
        return (proposal, name, (), None) if told is None else (told[0], "", (), told[1])
    models = {entry.name: load_model(entry.name) for entry in library()}
    fits = library_fits(models.items(), facts.columns)
    best = next((fit for fit in fits if fit.well), None)
    told = by_words(facts, cells, [(name, models[name]) for name in SHARED]) if best is None or best.loose else None
    if best is not None and (told is None or len(told[0].matches) <= best.found):
        return proposed(models[best.name], facts, cells), best.name, fits, None
    return (without_model(facts, cells), "", fits, None) if told is None else (told[0], "", fits, told[1])


def _rank(found: _Look) -> tuple[bool, bool, int]:
    """Sheets that fit a model before others, then those that speak of its constructs, then those with more items."""
    proposal, base, _, kin = found
    return bool(base), kin is not None, len(proposal.matches) - len(proposal.lost)


def _sheets_not_read(table: Table) -> tuple[str, ...]:
    """Names of the sheets of a workbook that hold cells and were not read."""
    said = [note.detail for note in table.notes if note.step == "sheets not read"]
    names = [dict(detail.parts)["names"] for detail in said if isinstance(detail, Message)]
    return tuple(str(name) for part in names for name in dict(part.parts)["all"].parts)


def _extended(base: str, folder: Path) -> str:
    """What a spec of `folder` extends: a name of the library as it is, a file as seen from there."""
    return _seen_from(Path(base), folder) if Path(base).suffix or os.sep in base else base


def save_starter(model: str, path: Path, lang: str) -> None:
    """Write a spec to start from, with every item of `model`, where no survey was looked at; comments in `lang`."""
    text = starter(_extended(model, path.absolute().parent), load_model(model), translator(lang), lang)
    path.write_text(text, encoding="utf-8", newline="\n")


def _seen_from(path: Path, folder: Path) -> str:
    """A path as it is written in a spec of `folder`: relative where both lie on one drive."""
    try:
        shown = os.path.relpath(home_path(path), folder)
    except ValueError:  # another drive
        shown = str(home_path(path).absolute())
    return Path(shown).as_posix()
