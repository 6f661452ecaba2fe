"""Start-up: ``import csimodels`` and ``csi --help``, each in a fresh process.

Run: ``python benchmarks/bench_import.py``.  Byte code is compiled first; an empty interpreter is measured beside them.
"""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from peer import machine, seconds, shown, table

SRC = Path(__file__).resolve().parents[1] / "src"

COMMANDS = {
    "empty interpreter": "pass",
    "import csimodels": "import csimodels",
    "import csimodels and touch Study": "import csimodels; csimodels.Study",
    "csi --help": "import sys; sys.argv = ['csi', '--help']; from csimodels.cli import main; main()",
    "import numpy, pandas": "import numpy, pandas",
}


def fresh(code: str) -> None:
    """Run `code` in a process of its own."""
    env = dict(os.environ, PYTHONPATH=str(SRC))
    subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)


def main() -> None:
    """Print the table."""
    compileall.compile_dir(SRC, quiet=1)
    rows = [[name, shown(seconds(partial(fresh, code), 9))] for name, code in COMMANDS.items()]
    print(machine() + "\n")
    print(table(["fresh process", "best of 9"], rows))


if __name__ == "__main__":
    main()
