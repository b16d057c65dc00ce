"""Takes the invented newsroom, gives a picture of every page: light, dark, and as wide as a phone.

    python benchmarks/screens.py [FOLDER]

Needs Chromium and what `pip install -e '.[dev]'` brings. The pictures of docs/web.md are of these.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from monitor.cli.demo.newsroom import Newsroom
from monitor.config import shipped

#: Look, width, height; the first two as long as the page is. "small" is for docs/pictures.
LOOKS = (("light", 1200, 900), ("dark", 1200, 900), ("phone", 390, 844), ("small", 1000, 640))
TOKEN = "a-token-of-ana-0123456789"


def main(folder: Path) -> None:
    """Make the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with Newsroom(datetime.now(UTC)) as newsroom, tempfile.TemporaryDirectory() as place:
        config = Path(place) / "config"
        config.mkdir()
        fetch = {"allow_networks": ["127.0.0.0/8"], "interval": "5s", "min_interval": "1s", "delay": "0s"}
        (config / "monitor.yaml").write_text(json.dumps({"fetch": fetch}))
        sources = [{"id": one.id, "name": one.name, "url": one.url} for one in newsroom.sources()]
        (config / "sources.yaml").write_text(json.dumps({"sources": sources}))
        shutil.copy(shipped("config") / "topics.yaml", config)
        command = [sys.executable, "-m", "monitor", "--config", str(config)]
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MONITOR_"))}
        environ["MONITOR_WEB_TOKEN"] = f"ana:{TOKEN}"
        subprocess.run([*command, "run", "--once", "--all"], cwd=place, env=environ, check=True, capture_output=True)
        newsroom.publish_update()
        subprocess.run([*command, "run", "--once", "--all"], cwd=place, env=environ, check=True, capture_output=True)
        web = [*command, "web", "--port", "0"]
        with subprocess.Popen(web, cwd=place, env=environ, stdout=subprocess.PIPE, text=True) as served:
            assert served.stdout is not None
            try:
                pictures(served.stdout.readline().strip(), folder)
            finally:
                served.terminate()


def pictures(address: str, folder: Path) -> None:
    """Walk through the pages with a browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(base_url=address)
        page.goto("/")
        for look, width, height in LOOKS:
            dress(page, look, width, height)
            page.screenshot(path=folder / f"sign-in-{look}.png")
        page.get_by_label("Your token").fill(TOKEN)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/$"))
        prepare(page)
        page.get_by_role("link", name=re.compile("Joint Working Group")).first.click()
        story = page.url
        page.locator(".list a[data-open]").first.click()
        places = {
            "inbox": "/",
            "story": story,
            "article": page.url,
            "label": "/label",
            "search": "/search?q=drug",
            "sources": "/sources",
            "source": "/sources/gazette",
            "sources-add": "/sources/add",
            "topics": "/topics",
            "trial": "/topics?work=1#work",
            "model": "/model",
            "model-version": "/model/seed-2",
            "model-diff": "/model/seed-2/diff",
            "model-confirm": "/model/seed-2/promote",
            "missing": "/stories/999999",
            "audit": "/audit",
            "settings": "/settings",
        }
        for look, width, height in LOOKS:
            dress(page, look, width, height)
            for name, path in places.items():
                page.goto(path)
                page.evaluate(
                    "scrollTo(0, document.body.scrollHeight)"
                )  # pictures further down are loaded when they are near
                while not page.evaluate("[...document.images].every((one) => one.complete)"):
                    page.wait_for_timeout(100)
                page.evaluate("scrollTo(0, 0)")
                page.screenshot(path=folder / f"{name}-{look}.png", full_page=look in {"light", "dark"})
        browser.close()


def dress(page: Page, look: str, width: int, height: int) -> None:
    """Show what follows in a look and a size."""
    page.emulate_media(color_scheme="dark" if look == "dark" else "light")
    page.set_viewport_size({"width": width, "height": height})


def prepare(page: Page) -> None:
    """Answer about two stories, and try a keyword, so that there is something to see."""
    page.keyboard.press("j")
    page.keyboard.press("y")
    page.wait_for_load_state()
    page.goto("/topics")
    page.get_by_label("Keyword", exact=True).fill("harbour")
    page.get_by_label("As").select_option("always")
    page.get_by_role("button", name="Try", exact=True).click()
    page.get_by_text(re.compile("judged again")).wait_for(timeout=60_000)
    page.goto("/")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screens"))
