"""Takes the invented newsroom and a strict Slack, gives pictures of the messages that stand there, for docs/slack.md.

    python benchmarks/pictures.py [FOLDER]      default: docs/pictures

An alert as it is posted, its story grown, answered by two people, a digest, a weekly report, the window that says why. The blocks
that the fake received are laid out as HTML much as Slack shows them, and photographed by chromium. Needs ../shared and chromium.
"""

import argparse
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.adapters.store import open_store
from monitor.cli.demo.newsroom import Newsroom
from monitor.types import DeliveryState

ROOT = Path(__file__).parents[1]
FAKE = ROOT.parent / "shared/tools/fakeslack.py"
PORT = 8960
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-fake-bot", "SLACK_APP_TOKEN": "xapp-1-fake-app"}
CHANNELS = ("drug-policy", "bilateral-security")
WIDTH = 680

STYLE = """
body { margin: 0; display: flow-root; }
body { background: #fff; font: 15px/1.47 "Lato", "Noto Sans", "DejaVu Sans", sans-serif; color: #1d1c1d; }
.message { padding: 14px 20px; display: grid; grid-template-columns: 36px 1fr; gap: 8px 10px; }
.badge { width: 36px; height: 36px; border-radius: 6px; background: #1f3a5f; color: #fff; font-weight: 700; text-align: center;
  line-height: 36px; } .who { font-weight: 900; } .app { background: #ddd; border-radius: 3px; font-size: 10px; padding: 1px 4px;
  vertical-align: middle; } .at { color: #616061; font-size: 12px; } .section { margin: 4px 0; white-space: pre-line; }
.context { color: #616061; font-size: 13px; margin: 4px 0; white-space: pre-line; } a { color: #1264a3; text-decoration: none; }
.actions { display: flex; gap: 8px; margin: 8px 0 2px; } .button { border: 1px solid #bbb; border-radius: 4px; padding: 4px 12px;
  font-weight: 700; font-size: 14px; } .primary { background: #007a5a; border-color: #007a5a; color: #fff; }
.menu { color: #616061; }
.thread { margin: 6px 0 0 46px; border-left: 3px solid #ddd; padding-left: 10px; } img { max-width: 560px; border: 1px solid #ddd;
  border-radius: 6px; margin-top: 6px; } .window { border: 1px solid #ccc; border-radius: 8px; margin: 16px; }
.window h1 { font-size: 18px; margin: 0; padding: 14px 20px; border-bottom: 1px solid #ddd; } .window .inside { padding: 8px 20px; }
blockquote { margin: 4px 0; border-left: 4px solid #ddd; padding-left: 10px; }
"""


def main() -> None:
    """Draw them all."""
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs/pictures")
    folder = asking.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, _slack(), Newsroom(datetime.now(UTC)) as newsroom:
        desk = Path(name)
        _configure(desk, newsroom, "instant")
        _once(desk)
        story = _main_story()
        shoot(message(story), folder / "alert.png")
        newsroom.publish_update()
        _once(desk)
        with _service(desk):
            _eventually(lambda: _control("info")["connections"])
            for user, action in (("U0ANNA", "relevant"), ("U0BEN", "not_relevant")):
                _press(story, action, user)
            answered = _eventually(lambda: _main_story() if "differ" in json.dumps(_main_story()) else None)
            shoot(message(answered, _thread(answered)), folder / "grown-and-answered.png")
            _press(story, "menu", "U0ANNA", "why:")
            _eventually(lambda: _control("calls?name=views.open")["count"])
            shoot(window(_window()), folder / "why.png")
        _report(desk)
        report = _eventually(lambda: next(iter(_messages("monitor_report")), None))
        shoot(message(report, picture=_picture(desk)), folder / "report.png")
    with tempfile.TemporaryDirectory() as name, _slack(), Newsroom(datetime.now(UTC)) as newsroom:
        desk = Path(name)
        _configure(desk, newsroom, "digest")
        _once(desk)
        time.sleep(61 - datetime.now(UTC).second)
        _once(desk)
        digest = max(_messages("monitor_digest"), key=lambda one: len(one["text"]))
        shoot(message(digest), folder / "digest.png")
    print(f"drawn into {folder}")


# ── laying out ───────────────────────────────────────────────────────────────────────────────────────────────────────
def message(row: Mapping[str, Any], replies: list[Mapping[str, Any]] | None = None, picture: bytes = b"") -> str:
    """Lay out a message with its thread."""
    said = "".join(map(block, row["blocks"]))
    shown = f'<img src="data:image/png;base64,{b64encode(picture).decode()}">' if picture else ""
    thread = "".join(f'<div class="thread">{"".join(map(block, one["blocks"]))}</div>' for one in replies or ())
    at = datetime.fromtimestamp(float(row["ts"]), UTC)
    head = f'<span class="who">Topic Monitor</span> <span class="app">APP</span> <span class="at">{at:%H:%M}</span>'
    return f'<div class="message"><div class="badge">TM</div><div>{head}{said}{shown}</div></div>{thread}'


def window(view: Mapping[str, Any]) -> str:
    """Lay out a window."""
    inside = "".join(map(block, view["blocks"]))
    return f'<div class="window"><h1>{html.escape(view["title"]["text"])}</h1><div class="inside">{inside}</div></div>'


def block(one: Mapping[str, Any]) -> str:
    """Lay out a block."""
    if one["type"] == "actions":
        return f'<div class="actions">{"".join(map(_element, one["elements"]))}</div>'
    parts = one.get("elements") or [one["text"]]
    return f'<div class="{one["type"]}">{"".join(mrkdwn(part["text"]) for part in parts)}</div>'


