"""`GET /metrics` over real HTTP, read by Prometheus' own parser: what is told, to whom, and that words from outside stay words."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.bootstrap import Front
from monitor.types import DeliveryState, Label, Via
from monitor.web import serve
from monitor.web.people import People
from monitor.web.programs import metrics

from .conftest import NOON, TOKEN, Browser, Newsroom, own_model

HOUR = timedelta(hours=1)
HOSTILE = 'a"} 1\nmonitor_stories 666\n\\\r\u2028\u202e#'


@pytest.fixture(autouse=True)
def _reading_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be held, however busy this machine is."""
    monkeypatch.setattr(metrics, "QUICK", 60.0)


def scraped(page: Browser) -> dict[str, dict[tuple[str, ...], float]]:
    """Give the samples by name and by the values of their labels, which stand in alphabetical order of their names."""
    status, text, answer = page.get("/metrics")
    assert status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        for sample in family.samples:
            samples = found.setdefault(sample.name, {})
            key = tuple(sample.labels.values())
            assert key not in samples, f"{sample.name}{key} is there twice"
            samples[key] = sample.value
    return found


def test_it_tells_what_the_store_knows(page: Browser, room: Newsroom) -> None:
    """Every number is what was put there, and nothing waits that does not."""
    room.decide(room.delivery(created_at=NOON - HOUR, not_before=NOON - HOUR))
    room.store.save_labels(
        [Label(entry_id=1, topic="drug_policy", value=True, who="ana", at=NOON, via=Via.WEB)],
    )
    room.poll(room.new(9, seen_at=NOON - 2 * HOUR))

    found = scraped(page)

    assert found["monitor_database_up"] == {(): 1}
    assert found["monitor_polls_last_hour"] == {("ok",): 2}
    assert found["monitor_entries"] == {("read",): 1, ("judge",): 0, ("done",): 3}
    assert found["monitor_verdicts"] == {("true", "drug_policy"): 3}
    assert found["monitor_stories"] == {(): 2}
    assert found["monitor_alerts"] == {("#ports",): 1}
    assert found["monitor_deliveries"] == {(state.value,): float(state == "pending") for state in DeliveryState}
    assert found["monitor_labels"] == {("yes",): 1, ("no",): 0, ("unsure",): 0}
    assert found["monitor_oldest_waiting_seconds"] == {("read",): 7200, ("judge",): 0, ("deliver",): 3600}
    assert set(found["monitor_gated_articles"].values()) == {0}
    assert found["monitor_database_bytes"][()] > 10_000


def test_who_has_no_token_is_told_nothing(open_page: Callable[[str], str]) -> None:
    """A program sends it with every request, as Prometheus does."""
    base = open_page(f"ana:{TOKEN}")

    status, said, _ = Browser(base).get("/metrics")

    assert status == 401
    assert "monitor_" not in said
    assert scraped(Browser(base, {"Authorization": f"Bearer {TOKEN}"}))["monitor_stories"] == {(): 2}


def test_what_keeps_articles_from_being_told_is_grouped(page: Browser, room: Newsroom, front: Front) -> None:
    """Gates say how many and until when; a series for each of these would be one for ever."""
    gates = ("muted by Ana until 2026-03-03 12:00 UTC (story:7)", "muted by Ben until 2026-03-04 12:00 UTC (source:x)")
    more = ("backlog: no date", "backlog: 10 of this source were told already", "dry run", "something new")
    read = room.articles(*(room.new(n) for n in range(11, 17)))
    front.store.save_judgements(
        room.worker, [room.judged(one, gate=gate) for one, gate in zip(read, gates + more, strict=True)], now=NOON
    )

    found = scraped(page)["monitor_gated_articles"]

    assert {gate: number for (gate,), number in found.items() if number} == {
        "muted": 2,
        "backlog": 2,
        "dry run": 1,
        "other": 1,
    }


