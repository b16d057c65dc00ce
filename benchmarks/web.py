"""Takes a store of two months and a service that polls, gives how long its pages take under load, as Markdown tables.

    python benchmarks/web.py [--articles 100000] [--stories 20000] [--rate 50] [--seconds 60]
                             [--database postgresql://…] [--folder FOLDER]

The store is filled by `web_store.py`; `monitor run` then polls 200 feeds of a news web, which publish all the time, reads and
judges what is new, and serves the page. So many requests a second are sent on schedule, whether or not earlier ones were answered,
and each one's time counts from the moment it was to be sent. Beside the pages stand a file and `/health/live` from the same
process: what a request costs here at the least. A page that answers 404 before the run is left out and named; any other answer
but 200 ends the run without figures. `--folder` keeps the filled store (SQLite) for another run. Needs ../shared.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

import psutil
from fetch import control, news_web
from web_store import fill

from monitor.adapters.store import SqlStore, open_store
from monitor.bootstrap import open_archive
from monitor.types import Narrowed

ROOT = Path(__file__).parents[1]
NEWS, PAGE = 8_771, 8_772  #: ports
FEEDS = 200
#: Each feed is asked every minute and brings an article in this time: some fifty times what a newsroom's feeds do.
INTERVAL, STEP = "60s", 60.0
NEWS_WEB = f"--sites {FEEDS} --hosts 200 --entries 20 --per-step 1 --step-seconds {STEP:.0f} --seed 5 --max-age 0"
NEWS_WEB += " --kinds rss2,atom,rss1,json --members-ratio 0 --crawl-delay-ratio 0"
CLIENTS = 96  #: connections at most; nobody waits for one as long as so many requests are not open at once
RUSH = 30.0  #: seconds in which all feeds that are due at the start are asked
PATIENCE = 300.0  #: seconds until the service has caught up with its feeds
CSS, LIVE = "/static/style.css", "/health/live"
PAINT = ("/", CSS, "/static/keys.js", "/static/icon.svg")  #: what a browser fetches to show the inbox

#: What is asked for, by name: address, share. `{story}`, `{large}` and `{article}` are drawn anew each time.
MIX = {
    "inbox": ("/", 6),
    "inbox: a topic, 7 days": ("/?topic=drug_policy&days=7", 2),
    "inbox: a source, a year": ("/?source=feed-3&days=365", 2),
    "inbox: a country, 30 days": ("/?country=United+States&days=30", 2),
    "inbox: nobody answered, 30 days": ("/?said=nothing&days=30", 2),
    "inbox: disputed, a year": ("/?said=disputed&days=365", 1),
    "inbox: a topic and a country, a year": ("/?topic=bilateral_security&country=United+Kingdom&days=365", 1),
    "inbox: page 20 of 30 days": ("/?days=30&page=20", 2),
    "inbox: page 300 of a year": ("/?days=365&page=300", 2),
    "story": ("/stories/{story}", 6),
    "story of 10 to 50 articles": ("/stories/{large}", 2),
    "article": ("/articles/{article}", 6),
    "search: a word": ("/search?q=fentanyl", 2),
    "search: a common word": ("/search?q=police", 2),
    "search: a phrase, a topic, a country": ("/search?q=%22north+korea%22&topic=drug_policy&country=South+Korea", 1),
    "search: the commonest words, page 20": ("/search?q=the+of&page=20", 1),
    "label": ("/label", 3),
    "sources": ("/sources", 2),
    "topics": ("/topics", 2),
    "model": ("/model", 2),
    "audit": ("/audit", 2),
    "settings": ("/settings", 2),
    "API: stories": ("/api/stories", 2),
    "feed": ("/feeds/drug_policy.atom", 2),
    "metrics": ("/metrics", 1),
    "a file: style.css": (CSS, 4),
    "health": (LIVE, 4),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """How one request was answered."""

    page: str
    address: str
    seconds: float  #: from the moment at which it was to be sent
    status: int  #: 0: not at all
    size: int  #: bytes of head and body


class Client:
    """One connection that is kept open, as a browser does."""

    def __init__(self) -> None:
        self._connection = HTTPConnection("127.0.0.1", PAGE, timeout=60)

    def ask(self, address: str) -> tuple[int, int]:
        """Give status and bytes; a connection that the server has closed meanwhile is opened again, once."""
        for fresh in (False, True):
            try:
                self._connection.request("GET", address, headers={"Accept-Encoding": "gzip"})
                answer = self._connection.getresponse()
                head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
                return answer.status, head + len(answer.read())
            except (OSError, HTTPException):
                self._connection.close()
                if fresh:
                    return 0, 0
        raise AssertionError


def drive(plan: Sequence[tuple[str, str]], rate: float) -> list[Answer]:
    """Send what is planned at a steady rate; give the answers."""
    waiting: SimpleQueue[tuple[float, str, str] | None] = SimpleQueue()
    answers: list[Answer] = []

    def serve() -> None:
        client = Client()
        while (job := waiting.get()) is not None:
            at, page, address = job
            status, size = client.ask(address)
            answers.append(Answer(page, address, time.perf_counter() - at, status, size))

    threads = [Thread(target=serve, daemon=True) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    begun = time.perf_counter()
    for number, (page, address) in enumerate(plan):
        at = begun + number / rate
        time.sleep(max(0.0, at - time.perf_counter()))
        waiting.put((at, page, address))
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    return answers


def planned(store: SqlStore, pages: Sequence[str], number: int) -> list[tuple[str, str]]:
    """Give so many pages in their shares, well mixed, with their addresses."""
    chance = random.Random(11)
    lines = store.story_lines(Narrowed(), 5_000)
    large = [line.id for line in lines if len(line.articles) >= 10] or [lines[0].id]
    articles = store.counts()["entries_done"]
    round_ = [page for page in pages for _ in range(MIX[page][1])]
    chance.shuffle(round_)
    return [
        (
            page,
            MIX[page][0].format(
                story=chance.choice(lines).id, large=chance.choice(large), article=chance.randint(1, articles)
            ),
        )
        for page, _ in zip(cycle(round_), range(number), strict=False)
    ]


# ── the service ──────────────────────────────────────────────────────────────────────────────────────────────────────
def configure(config: Path, database: str) -> None:
    """Write the configuration of a desk that watches the news web."""
    config.mkdir(parents=True, exist_ok=True)
    fetch = {"allow_networks": ["127.0.0.0/8"], "delay": "0s", "per_host": 20, "min_interval": INTERVAL}
    monitor = {"database": database, "fetch": fetch, "web": {"port": PAGE}, "models": str(ROOT / "models")}
    (config / "monitor.yaml").write_text(json.dumps(monitor))
    feeds = [feed["url"] for feed in control(NEWS, "feeds")]
    sources = [
        {"id": f"feed-{n}", "name": f"Outlet {n}", "url": url, "interval": INTERVAL} for n, url in enumerate(feeds)
    ]
    (config / "sources.yaml").write_text(json.dumps({"sources": sources}))
    (config / "topics.yaml").write_bytes((ROOT / "config/topics.yaml").read_bytes())


@contextmanager
def service(folder: Path) -> Iterator[psutil.Process]:
    """Run the service, without Slack."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MONITOR_"))}
    command = [sys.executable, "-m", "monitor", "--config", "config", "run"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log)
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(60)


