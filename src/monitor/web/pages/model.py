"""Takes the model versions, gives the page that shows what each can do; learns anew, and puts another version in use.

Who puts another version in use first sees what is in use, what would be, and what differs; the change is refused where yet another
one has come into use meanwhile. A running service takes it up by itself.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor import bootstrap
from monitor.adapters.model_files import HISTORY, ModelFiles
from monitor.adapters.model_history import ROLLBACK, Change, before, changes
from monitor.errors import ModelError, UsageError
from monitor.feedback.card_facts import asked, intervals, rests_on
from monitor.feedback.curves import in_words, picture, picture_names
from monitor.feedback.labels import settle
from monitor.notify.render import age
from monitor.types import Topic
from monitor.web.held import Held
from monitor.web.pages.frame import Form, Frame, number
from monitor.web.work import Work, Works, shown_at

if TYPE_CHECKING:
    from monitor.classify.threshold import Choice

HELD = 10.0  #: seconds; how old the answers may be that are counted: there may be many thousands
TOLD = 50  #: changes and people that are listed
FIGURES = (("average precision", "average_precision"), ("F1", "f1"))
EARLIER = 5  #: trainings that are led to

#: A picture never changes, and holds styles of its own; opened by itself it may do nothing but be looked at.
AS_PICTURE = {
    "Cache-Control": "private, max-age=86400, immutable",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}

log = structlog.get_logger(__name__)

_DRAWING = Lock()  #: matplotlib keeps its settings for the whole process


def routes(frame: Frame, works: Works) -> Sequence[BaseRoute]:
    """Give the addresses of the model."""
    pages = _Pages(frame, works)
    return [
        Route("/model", pages.show, methods=["GET"]),
        Route("/model/learn", frame.changing(pages.learn), methods=["POST"]),
        Route("/model/rollback", pages.ask_rollback, methods=["GET"]),
        Route("/model/rollback", frame.changing(pages.rollback), methods=["POST"]),
        Route("/model/{version}", pages.version, methods=["GET"]),
        Route("/model/{version}/diff", pages.diff, methods=["GET"]),
        Route("/model/{version}/promote", pages.ask_promote, methods=["GET"]),
        Route("/model/{version}/promote", frame.changing(pages.promote), methods=["POST"]),
        Route("/model/{version}/{name}.svg", pages.picture, methods=["GET"]),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Version:
    """One version, as its files have it."""

    name: str
    used: bool
    card: Mapping[str, Any]  #: {} where there is none that tells anything
    wrong: str  #: why it cannot be used, "" where it can

    @property
    def learned_at(self) -> datetime | None:
        """Give when it was learned here; None for what was shipped."""
        return _time(self.card.get("trained_at", ""))

    @property
    def pictures(self) -> list[tuple[str, str]]:
        """Give the names of its pictures, and what each shows in words."""
        return [(name, in_words(self.card, name)) for name in picture_names(self.card)] if self.card else []


class _Pages:
    def __init__(self, frame: Frame, works: Works) -> None:
        self._frame, self._works = frame, works
        self._changing = Lock()
        self._said = Held(HELD, frame.front.store.labels)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def show(self, request: Request) -> Response:
        """Show the version in use, all versions, and what was changed; also where something is damaged."""
        files = self._frame.front.models
        current, wrong = _current(files)
        try:
            made: Sequence[Change] = changes(files.folder / HISTORY, current)
        except ModelError as trouble:
            made, wrong = [], wrong or str(trouble)
        versions = [_read(files, name, current) for name in files.versions()]
        used = next((one for one in versions if one.used and not one.wrong), None)
        work, previous = self._work(request), before(made)
        return self._frame.page(
            request,
            "model.html",
            wrong=wrong,
            current=current,
            used=used,
            age=age,
            now=self._frame.clock(),
            since=_time(made[-1].at) if made else None,
            previous=previous if previous in files.versions() else "",
            versions=sorted(versions, key=_latest_first),
            columns=list(dict.fromkeys(topic for one in versions for topic in one.card.get("topics", ()))),
            changes=[(_time(one.at), one) for one in reversed(made[-TOLD:])],
            labels=self._labels(used),
            work=work,
            earlier=[one for one in self._works.latest("train") if one != work][:EARLIER],
            **(self._told(used) if used else {}),
        )

    def version(self, request: Request) -> Response:
        """Show one version's card."""
        version = self._asked_for(request)
        if version is None:
            return self._not_here(request)
        told = {} if version.wrong else self._told(version)
        return self._frame.page(
            request, "model-version.html", version=version, age=age, now=self._frame.clock(), **told
        )

    def diff(self, request: Request) -> Response:
        """Show what sets a version apart from the one in use."""
        from monitor.feedback.difference import difference  # noqa: PLC0415 - numpy

        version, files = self._asked_for(request), self._frame.front.models
        if version is None:
            return self._not_here(request)
        used = _read(files, files.current(), files.current())
        facts = difference(files.load(used.name), files.load(version.name), (used.card, version.card))
        rows = self._beside(used, version)
        return self._frame.page(request, "model-diff.html", version=version, used=used, facts=facts, rows=rows)

    def picture(self, request: Request) -> Response:
        """Give one of a version's curves."""
        version, name = self._asked_for(request), request.path_params["name"]
        if version is None or name not in dict(version.pictures):
            return self._frame.missing(request, "There is no such picture.")
        drawn = _drawn(json.dumps(version.card), name)
        return Response(drawn, media_type="image/svg+xml", headers=AS_PICTURE)

    def ask_rollback(self, request: Request) -> Response:
        """Show what rolling back would do."""
        files = self._frame.front.models
        version = files.previous()
        if version is None:
            return self._frame.missing(request, f"No model was in use before {files.current()}: use another version.")
        return self._ask(request, version, "/model/rollback")

    def ask_promote(self, request: Request) -> Response:
        """Show what putting a version in use would do."""
        version = request.path_params["version"]
        return self._ask(request, version, f"/model/{version}/promote")

    def _ask(self, request: Request, version: str, action: str) -> Response:
        """Ask before another version is put in use; one that does not load is refused here already."""
        files = self._frame.front.models
        if version not in files.versions():
            return self._not_here(request)
        files.load(version)
        current, wrong = _current(files)
        used, other = (_read(files, name, current) for name in (current, version))
        rows = [] if wrong else self._beside(used, other)
        return self._frame.page(
            request, "model-confirm.html", version=other, used=used, wrong=wrong, rows=rows, action=action
        )

    def _asked_for(self, request: Request) -> _Version | None:
        files, name = self._frame.front.models, request.path_params["version"]
        return _read(files, name, _current(files)[0]) if name in files.versions() else None

    def _not_here(self, request: Request) -> Response:
        return self._frame.missing(request, "There is no such version of the model.")

    def _work(self, request: Request) -> Work | None:
        """Give the training that was asked for, else one that runs."""
        known = self._works.latest("train")
        wanted = number(request.query_params.get("work", ""))
        return next((one for one in known if one.id == wanted), next((one for one in known if not one.ended), None))

    def _told(self, version: _Version) -> dict[str, Any]:
        """Give what the page says of a version's topics: those configured, then those that only its card knows."""
        known = version.card.get("topics", {})
        choices = {topic.id: (topic, choice) for topic, choice in self._choices(version)}
        names = dict.fromkeys((*choices, *known))
        return {"topics": [_told_of(name, known.get(name), choices.get(name)) for name in names]}

    def _choices(self, version: _Version) -> "list[tuple[Topic, Choice]]":
        """Give each topic's threshold under a version: in force, or as it would be."""
        from monitor.classify.threshold import choose  # noqa: PLC0415 - numpy

        front = self._frame.front
        if version.used:
            judge = front.judge
            return list(zip(judge.topics, judge.choices, strict=True))
        topics, model = front.settings.topics, front.models.load(version.name)
        stream = bootstrap.stream_of(front.store, model.version, topics)
        return [(topic, choose(topic.threshold, topic.id, model.head(topic.id), stream)) for topic in topics]

    def _beside(self, used: _Version, other: _Version) -> list[tuple[str, list[tuple[str, Any, Any]]]]:
        """Give for each topic its figures and threshold now, and under another version."""
        sides = [
            {
                topic: {**_measures(one.card.get("topics", {}).get(topic.id)), **_expected(choice)}
                for topic, choice in self._choices(one)
            }
            for one in (used, other)
        ]
        return [
            (topic.name, [(word, value, sides[1][topic][word]) for word, value in measures.items()])
            for topic, measures in sides[0].items()
            if topic in sides[1]
        ]

    def _labels(self, used: _Version | None) -> dict[str, Any]:
        """Give how many answers there are to learn from, by whom, and how many came since the last time."""
        labels = self._said.get()
        settled, learned_at = settle(labels), used.learned_at if used else None
        return {
            "answers": len(labels),
            "articles": len({label.entry_id for label in labels}),
            "people": Counter(label.said_by for label in labels).most_common(TOLD),
            "settled": len(settled.values),
            "disputed": len(settled.disputed),
            "new": sum(label.at > learned_at for label in labels) if learned_at else None,
        }

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def learn(self, request: Request, form: Form) -> Response:
        """Start a training, or one that is only tried."""
        trial = form.get("how") == "try"
        words, what = ["train", "--json"], "Learning from the labels"
        if trial:
            words, what = [*words, "--dry-run"], "Learning from the labels, without putting it in place"
        return shown_at(self._works.start(words, what, request.state.who), "/model")

    def promote(self, request: Request, form: Form) -> Response:
        """Put a version in use."""
        version, files = request.path_params["version"], self._frame.front.models
        with self._changing:
            seen = _still(files, _field(request, form, "current"), version)
            files.promote(version, "promoted", self._frame.clock())
        return self._changed(request, version, seen, f"/model/rollback?version={seen}&current={version}")

    def rollback(self, request: Request, form: Form) -> Response:
        """Put the version in use that was before."""
        version, files = _field(request, form, "version"), self._frame.front.models
        with self._changing:
            seen = _still(files, _field(request, form, "current"), version)
            if files.previous() != version:
                raise UsageError(f"A rollback would not lead to {version} any more: look again.")
            files.rollback(self._frame.clock())
        return self._changed(request, version, seen, f"/model/{seen}/promote?current={version}", ROLLBACK)

    def _changed(self, request: Request, version: str, left: str, undo: str, how: str = "promoted") -> Response:
        log.info("model.changed", version=version, before=left, how=how, who=request.state.who)
        self._frame.tell(
            request, f"{version} is in use, instead of {left}. A running service takes it up by itself.", undo
        )
        return RedirectResponse("/model", status_code=303)


