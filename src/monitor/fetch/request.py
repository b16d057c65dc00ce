"""Takes a source, its state and an address, gives what to send there: the request for a page, and the headers of each request.

A validator goes back byte for byte as it came. Once a day the document is asked for unconditionally, because some servers
keep a stale validator and would answer 304 for ever. What the source declares as headers may be a password: it goes to the
source's own origin only, although entries, sitemaps and redirects may lead anywhere.
"""

from datetime import datetime, timedelta

from monitor.sources.origin import same_origin
from monitor.types import FetchRequest, FetchSettings, Source, SourceState

FULL_POLL_EVERY = timedelta(hours=24)


def page_request(source: Source, url: str, limits: FetchSettings) -> FetchRequest:
    """Give the request for an article's page; a page is made for people, so robots.txt is asked about it."""
    return FetchRequest(url=url, headers=headers_for(source, url), max_bytes=limits.max_page_bytes, check_robots=True)


def headers_for(source: Source, url: str) -> tuple[tuple[str, str], ...]:
    """Give the headers that a source's requests to this address have: those it declares at its own origin only, and its agent."""
    declared = source.headers if same_origin(url, source.url) else ()
    agent = (("User-Agent", source.user_agent),) if source.user_agent else ()
    return (*declared, *agent)


def conditional_headers(state: SourceState, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """Give If-None-Match and If-Modified-Since, or nothing where the whole document is wanted."""
    stale = state.last_full_at is None or now - state.last_full_at > FULL_POLL_EVERY
    if stale or state.url != source.url:
        return ()
    validators = (("If-None-Match", state.etag), ("If-Modified-Since", state.last_modified))
    return tuple((name, value) for name, value in validators if value and _sendable(value))


def _sendable(value: str) -> bool:
    """Tell whether a value fits on a header line: a folded or binary one would make every later request fail."""
    return all(" " <= character <= "\xff" and character != "\x7f" for character in value)
