"""Takes nothing, gives benchmarks/results.md: every figure of the project, each under the command that made it.

    python benchmarks/run.py [--only PART …] [--list]          (make bench: all but the long ones, over an hour)

A section is written as soon as its command has ended, under the day and commit it was measured at, and replaces the one of the
same name; `--only stories` measures the sections with this word in their names. What takes long by itself is measured only if
it is named (`--only million`), and stands as it was measured last. What people read and judged, which no command
repeats, stands in `readings.md` and follows at the end. Needs ../shared, and `pip install -e .[bench]` for the peers.
"""

import argparse
import os
import platform
import re
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
RESULTS, READINGS = ROOT / "benchmarks/results.md", ROOT / "benchmarks/readings.md"
PAGES_TOO = "--steps 2 --full-text always --sites 24 --hosts 12 --latency 0 --entries 8 --crawl-delay-ratio 0.4 --members-ratio 0.1"
SECTIONS = {
    "The house": "house.py",
    "Polling, beside a peer and the least it can cost": "fetch.py",
    "A day of polls": "day.py",
    "Manners": "manners.py",
    "Manners where pages are read as well": f"manners.py {PAGES_TOO}",
    "Faults, all at once": "faults.py",
    "Feeds, beside feedparser": "feeds.py",
    "Real labelled news, from feed to Slack": "posted.py",
    "Article text": "extract.py",
    "Stories": "stories.py",
    "Stories: what an article costs among many": "stories.py curve",
    "Stories: each constant over its range": "stories.py sweep",
    "Summaries": "summaries.py",
    "Labels: what both models learned from": "labelled.py",
    "Classifier: both models on real news": "classify.py",
    "Classifier: what each family of features is worth, what keywords do": "classify_features.py",
    "Classifier: more invented items, more answers": "classify_learning.py",
    "Classifier: speed": "classify_speed.py",
    "Learning: answers by the queue and at random": "learning.py",
    "Learning: time and memory": "learning_speed.py",
    "Audit: how often the intervals hold": "audit.py",
    "Slack: thousands of alerts": "slack.py",
    "Slack: each fault": "slack.py faults",
    "Slack: out of reach": "slack.py outage",
    "Slack: answers while the socket breaks": "slack.py clicks",
    "Search": "search.py",
    "The page under load": "web.py",
    "The page under load, at a pace that this machine keeps": "web.py --rate 20",
    "Scale: claiming sources": "scale.py claims",
    "Scale: an archive": "scale.py articles",
    "Scale: an archive of a million": "scale.py articles --articles 1000000",
    "Scale: bytes": "scale.py bytes",
    "Scale: one to four processes": "scale.py workers",
    "Scale: one and two processes, servers that take a second": "scale.py workers --latency 1 --processes 1,2",
}
LONG = {"Scale: an archive of a million"}
PEERS = (
    "reader", "feedparser", "trafilatura", "scikit-learn", "sumy", "rouge-score", "requests", "lxml", "SQLAlchemy", "psycopg",
    "procrastinate", "uvicorn", "starlette",
)  # fmt: skip


def main() -> None:
    """Measure what is asked for, one after the other; end with 1 if a command failed."""
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("--only", nargs="+", metavar="PART", help="sections with one of these in their names")
    asking.add_argument("--list", action="store_true", help="name the sections and end")
    asked = asking.parse_args()
    wanted = [part.lower() for part in asked.only or ()]
    chosen = [name for name in SECTIONS if any(part in name.lower() for part in wanted)]
    chosen = chosen if asked.only else [name for name in SECTIONS if name not in LONG]
    if asked.list or not chosen:
        print("\n".join(SECTIONS))
        sys.exit(0 if asked.list else 2)
    failed = []
    for number, name in enumerate(chosen, 1):
        print(f"{number}/{len(chosen)} {name} …", file=sys.stderr, end=" ", flush=True)
        begun = time.monotonic()
        text, fine = _measured(SECTIONS[name])
        print(f"{time.monotonic() - begun:.0f} s{'' if fine else ', FAILED'}", file=sys.stderr)
        failed += [] if fine else [name]
        # Read anew each time: two runs of different sections may be under way.
        RESULTS.write_text(_page({**_written(), name: text}), encoding="utf-8")
    sys.exit(1 if failed else 0)


def _measured(command: str) -> tuple[str, bool]:
    """Run a command; give its section, and whether it ended well."""
    begun, load = time.monotonic(), os.getloadavg()[0]
    done = subprocess.run(
        [sys.executable, *f"benchmarks/{command}".split()], cwd=ROOT, capture_output=True, text=True, check=False
    )
    said = done.stdout.strip() if not done.returncode else f"failed:\n\n{done.stderr[-2000:]}"
    stamp = f"{datetime.now(UTC):%Y-%m-%d}, commit {_commit()}, {time.monotonic() - begun:.0f} s"
    busy = f"; {load:.1f} processes wanted a core as it began" if load > 1 else ""
    return f"`python benchmarks/{command}` ({stamp}{busy})\n\n{said}", not done.returncode


def _commit() -> str:
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "unknown"


def _written() -> dict[str, str]:
    """Give the sections that stand in the page already, by name."""
    page = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    parts = re.split(r"^## (.+)\n\n", page, flags=re.MULTILINE)[1:]
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True) if name in SECTIONS}


def _page(written: dict[str, str]) -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PEERS)
    head = (
        "# Results\n\nWritten by `make bench`; compare within a table, not across machines.\n\n"
        f"{_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB, {platform.system()}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}.\n"
    )
    sections = [f"## {name}\n\n{written[name]}\n" for name in SECTIONS if name in written]
    return "\n".join([head, *sections, READINGS.read_text(encoding="utf-8")])


def _processor() -> str:
    """Give the processor's own name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.+)$", info.read_text() if info.exists() else "", re.MULTILINE)
    return str(names[0]) if names else platform.machine()


if __name__ == "__main__":
    main()
