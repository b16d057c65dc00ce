"""Takes what a list is narrowed to, gives it as a table for spreadsheets: CSV, written while it is read.

What a spreadsheet would take for a formula gets an apostrophe before it: headlines are words from the web.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from monitor.errors import MonitorError
from monitor.notify.mrkdwn import clean
from monitor.sources.formulas import guarded
from monitor.summarise import headline
from monitor.types import Judgement, StoryLine
from monitor.web.pages.asked import Asked
from monitor.web.pages.frame import Frame

MOST_ROWS = 20_000
AT_ONCE = 500  #: read from the store
WORDS = {True: "yes", False: "no", None: "unsure"}
BOM = "\ufeff"  #: without it some spreadsheets take UTF-8 for something else

STORY = ("story", "updated", "headline", "outlet", "outlets", "articles", "topics", "page")
LABEL = ("article", "title", "topic", "value", "who", "when", "via")

Row = Iterable[object]


def routes(frame: Frame) -> Sequence[BaseRoute]:
    """Give the addresses of the tables."""
    exports = _Exports(frame)
    return [Route("/export/stories.csv", exports.stories), Route("/export/labels.csv", exports.labels)]


class _Exports:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def stories(self, request: Request) -> Response:
        """Give the stories that the inbox shows under the same address."""
        asked = Asked.of(request.query_params, self._frame.topic_names)
        return self._table("stories", STORY, self._stories(asked, str(request.base_url)))

    def labels(self, request: Request) -> Response:
        """Give what people have said of articles: all of it where nothing is asked, else by topic, source and days."""
        asked = Asked.of(request.query_params, self._frame.topic_names)
        dated = bool({"day", "days"} & set(request.query_params))
        return self._table("labels", LABEL, self._labels(asked, dated=dated))

    def _stories(self, asked: Asked, base: str) -> Iterator[Row]:
        store, narrowed = self._frame.front.store, asked.narrowed(self._frame.clock(), self._frame.zone)
        given: set[int] = set()  # one that gets a new article meanwhile stands twice in the list
        for offset in range(0, MOST_ROWS, AT_ONCE):
            found = store.story_lines(narrowed, AT_ONCE, offset)
            yield from (_story(one, base) for one in found if one.id not in given)
            given |= {one.id for one in found}
            if len(found) < AT_ONCE:
                return

    def _labels(self, asked: Asked, *, dated: bool) -> Iterator[Row]:
        narrowed = asked.narrowed(self._frame.clock(), self._frame.zone)
        for one in self._labelled():
            if asked.source and one.article.entry.source_id != asked.source:
                continue
            for label in one.labels:
                early = dated and narrowed.since is not None and label.at < narrowed.since
                late = dated and narrowed.until is not None and label.at >= narrowed.until
                if not early and not late and asked.topic in {"", label.topic}:
                    about = (label.entry_id, one.article.entry.title, label.topic, WORDS[label.value])
                    yield (*about, label.said_by, _time(label.at), label.via.value)

    def _labelled(self) -> Iterator[Judgement]:
        after, more = 0, True
        while more:
            found = self._frame.front.store.labelled(after, AT_ONCE)
            yield from found
            more = len(found) == AT_ONCE
            after = found[-1].article.entry.id if found else after

    def _table(self, name: str, head: Row, rows: Iterator[Row]) -> Response:
        parts = _written(chain([head], islice(rows, MOST_ROWS)))
        try:
            first = next(parts)  # so that trouble with the store is told instead of a table
        except MonitorError as trouble:
            return PlainTextResponse(str(trouble), 503)
        named = f'attachment; filename="{name}-{self._frame.clock():%Y-%m-%d}.csv"'
        return StreamingResponse(
            chain([BOM + first], parts), media_type="text/csv", headers={"Content-Disposition": named}
        )


def _story(story: StoryLine, base: str) -> Row:
    lead, outlets = headline(story), sorted({one.outlet for one in story.articles})
    topics = ", ".join(f"{topic} {probability:.2f}" for topic, probability in story.flagged.items())
    return (
        story.id,
        _time(story.updated_at),
        lead.title,
        lead.outlet,
        "; ".join(outlets),
        len(story.articles),
        topics,
        f"{base}stories/{story.id}",
    )


def _written(rows: Iterable[Row]) -> Iterator[str]:
    """Write rows as CSV, many at a time."""
    waiting = iter(rows)
    while some := list(islice(waiting, AT_ONCE)):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([_cell(one) for one in row] for row in some)
        yield text.getvalue()


def _cell(value: Any) -> Any:
    """Give a cell that is what it says: no formula, no control or direction characters."""
    return guarded(clean(value)) if isinstance(value, str) else value


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
