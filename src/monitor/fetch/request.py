"""Takes a source's state, gives the conditional headers of its next request.

A validator goes back byte for byte as it came. Once a day the document is asked for unconditionally, because some servers
keep a stale validator and would answer 304 for ever.
"""

from datetime import datetime, timedelta

from monitor.types import Source, SourceState

FULL_POLL_EVERY = timedelta(hours=24)


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
