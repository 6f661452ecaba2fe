"""Arguments of the command line: what several commands take, and how pairs, rules and files are read."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

import csimodels as cs
from csimodels.errors import DataError, Problem, SpecError, listed
from csimodels.i18n import speak
from csimodels.messages import Message

#: COLUMN=VALUE of the option --where.
_PAIR = re.compile(r"([^<>=!()\"'`]*)=([^<>=!()\"'`]*)")
_MARKS = str.maketrans("＞＜＝！（）“”‘’", "><=!()\"\"''")
#: What every rule in words holds one of.
_RULE = re.compile(r"[<>=≤≥≠]|\b(in|is)\b")
Spec = Annotated[str, typer.Argument(help="A spec file, or the name of a library model (see csi models).")]
OptionalData = Annotated[Path | None, typer.Argument(help="Survey file; by default the one that the spec names.")]
Folder = Annotated[Path, typer.Argument(help="Folder that csi run wrote.")]
Details = Annotated[
    bool,
    typer.Option("--details", help="Show all notes and steps, and the main tables of a result with their errors."),
]


def _spoken(lang: str | None) -> str | None:
    """Talk in the language that stands behind a command, as if it stood before it."""
    return lang if lang is None else speak(lang)


#: Of every command but the report, whose ``--lang`` is the language of the page.
Lang = Annotated[
    str | None,
    typer.Option(
        help="Language of messages: en or zh.", callback=_spoken, is_eager=True, expose_value=True, show_default=False
    ),
]


#: Files of kinds that no command mistakes for another, beside those of answers.
_KINDS = (".html", ".htm", ".pdf", ".docx", ".doc", ".pptx", ".png", ".svg", ".json", ".yaml", ".yml", ".md")


def refuse_other_kind(file: Path, *suffixes: str) -> None:
    """SpecError where the name of a file to write is that of another kind of file than `suffixes`."""
    from csimodels.spec.not_specs import DATA_SUFFIXES  # specs load only where a file is written

    suffix = file.suffix.lower()
    if suffix in (*DATA_SUFFIXES, *_KINDS) and suffix not in suffixes:
        what = Message('what is written is no "{suffix}" file', suffix=suffix)
        remedy = Message("write {name}", name=file.with_suffix(suffixes[0]).name)
        raise SpecError(Problem(what, str(file), allowed=" ".join(suffixes), remedy=remedy))


def word(text: str | Path) -> str:
    """One word of a command line."""
    return shlex.quote(str(text))


def again(command: str, spec: str, data: Path | None) -> str:
    """The command that was given, with all details."""
    return " ".join(["csi", command, *(word(part) for part in (spec, data) if part is not None), "--details"])


def uncertainty_of(spec: str, method: str | None, options: dict[str, Any]) -> Any:
    """The spec's uncertainty with the options given; the marker of the spec's own where there are none."""
    given = {name: value for name, value in options.items() if value is not None}
    if given.get("replicates") == 0 and method in (None, "bootstrap", "none"):
        return None
    if not given:
        return cs.FROM_SPEC if method is None else method
    written = cs.load_model(spec).uncertainty
    used = method or ("bootstrap" if written.method in ("auto", "none") else written.method)
    if used != "bootstrap":
        what = Message("only the bootstrap has {names}, and the method is {used}", names=listed(list(given)), used=used)
        where = ", ".join(f"--{name}" for name in given)
        raise SpecError(Problem(what, where, remedy="add --uncertainty bootstrap, or leave these options out"))
    kept = {name: getattr(written, name) for name in ("replicates", "seed", "interval", "level", "draw")}
    return cs.Bootstrap(**kept | given)


def where_of(texts: list[str]) -> dict[str, str] | str | None:
    """COLUMN=VALUE pairs as a mapping; anything else as a rule in words, several joined by "and"."""
    if all(_PAIR.fullmatch(text) or not _RULE.search(text) for text in texts):
        return equations(texts)
    rules = [text if not (pair := _PAIR.fullmatch(text)) else f'`{pair[1]}` == "{pair[2]}"' for text in texts]
    return " and ".join(f"({rule})" for rule in rules) or None


def equations(texts: list[str]) -> dict[str, str] | None:
    """COLUMN=VALUE pairs as a mapping, None where there are none; SpecError for other texts and columns named twice."""
    wrong = [text for text in texts if "=" not in text]
    plain = [text.translate(_MARKS) for text in wrong]
    if plain != wrong:
        raise SpecError(
            Problem("full-width marks are none of a rule", "--where", old, remedy=Message("write {value}", value=new))
            for old, new in zip(wrong, plain, strict=True)
        )
    if wrong:
        raise SpecError(Problem("expected COLUMN=VALUE", "--where", text, remedy="--where year=2026") for text in wrong)
    pairs = [(text.partition("=")[0], text.partition("=")[2]) for text in texts]
    columns = [column for column, _ in pairs]
    twice = [column for column in dict.fromkeys(columns) if columns.count(column) > 1]
    if twice:
        remedy = "one value for each column; to see several side by side, group with --by"
        raise SpecError(
            Problem(Message('"{column}" has two values', column=column), "--where", remedy=remedy) for column in twice
        )
    return dict(pairs) or None


def from_lavaan_file(
    path: Path, index: str | None, growth: bool = False, std_lv: bool = False, orthogonal: bool = False
) -> cs.Model:
    """The model of a lavaan file; where no index is named, the option that names it is the remedy."""
    try:
        text, name = lavaan_text(path), path.stem
        return cs.from_lavaan(text, name=name, index=index, growth=growth, std_lv=std_lv, orthogonal=orthogonal)
    except SpecError as error:
        lost = [p for p in error.problems if p.what.startswith("no index is named")]
        remedy = Message("lavaan syntax names no index: add --index and the construct that is it")
        raise SpecError(replace(p, remedy=remedy) if p in lost else p for p in error.problems) from None


def lavaan_text(path: Path) -> str:
    """Text of a lavaan file; DataError where it cannot be read."""
    if not path.is_file():  # a pipe would keep us waiting
        raise DataError(Problem("this is no file", str(path), remedy="name a lavaan file"))
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(Problem("the file is not UTF-8", str(path), remedy="save it as UTF-8")) from error
