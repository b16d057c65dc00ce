"""Takes the topics in force, gives their keywords with what they find; takes another keyword, gives what it would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import log as natural_log
from threading import Lock
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.bootstrap import Front
from monitor.config import keyword_problem
from monitor.errors import MonitorError, UsageError
from monitor.types import ThresholdRule, Topic
from monitor.web.held import Held
from monitor.web.pages.frame import Form, Frame, number
from monitor.web.work import Works, shown_at

DAYS = 30
HELD = 60.0  #: seconds; how old the counts by day may be: they go through a month of verdicts
GOOD_FOR = timedelta(minutes=30)  #: counts are made anew after this

KINDS = {
    "include": ("evidence", "moves the score"),
    "always": ("always", "flags whatever the score"),
    "never": ("never", "vetoes whatever the score"),
}

log = structlog.get_logger(__name__)


def routes(frame: Frame, works: Works) -> Sequence[BaseRoute]:
    """Give the addresses of topics."""
    topics = _Topics(frame, works)
    return [
        Route("/topics", topics.show, methods=["GET"]),
        Route("/topics/try", frame.changing(topics.attempt), methods=["POST"]),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """How many articles of the last days a keyword is in, and how many of them were flagged for its topic."""

    found: int
    flagged: int


class Counted:
    """Counts what keywords find, in the background: there may be hundreds, each a question to the index."""

    def __init__(self, front: Front, works: Works) -> None:
        self._front, self._works = front, works
        self._lock = Lock()
        self._hits: dict[tuple[str, str], Hits] = {}
        self._at: datetime | None = None
        self._counting = False

    def of(self, topics: Sequence[Topic], now: datetime) -> tuple[Mapping[tuple[str, str], Hits], bool]:
        """Give the hits known by (topic, keyword), and whether more are being counted."""
        wanted = [(topic.id, word) for topic in topics for kind in KINDS for word in getattr(topic, kind)]
        with self._lock:
            stale = self._at is None or now - self._at > GOOD_FOR
            missing = wanted if stale else [one for one in wanted if one not in self._hits]
            if missing and not self._counting:
                self._counting, self._at = True, now
                self._works.aside(lambda: self._count(missing, now))
            return dict(self._hits), self._counting

    def _count(self, wanted: Sequence[tuple[str, str]], now: datetime) -> None:
        since = now - timedelta(days=DAYS)
        try:
            for topic, word in wanted:
                if self._works.closed:
                    return
                asked = question(word)
                found = self._front.store.found(asked, since)
                flagged = self._front.store.found(asked, since, topic=topic) if found else 0
                with self._lock:
                    self._hits[topic, word] = Hits(found=found, flagged=flagged)
        except MonitorError as trouble:
            log.warning("topics.not_counted", reason=str(trouble))
        finally:
            with self._lock:
                self._counting = False


def question(keyword: str) -> str:
    """Give a keyword as a search asks for it: a phrase, with an open end where it has one."""
    return f'"{keyword.strip(chr(34))}"'


class _Topics:
    def __init__(self, frame: Frame, works: Works) -> None:
        self._frame, self._works = frame, works
        self._counted = Counted(frame.front, works)
        self._daily = Held(HELD, self._found_daily)

    def show(self, request: Request) -> Response:
        """Show the topics, and the trial of a keyword where one is named."""
        frame, topics = self._frame, self._frame.front.settings.topics
        work = self._works.get(number(request.query_params.get("work", "")))
        hits, counting = self._counted.of(topics, frame.clock())
        daily = self._daily.get()
        return frame.page(
            request,
            "topics.html",
            topics=[self._topic(topic, daily.get(topic.id, [])) for topic in topics],
            hits=hits,
            counting=counting,
            kinds=KINDS,
            days=DAYS,
            work=work,
            earlier=[one for one in self._works.latest("replay") if one != work][:5],
            tried={name: request.query_params.get(name, "") for name in ("topic", "kind", "sign", "word", "threshold")},
        )

    def attempt(self, request: Request, form: Form) -> Response:
        """Start a replay of the last days with a keyword more or less, or another threshold."""
        topics = {topic.id: topic for topic in self._frame.front.settings.topics}
        topic, word = topics.get(form.get("topic", "")), form.get("word", "").strip()
        rule = form.get("threshold", "").strip()
        if topic is None:
            raise UsageError("Choose a topic.")
        if not word and not rule:
            raise UsageError("Write a keyword, or a threshold.")
        words = ["replay", "--since", f"{DAYS}d", "--json"]
        told = []
        if word:
            changed = _change(topic, form.get("kind", ""), form.get("sign", "+"), word)
            words += ["--keyword", changed]
            told.append(f"{'without' if form.get('sign') == '-' else 'with'} “{word}” as {KINDS[form['kind']][0]}")
        if rule:
            words += ["--threshold", f"{topic.id}={rule}"]
            told.append(f"threshold {rule}")
        work = self._works.start(words, f"{topic.name}: {', '.join(told)}", request.state.who)
        return shown_at(work, "/topics")

    def _topic(self, topic: Topic, daily: Sequence[tuple[date, int]]) -> Mapping[str, Any]:
        judge = self._frame.front.judge
        head = judge.model.head(topic.id)
        threshold = judge.thresholds[[one.id for one in judge.topics].index(topic.id)]
        title, text = (float(head.slope * weight * natural_log(2)) for weight in head.keywords)
        return {
            "topic": topic,
            "rule": _in_words(topic.threshold),
            "threshold": threshold,
            "in_title": title,
            "in_text": text,
            "learned": topic.id in judge.model.heads,
            "daily": daily,
            "most": max((count for _, count in daily), default=0),
        }

    def _found_daily(self) -> Mapping[str, Sequence[tuple[date, int]]]:
        """Give how much was flagged on each of the last days, by topic; days without any among them."""
        now = self._frame.clock()
        first = now.date() - timedelta(days=DAYS - 1)
        found = {(one.topic, one.day): one.flagged for one in self._frame.front.store.daily(now - timedelta(days=DAYS))}
        days = [first + timedelta(days=n) for n in range(DAYS)]
        return {topic: [(day, found.get((topic, day), 0)) for day in days] for topic in self._frame.topic_names}


def _change(topic: Topic, kind: str, sign: str, word: str) -> str:
    """Give a change of a keyword as `monitor replay --keyword` takes it.

    Raises:
        UsageError: it cannot be a keyword, or it cannot be taken away because it is not there.
    """
    if kind not in KINDS:
        raise UsageError("Choose what the keyword is to do.")
    if sign == "-":
        if word not in getattr(topic, kind):
            raise UsageError(f"{topic.name} has no such keyword under {KINDS[kind][0]}.")
    elif problem := keyword_problem(word):
        raise UsageError(f"The keyword {word!r} {problem}.")
    role = "" if kind == "include" else f"{kind}:"
    return f"{topic.id}:{role}{'-' if sign == '-' else '+'}{word}"


def _in_words(rule: ThresholdRule) -> str:
    return (
        rule.kind
        if rule.value is None
        else f"{rule.kind}: {rule.value:g}"
        if rule.kind != "number"
        else f"{rule.value:g}"
    )
