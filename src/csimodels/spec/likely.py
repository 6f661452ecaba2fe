"""The likely remedy where a spec has a short form that is none, a key that stands elsewhere, or another word.

``uncertainty: linearised`` gets ``write uncertainty: {method: linearised}``; nothing here is read as if it were right.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from csimodels.messages import Message
from csimodels.spec.nodes import Loc, Map, Node, Scalar, Seq, at, kind_of, shorten
from csimodels.spec.other_notations import range_of_names

#: The key that a text in the place of a whole section most likely belongs to; in brackets, a list.
_KEY_OF_TEXT = {
    ("uncertainty",): "method",
    ("estimate",): "estimator",
    ("data",): "file",
    ("rollup",): "[levels]",
    ("data", "design"): "cluster",
}
#: The same for a number.
_KEY_OF_NUMBER = {("trend",): "base", ("effort",): "budget"}
_FORMATS = frozenset({"html", "xlsx", "profiles", "pdf", "docx", "pptx"})
#: What people write for true and false.
_TRUTH = {
    **dict.fromkeys(("是", "yes", "y", "on", "1", "真", "对"), "true"),
    **dict.fromkeys(("否", "不", "no", "n", "off", "0", "假", "不是"), "false"),
}
#: What people call an allowed value.
_WORDS = {
    **dict.fromkeys(("english", "en-us", "en_us", "en-gb", "eng", "英文", "英语"), "en"),
    **dict.fromkeys(("chinese", "zh-cn", "zh_cn", "cn", "中文", "汉语"), "zh"),
    **dict.fromkeys(("word", "doc"), "docx"),
    **dict.fromkeys(("excel", "xls"), "xlsx"),
    **dict.fromkeys(("powerpoint", "ppt", "slides"), "pptx"),
    **dict.fromkeys(("cbsem", "cb-sem", "cb_sem", "sem", "lisrel", "amos", "mlr", "mlm"), "ml"),
    **dict.fromkeys(("pls-sem", "plssem", "pls_sem"), "pls"),
    **dict.fromkeys(("linearized", "linear", "taylor"), "linearised"),
    **dict.fromkeys(("boot", "bootstrapping"), "bootstrap"),
}
#: The same for words that mean one thing here and another there.
_SEVERAL = {
    **dict.fromkeys(("reflective", "反映型", "reflektive"), ("A", "reflective")),
    **dict.fromkeys(("formative", "形成型", "causal"), ("B", "composite")),
    **dict.fromkeys(("top2", "top 2", "t2b", "top2box", "top_2_box", "top-2-box", "top box"), ("top_box",)),
    **dict.fromkeys(("bottom2", "b2b", "bottom2box", "bottom-2-box", "bottom box"), ("bottom_box",)),
    **dict.fromkeys(("average", "均值", "平均"), ("mean", "means")),
    **dict.fromkeys(("pairwise deletion",), ("pairwise",)),
    **dict.fromkeys(("casewise", "complete", "complete cases", "listwise deletion"), ("listwise",)),
}
_PLAIN = re.compile(r"[^\W\d][\w./\\-]*( [\w./\\-]+)*")
_BETWEEN = re.compile(r"\s*[,;，；、+]\s*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ARROW = re.compile(r"\s*(?:-+>|=+>|→|~)\s*")


def likely_remedy(tree: Map, detail: Mapping[str, Any], node: Node) -> str:
    """What was probably meant by a value that pydantic refuses with `detail`; empty where nothing is likely."""
    kind = str(detail["type"])
    if kind == "literal_error":
        return _usual_word(kind_of(node), re.findall(r"'([^']*)'", detail["ctx"]["expected"]))
    if (
        kind == "float_type"
        and isinstance(node, Scalar)
        and node.value is None
        and (meant := _cut_number(tree, detail["loc"]))
    ):
        return meant
    if kind == "bool_type" and (word := _TRUTH.get(kind_of(node).strip("\"'").casefold())):
        return _write(word)
    if kind in ("int_type", "float_type"):
        return _number_meant(node, kind, detail["loc"][:1] in (("targets",), ("what_if",)))
    if detail["loc"][-1:] == ("items",) and any("*" in text for text in _texts(node)):
        return Message("patterns are not read here: write every name, as in {example}", example="[Q1, Q2, Q3]")
    if kind in ("list_type", "tuple_type") and isinstance(node, Map) and (values := _values(tree, detail["loc"], node)):
        return _write(f"{detail['loc'][-1]}: [{', '.join(values)}]")
    if detail["loc"][:2] == ("data", "design") and (texts := _texts(node)) and isinstance(node, Seq):
        text = "make one column of {names} in the data, with a value for each combination, and name it"
        return Message(text, names=" + ".join(texts))
    if detail["loc"] == ("data", "file") and isinstance(node, Scalar) and node.text:
        return Message('put it in quotes: "{text}"', text=shorten(node.text))
    return _section_meant(tree, detail["loc"], node) if detail["loc"] else ""


def _usual_word(text: str, options: list[str]) -> str:
    """What to write for a word that is not among `options` but means one of them; empty where it means none."""
    plain = text.strip().lower()
    words = [_WORDS.get(plain, ""), *_SEVERAL.get(plain, ())]
    return next((_write(word) for word in words if word in options), "")


def _values(tree: Map, loc: Loc, node: Map) -> list[str]:
    """The numbers of a mapping in the place of a list, experts' points in the order of the parts; else none."""
    parts = {entry.key: entry.node for entry in node.entries}
    order = list(parts)
    if loc[:1] == ("hierarchy",) and isinstance(above := at(tree, loc[:2])[0], Map):
        names = _texts(above.get("of"))
        order = names if set(names) == set(parts) else order
    texts = [part.text for name in order if isinstance(part := parts[name], Scalar)]
    return texts if len(texts) == len(parts) and all(map(_NUMBER.fullmatch, texts)) else []


