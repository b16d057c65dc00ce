"""Takes a store, gives whether sources, their polls and their entries keep the port's promises."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from monitor.errors import StoreError
from monitor.types import Activity, SourceState

LONG = "x" * 20_000  # far above what a B-tree of PostgreSQL takes as a key


def test_a_new_source_is_due_at_once_and_has_no_past(room: Any) -> None:
    """Its state is that of a source never polled."""
    [state] = room.declare("gazette")

    assert state == SourceState(source_id="gazette", url="https://gazette.example/feed", next_poll_at=room.now)
    assert state.first_poll


def test_syncing_again_changes_nothing(room: Any) -> None:
    """Neither the time of the next poll nor the claim."""
    before = room.declare("gazette", "herald")
    room.store.claim_sources(room.worker, room.now, 1, only=["gazette"])

    room.store.sync_sources([room.source("gazette"), room.source("herald")], room.now + room.hour)

    assert list(room.store.source_states().values()) == before
    assert [s.source_id for s in room.store.claim_sources(room.worker, room.now, 9)] == ["herald"]


def test_a_source_no_longer_declared_rests_and_comes_back_as_it_was(room: Any) -> None:
    """It is neither listed nor claimed meanwhile."""
    room.declare("gazette", "herald")
    [state] = room.store.claim_sources(room.worker, room.now, 1, only=["gazette"])
    polled = replace(state, etag='W/"7"', next_poll_at=room.now + room.hour, failures=0.5)
    room.store.save_poll(room.worker, polled, room.record())

    room.declare("herald")
    assert list(room.store.source_states()) == ["herald"]
    assert room.store.claim_sources(room.worker, room.now + room.hour, 9, only=["gazette"]) == []

    room.declare("gazette", "herald")
    assert room.store.source_states()["gazette"] == polled


def test_a_shorter_interval_brings_the_next_poll_forward_and_nothing_else_does(room: Any) -> None:
    """One interval after the last poll; what fails, or was asked for patience, waits as before, and so does what is sooner."""
    ids = ("late", "soon", "sick", "asked")
    room.declare(*ids)
    now, hour = room.now, room.hour
    for state in room.store.claim_sources(room.worker, now, 9):
        ahead = timedelta(minutes=2) if state.source_id == "soon" else 5 * hour
        sick = {"failures": 0.5, "failed_polls": 1} if state.source_id == "sick" else {}
        asked = {"retry_after": now + 5 * hour} if state.source_id == "asked" else {}
        polled = replace(state, last_poll_at=now, next_poll_at=now + ahead, **sick, **asked)
        room.store.save_poll(room.worker, polled, room.record(state.source_id))

    room.store.hasten({})
    room.store.hasten(dict.fromkeys(ids, hour))

    due = {id_: state.next_poll_at - now for id_, state in room.store.source_states().items()}
    assert due == {"late": hour, "soon": timedelta(minutes=2), "sick": 5 * hour, "asked": 5 * hour}


def test_no_sources_at_all_may_be_declared(room: Any) -> None:
    """An empty list is a valid configuration."""
    room.declare("gazette")

    assert room.declare() == []


def test_a_changed_address_starts_the_state_afresh(room: Any) -> None:
    """And a poll of the old address that is under way cannot bring the old state back, whoever has claimed the new one."""
    room.declare("gazette")
    [state] = room.store.claim_sources(room.worker, room.now, 1)

    room.store.sync_sources([room.source("gazette", url="https://new.example/feed")], room.now + room.hour)
    room.store.save_poll(room.worker, replace(state, etag="old"), room.record())
    room.store.claim_sources(room.worker, room.now + room.hour, 1)
    room.store.save_poll(room.worker, replace(state, etag="old"), room.record())

    assert room.store.claim_sources(room.hire("second"), room.now + room.hour, 1) == []
    expected = SourceState(source_id="gazette", url="https://new.example/feed", next_poll_at=room.now + room.hour)
    assert room.store.source_states()["gazette"] == expected


def test_a_changed_address_revives_a_source_that_was_gone(room: Any) -> None:
    """It is due at once; what stopped it was the old address."""
    room.declare("gazette")
    [state] = room.store.claim_sources(room.worker, room.now, 1)
    room.store.save_poll(room.worker, replace(state, stopped=True, result="gone"), room.record())
    assert room.store.claim_sources(room.worker, room.now + 9 * room.hour, 1) == []

    room.store.sync_sources([room.source("gazette", url="https://new.example/feed")], room.now)

    [revived] = room.store.claim_sources(room.worker, room.now, 1)
    assert (revived.url, revived.stopped) == ("https://new.example/feed", False)


def test_a_renamed_source_gives_its_new_name_as_outlet(room: Any) -> None:
    """Also to entries kept before."""
    room.declare("gazette")
    room.poll(room.new(1))

    room.store.sync_sources([room.source("gazette", name="The New Gazette")], room.now)

    [entry] = room.store.claim_to_read(room.worker, room.now, 1)
    assert entry.outlet == "The New Gazette"


def test_sources_are_claimed_longest_due_first_and_never_before_their_time(room: Any) -> None:
    """Of three, one is not due; the limit is kept."""
    for state, hours in zip(room.declare("a", "b", "c"), (-1, -2, 1), strict=True):
        room.store.claim_sources(room.worker, room.now, 1, only=[state.source_id])
        moved = replace(state, next_poll_at=room.now + hours * room.hour)
        room.store.save_poll(room.worker, moved, room.record(state.source_id))

    first = room.store.claim_sources(room.worker, room.now, 1)
    rest = room.store.claim_sources(room.worker, room.now, 9)

    assert [state.source_id for state in first + rest] == ["b", "a"]


def test_sources_named_are_claimed_due_or_not(room: Any) -> None:
    """One that is gone for good is left alone, and one that asked for it is until then, as they are without names."""
    for state in room.declare("gone", "later", "resting"):
        room.store.claim_sources(room.worker, room.now, 1, only=[state.source_id])
        changes = {
            "gone": {"stopped": True},
            "later": {"next_poll_at": room.now + room.hour},
            "resting": {"retry_after": room.now + room.hour},
        }
        room.store.save_poll(room.worker, replace(state, **changes[state.source_id]), room.record(state.source_id))

    assert room.store.claim_sources(room.worker, room.now, 9) == []
    assert room.store.claim_sources(room.worker, room.now, 9, only=[]) == []
    named = room.store.claim_sources(room.worker, room.now, 9, only=["gone", "later", "resting", "unheard-of"])
    assert [state.source_id for state in named] == ["later"]
    after = room.store.claim_sources(room.worker, room.now + room.hour, 9, only=["resting"])
    assert [state.source_id for state in after] == ["resting"]


def test_what_is_due_can_be_seen_without_being_claimed(room: Any) -> None:
    """As it would be claimed: the same ones, in that order, each with the address to ask."""
    for state, hours in zip(room.declare("gazette", "herald", "courier"), (-2, -3, 1), strict=True):
        [claimed] = room.store.claim_sources(room.worker, room.now, 1, only=[state.source_id])
        due = replace(claimed, next_poll_at=room.now + hours * room.hour)
        moved = replace(due, moved_to="https://new.example/feed", moved_seen=2)
        room.store.save_poll(room.worker, moved if state.source_id == "herald" else due, room.record(state.source_id))

    seen = room.store.due_sources(room.now, 10)
    claimed = room.store.claim_sources(room.worker, room.now, 10)

    assert len(seen) == 2
    assert seen == [(state.source_id, state.poll_url) for state in claimed]
    assert room.store.due_sources(room.now, 10) == []


def test_of_sources_named_only_those_that_are_due_are_claimed_where_that_is_wanted(room: Any) -> None:
    """A task that comes late, or twice, polls nobody too early."""
    room.declare("gazette", "herald")
    [claimed] = room.store.claim_sources(room.worker, room.now, 1, only=["herald"])
    room.store.save_poll(room.worker, replace(claimed, next_poll_at=room.now + room.hour), room.record("herald"))

    claimed = room.store.claim_sources(room.worker, room.now, 10, only=["gazette", "herald"], due=True)

    assert [state.source_id for state in claimed] == ["gazette"]


def test_many_threads_never_claim_one_source_twice(room: Any) -> None:
    """All sources are claimed, each by one worker."""
    room.declare(*(f"s{number:02}" for number in range(40)))
    workers = [room.hire(f"w{number}") for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        rounds = pool.map(lambda turn: room.store.claim_sources(workers[turn % 8], room.now, 3), range(40))
    claimed = [state.source_id for state in chain.from_iterable(rounds)]

    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 40


def test_a_poll_stores_state_and_entries_and_frees_the_claim(room: Any) -> None:
    """Every field of the state comes back as it was given."""
    room.declare("gazette")
    [state] = room.store.claim_sources(room.worker, room.now, 1)
    polled = SourceState(
        source_id="gazette",
        url=state.url,
        next_poll_at=room.now,
        moved_to="https://moved.example/feed",
        moved_seen=1,
        etag='W/"é"',
        last_modified="Mon, 02 Mar 2026 10:00:00 GMT",
        last_poll_at=room.now,
        last_ok_at=room.now - room.hour,
        last_full_at=room.now - room.hour / 7,
        retry_after=room.now - room.hour,
        failures=0.25,
        failed_polls=1,
        pace=1800.5,
        result="ok",
        detail="fine",
    )

    added = room.store.save_poll(room.worker, polled, room.record(), [room.new(1), room.new(2)])

    assert added == 2
    assert room.store.claim_sources(room.worker, room.now, 1) == [polled]
    assert room.store.poll_log("gazette") == [room.record()]


def test_saving_a_poll_twice_keeps_one_entry_of_each_identity(room: Any) -> None:
    """Also where one document states an identity twice."""
    room.declare("gazette")

    assert room.poll(room.new(1), room.new(1), room.new(2)) == 2
    assert room.poll(room.new(1), room.new(2)) == 0
    assert room.store.counts()["entries_read"] == 2


def test_one_identity_in_two_sources_is_two_entries(room: Any) -> None:
    """Identity holds within a source."""
    room.declare("gazette", "herald")

    assert room.poll(room.new(1)) == 1
    assert room.poll(room.new(1, "herald"), source_id="herald") == 1


def test_a_poll_without_its_claim_stores_entries_but_not_the_state(room: Any) -> None:
    """A worker buried meanwhile loses nothing that it found, and overwrites nothing."""
    room.declare("gazette")
    [state] = room.store.claim_sources(room.worker, room.now, 1)
    room.store.bury(["first"])
    second = room.hire("second")
    room.store.claim_sources(second, room.now, 1)

    added = room.store.save_poll(room.worker, replace(state, etag="stale"), room.record(), [room.new(1)])

    assert added == 1
    assert room.store.source_states()["gazette"] == state
    assert room.store.claim_sources(room.worker, room.now, 1) == []


def test_the_poll_log_keeps_the_latest_lines(room: Any) -> None:
    """Two hundred per source, latest first; other sources' lines stay."""
    state, herald = room.declare("gazette", "herald")
    room.store.save_poll(room.worker, herald, room.record("herald"))

    for number in range(210):
        room.store.save_poll(room.worker, state, room.record(entries=number))

    assert [line.entries for line in room.store.poll_log("gazette", 1000)] == list(range(209, 9, -1))
    assert [line.entries for line in room.store.poll_log("gazette", 2)] == [209, 208]
    assert len(room.store.poll_log("herald")) == 1


