"""Takes the `Reader` port over real child processes, gives tests of what it promises: bounds, and nobody's work lost."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from tests.waiting import eventually

from monitor.adapters.reader import ChildReader
from monitor.errors import ChildFailed
from monitor.extract.page import read_page

ENOUGH_MB = 1_024
URL = "https://outlet.example/1"
PARAGRAPH = (
    "<p>The old quay opened again on Saturday after two years of work, and the first ferry left before dawn.</p>"
)
PAGE = f"<html><head><title>Quay reopens</title></head><body><article>{PARAGRAPH}</article></body></html>".encode()
FEED = b"<rss><channel><title>Outlet</title><item><title>Quay</title></item></channel></rss>"
ENDLESS = b"<rss><channel><title>x</title><item><author>" + b"a" * 64_000 + b"</author></item></channel></rss>"


@pytest.fixture
def reader() -> Iterator[ChildReader]:
    """Give a reader that has time enough for what is sound."""
    reader = ChildReader(timeout=20)
    yield reader
    reader.close()


@pytest.fixture
def hurried() -> Iterator[ChildReader]:
    """Give a reader that has little time, its only child having imported what it needs."""
    reader = ChildReader(workers=1, timeout=60)
    reader.slow_feed(FEED)
    reader.listing(b"<p><a href='/1'>x</a></p>", URL, None)
    reader.leads(b"<a href='/feed.xml'>x</a>")
    reader._timeout = 1.5
    yield reader
    reader.close()


def workers() -> list[psutil.Process]:
    """Give the child processes that do the reading: those of the fork server."""
    return [child for child in psutil.Process().children(recursive=True) if child.parent().pid != psutil.Process().pid]


def test_a_page_is_read_in_another_process(reader: ChildReader) -> None:
    """The value that comes back is the one `read_page` gives."""
    found = reader.page(PAGE, URL)

    assert found.title == "Quay reopens"
    assert found.text.startswith("The old quay")
    assert workers()


def test_a_damaged_feed_is_read_in_another_process(reader: ChildReader) -> None:
    """The reading of feedparser comes back as raw entries."""
    assert [entry.title for entry in reader.slow_feed(FEED).entries] == ["Quay"]


def test_a_listing_page_is_read_in_another_process(reader: ChildReader) -> None:
    """The links that the selector finds come back as raw entries."""
    html = b"<h2><a href='/1'>Quay</a></h2><p><a href='/2'>Ferry</a></p>"

    assert [entry.link for entry in reader.listing(html, URL, "p a").entries] == ["https://outlet.example/2"]


def test_a_page_of_feeds_is_read_in_another_process(reader: ChildReader) -> None:
    """What the page says of feeds comes back."""
    assert [lead.href for lead in reader.leads(b"<a href='/feed.xml'>Follow us</a>").leads] == ["/feed.xml"]


def test_a_hostile_page_of_feeds_is_stopped(hurried: ChildReader) -> None:
    """It is read by the same slow parser as a listing page."""
    attributes = b" ".join(b'a%d="1"' % number for number in range(100_000))

    with pytest.raises(ChildFailed, match="longer than"):
        hurried.leads(b"<a " + attributes + b">x</a>")


def test_a_hostile_listing_page_is_stopped(hurried: ChildReader) -> None:
    """100,000 attributes on one element keep libxml2's HTML parser busy for long."""
    attributes = b" ".join(b'a%d="1"' % number for number in range(100_000))

    with pytest.raises(ChildFailed, match="longer than"):
        hurried.listing(b"<a " + attributes + b">x</a>", URL, None)


def test_what_takes_too_long_is_stopped_and_the_next_is_read(hurried: ChildReader) -> None:
    """A document that would keep feedparser busy for minutes costs its own time limit and nothing else."""
    with pytest.raises(ChildFailed, match=r"longer than 1\.5 s"):
        hurried.slow_feed(ENDLESS)

    hurried._timeout = 60  # another child reads it, and has its imports before it
    assert hurried.slow_feed(FEED).title == "Outlet"


def outcome(page: bytes, memory_mb: int = ENOUGH_MB) -> str:
    """Give the text that a reader with so much memory reads off a page, or why it could not."""
    reader = ChildReader(timeout=60, memory_mb=memory_mb)
    try:
        return reader.page(page, URL).text
    except ChildFailed as failure:
        return f"failed: {failure}"
    finally:
        reader.close()


def test_a_reader_with_too_little_memory_fails_without_taking_the_machine() -> None:
    """The limit is set in the child and holds; with the usual one the same page is read."""
    assert outcome(PAGE * 2_000).startswith("The old quay")
    assert outcome(PAGE * 2_000, 40) in {
        "failed: the reading process ended without an answer",
        "failed: reading took more than 40 MB",
    }


