"""Takes a store with two stories, checks the commands with which a person looks at stories and changes them."""

import json
from typing import Any

import pytest
from typer.testing import Result

from monitor.errors import UsageError

from .conftest import Command


@pytest.fixture(autouse=True)
def _ana(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a person at the terminal."""
    monkeypatch.setenv("MONITOR_WHO", "ana")


@pytest.fixture
def entries(room: Any) -> list[int]:
    """Give three articles, each in a story that it opened."""
    articles = room.articles(*(room.new(number) for number in (1, 2, 3)))
    room.store.save_judgements(room.worker, [room.judged(article) for article in articles], now=room.now)
    return [article.entry.id for article in articles]


def facts(result: Result) -> list[dict[str, Any]]:
    """Read what a command wrote as JSON lines."""
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_stories_are_listed_shown_merged_and_split(command: Command, entries: list[int], room: Any) -> None:
    """The same numbers lead from one command to the next, and the store knows who said what."""
    first, second, third = entries
    listed = facts(command("stories", "list", "--days", 3650, "--json"))
    assert sorted(one["story"] for one in listed) == sorted(entries)

    [whole] = facts(command("stories", "merge", first, second, third, "--json"))
    assert [one["article"] for one in whole["articles"]] == entries
    left, new = facts(command("stories", "split", first, third, "--json"))
    assert ([one["article"] for one in left["articles"]], new["story"]) == ([first, second], third)
    [shown] = facts(command("stories", "show", first, "--json"))

    assert shown == left
    assert {(one.entry, one.other, one.together, one.who) for one in room.store.rulings()} == {
        (first, second, True, "ana"),
        (first, third, False, "ana"),
    }


def test_in_words_a_story_names_its_articles_and_copies(command: Command, entries: list[int]) -> None:
    """The texts of these articles are one and the same."""
    first, second, _ = entries
    command("stories", "merge", first, second)

    shown = command("stories", "show", first).stdout
    listed = command("stories", "list", "--days", 3650).stdout

    assert f"Story {first} (closed): Harbour council meets" in shown
    assert f"{second}  " in shown
    assert "Gazette: Harbour council meets" in shown
    assert "1 outlet" in listed


def test_nothing_to_list_is_said(command: Command, room: Any) -> None:
    """Rather than an empty answer."""
    assert "No story" in command("stories", "list").stdout


def test_stories_are_found_by_what_they_name(command: Command, room: Any) -> None:
    """All the words asked for, in any case."""
    peru, togo = room.articles(
        room.new(1, title="Peru seizes cocaine with help of Europol"), room.new(2, title="Togo seizes tramadol")
    )
    room.store.save_judgements(room.worker, [room.judged(peru), room.judged(togo)], now=room.now)

    def found(*tags: str) -> list[int]:
        words = [word for tag in tags for word in ("--tag", tag)]
        return [one["story"] for one in facts(command("stories", "list", "--days", 3650, "--json", *words))]

    assert found("peru", "Cocaine") == [peru.entry.id]
    assert found("tramadol") == [togo.entry.id]
    assert found("peru", "tramadol") == []


def test_a_story_that_is_none_is_refused(command: Command, room: Any) -> None:
    """With the command that names those there are."""
    for words in (("show", 77), ("merge", 77, 78), ("split", 77, 78)):
        result = command("stories", *words)
        assert isinstance(result.exception, UsageError)
        assert "stories list" in str(result.exception)
