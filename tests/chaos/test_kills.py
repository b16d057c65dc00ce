"""The service is killed with -9 at two hundred moments drawn by chance: what is told is what an undisturbed run tells.

Ten news webs, each watched twice: by a service left alone, and by one killed twenty times. Compared is which articles each message
stands for, in which channel. Each test prints when its kills fell; `pytest -m chaos tests/chaos/test_kills.py -s` shows it.
"""

import json
import signal
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
SITES = 4
ENTRIES = 21  #: in a feed: more than the steps bring, so that nothing leaves a feed that was read once

#: What was under way when a kill fell, told from what it left in the database; the first that holds counts.
MOMENTS = {
    "sending": "select 1 from deliveries where state = 'sending'",
    "judging": "select 1 from locks where name = 'judge'",
    "reading pages": "select 1 from entries where stage = 'read' and claimed_by is not null",
    "polling": "select 1 from sources where claimed_by is not null",
    "messages waiting": "select 1 from deliveries where state = 'pending'",
    "nothing under way": "select 1 from polls",
    "before the first poll": "select 1 from alembic_version",
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


def finish(world: World, steps: int) -> None:
    """Run the service, left alone, until all is told, also of further steps; stop it kindly."""
    with service(world.place) as process:
        wait_until_done(world.place, world.web)
        for _ in range(steps):
            world.step()
        wait_until_done(world.place, world.web)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0


def moment(place: Any) -> str:
    """Say what was under way when the service was killed."""
    return next((name for name, question in MOMENTS.items() if rows(place, question)), "before there were tables")


def kill_again_and_again(world: World, chance: Random) -> tuple[Counter[str], int]:
    """Kill the service at moments drawn by chance, publish after each; count what was under way, and what was published."""
    fell: Counter[str] = Counter()
    steps = 0
    for _ in range(KILLS):
        with service(world.place) as process:
            time.sleep(chance.uniform(0.3, 4))
            process.send_signal(signal.SIGKILL)
            process.wait()
        fell[moment(world.place)] += 1
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
    finish(calm, KILLS)

    fell, steps = kill_again_and_again(killed, Random(seed))
    finish(killed, KILLS - steps)

    expected, found = calm.told(), killed.told()
    figures = {"seed": seed, "expected": expected.total(), "found": found.total(), "kills": fell}
    sys.stdout.write(json.dumps(figures) + "\n")
    assert set(stored(killed.place)) == published(killed.web)
    assert set(stored(killed.place).values()) == {1}
    assert found == expected
    assert set(found.values()) == {1}
    assert killed.slack.bad_calls() == []
