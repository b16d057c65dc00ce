"""The service is killed with -9 in the middle of its work: nothing is lost, nothing is told twice."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from .killing import HASTY, published, service, stored, told, wait_until_done


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
        place = desk(feeds, slack={"base_url": fake_slack.base_url}, **HASTY)
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
