"""Takes databases in good and bad order, gives whether `db check` and `db upgrade` tell so."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from monitor.adapters.store.schema import HEAD
from monitor.adapters.store.upkeep.check import examine

from .conftest import Command


def break_rows(room: Any, *statements: str) -> None:
    """Bring the rows out of order behind the store's back."""
    with room.store._database.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_fresh_store_is_in_order(url: str, room: Any) -> None:
    """So is one with work in it."""
    [article] = room.articles()
    told = room.delivery(subject=f"story:{article.entry.id}")
    room.store.save_judgements(room.worker, [room.judged(article)], [told], now=room.now)

    report = examine(url)

    assert report.problems == ()
    assert (report.schema.current, report.counts["entries_done"]) == (HEAD, 1)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE deliveries SET claimed_by = 'first'", "1 deliveries are claimed but not being sent"),
        ("UPDATE deliveries SET kind = 'edit'", "1 edits or replies have no post"),
        ("UPDATE deliveries SET state = 'sent'", "1 sent posts have no place in their channel"),
        ("UPDATE entries SET story_id = 4711", "1 entries belong to a story that no entry opened"),
    ],
)
def test_contradictions_are_told_with_their_number(url: str, room: Any, statement: str, problem: str) -> None:
    """Each kind by its own line."""
    room.entries()
    room.decide(room.delivery())

    break_rows(room, statement)

    assert examine(url).problems == (problem,)


def test_an_old_schema_is_told_and_looked_at_no_further(url: str, room: Any) -> None:
    """The questions are those of the newest schema."""
    break_rows(room, "UPDATE alembic_version SET version_num = '0000'")

    [problem] = examine(url).problems

    assert "monitor db upgrade" in problem


def test_the_command_upgrade_fills_an_empty_database_once(command: Command) -> None:
    """And says what it did."""
    first, second = command("db", "upgrade"), command("db", "upgrade")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == f"The database was brought from nothing to {HEAD}.\n"
    assert second.stdout == f"The database is up to date ({HEAD}).\n"


def test_the_command_check_ends_with_one_where_anything_is_wrong(command: Command, room: Any) -> None:
    """And prints a line per problem."""
    assert command("db", "check").exit_code == 0
    room.decide(room.delivery())
    break_rows(room, "UPDATE deliveries SET kind = 'edit'")

    ended = command("db", "check")

    assert ended.exit_code == 1
    assert ended.stdout.startswith("1 edits or replies have no post\n")
    assert "not in order" in ended.stdout


def test_the_command_check_gives_facts_as_json(command: Command) -> None:
    """Of an empty database, too."""
    assert json.loads(command("db", "check", "--json").stdout)["schema"] == {"current": None, "head": HEAD}
    command("db", "upgrade")

    facts = json.loads(command("db", "check", "--json").stdout)

    assert facts["schema"] == {"current": HEAD, "head": HEAD}
    assert (facts["problems"], facts["counts"]["entries_read"]) == ([], 0)
