"""Sentences carry their parts: another language is made of template and parts, never of our own English."""

from __future__ import annotations

import ast
import json
import pickle
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import csimodels as cs
from csimodels.errors import CsiError, Problem
from csimodels.i18n import language_of_user, speak, translator
from csimodels.messages import (
    Construct,
    Item,
    Message,
    about,
    as_json,
    beside,
    counted,
    from_json,
    joined,
    known,
    listed,
    say,
)

sys.path.insert(0, str(Path(__file__).parent / "report"))
import catalogue

ROOM = Path(cs.__file__).parent
ZH = translator("zh")
#: Names as users have them: braces, percent, markup, quotes, words of the catalogue.
ODD = (
    "{n}",
    "{0}",
    "{x!r}",
    "100 %",
    "%s",
    "[bold]a[/]",
    "<b>&</b>",
    '"a"',
    "ok",
    "Value",
    "none",
    "a, b; c: d",
    "质量",
    "",
)


@pytest.mark.parametrize("name", ODD)
def test_parts_are_kept_whatever_they_are(name: str) -> None:
    note = Message("refused: {group} has {n} usable rows, at least {least} are needed", group=name, n=3, least=10)
    assert note == f"refused: {name} has 3 usable rows, at least 10 are needed"
    assert say(note, str) == note
    assert say(note, ZH) == f"拒绝计算：{name}仅有3条可用记录，至少需要10条"
    assert say(about(name, Message("singular")), ZH) == f"{name}：{ZH('singular')}"
    assert say(listed([name, name, name], 2), ZH) == f"{name}、{name}，另有1项"


def test_plain_text_and_names_are_no_words_of_the_catalogue() -> None:
    assert ZH("Value") != "Value" and ZH("ok") != "ok"
    assert say("Value", ZH) == "Value"
    assert say(Message("{a} and {b}", a="ok", b=Message("ok")), ZH) == f"ok与{ZH('ok')}"
    labels = {"Value": "感知价值", "ok": "好"}
    note = Message("the constructs that lead to {name} are collinear: {names}", name=Construct("Value"),
                   names=listed([Construct("ok"), Construct("Value")]))  # fmt: skip
    assert note == "the constructs that lead to Value are collinear: ok, Value"
    assert say(note, ZH, labels.__getitem__) == "指向感知价值的潜变量共线：好、感知价值"


def test_a_message_is_text_that_can_be_sent_and_stored() -> None:
    inner = Message("{a} and {b} ({value})", a=Construct("Value"), b=Item("V1"), value="0.9")
    note = about(
        "bank = {x}", Message("inadmissible: {where}: {reasons}", where="g", reasons=listed([inner, "plain"], 1))
    )
    assert isinstance(note, str)
    assert note == str(note) and hash(note) == hash(str(note)) and {note: 1}[str(note)] == 1
    for again in (pickle.loads(pickle.dumps(note)), from_json(json.loads(json.dumps(as_json(note))))):
        assert again == note
        assert (again.template, again.parts) == (note.template, note.parts)
        assert say(again, ZH, lambda name: f"<{name}>") == say(note, ZH, lambda name: f"<{name}>")
    assert "<Value>与<V1>" in say(note, ZH, lambda name: f"<{name}>")


