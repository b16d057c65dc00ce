"""Takes the declared sources, gives their list, the sick first, and a page for each: how it is, what it brought, what to do."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.config.declaring import facts_of
from monitor.errors import Temporary
from monitor.fetch.masked import without_secrets
from monitor.jobs.asking.trial import look
from monitor.jobs.watch.health import Examined, Placed, examined, in_order
from monitor.notify.render import age
from monitor.sources.health import Standing
from monitor.sources.polls import in_words, legend, mark
from monitor.types import PollRecord, Source
from monitor.web.pages.adding import Looks, is_meant, preview
from monitor.web.pages.adding import routes as adding
from monitor.web.pages.frame import Frame, number

ON_A_PAGE = 50
ARTICLES = 30
_LOST = ("not-a-feed", "http-404", "http-410", "gone")  #: results after which the feed lies elsewhere, if anywhere
_STANDINGS = {Standing.SICK: "sick", Standing.SILENT: "silent", Standing.WELL: "well"}


def routes(frame: Frame) -> Sequence[BaseRoute]:
    """Give the addresses of the sources."""
    looks = Looks(frame)
    pages = _Sources(frame, looks)
    return [
        Route("/sources", pages.list_all, methods=["GET"]),
        *adding(frame, looks),
        Route("/sources/{id}", pages.one, methods=["GET"]),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """What the list is narrowed to."""

    state: str = ""  #: sick, silent or well, or the word for how one is sick
    tag: str = ""
    name: str = ""  #: part of a name, id or host
    page: int = 0

    @classmethod
    def of(cls, said: QueryParams) -> "_Asked":
        """Read it off the query of an address."""
        state, tag, name = (said.get(key, "").strip()[:200] for key in ("state", "tag", "name"))
        return cls(state=state, tag=tag, name=name, page=number(said.get("page", "")[:6]) or 0)

    def fits(self, one: Placed) -> bool:
        """Tell whether a source is among those asked for."""
        source, word = one.source, self.name.casefold()
        return (
            self.state in ("", one.word, _STANDINGS[one.standing])
            and (not self.tag or self.tag in source.tags)
            and (not word or any(word in text.casefold() for text in (source.name, source.id, _host(source.url))))
        )

    def at(self, **changed: Any) -> str:
        """Give the query of another page or narrowing of the list."""
        return "?" + urlencode({key: value for key, value in {**asdict(self), **changed}.items() if value})


class _Sources:
    def __init__(self, frame: Frame, looks: Looks) -> None:
        self._frame, self._looks = frame, looks

    def list_all(self, request: Request) -> Response:
        """Show the declared sources: the sick first, then those that fell silent, then the rest."""
        front, now, asked = self._frame.front, self._frame.clock(), _Asked.of(request.query_params)
        every = in_order(front.store, front.settings.sources, now)
        fitting = [one for one in every if asked.fits(one)]
        begin = asked.page * ON_A_PAGE
        shown = examined(front.store, [one.source for one in fitting[begin : begin + ON_A_PAGE]], now)
        standings = Counter(one.standing for one in every)
        return self._frame.page(
            request,
            "sources.html",
            asked=asked,
            rows=[self._row(one) for one in shown],
            legend=legend(poll for one in shown for poll in one.polls),
            begin=begin,
            fitting=len(fitting),
            more=len(fitting) > begin + ON_A_PAGE,
            standings=[(word, standings[standing]) for standing, word in _STANDINGS.items()],
            states=sorted({one.word for one in every} - {"", *_STANDINGS.values()}),
            tags=sorted({tag for one in every for tag in one.source.tags}),
        )

    def one(self, request: Request) -> Response:
        """Show one source: how it is, what to do, its polls and its latest articles; with `?look=1` what lies there now."""
        front, id_ = self._frame.front, request.path_params["id"]
        declared = [source for source in front.settings.sources if source.id == id_]
        if not declared:
            what = "There is no such source. One that was added just now is here in a few seconds."
            return self._frame.missing(request, what)
        [one] = examined(front.store, declared, self._frame.clock())
        seen, busy = None, ""
        if "look" in request.query_params and is_meant(request):
            try:
                seen = self._look(one.source)
            except Temporary as wrong:
                busy = str(wrong)
        return self._frame.page(
            request,
            "source.html",
            503 if busy else 200,
            source=one.source,
            row=self._row(one),
            declared=list(_declared(one.source)),
            moved=without_secrets(one.state.poll_url) if one.state.poll_url != one.state.url else "",
            lost=_site(one.source.url) if one.state.result in _LOST else "",
            polls=[
                {"poll": poll, "detail": without_secrets(poll.detail), "good": mark(poll).good} for poll in one.polls
            ],
            articles=list(self._articles(id_)),
            preview=seen,
            busy=busy,
        )

    def _look(self, source: Source) -> Mapping[str, Any]:
        with self._looks.turn() as web:
            seen = preview(source, look(web, source))
        return {**seen, **{key: without_secrets(seen[key]) for key in ("url", "detail")}}

    def _articles(self, id_: str) -> Iterable[Mapping[str, Any]]:
        store = self._frame.front.store
        ids = store.latest(id_, ARTICLES)
        found = {one.article.entry.id: one for one in store.judgements(ids)}
        for one in (found[entry_id] for entry_id in ids if entry_id in found):
            entry = one.article.entry
            yield {
                "id": entry.id,
                "title": entry.title,
                "at": entry.published or entry.seen_at,
                "judged": one.judged,
                "flagged": {verdict.topic: verdict.probability for verdict in one.verdicts if verdict.flagged},
            }

    def _row(self, one: Examined) -> Mapping[str, Any]:
        source, how, now = one.source, one.health, self._frame.clock()
        wait = one.state.next_poll_at
        return {
            "source": source,
            "class": {Standing.SICK: "wrong", Standing.SILENT: "warn", Standing.WELL: "good"}[how.standing],
            "state": how.state,
            "detail": without_secrets(how.detail),
            "last_good": one.state.last_ok_at,
            "age": age(one.state.last_ok_at, now) if one.state.last_ok_at else "never",
            "next": "never" if one.state.stopped else self._frame.local(wait) if wait > now else "due",
            "per_day": _rate(how.per_day),
            "strip": self._strip(one.polls),
            "heard": in_words(one.polls),
        }

    def _strip(self, polls: Sequence[PollRecord]) -> list[tuple[str, str, bool]]:
        """Give polls, latest first, as runs of marks, latest last: the marks, what they mean and when that was, whether good."""
        runs = []
        for good, run in groupby(reversed(polls), key=lambda poll: mark(poll).good or mark(poll)):
            these = list(run)
            first, last = (self._frame.local(poll.at) for poll in (these[0], these[-1]))
            when = first if len(these) == 1 else f"{first} to {last}"
            runs.append(("".join(mark(poll).letter for poll in these), f"{in_words(these)}; {when}", good is True))
        return runs


def _rate(per_day: float | None) -> str:
    if per_day is None:
        return "–"
    return f"{per_day:,.0f}" if per_day >= 10 else f"{per_day:.1f}"


def _declared(source: Source) -> Iterable[tuple[str, str]]:
    """Give a source's settings that say something, each as a key of sources.yaml and a text."""
    for key, value in {**facts_of(source), "url": source.template or source.url}.items():
        if isinstance(value, dict):
            text = ", ".join(f"{name}: {secret}" for name, secret in value.items())
        else:
            text = ", ".join(value) if isinstance(value, list) else str(value or "")
        if text:
            yield key, without_secrets(text) if key == "url" else text


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _site(url: str) -> str:
    """Give the top of the site at which a source lies."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
