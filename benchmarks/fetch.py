"""Takes the news web of ../shared/tools, gives what polling it costs us, the library `reader`, and a bare floor, side by side.

    python benchmarks/fetch.py [--sites 1000] [--hosts 249] [--entries 40] [--runs 3] [--only ours]

Three polls each: from an empty database, with nothing changed (every answer a 304), and after a batch of new entries. All poll in
turn, phase by phase, so that whatever else the machine does falls on all alike. CPU seconds are user and system time, memory is
the peak, both of the whole process tree. Ours runs as people run it, `run --once --all`, with the shipped topics (every entry is
judged; full text never) and with none (entries are stored); `reader` stores only; the floor keeps nothing (fetch_floor.py).
Whoever misses an entry, or gets another answer than the phase is about, ends the benchmark: speed is never bought with misses.

The corpus holds 24,932 headlines with teaser; beyond these the news web invents its texts. `--validators both --max-age 0` gives
every feed both validators, so that the second poll can be all 304.
"""

import argparse
import gzip
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared"
PHASES = {"cold": "ok", "all 304": "not-modified", "new batch": "ok"}  #: with the result every feed must have
Costs = dict[str, dict[str, list["Cost"]]]  #: by phase and contender


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one poll of everything took."""

    cpu: float  #: seconds, user and system
    peak: float  #: MB
    wall: float  #: seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    """A program that polls all feeds once."""

    folder: Path  #: where it runs and keeps what it keeps
    command: list[str]
    counted: Callable[
        [Path, dict[str, Any]], tuple[Counter[str], int]
    ]  #: from its last line: results of the feeds, entries
    keeps: bool = True  #: whether the entries are all it ever saw, or those of this poll's documents

    def poll(self, phase: str, documents: int, kept: int) -> Cost:
        """Poll and check what was counted: entries in the documents, or entries ever published."""
        cost, last = measured(self.command, self.folder)
        results, entries = self.counted(self.folder, json.loads(last))
        wanted = kept if self.keeps else documents if PHASES[phase] == "ok" else 0
        if set(results) != {PHASES[phase]} or entries != wanted:
            raise SystemExit(f"{self.folder.name}, {phase}: {dict(results)}, {entries} entries of {wanted}")
        return cost


def ours(folder: Path, feeds: list[str], *, workers: int, topics: bool) -> Contender:
    """Give our own command with its configuration."""
    config = folder / "config"
    config.mkdir(parents=True)
    fetch = f"{{allow_networks: ['127.0.0.0/8'], delay: 0s, per_host: 20, workers: {workers}}}"
    (config / "monitor.yaml").write_text(f"database: sqlite:///monitor.db\nfetch: {fetch}\n")
    lines = [f"  - {{id: s{n}, url: '{url}', full_text: never}}\n" for n, url in enumerate(feeds)]
    (config / "sources.yaml").write_text("sources:\n" + "".join(lines))
    shipped = (HERE.parent / "config/topics.yaml").read_text(encoding="utf-8")
    (config / "topics.yaml").write_text(shipped if topics else "topics: []\n", encoding="utf-8")
    words = ["-m", "monitor", "--config", "config", "run", "--once", "--all", "--dry-run", "--json"]
    return Contender(folder=folder, command=[sys.executable, *words], counted=_ours_counted)


def _ours_counted(folder: Path, facts: dict[str, Any]) -> tuple[Counter[str], int]:
    with closing(sqlite3.connect(folder / "monitor.db")) as connection:
        (stored,) = connection.execute("select count(*) from entries").fetchone()
    new = sum(source["new"] for source in facts["sources"].values())
    if facts["articles"] < new:  # there may be more: an entry whose title changed is judged again
        raise SystemExit(f"{folder.name}: {new} new entries, {facts['articles']} articles went through judging")
    return Counter(source["result"] for source in facts["sources"].values()), stored


def peer(folder: Path, feeds: list[str], program: str, *, keeps: bool = True) -> Contender:
    """Give one of the programs beside this one."""
    folder.mkdir(parents=True)
    (folder / "feeds.txt").write_text("\n".join(feeds))
    command = [sys.executable, str(HERE / program), "feeds.txt", "state"]
    return Contender(folder=folder, command=command, counted=_peer_counted, keeps=keeps)


def _peer_counted(_folder: Path, facts: dict[str, Any]) -> tuple[Counter[str], int]:
    return Counter({name: facts[name] for name in ("ok", "not-modified", "failed") if facts[name]}), facts["entries"]


def contenders(folder: Path, feeds: list[str], only: str) -> dict[str, Contender]:
    """Give all that poll, each with an empty folder."""
    made: dict[str, Callable[[Path], Contender]] = {
        "ours, judging": lambda place: ours(place, feeds, workers=20, topics=True),
        "ours, storing": lambda place: ours(place, feeds, workers=20, topics=False),
        "ours, judging, 8 workers": lambda place: ours(place, feeds, workers=8, topics=True),
        "ours, storing, 8 workers": lambda place: ours(place, feeds, workers=8, topics=False),
        "reader": lambda place: peer(place, feeds, "fetch_reader.py"),
        "floor": lambda place: peer(place, feeds, "fetch_floor.py", keeps=False),
    }
    return {name: make(folder / name) for name, make in made.items() if name.startswith(only)}


def measured(command: list[str], folder: Path) -> tuple[Cost, str]:
    """Run a command; give what it took, and its last line."""
    peaks, ended, started = [0.0], threading.Event(), time.monotonic()
    with (folder / "out").open("w+") as out, (folder / "err").open("w") as err:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err)
        watching = threading.Thread(target=_watch, args=(process.pid, ended, peaks))
        watching.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        ended.set()
        watching.join()
        out.seek(0)
        last = (out.read().splitlines() or [""])[-1]
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{(folder / 'err').read_text()[-2000:]}")
    return Cost(cpu=usage.ru_utime + usage.ru_stime, peak=max(peaks), wall=wall), last


def _watch(pid: int, ended: threading.Event, peaks: list[float]) -> None:
    """Note the memory of a process, with its children where it has any.

    Not `ru_maxrss`: that of a new process begins with the size of the one which started it.
    """
    while not ended.wait(0.1):
        try:
            root = psutil.Process(pid)
            children = root.children(recursive=True)
            if children:  # what they share is split among them
                peaks.append(sum(process.memory_full_info().pss for process in (root, *children)) / 2**20)
            else:
                status = Path(f"/proc/{pid}/status").read_text()
                peaks.append(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
        except (psutil.Error, OSError, IndexError):  # it has just ended
            continue


def control(port: int, name: str, body: dict[str, Any] | None = None) -> Any:
    """Ask or tell the news web something, waiting until it is up."""
    data = None if body is None else json.dumps(body).encode()
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_control/{name}", data, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            time.sleep(0.2)
    raise SystemExit(f"nothing answers on port {port}")


@contextmanager
def news_web(folder: Path, port: int, options: str) -> Iterator[int]:
    """Run a news web that publishes the stream's headlines; give its process id."""
    corpus = folder / "corpus.jsonl"
    corpus.write_bytes(gzip.decompress((SHARED / "data/stream/rss-2022-11.jsonl.gz").read_bytes()))
    program = [sys.executable, str(SHARED / "tools/newsweb.py"), "--corpus", str(corpus), "--port", str(port)]
    web = subprocess.Popen([*program, *options.split()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield web.pid
    finally:
        web.kill()
        web.wait()


def compare(folder: Path, asked: argparse.Namespace) -> Costs:
    """Run all contenders through the phases, again and again from nothing."""
    feeds = [feed["url"] for feed in control(asked.port, "feeds")]
    costs: Costs = {phase: defaultdict(list) for phase in PHASES}
    documents = kept = asked.entries * asked.sites
    for run in range(asked.runs):
        racing = contenders(folder / f"run{run}", feeds, asked.only)
        for phase in PHASES:
            if phase == "new batch":
                control(asked.port, "step", {})
            else:
                control(asked.port, "clock", {"advance": 7200})
            published = kept + (asked.per_step * asked.sites if phase == "new batch" else 0)
            warm(feeds)
            for name, contender in racing.items():
                cost = contender.poll(phase, documents, published)
                costs[phase][name].append(cost)
                print(
                    f"run {run}, {phase}, {name}: {cost.cpu:.2f} s CPU, {cost.peak:.0f} MB, {cost.wall:.1f} s",
                    file=sys.stderr,
                )
        shutil.rmtree(folder / f"run{run}")
    return costs


def warm(feeds: list[str]) -> None:
    """Let the news web render what it will serve, so that nobody waits for that."""
    for url in feeds:
        urllib.request.urlopen(url, timeout=60).read()


def show(costs: Costs, asked: argparse.Namespace) -> None:
    """Print the table."""
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    versions = ", ".join(f"{name} {version(name)}" for name in ("reader", "feedparser", "lxml", "requests"))
    work = f"{asked.sites} feeds × {asked.entries} entries on {asked.hosts} addresses, {asked.per_step} new ones in the batch"
    print(f"{work}; median of {asked.runs} runs. {machine}; {versions}.\n")
    print("| phase | who | CPU s | × reader | × floor | peak MB | wall s |\n|---|---|---|---|---|---|---|")
    for phase, rows in costs.items():
        middle = {name: statistics.median(cost.cpu for cost in row) for name, row in rows.items()}
        for name, row in rows.items():
            ratios = [f"{middle[name] / middle[to]:.2f}" if to in middle else "–" for to in ("reader", "floor")]
            peak, wall = (statistics.median(getattr(cost, what) for cost in row) for what in ("peak", "wall"))
            print(f"| {phase} | {name} | {middle[name]:.2f} | {' | '.join(ratios)} | {peak:.0f} | {wall:.1f} |")


def main() -> None:
    """Run it and print the table."""
    asking = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, standard in (
        ("sites", 1000),
        ("hosts", 249),
        ("entries", 40),
        ("per-step", 5),
        ("runs", 3),
        ("port", 8741),
    ):
        asking.add_argument(f"--{name}", type=int, default=standard)
    asking.add_argument("--only", default="", help="the contenders whose name begins so")
    asked = asking.parse_args()
    options = (
        f"--sites {asked.sites} --hosts {asked.hosts} --entries {asked.entries} --per-step {asked.per_step} --seed 1"
    )
    options += " --kinds rss2,atom,rss1 --validators both --max-age 0"
    with tempfile.TemporaryDirectory() as name, news_web(Path(name), asked.port, options):
        show(compare(Path(name), asked), asked)


if __name__ == "__main__":
    main()
