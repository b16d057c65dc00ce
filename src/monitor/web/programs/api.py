"""Takes what a program asks for, gives it as JSON, with an OpenAPI document of all of it at `/api/openapi.json`.

Trouble is JSON too: `{"error": "…"}`. Who asks is known to the guard; a session's cookie is enough for reading. What changes
something is taken only as no page elsewhere can make a browser send it, since no form's token protects it.
"""

from collections.abc import Collection, Sequence
from copy import deepcopy
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Path, Query
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as Refused
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route

from monitor import __version__
from monitor.errors import MonitorError
from monitor.feedback.answers import differ, labels_by
from monitor.fetch.masked import without_secrets
from monitor.jobs.asking.why import explain
from monitor.jobs.watch.health import examine_sources
from monitor.notify.mrkdwn import clean
from monitor.stories import copies, facts_of
from monitor.summarise import best_text, headline, summary
from monitor.types import Judgement, Label, Narrowed, Person, SaidOf, StoryLine, Via
from monitor.web.guard import token_of
from monitor.web.pages.frame import Frame
from monitor.web.pages.story import shown
from monitor.web.programs import shapes

ABOUT = """What the pages show, for programs, and answers to articles.

Sign in with every request: `Authorization: Bearer TOKEN`, or Basic with your name and the token as password; where nobody has to
sign in, without. Lists come in parts: `next` is the `offset` of the part that follows, null at the end."""

Id = Annotated[int, Path(ge=1, le=shapes.LARGEST_ID, description="Its number")]

_WHEN = {
    403: "A change without a token of one's own, or from a page elsewhere.",
    404: "There is no such thing.",
    415: "The body is not `application/json`.",
    422: "Something is missing, unknown, misspelt or out of bounds.",
    429: "Too many wrong tokens from this address: wait five minutes.",
    503: "The database or the model cannot be used just now.",
}


def routes(frame: Frame) -> Sequence[BaseRoute]:
    """Give the addresses for programs."""
    return [Mount("/api", _application(frame))]


def _application(frame: Frame) -> FastAPI:
    ways = _Ways(frame)
    api = FastAPI(
        title="Topic monitor",
        description=ABOUT,
        version=__version__,
        servers=[{"url": "/api"}],
        openapi_url=None,  # ours names the topics there are
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        responses=_refusals(422, 429, 503),
    )
    api.add_api_route("/stories", ways.stories, summary="List stories")
    api.add_api_route("/stories/{id}", ways.story, summary="Show a story", responses=_refusals(404))
    api.add_api_route("/articles/{id}", ways.article, summary="Explain an article", responses=_refusals(404))
    changes: dict[str, Any] = {"dependencies": [Depends(ways.refuse_pages_elsewhere)]}
    path, refusals = "/articles/{id}/labels", _refusals(403, 404, 415)
    api.add_api_route(path, ways.answer, methods=["POST"], summary="Answer", responses=refusals | _TOO_LARGE, **changes)
    api.add_api_route(
        path,
        ways.take_back,
        methods=["DELETE"],
        summary="Take back one's answer",
        status_code=204,
        responses=_refusals(403, 404) | _TOO_LARGE,
        **changes,
    )
    api.add_api_route("/search", ways.search, summary="Search articles")
    api.add_api_route("/sources", ways.sources, summary="List sources")
    api.add_api_route("/topics", ways.topics, summary="List topics")
    api.add_api_route("/model", ways.model, summary="Show the model in use", response_model_exclude_unset=True)
    api.add_api_route("/labels", ways.labels, summary="List answers")

    def document(_: Request) -> Response:
        return JSONResponse(_document(api, frame))

    def no_such_way(request: Request, refused: Exception) -> Response:
        return _refused(api, request, refused)

    api.add_route("/openapi.json", document, include_in_schema=False)
    api.add_exception_handler(Refused, no_such_way)
    api.add_exception_handler(RequestValidationError, _unfit)
    api.add_exception_handler(MonitorError, _in_trouble)
    api.add_exception_handler(Exception, _broken)
    return api


