"""Takes a story or an article, gives its page; takes what a person says of either, stores it.

What was said in Slack and what is said here is the same: labels by the same rules, rulings that later judging obeys.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.bootstrap import Front
from monitor.errors import MonitorError, UsageError
from monitor.feedback.answers import labels_of, said
from monitor.jobs.asking.why import explain
from monitor.jobs.people import regroup
from monitor.notify.policy import story_subject
from monitor.stories import copies, facts_of
from monitor.summarise import best_text, headline, summary
from monitor.types import Action, Label, Narrowed, Person, Press, Pressed, Story, Via
from monitor.web.held import Held
from monitor.web.pages.frame import Form, Frame, back, number

CANDIDATES = 50  #: latest stories that are offered for merging
HELD = 20.0  #: seconds; how old these may be
ANSWERS = frozenset({Action.RELEVANT, Action.NOT_RELEVANT, Action.TOPIC, Action.ALL_TOPICS, Action.UNSURE})

log = structlog.get_logger(__name__)


def routes(frame: Frame) -> Sequence[BaseRoute]:
    """Give the addresses of stories and articles."""
    pages = _Stories(frame)
    return [
        Route("/stories/{id:int}", pages.story, methods=["GET"]),
        Route("/stories/{id:int}/split", frame.changing(pages.split), methods=["POST"]),
        Route("/stories/{id:int}/merge", frame.changing(pages.merge), methods=["POST"]),
        Route("/articles/{id:int}", pages.article, methods=["GET"]),
        Route("/articles/{id:int}/answer", frame.changing(pages.answer), methods=["POST"]),
        Route("/articles/{id:int}/take-back", frame.changing(pages.take_back), methods=["POST"]),
    ]


def answered(front: Front, press: Press, who: str, now: datetime) -> list[Label]:
    """Store what somebody says of an article; give the labels.

    *Relevant* and *not relevant* speak of the topics that its story was flagged for, where it was for any.

    Raises:
        UsageError: there is no such article, or it is no answer.
    """
    ledger = front.store.ledger(press.entry)
    if ledger is None:
        raise UsageError("This article is not stored any more.")
    known = [one.id for one in front.settings.topics]
    told = ledger.story.topics if ledger.story else ()
    pressed = Pressed(press=press, person=Person(id=who, name=who), at=now, channel="")
    model = ledger.verdicts[0].model if ledger.verdicts else ""
    labels = labels_of(pressed, told or known, known, model=model, via=Via.WEB)
    if not labels:
        raise UsageError("This is no answer to the topics there are.")
    front.store.save_answer(labels)
    return labels


def shown(front: Front, entry_id: int) -> BackgroundTask:
    """Give what writes the messages about an article anew, once the page has gone out."""

    def show() -> None:
        try:
            with front.editor() as editor:
                regroup.show(editor, [entry_id])
        except (
            MonitorError
        ) as trouble:  # the label is stored; the message is written anew when next something happens to it
            log.warning("page.not_shown", entry=entry_id, reason=str(trouble))

    return BackgroundTask(show)


class _Stories:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._latest = Held(HELD, self._found_latest)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def story(self, request: Request) -> Response:
        """Show one story with all its articles."""
        store = self._frame.front.store
        found = store.stories([request.path_params["id"]])
        if not found:
            return self._frame.missing(request, "There is no such story.")
        others = [one for one in self._latest.get() if one[0] != found[0].id]
        return self._frame.page(request, "story.html", story=self._whole(found[0]), others=others)

    def _found_latest(self) -> list[tuple[int, str]]:
        latest = self._frame.front.store.story_lines(Narrowed(), CANDIDATES)
        return [(one.id, headline(one).title) for one in latest]

    def article(self, request: Request) -> Response:
        """Show one article with its whole case."""
        front, id_ = self._frame.front, request.path_params["id"]
        ledger = front.store.ledger(id_)
        if ledger is None:
            return self._frame.missing(request, "There is no such article.")
        judge = front.judge
        same = bool(ledger.verdicts) and ledger.verdicts[0].model == judge.model.version
        facts = explain(front.store, ledger, judge if same else None)
        mine = any(one.who == request.state.who for one in front.store.labels([id_]))
        text = ledger.article.text
        return self._frame.page(request, "article.html", id=id_, facts=facts, ledger=ledger, mine=mine, text=text)

    def _whole(self, story: Story) -> Mapping[str, Any]:
        front, lead, text = self._frame.front, headline(story), best_text(story)
        told = summary(text.title, text.text, outlet=text.outlet, language=text.language or "en")
        ids = [one.entry_id for one in story.articles]
        judged = front.store.judgements(ids)
        topics = front.settings.topics
        flagged: dict[str, float] = {}
        for verdict in (verdict for one in judged for verdict in one.verdicts if verdict.flagged):
            flagged[verdict.topic] = max(flagged.get(verdict.topic, 0.0), verdict.probability)
        labels = [label for one in judged for label in one.labels]
        return {
            "id": story.id,
            "lead": lead.entry_id,
            "title": lead.title,
            "link": lead.link,
            "flagged": flagged,
            "summary": " ".join(told.sentences),
            "teaser_only": told.teaser_only,
            "facts": facts_of((one.title, one.text, one.language) for one in story.articles),
            "articles": story.articles,
            "copied": copies(story.articles),
            "said": said(labels, [topic for topic in topics if topic.id in flagged], topics),
            "events": self._events(story, labels),
            "dots": _dots(story),
        }

    def _events(self, story: Story, labels: Sequence[Label]) -> list[tuple[datetime, str, str]]:
        """Give what happened to a story, the oldest first: time, kind, words."""
        store, subject = self._frame.front.store, story_subject(story.id)
        names = self._frame.topic_names
        words = {True: "yes", False: "no", None: "unsure"}
        outlets = {one.entry_id: one.outlet for one in story.articles}
        events = [(one.at, "article", f"{one.outlet}: {one.title}") for one in story.articles]
        events += [
            (one.sent_at or one.created_at, one.kind.value, f"to {one.channel}: {one.state}")
            for one in (*store.posts([subject]), *store.replies(subject))
        ]
        events += [
            (one.at, "answer", f"{one.said_by}: {words[one.value]} to {names.get(one.topic, one.topic)}")
            for one in labels
        ]
        events += [
            (one.at, "correction", f"{outlets[one.entry_id]}: {one.kind} (was: {one.before})")
            for one in store.corrections(list(outlets))
        ]
        return sorted(events)

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def answer(self, request: Request, form: Form) -> Response:
        """Store an answer about an article."""
        front, entry_id = self._frame.front, request.path_params["id"]
        action = form.get("action", "")
        if action not in ANSWERS:
            raise UsageError("This is no answer.")
        press = Press(action=Action(action), entry=entry_id, topic=form.get("topic", ""))
        labels = answered(front, press, request.state.who, self._frame.clock())
        names, words = self._frame.topic_names, {True: "yes", False: "no", None: "unsure"}
        told = ", ".join(f"{words[one.value]} to {names[one.topic]}" for one in labels)
        self._frame.tell(request, f"Stored: {told}.", undo=f"/articles/{entry_id}/take-back")
        response = back(form)
        response.background = shown(front, entry_id)
        return response

    def take_back(self, request: Request, form: Form) -> Response:
        """Take back all that this person said of an article."""
        front, entry_id = self._frame.front, request.path_params["id"]
        front.store.withdraw_labels(entry_id, request.state.who)
        self._frame.tell(request, "Your answer is taken back.")
        response = back(form)
        response.background = shown(front, entry_id)
        return response

    def split(self, request: Request, form: Form) -> Response:
        """Take articles out of a story into one of their own."""
        story_id = request.path_params["id"]
        entries = [id_ for part in form.get("entry", "").split() if (id_ := number(part)) is not None]
        if not entries:
            raise UsageError("Mark the articles that are another story.")
        with self._frame.front.editor() as editor:
            left, new = regroup.split(editor, story_id, entries, request.state.who)
        self._frame.tell(
            request,
            f"Story {left.id} and story {new.id} are two now; later articles obey.",
            undo=f"/stories/{left.id}/merge?other={new.id}",
        )
        return RedirectResponse(f"/stories/{story_id}", status_code=303)

    def merge(self, request: Request, form: Form) -> Response:
        """Make one story of two."""
        other = number(form.get("other", request.query_params.get("other", "")).partition(" ")[0])
        if other is None:
            raise UsageError("Name the other story by its number.")
        with self._frame.front.editor() as editor:
            whole = regroup.merge(editor, [request.path_params["id"], other], request.state.who)
        self._frame.tell(request, "The two are one story now.")
        return RedirectResponse(f"/stories/{whole.id}", status_code=303)


def _dots(story: Story) -> list[tuple[float, str]]:
    """Give where each article stands on a line of time from 0 to 100, and its outlet."""
    first, span = story.articles[0].at, (story.updated_at - story.articles[0].at).total_seconds()
    return [
        (round(100 * (one.at - first).total_seconds() / span, 2) if span else 50.0, one.outlet)
        for one in story.articles
    ]
