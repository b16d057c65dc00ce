"""Takes a parsed document and what is kept of its source, gives what is new, what changed and how much is the same.

An entry is known by its guid, else by its canonical URL, else by a digest of its text. Four faults of real feeds are seen
through: guids that are new on every poll (known by URL, where only one entry here and one kept has it, else by URL and text),
one guid on entries with different URLs (then the URL is the identity), a front page as the link of articles (it names none),
and a site that moves from http to https. A change is one of words: spacing, case and the tracking part of addresses in the
text do not count.

What has neither guid nor URL and is edited is a new entry: nothing tells an edit from the next note under the same title, and
an alert too many, which its story folds, is better than one that never comes. New guid and new URL make a new entry likewise.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from monitor.parse.dates import settle
from monitor.parse.links import canonical_url
from monitor.types import FullText, KnownEntry, NewEntry, ParsedEntry, ParsedFeed, Source

_ADDRESS = re.compile(r"https?://\S+")
_TAIL = re.compile("[?#].*")
_FRONT_PAGE = re.compile(r"https?://[^/]*/")
_LONGEST_GUID = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What a document brings: entries to add, entries to replace by id, and how many are as they were."""

    new: tuple[NewEntry, ...] = ()
    changed: tuple[tuple[int, NewEntry], ...] = ()
    same: int = 0


class Lookups(NamedTuple):
    """What a poll looks up in the store before it compares."""

    identities: frozenset[str]
    urls: frozenset[str]


class Identified(NamedTuple):
    """An entry of a document with what it is known by."""

    entry: ParsedEntry
    identity: str
    url: str | None
    alone: bool  #: the URL is of a page, and no other entry of the document has it
    digest: str


def identify(parsed: ParsedFeed) -> tuple[Identified, ...]:
    """Give each entry that says something with its identity; of entries with the same one, the first."""
    entries = [
        (entry, canonical_url(entry.link) if entry.link else None, _digest(entry))
        for entry in parsed.entries
        if entry.title or entry.summary or entry.content
    ]
    urls_of_guid = Counter(guid for guid, _ in {(entry.guid, url) for entry, url, _ in entries})
    texts_of_url = Counter(url for url, _ in {(url, digest) for _, url, digest in entries})
    found: dict[str, Identified] = {}
    for entry, url, digest in entries:
        alone = url is not None and not _FRONT_PAGE.fullmatch(url) and texts_of_url[url] == 1
        identity = (
            _identity(entry, url, guid_holds=urls_of_guid[entry.guid] == 1, url_holds=alone) or f"sha256:{digest}"
        )
        found.setdefault(identity, Identified(entry, identity, url, alone, digest))
    return tuple(found.values())


def lookups(items: Iterable[Identified]) -> Lookups:
    """Give the identities and canonical URLs under which these entries may be kept."""
    pages = {_page(item.url) for item in items if item.url}
    urls = frozenset(scheme + page for page in pages for scheme in ("http://", "https://"))
    return Lookups(frozenset(item.identity for item in items), urls)


def compare(
    items: Sequence[Identified],
    known: Sequence[KnownEntry],
    *,
    source: Source,
    language: str | None = None,
    now: datetime,
    backlog: bool,
) -> Changes:
    """Sort a document's entries into new, changed and same; `language` is what the document states, the source's own wins."""
    new: list[NewEntry] = []
    changed: dict[int, NewEntry] = {}
    same = 0
    for item, kept in _matched(items, known):
        if kept and kept.digest == item.digest:
            same += 1
        elif kept:
            changed[kept.id] = _new(item, source, language, now, backlog=backlog)
        else:
            new.append(_new(item, source, language, now, backlog=backlog))
    return Changes(new=tuple(new), changed=tuple(changed.items()), same=same)


def _matched(
    items: Sequence[Identified], known: Sequence[KnownEntry]
) -> Iterator[tuple[Identified, KnownEntry | None]]:
    """Give each entry with the kept one that it is."""
    named = {entry.identity: entry for entry in known}
    pages = Counter(_page(entry.url) for entry in known if entry.url)
    by_page = {_page(entry.url): entry for entry in known if entry.url and pages[_page(entry.url)] == 1}
    by_words = {(_page(entry.url), entry.digest): entry for entry in known if entry.url}
    claimed = {named[item.identity].id for item in items if item.identity in named}
    for item in items:
        by_name = named.get(item.identity)
        page = _page(item.url or "")
        by_place = (by_page.get(page) if item.alone else None) or by_words.get((page, item.digest))
        # A guid that this document has once may be that of many entries: the kept one with this address goes before it.
        elsewhere = by_name is None or _page(by_name.url or "") != page
        yield item, by_place if elsewhere and by_place and by_place.id not in claimed else by_name


def _page(url: str) -> str:
    """Give a canonical URL without its scheme."""
    return url.partition("://")[2]


def _identity(entry: ParsedEntry, url: str | None, *, guid_holds: bool, url_holds: bool) -> str | None:
    if entry.guid and guid_holds:
        return entry.guid if len(entry.guid) <= _LONGEST_GUID else f"sha256:{sha256(entry.guid.encode()).hexdigest()}"
    return url if url_holds else None


def _digest(entry: ParsedEntry) -> str:
    words = " ".join(f"{entry.title}\n{entry.summary}\n{entry.content}".casefold().split())
    words = _ADDRESS.sub(lambda address: _TAIL.sub("", address[0]), words)  # one pattern for both would be quadratic
    return sha256(words.encode("utf-8", "replace")).hexdigest()


def _new(item: Identified, source: Source, language: str | None, now: datetime, *, backlog: bool) -> NewEntry:
    entry = item.entry
    return NewEntry(
        source_id=source.id,
        identity=item.identity,
        url=item.url,
        link=entry.link,
        title=entry.title,
        summary=entry.summary,
        content=entry.content,
        published=settle(entry.published, now),
        seen_at=now,
        digest=item.digest,
        language=source.language or language,
        backlog=backlog,
        complete=source.full_text is FullText.NEVER,
    )