class _Ways:
    """What can be asked for; the sentences here stand in the document."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def stories(self, request: Request, wanted: Annotated[shapes.StoriesWanted, Query()]) -> shapes.Stories:
        """Give stories, the latest first."""
        self._known([wanted.topic] if "topic" in wanted.model_fields_set else [])
        narrowed = Narrowed(
            topic=wanted.topic,
            source=wanted.source,
            country=wanted.country,
            since=wanted.since,
            until=wanted.until,
            said=wanted.said,
        )
        found = self._frame.front.store.story_lines(narrowed, wanted.limit + 1, wanted.offset)
        items = [_listed(one, request) for one in found[: wanted.limit]]
        return shapes.Stories(items=items, next=_next(wanted, len(found)))

    def story(self, request: Request, id: Id) -> shapes.Story:  # noqa: A002 - as the address names it
        """Give one story: summary, facts, all its articles, what people have said of them."""
        store = self._frame.front.store
        found = store.stories([id])
        if not found:
            raise HTTPException(404, f"there is no story {id}")
        one, lead, text = found[0], headline(found[0]), best_text(found[0])
        judged = {each.article.entry.id: each for each in store.judgements([each.entry_id for each in one.articles])}
        flagged = {entry_id: _flagged(each) for entry_id, each in judged.items()}
        told = summary(text.title, text.text, outlet=text.outlet, language=text.language or "en")
        facts = facts_of((each.title, each.text, each.language) for each in one.articles)
        copy_of = copies(one.articles)
        return shapes.Story(
            id=one.id,
            headline=lead.title,
            article=lead.entry_id,
            link=lead.link,
            outlets=sorted({each.outlet for each in one.articles}),
            first=one.articles[0].at,
            updated=one.updated_at,
            topics=_highest(flagged.values()),
            summary=" ".join(told.sentences),
            teaser_only=told.teaser_only,
            countries=list(facts.countries),
            agencies=list(facts.agencies),
            substances=list(facts.substances),
            dates=list(facts.dates),
            page=_page(request, one.id),
            articles=[
                shapes.ArticleOfStory(
                    id=each.entry_id,
                    outlet=each.outlet,
                    title=each.title,
                    at=each.at,
                    topics=flagged.get(each.entry_id, {}),
                    link=each.link,
                    copy_of=copy_of.get(each.entry_id),
                )
                for each in one.articles
            ],
            labels=[_label(label) for each in judged.values() for label in each.labels],
        )

    def article(self, id: Id) -> shapes.Case:  # noqa: A002
        """Give one article's whole case: what was seen, read, decided and sent, why, and what stopped it."""
        front = self._frame.front
        ledger = front.store.ledger(id)
        if ledger is None:
            raise HTTPException(404, f"there is no article {id}")
        judge = front.judge
        same = bool(ledger.verdicts) and ledger.verdicts[0].model == judge.model.version
        return shapes.Case.model_validate(explain(front.store, ledger, judge if same else None))

    def search(self, wanted: Annotated[shapes.ArticlesWanted, Query()]) -> shapes.Found:
        """Give the stored articles that have all the words, the latest first."""
        self._known([wanted.topic] if "topic" in wanted.model_fields_set else [])
        store = self._frame.front.store
        ids = store.search(
            wanted.q,
            wanted.limit + 1,
            wanted.offset,
            topic=wanted.topic,
            source=wanted.source,
            country=wanted.country,
            since=wanted.since,
        )
        articles = {one.article.entry.id: one for one in store.judgements(ids[: wanted.limit])}
        items = [_found(articles[each]) for each in ids[: wanted.limit] if each in articles]
        return shapes.Found(items=items, next=_next(wanted, len(ids)))

    def sources(self) -> shapes.Sources:
        """Give the declared sources and how each is: the sick first, then those that fell silent, then the rest."""
        front = self._frame.front
        examined = examine_sources(front.store, front.settings.sources, self._frame.clock())
        return shapes.Sources(items=[shapes.Source.model_validate(_masked(one.facts())) for one in examined])

    def topics(self) -> shapes.Topics:
        """Give the configured topics."""
        return shapes.Topics(
            items=[
                shapes.Topic(
                    id=one.id,
                    name=one.name,
                    keywords=shapes.Keywords(include=[*one.include], always=[*one.always], never=[*one.never]),
                    threshold=shapes.Threshold(kind=one.threshold.kind, value=one.threshold.value),
                )
                for one in self._frame.front.settings.topics
            ]
        )

    def model(self) -> shapes.Card:
        """Give the card of the version that judges now."""
        return shapes.Card.model_validate(self._frame.front.models.card())

    def labels(self, wanted: Annotated[shapes.Paged, Query()]) -> shapes.Labels:
        """Give what people have said of articles, the latest answer of each, by article, topic and person."""
        every = self._frame.front.store.labels()
        found = every[wanted.offset : wanted.offset + wanted.limit + 1]
        items = [_label(one) for one in found[: wanted.limit]]
        return shapes.Labels(items=items, next=_next(wanted, len(found)))

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def answer(
        self,
        request: Request,
        id: Id,  # noqa: A002
        said: shapes.Answer,
        then: BackgroundTasks,
    ) -> shapes.Answered:
        """Store what the caller says of an article, in the place of what they said of these topics before."""
        self._known(said.labels)
        front, who, one = self._frame.front, request.state.who, self._stored(id)
        models, now = {verdict.topic: verdict.model for verdict in one.verdicts}, self._frame.clock()
        person = Person(id=who, name=who)
        front.store.save_answer(labels_by(person, id, said.labels, models, at=now, via=Via.WEB))
        then.add_task(shown(front, id))
        mine = [_label(one).model_dump() for one in front.store.labels([id]) if one.who == who]
        return shapes.Answered(article=id, labels=[shapes.Opinion.model_validate(one) for one in mine])

    def take_back(self, request: Request, id: Id, then: BackgroundTasks) -> None:  # noqa: A002
        """Take back all that the caller has said of an article; nothing happens where that is nothing."""
        self._stored(id)
        self._frame.front.store.withdraw_labels(id, request.state.who)
        then.add_task(shown(self._frame.front, id))

    def refuse_pages_elsewhere(self, request: Request) -> None:
        """Refuse what a browser may send on behalf of another site: a cookie of ours goes with it, no token and no JSON does."""
        headers, people = request.headers, self._frame.people
        whose = people.by_token(token_of(headers.get("authorization", "")))
        if not people.open and (whose is None or whose != request.state.who):
            raise HTTPException(403, "a change takes your token, not the cookie of a session")
        if "origin" in headers and headers["origin"].partition("://")[2] != headers.get("host"):
            raise HTTPException(403, "a page elsewhere may change nothing here")
        stated = headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and stated != "application/json":
            raise HTTPException(415, "send the body as application/json")

    def _known(self, topics: Collection[str]) -> None:
        names = self._frame.topic_names
        if unknown := sorted(set(topics) - set(names)):
            raise HTTPException(422, f"there is no topic {_line(unknown[0])}: there are {', '.join(names) or 'none'}")

    def _stored(self, entry_id: int) -> Judgement:
        found = self._frame.front.store.judgements([entry_id])
        if not found:
            raise HTTPException(404, f"there is no article {entry_id}")
        return found[0]


