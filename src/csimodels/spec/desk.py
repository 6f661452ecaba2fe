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
class DeskSections:
    """The sections of a spec beside the model; what is not asked for is None or empty."""

    hierarchy: tuple[HierarchyNode, ...] = ()
    effort: EffortSpec | None = None

    @property
    def labels(self) -> dict[str, tuple[str, str]]:
        """English and Chinese names of what the sections define."""
        return {node.name: node.label for node in self.hierarchy}


#: Of a spec that asks for nothing.
NO_DESK = DeskSections()
