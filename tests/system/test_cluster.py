"""Scheduler and workers over one PostgreSQL, each a process that may be killed: nothing is lost, nothing is told twice."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from tests.waiting import eventually

from monitor.cli.demo.newsroom import Newsroom

TOKEN, APP_TOKEN = "xoxb-fake-bot", "xapp-1-fake-app"
PATIENCE = 300.0  #: seconds after which what should happen counts as never; a channel takes a message a second

WAITING = """
    SELECT (SELECT count(*) FROM entries WHERE stage <> 'done')
         + (SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending', 'refused'))
         + (SELECT count(*) FROM sources WHERE last_poll_at IS NULL)
"""
LEADER = """
    SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory' AND granted
"""
STANDING = (
    "SELECT count(DISTINCT application_name) = 2 FROM pg_stat_activity WHERE application_name LIKE 'monitor scheduler%'"
)
BURIED = "SELECT NOT EXISTS (SELECT 1 FROM workers WHERE pid = {})"


class Cluster:
    """The processes of a cluster in one folder; whatever happens, none outlives the test."""

    def __init__(self, place: Any, url: str, running: ExitStack) -> None:
        self.place, self.url = place, url
        self._running = running

    def begin(self, *command: str) -> subprocess.Popen[str]:
        """Start a process; its log goes to a file of the folder."""
        log = self._running.enter_context((self.place.folder / f"{command[0]}.log").open("a"))
        process = subprocess.Popen(
            self.place.command(*command),
            cwd=self.place.folder,
            env=self.place.environ(SLACK_BOT_TOKEN=TOKEN, SLACK_APP_TOKEN=APP_TOKEN),
            stdout=log,
            stderr=log,
            text=True,
        )
        self._running.callback(process.wait)
        self._running.callback(process.kill)
        return process

    def log(self, command: str) -> str:
        """Give what the processes of a command wrote."""
        return Path(self.place.folder / f"{command}.log").read_text(encoding="utf-8")

    def leaders(self) -> int:
        """Count how often a scheduler has begun to lead."""
        return self.log("scheduler").count("scheduler.leads")

    def asked(self, question: str) -> Any:
        """Give the one number that a question to the database has for answer."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(question).fetchone()
            return row and row[0]

    def until(self, reached: Callable[[], bool], what: str) -> float:
        """Wait until something has come about; give the seconds that it took."""
        began = time.monotonic()
        eventually(reached, PATIENCE, lambda: f"{what}\n{self.log('scheduler')[-3000:]}\n{self.log('worker')[-3000:]}")
        return time.monotonic() - began


@pytest.fixture
def cluster(postgresql: Any) -> Iterator[Callable[[Any], Cluster]]:
    """Give what makes a cluster of a desk, its tables in place."""
    with ExitStack() as running:

        def make(place: Any) -> Cluster:
            done = place.run("db", "upgrade")
            assert done.returncode == 0, done.stderr
            return Cluster(place, postgresql.url, running)

        yield make


def told(slack: Any) -> Counter[tuple[str, str]]:
    """Count the posts of each story in each channel."""
    return Counter((row["channel"], str(row["metadata"]["event_payload"]["story"])) for row in slack.posted())


def test_a_scheduler_and_a_worker_deliver_the_newsroom_once_and_end_kindly(
    newsroom: Newsroom, fake_slack: Any, desk: Callable[..., Any], postgresql: Any, cluster: Callable[[Any], Cluster]
) -> None:
    """What one process does alone two do together; asked to stop, both end with 0 and leave nothing claimed."""
    settings = {"engine": "procrastinate", "database": postgresql.url, "slack": {"base_url": fake_slack.base_url}}
    place = desk([(source.id, source.url) for source in newsroom.sources()], **settings)
    machines = cluster(place)

    processes = [machines.begin("scheduler"), machines.begin("worker", "--concurrency", "4")]
    machines.until(
        lambda: bool(machines.asked("SELECT count(*) FROM entries WHERE stage = 'done'")), "nothing is judged"
    )
    machines.until(lambda: not machines.asked(WAITING), "something still waits")
    for process in processes:
        process.send_signal(signal.SIGTERM)
    ends = [process.wait(timeout=60) for process in processes]

    alone = machines.asked("SELECT count(*) FROM deliveries WHERE kind = 'post' AND state = 'sent'")
    assert ends == [0, 0]
    assert len(told(fake_slack)) == alone > 5
    assert set(told(fake_slack).values()) == {1}
    assert machines.asked("SELECT count(*) FROM workers") == 0
    assert machines.asked("SELECT count(*) FROM entries WHERE claimed_by IS NOT NULL") == 0
    assert fake_slack.bad_calls() == []


def test_whoever_leads_hears_what_people_answer_and_has_the_week_learned_from(
    newsroom: Newsroom, fake_slack: Any, desk: Callable[..., Any], postgresql: Any, cluster: Callable[[Any], Cluster]
) -> None:
    """A click is a label and stands in the message, also under the next leader; what is due once a week a worker does."""
    # What was due up to a minute before it led is for the leader to make up for.
    due = datetime.now(UTC) + timedelta(seconds=20)
    settings = {
        "engine": "procrastinate",
        "database": postgresql.url,
        "timezone": "UTC",
        "slack": {"base_url": fake_slack.base_url},
        "learning": {"train": f"{due:%a %H:%M}".lower()},
    }
    place = desk([(source.id, source.url) for source in newsroom.sources()], **settings)
    machines = cluster(place)

    def heard(who: str) -> bool:
        message = fake_slack.posted()[0]
        body = {
            "channel": message["channel"],
            "ts": message["ts"],
            "action_id": "relevant",
            "user": who,
            "via": "socket",
        }
        fake_slack.control("click", body)
        return f"{who[2:].lower()}: relevant" in json.dumps(fake_slack.posted()[0])

    first = machines.begin("scheduler")
    machines.until(lambda: machines.leaders() == 1, "nobody leads")
    machines.begin("scheduler")
    machines.begin("worker", "--concurrency", "4")
    machines.until(lambda: bool(fake_slack.posted()), "nothing is told")
    machines.until(lambda: not machines.asked(WAITING), "something still waits")
    machines.until(lambda: fake_slack.control("info")["connections"] == 1, "nobody hears, or two do")
    machines.until(lambda: heard("U0ANNA"), "the answer does not stand in the message")
    first.kill()
    machines.until(lambda: machines.leaders() == 2, "nobody leads after the first")
    machines.until(lambda: heard("U0BEN"), "the answer to the second leader does not stand in the message")
    machines.until(lambda: machines.log("worker").count('"event": "weekly"') >= 2, "the week is not learned from")

    labels = [json.loads(line) for line in place.run("labels", "export").stdout.splitlines()]
    assert {one["who"] for one in labels} == {"U0ANNA", "U0BEN"}
    assert len(labels) == 2
    assert fake_slack.bad_calls() == []


def test_what_is_not_for_a_cluster_is_refused_with_the_way_out(desk: Callable[..., Any], postgresql: Any) -> None:
    """The service of one machine, a database without the cluster's tables, and a worker without a cluster."""
    place = desk([], engine="procrastinate", database=postgresql.url)
    service, worker = place.run("run"), place.run("worker")
    (place.config / "monitor.yaml").write_text("engine: local")
    local = place.run("scheduler")

    assert (service.returncode, "monitor scheduler" in service.stderr) == (2, True)
    assert (worker.returncode, "monitor db upgrade" in worker.stderr) == (1, True)
    assert (local.returncode, "monitor run" in local.stderr) == (2, True)


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [5])
def test_a_cluster_whose_every_part_is_killed_tells_every_story_once(
    seed: int,
    shared: Path,
    news_web: Callable[..., Any],
    fake_slack: Any,
    desk: Callable[..., Any],
    postgresql: Any,
    cluster: Callable[[Any], Cluster],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two workers, two schedulers; kill -9 of each worker and of the leader, of PostgreSQL itself, and a Slack with faults."""
    chance = Random(seed)
    corpus = str(shared / "data/topics/dev.jsonl")
    quick = ("--max-age", "0", "--per-step", "3", "--kinds", "atom", "--crawl-delay", "0")
    web = news_web("--sites", "6", "--hosts", "6", "--corpus", corpus, "--seed", str(seed), *quick)
    place = desk(
        [(feed["site"], feed["url"]) for feed in web.control("feeds")],
        engine="procrastinate",
        database=postgresql.url,
        slack={"base_url": fake_slack.base_url},
        fetch={"allow_networks": ["127.0.0.0/8"], "interval": "2s", "min_interval": "1s", "delay": "0s"},
        alerts={"max_per_hour": 1000, "first_run": {"window": "72h", "max": 1000}},
    )
    machines = cluster(place)
    kinds = ("timeout", "drop_before", "drop_after", "http_after", "truncated_json", "ratelimited")
    rules = [{"method": "chat.postMessage", "kind": kind, "share": 0.05, "times": 3} for kind in kinds]
    fake_slack.control("faults", {"rules": rules})
    leaders = [machines.begin("scheduler"), machines.begin("scheduler")]
    workers = [machines.begin("worker"), machines.begin("worker")]
    kills = Counter[str]()
    takeovers: list[float] = []
    burials: list[tuple[int, float]] = []

    machines.until(lambda: machines.leaders() == 1 and machines.log("worker").count("worker.works") == 2, "none works")
    for step in range(6):
        time.sleep(chance.uniform(4, 9))
        if machines.asked("SELECT count(*) FROM sources WHERE last_poll_at IS NULL") == 0:
            web.control("step", {})
        if step % 3 == 0:
            victim = workers.pop(0)
            held = machines.asked("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
            victim.kill()
            kills["worker"] += 1
            workers.append(machines.begin("worker"))
            burials.append((held, machines.until(partial(machines.asked, BURIED.format(victim.pid)), "no burial")))
        elif step % 3 == 1:
            machines.until(partial(machines.asked, STANDING), "nobody stands by")
            before = machines.leaders()
            leading = int(machines.asked(LEADER).rpartition(" ")[2])
            victim = next(process for process in leaders if process.pid == leading)
            leaders.remove(victim)
            victim.kill()
            kills["leader"] += 1
            takeovers.append(machines.until(lambda before=before: machines.leaders() > before, "no leader"))
            leaders.append(machines.begin("scheduler"))
        else:
            postgresql.restart()
            kills["postgresql"] += 1
    web.control("step", {})
    published = {(row["site"], row["link"]) for row in web.control("truth")}
    with psycopg.connect(postgresql.url, autocommit=True) as connection:

        def stored() -> Counter[tuple[str, str]]:
            return Counter(connection.execute("SELECT source_id, link FROM entries").fetchall())

        machines.until(lambda: set(stored()) >= published, "not all is stored")
        finished = machines.until(lambda: not machines.asked(WAITING), "something still waits")
        found = stored()
        states = dict(connection.execute("SELECT state, count(*) FROM deliveries WHERE kind = 'post' GROUP BY state"))
    faults = Counter(rule["kind"] for rule in fake_slack.control("faults", {}) for _ in range(rule["hits"]))
    for process in (*leaders, *workers):
        process.send_signal(signal.SIGTERM)
    ends = [process.wait(timeout=60) for process in (*leaders, *workers)]
    with capsys.disabled():
        sys.stdout.write(
            f"\nkills {dict(kills)}; taken over after {[round(s, 1) for s in takeovers]} s; tasks in hand and seconds to the "
            f"burial {[(n, round(s, 1)) for n, s in burials]}; entries {sum(found.values())} of {len(published)}; posts {states}; "
            f"stories told {len(told(fake_slack))}, twice {sum(n > 1 for n in told(fake_slack).values())}; "
            f"Slack's faults {dict(faults)}; finished {finished:.0f} s after the last step; ends {ends}\n"
        )
    assert set(found) == published
    assert set(found.values()) == {1}
    assert states.keys() <= {"sent", "held"}
    assert set(told(fake_slack).values()) == {1}
    assert len(told(fake_slack)) == states["sent"]
    assert max(takeovers) < 10
    assert fake_slack.bad_calls() == []


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_the_poll_that_a_killed_worker_was_at_is_made_by_another_within_a_minute(
    press: Any,
    desk: Callable[..., Any],
    postgresql: Any,
    cluster: Callable[[Any], Cluster],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Killed while the server keeps it waiting; the source is asked again although nobody has given its claim back."""
    press.documents["/feed.xml"] = "<rss version='2.0'><channel><title>Harbour</title></channel></rss>"
    place = desk([("harbour", f"{press.base_url}/feed.xml")], engine="procrastinate", database=postgresql.url)
    machines = cluster(place)
    press.held = "/feed.xml"
    machines.begin("scheduler")
    worker = machines.begin("worker")
    machines.until(lambda: len(press.asked) == 1, "nobody polls")
    machines.begin("worker")
    machines.until(lambda: machines.log("worker").count("worker.works") == 2, "no other worker")

    worker.kill()
    taken = machines.until(lambda: len(press.asked) == 2, "nobody polls again")

    with capsys.disabled():
        sys.stdout.write(f"\npolled again {taken:.1f} s after the kill\n")
    assert taken < 60
