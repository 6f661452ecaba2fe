"""Exit code 0 where OPENBLAS_CORETYPE chooses another kernel of OpenBLAS than this machine uses by itself."""

from __future__ import annotations

import os
import subprocess
import sys

PROBE = """
import numpy, scipy.linalg, threadpoolctl
numpy.linalg.eigvalsh(numpy.eye(80))
print([(i["internal_api"], i["architecture"]) for i in threadpoolctl.threadpool_info() if i["user_api"] == "blas"])
"""


def kernels(environment: dict[str, str]) -> str:
    """The kernels in use; empty where they cannot run."""
    done = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=False)
    return "" if done.returncode else done.stdout.strip()


if __name__ == "__main__":
    own = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    usual, chosen = kernels(own), kernels(dict(os.environ))
    print(f"usual: {usual}; chosen: {chosen or 'does not run'}")
    sys.exit(not chosen or chosen == usual or "openblas" not in chosen)
