"""
The real libraries under other names: the findings must be the same up to the renaming.

    python tests/real/renamed_real.py

Packages, modules, classes, functions, attributes, parameters and locals get names without a meaning; the namespace, the
names of NumPy and JAX and what ``xpcheck/flow/models/`` lists keep theirs. Prints the findings that only one of the two
programs has, and their share: with the names kept that are static by the table of names, and with those changed too.
Exit code 1 when the first share is over 5 %.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fixtures.renaming import renamed_copy, renamed_path
from tests.real.verdicts import PACKAGES, libraries
from xpcheck.flow.models import static_name

_ALLOWED = 0.05
Place = tuple[str, str, int]


def places(folder: Path, package: str) -> set[Place]:
    """Rule, file and line of the default findings of a package."""
    command = [sys.executable, "-m", "xpcheck", "check", package, "--format", "json", "--exit-zero", "--no-cache"]
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=1800)
    return {(item["code"], item["path"], item["line"]) for item in json.loads(process.stdout)["findings"]}


def is_static(name: str) -> bool:
    """Whether a name is concrete by the table of static names."""
    return static_name(name, "parameter") is not None or static_name(name, "attribute") is not None


def compare(found: dict[str, set[Place]], folder: Path, kept: Callable[[str], bool]) -> list[str]:
    """The findings that only one of the two programs has."""
    names = renamed_copy(libraries(), folder, *PACKAGES, kept=kept)
    (folder / "pyproject.toml").unlink()  # a root of its own decides what prior files are read: the libraries have none
    lines: list[str] = []
    for package, places_there in found.items():
        original = {(code, renamed_path(path, names), line): path for code, path, line in places_there}
        renamed = places(folder, names.get(package, package))
        lines += [f"lost  {code} {original[code, path, line]}:{line}" for code, path, line in original.keys() - renamed]
        lines += [f"new   {code} {path}:{line}" for code, path, line in renamed - original.keys()]
    return sorted(lines)


def main() -> int:
    """Run the command line."""
    found = {package: places(libraries(), package) for package in PACKAGES}
    total = sum(len(item) for item in found.values())
    shares = []
    for title, kept in (("static names kept", is_static), ("all names changed", lambda name: False)):
        with tempfile.TemporaryDirectory() as folder:
            lines = compare(found, Path(folder), kept)
        shares.append(len(lines) / total)
        print("\n".join(lines))
        print(f"{title}: {len(lines)} of {total} findings differ, {shares[-1]:.1%}\n")
    return int(shares[0] > _ALLOWED)


if __name__ == "__main__":
    raise SystemExit(main())
