"""What the checks look at, and the checks every name and scale goes through."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from csimodels.errors import listed
from csimodels.messages import Message
from csimodels.spec.estimators import ESTIMATORS, EstimatorName, is_covariance
from csimodels.spec.findings import Finding
from csimodels.spec.likely import divided
from csimodels.spec.model import EstimateSpec
from csimodels.spec.nodes import Loc, shorten
from csimodels.spec.schema.fields import RawText
from csimodels.spec.schema.measures import RawConstruct, RawItem
from csimodels.spec.validate import Checked

MAX_NAME = 200
DEFAULT_INDEX = "Satisfaction"
#: Sections beside the model: a spec that has one of them needs no paths.
BESIDE = ("items", "indices", "hierarchy", "gaps", "delivered_value")


@dataclass(frozen=True, slots=True)
class RawProduct:
    """An interaction as it is written: the text of its source, the constructs in it, target and place."""

    name: str
    factors: tuple[str, ...]
    target: str
    loc: Loc

    @property
    def same(self) -> tuple[tuple[str, ...], str]:
        """Equal for interactions that are the same, however they are written."""
        return tuple(sorted(self.factors)), self.target


def factors_of(source: str, constructs: Collection[str]) -> tuple[str, ...]:
    """The constructs of ``A * B`` or ``A:B``; empty for the name of a construct, or any other text."""
    for sign in ("*", ":"):
        if sign in source and source not in constructs:
            return tuple(part.strip() for part in source.split(sign))
    return ()


@dataclass(frozen=True)
class View:
    """What the checks look at: the spec with all nulls filled in.

    A spec without constructs has one for every item (``implied``): the 0-100 mean of its answers.
    """

    checked: Checked
    constructs: dict[str, RawConstruct]
    paths: tuple[tuple[str, str, Loc], ...]
    scale: tuple[float, float]
    products: tuple[RawProduct, ...] = ()
    implied: bool = False

    @classmethod
    def of(cls, checked: Checked) -> View:
        """The view of `checked`."""
        raw = checked.raw
        constructs = {name: c or RawConstruct() for name, c in (raw.constructs or {}).items()}
        written: list[tuple[str, str, Loc]] = [
            (source, target, ("paths", source, k))
            for source, targets in (raw.paths or {}).items()
            for k, target in enumerate(targets or [])
        ]
        factors = {source: factors_of(source, constructs) for source in raw.paths or {}}
        paths = tuple(path for path in written if not factors[path[0]])
        products = tuple(RawProduct(name, factors[name], end, loc) for name, end, loc in written if factors[name])
        low, high = raw.scale or (1.0, 10.0)
        implied = not constructs and bool(raw.items) and not checked.touches("constructs") and not written
        if implied:
            constructs = {name: _alone(name, item or RawItem()) for name, item in (raw.items or {}).items()}
        return cls(checked, constructs, paths, (low, high), products, implied)

    @property
    def estimator(self) -> EstimatorName:
        """The estimator that is meant: means of items where there are no paths, and other numbers are asked for."""
        estimate = self.checked.raw.estimate
        if estimate is not None and estimate.estimator is not None:
            return estimate.estimator
        asked = any(getattr(self.checked.raw, name) for name in BESIDE)
        plain = bool(self.constructs) and not self.paths and asked and not self.checked.touches("paths")
        return "means" if plain else EstimateSpec().estimator

    @property
    def index(self) -> str:
        """The construct that is the index: Satisfaction where none is named, without paths the first one."""
        stated = self.checked.raw.index.target if self.checked.raw.index else None
        if stated is not None or DEFAULT_INDEX in self.constructs or not ESTIMATORS[self.estimator].plain:
            return stated or DEFAULT_INDEX
        return next(iter(self.constructs), DEFAULT_INDEX)

    @property
    def measures_only(self) -> bool:
        """Whether constructs may stand without a path: in a covariance structure they correlate (factor analysis), and
        means of items need none."""
        return is_covariance(self.estimator) or ESTIMATORS[self.estimator].plain

    def items(self, construct: str) -> dict[str, RawItem]:
        """Own items of a construct."""
        return {name: item or RawItem() for name, item in (self.constructs[construct].items or {}).items()}

    def values_of(self, item: RawItem) -> dict[str, float]:
        """Numbers of the text answers of an item: its own, else those of the common scale where it has that scale."""
        common = self.checked.raw.values or {}
        if item.values is not None or item.cell is not None:
            return dict(item.values or {})
        low, high = item.scale or self.scale
        return dict(common) if all(low <= value <= high for value in common.values()) else {}

    def block(self, construct: str) -> list[str]:
        """Items of a construct, the repeated ones where it is of higher order."""
        found: dict[str, None] = {}
        waiting, seen = [construct], set[str]()
        while waiting:
            name = waiting.pop()
            if name in self.constructs and name not in seen:
                seen.add(name)
                found.update(dict.fromkeys(self.items(name)))
                waiting.extend(reversed(self.constructs[name].of or []))
        return list(found)

    def family(self, construct: str) -> list[str]:
        """The dimensions of a construct, those of its dimensions, and so on; known names only."""
        found: dict[str, None] = {}
        waiting = [construct] if construct in self.constructs else []
        while waiting:
            for part in self.constructs[waiting.pop()].of or []:
                if part in self.constructs and part not in found:
                    found[part] = None
                    waiting.append(part)
        return list(found)

    def all_items(self) -> dict[str, str]:
        """Every item and the construct it was first given to."""
        owner: dict[str, str] = {}
        for construct in self.constructs:
            for item in self.items(construct):
                owner.setdefault(item, construct)
        return owner

    def asked_items(self) -> dict[str, str]:
        """Every item that is read: those of the constructs, then those of no construct (whose owner is empty)."""
        return self.all_items() | {name: "" for name in self.checked.raw.items or {} if name not in self.all_items()}

    def scale_of(self, item: str) -> tuple[float, float]:
        """Lowest and highest answer of an item, of a construct or not; one of several answers in a cell is 0 or 1."""
        owner = self.all_items().get(item)
        raw = self.items(owner)[item] if owner else (self.checked.raw.items or {}).get(item) or RawItem()
        low, high = (0.0, 1.0) if raw.cell is not None else raw.scale or self.scale
        return float(low), float(high)

    def placed_items(self) -> Iterator[tuple[Loc, str, RawItem]]:
        """Every item that is written, with its place: those of the constructs, then those of no construct."""
        for construct in () if self.implied else self.constructs:
            for name, item in self.items(construct).items():
                yield ("constructs", construct, "items", name), name, item
        for name, beside in (self.checked.raw.items or {}).items():
            yield ("items", name), name, beside or RawItem()

    def items_known(self) -> bool:
        """Whether the list of items can be relied on: nothing that names them was taken out."""
        inside = (loc for loc in self.checked.broken if loc[:1] in ((), ("constructs",)))
        return not any(len(loc) < 3 or (loc[2] == "items" and len(loc) == 3) for loc in inside)


def _alone(name: str, item: RawItem) -> RawConstruct:
    """A construct of one item, with the wording as its label."""
    return RawConstruct(label=RawText(en=item.en, zh=item.zh), items={name: item})


def bad_name(name: str) -> str:
    """Why `name` cannot be a name, or an empty string."""
    if not name.strip():
        return Message("is empty")
    if len(name) > MAX_NAME:
        return Message("is longer than {MAX_NAME} characters", MAX_NAME=MAX_NAME)
    if any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in name):
        return Message("holds a control character or a line break")
    return ""


def name_finding(name: str, kind: str, loc: Loc) -> Iterator[Finding]:
    """A finding where `name` cannot be the name of a `kind`."""
    why = bad_name(name)
    if why:
        yield Finding(
            loc,
            Message("the name of a {kind} {why}", kind=Message(kind), why=why),
            f"'{shorten(name)}'",
            "",
            _plain_path(name) if kind == "file" and why else "give it a short plain name",
            True,
        )


def _plain_path(name: str) -> str:
    """The path that was meant: its line break left out, or its backslashes, which in double quotes become controls."""
    if not bad_name(name.strip()):
        return Message("write {path}", path=name.strip())
    text = name.translate({ord(char): mark for char, mark in zip("\a\b\t\n\v\f\r", "abtnvfr", strict=True)})
    meant = "".join(f"/{mark}" if char != mark else char for char, mark in zip(name, text, strict=True))
    if bad_name(meant):
        return "give it a short plain name"
    return Message("write the path with slashes: {path}", path=meant.replace("\\", "/"))


#: Squares of larger numbers, and of their reciprocals, leave the range of double precision.
_LARGEST_END = 1e100


def scale_finding(scale: Sequence[float], loc: Loc) -> Iterator[Finding]:
    """A finding where `scale` is not lowest < highest, both finite."""
    low, high = scale
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        found = f"[{low:g}, {high:g}]"
        allowed = Message("[lowest, highest], finite")
        text = "write [{low}, {high}]; for an item asked the other way round also reverse: true"
        turned = Message(text, low=f"{high:g}", high=f"{low:g}")
        remedy = turned if math.isfinite(high) and high < low < math.inf else ""
        yield Finding(loc, "a scale goes from the lowest to a higher answer", found, allowed, remedy)
    elif max(abs(low), abs(high)) > _LARGEST_END or high - low < 1 / _LARGEST_END:
        what = "a scale of this size cannot be computed with"
        allowed = Message(
            "ends within +-{LARGEST_END}, not nearer than {n}",
            LARGEST_END=f"{_LARGEST_END:g}",
            n=f"{1 / _LARGEST_END:g}",
        )
        yield Finding(loc, what, f"[{low:g}, {high:g}]", allowed, "choose another unit for the item")


def unknown_construct(view: View, name: str, where: str, loc: Loc, *, key: bool = False) -> Finding:
    """A finding for a construct that does not exist; the name of an item gets its construct as the remedy."""
    found = unknown(name, where, loc, tuple(view.constructs), key=key)
    owner = next((c for c in view.constructs if name in view.items(c)), None)
    bare = name.strip("“”‘’「」『』\"' ")
    if bare != name and bare in view.constructs:
        remedy = Message("full-width quotes are part of the name: write {name} without them", name=bare)
        return Finding(loc, found.what, "", listed(view.constructs, 30), remedy, key)
    if owner is None:
        return found
    remedy = Message("{item} is an item of {construct}: write {construct}", item=shorten(name), construct=owner)
    return Finding(loc, found.what, "", listed(view.constructs, 30), remedy, key)


def unknown(name: str, where: str, loc: Loc, known: tuple[str, ...], *, key: bool = False) -> Finding:
    """A finding for a construct that does not exist."""
    what = Message('unknown construct "{name}" {where}', name=shorten(name), where=where)
    parts = divided(name)
    if len(parts) > 1 and set(parts) <= set(known):
        written = Message("write {value}", value=f"[{', '.join(parts)}]")
        return Finding(loc, what, "", listed(known, 30), written, key)
    return Finding(loc, what, key=key, name=name, known=known)


def twice_findings(names: Sequence[str], loc: Loc, kind: str) -> Iterator[Finding]:
    """Findings for names of a list that cannot be names, or stand there twice."""
    seen: set[str] = set()
    for k, name in enumerate(names):
        yield from name_finding(name, kind, (*loc, k))
        if name in seen:
            yield Finding(
                (*loc, k),
                Message('"{name}" stands twice in {loc}', name=shorten(name), loc=loc[-1]),
                "",
                "",
                "remove one of the two",
            )
        seen.add(name)


def unknown_item(view: View, name: str, where: str, loc: Loc, known: tuple[str, ...], *, key: bool = False) -> Finding:
    """A finding for an item that does not exist."""
    remedy = Message("name its items: this is a construct") if name in view.constructs else ""
    what = Message('unknown item "{name}" {where}', name=shorten(name), where=where)
    return Finding(loc, what, key=key, name=name, known=known, remedy=remedy)
