"""Everything that can go wrong, with the remedy in the text, and the numerical states of a fit.

An error carries every problem that was found, not the first one.  Each problem says what is wrong,
where it stands (file, line, column, row, construct or item), what was found, what is allowed, and what to do.
"""

from __future__ import annotations

import difflib
import errno
import math
import numbers
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

from csimodels.messages import N_, Message, Translate, about, joined, say
from csimodels.messages import listed as listed
from csimodels.spelling import cause, seen

#: Before what was found, what is allowed and what to do.
FOUND, ALLOWED, DO = N_("found:   "), N_("allowed: "), N_("do:      ")


#: What the system refuses, by its number; all else is told by its name.
_SYSTEM = {
    errno.ENOENT: N_("there is no such file or folder"), errno.EACCES: N_("permission is denied"),
    errno.EPERM: N_("permission is denied"), errno.ENOSPC: N_("the disk is full"),
    errno.EDQUOT: N_("the quota of the disk is used up"), errno.EROFS: N_("the disk is read-only"),
    errno.EISDIR: N_("this is a folder"), errno.ENOTDIR: N_("a part of the path is no folder"),
    errno.EBUSY: N_("another program holds it"), errno.EIO: N_("the disk cannot be read or written"),
    errno.ENAMETOOLONG: N_("the name is too long"), errno.EMFILE: N_("too many files are open"),
    errno.ENFILE: N_("too many files are open"), errno.ENOMEM: N_("there is no memory left"),
}  # fmt: skip


def system_reason(error: OSError) -> Message:
    """Why the system refused, in our words where its number is a usual one.

    >>> str(system_reason(OSError(errno.ENOSPC, "kein Platz"))), str(system_reason(OSError("odd")))
    ('the disk is full', 'the system refuses it')
    """
    if error.errno in _SYSTEM:
        return Message(_SYSTEM[error.errno])
    code = errno.errorcode.get(error.errno or 0, "")
    return Message("the system refuses it ({code})", code=code) if code else Message("the system refuses it")


def memory_problem(error: MemoryError) -> Problem:
    """What is said where there is not enough memory: how much was asked for at once, where that is known.

    >>> print(memory_problem(MemoryError()).what)
    not enough memory for so many rows or replicates
    """
    shape, kind = getattr(error, "shape", None), getattr(error, "dtype", None)
    size = math.prod(shape) * getattr(kind, "itemsize", 8) / 2**30 if isinstance(shape, tuple) else 0.0
    return Problem(
        "not enough memory for so many rows or replicates",
        found=Message("{n} GiB asked for at once", n=f"{size:,.1f}") if size >= 0.05 else "",
        remedy="ask for fewer replicates or for linearised errors, end other programs, or let a database sum the rows "
        "(data: {engine: duckdb})",
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in the words of a user.

    Parameters
    ----------
    what : str
        What is wrong, one sentence without a full stop.
    where : str
        ``file:line:column``, a row, a column, a construct or an item; may be empty.
    found, allowed, remedy : str
        The value found, what would have been accepted (or the nearest match), and what to do.  Each may be empty.

    Notes
    -----
    ``what`` and ``remedy`` are sentences: plain text becomes a :class:`~csimodels.messages.Message` without parts.
    The other fields hold names and values as they are, or a `Message` where they are words.
    """

    what: str
    where: str = ""
    found: str = ""
    allowed: str = ""
    remedy: str = ""

    def __post_init__(self) -> None:
        for name in ("what", "remedy"):
            text = getattr(self, name)
            if not isinstance(text, Message):
                object.__setattr__(self, name, Message(text))

    def __str__(self) -> str:
        return self.said(str)

    def said(self, translate: Translate) -> str:
        """The problem in the language of `translate`: its lines, the remedy last.

        Parameters
        ----------
        translate : callable
            From an English sentence to that of the language.

        Returns
        -------
        str
            The lines.
        """
        head = say(about(self.where, self.what), translate) if self.where else say(self.what, translate)
        lines = ((FOUND, self.found), (ALLOWED, self.allowed), (DO, self.remedy))
        return "\n".join([head, *(f"    {translate(name)}{say(text, translate)}" for name, text in lines if text)])


class CsiError(Exception):
    """Base of every error a user can cause or meet.  ``problems`` holds all of them at once.

    Parameters
    ----------
    problems : Problem, str or iterable of Problem
        What is wrong, all of it.
    """

    def __init__(self, problems: Problem | str | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        if isinstance(problems, Problem):
            problems = (problems,)
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.said(str))

    def said(self, translate: Translate) -> str:
        """Every problem in the language of `translate`.

        Parameters
        ----------
        translate : callable
            From an English sentence to that of the language.

        Returns
        -------
        str
            One problem, or a list of them.
        """
        texts = [problem.said(translate) for problem in self.problems]
        if len(texts) == 1:
            return texts[0]
        return "\n".join([say(Message("{n} problems:", n=len(texts)), translate), *(f"- {text}" for text in texts)])


class SpecError(CsiError):
    """The spec file, or an option, is wrong."""


class DataError(CsiError):
    """The survey does not fit the model, or cannot be read."""


class EstimationError(CsiError):
    """The numbers asked for cannot be computed from these data."""


def refuse_together(*checks: Callable[[], object]) -> None:
    """Carry out all checks, and raise one error with the problems of all those that refuse.

    Parameters
    ----------
    checks : callables without arguments
        None of them needs what another one has found to be sound.

    Raises
    ------
    SpecError, DataError, EstimationError
        Of the kind of the first that refuses.
    """
    found: list[CsiError] = []
    for check in checks:
        try:
            check()
        except (SpecError, DataError, EstimationError) as error:
            found.append(error)
    if len(found) == 1:
        raise found[0]
    if found:
        raise type(found[0])(dict.fromkeys(problem for error in found for problem in error.problems))


class MissingExtraError(CsiError):
    """An optional package is needed for what was asked.

    Parameters
    ----------
    package, extra, purpose : str
        Import name, the extra of csimodels that installs it, and what it is needed for.
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            Problem(
                Message(
                    "{purpose} needs the package {package}, which is not installed",
                    purpose=Message(purpose),
                    package=package,
                ),
                remedy=Message('pip install "csimodels[{extra}]"', extra=extra),
            )
        )


