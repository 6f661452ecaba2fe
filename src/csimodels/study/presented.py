"""What a result shows to a reader: a summary in a few lines, figures, the view of a notebook, the report."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from csimodels.arguments import plain_methods
from csimodels.errors import DataError, Problem, SpecError
from csimodels.i18n import language_of_user
from csimodels.messages import Message
from csimodels.spec import Model
from csimodels.study.reporting import check_report, refuse_foreign
from csimodels.study.stored.manifest import MANIFEST, own_files, stamp, write_beside

if TYPE_CHECKING:
    from csimodels.report import Content, Figures


@plain_methods
class Presented:
    """Methods of a result for people who read it."""

    model: Model

    @property
    def content(self) -> Content:
        """The tables as the report takes them."""
        raise NotImplementedError

    def summary(self, language: str | None = None, width: int = 88) -> str:
        """The main things in a few lines, as ``csi run`` prints them: headline and change, indices, league, drivers.

        Parameters
        ----------
        language : {"en", "zh"}, optional
            Language of the lines; that of the user (``CSI_LANG``) where left out.
        width : int
            Columns after which lists are broken into lines; full-width letters take two.

        Returns
        -------
        str
            Lines of text.  Every table is a method of its own, see docs/tables.md.

        Raises
        ------
        SpecError
            Another language, or a width that is no positive number.

        Examples
        --------
        >>> import csimodels as cs
        >>> result = cs.Study("ecsi", cs.simulate("ecsi", 250, seed=1).data).run()
        >>> print(result.summary().splitlines()[1])
        Customer satisfaction 75.4  95% [73.0, 77.7]
        """
        if width < 1:
            out_of_range = Message("{name} is out of range", name="width")
            raise SpecError(Problem(out_of_range, "width", str(width), Message("at least {n}", n=1)))
        check_report(() if language is None else (language,), ())
        from csimodels.report.escaping import clean
        from csimodels.report.overview import overview

        return "\n".join(clean(line) for line in overview(self.content, language or language_of_user(), width))

    @cached_property
    def figures(self) -> Figures:
        """Figures of this result; see :class:`csimodels.report.Figures`."""
        from csimodels.report import Figures

        return Figures(self.content)

    def report(
        self,
        folder: str | Path,
        languages: tuple[str, ...] | str | None = None,
        formats: tuple[str, ...] | str | None = None,
        template: str | Path | None = None,
    ) -> list[Path]:
        """Write the report into `folder` and return the files written.

        Parameters
        ----------
        folder : str or Path
            Folder to write into.
        languages : tuple of str or str, optional
            ``("en", "zh")`` or one of them; the spec's own where left out.
        formats : tuple of str or str, optional
            ``("html", "xlsx", "profiles", "pdf", "docx", "pptx")`` or some of them; the spec's own where left out.
        template : str or Path, optional
            A .docx whose styles, page and header the text document takes; the spec's own where left out.

        Returns
        -------
        list of Path
            The files written.
        """
        from csimodels.report.formats import all_written, beside, files_of, is_edited

        languages = _several(languages) or self.model.report.languages
        formats = _several(formats) or self.model.report.formats
        content = self.content if template is None else _with_template(self.content, template)
        check_report(languages, formats, content.model)
        out = Path(folder)
        if out.is_file() or any(parent.is_file() for parent in out.parents):
            raise DataError(Problem("the folder for the report is a file", str(folder), remedy="name another folder"))
        written_before = own_files(out)
        refuse_foreign(out, formats, {name: written_before[name] for name in written_before if is_edited(name)})
        out.mkdir(parents=True, exist_ok=True)
        linked = beside(formats, languages, out)
        content = replace(content, beside=linked) if linked else content
        written = []
        for kind, name, langs in files_of(formats, languages):
            writing = partial(_write, content, kind, langs)
            (out / name).parent.mkdir(exist_ok=True)
            written += all_written(kind, write_beside(out / name, writing))
        if (out / MANIFEST).is_file():
            stamp(out, written)
        return written

    def _repr_html_(self) -> str:
        from csimodels.report.html.notebook import notebook

        return notebook(self.content, language_of_user(), self.figures)


def _write(content: Content, kind: str, languages: tuple[str, ...], path: Path) -> Path:
    from csimodels.report.formats import write

    return write(content, kind, path, languages)


def _with_template(content: Content, template: str | Path) -> Content:
    """The same report with a Word template of its own."""
    looks = replace(content.model.report, template=str(Path(template).absolute()))
    return replace(content, model=replace(content.model, report=looks))


def _several(names: tuple[str, ...] | str | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())
