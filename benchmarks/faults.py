"""Takes the news web with all its faults at once, gives what one run says of each, how long it took, and the memory it needed.

    python benchmarks/faults.py [--healthy 20]

One site per fault beside healthy ones: `run --once --all --dry-run` as shipped, but for the networks it may ask. Memory is the most
that the whole process tree held at one time. A healthy site counts as whole when its entries are those that were published.
Needs ../shared.
"""

import argparse
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from threading import Event, Thread
from typing import Any

ROOT = Path(__file__).parents[1]
NEWSWEB = ROOT.parent / "shared/tools/newsweb.py"
with socket.create_server(("127.0.0.1", 0)) as _probe:
    PORT = int(_probe.getsockname()[1])  # a free one: on a taken one another's news web would answer, without faults
HOSTS = 240
#: 127.0.0.1 to 127.0.0.250: the trap of the news web, 127.0.0.254, stays out.
NETWORKS = [f"127.0.0.{part}" for part in ("0/25", "128/26", "192/27", "224/28", "240/29", "248/31", "250/32")]


def main() -> None:
    """Run it and print the table."""
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--healthy", type=int, default=20)
    healthy = asking.parse_args().healthy
    listed = subprocess.run([sys.executable, NEWSWEB, "--list-faults"], capture_output=True, text=True, check=True)
    faults = [line.split()[0] for line in listed.stdout.splitlines()]
    options = f"--port {PORT} --sites {len(faults) + healthy} --hosts {HOSTS} --kinds rss2,atom,rss1".split()
    given = [part for n, fault in enumerate(faults) for part in ("--fault", f"{fault}@feed=s{n:04}")]
    web = subprocess.Popen(
        [sys.executable, NEWSWEB, *options, *given], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            report, seconds, megabytes = run(folder)
            show(folder, faults, report)
    finally:
        web.kill()
    print(f"\n{len(faults)} faults beside {healthy} healthy sites: {seconds:.0f} s, at most {megabytes:.0f} MB.")


def control(name: str) -> Any:
    """Ask the news web, waiting until it is up."""
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_control/{name}", timeout=60) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the news web did not start")


def run(folder: Path) -> tuple[dict[str, Any], float, float]:
    """Run the command once; give its report, the seconds it took, and the most megabytes its processes held."""
    feeds = [{"id": feed["site"], "url": feed["url"], "full_text": "never"} for feed in control("feeds")]
    (folder / "config").mkdir()
    (folder / "config/monitor.yaml").write_text(
        json.dumps({"database": "sqlite:///monitor.db", "fetch": {"allow_networks": NETWORKS}})
    )
    (folder / "config/sources.yaml").write_text(json.dumps({"sources": feeds}))
    shutil.copy(ROOT / "config/topics.yaml", folder / "config")
    command = [sys.executable, "-m", "monitor", "--config", "config", "run", "--once", "--all", "--dry-run", "--json"]
    started = time.monotonic()
    with (folder / "out").open("w") as out, subprocess.Popen(command, cwd=folder, stdout=out) as process:
        ended, peak = Event(), [0.0]
        watch = Thread(target=watch_memory, args=(process.pid, ended, peak))
        watch.start()
        process.wait()
        ended.set()
        watch.join()
    report = json.loads((folder / "out").read_text().splitlines()[-1])
    return report, time.monotonic() - started, peak[0]


def watch_memory(root: int, ended: Event, peak: list[float]) -> None:
    """Note the most megabytes that a process and its children hold at one time, until told that it has ended."""
    while not ended.wait(0.05):
        parents: dict[int, int] = {}
        pages: dict[int, int] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            parents[int(stat.parent.name)], pages[int(stat.parent.name)] = int(fields[1]), int(fields[21])
        family = {root}
        while found := {child for child, parent in parents.items() if parent in family} - family:
            family |= found
        peak[0] = max(peak[0], sum(pages.get(member, 0) for member in family) * 4096 / 2**20)


def show(folder: Path, faults: list[str], report: dict[str, Any]) -> None:
    """Print what was said of each fault, and whether the healthy sites came in whole."""
    with sqlite3.connect(folder / "monitor.db") as database:
        details = dict(database.execute("SELECT id, detail FROM sources"))
        seconds = dict(database.execute("SELECT source_id, max(seconds) FROM polls GROUP BY source_id"))
    print("| fault | result | entries | s | what is said |")
    print("|---|---|---|---|---|")
    for number, fault in enumerate(faults):
        site = f"s{number:04}"
        told = report["sources"][site]
        print(f"| {fault} | {told['result']} | {told['entries']} | {seconds[site]:.1f} | {details[site]} |")
    published = dict.fromkeys(report["sources"], 0)
    for article in control("truth"):
        published[article["site"]] += 1
    healthy = list(report["sources"])[len(faults) :]
    whole = [site for site in healthy if report["sources"][site]["entries"] == published[site]]
    trapped = sum(line["host"] == "127.0.0.254" for line in control("log?limit=1000000"))
    print(f"\nhealthy sites whole: {len(whole)} of {len(healthy)}; requests to the trap: {trapped}")


if __name__ == "__main__":
    main()
