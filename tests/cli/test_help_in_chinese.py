"""Help texts in the language of the user: every command, every option, nothing cut, nothing slow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from csimodels import cli
from csimodels.i18n import speak


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    speak("en")


def helped(*words: str, width: int = 80, lang: str = "") -> str:
    speak("en")
    # TERMINAL_WIDTH is read when the help is first written in a process, COLUMNS each time
    env = {"COLUMNS": str(width), "CSI_LANG": lang, "TERMINAL_WIDTH": None}
    done = CliRunner().invoke(cli.app, [*words], env=env)
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize("command", [c.__name__.replace("_", "-") for c in cli.COMMANDS])
def test_every_command_helps_in_chinese_and_nothing_is_cut(command: str) -> None:
    said = helped(command, "--help", "--lang", "zh")
    assert "用法" in said and "选项" in said and "显示本说明并退出" in said
    assert "…" not in said
    for english in ("Usage", "Options", "Arguments", "default:", "[required]", "Show this"):
        assert english not in said
    assert "用法" not in helped(command, "--help")


@pytest.mark.parametrize("words", [("--lang", "zh", "--help"), ("--help", "--lang=zh")])
def test_the_list_of_commands_in_chinese(words: tuple[str, ...]) -> None:
    said = helped(*words, width=120)
    assert "列出模型库中的模型" in said and "命令" in said and "Commands" not in said
    assert "…" not in said
    assert "List the models of the library." in helped("--help")


def test_an_unknown_language_leaves_the_help_as_it_is() -> None:
    assert "Usage" in helped("run", "--help", "--lang", "fr")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "a.yaml", "--replac"], "没有选项 --replac"),
        (["rn"], "没有命令 rn；相近的有：run"),
        (["run"], "缺少 spec"),
        (["run", "a.yaml", "--seed", "x"], "--seed 的值无法识别"),
        (["run", "a.yaml", "--seed"], "选项 --seed 需要一个值"),
    ],
)
def test_a_command_line_that_cannot_be_read_is_answered_in_chinese(words: list[str], said: str) -> None:
    found = CliRunner().invoke(cli.app, ["--lang", "zh", *words])
    assert found.exit_code == 2
    assert said in found.output
    assert "错误" in found.output and "error" not in found.output.casefold() and "╭" not in found.output
    speak("en")
    assert "error" in CliRunner().invoke(cli.app, words).output


@pytest.mark.parametrize("width", [100, 120])
def test_chinese_has_no_blanks_between_its_words(width: int) -> None:
    said = helped("--lang", "zh", "--help", width=width) + helped("run", "--lang", "zh", "--help", width=width)
    assert "…" not in said
    assert "顾客满意度指数模型：读入模型文件" in said
    assert "列、标签、无回答代码、取值、范围" in said and "分组列；可多次给出" in said


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [60, 80])
def test_help_stays_within_the_screen_and_says_every_word(lang: str, width: int) -> None:
    for words in (["--help"], ["run", "--help"], ["init", "--help"]):
        said = helped(*words, lang=lang, width=width)
        assert max(map(cell_len, said.splitlines())) <= width
        assert not re.search(r"^ *[，。；：、）,;:)]", said, re.MULTILINE)  # no line begins with a mark that ends
        whole = helped(*words, lang=lang, width=400)
        assert sorted("".join(said.split())) == sorted("".join(whole.split()))
