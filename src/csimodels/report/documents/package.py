"""Office files that are the same for the same input: the entries of the package carry no time of their own."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from csimodels.report.documents.document import Document

#: Times of a document that states no date.
NO_DATE = datetime(2000, 1, 1)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms)")
_ENTRY = (2000, 1, 1, 0, 0, 0)


#: Languages as office files name them.
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}


def write_package(file: Any, told: Document, path: Path) -> Path:
    """Write a document of python-docx or python-pptx: its properties, its entries in their order and without times."""
    for name, value in _properties(told.title, told.created, told.lang.code).items():
        setattr(file.core_properties, name, value)
    made = BytesIO()
    file.save(made)
    path.write_bytes(_timeless(made))
    return path


def _timeless(made: BytesIO) -> bytes:
    """The archive without times, also those of workbooks behind its charts."""
    out = BytesIO()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _ENTRY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            data = source.read(name)
            if name.endswith(".xlsx"):
                data = _timeless(BytesIO(data))
            elif name == "docProps/core.xml":
                data = _STAMP.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", data) if b"csimodels" not in data else data
            target.writestr(entry, data)
    return out.getvalue()


def _properties(title: str, created: datetime | None, lang: str) -> Mapping[str, object]:
    """What the properties of an office file say."""
    when = created or NO_DATE
    return {
        "title": title,
        "author": "csimodels",
        "last_modified_by": "csimodels",
        "comments": "",
        "created": when,
        "modified": when,
        "language": LANGUAGES[lang],
        "revision": 1,
    }
