"""``python -m xpcheck`` and the console script."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress


def main() -> None:
    """Run the command with the arguments of the process and exit with its code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from xpcheck import __version__

        print(f"xpcheck {__version__}")
        sys.exit(0)
    try:
        from xpcheck.replay import Recorder

        recorder = Recorder(arguments)
        code = recorder.again()
        if code is None:
            from xpcheck.cli.app import run

            code = run(arguments, recorder)
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def console() -> None:
    """Run the command, and end the process as soon as its output is written.

    Collecting garbage, and freeing a whole program at the end, would take longer than a run that finds its result.
    """
    gc.disable()
    try:
        main()
    except SystemExit as done:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # nobody reads it any more
                stream.flush()
        os._exit(done.code if isinstance(done.code, int) else 1)


if __name__ == "__main__":
    console()
