"""The same raking as in rake.R by the package ipfn.

Run in this folder, after rake.R, with ipfn 1.4.4 installed (writes rake_ipfn.json)::

    python rake_ipfn.py
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np


def main() -> None:
    """Read rake_loglin.json, write rake_ipfn.json."""
    from ipfn.ipfn import ipfn  # not installed with the tests

    given = json.loads(Path("rake_loglin.json").read_text(encoding="utf-8"))
    codes = np.asarray(given["codes"])
    table = np.zeros(codes.max(axis=0) + 1)
    table[tuple(codes.T)] = given["weights"]
    margins = [np.asarray(share) * table.sum() for share in given["targets"]]
    fitted = ipfn(table, margins, [[0], [1], [2]], convergence_rate=1e-14, rate_tolerance=0.0, max_iteration=2000)
    raked = np.asarray(fitted.iteration())[tuple(codes.T)]
    done = {"made_with": f"ipfn {version('ipfn')}", "raked": raked.tolist()}
    Path("rake_ipfn.json").write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