def test_the_poll_logs_of_many_sources_are_given_at_once(room: Any) -> None:
    """Of each as many as are wanted, latest first; one never polled, and one not asked for, is left out."""
    states = {state.source_id: state for state in room.declare("gazette", "herald", "courier", "ministry")}
    for number in range(5):  # in turns, so that no source's lines lie beside each other
        for id_ in ("gazette", "herald", "ministry")[: 3 if number < 2 else 1]:
            room.store.save_poll(room.worker, states[id_], room.record(id_, entries=number))

    logs = room.store.poll_logs(["gazette", "herald", "courier", "nobody"], 3)

    assert {id_: [line.entries for line in lines] for id_, lines in logs.items()} == {
        "gazette": [4, 3, 2],
        "herald": [1, 0],
    }
    assert logs["gazette"] == room.store.poll_log("gazette", 3)
    assert room.store.poll_logs([]) == {}


def test_known_entries_are_found_by_identity_or_address_within_the_source(room: Any) -> None:
    """Each once, however it was found."""
    room.declare("gazette", "herald")
    room.poll(room.new(1), room.new(2), room.new(3), room.new(4, url=None))
    room.poll(room.new(1, "herald"), source_id="herald")

    found = room.store.known_entries("gazette", ["guid-1", "guid-4"], [room.new(1).url, room.new(2).url, "https://no"])

    assert sorted((known.identity, known.digest) for known in found) == [
        ("guid-1", "digest-1"),
        ("guid-2", "digest-2"),
        ("guid-4", "digest-4"),
    ]
    assert room.store.known_entries("gazette", [], []) == []


