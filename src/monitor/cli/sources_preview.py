"""Takes what lies at a source's address, gives it in words or as JSON, with what to do where it cannot be read."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.notify.mrkdwn import clean
from monitor.types import SourceKind

if TYPE_CHECKING:
    from monitor.jobs.trial import Look
    from monitor.types import ParsedEntry, Source

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_WHEN = {
    "robots": "its owner asks machines to stay away from this page; if it is a feed, which is made for them: --kind feed",
    "refused-address": "to ask a server of your own network, list the network under fetch.allow_networks in monitor.yaml",
    "too-large": "raise fetch.max_feed_bytes in monitor.yaml, or look for a smaller feed of the site",
    "gone": "look for the new address: monitor sources discover, with the address of the site",
    "http-403": "some servers turn away unknown programs: set fetch.user_agent to something that says who you are",
    "http-404": "look for the right address: monitor sources discover, with the address of the site",
}


def show(source: "Source", seen: "Look", *, limit: int, as_json: bool) -> None:
    """Print what a source would bring."""
    facts = _facts(source, seen, limit)
    print(json.dumps(facts, ensure_ascii=False) if as_json else _in_words(facts))


def advice(source: "Source", seen: "Look") -> str:
    """Say what to do about a source that cannot be read."""
    if seen.kind is SourceKind.PAGE and source.kind is SourceKind.PAGE:
        return "name the links with another --selector: the element around a headline, such as 'h2 a' or '.teaser a'"
    if seen.kind is SourceKind.PAGE:
        return (
            f"look for the site's feeds: monitor sources discover {clean(source.url)}; "
            "or watch the page itself: --kind page --selector 'h2 a'"
        )
    if seen.page and seen.kind is not None and seen.kind is not source.kind:
        return f"it is a {seen.kind}: --kind {seen.kind}"
    return advice_on(seen.result)


def advice_on(result: str) -> str:
    """Say what to do about an address that did not answer as it should."""
    return _WHEN.get(result, "try again later, and look at the address in a browser")


def _facts(source: "Source", seen: "Look", limit: int) -> dict[str, Any]:
    feed = seen.feed
    kind = source.kind if source.kind is SourceKind.PAGE or seen.kind is None else seen.kind
    return {
        "url": source.url,
        "result": seen.result,
        "detail": seen.detail,
        "advice": advice(source, seen) if feed is None else "",
        "kind": kind,
        "title": feed.title if feed else "",
        "language": (feed.language if feed else None) or source.language,
        "count": len(feed.entries) if feed else 0,
        "sitemaps": seen.sitemaps,
        "newest": seen.newest.isoformat() if seen.newest else None,
        "selector": source.selector,
        "entries": [_entry(entry) for entry in _newest(feed.entries if feed else ())[:limit]],
    }


def _newest(entries: "tuple[ParsedEntry, ...]") -> "list[ParsedEntry]":
    return sorted(entries, key=lambda entry: entry.published or _LONG_AGO, reverse=True)


def _entry(entry: "ParsedEntry") -> dict[str, str | None]:
    published = entry.published.isoformat() if entry.published else None
    return {"published": published, "title": entry.title, "link": entry.link}


def _in_words(facts: dict[str, Any]) -> str:
    if facts["result"] != "ok":
        return f"{clean(facts['url'])}\n{facts['result']}: {clean(facts['detail'])}\n{facts['advice']}"
    newest = f"newest of {_minute(facts['newest'])} UTC" if facts["newest"] else "none dated"
    index = f" in the newest of {facts['sitemaps']} sitemaps" if facts["sitemaps"] else ""
    lines = [
        f"{clean(facts['title']) or '(no title)'}  {clean(facts['url'])}",
        f"ok: {facts['kind']}, {facts['count']} entries{index}, {newest}, language {clean(facts['language'] or 'not stated')}",
    ]
    if facts["kind"] == SourceKind.PAGE:
        how = (
            f"the selector {facts['selector']!r}"
            if facts["selector"]
            else "being headlines; to name others: --selector"
        )
        lines.append(f"links found by {how}")
    for entry in facts["entries"]:
        when = _minute(entry["published"]) if entry["published"] else "undated         "
        lines += [f"  {when}  {clean(entry['title']) or '(no title)'}", f"{'':20}{clean(entry['link'] or '(no link)')}"]
    return "\n".join(lines)


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")
