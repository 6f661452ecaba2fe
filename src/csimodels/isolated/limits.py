"""What reading one file may take: memory, time and cells."""

from __future__ import annotations

GIB = 1 << 30

#: Memory of a reader beside the bytes of its file, and for each of them.
MEMORY, MEMORY_PER_BYTE = 2 * GIB, 20
#: Seconds that a reader may take, and for each megabyte of its file.
SECONDS, SECONDS_PER_MEGABYTE = 120.0, 30.0
#: Cells of a sheet, from its first to its last row and column, empty ones included.
CELLS = 50_000_000


def memory_for(size: int) -> int:
    """Bytes of memory that reading a file of `size` bytes may take, beside the process itself."""
    return MEMORY + MEMORY_PER_BYTE * size


def seconds_for(size: int) -> float:
    """Seconds after which reading a file of `size` bytes is given up."""
    return SECONDS + SECONDS_PER_MEGABYTE * size / 1e6