def test_very_long_identities_and_addresses_are_kept_apart(room: Any) -> None:
    """They differ only at the end."""
    room.declare("gazette")
    pair = [room.new(n, identity=f"{LONG}{n}", url=f"https://e/{LONG}{n}", link=f"https://e/{LONG}{n}") for n in (1, 2)]

    assert room.poll(*pair) == 2

    [known] = room.store.known_entries("gazette", [f"{LONG}1"], [])
    assert known.url == f"https://e/{LONG}1"
    assert len(room.store.ledgers(f"https://e/{LONG}2")) == 1


def test_a_changed_entry_gets_its_new_words_and_is_read_again(room: Any) -> None:
    """Its story stays, its attempts begin anew; the same change again does nothing."""
    [article] = room.articles(room.new(1))
    room.store.save_judgements(room.worker, [room.judged(article)], now=room.now)
    new = room.new(1, title="New title", summary="New.", content="New content.", digest="d2", url="https://ignored")

    room.poll(changed=((article.entry.id, new),))

    [entry] = room.store.claim_to_read(room.worker, room.now, 9)
    expected = replace(
        article.entry, title="New title", summary="New.", content="New content.", story_id=article.entry.id, digest="d2"
    )
    assert entry == expected
    [ledger] = room.store.ledgers(article.entry.url)
    assert (ledger.stage, ledger.story.id) == ("read", article.entry.id)

    room.store.save_read(room.worker, [room.article(entry)])
    room.poll(changed=((article.entry.id, new),))
    assert room.store.counts()["entries_judge"] == 1


