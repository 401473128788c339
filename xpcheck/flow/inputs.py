"""The files besides Python sources that the analysis reads; finding them imports nothing of the analysis."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from xpcheck.config import Config
from xpcheck.world import World

PRIOR_FOLDER = ("config", "priors")
"""Where a package keeps its prior files, relative to its own folder."""


def data_files(tops: Iterable[str], config: Config, world: World) -> Iterator[str]:
    """The prior files beside the top-level modules ``tops``, and the model files of the project.

    ``world`` is told what this depends on, the files included.
    """
    for file in tops:
        folder = os.path.join(os.path.dirname(file), *PRIOR_FOLDER)
        world.ask(folder)
        for current, _, names in os.walk(folder):
            world.see(current)
            for name in names:
                if name.endswith(".yaml"):
                    world.see(os.path.join(current, name))
                    yield os.path.join(current, name)
    for path in config.extra_models:
        world.see(str(path))
        yield str(path)
