"""What the service does once a week: each command in a process of its own that ends with the service."""

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from signal import SIGKILL
from threading import Event, Thread
from typing import Any

import pytest
import structlog
from tests.conftest import free_port
from tests.waiting import eventually

from monitor.adapters.engine import chores as running
from monitor.adapters.engine.chores import Chores
from monitor.bootstrap import chores as planned
from monitor.types import LearningSettings, ReportSettings, Settings, Weekly


def chores(folder: Path, *commands: list[str]) -> Chores:
    """Give commands to run."""
    return Chores(
        weekly=Weekly(day=0, at=clock(3)), timezone="UTC", folder=folder, commands=commands, environ=dict(os.environ)
    )


class Service:
    """A configuration whose service can be seen to run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._database = folder, folder / "monitor.db"
        (folder / "monitor.yaml").write_text(f"database: sqlite:///{self._database}\nweb: {{port: {free_port()}}}\n")

    def runs(self) -> bool:
        """Tell whether it has given a sign of life."""
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as connection,
        ):
            return bool(connection.execute("SELECT count(*) FROM workers").fetchone()[0])
        return False


def test_each_command_is_run_and_what_it_said_is_logged(tmp_path: Path) -> None:
    """In brief: facts where it gave some, else the end of its complaint."""
    (tmp_path / "monitor.yaml").write_text(f"database: sqlite:///{tmp_path}/monitor.db\n")
    (tmp_path / "topics.yaml").write_text("topics: [{id: ports, keywords: {include: [harbour]}}]\n")

    with structlog.testing.capture_logs() as logs:
        chores(tmp_path, ["report", "--json"], ["replay", "--since", "soon"]).run(Event())

    said: list[dict[str, Any]] = [dict(log) for log in logs]
    assert [(log["command"], log["exit"]) for log in said] == [("report", 0), ("replay", 2)]
    assert said[0]["judged"] == 0
    assert "--since: must be a length of time" in said[1]["said"]


def test_what_is_done_every_day_is_due_soon_after_the_start_and_a_day_later() -> None:
    """Whatever the time of day; what is done once a week has its own."""
    start = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # a Monday
    daily, weekly = (replace(chores(Path()), weekly=when) for when in (None, Weekly(day=0, at=clock(3))))
    first = daily.due(start).get_next_fire_time(None, start)

    assert first == start + timedelta(minutes=10)
    assert daily.due(start).get_next_fire_time(first, first) == first + timedelta(days=1)
    assert weekly.due(start).get_next_fire_time(None, start) == datetime(2026, 3, 9, 3, tzinfo=UTC)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """Give a service as a chore: it runs until it is stopped."""
    return Service(tmp_path)


def test_a_command_ends_with_the_service(service: Service) -> None:
    """Killed amid its work, and the next one is not begun."""
    stopped = Event()
    thread = Thread(target=chores(service.folder, ["run"], ["report"]).run, args=(stopped,))

    with structlog.testing.capture_logs() as logs:
        thread.start()
        try:
            eventually(service.runs)
        finally:
            stopped.set()
            thread.join(60)

    assert not thread.is_alive()
    assert [(log["command"], log["exit"]) for log in logs] == [("run", -SIGKILL)]


def test_a_command_that_takes_too_long_is_ended(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs does not keep the next one waiting for ever."""
    monkeypatch.setattr(running, "LONGEST", 0.0)

    with structlog.testing.capture_logs() as logs:
        chores(service.folder, ["run"], ["run", "--all"]).run(Event())

    assert [log["exit"] for log in logs] == [-SIGKILL, -SIGKILL]


WEEK, TUESDAY = Weekly(day=0, at=clock(3)), Weekly(day=1, at=clock(9))
UNTRAINED, POSTED = LearningSettings(train=None), ReportSettings(channel="#ops", at=TUESDAY)


@pytest.mark.parametrize(("settings", "expected"), [
    (Settings(), [(WEEK, ["report --json", "train --json"])]),
    (Settings(learning=LearningSettings(train=TUESDAY)), [(TUESDAY, ["report --json", "train --json"])]),
    (Settings(learning=UNTRAINED), [(WEEK, ["report --json"])]),
    (Settings(report=POSTED), [(WEEK, ["report --json", "train --json"]), (TUESDAY, ["report --post --json"])]),
    (Settings(report=replace(POSTED, at=None)), [(WEEK, ["report --json", "train --json"])]),
    (Settings(report=replace(POSTED, channel="")), [(WEEK, ["report --json", "train --json"])]),
    (Settings(learning=UNTRAINED, report=POSTED), [(WEEK, ["report --json"]), (TUESDAY, ["report --post --json"])]),
])  # fmt: skip
def test_what_is_done_by_the_calendar_follows_from_the_settings(
    settings: Settings, expected: list[tuple[Weekly, list[str]]]
) -> None:
    """The audit is drawn also where nothing is learned; the week is told where channel and time are named; old things go daily."""
    environ = {"SLACK_BOT_TOKEN": "xoxb"}

    found = planned.chores(Path("config"), replace(settings, timezone="Europe/Paris"), environ)

    plan = [(one.weekly, [" ".join(words) for words in one.commands]) for one in found]
    assert plan == [*expected, (None, ["db prune --json"])]
    assert {(one.timezone, str(one.folder), one.environ["SLACK_BOT_TOKEN"]) for one in found} == {
        ("Europe/Paris", "config", "xoxb")
    }


def test_what_a_command_complains_of_is_told_behind_its_progress(tmp_path: Path) -> None:
    """A training says what it is doing; why it failed stands at the end, and is not cut away."""
    (tmp_path / "monitor.yaml").write_text(f"database: sqlite:///{tmp_path}/monitor.db\nmodels: {tmp_path}/models\n")
    (tmp_path / "topics.yaml").write_text("topics: [{id: ports, keywords: {include: [harbour]}}]\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "current").write_text("no version at all\n")

    with structlog.testing.capture_logs() as logs:
        chores(tmp_path, ["train", "--json"]).run(Event())

    assert logs[0]["exit"] == 1
    assert logs[0]["said"].splitlines()[0] == "reading labels"
    assert "'no version at all' is no name of a model version" in logs[0]["said"].splitlines()[-1]
