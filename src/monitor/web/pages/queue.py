"""Takes the stream, gives one question after the other to whoever labels: one key an answer, the next one at once, undo.

What is to be asked is worked out for a while ahead and kept per person, with what they skipped and answered: to work it out looks
at two weeks of verdicts. A service that starts again forgets that, and no answer.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.feedback.answers import labels_by
from monitor.feedback.queue import Kind, Question
from monitor.types import Action, Judgement, Label, Person, Via
from monitor.web.pages.frame import Form, Frame, number
from monitor.web.pages.story import shown

AHEAD = 30  #: questions worked out at once
HOLDS = timedelta(minutes=15)  #: as long as they are good
MOST_KEPT = 500  #: skips and answers remembered per person


@dataclass(kw_only=True, slots=True)
class _Round:
    """What one person is being asked."""

    ahead: deque[Question] = field(default_factory=deque)
    at: datetime | None = None
    skipped: deque[int] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    undo: deque[tuple[Question, list[Label]]] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    answered: int = 0


def routes(frame: Frame) -> Sequence[BaseRoute]:
    """Give the addresses of the queue."""
    queue = _Queue(frame)
    return [
        Route("/label", queue.show, methods=["GET"]),
        Route("/label", frame.changing(queue.answer), methods=["POST"]),
        Route("/label/undo", frame.changing(queue.take_back), methods=["POST"]),
    ]


class _Queue:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._lock, self._asking = Lock(), Lock()
        self._rounds: dict[str, _Round] = {}

    def show(self, request: Request) -> Response:
        """Show the next question."""
        who = request.state.who
        with self._lock:
            round_ = self._rounds.setdefault(who, _Round())
        question, one = self._next(round_, who)
        return self._frame.page(
            request,
            "queue.html",
            question=question,
            one=one,
            topics=self._frame.front.settings.topics,
            round=round_,
        )

    def answer(self, request: Request, form: Form) -> Response:
        """Store an answer, or pass over the article."""
        entry_id, action, who = number(form.get("entry", "")), form.get("action", ""), request.state.who
        store, topics = self._frame.front.store, [topic.id for topic in self._frame.front.settings.topics]
        round_ = self._rounds.setdefault(who, _Round())
        asked = next((one for one in round_.ahead if one.entry_id == entry_id), None)
        response = RedirectResponse("/label", status_code=303)
        if asked is None:  # answered in another window, or the service has started again since
            found = store.judgements([entry_id]) if entry_id is not None else []
            if not found:
                return response
            asked = Question(entry_id=found[0].article.entry.id, kind=self._kind(form))
        one = store.judgements([asked.entry_id])[0]
        values = _values(form, action, topics)
        with self._lock:
            round_.ahead = deque(each for each in round_.ahead if each.entry_id != asked.entry_id)
            if action == Action.SKIP or not values:
                round_.skipped.append(asked.entry_id)
                return response
            round_.undo.append((asked, [label for label in one.labels if label.who == who]))
            round_.answered += 1
        store.save_labels(self._labels(one, values, who))
        response.background = shown(self._frame.front, asked.entry_id)
        return response

    def take_back(self, request: Request, form: Form) -> Response:  # noqa: ARG002 - as every change is called
        """Take the last answer back and ask again."""
        who, store = request.state.who, self._frame.front.store
        response = RedirectResponse("/label", status_code=303)
        with self._lock:
            round_ = self._rounds.setdefault(who, _Round())
            if not round_.undo:
                return response
            question, before = round_.undo.pop()
            round_.answered -= 1
            round_.ahead.appendleft(question)
        store.withdraw_labels(question.entry_id, who)
        store.save_labels(before)
        response.background = shown(self._frame.front, question.entry_id)
        return response

    def _next(self, round_: _Round, who: str) -> tuple[Question | None, Judgement | None]:
        from monitor.jobs.people import labelling  # noqa: PLC0415 - numpy

        front, now = self._frame.front, self._frame.clock()
        with self._asking:  # one at a time: whoever asks again meanwhile finds what the first found
            if not round_.ahead or round_.at is None or now - round_.at > HOLDS:
                settings = front.settings
                found = labelling.questions(
                    front.store, settings.topics, settings.learning, who, now, count=AHEAD, skipped=set(round_.skipped)
                )
                with self._lock:
                    round_.ahead, round_.at = deque(question for question, _ in found), now
        for question in list(round_.ahead):
            if judged := front.store.judgements([question.entry_id]):
                return question, judged[0]
        return None, None

    @staticmethod
    def _kind(form: Form) -> Kind:
        return Kind(form["kind"]) if form.get("kind") in [*Kind] else Kind.HIGH

    def _labels(self, one: Judgement, values: dict[str, bool | None], who: str) -> list[Label]:
        models = {verdict.topic: verdict.model for verdict in one.verdicts}
        person = Person(id=who, name=who)
        return labels_by(person, one.article.entry.id, values, models, at=self._frame.clock(), via=Via.WEB)


def _values(form: Form, action: str, topics: Sequence[str]) -> dict[str, bool | None]:
    """Give what an answer says of each topic; {} where it says nothing. A question is always about all topics."""
    if action == Action.NOT_RELEVANT:
        return dict.fromkeys(topics, False)
    if action == Action.UNSURE:
        return dict.fromkeys(topics, None)
    if action == Action.ALL_TOPICS:
        return dict.fromkeys(topics, True)
    marked = set(form.get("topic", "").split()) & set(topics) if action == "marked" else {action.removeprefix("only:")}
    return {topic: topic in marked for topic in topics} if marked & set(topics) else {}
