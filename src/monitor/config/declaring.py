"""Takes an address and what was found there, gives the keys that declare it; takes a source, gives its settings as facts."""

from typing import Any

from monitor.config import checks
from monitor.config.editing import known_as, source_from
from monitor.config.quantities import duration_text
from monitor.errors import UsageError
from monitor.notify.mrkdwn import clean
from monitor.sources.discover import Candidate
from monitor.types import Settings, Source

Fields = dict[str, Any]

LONGEST_NAME = 200


def with_scheme(url: str) -> str:
    """Give an address that can be asked; people leave out the scheme.

    Raises:
        UsageError: it is none.
    """
    whole = url if "://" in url else f"https://{url}"
    try:
        return checks.url(whole)
    except ValueError as error:
        raise UsageError(f"URL {error}") from error


def declared(title: str, url: str, kind: str) -> Fields:
    """Give the keys that declare what was found."""
    fields = {"name": clean(title)[:LONGEST_NAME], "url": url, "kind": "" if kind == "feed" else str(kind)}
    return {key: value for key, value in fields.items() if value}


def entry_of(one: Candidate, settings: Settings) -> Fields:
    """Give the keys that declare a feed or sitemap of a site, with an id that no source has."""
    fields = declared(one.title, one.url, one.kind)
    return {"id": source_from(fields, settings).id, **fields}


def new_source(fields: Fields, settings: Settings) -> Source:
    """Give the source that these keys declare.

    Raises:
        UsageError: they are wrong, or its address is declared already.
    """
    source = source_from(fields, settings)
    if known := known_as(source.url, settings.sources):
        raise UsageError(f"{clean(source.url)} is declared already, as {known.id}: nothing was added")
    return source


def facts_of(source: Source) -> Fields:
    """Give a source's settings; what headers hold may be a password."""
    return {
        "id": source.id,
        "name": source.name,
        "kind": source.kind.value,
        "url": source.url,
        "query": source.query,
        "interval": duration_text(source.interval),
        "full_text": source.full_text.value,
        "tags": list(source.tags),
        "language": source.language,
        "country": source.country,
        "selector": source.selector,
        "headers": {name: "***" for name, _ in source.headers},
        "user_agent": source.user_agent,
        "topics": list(source.topics),
        "note": source.note,
    }
