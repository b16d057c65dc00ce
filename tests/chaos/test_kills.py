"""The service is killed with -9 at two hundred moments drawn by chance: what is told is what an undisturbed run tells.

Ten news webs, each watched twice: by a service left alone, and by one killed twenty times. Compared is which articles each message
stands for, in which channel. Each test prints when its kills fell; `pytest -m chaos tests/chaos/test_kills.py -s` shows it.
"""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.system.conftest import Desk
from tests.system.killing import HASTY, published, rows, service, stored, wait_until_done

from .events import corpus

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

KILLS = 20
LONGEST = 4.0  #: seconds a service lives at most, once it is at work
SITES = 4
ENTRIES = 21  #: in a feed: more than the steps bring, so that nothing leaves a feed that was read once

#: What the killed process had under way, told from what it left claimed; the first that holds counts. `:pid` is its own.
MINE = "(select id from workers where pid = :pid)"
MOMENTS = {
    "sending": f"select 1 from deliveries where state = 'sending' and claimed_by in {MINE}",
    "judging": f"select 1 from locks where worker_id in {MINE}",
    "reading pages": f"select 1 from entries where stage = 'read' and claimed_by in {MINE}",
    "polling": f"select 1 from sources where claimed_by in {MINE}",
    "messages waiting": f"select 1 from deliveries where state = 'pending' and {MINE} is not null",
    "nothing under way": f"select 1 where {MINE} is not null",
}

Told = Counter[tuple[str, frozenset[tuple[str, str]]]]  #: messages by channel and the articles they stand for


class World:
    """A news web, a Slack, and a desk between them."""

    def __init__(self, place: Any, web: Any, slack: Any) -> None:
        self.place, self.web, self.slack = place, web, slack

    def step(self) -> None:
        """Publish one more article on each site."""
        self.web.control("step", {})

    def told(self) -> Told:
        """Count the messages posted."""
        articles: dict[str, set[tuple[str, str]]] = {}
        for story, source, link in rows(self.place, "select story_id, source_id, link from entries where story_id > 0"):
            articles.setdefault(str(story), set()).add((source, urlsplit(link).path))
        return Counter(
            (row["channel"], frozenset(articles[str(row["metadata"]["event_payload"]["story"])]))
            for row in self.slack.posted()
        )


@pytest.fixture
def world(news_web: Callable[..., Any], start_slack: Callable[[], Any], tmp_path: Path) -> Callable[[str, int], World]:
    """Give what makes a world; two of the same seed publish the same."""
    epoch = (datetime.now(UTC) - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def build(name: str, seed: int) -> World:
        folder = tmp_path / name
        folder.mkdir()
        corpus_file = folder / "corpus.jsonl"
        corpus_file.write_text("".join(json.dumps(row) + "\n" for row in corpus()), encoding="utf-8")
        settings = {
            "--sites": SITES,
            "--hosts": SITES,
            "--entries": ENTRIES,
            "--per-step": 1,
            "--pad-words": 0,
            "--step-seconds": 60,
            "--epoch": epoch,
            "--corpus": corpus_file,
            "--seed": seed,
            "--kinds": "atom",
            "--max-age": 0,
            "--edit-ratio": 0,
            "--members-ratio": 0,
            "--crawl-delay-ratio": 0,
        }
        web, slack = news_web(*(str(word) for pair in settings.items() for word in pair)), start_slack()
        slack.control(
            "faults", {"rules": [{"method": "chat.postMessage", "kind": "slow", "seconds": 0.5, "times": -1}]}
        )
        feeds = [(feed["site"], feed["url"]) for feed in web.control("feeds")]
        return World(Desk(folder, feeds, slack={"base_url": slack.base_url}, **HASTY), web, slack)

    return build


def finish(world: World, steps: int) -> float:
    """Run the service, left alone, until all is told, also of further steps; stop it kindly. Give the seconds to its first poll."""
    started, before = time.monotonic(), len(rows(world.place, "select 1 from polls"))
    with service(world.place) as process:
        while len(rows(world.place, "select 1 from polls")) == before:
            time.sleep(0.02)
        first = time.monotonic() - started
        wait_until_done(world.place, world.web)
        for _ in range(steps):
            world.step()
        wait_until_done(world.place, world.web)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0
    return first


def moment(place: Any, pid: int) -> str:
    """Say what was under way when the service was killed."""
    asked = {name: question.replace(":pid", str(pid)) for name, question in MOMENTS.items()}
    return next((name for name, question in asked.items() if rows(place, question)), "starting")


def live_a_while(process: "subprocess.Popen[str]", place: Any, chance: Random, first: float) -> None:
    """Let the service run for a time drawn by chance: one in five is to die while it starts, however slow the machine."""
    if chance.random() < 0.2:
        time.sleep(chance.uniform(0, first))
        return
    while not rows(place, f"select 1 from workers where pid = {process.pid}"):
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(chance.uniform(0, LONGEST))


def kill_again_and_again(world: World, chance: Random, first: float) -> tuple[Counter[str], int]:
    """Kill the service at moments drawn by chance, publish after each; count what was under way, and what was published."""
    fell: Counter[str] = Counter()
    steps = 0
    for _ in range(KILLS):
        with service(world.place) as process:
            live_a_while(process, world.place, chance, first)
            process.send_signal(signal.SIGKILL)
            process.wait()
        fell[moment(world.place, process.pid)] += 1
        # What a step pushes out of a feed that nobody has read yet is not ours to lose.
        if {site for site, _ in stored(world.place)} == {site for site, _ in published(world.web)}:
            world.step()
            steps += 1
    return fell, steps


@pytest.mark.parametrize("seed", range(10))
def test_a_service_killed_twenty_times_tells_what_an_undisturbed_one_tells(
    seed: int, world: Callable[[str, int], World]
) -> None:
    """Every message of the undisturbed run is there, once, and no other; every entry is stored once."""
    calm, killed = world("calm", seed), world("killed", seed)
    first = finish(calm, KILLS)

    fell, steps = kill_again_and_again(killed, Random(seed), first)
    finish(killed, KILLS - steps)

    expected, found = calm.told(), killed.told()
    figures = {"seed": seed, "expected": expected.total(), "found": found.total(), "kills": fell}
    sys.stdout.write(json.dumps(figures) + "\n")
    assert set(stored(killed.place)) == published(killed.web)
    assert set(stored(killed.place).values()) == {1}
    assert found == expected
    assert set(found.values()) == {1}
    assert killed.slack.bad_calls() == []