def test_words_from_outside_stay_within_their_line(page: Browser, room: Newsroom, front: Front) -> None:
    """Whatever a gate, a topic, a channel, a result or a source is called: it makes no line and no sample of its own."""
    [one] = room.articles(room.new(11))
    told = room.judged(one, gate=HOSTILE, verdicts=(room.verdict(HOSTILE),))
    front.store.save_judgements(room.worker, [told], [room.delivery(channel=HOSTILE)], now=NOON)
    [state] = front.store.claim_sources(room.worker, NOON, 1, only=["gazette"])
    front.store.save_poll(room.worker, state, room.record(result=HOSTILE))
    named = room.source(HOSTILE, url="https://hostile.example/feed")
    front._live.current = replace(front.settings, sources=(named,))
    front.store.sync_sources([named], NOON)
    [state] = front.store.claim_sources(room.worker, NOON, 1)
    front.store.save_poll(room.worker, replace(state, last_ok_at=NOON - HOUR), room.record(HOSTILE))

    _, text, _ = page.get("/metrics")
    found = scraped(page)

    assert found["monitor_stories"] == {(): 3}
    shown = 'a"} 1 monitor_stories 666 \\ #'
    assert found["monitor_verdicts"]["true", shown] == 1
    assert found["monitor_alerts"] == {(shown,): 1}
    assert found["monitor_polls_last_hour"][(shown,)] == 1
    assert found["monitor_source_last_success_age_seconds"] == {(shown,): 3600}
    assert [
        line for line in text.splitlines() if not re.match(r"# (HELP|TYPE) monitor_\w+ |monitor_\w+[{ ]", line)
    ] == []


def test_sources_are_told_by_how_they_are_and_when_they_last_answered(
    page: Browser, room: Newsroom, front: Front
) -> None:
    """One that never answered as it should has no such time."""
    room.declare("gazette", "herald")
    [state] = front.store.claim_sources(room.worker, NOON, 1, only=["herald"])
    failed = replace(
        state, last_poll_at=NOON - HOUR, failed_polls=2, failures=2.0, result="http-404", detail="Not there."
    )
    front.store.save_poll(room.worker, failed, room.record("herald", result="http-404"))
    at_first = scraped(page)
    [state] = front.store.claim_sources(room.worker, NOON, 1, only=["gazette"])
    well = replace(state, last_poll_at=NOON - HOUR / 2, last_ok_at=NOON - HOUR / 2, result="ok")
    front.store.save_poll(room.worker, well, room.record())

    found = scraped(page)

    assert found["monitor_sources"] == {("sick",): 1, ("silent",): 0, ("well",): 1}
    assert "monitor_source_last_success_age_seconds" not in at_first
    assert at_first["monitor_last_poll_age_seconds"] == {(): 3600}
    assert found["monitor_source_last_success_age_seconds"] == {("gazette",): 1800}
    assert found["monitor_last_poll_age_seconds"] == {(): 1800}