def test_a_text_read_before_a_change_is_dropped(room: Any) -> None:
    """The change frees the claim, and the new version is read; also where the same worker has claimed that by now."""
    [entry] = room.entries(room.new(1))
    room.poll(changed=((entry.id, room.new(1, title="Corrected", digest="d2")),))

    room.store.save_read(room.worker, [room.article(entry, "Text of the old version.")])
    [corrected] = room.store.claim_to_read(room.worker, room.now, 9)
    room.store.save_read(room.worker, [room.article(entry, "Text of the old version.")])

    assert room.store.to_judge(9) == []
    assert corrected.title == "Corrected"
    room.store.save_read(room.worker, [room.article(corrected, "Text of the new version.")])
    assert [article.text for article in room.store.to_judge(9)] == ["Text of the new version."]


def test_a_poll_of_an_unknown_source_stores_nothing(room: Any) -> None:
    """It raises a store error, and no half of it stays."""
    state = SourceState(source_id="nobody", url="https://nobody.example", next_poll_at=room.now)

    with pytest.raises(StoreError):
        room.store.save_poll(room.worker, state, room.record("nobody"), [room.new(1, "nobody")])

    assert room.store.counts()["entries_read"] == 0
    assert room.store.poll_log("nobody") == []


# ── activity ─────────────────────────────────────────────────────────────────────────────────────────────────────────
WEEK = timedelta(days=7)


def brought(room: Any, source_id: str, *polls: tuple[float, int]) -> None:
    """Keep the entries of polls, each given by its hour and how many entries it brought."""
    number = 0
    for hours, entries in polls:
        seen = room.now + hours * room.hour
        room.poll(*(room.new(number + n, source_id, seen_at=seen) for n in range(entries)), source_id=source_id)
        number += entries


def test_activity_counts_what_came_after_the_first_document(room: Any) -> None:
    """Entries, the polls that brought them, and the longest pause between two of these."""
    room.declare("gazette")
    brought(room, "gazette", (0, 40), (1, 3), (2, 0), (5, 1), (6, 2))

    assert room.store.activity(WEEK) == {
        "gazette": Activity(
            first=room.now, latest=room.now + 6 * room.hour, entries=6, occasions=3, longest_gap=4 * room.hour
        )
    }


def test_activity_looks_back_from_the_latest_entry_not_from_now(room: Any) -> None:
    """However long a source has been silent, what was usual before is known; what lies before the window does not count."""
    room.declare("gazette")
    days = [24.0 * day for day in (0, 1, 2, 10, 12, 13, 14.5)]
    brought(room, "gazette", *((hours, 1) for hours in days))

    [activity] = room.store.activity(timedelta(days=4)).values()

    expected = (3, 3, timedelta(days=1.5), room.now + timedelta(days=14.5))
    assert (activity.entries, activity.occasions, activity.longest_gap, activity.latest) == expected


def test_a_source_with_its_first_document_alone_was_not_active_yet(room: Any) -> None:
    """It is there, with no occasion; one without any entry is left out, and so is one that is no longer declared."""
    room.declare("gazette", "herald", "courier")
    brought(room, "gazette", (0, 40))
    brought(room, "herald", (0, 40), (1, 1))

    room.declare("gazette", "courier")

    assert room.store.activity(WEEK) == {
        "gazette": Activity(first=room.now, latest=room.now, entries=0, occasions=0, longest_gap=timedelta())
    }


