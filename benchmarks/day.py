"""Takes the news web of ../shared/tools, gives what a day of polls costs, and whether it missed or repeated anything.

    python benchmarks/day.py [--sites 100] [--hours 24] [--polls 2] [--kills 3]

Feeds of four formats, with real headlines, publish every virtual hour; every half hour `run --once --all --dry-run` polls, judges
and stores. At some hours a run is killed with -9 amid its polls and followed by another. In the end what is stored is compared
with what was published. Some feeds have no validators and never answer 304.
"""

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fetch import control, measured, news_web, ours


def main() -> None:
    """Run the day and print the table."""
    asking = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, standard in (("sites", 100), ("hours", 24), ("polls", 2), ("kills", 3), ("port", 8743)):
        asking.add_argument(f"--{name}", type=int, default=standard)
    asked = asking.parse_args()
    morning = datetime.now(UTC) - timedelta(hours=asked.hours)
    options = f"--sites {asked.sites} --hosts {min(asked.sites, 249)} --entries 40 --per-step 2 --seed 4"
    options += f" --kinds rss2,atom,rss1,json --epoch {morning:%Y-%m-%dT%H:%M:%SZ}"
    with tempfile.TemporaryDirectory() as name, news_web(Path(name), asked.port, options):
        show(Path(name) / "desk", asked)


def show(folder: Path, asked: argparse.Namespace) -> None:
    """Poll hour by hour and print what came of it."""
    feeds = {feed["url"]: feed["site"] for feed in control(asked.port, "feeds")}
    command = ours(folder, list(feeds), workers=20, topics=True).command
    kills = {asked.hours * (n + 1) // (asked.kills + 1) for n in range(asked.kills)}
    cpu = 0.0
    for hour in range(asked.hours):
        if hour:
            control(asked.port, "step", {})
        if hour in kills:
            cpu += killed(command, folder, asked)
        for _ in range(asked.polls):
            cost, last = measured(command, folder)
            cpu += cost.cpu
            failed = {source["result"] for source in json.loads(last)["sources"].values()} - {"ok", "not-modified"}
            if failed:
                raise SystemExit(f"hour {hour}: {failed}")
    published = Counter((article["site"], article["guid"]) for article in control(asked.port, "truth"))
    with closing(sqlite3.connect(folder / "monitor.db")) as connection:
        names = {f"s{n}": site for n, site in enumerate(feeds.values())}
        rows = connection.execute("select source_id, identity from entries where stage = 'done'").fetchall()
    stored = Counter((names[source], identity) for source, identity in rows)
    totals = control(asked.port, "report")["totals"]
    facts = {
        "sources": asked.sites,
        "hours": asked.hours,
        "polls": asked.hours * asked.polls,
        "killed": len(kills),
        "items published": published.total(),
        "missed": (published - stored).total(),
        "repeated": (stored - published).total(),
        "requests": totals["requests"],
        "of these 304": f"{totals['by_status'].get('304', 0) / totals['requests']:.0%}",
        "CPU s": f"{cpu:.1f}",
    }
    print(f"| {' | '.join(facts)} |\n|{'---|' * len(facts)}\n| {' | '.join(map(str, facts.values()))} |")


def killed(command: list[str], folder: Path, asked: argparse.Namespace) -> float:
    """Kill a run when it has asked half the sources; give the CPU seconds it had taken."""
    enough = control(asked.port, "report")["totals"]["requests"] + asked.sites // 2
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while control(asked.port, "report")["totals"]["requests"] < enough:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise SystemExit("the run had ended before it was killed")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