def _cut_number(tree: Map, loc: Loc) -> str:
    """What to write for ``{a: 60,5}``, where the comma parted two entries of a mapping; empty for anything else."""
    above, _ = at(tree, loc[:-1])
    keys = [entry.key for entry in above.entries] if isinstance(above, Map) else []
    place = keys.index(str(loc[-1])) if str(loc[-1]) in keys else 0
    before = above.entries[place - 1].node if isinstance(above, Map) and place else None
    if not (str(loc[-1]).isdigit() and isinstance(before, Scalar) and before.text.isdigit()):
        return ""
    return _write(f"{_quoted(keys[place - 1])}: {before.text}.{loc[-1]}")


def _number_meant(node: Node, kind: str, points: bool = False) -> str:
    """What to write for ``95%`` or ``2,000`` where a number must stand, of 0 to 100 `points` as it is; else nothing."""
    text = node.text.strip() if isinstance(node, Scalar) else ""
    written, text = text, unicodedata.normalize("NFKC", text)
    plain = re.sub(r"(?<=\d)[,，_' ](?=\d{3}\b)", "", text)
    if (
        kind == "float_type" and re.fullmatch(r"-?\d+[.,]\d+", plain) and plain.replace(",", ".") != written
    ):  # a decimal comma, or digits of full width
        return _write(plain.replace(",", "."))
    if kind == "float_type" and re.fullmatch(r"\d+(\.\d+)?\s*[%％]", plain):
        return _write(f"{float(plain.rstrip('%％ ')) / (1 if points else 100):g}")
    return _write(plain) if plain != written and re.fullmatch(r"\d+", plain) else ""


def _section_meant(tree: Map, loc: Loc, node: Node) -> str:
    """What to write where a text, a number or a list stands for what is made of keys; empty where nothing is likely."""
    body = _body(tree, loc, node)
    return _write(f"{loc[-1]}: {body}") if body else ""