def test_joining_keeps_what_it_joins() -> None:
    assert say(joined([Message("not converged"), Message("inadmissible")]), ZH) == "未收敛；不可接受解"
    assert joined([Message("singular")]).template == "singular"
    assert joined([]) == "" == listed([])
    assert beside(Message('did you mean "{name}"?', name="a"), listed(["a", "b"])) == 'did you mean "a"? a, b'
    assert [counted(n, "{n} row", "{n} rows") for n in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert known([Message("ok"), "plain", 3]) == {"ok": "ok"}


def test_what_is_no_part_is_refused() -> None:
    with pytest.raises(KeyError):
        Message("{n} of {asked}", n=3)
    assert Message("{n}", n=np.int64(3)) == "3"
    assert Message("{n}", n=(3, 4)) == "(3, 4)"  # type: ignore[arg-type]
    for bad in (None, 3, [], {}, {"template": "x"}, {"template": "{n}", "parts": {"m": "1"}}, {"all": 3, "most": 1}):
        with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
            from_json(bad)


def test_problems_say_themselves_in_both_languages() -> None:
    problem = Problem("the file exists", "a.yaml", "x {y}", Message("at least {n}", n=2), "name another file")
    assert str(problem).split("\n") == [
        "a.yaml: the file exists", "    found:   x {y}", "    allowed: at least 2", "    do:      name another file",
    ]  # fmt: skip
    assert problem.said(ZH).split("\n") == [
        "a.yaml：文件已存在",
        "    发现：x {y}",
        "    允许：至少2",
        "    处理：换一个文件名",
    ]
    both = CsiError([problem, Problem("no such file", "ok")])
    assert both.said(ZH).startswith("2个问题：\n- a.yaml：文件已存在")
    assert both.said(ZH).endswith("- ok：没有这个文件")
    assert str(both) == both.said(str)


#: What may stand behind a name that ends like a number: verbs, and words that end in s and name no things.
NO_THINGS = re.compile(
    "(is|was|has|does|goes|holds|needs|stands|counts|lies|leads|takes|keeps|weighs|looks|appears|belongs|matches|differs"
    "|less|as|this|its|paths|there|or|and|of|by|under|point|rises|falls|means|would|lacks)"
)


def _said_of_one() -> Iterator[str]:
    """Every sentence of the catalogue with 1 for each of its parts in turn."""
    for text in catalogue.used():
        places = re.findall(r"\{(\w+)\}", text)
        for place in dict.fromkeys(places):
            yield Message(text, **{name: 1 if name == place else "x" for name in places})


def test_one_of_a_thing_is_said_as_one() -> None:
    wrong, sentences = [], list(_said_of_one())
    for said in sentences:
        for words in re.findall(r"(?<![\w.])1((?: [a-z]+){1,2})", said):
            first, second = [*words.split(), ""][:2]
            things = [first] if NO_THINGS.fullmatch(first) is None else []
            things += [second] if things and NO_THINGS.fullmatch(second) is None else []
            many = second in ("have", "are", "were", "do") and first not in ("to", "would")
            many = many and f"of 1 {first}" not in said
            wrong += [said] if many or any(word.endswith("s") for word in things) else []
    assert wrong == []
    assert len(sentences) > 1000 and sum("1 row" in said for said in sentences) > 20


def test_a_verb_follows_what_is_counted() -> None:
    assert Message("{n} rows have no answer in {k} items", n=1, k=1) == "1 row has no answer in 1 item"
    assert Message("{n} rows have no answer", n=11) == "11 rows have no answer"
    assert Message("the answers of {n} items are words", n=1) == "the answers of 1 item are words"
    assert Message("{n} strata; {m} entries", n=1, m=1) == "1 stratum; 1 entry"
    assert Message("wave {name} rows", name="2021") == "wave 2021 rows"
    assert say(Message("{n} cautions", n=1), ZH) == ZH("{n} cautions").replace("{n}", "1")


def test_the_language_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSI_LANG", "zh")
    try:
        assert speak(None) == language_of_user() == "zh"
        assert speak("en") == language_of_user() == "en"
        monkeypatch.setenv("CSI_LANG", "klingon")
        with pytest.raises(cs.SpecError, match="unknown language"):
            speak(None)
        monkeypatch.delenv("CSI_LANG")
        assert speak(None) == "en"
    finally:
        monkeypatch.delenv("CSI_LANG", raising=False)
        speak(None)


# ---- the source ---------------------------------------------------------------------------------------------------

WORDS = re.compile(r"[A-Za-z]{2,}[^A-Za-z{}]+[A-Za-z]{2,}")
#: Arguments that a reader sees, by call: none may be English put together on the spot.
SEEN = {"Problem": (0, 2, 3, 4), "Finding": (1, 2, 3, 4), "LogEntry": (0, 3), "tell": (0,), "append": (0,)}
SEEN_KEYWORDS = {"what", "found", "allowed", "remedy"}


def _sentence(node: ast.expr) -> bool:
    """Whether an expression is an f-string with English around its parts."""
    if isinstance(node, ast.IfExp):
        return _sentence(node.body) or _sentence(node.orelse)
    if isinstance(node, ast.BinOp):
        return _sentence(node.left) or _sentence(node.right)
    if not isinstance(node, ast.JoinedStr):
        return False
    text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return bool(WORDS.search(text.replace("{}", " x ")))


def _named(scope: ast.AST) -> dict[str, list[ast.expr]]:
    return catalogue._named(scope)


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOM)))
def test_no_sentence_is_put_together_without_its_parts(path: Path) -> None:
    lost = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for scope in ast.walk(tree):
        if not isinstance(scope, (ast.Module, ast.FunctionDef)):
            continue
        names = _named(scope)
        for node in catalogue._own(scope):
            if not isinstance(node, ast.Call):
                continue
            name = catalogue._name(node.func)
            if name == "append" and "notes" not in ast.unparse(node.func) and "reasons" not in ast.unparse(node.func):
                continue
            shown = [node.args[k] for k in SEEN.get(name, ()) if k < len(node.args)]
            shown += [k.value for k in node.keywords if name in SEEN and k.arg in SEEN_KEYWORDS]
            for value in shown:
                values = names.get(value.id, []) if isinstance(value, ast.Name) else [value]
                lost += [f"line {v.lineno}: {ast.unparse(v)[:100]}" for v in values if _sentence(v)]
    assert lost == []