# ── shapes ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _listed(one: StoryLine, request: Request) -> shapes.StoryListed:
    lead, labels = headline(one), [label for each in one.articles for label in each.labels]
    something = SaidOf.SOMETHING if labels else SaidOf.NOTHING
    return shapes.StoryListed(
        id=one.id,
        headline=lead.title,
        article=lead.entry_id,
        outlet=lead.outlet,
        outlets=sorted({each.outlet for each in one.articles}),
        updated=one.updated_at,
        topics=one.flagged,
        said=SaidOf.DISPUTED if differ(labels) else something,
        page=_page(request, one.id),
        articles=[
            shapes.ArticleListed(
                id=each.entry_id, outlet=each.outlet, title=each.title, at=each.at, topics=dict(each.flagged)
            )
            for each in one.articles
        ],
    )


def _found(one: Judgement) -> shapes.ArticleFound:
    entry = one.article.entry
    return shapes.ArticleFound(
        id=entry.id,
        title=entry.title,
        link=entry.link,
        outlet=entry.outlet,
        source=entry.source_id,
        published=entry.published,
        seen=entry.seen_at,
        story=entry.story_id,
        topics=_flagged(one),
    )


def _label(one: Label) -> shapes.Label:
    return shapes.Label(
        article=one.entry_id, topic=one.topic, value=one.value, who=one.said_by, when=one.at, via=one.via
    )


