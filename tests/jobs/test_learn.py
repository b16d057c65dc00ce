"""From labels in a real store to a model in use: promoted, refused, forced, and never lost."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from monitor.adapters.model_files import ModelFiles
from monitor.adapters.store import SqlStore, open_store
from monitor.config import load, shipped
from monitor.errors import ModelError
from monitor.jobs.people.learn import Classroom, learn
from monitor.jobs.watch import presence
from monitor.types import Imported, Label, Opinion, Via, Worker

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOPICS = load(shipped("config"), {}).topics


def items(every: int = 3, start: int = 0, **opinion: Any) -> list[Imported]:
    """Give invented articles with labels for both topics."""
    lines = (shipped("models") / "seed-labels.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["lang"] == "en"][start::every]
    return [
        Imported(
            url=f"https://desk.example/{start}/{number}",
            title=row["title"],
            text=row["text"],
            language="en",
            opinions=tuple(
                Opinion(**{"topic": topic.id, "value": bool(row[topic.id]), "who": "ana", "at": NOON, **opinion})
                for topic in TOPICS
            ),
        )
        for number, row in enumerate(rows)
    ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """Give a store with labels."""
    opened = open_store(f"sqlite:///{tmp_path}/monitor.db")
    opened.import_labels(items(), NOON)
    yield opened
    opened.close()


@pytest.fixture
def room(store: SqlStore, tmp_path: Path) -> Classroom:
    """Give what learning takes, with the seed model in use."""
    models = ModelFiles(tmp_path / "models", shipped("models"))
    models.promote("seed-2", "promoted", NOON)
    return Classroom(
        store=store,
        models=models,
        topics=TOPICS,
        worker=presence.this_worker(datetime.now(UTC)),
        clock=lambda: datetime.now(UTC),
        keep=2,
    )


def test_labels_become_a_model_in_use_and_a_rollback_brings_the_old_one_back(room: Classroom) -> None:
    """With its test, what changed, and a card that tells how it was made; figures return with the rollback."""
    assert isinstance(room.models, ModelFiles)
    learned = learn(room)

    assert learned.promoted, learned.refusals
    assert room.models.current() == learned.version
    card = room.models.card()
    assert (card["refines"], card["labels"]["people"], card["forced"]) == ("seed-2", 1, [])
    assert {one.topic for one in learned.comparisons} == {topic.id for topic in TOPICS}
    before, after = room.models.load("seed-2"), room.models.load()
    assert after.vocabulary[: len(before.vocabulary)] == before.vocabulary

    assert room.models.rollback(NOON) == "seed-2"
    again = learn(room, dry_run=True)
    assert [one.current for one in again.comparisons] == [one.current for one in learned.comparisons]
    # What somebody rolled back does not come back by itself with the next weekly training.
    assert again.refusals == (f"no label has changed since {learned.version} was trained",)


def test_a_second_training_without_a_new_label_is_refused(room: Classroom) -> None:
    """And one with a new label learns from all of them, on top of the same base: nothing counts twice."""
    first = learn(room)

    again = learn(room)
    room.store.import_labels(items(every=9, start=1), NOON)
    more = learn(room)

    assert again.refusals == (f"no label has changed since {first.version} was trained",)
    assert not again.promoted
    assert (more.promoted, more.current, more.card["refines"]) == (True, first.version, "seed-2")


def test_a_dry_run_writes_nothing(room: Classroom, tmp_path: Path) -> None:
    """No version, no pointer, no line of history."""
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "models").rglob("*")}

    learned = learn(room, dry_run=True)

    assert (learned.promoted, learned.refusals) == (False, ())
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "models").rglob("*")} == before


def test_another_person_who_answers_the_opposite_disputes_and_does_no_harm(room: Classroom) -> None:
    """What two differ about is learned from by nobody, and so little is left that the candidate is refused."""
    first = learn(room)
    flipped = [
        replace(item, opinions=tuple(replace(one, value=not one.value, who="mallory") for one in item.opinions))
        for item in items()
    ]
    room.store.import_labels(flipped, NOON)

    poisoned = learn(room)

    assert not poisoned.promoted
    assert poisoned.card["labels"]["undisputed"] == 0
    assert any("disputed" in reason for reason in poisoned.refusals)
    assert room.models.current() == first.version


def test_labels_turned_round_by_one_person_are_worse_beyond_doubt(room: Classroom) -> None:
    """Somebody takes over an account and answers the opposite of what it said: learned from, tested on the rest, refused."""
    learn(room)
    training = [item for item in items() if hash_side(item)]
    turned = [
        replace(
            item,
            opinions=tuple(replace(one, value=not one.value, at=NOON + timedelta(days=1)) for one in item.opinions),
        )
        for item in training
    ]
    room.store.import_labels(turned, NOON)

    learned = learn(room)

    assert not learned.promoted
    assert any("worse beyond doubt" in reason for reason in learned.refusals), learned.refusals


def hash_side(item: Imported) -> bool:
    """Tell whether an article is on the side that is learned from."""
    from monitor.feedback.split import frozen  # noqa: PLC0415

    return not frozen(1, {1: item.url or ""})


def test_force_puts_a_refused_candidate_in_place_and_says_so(room: Classroom) -> None:
    """The card holds the reasons it was refused for."""
    first = learn(room)

    forced = learn(room, force=True)

    assert forced.promoted
    assert room.models.card()["forced"] == [f"no label has changed since {first.version} was trained"]


def test_labels_of_a_topic_that_is_watched_no_more_are_left_out(room: Classroom) -> None:
    """They neither train nor keep others from being trained."""
    learned = learn(replace(room, topics=TOPICS[:1]))

    assert learned.promoted, learned.refusals
    assert learned.card["learned_here"] == [TOPICS[0].id]


@pytest.mark.parametrize("labels", [0, 10])
def test_too_few_labels_are_refused_in_words(room: Classroom, tmp_path: Path, labels: int) -> None:
    """Nothing is learned, the model in use stays."""
    with_few = open_store(f"sqlite:///{tmp_path}/few.db")
    with_few.import_labels(items()[:labels], NOON)

    learned = learn(replace(room, store=with_few))
    with_few.close()

    assert not learned.promoted
    assert "no topic has enough labels" in learned.refusals[0]


def test_labels_of_one_kind_only_are_refused(room: Classroom, tmp_path: Path) -> None:
    """A topic that everything belongs to cannot be told from anything."""
    alone = open_store(f"sqlite:///{tmp_path}/alone.db")
    alone.import_labels(
        [replace(item, opinions=tuple(replace(one, value=True) for one in item.opinions)) for item in items()], NOON
    )

    learned = learn(replace(room, store=alone))
    alone.close()

    assert not learned.promoted
    assert "no topic has enough labels" in learned.refusals[0]


def test_two_trainings_exclude_each_other(room: Classroom) -> None:
    """While somebody alive holds the lock; one who died with it is buried."""
    now = datetime.now(UTC)
    alive = presence.this_worker(now)
    dead = Worker(id="dead", host=alive.host, pid=2**22 + 1, started=1.0, seen_at=now)
    other = Worker(id="other", host="elsewhere", pid=1, started=1.0, seen_at=now)

    room.store.lock("learn", dead)
    after_a_death = learn(room, dry_run=True)
    room.store.lock("learn", other)

    with pytest.raises(ModelError, match="another training is under way"):
        learn(room, dry_run=True)
    assert after_a_death.comparisons


def test_a_model_that_cannot_be_written_leaves_the_old_one_in_use(room: Classroom, tmp_path: Path) -> None:
    """The folder is a file: as with a full disk, there is one line, and nothing half-written."""
    blocked = tmp_path / "blocked"
    blocked.write_text("in the way")
    models = ModelFiles(blocked, shipped("models"))

    with pytest.raises(ModelError, match="cannot be written"):
        learn(replace(room, models=models))

    assert models.current() == ModelFiles(shipped("models")).current()


def test_old_versions_go_and_what_is_needed_stays(room: Classroom) -> None:
    """The one in use, the one before it, and what they refine."""
    assert isinstance(room.models, ModelFiles)
    versions = []
    for number in range(4):
        room.store.save_labels(
            [
                Label(
                    entry_id=1 + number, topic="drug_policy", value=None, who="ana", at=NOON + timedelta(1), via=Via.WEB
                )
            ]
        )
        versions.append(learn(room, force=True).version)

    assert room.models.versions() == sorted([*versions[-2:], "seed-2", "shipped-2"])
    assert room.models.previous() == versions[-2]


@pytest.mark.parametrize("force", [False, True])
def test_a_model_that_was_put_in_use_during_a_training_stays(room: Classroom, *, force: bool) -> None:
    """The candidate was tested against another: it is refused, and the next training may try again."""
    assert isinstance(room.models, ModelFiles)

    def meddle(done: str) -> None:
        if done.startswith("testing"):
            room.models.promote("shipped-2", "promoted", NOON)

    learned = learn(room, force=force, watch=meddle)

    assert (learned.promoted, learned.current) == (False, "seed-2")
    assert room.models.current() == "shipped-2"
    assert learned.refusals == (
        "shipped-2 was put in use while this was trained and tested against seed-2: train again",
    )
    assert learned.version not in room.models.versions()


@pytest.mark.parametrize("cut", [True, False])
def test_a_damaged_card_of_another_version_keeps_no_training_from_its_end(room: Classroom, *, cut: bool) -> None:
    """Neither before it, nor where the new model is in use and old ones are deleted."""
    assert isinstance(room.models, ModelFiles)
    first = learn(room)
    room.models.rollback(NOON)
    path = room.models.folder / first.version / "card.json"
    path.write_text("{" if cut else json.dumps({"labels": json.loads(path.read_text())["labels"]}))  # `refines` is gone

    more = learn(room, force=True)

    assert (more.promoted, more.refusals) == (True, ())
    assert room.models.current() == more.version


def test_versions_that_cannot_be_deleted_fail_no_training(room: Classroom, tmp_path: Path) -> None:
    """The new model is in use by then; a line in the log says that old ones stay."""
    first = learn(room)
    second = learn(room, force=True)
    blocker = tmp_path / "models" / f".draft-{first.version}"  # what a killed deletion leaves in the way
    blocker.mkdir()
    (blocker / "card.json").write_text("{}")

    with structlog.testing.capture_logs() as logs:
        third = learn(replace(room, keep=1), force=True)

    assert (third.promoted, third.pruned) == (True, ())
    assert [line["event"] for line in logs] == ["models.not_pruned"]
    assert "cannot be deleted" in logs[0]["reason"]
    assert {first.version, second.version} < set(room.models.versions())
