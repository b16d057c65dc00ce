"""Takes the news web of ../shared/tools, gives CPU seconds and peak memory of one cold run of ours and of reader's, side by side.

    python benchmarks/once.py [--sites 500] [--runs 3]

Both poll the same feeds over loopback with 20 workers from an empty SQLite database. We also classify, match and store verdicts
(`run --once --all --dry-run`, nothing fetched in full); reader stores only. Needs the extra `bench` (the peer) and ../shared.
"""

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared"
PEER = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in open(sys.argv[2]).read().split():
    reader.add_feed(url)
counts = {"ok": 0, "failed": 0}
for result in reader.update_feeds_iter(workers=20):
    counts["ok" if result.updated_feed is not None else "failed"] += 1
print(counts, reader.get_entry_counts().total)
"""


def measured(command: list[str], folder: Path) -> tuple[float, float, float, str]:
    """Run a command; give its CPU seconds, peak MB, wall seconds and last line."""
    started = time.monotonic()
    with (folder / "out").open("w+") as out, (folder / "err").open("w") as err:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        out.seek(0)
        last = (out.read().splitlines() or [""])[-1]
    if status:
        print((folder / "err").read_text()[-2000:], file=sys.stderr)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.monotonic() - started, last


def write_config(folder: Path, feeds: list[str]) -> None:
    """Write a configuration that polls these feeds and reads no pages."""
    folder.mkdir()
    (folder / "monitor.yaml").write_text(
        "database: sqlite:///monitor.db\nfetch: {allow_networks: ['127.0.0.0/8'], delay: 0s, per_host: 20, workers: 20}\n"
    )
    lines = [f"  - {{id: s{n}, url: '{url}', full_text: never}}\n" for n, url in enumerate(feeds)]
    (folder / "sources.yaml").write_text("sources:\n" + "".join(lines))
    shutil.copy(Path(__file__).parents[1] / "config" / "topics.yaml", folder)


def main() -> None:
    """Run both in turn and print a table."""
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--sites", type=int, default=500)
    asking.add_argument("--runs", type=int, default=3)
    asking.add_argument("--port", type=int, default=8741)
    asked = asking.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = folder / "corpus.jsonl"
        corpus.write_bytes(gzip.decompress((SHARED / "data/stream/rss-2022-11.jsonl.gz").read_bytes()))
        options = f"--port {asked.port} --sites {asked.sites} --hosts 249 --seed 1 --kinds rss2,atom,rss1".split()
        command = [sys.executable, SHARED / "tools/newsweb.py", "--corpus", corpus, *options]
        web = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            rows = compare(folder, feeds_of(asked.port), asked.runs)
        finally:
            web.kill()
    print(f"| {asked.sites} feeds × 40 entries, cold | CPU s (median of {asked.runs}) | peak MB | wall s | last line |")
    print("|---|---|---|---|---|")
    for who, figures in rows.items():
        cpu, peak, wall = (statistics.median(f[n] for f in figures) for n in range(3))
        print(f"| {who} | {cpu:.1f} | {peak:.0f} | {wall:.1f} | {figures[-1][3][-120:]} |")
    ratio = statistics.median(f[0] for f in rows["ours"]) / statistics.median(f[0] for f in rows["reader"])
    print(f"\nours / reader: {ratio:.2f} of the CPU seconds")


def feeds_of(port: int) -> list[str]:
    """Wait for the news web, give its feed addresses."""
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_control/feeds", timeout=60) as answer:
                found = json.load(answer)
                feeds = found["feeds"] if isinstance(found, dict) else found
                return [feed["url"] if isinstance(feed, dict) else feed for feed in feeds]
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the news web did not start")


def compare(folder: Path, feeds: list[str], runs: int) -> dict[str, list[tuple[float, float, float, str]]]:
    """Run ours and the peer in turn, each time from nothing."""
    (folder / "feeds.txt").write_text("\n".join(feeds))
    rows: dict[str, list[tuple[float, float, float, str]]] = {"ours": [], "reader": []}
    for run in range(runs):
        place = folder / f"run{run}"
        place.mkdir()
        write_config(place / "config", feeds)
        ours = [sys.executable, "-m", "monitor", "--config", "config", "run", "--once", "--all", "--dry-run", "--json"]
        rows["ours"].append(measured(ours, place))
        (place / "peer.py").write_text(PEER)
        rows["reader"].append(measured([sys.executable, "peer.py", "peer.db", str(folder / "feeds.txt")], place))
    return rows


if __name__ == "__main__":
    main()
