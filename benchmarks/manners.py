"""Takes the news web, gives the score of our manners: several runs, with an hour of the news web's time between them.

    python benchmarks/manners.py [--steps 3] [--full-text always] [options of the news web]

The news web scores the log of requests criterion by criterion (../shared/tools/README.md). Settings are those shipped, but for the
networks that may be asked. All sources are asked in each run, due or not, as our clock does not move with the news web's. A 410
among the faults therefore costs points: who says `--all` means those that are gone as well. Needs ../shared.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NEWSWEB = ROOT.parent / "shared/tools/newsweb.py"
PORT = 8773
USUAL = ["--sites", "60", "--hosts", "5", "--latency", "0.3", "--entries", "10"]


def main() -> None:
    """Run it and print the table."""
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--steps", type=int, default=3)
    asking.add_argument("--full-text", default="never", choices=("auto", "always", "never"))
    asked, options = asking.parse_known_args()
    web = subprocess.Popen(
        [sys.executable, NEWSWEB, f"--port={PORT}", *USUAL, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with tempfile.TemporaryDirectory() as name:
            watch(Path(name), asked.steps, asked.full_text)
        show(control("report"))
    finally:
        web.kill()


def control(name: str, body: dict[str, Any] | None = None) -> Any:
    """Ask or tell the news web, waiting until it is up."""
    data = None if body is None else json.dumps(body).encode()
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_control/{name}", data, timeout=60) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the news web did not start")


def watch(folder: Path, steps: int, full_text: str) -> None:
    """Run the command, let the news web move on, and so forth."""
    kinds = {"sitemap": "sitemap", "html": "page"}
    sources = [
        {"id": feed["site"], "url": feed["url"], "kind": kinds.get(feed["kind"], "feed"), "full_text": full_text}
        for feed in control("feeds")
    ]
    settings = {
        "database": "sqlite:///monitor.db",
        "fetch": {"user_agent": "benchmark (+https://example.org/contact)", "allow_networks": ["127.0.0.0/8"]},
    }
    (folder / "config").mkdir()
    (folder / "config/monitor.yaml").write_text(json.dumps(settings))
    (folder / "config/sources.yaml").write_text(json.dumps({"sources": sources}))
    shutil.copy(ROOT / "config/topics.yaml", folder / "config")
    command = [sys.executable, "-m", "monitor", "--config", "config", "run", "--once", "--all", "--dry-run", "--json"]
    for step in range(steps + 1):
        started = time.monotonic()
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        results = sorted({source["result"] for source in told["sources"].values()})
        print(f"step {step}: {told['articles']} articles in {time.monotonic() - started:.0f} s; {', '.join(results)}")
        control("step", {})


def show(report: dict[str, Any]) -> None:
    """Print the score, criterion by criterion."""
    print("\n| criterion | score | checked | bad | for example |\n|---|---|---|---|---|")
    print(f"| overall | {report['overall']} | | | |")
    for name, part in report["criteria"].items():
        print(f"| {name} | {part['score']} | {part['checked']} | {part['bad']} | {'; '.join(part['examples'])} |")
    totals = report["totals"]
    print(f"\n{totals['requests']} requests over {totals['connections_used']} connections: {totals['by_status']}")


if __name__ == "__main__":
    main()
