"""Blocks of the section to decide by, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from csimodels.report.content import Content
from csimodels.report.html.decisions.beside import beside
from csimodels.report.html.decisions.block import Block
from csimodels.report.html.decisions.leads import leads
from csimodels.report.html.decisions.moves import moves
from csimodels.report.html.decisions.shares import shares
from csimodels.report.html.decisions.trends import trends
from csimodels.report.html.decisions.whom import follows, whom
from csimodels.report.html.table_views import Lang

#: Each gives the blocks of one subject; none where the result has no such table.
PARTS: tuple[Callable[[Content, Lang], Iterator[Block]], ...] = (
    *(leads, trends, shares, whom, follows, moves, beside),
)


def decisions(content: Content, lang: Lang) -> tuple[Block, ...]:
    """Everything the result says for decisions; empty where its spec asks for nothing."""
    return tuple(block for part in PARTS for block in part(content, lang))