class CsiWarning(UserWarning):
    """Something a user should know that does not stop the work; the same text stands in the result's notes."""


class Status(IntFlag):
    """Numerical state of one element of a batch of fits; several may hold at once.

    ``OK`` is zero, so ``status == 0`` means that nothing is to be said.
    """

    OK = 0
    NOT_CONVERGED = 1
    SINGULAR = 2
    INADMISSIBLE = 4
    TOO_FEW = 8
    NEARLY_UNIDENTIFIED = 16
    LOST_TO_CODES = 32

    def describe(self) -> Message:
        """The state in words, ``"ok"`` or for example ``"not converged; inadmissible"``."""
        if not self:
            return OK
        return joined(_STATUS_WORDS[flag] for flag in Status if flag in self and flag)


#: The status of a row of which nothing is to be said.
OK = Message("ok")
_STATUS_WORDS = {
    Status.NOT_CONVERGED: Message("not converged"),
    Status.SINGULAR: Message("singular"),
    Status.INADMISSIBLE: Message("inadmissible"),
    Status.TOO_FEW: Message("too few answers"),
    Status.NEARLY_UNIDENTIFIED: Message("nearly not identified"),
    Status.LOST_TO_CODES: Message("a third of an item lost to missing codes"),
}

#: A fit with one of these states has no usable numbers; the others are shown with their flag.
UNUSABLE = Status.SINGULAR | Status.TOO_FEW | Status.NOT_CONVERGED


def is_whole(value: object) -> bool:
    """Whether `value` is a whole number of Python's or numpy's; True and False are none."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def is_real(value: object) -> bool:
    """Whether `value` is a finite number of Python's or numpy's; True and False are none."""
    if not is_number(value):
        return False
    try:
        return math.isfinite(value)  # type: ignore[arg-type]
    except OverflowError:  # too large for a float
        return False


def is_number(value: object) -> bool:
    """Whether `value` is a number of Python's or numpy's, infinite and NaN included; True and False are none."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def nearest(name: object, candidates: Iterable[str]) -> Message:
    """``'did you mean "Loyalty"?'``, or an empty string where nothing is near.

    Compares without regard to case, so that ``sat1`` finds ``SAT1``; one that begins as the name does goes before one
    that has as many of its letters elsewhere.  Of a name that only looks the same (full width, characters without
    width) it is said what differs.

    >>> str(nearest("max_iterations", ["interactions", "max_iter"])), str(nearest("tolerance", ["tol", "by"]))
    ('did you mean "max_iter"?', 'did you mean "tol"?')
    """
    if not isinstance(name, str):
        return Message("")
    known = {c.casefold(): c for c in candidates}
    alike = next((c for c in known.values() if seen(c) == seen(name)), None)
    if alike is not None and (differs := cause(name, alike)):
        return Message('did you mean "{name}"? {differs}', name=alike, differs=differs)
    given = name.casefold()
    begun = [c for c in known if min(len(c), len(given)) > 2 and (c.startswith(given) or given.startswith(c))]
    near = difflib.get_close_matches(given, list(known), n=1, cutoff=0.9)
    hit = near or difflib.get_close_matches(given, begun, n=1, cutoff=0.0)
    hit = hit or difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return Message('did you mean "{name}"?', name=known[hit[0]]) if hit else Message("")


def nearest_file(name: str, files: Iterable[str]) -> Message:
    """As :func:`nearest`, for files of one kind: endings, which all of them share, bring no two names together.

    Names of one or two letters are near to those that differ in one of them.

    >>> str(nearest_file("nofile.yaml", ["cn.yaml", "my.yaml"])), str(nearest_file("demmo.yml", ["demo.yaml"]))
    ('', 'did you mean "demo.yaml"?')
    >>> str(nearest_file("e.csv", ["survey.csv", "d.csv"]))
    'did you mean "d.csv"?'
    """
    by_stem: dict[str, str] = {}
    for file in files:
        by_stem.setdefault(Path(file).stem, file)
    asked = seen(name)
    if same := next((file for file in by_stem.values() if seen(file) == asked), None):
        return nearest(name, [same])
    stem, known = Path(name).stem.casefold(), {known.casefold(): file for known, file in by_stem.items()}
    short = [k for k in known if len(k) == len(stem) < 3 and sum(a != b for a, b in zip(k, stem, strict=True)) < 2]
    hit = short or difflib.get_close_matches(stem, list(known), n=1)
    found = known[hit[0]] if hit else None
    return Message('did you mean "{name}"?', name=found) if found else Message("")


def refuse_lost_folder(file: Path) -> None:
    """SpecError where the folder that a file is to be written into does not exist."""
    if not file.absolute().parent.is_dir():
        raise SpecError(Problem("the folder does not exist", str(file), remedy="make it, or name another file"))
