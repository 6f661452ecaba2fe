"""What the command line loads before it has anything to compute: nothing that takes long.  No clock is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from csimodels import simulate

#: Packages that take long to load, and that a help text or a list of models has no need of.
SLOW = (
    "duckdb", "jinja2", "matplotlib", "narwhals", "numpy", "pandas", "polars", "pyarrow", "pyreadstat",
    "python_calamine", "scipy", "semopy", "statsmodels", "xlsxwriter",
)  # fmt: skip

#: Modules that a fit from a CSV file has no need of, one or more of every room that is left closed.
NEEDLESS = (
    "assess.micom_steps", "report.formatting", "report.html.page", "report.workbook", "spec.lavaan",
    "study.drafting", "study.joint.ladder_tables", "study.joint.folder", "study.planning", "study.streamed",
    "survey.files.excel", "survey.files.frame", "survey.files.parquet", "survey.scale.door", "survey.files.spss_stata",
)  # fmt: skip

PROBE = """
import json, sys
try:
    {code}
except SystemExit as end:
    assert not end.code, end.code
finally:
    print("\\nloaded:" + json.dumps(sorted(sys.modules)))
"""


def loaded(code: str) -> set[str]:
    """Modules in `sys.modules` after `code`, in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(code=code)], capture_output=True, text=True, encoding="utf-8", check=True
    )
    return set(json.loads(done.stdout.rsplit("\nloaded:", 1)[1]))


@pytest.mark.parametrize("arguments", ["--help", "--version", "models", "run --help", "compare --help", "schema"])
def test_the_command_line_starts_without_what_is_slow(arguments: str) -> None:
    code = f"import csimodels.cli; sys.argv = ['csi', *{arguments.split()!r}]; csimodels.cli.main()"
    found = loaded(code)
    needless = set(SLOW) if arguments in ("models", "schema") else {*SLOW, "yaml"}  # no spec is read
    assert "csimodels" in found and not found & needless


def test_the_module_is_the_command() -> None:
    found = loaded("import runpy; sys.argv = ['csi', '--version']; runpy.run_module('csimodels', run_name='__main__')")
    assert "csimodels" in found and not found & set(SLOW)


def test_the_package_starts_without_what_is_slow() -> None:
    found = loaded("import csimodels")
    assert "csimodels" in found and not found & {*SLOW, "pydantic", "rich", "typer", "yaml"}


def test_slow_packages_are_seen_where_they_are_loaded() -> None:
    assert {"numpy", "pandas"} <= loaded("import csimodels; csimodels.Study")


def test_a_study_without_intervals_needs_no_scipy() -> None:
    study = "cs.Study('acsi', data, uncertainty='none').run(progress=False)"
    found = loaded(f"import csimodels as cs; data = cs.simulate('acsi', 60, seed=1).data; {study}.index()")
    assert "pandas" in found and "scipy" not in found


def test_a_fit_loads_no_rooms_that_it_does_not_enter() -> None:
    """Report, ladder, draft, simulation, lavaan's syntax, databases, readers of other files and the progress bar."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "answers.csv"
        simulate("acsi", 60, seed=1).data.to_csv(file, index=False)
        study = f"csimodels.Study('acsi', {str(file)!r}, uncertainty='linearised').run(progress=False)"
        found = loaded(f"import csimodels; {study}.index()")
    rooms = {name.split(".")[1] for name in found if name.startswith("csimodels.")}
    assert {"study", "survey", "tables"} <= rooms and not rooms & {"draft", "simulation", "commands", "terminal"}
    assert not {name for name in found if name.startswith(("csimodels.report.story", "csimodels.report.figures"))}
    needless = {f"csimodels.{name}" for name in NEEDLESS}
    assert all(find_spec(name) for name in needless)  # there under these names
    assert (needless | {"narwhals", "openpyxl", "rich.console"}) & found == set()


def test_ctrl_c_while_the_command_line_is_loaded_is_one_word() -> None:
    """A reader of many modules is stopped at the first that is not ours."""
    code = """
import sys
class Stopped:
    def find_spec(self, name, path, target=None):
        if name == "typer":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stopped())
from importlib.metadata import entry_points
(door,) = entry_points(group="console_scripts", name="csi")
import runpy
assert door.value == "csimodels.__main__:main", door.value
runpy.run_module("csimodels", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip(), done.stdout) == (130, "stopped", "")
