"""Takes sizes, gives what grows with them, as Markdown tables.

    python benchmarks/scale.py [claims] [articles] [bytes] [workers]        default: all four
                               [--sources 1000,10000,100000,1000000] [--articles 100000] [--kept 20000]
                               [--feeds 2000] [--processes 1,2,4] [--latency 0.5]

claims: claiming the sources that are due, by how many there are; articles: search, and finding an article's story, in an archive
of so many (`--articles 100000,1000000` takes an hour); bytes: what an article takes in the database; workers: polling feeds whose
servers take their time, with one to four processes on one database. SQLite and PostgreSQL; needs ../shared.
Each part says how busy the machine was before: what others take shows in the times.
"""

import argparse
import os
import signal
import sys

from databases import databases
from scale_archive import archives, weights
from scale_claims import claims, readings
from scale_workers import growth

PARTS = ("claims", "articles", "bytes", "workers")


def numbers(text: str) -> list[int]:
    """Read numbers with commas between them."""
    return [int(each) for each in text.split(",")]


def main() -> None:
    """Measure and print what is asked for."""
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("what", nargs="*", choices=[*PARTS, []], default=PARTS)
    asking.add_argument("--sources", type=numbers, default=[1_000, 10_000, 100_000, 1_000_000])
    asking.add_argument("--articles", type=numbers, default=[100_000])
    asking.add_argument("--kept", type=int, default=20_000)
    asking.add_argument("--feeds", type=int, default=2_000)
    asking.add_argument("--processes", type=numbers, default=[1, 2, 4])
    asking.add_argument("--latency", type=float, default=0.5)
    asked = asking.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended then, too
    with databases() as making:
        for what in asked.what:
            load = os.getloadavg()[0]
            print(
                f"{what}: {load:.1f} processes wanted a core as it began; the machine has {os.cpu_count()}.\n",
                flush=True,
            )
            if what == "claims":
                claims(making, asked.sources)
                readings(asked.sources)
            elif what == "articles":
                archives(making, asked.articles)
            elif what == "bytes":
                weights(making, asked.kept)
            else:
                growth(making, asked.feeds, asked.processes, asked.latency)
            print()


if __name__ == "__main__":
    main()
