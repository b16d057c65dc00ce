"""Takes a store with articles, checks the command that finds them by their words."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from monitor.cli import Options
from monitor.cli.asking import search
from monitor.errors import UsageError

Command = Callable[..., Result]


@pytest.fixture
def command(config: Path) -> Command:
    """Give `search` as the command line calls it, on the database at `url`."""
    app = typer.Typer()
    search.register(app)
    app.command("other")(lambda: None)
    return lambda *words: CliRunner().invoke(app, ["search", *words], obj=Options(config_dir=config))


@pytest.fixture
def articles(room: Any) -> None:
    """Give three judged articles, one of them told."""
    read = room.articles(*(room.new(number, title=f"Harbour number {number}") for number in (1, 2, 3)))
    room.store.save_judgements(
        room.worker, [room.judged(one, story_id=1 if one.entry.id == 1 else None) for one in read], now=room.now
    )


def test_articles_are_found_with_where_they_stand(command: Command, articles: None) -> None:
    """What no service has indexed yet is indexed first; narrowed to what was told; as facts and in words."""
    facts = [json.loads(line) for line in command("harbour", "whole", "--json").stdout.splitlines()]
    told = command("harb*", "--told", "--limit", "5")

    assert len(facts) == 3
    assert facts[0]["outlet"] == "Gazette"
    assert facts[0]["topics"] == {"ports": 0.75}
    assert told.exit_code == 0
    assert "Gazette: Harbour number 1" in told.stdout
    assert told.stdout.count("Gazette") == 1


def test_nothing_found_is_said_and_ends_with_1(command: Command, articles: None) -> None:
    """As grep does."""
    done = command("zebra")

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
    refused = command("harbour", *options)

    assert isinstance(refused.exception, UsageError)
    assert said in str(refused.exception)