def _body(tree: Map, loc: Loc, node: Node) -> str:
    texts, place = _texts(node), tuple(str(step) for step in loc)
    number = node.value if isinstance(node, Scalar) and isinstance(node.value, (int, float)) else None
    if place == ("uncertainty",) and isinstance(node, Scalar):
        return _uncertainty(node)
    if place == ("report",) and texts:
        words = [_WORDS.get(text.lower(), text) for text in texts]
        return f"{{{'formats' if _FORMATS.issuperset(words) else 'languages'}: {_list(words)}}}"
    if place == ("paths",):
        return _paths(node)
    if place[:1] == ("paths",) and isinstance(node, Map) and node.get("to") is not None:
        return _list(_texts(node.get("to")))
    if place == ("targets",) and number is not None and not isinstance(number, bool):
        return f"{{{_index(tree)}: {number:g}}}"
    if place == ("what_if",) and len(texts) == 1:
        return f"{{{_quoted(texts[0])}: 5}}"
    if place == ("constructs",) and isinstance(node, Seq):
        return _constructs(node)
    if len(place) in (2, 3) and place[0] == "constructs" and place[2:] in ((), ("items",)) and texts:
        return _list(_split(texts)) if place[2:] else f"{{items: {_list(_split(texts))}}}"
    if place[-1:] == ("scale",):
        return _scale(node)
    if place in _KEY_OF_NUMBER and number is not None and not isinstance(number, bool):
        return f"{{{_KEY_OF_NUMBER[place]}: {number:g}}}"
    key = _KEY_OF_TEXT.get(place, "")
    if not key or not texts or (len(texts) > 1 and key[0] != "["):
        return ""
    return f"{{{key[1:-1]}: {_list(texts)}}}" if key[0] == "[" else f"{{{key}: {_quoted(texts[0])}}}"


def _uncertainty(node: Scalar) -> str:
    value = node.value
    if value is False or str(value).lower() in ("no", "off"):
        return "{method: none}"
    if value is True or str(value).lower() in ("yes", "on"):
        return "{method: auto}"
    if isinstance(value, (int, float)):
        return f"{{level: {value:g}}}" if 0 < value < 1 else f"{{replicates: {value:g}}}"
    return f"{{method: {_quoted(_WORDS.get(value.lower(), value))}}}" if value else ""


def _scale(node: Node) -> str:
    """Two ends out of ``1-10``, ``1 to 10``, ``10`` or a list of all answers."""
    if isinstance(node, (Seq, Map)):
        parts = node.items if isinstance(node, Seq) else tuple(entry.node for entry in node.entries)
        numbers = [part.value for part in parts if isinstance(part, Scalar)]
        whole = [n for n in numbers if isinstance(n, (int, float)) and not isinstance(n, bool)]
        enough = len(parts) > 2 if isinstance(node, Seq) else len(parts) == 2
        return f"[{min(whole):g}, {max(whole):g}]" if enough and len(whole) == len(parts) else ""
    ends = _NUMBER.findall(node.text) if isinstance(node, Scalar) else []
    if len(ends) == 1 and float(ends[0]) > 1:
        ends = ["1", *ends]
    return f"[{ends[0]}, {ends[1]}]" if len(ends) == 2 else ""


def _paths(node: Node) -> str:
    """Arrows, formulas (``B ~ A``) and pairs of from and to as a mapping of sources to targets."""
    parts = node.items if isinstance(node, Seq) else (node,)
    found: dict[str, list[str]] = {}
    for part in parts:
        sides = _ends(part)
        if sides is None:
            return ""
        for source in sides[0]:
            found.setdefault(source, []).extend(sides[1])
    return f"{{{', '.join(f'{_quoted(a)}: {_list(b)}' for a, b in found.items())}}}" if found else ""


