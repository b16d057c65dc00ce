"""Takes a response's status, headers and body, gives what it means: Fetched, NotModified, Gone or TryLater.

The words of the poll log: ok not-modified gone not-due http-NNN timeout dns tls refused-address too-large not-a-feed
parse-error robots error. A failure weighs by what it says about the source: hard where somebody has to change something,
soft where the server is likely to recover, transient where the way there was at fault.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from monitor.sources.freshness import http_date
from monitor.types import Fetched, FetchOutcome, Gone, NotModified, TryLater, Weight

LONGEST_RETRY_AFTER = timedelta(hours=48)
WEIGHTS = {
    "timeout": Weight.TRANSIENT,
    "dns": Weight.TRANSIENT,
    "error": Weight.TRANSIENT,
    "tls": Weight.SOFT,
    "robots": Weight.SOFT,
}
SOFT_STATUSES = frozenset({404, 429})


def failed(result: str, detail: str, *, weight: Weight | None = None, retry_after: datetime | None = None) -> TryLater:
    """Give the outcome for one of the result words; its usual weight unless another is given."""
    usual = WEIGHTS.get(result, Weight.HARD)
    return TryLater(result=result, detail=detail, weight=weight or usual, retry_after=retry_after)


def naming(outcome: FetchOutcome, setting: str) -> FetchOutcome:
    """Name the setting by which a body was too large: the fetcher knows its number only."""
    if isinstance(outcome, TryLater) and outcome.result == "too-large":
        return replace(outcome, detail=f"{outcome.detail.rstrip('.')} ({setting}).")
    return outcome


def read_response(
    *, status: int, headers: Mapping[str, str], body: bytes, url: str, permanent_url: str | None, now: datetime
) -> FetchOutcome:
    """Give what the last response of a redirect chain means; header names are lower-case."""
    if status == HTTPStatus.OK:
        return Fetched(url=url, headers=headers, body=body, permanent_url=permanent_url)
    if status == HTTPStatus.NOT_MODIFIED:
        return NotModified(headers=headers, permanent_url=permanent_url)
    if status == HTTPStatus.GONE:
        return Gone()
    soft = status in SOFT_STATUSES or status >= 500
    again = retry_after(headers, now)
    wish = f" and asks to be left alone until {again:%Y-%m-%d %H:%M} UTC" if again else ""
    return failed(
        f"http-{status}",
        f"The server answered {status}{_phrase(status)}{wish}.",
        weight=Weight.SOFT if soft else Weight.HARD,
        retry_after=again,
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Give when the server wants to be asked again (RFC 9110, section 10.2.3), at most 48 hours ahead.

    A date counts from the response's own Date: a server whose clock is wrong means the span, not the instant.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:10]), int(LONGEST_RETRY_AFTER.total_seconds())))
    else:
        until = http_date(value)
        if until is None:
            return None
        wait = until - (http_date(headers.get("date", "")) or now)
    return now + min(wait, LONGEST_RETRY_AFTER) if wait > timedelta() else None


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
