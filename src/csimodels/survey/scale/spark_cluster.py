"""Pieces on Spark: partitions go to a worker's Python as Arrow batches (``mapInArrow``), small answers come back."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from csimodels.errors import CsiError, MissingExtraError
from csimodels.survey.scale.lost_workers import Workers, working
from csimodels.survey.scale.pieces import FAN, Piece, Span

T = TypeVar("T")
#: Types of Spark that DuckDB calls otherwise.
_KINDS = {"string": "varchar", "int": "integer"}
#: Seconds that Spark may be without any executor before it is given up (``spark.csimodels.patience``).
PATIENCE = 90.0
#: The one column of what workers give back.
_ANSWER = "answer binary"


@dataclass(frozen=True, eq=False)
class SparkPieces:
    """Partitions of a DataFrame of Spark, or Parquet files that the workers reach.

    Attributes
    ----------
    table : DataFrame of Spark; None where there are files.
    spans : Parquet files, or parts of them.
    """

    table: Any = None
    spans: tuple[Span, ...] = ()

    name = "Spark"

    @property
    def size(self) -> int:
        """Number of pieces."""
        return len(self.spans) if self.table is None else int(self.table.rdd.getNumPartitions())

    def _answers(self, columns: Sequence[str], work: Callable[[Piece], T]) -> Any:
        """A table of Spark with what a worker finds out of each piece."""
        if self.table is None:
            size = len(self.spans)
            numbers = _session().range(0, size, 1, size)
            return numbers.mapInArrow(partial(_of_files, work=work, spans=self.spans), _ANSWER)
        some = self.table.select([f"`{name.replace('`', '``')}`" for name in columns])
        return some.mapInArrow(partial(_of_rows, work=work), _ANSWER)

    def reduced(self, columns: Sequence[str], work: Callable[[Piece], T], merge: Callable[[list[T]], T]) -> T:
        """The answers of all pieces, put together on the workers where there are many."""
        answers = self._answers(columns, work)
        size = self.size
        while size > FAN * FAN:
            size = -(-size // FAN)
            answers = answers.repartition(size).mapInArrow(partial(_together, merge=merge), _ANSWER)
        with working(self.name, *_lost(), workers=_workers(answers)):
            found = answers.collect()
        return merge([_opened(row[0]) for row in found])

    def in_turn(self, columns: Sequence[str], work: Callable[[Piece], T]) -> Iterator[T]:
        """The answers of the pieces one after the other."""
        answers = self._answers(columns, work)
        rows, workers = iter(answers.toLocalIterator()), _workers(answers)
        while True:
            with working(self.name, *_lost(), workers=workers):
                row = next(rows, None)
            if row is None:
                return
            yield _opened(row[0])

    def kinds(self) -> dict[str, str]:
        """Columns of the table with their types, as DuckDB calls them."""
        return {name: _KINDS.get(kind, kind).upper() for name, kind in self.table.dtypes}


def _of_rows(batches: Iterator[Any], work: Callable[[Piece], Any]) -> Iterator[Any]:
    """The answer of one partition, whose rows come in batches; none of an empty one."""
    import pyarrow
    from pyspark import TaskContext

    rows = [batch for batch in batches if batch.num_rows]
    if rows:
        number = TaskContext.get().partitionId()
        yield _packed(work, Piece(number, pyarrow.Table.from_batches(rows)))


def _of_files(batches: Iterator[Any], work: Callable[[Piece], Any], spans: tuple[Span, ...]) -> Iterator[Any]:
    """The answers of the files whose numbers come."""
    for batch in batches:
        for number in batch.column(0).to_pylist():
            yield _packed(work, Piece(number, None, spans[number]))


def _together(batches: Iterator[Any], merge: Callable[[list[Any]], Any]) -> Iterator[Any]:
    found = [_opened(cell) for batch in batches for cell in batch.column(0).to_pylist()]
    if found:
        yield _packed(merge, found)


def _packed(work: Callable[[Any], Any], given: Any) -> Any:
    """What a worker found as one cell; a mistake of the user travels as such."""
    import pyarrow

    try:
        answer: Any = work(given)
    except CsiError as error:
        answer = error
    return pyarrow.RecordBatch.from_arrays([pyarrow.array([pickle.dumps(answer)], pyarrow.binary())], ["answer"])


def _opened(cell: Any) -> Any:
    found = pickle.loads(bytes(cell))
    if isinstance(found, CsiError):
        raise found
    return found


def _lost() -> list[type[Exception]]:
    """What Spark raises where a task failed or workers were lost."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return [Py4JError, PySparkException]


def _workers(answers: Any) -> Workers | None:
    """The executors that are to give answers; None where Spark starts and stops them itself or has one process."""
    try:
        context = answers.sparkSession.sparkContext
    except _lost()[1]:  # a session of Spark Connect does not know them
        return None
    conf, own = context.getConf(), context.master.startswith("local[") or context.master == "local"
    if own or conf.get("spark.dynamicAllocation.enabled", "false") == "true":
        return None
    driver = context._jsc.sc()  # the one way to its executors from Python
    patience = float(conf.get("spark.csimodels.patience", str(PATIENCE)))
    return Workers(lambda: int(driver.getExecutorMemoryStatus().size()) - 1, context.cancelAllJobs, patience)


def _session() -> Any:
    """The session that is open, or a new one.

    Raises
    ------
    MissingExtraError
        Spark for Python is not installed.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingExtraError("pyspark", "spark", "summing a survey on a cluster") from error
    return SparkSession.builder.getOrCreate()
