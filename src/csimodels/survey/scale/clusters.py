"""Which cluster has the rows of a study: a Dask collection, a table of Spark, or Parquet files that workers read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from csimodels.errors import DataError, Problem
from csimodels.messages import Message
from csimodels.spec.file_list import FileList
from csimodels.spec.model import DataSpec
from csimodels.survey.files.names import digest_of
from csimodels.survey.files.state import file_hash
from csimodels.survey.options import Options
from csimodels.survey.scale.dask_cluster import DaskPieces
from csimodels.survey.scale.file_parts import wave_sql, with_parts
from csimodels.survey.scale.pieces import Cluster, Piece, Span, Spread, of_collection, of_files, spans_of
from csimodels.survey.scale.source import PARQUET, connect, matching_files, parquet_relation
from csimodels.survey.scale.spark_cluster import SparkPieces

#: Engine -> the cluster of Parquet files, or of parts of them.
_OF_FILES: dict[str, Callable[[tuple[Span, ...]], Cluster]] = {
    "dask": lambda spans: DaskPieces(spans=spans),
    "spark": lambda spans: SparkPieces(spans=spans),
}


def on_cluster(data: object) -> bool:
    """Whether a collection is spread over the workers of a cluster."""
    return _pieces(data) is not None


def _pieces(data: object) -> DaskPieces | SparkPieces | None:
    if _module(data) not in ("dask", "pyspark") or not hasattr(data, "columns"):  # a LazyFrame warns when it is asked
        return None
    if _module(data) == "dask" and hasattr(data, "npartitions"):
        return DaskPieces(data)
    return SparkPieces(data) if _module(data) == "pyspark" and hasattr(data, "mapInArrow") else None


def spread(data: object, spec: DataSpec, chosen: Options) -> Spread | None:
    """The rows in pieces; None where they are on no cluster.

    Parameters
    ----------
    data : path, pattern of paths, list of files, or collection
    spec : the section `data` of a model.
    chosen : the settings.

    Raises
    ------
    DataError
        The engine cannot take the data, or they hold no row.
    MissingExtraError
        The package of the engine is not installed.
    """
    pieces = _pieces(data)
    if pieces is not None:
        label = f"{_module(data)} {type(data).__name__}"
        return of_collection(pieces.kinds(), pieces, label, spec.memory_limit)
    if spec.engine not in _OF_FILES:
        return None
    if not isinstance(data, (Path, FileList)):
        kind = f"{_module(data)} {type(data).__name__}"
        what = Message("engine: {engine} takes a collection of its own or Parquet files", engine=spec.engine)
        raise DataError(Problem(what, found=kind, remedy="leave the engine out, or pass the path of Parquet files"))
    files = matching_files(data)
    if files[0].suffix.lower() not in PARQUET:
        what = Message('files with the suffix "{suffix}" are not read on a cluster', suffix=files[0].suffix)
        remedy = "write engine: duckdb, or save the data as Parquet"
        raise DataError(Problem(what, files[0].name, allowed=" ".join(PARQUET), remedy=remedy))
    whole = _OF_FILES[spec.engine](tuple(Span(str(file)) for file in files))
    found: list[tuple[int, str]] = whole.reduced([], _hash, _one_list)
    hashes = dict(found)
    digest = digest_of([hashes[number] for number in range(len(files))])
    connection = connect(spec.memory_limit)
    relation = parquet_relation(connection, files, digest)
    made = {}
    if isinstance(data, FileList):
        relation = with_parts(relation, data, chosen)
        if chosen.wave is not None and any(data.labels):
            made = {chosen.wave: wave_sql(data)}
    return of_files(relation, _OF_FILES[spec.engine](spans_of(connection, files)), spec.memory_limit, made)


def _module(data: object) -> str:
    return type(data).__module__.split(".")[0]


def _hash(piece: Piece) -> list[tuple[int, str]]:
    return [(piece.number, file_hash(Path(piece.span.path)))]


def _one_list(found: list[list[tuple[int, str]]]) -> list[tuple[int, str]]:
    return [pair for some in found for pair in some]
