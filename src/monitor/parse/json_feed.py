"""Takes the text of a JSON Feed (1.0, 1.1), gives its raw items. Anything of another shape is no feed."""

import json
from html import escape
from typing import Any

from monitor.parse.raw import RawEntry, RawFeed


def read_json(text: str, max_entries: int) -> RawFeed | None:
    """Read a JSON Feed; None where it is no JSON or no feed."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return None
    return RawFeed(
        title=_string(document, "title"),
        link=_string(document, "home_page_url"),
        language=_string(document, "language"),
        entries=tuple(_entry(item) for item in document["items"][:max_entries] if isinstance(item, dict)),
        left_out=max(0, len(document["items"]) - max_entries),
    )


def _entry(item: dict[str, Any]) -> RawEntry:
    return RawEntry(
        guid=_string(item, "id"),
        title=escape(_string(item, "title"), quote=False),  # plain text by the standard, as is the summary
        link=_string(item, "url") or _string(item, "external_url"),
        date=_string(item, "date_published") or _string(item, "date_modified"),
        summary=escape(_string(item, "summary"), quote=False),
        content=_string(item, "content_html") or escape(_string(item, "content_text"), quote=False),
    )


def _string(of: dict[str, Any], key: str) -> str:
    value = of.get(key)
    if isinstance(value, str):
        return value
    # Ids are often written as numbers, dates as seconds since 1970.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
