"""The likely remedy for answers that do not fit: another scale, a translation, or missing codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from csimodels.chinese import simplified
from csimodels.messages import Message
from csimodels.survey.answers.numbers import Unfit, fold
from csimodels.survey.columns import number_text
from csimodels.survey.options import Options

#: Scales that questionnaires use, the smallest first.
USUAL = (
    *((0.0, 1.0), (1.0, 3.0), (1.0, 4.0), (1.0, 5.0), (0.0, 5.0), (1.0, 6.0), (0.0, 6.0), (1.0, 7.0)),
    *((1.0, 9.0), (1.0, 10.0), (0.0, 10.0), (1.0, 100.0), (0.0, 100.0)),
)
#: Scales round a middle of 0, from so much disagreement to as much agreement.
AROUND_ZERO = ((-2.0, 2.0), (-3.0, 3.0), (-4.0, 4.0), (-5.0, 5.0))
#: Share of answers below 0 from which they are answers; fewer may be codes.
_BELOW = 0.02
#: So few different values, none of them on the scale, may all be codes.
_FEW = 3
#: Answers of usual scales: never taken for a code that means "no answer".
NEVER_CODES = frozenset(float(k) for k in range(1, 11))
#: Words of two answers, as the ends of an item of 0 and 1.
YES_NO = {
    **dict.fromkeys(("yes", "y", "ja", "oui", "si", "sí", "true", "是", "有", "会"), 1),
    **dict.fromkeys(("no", "n", "nein", "non", "false", "否", "没有", "无", "不会", "不是"), 0),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is likely meant by answers outside the scale of an item.

    ``scale`` is another scale that they run on, ``swap`` whether 1 and 2 stand for yes and no, ``codes`` values that
    are no answers of any usual scale next to them.
    """

    scale: tuple[float, float] | None = None
    swap: bool = False
    codes: tuple[float, ...] = ()


def proposal(unfit: Unfit) -> Proposal:
    """What the answers of an item are likely to mean, judged by all values that occur.

    Parameters
    ----------
    unfit : Unfit
        Values outside the scale, with ``held``: every value of the item, inside and outside.
    """
    low, high = unfit.item.scale
    held = sorted(unfit.held)
    if held and not unfit.infinite and in_percent(held) and high > 1:
        return Proposal(scale=(0.0, 1.0))
    if not held or unfit.infinite or any(value != int(value) for value in held):
        return Proposal()
    below = sum(count for value, count, _ in unfit.values if str(value).startswith("-"))
    if (around := around_zero(held, below, unfit.answered)) is not None:
        return Proposal(scale=around)
    if not any(low <= value <= high for value in held) and len(held) > _FEW:
        return Proposal(scale=_other_scale(held))
    run = _run(held, low, high)
    codes = tuple(value for value in held if value not in run and not low <= value <= high)
    if len(codes) > _FEW and 2 * unfit.count > unfit.answered:  # most answers are no codes
        return Proposal(scale=_other_scale(held))
    if (low, high) == (0.0, 1.0) and set(run) == {1.0, 2.0}:
        return Proposal(swap=True, codes=codes)
    if all(low <= value <= high for value in run):
        return Proposal(codes=codes)
    wide = [s for s in USUAL if s[0] <= run[0] and run[-1] <= s[1] and s != (low, high)]
    near = [s for s in wide if s[1] - s[0] <= 100 and (run[-1] - run[0] >= 0.4 * (s[1] - s[0]))]
    return Proposal(scale=near[0] if near else None, codes=codes)


def in_percent(held: Sequence[float]) -> bool:
    """Whether different answers are shares from 0 to 1, as a workbook holds cells that are shown in percent.

    >>> in_percent([0.4, 0.6, 0.8, 1.0]), in_percent([0.0, 0.5, 1.0, 1.5]), in_percent([0.0, 1.0])
    (True, False, False)
    """
    return len(held) > _FEW and min(held) >= 0 and max(held) <= 1


def _other_scale(held: Sequence[float]) -> tuple[float, float] | None:
    """The usual scale of answers none of which lies on the stated one; None where they run on none."""
    fits = [s for s in USUAL if s[0] <= held[0] and held[-1] <= s[1] and held[-1] - held[0] >= 0.4 * (s[1] - s[0])]
    tens = (0.0, 100.0) in fits and all(value % 5 == 0 for value in held)
    return (0.0, 100.0) if tens else fits[0] if fits else None


def around_zero(held: Sequence[float], below: int, answered: int) -> tuple[float, float] | None:
    """The scale from -2 to 2, up to -5 to 5, that whole answers run on; None where those below 0 may be codes.

    Parameters
    ----------
    held : sequence of float
        All different answers, in their order.
    below, answered : int
        Answers below 0, and all answers.

    >>> around_zero([-3, -2, -1, 0, 1, 2, 3], 40, 200), around_zero([-2, -1, 1, 2, 3, 4, 5], 40, 200)
    ((-3.0, 3.0), None)
    """
    if 0 not in held or below < max(2, _BELOW * answered):
        return None
    near = (s for s in AROUND_ZERO if s[0] <= held[0] <= s[0] + 1 and s[1] - 1 <= held[-1] <= s[1])
    return next(near, None)


def like_the_others(meant: Sequence[Proposal], outside: Sequence[Unfit]) -> list[Proposal]:
    """Proposals of several items: what is a code in one item is no end of a scale in another."""
    codes = {code for guess in meant for code in guess.codes}
    out = []
    for guess, unfit in zip(meant, outside, strict=True):
        low, high = unfit.item.scale
        strange = tuple(sorted(value for value in unfit.held if not low <= value <= high))
        same = guess.scale is not None and strange and codes.issuperset(strange)
        out.append(Proposal(codes=strange) if same else guess)
    return out


def _run(held: Sequence[float], low: float, high: float) -> list[float]:
    """The values that lie together, the usual ones of small scales always among them."""
    core = [value for value in held if low <= value <= high] or [v for v in held if v in NEVER_CODES] or [held[0]]
    run = set(core) | {value for value in held if value in NEVER_CODES}
    for value in sorted((v for v in held if v not in run), key=lambda v: min(abs(v - r) for r in core)):
        if min(abs(value - member) for member in run) <= 1:
            run.add(value)
    widest = max(run) - min(run)
    if widest >= 20:  # steps of a scale of 100 points are wider than 1
        run |= {value for value in held if 0 <= value <= 100}
    return sorted(run)


def scale_remedy(scale: tuple[float, float], codes: Iterable[str]) -> str:
    """Words that propose another scale."""
    shown = f"[{number_text(scale[0])}, {number_text(scale[1])}]"
    zero = scale[0] == 0 and "0" in codes
    if zero:
        return Message("write scale: {shown} if 0 is an answer, else missing_codes: [0] under data", shown=shown)
    return Message("write scale: {shown}", shown=shown)


def yes_no(texts: Sequence[str]) -> dict[str, int]:
    """Numbers of words for yes and no; empty where a text is neither."""
    found = {text: YES_NO.get(simplified(fold(text))) for text in texts}
    return {t: v for t, v in found.items() if v is not None} if None not in found.values() else {}


def code_list(chosen: Options, add: Sequence[str]) -> str:
    """``missing_codes`` as they stand in the spec, with those of `add` behind them."""
    old = [code if isinstance(code, str) else number_text(float(code)) for code in chosen.missing_codes]
    return f"[{', '.join(dict.fromkeys([*old, *add]))}]"
