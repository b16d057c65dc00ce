"""Takes feeds whose servers take their time, gives how fast one to four processes poll, read and judge them over one database.

Not a command by itself: `scale.py workers`. The sources are in the table and become due all at once, when all processes stand by;
the time counts from then until the last article is judged. Each process makes 16 requests at once; nothing else limits it but the
machine, whose two cores it shares with PostgreSQL and with the news web itself. Processes are of `monitor run`, and of `monitor
worker` beside one `monitor scheduler`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
from databases import Databases
from fetch import control, news_web

from monitor.adapters.store import open_store
from monitor.config import load

ROOT = Path(__file__).parents[1]
NEWS, PAGE = 8_781, 8_782  #: ports
HOSTS, ENTRIES, THREADS = 249, 5, 16
STANDING_BY = 3.0  #: seconds more, until all processes wait for work
PATIENCE = 900.0  #: seconds
SERVICE, CLUSTER = "monitor run", "monitor worker, with a scheduler"
_STANDING_BY = "SELECT count(*) >= {} FROM workers"
_DONE = """SELECT (SELECT count(*) FROM polls) = {} AND (SELECT count(*) FROM entries WHERE stage = 'done') = {}"""


def growth(making: Databases, feeds: int, processes: Sequence[int], latency: float) -> None:
    """Print how much faster more processes are."""
    options = f"--sites {feeds} --hosts {HOSTS} --entries {ENTRIES} --seed 6 --kinds rss2,atom,rss1 --latency {latency}"
    options += " --max-age 0 --members-ratio 0 --crawl-delay-ratio 0"
    print(f"{feeds:,} feeds × {ENTRIES} entries on {HOSTS} addresses, each answer after {latency:g} s.\n")
    for engine in (SERVICE, CLUSTER):
        if engine == CLUSTER and not _exists("scheduler"):
            print(f"Left out: {engine}; this version has no such command.")
            continue
        print(f"| {engine}, {THREADS} requests at once | seconds to the last poll | to the last article | articles a second |"
            " × one | cores: processes | PostgreSQL | news web |")  # fmt: skip
        print("|---|---|---|---|---|---|---|---|")
        alone = 0.0
        for number in processes:
            with tempfile.TemporaryDirectory() as name, news_web(Path(name), NEWS, options) as web:
                run = _Run(making, Path(name), engine, feeds)
                polled, done, cores = run.measured(number, web)
                run.clear()
            alone = alone or polled
            shares = " | ".join(f"{share:.2f}" for share in cores)
            rate = feeds * ENTRIES / done
            print(
                f"| {number} | {polled:.1f} | {done:.1f} | {rate:.0f} | {alone / polled:.2f} | {shares} |", flush=True
            )
        print()


def _exists(command: str) -> bool:
    asked = [sys.executable, "-m", "monitor", command, "--help"]
    return not subprocess.run(asked, capture_output=True, check=False).returncode


class _Run:
    """One database with the feeds as sources, and the processes that poll them."""

    def __init__(self, making: Databases, folder: Path, engine: str, feeds: int) -> None:
        self._making, self._folder, self._engine, self._feeds = making, folder, engine, feeds
        self._url = making.fresh("PostgreSQL")
        self._environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MONITOR_"))
        }
        _configure(folder / "config", self._url, "procrastinate" if engine == CLUSTER else "local")
        if engine == CLUSTER:
            subprocess.run(
                self._command("db", "upgrade"), env=self._environ, cwd=folder, check=True, capture_output=True
            )

    def measured(self, number: int, web: int) -> tuple[float, float, list[float]]:
        """Let so many processes poll all; give the seconds to the last poll and article, and the cores that were busy."""
        store = open_store(self._url)
        store.sync_sources(load(self._folder / "config", {}).sources, datetime.now(UTC) + timedelta(days=1))
        store.close()
        words = ["run"] if self._engine == SERVICE else ["worker", "--concurrency", str(THREADS)]
        with ExitStack() as running:
            ours = [running.enter_context(self._process(*words)) for _ in range(number)]
            if self._engine == CLUSTER:
                ours.append(running.enter_context(self._process("scheduler")))
            self._wait(_STANDING_BY.format(len(ours)), ours)
            time.sleep(STANDING_BY)
            due = datetime.now(UTC)
            self._tell(f"UPDATE sources SET next_poll_at = {due.timestamp() * 1e6:.0f}")
            parts = [ours, [self._making.process], [psutil.Process(web)]]
            before = [_cpu(part) for part in parts]
            self._wait(_DONE.format(self._feeds, self._feeds * ENTRIES), ours)
            done = (datetime.now(UTC) - due).total_seconds()
            cores = [(_cpu(part) - was) / done for part, was in zip(parts, before, strict=True)]
            polled = self._tell("SELECT max(at) FROM polls") / 1e6 - due.timestamp()
        return polled, done, cores

    def _wait(self, reached: str, ours: Sequence[psutil.Process]) -> None:
        """Wait until a question to the database is answered with yes."""
        ends = time.monotonic() + PATIENCE
        while not self._tell(reached):
            if time.monotonic() > ends or any(one.status() == psutil.STATUS_ZOMBIE for one in ours):
                raise SystemExit(f"{self._engine}: not {reached}\n{(self._folder / 'log').read_text()[-2000:]}")
            time.sleep(0.5)

    def _tell(self, statement: str) -> Any:
        with psycopg.connect(self._url, autocommit=True) as connection:
            answer = connection.execute(statement)
            row = answer.fetchone() if answer.description else None
            return row[0] if row else None

    @contextmanager
    def _process(self, *words: str) -> Iterator[psutil.Process]:
        with (self._folder / "log").open("a") as log:
            process = subprocess.Popen(
                self._command(*words), cwd=self._folder, env=self._environ, stdout=log, stderr=log
            )
            try:
                yield psutil.Process(process.pid)
            finally:
                process.terminate()
                process.wait(60)

    @staticmethod
    def _command(*words: str) -> list[str]:
        return [sys.executable, "-m", "monitor", "--config", "config", *words]

    def clear(self) -> None:
        """Remove the database."""
        self._making.drop(self._url)


def _configure(folder: Path, url: str, engine: str) -> None:
    folder.mkdir()
    fetch = {"allow_networks": ["127.0.0.0/8"], "delay": "0s", "per_host": 20, "workers": THREADS}
    settings: Mapping[str, object] = {"database": url, "engine": engine, "fetch": fetch, "web": {"port": PAGE}}
    (folder / "monitor.yaml").write_text(json.dumps(settings))
    sources = [
        {"id": f"s{n}", "url": feed["url"], "full_text": "never", "interval": "24h"}
        for n, feed in enumerate(control(NEWS, "feeds"))
    ]
    (folder / "sources.yaml").write_text(json.dumps({"sources": sources}))
    (folder / "topics.yaml").write_bytes((ROOT / "config/topics.yaml").read_bytes())


def _cpu(processes: Sequence[psutil.Process]) -> float:
    """Give the CPU seconds of processes and their children, those that have ended among them."""
    total = 0.0
    for process in processes:
        total += sum(process.cpu_times()[:4])  # user, system, and those of children that have ended
        for child in process.children():
            with suppress(psutil.Error):
                total += sum(child.cpu_times()[:2])
    return total
