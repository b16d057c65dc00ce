"""Takes edits of a running configuration, and expects changes taken over and mistakes told once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.config import LiveConfig
from monitor.errors import ConfigError

Write = Callable[..., Path]


def test_a_change_is_taken_over_once(write: Write) -> None:
    """The first look after an edit reloads; the next finds nothing new."""
    live = LiveConfig(write(topics="topics: [{id: a}]"), {})

    write(topics="topics: [{id: b}]")

    assert (live.refresh(), live.refresh()) == (["reloaded"], [])
    assert [topic.id for topic in live.current.topics] == ["b"]


def test_a_mistake_leaves_the_old_settings_at_work_and_is_told_once(write: Write) -> None:
    """The settings stay as they were until the mistake is mended."""
    live = LiveConfig(write(topics="topics: [{id: a}]"), {})

    write(topics="topics: [{idd: b}]")
    told, again, old = live.refresh(), live.refresh(), live.current
    write(topics="topics: [{id: b}]")

    assert [line.split(" ")[0] for line in told] == ["topics.yaml:1:10:", "topics.yaml:1:11:"]
    assert again == []
    assert [topic.id for topic in old.topics] == ["a"]
    assert live.refresh() == ["reloaded"]


def test_a_second_mistake_is_told_too(write: Write) -> None:
    """Another wrong edit is another message."""
    live = LiveConfig(write(topics=""), {})

    write(topics="x: 1")
    first = live.refresh()
    write(topics="y: 1")

    assert first != live.refresh() != []


def test_files_may_come_and_go(write: Write) -> None:
    """A file added or removed is a change; without any file left the old settings stay."""
    folder = write(monitor="timezone: Asia/Kolkata")
    live = LiveConfig(folder, {})

    write(topics="topics: [{id: a}]")
    added = live.refresh()
    shutil.rmtree(folder)
    gone = [live.refresh(), live.refresh()]

    assert added == ["reloaded"]
    assert [len(lines) for lines in gone] == [1, 0]
    assert "monitor init" in gone[0][0]
    assert live.current.timezone == "Asia/Kolkata"


def test_an_edit_of_the_same_size_within_a_moment_is_seen(write: Write) -> None:
    """Contents count, not time stamps."""
    live = LiveConfig(write(monitor="web: {port: 8001}"), {})

    ports = []
    for port in range(8002, 8012):
        write(monitor=f"web: {{port: {port}}}")
        live.refresh()
        ports.append(live.current.web.port)

    assert ports == list(range(8002, 8012))


def test_a_configuration_wrong_from_the_start_is_refused(write: Write) -> None:
    """There are no old settings to go on with."""
    with pytest.raises(ConfigError, match=r"^monitor.yaml:1:1: unknown key"):
        LiveConfig(write(monitor="x: 1"), {})
