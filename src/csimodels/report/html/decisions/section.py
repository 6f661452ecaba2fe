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

Part = Callable[[Content, Lang], Iterator[Block]]
#: Each gives the blocks of one subject; none where the result has no such table.
PARTS: tuple[Part, ...] = (leads, trends, shares, whom, follows, moves, beside)
#: Those whose figures stand in the story of the page, and whose whole tables among its further tables.
TOLD: frozenset[Part] = frozenset((shares, follows, moves))


def decisions(content: Content, lang: Lang) -> tuple[Block, ...]:
    """Everything the result says for decisions; empty where its spec asks for nothing."""
    return tuple(block for part in PARTS for block in part(content, lang))


def decisions_of_page(content: Content, lang: Lang) -> tuple[Block, ...]:
    """What the page does not say elsewhere: documents, which have no further tables, show :func:`decisions`."""
    return tuple(block for part in PARTS if part not in TOLD for block in part(content, lang))