def test_activity_of_many_sources_is_kept_apart(room: Any) -> None:
    """A pause is one source's, never the time between two of them."""
    ids = [f"s{number}" for number in range(5)]
    room.declare(*ids)
    for number, id_ in enumerate(ids):
        brought(room, id_, (number, 1), *((number + hours, 2) for hours in range(1, 4)))

    activity = room.store.activity(WEEK)

    found = {id_: (each.entries, each.occasions, each.longest_gap) for id_, each in activity.items()}
    assert found == dict.fromkeys(ids, (6, 3, room.hour))


def test_activity_of_some_sources_is_what_it_is_among_all(room: Any) -> None:
    """Those that are not asked for, and those that do not exist, are left out."""
    room.declare("gazette", "herald")
    brought(room, "gazette", (0, 5), (1, 2), (4, 1))
    brought(room, "herald", (0, 1), (30, 3))

    of_all = room.store.activity(WEEK)

    assert room.store.activity(WEEK, ["herald", "nobody"]) == {"herald": of_all["herald"]}
    assert room.store.activity(WEEK, []) == {}


def test_only_the_states_of_sources_that_ail_are_given(room: Any) -> None:
    """Failed last time, stopped, or answering without anything new for too long; those are whole, and no others."""
    ids = ("well", "failed", "stopped", "quiet", "just", "silent-from-the-start", "undeclared")
    hour, changes = room.hour, {"failed": {"failed_polls": 1}, "stopped": {"stopped": True}}
    answered = {"quiet": 25 * hour, "just": 24 * hour, "silent-from-the-start": 99 * hour, "undeclared": 99 * hour}
    for state in room.declare(*ids):
        id_ = state.source_id
        if id_ != "silent-from-the-start":
            room.poll(room.new(1, id_), source_id=id_)
        room.store.claim_sources(room.worker, room.now, 1, only=[id_])
        after = replace(state, last_ok_at=room.now + answered.get(id_, hour), **changes.get(id_, {}))
        room.store.save_poll(room.worker, after, room.record(id_))
    room.declare(*ids[:-1])
    states = room.store.source_states()

    assert room.store.ailing(24 * hour) == {id_: states[id_] for id_ in ("failed", "quiet", "stopped")}
    assert set(room.store.ailing(23 * hour)) == {"failed", "just", "quiet", "stopped"}
    assert room.store.source_states(["well", "undeclared", "nobody"]) == {"well": states["well"]}
    assert room.store.source_states([]) == {}


def test_a_sources_latest_entries_are_those_seen_last(room: Any) -> None:
    """Of one poll the one stored last comes first; whatever their dates say; other sources' entries stay out."""
    room.declare("gazette", "herald")
    room.poll(room.new(1, seen_at=room.now), room.new(2, seen_at=room.now))
    room.poll(room.new(3, seen_at=room.now + room.hour, published=room.now - 99 * room.hour))
    room.poll(room.new(9, "herald"), source_id="herald")
    known = {one.identity: one.id for one in room.store.known_entries("gazette", [f"guid-{n}" for n in (1, 2, 3)], [])}

    assert room.store.latest("gazette", 9) == [known["guid-3"], known["guid-2"], known["guid-1"]]
    assert room.store.latest("gazette", 2) == [known["guid-3"], known["guid-2"]]
    assert room.store.latest("nobody", 9) == []


def test_no_activity_at_all_is_no_trouble(room: Any) -> None:
    """An empty database."""
    assert room.store.activity(WEEK) == {}


def test_a_poll_is_stored_whole_or_not_at_all(room: Any) -> None:
    """Where its log cannot be written, its entries are not there either, and the source is as it was."""
    [state] = room.declare("gazette")
    room.store.claim_sources(room.worker, room.now, 1)
    polled = replace(state, etag="new", next_poll_at=room.now + room.hour)

    with pytest.raises(StoreError):
        room.store.save_poll(room.worker, polled, room.record(entries=None), [room.new(1)])

    assert room.store.source_states()["gazette"] == state
    assert room.store.known_entries("gazette", [room.new(1).identity], []) == []
    assert room.store.save_poll(room.worker, polled, room.record(), [room.new(1)]) == 1


def test_more_values_than_a_question_takes_are_asked_in_parts(room: Any) -> None:
    """All that is known is found."""
    room.declare("gazette")
    room.poll(room.new(1), room.new(2))

    identities = [room.new(1).identity, *(f"unheard-of-{number}" for number in range(25_000)), room.new(2).identity]
    found = room.store.known_entries("gazette", identities, [])

    assert sorted(entry.identity for entry in found) == sorted([room.new(1).identity, room.new(2).identity])
