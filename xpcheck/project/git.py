"""What git says about a project: which files it tracks, and which it ignores. Only listings are asked of it."""

# paths are strings in this room: a thousand Path objects cost more than the walk
from __future__ import annotations

import functools
import os
from collections.abc import Iterator

from xpcheck.project.walk import is_environment, is_python_file, is_skipped_folder
from xpcheck.world import World

GIT_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE",
                 "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")  # fmt: skip


def git_files(root: str, notes: list[str]) -> list[str] | None:
    """What git tracks or would track below ``root``; None outside a work tree or where git ignores ``root`` itself."""
    if not in_work_tree(root):
        return None
    listed = _git(root, "ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard", "--", "*.py")
    if listed is None:
        notes.append("git could not list the files: files it ignores are not left out")
        return None
    entries = sorted({entry for entry in os.fsdecode(listed).split("\0") if entry})
    if not entries and _git(root, "check-ignore", "-q", ".") is not None:
        return None

    @functools.cache
    def left_out(folder: str, untracked: bool) -> bool:
        """Environments, and untracked build output that nobody has listed in ``.gitignore`` yet."""
        if not folder:
            return False
        parent, name = os.path.split(folder)
        if left_out(parent, untracked) or (untracked and is_skipped_folder(name)):
            return True
        return any(os.path.lexists(os.path.join(root, folder, name)) for name in ("pyvenv.cfg", "conda-meta"))

    files = []
    for entry in entries:
        tag, path = entry[0], entry[2:].replace("/", os.sep)
        folder, filename = os.path.split(path)
        if is_python_file(filename) and not left_out(folder, tag == "?"):
            files.append(os.path.join(root, path))
    return files


def in_work_tree(folder: str) -> bool:
    """Whether ``folder`` lies in the work tree of a repository."""
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return True
        parent = os.path.dirname(folder)
        if parent == folder:
            return False
        folder = parent


def _git(root: str, *arguments: str) -> bytes | None:
    """The output of a git command in ``root``, None if it failed."""
    code, out, _ = run(root, *arguments)
    return out if code == 0 else None


def run(root: str, *arguments: str) -> tuple[int, bytes, bytes]:
    """The exit code, the output and the complaints of a git command in ``root``."""
    import subprocess

    # a hook's GIT_DIR names another repository; fsmonitor would run a program that the repository chose
    environment = {key: value for key, value in os.environ.items() if key not in GIT_VARIABLES}
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments]
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False)
    except OSError as error:
        return 127, b"", str(error.strerror or error).encode()
    return done.returncode, done.stdout, done.stderr


def note_work_tree(root: str, world: World) -> None:
    """Tell ``world`` what the answer of ``git_files`` depends on: folders, the index, and what says what to ignore."""
    folder = root
    while True:
        world.see(os.path.join(folder, ".gitignore"))
        place = os.path.join(folder, ".git")
        world.ask(place)
        parent = os.path.dirname(folder)
        if os.path.lexists(place) or parent == folder:
            break
        folder = parent
    for file in (*_git_state(place), *_git_settings(root)):
        world.see(file)
    for folder in _folders(root):
        world.see(folder)
        ignoring = os.path.join(folder, ".gitignore")
        if os.path.lexists(ignoring):
            world.see(ignoring)


def _git_state(place: str) -> Iterator[str]:
    """The files of a repository that tell what is tracked and ignored; ``place`` is its ``.git`` folder or file."""
    common = place
    if os.path.isfile(place):  # a linked work tree or a submodule
        yield place
        place = os.path.join(os.path.dirname(place), _line(place).removeprefix("gitdir:").strip())
        common = os.path.join(place, _line(os.path.join(place, "commondir")) or ".")
    yield os.path.join(place, "index")
    yield os.path.join(common, "config")
    yield os.path.join(common, "info", "exclude")


def _git_settings(root: str) -> Iterator[str]:
    """The files outside a repository that tell what is ignored in it."""
    home = os.path.expanduser("~")
    settings = os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "git")
    yield from (os.path.join(settings, "config"), os.path.join(settings, "ignore"))
    yield from (os.path.join(home, ".gitconfig"), "/etc/gitconfig")
    named = _git(root, "config", "--path", "--get", "core.excludesFile")
    if named:
        yield os.path.join(root, os.fsdecode(named).strip())


def _folders(root: str) -> Iterator[str]:
    """The folders below ``root`` in which a module could appear, those that git ignores included."""
    pending = [root]
    while pending:
        current = pending.pop()
        yield current
        try:
            with os.scandir(current) as entries:
                listed = list(entries)
        except OSError:
            continue
        if current != root and is_environment(entry.name for entry in listed):
            continue
        for entry in listed:
            if entry.is_dir(follow_symlinks=False) and not is_skipped_folder(entry.name):
                pending.append(entry.path)


def _line(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.readline().strip()
    except OSError:
        return ""
