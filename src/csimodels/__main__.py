"""The door of `csi`, and `python -m csimodels` where the folder of `csi` is not on the path.

It imports nothing by itself, so that Ctrl-C while the command line is being loaded ends as at any other moment.
"""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """The command line; see `csimodels.cli`."""
    gc.set_threshold(20_000, 20, 50)  # most objects of a run stay: what refers to itself in circles is looked for less
    try:
        from csimodels.cli import main as command_line

        command_line()
    except KeyboardInterrupt:  # before or behind what the command line looks after
        sys.stderr.write("stopped\n")
        sys.exit(130)
    finally:  # all is written: Ctrl-C while the interpreter closes changes nothing
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
