"""What a column may be at once: every pair of roles is allowed, said beside the numbers, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal

from csimodels.errors import Problem, listed
from csimodels.messages import N_, Message
from csimodels.survey.table import LogEntry

Role = Literal[
    "item",
    "cell",
    "weight",
    "by",
    "wave",
    "panel",
    "where",
    "strata",
    "cluster",
    "fpc",
    "replicate weight",
    "rake",
    "focus",
    "behaviour",
    "states",
]
ROLES: tuple[Role, ...] = (
    *("item", "cell", "weight", "by", "wave", "panel", "where", "strata", "cluster", "fpc", "replicate weight", "rake"),
    *("focus", "behaviour", "states"),
)

#: Step of the log under which a pair of roles is said.
SAID = "column in two roles"

_OWN = N_("name each column once")
#: Pairs that are refused, with the reason and the remedy; every role with a replicate weight is refused too.
REFUSED: dict[tuple[Role, Role], tuple[str, str]] = {
    ("item", "item"): (N_("both items would be the same"), N_("give each item a column of its own")),
    ("item", "cell"): (N_("a cell of several answers is no answer on a scale"), N_("keep one of the two")),
    ("item", "weight"): (N_("an answer is no sampling weight"), N_("name the column that holds the sampling weights")),
    ("item", "by"): (
        N_("it would be constant in every group"),
        N_("group by another column, or take the item out of the model"),
    ),
    ("item", "wave"): (N_("it would be constant in every wave"), N_("name the column of the waves")),
    ("item", "panel"): (N_("an answer identifies nobody"), N_("name the column that identifies respondents")),
    ("item", "fpc"): (N_("an answer is no size of a stratum"), N_("name the column with the sizes of the strata")),
    ("weight", "fpc"): (N_("a weight is no size of a stratum"), N_("name the column with the sizes of the strata")),
    ("by", "fpc"): (N_("a group is no size of a stratum"), N_("name the column with the sizes of the strata")),
    ("wave", "fpc"): (N_("a wave is no size of a stratum"), N_("name the column with the sizes of the strata")),
    ("panel", "fpc"): (N_("a respondent is no size of a stratum"), N_("name the column with the sizes of the strata")),
    ("wave", "panel"): (N_("a wave identifies nobody"), N_("name the column that identifies respondents")),
    ("by", "by"): (N_("it stands twice in by"), _OWN),
    ("rake", "rake"): (N_("it stands twice in rake"), _OWN),
}
#: Pairs that are legal and surely a slip: said, with the reason.
DOUBTFUL: dict[tuple[Role, Role], str] = {
    ("item", "where"): N_("rows are chosen by an answer of the model, which cuts its range and its correlations"),
    ("item", "strata"): N_("an answer is known only after the sample was drawn"),
    ("item", "cluster"): N_("an answer is no cluster of the sample"),
    ("item", "rake"): N_("the weights force the shares of an answer that the model is to explain"),
    ("cell", "weight"): N_("a cell of several answers is no weight"),
    ("cell", "by"): N_("its items are constant, or nearly so, in every group"),
    ("cell", "wave"): N_("its items are constant, or nearly so, in every wave"),
    ("cell", "strata"): N_("an answer is known only after the sample was drawn"),
    ("cell", "cluster"): N_("an answer is no cluster of the sample"),
    ("cell", "rake"): N_("the weights force the shares of an answer that the model is to explain"),
    ("cell", "panel"): N_("an answer identifies nobody"),
    ("cell", "fpc"): N_("an answer is no size of a stratum"),
    ("weight", "by"): N_("every group has one weight, so that weights change nothing within it"),
    ("weight", "wave"): N_("every wave has one weight, so that weights change nothing within it"),
    ("weight", "panel"): N_("a weight identifies nobody"),
    ("weight", "strata"): N_("rows of the same weight need not be a stratum"),
    ("weight", "cluster"): N_("rows of the same weight are no cluster"),
    ("weight", "rake"): N_("the categories of a margin are no weights"),
    ("by", "wave"): N_("groups and waves are the same, and no group has two waves"),
    ("by", "panel"): N_("every respondent is a group"),
    ("by", "cluster"): N_("every group is one cluster, which shows no variance"),
    ("wave", "cluster"): N_("every wave is one cluster, which shows no variance"),
    ("panel", "strata"): N_("every respondent is a stratum, which shows no variance"),
    ("panel", "rake"): N_("every respondent is a category"),
    ("strata", "cluster"): N_("every stratum is one cluster, which shows no variance"),
    ("strata", "fpc"): N_("the size of a stratum is no good name for it: strata of the same size become one"),
    ("cluster", "fpc"): N_("the size of a stratum names no cluster"),
    ("fpc", "rake"): N_("the size of a stratum is no category of a margin"),
    ("cluster", "rake"): N_("a share for every cluster leaves nothing to chance"),
}


def verdict(first: Role, second: Role) -> tuple[Literal["allowed", "said", "refused"], str]:
    """Whether a column may have two roles, and why not.

    >>> verdict("by", "strata"), verdict("strata", "cluster")[0], verdict("by", "item")[0]
    (('allowed', ''), 'said', 'refused')
    """
    pair = _ordered(first, second)
    if "replicate weight" in pair:
        return "refused", Message("a replicate weight is nothing else")
    if pair in REFUSED:
        return "refused", REFUSED[pair][0]
    if pair in DOUBTFUL:
        return "said", DOUBTFUL[pair]
    return "allowed", ""


def _ordered(first: Role, second: Role) -> tuple[Role, Role]:
    return (first, second) if ROLES.index(first) <= ROLES.index(second) else (second, first)


def role_of(use: str) -> Role:
    """The role in the words that say what a column is used for: ``item SAT1``, ``design: strata``, ``by``."""
    word = use.removeprefix("design: ").partition(" ")[0]
    return next(role for role in ROLES if role.partition(" ")[0] == word)


def role_problems(uses_of: Mapping[str, Sequence[str]]) -> list[Problem]:
    """One problem for each column that cannot be all that it is named for."""
    problems = []
    for column, uses in uses_of.items():
        pairs = [pair for pair in combinations(uses, 2) if verdict(*map(role_of, pair))[0] == "refused"]
        if pairs:
            problems.append(_problem(column, uses, pairs))
    return problems


def _problem(column: str, uses: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Problem:
    roles = [_ordered(*map(role_of, pair)) for pair in pairs]
    if all(pair == ("item", "item") for pair in roles):
        items = [use for use in uses if role_of(use) == "item"]
        what = Message('column "{column}" is used for {n} items', column=column, n=len(items))
        return Problem(what, "columns", listed(items), remedy=REFUSED["item", "item"][1])
    if roles[0] in (("by", "by"), ("rake", "rake")):
        where = roles[0][0]
        return Problem(
            Message('the column "{column}" stands twice in {where}', column=column, where=where), where, remedy=_OWN
        )
    if "replicate weight" in roles[0]:
        others = [use for use in uses if use != "replicate weight"]
        what = Message('column "{column}" is named twice as a replicate weight', column=column)
        if others:
            what = Message(
                'column "{column}" is a replicate weight and used for {names}', column=column, names=listed(others)
            )
        return Problem(what, "replicate_weights", remedy="name each column of replicate weights once")
    reason, remedy = REFUSED[roles[0]]
    return Problem(
        Message(
            'column "{column}" {roles}: {reason}', column=column, roles=_both(roles[0], pairs), reason=Message(reason)
        ),
        roles[0][1],
        remedy=remedy,
    )


def _both(roles: tuple[Role, ...], pairs: Sequence[tuple[str, str]]) -> str:
    """Both uses of a column in words."""
    first, second = sorted(pairs[0], key=lambda use: ROLES.index(role_of(use)))
    if roles == ("item", "by"):
        return Message("forms the groups and is {first}", first=first)
    if roles == ("item", "weight"):
        return Message("is used as the weight and for {first}", first=first)
    if "fpc" in roles:
        others = dict.fromkeys(use for pair in pairs for use in pair if role_of(use) != "fpc")
        return Message("is used for fpc and for {names}", names=listed(list(others)))
    return Message("is used for {first} and for {second}", first=first, second=second)


def role_log(uses_of: Mapping[str, Sequence[str]]) -> list[LogEntry]:
    """What is to be said of columns in two roles that are legal and surely a slip."""
    entries = []
    for column, uses in uses_of.items():
        for pair in combinations(uses, 2):
            kind, reason = verdict(*map(role_of, pair))
            if kind == "said":
                entries.append(
                    LogEntry(
                        SAID,
                        column,
                        len(uses),
                        Message("{a} and {b}: {reason}", a=pair[0], b=pair[1], reason=Message(reason)),
                    )
                )
    return entries
