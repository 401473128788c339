"""The command line: options, and errors as one line with the right exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from xpcheck import __version__
from xpcheck.cli.errors import CommandError
from xpcheck.model import Level
from xpcheck.replay import Recorder
from xpcheck.report import FORMATS

FOUND: Final = 1
"""Exit code when something is reported."""
FAILED: Final = 2
"""Exit code when something could not be analysed or the call was wrong."""
INTERRUPTED: Final = 128 + signal.SIGINT

_PATH: Final = click.Path(path_type=Path)


def run(arguments: Sequence[str], recorder: Recorder | None = None) -> int:
    """Run the command and return its exit code; no exception gets out. ``recorder`` may keep what it writes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Sources and paths may hold what the terminal's encoding does not.
            stream.reconfigure(errors="backslashreplace")
    try:
        result = application.main(list(arguments), prog_name="xpcheck", standalone_mode=False, obj=recorder)
        sys.stdout.flush()
        return int(result or 0)
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo("xpcheck: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND
    except CommandError as error:
        return _fail(arguments, error)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "xpcheck"
        return _fail(arguments, CommandError("usage", f"{error.format_message()} (see `{command} --help`)"))
    except click.ClickException as error:
        return _fail(arguments, CommandError("usage", error.format_message()))
    except Exception as error:
        if os.environ.get("XPCHECK_TRACEBACK"):
            raise
        text = f"internal error, please report it: {type(error).__name__}: {' '.join(str(error).split())}"
        return _fail(arguments, CommandError("internal", f"{text} (XPCHECK_TRACEBACK=1 shows where)"))


def _fail(arguments: Sequence[str], failure: CommandError) -> int:
    """Say what is wrong on stderr and, where JSON was asked for, in a report of the usual schema."""
    click.echo(f"xpcheck: {failure.text()}", err=True)
    if _wants_json(arguments):
        import json

        error = {
            "path": failure.path,
            "line": max(1, failure.line),
            "kind": failure.kind,
            "message": failure.message,
        }
        document = {"version": 1, "root": str(Path.cwd()), "findings": [], "errors": [error], "statistics": {}}
        click.echo(json.dumps(document, indent=2))
    return FAILED


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether the command is `check` with the format json, also when the arguments do not parse."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return "check" in arguments[:1] and any(
        first == "--format=json" or (first == "--format" and second == "json") for first, second in pairs
    )


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "-V", "--version", prog_name="xpcheck", message="%(prog)s %(version)s")
def application() -> None:
    """List every place where dual-backend NumPy / JAX code drops its array namespace, and show why it matters."""


@application.command()
@click.argument("paths", nargs=-1, type=_PATH)
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="full", help="How to show findings.")
@click.option(
    "--select", multiple=True, metavar="CODES", help="Report only these rules (codes or prefixes, comma separated)."
)
@click.option("--ignore", multiple=True, metavar="CODES", help="Do not report these rules.")
@click.option("--level", type=click.Choice([str(level) for level in Level]), help="The weakest hazards to report.")
@click.option("--no-convention", is_flag=True, help="Report hazards only.")
@click.option(
    "--search-path", multiple=True, type=_PATH, metavar="DIR", help="Where to look up followed packages first."
)
@click.option("--jobs", "-j", default="auto", metavar="N", help="Processes to use; `auto` takes one a processor.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--cache-dir", type=_PATH, metavar="DIR", help="Where to keep the cache.")
@click.option("--statistics", is_flag=True, help="Print counts on stderr.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 although something is found (errors still exit with 2).")
@click.option("--stdin-filename", type=_PATH, metavar="NAME", help="The file that standard input (`-`) stands for.")
@click.option("--config", type=_PATH, metavar="FILE", help="Read [tool.xpcheck] of this file.")
@click.option("--root", type=_PATH, metavar="DIR", help="The project's root (default: found from the paths).")
@click.option("--baseline", type=_PATH, metavar="FILE", help="Report only what is not in FILE (see `baseline`).")
@click.option(
    "--diff",
    metavar="[REV]",
    is_flag=False,
    flag_value="",
    help="Report only what touches lines changed since REV; without REV, print the fixes (as `--fix --dry-run`).",
)
@click.option("--add-noqa", metavar="REASON", help="Suppress what is found with `# noqa: CODE - REASON` comments.")
@click.option("--verify-cache", is_flag=True, help="Analyse without the cache too; fail if it says anything else.")
@click.option("--quiet", "-q", is_flag=True, help="Print neither notes nor what was covered, and show no progress.")
@click.option("--verbose", "-v", is_flag=True, help="Print how long each phase took.")
@click.option("--fix", is_flag=True, help="Apply the safe fixes of what is found, and report the rest.")
@click.option("--unsafe-fixes", is_flag=True, help="With `--fix`, also those that may change what the code does.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="With `--fix`, write nothing and print the changes as a patch.",
)
def check(**options: Any) -> int:
    """Analyse the project, or the PATHS named, and report what is found.

    The whole project is read in any case: naming files changes what is reported, never the verdict on them.

    Exit codes: 0 nothing found, 1 findings, 2 something could not be analysed or the call was wrong.
    """
    from xpcheck.cli.check import Options, run_check

    if options["diff"] == "":
        options |= {"diff": None, "fix": True, "dry_run": True}
    return run_check(Options(**options), click.get_current_context().obj)