def test_of_very_many_sources_only_how_many_are_well_is_told(
    page: Browser, room: Newsroom, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would be a time series."""
    [state] = front.store.claim_sources(room.worker, NOON, 1, only=["gazette"])
    front.store.save_poll(room.worker, replace(state, last_ok_at=NOON), room.record())
    few = scraped(page)
    many = [room.source(f"source-{n}") for n in range(metrics.MOST_SOURCES - 1)]
    front._live.current = replace(front.settings, sources=(*front.settings.sources, *many))

    found = scraped(page)

    assert "monitor_source_last_success_age_seconds" in few
    assert "monitor_source_last_success_age_seconds" not in found
    assert sum(found["monitor_sources"].values()) == metrics.MOST_SOURCES + 1


def test_how_long_answers_take_is_counted_by_template(open_page: Callable[[str], str]) -> None:
    """Addresses that somebody makes up are one series; so is what the guard refuses."""
    base = open_page(f"ana:{TOKEN}")
    page = Browser(base, {"Authorization": f"Bearer {TOKEN}"})
    page.get("/sign-in", {"token": TOKEN})
    for path in (
        "/stories/1",
        "/stories/3",
        "/stories/99",
        "/nowhere/1",
        "/nowhere/2",
        "/static/style.css",
        "/api/stories/1",
    ):
        page.get(path)
    Browser(base).get("/metrics")

    found = scraped(page)
    counts = found["monitor_web_request_seconds_count"]

    assert counts["/stories/{id:int}", "2xx"] == 2
    assert counts["/stories/{id:int}", "4xx"] == 1
    assert counts["none", "4xx"] == 3
    assert counts["/static", "2xx"] == 1
    assert counts["/api/stories/{id}", "2xx"] == 1
    assert not any("nowhere" in route for route, _ in counts)
    bounds = {float(bound) for bound, *_ in found["monitor_web_request_seconds_bucket"]}
    assert (min(bounds), max(bounds - {float("inf")})) == (0.005, 5.0)
    assert not any(name.endswith("_created") for name in found)


def test_an_answer_that_breaks_off_counts_as_a_fault_of_ours(page: Browser, front: Front) -> None:
    """With its template, as every other."""
    front.store.judgements = None  # type: ignore[assignment, method-assign]  # a fault that no page expects
    status, _, _ = page.get("/articles/1")

    counts = scraped(page)["monitor_web_request_seconds_count"]

    assert status == 500
    assert counts["/articles/{id:int}", "5xx"] == 1


def test_the_model_in_use_is_told_with_its_age(page: Browser, folder: Path) -> None:
    """Since it was trained, else since it came into use, else not at all: nobody knows when the shipped one was made."""
    shipped_one = scraped(page)
    home = own_model(folder, trained_at=(NOON - timedelta(days=61)).isoformat())
    trained = scraped(page)
    (home / "card.json").write_text(json.dumps({"trained_at": "the day before yesterday"}))
    change = {"at": (NOON - timedelta(days=7)).isoformat(), "version": home.name, "before": "other", "how": "promoted"}
    (home.parent / "history.jsonl").write_text(json.dumps(change) + "\n")
    promoted = scraped(page)

    for found in (shipped_one, trained, promoted):
        assert found["monitor_model_info"] == {(home.name,): 1}
    assert "monitor_model_age_seconds" not in shipped_one
    assert trained["monitor_model_age_seconds"] == {(): 61 * 86_400}
    assert promoted["monitor_model_age_seconds"] == {(): 7 * 86_400}


@pytest.mark.parametrize("wrong", ["current", "card.json", "history.jsonl"])
def test_a_model_that_cannot_be_read_breaks_nothing_else(page: Browser, folder: Path, wrong: str) -> None:
    """All else is told as before."""
    home = own_model(folder)
    place = {"current": home.parent / "current", "card.json": home / "card.json"}.get(wrong, home.parent / wrong)
    place.write_bytes(b"\xff\xfe{")

    found = scraped(page)

    assert found["monitor_stories"] == {(): 2}
    assert "monitor_model_age_seconds" not in found


def test_a_database_that_is_away_is_told_and_so_is_its_return(page: Browser, front: Front, tmp_path: Path) -> None:
    """The scrape itself goes on: what the page knows of itself and the model is still there."""
    page.get("/stories/1")
    kept = tmp_path / "kept"
    front.store.close()
    (tmp_path / "monitor.db").rename(kept)
    (tmp_path / "monitor.db").mkdir()
    away = scraped(page)
    (tmp_path / "monitor.db").rmdir()
    kept.rename(tmp_path / "monitor.db")
    back = scraped(page)

    assert away["monitor_database_up"] == {(): 0}
    assert "monitor_stories" not in away
    assert "monitor_model_info" in away
    assert "monitor_web_request_seconds_count" in away
    assert back["monitor_database_up"] == {(): 1}
    assert back["monitor_stories"] == {(): 2}


def test_what_took_long_to_read_is_held_for_a_while(
    front: Front, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as it is held, asking again reads nothing; ages go on all the same; then it is read anew."""
    monkeypatch.setattr(metrics, "QUICK", 0.0)
    room.poll(room.new(8))
    times = [NOON, NOON + HOUR]
    with serve.page(front, People("", "root"), lambda: times[0], "127.0.0.1", 0) as port:
        page = Browser(f"http://127.0.0.1:{port}")
        before = scraped(page)
        room.poll(room.new(9))
        times.pop(0)
        held = scraped(page)
        monkeypatch.setattr(metrics, "monotonic", lambda: monotonic() + metrics.HELD + 60)
        after = scraped(page)

    assert before["monitor_entries"] == held["monitor_entries"] == {("read",): 1, ("judge",): 0, ("done",): 3}
    assert after["monitor_entries"]["read",] == 2
    assert before["monitor_oldest_waiting_seconds"]["read",] == 0
    assert held["monitor_oldest_waiting_seconds"]["read",] == 3600


def test_what_is_quick_to_read_is_read_at_every_asking(page: Browser, room: Newsroom) -> None:
    """Nothing is held."""
    scraped(page)
    room.poll(room.new(9))

    assert scraped(page)["monitor_entries"] == {("read",): 1, ("judge",): 0, ("done",): 3}
