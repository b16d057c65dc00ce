"""Takes the tree of a page, gives the article's text as its structured data (schema.org in JSON) state it, "" where they do not."""

import json
from collections.abc import Iterator
from typing import Any

from monitor.parse.text import plain

_BREAKS = ("</p>", "<br>", "<br/>", "<br />", "</li>", "</h2>", "</h3>")


def stated_body(tree: Any) -> str:
    """Give the longest stated `articleBody`, a paragraph per line."""
    bodies = [
        body
        for script in tree.iterfind(".//script[@type='application/ld+json']")
        if script.text and '"articleBody"' in script.text
        for body in _bodies(_read(script.text))
    ]
    return _paragraphs(max(bodies, key=len, default=""))


def _read(text: str) -> Any:
    try:
        return json.loads(text, strict=False)  # line breaks within strings are common
    except (ValueError, RecursionError):
        return None


def _bodies(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        body = found.get("articleBody")
        if isinstance(body, str):
            yield body
        found = list(found.values())
    if isinstance(found, list):
        for each in found:
            yield from _bodies(each)


def _paragraphs(body: str) -> str:
    for tag in _BREAKS:
        body = body.replace(tag, f"{tag}\n")
    return "\n".join(filter(None, map(plain, body.split("\n"))))
