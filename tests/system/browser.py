"""Takes nothing, gives Debian's Chromium driven by Playwright, and a newsroom's page before it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

TOKEN = "a-token-of-ana-0123456789"


def chromium() -> str:
    """Give where Chromium lies; where there is none, skip at home and fail in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI"):
            raise FileNotFoundError("no Chromium: install Debian's package chromium")
        pytest.skip("no Chromium here: the page is not tried in a browser")
    return found


@contextmanager
def browsing() -> Iterator[Browser]:
    """Give a browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Served:
    """A page that is served, and the folder with its configuration."""

    address: str
    folder: Path


@contextmanager
def serving(command: Callable[..., list[str]], environ: dict[str, str], folder: Path) -> Iterator[Served]:
    """Run `monitor web` on a port of its own."""
    with subprocess.Popen(
        command("web", "--port", "0"),
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield Served(process.stdout.readline().strip(), folder)
        finally:
            process.terminate()
            process.communicate(timeout=30)
