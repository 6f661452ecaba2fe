"""A draft that extends no library model as the text of a spec: constructs by names or words of columns, and paths."""

from __future__ import annotations

import json
from collections.abc import Sequence

from csimodels.draft.compose import BREAKS, Writer, code_text, quoted, scale_text
from csimodels.draft.proposal import Proposal
from csimodels.draft.stems import index_of
from csimodels.messages import Message, Translate, counted, joined
from csimodels.spec.model import Construct, Item, Model
from csimodels.survey.columns import number_text


class PlainWriter(Writer):
    """Lines of a spec whose constructs are guessed too."""

    def constructs(self) -> None:
        """Constructs that are guessed with all of their items, or items that stand for themselves; how to add paths."""
        model = self.proposal.model
        if not model.constructs:
            self.line("items:", Message("no two names go together: every item stands for itself"))
            for item in model.beside:
                self._whole("  ", item, _answers(item))
            return
        self.line("constructs:")
        for construct in model.constructs:
            self._construct(construct)
        if model.paths:
            self._paths(model)
            return
        index, why = index_of(model)
        self.guess(f"index: {quoted(index)}", why)
        causes = [quoted(construct.name) for construct in model.constructs if construct.name != index]
        if causes:
            paths = ", ".join(f"{name}: [{quoted(index)}]" for name in causes)
            self.line(f"# paths: {{{paths}}}", Message("makes a model of it, with estimator: pls below; write yours"))

    def _construct(self, construct: Construct) -> None:
        """A construct with its items; where the words of the columns told it, with its label."""
        columns = Message("{n} columns named {stem} and a number", n=len(construct.items), stem=construct.label.en)
        if self.proposal.model.paths:
            columns = counted(len(construct.items), "by the words of {n} column", "by the words of {n} columns")
        self.guess(f"  {quoted(construct.name)}:", joined([columns, _answers(construct.items[0])], ", "))
        if self.proposal.model.paths and construct.label.zh:
            self.line(f"    label: {{en: {quoted(construct.label.en)}, zh: {quoted(construct.label.zh)}}}")
        if construct.better == "low":
            self.guess("    better: low", Message("a high number is no good news"))
        self.line("    items:")
        for item in construct.items:
            self._whole("      ", item)

    def _paths(self, model: Model) -> None:
        """The paths, one line for each cause, and the index."""
        self.guess("paths:", Message("those of the model named above; write yours"))
        for cause in model.construct_names:
            effects = [quoted(effect) for start, effect in model.paths if start == cause]
            if effects:
                self.line(f"  {quoted(cause)}: [{', '.join(effects)}]")
        index, why = index_of(model)
        self.guess(f"index: {quoted(index)}", why)

    def _whole(self, indent: str, item: Item, why: Message | None = None) -> None:
        parts = [f"{lang}: {json.dumps(BREAKS.sub(' ', text), ensure_ascii=False)}"
                 for lang, text in (("en", item.text.en), ("zh", item.text.zh)) if text]  # fmt: skip
        parts.append(f"scale: {scale_text(item.scale)}")
        if item.values:
            parts.append(f"values: {{{', '.join(f'{code_text(word)}: {number_text(n)}' for word, n in item.values)}}}")
        if item.reverse:
            parts.append("reverse: true")
            turned = Message("turned: the lowest number is the best answer")
            why = turned if why is None else joined([why, turned], ", ")
        text = f"{indent}{quoted(item.name)}: {{{', '.join(parts)}}}"
        if why is None:
            self.line(text)
        else:
            self.guess(text, why)


def _answers(item: Item) -> Message:
    low, high = map(number_text, item.scale)
    return Message("answers from {low} to {high}", low=low, high=high)


def composed_plain(proposal: Proposal, file: str, tr: Translate, lang: str, said: Sequence[Message]) -> str:
    """The text of a spec whose constructs are guessed from names, or told by the words, of columns.

    Parameters
    ----------
    proposal : Proposal
    file : str
        The data file, seen from the spec.
    tr, lang
        Language of the comments.
    said : sequence of Message
        Further sentences for its head: why there is no library model.
    """
    write, facts = PlainWriter(proposal, tr, lang), proposal.facts
    head = "Draft of a spec for {file} ({rows} rows, {columns} columns) without a model."
    if proposal.model.paths:
        head = "Draft of a spec for {file} ({rows} rows, {columns} columns) with questions of its own."
    write.line("# " + write.say(Message(head, file=facts.source.name, rows=facts.n, columns=len(facts.columns))))
    write.opening(said, file)
    write.constructs()
    write.line("data:")
    write.file(file)
    write.beside_items()
    if proposal.model.paths:
        write.line("estimate: {estimator: pls}", Message("or plsc, ml"))
    else:
        write.line("estimate: {estimator: means}", Message("plain means of items; with paths: pls, plsc, ml"))
    return write.closed()
