"""The validated model: frozen, hashable, free of any file format.

These types leave :mod:`csimodels.spec`; nothing above it knows of YAML or pydantic.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from csimodels.spec.canonical import as_plain, frozen_pairs, leave_out_later, plain_text
from csimodels.spec.decisions import NO_DECISIONS, Decisions
from csimodels.spec.desk import NO_DESK, DeskSections
from csimodels.spec.measures import (
    Code,
    ColumnLabels,
    Construct,
    Control,
    FromCell,
    GroupStatement,
    IndexSpec,
    IndexWeights,
    Interaction,
    InteractionWay,
    Item,
    Measured,
    Mode,
    Operator,
    Parameter,
    SimpleIndex,
    SimpleKind,
    Text,
)
from csimodels.spec.sections import (
    BOOTSTRAP_ONLY,
    REASONS,
    WITHOUT_DRAWS,
    Cut,
    DataSpec,
    DesignSpec,
    EstimateSpec,
    GroupsOfDesign,
    IntervalKind,
    LoneStrata,
    Margin,
    Period,
    ReplicateSpec,
    ReportSpec,
    RollupSpec,
    UncertaintyMethod,
    UncertaintySpec,
    WaveSpec,
)

#: The types of a spec are imported from here.
__all__ = [
    "BOOTSTRAP_ONLY",
    "REASONS",
    "WITHOUT_DRAWS",
    "Code",
    "ColumnLabels",
    "Construct",
    "Control",
    "Cut",
    "DataSpec",
    "DesignSpec",
    "EstimateSpec",
    "FromCell",
    "GroupStatement",
    "GroupsOfDesign",
    "IndexSpec",
    "IndexWeights",
    "Interaction",
    "InteractionWay",
    "IntervalKind",
    "Item",
    "LoneStrata",
    "Margin",
    "Measured",
    "Mode",
    "Model",
    "Operator",
    "Parameter",
    "Period",
    "ReplicateSpec",
    "ReportSpec",
    "RollupSpec",
    "SimpleIndex",
    "SimpleKind",
    "Text",
    "UncertaintyMethod",
    "UncertaintySpec",
    "WaveSpec",
    "frozen_pairs",
    "plain_text",
]


@dataclass(frozen=True)
class Model:
    """A structural-equation customer-satisfaction-index model, complete and checked.

    ``paths`` are ``(source, target)`` pairs of construct names in the order written; ``constructs`` keep the order
    of the file.  ``sources`` name where the model comes from (papers, standards).  ``parameters`` fix, equate or add
    parameters of a covariance structure model (``estimator: ml``); PLS and PLSc refuse them.  ``defined`` are
    functions of labelled parameters, ``(name, formula)``, ``constraints`` relations between them (``a + b == 1``).
    ``labels`` name columns
    and the values in them for readers. ``beside`` are items of no construct, ``indices`` those computed beside the
    model's own, ``targets`` the levels that constructs are to reach, ``what_if`` changes
    whose consequences are told, ``decisions`` the sections of docs/decisions.md, ``interactions`` the products of
    constructs among the paths, ``controls`` the covariates, ``desk`` the sections of docs/desk.md.
    ``origin`` is the file it was read from and takes no part in equality or the hash.
    """

    name: str
    constructs: tuple[Construct, ...]
    paths: tuple[tuple[str, str], ...]
    title: Text = Text()
    description: Text = Text()
    sources: tuple[str, ...] = ()
    index: IndexSpec = IndexSpec()
    data: DataSpec = DataSpec()
    rollup: RollupSpec = RollupSpec()
    estimate: EstimateSpec = EstimateSpec()
    uncertainty: UncertaintySpec = UncertaintySpec()
    report: ReportSpec = ReportSpec()
    parameters: tuple[Parameter, ...] = ()
    labels: tuple[tuple[str, ColumnLabels], ...] = ()
    beside: tuple[Item, ...] = ()
    indices: tuple[SimpleIndex, ...] = ()
    targets: tuple[tuple[str, float], ...] = ()
    what_if: tuple[tuple[str, float], ...] = ()
    decisions: Decisions = NO_DECISIONS
    interactions: tuple[Interaction, ...] = ()
    controls: tuple[Control, ...] = ()
    desk: DeskSections = NO_DESK
    defined: tuple[tuple[str, str], ...] = ()
    constraints: tuple[str, ...] = ()
    origin: str = field(default="", compare=False)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items, block by block in the order of the constructs: the item axis ``p`` of every array."""
        return tuple(item for construct in self.constructs for item in construct.items)

    @cached_property
    def asked(self) -> tuple[Item, ...]:
        """All items that are read: those of the constructs, then those beside the model."""
        return (*self.items, *self.beside)

    @cached_property
    def item_names(self) -> tuple[str, ...]:
        """Names along the item axis."""
        return tuple(item.name for item in self.items)

    @cached_property
    def construct_names(self) -> tuple[str, ...]:
        """Names along the construct axis ``J``."""
        return tuple(construct.name for construct in self.constructs)

    def construct(self, name: str) -> Construct:
        """The construct called `name`; ``KeyError`` where there is none.

        Parameters
        ----------
        name : str
            Of a construct.

        Returns
        -------
        Construct
            The construct.
        """
        for construct in self.constructs:
            if construct.name == name:
                return construct
        raise KeyError(name)

    def label(self, name: str, lang: str = "en") -> str:
        """Label of a construct, wording of an item, or what ``labels`` calls anything else, in `lang`; the name itself
        where it has none.

        Parameters
        ----------
        name : str
            Of a construct or item.
        lang : {"en", "zh"}
            Language.

        Returns
        -------
        str
            Its name for readers.
        """
        for construct in self.constructs:
            if construct.name == name:
                return construct.label.get(lang, name)
            for item in construct.items:
                if item.name == name:
                    return item.text.get(lang, name)
        named = {item.name: item.text for item in self.beside} | {index.name: index.label for index in self.indices}
        named |= {key: Text(*texts) for key, texts in self.desk.labels.items()}
        return named[name].get(lang, name) if name in named else self.label_of(name, lang=lang)

    def direction(self, name: str) -> int:
        """1 where a higher value of the construct or simple index `name` is the better one, -1 where a lower one is.

        Parameters
        ----------
        name : str
            Of a construct.

        Returns
        -------
        int
            1 where higher is better, -1 where lower is.
        """
        lower = {construct.name for construct in self.constructs if construct.better == "low"}
        return -1 if name in lower | {index.name for index in self.indices if index.better == "low"} else 1

    def label_of(self, column: str, value: object = None, lang: str = "en") -> str:
        """What a column, or a value in it (a group, a level, a wave), is called in `lang`.

        Parameters
        ----------
        column : str
            Column of the data or level of the roll-up.
        value : object, optional
            A value of the column; without it the name of the column itself is meant.
        lang : str
            ``"en"`` or ``"zh"``.

        Returns
        -------
        str
            The label from ``labels``, else the name or the value as text.
        """
        found = dict(self.labels).get(column, ColumnLabels())
        if value is None:
            return found.text.get(lang, column)
        shown = plain_text(value)
        return dict(found.values).get(shown, Text()).get(lang, shown)

    def canonical(self) -> dict[str, Any]:
        """The whole model as plain JSON types with defaults filled in; the form that is hashed."""
        plain: dict[str, Any] = as_plain(self)
        del plain["origin"]
        return plain

    @cached_property
    def hash(self) -> str:
        """sha256 of the canonical form: equal for specs that mean the same, however they are written.

        Name and paths of files take no part: the data have a hash of their own, and may lie elsewhere tomorrow.
        Nor do fields of a later grammar that are at their default, so that a spec keeps the hash it was stored with.
        """
        plain = self.canonical()
        del plain["name"], plain["data"]["file"], plain["rollup"]["weights"]
        del plain["report"]["template"], plain["report"]["brand"], plain["report"]["leagues"]
        leave_out_later(plain, _usual())
        for construct in plain["constructs"]:
            if construct["better"] == "high":
                del construct["better"]
        for item in (item for construct in plain["constructs"] for item in construct["items"]):
            if item["cell"] is None:
                del item["cell"]
        for parameter in plain.get("parameters", ()):
            later = {"groups": [], "free": False, "lower": None, "upper": None, "start": None}
            for field_, usual in later.items():
                if parameter[field_] == usual:
                    del parameter[field_]
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def __hash__(self) -> int:
        return hash((self.name, self.construct_names, self.item_names, self.paths))

    def __repr__(self) -> str:
        """One line: a model printed whole fills a screen."""
        size = f"{len(self.constructs)} constructs, {len(self.items)} items, {len(self.paths)} paths"
        return f"<csimodels.Model {self.name}: {size}>"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(c.name)}</td><td>{escape(c.label.get('en'))}</td><td>{escape(c.label.get('zh'))}</td>"
            f"<td>{c.measured}, mode {c.mode}</td><td>{escape(', '.join([i.name for i in c.items] or c.of))}</td></tr>"
            for c in self.constructs
        )
        arrows = escape(", ".join(f"{s} → {t}" for s, t in self.paths))
        return (
            f"<b>{escape(self.title.get('en', self.name))}</b><table><tr><th>construct</th><th>label</th><th>中文</th>"
            f"<th>measured</th><th>items</th></tr>{rows}</table><p>{arrows}</p>"
        )


@cache
def _usual() -> dict[str, Any]:
    """The canonical form of a model without anything in it."""
    return Model("", (), ()).canonical()
