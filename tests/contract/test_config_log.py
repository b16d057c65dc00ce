"""What is remembered of the configuration: noted at a start and at a reload, once, on both databases."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.bootstrap import open_archive, open_house, renewal
from monitor.jobs.watch.presence import this_worker
from monitor.types import ConfigChange, PollRecord

from .conftest import NOON


def change(digest: str, minutes: int = 0) -> ConfigChange:
    """Give a change that was noticed so many minutes past noon."""
    at = NOON + timedelta(minutes=minutes)
    return ConfigChange(at=at, digest=digest, who="ana@desk", summary=("alerts.max_per_hour: 30 → 20",))


def test_a_configuration_is_noted_once_whoever_notices_it(store: Any) -> None:
    """The second worker says the same a moment later; one that returns to an older one is a change again."""
    noted = [
        store.note_config(change(digest, minute), {"n": digest}) for minute, digest in enumerate(["a", "a", "b", "a"])
    ]

    assert noted == [True, False, True, True]
    assert store.noted_config() == ("a", {"n": "a"})
    assert store.config_changes(NOON + timedelta(minutes=1)) == [change("a", 3), change("b", 2)]
    assert store.config_changes(NOON, limit=1) == [change("a", 3)]


def configured(folder: Path, url: str, most: int) -> None:
    """Write a configuration."""
    folder.mkdir(exist_ok=True)
    (folder / "monitor.yaml").write_text(
        f"database: '{url}'\nmodels: {folder}/models\nalerts: {{max_per_hour: {most}}}\n"
    )


def test_a_start_and_a_reload_are_noted_with_what_changed_since(url: str, tmp_path: Path, capsys: Any) -> None:
    """Also what was changed while nothing ran; a start under the same files adds nothing."""
    folder = tmp_path / "config"
    for most in (30, 30, 20):
        configured(folder, url, most)
        house = open_house(folder, {}, output=sys.stdout)
        if most == 20:
            configured(folder, url, 10)
            assert house.jobs.refresh() == ["reloaded"]
            assert house.jobs.refresh() == []
        house.close()

    with open_archive(folder, {}) as archive:
        found = archive.store.config_changes(NOON.replace(year=2020))

    assert [one.summary for one in found] == [
        ("alerts.max_per_hour: 20 → 10",),
        ("alerts.max_per_hour: 30 → 20",),
        ("first noted: 0 sources, 0 topics",),
    ]
    assert all("@" in one.who for one in found)


def test_a_shorter_interval_acts_from_the_last_poll_on_after_a_restart_as_well(tmp_path: Path) -> None:
    """Nobody waits for the end of the interval that they have just thrown out."""
    folder, due = tmp_path / "config", []
    configured(folder, f"sqlite:///{tmp_path}/monitor.db", 30)
    for interval in ("24h", "2h"):
        source = f"{{id: gazette, url: 'https://gazette.example/feed', interval: {interval}}}"
        (folder / "sources.yaml").write_text(f"sources: [{source}]\n")
        open_house(folder, {}, output=sys.stdout).close()
        with open_archive(folder, {}) as archive:
            store, worker = archive.store, this_worker(NOON)
            store.join(worker)
            [before] = store.source_states().values()
            due.append(before.next_poll_at - (before.last_poll_at or before.next_poll_at))
            for state in store.claim_sources(worker, NOON.replace(year=9000), 1):
                polled = replace(state, last_poll_at=NOON, next_poll_at=NOON + timedelta(days=1))
                record = PollRecord(source_id="gazette", at=NOON, result="ok", detail="", entries=0, new=0, seconds=0.1)
                store.save_poll(worker, polled, record)

    assert due == [timedelta(), timedelta(hours=2)]


def test_what_a_channel_refused_waits_for_its_new_name_after_a_start_and_a_reload(
    tmp_path: Path, room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to mend by hand what the new name has mended; nor what comes to the old one for a while yet."""
    folder, url = tmp_path / "config", f"sqlite:///{tmp_path}/monitor.db"
    configured(folder, url, 30)

    def named(channel: str) -> None:
        topic = f"{{id: ports, keywords: {{include: [port]}}, alert: {{channel: '{channel}'}}}}"
        (folder / "topics.yaml").write_text(f"topics: [{topic}]\n")

    named("#ports")
    open_house(folder, {}, output=sys.stdout).close()
    with open_archive(folder, {}) as archive:
        archive.store.tell([room.delivery()])
    named("#harbours")
    house = open_house(folder, {}, output=sys.stdout)
    with open_archive(folder, {}) as archive:
        assert archive.store.channels_due(room.now) == ["#harbours"]
    named("#docks")
    house.jobs.refresh()
    with open_archive(folder, {}) as archive:
        assert archive.store.channels_due(room.now) == ["#docks"]
        archive.store.tell([room.delivery("k2", "story:2", channel="#harbours")])  # by who had the old name still
    monkeypatch.setattr(renewal, "MINUTE", timedelta())
    house.jobs.refresh()
    house.close()

    with open_archive(folder, {}) as archive:
        assert archive.store.channels_due(room.now) == ["#docks"]


def test_a_name_that_was_given_up_and_taken_again_keeps_what_is_its_own(
    tmp_path: Path, room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renaming does not go on acting once another change has taken it back."""
    folder, url = tmp_path / "config", f"sqlite:///{tmp_path}/monitor.db"
    configured(folder, url, 30)
    monkeypatch.setattr(renewal, "MINUTE", timedelta())

    def named(*channels: str) -> None:
        to = ", ".join(f"{{channel: '{channel}'}}" for channel in channels)
        (folder / "topics.yaml").write_text(f"topics: [{{id: ports, keywords: {{include: [port]}}, alert: [{to}]}}]\n")

    named("#ports")
    house = open_house(folder, {}, output=sys.stdout)
    for channels in (["#harbours"], ["#harbours", "#ports"]):
        named(*channels)
        house.jobs.refresh()
    with open_archive(folder, {}) as archive:
        archive.store.tell([room.delivery()])
    house.jobs.refresh()
    house.close()

    with open_archive(folder, {}) as archive:
        assert archive.store.channels_due(room.now) == ["#ports"]


def test_the_command_lists_them_the_latest_last(tmp_path: Path) -> None:
    """As read by a person, and by a program."""
    folder = tmp_path / "config"
    configured(folder, f"sqlite:///{tmp_path}/monitor.db", 30)
    monitor = [sys.executable, "-m", "monitor", "--config", str(folder)]

    def said(*words: str) -> str:
        return subprocess.run([*monitor, *words], capture_output=True, text=True, check=True).stdout

    none = said("config", "log")
    open_house(folder, {}, output=sys.stdout).close()
    configured(folder, f"sqlite:///{tmp_path}/monitor.db", 20)
    open_house(folder, {}, output=sys.stdout).close()

    assert none.startswith("No change of the last 30 days")
    assert said("config", "log").splitlines()[-1] == "    alerts.max_per_hour: 30 → 20"
    assert '"summary": ["alerts.max_per_hour: 30 \\u2192 20"]' in said("config", "log", "--json").splitlines()[-1]
