"""A day of news, published in steps and polled by the whole command: every item is stored once, whatever is killed on the way."""

import gzip
import json
import signal
import sqlite3
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

pytestmark = pytest.mark.timeout(300)

DAY = "2022-11-04"
STEPS = 6
SITES = 12
HELD = "theguardian.com"  #: the outlet that keeps the command waiting while it is killed

Edition = dict[str, list[dict[str, str]]]  #: items by outlet


@pytest.fixture
def editions(shared: Path) -> list[Edition]:
    """Give a day of real headlines in corpus order, in equal parts."""
    with gzip.open(shared / "data/stream/rss-2022-11.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["date"] == DAY]
    parts: list[Edition] = [defaultdict(list) for _ in range(STEPS)]
    for number, row in enumerate(rows):
        step = number * STEPS // len(rows)
        at = datetime.fromisoformat(DAY).replace(tzinfo=UTC) + timedelta(days=number / len(rows))
        parts[step][row["outlet"]].append(row | {"at": format_datetime(at.replace(microsecond=0))})
    return parts


def rss(items: list[dict[str, str]]) -> str:
    """Print items, the newest first."""
    printed = "".join(
        f"<item><guid isPermaLink='false'>{row['id']}</guid><title>{escape(row['title'])}</title>"
        f"<link>{escape(row['url'])}</link><description>{escape(row['text'])}</description><pubDate>{row['at']}</pubDate></item>"
        for row in reversed(items)
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>News</title>{printed}</channel></rss>"


def publish(press: Any, before: Edition, latest: Edition) -> None:
    """Bring out an edition; each feed still lists what it listed last."""
    for outlet in {*before, *latest}:
        press.documents[f"/{outlet}"] = rss([*before.get(outlet, []), *latest.get(outlet, [])])


def rows(place: Any, question: str) -> list[Any]:
    """Ask the store."""
    with closing(sqlite3.connect(f"file:{place.folder}/data/monitor.db?mode=ro", uri=True)) as connection:
        return connection.execute(question).fetchall()


def polls(place: Any) -> Counter[str]:
    """Count the polls of each source; none before the store is there."""
    try:
        return Counter(source for (source,) in rows(place, "select source_id from polls"))
    except sqlite3.OperationalError:
        return Counter()


def kill_when(place: Any, happened: Callable[[], bool], *args: str) -> None:
    """Start a run and kill it with -9 as soon as something has happened."""
    command = place.command("run", "--once", "--dry-run", *args)
    process = subprocess.Popen(command, cwd=place.folder, env=place.environ(), stderr=subprocess.PIPE)
    while not happened():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def kill_amid_polling(place: Any, press: Any, *args: str) -> set[str]:
    """Kill a run that waits for one source and has polled most others; give those it has polled."""
    before = polls(place)
    press.held = f"/{HELD}"
    kill_when(place, lambda: len(polls(place) - before) >= len(press.documents) - 3, *args)
    press.let_go()
    return set(polls(place) - before)


def watch(desk: Callable[..., Any], urls: dict[str, str]) -> Any:
    """Give a desk that asks these addresses hourly and keeps to what their feeds say."""
    place = desk([], fetch={"allow_networks": ["127.0.0.0/8"], "delay": "0s", "interval": "60m"})
    declared = [{"id": name, "url": url, "full_text": "never"} for name, url in urls.items()]
    (place.config / "sources.yaml").write_text(json.dumps({"sources": declared}), encoding="utf-8")
    return place


@pytest.fixture
def real_day(editions: list[Edition], press: Any, desk: Callable[..., Any]) -> Any:
    """Give a desk that watches every outlet of the day."""
    outlets = sorted({outlet for edition in editions for outlet in edition})
    press.documents |= {f"/{outlet}": rss([]) for outlet in outlets}
    return watch(desk, {outlet: f"{press.base_url}/{outlet}" for outlet in outlets})


def test_every_item_of_a_real_day_is_stored_once_though_two_runs_are_killed(
    editions: list[Edition], press: Any, real_day: Any
) -> None:
    """The day comes out in six parts; two polls are killed in the middle, and the next run makes up for them."""
    for number, (before, latest) in enumerate(pairwise([{}, *editions])):
        publish(press, before, latest)
        if number in (2, 4):
            kill_amid_polling(real_day, press, "--all")
        facts = real_day.once("--dry-run")
        assert {source["result"] for source in facts["sources"].values()} <= {"ok", "not-modified"}

    published = Counter(
        (outlet, row["id"], row["url"]) for part in editions for outlet, items in part.items() for row in items
    )
    stored = Counter(rows(real_day, "select source_id, identity, link from entries"))
    assert stored == published
    assert rows(real_day, "select count(*) from entries where stage != 'done'") == [(0,)]
    assert 304 in {status for _, status in press.asked}


def test_a_restart_after_a_kill_asks_only_for_what_was_not_fetched(
    editions: list[Edition], press: Any, real_day: Any
) -> None:
    """What the killed run had stored is not asked for again, what it had not is; a run after that finds nothing due."""
    publish(press, {}, editions[0])
    done = kill_amid_polling(real_day, press)

    press.asked.clear()
    second = real_day.run("run", "--once", "--dry-run")
    asked_again = {path for path, _ in press.asked}
    press.asked.clear()
    third = real_day.run("run", "--once", "--dry-run", "--json")

    published = Counter(row["id"] for items in editions[0].values() for row in items)
    assert (second.returncode, third.returncode) == (0, 0)
    assert asked_again == set(press.documents) - {f"/{outlet}" for outlet in done}
    assert f"/{HELD}" in asked_again
    assert press.asked == []
    assert {source["result"] for source in json.loads(third.stdout)["sources"].values()} == {"not-due"}
    assert Counter(identity for (identity,) in rows(real_day, "select identity from entries")) == published


def test_every_article_of_the_news_web_is_stored_once_though_a_run_is_killed(
    shared: Path, tmp_path: Path, news_web: Callable[..., Any], desk: Callable[..., Any]
) -> None:
    """Feeds of four formats with all manner of validators, codings and links, hour by hour; a run is killed in the third."""
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_bytes(gzip.decompress((shared / "data/stream/rss-2022-11.jsonl.gz").read_bytes()))
    options = f"--sites {SITES} --hosts {SITES} --entries 20 --per-step 4 --kinds rss2,atom,rss1,json --seed 9"
    web = news_web("--corpus", str(corpus), *options.split())
    place = watch(desk, {feed["site"]: feed["url"] for feed in web.control("feeds")})
    for hour in range(4):
        if hour:
            web.control("step", {})
        if hour == 2:
            web.control("faults", {"set": {"s0007": "hang"}})
            kill_when(place, lambda: web.control("report")["totals"]["requests"] >= 3 * SITES, "--all")
            web.control("faults", {"clear": ["s0007"]})
        facts = place.once("--dry-run")
        assert {source["result"] for source in facts["sources"].values()} <= {"ok", "not-modified"}

    published = Counter((row["site"], row["guid"]) for row in web.control("truth"))
    assert len(published) == SITES * (20 + 3 * 4)
    assert Counter(rows(place, "select source_id, identity from entries")) == published
    assert rows(place, "select count(*) from entries where stage != 'done'") == [(0,)]
