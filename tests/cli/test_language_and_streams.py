"""``--lang`` before and behind every command, and what commands write for programs on any terminal."""

from __future__ import annotations

import inspect
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import csimodels as cs
from csimodels.cli import app, main
from csimodels.i18n import speak

CHINESE = re.compile("[\u4e00-\u9fff]")
COMMANDS = {info.callback.__name__: info.callback for info in app.registered_commands if info.callback}


class Stream(io.TextIOWrapper):
    """A terminal of one encoding."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict", newline="")

    def written(self) -> bytes:
        """Everything so far."""
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()


def csi(monkeypatch: pytest.MonkeyPatch, *arguments: str, encoding: str = "utf-8") -> tuple[int, str, str]:
    out, err = Stream(encoding), Stream(encoding)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setattr(sys, "argv", ["csi", *arguments])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
    return code, out.written().decode(encoding), err.written().decode(encoding)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("CSI_LANG", raising=False)
    yield
    speak(None)


def test_every_command_takes_the_language() -> None:
    assert len(COMMANDS) >= 13
    for name, callback in COMMANDS.items():
        assert "lang" in inspect.signature(callback).parameters, name


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "nothing.yaml"], ["check", "nothing.yaml"], ["init", "nothing"], ["codebook", "nothing.csv"], ["plan"],
        ["show", "nothing"], ["verify", "nothing"], ["compare", "nothing", "other"], ["simulate", "nothing"],
        ["lavaan", "nothing.lav"], ["run", "ecsi", "nothing.csv", "--where", "a"],
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_the_language_behind_the_command(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    code, _, behind = csi(monkeypatch, *arguments, "--lang", "zh")
    assert code == 2 and CHINESE.search(behind), behind
    assert csi(monkeypatch, "--lang", "zh", *arguments)[2] == behind
    code, _, english = csi(monkeypatch, *arguments)
    assert code == 2 and not CHINESE.search(english), english
    assert csi(monkeypatch, "--lang", "zh", *arguments, "--lang", "en")[2] == english


def test_a_language_that_there_is_not_is_refused_behind_the_command_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (["models", "--lang", "fr"], ["--lang", "fr", "models"]):
        code, out, err = csi(monkeypatch, *arguments)
        assert code == 2 and "unknown language" in err and "en" in err and out == ""


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "ascii", "utf-8"])
def test_texts_for_programs_fit_any_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str) -> None:
    lines = "满意度 =~ Ωmega + b\nSatisfaction =~ c + d\nSatisfaction ~ 满意度\n"
    (tmp_path / "m.lav").write_text(lines, encoding="utf-8")
    code, out, err = csi(monkeypatch, "lavaan", "m.lav", encoding=encoding)
    assert code == 0 and err == "" and "Satisfaction" in out
    code, _, _ = csi(monkeypatch, "lavaan", "m.lav", "-o", "spec.yaml", encoding=encoding)
    assert code == 0 and cs.load_model("spec.yaml").construct_names[0] == "满意度"
    code, out, _ = csi(monkeypatch, "lavaan", "spec.yaml", encoding=encoding)
    assert code == 0 and ("满意度 =~" in out or "\\u6ee1" in out)
    code, out, _ = csi(monkeypatch, "schema", encoding=encoding)
    assert code == 0 and json.loads(out)["type"] == "object"
    for arguments in (["--满意度"], ["run", "--Ωmega"], ["models"], ["--help"], ["run", "--help"]):
        assert csi(monkeypatch, *arguments, encoding=encoding)[0] in (0, 2)


def test_a_lavaan_file_names_its_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "m.lav").write_text("A =~ a1 + a2\nJoy =~ b1 + b2\nJoy ~ A\n", encoding="utf-8")
    code, out, err = csi(monkeypatch, "lavaan", "m.lav")
    assert code == 2 and "--index" in err and out == ""
    code, out, err = csi(monkeypatch, "lavaan", "m.lav", "--index", "Joy")
    assert code == 0 and cs.parse_model(out).index.construct == "Joy" and err == ""
    code, out, err = csi(monkeypatch, "lavaan", "m.lav", "--index", "joy")
    assert code == 2 and 'did you mean "Joy"' in err
    code, _, err = csi(monkeypatch, "lavaan", "ecsi", "--index", "Satisfaction")
    assert code == 2 and "--index" in err  # of a lavaan file only
