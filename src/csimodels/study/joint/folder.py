"""A joint fit of groups, or the ladder of invariance, in a folder of its own: written, and made again to verify it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.errors import DataError, Problem
from csimodels.messages import as_json
from csimodels.report import require
from csimodels.report.joint import JointContent
from csimodels.spec import dump_model
from csimodels.study.joint.origin import Origin
from csimodels.study.reporting import refuse_foreign
from csimodels.study.stored.folder import check_folder, replaced, seen_from
from csimodels.study.stored.manifest import MANIFEST, dumps, own_files, write_text
from csimodels.study.stored.tables import FORMAT, frame_dict, manifest_of, write_csv
from csimodels.survey import file_hash

#: Formats of the report that a joint fit has.
FORMATS = ("html", "xlsx")


@plain_methods
class Joint(ABC):
    """What can be written: a joint fit, or the ladder."""

    #: What a folder of it is called in its ``result.json``.
    kind: ClassVar[str]
    by: tuple[str, ...]
    n: tuple[int, ...]
    notes: tuple[str, ...]
    origin: Origin

    @abstractmethod
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by the name of its file."""

    def save(self, folder: str | Path, *, data: str | Path | None = None, report: bool = True) -> list[Path]:
        """Write everything about it into `folder`; of a ladder the page shows the last step that holds, files all.

        ``report.html`` and ``tables.xlsx`` in the languages of the spec's ``report:``, tidy CSV files, ``spec.yaml``,
        ``result.json`` and ``manifest.json`` with the hash of every file; :func:`csimodels.verify` makes it again.

        Parameters
        ----------
        folder : str or Path
            Folder to write; one that holds files but no result is refused.
        data : str or Path, optional
            The file the answers came from, where it is not the one that the spec names.
        report : bool
            False leaves page and workbook out.

        Returns
        -------
        list of Path
            The files written.
        """
        return _save(self, folder, data, report)


def _save(found: Joint, folder: str | Path, data: str | Path | None, report: bool) -> list[Path]:
    out = check_folder(folder)
    if data is not None and not Path(data).is_file():
        raise DataError(Problem("there is no such data file", str(data), remedy="name the file the answers came from"))
    wanted = tuple(kind for kind in found.origin.model.report.formats if kind in FORMATS) if report else ()
    require(wanted)
    refuse_foreign(out, wanted, own_files(out))
    tables = found.tables()
    with replaced(out) as stage:
        spec, numbers = stage / "spec.yaml", stage / "result.json"
        source = Path(data) if data is not None else found.origin.data_file
        named, files = seen_from(source, out)
        model = found.origin.model
        write_text(spec, dump_model(replace(model, data=replace(model.data, file=named, files=files)), complete=True))
        write_text(numbers, dumps(_stored(found, tables)))
        written = [spec, numbers, *write_csv(tables, stage)]
        content = JointContent(model, found.by, found.n, found.notes, found.origin.facts, tables)
        written += content.write(stage, wanted)
        kind = {"kind": found.kind}
        extra: dict[str, Any] = {"data_file": named or [name for _, name in files] or None}
        extra |= {} if data is None else {"data_sha256": file_hash(Path(data))}
        write_text(
            stage / f"{MANIFEST}.part",
            dumps(manifest_of(written, stage, model.hash, found.origin.facts) | kind | extra),
        )
    return [out / path.relative_to(stage) for path in written] + [out / MANIFEST]


def _stored(found: Joint, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": found.kind,
        "name": found.origin.model.name,
        "by": list(found.by),
        "options": dict(found.origin.options),
        "notes": list(map(str, found.notes)),
        "messages": [as_json(note) for note in found.notes],
        "facts": {name: str(fact) for name, fact in found.origin.facts.items()},
        "tables": {name: frame_dict(table) for name, table in tables.items()},
    }
