"""What is published of several groups in one covariance structure: the tables, and the files that are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from csimodels.i18n import N_, translator
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.html.table_views import Lang
from csimodels.report.wording import sayer
from csimodels.report.workbook.book import write_xlsx
from csimodels.spec.model import Model


@dataclass(frozen=True, eq=False)
class JointContent:
    """A joint fit of groups, or a ladder of them.

    Attributes
    ----------
    model : Model
    by : tuple of str
        Group columns.
    n : tuple of int
        Rows of each group.
    notes : tuple of str
        What the reader must know.
    facts : mapping of str to str
        How it was computed.
    tables : mapping of str to DataFrame
        By the names of the catalogue; of a ladder (which has the table ``invariance``) with the column ``step``.
    """

    model: Model
    by: tuple[str, ...]
    n: tuple[int, ...]
    notes: tuple[str, ...]
    facts: Mapping[str, str]
    tables: Mapping[str, pd.DataFrame]

    def lang(self, code: str) -> Lang:
        """What every view needs in one language."""
        tr = translator(code)
        level = formatting.level_text(self.model.uncertainty.level)
        return Lang(code, tr, self.model, level, True, sayer({}, self.model, code, tr))

    def facts_in_words(self, lang: Lang) -> list[tuple[str, str]]:
        """Name and value of every fact."""
        out = []
        for key, value in self.facts.items():
            text = lang.tr(formatting.RULES[value]) if key == "missing rule" and value in formatting.RULES else ""
            if key == "level":
                text = lang.level
            elif key in ("n in file", "n used"):
                text = formatting.number(formatting.as_float(value), 0)
            out.append((clean(lang.tr(formatting.FACTS.get(key, key))), clean(text or lang.say(value))))
        return out

    def write(self, folder: Path, formats: Sequence[str]) -> list[Path]:
        """Write the page, in all languages of the spec, and the workbook, in the first."""
        languages = self.model.report.languages
        written = []
        if "html" in formats:
            from csimodels.report.html.joint import write_joint_html

            written.append(write_joint_html(self, folder / "report.html", languages))
        if "xlsx" in formats:
            lang = self.lang(languages[0])
            sheets = {lang.tr(_ABOUT): self._about(lang), **self.tables}
            written.append(write_xlsx(sheets, folder / "tables.xlsx", languages[0]))
        return written

    def _about(self, lang: Lang) -> pd.DataFrame:
        """Facts and notes as the first sheet."""
        rows = self.facts_in_words(lang) + [(lang.tr(_NOTE), clean(lang.say(note))) for note in self.notes]
        return pd.DataFrame(rows, columns=["subject", "value"])


_ABOUT, _NOTE = N_("How it was computed"), N_("Note")
