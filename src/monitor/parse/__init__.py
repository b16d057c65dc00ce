"""Takes the bytes of a feed, sitemap or listing page, gives its entries; and tells new from changed from same.

Order of work: `document` chooses by kind; `charset` bytes → text; `prolog` says what it is; text → raw items by `feed`
(`xml_feed`, `json_feed`), by `sitemap`, or in a bounded child by `slow_feed` and `listing`; raw items → entries with `text`,
`links` and `dates` made plain. `changes` compares them with what is kept.
"""

from monitor.parse.changes import Changes, Identified, Lookups, compare, identify, lookups
from monitor.parse.dates import read_date, settle
from monitor.parse.document import ReadListing, parse
from monitor.parse.feed import SlowFeed, parse_feed
from monitor.parse.links import canonical_url
from monitor.parse.text import plain

__all__ = [
    "Changes",
    "Identified",
    "Lookups",
    "ReadListing",
    "SlowFeed",
    "canonical_url",
    "compare",
    "identify",
    "lookups",
    "parse",
    "parse_feed",
    "plain",
    "read_date",
    "settle",
]
