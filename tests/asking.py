"""xpcheck and flake8, asked from outside in all the ways that must not matter to the verdict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
STARTS = ("fork", "spawn", "forkserver")
"""How processes may begin."""

_FLAKE8 = (
    "import multiprocessing as m, sys; from flake8.main.cli import main; m.set_start_method({!r}); sys.exit(main())"
)
_CONFIG = "from tests.support import flake8_config; print(flake8_config())"


@dataclass(frozen=True)
class Asking:
    """Commands that run in ``folder`` and find something there.

    ``work`` is a folder of their own: for what they keep (see ``cache``), and for a configuration of flake8.
    """

    folder: Path
    work: Path
    python: Path = Path(sys.executable)

    @property
    def cache(self) -> Path:
        """What the commands keep."""
        return self.work / "cache"

    def check(self, *arguments: str, seed: str = "0", script: str = "", keeps: bool = True) -> list[dict[str, Any]]:
        """The findings of all levels; ``script`` runs in place of the command, which ``keeps`` facts or not."""
        command = ["-c", script] if script else ["-m", "xpcheck"]
        options = ["--format", "json", "--level", "possible", *([] if keeps else ["--no-cache"])]
        document = json.loads(self._run(*command, "check", *options, *arguments, seed=seed))
        assert document["errors"] == []
        return document["findings"]

    def shown(self, *arguments: str, stdin: str | None = None, seed: str = "0") -> list[str]:
        """What the command shows by default, in lines like those of flake8."""
        return self._lines("-m", "xpcheck", "check", "--format", "concise", *arguments, stdin=stdin, seed=seed)

    def flake8(self, *arguments: str, start: str = "fork", stdin: str | None = None, seed: str = "0") -> list[str]:
        """What flake8 shows of it; its processes begin as ``start`` says."""
        command = ("-c", _FLAKE8.format(start), f"--config={self._config}")
        return self._lines(*command, *arguments, stdin=stdin, seed=seed)

    @cached_property
    def _config(self) -> Path:
        """A configuration of flake8 for the Python that runs it."""
        text = subprocess.run(
            [self.python, "-c", _CONFIG], cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout
        file = self.work / "flake8.ini"
        file.write_text(text)
        return file

    def _lines(self, *command: str, stdin: str | None, seed: str) -> list[str]:
        return sorted(line.removeprefix("./") for line in self._run(*command, stdin=stdin, seed=seed).splitlines())

    def _run(self, *command: str, stdin: str | None = None, seed: str) -> str:
        process = subprocess.run(
            [self.python, *command], cwd=self.folder, input=stdin or "", capture_output=True, encoding="utf-8",
            timeout=900,
            env={
                **os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": seed, "XDG_CACHE_HOME": str(self.cache)
            },
        )  # fmt: skip
        assert process.returncode == 1 and process.stdout, process.stderr[-2000:]
        return process.stdout

    # --------------------------------------------------------------------------------------------- what was kept

    def kept(self) -> list[Path]:
        """The files of the cache; there are some."""
        found = sorted(path for path in self.cache.rglob("*") if path.is_file())
        assert found
        return found

    def lose_half(self) -> None:
        """Delete every second file of the cache."""
        for path in self.kept()[::2]:
            path.unlink()

    def damage(self) -> None:
        """Cut half of the files of the cache off in the middle; the others have two wrong bytes there."""
        for number, path in enumerate(self.kept()):
            data = path.read_bytes()
            middle = len(data) // 2
            path.write_bytes(data[:middle] if number % 2 else data[:middle] + b"\0\xff" + data[middle + 2 :])


def of_files(lines: list[str], names: set[str]) -> list[str]:
    """The lines that are about some files."""
    return [line for line in lines if line.partition(":")[0] in names]


def states(asking: Asking) -> Iterator[str]:
    """The states of a cache, each made when it is asked for: one run has to happen in each."""
    yield "cold"
    yield "warm"
    asking.lose_half()
    yield "half of it lost"
    asking.damage()
    yield "damaged"