def _flagged(one: Judgement) -> dict[str, float]:
    return {verdict.topic: verdict.probability for verdict in one.verdicts if verdict.flagged}


def _highest(flagged: Collection[dict[str, float]]) -> dict[str, float]:
    topics = sorted({topic for each in flagged for topic in each})
    return {topic: max(each.get(topic, 0.0) for each in flagged) for topic in topics}


def _masked(facts: dict[str, Any]) -> dict[str, Any]:
    """Give a source's facts without what its address may hold of passwords: whoever reads here need not have the configuration."""
    shown_of = {name: facts[name] and without_secrets(facts[name]) for name in ("url", "moved_to", "detail")}
    polls = [{**poll, "detail": without_secrets(poll["detail"])} for poll in facts["polls"]]
    return {**facts, **shown_of, "polls": polls}


def _page(request: Request, story_id: int) -> str:
    return f"{request.base_url}stories/{story_id}"


def _next(wanted: shapes.Paged, found: int) -> int | None:
    after = wanted.offset + wanted.limit
    return after if found > wanted.limit and after <= shapes.FARTHEST else None


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _refused(api: FastAPI, request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    headers, words = dict(refused.headers or {}), refused.detail
    if words == HTTPStatus(refused.status_code).phrase:
        words = f"{request.method} {request.url.path}: {words.lower()}"
    if refused.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # an address with two methods has two routes
        here = [one for one in api.routes if isinstance(one, Route) and one.matches(request.scope)[0] != Match.NONE]
        headers["Allow"] = ", ".join(sorted({method for one in here for method in one.methods or ()}))
    return _error(words, refused.status_code, headers)


def _unfit(_: Request, unfit: Exception) -> Response:
    assert isinstance(unfit, RequestValidationError)
    told = (f"{_place(one['loc'])}: {one['msg'].removeprefix('Value error, ')}" for one in unfit.errors())
    return _error("; ".join(told), 422)


def _place(where: Sequence[str | int]) -> str:
    """Say where in the request something is wrong: which parameter or field; "body" where it is the whole of it."""
    named = where[1:] if len(where) > 1 and isinstance(where[-1], str) else where[:1]
    return ".".join(str(part) for part in named)


def _in_trouble(_: Request, trouble: Exception) -> Response:
    return _error(str(trouble), 503)  # of the store or the model: whatever else can be wrong is refused before


def _broken(_: Request, __: Exception) -> Response:
    return _error("this is a fault of the monitor: its log says more", 500)


def _error(words: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": _line(words)}, status, headers)


def _line(words: str) -> str:
    """Give words that may come from the request as a line that can be sent."""
    shortened = clean(words)
    return shortened if len(shortened) <= 1_000 else f"{shortened[:1_000]}…"


# ── the document ─────────────────────────────────────────────────────────────────────────────────────────────────────
_TOO_LARGE: dict[int | str, dict[str, Any]] = {
    413: {"description": "The body is larger than 100 kB.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": shapes.Trouble, "description": _WHEN[status]} for status in statuses}


def _document(api: FastAPI, frame: Frame) -> dict[str, Any]:
    """Give the OpenAPI document as it is just now: with the topics there are, and with how one signs in where one has to."""
    document = deepcopy(api.openapi())
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    if names := [*frame.topic_names]:
        for parameter in (one for operation in operations for one in operation.get("parameters", ())):
            if parameter["name"] == "topic":
                parameter["schema"] = {"type": "string", "enum": names}
        document["components"]["schemas"]["Answer"]["properties"]["labels"]["propertyNames"] = {"enum": names}
    if not frame.people.open:
        token = {"description": "Your token, as MONITOR_WEB_TOKEN lists it"}
        document["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", **token},
            "basic": {"type": "http", "scheme": "basic", "description": "Your name, and the token as password"},
        }
        document["security"] = [{"bearer": []}, {"basic": []}]
        trouble = {"schema": {"$ref": "#/components/schemas/Trouble"}}
        for operation in operations:
            operation["responses"]["401"] = {
                "description": "No token, or nobody's.",
                "headers": {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "How to sign in"}},
                "content": {"application/json": trouble},
            }
    return document
