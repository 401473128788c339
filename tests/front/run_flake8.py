"""Run flake8 with the stand-in engine: ``run_flake8.py START_METHOD ARGUMENTS...``.

Workers that start afresh import this file too, and so get the stand-in as well.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.front import stub

stub.install()

if __name__ == "__main__":
    from flake8.main.cli import main

    multiprocessing.set_start_method(sys.argv[1])
    sys.argv = ["flake8", *sys.argv[2:]]
    sys.exit(main(sys.argv[1:]))
