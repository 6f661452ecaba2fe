"""Results on disk: save and load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from csimodels.arguments import plain_arguments
from csimodels.errors import DataError, Problem
from csimodels.estimate import Design
from csimodels.messages import N_, Message, as_json, from_json, joined, known
from csimodels.moments.linalg import Floats
from csimodels.rollup.comparisons import Comparing
from csimodels.spec import Model, dump_model, load_model, logo_path, moments_path, rollup_path, template_path
from csimodels.spec.model import ReportSpec
from csimodels.study.covariance import Structures
from csimodels.study.desk import Desk
from csimodels.study.replicate_counts import Tally
from csimodels.study.reporting import refuse_foreign
from csimodels.study.result import Result, with_notes
from csimodels.study.settings import written_out
from csimodels.study.stored.blocks import StoredBlocks
from csimodels.study.stored.folder import check_folder, finish, relative, replaced, seen_from
from csimodels.study.stored.form import ARRAYS, check_stored
from csimodels.study.stored.manifest import (
    MANIFEST,
    Misfit,
    damaged,
    dumps,
    edited,
    own_files,
    read_json,
    read_manifest,
    refuse_edited,
    write_text,
)
from csimodels.study.stored.sense import check_sense
from csimodels.study.stored.tables import FORMAT, frame_dict, frame_of, json_value, manifest_of, write_csv
from csimodels.survey import LogEntry, file_hash
from csimodels.tables import Estimates, Layout

#: The note of a loaded result whose folder was changed.
OTHER_FILES = N_("files of this folder are not what was written: {files}")


@plain_arguments
def save(result: Result, folder: str | Path, *, data: str | Path | None = None, report: bool = True) -> list[Path]:
    """Write everything about `result` into `folder`; returns the files written.

    ``report.html`` and ``tables.xlsx`` (as the spec's ``report:`` says), tidy CSV files (UTF-8 with BOM, so that
    spreadsheets show Chinese), ``spec.yaml`` (the complete model, overrides included), ``result.json`` and
    ``manifest.json`` (hash of every file, versions, options, time).  The folder is whole or not there: everything is
    written beside and put in place at the end, so that a run that is stopped leaves the earlier result.

    Parameters
    ----------
    result : Result
        What was estimated.
    folder : str or Path
        Folder to write; one that holds files but no result is refused.
    data : str or Path, optional
        The file the answers came from, where it is not the one that the spec names.
    report : bool
        False leaves the report out.

    Returns
    -------
    list of Path
        The files written.
    """
    out = check_folder(folder)
    if data is not None and not Path(data).is_file():
        raise DataError(Problem("there is no such data file", str(data), remedy="name the file the answers came from"))
    if report:
        refuse_foreign(out, result.model.report.formats, own_files(out))
    with replaced(out) as stage:
        written = [stage / "spec.yaml", stage / "result.json", *write_csv(result.tables(), stage)]
        sources = _write_spec(result, written[0], out, data)
        write_text(written[1], dumps(_result_dict(result)))
        if report:
            written += result.report(stage)
        write_text(
            stage / f"{MANIFEST}.part", dumps(manifest_of(written, stage, result.model.hash, result.facts) | sources)
        )
    return [out / path.relative_to(stage) for path in written] + [out / MANIFEST]


def _write_spec(result: Result, path: Path, out: Path, data: str | Path | None) -> dict[str, Any]:
    """The complete model, files named as seen from `out`; returns where the data and the weights are, with hashes."""
    source = Path(data) if data is not None else result.data_file
    model = result.model
    named, files = seen_from(source, out)
    weights = rollup_path(model)
    rollup = replace(model.rollup, weights=None if weights is None else relative(weights, out))
    folder = None if source is not None else moments_path(model)
    taken = None if folder is None else relative(folder, out)
    where = replace(model.data, file=named, moments=taken, files=files)
    stored = replace(model, data=where, rollup=rollup, estimate=written_out(model), report=_looks(model, out))
    write_text(path, dump_model(stored, complete=True))
    sources: dict[str, Any] = {"data_file": named or taken or [name for _, name in files] or None}
    if weights is not None and weights.is_file():
        sources["weights_sha256"] = file_hash(weights)
    if data is not None:
        sources["data_sha256"] = file_hash(Path(data))
    return sources


def _looks(model: Model, out: Path) -> ReportSpec:
    """The section report, its template and logo named as seen from `out`."""
    template, logo = template_path(model), logo_path(model)
    brand = replace(model.report.brand, logo=None if logo is None else relative(logo, out))
    return replace(model.report, template=None if template is None else relative(template, out), brand=brand)


@plain_arguments
def load_result(folder: str | Path) -> Result:
    """The result that :func:`save` or ``csi run`` wrote into `folder`: every table, without the respondents.

    Numbers are found by the names of their blocks: those that an older version did not write are NaN, those that this
    version does not know are left out, and a note names them.

    Parameters
    ----------
    folder : str or Path
        The output folder.

    Returns
    -------
    Result
        Its tables, notes and facts; no respondents.

    Raises
    ------
    DataError
        The folder holds no result, or one of another format.

    Examples
    --------
    >>> import tempfile
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1).data
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = cs.save(cs.Study("ecsi", data, uncertainty=None).run(), f"{folder}/out", report=False)
    ...     again = cs.load_result(f"{folder}/out")
    >>> again
    <csimodels.Result ecsi: 1 fit, 0 notes>
    """
    out = Path(folder)
    finish(out)
    manifest = _manifest_of(out)
    stored, result = _read(out)
    refuse_edited(out, manifest)
    try:
        check_sense(result, stored)
    except Misfit as error:
        raise damaged(out / "result.json", error) from error
    if manifest["facts"] != {name: str(fact) for name, fact in result.facts.items()}:
        raise damaged(out / MANIFEST, Message("its facts are not those of {file}", file="result.json"))
    changed = edited(out, manifest)
    if not changed:
        return result
    note = Message(OTHER_FILES, files=joined(changed))
    return with_notes(result, (note,))


def _manifest_of(out: Path) -> dict[str, Any]:
    """The manifest, once the folder is known to hold a result of this format."""
    stored_format(read_json(out / "result.json"), out)
    return read_manifest(out)


def stored_format(stored: Mapping[str, Any], out: Path) -> None:
    """Refuse a result of another format.

    Raises
    ------
    DataError
        ``result.json`` was written in another format.
    """
    if "kind" in stored:
        what = "the folder holds a fit of several groups together, not the result of a study"
        remedy = "open its report.html, or read its tables: tables/joint_parameters.csv"
        raise DataError(Problem(what, str(out), remedy=remedy))
    if stored.get("format") != FORMAT:
        what = "the result was written by another version of csimodels"
        found, allowed = Message("format {n}", n=str(stored.get("format"))), Message("format {n}", n=FORMAT)
        raise DataError(Problem(what, str(out / "result.json"), found, allowed, "run the spec again"))


def read_result(out: Path) -> Result:
    """The result in a folder as it stands, its form checked, hashes and numbers not: ``csi verify`` compares those.

    Raises
    ------
    DataError
        The folder holds no result, one of another format, or a damaged one.
    """
    return _read(out)[1]


def _read(out: Path) -> tuple[dict[str, Any], Result]:
    """``result.json`` as it stands in a folder, and the result that it holds."""
    stored = read_json(out / "result.json")
    stored_format(stored, out)
    model = load_model(out / "spec.yaml")
    try:
        wave = model.data.wave.column
        check_stored(stored, (*model.data.by, wave) if wave and wave not in model.data.by else model.data.by)
        return stored, _from_dict(replace(model, name=stored["name"]), stored)
    except (AttributeError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise damaged(out / "result.json", error) from error


def _result_dict(result: Result) -> dict[str, Any]:
    e = result.estimates
    return {
        "format": FORMAT,
        "name": result.model.name,
        "by": list(e.by),
        "keys": [list(k) for k in e.keys],
        "blocks": {name: [b.start, b.stop] for name, b in e.layout.blocks.items()},
        **{part: [_floats(row) for row in getattr(e, part)] for part in (*ARRAYS, "df")},
        "n": _floats(e.n),
        "n_eff": _floats(e.n_eff),
        "status": [int(s) for s in e.status],
        "iterations": [int(i) for i in e.iterations],
        "smallest_eigenvalue": _floats(e.smallest_eigenvalue),
        "tallies": [asdict(t) | {"key": list(t.key)} for t in result.tallies],
        "notes": list(result.notes),
        "facts": result.facts,
        "messages": _messages_dict(result),
        "survey_log": result.survey_log.to_dict(orient="list"),
        "tables": {name: frame_dict(table) for name, table in result.comparing.tables().items()},
        "structures": {name: frame_dict(table) for name, table in result.structures.tables().items()},
        "desk": {name: frame_dict(table) for name, table in result.desk_tables().items()},
        "overall": None if result.overall is None else _result_dict(result.overall),
    }


def _messages_dict(result: Result) -> dict[str, Any]:
    """Notes, facts and words of the tables with their templates and parts, so that they can be translated."""
    return {
        "notes": [as_json(note) for note in result.notes],
        "facts": {name: as_json(fact) for name, fact in result.facts.items() if isinstance(fact, Message)},
        "tables": [as_json(message) for message in result.told.values()],
    }


def _from_dict(model: Any, stored: Mapping[str, Any]) -> Result:
    layout = Layout.of(model, Design.of(model))
    blocks = StoredBlocks.of(stored["blocks"], layout)
    value = blocks.place(stored["value"])
    estimates = Estimates(
        layout=layout,
        by=tuple(stored["by"]),
        keys=tuple(tuple(k) for k in stored["keys"]),
        value=value,
        se=blocks.place(stored["se"]),
        low=blocks.place(stored["low"]),
        high=blocks.place(stored["high"]),
        p=blocks.place(stored["p"]),
        df=blocks.place(stored["df"]) if "df" in stored else np.full_like(value, np.nan),
        n=_array(stored["n"]),
        n_eff=_array(stored["n_eff"]),
        status=np.asarray(stored["status"], dtype=np.int64),
        iterations=np.asarray(stored["iterations"], dtype=np.int64),
        smallest_eigenvalue=_array(stored["smallest_eigenvalue"]),
    )
    of_structure = {name: frame_of(table) for name, table in stored.get("structures", {}).items()}
    kept = {name: frame_of(table) for name, table in stored.get("tables", {}).items()}
    said = stored.get("messages", {})  # a folder of version 0.1 has none: its sentences stay English
    notes = tuple(map(from_json, said.get("notes", stored["notes"])))
    facts = {name: from_json(fact) for name, fact in said.get("facts", {}).items()}
    if list(map(str, notes)) != stored["notes"] or any(str(v) != stored["facts"].get(k) for k, v in facts.items()):
        raise Misfit(Message("messages: they do not say what notes and facts say"))
    return Result(
        model=model,
        estimates=estimates,
        comparing=Comparing(model, estimates, stored=kept),
        structures=Structures(model, stored=of_structure),
        desk=Desk(stored={name: frame_of(table) for name, table in stored.get("desk", {}).items()}),
        tallies=tuple(Tally(**{**t, "key": tuple(t["key"])}) for t in stored["tallies"]),
        noted=partial(tuple, (*notes, *blocks.notes())),
        stated=partial(dict, stored["facts"] | facts),
        told=known(map(from_json, said.get("tables", []))),
        log=tuple(LogEntry(*cells) for cells in zip(*stored["survey_log"].values(), strict=True)),
        overall=None if stored["overall"] is None else _from_dict(model, stored["overall"]),
    )


def _floats(values: Floats) -> list[Any]:
    return [json_value(v) for v in values.tolist()]


def _array(values: list[Any]) -> Floats:
    return np.asarray(values, dtype=np.float64)  # None becomes NaN