def _ends(node: Node) -> tuple[list[str], list[str]] | None:
    """Sources and targets of one entry of a list of paths; None where it is something else."""
    if isinstance(node, Map):
        ends = [_texts(node.get(key)) for key in ("from", "to")]
        return (ends[0], ends[1]) if all(ends) else None
    text = node.text if isinstance(node, Scalar) else ""
    sides = [[side for side in _BETWEEN.split(part) if side] for part in _ARROW.split(text)]
    if len(sides) != 2 or not all(sides):
        return None
    return (sides[1], sides[0]) if "~" in text else (sides[0], sides[1])


def _constructs(node: Seq) -> str:
    """A list of constructs with their names inside as a mapping of names."""
    out = []
    for part in node.items:
        name = part.get("name") if isinstance(part, Map) else part
        items = _texts(part.get("items")) if isinstance(part, Map) else []
        if not isinstance(name, Scalar) or not name.text:
            return ""
        out.append(f"{_quoted(name.text)}: {{items: {_list(items) if items else '[...]'}}}")
    return f"{{{', '.join(out)}}}"


def misplaced(loc: Loc, keys: Mapping[str, tuple[str, ...]], top: tuple[str, ...], node: Node) -> str:
    """What to do with a key that is unknown at `loc` but known in another section.

    Parameters
    ----------
    loc : tuple of str or int
        Where it stands.
    keys : Mapping of str to tuple of str
        The keys of every section that has keys of its own, by the section's name.
    top : tuple of str
        The keys of the whole spec.
    node : Node
        Its value.
    """
    key = str(loc[-1])
    if len(loc) == 2 and key in top:
        text = "{key} is a key of the whole spec: move it to a line of its own, without indentation"
        return Message(text, key=key)
    below = {"strata", "cluster", "fpc", "lone_strata", "panel"}
    if tuple(loc[:-1]) == ("data",) and key in below and isinstance(node, Scalar):
        written = f"design: {{{key}: {shorten(_quoted(node.text))}}}"
        return Message("{key} stands under {place}: write {value}", key=key, place="data: design", value=written)
    if len(loc) == 3 and key in keys.get(str(loc[0]), ()):
        text = "{key} stands under {place}, one level further out: write it beside {section}"
        return Message(text, key=key, place=str(loc[0]), section=str(loc[1]))
    homes = [name for name, known in keys.items() if key in known and name != str(loc[0])]
    if len(loc) > 2 or len(homes) != 1 or key == "weights":  # as likely the weight of data
        return ""
    value = _quoted(node.text) if isinstance(node, Scalar) else "..."
    written = f"{homes[0]}: {{{key}: {shorten(value)}}}"
    return Message("{key} stands under {place}: write {value}", key=key, place=homes[0], value=written)


def language_meant(key: str, known: tuple[str, ...]) -> str:
    """The language among `known` keys that a key such as ``cn`` means; empty where it means none."""
    meant = _WORDS.get(key.strip().lower(), "")
    return _write(meant) if meant in known and meant in ("en", "zh") else ""


def _write(value: str) -> str:
    return Message("write {value}", value=shorten(value, 200))


def _index(tree: Map) -> str:
    node = tree.get("index")
    return _quoted(node.text) if isinstance(node, Scalar) and node.text else "Satisfaction"


def _texts(node: Node | None) -> list[str]:
    """The text, or the texts of the list; empty where something else is among them."""
    parts: tuple[Any, ...] = node.items if isinstance(node, Seq) else (node,)
    texts = [part.value for part in parts if isinstance(part, Scalar) and isinstance(part.value, str) and part.value]
    return texts if len(texts) == len(parts) else []


def _split(texts: list[str]) -> list[str]:
    parts = divided(texts[0]) if len(texts) == 1 else texts
    return [name for part in parts for name in range_of_names(part) or [part]]


def divided(text: str) -> list[str]:
    """The names in a text with commas, semicolons or plus signs between them."""
    return [part for part in _BETWEEN.split(text.strip()) if part]


def _list(texts: list[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    """A text as it can stand in a mapping on one line, in quotes where it needs them."""
    return text if _PLAIN.fullmatch(text) or _NUMBER.fullmatch(text) else json.dumps(text, ensure_ascii=False)
