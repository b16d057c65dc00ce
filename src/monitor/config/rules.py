"""Takes the documents, gives what is wrong between their entries: ids used twice, unknown topics, intervals below the floor.

The rules look at the data as written, not at the checked sections, so that they speak even where another entry has an error:
all mistakes are shown at once. What is not of the right type here was reported with its section.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from monitor.config import checks
from monitor.config.document import Document, Path, Problem
from monitor.config.keyword_rules import keyword_key
from monitor.config.models import Fetch
from monitor.config.places import filled, misplaced
from monitor.config.quantities import duration, duration_text, shown
from monitor.sources.networks import in_networks
from monitor.types import FetchSettings

POLITE = timedelta(minutes=15)  #: on servers of others nothing is polled more often
POLITE_DELAY = timedelta(seconds=1)
_TRIAL = "only servers within fetch.allow_networks may be asked more often"


def broken_rules(documents: Mapping[str, Document], fetch: Fetch | None) -> Iterator[Problem]:
    """Find what is wrong between entries; `fetch` is None where its section has errors of its own."""
    sources, topics = documents["sources"], documents["topics"]
    yield from _twice(sources, "sources", "id")
    yield from _twice(sources, "sources", "url")
    yield from _twice(topics, "topics", "id")
    known = {topic for _, topic in _texts(topics, "topics", "id")} if topics.readable else None
    yield from source_problems(sources, known, fetch)
    yield from _contradictions(topics)
    yield from _lost_channels(topics)
    if fetch:
        yield from _impatience(documents["monitor"], fetch)


def source_problems(
    sources: Document, topics: Collection[str] | None, fetch: Fetch | FetchSettings | None
) -> Iterator[Problem]:
    """Find what is wrong with each source by itself; `topics` is None where they are not known."""
    if topics is not None:
        yield from _unknown_topics(sources, topics)
    yield from _misplaced(sources)
    if fetch:
        yield from _impatient_sources(sources, fetch)


def plain_url(url: str) -> str:
    """Give an address in the form in which trivial variants are equal; as it is where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    default = {"http": 80, "https": 443}.get(parts.scheme)
    host = (parts.hostname or "") + (f":{port}" if port and port != default else "")
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}?{parts.query}"


def allowed(url: str, fetch: Fetch | FetchSettings) -> bool:
    """Tell whether an address lies in a network of our own."""
    return in_networks(_host(url), fetch.allow_networks)


def floor(fetch: Fetch | FetchSettings) -> timedelta:
    """Give the shortest interval for servers of others."""
    return max(fetch.min_interval, POLITE)


def _entries(document: Document, section: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    found = document.data.get(section) if isinstance(document.data, dict) else None
    for number, entry in enumerate(found if isinstance(found, list) else []):
        if isinstance(entry, dict):
            yield (section, number), entry


def _texts(document: Document, section: str, key: str) -> Iterator[tuple[Path, str]]:
    for path, entry in _entries(document, section):
        if isinstance(entry.get(key), str):
            yield (*path, key), entry[key].strip()


def _twice(document: Document, section: str, key: str) -> Iterator[Problem]:
    seen: dict[str, Path] = {}
    for path, text in _texts(document, section, key):
        same = plain_url(_asked(document.data[section][path[1]])) if key == "url" else text
        if same in seen:
            instead = "remove one" if key == "url" else "give one of them another"
            first = document.place(seen[same])[0]
            yield document.problem(
                path, f"{section[:-1]} {key} {shown(text)} stands already in line {first}: {instead}"
            )
        seen.setdefault(same, path)


def _asked(entry: Mapping[str, Any]) -> str:
    values = dict(entry)
    with suppress(KeyError, AttributeError, ValueError):  # absent, or wrong: said by its section
        values["language"] = checks.language(entry["language"].strip())
    return filled(entry["url"].strip(), values)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _unknown_topics(sources: Document, known: Collection[str]) -> Iterator[Problem]:
    for path, entry in _entries(sources, "sources"):
        topics = entry.get("topics")
        for number, topic in enumerate(topics if isinstance(topics, list) else []):
            if isinstance(topic, str) and topic.strip() not in known:
                names = ", ".join(sorted(known)) or "none"
                text = f"topic {shown(topic)} is not in topics.yaml: write one of its ids ({names}) or add it there"
                yield sources.problem((*path, "topics", number), text)


def _misplaced(sources: Document) -> Iterator[Problem]:
    for path, entry in _entries(sources, "sources"):
        if isinstance(entry.get("url"), str):
            with suppress(ValueError):  # no address at all: said by its section
                yield from (sources.problem((*path, key), text) for key, text in misplaced(entry["url"], entry))


def _contradictions(topics: Document) -> Iterator[Problem]:
    for path, entry in _entries(topics, "topics"):
        keywords = entry.get("keywords")
        lists = keywords if isinstance(keywords, dict) else {}
        wanted = {keyword_key(word): name for name in ("include", "always") for _, word in _words(lists, name)}
        for number, word in _words(lists, "never"):
            if name := wanted.get(keyword_key(word)):
                text = f"keyword {shown(word)} stands under `never` and under `{name}`: remove it from one of them"
                yield topics.problem((*path, "keywords", "never", number), text)


def _words(lists: dict[str, Any], name: str) -> Iterator[tuple[int, str]]:
    words = lists.get(name)
    yield from ((n, word) for n, word in enumerate(words if isinstance(words, list) else []) if isinstance(word, str))


def _lost_channels(topics: Document) -> Iterator[Problem]:
    """Find `channel: #name`: YAML takes the name for a comment, and alerts would silently have nowhere to go."""
    for path, entry in _entries(topics, "topics"):
        alert = entry.get("alert")
        alerts = {(*path, "alert", number): one for number, one in enumerate(alert)} if isinstance(alert, list) else {}
        for place, one in (alerts or {(*path, "alert"): alert}).items():
            if not isinstance(one, dict) or "channel" not in one or one["channel"] is not None:
                continue
            key = (*place, "channel")
            if match := re.search(r"channel:\s+(#[\w-]+)", topics.line(key)):
                yield topics.problem(
                    key, f'`channel` is empty, because # starts a comment: write channel: "{match[1]}"'
                )


def _impatience(monitor: Document, fetch: Fetch) -> Iterator[Problem]:
    if fetch.allow_networks:
        return
    for key, value, least in (
        ("min_interval", fetch.min_interval, POLITE),
        ("interval", fetch.interval, floor(fetch)),
        ("delay", fetch.delay, POLITE_DELAY),
    ):
        if value < least and key in fetch.model_fields_set:
            yield monitor.problem(("fetch", key), f"`{key}` must be at least {duration_text(least)}: {_TRIAL}")


def _impatient_sources(sources: Document, fetch: Fetch | FetchSettings) -> Iterator[Problem]:
    for path, entry in _entries(sources, "sources"):
        interval = entry.get("interval")
        if not isinstance(entry.get("url"), str) or allowed(url := _asked(entry), fetch):
            continue
        with suppress(ValueError):  # said by its section
            if interval is not None and duration(interval) < floor(fetch):
                text = f"`interval` must be at least {duration_text(floor(fetch))} for {_host(url) or 'this source'}: {_TRIAL}"
                yield sources.problem((*path, "interval"), text)
