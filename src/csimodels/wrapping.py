"""Text broken into lines of a terminal: between words and between Chinese letters, never inside what is copied."""

from __future__ import annotations

import re

from rich.cells import cell_len

#: Marks that begin no line, and marks that end none.
_CLOSING = "，。；：、？！）】》」』”’～…%,.;:?!)]}"
_OPENING = "（【《「『“‘([{"
#: A command of csi to the end of its clause, and a mapping or list of a spec: kept in one piece.
_COMMAND = r"csi [a-z][a-z-]*(?:(?!  )[^\n;；，。)）])*"
_SNIPPET = r"\{[^{}\n]*\}|\[[^\[\]\n]*\]"
_WIDE = "[\u2e80-\u303f\u3040-\u30ff\u31c0-\u9fff\uac00-\ud7af\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6“”‘’…]"
_PIECE = re.compile(rf"( *)({_COMMAND}|{_SNIPPET}|{_WIDE}|(?:(?!{_WIDE}|[ {{\[]).)+|.)")


def lines_of(text: str, cells: int, hanging: int = 0, fold: bool = False) -> list[str]:
    """`text` in lines of at most so many cells of the terminal, of which a Chinese letter takes two.

    Parameters
    ----------
    text : str
        One paragraph; its own line breaks are kept.
    cells : int
        Width of a line, at least 1.
    hanging : int
        Spaces before every line but the first.
    fold : bool
        Whether a word, command or part of a spec that is wider than a line is broken; it stands in a line of its own,
        and is too wide, otherwise.

    Returns
    -------
    list of str

    Examples
    --------
    >>> lines_of("看全部内容：csi show out --details", 20)
    ['看全部内容：', 'csi show out --details']
    >>> lines_of("服务质量（差距）", 10)
    ['服务质量', '（差距）']
    """
    out: list[str] = []
    for paragraph in text.split("\n"):
        if cell_len(paragraph) <= cells:
            out.append(paragraph)
            continue
        indent = len(paragraph) - len(paragraph.lstrip(" "))
        out += _broken(paragraph, cells, " " * (hanging or indent), fold)
    return out


def _broken(text: str, cells: int, before: str, fold: bool) -> list[str]:
    """One paragraph that is wider than a line."""
    lines, line = list[str](), ""
    for gap, piece in _pieces(text):
        if not line or cell_len(line + gap + piece) <= cells:
            line += gap + piece
        else:
            lines.append(line)
            line = before + piece
        while fold and cell_len(line) > cells > cell_len(before):
            kept = _fitting(line, cells)
            lines.append(line[:kept])
            line = before + line[kept:]
    return [*lines, line]


def _fitting(text: str, cells: int) -> int:
    """How many letters of `text` fit into so many cells, at least one; a path ends at a mark."""
    taken = 1
    while taken < len(text) and cell_len(text[: taken + 1]) <= cells:
        taken += 1
    mark = max(text.rfind(sign, 0, taken) for sign in "-_/.") + 1
    return mark if mark > taken / 2 else taken


def _pieces(text: str) -> list[tuple[str, str]]:
    """What must not be broken, each with the spaces before it."""
    out: list[tuple[str, str]] = []
    for gap, piece in _PIECE.findall(text):
        if out and not gap and _together(out[-1][1], piece):
            out[-1] = (out[-1][0], out[-1][1] + piece)
        else:
            out.append((gap, piece))
    return out


def _together(left: str, right: str) -> bool:
    """Whether no line ends between two pieces without a space between them."""
    if right[0] in _CLOSING or left[-1] in _OPENING:
        return True
    return not (re.match(_WIDE, left[-1]) or re.match(_WIDE, right[0]))
