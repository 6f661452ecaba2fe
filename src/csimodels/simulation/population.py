"""What a simulated population is, as a user states it, and what can be wrong with the statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from csimodels.arguments import plain_settings, shown
from csimodels.errors import Problem, listed, nearest
from csimodels.messages import Message
from csimodels.spec.model import Code, Model

LARGEST_R2 = 0.99

Stated = float | Mapping[str, float] | None


@plain_settings
@dataclass(frozen=True)
class Population:
    """A population of customers; whatever is not stated is filled in from the model.

    Parameters
    ----------
    paths : standardised paths by ``(source, target)``.  Others share `r2` equally; they are positive, except that paths
        into and out of a construct of yes/no items, such as the share that complained, are negative.
    loadings : correlations of answers with their construct, one number or by item or construct; by default
        :data:`USUAL_LOADINGS` in turn, and for a single item the root of its reliability.
    levels : expected 0-100 value of the items of a construct, one number or by construct; default 75, yes/no items 25.
    offsets : points by which an item's expected value differs from the level of its construct.
    sd, skew : standard deviation (points of 0-100) and skewness of answers, one number or by item or construct.
        Default: about 20 points; the skewness of a beta-binomial shape.  Items with two answers have neither to choose.
    reliability : squared loading of the item of a single-item construct, by construct; else the one in the model,
        else the largest that the scale allows.
    r2 : explained variance of the constructs whose paths are not stated, one number or by construct; by default
        0.6, and 0.2 for yes/no items.
    exogenous : correlation of the constructs that no path leads to.
    dont_know_share, dont_know_codes : share of answers replaced, completely at random, by one of the codes (default:
        the model's missing codes, or 98); ``()`` leaves them blank.
    missing_share : share of answers left blank, completely at random.
    weight_cv : coefficient of variation of log-normal sampling weights; 0 for equal weights.
    informative : correlation of the log weight with the index construct.  The stated population is the *weighted* one:
        unweighted numbers are then off by design.
    """

    paths: Mapping[tuple[str, str], float] = field(default_factory=dict)
    loadings: Stated = None
    levels: Stated = None
    offsets: Mapping[str, float] = field(default_factory=dict)
    sd: Stated = None
    skew: Stated = None
    reliability: Mapping[str, float] = field(default_factory=dict)
    r2: Stated = None
    exogenous: float = 0.4
    dont_know_share: float = 0.0
    dont_know_codes: tuple[Code, ...] | None = None
    missing_share: float = 0.0
    weight_cv: float = 0.0
    informative: float = 0.0

    def __post_init__(self) -> None:
        for name in ("paths", "loadings", "levels", "offsets", "sd", "skew", "reliability", "r2"):
            value = getattr(self, name)
            if isinstance(value, Mapping):
                object.__setattr__(self, name, dict(value))


def problems_of(model: Model, population: Population) -> list[Problem]:
    """Names the model does not have, numbers nobody can use, and don't-know codes that are answers."""
    found = [*_unknown_names(model, population), *_bad_numbers(population)]
    return found or _bad_codes(model, population)


def _unknown_names(model: Model, pop: Population) -> list[Problem]:
    problems = []
    if model.interactions:
        names = listed([product.name for product in model.interactions])
        remedy = "leave the interactions out of the paths"
        problems.append(Problem("simulate draws no interactions", "paths", names, remedy=remedy))
    if model.controls:
        found = listed([control.item for control in model.controls])
        problems.append(Problem("simulate draws no covariates", "controls", found, remedy="leave the controls out"))
    known = {f"{s} -> {t}" for s, t in model.paths}
    for pair in pop.paths:
        name = " -> ".join(str(part) for part in pair) if isinstance(pair, tuple) else str(pair)
        if pair not in model.paths:
            shown = listed(sorted(known))
            problems.append(Problem("the model has no such path", "paths", name, shown, nearest(name, known)))
    items, constructs = model.item_names, model.construct_names
    singles = tuple(c.name for c in model.constructs if len(c.items) == 1)
    both = (*items, *constructs)
    places = {"loadings": both, "sd": both, "skew": both, "offsets": items}
    places |= {"levels": constructs, "r2": constructs, "reliability": singles}
    for option, allowed in places.items():
        stated = getattr(pop, option)
        for name in stated if isinstance(stated, Mapping) else ():
            if name not in allowed:
                what = "not a construct with a single item" if option == "reliability" else "no such item or construct"
                problems.append(Problem(what, option, str(name), listed(allowed), nearest(name, allowed)))
    return problems


#: Option, smallest, largest, and whether the ends themselves are allowed.
_LIMITS = (
    ("paths", -10.0, 10.0, True),
    ("loadings", -1.0, 1.0, True),
    ("levels", 0.0, 100.0, False),
    ("offsets", -100.0, 100.0, False),
    ("sd", 0.0, 100.0, False),
    ("skew", -100.0, 100.0, True),
    ("reliability", 0.0, 1.0, True),
    ("r2", 0.0, LARGEST_R2, True),
    ("exogenous", -LARGEST_R2, LARGEST_R2, True),
    ("dont_know_share", 0.0, 0.9, True),
    ("missing_share", 0.0, 0.9, True),
    ("weight_cv", 0.0, 10.0, True),
    ("informative", -1.0, 1.0, True),
)


def _bad_numbers(pop: Population) -> list[Problem]:
    problems = []
    for option, low, high, ends in _LIMITS:
        stated = getattr(pop, option)
        entries = stated.items() if isinstance(stated, Mapping) else [("", stated)]
        for name, value in entries:
            if value is None:
                continue
            number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            inside = number and (low <= value <= high if ends else low < value < high)
            zero = option in ("loadings", "reliability") and number and value == 0
            if not inside or zero:
                label = " -> ".join(name) if isinstance(name, tuple) else str(name)
                allowed = Message("{low} to {high}", low=f"{low:g}", high=f"{high:g}")
                if not ends:
                    allowed = Message("{limits}, both ends left out", limits=allowed)
                if zero:
                    allowed = Message("{limits}, not 0", limits=allowed)
                problems.append(Problem("not a usable number", f"{option} {label}".strip(), shown(value), allowed))
    if not problems and pop.dont_know_share + pop.missing_share > 0.9:
        where = "dont_know_share, missing_share"
        problems.append(Problem("too few answers would be left", where, allowed=Message("at most 0.9 together")))
    if not problems and pop.informative and not pop.weight_cv:
        found = Message("{informative} with weight_cv 0", informative=f"{pop.informative:g}")
        problems.append(Problem("equal weights cannot be informative", "informative", found, remedy="state weight_cv"))
    return problems


def codes_of(model: Model, pop: Population) -> tuple[Code, ...]:
    """The codes that stand for don't know: as stated, else the model's missing codes, else 98."""
    if pop.dont_know_codes is not None:
        return pop.dont_know_codes
    return model.data.missing_codes or dict(model.data.missing_reasons).get("dont_know") or (98.0,)


def _bad_codes(model: Model, pop: Population) -> list[Problem]:
    if not pop.dont_know_share:
        return []
    return [
        Problem(
            "a don't-know code must not be an allowed answer",
            f"item {item.name}",
            Message(
                "code {code} on the scale {scale} to {scale2}",
                code=f"{code:g}",
                scale=f"{item.scale[0]:g}",
                scale2=f"{item.scale[1]:g}",
            ),
            remedy="choose a code outside every scale, or () to leave the answer blank",
        )
        for item in model.items
        for code in codes_of(model, pop)
        if not isinstance(code, str) and item.scale[0] <= code <= item.scale[1]
    ]
