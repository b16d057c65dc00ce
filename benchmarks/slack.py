"""Takes thousands of alerts, a strict Slack and its faults, gives how many arrived, how often, at what cost, as Markdown tables.

    python benchmarks/slack.py [--alerts 5000] [--pace 40]    a calm run: invalid requests, injections, memory, time
    python benchmarks/slack.py faults                         each fault in a run of its own: every alert exactly once?
    python benchmarks/slack.py outage [--seconds 600]         Slack out of reach for so long, amid a run
    python benchmarks/slack.py clicks [--clicks 300]          people answer while the socket breaks at every fifth click

The alerts are articles of the real stream as messages, a tenth of them with hostile titles, written to the outbox of an empty
store; the service, `monitor run`, then sends them. The fake's rate is raised with ours (`slack.per_second`); its limits per method
are off. Needs ../shared.
"""

import argparse
import gzip
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from monitor.adapters.store import open_store
from monitor.jobs.watch.presence import this_worker
from monitor.notify import Alert, render
from monitor.types import (
    Contribution,
    DeliveryKind,
    NewDelivery,
    NewEntry,
    PollRecord,
    Reason,
    Source,
    Story,
    StoryArticle,
    Summary,
    Topic,
    Verdict,
)

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
STREAM = SHARED / "data/stream/rss-2022-11.jsonl.gz"
FAKE = SHARED / "tools/fakeslack.py"
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-fake-bot", "SLACK_APP_TOKEN": "xapp-1-fake-app"}
CHANNELS = ("#alerts", "#review", "#digest", "#general", "#desk")
TOPICS = (Topic(id="drug_policy", name="Drug policy"), Topic(id="bilateral_security", name="Bilateral security"))
HOSTILE = (
    "<!channel> <!here|here> <@U0ANNA> <#C0ALERTS>",
    "<https://evil.example|click here> https://evil.example",
    "\u202eright to left\u2066 شرطة \u200b\u200d מדיניות",
    "&lt;!channel&gt; &amp;amp; *bold* _it_ `code` ~no~ |||>>>",
    "\N{WOMAN}\u200d\N{GIRL}\U0001f1f9\U0001f1ec" * 80,
    "A" * 6_000,
    "\x00\x1b[31m\x9b\ud800 \U000e0041",
)
BREAK_EVERY = 5  #: clicks
AT_ONCE = 4  #: runs under faults
PATIENCE = 900.0  #: seconds for a run


@dataclass(frozen=True)
class Came:
    """What came of a run."""

    queued: int
    arrived: int
    twice: int
    invalid: int
    injections: int
    unknown: int
    seconds: float
    megabytes: float


