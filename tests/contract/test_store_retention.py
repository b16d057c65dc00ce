"""Takes stores with old and young things in them, checks what `db prune` drops, and that what remains works as before."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from monitor.adapters.store.upkeep.check import examine
from monitor.adapters.store.upkeep.retention import DROPPED, LAST_POLLS, LOT, prune
from monitor.types import DeliveryKind, DeliveryState, Label, Mute, Via

from .conftest import Command

DAY = timedelta(days=1)


def judge_all(room: Any, *new: Any, text: str = "A dredger came.", at: Any = None) -> list[int]:
    """Give the ids of articles that were read, judged and indexed."""
    room.store.save_read(room.worker, [room.article(entry, text) for entry in room.entries(*new)])
    articles = room.store.to_judge(10_000)
    room.store.save_judgements(room.worker, [room.judged(one) for one in articles], now=at or room.now)
    while room.store.index(1_000):
        pass
    return [one.entry.id for one in articles]


def test_an_old_text_goes_and_everything_else_about_the_article_stays(url: str, room: Any) -> None:
    """Title, link, verdicts, story and message; the search finds its title and not its text."""
    [id_] = judge_all(room, room.new(1, summary="A summary.", content="The content."))
    before = room.store.ledger(id_)

    dropped = prune(url, {"texts": 180 * DAY}, room.now + 181 * DAY)

    after = room.store.ledger(id_)
    assert dropped == {"texts": 1}
    assert (after.article.text, after.article.entry.summary, after.article.entry.content) == ("", "", "")
    assert after.article.note == DROPPED
    assert after.article.entry.title == before.article.entry.title
    assert (after.verdicts, after.story.id, after.article.entry.link) == (
        before.verdicts,
        before.story.id,
        before.article.entry.link,
    )
    assert room.store.search("harbour council", 10) == [id_]
    assert room.store.search("dredger", 10) == []
    assert examine(url).problems == ()
    assert prune(url, {"texts": 180 * DAY}, room.now + 181 * DAY) == {"texts": 0}


def test_texts_that_are_young_or_answered_about_or_not_judged_stay(url: str, room: Any) -> None:
    """What is learned from is kept whatever its age, and what waits to be judged is not touched."""
    old, answered = judge_all(room, room.new(1), room.new(2))
    [young] = judge_all(room, room.new(3), at=room.now + 100 * DAY)
    room.store.save_read(room.worker, [room.article(entry, "Waiting.") for entry in room.entries(room.new(4))])
    room.store.save_labels([Label(entry_id=answered, topic="ports", value=None, who="ana", at=room.now, via=Via.WEB)])

    dropped = prune(url, {"texts": 180 * DAY}, room.now + 181 * DAY)

    assert dropped == {"texts": 1}
    assert {id_: room.store.ledger(id_).article.text for id_ in (old, answered, young)} == {
        old: "",
        answered: "A dredger came.",
        young: "A dredger came.",
    }
    assert [one.text for one in room.store.to_judge(10)] == ["Waiting."]


def test_an_article_that_changes_after_its_text_was_dropped_is_read_and_judged_anew(url: str, room: Any) -> None:
    """While one that its feed merely lists again is still known, and so is not told twice."""
    [id_] = judge_all(room, room.new(1))
    prune(url, {"texts": DAY}, room.now + 2 * DAY)

    assert [one.digest for one in room.store.known_entries("gazette", ["guid-1"], [])] == ["digest-1"]
    room.poll(changed=((id_, room.new(1, digest="another", content="It says more now.")),))

    [entry] = room.store.claim_to_read(room.worker, room.now, 10)
    assert (entry.id, entry.content) == (id_, "It says more now.")


def test_more_than_one_lot_is_dropped(url: str, room: Any) -> None:
    """All judged at the same moment, so that the time alone does not tell how far it went; a dry run counts as many."""
    judge_all(room, *(room.new(number) for number in range(2 * LOT + 1)))

    counted = prune(url, {"texts": DAY}, room.now + 2 * DAY, dry_run=True)
    dropped = prune(url, {"texts": DAY}, room.now + 2 * DAY)

    assert counted == dropped == {"texts": 2 * LOT + 1}
    assert len(room.store.search("harbour", 1_000)) == 2 * LOT + 1


def test_the_last_polls_of_a_source_stay_whatever_their_age(url: str, room: Any) -> None:
    """A source that was not polled for long still has its log."""
    states = room.declare("gazette", "herald")
    for number in range(LAST_POLLS + 5):
        for state in states:
            record = room.record(state.source_id, at=room.now + number * DAY)
            room.store.save_poll(room.worker, state, record)

    dropped = prune(url, {"polls": 90 * DAY}, room.now + (90 + 3) * DAY)
    again = prune(url, {"polls": 90 * DAY}, room.now + 900 * DAY)

    assert (dropped, again) == ({"polls": 2 * 3}, {"polls": 2 * 2})
    assert [len(room.store.poll_log(one, 100)) for one in ("gazette", "herald")] == [LAST_POLLS, LAST_POLLS]
    assert room.store.poll_log("gazette", 1)[0].at == room.now + (LAST_POLLS + 4) * DAY


def test_finished_messages_go_with_their_edits_and_what_is_unfinished_stays(url: str, room: Any) -> None:
    """A post stays as long as anything about it is young or has still to go out."""
    room.decide(room.delivery("old", "story:1"), room.delivery("grew", "story:2"))
    for _ in range(2):
        sent = room.store.claim_delivery(room.worker, "#ports", room.now)
        room.store.save_delivery(room.worker, sent, DeliveryState.DEAD, now=room.now)
    reply = {"kind": DeliveryKind.REPLY, "created_at": room.now + 300 * DAY}
    room.decide(room.delivery("waits", "story:3"), room.delivery("later", "story:2", **reply))

    dropped = prune(url, {"messages": 365 * DAY}, room.now + 366 * DAY)

    assert dropped == {"messages": 1}
    assert [one.key for one in room.store.outbox(list(DeliveryState))] == ["later", "waits", "grew"]
    assert examine(url).problems == ()


def test_mutes_go_after_they_have_ended(url: str, room: Any) -> None:
    """Counted from their end, not from when they were said."""
    ends = {"story:1": room.now + DAY, "story:2": room.now + 50 * DAY}
    said = [Mute(subject=one, until=until, who="U1", name="Ana", at=room.now) for one, until in ends.items()]
    room.store.save_answer([], said)

    assert prune(url, {"mutes": 90 * DAY}, room.now + 100 * DAY) == {"mutes": 1}
    assert [mute.subject for mute in room.store.mutes(room.now)] == ["story:2"]


def test_what_is_kept_for_ever_is_not_looked_at(url: str, room: Any) -> None:
    """`off` in the configuration."""
    judge_all(room, room.new(1))

    assert prune(url, {"texts": None, "polls": None, "messages": None, "mutes": None}, room.now + 9_000 * DAY) == {}


def test_the_command_says_what_it_would_drop_and_drops_it(url: str, room: Any, config: Path, command: Command) -> None:
    """By the ages in monitor.yaml; the articles here were judged months ago."""
    judge_all(room, room.new(1), room.new(2))
    (config / "monitor.yaml").write_text("retention: {texts: 1d, polls: off, messages: 1d}\n")

    would = command("db", "prune", "--dry-run")
    did = command("db", "prune", "--json")
    then = command("db", "prune")

    assert "texts: 2 would be dropped (older than 1 days)" in would.stdout
    assert "polls: kept for ever" in would.stdout
    assert json.loads(did.stdout) == {"dropped": {"texts": 2, "messages": 0, "mutes": 0}, "dry_run": False}
    assert "texts: 0 dropped" in then.stdout


def test_the_size_is_told_by_kind_and_per_article(url: str, room: Any, command: Command) -> None:
    """The parts are no more than the whole; the index for search is one of them."""
    judge_all(room, room.new(1), room.new(2))

    told = command("db", "size", "--json")
    shown = command("db", "size")

    facts = json.loads(told.stdout)
    assert facts["articles"] == facts["tables"]["entries"]["rows"] == facts["tables"]["search"]["rows"] == 2
    assert 0 < sum(one["bytes"] for one in facts["tables"].values()) <= facts["bytes"]
    assert facts["bytes_per_article"] == facts["bytes"] / 2
    assert "2 articles" in shown.stdout


def test_vacuum_gives_the_room_of_dropped_texts_back(url: str, room: Any, command: Command) -> None:
    """And nothing of the text is left in the file."""
    secret = "Zanzibarquay " * 200
    judge_all(room, *(room.new(number) for number in range(100)), text=secret)
    before = json.loads(command("db", "size", "--json").stdout)["bytes"]
    prune(url, {"texts": DAY}, room.now + 2 * DAY)
    room.store.close()

    done = command("db", "vacuum")

    assert done.exit_code == 0
    assert examine(url).problems == ()
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        assert file.stat().st_size < before
        assert b"zanzibarquay" not in file.read_bytes().lower()


@pytest.mark.parametrize("wrong", ["12h", "forever", "0d"])
def test_an_age_below_a_day_is_refused(wrong: str, config: Path, command: Command, url: str) -> None:
    """What is dropped is gone: a slip of the pen must not empty the archive."""
    (config / "monitor.yaml").write_text(f"retention: {{texts: {wrong}}}\n")

    assert "must be" in str(command("db", "prune").exception)


def test_rows_written_behind_the_store_are_no_obstacle(url: str, room: Any) -> None:
    """An article in stage `done` without any judgement, as an import leaves it, keeps its text."""
    [id_] = judge_all(room, room.new(1))
    with room.store._database.write() as connection:
        connection.execute(text("UPDATE entries SET judged_at = NULL"))

    assert prune(url, {"texts": DAY}, room.now + 900 * DAY) == {"texts": 0}
    assert room.store.ledger(id_).article.text == "A dredger came."