#: English behind which nothing stands but words: "two or three", "a tree"; names, keys and code have other marks.
PROSE = re.compile(r"(^|[ ,])[a-z]+ (?:[a-z]+ )*[a-z]{2,}", re.IGNORECASE)
#: Places of names and values beside the sentences, by call.
BESIDE = {"Problem": (1, 2, 3), "Finding": (2, 3)}
BESIDE_KEYWORDS = {"where", "found", "allowed"}


def _plain(node: ast.expr) -> Iterator[ast.Constant]:
    """Texts that an expression may be without a template: themselves, by choice, or as what joins others."""
    if isinstance(node, ast.IfExp):
        yield from (*_plain(node.body), *_plain(node.orelse))
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _plain(value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
        between = node.func.value
        if isinstance(between, ast.Constant) and re.search("[a-z]{2}", str(between.value)):
            yield between


def test_what_stands_beside_a_sentence_is_translated_where_it_is_words() -> None:
    lost, looked_at = [], 0
    for path in sorted(ROOM.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for scope in ast.walk(tree):
            if not isinstance(scope, (ast.Module, ast.FunctionDef)):
                continue
            names = _named(scope)
            for node in catalogue._own(scope):
                name = catalogue._name(node.func) if isinstance(node, ast.Call) else ""
                if not isinstance(node, ast.Call) or name not in (*BESIDE, "Message"):
                    continue
                shown = [node.args[k] for k in BESIDE.get(name, ()) if k < len(node.args)]
                shown += [k.value for k in node.keywords if name == "Message" or k.arg in BESIDE_KEYWORDS]
                looked_at += len(shown)
                for value in shown:
                    for part in names.get(value.id, []) if isinstance(value, ast.Name) else [value]:
                        texts = [text for text in _plain(part) if text.value not in CODE]
                        joining = [t for t in texts if isinstance(part, ast.Call)]
                        words = joining + [t for t in texts if PROSE.search(str(t.value)) and t not in joining]
                        lost += [f"{path.name}, line {text.lineno}: {text.value}" for text in words]
    assert lost == []
    assert looked_at > 1000


#: Texts of the spec's own language that read like English.
CODE = {"drivers of", "data", "csi: 1, constructs: ..., paths: ..."}


def test_the_report_reads_no_english_back() -> None:
    assert not (ROOM / "report" / "phrases.py").exists()
    assert not (ROOM / "report" / "phrasebook.py").exists()
