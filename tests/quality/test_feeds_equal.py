"""Takes the real feeds beside the repository, holds our reading of links, titles and dates to feedparser's."""

import runpy
from pathlib import Path

COMPARE = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "feeds.py"))


def test_links_titles_and_dates_are_those_feedparser_reads(shared: Path) -> None:
    """99 of 100 fields, and where they differ we have refused a date that is none."""
    entries, found = COMPARE["differences"](shared / "data" / "feeds")

    assert entries > 3_000
    assert len(found) <= 0.01 * entries * len(COMPARE["FIELDS"])
    assert {COMPARE["reason"](difference) for difference in found} <= {COMPARE["PLACEHOLDER"]}
