"""What a spec asks for beside the model, section by section (docs/desk.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WeightMethod = Literal["stated", "equal", "model", "ahp", "delphi", "entropy", "critic", "variation"]
RandomIndexName = Literal["saaty1980", "saaty2005"]

#: Methods that take the weights from the spread of the answers.
OBJECTIVE: tuple[WeightMethod, ...] = ("entropy", "critic", "variation")


@dataclass(frozen=True, slots=True)
class HierarchyNode:
    """A node of a hierarchy of weights, with what it is made of.

    Attributes
    ----------
    name : str
    parts : tuple of str
        Other nodes, items or constructs of the model.
    method : str
        Where the weights come from.
    weights : tuple of float
        Of the parts, where they are stated.
    judges : tuple of matrices
        Pairwise comparisons of the parts, one matrix for each judge (``ahp``).
    experts : tuple of (str, tuple of float)
        Points that each expert gives to the parts (``delphi``).
    random_index : str
        Table that the consistency ratio is taken from.
    limit : float
        Largest consistency ratio that is accepted.
    label : (str, str)
        English and Chinese name, either may be empty.
    """

    name: str
    parts: tuple[str, ...]
    method: WeightMethod = "equal"
    weights: tuple[float, ...] = ()
    judges: tuple[tuple[tuple[float, ...], ...], ...] = ()
    experts: tuple[tuple[str, tuple[float, ...]], ...] = ()
    random_index: RandomIndexName = "saaty1980"
    limit: float = 0.1
    label: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class EffortSpec:
    """Costs of raising drivers: ``costs`` and ``caps`` by driver, ``budget`` None where none is stated."""

    construct: str
    costs: tuple[tuple[str, float], ...]
    budget: float | None = None
    caps: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ClassesSpec:
    """Customer classes, or touchpoints, with what each counts in the total.

    Attributes
    ----------
    column : str
        A group column; it joins ``data: by`` where that does not name it.
    weights : tuple of (str, float)
        Weight of each class, which sum to 1; or its contacts, where `contacts` says so.
    contacts : bool
        Whether the weights are numbers of contacts, which are divided by their sum.
    """

    column: str
    weights: tuple[tuple[str, float], ...]
    contacts: bool = False

    @property
    def shares(self) -> dict[str, float]:
        """Weights that sum to 1, by class."""
        total = sum(weight for _, weight in self.weights) if self.contacts else 1.0
        return {name: weight / total for name, weight in self.weights}


@dataclass(frozen=True, slots=True)
class GapDimension:
    """A dimension of gaps: pairs of items (perception, expectation), and the points that it got of 100.

    ``points`` are stated, or ``points_item`` is the question by which every respondent gives them.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    points: float | None = None
    points_item: str = ""
    label: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class DeliveredSpec:
    """What customers get and what it costs them: constructs or items of 0 to 100, with weights that sum to 1."""

    values: tuple[tuple[str, float], ...]
    costs: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class MoveSpec:
    """Respondents who move from one answer to another so that `name` reaches `level`; `item` is the question moved."""

    name: str
    item: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class DeskSections:
    """The sections of a spec beside the model; what is not asked for is None or empty."""

    hierarchy: tuple[HierarchyNode, ...] = ()
    effort: EffortSpec | None = None
    classes: ClassesSpec | None = None
    gaps: tuple[GapDimension, ...] = ()
    delivered: DeliveredSpec | None = None
    moves: tuple[MoveSpec, ...] = ()

    @property
    def labels(self) -> dict[str, tuple[str, str]]:
        """English and Chinese names of what the sections define."""
        return {node.name: node.label for node in self.hierarchy} | {gap.name: gap.label for gap in self.gaps}


#: Of a spec that asks for nothing.
NO_DESK = DeskSections()
