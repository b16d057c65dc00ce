"""Takes a store with articles, checks the command that finds them by their words."""

import json
from typing import Any

import pytest

from monitor.errors import UsageError

from .conftest import Command


@pytest.fixture
def articles(room: Any) -> None:
    """Give three judged articles, one of them told."""
    read = room.articles(*(room.new(number, title=f"Harbour number {number}") for number in (1, 2, 3)))
    room.store.save_judgements(
        room.worker, [room.judged(one, story_id=1 if one.entry.id == 1 else None) for one in read], now=room.now
    )


def test_articles_are_found_with_where_they_stand(command: Command, articles: None) -> None:
    """What no service has indexed yet is indexed first; narrowed to what was told; as facts and in words."""
    facts = [json.loads(line) for line in command("search", "harbour", "whole", "--json").stdout.splitlines()]
    told = command("search", "harb*", "--told", "--limit", "5")

    assert len(facts) == 3
    assert facts[0]["outlet"] == "Gazette"
    assert facts[0]["topics"] == {"ports": 0.75}
    assert told.exit_code == 0
    assert "Gazette: Harbour number 1" in told.stdout
    assert told.stdout.count("Gazette") == 1


def test_nothing_found_is_said_and_ends_with_1(command: Command, articles: None) -> None:
    """As grep does."""
    done = command("search", "zebra")

    assert done.exit_code == 1
    assert "Nothing is found." in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--topic", "zebra"], "unknown topic"),
        (["--source", "zebra"], "unknown source 'zebra': there are gazette"),
        (["--since", "soon"], "--since"),
    ],
)
def test_what_is_not_known_is_named(command: Command, articles: None, options: list[str], said: str) -> None:
    """With what there is."""
    refused = command("search", "harbour", *options)

    assert isinstance(refused.exception, UsageError)
    assert said in str(refused.exception)
