"""Takes a parsed document and what is kept of its source, gives what is new, what changed and how much is the same.

An entry is known by its guid, else by its canonical URL, else by a digest of its text. Two faults of real feeds are seen
through: guids that are new on every poll (known by URL, where only one entry here and one kept has it), and one guid on
entries with different URLs (then the URL is the identity). A change is one of words: spacing, case and the tracking part of
addresses in the text do not count.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from monitor.parse.dates import settle
from monitor.parse.links import canonical_url
from monitor.types import FullText, KnownEntry, NewEntry, ParsedEntry, ParsedFeed, Source

_ADDRESS_TAIL = re.compile(r"(https?://[^\s?#]+)[?#]\S*")
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
    alone: bool  #: no other entry of the document has this URL
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
        alone = url is not None and texts_of_url[url] == 1
        identity = (
            _identity(entry, url, guid_holds=urls_of_guid[entry.guid] == 1, url_holds=alone) or f"sha256:{digest}"
        )
        found.setdefault(identity, Identified(entry, identity, url, alone, digest))
    return tuple(found.values())


def lookups(items: Iterable[Identified]) -> Lookups:
    """Give the identities and canonical URLs under which these entries may be kept."""
    return Lookups(frozenset(item.identity for item in items), frozenset(item.url for item in items if item.url))


def compare(
    items: Iterable[Identified],
    known: Sequence[KnownEntry],
    *,
    source: Source,
    language: str | None = None,
    now: datetime,
    backlog: bool,
) -> Changes:
    """Sort a document's entries into new, changed and same; `language` is what the document states, the source's own wins."""
    by_identity = {entry.identity: entry for entry in known}
    urls = Counter(entry.url for entry in known)
    by_url = {entry.url or "": entry for entry in known if urls[entry.url] == 1}
    new: list[NewEntry] = []
    changed: dict[int, NewEntry] = {}
    same = 0
    for item in items:
        kept = by_identity.get(item.identity) or (by_url.get(item.url) if item.url and item.alone else None)
        if kept and kept.digest == item.digest:
            same += 1
        elif kept:
            changed[kept.id] = _new(item, source, language, now, backlog=backlog)
        else:
            new.append(_new(item, source, language, now, backlog=backlog))
    return Changes(new=tuple(new), changed=tuple(changed.items()), same=same)


def _identity(entry: ParsedEntry, url: str | None, *, guid_holds: bool, url_holds: bool) -> str | None:
    if entry.guid and guid_holds:
        return entry.guid if len(entry.guid) <= _LONGEST_GUID else f"sha256:{sha256(entry.guid.encode()).hexdigest()}"
    return url if url_holds else None


def _digest(entry: ParsedEntry) -> str:
    words = " ".join(f"{entry.title}\n{entry.summary}\n{entry.content}".casefold().split())
    return sha256(_ADDRESS_TAIL.sub(r"\1", words).encode("utf-8", "replace")).hexdigest()


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
