"""Takes nothing, gives benchmarks/results.md: every figure with the command that made it, all from one run on one machine.

    python benchmarks/run.py            (make bench)

Needs ../shared; the peers of `fetch.py` and `summaries.py` come with `pip install -e .[bench]`.
"""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES_TOO = "--steps 2 --full-text always --sites 24 --hosts 12 --latency 0 --entries 8 --crawl-delay-ratio 0.4 --members-ratio 0.1"
BENCHMARKS = {
    "Polling, beside a peer and the least it can cost": ["fetch.py"],
    "A day of polls": ["day.py"],
    "Manners": ["manners.py"],
    "Manners where pages are read as well": ["manners.py", *PAGES_TOO.split()],
    "Faults, all at once": ["faults.py"],
    "Feeds, beside feedparser": ["feeds.py"],
    "Real labelled news, from feed to Slack": ["posted.py"],
    "Article text": ["extract.py"],
    "Stories": ["stories.py"],
    "Stories: what an article costs": ["stories.py", "curve"],
    "Stories: each constant over its range": ["stories.py", "sweep"],
    "Summaries": ["summaries.py"],
    "Classifier: both models on real news": ["classify.py"],
    "Classifier: what each family of features is worth, what keywords do": ["classify_features.py"],
    "Classifier: more invented items, more answers": ["classify_learning.py"],
    "Classifier: speed": ["classify_speed.py"],
    "Learning: answers by the queue and at random": ["learning.py"],
    "Learning: time and memory": ["learning_speed.py"],
    "The page under load": ["web.py"],
    "The page under load, at a pace that this machine keeps": ["web.py", "--rate", "20"],
    "Scale": ["scale.py"],
    "Audit: how often the intervals hold": ["audit.py"],
}


def main() -> None:
    """Run them one after the other."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    parts = [
        "# Results\n\nWritten by `make bench`; compare within a table, not across machines.\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit.stdout.strip() or 'unknown'}, Python {platform.python_version()},"
        f" {os.cpu_count()} cores, {platform.machine()}.\n"
    ]
    for title, words in BENCHMARKS.items():
        print(f"{title} …", file=sys.stderr)
        done = subprocess.run(
            [sys.executable, f"benchmarks/{words[0]}", *words[1:]],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout.strip() if not done.returncode else f"failed:\n\n{done.stderr[-2000:]}"
        parts.append(f"## {title}\n\n`python benchmarks/{' '.join(words)}`\n\n{said}\n")
    (ROOT / "benchmarks/results.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