def test_memory_that_runs_out_while_a_page_is_parsed_is_no_empty_page() -> None:
    """The libraries keep some of these errors to themselves; the page is read whole, or the caller hears of it."""
    page = b"".join(PARAGRAPH.replace("Saturday", f"day {day}").encode() for day in range(15_000))
    whole = read_page(page, URL).text

    found = [outcome(page, memory) for memory in (60, 80, 160, 180, 200, 220, 240, ENOUGH_MB)]

    failed = [one for one in found if one.startswith("failed: ")]
    assert "day 1500 " in whole
    assert {one == whole for one in found if one not in failed} == {True}
    assert found[0] in failed
    assert found[-1] == whole


def test_a_slow_document_does_not_hold_up_the_next(reader: ChildReader) -> None:
    """Another child reads it meanwhile."""
    reader.slow_feed(FEED)

    def wait() -> None:
        with pytest.raises(ChildFailed):
            reader.slow_feed(ENDLESS)

    slow = threading.Thread(target=wait)
    slow.start()
    while not reader._waiting:
        time.sleep(0.01)

    found = reader.page(PAGE, URL)

    assert found.title == "Quay reopens"
    assert slow.is_alive()
    reader.close()
    slow.join()


def test_a_killed_child_loses_nobodys_work(reader: ChildReader) -> None:
    """Callers whose document was in a child's hands when it died get their answer all the same."""
    reader.page(PAGE, URL)
    big = b"<rss><channel>" + b"<item><title>Quay</title><link>https://outlet.example/1</link></item>" * 3_000

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(reader.slow_feed, big) for _ in range(4)]
        time.sleep(0.3)
        for child in workers():
            child.kill()

        assert [len(answer.result(timeout=60).entries) for answer in answers] == [3_000] * 4


def test_a_child_whose_parent_was_killed_ends_by_itself(tmp_path: Path) -> None:
    """Nobody is left to stop it, and it must not burn a core for minutes."""
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, threading, time\n"
        "from monitor.adapters.reader import ChildReader\n"
        "if __name__ == '__main__':\n"
        "    import psutil\n"
        "    reader = ChildReader(workers=1, timeout=60)\n"
        f"    endless = {ENDLESS[:60]!r} + b'a' * 64_000 + b'</author>'\n"
        "    reader.slow_feed(b'<rss><channel><title>x</title></channel></rss>')  # its imports are done\n"
        "    [child] = [one for one in psutil.Process().children(recursive=True) if one.ppid() != os.getpid()]\n"
        "    busy, reader._timeout = child.cpu_times().user + 0.2, 3\n"
        "    threading.Thread(target=reader.slow_feed, args=(endless,), daemon=True).start()\n"
        "    while child.cpu_times().user < busy:\n"
        "        time.sleep(0.01)\n"
        "    print(*[child.pid for child in psutil.Process().children(recursive=True)], flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )

    orphans = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60, check=False
    ).stdout.split()

    assert len(orphans) >= 2
    eventually(lambda: not any(runs(int(pid)) for pid in orphans))


def runs(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_many_threads_share_one_reader(reader: ChildReader) -> None:
    """Every caller gets the answer to its own document."""
    pages = [PAGE.replace(b"Quay reopens", b"Quay %d" % number) for number in range(24)]

    with ThreadPoolExecutor(8) as pool:
        titles = [found.title for found in pool.map(lambda page: reader.page(page, URL), pages)]

    assert titles == [f"Quay {number}" for number in range(24)]


def test_no_child_is_started_before_it_is_needed() -> None:
    """A run in which every source answers 304 pays nothing."""
    before = psutil.Process().children(recursive=True)

    reader = ChildReader()

    assert psutil.Process().children(recursive=True) == before
    reader.close()


def test_closing_is_quick_even_while_a_document_is_read() -> None:
    """The service stops at once; the caller that waited learns that there is no answer."""
    reader, failures = ChildReader(timeout=60), []

    def wait() -> None:
        try:
            reader.slow_feed(ENDLESS)
        except ChildFailed as failure:
            failures.append(failure)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(1.5)
    started = time.monotonic()

    reader.close()
    waiting.join(timeout=10)

    assert time.monotonic() - started < 8
    assert len(failures) == 1
    with pytest.raises(ChildFailed, match="closed"):
        reader.page(PAGE, URL)


def test_closing_twice_is_closing_once(reader: ChildReader) -> None:
    """`close` is idempotent, started or not."""
    reader.page(PAGE, URL)

    reader.close()
    reader.close()

    assert not workers()
