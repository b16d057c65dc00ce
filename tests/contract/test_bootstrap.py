"""What a start puts together: how far back a first poll alerts, what is known of the stream, the heart of a training."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import eventually

from monitor.adapters.store import SqlStore
from monitor.bootstrap import open_archive, open_classroom, open_house, parts
from monitor.classify.threshold import UNKNOWN
from monitor.jobs.watch import presence
from monitor.types import ThresholdRule, Topic

from .conftest import NOON, Newsroom

DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a configuration by which a first poll alerts twelve hours back."""
    made = tmp_path / "config"
    made.mkdir()
    configured(made, "UTC")
    return made


def configured(folder: Path, timezone: str) -> None:
    """Write a configuration."""
    (folder / "monitor.yaml").write_text(
        f"database: 'sqlite:///{folder.parent}/monitor.db'\nmodels: {folder.parent}/models\n"
        f"timezone: {timezone}\nalerts: {{first_run: {{window: 12h}}}}\n"
    )


@pytest.mark.parametrize(("backfill", "window"), [(None, timedelta(hours=12)), (30 * DAY, 30 * DAY)])
def test_how_far_back_a_first_poll_alerts_is_what_the_command_line_says(
    folder: Path, backfill: timedelta | None, window: timedelta
) -> None:
    """Instead of what the configuration says, also once that was changed and read anew."""
    house = open_house(folder, {}, output=sys.stdout, backfill=backfill)
    begun = house.jobs._ctx.settings
    configured(folder, "Europe/Paris")
    lines = house.jobs.refresh()
    renewed = house.jobs._ctx.settings
    house.close()

    assert lines == ["reloaded"]
    assert (begun.timezone, renewed.timezone) == ("UTC", "Europe/Paris")
    assert (begun.alerts.first_run_window, renewed.alerts.first_run_window) == (window, window)


def judged(room: Newsroom, numbers: Sequence[int], ago: timedelta) -> None:
    """Judge so many articles, so long before noon, as a topic's."""
    read = room.articles(*(room.new(number) for number in numbers))
    found = [room.judged(one, story_id=None, verdicts=(room.verdict("ports"),)) for one in read]
    room.store.save_judgements(room.worker, found, now=NOON - ago)


def topic(kind: str) -> Topic:
    """Give a topic whose threshold is set by a rule."""
    return Topic(id="ports", name="Ports", threshold=ThresholdRule(kind=kind, value=3))


def test_the_volume_of_the_stream_is_known_from_a_hundred_articles_on(
    store: SqlStore, furnish: type[Newsroom], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the rate of a day since the first of the last fortnight; what a model said of them is known from the first on."""
    monkeypatch.setattr(parts, "now", lambda: NOON)
    room = furnish(store)
    judged(room, range(1, 21), 15 * DAY)
    judged(room, range(101, 151), 2 * DAY)
    judged(room, range(201, 250), DAY)

    few = parts.stream_of(store, "m1", [topic("per_day")])
    judged(room, [250], DAY)
    enough = parts.stream_of(store, "m1", [topic("per_day")])
    by_another = parts.stream_of(store, "m2", [topic("per_day")])
    unasked = parts.stream_of(store, "m1", [topic("auto")])

    assert (few.daily, few.scores) == (UNKNOWN.daily, {"ports": [0.75] * 99})
    assert (enough.daily, len(enough.scores["ports"])) == (50.0, 100)
    assert by_another.scores == {"ports": []}
    assert unasked == UNKNOWN


def test_what_came_within_a_day_is_no_more_than_a_day_brings(
    store: SqlStore, furnish: type[Newsroom], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first hour of a new installation, with all that its feeds hold, is not taken for the pace of every hour."""
    monkeypatch.setattr(parts, "now", lambda: NOON)
    judged(furnish(store), range(1, 121), timedelta(hours=1))

    assert parts.stream_of(store, "m1", [topic("per_day")]).daily == 120.0


def test_a_long_training_goes_on_saying_that_it_lives(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else others would bury it after a minute and take its lock; as it ends it leaves nothing behind."""
    monkeypatch.setattr(presence, "BEAT", timedelta(milliseconds=10))

    def seen(archive: Any) -> list[Any]:
        return [worker.seen_at for worker in archive.store.workers()]

    with open_archive(folder, {}) as archive:
        with open_classroom(folder, {}):
            first = eventually(lambda: seen(archive))
            later = eventually(lambda: [at for at in seen(archive) if at > first[0]])
        left = seen(archive)

    assert (len(first), len(later), left) == (1, 1, [])
