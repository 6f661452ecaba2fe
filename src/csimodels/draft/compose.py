"""A proposal as the text of a spec: what is known, what is guessed and why, and what is to be filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from csimodels.draft.facts import width
from csimodels.draft.match import Match
from csimodels.draft.proposal import NoAnswer, Proposal
from csimodels.draft.roles import Role
from csimodels.draft.scales import Answers
from csimodels.draft.title import title_of
from csimodels.draft.wording import without_anchors
from csimodels.messages import Construct, Message, Name, Translate, joined, listed, say
from csimodels.spec.checks.data import open_column
from csimodels.spec.model import Item, Text
from csimodels.survey.answers.numbers import as_number, fold
from csimodels.survey.columns import number_text

#: Where comments begin.
_AT = 40
_PLAIN = re.compile(r"[^\W\d]\w*(?:[.\-]\w+)*")
_WORDS_OF_YAML = frozenset(("y", "n", "yes", "no", "true", "false", "on", "off", "null", "none"))
#: A title in both languages, as an example.
BOTH = "{en: ..., zh: ...}"
BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


def quoted(text: str) -> str:
    """A text as YAML reads it back.

    >>> quoted("SAT1"), quoted("5. 总体"), quoted("no"), quoted("2026")
    ('SAT1', '"5. 总体"', '"no"', '"2026"')
    """
    plain = _PLAIN.fullmatch(text) and text.casefold() not in _WORDS_OF_YAML
    return text if plain else json.dumps(text, ensure_ascii=False)


class Writer:
    """Lines of a spec with comments in one language."""

    def __init__(self, proposal: Proposal, tr: Translate, lang: str) -> None:
        self.proposal, self._tr, self.lang = proposal, tr, lang
        self.lines: list[str] = []

    def say(self, text: str) -> str:
        """A message in the language of the comments, on one line."""
        return BREAKS.sub(" ", say(text, self._tr, self._called))

    def _called(self, name: Name) -> str:
        return self.proposal.model.label(name, self.lang) if isinstance(name, Construct) else str(name)

    def line(self, text: str, comment: str = "") -> None:
        """A line with its comment."""
        self.lines.append(commented(text, self.say(comment)) if comment else text)

    def guess(self, text: str, why: str) -> None:
        """A line that is guessed, and why."""
        self.line(text, Message("guessed: {why}", why=why))

    def opening(self, said: Sequence[Message], file: str, base: str = "") -> None:
        """The head below its first line, with a title told by the file and the model that is extended."""
        for text in (*said, Message("What is marked as guessed is to be looked at; every key: docs/spec.md.")):
            self.line("# " + self.say(text))
        self.line("csi: 1")
        if base:
            self.line(f"extends: {quoted(base)}")
        told = self.proposal.facts.title
        title = title_of(file, self.proposal.model.title if base else Text(), told)
        why = Message("the name of the file; write your own, or {both}", both=BOTH)
        if told:
            why = Message("the label of the file; write your own, or {both}", both=BOTH)
        self.guess(f"title: {quoted(title)}", why)

    def file(self, file: str) -> None:
        """The file and its sheet."""
        self.line(f"  file: {quoted(file)}")
        if self.proposal.facts.source.sheet:
            self.line(f"  sheet: {quoted(self.proposal.facts.source.sheet)}")

    def beside_items(self) -> None:
        """What is proposed of columns that answer no question, and codes of no answer."""
        self.codes()
        self.roles()
        if self.proposal.unused:
            self.line("  # " + self.say(Message("not used: {names}", names=listed(self.proposal.unused, 40))))
        self.labels()
        self.rollup()

    def closed(self) -> str:
        """The text, with intervals and report."""
        self.line("uncertainty: {method: auto, level: 0.95}")
        first = "zh, en" if self.lang == "zh" else "en, zh"
        self.line(f"report: {{languages: [{first}], formats: [html, xlsx]}}")
        return "\n".join(self.lines) + "\n"

    def columns(self) -> None:
        """The column of every item, those without one in front of all."""
        wordings = {item.name: item.text.get(self.lang) for item in self.proposal.model.asked}
        self.line("  columns:", Message("item: column of the file"))
        for match in sorted(self.proposal.matches, key=lambda match: bool(match.column)):
            self._column(match, BREAKS.sub(" ", without_anchors(wordings[match.item])))

    def _column(self, match: Match, wording: str) -> None:
        if not match.column:
            text = f"    {match.item}: {json.dumps(open_column(match.item))}"
            why = Message("not found; write its column, or take the item out below")
            if match.why:
                why = Message("not found, {near}; write its column, or take the item out below", near=match.why)
            self.line(text, Message("{why} | {wording}", why=why, wording=wording) if wording else why)
            return
        text = f"    {match.item}: {quoted(match.column)}"
        if match.how == "name":
            self.lines.append(commented(text, wording) if wording else text)
        else:
            self.guess(text, Message("{why} | {wording}", why=match.why, wording=wording) if wording else match.why)

    def codes(self) -> None:
        """Codes of no answer: by reason, for all items, for single ones."""
        found = self.proposal.codes
        if loose := self._loose():
            self.line(f"  # missing_codes: [{', '.join(map(code_text, loose))}]",
                      Message("found in columns that nothing takes yet"))  # fmt: skip
        if not found and not loose:
            self.line("  # missing_codes: [98, 99]", Message("no code of no answer was found"))
            return
        named = [code for code in found if code.reason and not code.only]
        if named:
            self.line("  missing_reasons:")
        for reason in dict.fromkeys(code.reason for code in named):
            mine = [code for code in named if code.reason == reason]
            self.guess(f"    {reason}: {_list(mine)}", self._all_why(mine))
        general = [code for code in found if not code.reason and not code.only]
        single = [code for code in found if code.only]
        if general and not single:
            self.guess(f"  missing_codes: {_list(general)}", self._all_why(general))
            return
        if single:
            self.line("  missing_codes:")
        if general:
            self.guess(f"    all: {_list(general)}", self._all_why(general))
        for item in dict.fromkeys(item for code in single for item in code.only):
            mine = [code for code in single if item in code.only]
            self.guess(f"    {item}: {_list(mine)}", self._all_why(mine))

    def _loose(self) -> list[str]:
        """Codes of columns that nothing takes, where items lack a column."""
        known = {code.code for code in self.proposal.codes}
        columns = self.proposal.unused if self.proposal.lost else ()
        codes = [code for name in columns for code in self.proposal.facts[name].codes if code.how != "declared"]
        return list(dict.fromkeys(code.value for code in codes if code.value not in known))

    def _all_why(self, codes: Sequence[NoAnswer]) -> Message:
        return joined(Message("{name}: {why}", name=code.code, why=code.why) for code in codes)

    def roles(self) -> None:
        """Weight, groups, wave, design; and what may be groups, as comments."""
        example, lacking = "  # weight: w", Message("no column of weights was found")
        for role in self._of("spoilt"):
            example, lacking = f"  # weight: {quoted(role.column)}", Message("{why}", why=role.why)
        self._one("weight", "weight", example, lacking)
        self._several("by", "  # by: company", Message("no column of groups was found"))
        example, lacking = "  # wave: year", Message("no column of waves was found")
        for role in self._of("dates"):
            example = f"  # wave: {{column: {quoted(role.column)}, period: {role.period}}}"
            lacking = Message("{lacking}; {column}: {why}", lacking=lacking, column=role.column, why=role.why)
        self._one("wave", "wave", example, lacking)
        design = self._of("strata", "cluster", "panel")
        if design:
            self.line("  design:")
            for role in design:
                self.guess(f"    {role.use}: {quoted(role.column)}", role.why)
        for role in self._of("id"):
            self.line(f"  # {role.column}", Message("identifies respondents: {why}; nothing to write", why=role.why))
        for role in self._of("other"):
            text = "may hold groups as well: {why}" if self._of("by") else "may hold groups: {why}"
            self.line(f"  # by: {quoted(role.column)}", Message(text, why=role.why))

    def _of(self, *uses: str) -> list[Role]:
        return [role for role in self.proposal.roles if role.use in uses]

    def _one(self, use: str, key: str, instead: str, lacking: Message) -> None:
        for role in self._of(use)[:1]:
            self.guess(f"  {key}: {quoted(role.column)}", role.why)
            return
        self.line(instead, lacking)

    def _several(self, use: str, instead: str, lacking: Message) -> None:
        mine = self._of(use)
        if not mine:
            self.line(instead, lacking)
        elif len(mine) == 1:
            self.guess(f"  by: {quoted(mine[0].column)}", mine[0].why)
        else:
            why = joined(Message("{name}: {why}", name=role.column, why=role.why) for role in mine)
            self.guess(f"  by: [{', '.join(quoted(role.column) for role in mine)}]", why)

    def labels(self) -> None:
        """Names of groups and waves by the labels that their columns have in the file."""
        mine = [role.column for role in self._of("by", "wave")]
        named = [(name, self.proposal.facts[name].label) for name in mine if self.proposal.facts[name].label]
        if named:
            self.line("labels:", Message("variable labels of the file"))
            for name, label in named:
                told = Text.told(label)
                both = ", ".join(
                    f"{lang}: {json.dumps(text, ensure_ascii=False)}"
                    for lang, text in (("en", told.en), ("zh", told.zh))
                    if text
                )
                self.line(f"  {quoted(name)}: {{{both}}}")

    def rollup(self) -> None:
        """Levels above the groups, as a comment: they need a file of weights."""
        upper, below = self._of("upper"), self._of("by")
        if upper and below:
            names = ", ".join(quoted(name) for name in (below[0].column, *(role.column for role in upper)))
            why = joined(role.why for role in upper)
            text = Message("carries the index up, docs/rollup.md: {why}", why=why)
            self.line(f"# rollup: {{levels: [{names}], weights: weights.csv}}", text)

    def items(self) -> None:
        """Items with another scale or words, and how to take out those without a column."""
        model = self.proposal.model
        lost = {match.item for match in self.proposal.lost}
        wanted = {item.name for item in model.asked if item.name in self.proposal.answers or item.name in lost}
        blocks = [(c.name, [item for item in c.items if item.name in wanted]) for c in model.constructs]
        blocks = [(name, block) for name, block in blocks if block]
        if blocks:
            self._head("constructs:", [item for _, block in blocks for item in block])
        for name, block in blocks:
            self._head(f"  {name}:", block)
            self._head("    items:", block)
            self._items(block, "      ")
        beside = [item for item in model.beside if item.name in wanted]
        if beside:
            self._head("items:", beside)
            self._items(beside, "  ")

    def _head(self, text: str, block: Sequence[Item]) -> None:
        """A key, as a comment where everything below is one."""
        live = any(item.name in self.proposal.answers for item in block)
        self.line(text if live else f"# {text}")

    def _items(self, block: Sequence[Item], indent: str) -> None:
        lost = {match.item for match in self.proposal.lost}
        for item in block:
            if (answers := self.proposal.answers.get(item.name)) is not None:
                self.guess(f"{indent}{item.name}: {{{', '.join(self._changes(item, answers))}}}", answers.why)
            if item.name in lost:
                text = Message("takes the item out of the model")
                if answers is not None:
                    text = Message("in the place of the line above: takes the item out of the model")
                self.line(f"# {indent}{item.name}: null", text)

    def _changes(self, item: Item, answers: Answers) -> list[str]:
        """Keys of an item: its wording without the ends of the old scale, the new scale, words, turned or not."""
        parts = []
        if answers.scale is not None:
            texts = {"en": without_anchors(item.text.en), "zh": without_anchors(item.text.zh)}
            parts += [f"{lang}: {json.dumps(text, ensure_ascii=False)}" for lang, text in texts.items() if text]
            parts.append(f"scale: {scale_text(answers.scale)}")
        if answers.values:
            words = ", ".join(f"{code_text(word)}: {number_text(number)}" for word, number in answers.values)
            parts.append(f"values: {{{words}}}")
        return [*parts, "reverse: true"] if answers.reverse else parts


def commented(text: str, comment: str) -> str:
    """A line with its comment, below those of the other lines where the line is short."""
    return f"{text}{' ' * max(2, _AT - width(text))}# {comment}"


def _list(codes: Sequence[NoAnswer]) -> str:
    return f"[{', '.join(code_text(code.code) for code in codes)}]"


def code_text(text: str) -> str:
    """A code or an answer as a key of YAML: a number where it is one."""
    return number_text(number) if (number := as_number(fold(text), comma=False)) is not None else quoted(text)


def scale_text(scale: tuple[float, float]) -> str:
    """A scale as YAML."""
    return f"[{number_text(scale[0])}, {number_text(scale[1])}]"


def composed(proposal: Proposal, base: str, file: str, tr: Translate, lang: str, said: Sequence[Message] = ()) -> str:
    """The text of the spec.

    Parameters
    ----------
    proposal : Proposal
    base : str
        What the spec extends: a name of the library or a path.
    file : str
        The data file, seen from the spec.
    tr, lang
        Language of the comments.
    said : sequence of Message
        Further sentences for its head: how the model was chosen.
    """
    write, facts = Writer(proposal, tr, lang), proposal.facts
    head = "Draft of a spec for {file} ({rows} rows, {columns} columns) with the model {model}."
    write.line("# " + write.say(Message(head, file=facts.source.name, rows=facts.n, columns=len(facts.columns),
                                        model=base)))  # fmt: skip
    write.opening(said, file, base)
    write.line("data:")
    write.file(file)
    write.columns()
    write.beside_items()
    write.items()
    write.line("estimate: {estimator: pls}", Message("or plsc, ml"))
    return write.closed()
