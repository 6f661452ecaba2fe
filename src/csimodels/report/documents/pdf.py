"""The report as PDF: the page as it prints, by a Chromium that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from csimodels.errors import DataError, Problem
from csimodels.report.content import Content
from csimodels.report.html.page import write_html

#: Programs that print a page, by the names they are installed under.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_SECONDS = 180
_MARK = b"\n%csimodels\n"
_DATES = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}([+\-Z])")


def browser() -> str:
    """Path of an installed Chromium.

    Raises
    ------
    DataError
        There is none: what to do instead is said.
    """
    found = next((path for path in map(shutil.which, PROGRAMS) if path), None)
    if found is None:
        what = "a PDF is printed by a Chromium browser, and none is installed"
        remedy = "install chromium or google-chrome, or open report.html in any browser and print it"
        raise DataError(Problem(what, "formats", "pdf", ", ".join(PROGRAMS), remedy))
    return found


def write_pdf(content: Content, path: str | Path, lang: str = "en") -> Path:
    """Print the report in one language to `path`: A4, numbered pages, bookmarks, tagged.

    Raises
    ------
    DataError
        There is no Chromium, or it does not print.
    """
    program, target = browser(), Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page, printed = write_html(content, Path(folder) / "report.html", (lang,)), Path(folder) / "report.pdf"
        flags = ["--headless", "--disable-gpu", "--no-pdf-header-footer", "--generate-pdf-document-outline"]
        if _is_root():
            flags.append("--no-sandbox")
        done = _run([program, *flags, f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", page.as_uri()])
        if not printed.is_file() or not printed.stat().st_size:
            what = "Chromium has not printed the report"
            remedy = "open report.html in a browser and print it"
            raise DataError(Problem(what, program, done[-300:], remedy=remedy))
        target.write_bytes(undated(printed.read_bytes(), content))
    return target


def undated(pdf: bytes, content: Content) -> bytes:
    """A PDF with the date of its content in place of the clock, and the mark of this package at its end."""
    when = content.created.strftime("%Y%m%d%H%M%S").encode() if content.created else b"19800101000000"
    return _DATES.sub(lambda hit: b"/" + hit[1] + b" (D:" + when + hit[2], pdf) + _MARK


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stderr.decode("utf-8", "replace")


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
