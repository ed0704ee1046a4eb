"""A Chromium that is driven by a script."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from memeclip_core.errors import ConfigError

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def open_chromium() -> Iterator[Any]:
    """Run a browser without a graphics card: the one that ``CHROMIUM`` names, or else the system's.

    Raises:
        ConfigError: if there is none.
    """
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        raise ConfigError("There is no chromium on this machine. Name one in CHROMIUM.")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()
