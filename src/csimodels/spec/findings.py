"""What the checks find, before it is given a file and line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from csimodels.errors import Problem, listed, nearest
from csimodels.messages import Message, beside
from csimodels.spec.nodes import Loc, Map, Mark, Scalar, at

#: No more problems than this are shown; a last one tells how many were left out.
MAX_SHOWN = 200
#: Among more names than this no nearest one is looked for: it would take seconds.
_MANY = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at a place of the spec tree; ``key`` points at the key itself, not at its value.

    ``name`` is a name that is not among ``known``: what is allowed is worked out from them when the problem is shown.
    """

    loc: Loc
    what: str
    found: str = ""
    allowed: str = ""
    remedy: str = ""
    key: bool = False
    name: str = ""
    known: tuple[str, ...] = ()


def mark_of(tree: Map, finding: Finding) -> Mark:
    """Where `finding` stands: a scalar's own place, the key of anything larger."""
    node, key_mark = at(tree, finding.loc)
    return node.mark if isinstance(node, Scalar) and not finding.key else key_mark


def as_problems(tree: Map, findings: Iterable[Finding]) -> list[Problem]:
    """Findings in the order of the files and lines they point at, each said once, at most :data:`MAX_SHOWN`."""
    once = {(finding.loc, finding.what): finding for finding in findings}
    placed = [(mark_of(tree, finding), finding) for finding in once.values()]
    origins = {origin: k for k, origin in enumerate(dict.fromkeys(mark.origin for mark, _ in placed))}
    placed.sort(key=lambda pair: (origins[pair[0].origin], pair[0].line, pair[0].column))
    problems = [Problem(f.what, str(mark), f.found, f.allowed or _near(f), f.remedy) for mark, f in placed[:MAX_SHOWN]]
    if len(placed) > MAX_SHOWN:
        problems.append(Problem(Message("and {n} more problems", n=len(placed) - MAX_SHOWN), remedy="mend these first"))
    return problems


def _near(finding: Finding) -> str:
    if not finding.known:
        return ""
    hint = nearest(finding.name, finding.known) if len(finding.known) <= _MANY else ""
    return beside(hint, listed(finding.known, 30))
