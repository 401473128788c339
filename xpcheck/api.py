"""The analysis as a function, for programs: ``xpcheck.check(...)``."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from xpcheck import engine, rules
from xpcheck.config import find_root, load
from xpcheck.model import Report


def check(
    *paths: str | Path,
    root: str | Path | None = None,
    config: str | Path | None = None,
    search_path: Sequence[str | Path] = (),
    jobs: int = 1,
    executor: Executor | None = None,
    cache_dir: str | Path | None = None,
) -> Report:
    """Analyse a project as ``xpcheck check`` does.

    Parameters
    ----------
    paths
        Files and folders of the project; none mean all of it.
    root
        The project's root, by default found from the paths (the working directory without any).
    config
        A file with a ``[tool.xpcheck]`` table that is read instead of the root's ``pyproject.toml``.
    search_path
        Folders in which followed packages are looked up first.
    jobs
        How many processes of this machine read files and functions.
    executor
        Reads them instead: any ``concurrent.futures.Executor``, such as ``distributed.Client(...).get_executor()``.
        Its workers need xpcheck installed, and no files: they are sent the texts.
    cache_dir
        Where facts and results are kept between runs; None for nowhere.

    Returns
    -------
    Report
        All findings, of every rule and level, before suppressions and the configuration's selection are applied (those
        that the selection shows have their fixes); what could not be analysed is in its ``errors``.

    Raises
    ------
    ConfigError, ModelError
        The configuration, or a model file that it names, cannot be used.
    """
    places = tuple(Path(path).resolve() for path in paths)
    folder = find_root(places) if root is None else Path(root).resolve()
    return engine.check(
        engine.Request(
            paths=places,
            root=folder,
            config=load(folder, None if config is None else Path(config).resolve(), codes=rules.codes()),
            search_path=tuple(Path(path).resolve() for path in search_path),
            jobs=jobs,
            executor=executor,
            cache_dir=None if cache_dir is None else Path(cache_dir),
        )
    )