@contextmanager
def publishing() -> Iterator[None]:
    """Let every feed publish an article each minute."""
    ended = Event()

    def publish() -> None:
        while not ended.wait(STEP):
            control(NEWS, "step", {})

    thread = Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def caught_up(store: SqlStore) -> None:
    """Wait until the first rush is over: what most feeds brought at the start is read and judged."""
    time.sleep(RUSH)
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        counts = store.counts()
        if counts["entries_read"] + counts["entries_judge"] < FEEDS / 10:  # some come all the time
            return
        time.sleep(1)
    raise SystemExit("the service does not catch up with its feeds")


def first_asked() -> dict[str, float]:
    """Ask for each page once; give the milliseconds it took, of those that are there."""
    client, found, missing = Client(), {}, []
    for _ in range(100):
        if client.ask(LIVE)[0] == 200:
            break
        time.sleep(0.2)
    for page, (address, _) in MIX.items():
        begun = time.perf_counter()
        status, _ = client.ask(address.format(story=1, large=1, article=1))
        found[page] = 1e3 * (time.perf_counter() - begun)
        if status == 404 and "{" not in address:
            missing.append(page)
            del found[page]
    if missing:
        print(f"Not there, so left out: {', '.join(missing)}.\n")
    return found


# ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def show(answers: Sequence[Answer], first: dict[str, float]) -> None:
    """Print the figures of each page, of all together, and how they stand to those of a file."""
    print("| page | requests | median ms | p99 ms | worst ms | KB | first ms |\n|---|---|---|---|---|---|---|")
    for page, at_first in first.items():
        inside = [one for one in answers if one.page == page]
        if inside:
            print(f"| {page} | {_figures(inside)} | {at_first:.0f} |")
    pages = [one for one in answers if one.address not in {CSS, LIVE}]
    print(f"| **all pages** | {_figures(pages)} | |\n")
    floor = [one for one in answers if one.address == CSS]
    ratio = _share(pages, 0.99) / _share(floor, 0.99)
    print(f"p99 of the pages: {ratio:.1f} times that of the file.")


