"""Takes the facts of a replay, gives one HTML page without script, to send around; every word from the web is escaped."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import urlsplit

MOST = 500  # articles listed per topic and kind

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { display: block; max-width: 100%; } .gained { fill: #2a7d46; } .lost { fill: #b3382c; } .kept { fill: #8a8f98; }
small { opacity: .75; }
"""


def page(facts: Mapping[str, Any]) -> str:
    """Give the page."""
    return "\n".join(_lines(facts)) + "\n"


def _lines(facts: Mapping[str, Any]) -> Iterator[str]:
    title = f"Replay: {facts['change']}"
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>"
    yield f"<p>{facts['judged']:,} articles judged since {escape(facts['since'][:10])}.</p>"
    for topic, one in facts["topics"].items():
        yield f"<h2>{escape(topic)}: {one['gained']} gained, {one['lost']} lost, {one['kept']} kept</h2>"
        yield from _days(one["per_day"])
        for kind in ("gained", "lost"):
            yield from _articles(kind, one["articles"][kind])
    yield "</body>\n</html>"


def _days(per_day: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Draw a bar per day: kept, gained and lost on top of each other."""
    if not per_day:
        return
    most = max(sum(counts.values()) for counts in per_day.values())
    width, height = 16, 80
    yield f'<svg role="img" aria-label="Articles per day" width="{width * len(per_day)}" height="{height}">'
    for place, (day, counts) in enumerate(per_day.items()):
        top = float(height)
        for kind in ("kept", "gained", "lost"):
            size = height * counts.get(kind, 0) / most
            top -= size
            if size:
                yield (
                    f'<rect class="{kind}" x="{width * place}" y="{top:.1f}" width="{width - 3}" height="{size:.1f}">'
                    f"<title>{day}: {counts[kind]} {kind}</title></rect>"
                )
    yield "</svg>"


def _articles(kind: str, articles: list[dict[str, Any]]) -> Iterator[str]:
    if not articles:
        return
    yield f"<h3>{kind.capitalize()}</h3>\n<table><tr><th>before</th><th>after</th><th>article</th></tr>"
    for one in articles[:MOST]:
        numbers = "".join(f'<td class="n">{_score(one[key])}</td>' for key in ("before", "after"))
        rule = f" <small>rule: {escape(one['keyword'])}</small>" if one["keyword"] else ""
        yield (
            f"<tr>{numbers}<td>{_linked(one)}{rule}<br><small>{escape(one['outlet'])}, {escape(one['at'][:10])}</small></td></tr>"
        )
    yield "</table>"
    if len(articles) > MOST:
        yield f"<p>… and {len(articles) - MOST} more.</p>"


def _linked(one: Mapping[str, Any]) -> str:
    title = escape(one["title"] or "(no title)")
    link = one["link"] or ""
    # Any other scheme could be a script.
    return (
        f'<a href="{escape(link)}" rel="noreferrer">{title}</a>'
        if urlsplit(link).scheme in {"http", "https"}
        else title
    )


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
