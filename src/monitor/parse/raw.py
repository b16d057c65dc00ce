"""Takes nothing, gives what a reader of one format hands over: strings as the document has them, nothing resolved or cleaned."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class RawEntry:
    """One item; texts may be HTML, `base` is the joined xml:base, where one is given."""

    guid: str = ""
    title: str = ""
    link: str = ""
    base: str = ""
    date: str = ""
    summary: str = ""
    content: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RawFeed:
    """A document; `link` is the site's address, `ttl` in minutes, `whole` whether nothing can have been lost on the way.

    `left_out` counts items beyond the cap, `cut` says which limit ended the reading early, `sitemaps` are those of an index.
    """

    title: str = ""
    link: str = ""
    language: str = ""
    ttl: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    entries: tuple[RawEntry, ...] = ()
    whole: bool = True
    left_out: int = 0
    cut: str = ""
    sitemaps: tuple[RawEntry, ...] = ()
