"""What ``csi codebook`` and ``csi init --data`` say of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from csimodels.blocks import print_text
from csimodels.draft.wording import without_anchors
from csimodels.i18n import language_of_user, translator
from csimodels.messages import N_, Message, counted, items, joined, listed, say
from csimodels.options import word
from csimodels.report.codebook_files import shown_cell
from csimodels.study.drafting import OFFERED, UNWRITTEN
from csimodels.study.file_dictionary import levels_parts, range_text, with_count
from csimodels.survey.columns import number_text
from csimodels.tables.vocabulary import CODE_REASONS
from csimodels.terminal import escape, out, safe, tell
from csimodels.wrapping import lines_of

if TYPE_CHECKING:
    from pathlib import Path

    from csimodels import Codebook, Draft
    from csimodels.draft.facts import ColumnFacts
    from csimodels.draft.proposal import Proposal

#: Cells of the terminal that a name and a label may take in a line.
NAME_CELLS, LABEL_CELLS = 24, 44
#: Words before what is guessed, and before what lacks.
GUESSED, LACKING = N_("guessed"), N_("lacking")

#: What is said of columns that are offered, by their use.
_OFFERS = {
    "dates": N_("waves: {why}"), "other": N_("groups: {why}"), "upper": N_("roll-up: {why}"),
    "spoilt": N_("weight: {why}"),
}  # fmt: skip


def print_codebook(book: Codebook) -> None:
    """Two or three lines for each column: name, label, mark; kind, answers, codes; levels."""
    facts = book.facts
    n_columns = counted(len(facts.columns), "{n} column", "{n} columns")
    tell("{file}: {rows} rows, {columns}", file=facts.source.name, rows=facts.n, columns=n_columns)
    if facts.questions:
        tell("{n} rows under the header hold question texts; they are the labels", n=facts.questions)
    widest = min(NAME_CELLS, max(cell_len(column.name) for column in facts.columns))
    for column in facts.columns:
        _print_column(column, widest)


def _print_column(column: ColumnFacts, widest: int) -> None:
    name = column.name if cell_len(column.name) > widest else set_cell_size(column.name, widest)
    mark = shown_cell("mark", column.mark, language_of_user())
    label = f"  {escape(cut(column.label, LABEL_CELLS))}" if column.label else ""
    name = name if label or mark else column.name
    out.print(f"[bold]{escape(name)}[/]{label}" + (f"  [yellow]{escape(mark)}[/]" if mark else ""), soft_wrap=True)
    _indented(_about(column), " · ", widest)
    if column.mark not in ("identifier", "timestamp", "verbatim"):
        _indented(levels_parts(column), ", ", widest)


def _about(column: ColumnFacts) -> list[str]:
    """Kind with range, number of answers, different ones, empty cells, codes of no answer."""
    lang = language_of_user()
    parts = [" ".join(filter(None, (shown_cell("kind", column.kind, lang), range_text(column))))]
    parts.append(say(counted(column.n, "{n} answer", "{n} answers"), translator(lang)))
    parts.append(say(Message("{n} different", n=column.distinct), translator(lang)))
    if column.empty:
        parts.append(say(counted(column.empty, "{n} empty cell", "{n} empty cells"), translator(lang)))
    if column.codes:
        codes = ", ".join(map(with_count, column.codes))
        parts.append(say(Message("no answer: {codes}", codes=codes), translator(lang)))
    return parts


def _indented(parts: list[str], between: str, by: int) -> None:
    """Parts below a name, wrapped to the width of the terminal as it shows them."""
    for line in wrapped(parts, between, max(40, out.width - by - 2)):
        out.print(" " * (by + 2) + escape(line), soft_wrap=True)


def cut(text: str, cells: int) -> str:
    """`text` in so many cells of the terminal, with a mark where it is cut.

    >>> cut("satisfaction", 6), cut("总体满意度", 6)
    ('satis…', '总体…')
    """
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…"


def wrapped(parts: list[str], between: str, cells: int) -> list[str]:
    """Lines of at most so many cells, broken between parts; a part that is longer than a line is broken in it.

    >>> wrapped(["1 满意 (20)", "2 一般 (3)"], ", ", 12)
    ['1 满意 (20),', '2 一般 (3)']
    """
    lines: list[str] = []
    for number, part in enumerate(parts):
        text = part + (between.rstrip() if between.startswith(",") and number < len(parts) - 1 else "")
        gap = " " if between.startswith(",") else between
        if lines and cell_len(lines[-1]) + cell_len(gap) + cell_len(text) <= cells:
            lines[-1] += gap + text
        elif cell_len(text) <= cells:
            lines.append(text)
        else:
            lines += lines_of(text, cells, fold=True)
    return lines


def print_draft(draft: Draft, output: Path) -> None:
    """What was matched, what is guessed and why, what was not found, and what to do next."""
    proposal, lang = draft.proposal, language_of_user()
    facts = proposal.facts
    n_columns = counted(len(facts.columns), "{n} column", "{n} columns")
    tell("{file}: {rows} rows, {columns}", file=facts.source.name, rows=facts.n, columns=n_columns)
    if draft.sheets:
        tell("{sheet} was read; the others are {names}", sheet=facts.source.sheet, names=listed(draft.sheets))
    for said in draft.chosen():
        tell("{said}", said=said)
    if draft.base:
        _print_matches(proposal)
    else:
        _print_blocks(proposal)
    _print_guesses(proposal)
    offered = [(role.column, _offer(role.use, role.why)) for role in proposal.roles if role.use in OFFERED]
    if offered:
        tell("offered as comments in the spec, not taken")
        _pairs(offered)
    if proposal.lost:
        tell("a column for {n} items", ("red", LACKING), n=len(proposal.lost))
        texts = {item.name: without_anchors(item.text.get(lang)) for item in proposal.model.asked}
        _pairs([(match.item, joined(filter(None, (match.why, texts[match.item])), " | ")) for match in proposal.lost])
    if proposal.unused:
        tell("columns that are not used: {names}", names=listed(proposal.unused))
    tell("wrote {file}", file=str(output))
    if proposal.lost:
        tell("next: look at what is guessed, write {n} columns into it, then  csi check {file}",
             n=len(proposal.lost), file=word(output))  # fmt: skip
    else:
        tell("next: look at what is guessed, then  csi check {file}  and  csi run {file}", file=word(output))


def _print_matches(proposal: Proposal) -> None:
    """How many items of the model have a column, and those that are guessed."""
    named = [match for match in proposal.matches if match.how == "name"]
    guessed = [match for match in proposal.matches if match.column and match.how != "name"]
    tell("{n} of {all} items have a column of their name", n=len(named), all=len(proposal.matches))
    if guessed:
        tell("the columns of {n} items", ("yellow", GUESSED), n=len(guessed))
        _pairs([(f"{match.item} = {match.column}", match.why) for match in guessed])


def _print_blocks(proposal: Proposal) -> None:
    """Constructs that are guessed from names, or items that stand for themselves."""
    model = proposal.model
    if not model.constructs:
        names = items([item.name for item in model.beside])
        tell("no two names go together: every item stands for itself, {names}", ("yellow", GUESSED), names=names)
        return
    if model.paths:
        tell("constructs, by the words of their columns", ("yellow", GUESSED))
    else:
        tell("constructs, by the names of their columns; each is the plain mean of its items", ("yellow", GUESSED))
    rows: list[tuple[str, str]] = []
    for construct in model.constructs:
        low, high = construct.items[0].scale
        names = items([item.name for item in construct.items], 4)
        why = Message(
            "{names}: answers from {low} to {high}", names=names, low=number_text(low), high=number_text(high)
        )
        rows.append((construct.name, why))
    _pairs(rows)


def _print_guesses(proposal: Proposal) -> None:
    """What is guessed beside the columns of items."""
    roles = [role for role in proposal.roles if role.use not in UNWRITTEN]
    others = [(f"{role.use}: {role.column}", role.why) for role in roles]
    others += [(f"{_reason(code.reason)}: {code.code}", code.why) for code in proposal.codes]
    others += _answers(proposal)
    if others:
        tell("what the other lines of the spec say", ("yellow", GUESSED))
        _pairs(others)


def _offer(use: str, why: str) -> Message:
    """What a column that is not taken may be, and why."""
    return Message(_OFFERS[use], why=why)


def _answers(proposal: Proposal) -> list[tuple[str, str]]:
    """What is guessed of answers, one line for all items that have the same reason."""
    alike: dict[str, list[str]] = {}
    for item, answers in proposal.answers.items():
        alike.setdefault(answers.why, []).append(item)
    tr = translator(language_of_user())
    return [(say(listed(names, 3), tr), why) for why, names in alike.items()]


def _reason(reason: str) -> str:
    return translator(language_of_user())(CODE_REASONS[reason or "unknown"])


def _pairs(rows: Sequence[tuple[str, str]]) -> None:
    """Indented lines of what and why, the whys below one another."""
    tr = translator(language_of_user())
    widest = min(36, max(cell_len(what) for what, _ in rows))
    for what, why in rows:
        left = what if cell_len(what) > widest else set_cell_size(what, widest)
        hanging = cell_len(left) + 4
        text = safe(f"  {left}  {say(why, tr)}".rstrip())
        print_text(out, text, hanging=hanging if hanging < out.width / 2 else 4)
