"""``python -m xpcheck`` and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command with the arguments of the process and exit with its code."""
    try:
        from xpcheck.cli.app import run
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