def _figures(answers: Sequence[Answer]) -> str:
    middle, late, worst = (_share(answers, share) for share in (0.5, 0.99, 1.0))
    size = statistics.median(one.size for one in answers) / 1e3
    return f"{len(answers)} | {middle:.1f} | {late:.0f} | {worst:.0f} | {size:.1f}"


def _share(answers: Sequence[Answer], share: float) -> float:
    """Give the milliseconds within which this share of the requests was answered."""
    spent = sorted(one.seconds for one in answers)
    return 1e3 * spent[max(0, round(share * len(spent)) - 1)]


def measure(folder: Path, store: SqlStore, asked: argparse.Namespace) -> None:
    """Run the service, send the requests, print the tables."""
    with service(folder) as process, publishing():
        first = first_asked()
        caught_up(store)
        before, cpu, begun = store.counts(), process.cpu_times(), time.perf_counter()
        answers = drive(planned(store, list(first), round(asked.rate * asked.seconds)), asked.rate)
        seconds, after, spent = time.perf_counter() - begun, store.counts(), process.cpu_times()
        client = Client()
        painted = sum(client.ask(address)[1] for address in PAINT)
    wrong = {(one.address, one.status) for one in answers if one.status != 200}
    if wrong:
        raise SystemExit(f"no figures: {len(wrong)} addresses were not answered with 200, such as {sorted(wrong)[:5]}")
    come = after["entries_done"] - before["entries_done"]
    busy = spent.user + spent.system - cpu.user - cpu.system
    print(
        f"{before['entries_done']:,} articles, {before['stories']:,} stories; {asked.rate:g} requests a second for {seconds:.0f} s;"
        f" meanwhile {come} articles came, and the service took {busy / seconds:.0%} of a core.\n"
    )
    show(answers, first)
    print(f"What a browser fetches to show the inbox: {painted / 1e3:.1f} KB in {len(PAINT)} requests.")


def main() -> None:
    """Fill, start, ask, print."""
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("--articles", type=int, default=100_000)
    asking.add_argument("--stories", type=int, default=20_000)
    asking.add_argument("--rate", type=float, default=50.0)
    asking.add_argument("--seconds", type=float, default=60.0)
    asking.add_argument("--database")
    asking.add_argument("--folder", type=Path)
    asked = asking.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = (asked.folder or Path(name)).absolute()
        folder.mkdir(exist_ok=True)
        with news_web(folder, NEWS, f"--port {NEWS} {NEWS_WEB}"):
            database = asked.database or f"sqlite:///{folder}/monitor.db"
            configure(folder / "config", database)
            with open_archive(folder / "config", {}) as archive:
                settings, model = archive.settings, archive.models.current()
            store = open_store(database)
            if not store.counts()["entries_done"]:
                fill(store, settings.sources, settings.topics, model, (asked.articles, asked.stories))
            measure(folder, store, asked)
            store.close()


if __name__ == "__main__":
    main()
