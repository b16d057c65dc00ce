"""Takes the audit's samples and answers, gives a page: recall and precision with intervals, what was missed, what to answer next.

To look draws nothing and stores nothing: last week's sample is drawn by `monitor report`, `monitor audit`, `/label`, or a button.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.errors import UsageError
from monitor.feedback.answers import labels_by
from monitor.types import Draw, Judgement, Label, Person, Topic, Via
from monitor.web.pages.frame import Form, Frame, back, number
from monitor.web.pages.story import shown

if TYPE_CHECKING:
    from monitor.feedback.audit import Sample

ASKED = 10  #: articles to answer about, per topic
MOST_MISSED = 20  #: misses named per topic, those drawn last
SPANS = (4, 12)  #: weeks that can be chosen
TEASER = 300  #: characters of an article that is asked about
VALUES = {"yes": True, "no": False, "unsure": None}

_WEEK = re.compile(r"[0-9]{4}-W[0-9]{2}")


def routes(frame: Frame) -> Sequence[BaseRoute]:
    """Give the addresses of the audit."""
    audit = _Audit(frame)
    return [
        Route("/audit", audit.show, methods=["GET"]),
        Route("/audit/draw", frame.changing(audit.draw), methods=["POST"]),
        Route("/audit/answer", frame.changing(audit.answer), methods=["POST"]),
        Route("/audit/take-back", frame.changing(audit.take_back), methods=["POST"]),
    ]


class _Audit:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._kept: dict[str, tuple[Topic, Sample, Mapping[str, Any]]] = {}

    def show(self, request: Request) -> Response:
        """Show what the samples say of each topic."""
        from monitor.jobs.people import labelling  # noqa: PLC0415 - numpy

        front, now = self._frame.front, self._frame.clock()
        settings, since = front.settings, request.query_params.get("since", "")
        since = since if _WEEK.fullmatch(since) else ""
        samples = labelling.samples(front.store, settings.topics, since)
        told = [self._told(topic, samples[topic.id]) for topic in settings.topics]
        wanted = {id_ for one in told for id_ in (*one["missed_ids"], *(each.entry_id for each in one["asked"]))}
        return self._frame.page(
            request,
            "audit.html",
            told=told,
            articles={one.article.entry.id: one for one in front.store.judgements(wanted)},
            teaser=TEASER,
            since=since,
            spans={weeks: labelling.week_name(now - timedelta(weeks=weeks)) for weeks in SPANS},
            undrawn=labelling.undrawn(front.store, settings.topics, settings.learning.audit, now),
            size=settings.learning.audit,
        )

    def _told(self, topic: Topic, sample: "Sample") -> Mapping[str, Any]:
        """Give what the page says of a topic: reckoned anew, for a fifth of a second, only where something else is known."""
        kept = self._kept.get(topic.id)
        if kept is None or kept[:2] != (topic, sample):
            self._kept[topic.id] = kept = (topic, sample, _told(topic, sample))
        return kept[2]

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def draw(self, request: Request, form: Form) -> Response:
        """Draw last week's sample, where that was not done yet."""
        from monitor.jobs.people import labelling  # noqa: PLC0415 - numpy

        store, settings, now = self._frame.front.store, self._frame.front.settings, self._frame.clock()
        week = labelling.undrawn(store, settings.topics, settings.learning.audit, now)
        if week:
            drawn = labelling.draw_week(store, settings.topics, settings.learning.audit, now)
            asked = sum(one.week == week for one in drawn)
            nothing = f"Nothing was judged in {week}, so there is nothing to draw from."
            self._frame.tell(request, f"The sample of {week} is drawn: {asked} questions." if asked else nothing)
        return back(form, "/audit")

    def answer(self, request: Request, form: Form) -> Response:
        """Store what somebody says of one article and one topic."""
        front, topic, value = self._frame.front, form.get("topic", ""), form.get("value", "")
        names, entry_id = self._frame.topic_names, number(form.get("entry", ""))
        if topic not in names or value not in VALUES:
            raise UsageError("This is no answer to a topic there is.")
        found = front.store.judgements([entry_id]) if entry_id is not None else []
        if not found:
            raise UsageError("This article is not stored any more.")
        label = self._label(found[0], topic, value, request.state.who)
        front.store.save_answer([label])
        undo = f"/audit/take-back?{urlencode({'entry': label.entry_id, 'topic': topic})}"
        self._frame.tell(request, f"Stored: {value} to {names[topic]}.", undo=undo)
        response = back(form, "/audit")
        response.background = shown(front, label.entry_id)
        return response

    def take_back(self, request: Request, form: Form) -> Response:
        """Take back what this person said of one article and one topic; what they said of others stays."""
        store, who, asked = self._frame.front.store, request.state.who, request.query_params
        entry_id, topic = number(asked.get("entry", "")), asked.get("topic", "")
        if entry_id is None:
            raise UsageError("Name the article.")
        others = [one for one in store.labels([entry_id]) if one.who == who and one.topic != topic]
        store.withdraw_labels(entry_id, who)
        store.save_labels(others)
        self._frame.tell(request, "Your answer is taken back.")
        response = back(form, "/audit")
        response.background = shown(self._frame.front, entry_id)
        return response

    def _label(self, one: Judgement, topic: str, value: str, who: str) -> Label:
        models = {verdict.topic: verdict.model for verdict in one.verdicts}
        values, person = {topic: VALUES[value]}, Person(id=who, name=who)
        [label] = labels_by(person, one.article.entry.id, values, models, at=self._frame.clock(), via=Via.WEB)
        return label


