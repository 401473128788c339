"""
Findings on the real libraries and what readers said of them.

    python tests/real/verdicts.py [--held-back] [--unlabelled] [--add FILE] [--record]

prints counts and precision of each rule; ``--unlabelled`` lists findings without a verdict as JSON, ``--add`` adds
verdicts from a JSON list of objects with path, line, code, verdict and reason, ``--record`` writes the counts that
the test compares. ``--held-back`` means the candidates that are not shown by default (level possible), of which a
sample of each rule is read: what is true among them is what precision costs.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "verdicts"
HELD_BACK = FOLDER / "held_back"
RECORD = "record.json"
SAMPLE = 20
"""Candidates of a rule that are held back and read nevertheless."""
PACKAGES = ("autoarray", "autofit", "autogalaxy", "autolens")
VERSION = "2026.10.26.1"

Place = tuple[str, int, str]
Verdict = tuple[str, str]


def libraries() -> Path:
    """A folder with the unpacked wheels: that of ``XPCHECK_REAL``, or one that is filled on first use."""
    if os.environ.get("XPCHECK_REAL"):
        return Path(os.environ["XPCHECK_REAL"])
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "xpcheck-tests", VERSION)
    if not all((folder / package / "__init__.py").is_file() for package in PACKAGES):
        folder.mkdir(parents=True, exist_ok=True)
        names = [f"{package}=={VERSION}" for package in PACKAGES]
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), *names]
        subprocess.run(command, check=True, timeout=600)
        for wheel in folder.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
    return folder


def candidates() -> dict[Place, dict[str, object]]:
    """The findings of every level of the four packages, each analysed with the others as its dependencies."""
    found: dict[Place, dict[str, object]] = {}
    folder = libraries()
    for package in PACKAGES:
        options = ["--format", "json", "--exit-zero", "--level", "possible"]
        command = [sys.executable, "-m", "xpcheck", "check", package, *options]
        process = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=900)
        document = json.loads(process.stdout)
        assert document["errors"] == []
        for finding in sorted(document["findings"], key=is_held_back):
            found.setdefault((finding["path"], finding["line"], finding["code"]), finding)
    return found


def is_held_back(finding: dict[str, object]) -> bool:
    """Whether a finding is not shown by default."""
    return finding["level"] == "possible"


def findings() -> dict[Place, dict[str, object]]:
    """The default findings of the four packages."""
    return {place: finding for place, finding in candidates().items() if not is_held_back(finding)}


def sample(held_back: dict[Place, dict[str, object]], labelled: dict[Place, Verdict]) -> set[Place]:
    """What has to be read of the candidates that are held back: some of each rule, those read already first."""

    def order(place: Place) -> tuple[bool, str]:
        return place not in labelled, hashlib.sha256(repr(place).encode()).hexdigest()

    rules: dict[str, list[Place]] = collections.defaultdict(list)
    for place in sorted(held_back, key=order):
        rules[place[2]].append(place)
    return {place for places in rules.values() for place in places[:SAMPLE]}


def load(folder: Path = FOLDER) -> dict[Place, Verdict]:
    """All verdicts of a folder."""
    verdicts: dict[Place, Verdict] = {}
    for file in sorted(folder.glob("*.tsv")):
        for row in file.read_text().splitlines():
            path, line, code, verdict, reason = row.split("\t")
            verdicts[(path, int(line), code)] = (verdict, reason)
    return verdicts


def save(verdicts: dict[Place, Verdict], folder: Path) -> None:
    """Write the verdicts, one file for each package."""
    for package in PACKAGES:
        rows = [
            "\t".join((path, str(line), code, verdict, " ".join(reason.split())))
            for (path, line, code), (verdict, reason) in sorted(verdicts.items())
            if path.startswith(f"{package}/")
        ]
        (folder / f"{package}.tsv").write_text("".join(f"{row}\n" for row in rows))


def counts(found: dict[Place, dict[str, object]], verdicts: dict[Place, Verdict]) -> dict[str, dict[str, int]]:
    """For each rule how many findings are true, false and unlabelled."""
    table: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for place in found:
        table[place[2]][verdicts.get(place, ("unlabelled", ""))[0]] += 1
    return {code: dict(sorted(row.items())) for code, row in sorted(table.items())}


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held-back", action="store_true")
    parser.add_argument("--unlabelled", action="store_true")
    parser.add_argument("--add", type=Path)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    folder = HELD_BACK if args.held_back else FOLDER
    verdicts = load(folder)
    found = {place: it for place, it in candidates().items() if is_held_back(it) is args.held_back}
    if args.add:
        for item in json.loads(args.add.read_text()):
            verdicts[(item["path"], item["line"], item["code"])] = (item["verdict"], item["reason"])
    if args.held_back:
        found = {place: found[place] for place in sample(found, verdicts)}
    if args.add or args.record:
        save({place: verdict for place, verdict in verdicts.items() if place in found}, folder)
    if args.unlabelled:
        missing = [finding for place, finding in sorted(found.items()) if place not in verdicts]
        print(json.dumps(missing, indent=1))
        return 0
    table = counts(found, verdicts)
    if args.record:
        (folder / RECORD).write_text(json.dumps(table, indent=1) + "\n")
    for code, row in table.items():
        labelled = row.get("true", 0) + row.get("false", 0)
        share = f"{row.get('true', 0) / labelled:.0%}" if labelled else "-"
        print(f"{code}  true {row.get('true', 0):>3}  false {row.get('false', 0):>3}  {share}", end="")
        print(f"  unlabelled {row['unlabelled']}" if "unlabelled" in row else "")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
