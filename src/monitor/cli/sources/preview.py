"""Takes what lies at a source's address, gives it in words or as JSON, with what to do where it cannot be read."""

import json
from typing import Any

from monitor.jobs.asking.trial import Look
from monitor.notify.mrkdwn import clean
from monitor.sources.advice import advice
from monitor.sources.words import counted
from monitor.types import ParsedEntry, Source, SourceKind


def show(source: Source, seen: Look, *, limit: int, as_json: bool) -> None:
    """Print what a source would bring."""
    facts = _facts(source, seen, limit)
    print(json.dumps(facts, ensure_ascii=False) if as_json else _in_words(facts))


def in_short(url: str, result: str, detail: str) -> str:
    """Say in a line how asking an address ended."""
    return f"{clean(url)}  {result}: {clean(detail)}"


def next_step(source: Source, seen: Look) -> str:
    """Say what to do about a source that cannot be read."""
    if seen.kind is SourceKind.PAGE and source.kind is SourceKind.PAGE:
        return "Name the links with another --selector: the element around a headline, such as 'h2 a' or '.teaser a'."
    if seen.kind is SourceKind.PAGE:
        return (
            f"Look for the site's feeds: monitor sources discover {clean(source.url)}\n"
            "Or watch the page itself: --kind page --selector 'h2 a'"
        )
    if seen.page and seen.kind is not None and seen.kind is not source.kind:
        return f"It is a {seen.kind}: --kind {seen.kind}"
    return advice(seen.result)


def _facts(source: Source, seen: Look, limit: int) -> dict[str, Any]:
    feed = seen.feed
    kind = source.kind if source.kind is SourceKind.PAGE or seen.kind is None else seen.kind
    return {
        "url": source.url,
        "result": seen.result,
        "detail": " ".join(seen.remarks) or seen.detail,
        "advice": next_step(source, seen) if feed is None else "",
        "kind": kind,
        "title": feed.title if feed else "",
        "language": (feed.language if feed else None) or source.language,
        "count": len(feed.entries) if feed else 0,
        "sitemaps": seen.sitemaps,
        "newest": seen.newest.isoformat() if seen.newest else None,
        "selector": source.selector,
        "entries": [_entry(entry) for entry in seen.latest(limit)],
    }


def _entry(entry: ParsedEntry) -> dict[str, str | None]:
    published = entry.published.isoformat() if entry.published else None
    return {"published": published, "title": entry.title, "link": entry.link}


def _in_words(facts: dict[str, Any]) -> str:
    if facts["result"] != "ok":
        return f"{in_short(facts['url'], facts['result'], facts['detail'])}\n{facts['advice']}".rstrip()
    newest = f"newest of {_minute(facts['newest'])} UTC" if facts["newest"] else "none dated"
    index = f" in the newest of {facts['sitemaps']} sitemaps" if facts["sitemaps"] else ""
    lines = [
        f"{clean(facts['title']) or '(no title)'}  {clean(facts['url'])}",
        f"ok: {facts['kind']}, {counted(facts['count'])}{index}, {newest}, language {clean(facts['language'] or 'not stated')}",
    ]
    if facts["kind"] == SourceKind.PAGE:
        selected = f"Links that the selector {facts['selector']!r} finds."
        lines.append(selected if facts["selector"] else "Links of headlines; to name others: --selector")
    lines += filter(None, [clean(facts["detail"])])
    for entry in facts["entries"]:
        when = _minute(entry["published"]) if entry["published"] else "undated         "
        lines += [f"  {when}  {clean(entry['title']) or '(no title)'}", f"{'':20}{clean(entry['link'] or '(no link)')}"]
    return "\n".join(lines)


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")