@application.command()
@click.option(
    "--output", "-o", type=_PATH, metavar="FILE", help="The file to write (default: that of the configuration)."
)
@click.option("--config", type=_PATH, metavar="FILE", help="Read [tool.xpcheck] of this file.")
@click.option("--root", type=_PATH, metavar="DIR", help="The project's root (default: found from the folder).")
@click.option(
    "--search-path", multiple=True, type=_PATH, metavar="DIR", help="Where to look up followed packages first."
)
@click.option("--allow-ci", is_flag=True, help="Write it also in continuous integration (`CI` is set).")
def baseline(output: Path | None, allow_ci: bool, **options: Any) -> int:
    """Write down what is found in the project today, so that `check` reports only what is new.

    `baseline = "FILE"` in [tool.xpcheck] names the file for the command and for flake8. Entries whose finding is gone
    are taken out by the next `check`; in continuous integration they fail it.
    """
    from xpcheck.cli.baseline import run_baseline
    from xpcheck.cli.check import Options

    return run_baseline(Options(**options), output, allow_ci)


@application.command()
@click.option("--cache-dir", type=_PATH, metavar="DIR", help="The cache to empty, if not the usual one.")
def clean(cache_dir: Path | None) -> int:
    """Delete everything that is kept between runs."""
    from xpcheck.cli.cleaning import run_clean

    return run_clean(cache_dir)


@application.command()
@click.argument("code", required=False)
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", help="How to show rules.")
def rule(code: str | None, format_name: str) -> int:
    """Explain the rule CODE, or list all rules."""
    from xpcheck.cli.rule import run_rule

    return run_rule(code, format_name)


@application.command()
@click.option("--show", is_flag=True, help="Print the effective configuration (that is what happens anyway).")
@click.option("--schema", is_flag=True, help="Print the JSON schema of [tool.xpcheck], for editors.")
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", help="How to print it.")
@click.option("--config", "file", type=_PATH, metavar="FILE", help="Read [tool.xpcheck] of this file.")
@click.option("--root", type=_PATH, metavar="DIR", help="The project's root (default: found from the folder).")
def config(show: bool, schema: bool, format_name: str, file: Path | None, root: Path | None) -> int:
    """Print the configuration, and where each value comes from."""
    from xpcheck.cli import configuration

    if schema:
        import json

        click.echo(json.dumps(configuration.schema(), indent=2))
        return 0
    return configuration.run_config(root, file, format_name == "json")


@application.command()
@click.option("--dry-run", is_flag=True, help="Print what would be written.")
@click.option("--root", type=_PATH, metavar="DIR", help="The project's root (default: found from the folder).")
@click.option(
    "--search-path", multiple=True, type=_PATH, metavar="DIR", help="Where to look up followed packages first."
)
def init(dry_run: bool, **options: Any) -> int:
    """Look at the project and write [tool.xpcheck] for it, with the reasons; then print a section for contributors."""
    from xpcheck.cli.check import Options
    from xpcheck.cli.init import run_init

    return run_init(Options(**options), dry_run)


def _of_the_analysis(command: Callable[..., int]) -> Callable[..., int]:
    """The options that say what is analysed and how, for commands that ask about the program."""
    for option in (
        click.option("--root", type=_PATH, metavar="DIR", help="The project's root (default: found from the paths)."),
        click.option("--config", type=_PATH, metavar="FILE", help="Read [tool.xpcheck] of this file."),
        click.option("--cache-dir", type=_PATH, metavar="DIR", help="Where to keep the cache."),
        click.option("--no-cache", is_flag=True, help="Neither read nor write the cache."),
        click.option("--jobs", "-j", default="auto", metavar="N", help="Processes to use."),
        click.option(
            "--search-path", multiple=True, type=_PATH, metavar="DIR", help="Where to look up followed packages first."
        ),
        click.option("--level", type=click.Choice([str(level) for level in Level]), help="The weakest hazards shown."),
        click.option("--ignore", multiple=True, metavar="CODES", help="Do not show these rules."),
        click.option("--select", multiple=True, metavar="CODES", help="Show only these rules."),
    ):
        command = option(command)
    return command


@application.command()
@click.argument("place", metavar="FILE:LINE")
@_of_the_analysis
def explain(place: str, **options: Any) -> int:
    """Say what the analysis knows at FILE:LINE: values, backend, calls, and why it reports or does not."""
    from xpcheck.cli.check import Options
    from xpcheck.cli.explain import run_explain

    return run_explain(place, Options(**options))


@application.command()
@click.argument("entry", metavar="MODULE:NAME")
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", help="How to show it.")
@click.option("--no-convention", is_flag=True, help="Show hazards only.")
@_of_the_analysis
def audit(entry: str, format_name: str, **options: Any) -> int:
    """List all that is left to fix on the way from an entry point, as `package.module:Class.method`.

    Exit codes: 0 clean, 1 findings, 2 something could not be analysed or the call was wrong.
    """
    from xpcheck.cli.audit import run_audit
    from xpcheck.cli.check import Options

    return run_audit(entry, Options(**options), format_name)


@application.command()
@click.argument("paths", nargs=-1, type=_PATH)
@click.option("--html", "target", type=_PATH, metavar="FILE", required=True, help="Where to write the page.")
@click.option("--no-convention", is_flag=True, help="Show hazards only.")
@click.option("--baseline", type=_PATH, metavar="FILE", help="Tell what is in FILE from what is new.")
@_of_the_analysis
def report(target: Path, **options: Any) -> int:
    """Write what is found as one page to look at in a browser; it needs no network.

    Exit codes: 0 written, 2 something could not be analysed or the call was wrong.
    """
    from xpcheck.cli.check import Options
    from xpcheck.cli.report import run_report

    return run_report(target, Options(**options))