class Slack:
    """The strict Slack, at a pace."""

    def __init__(self, pace: float) -> None:
        self.port = _free_port()
        self._process = subprocess.Popen(
            [sys.executable, FAKE, f"--port={self.port}", f"--rate={pace}", f"--burst={2 * pace}", "--no-tiers"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            try:
                self.control("info")
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the strict Slack did not start")

    def control(self, name: str, body: dict[str, Any] | None = None) -> Any:
        """Ask or tell it something."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port + 1}/_control/{name}", data, timeout=120) as answer:
            return json.load(answer)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def _free_port() -> int:
    """Give a port that is free, and the one after it too."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first, suppress(OSError):
            port = int(first.getsockname()[1])
            with socket.create_server(("127.0.0.1", port + 1)):
                return port


def articles(number: int) -> Iterator[StoryArticle]:
    """Give articles of the stream; each tenth with a hostile title and outlet."""
    rows = [json.loads(line) for line in gzip.decompress(STREAM.read_bytes()).decode().splitlines()[:number]]
    chance = random.Random(1)
    for id_, row in enumerate(rows, 1):
        hostile = chance.choice(HOSTILE) if id_ % 10 == 0 else ""
        at = datetime.now(UTC) - timedelta(minutes=id_ % 600)
        yield StoryArticle(
            entry_id=id_,
            outlet=f"{row['outlet']}{hostile[:60]}",
            title=f"{hostile}{row['title']}",
            text=row["text"] or "",
            link=row.get("url") or f"https://outlet.example/{id_}",
            published=at,
            seen_at=at,
            topics=("drug_policy",),
        )


def fill(database: str, number: int) -> list[str]:
    """Write so many alerts to the outbox of a new store, with their articles; give their keys."""
    store, now = open_store(database), datetime.now(UTC)
    worker = this_worker(now)
    source = Source(id="stream", name="Stream", url="https://stream.example/feed")
    store.join(worker)
    store.sync_sources([source], now)
    found = list(articles(number))
    [state] = store.claim_sources(worker, now, 1)
    store.save_poll(
        worker,
        replace(state, next_poll_at=now + timedelta(days=9)),
        PollRecord(source_id=source.id, at=now, result="ok", detail="", entries=number, new=number, seconds=0.0),
        [_entry(article, now) for article in found],
    )
    deliveries = [
        NewDelivery(
            key=f"key-{article.entry_id}",
            subject=f"story:{article.entry_id}",
            channel=CHANNELS[article.entry_id % len(CHANNELS)],
            kind=DeliveryKind.POST,
            message=render(_alert(article), key=f"key-{article.entry_id}", now=now, zone=UTC),
            created_at=now,
            not_before=now,
        )
        for article in found
    ]
    store.lock("judge", worker)
    store.pass_over(now)
    store.save_judgements(worker, [], deliveries, now=now)
    store.bury([worker.id])
    store.close()
    return [one.key for one in deliveries]


def _entry(article: StoryArticle, now: datetime) -> NewEntry:
    return NewEntry(
        source_id="stream",
        identity=str(article.entry_id),
        url=None,
        link=article.link,
        title=article.title,
        summary=article.text,
        content="",
        published=article.published,
        seen_at=now,
        digest=str(article.entry_id),
        complete=True,
    )


def _alert(article: StoryArticle) -> Alert:
    verdict = Verdict(
        topic="drug_policy",
        probability=0.9,
        threshold=0.5,
        flagged=True,
        reason=Reason.SCORE,
        model="v",
        contributions=tuple(Contribution(feature=word, value=1.0) for word in article.title.split()[:3]),
    )
    return Alert(
        story=Story(id=article.entry_id, articles=(article,)),
        topics=TOPICS[:1],
        verdicts=(verdict,),
        summary=Summary(sentences=(article.text[:300],)),
        menu=TOPICS,
    )


@contextmanager
def service(folder: Path, slack: Slack, pace: float, **tokens: str) -> Iterator[psutil.Process]:
    """Run the service in a folder."""
    config = folder / "config"
    config.mkdir(exist_ok=True)
    monitor = {"slack": {"base_url": f"http://127.0.0.1:{slack.port}/api/", "per_second": pace}}
    (config / "monitor.yaml").write_text(json.dumps(monitor))
    (config / "sources.yaml").write_text("sources: []\n")
    topics = [{"id": topic.id, "name": topic.name, "keywords": {"include": ["drug"]}} for topic in TOPICS]
    (config / "topics.yaml").write_text(json.dumps({"topics": topics}))
    environ = {**os.environ, **TOKENS, **tokens}
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "--config", str(config), "run"],
            cwd=folder,
            env=environ,
            stdout=log,
            stderr=log,
        )
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(60)


