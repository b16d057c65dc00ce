"""The page of topics over real HTTP: what keywords find, and what another one would change, as a task that survives a reload."""

import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from tests.contract.conftest import Newsroom
from tests.waiting import eventually

from monitor.bootstrap import Front
from monitor.web import serve, work
from monitor.web.pages.topics import question
from monitor.web.people import People

from .conftest import Browser

PATIENCE = 60  #: seconds


def until(page: Browser, path: str, words: str) -> str:
    """Look at a page until it says something."""
    shown = ""

    def said() -> bool:
        nonlocal shown
        shown = page.get(path)[1]
        return words in shown

    eventually(said, PATIENCE, lambda: f"{path} never said {words!r}: {shown}")
    return shown


def test_keywords_stand_with_what_they_find_and_weigh(page: Browser) -> None:
    """Counting goes on behind; then each has its numbers."""
    shown = page.get("/topics")[1]
    counted = until(page, "/topics", '<td class="number">0</td>')

    assert "Flagged from" in shown
    assert "A first keyword in the headline adds +" in shown
    assert 'http-equiv="refresh"' in shown
    assert "fentanyl" in counted


def test_a_keyword_is_tried_and_the_outcome_found_again(page: Browser, front: Front, room: Newsroom) -> None:
    """Its own process judges the stored articles again; progress is told as events; nothing is stored."""
    read = room.articles(room.new(8, title="Harbour festival opens"), room.new(9, title="Quiet day at the harbour"))
    judged = [room.judged(one, story_id=None, verdicts=()) for one in read]
    front.store.save_judgements(room.worker, judged, now=datetime.now(UTC))
    _, running, answer = page.send("/topics/try", topic="bilateral_security", sign="+", kind="always", word="harbour")
    address = answer.url.removeprefix(page.base).partition("#")[0]
    with urllib.request.urlopen(f"{page.base}/work/1/events", timeout=PATIENCE) as events:
        told = events.read().decode()
        kind = events.headers["Content-Type"]
    ended = page.get(address)[1]
    again = page.get("/topics")[1]

    assert address == "/topics?work=1"
    assert "with “harbour” as always" in running
    assert kind.startswith("text/event-stream")
    assert told.rstrip().endswith('"ended": true}')
    assert "Bilateral security cooperation: 2 gained" in ended
    assert "by the keyword “harbour”" in ended
    assert 'href="/topics?work=1#work"' in again
    assert "No story fits." in page.get("/?topic=bilateral_security")[1]


@pytest.mark.parametrize(("fields", "says"), [
    ({"topic": "zebra", "word": "x"}, "Choose a topic"),
    ({"topic": "drug_policy"}, "Write a keyword"),
    ({"topic": "drug_policy", "word": "a*", "kind": "include"}, "at least"),
    ({"topic": "drug_policy", "word": "zebra", "kind": "include", "sign": "-"}, "no such keyword"),
    ({"topic": "drug_policy", "word": "zebra", "kind": "zebra"}, "Choose what the keyword"),
])  # fmt: skip
def test_what_cannot_be_tried_is_refused_at_once(page: Browser, fields: dict[str, str], says: str) -> None:
    """With a sentence, before any process is started."""
    status, shown, _ = page.send("/topics/try", **fields)

    assert status == 400
    assert says in shown
    assert page.get("/work/1")[0] == 404


def test_a_wrong_threshold_is_told_where_the_outcome_would_be(page: Browser) -> None:
    """In the command's own words."""
    page.send("/topics/try", topic="drug_policy", threshold="zebra")

    shown = until(page, "/work/1", "It failed")

    assert "drug_policy=zebra" in shown


@pytest.fixture
def endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each work be a program that does not end by itself."""
    program = tmp_path / "endless"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(work, "sys", SimpleNamespace(executable=str(program)))


@pytest.mark.usefixtures("endless")
def test_no_more_than_two_run_at_once_and_each_can_be_stopped(page: Browser) -> None:
    """A third is refused with what to do; the same one asked for again is the one that runs."""

    def ask(word: str) -> tuple[int, str]:
        status, _, answer = page.send("/topics/try", topic="drug_policy", kind="always", word=word)
        return status, answer.url.removeprefix(page.base)

    first, same, second, third = ask("quay"), ask("quay"), ask("pier"), ask("jetty")
    page.send("/work/1/stop")
    page.send("/work/2/stop")

    assert first == same
    assert second[0] == 200
    assert third[0] == 400
    until(page, "/work/1", "It failed (exit -15)")


@pytest.mark.parametrize(("keyword", "asked"), [
    ("drug polic*", '"drug polic*"'), ("fentanyl", '"fentanyl"'), ('"war on drugs"', '"war on drugs"'),
])  # fmt: skip
def test_a_keyword_is_asked_of_the_index_as_a_phrase(keyword: str, asked: str) -> None:
    """With its open end."""
    assert question(keyword) == asked


@pytest.mark.usefixtures("endless")
def test_the_page_ends_what_runs_as_it_ends(front: Front, room: Newsroom) -> None:
    """A watcher is let go of, too: the service does not wait for one."""
    before = set(psutil.Process().children())

    with serve.page(front, People("", "root"), lambda: room.now, "127.0.0.1", 0) as port:
        page = Browser(f"http://127.0.0.1:{port}")
        page.send("/topics/try", topic="drug_policy", kind="always", word="quay")
        shown = page.get("/work/1")[1]
        (child,) = set(psutil.Process().children()) - before
        events = urllib.request.urlopen(f"{page.base}/work/1/events", timeout=PATIENCE)
        told = events.readline()
        ran = child.is_running()

    with events:
        events.read()  # raises where the answer was cut off and not ended
    assert 'data-events="/work/1/events"' in shown
    assert told.startswith(b"data: ")
    assert (ran, child.is_running()) == (True, False)