def _current(files: ModelFiles) -> tuple[str, str]:
    """Give the version in use, "" where none is, and what is wrong with it."""
    name = ""
    try:
        name = files.current()
        files.check(name)
    except ModelError as trouble:
        return name, str(trouble)
    return name, ""


def _read(files: ModelFiles, name: str, current: str) -> _Version:
    try:
        files.check(name)
        card = files.card(name)
    except ModelError as trouble:
        return _Version(name=name, used=name == current, card={}, wrong=str(trouble))
    tells = {"version", "examples", "topics"} <= card.keys()
    return _Version(name=name, used=name == current, card=card if tells else {}, wrong="")


def _still(files: ModelFiles, seen: str, wanted: str) -> str:
    """Give the version in use where it is the one that was seen, and not the one that is wanted.

    Raises:
        UsageError: otherwise.
    """
    current = files.current()
    if current != seen:
        raise UsageError(
            f"The model in use has changed meanwhile: {current}, not {seen or 'what you saw'}. Look again."
        )
    if current == wanted:
        raise UsageError(f"{current} is in use already.")
    return current


def _told_of(id_: str, facts: Mapping[str, Any] | None, chosen: "tuple[Topic, Choice] | None") -> Mapping[str, Any]:
    """Give what is said of a topic: what the card knows of it, None where nothing, and its threshold where it is configured."""
    told = {"name": id_, "facts": facts, "measures": _measures(facts)}
    if chosen is None:
        return {**told, "rule": "", "choice": None, "warnings": ["not in topics.yaml: nothing is judged by it"]}
    topic, choice = chosen
    warnings = [warning for warning in (choice.warning, rests_on(facts)) if warning]
    return {**told, "name": topic.name, "rule": asked(topic.threshold), "choice": choice, "warnings": warnings}


def _measures(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give a topic's figures, each with its 95 % interval; None where there is none."""
    if facts is None:
        return dict.fromkeys([word for word, _ in FIGURES] + ["precision", "recall"])
    figures = facts["figures"]
    return {**{word: figures[key] for word, key in FIGURES}, **intervals(figures)}


def _expected(choice: "Choice") -> dict[str, Any]:
    return {
        "threshold (topics.yaml)": choice.threshold,
        "expected precision": choice.precision,
        "expected recall": choice.recall,
        "flags a day": choice.per_day,
    }


@lru_cache(maxsize=64)
def _drawn(card: str, name: str) -> bytes:
    with _DRAWING:
        return picture(json.loads(card), name)


def _latest_first(version: _Version) -> tuple[float, str]:
    """Sort by when it was learned, those shipped last."""
    return (-version.learned_at.timestamp() if version.learned_at else 0.0, version.name)


def _time(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None


def _field(request: Request, form: Form, name: str) -> str:
    """Give what a form says, or the address that takes a change back."""
    return form.get(name, request.query_params.get(name, ""))
