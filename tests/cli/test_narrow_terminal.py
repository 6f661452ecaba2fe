"""Tables on terminals narrower than they are."""

from __future__ import annotations

import io

from rich.cells import cell_len
from rich.console import Console

from csimodels.blocks import Shown, blocks, print_blocks

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
