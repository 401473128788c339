"""The process that analyses what the fuzzer gives it: length and content on stdin, one line of JSON back for each.

Everything that ``xpcheck check`` does with a file is done with each input: the analysis, the comments, every format.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import time
import traceback
from pathlib import Path

from xpcheck import engine, rules, suppress
from xpcheck.config import Config
from xpcheck.report import FORMATS, write
from xpcheck.report.view import Sources, View


def main() -> None:
    """Serve until stdin ends."""
    pages = {info.code: info for info in rules.catalogue()}
    root = Path(tempfile.mkdtemp())
    replies, sys.stdout = sys.stdout, sys.stderr
    try:
        while header := sys.stdin.buffer.read(8):
            content = sys.stdin.buffer.read(int.from_bytes(header, "big"))
            begin = time.process_time()
            try:
                reply = _examine(root, content, pages)
            except Exception:
                reply = {"raised": traceback.format_exc()}
            seconds = round(time.process_time() - begin, 4)
            replies.write(json.dumps({**reply, "seconds": seconds}) + "\n")
            replies.flush()
    finally:
        root.rmdir()


def _examine(root: Path, content: bytes, pages: dict[str, rules.RuleInfo]) -> dict[str, object]:
    file = root / "module.py"
    overlay = {file: content}
    # Nothing is followed: one file is what is judged.
    request = engine.Request(paths=(file,), root=root, config=Config(follow=()), overlay=overlay)
    report = engine.check(request)
    sources = Sources(root, overlay=overlay)
    outcome = suppress.review(report.findings, "module.py", sources.text("module.py") or "", tuple(pages))
    shown = (*outcome.kept, *outcome.remarks)
    view = View(str(root), shown, report.errors, report.statistics, sources, pages)
    for name in FORMATS:
        write(name, view, io.StringIO())
    return {
        "findings": len(shown),
        "problems": sorted({problem.kind for problem in report.errors}),
        "internal": [problem.message for problem in report.errors if problem.kind == "internal"],
    }


if __name__ == "__main__":
    main()