def _told(topic: Topic, sample: "Sample") -> Mapping[str, Any]:
    """Give what the page says of one topic."""
    from monitor.feedback.audit import FLAGGED, estimate, expected_width, strata, worth_asking  # noqa: PLC0415 - numpy

    known = strata(sample.drawn, sample.answers)
    found = estimate(known) if sample.answers else None
    asked = worth_asking(sample, ASKED)
    flagged = any(one.name == FLAGGED for one in known)
    return {
        "topic": topic,
        "sample": sample,
        "population": sum(one.population for one in known),
        "weeks": sorted({one.week for one in sample.drawn}),
        "estimate": found,
        "measures": (
            ("Recall", found.recall if found else None, "of what is on topic was flagged"),
            ("Precision", found.precision if found and flagged else None, "of what was flagged is on topic"),
        ),
        "rows": list(_rows(sample)),
        "missed_ids": sample.missed[: -MOST_MISSED - 1 : -1],
        "asked": asked,
        "width": found.recall[2] - found.recall[1] if found else None,
        "expected": expected_width(sample, asked) if found and asked else None,
    }


def _rows(sample: "Sample") -> Iterator[tuple[str, str, int, int, int, int]]:
    """Give a line for each week and stratum, the latest and likeliest first: week, stratum, articles, drawn, answered, on topic."""
    weeks: dict[tuple[str, str], list[Draw]] = {}
    for one in sample.drawn:
        weeks.setdefault((one.week, one.stratum), []).append(one)
    likely = {key: drawn[0].belief for key, drawn in weeks.items()}
    for (week, stratum), drawn in sorted(weeks.items(), key=lambda one: (one[0][0], likely[one[0]]), reverse=True):
        said = [sample.answers[one.entry_id] for one in drawn if one.entry_id in sample.answers]
        yield week, _in_words(stratum), drawn[0].population, len(drawn), len(said), sum(said)


def _in_words(stratum: str) -> str:
    """Give a stratum's name for people: "below 0.001" is "not flagged, below 0.1 %"."""
    word, _, edge = stratum.partition(" ")
    return f"not flagged, {word} {100 * float(edge):g} %" if edge else word
