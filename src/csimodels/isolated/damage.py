"""What a look at the first and last bytes of a binary file tells of why it cannot be read, in our words."""

from __future__ import annotations

import os
from pathlib import Path

from csimodels.messages import Message

#: Suffix -> how files of this kind begin, and how they end where they end alike.
_MARKS: dict[str, tuple[tuple[bytes, ...], bytes]] = {
    ".parquet": ((b"PAR1",), b"PAR1"),
    ".xlsx": ((b"PK\x03\x04",), b""),
    ".xlsm": ((b"PK\x03\x04",), b""),
    ".xls": ((b"\xd0\xcf\x11\xe0", b"\x09\x08"), b""),
    ".sav": ((b"$FL2", b"$FL3"), b""),
    ".zsav": ((b"$FL3",), b""),
    ".dta": ((b"<stata_dta>", *(bytes((version,)) for version in range(102, 116))), b""),
    ".sqlite": ((b"SQLite format 3\x00",), b""),
    ".sqlite3": ((b"SQLite format 3\x00",), b""),
}
#: Where a zip archive says what it holds: within so many bytes of its end.
_ZIP_END, _ZIP_TAIL = b"PK\x05\x06", 65_557


def fault(path: Path) -> Message:
    """Why the reader of a file gave up, as far as its ends show.

    Parameters
    ----------
    path : Path
        A file that its reader refused; its suffix says what it should be.

    Returns
    -------
    Message
        That it is of another kind, was cut off, or is damaged inside.
    """
    suffix = path.suffix.lower()
    begins, ends = _MARKS.get(suffix, ((), b""))
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(-min(size, _ZIP_TAIL), os.SEEK_END)
        tail = file.read()
    if begins and not head.startswith(begins):
        return Message("it does not begin as a file of its kind does")
    whole = _ZIP_END in tail if b"PK\x03\x04" in begins else tail.endswith(ends)
    if b"<stata_dta>" in head:
        whole = tail.rstrip(b"\r\n\0").endswith(b"</stata_dta>")
    if not whole:
        return Message("it does not end as a file of its kind does: the last part is missing")
    return Message("its content does not follow the format of its kind")