def _element(one: Mapping[str, Any]) -> str:
    if one["type"] == "button":
        return f'<span class="button {one.get("style", "")}">{html.escape(one["text"]["text"])}</span>'
    return f'<span class="button menu">{html.escape(one["placeholder"]["text"])} ▾</span>'


def mrkdwn(text: str) -> str:
    """Lay out mrkdwn: links, words in bold, code, quoted lines."""
    found = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", lambda link: f'<a href="{link[1]}">{link[2]}</a>', text)
    found = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<b>\1</b>", found)
    found = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", found)
    return re.sub(r"(?m)^> (.*)$", r"<blockquote>\1</blockquote>", found)


def shoot(body: str, file: Path) -> None:
    """Photograph it, as high as it is."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit("no chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as name:
        page = Path(name) / "page.html"
        page.write_text(f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{body}', encoding="utf-8")
        options = [
            "--headless=new",
            "--no-sandbox",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            f"--user-data-dir={name}/p",
        ]
        height = _height(browser, options, page)
        subprocess.run(
            [browser, *options, f"--window-size={WIDTH},{height}", f"--screenshot={file}", page.as_uri()],
            capture_output=True,
            check=True,
        )


def _height(browser: str, options: list[str], page: Path) -> int:
    """Ask the browser how high the page is."""
    asking = page.with_name("height.html")
    script = "<script>onload = () => { document.title = document.body.offsetHeight }</script>"
    asking.write_text(page.read_text(encoding="utf-8") + script, encoding="utf-8")
    told = subprocess.run(
        [browser, *options, f"--window-size={WIDTH},800", "--dump-dom", asking.as_uri()],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"<title>(\d+)</title>", told.stdout)
    return int(found[1]) + 4 if found else 900


# ── the newsroom and Slack ───────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def _slack() -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, FAKE, f"--port={PORT}", "--rate=0", "--no-tiers", "--trigger-seconds=30"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _eventually(_ready)
        for number, channel in enumerate((*CHANNELS, "team")):
            _control("channel", {"id": f"C0TEST{number}", "name": channel, "member": True})
        yield
    finally:
        process.kill()
        process.wait()


def _ready() -> bool:
    try:
        return bool(_control("info"))
    except OSError:
        return False


def _control(name: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT + 1}/_control/{name}", data, timeout=60) as answer:
        return json.load(answer)


def _configure(desk: Path, newsroom: Newsroom, mode: str) -> None:
    config = desk / "config"
    config.mkdir()
    at = datetime.now(UTC)
    monitor = {
        "slack": {"base_url": f"http://127.0.0.1:{PORT}/api/", "per_second": 50},
        "fetch": {"allow_networks": ["127.0.0.0/8"], "min_interval": "1s", "delay": "0s"},
        "report": {"channel": "#team", "at": "off"},
    }
    sources = [{"id": one.id, "url": one.url, "name": one.name} for one in newsroom.sources()]
    (config / "monitor.yaml").write_text(json.dumps(monitor))
    (config / "sources.yaml").write_text(json.dumps({"sources": sources}))
    topics = (ROOT / "config/topics.yaml").read_text(encoding="utf-8")
    if mode == "digest":
        soon = f"{at.hour:02d}:{(at.minute + 1) % 60:02d}"
        topics = re.sub(
            r'channel: "#[\w-]+", mode: instant', f'channel: "#drug-policy", mode: digest, at: "{soon}"', topics
        )
    (config / "topics.yaml").write_text(topics, encoding="utf-8")


def _command(desk: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "monitor", "--config", str(desk / "config"), *words]


def _once(desk: Path) -> None:
    subprocess.run(
        _command(desk, "run", "--once", "--all"),
        cwd=desk,
        env={**os.environ, **TOKENS},
        check=True,
        capture_output=True,
    )


@contextmanager
def _service(desk: Path) -> Iterator[None]:
    with (desk / "log").open("w") as log:
        process = subprocess.Popen(
            _command(desk, "run"), cwd=desk, env={**os.environ, **TOKENS}, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


def _report(desk: Path) -> None:
    subprocess.run(
        _command(desk, "report", "--post"), cwd=desk, env={**os.environ, **TOKENS}, check=True, capture_output=True
    )
    _once(desk)


def _picture(desk: Path) -> bytes:
    store = open_store(f"sqlite:///{desk}/data/monitor.db")
    rows = store.outbox([DeliveryState.SENT])
    store.close()
    return next(row.message.picture.png for row in rows if row.message.picture)


def _messages(kind: str) -> list[dict[str, Any]]:
    rows = _control("messages")["messages"]
    return [row for row in rows if (row.get("metadata") or {}).get("event_type") == kind]


def _main_story() -> dict[str, Any]:
    return next(row for row in _messages("monitor_alert") if "working group" in row["text"].lower())


def _thread(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in _messages("monitor_news") if one.get("thread_ts") == row["ts"]]


def _press(row: Mapping[str, Any], action: str, user: str, menu: str = "") -> None:
    body = {"channel": row["channel"], "ts": row["ts"], "action_id": action, "user": user}
    if menu:
        groups = _main_story()["blocks"][-1]["elements"][-1]["option_groups"]
        values = [option["value"] for group in groups for option in group["options"]]
        body["selected"] = next(value for value in values if value.startswith(menu))
    _control("click", body)


def _window() -> dict[str, Any]:
    asked = {"view_id": "V00000000", "via": "http", "url": "http://127.0.0.1:9/"}
    return dict(_control("submit_view", asked)["payload"]["view"])


def _eventually(look: Callable[[], Any], seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.2)
    raise SystemExit(f"nothing after {seconds} s")


if __name__ == "__main__":
    main()
