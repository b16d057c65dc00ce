"""Takes what is asked for, gives the page: the inbox of stories, one story, one article with its whole case, a search, the door.

Nothing is decided here: pages show what the store and the jobs say. All words from outside are escaped by the templates.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.jobs.why import explain
from monitor.notify.mrkdwn import clean, safe_url
from monitor.notify.render import age, in_words, likelihood
from monitor.ports import Store
from monitor.stories import copies, facts_of
from monitor.summarise import best_text, headline, summary
from monitor.types import Judgement, Settings, Story, Verdict
from monitor.web.guard import COOKIE, LARGEST_FORM, Tries
from monitor.web.people import STAYS, People

if TYPE_CHECKING:
    from monitor.classify import Judge

ON_A_PAGE = 30
DAYS = (1, 3, 7, 30, 365)


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """What the pages show of."""

    store: Store
    settings: Callable[[], Settings]
    judge: "Callable[[], Judge]"
    people: People
    clock: Callable[[], datetime]


def templates() -> jinja2.Environment:
    """Give the templates: whatever they put in is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("monitor.web"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"clean": clean, "url": safe_url, "likelihood": likelihood, "words": in_words}
    return environment


class Pages:
    """The pages, each a function of a request."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._templates = templates()
        self._tries = Tries()

    # ── the door ─────────────────────────────────────────────────────────────────────────────────────────────────────
    async def door(self, request: Request) -> Response:
        """Show the door, or let somebody in who has a token."""
        to = _within(request.query_params.get("to", "/"))
        if request.method == "GET":
            return self._page(request, "sign-in.html", to=to, wrong="")
        now, address = self._house.clock(), request.client.host if request.client else ""
        if self._tries.too_many(address, now):
            return self._page(request, "sign-in.html", 429, to=to, wrong="Too many tries. Wait five minutes.")
        form = await _form(request)
        who = self._house.people.by_token(form.get("token", ""))
        if who is None:
            return self._page(request, "sign-in.html", 403, to=to, wrong="This is nobody's token.")
        answer = RedirectResponse(to, status_code=303)
        answer.set_cookie(
            COOKIE,
            self._house.people.cookie(who, now),
            max_age=int(STAYS.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    async def leave(self, request: Request) -> Response:
        """Sign out."""
        form = await _form(request)
        who = request.state.who or ""
        if not self._house.people.is_ours(form.get("form_token", ""), request.cookies.get(COOKIE, ""), who):
            return self._page(
                request, "missing.html", 403, what="This form was not made for you. Go back and reload the page."
            )
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.delete_cookie(COOKIE)
        return answer

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────
    async def inbox(self, request: Request) -> Response:
        """Show stories, the latest first."""
        asked = _Asked.of(request, [topic.id for topic in self._house.settings().topics])
        return self._page(request, "inbox.html", **await run_in_threadpool(self._inbox, asked))

    async def story(self, request: Request) -> Response:
        """Show one story with all its articles."""
        found = await run_in_threadpool(self._house.store.stories, [request.path_params["id"]])
        if not found:
            return self._page(request, "missing.html", 404, what="There is no such story.")
        return self._page(request, "story.html", story=await run_in_threadpool(self._whole, found[0]))

    async def article(self, request: Request) -> Response:
        """Show one article with its whole case."""
        facts = await run_in_threadpool(self._case, request.path_params["id"])
        if facts is None:
            return self._page(request, "missing.html", 404, what="There is no such article.")
        return self._page(request, "article.html", facts=facts, names=self._names())

    async def search(self, request: Request) -> Response:
        """Show what a search finds."""
        asked = _Asked.of(request, [topic.id for topic in self._house.settings().topics])
        found = await run_in_threadpool(self._search, asked) if asked.words else []
        return self._page(
            request, "search.html", asked=asked, found=found, topics=self._house.settings().topics, days=DAYS
        )

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def _inbox(self, asked: "_Asked") -> dict[str, Any]:
        house, settings = self._house, self._house.settings()
        since = house.clock() - timedelta(days=asked.days)
        found = house.store.latest_stories(
            ON_A_PAGE + 1, asked.page * ON_A_PAGE, topic=asked.topic, source=asked.source, since=since
        )
        return {
            "asked": asked,
            "stories": [self._brief(story) for story in found[:ON_A_PAGE]],
            "more": len(found) > ON_A_PAGE,
            "topics": settings.topics,
            "sources": settings.sources,
            "days": DAYS,
        }

    def _search(self, asked: "_Asked") -> list[dict[str, Any]]:
        house = self._house
        since = house.clock() - timedelta(days=asked.days)
        ids = house.store.search(asked.words, ON_A_PAGE, topic=asked.topic, source=asked.source, since=since)
        articles = {one.article.entry.id: one for one in house.store.judgements(ids)}
        return [self._found(articles[id_]) for id_ in ids]

    def _found(self, one: Judgement) -> dict[str, Any]:
        entry = one.article.entry
        flagged = {verdict.topic: verdict.probability for verdict in one.verdicts if verdict.flagged}
        at = entry.published or entry.seen_at
        return {
            "id": entry.id,
            "title": entry.title,
            "outlet": entry.outlet,
            "at": self._local(at),
            "flagged": self._named(flagged),
        }

    def _brief(self, story: Story) -> dict[str, Any]:
        lead, now = headline(story), self._house.clock()
        ids = [article.entry_id for article in story.articles]
        verdicts = [verdict for one in self._house.store.judgements(ids) for verdict in one.verdicts if verdict.flagged]
        return {
            "id": story.id,
            "title": lead.title,
            "outlet": lead.outlet,
            "outlets": len({article.outlet for article in story.articles}),
            "age": age(story.updated_at, now),
            "at": self._local(story.updated_at),
            "flagged": self._named(_highest(verdicts)),
        }

    def _whole(self, story: Story) -> dict[str, Any]:
        text, copied = best_text(story), copies(story.articles)
        told = summary(text.title, text.text, outlet=text.outlet, language=text.language or "en")
        return {
            **self._brief(story),
            "link": headline(story).link,
            "summary": " ".join(told.sentences),
            "facts": facts_of((one.title, one.text, one.language) for one in story.articles),
            "articles": [
                {
                    "id": one.entry_id,
                    "title": one.title,
                    "outlet": one.outlet,
                    "link": one.link,
                    "at": self._local(one.at),
                    "copy": one.entry_id in copied,
                }
                for one in story.articles
            ],
        }

    def _case(self, id_: int) -> dict[str, Any] | None:
        ledger = self._house.store.ledger(id_)
        if ledger is None:
            return None
        judge = self._house.judge()
        same = bool(ledger.verdicts) and ledger.verdicts[0].model == judge.model.version
        return explain(self._house.store, ledger, judge if same else None)

    def _names(self) -> dict[str, str]:
        return {topic.id: topic.name for topic in self._house.settings().topics}

    def _named(self, flagged: Mapping[str, float]) -> list[tuple[str, str]]:
        names = self._names()
        return [(names.get(topic, topic), likelihood(probability)) for topic, probability in flagged.items()]

    def _local(self, at: datetime) -> str:
        local = at.astimezone(ZoneInfo(self._house.settings().timezone))
        return f"{local.day} {local:%b %Y, %H:%M}"

    def _page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        shown = self._templates.get_template(template).render(
            who=request.state.who, form_token=request.state.form_token, open=self._house.people.open, **values
        )
        return HTMLResponse(shown, status_code=status)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """What a list is narrowed to; whatever cannot be meant is left out."""

    topic: str = ""
    source: str = ""
    words: str = ""
    days: int = 3
    page: int = 0

    @classmethod
    def of(cls, request: Request, topics: list[str]) -> "_Asked":
        """Read it off an address."""
        said = request.query_params
        days, page = (_number(said.get(name, "")) for name in ("days", "page"))
        return cls(
            topic=said.get("topic", "") if said.get("topic") in topics else "",
            source=said.get("source", "")[:200],
            words=said.get("q", "")[:500],
            days=days if days in DAYS else (365 if "q" in said else 3),
            page=min(page or 0, 1_000),
        )

    def with_page(self, page: int) -> str:
        """Give the address of another page of the same list."""
        kept = {"topic": self.topic, "source": self.source, "days": self.days, "page": page}
        return "?" + urlencode({name: value for name, value in kept.items() if value})


async def _form(request: Request) -> dict[str, str]:
    """Read a form of ours: a few short fields; one that is too long for that is empty."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def _highest(verdicts: list[Verdict]) -> dict[str, float]:
    found: dict[str, float] = {}
    for verdict in verdicts:
        found[verdict.topic] = max(found.get(verdict.topic, 0.0), verdict.probability)
    return found


def _within(path: str) -> str:
    """Give a path of our own; anything that leads elsewhere leads home."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None
