"""What the service does once a week: each command in a process of its own that ends with the service."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from threading import Event, Thread
from typing import Any

import structlog

from monitor.adapters.engine.chores import Chores
from monitor.types import Weekly


def chores(folder: Path, *commands: list[str]) -> Chores:
    """Give commands to run."""
    return Chores(
        weekly=Weekly(day=0, at=clock(3)), timezone="UTC", folder=folder, commands=commands, environ=dict(os.environ)
    )


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


def test_a_command_ends_with_the_service(tmp_path: Path) -> None:
    """Within a second or so, and the next one is not begun."""
    stopped = Event()
    one = chores(tmp_path, ["run"], ["report"])  # the service runs until it is stopped
    (tmp_path / "monitor.yaml").write_text(f"database: sqlite:///{tmp_path}/monitor.db\n")
    thread = Thread(target=one.run, args=(stopped,))

    with structlog.testing.capture_logs() as logs:
        thread.start()
        time.sleep(3)
        stopped.set()
        thread.join(20)

    assert not thread.is_alive()
    assert [log["command"] for log in logs] == ["run"]


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
