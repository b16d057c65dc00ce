"""Takes the labels in the store, gives a candidate model, its test against the model in use, and puts it in place if it passed.

One training at a time (the store's lock `learn`). Nothing is written before the decision; then the version whole, then the pointer:
whatever ends the process, a model that works is in use.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import structlog

from monitor.classify import Judge
from monitor.errors import ModelError
from monitor.feedback.card import describe
from monitor.feedback.difference import words_between
from monitor.feedback.evaluation import Comparison, Flip, compare
from monitor.feedback.labels import Settled
from monitor.feedback.promotion import Basis, refusals
from monitor.feedback.refine import Refined, learnable, refine
from monitor.jobs.people.labelled import Labelled, sort_labels
from monitor.jobs.watch import presence
from monitor.ports import Labels, Models, Store
from monitor.types import Judgement, Topic, Verdict, Worker

if TYPE_CHECKING:
    from monitor.classify import Model

PAGE = 1_000  # articles read at once
ORDINARY = 3_000  # articles of the stream that calibration and evidence rest on
SPANS = (1, 3, 10, 30)  # days back: the shortest that holds so many

log = structlog.get_logger(__name__)

Watch = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """What a training came to."""

    version: str  #: the candidate's name, also where it was not kept
    current: str  #: the model it was tested against
    comparisons: tuple[Comparison, ...]
    refusals: tuple[str, ...]
    promoted: bool  #: or, before it is put in place, to be
    words: Mapping[str, Sequence[str]]
    flips: tuple[Flip, ...]
    card: Mapping[str, Any]
    pruned: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Give it as plain data, without the card."""
        return {
            "version": self.version,
            "current": self.current,
            "promoted": self.promoted,
            "refusals": list(self.refusals),
            "labels": self.card["labels"],
            "topics": [one.facts() for one in self.comparisons],
            "words": {kind: list(words) for kind, words in self.words.items()},
            "flips": [asdict(flip) for flip in self.flips],
            "pruned": list(self.pruned),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Classroom:
    """What learning takes."""

    store: Store
    models: Models
    topics: Sequence[Topic]
    worker: Worker  #: who holds the lock
    clock: Callable[[], datetime]
    keep: int = 10  #: versions of our own that stay


def learn(room: Classroom, *, dry_run: bool = False, force: bool = False, watch: Watch = lambda _: None) -> Learned:
    """Train, test, decide; promote where the decision or `force` says so.

    Args:
        room: store, models, topics.
        dry_run: write nothing.
        force: promote although it was refused; the card says so.
        watch: told what is being done, in a few words.

    Raises:
        ModelError: another training is under way, a model is missing or damaged, or the new one cannot be written.
        StoreBusy, StoreFull, StoreError: as ever.
    """
    presence.beat(room.store, room.worker, room.clock())  # buries a training that was killed and holds the lock
    if not room.store.lock("learn", room.worker):
        raise ModelError("another training is under way: wait until it has ended")
    try:
        return _learn(room, watch, dry_run=dry_run, force=force)
    finally:
        room.store.unlock("learn", room.worker)


def _learn(room: Classroom, watch: Watch, *, dry_run: bool, force: bool) -> Learned:
    watch("reading labels")
    used = room.models.current()  # read once: a training takes minutes, and somebody may promote another
    current, base = room.models.load(used), _base(room.models, used)
    labelled, usual = sort_labels(room.store, room.topics), list(_usual(room.store, room.clock()))
    version = room.models.next_version(room.clock().date())
    chosen = learnable([*labelled.training.values()], room.topics)
    refined = None
    if chosen:
        what = f"learning {len(chosen)} topics from {len(labelled.training)} articles"
        refined = refine(
            base,
            [*labelled.training.values()],
            chosen,
            version=version,
            stream=[(one.article.entry.title, one.article.text, one.language or "") for one in usual],
            probe=[*labelled.testing.values()],
            watch=lambda done, fits: watch(f"{what}: {done} of {fits} fits"),
        )
    watch("testing it against the model in use")
    candidate = refined.trained.model if refined else current
    seen = _Seen(
        judges=(Judge(current, room.topics), Judge(candidate, room.topics)),
        articles=[
            *(labelled.articles[id_] for id_ in labelled.testing),
            *(one for one in usual if one.article.entry.id not in labelled.training),
        ],
    )
    comparisons = _compared(seen, labelled)
    against = refusals(comparisons, _basis(labelled, room.models, used, base.version, chosen))
    learned = Learned(
        version=version,
        current=current.version,
        comparisons=comparisons,
        refusals=tuple(against),
        promoted=bool(refined) and not dry_run and (force or not against),
        words=words_between(current, candidate),
        flips=tuple(_flips(seen, labelled.settled)),
        card=_card(room, base.version, refined, labelled, comparisons, forced=against if force else []),
    )
    return _put_in_place(room, candidate, learned) if learned.promoted else learned


def _put_in_place(room: Classroom, candidate: "Model", learned: Learned) -> Learned:
    """Write the candidate, and use it where the model it was tested against is still the one in use."""
    if (now_used := room.models.current()) != learned.current:
        reason = f"{now_used} was put in use while this was trained and tested against {learned.current}: train again"
        return replace(learned, promoted=False, refusals=(*learned.refusals, reason))
    room.models.save(candidate, learned.card)
    room.models.promote(candidate.version, "forced" if learned.refusals else "trained", room.clock())
    return replace(learned, pruned=_pruned(room))


def _pruned(room: Classroom) -> tuple[str, ...]:
    """Delete old versions. The new model is in use by now: what cannot be deleted is no failure of the training."""
    try:
        return tuple(room.models.prune(room.keep))
    except ModelError as trouble:
        log.warning("models.not_pruned", reason=str(trouble))
        return ()


def _base(models: Models, used: str) -> "Model":
    """Give the model whose weights are the prior: what the current one refines if it was trained here, else itself.

    All labels are learned from anew each time: on top of a model that knows them already they would count twice.
    """
    card = models.card(used)
    if "labels" not in card:
        return models.load(used)
    try:
        return models.load(str(card.get("refines")))
    except ModelError:
        return models.load(models.shipped())  # the package was updated since


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """Articles that neither model was learned from here (the test set, the stream), and what both say of them."""

    judges: tuple[Judge, Judge]
    articles: Sequence[Judgement]

    @cached_property
    def verdicts(self) -> tuple[Mapping[int, tuple[Verdict, ...]], Mapping[int, tuple[Verdict, ...]]]:
        """Give each one's verdicts by article, topics in their order."""
        known = {one.article.entry.id: one for one in self.articles}
        texts = [(one.article.entry.title, one.article.text, one.language) for one in known.values()]
        before, after = (dict(zip(known, judge.verdicts_many(texts), strict=True)) for judge in self.judges)
        return before, after


def _compared(seen: _Seen, labelled: Labelled) -> tuple[Comparison, ...]:
    """Compare both on the test set, topic by topic."""
    found = []
    for index, topic in enumerate(seen.judges[0].topics):
        rated = [id_ for id_, one in labelled.testing.items() if topic.id in one.labels]
        if rated:
            labels = [labelled.testing[id_].labels[topic.id] for id_ in rated]
            sides = [
                ([verdicts[id_][index].probability for id_ in rated], judge.thresholds[index])
                for verdicts, judge in zip(seen.verdicts, seen.judges, strict=True)
            ]
            found.append(compare(topic.id, labels, *sides))
    return tuple(found)


def _basis(labelled: Labelled, models: Models, used: str, base: str, chosen: Sequence[Topic]) -> Basis:
    facts, before = labelled.facts, models.card(used).get("labels", {})
    cards = {version: _readable(models, version) for version in models.versions()}
    return Basis(
        undisputed=facts["undisputed"],
        frozen=facts["frozen"],
        asked=facts["asked"],
        trained=[topic.id for topic in chosen],
        before=before.get("undisputed"),
        same=[
            version
            for version, card in cards.items()
            if card.get("labels", {}).get("digest") == facts["digest"] and card.get("refines") == base
        ],
    )


def _readable(models: Models, version: str) -> Mapping[str, Any]:
    """Give a version's card, empty where it is damaged: one version of many must not keep all others from being trained."""
    try:
        return models.card(version)
    except ModelError:
        return {}


def _flips(seen: _Seen, settled: Settled) -> Iterator[Flip]:
    """Give the articles that would be judged otherwise."""
    before, after = seen.verdicts
    for id_, one in {one.article.entry.id: one for one in seen.articles}.items():
        for old, new in zip(before[id_], after[id_], strict=True):
            if old.flagged != new.flagged:
                yield Flip(
                    entry_id=id_,
                    title=one.article.entry.title or one.article.text[:80],
                    topic=new.topic,
                    before=round(old.probability, 4),
                    after=round(new.probability, 4),
                    flagged=new.flagged,
                    label=settled.values.get((id_, new.topic)),
                )


def _card(
    room: Classroom,
    base: str,
    refined: Refined | None,
    labelled: Labelled,
    comparisons: Sequence[Comparison],
    *,
    forced: Sequence[str],
) -> dict[str, Any]:
    """Give the candidate's card: figures of what was learned, the topics that stayed as the base model's card tells of them."""
    if refined is None:
        return {"labels": labelled.facts}
    card = describe(refined.trained, refined.trained.checked, refined.topics, {}, refines=base)
    return {
        **card,
        "topics": {**_readable(room.models, base).get("topics", {}), **card["topics"]},
        "learned_here": [topic.id for topic in refined.topics],
        "trained_at": room.clock().isoformat(),
        "labels": labelled.facts,
        "firmness": round(refined.firmness, 4),
        "learning_curve": [{"labels": count, "average_precision": figures} for count, figures in refined.curve],
        "comparison": [one.facts() for one in comparisons],
        "forced": list(forced),
    }


def _usual(store: Labels, now: datetime) -> Iterator[Judgement]:
    """Give some thousand articles of the stream, labelled or not."""
    for days in SPANS:
        since = now - timedelta(days=days)
        if days == SPANS[-1] or store.volume(since)[0] >= ORDINARY:
            after, left = 0, ORDINARY
            while left > 0 and (page := store.stream(since, after, min(PAGE, left))):
                yield from (one for one in page if one.judged)
                after, left = page[-1].article.entry.id, left - len(page)
            return
