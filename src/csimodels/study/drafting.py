"""A spec proposed from a file: its columns, codes, scales and roles, with every guess marked."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from csimodels.draft.compose import composed
from csimodels.draft.facts import file_facts
from csimodels.draft.proposal import Proposal, proposed
from csimodels.errors import DataError, Problem, SpecError, refuse_lost_folder
from csimodels.i18n import translator
from csimodels.messages import Message
from csimodels.spec import load_model, parse_model
from csimodels.survey.plain import plain_table
from csimodels.survey.table import Table

#: Sheets of a workbook that are looked at beside the first.
MOST_SHEETS = 8
#: What a spec says of data that were no file.
NO_FILE = "my-survey.csv"


@dataclass(frozen=True)
class Draft:
    """A spec proposed for a model and a file.

    Attributes
    ----------
    proposal : Proposal
        Everything that was found and guessed.
    base : str
        Library model, or file, that the spec extends.
    file : Path or None
        The data file.
    sheets : tuple of str
        Other sheets of a workbook, which were not taken: fewer of their columns look like items.
    """

    proposal: Proposal
    base: str
    file: Path | None
    sheets: tuple[str, ...] = ()

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
        base = self.base
        if Path(base).suffix or os.sep in base:
            base = _seen_from(Path(base), Path(folder))
        file = NO_FILE if self.file is None else _seen_from(self.file, Path(folder))
        return composed(self.proposal, base, file, translator(lang), lang)

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
        there = len(self.proposal.matches) - len(self.unmatched)
        return f"<csimodels.Draft {self.base}: {there} of {len(self.proposal.matches)} items have a column>"


#: Roles that are offered in comments only.
UNWRITTEN = ("id", "upper", "other")


def init(
    model: str | Path,
    data: object,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
) -> Draft:
    """Propose a spec for a model and a survey: columns, scales, codes of no answer, weight, groups, waves.

    Parameters
    ----------
    model : str or Path
        A library model or a spec file, which the new spec extends.
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
        There is no such model.
    DataError
        The file cannot be read.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 60, seed=1).data.rename(columns={"CUSL1": "cusl_1"}).drop(columns="CUSCO")
    >>> draft = cs.init("ecsi", data)
    >>> draft
    <csimodels.Draft ecsi: 23 of 24 items have a column>
    >>> draft.unmatched
    ('CUSCO',)
    """
    if not isinstance(model, (str, os.PathLike)):
        found = type(model).__name__
        raise SpecError(Problem("a draft extends a library model or a file", "model", found, "str, Path"))
    loaded = load_model(model)
    table = plain_table(data, sheet=sheet, encoding=encoding, separator=separator)
    found = proposed(loaded, *file_facts(table))
    sheets = _sheets_not_read(table) if sheet is None else ()
    for other in sheets[:MOST_SHEETS]:
        with suppress(DataError):  # a sheet of notes is no table
            again = proposed(loaded, *file_facts(plain_table(data, sheet=other)))
            found = again if len(again.lost) < len(found.lost) else found
    every = (table.source.sheet, *sheets)
    file = Path(data) if isinstance(data, (str, os.PathLike)) else None
    left = tuple(name for name in every if name != found.facts.source.sheet) if sheets else ()
    return Draft(found, os.fspath(model), file, left)


def _sheets_not_read(table: Table) -> tuple[str, ...]:
    """Names of the sheets of a workbook that hold cells and were not read."""
    said = [note.detail for note in table.notes if note.step == "sheets not read"]
    names = [dict(detail.parts)["names"] for detail in said if isinstance(detail, Message)]
    return tuple(str(name) for part in names for name in dict(part.parts)["all"].parts)


def _seen_from(path: Path, folder: Path) -> str:
    """A path as it is written in a spec of `folder`: relative where both lie on one drive."""
    try:
        shown = os.path.relpath(path.expanduser(), folder)
    except ValueError:  # another drive
        shown = str(path.expanduser().absolute())
    return Path(shown).as_posix()