def run(
    number: int,
    pace: float,
    rules: Sequence[dict[str, Any]] = (),
    amid: Callable[[Slack], None] = lambda _: None,
) -> tuple[Came, int]:
    """Send so many alerts to a Slack that fails by these rules; give what came of them, and how often it failed.

    `amid` is called once they have begun to arrive.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, slack = Path(name), Slack(pace)
        (folder / "data").mkdir()
        keys = fill(f"sqlite:///{folder}/data/monitor.db", number)
        slack.control("faults", {"rules": list(rules)})
        peak, begun = 0, time.monotonic()
        try:
            with service(folder, slack, pace) as process:
                while not slack.control("calls?name=auth.test&limit=1")["accepted"]:
                    time.sleep(0.2)
                amid(slack)
                while _open(folder) and time.monotonic() - begun < PATIENCE:
                    peak = max(peak, process.memory_info().rss)
                    time.sleep(0.5)
            seconds = time.monotonic() - begun
            met = sum(rule["hits"] for rule in slack.control("faults", {}))
            return _counted(slack, keys, folder, seconds, peak), met
        finally:
            slack.close()


def _open(folder: Path) -> int:
    """Count what is not settled."""
    store = open_store(f"sqlite:///{folder}/data/monitor.db")
    counts = store.counts()
    store.close()
    return sum(counts[f"deliveries_{state}"] for state in ("pending", "refused", "sending"))


def _counted(slack: Slack, keys: Sequence[str], folder: Path, seconds: float, peak: int) -> Came:
    messages = slack.control("messages")["messages"]
    arrived = [row["metadata"]["event_payload"]["delivery"] for row in messages if row.get("metadata")]
    calls = slack.control("calls?limit=1")["by_status"]
    invalid = sum(
        n for what, n in calls.items() if any(word in what for word in ("invalid", "msg_", "no_text", "too_l"))
    )
    renders = [row["renders"] for row in messages]
    injections = sum(bool(one["broadcasts"] or one["mentions"]) for one in renders)
    injections += sum("evil.example" in link.split("|")[0] for one in renders for link in one["links"])
    store = open_store(f"sqlite:///{folder}/data/monitor.db")
    unknown = store.counts()["deliveries_unknown"]
    store.close()
    return Came(
        queued=len(keys),
        arrived=len(set(arrived) & set(keys)),
        twice=len(arrived) - len(set(arrived)),
        invalid=invalid,
        injections=injections,
        unknown=unknown,
        seconds=seconds,
        megabytes=peak / 1e6,
    )


def calm(number: int, pace: float) -> None:
    """Print a run without faults beside one with next to nothing to send."""
    print("| alerts | arrived | twice | invalid requests | injections | s | a second and channel | peak MB |")
    print("|---|---|---|---|---|---|---|---|")
    for many in (50, number):
        came, _ = run(many, pace)
        each = came.arrived / len(CHANNELS) / came.seconds
        print(
            f"| {came.queued:,} | {came.arrived:,} | {came.twice} | {came.invalid} | {came.injections} | {came.seconds:.0f} |"
            f" {each:.1f} | {came.megabytes:.0f} |",
            flush=True,
        )


def _rule(kind: str, share: float = 0.1, **more: Any) -> dict[str, Any]:
    return {"method": "chat.postMessage", "times": -1, "kind": kind, "share": share, **more}


FAULTS = {
    "none": (),
    "connection dropped after accepting, 10 %": (_rule("drop_after"),),
    "connection dropped before, 10 %": (_rule("drop_before"),),
    "HTTP 503, 10 %": (_rule("http", status=503),),
    "HTTP 503 after accepting, 10 %": (_rule("http_after", status=503),),
    "no JSON, cut JSON, nothing, after accepting, 10 % each": tuple(
        map(_rule, ("not_json", "truncated_json", "empty"))
    ),
    "429 storm, 50 %": (_rule("ratelimited", 0.5, retry_after=1),),
    "an HTML page, 10 %": (_rule("html"),),
    "internal_error, 10 %": (_rule("error", error="internal_error"),),
    "all of these at once, 3 % each": (
        *(_rule(kind, 0.03) for kind in ("drop_after", "drop_before", "not_json", "truncated_json", "empty", "html")),
        _rule("http_after", 0.03, status=502),
        _rule("ratelimited", 0.03, retry_after=1),
    ),
}
REVOKED_PACE = 4.0  #: a second and channel, so that most alerts still wait when the token is revoked


def _revoke(slack: Slack) -> None:
    slack.control("token", {"token": TOKENS["SLACK_BOT_TOKEN"], "revoked": True})
    time.sleep(15)
    slack.control("token", {"token": TOKENS["SLACK_BOT_TOKEN"], "revoked": False})


def faults(number: int, pace: float) -> None:
    """Print a run under each fault, some at once."""
    print(
        "| fault | alerts | faults met | arrived | twice | unknown | invalid requests | s |\n|---|---|---|---|---|---|---|---|"
    )
    # They wait most of the time: the last, which waits the longest, begins first.
    with ProcessPoolExecutor(AT_ONCE) as processes:
        revoked = processes.submit(run, number, REVOKED_PACE, amid=_revoke)
        under_way = {fault: processes.submit(run, number, pace, rules) for fault, rules in FAULTS.items()}
        for fault, ending in under_way.items():
            _print_fault(fault, *ending.result())
        came, _ = revoked.result()
    _print_fault("token revoked for 15 s", came, 1)


def _print_fault(fault: str, came: Came, met: int) -> None:
    print(
        f"| {fault} | {came.queued} | {met} | {came.arrived} | {came.twice} | {came.unknown} | {came.invalid} |"
        f" {came.seconds:.0f} |",
        flush=True,
    )


def outage(number: int, pace: float, seconds: float) -> None:
    """Print a run in which Slack is out of reach for so long."""

    def cut(slack: Slack) -> None:
        time.sleep(2)
        slack.control("outage", {"seconds": seconds})

    came, _ = run(number, pace, amid=cut)
    print("| outage s | alerts | arrived | twice | unknown | s |\n|---|---|---|---|---|---|")
    print(f"| {seconds:.0f} | {came.queued} | {came.arrived} | {came.twice} | {came.unknown} | {came.seconds:.0f} |")


def clicks(number: int, pace: float) -> None:
    """Print how many labels came of clicks while the socket broke all the time."""
    with tempfile.TemporaryDirectory() as name:
        folder, slack = Path(name), Slack(pace)
        (folder / "data").mkdir()
        database = f"sqlite:///{folder}/data/monitor.db"
        fill(database, 100)
        try:
            with service(folder, slack, pace):
                while _open(folder):
                    time.sleep(0.5)
                made, repeated = _click(slack, number)
            store = open_store(database)
            labels = store.labels()
            store.close()
        finally:
            slack.close()
    opened = f"{made['breaks']} breaks"
    print(
        "| clicks | acknowledged at once | pressed again | socket | labels | more than one for a person and article |"
    )
    print("|---|---|---|---|---|---|")
    twice = len(labels) - len({(one.entry_id, one.who, one.topic) for one in labels})
    print(f"| {number} | {number - made['again']} | {repeated} | {opened} | {len(labels)} | {twice} |")


def _click(slack: Slack, number: int) -> tuple[dict[str, int], int]:
    messages = [row for row in slack.control("messages")["messages"] if row.get("blocks")]
    actions = ["drop", "close", "refresh_requested", "garbage", "warning", "link_disabled"]
    made, repeated = {"again": 0, "breaks": 0}, 0
    people = ["U0ANNA", "U0BEN", "U0CARA"]
    pairs = [(row, who) for who in people for row in messages][:number]
    for number_of, (row, who) in enumerate(pairs, 1):
        body = {"channel": row["channel"], "ts": row["ts"], "action_id": "relevant", "user": who, "via": "socket"}
        acks = slack.control("click", body)["acks"]
        made["again"] += not acks
        while not acks:
            repeated += 1
            time.sleep(0.3)
            acks = slack.control("click", body)["acks"]
        if number_of % BREAK_EVERY == 0:
            slack.control("socket", {"action": actions[made["breaks"] % len(actions)]})
            made["breaks"] += 1
    return made, repeated


def main() -> None:
    """Run what is asked for."""
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("what", nargs="?", choices=["faults", "outage", "clicks"])
    asking.add_argument("--alerts", type=int)
    asking.add_argument("--pace", type=float, default=40.0)
    asking.add_argument("--seconds", type=float, default=600.0)
    asking.add_argument("--clicks", type=int, default=300)
    asked = asking.parse_args()
    if asked.what == "faults":
        faults(asked.alerts or 300, asked.pace)
    elif asked.what == "outage":
        outage(asked.alerts or 500, asked.pace, asked.seconds)
    elif asked.what == "clicks":
        clicks(asked.clicks, asked.pace)
    else:
        calm(asked.alerts or 5_000, asked.pace)


if __name__ == "__main__":
    main()
