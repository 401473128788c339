from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

HOSTILE = """import numpy as np


# "</script><script>document.title = 'broken'</script><img src=https://example.invalid/x onerror=alert(1)>
def first_from(values, xp=np):
    label = "<b id=injected>&amp;</b>"; return np.sort(xp.abs(values)), label


def second_from(values, xp=np):
    return first_from(values)
"""


def written(folder: Path, root: Path, *options: str) -> Path:
    """The page for the project at ``root``."""
    target = folder / "page.html"
    xpcheck(["report", "--html", str(target), "--no-cache", *options], root)
    return target


def xpcheck(arguments: list[str], root: Path) -> None:
    """Run a command on the project at ``root``."""
    command = [sys.executable, "-m", "xpcheck", *arguments, "--root", str(root)]
    subprocess.run(command, check=True, capture_output=True, cwd=REPOSITORY)


@pytest.fixture(scope="session")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page for the tour."""
    return written(tmp_path_factory.mktemp("tour"), REPOSITORY / "fixtures" / "tour")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page for a project whose sources try to get out of it."""
    root = tmp_path_factory.mktemp("hostile")
    (root / "pkg").mkdir()
    (root / "pkg" / "__init__.py").touch()
    (root / "pkg" / "<m>.py").write_text("x = 1\n")
    (root / "pkg" / "m.py").write_text(HOSTILE)
    return written(root, root)


@pytest.fixture(scope="session")
def parked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page for the tour, with its masks (XP301) as news beside a baseline of the rest."""
    folder, root = tmp_path_factory.mktemp("parked"), REPOSITORY / "fixtures" / "tour"
    known = folder / "known.txt"
    xpcheck(["baseline", "--allow-ci", "--output", str(known)], root)
    known.write_text("".join(line for line in known.read_text().splitlines(keepends=True) if "XP301" not in line))
    return written(folder, root, "--baseline", str(known))


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A headless Chromium that may reach no network."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.fail("these tests need a browser: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1200",
        "--proxy-server=127.0.0.1:9",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chromium = webdriver.Chrome(options, Service(driver))
    yield chromium
    chromium.quit()


@pytest.fixture
def opened(browser) -> Callable[..., object]:
    """Open a page, in light or dark, at a width; what the browser complains of afterwards fails the test."""

    def opening(page: Path, theme: str = "light", width: int = 1280) -> object:
        features = [{"name": "prefers-color-scheme", "value": theme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        size = {"width": width, "height": 1200, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get("about:blank")
        browser.get_log("browser")
        browser.get(page.as_uri())
        browser.execute_script("try { localStorage.clear() } catch {}")
        browser.get(page.as_uri())
        return browser

    return opening
