"""Takes what is asked for, gives lists: the inbox of stories, and what a search finds."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.feedback.answers import said
from monitor.notify.render import age
from monitor.summarise import headline
from monitor.types import Judgement, SaidOf, StoryLine
from monitor.web.held import Held
from monitor.web.pages.asked import DAYS, Asked
from monitor.web.pages.frame import Frame

ON_A_PAGE = 30
HELD = 20.0  #: seconds; how old the countries to choose from may be
SEARCHED = 365  #: days back that a search goes where nothing else is said


def routes(frame: Frame) -> Sequence[BaseRoute]:
    """Give the addresses of the lists."""
    lists = _Lists(frame)
    return [Route("/", lists.inbox), Route("/search", lists.search)]


class _Lists:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._countries = Held(HELD, lambda: frame.front.store.named("country"))

    def inbox(self, request: Request) -> Response:
        """Show stories, the latest first."""
        frame = self._frame
        asked = Asked.of(request.query_params, frame.topic_names)
        narrowed = asked.narrowed(frame.clock(), frame.zone)
        found = frame.front.store.story_lines(narrowed, ON_A_PAGE + 1, asked.page * ON_A_PAGE)
        return frame.page(
            request,
            "inbox.html",
            asked=asked,
            stories=[self._line(story) for story in found[:ON_A_PAGE]],
            more=len(found) > ON_A_PAGE,
            **self._choices(),
        )

    def search(self, request: Request) -> Response:
        """Show the articles that a search finds."""
        frame, store = self._frame, self._frame.front.store
        asked = Asked.of(request.query_params, frame.topic_names, SEARCHED)
        ids = store.search(
            asked.q,
            ON_A_PAGE + 1,
            asked.page * ON_A_PAGE,
            topic=asked.topic,
            source=asked.source,
            country=asked.country,
            since=asked.since(frame.clock(), frame.zone),
        )
        articles = {one.article.entry.id: one for one in store.judgements(ids[:ON_A_PAGE])}
        return frame.page(
            request,
            "search.html",
            asked=asked,
            found=[_found(articles[id_]) for id_ in ids[:ON_A_PAGE] if id_ in articles],
            more=len(ids) > ON_A_PAGE,
            **self._choices(),
        )

    def _choices(self) -> dict[str, Any]:
        settings = self._frame.front.settings
        return {
            "topics": settings.topics,
            "sources": settings.sources,
            "countries": self._countries.get(),
            "days": DAYS,
            "says": SaidOf,
        }

    def _line(self, story: StoryLine) -> Mapping[str, Any]:
        lead, topics = headline(story), self._frame.front.settings.topics
        told = [topic for topic in topics if topic.id in story.flagged]
        return {
            "id": story.id,
            "lead": lead.entry_id,
            "title": lead.title,
            "outlet": lead.outlet,
            "outlets": len({article.outlet for article in story.articles}),
            "age": age(story.updated_at, self._frame.clock()),
            "at": story.updated_at,
            "flagged": story.flagged,
            "said": said((label for article in story.articles for label in article.labels), told, topics),
        }


def _found(one: Judgement) -> Mapping[str, Any]:
    entry = one.article.entry
    return {
        "id": entry.id,
        "title": entry.title,
        "outlet": entry.outlet,
        "at": entry.published or entry.seen_at,
        "flagged": {verdict.topic: verdict.probability for verdict in one.verdicts if verdict.flagged},
    }
