"""``python -m xpcheck`` and the console script."""

from __future__ import annotations

import sys


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


if __name__ == "__main__":
    main()
