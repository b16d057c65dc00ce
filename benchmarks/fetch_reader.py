"""Takes a file of feed addresses and a database, gives counts: one poll of all of them by the feed reader library `reader`.

python benchmarks/fetch_reader.py FEEDS DATABASE
"""

import json
import sys
from pathlib import Path

from reader import make_reader


def main() -> None:
    """Add what is not known yet, poll everything, and print the counts as JSON."""
    reader = make_reader(sys.argv[2])
    for url in Path(sys.argv[1]).read_text().split():
        reader.add_feed(url, exist_ok=True)
    counts = {"ok": 0, "not-modified": 0, "failed": 0}
    # `scheduled=False`: otherwise it leaves out what it polled within the hour.
    for result in reader.update_feeds_iter(workers=20, scheduled=False):
        counts["failed" if result.error else "ok" if result.updated_feed else "not-modified"] += 1
    print(json.dumps(counts | {"entries": reader.get_entry_counts().total}))


if __name__ == "__main__":
    main()
