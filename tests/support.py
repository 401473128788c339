"""What tests of several folders share."""

from __future__ import annotations

from importlib.metadata import entry_points


def flake8_config(options: str = "select = XP") -> str:
    """A configuration file of flake8 with some options.

    Without the installed distribution it names the plugin by hand: in no environment may it be missing.
    """
    text = f"[flake8]\n{options}\n"
    if not entry_points(group="flake8.extension", name="XP"):
        text += "[flake8:local-plugins]\nextension =\n    XP = xpcheck.flake8_plugin:Plugin\n"
    return text
