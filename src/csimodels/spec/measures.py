"""Constructs, items and what else a model measures: frozen, hashable, free of any file format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from csimodels.spelling import on_one_line

#: What stands between the wordings of two languages in one label, the English side of which holds a plain word.
_BETWEEN = re.compile(r"\s[/／|｜–—-]\s|[|｜\n]")
_ENGLISH = re.compile(r"[A-Za-z][a-z]{2,}")

Measured = Literal["composite", "reflective"]
Mode = Literal["A", "B"]
IndexWeights = Literal["own", "pooled", "equal", "fixed"]
Operator = Literal["=~", "~", "~~", "~1"]
Code = float | str
InteractionWay = Literal["two_stage", "product_indicator", "orthogonal"]


@dataclass(frozen=True, slots=True)
class Text:
    """A label in English and Chinese; either may be empty."""

    en: str = ""
    zh: str = ""

    @classmethod
    def told(cls, text: str) -> Text:
        """A text of one language, Chinese where it holds a Chinese character, or of both: ``Branch / 分店``.

        >>> Text.told("Branch / 分店"), Text.told("WiFi / 网络")
        (Text(en='Branch', zh='分店'), Text(en='', zh='WiFi / 网络'))
        """
        for mark in _BETWEEN.finditer(text):
            sides = text[: mark.start()].strip(), text[mark.end() :].strip()
            for english, chinese in (sides, sides[::-1]):
                if _ENGLISH.search(english) and not _is_chinese(english) and _is_chinese(chinese[:1]):
                    return cls(en=english, zh=chinese)
        return cls(zh=text) if _is_chinese(text) else cls(en=text)

    def get(self, lang: str, default: str = "") -> str:
        """The text in `lang` (``"en"``, ``"zh"``), else in the other language, else `default`; on one line."""
        first, second = (self.zh, self.en) if lang.startswith("zh") else (self.en, self.zh)
        return on_one_line(first or second or default)


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


@dataclass(frozen=True, slots=True)
class FromCell:
    """One answer of a question whose cells hold several: 1 where the cell contains it, 0 where it does not.

    Attributes
    ----------
    column : str
        The column of the cells.
    contains : float or str
        The answer, as it stands in the cells.
    separator : str
        What stands between two answers; where empty, any of the usual marks.
    empty : str
        An empty cell means that ``"none"`` of the answers was given (0), or that the answer is ``"missing"``.
    """

    column: str
    contains: Code
    separator: str = ""
    empty: Literal["none", "missing"] = "none"


@dataclass(frozen=True, slots=True)
class Item:
    """A survey question.

    ``scale`` is the lowest and highest answer *allowed* (never the observed ones); ``reverse`` turns the item
    (``min + max - x``) before anything else; ``values`` maps text answers to numbers (``(("yes", 1.0), ...)``);
    ``cell`` makes it 0 or 1 from a cell that holds several answers.
    """

    name: str
    text: Text = Text()
    scale: tuple[float, float] = (1.0, 10.0)
    reverse: bool = False
    values: tuple[tuple[str, float], ...] = ()
    cell: FromCell | None = None


@dataclass(frozen=True, slots=True)
class ColumnLabels:
    """What a column and the values in it are called: groups, levels, waves."""

    text: Text = Text()
    values: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class Construct:
    """A latent variable and its block of items.

    ``measured`` matters to PLSc and ML (reflective: common factor); ``mode`` to PLS (A: correlation weights,
    B: regression weights); ``reliability`` fixes rho_A of a single item or composite, where one is known.
    ``of`` names the dimensions of a higher-order construct, which has no ``items`` of its own then.
    ``better`` says which end of its index is the good one: ``low`` for the share that complained.
    """

    name: str
    items: tuple[Item, ...]
    label: Text = Text()
    measured: Measured = "reflective"
    mode: Mode = "A"
    reliability: float | None = None
    of: tuple[str, ...] = ()
    better: Literal["high", "low"] = "high"


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """Which construct is *the* index, and whose weights it takes (docs/results.md).

    ``fixed`` holds weights of the 0-100 items, by item, for ``weights == "fixed"``: the column ``weight_unstd`` of an
    earlier year's loadings; only their proportions within a construct matter.
    """

    construct: str = ""
    weights: IndexWeights = "own"
    fixed: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class GroupStatement:
    """What a statement says of one group: ``group`` names it, empty where the groups are meant in their order.

    ``stated`` is false of a group that the statement does not name, once the groups are known.
    """

    group: str = ""
    value: float | None = None
    label: str = ""
    stated: bool = True


@dataclass(frozen=True, slots=True)
class Parameter:
    """One statement on a parameter of a covariance structure model, in lavaan's operators (Rosseel 2012).

    ``lhs op rhs``: ``=~`` loading of item (or dimension) `rhs` on construct `lhs`; ``~`` path from `rhs` to `lhs`;
    ``~~`` (residual) variance or covariance of items or constructs; ``~1`` intercept of `lhs` (`rhs` is empty).
    ``value`` fixes it; else it is free (the loading of a marker item, too), and parameters with the same non-empty
    ``label`` are held equal.  A checked parameter has not both.  In a checked model they stand in the order of the
    operators above, then of the names in the model, and ``~~`` names first what stands first in the model.
    ``groups`` says it of single groups, all by name or all in their order; a group that is not named has what the
    model has without the statement.  They belong to a fit of all groups together (:func:`csimodels.fit_groups`).
    ``free`` beside a label frees a parameter that is fixed by convention, as lavaan's ``NA*x + a*x`` does of a first
    loading; a label alone leaves it fixed.  ``lower`` and ``upper`` are bounds of a free one, ``start`` is where its
    iteration begins.
    """

    lhs: str
    op: Operator
    rhs: str = ""
    value: float | None = None
    label: str = ""
    groups: tuple[GroupStatement, ...] = ()
    free: bool = False
    lower: float | None = None
    upper: float | None = None
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Interaction:
    """A product of constructs that leads to another one.

    Attributes
    ----------
    factors : tuple of str
        Two constructs, three, or one and the same twice (a curve), in the order written: the effect of the first is
        shown at levels of the others.
    target : str
    """

    factors: tuple[str, ...]
    target: str

    @property
    def name(self) -> str:
        """As it is written in a spec: ``Image * Quality``."""
        return " * ".join(self.factors)


@dataclass(frozen=True, slots=True)
class Control:
    """A covariate: an item of no construct that leads to constructs, as a number or by its levels.

    Attributes
    ----------
    item : str
        One of the section `items`.
    targets : tuple of str
        Constructs that it leads to.
    levels : tuple of (str, float)
        Names and answers of a nominal one, the reference first; empty for a number.
    """

    item: str
    targets: tuple[str, ...]
    levels: tuple[tuple[str, float], ...] = ()


#: Kinds of simple indices that are shares, in percent; those with the promoter score, whose limits are uneven.
SHARE_KINDS = ("top_box", "bottom_box", "share")
UNEVEN_KINDS = (*SHARE_KINDS, "nps")
SimpleKind = Literal["nps", "top_box", "bottom_box", "share", "mean", "ten_point", "weighted_mean", "gap"]


@dataclass(frozen=True, slots=True)
class SimpleIndex:
    """An index beside the model's own, computed from the answers to a few items (docs/desk.md).

    Attributes
    ----------
    name : str
    kind : str
        ``nps`` (promoters less detractors), ``top_box`` and ``bottom_box`` (share of the best or worst answers),
        ``share`` (of stated answers), ``mean`` (on 0-100), ``ten_point`` (answers as tenths of 100), ``weighted_mean``
        (levels valued and elements weighted), ``gap`` (an item less another, in points of 0-100).
    items : tuple of str
        Items of the model or of the section `items`; of a gap perception, then expectation.
    levels : tuple of float
        Answers that count (``share``), or the number of levels of a box (one number).
    weights : tuple of (str, float)
        Weight of each item; equal where left out.
    values : tuple of float
        Value of each answer of a ``weighted_mean``, from the lowest up.
    cuts : tuple of float
        Highest answer of a detractor and lowest of a promoter; 6 and 9 where left out.
    label : Text
    among : tuple of (str, tuple of float)
        Only respondents who gave one of these answers to each of these items.
    better : str
        Which end is the good one: ``low`` for the share that complained.
    """

    name: str
    kind: SimpleKind
    items: tuple[str, ...]
    levels: tuple[float, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    values: tuple[float, ...] = ()
    cuts: tuple[float, ...] = ()
    label: Text = Text()
    among: tuple[tuple[str, tuple[float, ...]], ...] = ()
    better: Literal["high", "low"] = "high"

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value it can have, as far as its kind says; a mean of levels by its values."""
        if self.kind in ("nps", "gap"):
            return -100.0, 100.0
        return (min(self.values), max(self.values)) if self.values else (0.0, 100.0)
