"""The service is killed with -9 in the middle of its work: nothing is lost, nothing is told twice."""

import json
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

TOKEN = "xoxb-fake-bot"


@contextmanager
def service(place: Any) -> Iterator[subprocess.Popen[str]]:
    """Run the service; whatever happens, it does not outlive the block."""
    with (place.folder / "service.log").open("a") as log:
        process = subprocess.Popen(
            place.command("run"), cwd=place.folder, env=place.environ(SLACK_BOT_TOKEN=TOKEN), stderr=log, text=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def stored(place: Any) -> Counter[tuple[str, str]]:
    """Count the stored entries by source and published link; none where a service was killed before it had made its tables."""
    database = place.folder / "data/monitor.db"
    if not database.exists():
        return Counter()
    with closing(sqlite3.connect(database)) as connection:
        if not connection.execute("select 1 from sqlite_master where name = 'entries'").fetchone():
            return Counter()
        return Counter(connection.execute("select source_id, link from entries").fetchall())


def published(web: Any) -> set[tuple[str, str]]:
    """Give what the news web published: site and link."""
    return {(row["site"], row["link"]) for row in web.control("truth")}


def told(slack: Any) -> Counter[tuple[str, str]]:
    """Count the posts of each story in each channel."""
    return Counter((row["channel"], str(row["metadata"]["event_payload"]["story"])) for row in slack.posted())


def outlive_kills(place: Any, web: Any, slack: Any, *, kills: int, seconds: float, chance: Random) -> None:
    """Kill the service again and again while the web goes on, let the last one finish, stop it kindly."""
    for _ in range(kills):
        with service(place) as process:
            time.sleep(chance.uniform(1.5, seconds))
            # What a step pushes out of a feed that nobody has read yet is not ours to lose.
            if {site for site, _ in stored(place)} == {site for site, _ in published(web)}:
                web.control("step", {})
            process.send_signal(signal.SIGKILL)
    with service(place) as process:
        wait_until_done(place, web)
        web.control("step", {})
        wait_until_done(place, web)
        assert place.run("health", "--alive").returncode == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0
    assert place.run("health", "--alive").returncode == 1


def wait_until_done(place: Any, web: Any) -> None:
    """Wait until all that was published is stored and nothing waits to be judged or sent."""
    for _ in range(120):
        time.sleep(1)
        done = place.run("health", "--json", SLACK_BOT_TOKEN=TOKEN)
        counts = json.loads(done.stdout)["counts"] if done.stdout else {}
        waiting = sum(
            counts.get(f"{what}", 0)
            for what in ("entries_read", "entries_judge", "deliveries_pending", "deliveries_sending")
        )
        if counts and not waiting and set(stored(place)) >= published(web):
            return
    raise AssertionError(f"still waiting: {counts}; missing {len(published(web) - set(stored(place)))}")


@pytest.fixture
def world(
    shared: Path, news_web: Callable[..., Any], fake_slack: Any, desk: Callable[..., Any]
) -> Callable[[int], tuple[Any, Any, Any]]:
    """Give a desk that watches a news web of real headlines and tells a strict Slack."""

    def build(sites: int) -> tuple[Any, Any, Any]:
        web = news_web(
            "--sites",
            str(sites),
            "--hosts",
            str(sites),
            "--corpus",
            str(shared / "data/topics/dev.jsonl"),
            "--max-age",
            "0",
            "--per-step",
            "3",
            "--seed",
            "5",
            "--kinds",
            "atom",
        )
        feeds = [(feed["site"], feed["url"]) for feed in web.control("feeds")]
        place = desk(
            feeds,
            slack={"base_url": fake_slack.base_url},
            fetch={"allow_networks": ["127.0.0.0/8"], "interval": "2s", "min_interval": "1s", "delay": "0s"},
            alerts={"max_per_hour": 1000, "first_run": {"window": "72h", "max": 1000}},
        )
        return place, web, fake_slack

    return build


@pytest.mark.timeout(600)
def test_a_service_killed_twice_stores_every_entry_once_and_tells_every_story_once(
    world: Callable[[int], tuple[Any, Any, Any]],
) -> None:
    """Kill -9 at two moments, then let it finish: the store holds what was published, Slack each story once."""
    place, web, slack = world(8)

    outlive_kills(place, web, slack, kills=2, seconds=4, chance=Random(11))

    assert set(stored(place)) == published(web)
    assert set(stored(place).values()) == {1}
    assert set(told(slack).values()) == {1}
    assert slack.bad_calls() == []


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(4))
def test_a_service_killed_fifteen_times_stores_every_entry_once_and_tells_every_story_once(
    seed: int, world: Callable[[int], tuple[Any, Any, Any]]
) -> None:
    """The same with many kills at moments drawn by chance."""
    place, web, slack = world(20)

    outlive_kills(place, web, slack, kills=15, seconds=8, chance=Random(seed))

    assert set(stored(place)) == published(web)
    assert set(stored(place).values()) == {1}
    assert set(told(slack).values()) == {1}
    assert slack.bad_calls() == []
