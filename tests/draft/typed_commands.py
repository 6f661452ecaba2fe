"""Commands as they are typed, for the tests of drafts."""

from __future__ import annotations

from typer.testing import CliRunner

from csimodels.cli import app
from csimodels.i18n import speak


def run(*words: object) -> str:
    """What a command prints that ends well; the language that it chose does not stay."""
    try:
        done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "120"})
    finally:
        speak("en")
    assert done.exit_code == 0, done.output
    return done.output
