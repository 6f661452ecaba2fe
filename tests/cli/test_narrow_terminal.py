"""Tables on terminals narrower than they are."""

from __future__ import annotations

import io

from rich.cells import cell_len
from rich.console import Console

from csimodels.blocks import Shown, blocks, print_blocks, print_text

NAMES = Shown("运营商", ("海港通信固定电话", "荷塘移动"), number=False)
NUMBERS = [Shown(f"列{k}", (f"{k}71.333", f"{k}9.1"), number=True) for k in range(9)]


def printed(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    print_blocks(console, [NAMES, *NUMBERS])
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def test_no_number_is_cut_on_any_width_and_every_block_begins_with_the_names() -> None:
    for width in (30, 45, 60, 80, 120):
        lines = printed(width)
        assert max(map(cell_len, lines)) <= width
        assert "…" not in "".join(lines)
        for k in range(9):
            assert sum(f"{k}71.333" in line for line in lines) == 1
        assert all(line.startswith(("运营商", "海港通信固定电话", "荷塘移动")) for line in lines)


def test_a_table_that_fits_is_one_block() -> None:
    assert len(blocks([NAMES, *NUMBERS], 120)) == 1
    assert len(printed(120)) == 3


def test_rows_that_begin_with_a_year_are_named_in_every_block() -> None:
    year = Shown("year", ("2026", "2026"), number=True)
    for block in blocks([year, NAMES, *NUMBERS], 45):
        assert block[:2] == [year, NAMES]


def test_text_breaks_before_a_table_does() -> None:
    step = Shown("step", ("missing codes recoded",), number=False)
    detail = Shown("detail", ("21 columns; csv; encoding utf-8; separator ,",), number=False)
    columns = [step, Shown("subject", ("demo-national.csv",), number=False), Shown("n", ("11015",), True), detail]
    assert len(blocks(columns, 60)) == 1 and len(blocks(columns, 40)) > 1


def test_a_screen_breaks_a_sentence_between_words_and_keeps_its_command_whole() -> None:
    text = "4 notes, 94 lines in the log of the survey; all of it: csi show out/national demo --details"
    for terminal in (True, False):
        console = Console(file=io.StringIO(), width=40, force_terminal=terminal, color_system=None)
        print_text(console, text, "note ")
        lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
        if not terminal:
            assert lines == [f"note {text}"]
            continue
        assert lines[-1] == "  csi show out/national demo --details"
        assert max(map(cell_len, lines)) <= 40
        assert " ".join(line.strip() for line in lines) == f"note {text}"
